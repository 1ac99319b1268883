"""Write the monthly report as PDF, on A4 pages."""

import re
from collections.abc import Sequence
from typing import Any

from gxq_geo import words
from gxq_geo.documents.monthly_report import charts
from gxq_geo.documents.monthly_report.content import (
    Changes,
    LayerChanges,
    MonthlyReport,
    Part,
    PivotTable,
)
from gxq_geo.documents.typst_pdf import font, print_pdf
from gxq_geo.questions.tables import display_text
from gxq_geo.versions.wording import ChangeText

# The greatest number of changes listed per layer; the workbook has all of them.
MAX_CHANGES = 40
# Widths in Latin letters, where a Chinese character counts as two: the least and the greatest
# width of a column, the width of the page, and the longest word that is not broken.
_MIN_COLUMN, _MAX_COLUMN, _PAGE, _MAX_WORD = 6.0, 40.0, 118.0, 20.0
# Colour tokens of the shades of a pivot table, from the smallest values to the largest.
_SHADES = ("fresh-4", "price-1", "price-2", "price-3")


def to_pdf(report: MonthlyReport) -> bytes:
    """Return the report as PDF.

    Raises
    ------
    GxqError
        If no Chinese font is installed.
    """
    pictures: dict[str, bytes] = {}
    data = {
        "lang": words.tag(report.lang),
        "colors": words.data("style")["tokens"]["light"],
        "title": report.title,
        "subtitle": report.subtitle,
        "banner": report.banner,
        "notices": [{"heading": heading, "text": text} for heading, text in report.notices],
        "tiles": [
            {
                "label": tile.label,
                "value": display_text(tile.value),
                "comparison": report.comparison(tile),
            }
            for tile in report.tiles
        ],
        "changes": _changes(report.changes, report) if report.changes else None,
        "sections": [
            {
                "title": section.title,
                "parts": [_part(part, report, pictures) for part in section.parts],
                "notes": list(section.notes),
            }
            for section in report.sections
        ],
    }
    return print_pdf("report", data, pictures, date=report.date)


def _part(part: Part, report: MonthlyReport, pictures: dict[str, bytes]) -> dict[str, Any]:
    """The data of a part for the template; its chart is added to ``pictures``."""
    picture = ""
    if part.chart:
        picture = f"chart-{len(pictures)}.svg"
        pictures[picture] = charts.draw(part.chart, font=font())
    more = ""
    if part.omitted and not part.pivot:
        names = {"question": part.question, "table": part.table}
        more = report.text("more", count=part.omitted, **names)
    table = _pivot_table(part.pivot) if part.pivot else _table(part)
    empty = report.text("none")
    return {"title": part.title, "picture": picture, "more": more, "empty": empty, **table}


def _table(part: Part) -> dict[str, Any]:
    return {
        "labels": list(part.labels),
        "numeric": list(part.numeric),
        "cells": [list(row) for row in part.cells],
        "shades": [],
        "widths": _widths(list(zip(part.labels, *part.cells, strict=True))),
    }


def _pivot_table(pivot: PivotTable) -> dict[str, Any]:
    labels = ["", *pivot.columns]
    cells = [
        [name, *map(display_text, row)] for name, row in zip(pivot.rows, pivot.cells, strict=True)
    ]
    return {
        "labels": labels,
        "numeric": [False, *(True for _ in pivot.columns)],
        "cells": cells,
        "shades": [["", *(_shade(value, pivot) for value in row)] for row in pivot.cells],
        "widths": _widths(list(zip(labels, *cells, strict=True))),
    }


def _shade(value: float | None, pivot: PivotTable) -> str:
    shade = pivot.shade(value, len(_SHADES))
    return _SHADES[shade - 1] if shade else ""


def _widths(columns: Sequence[Sequence[str]]) -> list[float]:
    """Return relative column widths by content, reduced until the table fits the page.

    Parameters
    ----------
    columns
        The heading and the cells of each column.
    """
    least = [max(_MIN_COLUMN, *map(_longest_word, column)) for column in columns]
    widths = [
        max(
            narrowest,
            *(min(_width(text), _MAX_COLUMN) for text in column[1:]),
            _width(column[0]) / 2,
        )
        for narrowest, column in zip(least, columns, strict=True)
    ]
    while sum(widths) > _PAGE:
        spare = [width - narrowest for width, narrowest in zip(widths, least, strict=True)]
        if max(spare) < 1:
            break
        widths[spare.index(max(spare))] -= 1
    return widths


def _width(text: str) -> float:
    """The width of a text in Latin letters; a Chinese character counts as two."""
    return sum(1 + (ord(char) > 0x2E7F) for char in text)


def _longest_word(text: str) -> float:
    """The width of the longest part of a text without a break, with cell padding."""
    parts = re.split(r"[\s\u2e80-\U0010ffff]", text)
    return min(max(map(_width, parts)) + 1.5, _MAX_WORD)


def _changes(changes: Changes, report: MonthlyReport) -> dict[str, Any]:
    return {
        "title": changes.title,
        "layers": [_layer(layer, report) for layer in changes.layers],
        "settings": changes.settings,
        "empty": report.text("none"),
    }


def _layer(layer: LayerChanges, report: MonthlyReport) -> dict[str, Any]:
    omitted = len(layer.items) - MAX_CHANGES
    return {
        "label": layer.label,
        "counts": layer.counts,
        "items": [_item(item, report.lang) for item in layer.items[:MAX_CHANGES]],
        "more": report.text("more_changes", count=omitted) if omitted > 0 else "",
    }


def _item(item: ChangeText, lang: str) -> dict[str, Any]:
    return {
        "kind": words.text(f"diff.kind.{item.change.kind}", lang),
        "subject": words.visible(item.subject),
        "lines": [words.visible(line) for line in item.lines],
    }
