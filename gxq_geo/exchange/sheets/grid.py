"""A sheet as a grid of cells, in whichever format it was stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell without a value: an error such as ``#N/A``, or a formula without a saved result."""

    text: str
    formula: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A range of merged cells; rows and columns count from 0, and the last ones are included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.bottom - self.top + 1

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.right - self.left + 1


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a sheet.

    Parameters
    ----------
    name
        The name of the sheet.
    cells
        The values of each row: texts, numbers, booleans, dates, `Fault`, and None for an empty
        cell. All rows have the same length, except that a row without values is ``()``: a sheet
        may have a million of them before a value that nobody sees.
    merged
        The merged cells; the value is in the first cell of a block.
    hidden_rows, hidden_columns
        Rows and columns that are not shown, counted from 0.
    percent
        The cells ``(row, column)`` whose format multiplied the stored number by 100.
    hidden
        Whether the sheet itself is not shown.
    plain
        Whether the number formats could not be read, so that zeros at the front of a code, and
        percentages, are not known.
    """

    name: str
    cells: Sequence[Sequence[Any]]
    merged: tuple[Block, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    percent: frozenset[tuple[int, int]] = frozenset()
    hidden: bool = False
    plain: bool = False

    @property
    def width(self) -> int:
        """The number of columns."""
        return next((len(row) for row in self.cells if row), 0)


def rectangular(rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
    """Rows of one length, without empty columns at the end; an empty row is ``()``."""
    cells: list[Sequence[Any]] = [row[: _used(row)] if row else () for row in rows]
    while cells and not cells[-1]:
        cells.pop()
    width = max(map(len, cells), default=0)
    return [[*row, *[None] * (width - len(row))] if row else () for row in cells]


def _used(row: Sequence[Any]) -> int:
    return next((k + 1 for k in range(len(row) - 1, -1, -1) if row[k] is not None), 0)


def letters(column: int) -> str:
    """The letters of a column, counted from 0: ``A``, ``Z``, ``AA``."""
    name, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(65 + digit) + name
    return name


def address(row: int, column: int) -> str:
    """The address of a cell as a spreadsheet shows it, ``B7``; both count from 0."""
    return f"{letters(column)}{row + 1}"


def some(places: Sequence[str], *, most: int = 8) -> str:
    """The first of many places, for a message."""
    return ", ".join(places[:most]) + (" …" if len(places) > most else "")
