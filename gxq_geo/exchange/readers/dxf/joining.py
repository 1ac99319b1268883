"""Join open lines whose ends lie within a tolerance, and find the areas that they enclose."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiLineString, Polygon
from shapely.geometry.base import BaseGeometry

# The most pairs of lines with overlapping boxes, beyond which crossings would fill the memory.
MAX_PAIRS = 2_000_000
_BATCH = 1000

Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Enclosed:
    """Areas enclosed by lines.

    Parameters
    ----------
    areas
        Each area, and the position of one of the lines around it.
    unused
        The positions of the lines that are part of no outline.
    too_many
        Whether so many lines cross each other that none was tried.
    """

    areas: tuple[tuple[Polygon, int], ...]
    unused: tuple[int, ...]
    too_many: bool = False


def enclosed(lines: Sequence[BaseGeometry], tolerance: float) -> Enclosed:
    """Find the areas that lines enclose together.

    Parameters
    ----------
    lines
        Open lines, in one unit of length.
    tolerance
        The largest gap, in that unit, between an end and the line that it should meet. It is
        absolute: it does not grow with the drawing.
    """
    open_lines = np.array(lines, dtype=object)
    if _crowded(open_lines):
        return Enclosed((), tuple(range(len(lines))), too_many=True)
    joined = _joined(open_lines, tolerance)
    noded = shapely.node(MultiLineString(joined[~shapely.is_empty(joined)].tolist()))
    areas = np.asarray(shapely.get_parts(shapely.polygonize([noded])), dtype=object)
    if not len(areas):
        return Enclosed((), tuple(range(len(lines))))
    tree = shapely.STRtree(shapely.boundary(areas))
    middles = shapely.line_interpolate_point(_pieces(joined), 0.5, normalized=True)
    owners = _owners(joined)
    near, area = tree.query(middles, predicate="dwithin", distance=max(tolerance, 1e-9))
    used = set(owners[near].tolist())
    first = dict(zip(area[::-1].tolist(), owners[near][::-1].tolist(), strict=True))
    unused = tuple(at for at in range(len(lines)) if at not in used)
    return Enclosed(tuple((one, first.get(at, 0)) for at, one in enumerate(areas)), unused)


def _crowded(lines: Geometries) -> bool:
    """Whether more than `MAX_PAIRS` pairs of lines have overlapping boxes."""
    tree = shapely.STRtree(lines)
    pairs = 0
    for start in range(0, len(lines), _BATCH):
        pairs += tree.query(lines[start : start + _BATCH]).shape[1]
        if pairs > MAX_PAIRS:
            return True
    return False


def _joined(lines: Geometries, tolerance: float) -> Geometries:
    """Move ends that are close to each other together, and ends close to a line onto it."""
    if tolerance <= 0:
        return lines
    lines = _with_common_ends(lines, tolerance)
    ends = _points(np.unique(_ends(lines).reshape(-1, 2), axis=0))
    line, end = shapely.STRtree(ends).query(lines, predicate="dwithin", distance=tolerance)
    bounds = np.searchsorted(line, np.arange(1, len(lines)))
    targets = [shapely.multipoints(ends[near]) for near in np.split(end, bounds)]
    return np.asarray(shapely.snap(lines, targets, tolerance), dtype=object)


def _points(positions: npt.NDArray[np.float64]) -> Geometries:
    return np.asarray(shapely.points(positions), dtype=object)


def _ends(lines: Geometries) -> npt.NDArray[np.float64]:
    """The first and the last position of each line."""
    both = [shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1)]
    return np.stack(both, axis=1)


def _with_common_ends(lines: Geometries, tolerance: float) -> Geometries:
    """Replace ends that form a chain of gaps within the tolerance by the first of them."""
    ends = _ends(lines).reshape(-1, 2)
    points = _points(ends)
    leader = np.arange(len(ends))
    pairs = shapely.STRtree(points).query(points, predicate="dwithin", distance=tolerance)
    while True:
        lowest = leader.copy()
        np.minimum.at(lowest, pairs[0], leader[pairs[1]])
        if (lowest == leader).all():
            break
        leader = lowest[lowest]
    coordinates, rows = shapely.get_coordinates(lines, return_index=True)
    starts = np.searchsorted(rows, np.arange(len(lines)))
    stops = np.append(starts[1:], len(rows)) - 1
    coordinates[starts], coordinates[stops] = ends[leader[::2]], ends[leader[1::2]]
    return np.asarray(shapely.linestrings(coordinates, indices=rows), dtype=object)


def _pieces(lines: Geometries) -> Geometries:
    """All segments of all lines."""
    coordinates, rows = shapely.get_coordinates(lines, return_index=True)
    same = rows[1:] == rows[:-1]
    segments = np.stack([coordinates[:-1][same], coordinates[1:][same]], axis=1)
    return np.asarray(shapely.linestrings(segments), dtype=object)


def _owners(lines: Geometries) -> npt.NDArray[np.intp]:
    """The line of each of the `_pieces`."""
    _, rows = shapely.get_coordinates(lines, return_index=True)
    return np.asarray(rows[1:][rows[1:] == rows[:-1]], dtype=np.intp)
