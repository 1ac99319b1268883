"""Read and write CSV tables in the form that Excel and WPS open: UTF-8 with a byte order mark."""

import csv
import io
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from gxq_geo.schemas import Field, LayerSchema
from gxq_geo.schemas import schema as package_schema
from gxq_geo.schemas.dtypes import column, raw_values, to_text, values_of
from gxq_geo.schemas.headings import meanings
from gxq_geo.schemas.normalise import fold_all
from gxq_geo.words.issues import FATAL, Issue, found

BOM = "\ufeff"

# The issues that the reader can report, with their severity.
FINDINGS = {
    "csv-empty": FATAL,
    "csv-syntax": FATAL,
    "csv-separator": FATAL,
    "csv-no-header": FATAL,
    "csv-header": FATAL,
    "csv-title": FATAL,
    "csv-width": FATAL,
}

# The most lines allowed above the header: a title, a unit, a date, blank lines.
_TITLE_LINES = 5

# The line on which a row starts, and its cells.
Row = tuple[int, list[str]]

# Separators other than the comma, and the message key of each.
_SEPARATORS = {";": "semicolon", "\t": "tab", "|": "bar", "，": "full-width-comma"}

_NEEDS_QUOTES = re.compile('[",\r\n]')


@dataclass(frozen=True, slots=True)
class Table:
    """A parsed CSV text: the header, a record and a line number for each row, and the issues."""

    header: Sequence[str] = ()
    records: Sequence[Mapping[str, str]] = ()
    lines: Sequence[int] = ()
    issues: tuple[Issue, ...] = ()

    @property
    def count(self) -> int:
        """The number of records."""
        return len(self.records)

    @property
    def by_field(self) -> dict[str, list[Any]]:
        """The raw values of each field of the header."""
        return values_of(self.records, self.header)

    @property
    def geometries(self) -> None:
        """Always None: a table has no geometry."""

    def extras(self) -> tuple[()]:
        """Always empty: a table holds only records."""
        return ()

    def locate(self, row: int, member: str = "") -> tuple[int | None, int | None]:
        """The line of a row, counted from 1, and None: the text column of a cell is not kept."""
        return self.lines[row], None


def read(text: str, schema: LayerSchema | None = None) -> Table:
    """Parse a CSV text; faults in the text are reported as issues, never raised.

    Parameters
    ----------
    text
        The decoded file.
    schema
        The schema of the layer: its field names locate a header below the first line.
    """
    if not text.strip():
        return _refused("csv-empty", 1)
    rows, fault = split(text)
    if fault:
        return _refused("csv-syntax", rows[-1][0], reason=fault)
    return of_rows(rows, schema)


def of_rows(rows: Sequence[Row], schema: LayerSchema | None = None) -> Table:
    """Build a table of rows, as `read` does of a text."""
    at = header_position(rows, schema) if schema else 0
    line, header = rows[at]
    header_fault = _header_fault(header, schema) if schema else None
    if header_fault:
        return _refused(header_fault[0], line, **header_fault[1])
    (_, header), *rest = _without_empty_columns(rows[at:])
    if wrong := sorted({name for name in header if header.count(name) > 1 or not name.strip()}):
        return _refused("csv-header", line, names=", ".join(f"“{name}”" for name in wrong))
    table = _rows(header, rest)
    if at == 0:
        return table
    issue = found(
        FINDINGS, "csv-title", line=1, value=text_of(rows[:at])[:80], params={"header": line}
    )
    return replace(table, issues=(issue, *table.issues))


def split(text: str, separator: str = ",") -> tuple[list[Row], str]:
    """Split a text into rows; return them and the parser's error message, if any.

    After an error the last row is the one that could not be parsed.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    rows: list[Row] = []
    line = 1
    try:
        for row in reader:
            rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        return [*rows, (line, [])], str(error)
    return rows, ""


def text_of(rows: Iterable[Row]) -> str:
    """Return the cells of rows that hold anything, joined by commas."""
    return ",".join(cell for _, row in rows for cell in row if cell.strip())


def separator_of(rows: Sequence[Row], schema: LayerSchema) -> str:
    """Return the separator of a table that was split at commas; a comma unless it is another.

    It is another if the first rows have no heading of the layer, but at least two between others.
    """
    known = meanings(schema)
    if any(_is_header(row, known) for _, row in rows[: _TITLE_LINES + 1]):
        return ","
    for _, row in rows[: _TITLE_LINES + 1]:
        for sign in _SEPARATORS:
            if sum(cell in known for cell in fold_all(",".join(row).split(sign))) > 1:
                return sign
    return ","


def header_position(rows: Sequence[Row], schema: LayerSchema) -> int:
    """The position of the header: the first row with headings in half of its cells, or 0."""
    known = meanings(schema)
    positions = range(min(len(rows), _TITLE_LINES + 1))
    return next((at for at in positions if _is_header(rows[at][1], known)), 0)


def _is_header(row: Sequence[str], known: Container[str]) -> bool:
    count = sum(cell in known for cell in fold_all([cell for cell in row if cell]))
    return bool(count) and 2 * count >= sum(map(bool, row))


def _header_fault(header: Sequence[str], schema: LayerSchema) -> tuple[str, dict[str, str]] | None:
    """Why a row is not a header: another separator, or no field name; with message parameters."""
    if any(cell in meanings(schema) for cell in fold_all(header)):
        return None
    sign = separator_of([(1, list(header))], schema)
    if sign != ",":
        return "csv-separator", {"sign": f"@separator.{_SEPARATORS[sign]}"}
    if not any(field.required for field in schema.fields.values()):
        return None  # A standalone table has no known fields.
    return "csv-no-header", {"first": ",".join(header)[:80], "id": schema.id}


def _without_empty_columns(rows: Sequence[Row]) -> list[Row]:
    """Drop trailing columns without a name and without values, which Excel adds."""
    width = len(rows[0][1])
    while width and not any("".join(row[width - 1 :]).strip() for _, row in rows):
        width -= 1
    if width == len(rows[0][1]):
        return list(rows)
    return [(line, row[:width]) for line, row in rows]


def _rows(header: list[str], rows: Sequence[Row]) -> Table:
    """Build the table; report rows with a wrong number of cells and skip empty ones."""
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
    """Return the canonical bytes of a table: schema columns, then unknown ones; rows sorted by id.

    A value that fits its field's type is written in its shortest form; any other is unchanged, as
    is a number with more digits than a float holds.
    """
    known = package_schema()
    cells = [dict(record) for record in table.records]
    for name, field in schema.fields.items():
        texts = [record.get(name, "") for record in table.records]
        typed, bad = column(texts, field, known)
        unchanged = {cell.row for cell in bad}
        for row, value in enumerate(raw_values(typed, field)):
            new = to_text(value)
            keep = row in unchanged or _loses_digits(texts[row], new, field)
            cells[row][name] = texts[row] if keep else new
    unknown = [name for name in table.header if name not in schema.fields]
    return to_bytes(cells, [*schema.fields, *unknown], schema.id)


def _loses_digits(old: str, new: str, field: Field) -> bool:
    is_number = field.type in ("integer", "number")
    return is_number and old != new and Decimal(old) != Decimal(new)


def to_bytes(records: Sequence[Mapping[str, Any]], header: Sequence[str], id_field: str) -> bytes:
    """Serialise records as CSV, sorted by id: byte order mark, LF, quotes only where needed."""
    ordered = sorted(records, key=lambda record: _sort_key(record, id_field))
    rows = [header, *([to_text(record.get(name)) for name in header] for record in ordered)]
    lines = (",".join(map(_quoted, row)) for row in rows)
    return "".join([BOM, *(f"{line}\n" for line in lines)]).encode()


def _quoted(cell: str) -> str:
    """Quote a cell where needed; csv.writer does not quote a single carriage return."""
    return '"' + cell.replace('"', '""') + '"' if _NEEDS_QUOTES.search(cell) else cell


def _sort_key(record: Mapping[str, Any], id_field: str) -> tuple[bool, str]:
    value = to_text(record.get(id_field))
    return (not value, value)
