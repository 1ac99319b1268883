"""Words on a map: how wide they are, and how they are set.

Widths are upper bounds over the Chinese sans fonts in use, so that what is kept apart by them
stays apart in each of the fonts; a test measures them against the glyphs that a PDF holds.
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
"""Of a row of Chinese and Latin letters, in em, above and below the line that they stand on."""

_MIDDLE = (ASCENT - DESCENT) / 2


@dataclass(frozen=True, slots=True)
class Face:
    """How words are set, in mm: size, weight, spacing between letters, colour, halo."""

    size: float
    weight: int
    spacing: float
    color: str
    halo: float
    ground: str
    italic: bool = False

    def width(self, text: str) -> float:
        """The width of a row of words."""
        bold = 1.04 if self.weight >= 600 else 1.0
        own = sum(1.0 if _is_full(ch) else _latin(ch) * bold for ch in text)
        return own * self.size + max(0, len(text) - 1) * self.spacing


def face(spec: Mapping[str, Any], token: Any, px: float, **changes: Any) -> Face:
    """A face as ``[labels]`` of the style says, a css px being so many mm."""
    made = Face(
        size=spec["size"] * px,
        weight=700 if spec["weight"] >= 600 else 400,
        spacing=spec["spacing"] * px,
        color=token(spec["ink"]),
        halo=spec["halo"] * px,
        ground=token("halo"),
        italic=bool(spec.get("italic")),
    )
    return replace(made, **changes)


def _is_full(ch: str) -> bool:
    return ch >= "\u2e80" or ch in "—…“”‘’"


def _latin(ch: str) -> float:
    if ch in _NARROW:
        return 0.36
    if ch in _WIDE:
        return 0.92
    return 0.68 if ch.isupper() else 0.585


def is_chinese(text: str) -> bool:
    """Whether most of the letters are as wide as they are high."""
    return 2 * sum(map(_is_full, text)) > len(text)


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place: what they cover, and what writes them, if the place is free."""

    text: str
    boxes: tuple[Bounds, ...]
    write: Callable[[], str]

    @property
    def markup(self) -> str:
        """Elements of an SVG."""
        return self.write()


def row(text: str, face: Face, x: float, y: float, *, anchor: str = "middle") -> Label:
    """Words on one line: ``x`` their middle, start or end, ``y`` the middle of their height."""
    width = face.width(text)
    left = {"middle": x - width / 2, "start": x, "end": x - width}[anchor]
    box = (left, y - face.size * 0.56, left + width, y + face.size * 0.56)
    # The last letter is followed by a space, too, which would push the words to the left.
    shift = face.spacing / 2 if anchor == "middle" else 0.0
    at = (x + shift, y + face.size * _MIDDLE)
    return Label(text, (box,), partial(_text, text, face, *at, text_anchor=anchor))


def rows(lines: list[tuple[str, Face]], x: float, y: float, *, leading: float = 1.22) -> Label:
    """Lines beneath each other around a middle."""
    heights = [face.size * leading for _, face in lines]
    top = y - sum(heights) / 2
    parts = []
    for (text, face), height in zip(lines, heights, strict=True):
        parts.append(row(text, face, x, top + height / 2))
        top += height
    boxes = [part.boxes[0] for part in parts]
    around = (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
    said = " ".join(text for text, _ in lines)
    return Label(said, (around,), lambda: "\n".join(part.markup for part in parts))


def turned(text: str, face: Face, x: float, y: float, angle: float) -> Label:
    """Words along a line through their middle, so many degrees clockwise."""
    if is_chinese(text) and abs(angle) > 55:
        return upright(text, face, x, y)
    # Words on a line that runs north are read upwards.
    angle = angle - 180 if angle > 80 else angle
    width, radians = face.width(text), math.radians(angle)
    step, half = face.size, face.size * 0.6
    count = max(1, math.ceil(width / step))
    boxes = []
    for k in range(count):
        along = (k + 0.5) / count * width - width / 2
        cx, cy = x + along * math.cos(radians), y + along * math.sin(radians)
        boxes.append((cx - half, cy - half, cx + half, cy + half))
    lean = " skewX(-10)" if face.italic else ""
    transform = f"translate({svg.number(x)} {svg.number(y)}) rotate({svg.number(angle)}){lean}"
    at = (face.spacing / 2, face.size * _MIDDLE)
    write = partial(_text, text, face, *at, text_anchor="middle", transform=transform)
    return Label(text, tuple(boxes), write)


def upright(text: str, face: Face, x: float, y: float) -> Label:
    """Chinese letters beneath each other, as on a line that runs north."""
    height = face.width(text)
    half = face.size * 0.56
    top = y - height / 2
    write = partial(_text, text, face, x, top, writing_mode="tb", text_anchor="start")
    return Label(text, ((x - half, top, x + half, top + height),), write)


def _text(text: str, face: Face, x: float, y: float, **attributes: object) -> str:
    if face.halo:
        attributes |= {
            "stroke": face.ground,
            "stroke_width": face.halo,
            "paint_order": "stroke",
        }
    return svg.element(
        "text",
        svg.words(text),
        x=x,
        y=y,
        fill=face.color,
        font_size=face.size,
        font_weight=face.weight,
        letter_spacing=face.spacing or None,
        **attributes,
    )
