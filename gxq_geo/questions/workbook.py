"""Workbooks: texts stay texts, numbers and dates are such; the same content, the same bytes."""

import io
import re
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any

# What a cell may hold, and how many rows are measured for the width of a column.
_LONGEST, _MEASURED = 32_000, 200
_NARROWEST, _WIDEST = 6, 48


class Workbook:
    """A workbook that is written cell by cell.

    Parameters
    ----------
    day
        The date of the data; the file says that it was made then.
    """

    def __init__(self, day: date | None) -> None:
        # Here, so that what makes no workbook need not wait for it.
        import xlsxwriter

        self._out = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = xlsxwriter.Workbook(self._out, {**options, "strings_to_numbers": False})
        made = day or date(1980, 1, 1)
        created = datetime(made.year, made.month, made.day, tzinfo=UTC)
        self.book.set_properties({"created": created})
        self.heading = self.format(bold=True, text_wrap=True, valign="top", bottom=1)
        self._numbers = {
            int: self.format(num_format="#,##0"),
            float: self.format(num_format="#,##0.00"),
            date: self.format(num_format="yyyy-mm-dd"),
        }
        self._bare = self.format(num_format="0")
        self._names: set[str] = set()

    def format(self, **properties: Any) -> Any:
        """How cells look."""
        return self.book.add_format(properties)

    def sheet(self, title: str) -> Any:
        """A new sheet; its name is as much of the title as a sheet's may hold, and its own."""
        name = re.sub(r"[\[\]:*?/\\]", " ", title)[:31].strip("'")
        count = 1
        while name.casefold() in self._names:
            count += 1
            name = f"{name[:27].rstrip()} {count}"
        self._names.add(name.casefold())
        return self.book.add_worksheet(name)

    def table(
        self,
        sheet: Any,
        labels: Sequence[str],
        cells: Sequence[Sequence[Any]],
        *,
        top: int = 0,
        bare: Collection[int] = (),
    ) -> None:
        """Fill a sheet with a table whose headings stand in the row `top`; they can be filtered.

        Parameters
        ----------
        bare
            Places of columns whose numbers, such as years, count nothing.
        """
        for column, label in enumerate(labels):
            self.write(sheet, top, column, label, self.heading)
            texts = [label, *(_text(row[column]) for row in cells[:_MEASURED])]
            sheet.set_column(column, column, _width(texts))
        for row, some in enumerate(cells, start=top + 1):
            for column, cell in enumerate(some):
                self.write(sheet, row, column, cell, self._bare if column in bare else None)
        sheet.freeze_panes(top + 1, 1)
        if cells:
            sheet.autofilter(top, 0, top + len(cells), len(labels) - 1)

    def write(self, sheet: Any, row: int, column: int, cell: Any, look: Any = None) -> None:
        """Write a cell: a text that looks like a formula is a text; None is nothing."""
        if isinstance(cell, str):
            sheet.write_string(row, column, cell[:_LONGEST], look)
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, look or self._numbers[date])
        elif cell is not None:
            sheet.write_number(row, column, cell, look or self._numbers[type(cell)])

    def to_bytes(self) -> bytes:
        """The file."""
        self.book.close()
        return self._out.getvalue()


def _text(cell: Any) -> str:
    return "" if cell is None else str(round(cell, 4) if isinstance(cell, float) else cell)


def _width(texts: Sequence[str]) -> int:
    """So many characters, of which a Chinese one counts twice."""
    wide = max(sum(1 + (ord(sign) > 0x2E7F) for sign in text) for text in texts)
    return min(max(wide + 2, _NARROWEST), _WIDEST)
