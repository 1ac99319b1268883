"""Encode frames as one compact block of bytes that the page decodes into typed arrays.

Layout, gzipped or plain::

    "GXQ1" | length of the header, 4 bytes little-endian | header, UTF-8 JSON | body

The header holds the caller's values (``meta``, ``words``, ``style``) and

``langs``
    the languages: name, HTML tag, unit of area, and fallback languages;
``schema``
    labels, fields, domains, units, figures and groups of the encoded layers;
``layers``
    for each layer ``n``, ``columns`` (see `columns`) and ``geometry`` (see `geometries`, or null);
``columns_end``
    the position in the body where the columns end and the geometries begin.

The position of a block is given by ``at`` and ``len``, in bytes from the start of the body.
The bytes depend on the input only, not on time, machine or operating system.
``web/data/decode.js`` reads this format.
"""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gxq_geo import words
from gxq_geo.investment_map.payload.columns import decode_column, dump, encode_column
from gxq_geo.investment_map.payload.geometries import decode_geometries, encode_geometries
from gxq_geo.schemas import Field, LayerSchema, Schema
from gxq_geo.zone.publication import fields_in

MAGIC = b"GXQ1"
_SMALL = 400_000
_GZIP_LEVELS = (5, 7)
"""Levels for large data and for data below `_SMALL` bytes, where level 7 costs little time."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The result of `decode`: the header, and the frame of each layer."""

    header: dict[str, Any]
    layers: dict[str, pd.DataFrame]


def encode(
    header: Mapping[str, Any],
    layers: Mapping[str, pd.DataFrame],
    schema: Schema,
    *,
    compress: bool = True,
) -> bytes:
    """Encode a header and the fields and geometries of frames.

    Only fields of the schema are written, in its order.

    Parameters
    ----------
    header
        JSON values; ``langs``, ``schema``, ``layers`` and ``columns_end`` are added to them.
    layers
        A frame by layer name; a GeoDataFrame in EPSG:4326 if the layer has geometries.
    schema
        The schema, which gives the types of the fields.
    compress
        Whether to gzip the bytes.
    """
    body = bytearray()

    def add(block: bytes) -> dict[str, int]:
        at = len(body)
        body.extend(block)
        return {"at": at, "len": len(block)}

    blocks = {
        name: _encode_columns(frame, schema.layers[name], add) for name, frame in layers.items()
    }
    # Geometries last: the page decodes them at once and frees their bytes, but keeps the columns.
    end = len(body)
    for name, frame in layers.items():
        blocks[name]["geometry"] = _encode_geometry(frame, add)
    added = {"langs": words.languages(), "schema": _schema_of(layers, schema), "layers": blocks}
    head = dump({**header, **added, "columns_end": end})
    raw = b"".join([MAGIC, len(head).to_bytes(4, "little"), head, body])
    return gzipped(raw) if compress else raw


def decode(data: bytes) -> Decoded:
    """Decode bytes that `encode` wrote.

    Raises
    ------
    ValueError
        If the bytes are not a payload.
    """
    raw = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    if raw[:4] != MAGIC:
        raise ValueError("not a gxq payload")
    start = 8 + int.from_bytes(raw[4:8], "little")
    header = json.loads(raw[8:start])

    def read(block: Mapping[str, int]) -> bytes:
        return raw[start + block["at"] : start + block["at"] + block["len"]]

    return Decoded(header, {n: _decode_layer(la, read) for n, la in header["layers"].items()})


def _encode_columns(frame: pd.DataFrame, layer: LayerSchema, add: Any) -> dict[str, Any]:
    columns = {
        field.name: encode_column(frame[field.name], field, add)
        for field in fields_in(frame, layer)
    }
    return {"n": len(frame), "columns": columns}


def _encode_geometry(frame: pd.DataFrame, add: Any) -> dict[str, Any] | None:
    if "geometry" not in frame:
        return None
    return encode_geometries(np.asarray(frame["geometry"], dtype=object), add)


def _decode_layer(layer: Mapping[str, Any], read: Any) -> pd.DataFrame:
    columns = {
        name: pd.Series(decode_column(column, layer["n"], read), dtype=object)
        for name, column in layer["columns"].items()
    }
    if layer["geometry"] is None:
        return pd.DataFrame(columns)
    geometry = decode_geometries(layer["geometry"], read)
    frame: pd.DataFrame = gpd.GeoDataFrame(columns, geometry=geometry, crs="EPSG:4326")
    return frame


def _schema_of(layers: Mapping[str, pd.DataFrame], schema: Schema) -> dict[str, Any]:
    fields = {name: list(fields_in(frame, schema.layers[name])) for name, frame in layers.items()}
    described = {
        name: {
            "id": schema.layers[name].id,
            "label": dict(schema.layers[name].label),
            "fields": [_field(field) for field in layer_fields],
        }
        for name, layer_fields in fields.items()
    }
    all_fields = [field for layer_fields in fields.values() for field in layer_fields]
    used = {domain for field in all_fields for domain in _domains(field)}
    domains = {
        name: [[value, dict(labels)] for value, labels in domain.items()]
        for name, domain in schema.domains.items()
        if name in used
    }
    texts = {
        part: {name: dict(labels) for name, labels in getattr(schema, part).items()}
        for part in ("units", "figures", "groups")
    }
    return {"layers": described, "domains": domains, **texts}


def _domains(field: Field) -> list[str]:
    """The domains of a field, which may depend on the value of another field."""
    by_value = [domain for value, domain in field.domain_by.items() if value != "field"]
    return [*by_value, field.domain] if field.domain else by_value


def _field(field: Field) -> dict[str, Any]:
    attributes = {
        "name": field.name,
        "type": field.type,
        "unit": field.unit,
        "group": field.group,
        "label": dict(field.label),
        "domain": field.domain,
        "domain_by": dict(field.domain_by),
        "ref": field.ref,
        "better": field.better,
        "lang": field.lang,
    }
    return {key: value for key, value in attributes.items() if value}


def gzipped(raw: bytes) -> bytes:
    """Compress with gzip; the result depends on the input only."""
    data = gzip.compress(raw, _GZIP_LEVELS[len(raw) < _SMALL], mtime=0)
    # Byte 9 is the operating system, which Python versions write differently; 255 is unknown.
    return data[:9] + b"\xff" + data[10:]
