"""Read ODS workbooks, with what their cells show: codes with zeros, percentages, merged cells."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from gxq_geo.exchange.sheets.files import archive
from gxq_geo.exchange.sheets.grid import Block, Fault, Grid, rectangular
from gxq_geo.exchange.sheets.number_formats import shown, tidy
from gxq_geo.words.errors import FileError

MAX_CELLS = 4_000_000
_MAX_COLUMNS = 16_384

_NAMESPACES = {
    "table": "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}",
    "text": "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}",
    "office": "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}",
    "calcext": "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}",
}
_CODE = re.compile(r"0\d+|\d+-\d[\d-]*")
_HIDDEN = ("collapse", "filter")


def read(data: bytes, path: Path) -> list[Grid]:
    """Read the sheets of a workbook.

    Raises
    ------
    FileError
        If the file is damaged or encrypted, or would fill the memory.
    """
    archive.check(data, path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            content = book.read("content.xml")
    except (KeyError, zipfile.BadZipFile) as error:
        raise FileError("sheet-damaged", path=path, reason=str(error)) from None
    grids = []
    for table in _parsed(content, path).iter(_name("table:table")):
        sheet = _Sheet(path)
        sheet.add(table)
        grids.append(sheet.grid(table.get(_name("table:name"), "")))
    return grids


def _parsed(content: bytes, path: Path) -> Any:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        return fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise FileError("sheet-damaged", path=path, reason=str(error)[:120]) from None


def _name(short: str) -> str:
    prefix, _, local = short.partition(":")
    return _NAMESPACES[prefix] + local


@dataclass
class _Sheet:
    """The rows of a sheet while it is read."""

    path: Path
    rows: list[list[Any]] = field(default_factory=list)
    merged: list[Block] = field(default_factory=list)
    percent: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    row: int = 0
    column: int = 0
    size: int = 0

    def grid(self, name: str) -> Grid:
        """The sheet as it was read."""
        return Grid(
            name,
            rectangular(self.rows),
            merged=tuple(self.merged),
            hidden_rows=frozenset(self.hidden_rows),
            hidden_columns=frozenset(self.hidden_columns),
            percent=frozenset(self.percent),
        )

    def add(self, table: Any) -> None:
        """Read the columns and rows of a table, which may be grouped."""
        for part in table.iter():
            if part.tag == _name("table:table-column"):
                self._add_column(part)
            elif part.tag == _name("table:table-row"):
                self._add_row(part)

    def _add_column(self, part: Any) -> None:
        count = min(_repeated(part, "columns"), _MAX_COLUMNS)
        if part.get(_name("table:visibility")) in _HIDDEN:
            self.hidden_columns |= set(range(self.column, min(self.column + count, _MAX_COLUMNS)))
        self.column += count

    def _add_row(self, part: Any) -> None:
        cells = list(self._cells(part))
        while cells and cells[-1] is None:
            cells.pop()
        count = _repeated(part, "rows")
        if cells:
            self._refuse_above_limit(len(cells) * count)
            # Empty rows are only kept before one with values: a million of them end each sheet.
            self._refuse_above_limit(self.row - len(self.rows))
            self.rows += [[]] * (self.row - len(self.rows))
            self.rows += [cells] * count
            if part.get(_name("table:visibility")) in _HIDDEN:
                self.hidden_rows |= set(range(self.row, self.row + count))
        self.row += count

    def _refuse_above_limit(self, cells: int) -> None:
        self.size += cells
        if self.size > MAX_CELLS:
            raise FileError("sheet-bomb", path=self.path)

    def _cells(self, part: Any) -> Iterator[Any]:
        column = 0
        for cell in part:
            if cell.tag not in (_name("table:table-cell"), _name("table:covered-table-cell")):
                continue
            value, is_percent = _value(cell)
            count = min(_repeated(cell, "columns"), _MAX_COLUMNS - column)
            if is_percent:
                self.percent |= {(self.row, column + k) for k in range(count)}
            self._add_merged(cell, column)
            yield from [value] * count
            column += count

    def _add_merged(self, cell: Any, column: int) -> None:
        height = int(cell.get(_name("table:number-rows-spanned"), "1"))
        width = int(cell.get(_name("table:number-columns-spanned"), "1"))
        if height > 1 or width > 1:
            self.merged.append(Block(self.row, column, self.row + height - 1, column + width - 1))


def _repeated(part: Any, what: str) -> int:
    text = part.get(_name(f"table:number-{what}-repeated"), "1")
    return int(text) if text.isdecimal() and len(text) < 10 else 1


def _value(cell: Any) -> tuple[Any, bool]:
    """The value of a cell, and whether it is a percentage."""
    kind = cell.get(_name("office:value-type"), "")
    text = "\n".join(_text(part) for part in cell if part.tag == _name("text:p"))
    if cell.get(_name("calcext:value-type")) == "error":
        return Fault(text or "#ERR"), False
    if kind in ("float", "percentage", "currency"):
        return _number(cell.get(_name("office:value"), ""), text, kind)
    if kind == "date":
        return _date(cell.get(_name("office:date-value"), "")) or text or None, False
    if kind == "boolean":
        return cell.get(_name("office:boolean-value")) == "true", False
    if not text and not kind and (formula := cell.get(_name("table:formula"))):
        return Fault(formula, formula=True), False
    return text or None, False


def _number(stored: str, text: str, kind: str) -> tuple[Any, bool]:
    """A number; the text that the cell shows for it if that is a code with its zeros."""
    try:
        number = Decimal(stored)
    except InvalidOperation:
        return text or None, False
    if not number.is_finite():
        return text or None, False
    if kind == "percentage":
        return tidy(number * 100), True
    if kind == "float" and _CODE.fullmatch(text) and int(text.replace("-", "")) == number:
        return text, False
    return tidy(number), False


def _date(stored: str) -> date | None:
    try:
        found = datetime.fromisoformat(stored)
    except ValueError:
        return None
    day: date = shown(found, "")[0]
    return day


def _text(part: Any) -> str:
    """The text of a paragraph; repeated spaces, tabs and line breaks are elements."""
    out = [part.text or ""]
    for child in part:
        if child.tag == _name("text:s"):
            count = child.get(_name("text:c"), "1")
            out.append(" " * min(int(count) if count.isdecimal() else 1, 1000))
        elif child.tag == _name("text:line-break"):
            out.append("\n")
        elif child.tag == _name("text:tab"):
            out.append("\t")
        else:
            out.append(_text(child))
        out.append(child.tail or "")
    return "".join(out)
