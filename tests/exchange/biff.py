"""A minimal writer of .xls files (BIFF8 in a compound file), for the tests of the reader."""

import struct
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def xls(
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    *,
    merged: Sequence[tuple[int, int, int, int]] = (),
    hidden: Sequence[str] = (),
    hidden_row: int | None = None,
) -> bytes:
    """A workbook of texts, numbers, dates and errors (``#N/A``).

    Parameters
    ----------
    sheets
        The rows of each sheet; a number may stand with its format, ``(7, "000")``.
    merged
        Merged cells of each sheet: first row, last row, first column, last column, from 0.
    hidden
        The names of hidden sheets.
    hidden_row
        A hidden row of each sheet, from 0.
    """
    looks = ["", *{v[1]: 0 for rows in sheets.values() for r in rows for v in r if _formatted(v)}]
    bodies = [_sheet(rows, looks, merged, hidden_row) for rows in sheets.values()]
    start = len(_globals(list(sheets), looks, hidden, [0] * len(bodies)))
    offsets = [start + sum(map(len, bodies[:k])) for k in range(len(bodies))]
    stream = _globals(list(sheets), looks, hidden, offsets) + b"".join(bodies)
    return _compound(stream.ljust(max(4096, -(-len(stream) // _SECTOR) * _SECTOR), b"\0"))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _begin(kind: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 1996, 0, 6))


def _formatted(value: Any) -> bool:
    return isinstance(value, tuple)


def _globals(
    names: Sequence[str], looks: Sequence[str], hidden: Sequence[str], offsets: Sequence[int]
) -> bytes:
    """The formats, the styles (general, date, then each format), and the sheets."""
    formats = b"".join(
        _record(0x41E, struct.pack("<HHB", 164 + k, len(look), 1) + look.encode("utf-16le"))
        for k, look in enumerate(looks)
    )
    codes = (0, 14, *range(164, 164 + len(looks)))
    formats += b"".join(_record(0xE0, struct.pack("<HH16x", 0, code)) for code in codes)
    tabs = b"".join(
        _record(
            0x85,
            struct.pack("<IBBBB", offset, name in hidden, 0, len(name), 1)
            + name.encode("utf-16le"),
        )
        for name, offset in zip(names, offsets, strict=True)
    )
    return _begin(5) + formats + tabs + _record(0x0A, b"")


def _sheet(
    rows: Sequence[Sequence[Any]],
    looks: Sequence[str],
    merged: Sequence[tuple[int, int, int, int]],
    hidden_row: int | None,
) -> bytes:
    cells = b"".join(
        _cell(row, column, value, looks)
        for row, values in enumerate(rows)
        for column, value in enumerate(values)
        if value is not None
    )
    size = struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows), default=0), 0)
    blocks = struct.pack("<H", len(merged)) + b"".join(struct.pack("<4H", *b) for b in merged)
    if hidden_row is not None:
        cells = _record(0x208, struct.pack("<6HI", hidden_row, 0, 9, 0, 0, 0, 0x20)) + cells
    return _begin(16) + _record(0x200, size) + cells + _record(0xE5, blocks) + _record(0x0A, b"")


def _cell(row: int, column: int, value: Any, looks: Sequence[str]) -> bytes:
    if value == "#N/A":
        return _record(0x205, struct.pack("<HHHBB", row, column, 0, 0x2A, 1))
    if isinstance(value, str):
        text = struct.pack("<HB", len(value), 1) + value.encode("utf-16le")
        return _record(0x204, struct.pack("<HHH", row, column, 0) + text)
    style = 0
    if isinstance(value, tuple):
        value, style = value[0], 2 + looks.index(value[1])
    elif isinstance(value, date):
        value, style = (value - date(1899, 12, 30)).days, 1
    return _record(0x203, struct.pack("<HHHd", row, column, style, float(value)))


def _compound(stream: bytes) -> bytes:
    """A compound file: a header, the allocation table, the directory, the stream."""
    sectors = len(stream) // _SECTOR
    chain = [_FAT, _END, *range(3, sectors + 2), _END]
    assert len(chain) <= 128
    table = struct.pack("<128I", *chain, *[_FREE] * (128 - len(chain)))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 1, 0, 4096, _END, 0, _END, 0, 0),
    )
    header += struct.pack("<108I", *[_FREE] * 108)
    entries = [("Root Entry", 5, 1, _END, 0), ("Workbook", 2, _FREE, 2, len(stream))]
    directory = b"".join(
        struct.pack(
            "<64sHBBIII36xIQ",
            name.encode("utf-16le"),
            *(2 * len(name) + 2, kind, 1, _FREE, _FREE, child, first, size),
        )
        for name, kind, child, first, size in entries
    )
    return header + table + directory.ljust(_SECTOR, b"\0") + stream
