"""The report on paper: A4 pages as PDF."""

import re
from collections.abc import Sequence
from typing import Any

from gxq_geo import words
from gxq_geo.documents.monthly_report import charts
from gxq_geo.documents.monthly_report.content import Briefing, Changes, Grid, LayerNews, Part
from gxq_geo.documents.press import font, print_pdf
from gxq_geo.questions.tables import shown
from gxq_geo.versions.wording import News

# So many changes of a layer are listed; the workbook has all.
MOST = 40
# A column is no narrower and no wider than this, and the page has so much, in letters, of which a
# Chinese character counts two; a word longer than the last is broken.
_NARROWEST, _WIDEST, _ACROSS, _UNBROKEN = 6.0, 40.0, 118.0, 20.0
# The shades of a grid, by their tokens, from the smallest figures to the largest.
_SHADES = ("fresh-4", "price-1", "price-2", "price-3")


def to_pdf(said: Briefing) -> bytes:
    """The report as a PDF.

    Raises
    ------
    GxqError
        If this machine has no Chinese font.
    """
    pictures: dict[str, bytes] = {}
    data = {
        "lang": words.tag(said.lang),
        "colors": words.data("style")["tokens"]["light"],
        "title": said.title,
        "subtitle": said.subtitle,
        "band": said.band,
        "notices": [{"head": head, "words": text} for head, text in said.notices],
        "tiles": [
            {
                "label": one.label,
                "value": shown(one.value),
                "was": said.before(one),
            }
            for one in said.tiles
        ],
        "changes": _changes(said.changes, said) if said.changes else None,
        "sections": [
            {
                "title": section.title,
                "parts": [_part(part, said, pictures) for part in section.parts],
                "notes": list(section.notes),
            }
            for section in said.sections
        ],
    }
    return print_pdf("report", data, pictures, date=said.date)


def _part(part: Part, said: Briefing, pictures: dict[str, bytes]) -> dict[str, Any]:
    picture = ""
    if part.chart:
        picture = f"chart-{len(pictures)}.svg"
        pictures[picture] = charts.draw(part.chart, font=font())
    more = ""
    if part.left_out and not part.grid:
        names = {"question": part.question, "table": part.table}
        more = said.text("more", count=part.left_out, **names)
    table = _grid(part.grid) if part.grid else _table(part)
    about = {"title": part.title, "picture": picture, "more": more, "empty": said.text("none")}
    return {**about, **table}


def _table(part: Part) -> dict[str, Any]:
    return {
        "labels": list(part.labels),
        "numeric": list(part.numeric),
        "cells": [list(row) for row in part.cells],
        "shades": [],
        "widths": _widths(list(zip(part.labels, *part.cells, strict=True))),
    }


def _grid(grid: Grid) -> dict[str, Any]:
    labels = ["", *grid.columns]
    cells = [[name, *map(shown, row)] for name, row in zip(grid.rows, grid.cells, strict=True)]
    return {
        "labels": labels,
        "numeric": [False, *(True for _ in grid.columns)],
        "cells": cells,
        "shades": [["", *(_shade(one, grid) for one in row)] for row in grid.cells],
        "widths": _widths(list(zip(labels, *cells, strict=True))),
    }


def _shade(value: float | None, grid: Grid) -> str:
    shade = grid.shade(value, len(_SHADES))
    return _SHADES[shade - 1] if shade else ""


def _widths(columns: Sequence[Sequence[str]]) -> list[float]:
    """How much of the page each column gets: what it asks for, as far as there is room.

    Parameters
    ----------
    columns
        Of each the heading, then its cells.
    """
    needs = [max(_NARROWEST, *map(_longest_word, column)) for column in columns]
    wants = [
        max(need, *(min(_wide(text), _WIDEST) for text in column[1:]), _wide(column[0]) / 2)
        for need, column in zip(needs, columns, strict=True)
    ]
    while sum(wants) > _ACROSS:
        spare = [want - need for want, need in zip(wants, needs, strict=True)]
        if max(spare) < 1:
            break
        wants[spare.index(max(spare))] -= 1
    return wants


def _wide(text: str) -> float:
    """How wide a text is; a Chinese character counts two."""
    return sum(1 + (ord(sign) > 0x2E7F) for sign in text)


def _longest_word(text: str) -> float:
    """The widest part of a text that does not break, and a little room around it."""
    parts = re.split(r"[\s\u2e80-\U0010ffff]", text)
    return min(max(map(_wide, parts)) + 1.5, _UNBROKEN)


def _changes(changes: Changes, said: Briefing) -> dict[str, Any]:
    return {
        "title": changes.title,
        "layers": [_layer(one, said) for one in changes.layers],
        "settings": changes.settings,
        "empty": said.text("none"),
    }


def _layer(one: LayerNews, said: Briefing) -> dict[str, Any]:
    left = len(one.told) - MOST
    return {
        "label": one.label,
        "counts": one.counts,
        "told": [_told(news, said.lang) for news in one.told[:MOST]],
        "more": said.text("more_changes", count=left) if left > 0 else "",
    }


def _told(one: News, lang: str) -> dict[str, Any]:
    return {
        "kind": words.text(f"diff.kind.{one.change.kind}", lang),
        "subject": words.visible(one.subject),
        "lines": [words.visible(line) for line in one.lines],
    }
