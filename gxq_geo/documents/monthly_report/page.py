"""The report as one HTML file: no script, no request, and made to be printed."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources

from gxq_geo import words
from gxq_geo.documents.drawing import svg
from gxq_geo.documents.monthly_report import charts
from gxq_geo.documents.monthly_report.content import Briefing, Changes, Grid, Part, Section, Tile
from gxq_geo.questions.tables import shown
from gxq_geo.versions.wording import News

# So many changes of a layer are listed; the workbook has all.
MOST = 40
# A grid's figures are told apart by so many shades.
SHADES = 5
# A column of texts no wider than this does not break them; a Chinese character counts two.
_SHORT = 16


def to_html(said: Briefing) -> bytes:
    """The report as a page."""
    style = _style(said)
    policy = f"default-src 'none'; style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{svg.words(f'{said.title} {said.zone}')}</title><style>{style}</style>"
    )
    body = "\n".join(_body(said))
    html = (
        f'<html lang="{words.tag(said.lang)}"><head>{head}</head>\n<body>\n{body}\n</body></html>'
    )
    return f"<!doctype html>\n{html}\n".encode()


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _style(said: Briefing) -> str:
    """The style sheet, with the colours of the style, and the band on each printed page."""
    tokens = words.data("style")["tokens"]["light"]
    colors = "".join(f"--{name}:{value};" for name, value in tokens.items())
    sheet = (resources.files(__package__) / "web" / "report.css").read_text("utf-8")
    band = said.band.replace("\\", "").replace('"', "").replace("<", "")
    look = f"color:{tokens['accent']};font:600 9pt sans-serif"
    return f':root{{{colors}}}@page{{@top-center{{content:"{band}";{look}}}}}\n{sheet}'


def _body(said: Briefing) -> Iterator[str]:
    yield _tag("p", said.band, class_="band")
    yield "<main>"
    yield f"<header>{_tag('h1', said.title)}{_tag('p', said.subtitle)}</header>"
    for head, words_ in said.notices:
        yield f'<p class="notice">{_tag("b", head) if head else ""} {svg.words(words_)}</p>'
    yield f'<dl class="tiles">{"".join(_tile(one, said) for one in said.tiles)}</dl>'
    if said.changes:
        yield from _changes(said.changes, said)
    for section in said.sections:
        yield from _section(section, said)
    yield "</main>"


def _tag(name: str, text: str = "", **attributes: object) -> str:
    """An element with a text in it."""
    return svg.element(name, svg.words(text) or " ", **attributes)


def _tile(one: Tile, said: Briefing) -> str:
    before = said.before(one)
    was = _tag("dd", before, class_="was") if before else ""
    return f"<div>{_tag('dt', one.label)}{_tag('dd', shown(one.value))}{was}</div>"


def _section(section: Section, said: Briefing) -> Iterator[str]:
    yield f'<section id="{section.key}">{_tag("h2", section.title)}'
    for part in section.parts:
        yield from _part(part, said)
    if section.notes:
        yield "".join(_tag("p", note, class_="note") for note in section.notes)
    yield "</section>"


def _part(part: Part, said: Briefing) -> Iterator[str]:
    yield "<figure>"
    yield _tag("figcaption", part.title)
    if part.chart:
        yield charts.draw(part.chart).decode()
    if part.grid:
        yield _grid(part.grid)
    elif part.cells:
        yield _table(part.labels, part.cells, part.numeric)
    else:
        yield _tag("p", said.text("none"), class_="none")
    if part.left_out and not part.grid:
        rest = said.text("more", count=part.left_out, question=part.question, table=part.table)
        yield _tag("p", rest, class_="more")
    yield "</figure>"


def _table(labels: Sequence[str], cells: Sequence[Sequence[str]], numeric: Sequence[bool]) -> str:
    looks = [
        "right" if right else "short" if max(map(_wide, column)) <= _SHORT else None
        for right, column in zip(numeric, zip(*cells, strict=True), strict=True)
    ]
    head = _row("th", labels, ["right" if right else None for right in numeric])
    return _whole(head, (_row("td", row, looks) for row in cells))


def _row(name: str, texts: Sequence[str], looks: Sequence[str | None]) -> str:
    scope = "col" if name == "th" else None
    pairs = zip(texts, looks, strict=True)
    cells = "".join(_tag(name, text, class_=look, scope=scope) for text, look in pairs)
    return f"<tr>{cells}</tr>"


def _whole(head: str, rows: Iterable[str]) -> str:
    body = "\n".join(rows)
    table = f"<table><thead>{head}</thead><tbody>\n{body}\n</tbody></table>"
    return f'<div class="wide">{table}</div>'


def _wide(text: str) -> int:
    """How wide a text is, a Chinese character counting two."""
    return sum(1 + (ord(sign) > 0x2E7F) for sign in text)


def _grid(grid: Grid) -> str:
    """The shade of a cell tells how large its figure is beside the largest."""
    head = _row("th", ("", *grid.columns), [None, *("right" for _ in grid.columns)])
    rows = (
        _row("td", (name, *map(shown, row)), [None, *(_shade(one, grid) for one in row)])
        for name, row in zip(grid.rows, grid.cells, strict=True)
    )
    return _whole(head, rows)


def _shade(value: float | None, grid: Grid) -> str:
    shade = grid.shade(value, SHADES)
    return f"right shade-{shade}" if shade else "right"


def _changes(changes: Changes, said: Briefing) -> Iterator[str]:
    yield f'<section id="changes">{_tag("h2", changes.title)}'
    if not changes.layers and not changes.settings:
        yield _tag("p", said.text("none"), class_="none")
    for one in changes.layers:
        yield f"<h3>{svg.words(one.label)} {_tag('small', one.counts)}</h3>"
        yield f'<ul class="news">{"".join(_item(news, said) for news in one.told[:MOST])}</ul>'
        if left := len(one.told) - MOST:
            yield (
                _tag("p", said.text("more_changes", count=left), class_="more") if left > 0 else ""
            )
    if changes.settings:
        yield _tag("p", changes.settings, class_="more")
    yield "</section>"


def _item(one: News, said: Briefing) -> str:
    kind = words.text(f"diff.kind.{one.change.kind}", said.lang)
    told = "".join(_tag("span", words.visible(line)) for line in one.lines)
    subject = _tag("b", words.visible(one.subject))
    return f'<li class="{one.change.kind}">{_tag("i", kind)} {subject}{told}</li>'
