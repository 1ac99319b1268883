"""Refuse archives that would fill the memory, before a library opens them."""

import io
import re
import zipfile
from pathlib import Path

from gxq_geo.exchange.readers.archive import DAMAGE
from gxq_geo.words.errors import FileError

# An office file of this unpacked size needs about 2 GiB when it is opened.
MAX_UNPACKED = 256 << 20
# Text of a sheet packs to a tenth, repeated rows to a hundredth; a bomb to a thousandth.
MAX_RATIO = 200
_ALWAYS_ALLOWED = 8 << 20
_MAX_ENTRIES = 10_000
# openpyxl makes an object for each cell of a merged block.
MAX_MERGED = 1_000_000
# A table of rows of one length has a place for each of these cells, filled or not.
MAX_AREA = 20_000_000
_CHUNK = 1 << 20
# A document type in the encodings that XML parsers detect.
_DECLARED = tuple("<!DOCTYPE".encode(name) for name in ("ascii", "utf-16le", "utf-16be"))
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*\bref=[\"']([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)")


def check(data: bytes, path: Path) -> None:
    """Refuse an archive that is damaged, unpacks to too much, or declares entities.

    Every entry is unpacked once, since an entry may be larger than it claims. Office files have no
    document type, and their readers expand the entities of one.

    Raises
    ------
    FileError
        If the archive is damaged, too large, or its sheets have too many merged cells.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_sizes(archive, len(data), path)
            merged = sum(_merged_cells(archive, entry) for entry in archive.infolist())
    except DAMAGE as error:
        raise FileError("sheet-damaged", path=path, reason=str(error)) from None
    if merged > MAX_MERGED:
        raise FileError("sheet-bomb", path=path)


def _check_sizes(archive: zipfile.ZipFile, packed: int, path: Path) -> None:
    entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    allowed = min(MAX_UNPACKED, max(_ALWAYS_ALLOWED, packed * MAX_RATIO))
    if size > allowed or len(entries) > _MAX_ENTRIES:
        raise FileError("sheet-bomb", path=path)


def _merged_cells(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Unpack an entry, and count the cells of the merged blocks in it."""
    total, rest = 0, b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            last = 0
            if entry.filename.endswith((".xml", ".rels")) and any(d in text for d in _DECLARED):
                raise ValueError("DOCTYPE")
            for match in _MERGE.finditer(text):
                total += _cells(match)
                last = match.end()
            rest = text[max(last, len(text) - 200) :]
    return total


def _cells(match: re.Match[bytes]) -> int:
    left, right = _column(match[1]), _column(match[3])
    return max(right - left + 1, 1) * max(int(match[4]) - int(match[2]) + 1, 1)


def _column(name: bytes) -> int:
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number
