"""Excel workbooks with typed cells; the same content gives the same bytes."""

import io
import re
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any

# The most characters in a cell, and the number of rows that determine the width of a column.
_LONGEST, _MEASURED = 32_000, 200
# The least and the most width of a column, in characters.
_NARROWEST, _WIDEST = 6, 48


class Workbook:
    """A workbook that is written cell by cell.

    Parameters
    ----------
    day
        The date of the data, which becomes the creation date of the file.
    """

    def __init__(self, day: date | None) -> None:
        # Imported here: a command that writes no workbook starts faster without it.
        import xlsxwriter

        self._out = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = xlsxwriter.Workbook(self._out, {**options, "strings_to_numbers": False})
        on = day or date(1980, 1, 1)
        created = datetime(on.year, on.month, on.day, tzinfo=UTC)
        self.book.set_properties({"created": created})
        self.heading = self.format(bold=True, text_wrap=True, valign="top", bottom=1)
        self._numbers = {
            int: self.format(num_format="#,##0"),
            float: self.format(num_format="#,##0.00"),
            date: self.format(num_format="yyyy-mm-dd"),
        }
        self._ungrouped = self.format(num_format="0")
        self._names: set[str] = set()

    def format(self, **properties: Any) -> Any:
        """Return a cell format."""
        return self.book.add_format(properties)

    def sheet(self, title: str) -> Any:
        """Add a sheet; its name is the title, shortened and numbered so that Excel accepts it."""
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
        ungrouped: Collection[int] = (),
    ) -> None:
        """Write a table to a sheet, with filters on its headings.

        Parameters
        ----------
        top
            The row of the headings, from 0.
        ungrouped
            Positions of columns whose numbers, such as years, have no thousands separators.
        """
        for column, label in enumerate(labels):
            self.write(sheet, top, column, label, self.heading)
            texts = [label, *(_text(row[column]) for row in cells[:_MEASURED])]
            sheet.set_column(column, column, _width(texts))
        for row, values in enumerate(cells, start=top + 1):
            for column, cell in enumerate(values):
                self.write(
                    sheet, row, column, cell, self._ungrouped if column in ungrouped else None
                )
        sheet.freeze_panes(top + 1, 1)
        if cells:
            sheet.autofilter(top, 0, top + len(cells), len(labels) - 1)

    def write(self, sheet: Any, row: int, column: int, cell: Any, look: Any = None) -> None:
        """Write a cell; a text is never evaluated as a formula, and None writes nothing."""
        if isinstance(cell, str):
            sheet.write_string(row, column, cell[:_LONGEST], look)
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, look or self._numbers[date])
        elif cell is not None:
            sheet.write_number(row, column, cell, look or self._numbers[type(cell)])

    def to_bytes(self) -> bytes:
        """Close the workbook and return its bytes."""
        self.book.close()
        return self._out.getvalue()


def _text(cell: Any) -> str:
    return "" if cell is None else str(round(cell, 4) if isinstance(cell, float) else cell)


def _width(texts: Sequence[str]) -> int:
    """Return the width of a column in characters; a Chinese character counts twice."""
    longest = max(sum(1 + (ord(character) > 0x2E7F) for character in text) for text in texts)
    return min(max(longest + 2, _NARROWEST), _WIDEST)
