"""One layer: read from a file, typed by the schema, written in canonical form.

`gxq_geo.formats` reads the files: GeoJSON strictly in Python, CSV, and GeoPackage with its driver
pinned. Coordinates are longitude and latitude in EPSG:4326;
at the scale of a zone CGCS2000 (EPSG:4490) coincides with it to centimetres.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gxq_geo.formats import csv_table, files, gc_pause, geojson, geopackage
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

# Between the values of `Layer.texts`; of the private-use area, so that no text holds it.
SEPARATOR = "\ue000"

# So much of what would be lost is named.
_LOST_SHOWN = 5

# What reading the bytes of a file may find; each format adds its own.
FINDINGS = {
    "not-utf8": FATAL,
    "gb18030": FATAL,
    "bom": Finding(Severity.WARNING),
}


# How files begin that are no text, or text that Excel calls Unicode; a sparse file is all zeros.
_MAGIC = {
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"PK\x03\x04": "archive",
    b"\x1f\x8b": "archive",
    b"\xd0\xcf\x11\xe0": "excel",
    b"SQLite format 3\x00": "database",
    bytes(16): "zeros",
}
# Of these the bytes may be UTF-8 all the same.
_NEVER_TEXT = tuple(magic for magic in _MAGIC if max(magic) < 0x80)


class Source(Protocol):
    """What a reader makes of a file: raw values, their geometries and places, and issues."""

    @property
    def count(self) -> int:
        """How many records there are."""

    @property
    def by_field(self) -> Mapping[str, Sequence[Any]]:
        """The raw values of every field that the file names, one for each record."""

    @property
    def geometries(self) -> Geometries | None:
        """A geometry, or None, for each record; None for a table."""

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What is wrong with the file's structure."""

    def extras(self) -> Sequence[str]:
        """What the file holds beside records; see `Layer`."""

    def locate(self, row: int, member: str = "") -> tuple[int | None, int | None]:
        """Line and column of a record, or of one of its fields."""


# What is left of a text file when it is taken apart: raw records, and all that stands around them.
Parsed = geojson.Document | csv_table.Table

Locate = Callable[[int, str], tuple[int | None, int | None]]


def _nowhere(row: int, member: str) -> tuple[int | None, int | None]:
    return None, None


def _nothing() -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Layer:
    """What one file holds.

    Parameters
    ----------
    schema
        The layer's schema.
    frame
        A GeoDataFrame in EPSG:4326 (a DataFrame for a table) with every field of the schema.
    path
        The file, or None where the zone has none.
    issues
        What the reader found: the file's structure, not its meaning.
    bad_cells
        Values that do not fit their fields.
    unknown_fields
        Fields of the file that the schema does not know; they are kept when it is formatted.
    holders
        The rows that hold something under each of them.
    absent_fields
        Fields of the schema that no record of the file names.
    extras
        What the file holds beside records: members that GeoJSON does not define, other tables.
    fingerprint
        Of the bytes that were read.
    locate
        Line and column of a row, or of one of its fields.
    """

    schema: LayerSchema
    frame: pd.DataFrame
    path: Path | None = None
    issues: tuple[Issue, ...] = ()
    bad_cells: tuple[BadCell, ...] = ()
    unknown_fields: tuple[str, ...] = ()
    holders: Mapping[str, frozenset[int]] = field(default_factory=dict, repr=False)
    absent_fields: tuple[str, ...] = ()
    extras: Callable[[], Sequence[str]] = field(default=_nothing, repr=False)
    fingerprint: str = ""
    locate: Locate = field(default=_nowhere, repr=False)

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
        """All values of each text field in one string: a search through them is one search.

        `SEPARATOR` stands between the values, before the first and after the last.
        """
        joined = {}
        for of in self.schema.fields.values():
            if of.type == "text" and not (values := self.frame[of.name].dropna()).empty:
                joined[of.name] = SEPARATOR.join(["", *values.tolist(), ""])
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
        """What a rule found at a row: its file, line, id and name; the rule stamps it."""
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
        line, at = self.locate(row, field)
        identity, name = self.identity(row)
        return replace(issue, line=line, column=at, feature=identity, name=name, row=row)

    def point(self, row: int) -> tuple[float, float] | None:
        """Longitude and latitude of a point on a record's geometry; None where it has none."""
        if self.schema.is_table:
            return None
        shape = self.frame.geometry.iloc[row]
        if shape is None or shape.is_empty:
            return None
        # What is not valid has no inside that could be relied upon.
        inside = shapely.point_on_surface(shape) if shape.is_valid else None
        x, y = shapely.get_coordinates(shape)[0] if inside is None else (inside.x, inside.y)
        return (round(float(x), 6), round(float(y), 6)) if abs(x) <= 180 and abs(y) <= 90 else None

    def identity(self, row: int) -> tuple[str, str]:
        """The id and the name of a record, empty where it has none."""
        values = (
            self.frame[key].iloc[row] for key in (self.schema.id, "name_zh") if key in self.frame
        )
        identity, *name = ("" if pd.isna(value) else str(value) for value in values)
        return identity, "".join(name)


def empty(schema: LayerSchema) -> Layer:
    """The layer of a zone that has no file for it."""
    frame, _ = _frame({}, 0, None, schema)
    return Layer(schema, frame)


@gc_pause.paused()
def read(path: Path, schema: LayerSchema) -> Layer:
    """Read one layer file.

    What is wrong with the file stands in the layer's ``issues`` and ``bad_cells``.

    Raises
    ------
    FileError
        If the file cannot be read at all.
    """
    data = files.read_bytes(path)
    source, issues = _parsed(path, data, schema)
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
            unknown_fields=tuple(name for name in values if name not in schema.fields),
            holders=_holders(values, schema),
            absent_fields=tuple(name for name in schema.fields if name not in values),
            extras=source.extras,
            locate=source.locate,
        )
        issues += source.issues
        if schema.name not in package_schema().layers and isinstance(source, geojson.Document):
            issues += source.remarks
    named = tuple(_at_home(issue, layer) for issue in issues)
    return replace(layer, issues=named, fingerprint=files.fingerprint(data))


def _parsed(
    path: Path, data: bytes, schema: LayerSchema
) -> tuple[Source | None, tuple[Issue, ...]]:
    if path.suffix == ".gpkg":
        return geopackage.read(path, data, schema), ()
    text, issues = decode(data, schema.is_table)
    if text is None:
        return None, issues
    return (csv_table.read(text, schema) if schema.is_table else geojson.read(text)), issues


def decode(data: bytes, is_table: bool) -> tuple[str | None, tuple[Issue, ...]]:
    """The text of a file, strictly UTF-8; a table begins with a byte order mark, GeoJSON not."""
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
    if bom and not is_table:
        return text, (found(FINDINGS, "bom", line=1, column=1),)
    return text, ()


def _encoding(data: bytes, start: int) -> tuple[str, str]:
    """Which encoding the bytes prove where UTF-8 ends, and why it ends there."""
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            return "not-utf8", f"@encoding.{what}"
    if len(data) - start < 4 and _begins_character(data[start:]):
        return "not-utf8", "@encoding.cut"
    # GB18030 does not read as Chinese in UTF-8: where that stands before, the file was UTF-8.
    if any(char >= "\u2e80" for char in data[:start].decode("utf-8-sig")):
        return "not-utf8", "@encoding.damaged"
    return ("gb18030" if _is_gb18030(data) else "not-utf8"), "@encoding.other"


def _begins_character(tail: bytes) -> bool:
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


def _at_home(issue: Issue, layer: Layer) -> Issue:
    """The reader knows rows; an issue names the file, and the record by its id."""
    row = issue.params.get("row")
    known = row if isinstance(row, int) and row < len(layer.frame) else None
    identity, name = ("", "") if known is None else layer.identity(known)
    home = replace(issue, file=layer.file, layer=layer.name, row=known)
    return replace(home, feature=identity, name=name)


def _holders(values: Mapping[str, Sequence[Any]], schema: LayerSchema) -> dict[str, frozenset[int]]:
    return {
        name: frozenset(row for row, value in enumerate(cells) if value not in (None, ""))
        for name, cells in values.items()
        if name not in schema.fields
    }


def _frame(
    values: Mapping[str, Sequence[Any]], count: int, geometries: Any, schema: LayerSchema
) -> tuple[pd.DataFrame, tuple[BadCell, ...]]:
    """Typed columns for all fields of the schema, in its order, then the geometry."""
    known = package_schema()
    columns, bad = {}, []
    for name, of in schema.fields.items():
        columns[name], misfits = column(values.get(name) or [None] * count, of, known)
        bad += misfits
    frame = pd.DataFrame(columns, index=pd.RangeIndex(count))
    if schema.is_table:
        return frame, tuple(bad)
    geometry = gpd.GeoSeries([] if geometries is None else geometries, index=frame.index, crs=CRS)
    return gpd.GeoDataFrame(frame, geometry=geometry), tuple(bad)


# ------------------------------------------------------------------ writing


def to_bytes(frame: pd.DataFrame, schema: LayerSchema) -> bytes:
    """The canonical bytes of a frame: GeoJSON, or CSV for a table.

    Parameters
    ----------
    frame
        Fields of the schema; a GeoDataFrame is brought to EPSG:4326.

    Raises
    ------
    BadLayerError
        If a geometry layer has no CRS: longitude and latitude would be a guess.
    """
    frame = frame.reset_index(drop=True)
    columns = {
        name: raw_values(frame[name], of) if name in frame else [None] * len(frame)
        for name, of in schema.fields.items()
    }
    records = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if schema.is_table:
        _refuse_separators(frame, schema)
        return csv_table.to_bytes(records, list(schema.fields), schema.id)
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        raise BadLayerError("no-crs", layer=schema.name)
    geometries = frame.geometry.to_crs(CRS)
    features = [
        geojson.to_feature(r, None if g is None or g.is_empty else g)
        for r, g in zip(records, geometries, strict=True)
    ]
    features.sort(key=lambda f: geojson.sort_key(f, schema.id))
    return geojson.collection_bytes(features)


def write(
    frame: pd.DataFrame,
    path: Path | str,
    schema: LayerSchema,
    *,
    expected: str | None = None,
    lossy: bool = False,
) -> None:
    """Write a frame as a layer file in canonical form, whole or not at all.

    Parameters
    ----------
    path
        ``.geojson`` or ``.gpkg`` for a geometry layer, ``.csv`` for a table.
    expected
        The fingerprint of the file that the frame was read from; see `files.write_bytes`.
    lossy
        Write even though something is lost that the file holds and the frame does not (fields
        that the schema does not know, values that misfit, what could not be read), or that the
        frame holds and no layer file does.

    Raises
    ------
    BadLayerError
        If something would be lost, unless `lossy`; if a list has an item with the separator of
        lists in it, or a geometry layer has no CRS.
    FileError
        If the file cannot be written, or has changed.
    """
    target = Path(path)
    allowed = TABLE_SUFFIXES if schema.is_table else GEOMETRY_SUFFIXES
    if target.suffix not in allowed:
        raise FileError("suffix", path=path, allowed=" ".join(allowed))
    data = to_bytes(frame, schema)
    if target.suffix == ".gpkg":
        geopackage.refuse_if_open(target)
    if not lossy:
        _refuse_losses(frame, target, schema)
    if target.suffix == ".gpkg":
        _refuse_separators(frame, schema)
        data = geopackage.to_bytes(geojson.read(data.decode()).features, schema)
    files.write_bytes(target, data, expected=expected)


def _refuse_losses(frame: pd.DataFrame, target: Path, schema: LayerSchema) -> None:
    if columns := losses.unheld(frame, schema):
        raise BadLayerError("unheld-columns", path=target, columns=", ".join(columns))
    if not target.is_file() or not target.stat().st_size:
        return
    lost = list(dict.fromkeys(losses.lost(read(target, schema), frame)))
    if lost:
        shown = ", ".join(lost[:_LOST_SHOWN]) + (" …" if len(lost) > _LOST_SHOWN else "")
        raise BadLayerError("would-lose", path=target, lost=shown)


def _refuse_separators(frame: pd.DataFrame, schema: LayerSchema) -> None:
    """Where lists are joined into one text, an item with the separator would come back as two."""
    for name in (name for name, of in schema.fields.items() if of.is_list and name in frame):
        for items in raw_values(frame[name], schema.fields[name]):
            for item in items or ():
                if LIST_SEPARATOR in str(item):
                    raise BadLayerError("separator", layer=schema.name, field=name, value=item)


def formatted(path: Path, schema: LayerSchema) -> tuple[bytes, bytes]:
    """A text file's bytes now, and in canonical form; values that misfit stay as they are.

    Raises
    ------
    BadLayerError
        If the file's structure is broken, so that its records cannot be told apart.
    """
    data, parsed = taken_apart(path, schema)
    return data, canonical(parsed, path, schema)


def taken_apart(path: Path, schema: LayerSchema) -> tuple[bytes, Parsed]:
    """A text file's bytes, and its raw records.

    Raises
    ------
    BadLayerError
        If the file's structure is broken, so that its records cannot be told apart.
    """
    data = files.read_bytes(path)
    text, issues = decode(data, schema.is_table)
    if text is not None:
        parsed = csv_table.read(text, schema) if schema.is_table else geojson.read(text)
        issues = parsed.issues
    if any(issue.severity is Severity.ERROR for issue in issues):
        raise BadLayerError("unformattable", path=path)
    return data, parsed


def canonical(parsed: Parsed, path: Path, schema: LayerSchema) -> bytes:
    """The canonical bytes of what `taken_apart` gave; the path stands in an error.

    Raises
    ------
    BadLayerError
        If it cannot be written.
    """
    if isinstance(parsed, csv_table.Table):
        return csv_table.canonical(parsed, schema)
    try:
        return geojson.canonical(parsed, list(schema.fields), schema.id)
    except (RecursionError, ValueError):
        # Nested more deeply than can be written, or a number such as 1e999, which JSON cannot hold.
        raise BadLayerError("unformattable", path=path) from None


def bounds(frame: gpd.GeoDataFrame) -> tuple[float, float, float, float] | None:
    """(minx, miny, maxx, maxy) in degrees, or None where nothing has a geometry."""
    boxes = shapely.bounds(frame.geometry.to_numpy())
    known = boxes[~np.isnan(boxes).any(axis=1)]
    if not len(known):
        return None
    (minx, miny), (maxx, maxy) = known[:, :2].min(axis=0), known[:, 2:].max(axis=0)
    return float(minx), float(miny), float(maxx), float(maxy)
