"""Open a layer file for repair, with what a save in Excel or WPS does to a file as a whole undone.

One function for each repair; its docstring states it, its name is the slug. A repair of rows takes
the rows of a table and the layer's schema, and returns the rows that remain and what it did. Each
leaves alone what is not certain. Their messages are in ``data/words`` under ``repair``.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gxq_geo.checks.repairs import repairs
from gxq_geo.formats import csv_table, files, geojson
from gxq_geo.formats.csv_table import Row
from gxq_geo.formats.encoding import UTF8, decode_by_evidence
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.schemas.headings import meanings
from gxq_geo.schemas.normalise import fold, fold_all
from gxq_geo.words.errors import BadLayerError
from gxq_geo.words.issues import Severity
from gxq_geo.zone import layer


@dataclass(frozen=True, slots=True)
class Edit:
    """A repair of a file as a whole.

    Parameters
    ----------
    line
        The line of the file.
    old, new
        What was there, and what replaces it; empty if nothing does.
    count
        The number of rows repaired, where they are counted and not shown.
    repair
        The slug of the repair.
    """

    line: int
    old: str = ""
    new: str = ""
    count: int = 0
    repair: str = ""


Rows = Sequence[Row]
Edits = Sequence[Edit]
RowRepair = Callable[[Rows, LayerSchema], tuple[Rows, Edits]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that was opened for repair.

    Parameters
    ----------
    before
        Its bytes.
    parsed
        Its records after the repairs of the file as a whole.
    edits
        These repairs.
    basis
        The bytes that the file would have after these repairs alone.
    """

    before: bytes
    parsed: layer.Parsed
    edits: tuple[Edit, ...] = ()
    basis: bytes = b""


def utf8_encoding(data: bytes) -> tuple[str, str] | None:
    """A file is encoded in UTF-8."""
    return decode_by_evidence(data)


def comma_separated(rows: Rows, of: LayerSchema) -> str:
    """The columns of a table are separated by commas."""
    return csv_table.separator_of(rows, of)


def title_rows(rows: Rows, of: LayerSchema) -> tuple[Rows, Edits]:
    """A table has no rows above its headings: no title, no unit, no date."""
    at = csv_table.header_position(rows, of)
    texts = ((line, csv_table.text_of([(line, row)])) for line, row in rows[:at])
    return rows[at:], [Edit(line, text) for line, text in texts if text]


def known_headings(rows: Rows, of: LayerSchema) -> tuple[Rows, Edits]:
    """The headings of a table are the names of its fields."""
    at = csv_table.header_position(rows, of)
    line, header = rows[at]
    known = meanings(of)
    meant = [known.get(heading, ()) for heading in fold_all(header)]
    # A field that has a column already, or that two columns claim, is given to none.
    claims = Counter(name for names in meant for name in names)
    renamed = [
        names[0] if len(names) == 1 and claims[names[0]] == 1 else heading
        for heading, names in zip(header, meant, strict=True)
    ]
    edits = [Edit(line, o, n) for o, n in zip(header, renamed, strict=True) if o != n]
    return [*rows[:at], (line, renamed), *rows[at + 1 :]], edits


def total_rows(rows: Rows, of: LayerSchema) -> tuple[Rows, Edits]:
    """A table has no rows of totals."""
    at = csv_table.header_position(rows, of)
    header = rows[at][1]
    id_column = header.index(of.id) if of.id in header else 0
    words = {fold(word) for word in schema().headings["total"]}

    def is_total(row: Sequence[str]) -> bool:
        first = next((cell for cell in row if cell.strip()), "")
        own_id = row[id_column] if id_column < len(row) else ""
        return own_id in ("", first) and fold(first).rstrip(":") in words

    totals = [(line, row) for line, row in rows[at + 1 :] if is_total(row)]
    lines = {line for line, _ in totals}
    kept = [(line, row) for line, row in rows if line not in lines]
    return kept, [Edit(line, csv_table.text_of([(line, row)])) for line, row in totals]


def blank_rows(rows: Rows, of: LayerSchema) -> tuple[Rows, Edits]:
    """A table has no rows that hold nothing."""
    kept = [(line, row) for line, row in rows if any(cell.strip() for cell in row) or not row]
    blank = sorted({line for line, _ in rows} - {line for line, _ in kept})
    return kept, [Edit(blank[0], count=len(blank))] if blank else []


ENCODING, SEPARATOR = repairs(utf8_encoding, comma_separated)
# In the order of application: the headings are known before the rows below them are judged.
ROW_REPAIRS = tuple(repairs(title_rows, known_headings, total_rows, blank_rows))
FILE_REPAIRS = (ENCODING, SEPARATOR, *ROW_REPAIRS)


def open_file(path: Path, of: LayerSchema, chosen: frozenset[str]) -> Opened:
    """Read a text file, and repair it as a whole.

    Raises
    ------
    BadLayerError
        If the file cannot be read even after the repairs that were chosen.
    """
    parsed: layer.Parsed
    if path.suffix.lower() == ".gpkg":
        before, parsed = layer.read_raw(path, of)
        return Opened(before, parsed, (), before)
    before = files.read_bytes(path)
    text, edits = _decoded(path, before, of, chosen)
    if of.is_table:
        rows, more = _rows(path, text, of, chosen)
        edits += more
        parsed = csv_table.of_rows(rows, of)
        basis = _written(rows) if edits else before
    else:
        parsed, basis = geojson.read(text), text.encode()
    if any(issue.severity is Severity.ERROR for issue in parsed.issues):
        raise BadLayerError("unformattable", path=path)
    return Opened(before, parsed, tuple(edits), basis)


def _decoded(
    path: Path, data: bytes, of: LayerSchema, chosen: frozenset[str]
) -> tuple[str, list[Edit]]:
    text, _ = layer.decode(data, of.is_table)
    if text is not None:
        return text, []
    proven = ENCODING.apply(data) if ENCODING.slug in chosen else None
    if proven is None:
        raise BadLayerError("unformattable", path=path)
    return proven[0], [Edit(1, proven[1], UTF8, repair=ENCODING.slug)]


def _rows(
    path: Path, text: str, of: LayerSchema, chosen: frozenset[str]
) -> tuple[Rows, list[Edit]]:
    rows: Rows
    rows, fault = csv_table.split(text)
    edits = []
    sign = SEPARATOR.apply(rows, of) if SEPARATOR.slug in chosen else ","
    if sign != ",":
        rows, fault = csv_table.split(text, sign)
        edits.append(Edit(1, sign, ",", repair=SEPARATOR.slug))
    if fault or not text.strip():
        raise BadLayerError("unformattable", path=path)
    for repair in ROW_REPAIRS:
        if repair.slug in chosen:
            rows, done = repair.apply(rows, of)
            edits += [replace(one, repair=repair.slug) for one in done]
    return rows, edits


def _written(rows: Rows) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(row for _, row in rows)
    return (csv_table.BOM + out.getvalue()).encode()
