"""Signs on a map, in one family: stations and airports, road numbers, the flag of a record."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from gxq_geo.documents.drawing import svg
from gxq_geo.documents.drawing.type import Bounds, Face, Label, row

_FIELD = 18.0
# Strokes in the field of 18 by 18; those of web/symbols.js, so that screen and paper agree.
GLYPHS = {
    "rail": "M6 4.6h6v6.6H6zM6 8h6M7.2 13.6l-1 1.6M10.8 13.6l1 1.6M6.6 12.4h4.8",
    "high_speed": "M5 11.6c0-4 1.6-6.8 4-6.8s4 2.8 4 6.8zM6.2 8.6h5.6M7 13.8l-1 1.4M11 13.8l1 1.4",
    "airport": "M9 3.6v10.6M9 7.2l-5 3.4M9 7.2l5 3.4M9 12.6l-2.2 1.9M9 12.6l2.2 1.9",
}

Token = Callable[[str], str]


def sign(kind: str, x: float, y: float, size: float, token: Token) -> Label:
    """The sign of a station around a middle."""
    left, top, scale = x - size / 2, y - size / 2, size / _FIELD
    field = {"x": 0.6, "y": 0.6, "width": _FIELD - 1.2, "height": _FIELD - 1.2, "rx": 4.0}
    halo = svg.element("rect", **field, fill="none", stroke=token("halo"), stroke_width=3.0)
    plate = svg.element(
        "rect", **field, fill=token("panel"), stroke=token("ink2"), stroke_width=1.2
    )
    glyph = svg.element(
        "path", d=GLYPHS.get(kind, GLYPHS["rail"]), fill="none", stroke=token("ink2"),
        stroke_width=1.2,
    )  # fmt: skip
    transform = f"translate({svg.number(left)} {svg.number(top)}) scale({scale:.4f})"
    box: Bounds = (left, top, left + size, top + size)
    return Label("", (box,), lambda: svg.element("g", halo + plate + glyph, transform=transform))


def shield(text: str, face: Face, x: float, y: float, token: Token, *, solid: bool) -> Label:
    """The number of a road on its plate; an expressway's is filled."""
    width, height = face.width(text) + 0.8 * face.size, 1.4 * face.size
    dark, light = token("shield"), token("panel")
    box: Bounds = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    plate = svg.element(
        "rect", x=box[0], y=box[1], width=width, height=height, rx=0.25 * face.size,
        fill=dark if solid else light, stroke=light if solid else dark,
        stroke_width=0.09 * face.size,
    )  # fmt: skip
    return Label(text, (box,), lambda: plate + row(text, face, x, y).markup)


def flag(said: Sequence[tuple[str, Face]], at: Bounds, token: Token, frame: Bounds) -> Label:
    """Which record it is: a plate with a pointer, above the shape at `at` or, without room, below.

    ``said`` stands side by side on the plate, smaller where it would not fit into the frame.
    """
    size = said[0][1].size
    room = frame[2] - frame[0] - 1.4 * size
    parts = [(text, one) for text, one in said if text]
    gap = 0.55 * size
    inner = sum(one.width(text) for text, one in parts) + gap * (len(parts) - 1)
    shrunk = min(1.0, room / inner)
    width, height, tip = inner * shrunk + 1.4 * size, 1.9 * size, 0.75 * size
    middle = (at[0] + at[2]) / 2
    left = min(max(middle - width / 2, frame[0]), frame[2] - width)
    above = at[1] - tip - height > frame[1]
    top = at[1] - tip - height if above else min(at[3] + tip, frame[3] - height)
    edge, point = (top + height, at[1]) if above else (top, at[3])
    pin = min(max(middle, left + size), left + width - size)
    marks = [
        _plate((left, top, width, height), size, token),
        _pointer(pin, edge, point, tip, token),
    ]
    x = left + 0.7 * size
    for text, one in parts:
        own = replace(one, size=one.size * shrunk)
        marks.append(row(text, own, x, top + height / 2, anchor="start").markup)
        x += own.width(text) + gap * shrunk
    box = (left, min(top, point), left + width, max(top + height, point))
    return Label(" ".join(text for text, _ in parts), (box,), lambda: "".join(marks))


def _plate(at: Bounds, size: float, token: Token) -> str:
    """A rounded plate: left, top, width, height."""
    x, y, width, height = at
    return svg.element(
        "rect", x=x, y=y, width=width, height=height, rx=0.28 * size, fill=token("accent"),
        stroke=token("panel"), stroke_width=0.22 * size, paint_order="stroke",
    )  # fmt: skip


def _pointer(x: float, edge: float, point: float, tip: float, token: Token) -> str:
    line = f"M{svg.number(x - tip / 1.6)} {svg.number(edge)}h{svg.number(1.25 * tip)}"
    return svg.element(
        "path", d=f"{line}L{svg.number(x)} {svg.number(point)}Z", fill=token("accent")
    )
