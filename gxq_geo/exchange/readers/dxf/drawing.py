r"""Open a DXF file that may be damaged, declare a wrong encoding, or be made to exhaust a reader.

All texts are decoded here and passed to ezdxf in ASCII with ``\U+xxxx`` for other characters, a
notation of every DXF version; ezdxf itself would follow the header.
"""

import io
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gxq_geo.exchange.evidence.encoding import settle_text
from gxq_geo.exchange.source import Note, ReadOptions
from gxq_geo.formats import files
from gxq_geo.formats.encoding import codec
from gxq_geo.words.errors import FileError

MAX_BYTES = 100 << 20
# Entities of the model space, those of inserted blocks counted at each insertion.
MAX_ENTITIES = 1_000_000
MAX_DEPTH = 16

_BINARY = b"AutoCAD Binary DXF"
_CODEPAGE = re.compile(rb"\$DWGCODEPAGE\s+3\s+(?:ANSI_|DOS)?(\w+)", re.IGNORECASE)
_VERSION = re.compile(rb"\$ACADVER\s+1\s+AC(\d+)")
_UTF8_SINCE = 1021
_CODEPAGES = {"936": "gb18030", "950": "cp950", "932": "cp932", "949": "cp949", "GB2312": "gb18030"}

_UNICODE = re.compile(r"\\U\+(000[12][0-9A-Fa-f]{4}|[0-9A-Fa-f]{4})")
_MULTIBYTE = re.compile(r"\\M\+([1-5])([0-9A-Fa-f]{4})")
_MULTIBYTE_CODECS = {"1": "cp932", "2": "cp950", "3": "cp949", "4": "johab", "5": "gb18030"}
_UNITS = {1: "in", 2: "ft", 3: "mi", 4: "mm", 5: "cm", 6: "m", 7: "km", 14: "dm"}
_NOT_ASCII = re.compile("[^\x00-\x7f]+")

# What ezdxf raises for damaged files, beside its own exceptions.
DAMAGE = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError),
    *(ValueError, OSError),
)

logging.getLogger("ezdxf").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing of ezdxf, and what was decided on opening it."""

    document: Any
    notes: tuple[Note, ...]


def open_drawing(path: Path, options: ReadOptions) -> Drawing:
    """Open a DXF file.

    Raises
    ------
    FileError
        If it is a DWG or binary DXF file, its encoding cannot be decided, it is not readable as
        DXF, or its blocks contain themselves or too many entities.
    """
    data = files.read_bytes(path, limit=MAX_BYTES)
    _refuse_other_formats(path, data)
    ascii_data, encoding = _as_ascii(path, data, options)
    document, repaired = _recovered(path, ascii_data)
    _refuse_explosive_blocks(path, document)
    notes = [encoding] if encoding else []
    if repaired:
        notes.append(Note("dxf.note.repaired", params={"count": repaired}))
    return Drawing(document, (*notes, _units(document)))


def _refuse_other_formats(path: Path, data: bytes) -> None:
    if data.startswith(b"AC10"):
        raise FileError("dxf-dwg", path=path)
    if data.startswith(_BINARY):
        raise FileError("dxf-binary", path=path)
    if b"SECTION" not in data:
        raise FileError("dxf-damaged", path=path)


def _as_ascii(path: Path, data: bytes, options: ReadOptions) -> tuple[bytes, Note | None]:
    """The file in ASCII, and a note if its encoding is not the declared one."""
    if data.isascii():
        return _escaped(data.decode("ascii")), None
    declared = _declared(data)
    known = codec(declared)
    decoded, found = settle_text(path, data, declared=known, stated=options.encoding)
    is_true = known and found.agrees(known)
    kind = "dxf.note.encoding" if is_true else "dxf.note.encoding-lies"
    note = Note(kind, params={"encoding": found.name, "declared": declared or "–"})
    return _escaped(decoded), note


def _declared(data: bytes) -> str:
    """The encoding by the header: UTF-8 since AutoCAD 2007, before by code page."""
    version, codepage = _VERSION.search(data), _CODEPAGE.search(data)
    if version and int(version[1]) >= _UTF8_SINCE:
        return "utf-8"
    name = codepage[1].decode("ascii", "replace").upper() if codepage else ""
    return _CODEPAGES.get(name, f"cp{name}" if name.isdecimal() else name.lower())


def _escaped(decoded: str) -> bytes:
    if "\\" in decoded:
        decoded = _MULTIBYTE.sub(_multibyte, _UNICODE.sub(_unicode, decoded))
    return _NOT_ASCII.sub(_escape, decoded).encode("ascii")


def _unicode(match: re.Match[str]) -> str:
    r"""The character of ``\U+xxxx``; ASCII ones may be controls and stay escaped."""
    code = int(match[1], 16)
    return match[0] if code < 0x80 or 0xD800 <= code < 0xE000 else chr(code)


def _multibyte(match: re.Match[str]) -> str:
    r"""The character of ``\M+nxxxx``.

    n = 1 is Shift JIS, but Chinese programs write it for GBK as well; a first byte of 0xA1 to 0xDF
    begins no character of two bytes in Shift JIS.
    """
    pair = bytes.fromhex(match[2])
    is_gbk = match[1] == "1" and 0xA1 <= pair[0] <= 0xDF
    try:
        return pair.decode("gb18030" if is_gbk else _MULTIBYTE_CODECS[match[1]])
    except ValueError:
        return match[0]


def _escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\U+{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _recovered(path: Path, data: bytes) -> tuple[Any, int]:
    """The drawing, and the number of faults that were repaired."""
    from ezdxf import recover
    from ezdxf.lldxf.const import DXFError

    try:
        document, auditor = recover.read(io.BytesIO(data), errors="ignore")
        return document, len(auditor.fixes) + len(auditor.errors)
    except (DXFError, *DAMAGE):
        raise FileError("dxf-damaged", path=path) from None


def _units(document: Any) -> Note:
    """A note of the drawing's unit of length (``$INSUNITS``)."""
    unit = _UNITS.get(document.header.get("$INSUNITS", 0))
    return Note("dxf.note.units", params={"unit": unit}) if unit else Note("dxf.note.no-units")


# ------------------------------------------------------------------ blocks


def _refuse_explosive_blocks(path: Path, document: Any) -> None:
    """Raise an error if a block contains itself, or insertions multiply to too many entities."""
    sizes: dict[str, int] = {}
    blocks = {block.name.casefold(): block for block in document.blocks}
    total = _size(document.modelspace(), blocks, sizes, (), path)
    if total > MAX_ENTITIES:
        raise FileError("dxf-too-many", path=path, limit=MAX_ENTITIES)


def _size(
    entities: Iterable[Any],
    blocks: dict[str, Any],
    sizes: dict[str, int],
    outer: tuple[str, ...],
    path: Path,
) -> int:
    """The number of entities after all insertions are replaced by the entities of their blocks."""
    total = 0
    for entity in entities:
        total += 1
        if entity.dxftype() != "INSERT":
            continue
        name = str(entity.dxf.get("name", "")).casefold()
        if name in outer or len(outer) > MAX_DEPTH:
            raise FileError("dxf-recursive", path=path, block=name)
        if name in blocks:
            if name not in sizes:
                sizes[name] = _size(blocks[name], blocks, sizes, (*outer, name), path)
            total += sizes[name] * max(int(entity.mcount), 1)
    return total
