"""Measure and place text on a map, as SVG.

Text widths are upper bounds for the Chinese sans fonts in use, so that labels placed with them do
not overlap in any of these fonts; a test compares them with the glyphs in a PDF.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gxq_geo.documents.drawing import svg

Bounds = tuple[float, float, float, float]

_NARROW = frozenset("iljtfrI.,:;'|!()[] ·-/")
_WIDE = frozenset("MWmw%@&")

ASCENT, DESCENT = 0.90, 0.14
"""Height of Chinese and Latin letters above and below the baseline, in em."""

# From the vertical middle of a line down to its baseline, in em.
_BASELINE = (ASCENT - DESCENT) / 2


@dataclass(frozen=True, slots=True)
class TextStyle:
    """Size, letter spacing and halo width in mm, font weight, colours."""

    size: float
    weight: int
    spacing: float
    color: str
    halo: float
    halo_color: str
    italic: bool = False

    def width(self, text: str) -> float:
        """Return an upper bound of the width of a line of text, in mm."""
        bold = 1.04 if self.weight >= 600 else 1.0
        ems = sum(1.0 if _is_full_width(ch) else _latin_em(ch) * bold for ch in text)
        return ems * self.size + max(0, len(text) - 1) * self.spacing


def text_style(spec: Mapping[str, Any], token: Any, px: float, **changes: Any) -> TextStyle:
    """Return the text style of a table of ``[labels]`` in ``style.toml``.

    Parameters
    ----------
    spec
        The table, with lengths in CSS px.
    token
        A function that returns the colour of a token.
    px
        Size of a CSS px in mm.
    changes
        Attributes of `TextStyle` that differ from the table.
    """
    style = TextStyle(
        size=spec["size"] * px,
        weight=700 if spec["weight"] >= 600 else 400,
        spacing=spec["spacing"] * px,
        color=token(spec["ink"]),
        halo=spec["halo"] * px,
        halo_color=token("halo"),
        italic=bool(spec.get("italic")),
    )
    return replace(style, **changes)


def _is_full_width(ch: str) -> bool:
    return ch >= "\u2e80" or ch in "—…“”‘’"


def _latin_em(ch: str) -> float:
    if ch in _NARROW:
        return 0.36
    if ch in _WIDE:
        return 0.92
    return 0.68 if ch.isupper() else 0.585


def is_chinese(text: str) -> bool:
    """Whether most of the characters are full-width."""
    return 2 * sum(map(_is_full_width, text)) > len(text)


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a position: the boxes that it covers, in mm, and a function that writes it.

    The markup is written only when it is asked for, since many candidates find no free position.
    """

    text: str
    boxes: tuple[Bounds, ...]
    write: Callable[[], str]

    @property
    def markup(self) -> str:
        """The label as SVG elements."""
        return self.write()


def text_line(text: str, style: TextStyle, x: float, y: float, *, anchor: str = "middle") -> Label:
    """Place one line: ``x`` is its middle, start or end (``anchor``), ``y`` its vertical middle."""
    width = style.width(text)
    left = {"middle": x - width / 2, "start": x, "end": x - width}[anchor]
    box = (left, y - style.size * 0.56, left + width, y + style.size * 0.56)
    # Letter spacing is also added after the last letter, which would shift the text to the left.
    shift = style.spacing / 2 if anchor == "middle" else 0.0
    at = (x + shift, y + style.size * _BASELINE)
    return Label(text, (box,), partial(_text, text, style, *at, text_anchor=anchor))


def text_block(
    lines: list[tuple[str, TextStyle]], x: float, y: float, *, leading: float = 1.22
) -> Label:
    """Place lines below each other, centred on a point."""
    heights = [style.size * leading for _, style in lines]
    top = y - sum(heights) / 2
    parts = []
    for (text, style), height in zip(lines, heights, strict=True):
        parts.append(text_line(text, style, x, top + height / 2))
        top += height
    boxes = [part.boxes[0] for part in parts]
    around = (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
    joined = " ".join(text for text, _ in lines)
    return Label(joined, (around,), lambda: "\n".join(part.markup for part in parts))


def rotated_line(text: str, style: TextStyle, x: float, y: float, angle: float) -> Label:
    """Place one line rotated around its middle; ``angle`` is in degrees clockwise.

    A Chinese text on a steep line is written vertically instead.
    """
    if is_chinese(text) and abs(angle) > 55:
        return vertical_line(text, style, x, y)
    # A nearly vertical text reads upwards.
    angle = angle - 180 if angle > 80 else angle
    width, radians = style.width(text), math.radians(angle)
    step, half = style.size, style.size * 0.6
    count = max(1, math.ceil(width / step))
    boxes = []
    for k in range(count):
        along = (k + 0.5) / count * width - width / 2
        cx, cy = x + along * math.cos(radians), y + along * math.sin(radians)
        boxes.append((cx - half, cy - half, cx + half, cy + half))
    slant = " skewX(-10)" if style.italic else ""
    transform = f"translate({svg.number(x)} {svg.number(y)}) rotate({svg.number(angle)}){slant}"
    at = (style.spacing / 2, style.size * _BASELINE)
    write = partial(_text, text, style, *at, text_anchor="middle", transform=transform)
    return Label(text, tuple(boxes), write)


def vertical_line(text: str, style: TextStyle, x: float, y: float) -> Label:
    """Place Chinese characters below each other, centred on a point."""
    height = style.width(text)
    half = style.size * 0.56
    top = y - height / 2
    write = partial(_text, text, style, x, top, writing_mode="tb", text_anchor="start")
    return Label(text, ((x - half, top, x + half, top + height),), write)


def _text(text: str, style: TextStyle, x: float, y: float, **attributes: object) -> str:
    if style.halo:
        attributes |= {
            "stroke": style.halo_color,
            "stroke_width": style.halo,
            "paint_order": "stroke",
        }
    return svg.element(
        "text",
        svg.escape(text),
        x=x,
        y=y,
        fill=style.color,
        font_size=style.size,
        font_weight=style.weight,
        letter_spacing=style.spacing or None,
        **attributes,
    )
