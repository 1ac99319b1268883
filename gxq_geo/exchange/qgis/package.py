"""The GeoPackage for QGIS: typed tables, names, choices, limits, styles, and what was exported."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError

from gxq_geo import words
from gxq_geo.exchange.qgis import base, form
from gxq_geo.exchange.qgis.project import layer_style
from gxq_geo.exchange.qgis.sheet import Sheet, kinds
from gxq_geo.exchange.source import Geometries
from gxq_geo.formats.geopackage import creating, values
from gxq_geo.formats.geopackage.creating import WGS84, NewTable
from gxq_geo.formats.geopackage.crs import Declared
from gxq_geo.schemas import Field, LayerSchema, schema
from gxq_geo.schemas.dtypes import raw_values

_FIRST_FREE_SRS = 100_000
_TYPES = {"Point": "POINT", "Line": "MULTILINESTRING", "Polygon": "MULTIPOLYGON"}
_EXTENSION = "http://www.geopackage.org/spec121/#extension_schema"
_WRITTEN = "1970-01-01T00:00:00.000Z"
_SCHEMA = """
CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  name TEXT, title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL,
  constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))
"""
_STYLES = (
    "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,"
    " f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),"
    " f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,"
    " useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),"
    " update_time DATETIME DEFAULT CURRENT_TIMESTAMP)"
)


def package_bytes(
    sheets: Sequence[Sheet], frames: Mapping[str, pd.DataFrame], *, audience: str
) -> bytes:
    """Return the bytes of a GeoPackage with a table for each frame.

    Parameters
    ----------
    sheets
        The map layers and tables.
    frames
        The records of each layer.
    audience
        The audience of the export, kept with the records as exported.
    """
    layers = {sheet.layer.name: sheet for sheet in sheets}
    tables = [_table(frames[name], sheet.layer, sheet.fields) for name, sheet in layers.items()]

    def complete(connection: sqlite3.Connection) -> None:
        _describe(connection, [(sheet.layer, sheet.fields) for sheet in layers.values()])
        _add_styles(connection, [sheet for sheet in sheets if sheet.kind and not sheet.is_part])
        for table in tables:
            base.store(connection, schema().layers[table.name], audience)

    return creating.create(tables, complete)


# ------------------------------------------------------------------ tables


def _table(frame: pd.DataFrame, layer: LayerSchema, fields: Sequence[str]) -> NewTable:
    specs = [layer.fields[name] for name in fields]
    cells = {
        spec.name: [values.stored(value) for value in raw_values(frame[spec.name], spec)]
        for spec in specs
    }
    table = NewTable(
        layer.name,
        {spec.name: creating.sql_type(spec) for spec in specs},
        cells,
        title=words.pick(layer.label, form.LANG),
        description=words.pick(layer.help, form.LANG),
    )
    if not isinstance(frame, gpd.GeoDataFrame):
        return table
    shapes, geometry_type = _uniform(frame, layer)
    return NewTable(
        table.name, table.types, table.values, shapes, table.title, table.description,
        _declared(frame.crs), geometry_type,
    )  # fmt: skip


def _uniform(frame: gpd.GeoDataFrame, layer: LayerSchema) -> tuple[Geometries, str]:
    """Geometries of one type: QGIS refuses a second part in a table of single polygons."""
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    found = kinds(frame, layer)
    if len(found) != 1:
        return shapes, "GEOMETRY"
    if found == ["Point"]:
        several = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT).any()
        return shapes, "GEOMETRY" if several else "POINT"
    make = shapely.multipolygons if found == ["Polygon"] else shapely.multilinestrings
    out = shapes.copy()
    for row, shape in enumerate(shapes):
        if shape is not None and not shape.geom_type.startswith("Multi"):
            out[row] = make([shape])
    return out, _TYPES[found[0]]


def _declared(crs: pyproj.CRS) -> Declared:
    code = crs.to_epsg()
    if code == WGS84.code:
        return WGS84
    try:
        definition = crs.to_wkt("WKT1_GDAL")
    except CRSError:
        definition = crs.to_wkt()
    if code is None:
        return Declared(_FIRST_FREE_SRS, crs.name, "NONE", _FIRST_FREE_SRS, definition)
    return Declared(code, crs.name, "EPSG", code, definition)


# ------------------------------------------------------------------ the schema extension


def _describe(
    connection: sqlite3.Connection, layers: Sequence[tuple[LayerSchema, Sequence[str]]]
) -> None:
    """Add names, explanations, choices and limits, which QGIS and GDAL show."""
    for statement in _SCHEMA.split(";"):
        connection.execute(statement)
    for name in ("gpkg_data_columns", "gpkg_data_column_constraints"):
        connection.execute(
            "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')",
            (name, _EXTENSION),
        )
    constraints: dict[str, list[tuple[Any, ...]]] = {}
    for layer, fields in layers:
        seen: set[str] = set()
        for field in (layer.fields[name] for name in fields):
            constraint, rows = _constraint(field, layer)
            constraints |= {constraint: rows} if rows else {}
            title = form.alias(field)
            unique = f"{title} {field.name}" if title in seen else title
            seen.add(title)
            mime = "application/json" if field.is_list else None
            connection.execute(
                "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    layer.name, field.name, unique, title,
                    words.pick(field.help, form.LANG), mime, constraint or None,
                ),
            )  # fmt: skip
    connection.executemany(
        "INSERT INTO gpkg_data_column_constraints VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [row for rows in constraints.values() for row in rows],
    )


def _constraint(field: Field, layer: LayerSchema) -> tuple[str, list[tuple[Any, ...]]]:
    """The name of a field's constraint and its rows; a list has none."""
    if field.type == "choice" and field.domain:
        domain = schema().domains[field.domain]
        return field.domain, [
            (field.domain, "enum", value, None, None, None, None, words.pick(label, form.LANG))
            for value, label in domain.items()
        ]
    if field.min is None or field.max is None:
        return "", []
    name = f"{layer.name}_{field.name}"
    return name, [(name, "range", None, field.min, 1, field.max, 1, form.alias(field))]


# ------------------------------------------------------------------ styles


def _add_styles(connection: sqlite3.Connection, sheets: Sequence[Sheet]) -> None:
    """Add the style with which QGIS opens each layer outside the project."""
    connection.execute(_STYLES)
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, srs_id)"
        " VALUES ('layer_styles', 'attributes', 'layer_styles', ?, 0)",
        (_WRITTEN,),
    )
    connection.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
        " f_geometry_column, styleName, styleQML, useAsDefault, description, owner, update_time)"
        " VALUES ('', '', ?, ?, ?, ?, 1, '', '', ?)",
        [
            (
                sheet.layer.name, creating.GEOMETRY, sheet.layer.name,
                layer_style(sheet, ""), _WRITTEN,
            )
            for sheet in sheets
        ],
    )  # fmt: skip
