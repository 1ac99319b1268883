"""Read XLSX workbooks with their number formats, merged cells and hidden rows."""

import io
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gxq_geo.exchange.sheets.files import archive
from gxq_geo.exchange.sheets.grid import Block, Fault, Grid, rectangular
from gxq_geo.exchange.sheets.number_formats import shown
from gxq_geo.words.errors import FileError

# More cells than Excel can hold in a hundred columns of ten thousand rows.
MAX_CELLS = 4_000_000
# A control character in a text, which openpyxl does not decode.
_ESCAPED = re.compile(r"_x(00[01][0-9A-Fa-f])_")
_RECALCULATED = re.compile(rb"fullCalcOnLoad=[\"'](?:1|true)[\"']")


class UnreadableError(FileError):
    """The library cannot read a workbook; another one may."""


def read(data: bytes, path: Path) -> list[Grid]:
    """Read the sheets of a workbook.

    Raises
    ------
    FileError
        If the file is damaged, or would fill the memory; `UnreadableError` if only openpyxl fails,
        as it does for styles that Excel ignores.
    """
    archive.check(data, path)
    book = _open(data, path, values=False)
    sheets = book.worksheets
    if sum(len(sheet._cells) for sheet in sheets) > MAX_CELLS or any(
        _area(sheet) > archive.MAX_AREA for sheet in sheets
    ):
        raise FileError("sheet-bomb", path=path)
    results: Any = None
    if any(cell.data_type == "f" for sheet in sheets for cell in sheet._cells.values()):
        results = _open(data, path, values=True)
    recalculated = _is_recalculated(data)
    return [
        _grid(sheet, results[sheet.title] if results else None, recalculated=recalculated)
        for sheet in sheets
    ]


def _open(data: bytes, path: Path, *, values: bool) -> Any:
    import openpyxl
    from defusedxml import DefusedXmlException

    try:
        with warnings.catch_warnings():
            # openpyxl warns of everything that it does not keep: images, validations, extensions.
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(io.BytesIO(data), data_only=values, keep_links=False)
    except MemoryError:
        raise
    except DefusedXmlException as error:
        raise FileError("sheet-damaged", path=path, reason=_reason(error)) from None
    except Exception as error:  # noqa: BLE001 - openpyxl raises errors of many kinds
        raise UnreadableError("sheet-damaged", path=path, reason=_reason(error)) from None


def _area(sheet: Any) -> int:
    """The number of cells of the rows with a value, if all were as long as the longest."""
    filled = [place for place, cell in sheet._cells.items() if cell.value is not None]
    return len({row for row, _ in filled}) * max((column for _, column in filled), default=0)


def _is_recalculated(data: bytes) -> bool:
    """Whether the workbook asks to be calculated on loading; for openpyxl all of them do."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        names = [name for name in book.namelist() if name.endswith("workbook.xml")]
        return any(_RECALCULATED.search(book.read(name)) for name in names)


def _reason(error: Exception) -> str:
    lines = str(error).splitlines()
    return (lines[0] if lines else type(error).__name__)[:120]


def _grid(sheet: Any, results: Any, *, recalculated: bool) -> Grid:
    # `_cells` has the cells of the file; each public iterator creates those between them, too.
    values: dict[tuple[int, int], Any] = {}
    percent = set()
    for (row, column), cell in sheet._cells.items():
        value = cell.value
        if cell.data_type == "f":
            value = _result(cell, results, recalculated=recalculated)
        elif cell.data_type == "e":
            value = Fault(str(value))
        elif isinstance(value, str):
            value = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
        if value is None or value == "":
            continue
        value, is_percent = shown(value, cell.number_format)
        values[row - 1, column - 1] = value
        if is_percent:
            percent.add((row - 1, column - 1))
    return Grid(
        sheet.title,
        _rows(values),
        merged=tuple(
            Block(r.min_row - 1, r.min_col - 1, r.max_row - 1, r.max_col - 1)
            for r in sheet.merged_cells.ranges
        ),
        hidden_rows=frozenset(row - 1 for row, size in sheet.row_dimensions.items() if size.hidden),
        hidden_columns=_hidden_columns(sheet),
        percent=frozenset(percent),
        hidden=sheet.sheet_state != "visible",
    )


def _result(cell: Any, results: Any, *, recalculated: bool) -> Any:
    """The saved result of a formula; a `Fault` if there is none."""
    saved = results._cells.get((cell.row, cell.column))
    value = None if saved is None else saved.value
    if saved is not None and saved.data_type == "e":
        return Fault(str(value))
    # Programs that cannot calculate save nothing or 0, and ask to calculate on loading.
    missing = value is None and (saved is None or saved.data_type != "str")
    if missing or (recalculated and value == 0):
        formula = cell.value if isinstance(cell.value, str) else getattr(cell.value, "text", "=")
        return Fault(str(formula), formula=True)
    return value


def _rows(values: Mapping[tuple[int, int], Any]) -> list[Sequence[Any]]:
    """Place values by row and column; a row without values stays empty."""
    rows: dict[int, dict[int, Any]] = {}
    for (row, column), value in values.items():
        rows.setdefault(row, {})[column] = value
    width = 1 + max((column for _, column in values), default=-1)
    height = 1 + max(rows, default=-1)
    return rectangular(
        [rows[row].get(column) for column in range(width)] if row in rows else ()
        for row in range(height)
    )


def _hidden_columns(sheet: Any) -> frozenset[int]:
    """The hidden columns; one entry may describe many of them."""
    hidden: set[int] = set()
    for size in sheet.column_dimensions.values():
        if size.hidden and size.min and size.max:
            hidden.update(range(size.min - 1, size.max))
    return frozenset(hidden)
