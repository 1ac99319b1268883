"""What was edited in a GeoPackage that gxq exported: its records, and those as exported."""

import sqlite3
from pathlib import Path

import numpy as np
import shapely

from gxq_geo.exchange.formats import Returned
from gxq_geo.exchange.qgis.base import Base, Content, content, load
from gxq_geo.exchange.source import Geometries
from gxq_geo.formats import files
from gxq_geo.formats.geopackage import database
from gxq_geo.schemas import LayerSchema, schema


def returned(path: Path) -> tuple[Returned, ...] | None:
    """Return the layers of a GeoPackage with the records as exported.

    None where gxq did not export the file, or a layer in it cannot be read: it is then a file like
    any other. Only a geometry that was changed since is returned, in EPSG:4326; one part alone is
    no multi-geometry, which the export made of it.

    Raises
    ------
    FileError
        If the file cannot be read.
    """
    data = files.read_bytes(path)
    if not database.is_database(data):
        return None
    try:
        with database.opened(path, data) as connection:
            bases = load(connection)
            present = dict(database.contents(connection))
            layers = [name for name in bases if name in present]
            found = [_returned(connection, schema().layers[n], bases[n]) for n in layers]
    except (sqlite3.Error, database.NotPlainError, ValueError, KeyError, TypeError):
        return None
    return tuple(found) or None


def _returned(connection: sqlite3.Connection, layer: LayerSchema, base: Base) -> Returned:
    now = content(connection, layer)
    return Returned(layer.name, now.rows, base.records, _changed(now, layer, base))


def _changed(now: Content, layer: LayerSchema, base: Base) -> Geometries | None:
    """The geometries that differ from those exported, in EPSG:4326; None for the others."""
    if now.shapes is None:
        return None
    if now.conversion is None:
        raise ValueError(layer.name)
    shapes = now.shapes.copy()
    for row, record in enumerate(now.rows):
        if now.digest(row) == base.digests.get(str(record.get(layer.id)), ""):
            shapes[row] = None
    single = shapely.get_num_geometries(shapes) == 1
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    return np.asarray(now.conversion.to_degrees(shapes), dtype=object)
