"""The workbook that planners edit: what its cells show, and the base that it was exported from.

A very hidden sheet holds the exported records as they were, so that a merge knows what the planner
changed. A cell that shows what was written for its base value was not edited, and keeps that value
exactly, whatever a program makes of its type.
"""

import base64
import hashlib
import json
import math
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from gxq_geo import words
from gxq_geo.exchange.evidence.references import Names
from gxq_geo.schemas import Field, LayerSchema, schema

LANG = "zh"
BASE_SHEET, LISTS_SHEET = "_gxq", "_lists"
MAGIC = "gxq-workbook"
VERSION = "1"
# Excel's limit of a cell's text.
LONGEST = 32_767
# Excel counts days from 1900, and has one day too many before March.
_FIRST_DAY = date(1901, 1, 1)
# Excel's largest number is a little smaller than that of Python.
_LARGEST = 9.99e307
_CHUNK = 32_000
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MAX_BASE = 512 << 20

Record = dict[str, Any]


class BadBaseError(ValueError):
    """The hidden base sheet was changed."""


@dataclass(frozen=True)
class LedgerLayer:
    """One layer as it was exported.

    Parameters
    ----------
    sheet
        The name of its sheet.
    fingerprint
        The fingerprint of the layer's file at the time; empty without a file.
    fields
        The exported fields.
    records
        Their raw values.
    """

    sheet: str
    fingerprint: str
    fields: Sequence[str]
    records: Sequence[Record]


@dataclass(frozen=True)
class Base:
    """What a workbook was exported from.

    Parameters
    ----------
    layers
        The layers by name.
    names
        The names of the records that references of these layers may mean, by layer.
    """

    layers: Mapping[str, LedgerLayer]
    names: Mapping[str, Names] = field(default_factory=dict)

    def chunks(self) -> list[str]:
        """The texts of the base sheet's cells."""
        content = {
            "layers": {name: vars(layer) for name, layer in self.layers.items()},
            "names": {name: names.by_id for name, names in self.names.items()},
        }
        text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        packed = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
        parts = [packed[k : k + _CHUNK] for k in range(0, len(packed), _CHUNK)]
        return [MAGIC, VERSION, hashlib.sha256(packed.encode()).hexdigest(), *parts]


def base_of(cells: Sequence[str]) -> Base:
    """The base that the texts of a base sheet hold.

    Raises
    ------
    BadBaseError
        If they are not what was written.
    """
    if cells[:2] != [MAGIC, VERSION] or len(cells) < 4:
        raise BadBaseError
    packed = "".join(cells[3:])
    if hashlib.sha256(packed.encode()).hexdigest() != cells[2]:
        raise BadBaseError
    unpacker = zlib.decompressobj()
    try:
        content = json.loads(unpacker.decompress(base64.b64decode(packed), _MAX_BASE))
        layers = {name: LedgerLayer(**layer) for name, layer in content["layers"].items()}
        names = {name: Names(by_id) for name, by_id in content["names"].items()}
    except (ValueError, TypeError, KeyError, zlib.error):
        raise BadBaseError from None
    return Base(layers, names)


# ------------------------------------------------------------------ columns


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: a field, or the names of the records that a reference means."""

    field: Field
    heading: str
    is_name: bool = False


def columns(layer: LayerSchema, fields: Sequence[str]) -> Iterator[Column]:
    """The columns of a layer's sheet."""
    for name in fields:
        spec = layer.fields[name]
        label = words.pick(spec.label, LANG)
        unit = words.pick(schema().units[spec.unit], LANG) if spec.unit else ""
        yield Column(spec, f"{label}({unit})" if unit else label)
        if spec.ref:
            named = words.text("exchange.workbook.name_of", LANG, label=label)
            yield Column(spec, named, is_name=True)


# ------------------------------------------------------------------ cells


def cell(value: Any, column: Column, record: Mapping[str, Any], names: Names | None) -> Any:
    """What a cell shows for a raw value: a text, number or date; None for an empty cell."""
    if value is None:
        return None
    spec = column.field
    items = value if isinstance(value, list | tuple) else [value]
    if column.is_name:
        known = names.by_id if names else {}
        texts = [next(iter(known.get(str(item), ())), "") for item in items]
        return words.text("page.list_join", LANG).join(filter(None, texts)) or None
    if spec.is_list:
        return words.text("page.list_join", LANG).join(label(i, spec, record) for i in items)
    if spec.type == "boolean":
        return words.text("page.yes" if value else "page.no", LANG)
    if spec.type == "date":
        return _date(value)
    if isinstance(value, int | float):
        return value if abs(value) < _LARGEST else repr(value)
    return label(value, spec, record)


def label(value: Any, spec: Field, record: Mapping[str, Any]) -> str:
    """The label of a choice, behind its code where the code itself is known; else the text."""
    domain = schema().domain_of(spec, record) or {}
    if str(value) not in domain:
        return str(value)
    text = words.pick(domain[str(value)], LANG)
    return f"{value} {text}" if spec.domain_by else text


def _date(value: str) -> date | str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return day if day >= _FIRST_DAY else value


def same(shown: Any, written: Any) -> bool:
    """Whether a cell still shows what was written to it; programs keep 15 digits of a number."""
    if isinstance(written, bool) or isinstance(shown, bool):
        return shown is written
    if isinstance(written, int | float) and isinstance(shown, int | float):
        return math.isclose(shown, written, rel_tol=1e-15) or f"{shown:.15G}" == f"{written:.15G}"
    if isinstance(written, str) and isinstance(shown, str):
        return as_read(shown) == as_read(written[:LONGEST])
    if isinstance(shown, datetime):
        return False
    return bool(shown == written) or (written == "" and shown is None)


def as_read(text: str) -> str:
    """A text for comparison: with the line breaks that XML keeps, and without its escapes.

    A program may write ``_x000D_`` for a control character, and read it without decoding it.
    """
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text.replace("x005F_", ""))
    return plain.replace("\r\n", "\n").replace("\r", "\n")
