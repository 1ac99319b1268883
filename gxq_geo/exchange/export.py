"""Export layers to the formats of other programs, under the rules of publication."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from gxq_geo.exchange.evidence.crs import definition, old_datum, stated_candidate
from gxq_geo.exchange.source import Loss
from gxq_geo.formats import files
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.words.errors import FileError, GxqError
from gxq_geo.zone import Zone, projection
from gxq_geo.zone.publication import public_layers

DEGREES, CGCS2000 = "EPSG:4326", "EPSG:4490"
# Written for a CRS: the zone's metric one.
METRES = ""

Encoding = Literal["gb18030", "utf-8"]
Written = tuple[Mapping[str, bytes], tuple[Loss, ...]]


@dataclass(frozen=True)
class Job:
    """What a writer gets.

    Parameters
    ----------
    zone
        The zone.
    frames
        The layers to write, by name, in the target CRS; without derived fields.
    context
        All layers that the audience may see, for the names of references.
    stem
        The name of the output file without suffix.
    audience, lang, encoding
        The options of `export`.
    """

    zone: Zone
    frames: Mapping[str, pd.DataFrame]
    context: Mapping[str, pd.DataFrame]
    stem: str
    audience: str
    lang: str
    encoding: Encoding

    @property
    def single(self) -> tuple[Any, LayerSchema]:
        """The only layer, with its schema."""
        ((name, frame),) = self.frames.items()
        return frame, schema().layers[name]


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """A format of `export`.

    Parameters
    ----------
    name
        Its label is under ``exchange.format.<name>``.
    write
        Returns the files, by name, and what they cannot hold.
    crs
        The CRS by default; `METRES` for the zone's metric CRS.
    many
        Whether a file can hold several layers.
    tables
        Whether it can hold layers without geometry.
    """

    name: str
    write: Callable[[Job], Written]
    crs: str = DEGREES
    many: bool = False
    tables: bool = False


@dataclass(frozen=True)
class Exported:
    """The files of an export, and what they do not hold; nothing is written yet."""

    files: Mapping[Path, bytes] = field(repr=False)
    losses: tuple[Loss, ...] = ()

    def write(self) -> None:
        """Write the files, all or none."""
        files.write_all([files.Write(path, data) for path, data in self.files.items()])


# ------------------------------------------------------------------ the writers


def _geojson(job: Job) -> Written:
    from gxq_geo.exchange.writers import geojson

    data, losses = geojson.write(*job.single)
    return {f"{job.stem}.geojson": data}, losses


def _kml(job: Job) -> Written:
    from gxq_geo.exchange.writers import kml

    title = job.zone.settings.name(job.lang)
    data, losses = kml.write_all(_spatial(job.frames), context=job.context, title=title)
    return {f"{job.stem}.kml": data}, losses


def _dxf(job: Job) -> Written:
    from gxq_geo.exchange.writers import dxf

    data, losses = dxf.write_all(_spatial(job.frames), lang=job.lang)
    return {f"{job.stem}.dxf": data}, losses


def _boundary_text(job: Job) -> Written:
    from gxq_geo.exchange.writers import boundary_text

    frame, layer = job.single
    producer = job.zone.settings.name("zh")
    data, losses = boundary_text.write(frame, layer, producer=producer, lang=job.lang)
    return {f"{job.stem}.txt": data}, losses


def _shapefile(job: Job) -> Written:
    from gxq_geo.exchange.writers import shapefile

    frame, layer = job.single
    members, losses = shapefile.write(frame, layer, encoding=job.encoding, lang=job.lang)
    return {f"{job.stem}{_suffix(name)}": data for name, data in members.items()}, losses


def _suffix(name: str) -> str:
    return name[name.index(".") :] if "." in name else name


def _flatgeobuf(job: Job) -> Written:
    from gxq_geo.exchange.writers import flatgeobuf

    data, losses = flatgeobuf.write(*job.single)
    return {f"{job.stem}.fgb": data}, losses


def _parquet(job: Job) -> Written:
    from gxq_geo.exchange.writers import parquet

    data, losses = parquet.write(*job.single)
    return {f"{job.stem}.parquet": data}, losses


def _workbook(job: Job) -> Written:
    from gxq_geo.exchange.writers import workbook

    data = workbook.write(job.frames, job.zone, audience=job.audience)
    spatial = _spatial(job.frames)
    without = tuple(Loss("export.loss.geometry", len(spatial[name]), name) for name in spatial)
    return {f"{job.stem}.xlsx": data}, without


def _csv(job: Job) -> Written:
    from gxq_geo.exchange.writers import table

    data, losses = table.write(*job.single, lang=job.lang)
    return {f"{job.stem}.csv": data}, losses


def _package(job: Job) -> Written:
    from gxq_geo.exchange import qgis

    return qgis.write(job.frames, job.zone, stem=job.stem, audience=job.audience), ()


FORMATS: Mapping[str, OutputFormat] = {
    ".geojson": OutputFormat("json", _geojson),
    ".gpkg": OutputFormat("geopackage", _package, many=True, tables=True),
    ".shp": OutputFormat("shapefile", _shapefile, CGCS2000),
    ".zip": OutputFormat("shapefile", _shapefile, CGCS2000),
    ".kml": OutputFormat("kml", _kml, many=True),
    ".dxf": OutputFormat("dxf", _dxf, METRES, many=True),
    ".txt": OutputFormat("boundary-text", _boundary_text, METRES),
    ".xlsx": OutputFormat("workbook", _workbook, many=True, tables=True),
    ".csv": OutputFormat("sheets", _csv, tables=True),
    ".fgb": OutputFormat("flatgeobuf", _flatgeobuf),
    ".parquet": OutputFormat("parquet", _parquet),
}


# ------------------------------------------------------------------ export


def export(
    zone: Zone,
    names: Sequence[str],
    path: Path,
    *,
    crs: str = "",
    audience: str = "public",
    lang: str = "zh",
    encoding: Encoding = "gb18030",
) -> Exported:
    """Export layers of a zone; nothing is written before `Exported.write`.

    Parameters
    ----------
    zone
        The zone.
    names
        The layers.
    path
        The output file; its suffix decides on the format.
    crs
        The CRS of the coordinates; by default the one usual for the format.
    audience
        ``public`` for what the public map holds, ``internal`` for everything.
    lang
        The language of labels in formats that have only one.
    encoding
        Of a shapefile: ``gb18030`` or ``utf-8``.

    Raises
    ------
    GxqError
        If the format cannot hold the layers, or there is nothing to export.
    """
    target = output_format(path)
    context = public_layers(zone, audience)
    frames = {name: _own_fields(context[name], name) for name in names if name in context}
    _expect_fitting(names, frames, target, path)
    wanted = target_crs(crs or target.crs or zone.settings.measure_crs)
    placed = {name: _in_crs(frame, wanted) for name, frame in frames.items()}
    job = Job(zone, placed, context, path.stem, audience, lang, encoding)
    written, losses = target.write(job)
    if path.suffix.lower() == ".zip":
        written = {path.name: _zipped(written)}
    return Exported({path.parent / name: data for name, data in written.items()}, losses)


def output_format(path: Path) -> OutputFormat:
    """Return the format of an output file, by its suffix.

    Raises
    ------
    FileError
        If there is no such format.
    """
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        raise FileError("export-suffix", path=path, known=" ".join(FORMATS))
    return found


def target_crs(crs: str) -> str:
    """Return a CRS to which layers can be converted.

    Raises
    ------
    GxqError
        If there is no such CRS, or it has an old datum.
    """
    code = stated_candidate(crs).crs if ":" in crs and not crs.startswith("+") else crs
    if definition(code) is None:
        raise GxqError("unknown-crs", value=crs)
    if datum := old_datum(code):
        raise GxqError("old-datum-out", crs=crs, datum=datum)
    return code


def _expect_fitting(
    names: Sequence[str], frames: Mapping[str, pd.DataFrame], target: OutputFormat, path: Path
) -> None:
    """Raise unless the format can hold the layers that the audience may see."""
    if hidden := [name for name in names if name not in frames]:
        raise GxqError("export-internal", layers=", ".join(hidden))
    if len(frames) > 1 and not target.many:
        raise FileError("export-one-layer", path=path)
    tables = [name for name in frames if schema().layers[name].is_table]
    if tables and not target.tables:
        raise FileError("export-table", path=path, layers=", ".join(tables))


def _own_fields(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a frame without derived fields, which an import would not know."""
    derived = [one for one in schema().layers[name].derived if one in frame]
    return frame.drop(columns=derived)


def _in_crs(frame: pd.DataFrame, crs: str) -> pd.DataFrame:
    """Return a frame in a CRS; a geographic one of CGCS2000 or WGS 84 has the same degrees."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    known, shapes = definition(crs), frame.geometry.to_numpy()
    if known is None or not known.is_geographic:
        shapes = projection.project(shapes, crs)
    placed: pd.DataFrame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=crs))
    return placed


def _spatial(frames: Mapping[str, pd.DataFrame]) -> dict[str, gpd.GeoDataFrame]:
    return {n: frame for n, frame in frames.items() if isinstance(frame, gpd.GeoDataFrame)}


def _zipped(members: Mapping[str, bytes]) -> bytes:
    """Return a zip of some files; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()
