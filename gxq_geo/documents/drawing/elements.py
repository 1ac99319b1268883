"""Map elements: scale bar, north arrow, legend swatches, QR code."""

from collections.abc import Iterator

import segno
import shapely

from gxq_geo.documents.drawing import svg
from gxq_geo.documents.drawing.layers import MapLayers
from gxq_geo.documents.drawing.renderer import MapRenderer
from gxq_geo.documents.drawing.styles import Fill
from gxq_geo.documents.drawing.text import Bounds, Label, TextStyle, text_line
from gxq_geo.documents.drawing.viewport import Viewport
from gxq_geo.schemas.display import ValueFormatter, plain


def scale_bar(
    viewport: Viewport,
    style: TextStyle,
    fmt: ValueFormatter,
    *,
    at: tuple[float, float],
    longest: float,
) -> Label:
    """Return a scale bar of four segments with its distances.

    ``at`` is its lower left corner, ``longest`` its maximal length, in mm.
    """
    metres, length = viewport.scale_bar(longest)
    left, bottom = at
    thick, size = 0.42 * style.size, style.size
    top = bottom - thick
    parts = [
        svg.element("rect", x=left - 0.3, y=top - 0.3, width=length + 0.6, height=thick + 0.6,
                    fill=style.halo_color)
    ]  # fmt: skip
    parts += [
        svg.element(
            "rect", x=left + k * length / 4, y=top, width=length / 4, height=thick,
            fill=style.halo_color if k % 2 else style.color, stroke=style.color, stroke_width=0.15,
        )
        for k in range(4)
    ]  # fmt: skip
    unit, divisor = ("km", 1000) if metres >= 1000 else ("m", 1)
    middle = top - 0.85 * size
    texts = [
        text_line("0", style, left, middle),
        text_line(plain(metres / 2 / divisor), style, left + length / 2, middle),
        text_line(f"{plain(metres / divisor)} {fmt.unit(unit)}", style, left + length, middle),
    ]
    boxes = [text.boxes[0] for text in texts]
    box = (min(b[0] for b in boxes), boxes[0][1], max(b[2] for b in boxes), bottom)
    markup = "".join([*parts, *(text.markup for text in texts)])
    return Label(" ".join(text.text for text in texts), (box,), lambda: markup)


def north_arrow(text: str, style: TextStyle, x: float, bottom: float) -> Label:
    """Return a north arrow with ``text`` above it; ``x`` is its middle, in mm."""
    size = style.size
    half, high = 0.55 * size, 1.7 * size
    tip = bottom - high
    left = f"M{svg.number(x)} {svg.number(tip)}L{svg.number(x - half)} {svg.number(bottom)}"
    left += f"L{svg.number(x)} {svg.number(bottom - 0.4 * size)}Z"
    right = left.replace(svg.number(x - half), svg.number(x + half), 1)
    edge = {"stroke": style.color, "stroke_width": 0.06 * size}
    markup = svg.element("path", d=left, fill=style.color, **edge)
    markup += svg.element("path", d=right, fill=style.halo_color, **edge)
    word = text_line(text, style, x, tip - 0.75 * size)
    box: Bounds = (
        min(word.boxes[0][0], x - half), word.boxes[0][1], max(word.boxes[0][2], x + half), bottom,
    )  # fmt: skip
    return Label(text, (box,), lambda: markup + word.markup)


SWATCH_MM = (4.6, 3.1)


def swatches(layers: MapLayers) -> dict[str, bytes]:
    """Return a swatch for each site status, by file name: ``status-available.svg`` …"""
    status = layers.palette.status
    return {f"status-{name}.svg": swatch(layers, status(name)) for name in layers.statuses}


def swatch(layers: MapLayers, fill: Fill, size: tuple[float, float] = SWATCH_MM) -> bytes:
    """Return a legend swatch of a fill as an SVG document; ``size`` is in mm."""
    width, height = size
    viewport = Viewport((0.0, 0.0), size, 1000.0, height / 11)
    renderer = MapRenderer(layers, viewport)
    edge = 0.12
    box = shapely.box(edge, edge, width - edge, height - edge)
    parts = [svg.element("path", d=svg.path(box), fill=fill.color)]
    for color, shapes in layers.palette.pattern(fill, box, viewport.px):
        if fill.pattern == "dots":
            parts += renderer.stroke(shapes, color, renderer.style["patterns"]["dots"]["width"])
        else:
            parts += renderer.fill(shapes, color)
    if fill.edge:
        parts += renderer.stroke(box, fill.edge, 0.9)
    return svg.document(parts, size)


def legend(layers: MapLayers, zoning_opacity: float) -> dict[str, bytes]:
    """Return all swatches of the wall map's legend, by file name."""
    palette, opacity = layers.palette, zoning_opacity
    fills = {f"sector-{k}": palette.sector([id_], opacity) for k, id_ in enumerate(layers.sectors)}
    fills |= {f"use-{name}": palette.use(name, opacity) for name in palette.uses}
    fills["mixed"] = palette.sector(layers.sectors[:2] or [""], opacity)
    fills |= {name: Fill(palette.token(name)) for name in ("water", "green")}
    polygons = {f"{name}.svg": swatch(layers, fill) for name, fill in fills.items()}
    lines = {f"{name}.svg": svg.document(parts, SWATCH_MM) for name, parts in _lines(layers)}
    return {**swatches(layers), **polygons, **lines}


def _lines(layers: MapLayers) -> Iterator[tuple[str, list[str]]]:
    """Yield name and elements of the swatch of each boundary and line."""
    width, height = SWATCH_MM
    viewport = Viewport((0.0, 0.0), SWATCH_MM, 40_000.0, height / 13, layers.lat)
    renderer = MapRenderer(layers, viewport)
    style, token = renderer.style, layers.palette.token
    line = shapely.LineString([(0, height / 2), (width, height / 2)])
    edge = style["edges"]["subdistrict"]
    yield "subdistricts", list(renderer.stroke(line, token("sub"), edge["width"], edge["dash"]))
    edge = style["edges"]["frame"]
    yield "zone_frame", list(renderer.stroke(line, token("frame"), edge["width"], edge["dash"]))
    box = shapely.box(0.2, 0.2, width - 0.2, height - 0.2)
    area = renderer.fill(box, token("parkfill"))
    yield "parks", [*area, *renderer.stroke(box, token("park"), style["edges"]["park"]["width"])]
    rail = style["railways"]["conventional"]
    yield "railways", list(renderer.stroke(line, token("rail"), rail["width"], rail["dash"]))
    for name in ("expressway", "national", "avenue"):
        spec = style["roads"][name]
        road = renderer.width(spec["width"])
        casing = renderer.stroke(line, token(spec["casing"]), road + 1.6)
        yield f"road-{name}", [*casing, *renderer.stroke(line, token(spec["fill"]), road)]


def qr_code(link: str, color: str) -> bytes:
    """Return the QR code of a link as an SVG document, without a quiet zone."""
    symbol = segno.make(link, error="m", micro=False, boost_error=False)
    runs = []
    for y, line in enumerate(symbol.matrix):
        x = 0
        while x < len(line):
            start = x
            while x < len(line) and line[x]:
                x += 1
            if x > start:
                runs.append(f"M{start} {y}h{x - start}v1H{start}Z")
            x += 1
    side = len(symbol.matrix)
    path = svg.element("path", d="".join(runs), fill=color, shape_rendering="crispEdges")
    return svg.document([path], (side, side))
