"""The schema for people and editors: rows for a table, Markdown, JSON Schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from gxq_geo import words
from gxq_geo.schemas.model import Field, LayerSchema, schema

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
    """JSON Schema of a layer's GeoJSON file, or of one row of a table.

    An editor uses it to complete and to explain while somebody types; draft-07, since that is what
    editors support. Explanations stand in every language, the one asked for first.
    """
    properties = {
        "type": "object",
        "properties": {of.name: _json_field(of, lang) for of in layer.fields.values()},
        "required": [of.name for of in layer.fields.values() if of.required],
        "additionalProperties": False,
    }
    if by_other := [rule for of in layer.fields.values() for rule in _by_other(of, lang)]:
        properties["allOf"] = by_other
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": words.pick(layer.label, lang),
        "description": _everywhere(layer.help, lang),
    }
    return head | (properties if layer.is_table else _json_collection(layer, properties))


def _json_collection(layer: LayerSchema, properties: Mapping[str, Any]) -> dict[str, Any]:
    empty = {of.name: None for of in layer.fields.values()}
    geometry = {"type": layer.geometry[0], "coordinates": []}
    blank = {"type": "Feature", "properties": empty, "geometry": geometry}
    feature = {
        "type": "object",
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": ["string", "number"]},
            "properties": properties,
            "geometry": _json_geometry(layer),
        },
        "required": ["type", "properties", "geometry"],
        "defaultSnippets": [{"label": f"{layer.name}: Feature", "body": blank}],
    }
    return {
        "type": "object",
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": {"type": "array", "items": feature},
        },
        "required": ["type", "features"],
    }


# How deep the positions of a geometry lie in its arrays.
_DEPTHS = {"Point": 0, "LineString": 1, "MultiPoint": 1, "Polygon": 2, "MultiLineString": 2}


def _json_geometry(layer: LayerSchema) -> dict[str, Any]:
    """A geometry that the layer allows: longitude and latitude in degrees, nested by its type."""
    degrees = [{"type": "number", "minimum": -most, "maximum": most} for most in (180, 90)]
    kinds = []
    for kind in layer.geometry:
        coordinates: dict[str, Any] = {"type": "array", "items": degrees, "minItems": 2}
        for _ in range(_DEPTHS.get(kind, 3)):
            coordinates = {"type": "array", "items": coordinates}
        here = {"properties": {"type": {"const": kind}}}
        kinds.append({"if": here, "then": {"properties": {"coordinates": coordinates}}})
    return {
        "type": ["object", "null"],
        "properties": {"type": {"enum": list(layer.geometry)}, "coordinates": {"type": "array"}},
        "required": ["type", "coordinates"],
        "allOf": kinds,
    }


def _json_field(of: Field, lang: str) -> dict[str, Any]:
    out = dict(_JSON_TYPES[of.type])
    if of.type.startswith("choice"):
        allowed = {value: _said(of, value) for value in schema().values_of(of)}
        listed = _enum(allowed, lang, optional=not (of.required or of.is_list))
        out |= {"items": listed} if of.is_list else listed
    limits = {"minimum": of.min, "maximum": of.max, "maxLength": of.max_length}
    out |= {key: value for key, value in limits.items() if value is not None}
    if not of.required:
        out["type"] = [out["type"], "null"]
    unit = words.pick(schema().units[of.unit], lang) if of.unit else ""
    title = words.pick(of.label, lang) + (f" ({unit})" if unit else "")
    about = [_everywhere(of.label, lang, " / "), _everywhere(of.help, lang)]
    if of.ref:
        about.append(f"→ {of.ref}")
    return out | {"title": title, "description": "\n".join(filter(None, about))}


def _enum(allowed: Mapping[str, Mapping[str, str]], lang: str, *, optional: bool) -> dict[str, Any]:
    """The values of a choice, and what each of them means, as VS Code shows it."""
    values: list[str | None] = list(allowed)
    meanings = [_everywhere(said, lang, " / ") for said in allowed.values()]
    if optional:
        values.append(None)
        missing = {code: words.text("page.missing", code) for code in words.langs()}
        meanings.append(_everywhere(missing, lang, " / "))
    return {"enum": values, "enumDescriptions": meanings}


def _by_other(of: Field, lang: str) -> Iterator[dict[str, Any]]:
    """A choice whose values depend on another field: one condition for each value of that field."""
    for value, domain in of.domain_by.items():
        if value == "field":
            continue
        listed = _enum(schema().domains[domain], lang, optional=not of.required)
        other = of.domain_by["field"]
        yield {
            "if": {"properties": {other: {"const": value}}, "required": [other]},
            "then": {"properties": {of.name: listed}},
        }


def _said(of: Field, value: str) -> Mapping[str, str]:
    """The words of a value; where several domains have it, those of the first."""
    names = [name for key, name in of.domain_by.items() if key != "field"] or [of.domain]
    domains = (schema().domains[name] for name in names)
    return next(domain[value] for domain in domains if value in domain)


def _everywhere(said: Mapping[str, str], lang: str, joined: str = "\n") -> str:
    """The words in every language, each once, the one asked for first."""
    order = dict.fromkeys((lang, *words.langs()))
    return joined.join(dict.fromkeys(filter(None, (words.pick(said, code) for code in order))))


def _values(of: Field, lang: str) -> str:
    if of.ref:
        return f"→ {of.ref}"
    domain = schema().domains.get(of.domain)
    if domain is None:
        return ", ".join(f"→ {name}" for key, name in of.domain_by.items() if key != "field")
    return ", ".join(f"{value} {words.pick(known, lang)}" for value, known in domain.items())
