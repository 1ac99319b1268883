"""Tables: CSV as Excel and WPS read it (UTF-8 with a byte order mark), with a line for each row."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from gxq_geo.schemas import LayerSchema
from gxq_geo.schemas import schema as package_schema
from gxq_geo.schemas.dtypes import column, raw_values, to_text, values_of
from gxq_geo.schemas.normalise import fold
from gxq_geo.words.issues import FATAL, Issue, found

BOM = "\ufeff"

# What reading a table may find.
FINDINGS = {
    "csv-empty": FATAL,
    "csv-syntax": FATAL,
    "csv-separator": FATAL,
    "csv-no-header": FATAL,
    "csv-header": FATAL,
    "csv-title": FATAL,
    "csv-width": FATAL,
}

# So many lines may stand above the header: a title, a unit, a date, blank ones.
_TITLE_LINES = 5

# The line on which a row begins, and its cells.
Row = tuple[int, list[str]]

# What stands between the cells where it is not a comma, and what it is called.
_SEPARATORS = {";": "semicolon", "\t": "tab", "|": "bar", "，": "full-width-comma"}

_SPECIAL = re.compile('[",\r\n]')


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV text, taken apart: a record for each row, its line, and what is wrong."""

    header: Sequence[str] = ()
    records: Sequence[Mapping[str, str]] = ()
    lines: Sequence[int] = ()
    issues: tuple[Issue, ...] = ()

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.records)

    @property
    def by_field(self) -> dict[str, list[Any]]:
        """The raw values of each field of the header."""
        return values_of(self.records, self.header)

    @property
    def geometries(self) -> None:
        """A table has none."""

    def extras(self) -> tuple[()]:
        """A table holds nothing beside records."""
        return ()

    def locate(self, row: int, member: str = "") -> tuple[int | None, int | None]:
        """The line of a row, from 1; a cell's column in the text is not kept."""
        return self.lines[row], None


def read(text: str, schema: LayerSchema | None = None) -> Table:
    """Take a CSV text apart; never raises for what the text holds.

    Parameters
    ----------
    text
        The decoded file.
    schema
        By its fields the header is known where it is not in the first line.
    """
    if not text.strip():
        return _refused("csv-empty", 1)
    rows, fault = _split(text)
    if fault:
        return _refused("csv-syntax", rows[-1][0], reason=fault)
    head = _head(rows, schema) if schema else 0
    line, header = rows[head]
    strange = _not_a_header(header, schema) if schema else None
    if strange:
        return _refused(strange[0], line, **strange[1])
    (_, header), *rest = _without_bare_columns(rows[head:])
    if wrong := sorted({name for name in header if header.count(name) > 1 or not name.strip()}):
        return _refused("csv-header", line, names=", ".join(f"“{name}”" for name in wrong))
    table = _rows(header, rest)
    if head == 0:
        return table
    above = ",".join(filter(None, chain.from_iterable(row for _, row in rows[:head])))
    issue = found(FINDINGS, "csv-title", line=1, value=above[:80], params={"header": line})
    return replace(table, issues=(issue, *table.issues))


def _split(text: str) -> tuple[list[Row], str]:
    """The rows, each with the line on which it begins, and why reading ended before the end.

    Of a text that is not CSV, the last row is the one that could not be read.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    line = 1
    try:
        for row in reader:
            rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        return [*rows, (line, [])], str(error)
    return rows, ""


def _names(schema: LayerSchema) -> set[str]:
    """What the columns of a layer may be called: by its fields, their labels and other names."""
    known = {name for of in schema.fields.values() for name in (of.name, *of.label.values())}
    return known | {alias for of in schema.fields.values() for alias in of.aliases}


def _head(rows: Sequence[Row], schema: LayerSchema) -> int:
    """Which row is the header: the first, unless only a later one names fields."""
    known = _names(schema)
    for place, (_, row) in enumerate(rows[: _TITLE_LINES + 1]):
        named = sum(cell.strip() in known for cell in row)
        if named and 2 * named >= sum(map(bool, row)):
            return place
    return 0


def _not_a_header(header: Sequence[str], schema: LayerSchema) -> tuple[str, dict[str, str]] | None:
    """Why a row is no header: its cells are parted by another sign, or it names no field."""
    known = {fold(name) for name in _names(schema)}
    if any(fold(cell) in known for cell in header):
        return None
    (first, *_) = header or [""]
    for sign, name in _SEPARATORS.items():
        if sum(fold(part) in known for part in first.split(sign)) > 1:
            return "csv-separator", {"sign": f"@separator.{name}"}
    if not any(of.required for of in schema.fields.values()):
        return None  # Of a table that is no layer, no field is known.
    return "csv-no-header", {"first": ",".join(header)[:80], "id": schema.id}


def _without_bare_columns(rows: Sequence[Row]) -> list[Row]:
    """Rows without the columns at their end that have no name and hold nothing: Excel adds them."""
    width = len(rows[0][1])
    while width and not any("".join(row[width - 1 :]).strip() for _, row in rows):
        width -= 1
    if width == len(rows[0][1]):
        return list(rows)
    return [(line, row[:width]) for line, row in rows]


def _rows(header: list[str], rows: Sequence[Row]) -> Table:
    records, lines, issues = [], [], []
    for line, row in rows:
        if not any(row):
            continue
        if len(row) != len(header):
            params = {"count": len(row), "expected": len(header)}
            issues.append(found(FINDINGS, "csv-width", line=line, params=params))
            continue
        records.append(dict(zip(header, row, strict=True)))
        lines.append(line)
    return Table(header, records, lines, tuple(issues))


def _refused(rule: str, line: int, **params: str) -> Table:
    return Table(issues=(found(FINDINGS, rule, line=line, params=params),))


def canonical(table: Table, schema: LayerSchema) -> bytes:
    """The canonical bytes of a table: the schema's columns, then unknown ones; rows by id.

    A value that its field's type reads is written in its shortest form; any other stays as it is.
    """
    known = package_schema()
    cells = [dict(record) for record in table.records]
    for name, of in schema.fields.items():
        texts = [record.get(name, "") for record in table.records]
        typed, bad = column(texts, of, known)
        kept = {cell.row for cell in bad}
        for row, value in enumerate(raw_values(typed, of)):
            cells[row][name] = texts[row] if row in kept else to_text(value)
    unknown = [name for name in table.header if name not in schema.fields]
    return to_bytes(cells, [*schema.fields, *unknown], schema.id)


def to_bytes(records: Sequence[Mapping[str, Any]], header: Sequence[str], id_field: str) -> bytes:
    """Records as CSV bytes, sorted by id: byte order mark, LF, quotes only where needed."""
    ordered = sorted(records, key=lambda record: _sort_key(record, id_field))
    rows = [header, *([to_text(record.get(name)) for name in header] for record in ordered)]
    lines = (",".join(map(_quoted, row)) for row in rows)
    return "".join([BOM, *(f"{line}\n" for line in lines)]).encode()


def _quoted(cell: str) -> str:
    """A cell with quotes where needed; csv.writer leaves a lone carriage return bare."""
    return '"' + cell.replace('"', '""') + '"' if _SPECIAL.search(cell) else cell


def _sort_key(record: Mapping[str, Any], id_field: str) -> tuple[bool, str]:
    value = to_text(record.get(id_field))
    return (not value, value)
