"""Write the monthly report as one printable HTML file without scripts or network requests."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources

from gxq_geo import words
from gxq_geo.documents.drawing import svg
from gxq_geo.documents.monthly_report import charts
from gxq_geo.documents.monthly_report.content import (
    Changes,
    MonthlyReport,
    Part,
    PivotTable,
    Section,
    Tile,
)
from gxq_geo.questions.tables import display_text
from gxq_geo.versions.wording import ChangeText

# The greatest number of changes listed per layer; the workbook has all of them.
MAX_CHANGES = 40
# Number of shades of the cells of a pivot table.
SHADES = 5
# A column of texts up to this width has no line breaks; a Chinese character counts as two.
_SHORT = 16


def to_html(report: MonthlyReport) -> bytes:
    """Return the report as an HTML page."""
    style = _style(report)
    policy = f"default-src 'none'; style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{svg.escape(f'{report.title} {report.zone}')}</title><style>{style}</style>"
    )
    body = "\n".join(_body(report))
    lang = words.tag(report.lang)
    html = f'<html lang="{lang}"><head>{head}</head>\n<body>\n{body}\n</body></html>'
    return f"<!doctype html>\n{html}\n".encode()


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _style(report: MonthlyReport) -> str:
    """The style sheet with the colours of ``style.toml`` and the banner of each printed page."""
    tokens = words.data("style")["tokens"]["light"]
    colors = "".join(f"--{name}:{value};" for name, value in tokens.items())
    sheet = (resources.files(__package__) / "web" / "report.css").read_text("utf-8")
    banner = report.banner.replace("\\", "").replace('"', "").replace("<", "")
    font = f"color:{tokens['accent']};font:600 9pt sans-serif"
    return f':root{{{colors}}}@page{{@top-center{{content:"{banner}";{font}}}}}\n{sheet}'


def _body(report: MonthlyReport) -> Iterator[str]:
    yield _tag("p", report.banner, class_="band")
    yield "<main>"
    yield f"<header>{_tag('h1', report.title)}{_tag('p', report.subtitle)}</header>"
    for heading, text in report.notices:
        yield f'<p class="notice">{_tag("b", heading) if heading else ""} {svg.escape(text)}</p>'
    yield f'<dl class="tiles">{"".join(_tile(tile, report) for tile in report.tiles)}</dl>'
    if report.changes:
        yield from _changes(report.changes, report)
    for section in report.sections:
        yield from _section(section, report)
    yield "</main>"


def _tag(name: str, text: str = "", **attributes: object) -> str:
    """Return an element that contains a text."""
    return svg.element(name, svg.escape(text) or " ", **attributes)


def _tile(tile: Tile, report: MonthlyReport) -> str:
    text = report.comparison(tile)
    comparison = _tag("dd", text, class_="was") if text else ""
    return f"<div>{_tag('dt', tile.label)}{_tag('dd', display_text(tile.value))}{comparison}</div>"


def _section(section: Section, report: MonthlyReport) -> Iterator[str]:
    yield f'<section id="{section.key}">{_tag("h2", section.title)}'
    for part in section.parts:
        yield from _part(part, report)
    if section.notes:
        yield "".join(_tag("p", note, class_="note") for note in section.notes)
    yield "</section>"


def _part(part: Part, report: MonthlyReport) -> Iterator[str]:
    yield "<figure>"
    yield _tag("figcaption", part.title)
    if part.chart:
        yield charts.draw(part.chart).decode()
    if part.pivot:
        yield _pivot_table(part.pivot)
    elif part.cells:
        yield _table(part.labels, part.cells, part.numeric)
    else:
        yield _tag("p", report.text("none"), class_="none")
    if part.omitted and not part.pivot:
        more = report.text("more", count=part.omitted, question=part.question, table=part.table)
        yield _tag("p", more, class_="more")
    yield "</figure>"


def _table(labels: Sequence[str], cells: Sequence[Sequence[str]], numeric: Sequence[bool]) -> str:
    classes = [
        "right" if right else "short" if max(map(_width, column)) <= _SHORT else None
        for right, column in zip(numeric, zip(*cells, strict=True), strict=True)
    ]
    header = _row("th", labels, ["right" if right else None for right in numeric])
    return _html_table(header, (_row("td", row, classes) for row in cells))


def _row(name: str, texts: Sequence[str], classes: Sequence[str | None]) -> str:
    scope = "col" if name == "th" else None
    pairs = zip(texts, classes, strict=True)
    cells = "".join(_tag(name, text, class_=class_, scope=scope) for text, class_ in pairs)
    return f"<tr>{cells}</tr>"


def _html_table(header: str, rows: Iterable[str]) -> str:
    body = "\n".join(rows)
    table = f"<table><thead>{header}</thead><tbody>\n{body}\n</tbody></table>"
    return f'<div class="wide">{table}</div>'


def _width(text: str) -> int:
    """The width of a text in Latin letters; a Chinese character counts as two."""
    return sum(1 + (ord(char) > 0x2E7F) for char in text)


def _pivot_table(pivot: PivotTable) -> str:
    """A pivot table; a cell is the darker, the larger its value."""
    header = _row("th", ("", *pivot.columns), [None, *("right" for _ in pivot.columns)])
    rows = (
        _row(
            "td", (name, *map(display_text, row)), [None, *(_shade(value, pivot) for value in row)]
        )
        for name, row in zip(pivot.rows, pivot.cells, strict=True)
    )
    return _html_table(header, rows)


def _shade(value: float | None, pivot: PivotTable) -> str:
    shade = pivot.shade(value, SHADES)
    return f"right shade-{shade}" if shade else "right"


def _changes(changes: Changes, report: MonthlyReport) -> Iterator[str]:
    yield f'<section id="changes">{_tag("h2", changes.title)}'
    if not changes.layers and not changes.settings:
        yield _tag("p", report.text("none"), class_="none")
    for layer in changes.layers:
        yield f"<h3>{svg.escape(layer.label)} {_tag('small', layer.counts)}</h3>"
        items = "".join(_item(item, report) for item in layer.items[:MAX_CHANGES])
        yield f'<ul class="news">{items}</ul>'
        if omitted := len(layer.items) - MAX_CHANGES:
            more = report.text("more_changes", count=omitted)
            yield _tag("p", more, class_="more") if omitted > 0 else ""
    if changes.settings:
        yield _tag("p", changes.settings, class_="more")
    yield "</section>"


def _item(item: ChangeText, report: MonthlyReport) -> str:
    kind = words.text(f"diff.kind.{item.change.kind}", report.lang)
    lines = "".join(_tag("span", words.visible(line)) for line in item.lines)
    subject = _tag("b", words.visible(item.subject))
    return f'<li class="{item.change.kind}">{_tag("i", kind)} {subject}{lines}</li>'
