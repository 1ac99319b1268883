"""Read CSV and TXT tables with any separator and encoding."""

import csv
import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

from gxq_geo.exchange.evidence.encoding import settle_text
from gxq_geo.exchange.sheets.grid import Fault, Grid, rectangular
from gxq_geo.schemas.normalise import is_formula
from gxq_geo.words.errors import FileError

_SEPARATORS = (",", "\t", ";", "|", "，")
# Excel's way to keep the zeros of a code in a CSV file: ="007".
_QUOTED_FORMULA = re.compile(r'="([^"]*)"')
_SAMPLE_LINES = 60


def read(data: bytes, path: Path, stated: str) -> tuple[Grid, str, str]:
    """Read a delimited text: its cells as texts, the encoding and the separator.

    Raises
    ------
    FileError
        If its encoding must be stated, it is no text, or a quote in it is never closed.
    """
    text, encoding = settle_text(path, data, stated=stated)
    if "\0" in text:
        raise FileError("sheet-damaged", path=path, reason=r"\0")
    limit = csv.field_size_limit()  # Of the whole process: by default 131,072 characters.
    csv.field_size_limit(max(len(text), limit))
    try:
        text, separator = _separator(text)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise FileError("sheet-damaged", path=path, reason=str(error)) from None
    finally:
        csv.field_size_limit(limit)
    cells = rectangular([_value(cell) for cell in row] for row in rows)
    return Grid(path.stem, cells), encoding.name, separator


def _separator(text: str) -> tuple[str, str]:
    """The text without a ``sep=;`` line, and the separator that gives rows of one length."""
    first, _, rest = text.partition("\n")
    if (stated := first.strip().casefold()).startswith("sep=") and len(stated) == 5:
        return rest, stated[4]
    sample = text.splitlines()[:_SAMPLE_LINES]
    return text, max(_SEPARATORS, key=lambda separator: _regularity(sample, separator))


def _regularity(lines: list[str], separator: str) -> float:
    """How many cells most of the rows have, weighted with the share of those rows."""
    widths = [len(row) for row in csv.reader(lines, delimiter=separator) if any(row)]
    if not widths:
        return 0.0
    width, count = Counter(widths).most_common(1)[0]
    return (width - 1) * count / len(widths)


def _value(cell: str) -> Any:
    text = cell.strip("\r\n")
    if not text.strip():
        return None
    if match := _QUOTED_FORMULA.fullmatch(text.strip()):
        return match[1] or None
    return Fault(text.strip()) if text.startswith("#") and is_formula(text) else text
