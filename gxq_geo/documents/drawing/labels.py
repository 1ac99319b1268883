"""The names on a map: what is named, in which order, and where it finds room.

Order: what stands on the map already, signs of stations, parks (large first), names of stations,
rivers, road numbers, roads, railways, sites, subdistricts. What finds no free place is left out.
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
from gxq_geo.documents.drawing.drawing import Canvas
from gxq_geo.documents.drawing.symbols import shield, sign
from gxq_geo.documents.drawing.type import Bounds, Face, Label, face, is_chinese, row, rows, turned
from gxq_geo.schemas.display import Speaker, known

_GRID = 15
_REPEAT_PX = 420
# How much of a park's name may lie outside of it: none if it can be.
_BEYOND = (0.02, 0.6)
# Sizes in which a site's number is tried, of the size of its id.
_NUMBERS = (0.72, 0.6, 0.5)
_EDGE = 0.8
"""How far names keep from the edge of the map, in mm."""


class Room:
    """What is taken on a map: boxes that no other name may meet."""

    def __init__(self, size: tuple[float, float]) -> None:
        self.frame = (_EDGE, _EDGE, size[0] - _EDGE, size[1] - _EDGE)
        self._boxes = np.empty((0, 4))

    def is_free(self, boxes: Iterable[Bounds], gap: float = 0.3) -> bool:
        """Whether boxes lie on the map and meet nothing, keeping a gap in mm."""
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

    def take(self, boxes: Iterable[Bounds]) -> None:
        """Let nothing else meet some boxes."""
        self._boxes = np.vstack([self._boxes, *[np.array([box]) for box in boxes]])

    def claim(self, label: Label) -> bool:
        """Take the place of a label, if it is free."""
        if not self.is_free(label.boxes):
            return False
        self.take(label.boxes)
        return True


class Names:
    """Places the names of what a canvas shows, in one language.

    Parameters
    ----------
    canvas
        What is drawn.
    speaker
        The language of the names.
    taken
        Boxes on the paper, in mm, that names keep off: a legend, a scale bar, a flag.
    """

    def __init__(self, canvas: Canvas, speaker: Speaker, taken: Iterable[Bounds] = ()) -> None:
        self.canvas, self.speaker = canvas, speaker
        self.specs = canvas.style["labels"]
        self.room = Room(canvas.plane.size)
        self.room.take(taken)
        self.placed: list[Label] = []

    def face(self, name: str) -> Face:
        """How a kind of name is set."""
        return face(self.specs[name], self.canvas.ink.token, self.canvas.px)

    def name(self, layer: str, at: int) -> str:
        """The name of a record; empty where it has none."""
        frame = self.canvas.atlas.frames[layer]
        for code in words.order(self.speaker.lang):
            if f"name_{code}" in frame and known(value := frame[f"name_{code}"].iloc[at]):
                return str(value)
        return ""

    def place(
        self,
        *,
        seconds: Mapping[str, str] = MappingProxyType({}),
        numbers: Mapping[str, str] | None = None,
    ) -> Iterator[str]:
        """All names that find room.

        ``seconds`` is what stands beneath a park's name, by its id. ``numbers`` are written on the
        sites in place of their ids, and before the names of parks: a list refers to them.
        """
        signs = list(self._signs())
        self._numbers(numbers or {})
        self._parks(seconds)
        for text, x, y in signs:
            self._beside(text, self.face("station"), x, y)
        self._lines("rivers", self.face("river"))
        self._shields()
        self._lines("roads", self.face("road"))
        self._lines("railways", self.face("railway"))
        if numbers is None:
            self._sites()
        self._areas("subdistricts", self.face("subdistrict"))
        yield from (label.markup for label in self.placed)

    def _put(self, label: Label) -> bool:
        if not self.room.claim(label):
            return False
        self.placed.append(label)
        return True

    # -------------------------------------------------------------- points

    def _signs(self) -> Iterator[tuple[str, float, float]]:
        """Signs of stations that found room: name and place."""
        indices, shapes = self.canvas.seen("stations")
        size = self.canvas.style["symbols"]["size"] * self.canvas.px
        kinds = self.canvas.column("stations", "kind")
        for at, shape, kind in zip(indices, shapes, kinds, strict=True):
            made = sign(str(kind), shape.x, shape.y, size, self.canvas.ink.token)
            if self._put(made):
                yield self.name("stations", at), shape.x, shape.y

    def _beside(self, text: str, face: Face, x: float, y: float) -> None:
        gap = (self.canvas.style["symbols"]["size"] / 2 + 3) * self.canvas.px
        spots = [
            (x + gap, y, "start"),
            (x - gap, y, "end"),
            (x, y + gap + face.size / 2, "middle"),
            (x, y - gap - face.size / 2, "middle"),
        ]
        for left, middle, anchor in spots if text else ():
            if self._put(row(text, face, left, middle, anchor=anchor)):
                return

    # -------------------------------------------------------------- bodies

    def _parks(self, seconds: Mapping[str, str]) -> None:
        indices, shapes = self.canvas.seen("parks")
        ids = self.canvas.column("parks", "park_id")
        busy = self._busy()
        for k in sorted(range(len(shapes)), key=lambda k: -shapely.area(shapes[k])):
            text = self.name("parks", indices[k])
            second = seconds.get(ids[k], "")
            ways = list(self._settings(text, second))
            # Rather on two lines than across the edge of the park.
            for lines, beyond in [(way, most) for most in _BEYOND for way in ways]:
                if self._calmest(shapes[k], lines, busy, beyond):
                    break

    def _settings(self, text: str, second: str) -> Iterator[list[tuple[str, Face]]]:
        """Ways to set a park's name, the fullest first."""
        face, small = self.face("park"), self.face("figure")
        halves = _halves(text)
        figure = [(second, small)] if second else []
        if text:
            yield [(text, face), *figure]
            if len(halves) > 1:
                yield [*((half, face) for half in halves), *figure]
            if figure:
                yield [(text, face)]
                yield [(half, face) for half in halves]
            smaller = replace(face, size=face.size * 0.8, spacing=0.0)
            yield [(text, smaller)]
            yield [(half, smaller) for half in halves]

    def _busy(self) -> shapely.STRtree:
        """Sites and lines: park names look for a calm place."""
        layers = ("sites", "roads", "railways", "rivers")
        return shapely.STRtree(np.concatenate([self.canvas.seen(name)[1] for name in layers]))

    def _calmest(
        self, body: Any, lines: list[tuple[str, Face]], busy: shapely.STRtree, beyond: float
    ) -> bool:
        """The place in a body with the least beneath it, near its middle, inside if it can be."""
        west, north, east, south = shapely.bounds(body)
        middle = shapely.point_on_surface(body)
        far = math.hypot(east - west, south - north)
        shape = rows(lines, 0, 0).boxes[0]
        spots = [(middle.x, middle.y), *_grid((west, north, east, south), _GRID)]
        x, y = np.array(spots).T
        inside = shapely.contains_xy(body, x, y)
        boxes = np.column_stack([x + shape[0], y + shape[1], x + shape[2], y + shape[3]])
        free = np.array(
            [bool(i) and self.room.is_free([b]) for i, b in zip(inside, boxes, strict=True)]
        )
        if not free.any():
            return False
        areas = shapely.box(*boxes.T)
        outside = 1 - shapely.area(shapely.intersection(areas, body)) / shapely.area(areas)
        under = np.bincount(busy.query(areas, predicate="intersects")[0], minlength=len(areas))
        away = np.hypot(x - middle.x, y - middle.y) / far
        cost = np.where(free, 0.35 * under + 4 * outside + 0.8 * away, np.inf)
        best = int(cost.argmin())
        if outside[best] > beyond:
            return False
        return self._put(rows(lines, x[best], y[best]))

    def _numbers(self, numbers: Mapping[str, str]) -> None:
        _, shapes = self.canvas.seen("sites")
        statuses, ids = (self.canvas.column("sites", name) for name in ("status", "site_id"))
        for shape, site, status in zip(shapes, ids, statuses, strict=True):
            own = self._on_site(str(status))
            if site not in numbers:
                continue
            widest = shapely.get_point(shapely.maximum_inscribed_circle(shape, 0.1), 0)
            spots = (_inner(shape), (float(widest.x), float(widest.y)))
            for size, spot in product(_NUMBERS, spots):
                label = row(numbers[site], replace(own, size=own.size * size), *spot)
                if _fits(label.boxes[0], shape) and self._put(label):
                    break

    def _on_site(self, status: str) -> Face:
        """How words stand on a site: only on a pattern they need a halo."""
        fill, base = self.canvas.ink.status(status), self.face("site")
        halo = base.halo if fill.pattern else 0.0
        return replace(base, color=fill.ink, halo=halo, ground=fill.color)

    def _sites(self) -> None:
        """A site's id and its area, where they fit inside it."""
        _, shapes = self.canvas.seen("sites")
        ids = self.canvas.column("sites", "site_id")
        areas = self.canvas.column("sites", "area_mu")
        statuses = self.canvas.column("sites", "status")
        order = sorted(range(len(shapes)), key=lambda k: -shapely.area(shapes[k]))
        for k in order:
            own = self._on_site(str(statuses[k]))
            own = replace(own, size=own.size * 0.88)
            light = own if own.halo else replace(own, weight=400)
            area = str(self.speaker.area(areas[k])[0]) if known(areas[k]) else ""
            both = [(str(ids[k]), own), (area, light)]
            middle = _inner(shapes[k])
            for lines in (both if area else both[:1], both[:1]):
                label = rows(lines, *middle)
                if _fits(label.boxes[0], shapes[k]) and self._put(label):
                    break

    def _areas(self, layer: str, face: Face) -> None:
        """Names of areas, between the parks."""
        indices, shapes = self.canvas.seen(layer)
        parks = shapely.union_all(self.canvas.seen("parks")[1])
        for at, body in zip(indices, shapes, strict=True):
            text = self.name(layer, at)
            middle = shapely.point_on_surface(body)
            spots = _grid(tuple(shapely.bounds(body)), 9)
            spots.sort(key=lambda spot: math.hypot(spot[0] - middle.x, spot[1] - middle.y))
            for x, y in spots if text else ():
                label = row(text, face, x, y)
                box = shapely.box(*label.boxes[0])
                if _fits(label.boxes[0], body) and not parks.intersects(box) and self._put(label):
                    break

    # -------------------------------------------------------------- lines

    def _lines(self, layer: str, face: Face) -> None:
        """One name along each line; the same name not twice near to itself."""
        indices, shapes = self.canvas.seen(layer)
        numbered = layer == "roads"
        said: list[tuple[str, float, float]] = []
        for at, shape in zip(indices, shapes, strict=True):
            frame = self.canvas.atlas.frames[layer]
            if numbered and known(frame["road_no"].iloc[at]):
                continue
            text = self.name(layer, at)
            if not text:
                continue
            for part in _longest_first(shape):
                for x, y, angle in _straights(part, face.width(text)):
                    if self._near(said, text, x, y):
                        continue
                    if self._put(turned(text, face, x, y, angle)):
                        said.append((text, x, y))
                        break

    def _near(self, said: list[tuple[str, float, float]], text: str, x: float, y: float) -> bool:
        reach = _REPEAT_PX * self.canvas.px
        return any(one == text and math.hypot(x - a, y - b) < reach for one, a, b in said)

    def _shields(self) -> None:
        indices, shapes = self.canvas.seen("roads")
        numbers, classes = (self.canvas.column("roads", n) for n in ("road_no", "road_class"))
        said: list[tuple[str, float, float]] = []
        for k in range(len(indices)):
            if not known(numbers[k]):
                continue
            text, solid = str(numbers[k]), classes[k] == "expressway"
            token = self.canvas.ink.token
            base = self.face("shield")
            own = replace(base, color=token("panel" if solid else "shield"))
            for part in _longest_first(shapes[k]):
                for share in (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9):
                    spot = shapely.line_interpolate_point(part, share, normalized=True)
                    if self._near(said, text, spot.x, spot.y):
                        continue
                    if self._put(shield(text, own, spot.x, spot.y, token, solid=solid)):
                        said.append((text, spot.x, spot.y))
                        break


# ------------------------------------------------------------------ geometry


def _grid(box: Bounds, count: int) -> list[tuple[float, float]]:
    west, north, east, south = box
    steps = [(k + 0.5) / count for k in range(count)]
    return [
        (west + a * (east - west), north + b * (south - north)) for b, a in product(steps, steps)
    ]


def _inner(body: Any) -> tuple[float, float]:
    """The middle of a body, if that lies in it; else a point that does."""
    spot = shapely.centroid(body)
    if not shapely.contains(body, spot):
        spot = shapely.point_on_surface(body)
    return float(spot.x), float(spot.y)


def _fits(box: Bounds, body: Any) -> bool:
    return bool(shapely.contains(body, shapely.box(*box)))


def _halves(text: str) -> list[str]:
    """A name on two lines, as equal as its words allow."""
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


def _straights(line: Any, width: float) -> Iterator[tuple[float, float, float]]:
    """Where words of a width find a straight stretch: middle and angle, the line's middle first.

    The angle is in degrees, so that words are read from the left.
    """
    long = line.length
    room = 1.15 * width
    if long < room:
        return
    count = min(24, max(1, int((long - room) / (room / 3)) + 1))
    starts = sorted(np.linspace(0, long - room, count), key=lambda s: abs(s - (long - room) / 2))
    for start in starts:
        ends = shapely.line_interpolate_point(line, [start, start + room / 2, start + room])
        (x0, y0), (x, y), (x1, y1) = shapely.get_coordinates(ends)
        if math.hypot(x1 - x0, y1 - y0) < 0.985 * room:
            continue
        angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
        yield float(x), float(y), (angle + 90) % 180 - 90
