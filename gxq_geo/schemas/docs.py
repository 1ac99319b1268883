"""Document the schema: as table rows, Markdown and JSON Schema."""

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
    """The column headings of `rows`."""
    keys = ("field", "label", "type", "unit", "required", "audience", "values", "help")
    return [words.text(f"schema.{key}", lang) for key in keys]


def rows(layer: LayerSchema, lang: str) -> list[list[str]]:
    """One row for each field of a layer, with the columns of `header`."""
    return [
        [
            field.name,
            words.pick(field.label, lang),
            words.text(f"schema.types.{field.type}", lang),
            words.pick(schema().units[field.unit], lang) if field.unit else "",
            words.text("schema.yes", lang) if field.required else "",
            words.text(f"schema.audiences.{field.audience}", lang),
            _values(field, lang),
            words.pick(field.help, lang),
        ]
        for field in layer.fields.values()
    ]


def short_rows(layer: LayerSchema, lang: str) -> list[tuple[str, str, str, str]]:
    """`rows` for a narrow terminal: field, label, type with unit, explanation with values."""
    out = []
    for name, label, kind, unit, required, audience, values, about in rows(layer, lang):
        public = words.text("schema.audiences.public", lang)
        needed = words.text("schema.required", lang) if required else ""
        marks = [kind, unit, needed, "" if audience == public else audience]
        meaning = f"{about}\n{values}" if values else about
        out.append((name, label, " · ".join(mark for mark in marks if mark), meaning))
    return out


def short_header(lang: str) -> list[str]:
    """The column headings of `short_rows`."""
    return [words.text(f"schema.{key}", lang) for key in ("field", "label", "type", "help")]


def markdown(layers: list[LayerSchema], lang: str) -> str:
    """Return Markdown: a section with a table for each layer."""
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
    """Return the JSON Schema of a layer's GeoJSON file, or of one row of a table.

    Editors use it for completion and help; it is draft-07, which editors support. Descriptions are
    in every language, `lang` first.
    """
    properties = {
        "type": "object",
        "properties": {field.name: _json_field(field, lang) for field in layer.fields.values()},
        "required": [field.name for field in layer.fields.values() if field.required],
        "additionalProperties": False,
    }
    if conditions := [
        rule for field in layer.fields.values() for rule in _domain_conditions(field, lang)
    ]:
        properties["allOf"] = conditions
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": words.pick(layer.label, lang),
        "description": _all_languages(layer.help, lang),
    }
    return head | (properties if layer.is_table else _json_collection(layer, properties))


def _json_collection(layer: LayerSchema, properties: Mapping[str, Any]) -> dict[str, Any]:
    empty = {field.name: None for field in layer.fields.values()}
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


# The nesting depth of positions in the coordinates of a geometry type.
_DEPTHS = {"Point": 0, "LineString": 1, "MultiPoint": 1, "Polygon": 2, "MultiLineString": 2}


def _json_geometry(layer: LayerSchema) -> dict[str, Any]:
    """The schema of a geometry: an allowed type, coordinates in degrees nested as it requires."""
    degrees = [{"type": "number", "minimum": -most, "maximum": most} for most in (180, 90)]
    kinds = []
    for kind in layer.geometry:
        coordinates: dict[str, Any] = {"type": "array", "items": degrees, "minItems": 2}
        for _ in range(_DEPTHS.get(kind, 3)):
            coordinates = {"type": "array", "items": coordinates}
        condition = {"properties": {"type": {"const": kind}}}
        kinds.append({"if": condition, "then": {"properties": {"coordinates": coordinates}}})
    return {
        "type": ["object", "null"],
        "properties": {"type": {"enum": list(layer.geometry)}, "coordinates": {"type": "array"}},
        "required": ["type", "coordinates"],
        "allOf": kinds,
    }


def _json_field(field: Field, lang: str) -> dict[str, Any]:
    out = dict(_JSON_TYPES[field.type])
    if field.type.startswith("choice"):
        allowed = {value: _label(field, value) for value in schema().values_of(field)}
        listed = _enum(allowed, lang, optional=not (field.required or field.is_list))
        out |= {"items": listed} if field.is_list else listed
    limits = {"minimum": field.min, "maximum": field.max, "maxLength": field.max_length}
    out |= {key: value for key, value in limits.items() if value is not None}
    if not field.required:
        out["type"] = [out["type"], "null"]
    unit = words.pick(schema().units[field.unit], lang) if field.unit else ""
    title = words.pick(field.label, lang) + (f" ({unit})" if unit else "")
    about = [_all_languages(field.label, lang, " / "), _all_languages(field.help, lang)]
    if field.ref:
        about.append(f"→ {field.ref}")
    return out | {"title": title, "description": "\n".join(filter(None, about))}


def _enum(allowed: Mapping[str, Mapping[str, str]], lang: str, *, optional: bool) -> dict[str, Any]:
    """The values of a choice, with the ``enumDescriptions`` that VS Code shows."""
    values: list[str | None] = list(allowed)
    labels = [_all_languages(label, lang, " / ") for label in allowed.values()]
    if optional:
        values.append(None)
        missing = {code: words.text("page.missing", code) for code in words.langs()}
        labels.append(_all_languages(missing, lang, " / "))
    return {"enum": values, "enumDescriptions": labels}


def _domain_conditions(field: Field, lang: str) -> Iterator[dict[str, Any]]:
    """Conditions for a choice whose domain depends on another field, one for each of its values."""
    for value, domain in field.domain_by.items():
        if value == "field":
            continue
        listed = _enum(schema().domains[domain], lang, optional=not field.required)
        other = field.domain_by["field"]
        yield {
            "if": {"properties": {other: {"const": value}}, "required": [other]},
            "then": {"properties": {field.name: listed}},
        }


def _label(field: Field, value: str) -> Mapping[str, str]:
    """The label of a value, from the first domain of the field that has it."""
    names = [name for key, name in field.domain_by.items() if key != "field"] or [field.domain]
    domains = (schema().domains[name] for name in names)
    return next(domain[value] for domain in domains if value in domain)


def _all_languages(texts: Mapping[str, str], lang: str, separator: str = "\n") -> str:
    """Join the texts of all languages, without duplicates, `lang` first."""
    order = dict.fromkeys((lang, *words.langs()))
    return separator.join(dict.fromkeys(filter(None, (words.pick(texts, code) for code in order))))


def _values(field: Field, lang: str) -> str:
    if field.ref:
        return f"→ {field.ref}"
    domain = schema().domains.get(field.domain)
    if domain is None:
        return ", ".join(f"→ {name}" for key, name in field.domain_by.items() if key != "field")
    return ", ".join(f"{value} {words.pick(known, lang)}" for value, known in domain.items())
