"""Find the heading of a sheet: its rows, its names joined over several rows, its units."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gxq_geo.exchange.evidence.units import is_unit
from gxq_geo.exchange.sheets.grid import Grid

# The rows among which a heading is looked for, and the most rows that it has.
_SEARCHED, _MOST_ROWS = 30, 4
_LONGEST = 60
_NUMBER = re.compile(r"[+-]?[\d.,]+%?")
_YEAR = re.compile(r"(?:19|20)\d\d年?")
# A label with its value, as in the lines above a table: 填报单位：招商局.
_LABELLED = re.compile(r"[^：:]{1,12}[：:].*", re.DOTALL)
_LINE_BREAK = re.compile(r"\s*[\r\n]+\s*")
_NO_UNIT = ("-", "－", "—", "——", "/")


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a table.

    Parameters
    ----------
    top, bottom
        Its first and last row, counted from 0; a row of units belongs to it.
    names
        The name of each column; empty where it has none.
    units
        The columns, by position, whose unit comes from a row of units.
    """

    top: int
    bottom: int
    names: tuple[str, ...]
    units: tuple[int, ...] = ()


def find(grid: Grid, stated: int | None) -> Heading | None:
    """The heading of a sheet; None if no row looks like one.

    Parameters
    ----------
    grid
        The sheet.
    stated
        The first row of the heading, counted from 1, if the user states it.
    """
    top = _first(grid) if stated is None else stated - 1
    if top is None or not 0 <= top < len(grid.cells):
        return None
    bottom = top
    while bottom - top + 1 < _MOST_ROWS and _continues(grid, top, bottom):
        bottom += 1
    rows = [_spread(grid, row, left=row < bottom) for row in range(top, bottom + 1)]
    names = tuple(_joined([row[column] for row in rows]) for column in range(grid.width))
    return _with_units(grid, Heading(top, bottom, names))


def _first(grid: Grid) -> int | None:
    rows = [_spread(grid, row) for row in range(min(_SEARCHED, len(grid.cells)))]
    widest = max((_filled(row) for row in rows), default=0)
    return next((k for k, row in enumerate(rows) if _is_heading(row, widest)), None)


def _is_heading(row: Sequence[Any], widest: int) -> bool:
    """Whether a row has different short texts in at least half of the columns."""
    values = [value for value in row if value is not None]
    distinct = dict.fromkeys(map(str, values))
    if 2 * len(values) < widest or len(distinct) < min(2, widest):
        return False
    labelled = sum(bool(_LABELLED.fullmatch(text)) for text in distinct)
    return all(map(_is_name, values)) and 2 * labelled < len(distinct)


def _is_name(value: Any) -> bool:
    """Whether a cell may be a part of a heading; years may."""
    text = str(value).strip()
    if _YEAR.fullmatch(text):
        return True
    return isinstance(value, str) and len(text) <= _LONGEST and not _NUMBER.fullmatch(text)


def _filled(row: Sequence[Any]) -> int:
    return sum(value is not None for value in row)


def _spread(grid: Grid, row: int, *, left: bool = False) -> list[Any]:
    """A row of a heading with the values of merged cells in each of their columns.

    Parameters
    ----------
    left
        Also fill an empty cell from the left, as a CSV file shows merged cells.
    """
    out = list(grid.cells[row]) or [None] * grid.width
    for block in grid.merged:
        if block.top <= row <= block.bottom and block.top < len(grid.cells):
            for column in range(block.left, min(block.right + 1, len(out))):
                out[column] = grid.cells[block.top][block.left]
    if left and not grid.merged:
        for column in range(1, len(out)):
            if out[column] is None:
                out[column] = out[column - 1]
    return out


def _continues(grid: Grid, top: int, bottom: int) -> bool:
    """Whether the row after `bottom` divides columns of the heading further."""
    if bottom + 2 > len(grid.cells):
        return False
    if any(b.top <= bottom < b.bottom and b.top >= top for b in grid.merged):
        return True
    below = grid.cells[bottom + 1]
    rest = [row for row in grid.cells[bottom + 1 :] if row]
    divided = _divided(grid, bottom)
    used = {column for column, value in enumerate(below) if value is not None}
    blank = {column for column, value in enumerate(_spread(grid, bottom)) if value is None}
    titled = {c for c in blank if any(row[c] is not None for row in rest)}
    return (
        bool(used & divided)
        and used <= divided
        and titled <= used
        and all(_is_name(below[column]) for column in used)
    )


def _divided(grid: Grid, row: int) -> set[int]:
    """The columns under a name that covers several columns."""
    if grid.merged:
        return {
            column
            for block in grid.merged
            if block.top <= row <= block.bottom and block.width > 1
            for column in range(block.left, block.right + 1)
        }
    cells = grid.cells[row]
    blank = {column for column, value in enumerate(cells) if value is None and column}
    return blank | {column - 1 for column in blank}


def _joined(parts: Sequence[Any]) -> str:
    """The name of a column: the different names above it, from the top."""
    names = dict.fromkeys(cleaned(part) for part in parts if part is not None)
    return "/".join(filter(None, names))


def cleaned(value: Any) -> str:
    """A name without line breaks and surrounding spaces."""
    text = str(value).strip()
    return _LINE_BREAK.sub(" " if text.isascii() else "", text)


def _with_units(grid: Grid, heading: Heading) -> Heading:
    """The heading with the units of a row of units below it."""
    row = heading.bottom + 1
    if row >= len(grid.cells):
        return heading
    texts = {c: cleaned(v).strip("()（）") for c, v in enumerate(grid.cells[row]) if v is not None}
    units = {column: text for column, text in texts.items() if text not in _NO_UNIT}
    if not units or not all(map(is_unit, units.values())):
        return heading
    names = list(heading.names)
    for column, unit in units.items():
        names[column] += f"({unit})"
    return replace(heading, bottom=row, names=tuple(names), units=tuple(units))
