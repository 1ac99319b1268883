"""Tables as text: on a terminal folded to its width, in a pipe a line a row, padded nowhere.

A Chinese character takes two cells of a terminal, an English one takes one.
"""

import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from gxq_geo import words

# Between two columns.
_GAP = "  "
# A column that is wider where nothing is folded is not padded: what follows stands further right.
_ALIGNED = 32
# Narrower than this a column of text is not folded: the table goes on below instead.
_NARROWEST = 12


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Parameters
    ----------
    title
        What stands above it.
    head
        A heading for each column.
    rows
        The cells; a line break in one begins a new line on a terminal.
    numeric
        Which columns are right-justified, and never folded.
    whole
        Further columns that are never folded.
    spaced
        Whether rows are parted by a blank line on a terminal.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()
    spaced: bool = False

    def lines(self, room: int | None = None) -> Iterator[str]:
        """The lines of it.

        Parameters
        ----------
        room
            How many cells a line may take; None where no terminal shows it.
        """
        if room is None:
            yield _one_line(self.title)
            yield from self._plain()
            return
        yield from fold(self.title, room)
        for columns, widths in _blocks(self, room):
            rule = "─" * min(room, _sum(widths))
            yield rule
            yield from self._folded([self.head], columns, widths)
            yield rule
            yield from self._folded(self.rows, columns, widths, spaced=self.spaced)

    def _plain(self) -> Iterator[str]:
        rows = [[_one_line(cell) for cell in row] for row in (self.head, *self.rows)]
        widths = [min(max(map(width, column)), _ALIGNED) for column in zip(*rows, strict=True)]
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
            cells = [fold(row[column], room) for column, room in zip(columns, widths, strict=True)]
            for k in range(max(map(len, cells))):
                line = [cell[k] if k < len(cell) else "" for cell in cells]
                yield self._line(line, columns, widths)

    def _line(self, cells: Sequence[str], columns: Iterable[int], widths: Sequence[int]) -> str:
        parts = []
        for cell, column, room in zip(cells, columns, widths, strict=True):
            blank = " " * (room - width(cell))
            parts.append(blank + cell if column in self.numeric else cell + blank)
        return _GAP.join(parts).rstrip()


def show(table: Table, remarks: Iterable[str] = ()) -> Iterator[str]:
    """The lines of a table for standard output, remarks under it, and a blank line."""
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    yield from table.lines(room)
    yield from remarks
    yield ""


# ------------------------------------------------------------------ widths


def _blocks(table: Table, room: int) -> Iterator[tuple[list[int], list[int]]]:
    """Columns that stand side by side, and their widths; the first ones stand in each row."""
    columns = list(zip(table.head, *table.rows, strict=True))
    widest = [max(max(map(width, _lines(cell)), default=0) for cell in one) for one in columns]
    least = [_least(table, k, cells, widest[k]) for k, cells in enumerate(columns)]
    keys = list(range(next((k for k in range(len(columns)) if k not in table.numeric), 0) + 1))
    left = list(range(len(columns)))
    while left:
        taken = [] if left[0] == 0 else [*keys]
        fixed = len(taken)
        while left and (len(taken) == fixed or _sum([least[k] for k in (*taken, left[0])]) <= room):
            taken.append(left.pop(0))
        yield taken, _shared([least[k] for k in taken], [widest[k] for k in taken], room)


def _least(table: Table, column: int, cells: Sequence[str], widest: int) -> int:
    """How narrow a column may be: no number, no id and no short word of it is parted."""
    if column in table.whole:
        return widest
    head, *rest = cells
    if column in table.numeric:
        return max([*map(width, rest), min(width(head), _NARROWEST)])
    words_ = [width(piece) for cell in cells for piece in _piece().findall(cell)]
    return min(widest, max([_NARROWEST, *(one for one in words_ if one <= 2 * _NARROWEST)]))


def _sum(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _shared(least: list[int], widest: list[int], room: int) -> list[int]:
    """Widths that fill the room at most: each at least its least, the widest give way first."""
    widths = [*widest]
    while _sum(widths) > room:
        places = [k for k in range(len(widths)) if widths[k] > least[k]]
        if not places:
            break
        widths[max(places, key=widths.__getitem__)] -= 1
    return widths


# ------------------------------------------------------------------ texts


@cache
def _piece() -> re.Pattern[str]:
    """What a text may be parted into: spaces, words, and Chinese characters with their marks."""
    chinese = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
    return re.compile(
        rf"\s+|[（【《“‘]*(?:[{chinese}]|[^\s{chinese}]+)[，。、；：！？）】》”’…·,.;:!?)]*"
    )


@cache
def _cells(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def width(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def cut(text: str, room: int) -> str:
    """As much of a text as takes so many cells."""
    while text and width(text) > room:
        text = text[:-1]
    return text


def _lines(cell: str) -> list[str]:
    return [words.visible(line) for line in cell.split("\n")]


def _one_line(cell: str) -> str:
    return " ".join(_lines(cell))


def fold(cell: str, room: int) -> list[str]:
    """A text in lines of at most so many cells."""
    return [line for part in _lines(cell) for line in _fold(part, room)]


def _fold(text: str, room: int) -> Iterator[str]:
    line = ""
    for piece in _piece().findall(text):
        left = piece
        while width(left) > room:  # A word that fits no line.
            head = cut(left, room - width(line)) or ("" if line else left[:1])
            yield line + head
            line, left = "", left.removeprefix(head)
        if width(line) + width(left.rstrip()) > room:
            yield line.rstrip()
            line, left = "", left.lstrip()
        line += left
    yield line.rstrip()
