"""The records as they were exported, kept in the metadata of a GeoPackage, and read again."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gxq_geo.exchange.importing.merge import Record
from gxq_geo.exchange.source import Geometries
from gxq_geo.formats.geopackage import CHINA_TIME, blobs, crs, database, values
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.schemas.dtypes import column, raw_values

_URI = "urn:gxq-geo:export:1"
_TABLES = """
CREATE TABLE IF NOT EXISTS gpkg_metadata (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL,
  mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS gpkg_metadata_reference (reference_scope TEXT NOT NULL,
  table_name TEXT, column_name TEXT, row_id_value INTEGER, timestamp DATETIME NOT NULL
  DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL,
  md_parent_id INTEGER, CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id)
  REFERENCES gpkg_metadata(id), CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id)
  REFERENCES gpkg_metadata(id))
"""
_EXTENSION = "http://www.geopackage.org/spec120/#extension_metadata"
_WRITTEN = "1970-01-01T00:00:00.000Z"


@dataclass(frozen=True)
class Content:
    """The records of a layer in a GeoPackage.

    Parameters
    ----------
    rows
        The values of each record by field, as JSON has them; one that does not fit stays as it is.
    shapes
        The geometries in the CRS of the table; None for a table.
    conversion
        The conversion of the CRS; None for a table.
    """

    rows: Sequence[Record]
    shapes: Geometries | None = None
    conversion: crs.Conversion | None = None

    def digest(self, row: int) -> str:
        """A fingerprint of a geometry, the same for the same coordinates; empty for none."""
        shape = None if self.shapes is None else self.shapes[row]
        if shape is None:
            return ""
        parts = shapely.to_wkb(shapely.get_parts(shape), byte_order=1, output_dimension=2)
        return hashlib.sha256(b"".join(parts)).hexdigest()[:32]


@dataclass(frozen=True)
class Base:
    """The records of a layer as exported, by id, and the fingerprints of their geometries."""

    records: Mapping[str, Record]
    digests: Mapping[str, str]


def content(connection: sqlite3.Connection, layer: LayerSchema) -> Content:
    """Read the records of a layer from its table."""
    table = database.table(connection, layer.name)
    rows = database.rows(connection, table)
    stored = {name: cells for name, cells in rows.columns.items() if name in layer.fields}
    columns = {
        name: _json(cells, layer, name)
        for name, cells in values.meanings(stored, layer, CHINA_TIME).items()
    }
    ordered = [name for name in layer.fields if name in columns]
    records: list[Record] = [
        dict(zip(ordered, row, strict=True))
        for row in zip(*(columns[name] for name in ordered), strict=True)
    ]
    if not table.geometry:
        return Content(records)
    shapes = blobs.decode(rows.geometries, table.crs.id).shapes
    return Content(records, np.asarray(shapes, dtype=object), crs.judge(table.crs)[1])


def _json(cells: Sequence[Any], layer: LayerSchema, name: str) -> list[Any]:
    series, bad = column(cells, layer.fields[name], schema())
    out = raw_values(series, layer.fields[name])
    for cell in bad:
        out[cell.row] = cells[cell.row]
    return out


def store(connection: sqlite3.Connection, layer: LayerSchema, audience: str) -> None:
    """Keep the records of a layer as they are now."""
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    for name in ("gpkg_metadata", "gpkg_metadata_reference"):
        connection.execute(
            "INSERT OR IGNORE INTO gpkg_extensions SELECT ?, NULL, 'gpkg_metadata', ?,"
            " 'read-write' WHERE NOT EXISTS (SELECT 1 FROM gpkg_extensions WHERE table_name = ?)",
            (name, _EXTENSION, name),
        )
    now = content(connection, layer)
    data = {
        "layer": layer.name,
        "audience": audience,
        "records": now.rows,
        "digests": [now.digest(row) for row in range(len(now.rows))],
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    made = connection.execute(
        "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata)"
        " VALUES ('dataset', ?, 'application/json', ?)",
        (_URI, text),
    )
    connection.execute(
        "INSERT INTO gpkg_metadata_reference VALUES ('table', ?, NULL, NULL, ?, ?, NULL)",
        (layer.name, _WRITTEN, made.lastrowid),
    )


def load(connection: sqlite3.Connection) -> dict[str, Base]:
    """Read the records as exported, by layer; empty where gxq did not export the file.

    Raises
    ------
    ValueError
        If they were changed.
    """
    if not connection.execute(
        "SELECT 1 FROM sqlite_master WHERE name = 'gpkg_metadata' AND type = 'table'"
    ).fetchone():
        return {}
    texts = connection.execute(
        "SELECT metadata FROM gpkg_metadata WHERE md_standard_uri = ?", (_URI,)
    ).fetchall()
    known, found = schema().layers, {}
    for (text,) in texts:
        data = json.loads(text)
        name, records, digests = data["layer"], data["records"], data["digests"]
        if name in known:
            pairs = [(record.get(known[name].id), record) for record in records]
            found[name] = Base(
                {str(own): record for own, record in pairs if own is not None},
                {str(own): one for (own, _), one in zip(pairs, digests, strict=True)},
            )
    return found
