"""Read, write and change GeoPackage layers, for planners who work in QGIS.

The file is read as an SQLite database and its geometries as WKB, without GDAL, which would choose a
driver by the file's content. Geometries are checked as in GeoJSON. A GeoPackage has no lines, so
its issues name only features.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gxq_geo.formats import rfc7946
from gxq_geo.formats.coordinates import COORDINATE_FAULTS, Geometries, build_geometries
from gxq_geo.formats.geopackage import blobs, creating, crs, database, editing, values
from gxq_geo.formats.geopackage.database import refuse_if_open as refuse_if_open
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.schemas.dtypes import column, raw_values, values_of
from gxq_geo.words.errors import FileError
from gxq_geo.words.issues import FATAL, Issue, found

# The issues that only this reader can report.
FINDINGS = {
    "not-gpkg": FATAL,
    "gpkg-layers": FATAL,
    "gpkg-view": FATAL,
    "gpkg-encoding": FATAL,
    "gpkg-datum": FATAL,
    "gpkg-geometry": FATAL,
    "gpkg-srs": FATAL,
}
# All issues that it can report; those of CRS and coordinates are the same as for GeoJSON.
_REPORTED = {
    **dict.fromkeys(("crs-foreign", *COORDINATE_FAULTS), FATAL),
    "height-ignored": rfc7946.FINDINGS["height-ignored"],
    **FINDINGS,
}

# The time zone in which a date with time is a date, where the zone states none.
CHINA_TIME = timezone(timedelta(hours=8))
# The largest difference in degrees for which a geometry counts as unchanged.
_SAME_PLACE = 1e-9


@dataclass(frozen=True, slots=True)
class Stored:
    """A layer as it is stored, to change it in place.

    Parameters
    ----------
    data
        The bytes of the file.
    table
        The layer's table.
    keys
        The key of each row.
    columns
        The stored values by column.
    meanings
        The same values as they were understood.
    conversion
        The conversion of its CRS.
    """

    data: bytes = field(repr=False)
    table: database.Table
    keys: Sequence[int]
    columns: Mapping[str, Sequence[Any]]
    meanings: Mapping[str, Sequence[Any]]
    conversion: crs.Conversion

    @property
    def kinds(self) -> dict[str, str]:
        """The type of each column, in capitals."""
        return {column.name: column.type for column in self.table.columns}


@dataclass(frozen=True, slots=True)
class Package:
    """One layer of a GeoPackage: values, geometries, issues, and the names of other tables.

    Parameters
    ----------
    by_field
        The values of each field, as JSON has them.
    geometries
        A geometry or None for each record, in longitude and latitude.
    issues
        Issues of the file's structure.
    other_tables
        The names of other layers and of tables that QGIS adds, such as styles.
    stored
        The layer as it is stored; None if it could not be read.
    """

    by_field: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    geometries: Geometries = field(default_factory=lambda: np.empty(0, dtype=object))
    issues: tuple[Issue, ...] = ()
    other_tables: tuple[str, ...] = ()
    stored: Stored | None = field(default=None, repr=False)

    @property
    def count(self) -> int:
        """The number of records."""
        return len(self.geometries)

    @property
    def records(self) -> Sequence[Mapping[str, Any]]:
        """The raw values of each record."""
        if not self.by_field:
            return [{} for _ in range(self.count)]
        names = list(self.by_field)
        rows = zip(*self.by_field.values(), strict=True)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def with_records(self, records: Sequence[Mapping[str, Any]]) -> "Package":
        """The same layer with other values in its records, which `canonical` stores."""
        return replace(self, by_field=values_of(records, self.by_field))

    def extras(self) -> Sequence[str]:
        """The names of other layers and of tables that QGIS adds, such as styles."""
        return self.other_tables

    def locate(self, row: int, member: str = "") -> tuple[None, None]:
        """Always ``(None, None)``: a database has no lines."""
        return None, None


# ------------------------------------------------------------------ reading


def read(path: Path, data: bytes, schema: LayerSchema, *, timezone: tzinfo = CHINA_TIME) -> Package:
    """Read one layer of a GeoPackage: the one named as in the schema, or else the only one.

    Parameters
    ----------
    path, data
        The file and its bytes.
    schema
        The schema of the layer.
    timezone
        The time zone in which a date with time is a date.
    """
    if not database.is_database(data):
        return _refused("not-gpkg")
    try:
        with database.opened(path, data) as connection:
            return _read(connection, data, schema, timezone)
    except database.NotPlainError as error:
        return _refused("gpkg-view", value=str(error))
    except (sqlite3.Error, ValueError):
        return _refused("not-gpkg")


def table_names(path: Path, data: bytes) -> list[str]:
    """The names of the tables of features and attributes in a file; empty if it is unreadable."""
    if not database.is_database(data):
        return []
    try:
        with database.opened(path, data) as connection:
            contents = database.contents(connection)
    except sqlite3.Error:
        return []
    return [name for name, kind in contents if kind in ("features", "attributes")]


def _refused(rule: str, value: str = "", **params: str | int) -> Package:
    return Package(issues=(found(_REPORTED, rule, value=value, params=params),))


def _read(
    connection: sqlite3.Connection, data: bytes, schema: LayerSchema, timezone: tzinfo
) -> Package:
    contents = database.contents(connection)
    names = [name for name, kind in contents if kind == "features"]
    name = schema.name if schema.name in names or len(names) != 1 else names[0]
    if name not in names:
        return _refused("gpkg-layers", value=", ".join(names), name=schema.name)
    table = database.table(connection, name)
    datum, conversion = crs.judge(table.crs)
    if conversion is None:
        rule = "gpkg-datum" if datum is crs.Datum.LOCAL else "crs-foreign"
        return _refused(rule, value=table.crs.label)
    rows = database.rows(connection, table)
    if not rows.is_utf8:
        return _refused("gpkg-encoding", **_misread(rows.columns))
    decoded = blobs.decode(rows.geometries, table.crs.id)
    shown = {c.name: rows.columns[c.name] for c in table.columns if _is_field(c, schema)}
    meanings = values.meanings(shown, schema, timezone)
    others = tuple(other for other, _ in contents if other != name)
    stored = Stored(data, table, rows.keys, shown, meanings, conversion)
    shapes = conversion.to_degrees(decoded.shapes)
    return Package(meanings, shapes, tuple(_issues(decoded)), others, stored)


def _is_field(column: database.Column, schema: LayerSchema) -> bool:
    """Whether a column is data and not merely the number of the row."""
    return not column.is_key or column.name in schema.fields


def _misread(columns: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The first text that is not UTF-8, as it would read in GB18030, and how many there are."""
    texts = [
        (name, text)
        for name, cells in columns.items()
        for text in map(database.original_bytes, cells)
        if text is not None
    ]
    name, text = texts[0]
    return {"value": text.decode("gb18030", "replace"), "column": name, "count": len(texts)}


def _issues(decoded: blobs.Decoded) -> Iterable[Issue]:
    for row, fault in decoded.faults:
        yield found(_REPORTED, fault.rule, params={**fault.params, "row": row})
    if decoded.heights:
        params = {"count": len(decoded.heights), "row": decoded.heights[0]}
        yield found(_REPORTED, "height-ignored", params=params)


# ------------------------------------------------------------------ writing


def to_bytes(features: Iterable[Mapping[str, Any]], schema: LayerSchema) -> bytes:
    """Return the bytes of a new GeoPackage with the records of a layer, as GeoJSON features."""
    given = list(features)
    columns = values_of([feature["properties"] for feature in given], schema.fields)
    shapes, *_ = build_geometries([feature["geometry"] for feature in given])
    types = {name: creating.sql_type(spec) for name, spec in schema.fields.items()}
    cells = {name: [values.stored(value) for value in columns[name]] for name in types}
    return creating.create([creating.NewTable(schema.name, types, cells, shapes)])


def canonical(package: Package, layer: LayerSchema, path: Path) -> bytes:
    """Return the bytes of a file with the values of a package, each in the form that QGIS reads.

    Everything else stays as it is: geometries, styles, other tables, values that do not fit.

    Raises
    ------
    FileError
        If the file does not allow the change.
    """
    if package.stored is None:
        raise FileError("unwritable", path=path, reason="")
    return _edited(package.stored, editing.Edit(_changed_cells(package, layer)), path)


def count_changed(package: Package, layer: LayerSchema) -> int:
    """The number of records that `canonical` changes."""
    return len(_changed_cells(package, layer))


def _changed_cells(package: Package, layer: LayerSchema) -> dict[int, dict[str, Any]]:
    stored = package.stored
    changes: dict[int, dict[str, Any]] = {}
    for name, cells in stored.columns.items() if stored else ():
        if stored is None or name not in layer.fields:
            continue
        spec, now = layer.fields[name], package.by_field[name]
        for key, before, old, new in zip(
            stored.keys, cells, stored.meanings[name], now, strict=True
        ):
            same = type(new) is type(old) and new == old
            after = (
                values.canonical(new, before, spec)
                if same
                else values.stored(new, before, stored.kinds[name])
            )
            if after != before or type(after) is not type(before):
                changes.setdefault(key, {})[name] = after
    return changes


def _edited(stored: Stored, edit: editing.Edit, path: Path) -> bytes:
    try:
        return editing.edited(stored.data, stored.table, edit)
    except sqlite3.Error as error:
        raise FileError("unwritable", path=path, reason=str(error)) from None


def updated(
    package: Package,
    layer: LayerSchema,
    path: Path,
    *,
    columns: Mapping[str, Sequence[Any]],
    shapes: Geometries,
) -> bytes:
    """Return the bytes of a file after its records have become those given, found by their id.

    A value or geometry that is the same stays byte for byte, and so does everything else in the
    file. Geometries are stored in the CRS of the file.

    Parameters
    ----------
    package
        The layer as it is in the file.
    layer, path
        Its schema and its file.
    columns
        The new values by field, as JSON has them.
    shapes
        The new geometries, in longitude and latitude.

    Raises
    ------
    FileError
        If the file does not allow the change.
    """
    stored = package.stored
    if stored is None:
        raise FileError("unwritable", path=path, reason="")
    pairs = _pairs(package.by_field.get(layer.id, ()), columns[layer.id])
    cells = _cells(package, layer, columns, pairs)
    next_key = max(stored.keys, default=0) + 1
    new_rows = [row for row in range(len(shapes)) if row not in pairs.values()]
    keys = {row: stored.keys[old] for old, row in pairs.items()}
    keys |= {row: next_key + number for number, row in enumerate(new_rows)}
    moved = _moved(package.geometries, shapes, pairs)
    native = stored.conversion.from_degrees(shapes)
    edit = editing.Edit(
        cells={stored.keys[old]: changed for old, changed in cells.items() if changed},
        shapes={keys[row]: native[row] for row in [*moved, *new_rows]},
        added={
            keys[row]: {
                name: values.stored(cell[row], kind=stored.kinds.get(name, ""))
                for name, cell in columns.items()
                if cell[row] not in (None, [])
            }
            for row in new_rows
        },
        removed=[key for old, key in enumerate(stored.keys) if old not in pairs],
        columns=_missing_columns(stored, layer, columns),
        extent=_extent(native) if moved or new_rows else None,
    )
    return _edited(stored, edit, path)


def _pairs(old: Sequence[Any], new: Sequence[Any]) -> dict[int, int]:
    """Pair the rows that have the same id, where it is the only one on both sides."""
    at, to = _by_id(old), _by_id(new)
    return {at[one]: to[one] for one in at if one in to}


def _by_id(ids: Sequence[Any]) -> dict[Any, int]:
    rows: dict[Any, list[int]] = {}
    for row, one in enumerate(ids):
        if one is not None:
            rows.setdefault(one, []).append(row)
    return {one: found_in[0] for one, found_in in rows.items() if len(found_in) == 1}


def _cells(
    package: Package,
    layer: LayerSchema,
    columns: Mapping[str, Sequence[Any]],
    pairs: Mapping[int, int],
) -> dict[int, dict[str, Any]]:
    """The values to store, by the row in the file and the field: those with another meaning."""
    cells: dict[int, dict[str, Any]] = {row: {} for row in pairs}
    known, kinds = schema(), package.stored.kinds if package.stored else {}
    for name, now in columns.items():
        spec = layer.fields[name]
        before = package.stored.columns.get(name) if package.stored else None
        as_read = raw_values(
            column(package.by_field.get(name) or [None] * package.count, spec, known)[0], spec
        )
        for old, new in pairs.items():
            if as_read[old] != now[new]:
                old_cell = before[old] if before else None
                cells[old][name] = values.stored(now[new], old_cell, kinds.get(name, ""))
    return cells


def _moved(old: Geometries, new: Geometries, pairs: Mapping[int, int]) -> list[int]:
    """The new rows of the geometries that differ from those in the file."""
    at, to = np.array(list(pairs), dtype=int), np.array(list(pairs.values()), dtype=int)
    both_missing = shapely.is_missing(old[at]) & shapely.is_missing(new[to])
    same = shapely.equals_exact(old[at], new[to], tolerance=_SAME_PLACE) | both_missing
    return [int(row) for row in to[~same]]


def _missing_columns(
    stored: Stored, layer: LayerSchema, columns: Mapping[str, Sequence[Any]]
) -> dict[str, str]:
    """The types of the fields that the table lacks although there are values for them."""
    has = {one.name.lower() for one in stored.table.columns}
    return {
        name: creating.sql_type(layer.fields[name])
        for name, cells in columns.items()
        if name.lower() not in has and any(cell not in (None, []) for cell in cells)
    }


def _extent(shapes: Geometries) -> Sequence[float] | None:
    box = shapely.total_bounds(shapes).tolist()
    return None if np.isnan(box).any() else box
