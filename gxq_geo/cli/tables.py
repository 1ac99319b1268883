"""Format tables as text: folded to the width of a terminal, or one line per row in a pipe.

Widths are in terminal cells: a Chinese character takes two, a Latin letter one.
"""

import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from gxq_geo import words

# The separator of two columns.
_GAP = "  "
# Without folding, the cells of a column are padded to this width at most.
_MAX_PADDED = 32
# The minimum width of a folded column. If the columns need more than the terminal has, the rest of
# the table follows below.
_MIN_FOLDED = 12


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Parameters
    ----------
    title
        The line above the table.
    head
        The heading of each column.
    rows
        The cells; a line break in one begins a new line on a terminal.
    numeric
        The columns that are right-justified and never folded.
    never_folded
        Further columns that are never folded.
    spaced
        Whether a blank line separates rows on a terminal.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    never_folded: frozenset[int] = frozenset()
    spaced: bool = False

    def lines(self, max_width: int | None = None) -> Iterator[str]:
        """Yield the lines of the table.

        Parameters
        ----------
        max_width
            The maximum width of a line; None for output that is not to a terminal.
        """
        if max_width is None:
            yield _one_line(self.title)
            yield from self._plain()
            return
        yield from fold(self.title, max_width)
        for columns, widths in _blocks(self, max_width):
            rule = "─" * min(max_width, _total_width(widths))
            yield rule
            yield from self._folded([self.head], columns, widths)
            yield rule
            yield from self._folded(self.rows, columns, widths, spaced=self.spaced)

    def _plain(self) -> Iterator[str]:
        rows = [[_one_line(cell) for cell in row] for row in (self.head, *self.rows)]
        widths = [min(max(map(width, column)), _MAX_PADDED) for column in zip(*rows, strict=True)]
        for row in rows:
            yield self._line(row, range(len(row)), widths)

    def _folded(
        self,
        rows: Iterable[Sequence[str]],
        columns: Sequence[int],
        widths: Sequence[int],
        *,
        spaced: bool = False,
    ) -> Iterator[str]:
        for place, row in enumerate(rows):
            if place and spaced:
                yield ""
            cells = [
                fold(row[column], max_width)
                for column, max_width in zip(columns, widths, strict=True)
            ]
            for k in range(max(map(len, cells))):
                line = [cell[k] if k < len(cell) else "" for cell in cells]
                yield self._line(line, columns, widths)

    def _line(self, cells: Sequence[str], columns: Iterable[int], widths: Sequence[int]) -> str:
        parts = []
        for cell, column, max_width in zip(cells, columns, widths, strict=True):
            blank = " " * (max_width - width(cell))
            parts.append(blank + cell if column in self.numeric else cell + blank)
        return _GAP.join(parts).rstrip()


def show(table: Table, remarks: Iterable[str] = ()) -> Iterator[str]:
    """Yield the lines of a table for standard output, the remarks, and a blank line."""
    max_width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    yield from table.lines(max_width)
    yield from remarks
    yield ""


# ------------------------------------------------------------------ widths


def _blocks(table: Table, max_width: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield blocks of columns that fit side by side, with their widths.

    Each block begins with the columns up to the first that is not numeric, usually the id.
    """
    columns = list(zip(table.head, *table.rows, strict=True))
    widest = [max(max(map(width, _lines(cell)), default=0) for cell in one) for one in columns]
    min_widths = [_min_width(table, k, cells, widest[k]) for k, cells in enumerate(columns)]
    keys = list(range(next((k for k in range(len(columns)) if k not in table.numeric), 0) + 1))
    rest = list(range(len(columns)))
    while rest:
        block = [] if rest[0] == 0 else [*keys]
        fixed = len(block)
        while rest and (
            len(block) == fixed
            or _total_width([min_widths[k] for k in (*block, rest[0])]) <= max_width
        ):
            block.append(rest.pop(0))
        yield (
            block,
            _fit_widths([min_widths[k] for k in block], [widest[k] for k in block], max_width),
        )


def _min_width(table: Table, column: int, cells: Sequence[str], widest: int) -> int:
    """Return the minimum width of a column that splits no number, id or short word."""
    if column in table.never_folded:
        return widest
    head, *rest = cells
    if column in table.numeric:
        return max([*map(width, rest), min(width(head), _MIN_FOLDED)])
    words_ = [width(piece) for cell in cells for piece in _break_pattern().findall(cell)]
    return min(widest, max([_MIN_FOLDED, *(one for one in words_ if one <= 2 * _MIN_FOLDED)]))


def _total_width(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _fit_widths(min_widths: list[int], widest: list[int], max_width: int) -> list[int]:
    """Reduce the widest columns until the line fits, none below its minimum width."""
    widths = [*widest]
    while _total_width(widths) > max_width:
        places = [k for k in range(len(widths)) if widths[k] > min_widths[k]]
        if not places:
            break
        widths[max(places, key=widths.__getitem__)] -= 1
    return widths


# ------------------------------------------------------------------ texts


@cache
def _break_pattern() -> re.Pattern[str]:
    """Match the pieces between line breaks: spaces, words, Chinese characters with punctuation."""
    chinese = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
    return re.compile(
        rf"\s+|[（【《“‘]*(?:[{chinese}]|[^\s{chinese}]+)[，。、；：！？）】》”’…·,.;:!?)]*"
    )


@cache
def _char_width(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def width(text: str) -> int:
    """Return the width of a text in terminal cells."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def cut(text: str, max_width: int) -> str:
    """Cut a text to a maximum width."""
    while text and width(text) > max_width:
        text = text[:-1]
    return text


def _lines(cell: str) -> list[str]:
    return [words.visible(line) for line in cell.split("\n")]


def _one_line(cell: str) -> str:
    return " ".join(_lines(cell))


def fold(cell: str, max_width: int) -> list[str]:
    """Break a text into lines of a maximum width."""
    return [line for part in _lines(cell) for line in _fold(part, max_width)]


def _fold(text: str, max_width: int) -> Iterator[str]:
    line = ""
    for piece in _break_pattern().findall(text):
        rest = piece
        while width(rest) > max_width:  # A word longer than a line is split.
            head = cut(rest, max_width - width(line)) or ("" if line else rest[:1])
            yield line + head
            line, rest = "", rest.removeprefix(head)
        if width(line) + width(rest.rstrip()) > max_width:
            yield line.rstrip()
            line, rest = "", rest.lstrip()
        line += rest
    yield line.rstrip()
