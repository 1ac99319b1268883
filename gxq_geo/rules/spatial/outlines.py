"""Faults in single geometries: repeated points, spikes, tiny parts, slivers, duplicates."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.rules.common import Place, measurable, once_per_zone
from gxq_geo.rules.spatial.placement import Mask, Where, placement
from gxq_geo.zone import Zone

# Two points nearer than this are equal when written with 7 decimals.
_SAME_M = 0.005
_M_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class VertexFaults:
    """By row, the first vertex that repeats the one before it, and the first spike."""

    repeated: dict[int, Place]
    spikes: dict[int, Place]


@once_per_zone
def vertex_faults(zone: Zone, name: str) -> VertexFaults:
    """Find the first repeated point and the first spike of each usable record, valid or not.

    Lengths and angles are measured on a plane that is tangent to the earth at the record.
    """
    shapes = zone.frame(name).geometry.to_numpy()
    rows = np.flatnonzero(placement(zone, name).where == Where.USABLE)
    parts, of_part = shapely.get_parts(shapes[rows], return_index=True)
    closed = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, of_ring = shapely.get_rings(parts[closed], return_index=True)
    lines = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    chains = np.concatenate([rings, parts[lines]])
    of_chain = rows[np.concatenate([of_part[closed][of_ring], of_part[lines]])]
    vertices, chain = shapely.get_coordinates(chains, return_index=True)
    if not len(vertices):
        return VertexFaults({}, {})
    step = np.diff(vertices, axis=0) * _M_PER_DEGREE
    step[:, 0] *= np.cos(np.radians(vertices[:-1, 1]))
    within = chain[:-1] == chain[1:]
    length = np.hypot(step[:, 0], step[:, 1])
    same = np.flatnonzero(within & (length < _SAME_M))
    repeated = _first(of_chain[chain[same]], vertices[same])
    edges = np.flatnonzero(within & (length >= _SAME_M) & (chain[:-1] < len(rings)))
    heading = step[edges] / length[edges, None]
    tips = _turning_back(heading, chain[edges], zone.settings.limits.spike_degrees)
    spikes = _first(of_chain[chain[edges[tips]]], vertices[edges[tips]])
    return VertexFaults(repeated, spikes)


def _turning_back(
    heading: npt.NDArray[np.float64], ring: npt.NDArray[np.intp], degrees: float
) -> npt.NDArray[np.intp]:
    """Return the edges that turn back on the previous edge of their ring."""
    if not len(ring):
        return np.empty(0, dtype=np.intp)
    starts = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]])
    before = np.arange(len(ring)) - 1
    before[starts] = np.r_[starts[1:], len(ring)] - 1
    back = -(heading * heading[before]).sum(axis=1)
    return np.flatnonzero((back > np.cos(np.radians(degrees))) & (before != np.arange(len(ring))))


def _first(rows: npt.NDArray[np.intp], vertices: npt.NDArray[np.float64]) -> dict[int, Place]:
    """Return the first vertex of each row."""
    found, first = np.unique(rows, return_index=True)
    places = vertices[first].round(7).tolist()
    return {row: (x, y) for row, (x, y) in zip(found.tolist(), places, strict=True)}


@dataclass(frozen=True, slots=True)
class SmallParts:
    """By row, a part that is too small or too narrow, with its measure; shapes are metric.

    Parameters
    ----------
    tiny
        Area in m² of a polygon, part or hole, or length in m of a line, and its shape.
    slivers
        Mean width in m of a polygon, part or hole, and its shape.
    """

    tiny: dict[int, tuple[float, shapely.Geometry]]
    slivers: dict[int, tuple[float, shapely.Geometry]]


@once_per_zone
def small_parts(zone: Zone, name: str) -> SmallParts:
    """Find tiny and sliver-like polygons, parts and holes of a layer, and tiny lines."""
    limits, shapes = zone.settings.limits, measurable(zone, name)
    rows = shapes.index.to_numpy()
    parts, of_part = shapely.get_parts(shapes.to_numpy(), return_index=True)
    holed = np.flatnonzero(shapely.get_num_interior_rings(parts) > 0)
    rings, of_ring = shapely.get_rings(parts[holed], return_index=True)
    pieces = np.concatenate([parts, shapely.polygons(rings)]) if len(rings) else parts
    of = rows[np.concatenate([of_part, of_part[holed[of_ring]]]) if len(rings) else of_part]
    area, length = shapely.area(pieces), shapely.length(pieces)
    flat = shapely.get_dimensions(pieces) == 2
    lines = shapely.get_dimensions(pieces) == 1
    tiny = (flat & (area <= limits.tiny_m2)) | (lines & (length <= limits.tiny_m))
    with np.errstate(invalid="ignore", divide="ignore"):
        width = 2 * area / length
    thin = flat & ~tiny & (width < limits.sliver_m)
    small = _by_row(of, np.flatnonzero(tiny), np.where(flat, area, length), pieces)
    slivers = _by_row(of, np.flatnonzero(thin), width, pieces)
    return SmallParts(small, {row: part for row, part in slivers.items() if row not in small})


def _by_row(
    rows: npt.NDArray[np.intp],
    at: npt.NDArray[np.intp],
    measure: npt.NDArray[np.float64],
    pieces: npt.NDArray[np.object_],
) -> dict[int, tuple[float, shapely.Geometry]]:
    return {int(rows[i]): (float(measure[i]), pieces[i]) for i in at[::-1]}


@once_per_zone
def duplicates(zone: Zone, name: str) -> dict[int, int]:
    """Map each row whose line or polygon equals that of an earlier row to that row.

    Coordinates that are neither degrees nor metres of the zone are not compared.
    """
    shapes = zone.frame(name).geometry.to_numpy()
    where, bounds = placement(zone, name).where, placement(zone, name).bounds
    comparable = (where != Where.MISSING) & (where != Where.NOT_DEGREES)
    rows = np.flatnonzero(comparable & (shapely.get_dimensions(shapes) > 0))
    # Few records have equal bounds: only those are compared point by point.
    _, group, size = np.unique(bounds[rows], axis=0, return_inverse=True, return_counts=True)
    rows = rows[size[group.ravel()] > 1]
    first_row: dict[bytes, int] = {}
    found = {}
    with np.errstate(all="ignore"):
        keys = shapely.to_wkb(shapely.normalize(shapes[rows]))
    for row, key in zip(rows.tolist(), keys, strict=True):
        first = first_row.setdefault(key, row)
        if first != row:
            found[row] = first
    return found


@once_per_zone
def already_reported(zone: Zone, name: str) -> Mask:
    """Return which rows are tiny, slivers or duplicates: other rules do not report them again."""
    small, same = small_parts(zone, name), duplicates(zone, name)
    out = np.full(len(zone.frame(name)), False)
    out[[*small.tiny, *small.slivers, *same, *same.values()]] = True
    return out
