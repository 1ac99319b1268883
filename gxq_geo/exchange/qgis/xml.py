"""Build the XML of QGIS: elements, and the typed options of its settings."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, indent, tostring

VERSION = "3.22.0-gxq"
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


def element(tag: str, *children: Element, text: str = "", **attributes: str) -> Element:
    """Return an element with its children, its text and its attributes."""
    made = Element(tag, attributes)
    made.text = text or None
    made.extend(children)
    return made


def options(values: Mapping[str, Any], name: str = "") -> Element:
    """Return settings as QGIS stores them: each value with its type."""
    made = Element("Option", {"type": "Map", **({"name": name} if name else {})})
    for key, value in values.items():
        made.append(_option(key, value))
    return made


def _option(name: str, value: Any) -> Element:
    if isinstance(value, Mapping):
        return options(value, name)
    if isinstance(value, Sequence) and not isinstance(value, str):
        made = Element("Option", {"type": "List", "name": name})
        made.extend(options(one) for one in value)
        return made
    if isinstance(value, bool):
        return Element("Option", {"type": "bool", "name": name, "value": str(value).lower()})
    kind = {int: "int", float: "double"}.get(type(value), "QString")
    return Element("Option", {"type": kind, "name": name, "value": str(value)})


def document(root: Element) -> str:
    """Return a document of QGIS with its document type."""
    indent(root, " ")
    return _DOCTYPE + tostring(root, encoding="unicode") + "\n"
