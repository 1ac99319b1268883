"""Render the map of a zone as SVG elements, in passes from the background to the sites.

``investment_map/web/engine/paint.js`` draws the same map on a canvas, from the same ``style.toml``.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from gxq_geo.documents.drawing import svg
from gxq_geo.documents.drawing.layers import MapLayers
from gxq_geo.documents.drawing.styles import Fill
from gxq_geo.documents.drawing.viewport import Viewport

_BLEED_MM = 8.0
"""Features are clipped this far outside the map, so that no clipped edge is visible."""

SITE_MAP_PASSES = (
    *("background", "green", "park_areas", "water", "streets", "roads", "railways"),
    *("subdistricts", "zone_boundary", "park_boundaries", "sites"),
)
WALL_MAP_PASSES = (*SITE_MAP_PASSES[:3], "zoning", *SITE_MAP_PASSES[3:])
LOCATOR_PASSES = (
    *("background", "green", "park_areas", "water"),
    *("park_boundaries", "zone_boundary"),
)


class MapRenderer:
    """Renders layers in a viewport; each pass yields SVG elements.

    Parameters
    ----------
    layers
        The layers to draw.
    viewport
        Extent, scale and size of the map.
    zoning_opacity
        Opacity of the fills of zoning blocks.
    tolerance
        Tolerance of simplification, in mm.
    """

    def __init__(
        self,
        layers: MapLayers,
        viewport: Viewport,
        *,
        zoning_opacity: float = 1.0,
        tolerance: float = 0.02,
    ) -> None:
        self.layers, self.viewport, self.palette = layers, viewport, layers.palette
        self.style, self.px = layers.palette.style, viewport.px
        self.zoning_opacity, self.tolerance = zoning_opacity, tolerance
        self._visible: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def visible(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Row numbers and geometries (mm, clipped) of the features of a layer in the viewport."""
        if name not in self._visible:
            box = self.viewport.bounds(_BLEED_MM)
            rows = self.layers.rows_in(name, box)
            clipped = shapely.clip_by_rect(self.layers.shapes(name)[rows], *box)
            shapes = shapely.simplify(self.viewport.to_paper(clipped), self.tolerance)
            kept = ~shapely.is_empty(shapes)
            self._visible[name] = rows[kept], shapes[kept]
        return self._visible[name]

    def column(self, name: str, field: str) -> list[Any]:
        """The values of a field for the features that `visible` returns."""
        return list(self.layers.frames[name][field].iloc[self.visible(name)[0]])

    def draw(self, passes: Sequence[str]) -> Iterator[str]:
        """Yield the elements of some passes, in the given order."""
        for name in passes:
            yield from getattr(self, f"_{name}")()

    # -------------------------------------------------------------- primitives

    def fill(self, shapes: Any, color: str, **attributes: object) -> Iterator[str]:
        """Fill polygons with one colour; holes stay open."""
        if line := svg.path(shapes):
            yield svg.element("path", d=line, fill=color, fill_rule="evenodd", **attributes)

    def stroke(
        self, shapes: Any, color: str, px: float, dash: Sequence[float] = (), **attributes: object
    ) -> Iterator[str]:
        """Stroke lines and outlines; width and dashes are in CSS px."""
        if not (line := svg.path(shapes)):
            return
        dashes = " ".join(svg.number(length * self.px) for length in dash) or None
        cap = "butt" if dash else None
        yield svg.element(
            "path",
            d=line,
            fill="none",
            stroke=color,
            stroke_width=px * self.px,
            stroke_dasharray=dashes,
            stroke_linecap=cap,
            **attributes,
        )

    def width(self, stops: Sequence[Sequence[float]]) -> float:
        """Interpolate a width in px exponentially between (zoom, width) stops of the style."""
        zooms, widths = zip(*stops, strict=True)
        return float(np.exp(np.interp(self.viewport.zoom, zooms, np.log(widths))))

    def _inner_band(self, polygon: Any, color: str, px: float, opacity: float) -> Iterator[str]:
        """Fill a band along the boundary, inside the polygon."""
        inner = shapely.buffer(polygon, -px / 2 * self.px, join_style="mitre")
        yield from self.fill(shapely.difference(polygon, inner), color, fill_opacity=opacity)

    def polygon(self, shape: Any, fill: Fill, *, edge: float = 0.0) -> Iterator[str]:
        """Draw a polygon with its pattern, or with its plain tint if it is too small for one.

        ``edge`` is the width of the outline in CSS px; 0 draws none.
        """
        west, north, east, south = shapely.bounds(shape)
        small = min(east - west, south - north) < self.style["patterns"]["tint_below_px"] * self.px
        plain = small and bool(fill.tint)
        yield from self.fill(shape, fill.tint if plain else fill.color)
        for color, parts in () if plain else self.palette.pattern(fill, shape, self.px):
            if fill.pattern == "dots":
                yield from self.stroke(parts, color, self.style["patterns"]["dots"]["width"])
            else:
                yield from self.fill(parts, color)
        if edge and fill.edge:
            yield from self.stroke(shape, fill.edge, edge)

    # -------------------------------------------------------------- passes

    def _background(self) -> Iterator[str]:
        _, frames = self.visible("zone_frame")
        width, height = self.viewport.size
        color = self.palette.token("outside" if len(frames) else "ground")
        yield svg.element("rect", width=width, height=height, fill=color)
        yield from self.fill(frames, self.palette.token("ground"))

    def _green(self) -> Iterator[str]:
        yield from self.fill(self.visible("green")[1], self.palette.token("green"))

    def _park_areas(self) -> Iterator[str]:
        yield from self.fill(self.visible("parks")[1], self.palette.token("parkfill"))

    def _zoning(self) -> Iterator[str]:
        _, shapes = self.visible("zoning")
        sectors, uses = self.column("zoning", "sectors"), self.column("zoning", "land_use")
        for shape, ids, use in zip(shapes, sectors, uses, strict=True):
            opacity = self.zoning_opacity
            fill = self.palette.sector(ids, opacity) if ids else self.palette.zoning(use, opacity)
            yield from self.polygon(shape, fill)

    def _water(self) -> Iterator[str]:
        _, rivers = self.visible("rivers")
        for shape, width in zip(rivers, self.column("rivers", "width_m"), strict=True):
            metres = 0.0 if width is None or width != width else float(width)
            px = max(1.2, 0.9 * metres / self.viewport.metres / self.px)
            yield from self.stroke(shape, self.palette.token("water"), px)
        _, bodies = self.visible("water")
        yield from self.fill(bodies, self.palette.token("water"))
        yield from self.stroke(
            bodies, self.palette.token("shore"), self.style["edges"]["shore"]["width"]
        )

    def _streets(self) -> Iterator[str]:
        width = self.width(self.style["streets"]["width"])
        yield from self.stroke(self.visible("zoning")[1], self.palette.token("street"), width)

    def _roads(self) -> Iterator[str]:
        classes = [name for name in self.style["roads"] if name != "expressway"]
        yield from self._road_classes(classes[::-1])
        yield from self._road_classes(["expressway"])

    def _road_classes(self, names: Sequence[str]) -> Iterator[str]:
        """Draw all casings before all fills, minor roads first, so that crossings are open."""
        _, shapes = self.visible("roads")
        classes = np.array(self.column("roads", "road_class"), dtype=object)
        specs = {name: self.style["roads"][name] for name in names}
        drawn = [
            (shapes[classes == name], spec, self.width(spec["width"]))
            for name, spec in specs.items()
            if self.viewport.zoom >= spec["from"]
        ]
        for lines, spec, width in drawn:
            casing = width + min(1.6, 0.6 + width / 6)
            yield from self.stroke(lines, self.palette.token(spec["casing"]), casing)
        for lines, spec, width in drawn:
            yield from self.stroke(lines, self.palette.token(spec["fill"]), width)

    def _railways(self) -> Iterator[str]:
        _, shapes = self.visible("railways")
        specs = self.style["railways"]
        for shape, kind in zip(shapes, self.column("railways", "kind"), strict=True):
            spec = specs.get(str(kind), specs["conventional"])
            if self.viewport.zoom >= spec["from"]:
                yield from self.stroke(shape, self.palette.token("halo"), spec["width"] + 1.4)
                yield from self.stroke(
                    shape, self.palette.token("rail"), spec["width"], spec["dash"]
                )

    def _subdistricts(self) -> Iterator[str]:
        _, shapes = self.visible("subdistricts")
        spec = self.style["edges"]["subdistrict"]
        edges = shapely.line_merge(shapely.union_all(shapely.boundary(shapes)))
        yield from self.stroke(edges, self.palette.token("sub"), spec["width"], spec["dash"])

    def _zone_boundary(self) -> Iterator[str]:
        spec, color = self.style["edges"]["frame"], self.palette.token("frame")
        for shape in self.visible("zone_frame")[1]:
            yield from self._inner_band(shape, color, spec["band"], spec["opacity"])
            yield from self.stroke(shape, color, spec["width"], spec["dash"])

    def _park_boundaries(self) -> Iterator[str]:
        spec = self.style["edges"]["park"]
        for shape in self.visible("parks")[1]:
            for width, opacity in spec["glow"]:
                yield from self._inner_band(shape, self.palette.token("glow"), width, opacity)
            yield from self.stroke(shape, self.palette.token("park"), spec["width"])

    def _sites(self) -> Iterator[str]:
        _, shapes = self.visible("sites")
        edge = self.style["edges"]["site"]["width"]
        for shape, status in zip(shapes, self.column("sites", "status"), strict=True):
            yield from self.polygon(shape, self.palette.status(str(status)), edge=edge)

    def selected(self, shape: Any) -> Iterator[str]:
        """Outline the selected feature (geometry in mm): red, with a white casing."""
        spec = self.style["edges"]["select"]
        if shapely.get_dimensions(shape) == 0:
            shape = shapely.buffer(shape, 9 * self.px)
        yield from self.stroke(shape, self.palette.token("panel"), spec["width"] + spec["halo"])
        yield from self.stroke(shape, self.palette.token("accent"), spec["width"])
