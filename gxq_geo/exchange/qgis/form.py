"""Forms: the Chinese name of each field, its choices and lists, and what it must fulfil."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from gxq_geo import words
from gxq_geo.exchange.qgis.sheet import Sheet, project_id
from gxq_geo.exchange.qgis.xml import element, options
from gxq_geo.formats.geopackage.creating import KEY
from gxq_geo.schemas import Field, schema

LANG = "zh"
_NOT_NULL, _UNIQUE, _EXPRESSION = 1, 2, 4
_HARD, _SOFT = "1", "2"
_DATE = "yyyy-MM-dd"


def alias(field: Field) -> str:
    """The name of a field as a form shows it, with its unit."""
    label = words.pick(field.label, LANG)
    unit = words.pick(schema().units[field.unit], LANG) if field.unit else ""
    return f"{label}（{unit}）" if unit else label


def elements(sheet: Sheet, package: str) -> Iterator[Element]:
    """Yield the elements of a layer's form."""
    fields = [sheet.layer.fields[name] for name in sheet.fields]
    yield element("fieldConfiguration", _widget(KEY, "Hidden", {}), *_widgets(sheet, package))
    yield element(
        "aliases",
        *(
            element("alias", field=one.name, index=str(index), name=alias(one))
            for index, one in enumerate(fields, 1)
        ),
    )
    yield element("constraints", *(_constraint(one, sheet) for one in fields))
    yield element(
        "constraintExpressions",
        *(
            element("constraint", field=one.name, exp=expression(one), desc=_said(one))
            for one in fields
            if expression(one)
        ),
    )
    names = [name for name in ("name_zh", sheet.layer.id) if name in sheet.fields]
    yield element("previewExpression", text=f'"{names[0]}"' if names else "")


# ------------------------------------------------------------------ widgets


def _widgets(sheet: Sheet, package: str) -> Iterator[Element]:
    for name in sheet.fields:
        field = sheet.layer.fields[name]
        if field.ref in sheet.others:
            yield _widget(name, "ValueRelation", _relation(field, package))
        elif field.type == "choice" and field.domain:
            yield _widget(name, "ValueMap", {"map": _choices(field)})
        elif field.is_list:
            yield _widget(name, "List", {})
        elif field.type == "boolean":
            yield _widget(name, "CheckBox", {"AllowNullState": True, "TextDisplayMethod": 0})
        elif field.type == "date":
            yield _widget(name, "DateTime", _DATES)
        elif field.type in ("integer", "number"):
            yield _widget(name, "Range", _range(field))
        else:
            yield _widget(name, "TextEdit", {"IsMultiline": field.max_length is None})


_DATES = {
    "allow_null": True,
    "calendar_popup": True,
    "display_format": _DATE,
    "field_format": _DATE,
    "field_iso_format": False,
}


def _widget(name: str, kind: str, config: dict[str, Any]) -> Element:
    edit = element("editWidget", element("config", options(config)), type=kind)
    return element("field", edit, name=name, configurationFlags="None")


def _choices(field: Field) -> list[dict[str, str]]:
    domain = schema().domains[field.domain]
    return [{words.pick(label, LANG): value} for value, label in domain.items()]


def _relation(field: Field, package: str) -> dict[str, Any]:
    target = schema().layers[field.ref]
    name = "name_zh" if "name_zh" in target.fields else target.id
    return {
        "AllowMulti": field.is_list,
        "AllowNull": True,
        "Key": target.id,
        "Value": name,
        "Layer": project_id(target.name),
        "LayerName": words.pick(target.label, LANG),
        "LayerProviderName": "ogr",
        "LayerSource": f"./{package}|layername={target.name}",
        "NofColumns": 1,
        "OrderByValue": True,
        "UseCompleter": False,
    }


def _range(field: Field) -> dict[str, Any]:
    whole = field.type == "integer"
    config: dict[str, Any] = {"AllowNull": True, "Style": "SpinBox", "Precision": 0 if whole else 4}
    kind = int if whole else float
    return {
        **config,
        "Min": kind(-(2**31) + 1 if field.min is None else field.min),
        "Max": kind(2**31 - 1 if field.max is None else field.max),
        "Step": kind(1),
    }


# ------------------------------------------------------------------ constraints


def _constraint(field: Field, sheet: Sheet) -> Element:
    is_id = field.name == sheet.layer.id
    required, ruled = is_id or field.required, bool(expression(field))
    flags = _NOT_NULL * required + _UNIQUE * is_id + _EXPRESSION * ruled
    return element(
        "constraint",
        field=field.name,
        constraints=str(flags),
        notnull_strength=_HARD if required else "0",
        unique_strength=_HARD if is_id else "0",
        exp_strength=_SOFT if ruled else "0",
    )


def expression(field: Field) -> str:
    """What a value must fulfil, as an expression of QGIS; empty for nothing."""
    name, parts = f'"{field.name}"', []
    if field.min is not None:
        parts.append(f"{name} >= {field.min:g}")
    if field.max is not None:
        parts.append(f"{name} <= {field.max:g}")
    if field.max_length is not None and not field.is_list:
        parts.append(f"length({name}) <= {field.max_length}")
    if field.at_most:
        parts.append(f'("{field.at_most}" IS NULL OR {name} <= "{field.at_most}")')
    return f"{name} IS NULL OR ({' AND '.join(parts)})" if parts else ""


def _said(field: Field) -> str:
    return words.text("exchange.qgis.constraint", LANG, field=alias(field), rule=_bounds(field))


def _bounds(field: Field) -> str:
    parts = []
    if field.min is not None:
        parts.append(f"≥ {field.min:g}")
    if field.max is not None:
        parts.append(f"≤ {field.max:g}")
    if field.max_length is not None and not field.is_list:
        parts.append(words.text("exchange.qgis.length", LANG, count=field.max_length))
    if field.at_most:
        other = schema().layers
        found = next(
            one.fields[field.at_most] for one in other.values() if field.at_most in one.fields
        )
        parts.append(f"≤ {alias(found)}")
    return "，".join(parts)
