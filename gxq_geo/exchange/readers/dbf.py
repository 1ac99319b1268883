"""Read dBASE tables (``.dbf``) from their bytes, the attributes of a shapefile among them.

GDAL reads a DBF without a declared encoding as Latin-1, and a name that was cut inside a character
as nonsense; here all texts of the file decide the encoding together.

Sources of the format: dBASE III PLUS and IV table file headers; Microsoft, "Table File Structure"
(Visual FoxPro); ESRI for the code pages.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gxq_geo.exchange.evidence.encoding import settle
from gxq_geo.exchange.source import Loss, Note, ReadOptions, SourceTable
from gxq_geo.formats import files
from gxq_geo.formats.encoding import Decoded, code_page, decide, decode_all
from gxq_geo.words.errors import FileError

# The file header, and one field: name, type, width, decimals.
_HEADER = struct.Struct("<B3xIHH17xB2x")
_FIELD = struct.Struct("<11sc4xBB14x")
_END_OF_FIELDS = b"\r"
_DELETED = ord("*")
# An integer with more digits is a code: programs behind this one would round it.
_MAX_DIGITS = 15
# ArcGIS writes the least double for a missing number.
_NO_NUMBER = -1e38


@dataclass(frozen=True, slots=True)
class Dbf:
    """A table as read from its bytes.

    Parameters
    ----------
    columns
        The values of each field by its name, deleted records excluded.
    kept
        The positions of the records that are not deleted.
    total
        The number of records, deleted ones included.
    losses, notes
        See `SourceTable`.
    """

    columns: Mapping[str, Sequence[Any]]
    kept: npt.NDArray[np.intp]
    total: int
    losses: tuple[Loss, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Field:
    raw_name: bytes
    kind: str
    width: int
    decimals: int


def read(path: Path, options: ReadOptions) -> tuple[SourceTable, ...]:
    """Read a table without geometry.

    Raises
    ------
    FileError
        If the file is damaged, or its encoding must be stated.
    """
    table = parse(path, files.read_bytes(path), stated=options.encoding)
    places = [str(row + 1) for row in table.kept.tolist()]
    return (
        SourceTable(
            path.stem, table.columns, places=places, losses=table.losses, notes=table.notes
        ),
    )


def parse(path: Path, data: bytes, *, declared: str = "", stated: str = "") -> Dbf:
    """Read a table from the bytes of a ``.dbf`` file.

    Parameters
    ----------
    path
        The file, for messages.
    data
        Its bytes.
    declared
        The encoding that a ``.cpg`` file declares; else the code page in the header counts.
    stated
        The encoding that the user states.

    Raises
    ------
    FileError
        If the file is damaged, or its encoding must be stated.
    """
    total, start, length, ldid = _header(path, data)
    fields = _fields(path, data[32:start], length)
    table = np.frombuffer(data, np.uint8, total * length, start).reshape(total, length)
    kept = np.flatnonzero(table[:, 0] != _DELETED)
    cells = list(_cells(table if len(kept) == total else table[kept], fields))
    names = [field.raw_name for field in fields]
    texts, is_wide = _texts(cells, fields)
    encoding, notes = settle(
        path,
        texts if is_wide else [*names, *texts],
        declared=declared or code_page(ldid),
        stated=stated,
    )
    titles = decode_all(names, decide(names).name if is_wide else encoding.name)
    job = _Job(encoding.name, [], list(notes))
    columns = {
        name: job.values(column, field, name)
        for name, column, field in zip(_unique(names, titles), cells, fields, strict=True)
    }
    losses = list(_losses_of_names(names, titles))
    if total > len(kept):
        losses.append(Loss("vector.loss.deleted", total - len(kept)))
    taken = {name: values for name, values in columns.items() if values is not None}
    return Dbf(taken, kept, total, (*losses, *job.losses), tuple(job.notes))


# ------------------------------------------------------------------ structure


def _damaged(path: Path, reason: str) -> FileError:
    return FileError("dbf-damaged", path=path, reason=reason)


def _header(path: Path, data: bytes) -> tuple[int, int, int, int]:
    """The number of records, the offset and length of a record, and the language driver id."""
    if len(data) < _HEADER.size:
        raise _damaged(path, f"{len(data)} < {_HEADER.size}")
    _, total, start, length, ldid = _HEADER.unpack_from(data)
    if start < _HEADER.size + 1 or start > len(data) or length < 1:
        raise _damaged(path, f"header {start}, record {length}")
    if start + total * length > len(data):
        raise _damaged(path, f"{total} × {length} > {len(data) - start}")
    rest = data[start + total * length :]
    if len(rest) >= length and rest[:1] in b" *":
        raise _damaged(path, f"{total} × {length} < {len(data) - start}")
    return total, start, length, ldid


def _fields(path: Path, header: bytes, length: int) -> list[_Field]:
    """The fields that the header describes; together they are as wide as a record."""
    fields = []
    for at in range(0, len(header) - _FIELD.size + 1, _FIELD.size):
        if header[at : at + 1] in (_END_OF_FIELDS, b"\0"):
            break
        name, kind, width, decimals = _FIELD.unpack_from(header, at)
        raw = name.partition(b"\0")[0].rstrip(b" ")
        fields.append(_Field(raw, kind.decode("latin-1").upper(), width, decimals))
    for candidate in (fields, [_wide(field) for field in fields]):
        if 1 + sum(field.width for field in candidate) == length:
            return candidate
    widths = 1 + sum(field.width for field in fields)
    raise _damaged(path, f"fields {widths}, record {length}")


def _wide(field: _Field) -> _Field:
    """A text field of Clipper or FoxPro: the byte for decimals is the high byte of its width."""
    if field.kind != "C":
        return field
    return _Field(field.raw_name, "C", field.width + 256 * field.decimals, 0)


def _unique(names: Sequence[bytes], titles: Decoded) -> Iterator[str]:
    """The decoded names; one without text, or repeated, has its number appended."""
    seen: set[str] = set()
    for number, raw in enumerate(names, 1):
        name = (titles.texts[raw] or "").strip() or f"field_{number}"
        while name in seen:
            name = f"{name}_{number}"
        seen.add(name)
        yield name


def _losses_of_names(names: Sequence[bytes], titles: Decoded) -> Iterator[Loss]:
    for raw in names:
        if raw in titles.cut:
            yield Loss("vector.loss.name-cut", where=titles.texts[raw] or "")
    if unreadable := sum(raw in titles.unreadable for raw in names):
        yield Loss("vector.loss.name-unreadable", unreadable)
    counts = [titles.texts[raw] for raw in names]
    if repeated := len(counts) - len(set(counts)):
        yield Loss("vector.loss.name-repeated", repeated)


# ------------------------------------------------------------------ values


@dataclass(frozen=True)
class _Cells:
    """The cells of a field: their bytes as a matrix, and one by one."""

    block: npt.NDArray[np.uint8]
    raw: list[bytes]

    @cached_property
    def held(self) -> dict[bytes, bytes]:
        """The distinct cells, each without the blanks and zeros that fill it up."""
        return {cell: cell.rstrip(b" \0") for cell in set(self.raw)}


def _cells(table: npt.NDArray[np.uint8], fields: Sequence[_Field]) -> Iterator[_Cells]:
    """Cut the records into cells."""
    at = 1
    for field in fields:
        block = np.ascontiguousarray(table[:, at : at + field.width])
        at += field.width
        empty = np.zeros(len(block), "S1")
        array = block.reshape(-1).view(f"S{field.width}") if block.size else empty
        yield _Cells(block, array.tolist())


def _texts(cells: Sequence[_Cells], fields: Sequence[_Field]) -> tuple[list[bytes], bool]:
    """The distinct texts, and whether they are UTF-16, where a zero does not end a text."""
    columns = [column for column, field in zip(cells, fields, strict=True) if field.kind == "C"]
    texts = [text for column in columns for text in column.held.values()]
    if any(b"\0" in text for text in texts):
        padded = [text + b"\0" * (len(text) % 2) for text in texts]
        if decide(padded).name.startswith("utf-16"):
            return padded, True
        for column in columns:
            # What follows a zero is left over from a longer text.
            column.held.update((c, t.partition(b"\0")[0].rstrip()) for c, t in column.held.items())
        texts = [text for column in columns for text in column.held.values()]
    return texts, False


class _Unreadable(ValueError):
    """A cell holds no value of its field's type."""


@dataclass
class _Job:
    """Converts cells to values; collects what cannot be converted."""

    encoding: str
    losses: list[Loss]
    notes: list[Note]

    def values(self, cells: _Cells, field: _Field, name: str) -> list[Any] | None:
        """The value of each record; None for a type that cannot be read."""
        if field.kind == "C":
            return self._texts(cells, field, name)
        kind = "number" if field.kind in "NF" else field.kind
        if field.kind in ("B", "O") and field.width == 8:
            kind = "double"
        if kind not in _CONVERTERS:
            self.losses.append(
                Loss("vector.loss.field-type", len(cells.raw), name, {"type": field.kind})
            )
            return None
        if kind == "number":
            if (numbers := _plain_numbers(cells)) is not None:
                return numbers
            if self._holds_codes(cells, name):
                return [_code(cells.held[cell]) for cell in cells.raw]
        return self._converted(cells, _CONVERTERS[kind], name, kind)

    def _texts(self, cells: _Cells, field: _Field, name: str) -> list[str | None]:
        held = cells.held
        if self.encoding.startswith("utf-16"):
            held = {cell: text + b"\0" * (len(text) % 2) for cell, text in held.items()}
        decoded = decode_all(held.values(), self.encoding)
        texts = {cell: decoded.texts[text] or None for cell, text in held.items()}
        if decoded.cut or decoded.unreadable:
            self._lose_texts(cells, held, decoded, field, name)
        return list(map(texts.__getitem__, cells.raw))

    def _lose_texts(
        self,
        cells: _Cells,
        held: Mapping[bytes, bytes],
        decoded: Decoded,
        field: _Field,
        name: str,
    ) -> None:
        """Report texts that were cut at the width of the field, and those that are no texts."""
        cut = {cell for cell, text in held.items() if text in decoded.cut}
        bad = {cell for cell, text in held.items() if text in decoded.unreadable}
        self._lose("text-cut", cells, cut, name)
        self._lose("text-unreadable", cells, bad, name)

    def _holds_codes(self, cells: _Cells, name: str) -> bool:
        """Whether integers are codes: they have leading zeros or too many digits for a number."""
        digits = [text.strip().lstrip(b"+-") for text in cells.held.values()]
        if not any(len(d) > 1 and d.isdigit() and _is_code(d) for d in digits):
            return False
        self.notes.append(Note("vector.note.codes", name))
        return True

    def _converted(
        self, cells: _Cells, convert: Callable[[bytes], Any], name: str, kind: str
    ) -> list[Any]:
        values: dict[bytes, Any] = {}
        bad = set()
        for cell in cells.held:
            try:
                values[cell] = convert(cell)
            except ValueError:
                values[cell] = None
                bad.add(cell)
        self._lose("value-unreadable", cells, bad, name)
        return [values[cell] for cell in cells.raw]

    def _lose(self, kind: str, cells: _Cells, which: set[bytes], name: str) -> None:
        if which:
            count = sum(cell in which for cell in cells.raw)
            self.losses.append(Loss(f"vector.loss.{kind}", count, name))


def _plain_numbers(cells: _Cells) -> list[Any] | None:
    """The numbers of a field that holds nothing but numbers and blanks; None for any other."""
    block = cells.block
    if not (block.size and _NUMERIC[block].all()) or _may_be_codes(block):
        return None
    empty = np.all(block <= _BLANK, axis=1)
    raw = cells.raw
    if empty.any():
        raw = [b"0" if missing else cell for cell, missing in zip(raw, empty.tolist(), strict=True)]
    convert: Callable[[bytes], int | float] = float if _FRACTION[block].any() else int
    try:
        numbers: list[Any] = list(map(convert, raw))
    except ValueError:
        return None
    if convert is float and not (np.abs(numbers) < -_NO_NUMBER).all():
        return None
    for row in np.flatnonzero(empty).tolist():
        numbers[row] = None
    return numbers


def _may_be_codes(block: npt.NDArray[np.uint8]) -> bool:
    """Whether integers have more digits than a number can, or leading zeros."""
    if _FRACTION[block].any():
        return False
    digit = (block >= ord("0")) & (block <= ord("9"))
    if block.shape[1] > _MAX_DIGITS and int(digit.sum(axis=1).max()) > _MAX_DIGITS:
        return True
    first = digit.copy()
    first[:, 1:] &= ~digit[:, :-1]
    return bool((first & (block == ord("0")))[:, :-1][digit[:, 1:]].any())


def _signs(text: bytes) -> npt.NDArray[np.bool_]:
    """A table of the 256 bytes that says which are in a text."""
    return np.isin(np.arange(256), list(text))


_BLANK = ord(" ")
_NUMERIC = _signs(b"0123456789+-.eE \0")
_FRACTION = _signs(b".eE")


def _is_code(digits: bytes) -> bool:
    return len(digits) > _MAX_DIGITS or (digits.startswith(b"0") and bool(digits.strip(b"0")))


def _code(text: bytes) -> str | None:
    """A number as its own text; None if it is missing."""
    stripped = text.strip().decode("ascii", "replace")
    return (stripped.strip("*") and stripped) or None


def _number(cell: bytes) -> int | float | None:
    """A number in digits; blanks, asterisks and the words of C for "not a number" are missing."""
    text = cell.strip(b" \0")
    if not text.strip(b"*") or text.lower().lstrip(b"+-") in _NOT_NUMBERS:
        return None
    if b"_" in text:
        raise _Unreadable
    try:
        return int(text)
    except ValueError:
        number = float(text)
    if not np.isfinite(number):
        raise _Unreadable
    return None if number < _NO_NUMBER else number


_NOT_NUMBERS = frozenset({b"nan", b"1.#qnan", b"1.#ind", b"1.#snan"})


def _date(cell: bytes) -> date | None:
    text = cell.strip(b" \0")
    if not text.strip(b"0*"):
        return None
    if len(text) != 8 or not text.isdigit():
        raise _Unreadable
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _logical(cell: bytes) -> bool | None:
    try:
        return _LOGICALS[cell.strip(b" \0").upper()]
    except KeyError:
        raise _Unreadable from None


_LOGICALS = {**dict.fromkeys((b"T", b"Y"), True), **dict.fromkeys((b"F", b"N"), False)}
_LOGICALS |= dict.fromkeys((b"", b"?", b"*"))  # type: ignore[arg-type]


def _integer(cell: bytes) -> int:
    return int.from_bytes(cell.ljust(4, b"\0")[:4], "little", signed=True)


def _double(cell: bytes) -> float | None:
    number = float(np.frombuffer(cell.ljust(8, b"\0"), "<f8")[0])
    if not np.isfinite(number):
        raise _Unreadable
    return None if number < _NO_NUMBER else number


_CONVERTERS: Mapping[str, Callable[[bytes], Any]] = {
    "number": _number,
    "D": _date,
    "L": _logical,
    "I": _integer,
    "double": _double,
}
