"""Create a GeoPackage in memory, with the same bytes for the same tables."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gxq_geo.formats.coordinates import Geometries
from gxq_geo.formats.geopackage import blobs
from gxq_geo.formats.geopackage.crs import Declared
from gxq_geo.formats.geopackage.database import quoted
from gxq_geo.schemas import Field

GEOMETRY, KEY = "geom", "fid"
WGS84 = Declared(
    4326,
    "WGS 84 geodetic",
    "EPSG",
    4326,
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,'
    'AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,'
    'AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],'
    'AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
)
# The same records must give the same bytes: no time of writing.
_WRITTEN = "1970-01-01T00:00:00.000Z"
# "GPKG", and version 1.3.
_APPLICATION, _VERSION = 0x47504B47, 10300
_TYPES = {"integer": "INTEGER", "number": "REAL", "boolean": "BOOLEAN", "date": "DATE"}
_RTREE = "http://www.geopackage.org/spec120/#extension_rtree"

_SCHEMA = """
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL
  DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), min_x DOUBLE, min_y DOUBLE, max_x DOUBLE,
  max_y DOUBLE, srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id)
  REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_ogr_contents (table_name TEXT NOT NULL PRIMARY KEY, feature_count INTEGER);
"""
# As the specification has them: the index follows each change that another program makes.
_INDEX_TRIGGERS = """
CREATE TRIGGER {insert} AFTER INSERT ON {t} WHEN ({new})
BEGIN INSERT OR REPLACE INTO {r} VALUES (NEW.{k}, {box}); END

CREATE TRIGGER {update6} AFTER UPDATE OF {g} ON {t} WHEN OLD.{k} = NEW.{k} AND ({new}) AND ({old})
BEGIN UPDATE {r} SET minx = ST_MinX(NEW.{g}), maxx = ST_MaxX(NEW.{g}), miny = ST_MinY(NEW.{g}),
maxy = ST_MaxY(NEW.{g}) WHERE id = NEW.{k}; END

CREATE TRIGGER {update7} AFTER UPDATE OF {g} ON {t}
WHEN OLD.{k} = NEW.{k} AND ({new}) AND NOT ({old})
BEGIN INSERT INTO {r} VALUES (NEW.{k}, {box}); END

CREATE TRIGGER {update2} AFTER UPDATE OF {g} ON {t} WHEN OLD.{k} = NEW.{k} AND NOT ({new})
BEGIN DELETE FROM {r} WHERE id = OLD.{k}; END

CREATE TRIGGER {update5} AFTER UPDATE ON {t} WHEN OLD.{k} != NEW.{k} AND ({new})
BEGIN DELETE FROM {r} WHERE id = OLD.{k};
INSERT OR REPLACE INTO {r} VALUES (NEW.{k}, {box}); END

CREATE TRIGGER {update4} AFTER UPDATE ON {t} WHEN OLD.{k} != NEW.{k} AND NOT ({new})
BEGIN DELETE FROM {r} WHERE id IN (OLD.{k}, NEW.{k}); END

CREATE TRIGGER {delete} AFTER DELETE ON {t} WHEN OLD.{g} NOTNULL
BEGIN DELETE FROM {r} WHERE id = OLD.{k}; END
"""
# As GDAL has them: the number of records is known without counting.
_COUNT_TRIGGERS = """
CREATE TRIGGER {name_insert} AFTER INSERT ON {t} BEGIN UPDATE gpkg_ogr_contents
SET feature_count = feature_count + 1 WHERE lower(table_name) = lower({text}); END

CREATE TRIGGER {name_delete} AFTER DELETE ON {t} BEGIN UPDATE gpkg_ogr_contents
SET feature_count = feature_count - 1 WHERE lower(table_name) = lower({text}); END
"""


@dataclass(frozen=True, slots=True)
class NewTable:
    """A table to write.

    Parameters
    ----------
    name
        Its name.
    types
        The SQL type of each column.
    values
        The stored values of each column.
    shapes
        A geometry or None for each record; None for a table of attributes.
    title, description
        What a user sees of it.
    crs
        The CRS of the geometries.
    geometry_type
        As GeoPackage names it, such as ``POLYGON``; ``GEOMETRY`` for any.
    """

    name: str
    types: Mapping[str, str]
    values: Mapping[str, Sequence[Any]]
    shapes: Geometries | None = None
    title: str = ""
    description: str = ""
    crs: Declared = WGS84
    geometry_type: str = "GEOMETRY"

    @property
    def count(self) -> int:
        """The number of records."""
        if self.shapes is not None:
            return len(self.shapes)
        return max(map(len, self.values.values()), default=0)


def sql_type(field: Field) -> str:
    """The SQL type of a field; a list is a text."""
    return _TYPES.get(field.type, "TEXT")


def create(
    tables: Sequence[NewTable], complete: Callable[[sqlite3.Connection], None] | None = None
) -> bytes:
    """Return the bytes of a GeoPackage with these tables.

    Parameters
    ----------
    tables
        The tables, in their order.
    complete
        Adds what else the file holds, such as styles.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("BEGIN")
        for statement in filter(str.strip, _SCHEMA.split(";")):
            connection.execute(statement)
        _add_crs(connection, tables)
        for table in tables:
            _add_table(connection, table)
        if complete is not None:
            complete(connection)
        connection.execute("COMMIT")
        return connection.serialize()


def _add_crs(connection: sqlite3.Connection, tables: Sequence[NewTable]) -> None:
    undefined = "undefined"
    rows = {
        -1: ("Undefined Cartesian SRS", -1, "NONE", -1, undefined, "undefined Cartesian"),
        0: ("Undefined geographic SRS", 0, "NONE", 0, undefined, "undefined geographic"),
    }
    for crs in (WGS84, *(table.crs for table in tables)):
        organization = crs.organization or "NONE"
        rows[crs.id] = (crs.name, crs.id, organization, crs.code, crs.definition, "")
    query = "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)"
    connection.executemany(query, rows.values())


def _add_table(connection: sqlite3.Connection, table: NewTable) -> None:
    spatial = table.shapes is not None
    columns = [f"{quoted(KEY)} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"]
    columns += [f"{GEOMETRY} {table.geometry_type}"] if spatial else []
    columns += [f"{quoted(name)} {kind}" for name, kind in table.types.items()]
    connection.execute(f"CREATE TABLE {quoted(table.name)} ({', '.join(columns)})")
    keys = range(1, table.count + 1)
    values = [table.values[name] for name in table.types]
    if table.shapes is not None:
        values.insert(0, blobs.encode(table.shapes, table.crs.id))
    places = ", ".join("?" * (len(values) + 1))
    query = f"INSERT INTO {quoted(table.name)} VALUES ({places})"  # noqa: S608
    connection.executemany(query, zip(keys, *values, strict=True))
    _register(connection, table)
    if table.shapes is not None:
        _add_index(connection, table, table.shapes)
    names = {
        f"name_{on}": quoted(f"trigger_{on}_feature_count_{table.name}")
        for on in ("insert", "delete")
    }
    for trigger in _COUNT_TRIGGERS.split("\n\n"):
        connection.execute(trigger.format(t=quoted(table.name), text=_text(table.name), **names))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _register(connection: sqlite3.Connection, table: NewTable) -> None:
    spatial = table.shapes is not None
    box: list[float | None] = [None] * 4
    if table.shapes is not None:
        bounds = shapely.total_bounds(table.shapes).tolist() if len(table.shapes) else []
        box = [None if np.isnan(edge) else edge for edge in bounds] or box
    kind = "features" if spatial else "attributes"
    title = table.title or table.name
    connection.execute(
        "INSERT INTO gpkg_contents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (table.name, kind, title, table.description, _WRITTEN, *box, table.crs.id * spatial),
    )
    connection.execute("INSERT INTO gpkg_ogr_contents VALUES (?, ?)", (table.name, table.count))
    if spatial:
        connection.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)",
            (table.name, GEOMETRY, table.geometry_type, table.crs.id),
        )


def _add_index(connection: sqlite3.Connection, table: NewTable, shapes: Geometries) -> None:
    """Add the spatial index, with the triggers that maintain it."""
    name = f"rtree_{table.name}_{GEOMETRY}"
    index = quoted(name)
    connection.execute(f"CREATE VIRTUAL TABLE {index} USING rtree(id, minx, maxx, miny, maxy)")
    query = f"INSERT INTO {index} VALUES (?, ?, ?, ?, ?)"  # noqa: S608
    connection.executemany(query, boxes(dict(enumerate(shapes, 1))))
    connection.execute(
        "INSERT INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index', ?, 'write-only')",
        (table.name, GEOMETRY, _RTREE),
    )
    box = ", ".join(f"ST_{side}(NEW.{GEOMETRY})" for side in ("MinX", "MaxX", "MinY", "MaxY"))
    kinds = ("insert", "delete", *(f"update{number}" for number in (2, 4, 5, 6, 7)))
    names = {kind: quoted(f"{name}_{kind}") for kind in kinds}
    names |= {
        side: f"{side.upper()}.{GEOMETRY} NOTNULL AND NOT ST_IsEmpty({side.upper()}.{GEOMETRY})"
        for side in ("old", "new")
    }
    names |= {"t": quoted(table.name), "g": GEOMETRY, "k": KEY, "r": index, "box": box}
    for trigger in _INDEX_TRIGGERS.split("\n\n"):
        connection.execute(trigger.format(**names))


def boxes(shapes: Mapping[int, Any]) -> list[tuple[float, ...]]:
    """The rows of a spatial index: key, minx, maxx, miny, maxy of each geometry that is there."""
    edges = shapely.bounds(np.array(list(shapes.values()), dtype=object))
    return [
        (key, minx, maxx, miny, maxy)
        for key, (minx, miny, maxx, maxy) in zip(shapes, edges.tolist(), strict=True)
        if minx == minx  # Not NaN, as of an empty geometry.
    ]
