"""Build polygons from the rings of shapefile records.

An outer ring runs clockwise and a hole counterclockwise (ESRI Shapefile Technical Description, p. 8).
Which outer ring a hole belongs to is not stored: it is found by where the hole lies.
"""

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.exchange.source import Geometries

Ints = npt.NDArray[np.int64]
Points = npt.NDArray[np.float64]


def polygons(xy: Points, sizes: Ints, parts: Ints) -> Geometries:
    """The polygon or multipolygon of each record.

    Parameters
    ----------
    xy
        The vertices of all rings; each ring is closed.
    sizes
        The number of vertices of each ring.
    parts
        The number of rings of each record, at least 1.
    """
    if not len(parts):
        return np.empty(0, dtype=object)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    firsts = np.cumsum(parts) - parts
    clockwise = _areas(xy, offsets) < 0
    outer = np.add.reduceat(clockwise.astype(np.int64), firsts)
    # The usual record: one ring, or one outer ring that comes first.
    simple = (parts == 1) | ((outer == 1) & clockwise[firsts])
    rings = np.repeat(simple, parts)
    out: Geometries = np.full(len(parts), None, dtype=object)
    out[simple] = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON,
        xy[np.repeat(rings, sizes)],
        (
            np.concatenate([[0], np.cumsum(sizes[rings])]),
            np.concatenate([[0], np.cumsum(parts[simple])]),
        ),
    )
    doubtful = ~simple
    doubtful[simple] = _has_hole_outside(out[simple])
    for row in np.flatnonzero(doubtful).tolist():
        chosen = range(int(firsts[row]), int(firsts[row] + parts[row]))
        shells = shapely.polygons([xy[offsets[ring] : offsets[ring + 1]] for ring in chosen])
        out[row] = _assembled(shells, clockwise[chosen.start : chosen.stop])
    return out


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
        shells = shapely.polygons(shapely.get_exterior_ring(shapes[rows]))
        rings, of = shapely.get_rings(shapes[rows], return_index=True)
        is_hole = np.concatenate([[False], of[1:] == of[:-1]])
        inner = shapely.point_on_surface(shapely.polygons(rings[is_hole]))
        missed = ~shapely.intersects(shells[of[is_hole]], inner)
        outside[rows[of[is_hole][missed]]] = True
    return outside


def _assembled(shells: Geometries, clockwise: npt.NDArray[np.bool_]) -> shapely.Geometry:
    """Assemble the rings of one record: each hole goes to the smallest outer ring around it.

    A counterclockwise ring that no outer ring surrounds is an outer ring: some programs write all
    rings in one direction.
    """
    areas = shapely.area(shells)
    inner = shapely.point_on_surface(shells)
    order = np.lexsort((-areas, ~clockwise))
    tree = shapely.STRtree(shells)
    ring, around = tree.query(inner, predicate="intersects")
    surrounding: dict[int, list[int]] = {}
    for one, other in zip(ring.tolist(), around.tolist(), strict=True):
        if areas[other] > areas[one]:
            surrounding.setdefault(one, []).append(other)
    holes: dict[int, list[int]] = {}
    for one in order.tolist():
        candidates = [other for other in surrounding.get(one, ()) if other in holes]
        if clockwise[one] or not candidates:
            holes[one] = []
        else:
            holes[min(candidates, key=areas.__getitem__)].append(one)
    rings = shapely.get_exterior_ring(shells)
    found = [shapely.Polygon(rings[shell], list(rings[inside])) for shell, inside in holes.items()]
    return found[0] if len(found) == 1 else shapely.MultiPolygon(found)
