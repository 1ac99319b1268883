"""Read sheets: XLSX, XLS, ODS, CSV and TXT."""

from pathlib import Path

from gxq_geo.exchange.sheets import tables
from gxq_geo.exchange.sheets.files import delimited, ods, xls, xlsx
from gxq_geo.exchange.sheets.grid import Grid
from gxq_geo.exchange.source import Note, ReadOptions, SourceTable
from gxq_geo.formats.files import read_bytes
from gxq_geo.words.errors import FileError

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".et", ".ods", ".csv", ".txt")
# An office file larger than this does not come from a planner's desk.
MAX_BYTES = 128 << 20

_OLE = b"\xd0\xcf\x11\xe0"
# The names of entries, which an archive holds uncompressed.
_OF_XLSX, _OF_ODS = b"[Content_Types].xml", b"content.xml"


def read(path: Path, options: ReadOptions) -> tuple[SourceTable, ...]:
    """Read the tables of a file: one for each sheet that is not empty.

    The content decides on the format, not the extension. Columns are named by the heading, whose
    rows are joined by ``/`` if there are several. Of a sheet with coordinates the table has points,
    or a polygon for each parcel if its corners are listed.

    Raises
    ------
    FileError
        If the file cannot be read, has no such sheet, or holds nothing.
    """
    data = read_bytes(path, limit=MAX_BYTES)
    grids, notes = _grids(data, path, options)
    if options.table:
        grids = [grid for grid in grids if grid.name == options.table] or _no_sheet(path, options)
    read_tables = [tables.table(grid, options.header_row) for grid in grids]
    found = tuple(tables.noted(table, *notes) for table in read_tables if table is not None)
    if not found:
        raise FileError("sheet-empty", path=path)
    return found


def _no_sheet(path: Path, options: ReadOptions) -> list[Grid]:
    raise FileError("sheet-missing", path=path, sheet=options.table)


def _grids(data: bytes, path: Path, options: ReadOptions) -> tuple[list[Grid], list[Note]]:
    """The sheets of a file, and notes that concern all of them."""
    if data.startswith(_OLE):
        return xls.read(data, path), []
    if data.startswith(b"PK"):
        return _of_archive(data, path), []
    if data[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<"):
        raise FileError("markup", path=path)
    grid, encoding, separator = delimited.read(data, path, options.encoding)
    params: dict[str, str | int | float] = {"encoding": encoding, "separator": _name(separator)}
    return [grid], [Note("sheets.note.text-file", path.name, params)]


def _of_archive(data: bytes, path: Path) -> list[Grid]:
    if _OF_ODS in data and _OF_XLSX not in data:
        return ods.read(data, path)
    if path.suffix.lower() == ".zip" and _OF_XLSX not in data:
        raise FileError("zip-without-layers", path=path)
    try:
        return xlsx.read(data, path)
    except xlsx.UnreadableError:
        return xls.read(data, path)


def _name(separator: str) -> str:
    return {"\t": "Tab"}.get(separator, separator)
