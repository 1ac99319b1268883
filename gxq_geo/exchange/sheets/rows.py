"""Tell the records of a sheet from its titles, units, notes, section lines and totals."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gxq_geo.exchange.evidence.units import is_unit
from gxq_geo.exchange.sheets.grid import Fault, Grid
from gxq_geo.exchange.sheets.headings import Heading, cleaned
from gxq_geo.schemas.normalise import fold

_TOTAL = re.compile(
    r".{0,8}?(?:合计|总计|小计|共计|累计|总和)(?:[:(].*)?|(?:grand|sub)?-?totals?:?|sum:?"
)
_NOTE = re.compile(
    r"(?:注|备注|说明|附注|填报|填表|填写|制表|审核|复核|报送|联系|负责|单位|日期|时间|统计|"
    r"数据来源|资料来源|来源|note|source|unit)\w{0,6}[:：].*",
    re.DOTALL | re.IGNORECASE,
)
_UNIT_LINE = re.compile(r"(?:计量|金额|面积|货币)?单位[:：]\s*(.+)")
_SECTION = re.compile(r"[（(]?[一二三四五六七八九十]+[)）、.．].*", re.DOTALL)
_BETWEEN_UNITS = re.compile(r"[、，,;；\s]+")


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a sheet by what they are, counted from 0.

    Parameters
    ----------
    records
        The rows of records.
    others
        The rows of other kinds (``title``, ``note``, ``section``, ``total``, ``heading`` for a
        repeated heading, ``numbers`` for a row of column numbers), each with its text.
    units
        The units that a line above or below the table states for all of it.
    """

    records: list[int] = field(default_factory=list)
    others: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    units: list[str] = field(default_factory=list)


def classified(grid: Grid, heading: Heading) -> Rows:
    """Classify the rows of a sheet; empty rows are left out."""
    out = Rows()
    wide = {(b.top, b.left): b.width for b in grid.merged if b.width > 1}
    for row, cells in enumerate(grid.cells):
        if not cells or heading.top <= row <= heading.bottom:
            continue
        kind = _above(cells) if row < heading.top else _below(grid, heading, row, wide)
        if not kind:
            out.records.append(row)
            continue
        text = next(cleaned(value) for value in cells if value is not None)
        out.units.extend(_units(cells) if kind == "unit" else ())
        if kind != "unit":
            out.others.setdefault(kind, []).append((row, text))
    return out


def _above(cells: Sequence[Any]) -> str:
    if _units(cells):
        return "unit"
    return "note" if any(_NOTE.fullmatch(text) for text in _texts(cells)) else "title"


def _below(grid: Grid, heading: Heading, row: int, wide: dict[tuple[int, int], int]) -> str:
    """The kind of a row below the heading; empty for a record."""
    cells = grid.cells[row]
    texts = list(_texts(cells))
    count = sum(value is not None for value in cells)
    if row == heading.bottom + 1 and _numbers(cells):
        return "numbers"
    if cells == grid.cells[heading.top]:
        return "heading"
    if any(_TOTAL.fullmatch(fold(text)) for text in texts[:2]):
        return "total"
    if count <= max(1, len(cells) // 3) and texts and _NOTE.fullmatch(texts[0]):
        return "unit" if _units(cells) else "note"
    if count == 1 and texts and len(cells) > 1:
        column = next(k for k, value in enumerate(cells) if value is not None)
        spans = wide.get((row, column), 1)
        return "section" if 2 * spans > len(cells) or _SECTION.fullmatch(texts[0]) else ""
    return ""


def _texts(cells: Sequence[Any]) -> Iterator[str]:
    return (cleaned(value) for value in cells if isinstance(value, str))


def _numbers(cells: Sequence[Any]) -> bool:
    """Whether a row only counts the columns: 1, 2, 3 …"""
    values = [str(value) for value in cells if value is not None and not isinstance(value, Fault)]
    return len(values) > 2 and values == [str(k) for k in range(1, len(values) + 1)]


def _units(cells: Sequence[Any]) -> list[str]:
    """The units that a line such as ``单位：亩、万元`` states."""
    found = []
    for text in _texts(cells):
        if match := _UNIT_LINE.search(text):
            parts = _BETWEEN_UNITS.split(match[1].strip("()（） "))
            found += [part for part in parts if is_unit(part)]
    return found
