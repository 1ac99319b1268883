"""The map's colours as a style of QGIS: one symbol, or one for each class of a field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from gxq_geo import words
from gxq_geo.exchange.qgis.sheet import Sheet
from gxq_geo.exchange.qgis.xml import element, options
from gxq_geo.schemas import schema

# Patterns as the brushes that QGIS has.
_BRUSHES = {"hatch": "b_diagonal", "stripe": "f_diagonal", "dots": "dense6"}
_MM = "MM"
# CSS px in mm: 96 px are an inch.
_PX = 25.4 / 96
_TYPES = {"Point": "marker", "Line": "line", "Polygon": "fill"}
# The first sector of a list, which decides on the colour of a block.
_FIRST_SECTOR = "regexp_substr(to_json(\"sectors\"), '([A-Za-z0-9_]+)')"


@dataclass(frozen=True, slots=True)
class Class:
    """A class of a layer: its value (empty for all others), its label, its symbol."""

    value: str
    label: str
    symbol: tuple[Mapping[str, str], ...]


def renderer(sheet: Sheet) -> Element:
    """Return the element that says how a map layer is drawn."""
    attribute, classes = _classes(sheet)
    symbols = element(
        "symbols",
        *(_symbol(str(n), one.symbol, sheet.kind) for n, one in enumerate(classes)),
    )
    if not attribute:
        return element("renderer-v2", symbols, type="singleSymbol", **_PLAIN)
    categories = element(
        "categories",
        *(
            element("category", value=one.value, symbol=str(n), label=one.label, render="true")
            for n, one in enumerate(classes)
        ),
    )
    return element(
        "renderer-v2", categories, symbols, type="categorizedSymbol", attr=attribute, **_PLAIN
    )


_PLAIN = {"forceraster": "0", "symbollevels": "0", "enableorderby": "0"}


# ------------------------------------------------------------------ classes


def _classes(sheet: Sheet) -> tuple[str, list[Class]]:
    """The field or expression whose values are the classes (empty for one symbol), and these."""
    style, name = words.data("style"), sheet.layer.name
    if name == "sites" and "status" in sheet.fields:
        looks = {value: _status(one) for value, one in style["status"].items()}
        return "status", _by_domain("site_status", looks, _filled("oper", "doneedge"))
    if name == "roads" and "road_class" in sheet.fields:
        looks = {value: _road(one) for value, one in style["roads"].items()}
        return "road_class", _by_domain("road_class", looks, _line("road", 0.4))
    if name == "railways" and "kind" in sheet.fields:
        looks = {
            value: _line("rail", one["width"] * _PX) for value, one in style["railways"].items()
        }
        return "kind", _by_domain("railway_kind", looks, _line("rail", 0.4))
    if name == "zoning" and "sectors" in sheet.fields:
        return _FIRST_SECTOR, _by_sector(sheet)
    return "", [Class("", sheet.title, _single(sheet))]


def _by_domain(
    domain: str, looks: Mapping[str, tuple[Mapping[str, str], ...]], rest: tuple[Any, ...]
) -> list[Class]:
    labels = schema().domains[domain]
    known = [
        Class(value, words.pick(label, "zh"), looks.get(value, rest))
        for value, label in labels.items()
    ]
    return [*known, Class("", words.text("exchange.qgis.other", "zh"), rest)]


def _by_sector(sheet: Sheet) -> list[Class]:
    opacity = words.data("style")["sector_opacity"]
    known = [
        Class(one, name, (_fill(_rgba(colour, opacity), _colour("casing"), 0.2),))
        for one, (name, colour) in sheet.sectors.items()
    ]
    return [*known, Class("", words.text("exchange.qgis.other", "zh"), _filled("pub", "casing"))]


def _single(sheet: Sheet) -> tuple[Mapping[str, str], ...]:
    """The symbol of a layer that is drawn in one way."""
    edges = words.data("style")["edges"]
    match sheet.layer.name, sheet.kind:
        case "zone_frame", _:
            return (_fill("0,0,0,0", _colour("frame"), edges["frame"]["width"] * _PX, "dash dot"),)
        case "subdistricts", _:
            width = edges["subdistrict"]["width"] * _PX
            return (_fill("0,0,0,0", _colour("sub"), width, "dash"),)
        case "parks", _:
            return (_fill("0,0,0,0", _colour("park"), edges["park"]["width"] * _PX),)
        case "water", _:
            return _filled("water", "shore")
        case "green", _:
            return _filled("green", "green")
        case "rivers", _:
            return _line("water", 1.2)
        case _, "Point":
            return (_marker("accent"),)
        case _, "Line":
            return _line("ink3", 0.4)
        case _:
            return _filled("chip", "ink3")


# ------------------------------------------------------------------ symbols


def _status(look: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    edge = look["edge"]
    if "pattern" not in look:
        return _filled(look["fill"], edge)
    ground = _fill(_colour(look["ground"]), _colour(edge), 0.2)
    return ground, {
        **_fill(_colour(look["line"]), _colour(edge), 0.2),
        "style": _BRUSHES[look["pattern"]],
    }


def _filled(fill: str, edge: str) -> tuple[Mapping[str, str], ...]:
    return (_fill(_colour(fill), _colour(edge), 0.2),)


def _fill(colour: str, edge: str, width: float, line: str = "solid") -> Mapping[str, str]:
    return {
        "class": "SimpleFill",
        "color": colour,
        "style": "no" if colour.endswith(",0") else "solid",
        "outline_color": edge,
        "outline_style": line,
        "outline_width": f"{width:.2f}",
        "outline_width_unit": _MM,
    }


def _road(look: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    """A casing with the fill upon it, in the width at zoom 14."""
    width = dict(map(tuple, look["width"])).get(14, 2.6) * _PX
    return *_line(look["casing"], width + 0.4), *_line(look["fill"], width)


def _line(colour: str, width: float) -> tuple[Mapping[str, str], ...]:
    return (
        {
            "class": "SimpleLine",
            "line_color": _colour(colour),
            "line_width": f"{width:.2f}",
            "line_width_unit": _MM,
            "capstyle": "round",
            "joinstyle": "round",
        },
    )


def _marker(colour: str) -> Mapping[str, str]:
    return {
        "class": "SimpleMarker",
        "name": "circle",
        "color": _colour(colour),
        "outline_color": _colour("panel"),
        "size": "2.6",
        "size_unit": _MM,
    }


def _symbol(name: str, layers: tuple[Mapping[str, str], ...], kind: str) -> Element:
    parts = [
        element(
            "layer",
            options({key: value for key, value in one.items() if key != "class"}),
            **{"class": one["class"], "enabled": "1", "locked": "0", "pass": "0"},
        )
        for one in layers
    ]
    return element("symbol", *parts, type=_TYPES[kind], name=name, alpha="1", clip_to_extent="1")


def _colour(token: str) -> str:
    return _rgba(words.data("style")["tokens"]["light"][token])


def _rgba(colour: str, opacity: float = 1) -> str:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f"{red},{green},{blue},{round(255 * opacity)}"
