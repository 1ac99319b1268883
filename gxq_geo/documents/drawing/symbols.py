"""Symbols on a printed map: stations and airports, road shields, the callout of a site."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from gxq_geo.documents.drawing import svg
from gxq_geo.documents.drawing.styles import Palette
from gxq_geo.documents.drawing.text import Bounds, Label, TextStyle, text_line

# Width and height of the field of a glyph, see [symbols.glyphs] in style.toml.
_FIELD = 18.0

Token = Callable[[str], str]


def station_symbol(kind: str, x: float, y: float, size: float, palette: Palette) -> Label:
    """Return the symbol of a station, centred on a point; lengths in mm."""
    token, glyphs = palette.token, palette.style["symbols"]["glyphs"]
    left, top, scale = x - size / 2, y - size / 2, size / _FIELD
    field = {"x": 0.6, "y": 0.6, "width": _FIELD - 1.2, "height": _FIELD - 1.2, "rx": 4.0}
    halo = svg.element("rect", **field, fill="none", stroke=token("halo"), stroke_width=3.0)
    plate = svg.element(
        "rect", **field, fill=token("panel"), stroke=token("ink2"), stroke_width=1.2
    )
    glyph = svg.element(
        "path", d=glyphs.get(kind, glyphs["rail"]), fill="none", stroke=token("ink2"),
        stroke_width=1.2,
    )  # fmt: skip
    transform = f"translate({svg.number(left)} {svg.number(top)}) scale({scale:.4f})"
    box: Bounds = (left, top, left + size, top + size)
    return Label("", (box,), lambda: svg.element("g", halo + plate + glyph, transform=transform))


def road_shield(
    text: str, style: TextStyle, x: float, y: float, token: Token, *, solid: bool
) -> Label:
    """Return the shield with a road number; ``solid`` fills it, as for expressways."""
    width, height = style.width(text) + 0.8 * style.size, 1.4 * style.size
    dark, light = token("shield"), token("panel")
    box: Bounds = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    plate = svg.element(
        "rect", x=box[0], y=box[1], width=width, height=height, rx=0.25 * style.size,
        fill=dark if solid else light, stroke=light if solid else dark,
        stroke_width=0.09 * style.size,
    )  # fmt: skip
    return Label(text, (box,), lambda: plate + text_line(text, style, x, y).markup)


def callout(
    texts: Sequence[tuple[str, TextStyle]], at: Bounds, token: Token, frame: Bounds
) -> Label:
    """Return a callout that points at a feature, above it, or below where there is no space.

    Parameters
    ----------
    texts
        Texts that stand side by side in the callout; they shrink to fit into the frame.
    at
        Bounds of the feature in mm.
    token
        A function that returns the colour of a token.
    frame
        Bounds in mm that the callout stays in.
    """
    size = texts[0][1].size
    available = frame[2] - frame[0] - 1.4 * size
    parts = [(text, style) for text, style in texts if text]
    gap = 0.55 * size
    inner = sum(style.width(text) for text, style in parts) + gap * (len(parts) - 1)
    scale = min(1.0, available / inner)
    width, height, tip = inner * scale + 1.4 * size, 1.9 * size, 0.75 * size
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
    for text, style in parts:
        scaled = replace(style, size=style.size * scale)
        marks.append(text_line(text, scaled, x, top + height / 2, anchor="start").markup)
        x += scaled.width(text) + gap * scale
    box = (left, min(top, point), left + width, max(top + height, point))
    return Label(" ".join(text for text, _ in parts), (box,), lambda: "".join(marks))


def _plate(at: Bounds, size: float, token: Token) -> str:
    """A rounded rectangle at (left, top, width, height)."""
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
