"""The schema for people and editors: rows for a table, Markdown, JSON Schema."""

from collections.abc import Mapping
from typing import Any

from gxq_geo import words
from gxq_geo.schema import Field, LayerSchema, schema

_JSON_TYPES: Mapping[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "ref": {"type": "string"},
    "choice": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "choices": {"type": "array", "items": {"type": "string"}},
    "refs": {"type": "array", "items": {"type": "string"}},
}


def header(lang: str) -> list[str]:
    """The headings of `rows`."""
    keys = ("field", "label", "type", "unit", "required", "audience", "values", "help")
    return [words.text(f"schema.{key}", lang) for key in keys]


def rows(layer: LayerSchema, lang: str) -> list[list[str]]:
    """A row for each field of a layer, as `header` names the columns."""
    return [
        [
            of.name,
            words.pick(of.label, lang),
            words.text(f"schema.types.{of.type}", lang),
            words.pick(schema().units[of.unit], lang) if of.unit else "",
            words.text("schema.yes", lang) if of.required else "",
            words.text(f"schema.audiences.{of.audience}", lang),
            _values(of, lang),
            words.pick(of.help, lang),
        ]
        for of in layer.fields.values()
    ]


def short_rows(layer: LayerSchema, lang: str) -> list[tuple[str, str, str, str]]:
    """Field, label, type with unit, meaning with values: `rows` for a narrow terminal."""
    out = []
    for name, label, kind, unit, required, audience, values, about in rows(layer, lang):
        public = words.text("schema.audiences.public", lang)
        needed = words.text("schema.required", lang) if required else ""
        marks = [kind, unit, needed, "" if audience == public else audience]
        meaning = f"{about}\n{values}" if values else about
        out.append((name, label, " · ".join(mark for mark in marks if mark), meaning))
    return out


def short_header(lang: str) -> list[str]:
    """The headings of `short_rows`."""
    return [words.text(f"schema.{key}", lang) for key in ("field", "label", "type", "help")]


def markdown(layers: list[LayerSchema], lang: str) -> str:
    """A section with a table for each layer."""
    return "\n".join(line for layer in layers for line in _section(layer, lang))


def _section(layer: LayerSchema, lang: str) -> list[str]:
    def cells(values: list[str]) -> str:
        return "| " + " | ".join(value.replace("|", "\\|") for value in values) + " |"

    head = header(lang)
    title = f"## {words.pick(layer.label, lang)} `{layer.name}`"
    about = words.pick(layer.help, lang)
    table = [cells(head), cells(["---"] * len(head)), *map(cells, rows(layer, lang))]
    return [title, "", about, "", *table, ""]


def json_schema(layer: LayerSchema, lang: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a layer's GeoJSON file, or of one row of a table.

    An editor uses it to complete and to explain while somebody types.
    """
    properties = {
        "type": "object",
        "properties": {of.name: _json_field(of, lang) for of in layer.fields.values()},
        "required": [of.name for of in layer.fields.values() if of.required],
        "additionalProperties": False,
    }
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": words.pick(layer.label, lang),
        "description": words.pick(layer.help, lang),
    }
    return head | (properties if layer.is_table else _json_collection(layer, properties))


def _json_collection(layer: LayerSchema, properties: Mapping[str, Any]) -> dict[str, Any]:
    geometry = {
        "type": ["object", "null"],
        "properties": {"type": {"enum": list(layer.geometry)}, "coordinates": {"type": "array"}},
        "required": ["type", "coordinates"],
    }
    feature = {
        "type": "object",
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": ["string", "number"]},
            "properties": properties,
            "geometry": geometry,
        },
        "required": ["type", "properties", "geometry"],
    }
    return {
        "type": "object",
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": {"type": "array", "items": feature},
        },
        "required": ["type", "features"],
    }


def _json_field(of: Field, lang: str) -> dict[str, Any]:
    out = dict(_JSON_TYPES[of.type])
    allowed = list(schema().values_of(of)) if of.type.startswith("choice") else []
    if allowed and of.is_list:
        out["items"] = {"enum": allowed}
    elif allowed:
        out["enum"] = allowed if of.required else [*allowed, None]
    limits = {"minimum": of.min, "maximum": of.max, "maxLength": of.max_length}
    out |= {key: value for key, value in limits.items() if value is not None}
    if not of.required:
        out["type"] = [out["type"], "null"]
    unit = words.pick(schema().units[of.unit], lang) if of.unit else ""
    title = words.pick(of.label, lang) + (f" ({unit})" if unit else "")
    return out | {"title": title, "description": words.pick(of.help, lang)}


def _values(of: Field, lang: str) -> str:
    if of.ref:
        return f"→ {of.ref}"
    domain = schema().domains.get(of.domain)
    if domain is None:
        return ", ".join(f"→ {name}" for key, name in of.domain_by.items() if key != "field")
    return ", ".join(f"{value} {words.pick(known, lang)}" for value, known in domain.items())
