"""Read XLS workbooks, and XLSX ones that openpyxl cannot read.

Where the formats of the cells cannot be read, the sheets are marked as plain.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gxq_geo.exchange.sheets.files import biff
from gxq_geo.exchange.sheets.files.biff import SheetLook
from gxq_geo.exchange.sheets.grid import Block, Fault, Grid, rectangular
from gxq_geo.exchange.sheets.number_formats import shown
from gxq_geo.words.errors import FileError


def read(data: bytes, path: Path) -> list[Grid]:
    """Read the sheets of a workbook.

    Raises
    ------
    FileError
        If the file is damaged or protected by a password.
    """
    try:
        sheets = _sheets(data)
    except MemoryError:
        raise
    except BaseException as error:
        # A panic of the library is not an `Exception`.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            reason = str(error).partition("\n")[0][:120]
            raise FileError("sheet-damaged", path=path, reason=reason) from None
        raise
    looks = biff.looks(data)
    known: Sequence[SheetLook | None] = [None] * len(sheets)
    if looks is not None and len(looks) == len(sheets):
        known = looks
    return [_grid(*sheet, look) for sheet, look in zip(sheets, known, strict=True)]


def _sheets(data: bytes) -> list[tuple[str, bool, Sequence[Sequence[Any]], list[Block]]]:
    """The name of each sheet, whether it is hidden, its values and merged cells."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    out: list[tuple[str, bool, Sequence[Sequence[Any]], list[Block]]] = []
    for meta in book.sheets_metadata:
        hidden = meta.visible != SheetVisibleEnum.Visible
        if meta.typ != SheetTypeEnum.WorkSheet:
            out.append((meta.name, hidden, [], []))
            continue
        sheet = book.get_sheet_by_name(meta.name)
        merged = [Block(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
        out.append((meta.name, hidden, sheet.to_python(skip_empty_area=False), merged))
    return out


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
