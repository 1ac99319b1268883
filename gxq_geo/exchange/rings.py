"""Build polygons from rings that stand side by side in a file, without saying which are holes."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LinearRing, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

# No coordinate is larger, in whatever unit.
LARGEST = 1e11

Ring = npt.NDArray[np.float64]


def closed(ring: Ring) -> bool:
    """Whether the last position of a ring repeats the first."""
    return len(ring) > 1 and bool((ring[0] == ring[-1]).all())


def is_ring(ring: Ring) -> bool:
    """Whether positions may enclose an area: at least three distinct ones, all `usable`."""
    return usable(ring) and distinct(ring) >= 3


def distinct(positions: Ring) -> int:
    """The number of different positions; much faster than `numpy.unique` for short rings."""
    return len(set(map(tuple, positions.tolist())))


def usable(positions: Ring) -> bool:
    """Whether coordinates are numbers that may be on the earth, so that areas can be computed."""
    return bool((np.abs(positions) < LARGEST).all())


def polygons(rings: Sequence[Ring]) -> list[Polygon]:
    """Nest rings by the even-odd rule: a ring within a ring is a hole, one within a hole a polygon.

    Parameters
    ----------
    rings
        Rings for which `is_ring` holds; they need not repeat their first position.
    """
    if len(rings) == 1:
        return [Polygon(rings[0])]
    shells = np.array([Polygon(ring) for ring in rings], dtype=object)
    around = _around(shells)
    areas = shapely.area(shells)
    depth = np.array([len(outer) for outer in around])
    holes: dict[int, list[LinearRing]] = {}
    for at in np.flatnonzero(depth % 2).tolist():
        parent = min(around[at], key=lambda outer: (areas[outer], outer))
        holes.setdefault(parent, []).append(shells[at].exterior)
    return [
        Polygon(shells[at].exterior, holes.get(at))
        for at in np.flatnonzero(depth % 2 == 0).tolist()
    ]


def _around(shells: npt.NDArray[np.object_]) -> list[list[int]]:
    """For each ring the larger rings around it."""
    around: list[list[int]] = [[] for _ in shells]
    areas = shapely.area(shells)
    inside = shapely.point_on_surface(shapely.make_valid(shells, method="structure"))
    for inner, outer in zip(*shapely.STRtree(shells).query(inside), strict=True):
        larger = (areas[outer], -outer) > (areas[inner], -inner)
        if larger and shapely.contains_xy(shells[outer], inside[inner].x, inside[inner].y):
            around[inner].append(int(outer))
    return around


def oriented(rings: Sequence[Ring], *, shells_ccw: bool) -> list[Polygon]:
    """Assign holes to shells by the direction of the rings; a hole outside every shell is a shell.

    Parameters
    ----------
    rings
        Rings for which `is_ring` holds.
    shells_ccw
        Whether shells run counter-clockwise; if no ring runs so, the others are the shells.
    """
    ccw = np.array([LinearRing(ring).is_ccw for ring in rings], dtype=np.bool_)
    outer = ccw == shells_ccw
    shells = np.array([Polygon(ring) for ring in rings], dtype=object)
    return assembled(shells, outer if outer.any() else ~outer)


def assembled(shells: npt.NDArray[np.object_], outer: npt.NDArray[np.bool_]) -> list[Polygon]:
    """Assign each hole to the smallest outer ring around it; one that none surrounds is outer.

    Parameters
    ----------
    shells
        Each ring as a polygon without holes.
    outer
        Whether a ring is an outer one. Some programs write all rings in one direction, so that a
        hole may turn out to be an outer ring, which may have holes itself.
    """
    areas = shapely.area(shells)
    inner = shapely.point_on_surface(shapely.make_valid(shells, method="structure"))
    ring, around = shapely.STRtree(shells).query(inner, predicate="intersects")
    surrounding: dict[int, list[int]] = {}
    for one, other in zip(ring.tolist(), around.tolist(), strict=True):
        if areas[other] > areas[one]:
            surrounding.setdefault(one, []).append(other)
    holes: dict[int, list[int]] = {}
    for one in np.lexsort((-areas, ~outer)).tolist():
        candidates = [other for other in surrounding.get(one, ()) if other in holes]
        if outer[one] or not candidates:
            holes[one] = []
        else:
            holes[min(candidates, key=areas.__getitem__)].append(one)
    rings = shapely.get_exterior_ring(shells)
    return [Polygon(rings[shell], list(rings[inside])) for shell, inside in holes.items()]


def merged(parts: Sequence[Polygon]) -> BaseGeometry | None:
    """One geometry of several polygons: None, a Polygon or a MultiPolygon."""
    if len(parts) <= 1:
        return parts[0] if parts else None
    return MultiPolygon(list(parts))
