"""Change records of a GeoPackage and keep everything else in it: styles, other tables, columns.

The change is made in memory. No trigger of the file runs: all are taken out, and put back as they
were. What the standard triggers would do, for the spatial index and the count, is done here.
"""

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gxq_geo.formats.geopackage import blobs
from gxq_geo.formats.geopackage.creating import boxes
from gxq_geo.formats.geopackage.database import Table, in_memory, quoted


@dataclass(frozen=True, slots=True)
class Edit:
    """Changes of a table, all values as they are stored.

    Parameters
    ----------
    cells
        By key of the row, the new values by column.
    shapes
        By key of the row, the new geometry in the CRS of the table.
    added
        New rows, by a key that no row has: the values by column. `shapes` has their geometries.
    removed
        The keys of the rows to remove.
    columns
        The types of columns to add to the table.
    extent
        The bounds of all geometries (minx, miny, maxx, maxy); None where no geometry changes.
    """

    cells: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    shapes: Mapping[int, Any] = field(default_factory=dict)
    added: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    removed: Sequence[int] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    extent: Sequence[float] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.cells or self.shapes or self.added or self.removed or self.columns)


_TRIGGER = re.compile(r"CREATE\s+TRIGGER\b", re.IGNORECASE)


def edited(data: bytes, table: Table, edit: Edit) -> bytes:
    """Return the bytes of a GeoPackage after an edit of one of its tables.

    Raises
    ------
    sqlite3.Error
        If the database is damaged, or a constraint of the file does not allow the change.
    """
    if edit.is_empty:
        return data
    with closing(in_memory(data)) as connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
        ).fetchall()
        if not all(map(_TRIGGER.match, (str(sql) for _, sql in triggers))):
            raise sqlite3.DatabaseError("malformed trigger")
        connection.execute("BEGIN")
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {quoted(name)}")
        _apply(connection, table, edit)
        for _, statement in triggers:
            connection.execute(statement)
        connection.execute("COMMIT")
        return connection.serialize()


def _apply(connection: sqlite3.Connection, table: Table, edit: Edit) -> None:
    name, key = quoted(table.name), quoted(table.key)
    for column, kind in edit.columns.items():
        connection.execute(f"ALTER TABLE {name} ADD COLUMN {quoted(column)} {kind}")
    keys = [(row,) for row in edit.removed]
    connection.executemany(f"DELETE FROM {name} WHERE {key} = ?", keys)  # noqa: S608
    for row, values in edit.added.items():
        _execute_row(connection, f"INSERT INTO {name}", {table.key: row, **values})
    for row, values in edit.cells.items():
        assigned = ", ".join(f"{quoted(column)} = ?" for column in values)
        query = f"UPDATE {name} SET {assigned} WHERE {key} = ?"  # noqa: S608
        connection.execute(query, (*values.values(), row))
    if table.geometry:
        _replace_shapes(connection, table, edit)
    if edit.added or edit.removed:
        _count(connection, table)


def _execute_row(connection: sqlite3.Connection, head: str, values: Mapping[str, Any]) -> None:
    columns, places = ", ".join(map(quoted, values)), ", ".join("?" * len(values))
    connection.execute(f"{head} ({columns}) VALUES ({places})", tuple(values.values()))


def _replace_shapes(connection: sqlite3.Connection, table: Table, edit: Edit) -> None:
    shapes = np.empty(len(edit.shapes), dtype=object)
    shapes[:] = list(edit.shapes.values())
    encoded = zip(blobs.encode(shapes, table.crs.id), edit.shapes, strict=True)
    connection.executemany(
        f"UPDATE {quoted(table.name)} SET {quoted(table.geometry)} = ?"  # noqa: S608
        f" WHERE {quoted(table.key)} = ?",
        list(encoded),
    )
    _reindex(connection, table, edit)
    if edit.extent is not None:
        connection.execute(
            "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?"
            " WHERE table_name = ? COLLATE NOCASE",
            (*edit.extent, table.name),
        )


def _reindex(connection: sqlite3.Connection, table: Table, edit: Edit) -> None:
    """Update the spatial index, if the table has one."""
    index = f"rtree_{table.name}_{table.geometry}"
    is_there = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE AND rootpage = 0", (index,)
    ).fetchone()
    if not is_there:
        return
    gone = [(row,) for row in _unique(edit.removed, edit.shapes)]
    connection.executemany(f"DELETE FROM {quoted(index)} WHERE id = ?", gone)  # noqa: S608
    query = f"INSERT INTO {quoted(index)} VALUES (?, ?, ?, ?, ?)"  # noqa: S608
    connection.executemany(query, boxes(edit.shapes) if edit.shapes else [])


def _unique(*groups: Iterable[int]) -> dict[int, None]:
    return dict.fromkeys(row for group in groups for row in group)


def _count(connection: sqlite3.Connection, table: Table) -> None:
    """Correct the number of records that GDAL keeps, if it keeps one."""
    has_counts = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE name = 'gpkg_ogr_contents' AND type = 'table'"
    ).fetchone()
    if has_counts:
        query = f"SELECT count(*) FROM {quoted(table.name)}"  # noqa: S608
        connection.execute(
            "UPDATE gpkg_ogr_contents SET feature_count = ? WHERE table_name = ? COLLATE NOCASE",
            (*connection.execute(query).fetchone(), table.name),
        )
