"""The map on paper, in the order of an atlas sheet: ground, green, bodies, water, roads, sites.

What ``web/paint.js`` draws on a canvas is drawn here as SVG, from the same ``style.toml``.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from gxq_geo.documents.drawing import svg
from gxq_geo.documents.drawing.atlas import Atlas
from gxq_geo.documents.drawing.plane import Plane
from gxq_geo.documents.drawing.styles import Fill

_BLEED = 8.0
"""How far beyond the paper's edge things are drawn, in mm, so that no cut edge shows."""

WHOLE = (
    *("ground", "green", "bodies", "water", "streets", "roads", "railways", "subdistricts"),
    *("frame", "parks", "sites"),
)
ZONED = (*WHOLE[:3], "zoning", *WHOLE[3:])
SMALL = ("ground", "green", "bodies", "water", "parks", "frame")
"""Of a locator: no more than tells the place."""

Pass = Callable[["Canvas"], Iterator[str]]


class Canvas:
    """Draws an atlas on a plane: each pass yields elements of an SVG.

    Parameters
    ----------
    atlas
        What is drawn.
    plane
        Where on the paper it lies.
    softly
        Opacity of the colours of sector zoning.
    """

    def __init__(
        self, atlas: Atlas, plane: Plane, *, softly: float = 1.0, detail: float = 0.02
    ) -> None:
        self.atlas, self.plane, self.ink = atlas, plane, atlas.ink
        self.style, self.px = atlas.ink.style, plane.px
        self.softly, self.detail = softly, detail
        self._seen: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def seen(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """The rows of a layer that are on the paper, and their shapes in mm, cut a bit outside."""
        if name not in self._seen:
            box = self.plane.box(_BLEED)
            rows = self.atlas.inside(name, box)
            clipped = shapely.clip_by_rect(self.atlas.shapes(name)[rows], *box)
            shapes = shapely.simplify(self.plane.on_paper(clipped), self.detail)
            kept = ~shapely.is_empty(shapes)
            self._seen[name] = rows[kept], shapes[kept]
        return self._seen[name]

    def column(self, name: str, field: str) -> list[Any]:
        """A field of the records that `seen` gives."""
        return list(self.atlas.frames[name][field].iloc[self.seen(name)[0]])

    def draw(self, passes: Sequence[str]) -> Iterator[str]:
        """All elements of some passes, each in its order."""
        for one in passes:
            yield from getattr(self, f"_{one}")()

    # -------------------------------------------------------------- pieces

    def fill(self, shapes: Any, color: str, **more: object) -> Iterator[str]:
        """Geometries filled with one colour, its holes left open."""
        if line := svg.path(shapes):
            yield svg.element("path", d=line, fill=color, fill_rule="evenodd", **more)

    def stroke(
        self, shapes: Any, color: str, px: float, dash: Sequence[float] = (), **more: object
    ) -> Iterator[str]:
        """Geometries' lines, so many css px wide."""
        if not (line := svg.path(shapes)):
            return
        dashes = " ".join(svg.number(one * self.px) for one in dash) or None
        cap = "butt" if dash else None
        yield svg.element(
            "path",
            d=line,
            fill="none",
            stroke=color,
            stroke_width=px * self.px,
            stroke_dasharray=dashes,
            stroke_linecap=cap,
            **more,
        )

    def width(self, stops: Sequence[Sequence[float]]) -> float:
        """A width in px that the style gives at some zooms; in between it grows evenly."""
        zooms, widths = zip(*stops, strict=True)
        return float(np.exp(np.interp(self.plane.zoom, zooms, np.log(widths))))

    def _glow(self, body: Any, color: str, px: float, opacity: float) -> Iterator[str]:
        """A band that stays inside a body."""
        band = shapely.difference(body, shapely.buffer(body, -px / 2 * self.px, join_style="mitre"))
        yield from self.fill(band, color, fill_opacity=opacity)

    def polygon(self, shape: Any, fill: Fill, *, edge: float = 0.0) -> Iterator[str]:
        """A polygon with its pattern; one too small for a pattern has its calm plain colour."""
        west, north, east, south = shapely.bounds(shape)
        small = min(east - west, south - north) < self.style["patterns"]["tint_below_px"] * self.px
        plain = small and bool(fill.tint)
        yield from self.fill(shape, fill.tint if plain else fill.color)
        for color, marks in () if plain else self.ink.marks(fill, shape, self.px):
            if fill.pattern == "dots":
                yield from self.stroke(marks, color, self.style["patterns"]["dots"]["width"])
            else:
                yield from self.fill(marks, color)
        if edge and fill.edge:
            yield from self.stroke(shape, fill.edge, edge)

    # -------------------------------------------------------------- passes

    def _ground(self) -> Iterator[str]:
        _, frames = self.seen("zone_frame")
        width, height = self.plane.size
        color = self.ink.token("outside" if len(frames) else "ground")
        yield svg.element("rect", width=width, height=height, fill=color)
        yield from self.fill(frames, self.ink.token("ground"))

    def _green(self) -> Iterator[str]:
        yield from self.fill(self.seen("green")[1], self.ink.token("green"))

    def _bodies(self) -> Iterator[str]:
        yield from self.fill(self.seen("parks")[1], self.ink.token("parkfill"))

    def _zoning(self) -> Iterator[str]:
        _, shapes = self.seen("zoning")
        sectors, uses = self.column("zoning", "sectors"), self.column("zoning", "land_use")
        for shape, ids, use in zip(shapes, sectors, uses, strict=True):
            fill = self.ink.sector(ids, self.softly) if ids else self.ink.zoning(use, self.softly)
            yield from self.polygon(shape, fill)

    def _water(self) -> Iterator[str]:
        _, rivers = self.seen("rivers")
        for shape, width in zip(rivers, self.column("rivers", "width_m"), strict=True):
            metres = 0.0 if width is None or width != width else float(width)
            px = max(1.2, 0.9 * metres / self.plane.metres / self.px)
            yield from self.stroke(shape, self.ink.token("water"), px)
        _, bodies = self.seen("water")
        yield from self.fill(bodies, self.ink.token("water"))
        yield from self.stroke(
            bodies, self.ink.token("shore"), self.style["edges"]["shore"]["width"]
        )

    def _streets(self) -> Iterator[str]:
        width = self.width(self.style["streets"]["width"])
        yield from self.stroke(self.seen("zoning")[1], self.ink.token("street"), width)

    def _roads(self) -> Iterator[str]:
        classes = [name for name in self.style["roads"] if name != "expressway"]
        yield from self._road_classes(classes[::-1])
        yield from self._road_classes(["expressway"])

    def _road_classes(self, names: Sequence[str]) -> Iterator[str]:
        """All casings before all fills, the small roads first: crossings stay open."""
        _, shapes = self.seen("roads")
        classes = np.array(self.column("roads", "road_class"), dtype=object)
        specs = {name: self.style["roads"][name] for name in names}
        drawn = [
            (shapes[classes == name], spec, self.width(spec["width"]))
            for name, spec in specs.items()
            if self.plane.zoom >= spec["from"]
        ]
        for lines, spec, width in drawn:
            casing = width + min(1.6, 0.6 + width / 6)
            yield from self.stroke(lines, self.ink.token(spec["casing"]), casing)
        for lines, spec, width in drawn:
            yield from self.stroke(lines, self.ink.token(spec["fill"]), width)

    def _railways(self) -> Iterator[str]:
        _, shapes = self.seen("railways")
        specs = self.style["railways"]
        for shape, kind in zip(shapes, self.column("railways", "kind"), strict=True):
            spec = specs.get(str(kind), specs["conventional"])
            if self.plane.zoom >= spec["from"]:
                yield from self.stroke(shape, self.ink.token("halo"), spec["width"] + 1.4)
                yield from self.stroke(shape, self.ink.token("rail"), spec["width"], spec["dash"])

    def _subdistricts(self) -> Iterator[str]:
        _, shapes = self.seen("subdistricts")
        spec = self.style["edges"]["subdistrict"]
        edges = shapely.line_merge(shapely.union_all(shapely.boundary(shapes)))
        yield from self.stroke(edges, self.ink.token("sub"), spec["width"], spec["dash"])

    def _frame(self) -> Iterator[str]:
        spec, color = self.style["edges"]["frame"], self.ink.token("frame")
        for shape in self.seen("zone_frame")[1]:
            yield from self._glow(shape, color, spec["band"], spec["opacity"])
            yield from self.stroke(shape, color, spec["width"], spec["dash"])

    def _parks(self) -> Iterator[str]:
        spec = self.style["edges"]["park"]
        for shape in self.seen("parks")[1]:
            for width, opacity in spec["glow"]:
                yield from self._glow(shape, self.ink.token("glow"), width, opacity)
            yield from self.stroke(shape, self.ink.token("park"), spec["width"])

    def _sites(self) -> Iterator[str]:
        _, shapes = self.seen("sites")
        edge = self.style["edges"]["site"]["width"]
        for shape, status in zip(shapes, self.column("sites", "status"), strict=True):
            yield from self.polygon(shape, self.ink.status(str(status)), edge=edge)

    def selected(self, shape: Any) -> Iterator[str]:
        """The mark around a shape on paper: red, in a white casing."""
        spec = self.style["edges"]["select"]
        if shapely.get_dimensions(shape) == 0:
            shape = shapely.buffer(shape, 9 * self.px)
        yield from self.stroke(shape, self.ink.token("panel"), spec["width"] + spec["halo"])
        yield from self.stroke(shape, self.ink.token("accent"), spec["width"])
