"""Read XLS workbooks, and XLSX ones that openpyxl cannot read.

The library makes a place for every cell between the first and the last one, and where that takes
too much memory it ends the process: it therefore runs in a child (`gxq_geo.exchange.sandbox`).
Where the formats of the cells cannot be read, the sheets are marked as plain.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from gxq_geo.exchange import sandbox
from gxq_geo.exchange.sheets.files import biff
from gxq_geo.exchange.sheets.files.archive import MAX_AREA
from gxq_geo.exchange.sheets.files.biff import SheetLook
from gxq_geo.exchange.sheets.grid import Block, Fault, Grid, rectangular
from gxq_geo.exchange.sheets.number_formats import shown
from gxq_geo.words.errors import FileError

_FILE = "book"
_DECODERS: Mapping[str, Callable[[Any], Any]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
}


def read(data: bytes, path: Path) -> list[Grid]:
    """Read the sheets of a workbook.

    Raises
    ------
    FileError
        If the file is damaged or protected by a password, or exceeds the limits of the child.
    """
    try:
        sheets = sandbox.ask(__name__, path, {_FILE: data}, {})
    except FileError as error:
        if error.slug != "driver-refused":
            raise
        raise FileError("sheet-damaged", path=path, reason=error.params["reason"]) from None
    looks = biff.looks(data)
    known: Sequence[SheetLook | None] = [None] * len(sheets)
    if looks is not None and len(looks) == len(sheets):
        known = looks
    return [_received(sheet, look) for sheet, look in zip(sheets, known, strict=True)]


def _received(sheet: Sequence[Any], look: SheetLook | None) -> Grid:
    """A sheet as the child sent it."""
    name, hidden, coded, merged = sheet
    rows = [
        [_DECODERS[value[0]](value[1]) if isinstance(value, list) else value for value in row]
        for row in coded
    ]
    return _grid(name, hidden, rows, [Block(*block) for block in merged], look)


def _grid(
    name: str,
    hidden: bool,
    rows: Sequence[Sequence[Any]],
    merged: Sequence[Block],
    look: SheetLook | None,
) -> Grid:
    percent: set[tuple[int, int]] = set()
    cells: list[list[Any]] = []
    known = look or SheetLook()
    for row, values in enumerate(rows):
        cells.append([])
        for column, stored in enumerate(values):
            value, is_percent = shown(stored, known.formats.get((row, column), ""))
            if (row, column) in known.errors:
                value = Fault(known.errors[row, column])
            cells[-1].append(None if value == "" else value)
            if is_percent:
                percent.add((row, column))
    return Grid(
        name,
        rectangular(cells),
        merged=tuple(merged),
        hidden_rows=frozenset(known.hidden_rows),
        hidden_columns=frozenset(known.hidden_columns),
        percent=frozenset(percent),
        hidden=hidden,
        plain=look is None,
    )


# ------------------------------------------------------------------ in the child process


def _work(folder: Path, request: Mapping[str, Any]) -> Sequence[Any]:
    """The name of each sheet, whether it is hidden, its values and merged cells."""
    try:
        return list(_sheets(folder / _FILE))
    except (MemoryError, sandbox.Refused):
        raise
    except BaseException as error:
        # A panic of the library is not an `Exception`.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise sandbox.Refused(str(error).partition("\n")[0][:120]) from None
        raise


def _sheets(file: Path) -> Iterator[tuple[str, bool, list[list[Any]], list[tuple[int, ...]]]]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_path(str(file))
    for meta in book.sheets_metadata:
        hidden = meta.visible != SheetVisibleEnum.Visible
        if meta.typ != SheetTypeEnum.WorkSheet:
            yield meta.name, hidden, [], []
            continue
        sheet = book.get_sheet_by_name(meta.name)
        if sheet.total_height * sheet.total_width > MAX_AREA:
            raise sandbox.Refused(f"{sheet.total_height} × {sheet.total_width}")
        rows = sheet.to_python(skip_empty_area=False)
        merged: list[tuple[int, ...]] = [
            (*first, *last) for first, last in sheet.merged_cell_ranges or ()
        ]
        yield meta.name, hidden, [list(map(_coded, row)) for row in rows], merged


def _coded(value: Any) -> Any:
    """A value as JSON holds it; dates and times with the name of their type."""
    if isinstance(value, timedelta):
        return ["timedelta", value.total_seconds()]
    return [type(value).__name__, value.isoformat()] if isinstance(value, date | time) else value


if __name__ == "__main__":
    sandbox.serve_answer(_work)
