"""Classify and measure changes of geometries: moved, reshaped, or drawn with other vertices.

Two geometries are equal if no point of either is farther from the other than the precision of the
coordinates in a file. The order of rings, parts and vertices does not matter, nor does a
multi-geometry around a single part. Distances and areas are measured in a metric CRS, in one
vectorised operation for all geometries.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.zone.layer import CRS

# The seventh decimal in a layer file is about a centimetre: smaller differences are rounding.
_GRID_DEGREES = 1.1e-7
_GRID_M = 0.02
# A translation in degrees distorts a geometry in metres by no more than this.
_DISTORTION_M = 0.1
# Two polygons are equal if their symmetric difference has no more than this mean width.
_SAME_AREA_M = 0.02

# Projected coordinates, in metres, that are larger than this are not on the earth.
_FAR_M = 1e9

_LINE, _POLYGON = 1, 2
_MULTI = (4, 5, 6)

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Measure:
    """The type and size of a geometry.

    Parameters
    ----------
    type
        The GeoJSON type; empty where there is no geometry.
    area_m2, length_m
        Area of polygons and length of lines in the zone's metric CRS; None for other geometries.
    vertices
        The number of vertices.
    """

    type: str = ""
    area_m2: float | None = None
    length_m: float | None = None
    vertices: int = 0


@dataclass(frozen=True, slots=True)
class GeometryChange:
    """How a record's geometry changed.

    Parameters
    ----------
    kind
        ``moved`` as a whole, ``reshaped``, ``redrawn`` (the same area with other vertices),
        ``retyped`` (another GeoJSON type), ``given``, ``lost``, or ``unmeasured`` where the
        coordinates are outside the range of the zone's metric CRS.
    old, new
        The measures before and after.
    moved_m
        The distance between the centroids, in metres.
    differs_m2
        The area of the symmetric difference of polygons, in m².
    apart_m
        The Hausdorff distance of lines, in metres.
    """

    kind: str
    old: Measure
    new: Measure
    moved_m: float | None = None
    differs_m2: float | None = None
    apart_m: float | None = None

    def inverse(self) -> "GeometryChange":
        """Return the change from the new geometry to the old one."""
        opposite = {"given": "lost", "lost": "given"}
        return replace(self, kind=opposite.get(self.kind, self.kind), old=self.new, new=self.old)


def geometry_changes(old: Shapes, new: Shapes, crs: str) -> dict[int, GeometryChange]:
    """Return the changes between pairs of geometries, by position; equal pairs are left out.

    Parameters
    ----------
    old, new
        Arrays of geometries in EPSG:4326 with the same length; None or empty for no geometry.
    crs
        The metric CRS for measurements.
    """
    old, new = _nonempty(old), _nonempty(new)
    changed = np.flatnonzero(~_is_equal(old, new))
    if not changed.size:
        return {}
    with np.errstate(all="ignore"):
        metric = [_projected(shapes[changed], crs) for shapes in (old, new)]
        pairs = _Pairs(*metric)
        unmeasured = _not_projected(old[changed], metric[0]) | _not_projected(
            new[changed], metric[1]
        )
        kinds = pairs.kinds(unmeasured)
    return {
        int(position): pairs.change(row, kind)
        for row, (position, kind) in enumerate(zip(changed, kinds, strict=True))
        if kind
    }


def geometry_keys(shapes: Shapes) -> list[bytes]:
    """Return a key for each geometry in EPSG:4326; equal geometries have equal keys."""
    grid = shapely.transform(_simplified(_nonempty(shapes)), lambda at: np.round(at, 7) + 0.0)
    return [b"" if key is None else key for key in shapely.to_wkb(shapely.normalize(grid))]


def _nonempty(shapes: Shapes) -> Shapes:
    return _where_true(shapes, ~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))


def _where_true(shapes: Shapes, kept: Flags) -> Shapes:
    """Return the geometries with None in place of those that are not kept."""
    out = np.empty(len(shapes), dtype=object)
    out[kept] = shapes[kept]
    return out


def _is_equal(old: Shapes, new: Shapes) -> Flags:
    neither = shapely.is_missing(old) & shapely.is_missing(new)
    same = np.asarray(neither | shapely.equals_identical(old, new))
    rest = np.flatnonzero(~same)
    before, now = (shapely.normalize(_simplified(shapes[rest])) for shapes in (old, new))
    same[rest] = shapely.equals_exact(before, now, tolerance=_GRID_DEGREES)
    return same


def _simplified(shapes: Shapes) -> Shapes:
    """Remove heights, and a multi-geometry around a single part."""
    flat = shapely.force_2d(shapes)
    single = np.isin(shapely.get_type_id(flat), _MULTI) & (shapely.get_num_geometries(flat) == 1)
    out: Shapes = np.asarray(flat, dtype=object).copy()
    out[single] = shapely.get_geometry(out[single], 0)
    return out


def _projected(shapes: Shapes, crs: str) -> Shapes:
    """Project geometries; None for those missing or outside the range of the CRS."""
    flat = _simplified(shapes)
    on_globe = _where_true(flat, _is_within(flat, (180, 90)))
    metric = gpd.GeoSeries(on_globe, crs=CRS).to_crs(crs).to_numpy()
    return _where_true(metric, _is_within(metric, (_FAR_M, _FAR_M)))


def _is_within(shapes: Shapes, limits: tuple[float, float]) -> Flags:
    """Return which geometries have no coordinate with a larger absolute value than the limits."""
    inside: Flags = np.abs(shapely.bounds(shapes)) <= (*limits, *limits)
    return np.asarray(inside.all(axis=1))


def _not_projected(shapes: Shapes, metric: Shapes) -> Flags:
    return np.asarray(shapely.is_missing(metric) & ~shapely.is_missing(shapes))


def _measurable(shapes: Shapes) -> Shapes:
    """Make invalid polygons valid; a ring that touches itself keeps its area."""
    bad = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    out = shapes.copy()
    out[bad] = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    return out


class _Pairs:
    """Pairs of different geometries in metres, with the measures of their differences."""

    def __init__(self, old: Shapes, new: Shapes) -> None:
        self.old, self.new = old, new
        self.valid = _measurable(old), _measurable(new)
        self.dimension = np.where(
            shapely.get_dimensions(old) == shapely.get_dimensions(new),
            shapely.get_dimensions(new),
            -1,
        )
        self.shift = _centroids(self.valid[1]) - _centroids(self.valid[0])
        self.moved: Floats = np.hypot(*self.shift.T)
        self.length: Floats = np.maximum(shapely.length(old), shapely.length(new))
        types = [shapely.get_type_id(shapes) for shapes in (old, new)]
        points = [shapely.get_num_coordinates(shapes) for shapes in (old, new)]
        self.retyped = np.asarray(types[0] != types[1])
        self.same_vertices = np.asarray((types[0] == types[1]) & (points[0] == points[1]))
        self.moved_as_whole = self._moved_as_whole()
        # Not needed for geometries that moved as a whole, and slow.
        rest = ~self.moved_as_whole
        self.apart = _where(rest, shapely.hausdorff_distance, old, new)
        self.differs = _where(rest, _symmetric_difference_m2, *self.valid)

    def kinds(self, unmeasured: Flags) -> list[str]:
        """Return the kind of each change; empty where the difference is only rounding.

        Parameters
        ----------
        unmeasured
            Which pairs have a geometry outside the range of the metric CRS.
        """
        missing = [shapely.is_missing(shapes) for shapes in (self.old, self.new)]
        polygons = self.dimension == _POLYGON
        same_area = polygons & (self.differs <= _SAME_AREA_M * self.length)
        near = self.same_vertices & (self.apart <= _GRID_M)
        rounding = near & (same_area | ~polygons) & self._in_same_order()
        cases = [
            (unmeasured, "unmeasured"),
            (missing[0], "given"),
            (missing[1], "lost"),
            (rounding, ""),
            (self.retyped, "retyped"),
            (self.moved_as_whole, "moved"),
            (same_area, "redrawn"),
        ]
        flags, kinds = zip(*cases, strict=True)
        return [str(kind) for kind in np.select(flags, kinds, "reshaped")]

    def _in_same_order(self) -> Flags:
        """Return whether lines have the same order of vertices, or the reverse one."""
        out = np.full(len(self.old), fill_value=True)
        rows = np.flatnonzero(self.dimension == _LINE)
        old, new = self.old[rows], self.new[rows]
        distances = [shapely.frechet_distance(old, line) for line in (new, shapely.reverse(new))]
        out[rows] = np.minimum(*distances) <= _GRID_M
        return out

    def _moved_as_whole(self) -> Flags:
        """Return whether the new geometry equals the old one after a translation."""
        out = np.zeros(len(self.old), dtype=bool)
        rows = np.flatnonzero(self.same_vertices & (self.moved > _GRID_M))
        if rows.size:
            old, back = self.old[rows], _translated(self.new[rows], -self.shift[rows])
            out[rows] = _vertices_match(old, back)
            # Rings may begin with another vertex: the others are compared in normal form.
            rest = np.flatnonzero(~out[rows])
            normal = shapely.normalize(old[rest]), shapely.normalize(back[rest])
            out[rows[rest]] = _vertices_match(*normal)
        return out

    def change(self, row: int, kind: str) -> GeometryChange:
        """Return the change of one pair."""
        old, new = (_measure(*pair) for pair in self._pair(row))
        if kind in ("unmeasured", "given", "lost"):
            return GeometryChange(kind, old, new)
        is_polygon, is_line = self.dimension[row] == _POLYGON, self.dimension[row] == _LINE
        return GeometryChange(
            kind,
            old,
            new,
            moved_m=_or_none(self.moved[row]),
            differs_m2=_or_none(self.differs[row]) if is_polygon and kind != "moved" else None,
            apart_m=_or_none(self.apart[row]) if is_line and kind != "moved" else None,
        )

    def _pair(self, row: int) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        return (self.old[row], self.valid[0][row]), (self.new[row], self.valid[1][row])


def _where(
    rows: Flags, measure: Callable[[Shapes, Shapes], Any], old: Shapes, new: Shapes
) -> Floats:
    """Return a measure of some pairs; NaN for the others."""
    out = np.full(len(old), np.nan)
    out[rows] = measure(old[rows], new[rows])
    return out


def _symmetric_difference_m2(old: Shapes, new: Shapes) -> Floats:
    """Return the area of the symmetric difference; NaN unless both are polygons."""
    polygons = [shapely.get_dimensions(shapes) == _POLYGON for shapes in (old, new)]
    rows = np.flatnonzero(polygons[0] & polygons[1])
    before, now = old[rows], new[rows]
    common = shapely.area(shapely.intersection(before, now))
    out = np.full(len(old), np.nan)
    out[rows] = np.maximum(shapely.area(before) + shapely.area(now) - 2 * common, 0)
    return out


def _vertices_match(old: Shapes, new: Shapes) -> Flags:
    """Return whether each vertex is close to the vertex of the other geometry in its position."""
    vertices, row = shapely.get_coordinates(old, return_index=True)
    far = np.hypot(*(shapely.get_coordinates(new) - vertices).T) > _DISTORTION_M
    out = np.full(len(old), fill_value=True)
    out[row[far]] = False
    return out


def _centroids(shapes: Shapes) -> Floats:
    """Return the centroid of each geometry; NaN where there is none."""
    out = np.full((len(shapes), 2), np.nan)
    known = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    out[known] = shapely.get_coordinates(shapely.centroid(shapes[known]))
    return out


def _translated(shapes: Shapes, by: Floats) -> Shapes:
    counts = shapely.get_num_coordinates(shapes)
    vertices = shapely.get_coordinates(shapes) + np.repeat(by, counts, axis=0)
    return np.asarray(shapely.set_coordinates(shapes.copy(), vertices))


def _measure(shape: Any, valid: Any) -> Measure:
    if shape is None:
        return Measure()
    dimension = shapely.get_dimensions(shape)
    return Measure(
        str(shape.geom_type),
        float(valid.area) if dimension == _POLYGON else None,
        float(shape.length) if dimension == _LINE else None,
        int(shapely.get_num_coordinates(shape)),
    )


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
