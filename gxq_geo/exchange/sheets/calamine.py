"""Read XLS workbooks: values, dates and merged cells, but no number formats."""

import io
from pathlib import Path
from typing import Any

from gxq_geo.exchange.sheets.grid import Block, Fault, Grid, rectangular
from gxq_geo.exchange.sheets.number_formats import shown
from gxq_geo.schemas.normalise import is_formula
from gxq_geo.words.errors import FileError


def read(data: bytes, path: Path) -> list[Grid]:
    """Read the sheets of a workbook.

    Raises
    ------
    FileError
        If the file is damaged or protected by a password.
    """
    try:
        return _grids(data)
    except MemoryError:
        raise
    except BaseException as error:
        # A panic of the library is not an `Exception`.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            reason = str(error).partition("\n")[0][:120]
            raise FileError("sheet-damaged", path=path, reason=reason) from None
        raise


def _grids(data: bytes) -> list[Grid]:
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    out = []
    for meta in book.sheets_metadata:
        sheet = book.get_sheet_by_name(meta.name)
        rows = sheet.to_python(skip_empty_area=False)
        out.append(
            Grid(
                meta.name,
                rectangular([_value(value) for value in row] for row in rows),
                merged=tuple(Block(*first, *last) for first, last in _merged(sheet)),
                hidden=meta.visible != SheetVisibleEnum.Visible,
                plain=True,
            )
        )
    return out


def _merged(sheet: Any) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return list(sheet.merged_cell_ranges or ())


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return None if not value else Fault(value) if _is_error(value) else value
    return shown(value, "General")[0]


def _is_error(text: str) -> bool:
    return text.startswith("#") and is_formula(text)
