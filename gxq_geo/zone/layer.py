"""Read one layer file into a frame typed by the schema, and write it in canonical form.

Coordinates are longitude and latitude in EPSG:4326; at the scale of a zone CGCS2000 (EPSG:4490)
agrees with it to centimetres. `gxq_geo.formats` holds the readers and writers of each format.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gxq_geo.formats import (
    csv_table,
    encoding,
    files,
    gc_pause,
    geojson,
    geojson_columns,
    geopackage,
)
from gxq_geo.formats.coordinates import Geometries
from gxq_geo.schemas import LayerSchema
from gxq_geo.schemas import schema as package_schema
from gxq_geo.schemas.dtypes import LIST_SEPARATOR, BadCell, column, raw_values
from gxq_geo.words.errors import BadLayerError, FileError
from gxq_geo.words.issues import FATAL, Finding, Issue, Severity, found
from gxq_geo.zone import losses

CRS = "EPSG:4326"
GEOMETRY_SUFFIXES = (".geojson", ".gpkg")
TABLE_SUFFIXES = (".csv",)

# Columns in which GDAL and QGIS number the records: no fields, and no loss.
_ROW_NUMBERS = frozenset({"fid", "ogc_fid"})

# Separates the values of `Layer.texts`: a private-use character, which no text should contain.
SEPARATOR = "\ue000"

# The most losses that the error of a refused write names.
_LOST_SHOWN = 5

# Issues of a file's encoding; each format adds its own.
FINDINGS = {
    "not-utf8": FATAL,
    "gb18030": FATAL,
    "bom": Finding(Severity.WARNING),
}


# First bytes of files that are not UTF-8 text. Excel saves UTF-16 as "Unicode text"; a sparse file
# is all zeros.
_MAGIC = {
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"PK\x03\x04": "archive",
    b"\x1f\x8b": "archive",
    b"\xd0\xcf\x11\xe0": "excel",
    b"SQLite format 3\x00": "database",
    bytes(16): "zeros",
}
# Those signatures that are also valid UTF-8, so that decoding would not detect them.
_NEVER_TEXT = tuple(magic for magic in _MAGIC if max(magic) < 0x80)


class Source(Protocol):
    """The result of a format's reader: raw values, geometries, positions in the file, issues."""

    @property
    def count(self) -> int:
        """The number of records."""

    @property
    def by_field(self) -> Mapping[str, Sequence[Any]]:
        """The raw values of each field in the file, one for each record."""

    @property
    def geometries(self) -> Geometries | None:
        """A geometry, or None, for each record; None for a table."""

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Issues of the file's structure."""

    def extras(self) -> Sequence[str]:
        """The names of contents other than records; see `Layer`."""

    def locate(self, row: int, member: str = "") -> tuple[int | None, int | None]:
        """The line and column of a record, or of one of its fields."""


# A parsed file: raw records, and everything else that the file holds.
Parsed = geojson.Document | csv_table.Table | geopackage.Package

Locate = Callable[[int, str], tuple[int | None, int | None]]


def _no_location(row: int, member: str) -> tuple[int | None, int | None]:
    return None, None


def _no_extras() -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Layer:
    """The contents of one layer file.

    Parameters
    ----------
    schema
        The layer's schema.
    frame
        A GeoDataFrame in EPSG:4326 (a DataFrame for a table) with every field of the schema.
    path
        The file, or None where the zone has none.
    issues
        Issues of the file's structure that the reader found; rules check the records.
    bad_cells
        Values that do not fit their fields.
    unknown_fields
        Fields of the file that the schema does not define; `formatted` keeps them.
    unknown_rows
        For each unknown field, the rows that have a value in it.
    absent_fields
        Fields of the schema that no record of the file has.
    extras
        Returns the names of contents other than records: GeoJSON foreign members, other tables.
    fingerprint
        The `gxq_geo.formats.files.fingerprint` of the bytes that were read.
    locate
        Returns the line and column of a row, or of one of its fields.
    """

    schema: LayerSchema
    frame: pd.DataFrame
    path: Path | None = None
    issues: tuple[Issue, ...] = ()
    bad_cells: tuple[BadCell, ...] = ()
    unknown_fields: tuple[str, ...] = ()
    unknown_rows: Mapping[str, frozenset[int]] = field(default_factory=dict, repr=False)
    absent_fields: tuple[str, ...] = ()
    extras: Callable[[], Sequence[str]] = field(default=_no_extras, repr=False)
    fingerprint: str = ""
    locate: Locate = field(default=_no_location, repr=False)

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.schema.name

    @property
    def file(self) -> str:
        """The file's name, or the layer's name where there is none."""
        return self.path.name if self.path else self.name

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The values of each text field, joined to one string so that one search finds them all.

        `SEPARATOR` stands before, between and after the values.
        """
        joined = {}
        for spec in self.schema.fields.values():
            if spec.type != "text":
                continue
            if values := [text for text in self.frame[spec.name].tolist() if isinstance(text, str)]:
                joined[spec.name] = SEPARATOR.join(["", *values, ""])
        return joined

    def issue(
        self,
        row: int | None = None,
        *,
        field: str = "",
        value: object = "",
        place: tuple[float, float] | None = None,
        **params: str | float,
    ) -> Issue:
        """Create an issue with the file, line, id and name of a row, for a rule to complete."""
        issue = Issue(
            file=self.file,
            layer=self.name,
            field=field,
            value=str(value),
            place=place,
            params=params,
        )
        if row is None:
            return issue
        line, column = self.locate(row, field)
        identity, name = self.identity(row)
        return replace(issue, line=line, column=column, feature=identity, name=name, row=row)

    def point(self, row: int) -> tuple[float, float] | None:
        """Longitude and latitude of a point on a record's geometry, in degrees, to 6 decimals.

        None where the record has no geometry or the point is out of range.
        """
        if self.schema.is_table:
            return None
        shape = self.frame.geometry.iloc[row]
        if shape is None or shape.is_empty:
            return None
        # An invalid geometry has no reliable interior: its first vertex is used.
        inside = shapely.point_on_surface(shape) if shape.is_valid else None
        x, y = shapely.get_coordinates(shape)[0] if inside is None else (inside.x, inside.y)
        return (round(float(x), 6), round(float(y), 6)) if abs(x) <= 180 and abs(y) <= 90 else None

    def identity(self, row: int) -> tuple[str, str]:
        """The id and the Chinese name of a record, each empty where missing."""
        ids, names = self._identities
        return ids[row], names[row]

    @cached_property
    def _identities(self) -> tuple[Sequence[str], Sequence[str]]:
        """The id and the Chinese name of each record."""
        ids, names = (
            [text or "" for text in raw_values(self.frame[key], self.schema.fields[key])]
            if key in self.frame
            else [""] * len(self.frame)
            for key in (self.schema.id, "name_zh")
        )
        return ids, names


def empty(schema: LayerSchema) -> Layer:
    """A layer without records, for a zone that has no file of it."""
    frame, _ = _frame({}, 0, None, schema)
    return Layer(schema, frame)


@gc_pause.paused()
def read(path: Path, schema: LayerSchema, *, timezone: tzinfo = geopackage.CHINA_TIME) -> Layer:
    """Read one layer file; faults in it are listed in the layer's ``issues`` and ``bad_cells``.

    Parameters
    ----------
    path, schema
        The file and the schema of its layer.
    timezone
        The time zone in which a date with time, as a GeoPackage may have it, is a date.

    Raises
    ------
    FileError
        If the file cannot be opened or read.
    """
    data = files.read_bytes(path)
    source, issues = _parsed(path, data, schema, timezone)
    if source is None:
        layer = replace(empty(schema), path=path)
    else:
        values = source.by_field
        frame, bad = _frame(values, source.count, source.geometries, schema)
        layer = Layer(
            schema,
            frame,
            path,
            bad_cells=bad,
            unknown_fields=tuple(name for name in values if _is_unknown(name, schema)),
            unknown_rows=_unknown_rows(values, schema),
            absent_fields=tuple(name for name in schema.fields if name not in values),
            extras=source.extras,
            locate=source.locate,
        )
        issues += source.issues
        if schema.name not in package_schema().layers and isinstance(source, geojson.Document):
            issues += source.remarks
    located = tuple(_with_record(issue, layer) for issue in issues)
    return replace(layer, issues=located, fingerprint=files.fingerprint(data))


def _parsed(
    path: Path, data: bytes, schema: LayerSchema, timezone: tzinfo
) -> tuple[Source | None, tuple[Issue, ...]]:
    if path.suffix.lower() == ".gpkg":
        return geopackage.read(path, data, schema, timezone=timezone), ()
    text, issues = decode(data, schema.is_table)
    if text is None:
        return None, issues
    return (csv_table.read(text, schema) if schema.is_table else geojson.read(text)), issues


def decode(data: bytes, is_table: bool) -> tuple[str | None, tuple[Issue, ...]]:
    """Decode a file as strict UTF-8; return the text (None on failure) and the issues.

    A table may begin with a byte order mark; in GeoJSON one is reported.
    """
    bom = data.startswith(b"\xef\xbb\xbf")
    if data.startswith(_NEVER_TEXT):
        params = {"reason": _encoding(data, 0)[1]}
        return None, (found(FINDINGS, "not-utf8", line=1, column=1, params=params),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = error.start + (3 if bom else 0)
        line = data.count(b"\n", 0, start) + 1
        at = start - (data.rfind(b"\n", 0, start) + 1) + 1
        rule, reason = _encoding(data, start)
        return None, (found(FINDINGS, rule, line=line, column=at, params={"reason": reason}),)
    if not bom and encoding.is_gb18030_by_chance_utf8(data, text):
        return None, (found(FINDINGS, "gb18030", line=1, column=1),)
    if bom and not is_table:
        return text, (found(FINDINGS, "bom", line=1, column=1),)
    return text, ()


def _encoding(data: bytes, start: int) -> tuple[str, str]:
    """The rule and the reason (a message key) why bytes are not UTF-8 from `start` on."""
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            return "not-utf8", f"@encoding.{kind}"
    if len(data) - start < 4 and _begins_character(data[start:]):
        return "not-utf8", "@encoding.cut"
    # Chinese in GB18030 does not decode to Chinese as UTF-8: if there is Chinese before `start`,
    # the file was UTF-8.
    if any(char >= "\u2e80" for char in data[:start].decode("utf-8-sig")):
        return "not-utf8", "@encoding.damaged"
    return ("gb18030" if _is_gb18030(data) else "not-utf8"), "@encoding.other"


def _begins_character(tail: bytes) -> bool:
    """Whether bytes are the incomplete beginning of a UTF-8 character."""
    try:
        tail.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return False


def _is_gb18030(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _with_record(issue: Issue, layer: Layer) -> Issue:
    """Add the file and the layer to a reader's issue, and the record of its ``row`` parameter."""
    row = issue.params.get("row")
    known = row if isinstance(row, int) and row < len(layer.frame) else None
    identity, name = ("", "") if known is None else layer.identity(known)
    located = replace(issue, file=layer.file, layer=layer.name, row=known)
    return replace(located, feature=identity, name=name)


def _unknown_rows(
    values: Mapping[str, Sequence[Any]], schema: LayerSchema
) -> dict[str, frozenset[int]]:
    return {
        name: frozenset(row for row, value in enumerate(cells) if value not in (None, ""))
        for name, cells in values.items()
        if _is_unknown(name, schema)
    }


def _is_unknown(name: str, schema: LayerSchema) -> bool:
    return name not in schema.fields and name not in _ROW_NUMBERS


def _frame(
    values: Mapping[str, Sequence[Any]], count: int, geometries: Any, schema: LayerSchema
) -> tuple[pd.DataFrame, tuple[BadCell, ...]]:
    """Build the frame: a typed column for each field in schema order, then the geometry."""
    known = package_schema()
    columns, bad = {}, []
    for name, spec in schema.fields.items():
        series, misfits = column(values.get(name) or [None] * count, spec, known)
        columns[name] = series.array  # Without an index, which would be aligned once more.
        bad += misfits
    frame = pd.DataFrame(columns, index=pd.RangeIndex(count))
    if schema.is_table:
        return frame, tuple(bad)
    geometry = gpd.GeoSeries([] if geometries is None else geometries, index=frame.index, crs=CRS)
    return gpd.GeoDataFrame(frame, geometry=geometry), tuple(bad)


# ------------------------------------------------------------------ writing


def to_bytes(frame: pd.DataFrame, schema: LayerSchema) -> bytes:
    """Return the canonical bytes of a frame: GeoJSON, or CSV for a table.

    Parameters
    ----------
    frame
        The records; a GeoDataFrame in any CRS is transformed to EPSG:4326.

    Raises
    ------
    BadLayerError
        If a geometry layer has no CRS, or an item of a table's list contains the list separator.
    """
    frame = frame.reset_index(drop=True)
    columns = {
        name: raw_values(frame[name], spec) if name in frame else [None] * len(frame)
        for name, spec in schema.fields.items()
    }
    if schema.is_table:
        _refuse_separators(frame, schema)
        rows = zip(*columns.values(), strict=True)
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        return csv_table.to_bytes(records, list(schema.fields), schema.id)
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        raise BadLayerError("no-crs", layer=schema.name)
    shapes = np.asarray(frame.geometry.to_crs(CRS).to_numpy(), dtype=object)
    return geojson_columns.collection_bytes(columns, shapes, schema.id)


def write(
    frame: pd.DataFrame,
    path: Path | str,
    schema: LayerSchema,
    *,
    expected: str | None = None,
    lossy: bool = False,
) -> None:
    """Write a frame as a layer file in canonical form, atomically.

    A GeoPackage that exists is changed in place: it keeps its CRS, its styles and other tables,
    fields unknown to the schema, and each value that is the same.

    Parameters
    ----------
    path
        ``.geojson`` or ``.gpkg`` for a geometry layer, ``.csv`` for a table.
    expected
        The fingerprint of the file that the frame was read from; see
        `gxq_geo.formats.files.write_bytes`.
    lossy
        Write even if data are lost: of the file, fields unknown to the schema, values that do not
        fit and parts that could not be read; of the frame, columns that the schema does not define.

    Raises
    ------
    BadLayerError
        If data would be lost and `lossy` is false, an item of a list contains the list separator,
        or a geometry layer has no CRS.
    FileError
        If the file cannot be written, has changed, or is open in another program.
    """
    target = Path(path)
    allowed = TABLE_SUFFIXES if schema.is_table else GEOMETRY_SUFFIXES
    if target.suffix.lower() not in allowed:
        raise FileError("suffix", path=path, allowed=" ".join(allowed))
    data = to_bytes(frame, schema)
    if target.suffix.lower() == ".gpkg":
        geopackage.refuse_if_open(target)
        if package := _package_to_update(target, schema):
            _refuse_columns(frame, target, schema, lossy=lossy)
            after = _updated(package, frame, target, schema)
            before = files.fingerprint(package.stored.data) if package.stored else None
            files.write_bytes(target, after, expected=expected or before)
            return
    if not lossy:
        _refuse_losses(frame, target, schema)
    if target.suffix.lower() == ".gpkg":
        data = geopackage.to_bytes(geojson.read(data.decode()).features, schema)
    files.write_bytes(target, data, expected=expected)


def _package_to_update(target: Path, schema: LayerSchema) -> geopackage.Package | None:
    """The layer in a GeoPackage whose records have different ids, so that each can be changed."""
    if not target.is_file() or not target.stat().st_size:
        return None
    package = geopackage.read(target, files.read_bytes(target), schema)
    ids = package.by_field.get(schema.id, ())
    unique = len({one for one in ids if isinstance(one, str)}) == package.count
    return package if package.stored and unique and schema.id in package.by_field else None


def _updated(
    package: geopackage.Package, frame: pd.DataFrame, target: Path, schema: LayerSchema
) -> bytes:
    columns = {
        name: raw_values(frame[name], spec) for name, spec in schema.fields.items() if name in frame
    }
    shapes = np.asarray(gpd.GeoDataFrame(frame).geometry.to_crs(CRS).to_numpy(), dtype=object)
    return geopackage.updated(package, schema, target, columns=columns, shapes=shapes)


def _refuse_columns(frame: pd.DataFrame, target: Path, schema: LayerSchema, *, lossy: bool) -> None:
    columns = losses.columns_without_field(frame, schema)
    if columns and not lossy:
        raise BadLayerError("unheld-columns", path=target, columns=", ".join(columns))


def _refuse_losses(frame: pd.DataFrame, target: Path, schema: LayerSchema) -> None:
    _refuse_columns(frame, target, schema, lossy=False)
    if not target.is_file() or not target.stat().st_size:
        return
    lost = list(dict.fromkeys(losses.lost(read(target, schema), frame)))
    if lost:
        shown = ", ".join(lost[:_LOST_SHOWN]) + (" …" if len(lost) > _LOST_SHOWN else "")
        raise BadLayerError("would-lose", path=target, lost=shown)


def _refuse_separators(frame: pd.DataFrame, schema: LayerSchema) -> None:
    """Refuse list items that contain the list separator: they would be read back as two items."""
    for name in (name for name, spec in schema.fields.items() if spec.is_list and name in frame):
        for items in raw_values(frame[name], schema.fields[name]):
            for item in items or ():
                if LIST_SEPARATOR in str(item):
                    raise BadLayerError("separator", layer=schema.name, field=name, value=item)


def formatted(path: Path, schema: LayerSchema) -> tuple[bytes, bytes]:
    """Return the bytes of a file as it is and in canonical form; bad values stay unchanged.

    Raises
    ------
    BadLayerError
        If the file's structure is invalid.
    """
    data, parsed = read_raw(path, schema)
    return data, canonical(parsed, path, schema)


def read_raw(path: Path, schema: LayerSchema) -> tuple[bytes, Parsed]:
    """Read the bytes and the raw records of a file.

    Raises
    ------
    BadLayerError
        If the file's structure is invalid.
    """
    data = files.read_bytes(path)
    parsed: Parsed
    if path.suffix.lower() == ".gpkg":
        parsed = geopackage.read(path, data, schema)
        text, issues = None, parsed.issues
    else:
        text, issues = decode(data, schema.is_table)
    if text is not None:
        parsed = csv_table.read(text, schema) if schema.is_table else geojson.read(text)
        issues = parsed.issues
    if any(issue.severity is Severity.ERROR for issue in issues):
        raise BadLayerError("unformattable", path=path)
    return data, parsed


def canonical(parsed: Parsed, path: Path, schema: LayerSchema) -> bytes:
    """Return the canonical bytes of the records that `read_raw` returned.

    Raises
    ------
    BadLayerError
        If a value cannot be written; `path` is the file named in the error.
    """
    if isinstance(parsed, geopackage.Package):
        return geopackage.canonical(parsed, schema, path)
    if isinstance(parsed, csv_table.Table):
        return csv_table.canonical(parsed, schema)
    try:
        return geojson.canonical(parsed, list(schema.fields), schema.id)
    except (RecursionError, ValueError):
        # Nested too deep, or a number such as 1e999, which JSON cannot represent.
        raise BadLayerError("unformattable", path=path) from None


def bounds(frame: gpd.GeoDataFrame) -> tuple[float, float, float, float] | None:
    """The bounds (minx, miny, maxx, maxy) in degrees; None if no record has a geometry."""
    boxes = shapely.bounds(frame.geometry.to_numpy())
    known = boxes[~np.isnan(boxes).any(axis=1)]
    if not len(known):
        return None
    (minx, miny), (maxx, maxy) = known[:, :2].min(axis=0), known[:, 2:].max(axis=0)
    return float(minx), float(miny), float(maxx), float(maxy)
