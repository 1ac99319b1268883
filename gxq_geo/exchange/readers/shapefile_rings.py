"""Build polygons from the rings of shapefile records.

An outer ring runs clockwise and a hole counterclockwise (ESRI Shapefile Technical Description,
p. 8).
Which outer ring a hole belongs to is not stored: it is found by where the hole lies.
"""

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.exchange.rings import assembled, merged
from gxq_geo.exchange.source import Geometries

Ints = npt.NDArray[np.int64]
Points = npt.NDArray[np.float64]

# Holes are assigned to outer rings by comparing each with each: the most rings of one record for
# which that is done, and the most comparisons in a file.
_MAX_RINGS, _MAX_PAIRS = 5_000, 400_000_000


# A damaged file may have coordinates with which areas overflow.
@np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore")
def polygons(xy: Points, sizes: Ints, parts: Ints) -> Geometries:
    """The polygon or multipolygon of each record; None if it has too many rings to be assembled.

    Parameters
    ----------
    xy
        The vertices of all rings; each ring is closed.
    sizes
        The number of vertices of each ring.
    parts
        The number of rings of each record, at least 1.
    """
    out: Geometries = np.full(len(parts), None, dtype=object)
    if not len(parts):
        return out
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    firsts = np.cumsum(parts) - parts
    clockwise = _areas(xy, offsets) < 0
    outer = np.add.reduceat(clockwise.astype(np.int64), firsts)
    # The usual records: one ring, one outer ring that comes first, or outer rings alone.
    simple = (parts == 1) | ((outer == 1) & clockwise[firsts])
    out[simple] = _single(xy, sizes, parts, simple)
    several = (parts > 1) & (outer == parts)
    out[several] = _without_holes(xy, sizes, parts, several)
    doubtful = ~(simple | several)
    doubtful[simple] = _has_hole_outside(out[simple])
    rows = np.flatnonzero(doubtful)
    out[rows] = None
    few = (parts[rows] <= _MAX_RINGS) & (np.cumsum(parts[rows] ** 2) <= _MAX_PAIRS)
    for row in rows[few].tolist():
        chosen = range(int(firsts[row]), int(firsts[row] + parts[row]))
        shells = [shapely.Polygon(xy[offsets[at] : offsets[at + 1]]) for at in chosen]
        outer = clockwise[chosen.start : chosen.stop]
        out[row] = merged(assembled(np.array(shells, dtype=object), outer))
    return out


def _single(xy: Points, sizes: Ints, parts: Ints, which: npt.NDArray[np.bool_]) -> Geometries:
    """The polygons of records whose first ring is the outer one."""
    rings = np.repeat(which, parts)
    offsets = (
        np.concatenate([[0], np.cumsum(sizes[rings])]),
        np.concatenate([[0], np.cumsum(parts[which])]),
    )
    chosen = xy[np.repeat(rings, sizes)]
    built = shapely.from_ragged_array(shapely.GeometryType.POLYGON, chosen, offsets)
    return np.asarray(built, dtype=object)


def _without_holes(
    xy: Points, sizes: Ints, parts: Ints, which: npt.NDArray[np.bool_]
) -> Geometries:
    """The multipolygons of records whose rings are all outer ones."""
    rings = np.repeat(which, parts)
    ends = np.cumsum(sizes[rings])
    offsets = (
        np.concatenate([[0], ends]),
        np.arange(len(ends) + 1),
        np.concatenate([[0], np.cumsum(parts[which])]),
    )
    chosen = xy[np.repeat(rings, sizes)]
    built = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, chosen, offsets)
    return np.asarray(built, dtype=object)


def _areas(xy: Points, offsets: Ints) -> Points:
    """Twice the signed area of each ring, positive for a counterclockwise one."""
    starts = offsets[:-1]
    # Relative to the ring's first vertex, so that large coordinates do not cancel.
    x, y = (xy - np.repeat(xy[starts], np.diff(offsets), axis=0)).T
    cross = np.zeros(len(xy))
    cross[:-1] = x[:-1] * y[1:] - x[1:] * y[:-1]
    # The last vertex of a ring equals the first, which is the origin: it adds nothing.
    cross[offsets[1:] - 1] = 0
    return np.add.reduceat(cross, starts)


def _has_hole_outside(shapes: Geometries) -> npt.NDArray[np.bool_]:
    """Whether a polygon has a hole that is not inside its outer ring."""
    outside = np.zeros(len(shapes), np.bool_)
    rows = np.flatnonzero(shapely.get_num_interior_rings(shapes) > 0)
    if len(rows):
        shells = np.asarray(shapely.polygons(shapely.get_exterior_ring(shapes[rows])))
        rings, of = shapely.get_rings(shapes[rows], return_index=True)
        is_hole = np.concatenate([[False], of[1:] == of[:-1]])
        inner = shapely.point_on_surface(shapely.polygons(rings[is_hole]))
        missed = ~shapely.intersects(shells[of[is_hole]], inner)
        outside[rows[of[is_hole][missed]]] = True
    return outside
