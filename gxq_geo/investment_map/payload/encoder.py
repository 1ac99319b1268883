"""Frames as one compact block of bytes that the page decodes into typed arrays.

Layout, inside gzip (or bare, for a browser that cannot unzip)::

    "GXQ1" | length of the header, 4 bytes little endian | header, UTF-8 JSON | body

The header is what the caller gives (``meta``, ``words``, ``style``) plus

``langs``
    the languages: name, HTML tag, unit of area, and in which others to look for what is missing;
``schema``
    labels, fields, domains, units and groups of the layers that are inside;
``layers``
    for each layer ``n``, ``columns`` (see `columns`) and ``geometry`` (see `outlines`, or null);
``columns_end``
    where in the body the columns end and the geometries begin.

A block is named by ``at`` and ``len``, in bytes from the start of the body.
The bytes depend on the input alone: no time, no random name, no name of the system.
`web/decode.js` reads what this module writes.
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
from gxq_geo.investment_map.payload.outlines import decode_outlines, encode_outlines
from gxq_geo.schemas import Field, LayerSchema, Schema
from gxq_geo.zone.publication import present

MAGIC = b"GXQ1"
_SMALL = 400_000
_GZIP_LEVELS = (5, 7)
"""Of much, and of little, in which a better packing takes no time that anybody notices."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What `decode` gives back: the header, and a frame for each layer."""

    header: dict[str, Any]
    layers: dict[str, pd.DataFrame]


def encode(
    header: Mapping[str, Any],
    layers: Mapping[str, pd.DataFrame],
    schema: Schema,
    *,
    compress: bool = True,
) -> bytes:
    """Encode the frames' fields and geometries under a header.

    Only fields that the schema knows are written, in its order. Geometries are taken as
    longitude and latitude.

    Parameters
    ----------
    header
        JSON values; ``langs``, ``schema`` and ``layers`` are added to them.
    layers
        A frame for each layer's name; a GeoDataFrame where the layer has geometry.
    schema
        Says which type each field has.
    compress
        Whether to gzip the bytes.
    """
    body = bytearray()

    def add(block: bytes) -> dict[str, int]:
        at = len(body)
        body.extend(block)
        return {"at": at, "len": len(block)}

    described = {
        name: _encode_columns(frame, schema.layers[name], add) for name, frame in layers.items()
    }
    # Geometry last: a page decodes it at once and lets go of the bytes, and keeps the rest.
    end = len(body)
    for name, frame in layers.items():
        described[name]["geometry"] = _encode_geometry(frame, add)
    added = {"langs": words.languages(), "schema": _schema_of(layers, schema), "layers": described}
    head = dump({**header, **added, "columns_end": end})
    raw = b"".join([MAGIC, len(head).to_bytes(4, "little"), head, body])
    return gzipped(raw) if compress else raw


def decode(data: bytes) -> Decoded:
    """Read back what `encode` wrote.

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
        field.name: encode_column(frame[field.name], field, add) for field in present(frame, layer)
    }
    return {"n": len(frame), "columns": columns}


def _encode_geometry(frame: pd.DataFrame, add: Any) -> dict[str, Any] | None:
    if "geometry" not in frame:
        return None
    return encode_outlines(np.asarray(frame["geometry"], dtype=object), add)


def _decode_layer(layer: Mapping[str, Any], read: Any) -> pd.DataFrame:
    columns = {
        name: pd.Series(decode_column(column, layer["n"], read), dtype=object)
        for name, column in layer["columns"].items()
    }
    if layer["geometry"] is None:
        return pd.DataFrame(columns)
    geometry = decode_outlines(layer["geometry"], read)
    frame: pd.DataFrame = gpd.GeoDataFrame(columns, geometry=geometry, crs="EPSG:4326")
    return frame


def _schema_of(layers: Mapping[str, pd.DataFrame], schema: Schema) -> dict[str, Any]:
    fields = {name: list(present(frame, schema.layers[name])) for name, frame in layers.items()}
    described = {
        name: {
            "id": schema.layers[name].id,
            "label": dict(schema.layers[name].label),
            "fields": [_field(field) for field in own],
        }
        for name, own in fields.items()
    }
    used = {domain for own in fields.values() for field in own for domain in _domains(field)}
    domains = {
        name: [[value, dict(said)] for value, said in domain.items()]
        for name, domain in schema.domains.items()
        if name in used
    }
    units = {name: dict(said) for name, said in schema.units.items()}
    groups = {name: dict(said) for name, said in schema.groups.items()}
    return {"layers": described, "domains": domains, "units": units, "groups": groups}


def _domains(field: Field) -> list[str]:
    by = [domain for value, domain in field.domain_by.items() if value != "field"]
    return [*by, field.domain] if field.domain else by


def _field(field: Field) -> dict[str, Any]:
    said = {
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
    return {key: value for key, value in said.items() if value}


def gzipped(raw: bytes) -> bytes:
    """Zipped; the bytes depend on the input alone."""
    data = gzip.compress(raw, _GZIP_LEVELS[len(raw) < _SMALL], mtime=0)
    # Byte 9 names the operating system, differently from one Python version to the next.
    return data[:9] + b"\xff" + data[10:]
