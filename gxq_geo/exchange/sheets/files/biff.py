"""What an .xls file says of its cells besides their values: formats, errors, hidden rows.

The records are those of [MS-XLS], the container is that of [MS-CFB]; both are read as far as this
needs. python-calamine reads the values, and gives an error as an empty cell.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_SECTOR_FREE = 0xFFFFFFFA
_HEADER_SECTORS = 109
_BUILT_IN = {9: "0%", 10: "0.00%", 49: "@"}
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
_BOF, _EOF, _BOUNDSHEET, _FORMAT, _XF = 0x809, 0x0A, 0x85, 0x41E, 0xE0
_NUMBER, _RK, _MULRK, _FORMULA, _BOOLERR, _ROW, _COLINFO = 0x203, 0x27E, 0xBD, 6, 0x205, 0x208, 0x7D
_BIFF8 = 0x600
_MAX_COLUMNS = 256


@dataclass(slots=True)
class SheetLook:
    """The formats of the numbers, the errors, and the hidden rows and columns of a sheet."""

    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


def looks(data: bytes) -> list[SheetLook] | None:
    """The looks of the sheets of a workbook in their order; None if it is older or damaged."""
    try:
        stream = _stream(data)
        return None if stream is None else _looks(stream)
    except (struct.error, IndexError, UnicodeDecodeError):
        return None


# ------------------------------------------------------------------ the container


def _stream(data: bytes) -> bytes | None:
    """The stream ``Workbook`` of a compound file; None if it has none of that size."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    if size not in (512, 4096):
        return None
    table = _table(data, size)
    first = struct.unpack_from("<I", data, 48)[0]
    directory = _chain(data, table, first, size)
    for at in range(0, len(directory) - 127, 128):
        length = struct.unpack_from("<H", directory, at + 64)[0]
        name = directory[at : at + max(length - 2, 0)].decode("utf-16le", "replace")
        if name == "Workbook":
            start, total = struct.unpack_from("<II", directory, at + 116)
            cutoff = struct.unpack_from("<I", data, 56)[0]
            return _chain(data, table, start, size)[:total] if total >= cutoff else None
    return None


def _table(data: bytes, size: int) -> list[int]:
    """The allocation table: the sector after each sector."""
    sectors = list(struct.unpack_from(f"<{_HEADER_SECTORS}I", data, 76))
    more = struct.unpack_from("<I", data, 68)[0]
    while more < _SECTOR_FREE and len(sectors) * size < len(data):
        part = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        sectors += part[:-1]
        more = part[-1]
    table: list[int] = []
    for sector in sectors:
        if sector < _SECTOR_FREE:
            table += struct.unpack_from(f"<{size // 4}I", data, (sector + 1) * size)
    return table


def _chain(data: bytes, table: list[int], first: int, size: int) -> bytes:
    """The content of a chain of sectors; a chain is no longer than the file."""
    parts: list[bytes] = []
    sector = first
    while sector < _SECTOR_FREE and len(parts) * size < len(data):
        parts.append(data[(sector + 1) * size : (sector + 2) * size])
        sector = table[sector]
    return b"".join(parts)


# ------------------------------------------------------------------ the records


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records from a position to the end of its substream, without those nested in it."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _looks(stream: bytes) -> list[SheetLook] | None:
    if struct.unpack_from("<H", stream, 4)[0] != _BIFF8:
        return None
    names, styles, offsets = dict(_BUILT_IN), [], []
    for kind, body in _records(stream, 0):
        if kind == _FORMAT:
            names[struct.unpack_from("<H", body)[0]] = _text(body)
        elif kind == _XF:
            styles.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == _BOUNDSHEET:
            offsets.append(struct.unpack_from("<I", body)[0])
    formats = [names.get(style, "") for style in styles]
    return [_look(stream, offset, formats) for offset in offsets]


def _text(body: bytes) -> str:
    count, flags = struct.unpack_from("<HB", body, 2)
    if flags & 1:
        return body[5 : 5 + 2 * count].decode("utf-16le")
    return body[5 : 5 + count].decode("latin-1")


def _look(stream: bytes, offset: int, formats: list[str]) -> SheetLook:
    look = SheetLook()
    for kind, body in _records(stream, offset):
        if kind == _ROW:
            if struct.unpack_from("<H", body, 12)[0] & 0x20:
                look.hidden_rows.add(struct.unpack_from("<H", body)[0])
        elif kind == _COLINFO:
            first, last, _, _, flags = struct.unpack_from("<5H", body)
            if flags & 1:
                look.hidden_columns |= set(range(first, min(last + 1, _MAX_COLUMNS)))
        else:
            _add_cells(look, kind, body, formats)
    return look


def _add_cells(look: SheetLook, kind: int, body: bytes, formats: list[str]) -> None:
    """Add the cells of a record: one, or for ``MULRK`` several in a row."""
    if kind == _MULRK:
        row, column = struct.unpack_from("<HH", body)
        for k in range((len(body) - 6) // 6):
            style = struct.unpack_from("<H", body, 4 + 6 * k)[0]
            look.formats[row, column + k] = formats[style]
    elif kind in (_NUMBER, _RK, _FORMULA, _BOOLERR):
        row, column, style = struct.unpack_from("<3H", body)
        look.formats[row, column] = formats[style]
        if kind == _BOOLERR and body[7]:
            look.errors[row, column] = _ERRORS.get(body[6], "#ERR")
        elif kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
            look.errors[row, column] = _ERRORS.get(body[8], "#ERR")
