"""Bar charts as SVG: one bar per row, stacked if there is more than one series."""

from collections.abc import Iterator

from gxq_geo.documents.drawing import svg
from gxq_geo.documents.drawing.styles import Palette, readable
from gxq_geo.documents.monthly_report.content import Chart
from gxq_geo.questions.tables import display_text

# Lengths in CSS px: width of the chart; height of a row and of its bar; gap; font size.
WIDTH = 880.0
_ROW, _BAR, _GAP, _SIZE = 24.0, 15.0, 8.0, 12.0
# The greatest width of row names, and the space for the value after a single bar.
_NAMES, _VALUE = 270.0, 90.0
# A value stands inside a segment only if the segment is this much wider than the text.
_PADDING = 6.0
_token = Palette(()).token


def draw(chart: Chart, *, font: str | None = None) -> bytes:
    """Return a chart as an SVG document.

    Parameters
    ----------
    chart
        The chart.
    font
        Font family; by default the font of the surrounding page.
    """
    header = _ROW if _is_stacked(chart) or chart.title else 0.0
    height = header + _ROW * len(chart.names) + 2
    body = "".join([*(_legend(chart) if header else ()), *_rows(chart, header)])
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
    left = min(max(map(_width, chart.names)), _NAMES) + _GAP
    sums = [sum(v or 0 for _, values in chart.series if (v := values[k]))
            for k in range(len(chart.names))]  # fmt: skip
    available = WIDTH - left - (_VALUE if len(chart.series) == 1 else _GAP)
    scale = available / (max(sums, default=0) or 1)
    for row, name in enumerate(chart.names):
        y = top + row * _ROW
        yield _text(_shortened(name), left - _GAP, y, anchor="end", color=_token("ink"))
        x = left
        for (_, values), color in zip(chart.series, chart.colors, strict=True):
            width = (values[row] or 0) * scale
            yield from _bar(
                values[row], x, y, width=width, color=_token(color), stacked=_is_stacked(chart)
            )
            x += width
    yield svg.element(
        "path", d=f"M{svg.number(left)} {svg.number(top)}v{svg.number(_ROW * len(chart.names))}",
        stroke=_token("ink3"), fill="none",
    )  # fmt: skip


def _is_stacked(chart: Chart) -> bool:
    return len(chart.series) > 1


def _bar(
    value: float | None, x: float, y: float, *, width: float, color: str, stacked: bool
) -> Iterator[str]:
    top = y + (_ROW - _BAR) / 2
    if width:
        yield svg.element("rect", x=x, y=top, width=width, height=_BAR, fill=color)
    text = display_text(value)
    if not stacked:
        yield _text(text, x + width + 5, y, anchor="start", color=_token("ink2"))
    elif value and _width(text) + _PADDING <= width:
        text_color = readable(color, _token("ink"), _token("panel"))
        yield _text(text, x + width / 2, y, anchor="middle", color=text_color)


def _legend(chart: Chart) -> Iterator[str]:
    if not _is_stacked(chart):
        yield _text(chart.title, 0, 0, anchor="start", color=_token("ink2"))
        return
    x = 0.0
    for (name, _), color in zip(chart.series, chart.colors, strict=True):
        yield svg.element(
            "rect", x=x, y=(_ROW - 11) / 2, width=11.0, height=11.0, fill=_token(color)
        )
        yield _text(name, x + 16, 0, anchor="start", color=_token("ink2"))
        x += 16 + _width(name) + 2 * _GAP


def _text(text: str, x: float, y: float, *, anchor: str, color: str) -> str:
    baseline = y + _ROW / 2 + _SIZE * 0.36
    return svg.element("text", svg.escape(text), x=x, y=baseline, text_anchor=anchor, fill=color)


def _width(text: str) -> float:
    """An upper bound of the width of a text, in px."""
    return sum(_SIZE if ord(char) > 0x2E7F else _SIZE * 0.58 for char in text)


def _shortened(text: str) -> str:
    """Truncate a name to the greatest width of row names."""
    if _width(text) <= _NAMES:
        return text
    while text and _width(text) > _NAMES - _SIZE:
        text = text[:-1]
    return f"{text}…"
