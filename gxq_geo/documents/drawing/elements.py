"""What stands beside a map: scale bar, north arrow, swatches, the code of a link."""

from collections.abc import Iterator

import segno
import shapely

from gxq_geo.documents.drawing import svg
from gxq_geo.documents.drawing.atlas import Atlas
from gxq_geo.documents.drawing.drawing import Canvas
from gxq_geo.documents.drawing.plane import Plane
from gxq_geo.documents.drawing.styles import Fill
from gxq_geo.documents.drawing.type import Bounds, Face, Label, row
from gxq_geo.schemas.display import Speaker, plain


def scale_bar(
    plane: Plane, face: Face, speaker: Speaker, *, at: tuple[float, float], longest: float
) -> Label:
    """A bar of four pieces with its distances; ``at`` is its lower left corner, in mm."""
    metres, length = plane.bar(longest)
    left, bottom = at
    thick, size = 0.42 * face.size, face.size
    top = bottom - thick
    parts = [
        svg.element("rect", x=left - 0.3, y=top - 0.3, width=length + 0.6, height=thick + 0.6,
                    fill=face.ground)
    ]  # fmt: skip
    parts += [
        svg.element(
            "rect", x=left + k * length / 4, y=top, width=length / 4, height=thick,
            fill=face.ground if k % 2 else face.color, stroke=face.color, stroke_width=0.15,
        )
        for k in range(4)
    ]  # fmt: skip
    unit, by = ("km", 1000) if metres >= 1000 else ("m", 1)
    middle = top - 0.85 * size
    marks = [
        row("0", face, left, middle),
        row(plain(metres / 2 / by), face, left + length / 2, middle),
        row(f"{plain(metres / by)} {speaker.unit(unit)}", face, left + length, middle),
    ]
    boxes = [mark.boxes[0] for mark in marks]
    box = (min(b[0] for b in boxes), boxes[0][1], max(b[2] for b in boxes), bottom)
    markup = "".join([*parts, *(mark.markup for mark in marks)])
    return Label(" ".join(mark.text for mark in marks), (box,), lambda: markup)


def north_arrow(text: str, face: Face, x: float, bottom: float) -> Label:
    """An arrow that points up, with the word for north; ``x`` is its middle."""
    size = face.size
    half, high = 0.55 * size, 1.7 * size
    tip = bottom - high
    left = f"M{svg.number(x)} {svg.number(tip)}L{svg.number(x - half)} {svg.number(bottom)}"
    left += f"L{svg.number(x)} {svg.number(bottom - 0.4 * size)}Z"
    right = left.replace(svg.number(x - half), svg.number(x + half), 1)
    edge = {"stroke": face.color, "stroke_width": 0.06 * size}
    markup = svg.element("path", d=left, fill=face.color, **edge)
    markup += svg.element("path", d=right, fill=face.ground, **edge)
    word = row(text, face, x, tip - 0.75 * size)
    box: Bounds = (
        min(word.boxes[0][0], x - half), word.boxes[0][1], max(word.boxes[0][2], x + half), bottom,
    )  # fmt: skip
    return Label(text, (box,), lambda: markup + word.markup)


SWATCH_MM = (4.6, 3.1)


def swatches(atlas: Atlas) -> dict[str, bytes]:
    """How a site of each status looks: ``status-available.svg`` …"""
    ink = atlas.ink
    return {f"status-{name}.svg": swatch(atlas, ink.status(name)) for name in atlas.statuses}


def swatch(atlas: Atlas, fill: Fill, size: tuple[float, float] = SWATCH_MM) -> bytes:
    """How a fill looks, for a legend."""
    width, height = size
    plane = Plane((0.0, 0.0), size, 1000.0, height / 11)
    canvas = Canvas(atlas, plane)
    edge = 0.12
    box = shapely.box(edge, edge, width - edge, height - edge)
    parts = [svg.element("path", d=svg.path(box), fill=fill.color)]
    for color, marks in atlas.ink.marks(fill, box, plane.px):
        if fill.pattern == "dots":
            parts += canvas.stroke(marks, color, atlas.ink.style["patterns"]["dots"]["width"])
        else:
            parts += canvas.fill(marks, color)
    if fill.edge:
        parts += canvas.stroke(box, fill.edge, 0.9)
    return svg.document(parts, size)


def legend(atlas: Atlas, softly: float) -> dict[str, bytes]:
    """How everything on a wall map looks; ``softly`` is the opacity of sector zoning."""
    ink = atlas.ink
    fills = {f"sector-{k}": ink.sector([one], softly) for k, one in enumerate(atlas.sectors)}
    fills |= {f"use-{name}": ink.use(name, softly) for name in ink.uses}
    fills["mixed"] = ink.sector(atlas.sectors[:2] or [""], softly)
    fills |= {name: Fill(ink.token(name)) for name in ("water", "green")}
    zoned = {f"{name}.svg": swatch(atlas, fill) for name, fill in fills.items()}
    lines = {f"{name}.svg": svg.document(marks, SWATCH_MM) for name, marks in _lines(atlas)}
    return {**swatches(atlas), **zoned, **lines}


def _lines(atlas: Atlas) -> Iterator[tuple[str, list[str]]]:
    """How edges and lines look, each drawn across a swatch."""
    width, height = SWATCH_MM
    canvas = Canvas(atlas, Plane((0.0, 0.0), SWATCH_MM, 40_000.0, height / 13, atlas.lat))
    style, token = canvas.style, atlas.ink.token
    line = shapely.LineString([(0, height / 2), (width, height / 2)])
    edge = style["edges"]["subdistrict"]
    yield "subdistricts", list(canvas.stroke(line, token("sub"), edge["width"], edge["dash"]))
    edge = style["edges"]["frame"]
    yield "zone_frame", list(canvas.stroke(line, token("frame"), edge["width"], edge["dash"]))
    box = shapely.box(0.2, 0.2, width - 0.2, height - 0.2)
    body = canvas.fill(box, token("parkfill"))
    yield "parks", [*body, *canvas.stroke(box, token("park"), style["edges"]["park"]["width"])]
    rail = style["railways"]["conventional"]
    yield "railways", list(canvas.stroke(line, token("rail"), rail["width"], rail["dash"]))
    for name in ("expressway", "national", "avenue"):
        spec = style["roads"][name]
        wide = canvas.width(spec["width"])
        casing = canvas.stroke(line, token(spec["casing"]), wide + 1.6)
        yield f"road-{name}", [*casing, *canvas.stroke(line, token(spec["fill"]), wide)]


def code(link: str, color: str) -> bytes:
    """The QR code of a link, one path; the paper around it is its quiet zone."""
    made = segno.make(link, error="m", micro=False, boost_error=False)
    runs = []
    for y, line in enumerate(made.matrix):
        x = 0
        while x < len(line):
            start = x
            while x < len(line) and line[x]:
                x += 1
            if x > start:
                runs.append(f"M{start} {y}h{x - start}v1H{start}Z")
            x += 1
    side = len(made.matrix)
    path = svg.element("path", d="".join(runs), fill=color, shape_rendering="crispEdges")
    return svg.document([path], (side, side))
