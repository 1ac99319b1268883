"""How geometries differ from what they were: moved, reshaped, or only drawn with other points.

Two geometries are the same where no point of either lies farther from the other than a file's
coordinates can say; the order of rings, parts and points, and a single part inside a collection,
are ways of writing. All measuring happens in a metric CRS, all geometries at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.zone.layer import CRS

# The seven decimals of a layer file are a centimetre; what differs by less was written twice.
_GRID_DEGREES = 1.1e-7
_GRID_M = 0.02
# A geometry that was pushed as a whole in degrees is, in metres, bent by so much at most.
_STIFF_M = 0.1
# Ground that differs by no more than this in mean width is the same ground.
_SAME_GROUND_M = 0.02

# No place on earth has coordinates as large as this, in metres.
_FAR_M = 1e9

_LINE, _POLYGON = 1, 2
_MULTI = (4, 5, 6)

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a geometry measures.

    Parameters
    ----------
    type
        Its GeoJSON type; empty where there is none.
    area_m2, length_m
        Area of polygons, length of lines, in the zone's metric CRS; None for what has neither.
    vertices
        Of how many points it is drawn.
    """

    type: str = ""
    area_m2: float | None = None
    length_m: float | None = None
    vertices: int = 0


@dataclass(frozen=True, slots=True)
class Redrawing:
    """How a record's geometry changed.

    Parameters
    ----------
    kind
        ``moved`` as a whole, ``reshaped``, ``redrawn`` (the same ground by other points),
        ``retyped`` (of another GeoJSON type), ``given``, ``lost``, or ``unmeasured`` where the
        coordinates are no place in the zone's metric CRS.
    old, new
        What it measured, and measures now.
    moved_m
        How far apart the centroids are, in metres; of points, how far they moved.
    differs_m2
        Of polygons: the area that belongs to one of the two only, in m².
    apart_m
        Of lines: how far the two lie apart at most (Hausdorff distance), in metres.
    """

    kind: str
    old: Measure
    new: Measure
    moved_m: float | None = None
    differs_m2: float | None = None
    apart_m: float | None = None

    def mirrored(self) -> "Redrawing":
        """The same change the other way round."""
        turned = {"given": "lost", "lost": "given"}
        return replace(self, kind=turned.get(self.kind, self.kind), old=self.new, new=self.old)


def redrawings(old: Shapes, new: Shapes, crs: str) -> dict[int, Redrawing]:
    """How each of some geometries changed, by its place; those that did not are left out.

    Parameters
    ----------
    old, new
        Geometries in EPSG:4326, one for one; None or empty where there is none.
    crs
        The metric CRS in which they are measured.
    """
    old, new = _known(old), _known(new)
    changed = np.flatnonzero(~_alike(old, new))
    if not changed.size:
        return {}
    with np.errstate(all="ignore"):
        placed = [_metric(shapes[changed], crs) for shapes in (old, new)]
        pairs = _Pairs(*placed)
        kinds = pairs.kinds(_lost(old[changed], placed[0]) | _lost(new[changed], placed[1]))
    return {
        int(place): pairs.redrawing(row, kind)
        for row, (place, kind) in enumerate(zip(changed, kinds, strict=True))
        if kind
    }


def written_alike(shapes: Shapes) -> list[bytes]:
    """A key for each geometry in EPSG:4326; those that are drawn alike have the same."""
    grid = shapely.transform(_plain(_known(shapes)), lambda at: np.round(at, 7) + 0.0)
    return [b"" if one is None else one for one in shapely.to_wkb(shapely.normalize(grid))]


def _known(shapes: Shapes) -> Shapes:
    return _only(shapes, ~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))


def _only(shapes: Shapes, kept: Flags) -> Shapes:
    """Some of the geometries; None in place of the others."""
    out = np.empty(len(shapes), dtype=object)
    out[kept] = shapes[kept]
    return out


def _alike(old: Shapes, new: Shapes) -> Flags:
    neither = shapely.is_missing(old) & shapely.is_missing(new)
    same = np.asarray(neither | shapely.equals_identical(old, new))
    rest = np.flatnonzero(~same)
    before, now = (shapely.normalize(_plain(shapes[rest])) for shapes in (old, new))
    same[rest] = shapely.equals_exact(before, now, tolerance=_GRID_DEGREES)
    return same


def _plain(shapes: Shapes) -> Shapes:
    """Without heights, and without a collection around a single part."""
    flat = shapely.force_2d(shapes)
    alone = np.isin(shapely.get_type_id(flat), _MULTI) & (shapely.get_num_geometries(flat) == 1)
    out: Shapes = np.asarray(flat, dtype=object).copy()
    out[alone] = shapely.get_geometry(out[alone], 0)
    return out


def _metric(shapes: Shapes, crs: str) -> Shapes:
    """In metres; None where there is none, or where it is no place in that CRS."""
    plain = _plain(shapes)
    placed = gpd.GeoSeries(_only(plain, _within(plain, (180, 90))), crs=CRS).to_crs(crs).to_numpy()
    return _only(placed, _within(placed, (_FAR_M, _FAR_M)))


def _within(shapes: Shapes, most: tuple[float, float]) -> Flags:
    """Which lie, as a whole, within so much of zero, east and north."""
    inside: Flags = np.abs(shapely.bounds(shapes)) <= (*most, *most)
    return np.asarray(inside.all(axis=1))


def _lost(shapes: Shapes, placed: Shapes) -> Flags:
    return np.asarray(shapely.is_missing(placed) & ~shapely.is_missing(shapes))


def _sound(shapes: Shapes) -> Shapes:
    """Polygons that can be measured; what only touches itself keeps its ground."""
    bad = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    out = shapes.copy()
    out[bad] = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    return out


class _Pairs:
    """Geometries in metres that differ, and how."""

    def __init__(self, old: Shapes, new: Shapes) -> None:
        self.old, self.new = old, new
        self.grounds = _sound(old), _sound(new)
        self.dimension = np.where(
            shapely.get_dimensions(old) == shapely.get_dimensions(new),
            shapely.get_dimensions(new),
            -1,
        )
        self.shift = _centres(self.grounds[1]) - _centres(self.grounds[0])
        self.moved: Floats = np.hypot(*self.shift.T)
        self.length: Floats = np.maximum(shapely.length(old), shapely.length(new))
        types = [shapely.get_type_id(shapes) for shapes in (old, new)]
        points = [shapely.get_num_coordinates(shapes) for shapes in (old, new)]
        self.retyped = np.asarray(types[0] != types[1])
        self.like = np.asarray((types[0] == types[1]) & (points[0] == points[1]))
        self.stiff = self._stiff()
        # Of what was only moved, nobody asks for more: it would take longest.
        rest = ~self.stiff
        self.apart = _where(rest, shapely.hausdorff_distance, old, new)
        self.differs = _where(rest, _differing, *self.grounds)

    def kinds(self, unplaced: Flags) -> list[str]:
        """What happened to each; empty where nothing did that a file's coordinates could say.

        Parameters
        ----------
        unplaced
            Which have a geometry that is no place in the metric CRS.
        """
        none = [shapely.is_missing(shapes) for shapes in (self.old, self.new)]
        wide = self.dimension == _POLYGON
        same_ground = wide & (self.differs <= _SAME_GROUND_M * self.length)
        near = self.like & (self.apart <= _GRID_M)
        written_twice = near & (same_ground | ~wide) & self._in_order()
        cases = [
            (unplaced, "unmeasured"),
            (none[0], "given"),
            (none[1], "lost"),
            (written_twice, ""),
            (self.retyped, "retyped"),
            (self.stiff, "moved"),
            (same_ground, "redrawn"),
        ]
        flags, kinds = zip(*cases, strict=True)
        return [str(kind) for kind in np.select(flags, kinds, "reshaped")]

    def _in_order(self) -> Flags:
        """Whether lines run through their points in one order, or the other way round."""
        out = np.full(len(self.old), fill_value=True)
        rows = np.flatnonzero(self.dimension == _LINE)
        old, new = self.old[rows], self.new[rows]
        ways = [shapely.frechet_distance(old, way) for way in (new, shapely.reverse(new))]
        out[rows] = np.minimum(*ways) <= _GRID_M
        return out

    def _stiff(self) -> Flags:
        """Whether the new lies on the old when it is pushed back."""
        out = np.zeros(len(self.old), dtype=bool)
        rows = np.flatnonzero(self.like & (self.moved > _GRID_M))
        if rows.size:
            old, back = self.old[rows], _pushed(self.new[rows], -self.shift[rows])
            out[rows] = _point_by_point(old, back)
            turned = np.flatnonzero(~out[rows])  # perhaps they begin with another point
            lines = shapely.normalize(old[turned]), shapely.normalize(back[turned])
            out[rows[turned]] = _point_by_point(*lines)
        return out

    def redrawing(self, row: int, kind: str) -> Redrawing:
        """The change of one of them as a value."""
        old, new = (_measure(*pair) for pair in self._pair(row))
        if kind in ("unmeasured", "given", "lost"):
            return Redrawing(kind, old, new)
        wide, thin = self.dimension[row] == _POLYGON, self.dimension[row] == _LINE
        return Redrawing(
            kind,
            old,
            new,
            moved_m=_figure(self.moved[row]),
            differs_m2=_figure(self.differs[row]) if wide and kind != "moved" else None,
            apart_m=_figure(self.apart[row]) if thin and kind != "moved" else None,
        )

    def _pair(self, row: int) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        grounds = self.grounds
        return (self.old[row], grounds[0][row]), (self.new[row], grounds[1][row])


def _where(
    rows: Flags, measure: Callable[[Shapes, Shapes], Any], old: Shapes, new: Shapes
) -> Floats:
    """A measure of some pairs; NaN for the others."""
    out = np.full(len(old), np.nan)
    out[rows] = measure(old[rows], new[rows])
    return out


def _differing(old: Shapes, new: Shapes) -> Floats:
    """The area that belongs to one of the two only; NaN unless both are polygons."""
    wide = [shapely.get_dimensions(shapes) == _POLYGON for shapes in (old, new)]
    rows = np.flatnonzero(wide[0] & wide[1])
    before, now = old[rows], new[rows]
    common = shapely.area(shapely.intersection(before, now))
    out = np.full(len(old), np.nan)
    out[rows] = np.maximum(shapely.area(before) + shapely.area(now) - 2 * common, 0)
    return out


def _point_by_point(old: Shapes, new: Shapes) -> Flags:
    """Whether no point of a geometry lies far from the same point of the other."""
    at, row = shapely.get_coordinates(old, return_index=True)
    far = np.hypot(*(shapely.get_coordinates(new) - at).T) > _STIFF_M
    out = np.full(len(old), fill_value=True)
    out[row[far]] = False
    return out


def _centres(shapes: Shapes) -> Floats:
    """The centroid of each; NaN where there is none."""
    out = np.full((len(shapes), 2), np.nan)
    known = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    out[known] = shapely.get_coordinates(shapely.centroid(shapes[known]))
    return out


def _pushed(shapes: Shapes, by: Floats) -> Shapes:
    counts = shapely.get_num_coordinates(shapes)
    at = shapely.get_coordinates(shapes) + np.repeat(by, counts, axis=0)
    return np.asarray(shapely.set_coordinates(shapes.copy(), at))


def _measure(shape: Any, ground: Any) -> Measure:
    if shape is None:
        return Measure()
    dimension = shapely.get_dimensions(shape)
    return Measure(
        str(shape.geom_type),
        float(ground.area) if dimension == _POLYGON else None,
        float(shape.length) if dimension == _LINE else None,
        int(shapely.get_num_coordinates(shape)),
    )


def _figure(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
