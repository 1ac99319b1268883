"""Charts as SVG: bars of one series, or of several side by side in one row."""

from collections.abc import Iterator

from gxq_geo.documents.drawing import svg
from gxq_geo.documents.drawing.styles import Ink
from gxq_geo.documents.monthly_report.content import Chart
from gxq_geo.questions.tables import shown

# In css px: the picture, a row and its bar, room between parts, letters.
WIDTH = 880.0
_ROW, _BAR, _GAP, _SIZE = 24.0, 15.0, 8.0, 12.0
# The names of the rows take no more than this; for a figure behind a bar so much is kept free.
_NAMES, _FIGURE = 270.0, 90.0
# A figure stands in a part of a bar only where that is so much wider.
_INSIDE = 6.0
# Up to this lightness a colour bears white letters.
_DARK = 140
_token = Ink(()).token


def draw(chart: Chart, *, font: str | None = None) -> bytes:
    """A chart as an SVG document.

    Parameters
    ----------
    font
        The family of the letters; by default whatever surrounds the picture has.
    """
    head = _ROW if _many(chart) or chart.title else 0.0
    height = head + _ROW * len(chart.names) + 2
    body = "".join([*(_legend(chart) if head else ()), *_rows(chart, head)])
    size = {"width": svg.number(WIDTH), "height": svg.number(height)}
    return svg.element(
        "svg",
        body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {size['width']} {size['height']}",
        **size,
        role="img",
        aria_label=" ".join(filter(None, [chart.title, *(name for name, _ in chart.series)])),
        font_family=font,
        font_size=_SIZE,
    ).encode()


def _rows(chart: Chart, top: float) -> Iterator[str]:
    left = min(max(map(_wide, chart.names)), _NAMES) + _GAP
    sums = [sum(v or 0 for _, values in chart.series if (v := values[k]))
            for k in range(len(chart.names))]  # fmt: skip
    room = WIDTH - left - (_FIGURE if len(chart.series) == 1 else _GAP)
    scale = room / (max(sums, default=0) or 1)
    for row, name in enumerate(chart.names):
        y = top + row * _ROW
        yield _text(_short(name), left - _GAP, y, anchor="end", color=_token("ink"))
        x = left
        for (_, values), color in zip(chart.series, chart.colors, strict=True):
            width = (values[row] or 0) * scale
            yield from _bar(
                values[row], x, y, width=width, color=_token(color), alone=not _many(chart)
            )
            x += width
    yield svg.element(
        "path", d=f"M{svg.number(left)} {svg.number(top)}v{svg.number(_ROW * len(chart.names))}",
        stroke=_token("ink3"), fill="none",
    )  # fmt: skip


def _many(chart: Chart) -> bool:
    return len(chart.series) > 1


def _bar(
    value: float | None, x: float, y: float, *, width: float, color: str, alone: bool
) -> Iterator[str]:
    top = y + (_ROW - _BAR) / 2
    if width:
        yield svg.element("rect", x=x, y=top, width=width, height=_BAR, fill=color)
    said = shown(value)
    if alone:
        yield _text(said, x + width + 5, y, anchor="start", color=_token("ink2"))
    elif value and _wide(said) + _INSIDE <= width:
        letters = "#FFFFFF" if _lightness(color) <= _DARK else _token("ink")
        yield _text(said, x + width / 2, y, anchor="middle", color=letters)


def _legend(chart: Chart) -> Iterator[str]:
    if not _many(chart):
        yield _text(chart.title, 0, 0, anchor="start", color=_token("ink2"))
        return
    x = 0.0
    for (name, _), color in zip(chart.series, chart.colors, strict=True):
        yield svg.element(
            "rect", x=x, y=(_ROW - 11) / 2, width=11.0, height=11.0, fill=_token(color)
        )
        yield _text(name, x + 16, 0, anchor="start", color=_token("ink2"))
        x += 16 + _wide(name) + 2 * _GAP


def _text(said: str, x: float, y: float, *, anchor: str, color: str) -> str:
    return svg.element(
        "text", svg.words(said), x=x, y=y + _ROW / 2 + _SIZE * 0.36, text_anchor=anchor, fill=color
    )


def _wide(text: str) -> float:
    """How wide some words are at most, in px."""
    return sum(_SIZE if ord(sign) > 0x2E7F else _SIZE * 0.58 for sign in text)


def _short(text: str) -> str:
    """As much of a name as has room."""
    if _wide(text) <= _NAMES:
        return text
    while text and _wide(text) > _NAMES - _SIZE:
        text = text[:-1]
    return f"{text}…"


def _lightness(color: str) -> float:
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue
