"""Read every table of features or attributes in a GeoPackage, whoever wrote it.

The file is read as in `gxq_geo.formats.geopackage`: no SQL of the file runs.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from gxq_geo.exchange.evidence import encoding
from gxq_geo.exchange.source import Loss, Note, ReadOptions, SourceTable
from gxq_geo.formats import files
from gxq_geo.formats.geopackage import CHINA_TIME, blobs, database, values
from gxq_geo.words.errors import FileError

# The styles of QGIS are no data of the planner.
_STYLES = "layer_styles"
_READ = ("features", "attributes")
# Faults of a geometry, and the kind of loss of each; any other is damage.
_FAULTS = {"geometry-type": "curve", "gpkg-srs": "srs"}


def read(path: Path, options: ReadOptions) -> tuple[SourceTable, ...]:
    """Read a GeoPackage.

    Parameters
    ----------
    path
        The file.
    options
        ``table`` is the name of the table to read; ``encoding`` that of texts that are not UTF-8.

    Raises
    ------
    FileError
        If the file is no GeoPackage, has no such table, or the encoding of its texts is not
        certain.
    """
    data = files.read_bytes(path)
    if not database.is_database(data):
        raise FileError("not-geopackage", path=path)
    try:
        with database.opened(path, data) as connection:
            return tuple(_tables(connection, path, options))
    except (sqlite3.Error, UnicodeError):
        raise FileError("not-geopackage", path=path) from None


def _tables(
    connection: sqlite3.Connection, path: Path, options: ReadOptions
) -> Iterator[SourceTable]:
    contents = [(name, kind) for name, kind in database.contents(connection) if name != _STYLES]
    if options.table and options.table not in dict(contents):
        known = ", ".join(name for name, _ in contents)
        raise FileError("no-such-table", path=path, table=options.table, known=known)
    for name, kind in contents:
        if options.table in ("", name):
            yield _table(connection, name, kind, path, options)


def _table(
    connection: sqlite3.Connection, name: str, kind: str, path: Path, options: ReadOptions
) -> SourceTable:
    if kind not in _READ:
        return SourceTable(name, {}, losses=(Loss("geopackage.loss.tiles", 1, name),))
    try:
        source = database.table(connection, name)
    except database.NotPlainError:
        return SourceTable(name, {}, losses=(Loss("geopackage.loss.view", 1, name),))
    rows = database.rows(connection, source)
    found = _Found(name)
    columns = dict(rows.columns)
    if not rows.is_utf8:
        columns = _decoded(columns, path, options.encoding, found)
    typed = {
        column.name: _typed(columns[column.name], column, found)
        for column in source.columns
        if not column.is_key
    }
    table = SourceTable(
        name,
        {name: cells for name, cells in typed.items() if cells is not None},
        crs=source.crs.text,
        places=tuple(map(str, rows.keys)),
    )
    if source.geometry:
        table = _with_geometries(table, rows, source, found)
    return replace(table, losses=tuple(found.losses), notes=tuple(found.notes))


@dataclass
class _Found:
    """What was passed over and decided in a table."""

    table: str
    losses: list[Loss] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def _with_geometries(
    table: SourceTable, rows: database.Rows, source: database.Table, found: _Found
) -> SourceTable:
    decoded = blobs.decode(rows.geometries, source.crs.id)
    faults = Counter(
        (_FAULTS.get(fault.rule, "geometry"), str(fault.params.get("type", "")))
        for _, fault in decoded.faults
    )
    first = {_FAULTS.get(fault.rule, "geometry"): rows.keys[row] for row, fault in decoded.faults}
    for (kind, type_), count in faults.items():
        params: dict[str, str | int] = {"type": type_, "row": first[kind]}
        found.losses.append(Loss(f"geopackage.loss.{kind}", count, found.table, params))
    if decoded.heights:
        found.losses.append(Loss("geopackage.loss.height", len(decoded.heights), found.table))
    return replace(table, geometries=decoded.shapes)


# ------------------------------------------------------------------ values


def _decoded(
    columns: Mapping[str, Sequence[Any]], path: Path, stated: str, found: _Found
) -> dict[str, Sequence[Any]]:
    """Decode the texts that are not UTF-8, all in the one encoding of which there is evidence."""
    samples = [
        raw
        for cells in columns.values()
        for raw in map(database.original_bytes, cells)
        if raw is not None
    ]
    decision, notes = encoding.settle(path, samples, stated=stated)
    texts = {raw: raw.decode(decision.name, "replace") for raw in set(samples)}
    found.notes += [replace(note, where=found.table) for note in notes]
    return {
        name: [texts.get(database.original_bytes(cell) or b"", cell) for cell in cells]
        for name, cells in columns.items()
    }


def _typed(cells: Sequence[Any], column: database.Column, found: _Found) -> Sequence[Any] | None:
    """The values of a column, by its declared type; None where it holds bytes such as pictures."""
    if column.type == "BOOLEAN":
        return [bool(cell) if cell in (0, 1) else cell for cell in cells]
    if column.type == "DATE":
        return list(map(_day, cells))
    if column.type == "DATETIME":
        return list(map(_moment, cells))
    if any(isinstance(cell, bytes) for cell in cells):
        count = sum(isinstance(cell, bytes) for cell in cells)
        found.losses.append(Loss("geopackage.loss.bytes", count, f"{found.table}.{column.name}"))
        return None
    lists = [values.list_items(cell) if isinstance(cell, str) else None for cell in cells]
    are_lists = [
        cell is None or items is not None for cell, items in zip(cells, lists, strict=True)
    ]
    return lists if all(are_lists) and any(items for items in lists) else cells


def _day(cell: Any) -> Any:
    try:
        return date.fromisoformat(cell)
    except (TypeError, ValueError):
        return cell


def _moment(cell: Any) -> Any:
    """A date with time; the date alone where the time is midnight, in UTC or in China."""
    try:
        moment = datetime.fromisoformat(cell)
    except (TypeError, ValueError):
        return cell
    if moment.tzinfo is not None and moment.time() != datetime.min.time():
        moment = moment.astimezone(CHINA_TIME)
    moment = moment.replace(tzinfo=None)
    return moment.date() if moment.time() == datetime.min.time() else moment
