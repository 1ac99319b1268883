"""Place the labels of a printed map, so that none overlaps another.

Priority: map elements, station symbols, parks (largest first), station names, rivers, road
numbers, roads, railways, sites, subdistricts. A label without a free position is left out.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely

from gxq_geo import words
from gxq_geo.documents.drawing.renderer import MapRenderer
from gxq_geo.documents.drawing.symbols import road_shield, station_symbol
from gxq_geo.documents.drawing.text import (
    Bounds,
    Label,
    TextStyle,
    is_chinese,
    rotated_line,
    text_block,
    text_line,
    text_style,
)
from gxq_geo.schemas.display import ValueFormatter, known

# Candidate positions of a park's label: a grid of this many by this many points.
_GRID = 15
# The least distance between two labels with the same text, in CSS px.
_REPEAT_PX = 420
# The part of a park's label that may lie outside the park: the second is tried after the first.
_OVERHANG = (0.02, 0.6)
# Sizes to try for a site's number, relative to the size of a site id.
_NUMBER_SIZES = (0.72, 0.6, 0.5)
_EDGE_MM = 0.8
"""The least distance of labels from the edge of the map."""


class LabelCollisions:
    """The boxes of placed labels, in mm, which other labels must not overlap."""

    def __init__(self, size: tuple[float, float]) -> None:
        self.frame = (_EDGE_MM, _EDGE_MM, size[0] - _EDGE_MM, size[1] - _EDGE_MM)
        self._boxes = np.empty((0, 4))

    def is_free(self, boxes: Iterable[Bounds], gap: float = 0.3) -> bool:
        """Whether boxes lie on the map, at least ``gap`` mm from all placed boxes."""
        left, top, right, bottom = self.frame
        taken = self._boxes
        for x0, y0, x1, y1 in boxes:
            if x0 < left or y0 < top or x1 > right or y1 > bottom:
                return False
            apart = (
                (taken[:, 2] <= x0 - gap)
                | (taken[:, 0] >= x1 + gap)
                | (taken[:, 3] <= y0 - gap)
                | (taken[:, 1] >= y1 + gap)
            )
            if not apart.all():
                return False
        return True

    def insert(self, boxes: Iterable[Bounds]) -> None:
        """Add boxes without a test."""
        self._boxes = np.vstack([self._boxes, *[np.array([box]) for box in boxes]])

    def try_insert(self, label: Label) -> bool:
        """Add the boxes of a label if they are free; return whether they were."""
        if not self.is_free(label.boxes):
            return False
        self.insert(label.boxes)
        return True


class LabelPlacer:
    """Places the labels of the features that a renderer draws, in one language.

    Parameters
    ----------
    renderer
        The renderer of the map.
    fmt
        Formats names and areas in the language of the map.
    obstacles
        Boxes in mm that labels must not overlap, such as the scale bar.
    """

    def __init__(
        self, renderer: MapRenderer, fmt: ValueFormatter, obstacles: Iterable[Bounds] = ()
    ) -> None:
        self.renderer, self.fmt = renderer, fmt
        self.specs = renderer.style["labels"]
        self.collisions = LabelCollisions(renderer.viewport.size)
        self.collisions.insert(obstacles)
        self.placed: list[Label] = []

    def style(self, name: str) -> TextStyle:
        """The text style of a kind of label; see ``[labels]`` in ``style.toml``."""
        return text_style(self.specs[name], self.renderer.palette.token, self.renderer.px)

    def name(self, layer: str, row: int) -> str:
        """The name of a record; empty if it has none."""
        frame = self.renderer.layers.frames[layer]
        for code in words.fallback_order(self.fmt.lang):
            if f"name_{code}" in frame and known(value := frame[f"name_{code}"].iloc[row]):
                return str(value)
        return ""

    def place(
        self,
        *,
        subtitles: Mapping[str, str] = MappingProxyType({}),
        numbers: Mapping[str, str] | None = None,
    ) -> Iterator[str]:
        """Place all labels and yield those that found a free position, as SVG.

        Parameters
        ----------
        subtitles
            Texts below the names of parks, by park id.
        numbers
            Numbers of sites in a table, by site id. They replace the sites' own labels and are
            placed before the names of parks.
        """
        stations = list(self._station_symbols())
        self._site_numbers(numbers or {})
        self._parks(subtitles)
        for name, x, y in stations:
            self._beside_symbol(name, self.style("station"), x, y)
        self._along_lines("rivers", self.style("river"))
        self._road_shields()
        self._along_lines("roads", self.style("road"))
        self._along_lines("railways", self.style("railway"))
        if numbers is None:
            self._sites()
        self._areas("subdistricts", self.style("subdistrict"))
        yield from (label.markup for label in self.placed)

    def _try(self, label: Label) -> bool:
        """Place a label if its position is free; return whether it was."""
        if not self.collisions.try_insert(label):
            return False
        self.placed.append(label)
        return True

    # -------------------------------------------------------------- points

    def _station_symbols(self) -> Iterator[tuple[str, float, float]]:
        """Place the symbols of stations; yield name and position of those placed."""
        rows, shapes = self.renderer.visible("stations")
        size = self.renderer.style["symbols"]["size"] * self.renderer.px
        kinds = self.renderer.column("stations", "kind")
        for row, shape, kind in zip(rows, shapes, kinds, strict=True):
            symbol = station_symbol(str(kind), shape.x, shape.y, size, self.renderer.palette)
            if self._try(symbol):
                yield self.name("stations", row), shape.x, shape.y

    def _beside_symbol(self, text: str, style: TextStyle, x: float, y: float) -> None:
        """Place a name to the right of a symbol, to the left, below or above it."""
        gap = (self.renderer.style["symbols"]["size"] / 2 + 3) * self.renderer.px
        positions = [
            (x + gap, y, "start"),
            (x - gap, y, "end"),
            (x, y + gap + style.size / 2, "middle"),
            (x, y - gap - style.size / 2, "middle"),
        ]
        for left, middle, anchor in positions if text else ():
            if self._try(text_line(text, style, left, middle, anchor=anchor)):
                return

    # -------------------------------------------------------------- polygons

    def _parks(self, subtitles: Mapping[str, str]) -> None:
        rows, shapes = self.renderer.visible("parks")
        ids = self.renderer.column("parks", "park_id")
        obstructions = self._obstructions()
        for k in sorted(range(len(shapes)), key=lambda k: -shapely.area(shapes[k])):
            layouts = list(
                self._park_layouts(self.name("parks", rows[k]), subtitles.get(ids[k], ""))
            )
            # Two lines inside the park are better than one line across its boundary.
            for overhang, lines in product(_OVERHANG, layouts):
                if self._place_in(shapes[k], lines, obstructions, overhang):
                    break

    def _park_layouts(self, name: str, subtitle: str) -> Iterator[list[tuple[str, TextStyle]]]:
        """Yield layouts of a park's label, the most complete first."""
        style, small = self.style("park"), self.style("figure")
        halves = _halves(name)
        below = [(subtitle, small)] if subtitle else []
        if name:
            yield [(name, style), *below]
            if len(halves) > 1:
                yield [*((half, style) for half in halves), *below]
            if below:
                yield [(name, style)]
                yield [(half, style) for half in halves]
            smaller = replace(style, size=style.size * 0.8, spacing=0.0)
            yield [(name, smaller)]
            yield [(half, smaller) for half in halves]

    def _obstructions(self) -> shapely.STRtree:
        """Sites and lines, which the labels of parks should cover as little as possible."""
        layers = ("sites", "roads", "railways", "rivers")
        return shapely.STRtree(np.concatenate([self.renderer.visible(name)[1] for name in layers]))

    def _place_in(
        self,
        polygon: Any,
        lines: list[tuple[str, TextStyle]],
        obstructions: shapely.STRtree,
        overhang: float,
    ) -> bool:
        """Place lines in a polygon at the candidate position of least cost.

        The cost counts the obstructions below the label, the part of it outside the polygon, and
        the distance from the polygon's representative point. The label is not placed if more than
        ``overhang`` of it would lie outside.
        """
        west, north, east, south = shapely.bounds(polygon)
        middle = shapely.point_on_surface(polygon)
        diagonal = math.hypot(east - west, south - north)
        shape = text_block(lines, 0, 0).boxes[0]
        candidates = [(middle.x, middle.y), *_grid((west, north, east, south), _GRID)]
        x, y = np.array(candidates).T
        inside = shapely.contains_xy(polygon, x, y)
        boxes = np.column_stack([x + shape[0], y + shape[1], x + shape[2], y + shape[3]])
        free = np.array(
            [bool(i) and self.collisions.is_free([b]) for i, b in zip(inside, boxes, strict=True)]
        )
        if not free.any():
            return False
        areas = shapely.box(*boxes.T)
        outside = 1 - shapely.area(shapely.intersection(areas, polygon)) / shapely.area(areas)
        hits = obstructions.query(areas, predicate="intersects")[0]
        covered = np.bincount(hits, minlength=len(areas))
        distance = np.hypot(x - middle.x, y - middle.y) / diagonal
        cost = np.where(free, 0.35 * covered + 4 * outside + 0.8 * distance, np.inf)
        best = int(cost.argmin())
        if outside[best] > overhang:
            return False
        return self._try(text_block(lines, x[best], y[best]))

    def _site_numbers(self, numbers: Mapping[str, str]) -> None:
        _, shapes = self.renderer.visible("sites")
        statuses, ids = (self.renderer.column("sites", name) for name in ("status", "site_id"))
        for shape, site, status in zip(shapes, ids, statuses, strict=True):
            style = self._site_style(str(status))
            if site not in numbers:
                continue
            widest = shapely.get_point(shapely.maximum_inscribed_circle(shape, 0.1), 0)
            positions = (_interior_point(shape), (float(widest.x), float(widest.y)))
            for size, position in product(_NUMBER_SIZES, positions):
                scaled = replace(style, size=style.size * size)
                label = text_line(numbers[site], scaled, *position)
                if _fits(label.boxes[0], shape) and self._try(label):
                    break

    def _site_style(self, status: str) -> TextStyle:
        """The text style on a site: with a halo only if the fill has a pattern."""
        fill, base = self.renderer.palette.status(status), self.style("site")
        halo = base.halo if fill.pattern else 0.0
        return replace(base, color=fill.text, halo=halo, halo_color=fill.color)

    def _sites(self) -> None:
        """Place id and area of each site, where they fit inside it."""
        _, shapes = self.renderer.visible("sites")
        ids = self.renderer.column("sites", "site_id")
        areas = self.renderer.column("sites", "area_mu")
        statuses = self.renderer.column("sites", "status")
        order = sorted(range(len(shapes)), key=lambda k: -shapely.area(shapes[k]))
        for k in order:
            style = self._site_style(str(statuses[k]))
            style = replace(style, size=style.size * 0.88)
            light = style if style.halo else replace(style, weight=400)
            area = str(self.fmt.area(areas[k])[0]) if known(areas[k]) else ""
            both = [(str(ids[k]), style), (area, light)]
            middle = _interior_point(shapes[k])
            for lines in (both if area else both[:1], both[:1]):
                label = text_block(lines, *middle)
                if _fits(label.boxes[0], shapes[k]) and self._try(label):
                    break

    def _areas(self, layer: str, style: TextStyle) -> None:
        """Place the names of areas, outside the parks."""
        rows, shapes = self.renderer.visible(layer)
        parks = shapely.union_all(self.renderer.visible("parks")[1])
        for row, polygon in zip(rows, shapes, strict=True):
            text = self.name(layer, row)
            middle = shapely.point_on_surface(polygon)
            candidates = _grid(tuple(shapely.bounds(polygon)), 9)
            candidates.sort(key=lambda at: math.hypot(at[0] - middle.x, at[1] - middle.y))
            for x, y in candidates if text else ():
                label = text_line(text, style, x, y)
                box = shapely.box(*label.boxes[0])
                inside = _fits(label.boxes[0], polygon) and not parks.intersects(box)
                if inside and self._try(label):
                    break

    # -------------------------------------------------------------- lines

    def _along_lines(self, layer: str, style: TextStyle) -> None:
        """Place one name along each line, not near to the same name; numbered roads have none."""
        rows, shapes = self.renderer.visible(layer)
        frame = self.renderer.layers.frames[layer]
        placed: list[tuple[str, float, float]] = []
        for row, shape in zip(rows, shapes, strict=True):
            if layer == "roads" and known(frame["road_no"].iloc[row]):
                continue
            text = self.name(layer, row)
            if not text:
                continue
            for part in _longest_first(shape):
                for x, y, angle in _straight_stretches(part, style.width(text)):
                    if self._is_repeated(placed, text, x, y):
                        continue
                    if self._try(rotated_line(text, style, x, y, angle)):
                        placed.append((text, x, y))
                        break

    def _is_repeated(
        self, placed: list[tuple[str, float, float]], text: str, x: float, y: float
    ) -> bool:
        """Whether the same text is placed near a point."""
        reach = _REPEAT_PX * self.renderer.px
        return any(other == text and math.hypot(x - a, y - b) < reach for other, a, b in placed)

    def _road_shields(self) -> None:
        rows, shapes = self.renderer.visible("roads")
        numbers, classes = (self.renderer.column("roads", n) for n in ("road_no", "road_class"))
        placed: list[tuple[str, float, float]] = []
        for k in range(len(rows)):
            if not known(numbers[k]):
                continue
            text, solid = str(numbers[k]), classes[k] == "expressway"
            token = self.renderer.palette.token
            style = replace(self.style("shield"), color=token("panel" if solid else "shield"))
            for part in _longest_first(shapes[k]):
                for fraction in (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9):
                    point = shapely.line_interpolate_point(part, fraction, normalized=True)
                    if self._is_repeated(placed, text, point.x, point.y):
                        continue
                    if self._try(road_shield(text, style, point.x, point.y, token, solid=solid)):
                        placed.append((text, point.x, point.y))
                        break


# ------------------------------------------------------------------ geometry


def _grid(box: Bounds, count: int) -> list[tuple[float, float]]:
    """The centres of ``count`` by ``count`` cells of a box."""
    west, north, east, south = box
    steps = [(k + 0.5) / count for k in range(count)]
    return [
        (west + a * (east - west), north + b * (south - north)) for b, a in product(steps, steps)
    ]


def _interior_point(polygon: Any) -> tuple[float, float]:
    """The centroid of a polygon if it lies inside, else a point that does."""
    point = shapely.centroid(polygon)
    if not shapely.contains(polygon, point):
        point = shapely.point_on_surface(polygon)
    return float(point.x), float(point.y)


def _fits(box: Bounds, polygon: Any) -> bool:
    return bool(shapely.contains(polygon, shapely.box(*box)))


def _halves(text: str) -> list[str]:
    """Split a name into two lines of similar length, or return it whole if it is short."""
    if is_chinese(text):
        middle = math.ceil(len(text) / 2)
        return [text[:middle], text[middle:]] if len(text) > 4 else [text]
    parts = text.split(" ")
    cuts = range(1, len(parts))
    if not cuts:
        return [text]
    best = min(cuts, key=lambda k: abs(len(" ".join(parts[:k])) - len(" ".join(parts[k:]))))
    return [" ".join(parts[:best]), " ".join(parts[best:])]


def _longest_first(shape: Any) -> list[Any]:
    parts = [part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == 1]
    return sorted(parts, key=lambda part: -part.length)


def _straight_stretches(line: Any, width: float) -> Iterator[tuple[float, float, float]]:
    """Yield midpoint and angle of nearly straight parts of a line, from its middle outwards.

    ``width`` is the width of the text in mm. The angle is in degrees clockwise, within ±90, so
    that the text reads from left to right.
    """
    length = line.length
    needed = 1.15 * width
    if length < needed:
        return
    spare = length - needed
    count = min(24, max(1, int(spare / (needed / 3)) + 1))
    starts = sorted(np.linspace(0, spare, count), key=lambda s: abs(s - spare / 2))
    for start in starts:
        ends = shapely.line_interpolate_point(line, [start, start + needed / 2, start + needed])
        (x0, y0), (x, y), (x1, y1) = shapely.get_coordinates(ends)
        if math.hypot(x1 - x0, y1 - y0) < 0.985 * needed:
            continue
        angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
        yield float(x), float(y), (angle + 90) % 180 - 90
