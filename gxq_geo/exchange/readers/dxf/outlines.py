"""The positions of DXF entities, in the coordinates of the drawing; arcs become short chords."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.float64]

# The largest distance between an arc and its chords, in metres.
SAGITTA = 0.01
# The most chords of one arc: the distance grows for arcs of more than about 100 km.
_MAX_CHORDS = 2000


@dataclass(frozen=True, slots=True)
class Outline:
    """The positions of one entity.

    Parameters
    ----------
    rings
        Closed lines; several belong to one hatch, of which some may be holes.
    line
        An open line, if the entity is one.
    has_height
        Whether a position has a height other than 0.
    has_arc
        Whether an arc was replaced by chords.
    """

    rings: tuple[Positions, ...] = ()
    line: Positions | None = None
    has_height: bool = False
    has_arc: bool = False


def outline(entity: Any, sagitta: float) -> Outline | None:
    """The positions of an entity; None if its type is not read.

    Parameters
    ----------
    sagitta
        As `SAGITTA`, in the unit of the drawing.
    """
    read = _READERS.get(entity.dxftype())
    return read(entity, sagitta) if read else None


def bulged(
    points: Sequence[tuple[float, float, float]], is_closed: bool, sagitta: float
) -> Positions:
    """The positions of a polyline whose segments may be arcs.

    Parameters
    ----------
    points
        x, y and bulge: the tangent of a quarter of the angle of the arc that begins here.
    """
    if not any(bulge for _, _, bulge in points):
        return np.array([point[:2] for point in points], dtype=float).reshape(-1, 2)
    ends = [*points[1:], points[0]] if is_closed else points[1:]
    parts = [_segment(start, end[:2], sagitta) for start, end in zip(points, ends, strict=False)]
    last = [] if is_closed else [np.array([points[-1][:2]], dtype=float)]
    return np.vstack([*parts, *last])


def _segment(
    start: tuple[float, float, float], end: tuple[float, float], sagitta: float
) -> Positions:
    """The positions of one segment without its end."""
    x, y, bulge = start
    chord = math.hypot(end[0] - x, end[1] - y)
    if not bulge or not chord or not math.isfinite(bulge * chord):
        return np.array([[x, y]])
    angle = 4 * math.atan(bulge)
    radius = chord / (2 * math.sin(angle / 2))
    middle_x, middle_y = (x + end[0]) / 2, (y + end[1]) / 2
    toward = radius * math.cos(angle / 2) / chord
    center_x = middle_x - (end[1] - y) * toward
    center_y = middle_y + (end[0] - x) * toward
    turns = np.linspace(0, angle, chords(abs(radius), abs(angle), sagitta) + 1)[:-1, None]
    dx, dy = x - center_x, y - center_y
    cos, sin = np.cos(turns), np.sin(turns)
    arc = np.hstack([center_x + dx * cos - dy * sin, center_y + dx * sin + dy * cos])
    arc[0] = x, y
    return arc


def chords(radius: float, angle: float, sagitta: float) -> int:
    """The number of chords of an arc, each at most a sagitta from it."""
    step = 2 * math.acos(max(1 - sagitta / radius, 0.5)) if radius > 0 else 2.0
    return min(max(math.ceil(angle / max(step, 1e-9)), 1), _MAX_CHORDS)


# ------------------------------------------------------------------ entities


def _lwpolyline(entity: Any, sagitta: float) -> Outline:
    points = [(float(x), float(y), float(b)) for x, y, b in entity.get_points("xyb")]
    return _polyline(entity, points, bool(entity.closed), entity.dxf.get("elevation", 0), sagitta)


def _old_polyline(entity: Any, sagitta: float) -> Outline | None:
    if not (entity.is_2d_polyline or entity.is_3d_polyline):
        return None
    vertices = [v for v in entity.vertices if not v.dxf.get("flags", 0) & 16]
    places = [v.dxf.location for v in vertices]
    if entity.is_3d_polyline:
        positions = np.array([(p.x, p.y) for p in places], dtype=float).reshape(-1, 2)
        high = any(p.z for p in places)
        return _ring_or_line(positions, bool(entity.is_closed), high, has_arc=False)
    bulges = (float(v.dxf.get("bulge", 0)) for v in vertices)
    points = [(p.x, p.y, bulge) for p, bulge in zip(places, bulges, strict=True)]
    elevation = max((p.z for p in places), key=abs, default=0)
    return _polyline(entity, points, bool(entity.is_closed), elevation, sagitta)


def _polyline(
    entity: Any,
    points: list[tuple[float, float, float]],
    is_closed: bool,
    elevation: float,
    sagitta: float,
) -> Outline:
    positions = bulged(points, is_closed, sagitta) if points else np.empty((0, 2))
    has_arc = any(bulge for _, _, bulge in points)
    world = _to_world(entity, positions, elevation)
    return _ring_or_line(world, is_closed, bool(elevation), has_arc=has_arc)


def _to_world(entity: Any, positions: Positions, elevation: float) -> Positions:
    """Convert from the plane of an entity, which may be seen from below, to the drawing's."""
    ocs = entity.ocs()
    if not ocs.transform:
        return positions
    lifted = [(x, y, elevation) for x, y in positions.tolist()]
    return np.array([(p.x, p.y) for p in ocs.points_to_wcs(lifted)], dtype=float).reshape(-1, 2)


def _ring_or_line(positions: Positions, is_closed: bool, high: bool, *, has_arc: bool) -> Outline:
    """A ring, if the entity is closed or ends where it begins; else a line."""
    if is_closed or (len(positions) > 3 and (positions[0] == positions[-1]).all()):
        return Outline(rings=(positions,), has_height=high, has_arc=has_arc)
    return Outline(line=positions, has_height=high, has_arc=has_arc)


def _line(entity: Any, sagitta: float) -> Outline:
    ends = entity.dxf.start, entity.dxf.end
    positions = np.array([(p.x, p.y) for p in ends], dtype=float)
    return Outline(line=positions, has_height=any(p.z for p in ends))


def _circle(entity: Any, sagitta: float) -> Outline:
    return _round(entity, 0, 2 * math.pi, sagitta, is_closed=True)


def _arc(entity: Any, sagitta: float) -> Outline:
    start, end = math.radians(entity.dxf.start_angle), math.radians(entity.dxf.end_angle)
    return _round(entity, start, (end - start) % (2 * math.pi), sagitta, is_closed=False)


def _round(entity: Any, start: float, angle: float, sagitta: float, *, is_closed: bool) -> Outline:
    center, radius = entity.dxf.center, abs(entity.dxf.radius)
    positions = arc_positions((center.x, center.y), radius, start, angle, sagitta)
    world = _to_world(entity, positions[:-1] if is_closed else positions, center.z)
    return _ring_or_line(world, is_closed, bool(center.z), has_arc=True)


def arc_positions(
    center: tuple[float, float], radius: float, start: float, angle: float, sagitta: float
) -> Positions:
    """The positions of an arc, both ends included; angles in radians."""
    turns = start + np.linspace(0, angle, max(chords(radius, abs(angle), sagitta), 3) + 1)
    return np.column_stack([center[0] + radius * np.cos(turns), center[1] + radius * np.sin(turns)])


def _ellipse(entity: Any, sagitta: float) -> Outline:
    sweep = (entity.dxf.end_param - entity.dxf.start_param) % (2 * math.pi)
    whole = math.isclose(sweep, 0, abs_tol=1e-9) or math.isclose(sweep, 2 * math.pi)
    return _curve(entity.construction_tool(), whole, sagitta)


def _spline(entity: Any, sagitta: float) -> Outline:
    return _curve(entity.construction_tool(), bool(entity.closed), sagitta)


def _curve(tool: Any, is_closed: bool, sagitta: float) -> Outline:
    places = _sampled(tool, sagitta)
    return _ring_or_line(places[:, :2], is_closed, bool(places[:, 2].any()), has_arc=True)


def _sampled(tool: Any, sagitta: float) -> Positions:
    """Positions on a spline or an ellipse of ezdxf, ever denser until they are close to it.

    ezdxf's own ``flattening`` does not end if the numbers are too large for the sagitta.
    """
    count = 4 * max(len(getattr(tool, "control_points", ())), 4)
    coarse = _points_on(tool, count)
    while count < _MAX_CHORDS:
        count *= 2
        fine = _points_on(tool, count)
        off = fine[1::2] - (coarse[:-1] + coarse[1:]) / 2
        coarse = fine
        if np.hypot(off[:, 0], off[:, 1]).max() <= sagitta:
            break
    return coarse


def _points_on(tool: Any, count: int) -> Positions:
    """The positions, with heights, at equal steps of the parameter of a curve."""
    is_spline = hasattr(tool, "approximate")
    points = tool.approximate(count) if is_spline else tool.vertices(tool.params(count + 1))
    return np.array([tuple(point) for point in points], dtype=float).reshape(-1, 3)


# ------------------------------------------------------------------ hatches


def _hatch(entity: Any, sagitta: float) -> Outline:
    """The boundaries of a hatch, without boxes around its texts."""
    elevation = entity.dxf.get("elevation")
    height = float(elevation.z) if elevation else 0.0
    paths = [path for path in entity.paths.paths if not path.path_type_flags & 8]
    found = [ring for path in paths for ring in _boundary(path, sagitta)]
    rings = tuple(_to_world(entity, ring, height) for ring in found)
    has_arc = any(_is_curved(path) for path in paths)
    return Outline(rings=rings, has_height=bool(height), has_arc=has_arc)


def _boundary(path: Any, sagitta: float) -> Iterator[Positions]:
    if hasattr(path, "vertices"):
        points = [(float(x), float(y), float(bulge)) for x, y, bulge in path.vertices]
        if points:
            yield bulged(points, True, sagitta)
        return
    edges = [_edge(edge, sagitta) for edge in path.edges]
    if edges := [edge for edge in edges if len(edge)]:
        yield np.vstack(edges)


def _is_curved(path: Any) -> bool:
    if hasattr(path, "vertices"):
        return any(bulge for _, _, bulge in path.vertices)
    return any(type(edge).__name__ != "LineEdge" for edge in path.edges)


def _edge(edge: Any, sagitta: float) -> Positions:
    """The positions of one edge of a boundary, in the direction in which it is passed."""
    kind = type(edge).__name__
    if kind == "LineEdge":
        return np.array([tuple(edge.start)[:2], tuple(edge.end)[:2]], dtype=float)
    if kind == "ArcEdge":
        start, end = math.radians(edge.start_angle), math.radians(edge.end_angle)
        angle = (end - start) % (2 * math.pi) or 2 * math.pi
        center = (edge.center[0], edge.center[1])
        positions = arc_positions(center, abs(edge.radius), start, angle, sagitta)
        return positions if edge.ccw else positions[::-1]
    positions = _sampled(edge.construction_tool(), sagitta)[:, :2]
    return positions if getattr(edge, "ccw", True) else positions[::-1]


_READERS: dict[str, Callable[[Any, float], Outline | None]] = {
    "LWPOLYLINE": _lwpolyline,
    "POLYLINE": _old_polyline,
    "LINE": _line,
    "CIRCLE": _circle,
    "ARC": _arc,
    "ELLIPSE": _ellipse,
    "SPLINE": _spline,
    "HATCH": _hatch,
    "MPOLYGON": _hatch,
}
