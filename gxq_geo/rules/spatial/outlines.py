"""The outlines of a layer taken apart once for all rules: corners, parts, doubles."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.rules.common import measurable, once
from gxq_geo.rules.spatial.placing import Mask, Where, placing
from gxq_geo.zone import Zone

# Points nearer than this are the same point when written with 7 decimals.
_SAME_M = 0.005
_M_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Corners:
    """Points of a layer, by row, that repeat the one before, and corners that are spikes."""

    repeated: dict[int, tuple[float, float]]
    spikes: dict[int, tuple[float, float]]


@once
def corners(zone: Zone, name: str) -> Corners:
    """Repeated points and spikes of a layer's placed records, valid or not: the first of each row.

    Lengths and angles are reckoned on a plane that touches the record: exact enough for a corner.
    """
    shapes = zone.frame(name).geometry.to_numpy()
    rows = np.flatnonzero(placing(zone, name).where == Where.HOME)
    parts, of_part = shapely.get_parts(shapes[rows], return_index=True)
    closed = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, of_ring = shapely.get_rings(parts[closed], return_index=True)
    lines = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    chains = np.concatenate([rings, parts[lines]])
    of_chain = rows[np.concatenate([of_part[closed][of_ring], of_part[lines]])]
    at, chain = shapely.get_coordinates(chains, return_index=True)
    if not len(at):
        return Corners({}, {})
    step = np.diff(at, axis=0) * _M_PER_DEGREE
    step[:, 0] *= np.cos(np.radians(at[:-1, 1]))
    within = chain[:-1] == chain[1:]
    long = np.hypot(step[:, 0], step[:, 1])
    same = np.flatnonzero(within & (long < _SAME_M))
    # A part whose points are all one point is tiny, not repetitive.
    repeated = _first(of_chain[chain[same]], at[same])
    edges = np.flatnonzero(within & (long >= _SAME_M) & (chain[:-1] < len(rings)))
    tips = _sharp(step[edges] / long[edges, None], chain[edges], zone.settings.limits.spike_degrees)
    spikes = _first(of_chain[chain[edges[tips]]], at[edges[tips]])
    return Corners(repeated, spikes)


def _sharp(
    heading: npt.NDArray[np.float64], ring: npt.NDArray[np.intp], degrees: float
) -> npt.NDArray[np.intp]:
    """Edges that begin by turning back on the edge before them in their ring."""
    if not len(ring):
        return np.empty(0, dtype=np.intp)
    starts = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]])
    before = np.arange(len(ring)) - 1
    before[starts] = np.r_[starts[1:], len(ring)] - 1
    back = -(heading * heading[before]).sum(axis=1)
    return np.flatnonzero((back > np.cos(np.radians(degrees))) & (before != np.arange(len(ring))))


def _first(
    rows: npt.NDArray[np.intp], at: npt.NDArray[np.float64]
) -> dict[int, tuple[float, float]]:
    """The first place of each row."""
    found, first = np.unique(rows, return_index=True)
    places = at[first].round(7).tolist()
    return {row: (x, y) for row, (x, y) in zip(found.tolist(), places, strict=True)}


@dataclass(frozen=True, slots=True)
class Slips:
    """Rows that hold a polygon, a part, a hole or a line too small to be meant, and its measure."""

    tiny: dict[int, tuple[float, shapely.Geometry]]
    slivers: dict[int, tuple[float, shapely.Geometry]]


@once
def slips(zone: Zone, name: str) -> Slips:
    """Tiny and sliver-like polygons, parts and holes of a layer; tiny lines. Shapes are metric."""
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
    return Slips(small, {row: one for row, one in slivers.items() if row not in small})


def _by_row(
    rows: npt.NDArray[np.intp],
    at: npt.NDArray[np.intp],
    measure: npt.NDArray[np.float64],
    pieces: npt.NDArray[np.object_],
) -> dict[int, tuple[float, shapely.Geometry]]:
    return {int(rows[i]): (float(measure[i]), pieces[i]) for i in at[::-1]}


@once
def doubles(zone: Zone, name: str) -> dict[int, int]:
    """Rows whose line or polygon is that of an earlier row, and which row that is."""
    shapes = zone.frame(name).geometry.to_numpy()
    boxes = placing(zone, name).boxes
    rows = np.flatnonzero(~np.isnan(boxes).any(axis=1) & (shapely.get_dimensions(shapes) > 0))
    # Few share a box: only those are compared point by point.
    _, group, size = np.unique(boxes[rows], axis=0, return_inverse=True, return_counts=True)
    rows = rows[size[group.ravel()] > 1]
    seen: dict[bytes, int] = {}
    found = {}
    with np.errstate(all="ignore"):
        forms = shapely.to_wkb(shapely.normalize(shapes[rows]))
    for row, form in zip(rows.tolist(), forms, strict=True):
        first = seen.setdefault(form, row)
        if first != row:
            found[row] = first
    return found


@once
def blamed(zone: Zone, name: str) -> Mask:
    """Rows of which a rule of geometry has told already: what follows from it is not told again."""
    found = slips(zone, name)
    out = np.full(len(zone.frame(name)), False)
    twins = doubles(zone, name)
    out[[*found.tiny, *found.slivers, *twins, *twins.values()]] = True
    return out
