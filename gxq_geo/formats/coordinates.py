"""Check GeoJSON coordinates strictly and build shapely geometries, one call per geometry type."""

import math
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Geometries = npt.NDArray[np.object_]
# A builder returns geometries of one type, and whether all their positions are 2D.
Build = Callable[[list[Any]], tuple[Geometries, bool]]

# The rules that one geometry can break.
COORDINATE_FAULTS = (
    "geometry-type",
    "geometry-coordinates",
    "geometry-bbox",
    "too-few-positions",
    "ring-open",
)

# The deepest nesting of geometry collections; RFC 7946 advises against any.
_MAX_DEPTH = 8


class GeometryFault(Exception):
    """A fault of one geometry: the slug of a rule, and the parameters of its message."""

    def __init__(self, rule: str, **params: str | int) -> None:
        super().__init__(rule)
        self.rule = rule
        self.params = params


def build_geometries(
    raw: Sequence[Mapping[str, Any] | None],
) -> tuple[Geometries, list[tuple[int, GeometryFault]], dict[int, int]]:
    """Build 2D shapely geometries from GeoJSON geometry objects.

    Returns
    -------
    geometries
        One for each object; None where the object is null or invalid.
    faults
        The row and the fault of each invalid object.
    sizes
        By row, the length of the longest position, for rows with positions longer than 2.
    """
    out = np.full(len(raw), None, dtype=object)
    groups, faults = _by_kind(raw)
    sizes: dict[int, int] = {}
    for kind, (rows, items) in groups.items():
        out[rows], flat = _BUILDERS[kind](items)
        if not flat:
            longest = zip(rows, map(_longest_position, items), strict=True)
            sizes |= {row: size for row, size in longest if size > 2}
    return out, faults, sizes


def _by_kind(
    raw: Sequence[Mapping[str, Any] | None],
) -> tuple[dict[str, tuple[list[int], list[Any]]], list[tuple[int, GeometryFault]]]:
    """Group rows and coordinates by geometry type, and list the faults.

    All geometries of a type are checked together first; one by one only if that check fails.
    """
    present = [(row, geometry) for row, geometry in enumerate(raw) if geometry is not None]
    groups: dict[str, tuple[list[int], list[Any]]] = {}
    for row, geometry in present:
        if len(geometry) == 2 and type(kind := geometry.get("type")) is str:
            rows, items = groups.setdefault(kind, ([], []))
            rows.append(row)
            items.append(geometry.get("coordinates"))
    valid = all(
        kind in _MIN_LENGTHS and _all_valid(kind, items) for kind, (_, items) in groups.items()
    )
    if valid and sum(len(rows) for rows, _ in groups.values()) == len(present):
        return groups, []
    groups, faults = {}, []
    for row, geometry in present:
        try:
            kind, coordinates = _checked(geometry)
        except GeometryFault as fault:
            faults.append((row, fault))
            continue
        rows, items = groups.setdefault(kind, ([], []))
        rows.append(row)
        items.append(coordinates)
    return groups, faults


# The minimum length of each nested list of the coordinates, outermost first.
_MIN_LENGTHS: Mapping[str, tuple[int, ...]] = {
    "Point": (),
    "MultiPoint": (1,),
    "LineString": (2,),
    "MultiLineString": (1, 2),
    "Polygon": (1, 4),
    "MultiPolygon": (1, 1, 4),
}


def _all_valid(kind: str, items: list[Any]) -> bool:
    """Check the coordinates of many geometries of one type together."""
    closed = kind.endswith("Polygon")
    for level, least in enumerate(_MIN_LENGTHS[kind], 1):
        if set(map(type, items)) != {list} or min(map(len, items)) < least:
            return False
        if (
            closed
            and level == len(_MIN_LENGTHS[kind])
            and any(ring[0] != ring[-1] for ring in items)
        ):
            return False
        items = list(chain.from_iterable(items))
    if set(map(type, items)) != {list} or not set(map(len, items)) <= {2, 3, 4}:
        return False
    return _all_numbers(list(chain.from_iterable(items)))


def _longest_position(value: Any) -> int:
    """The length of the longest position in coordinates or in a geometry object."""
    if isinstance(value, Mapping):
        parts = value.get("geometries") or [value.get("coordinates", [])]
        return max(map(_longest_position, parts))
    if not value or not isinstance(value[0], list):
        return len(value) if value and not isinstance(value[0], Mapping) else 0
    return max(map(_longest_position, value))


def _checked(geometry: Mapping[str, Any], *, depth: int = 0) -> tuple[str, Any]:
    """Check one geometry object; return its type and its coordinates."""
    kind = geometry.get("type")
    if not isinstance(kind, str) or kind not in _BUILDERS:
        near = get_close_matches(str(kind).title(), _BUILDERS, n=1)
        raise GeometryFault("geometry-type", type=str(kind)[:40], near="".join(near))
    _check_bbox(geometry)
    if kind == "GeometryCollection":
        members = geometry.get("geometries")
        if not isinstance(members, list) or depth > _MAX_DEPTH:
            raise GeometryFault("geometry-coordinates")
        for member in members:
            if not isinstance(member, dict):
                raise GeometryFault("geometry-type", type=str(member)[:40])
            _checked(member, depth=depth + 1)
        return kind, geometry
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list):
        raise GeometryFault("geometry-coordinates")
    _CHECKS[kind](coordinates)
    return kind, coordinates


def _check_bbox(geometry: Mapping[str, Any]) -> None:
    if "bbox" in geometry and not is_bbox(geometry["bbox"]):
        raise GeometryFault("geometry-bbox")


def is_bbox(box: object) -> bool:
    """Whether a value is a bounding box as RFC 7946 defines it: 4 or 6 finite numbers."""
    return isinstance(box, list) and len(box) in (4, 6) and _all_numbers(box)


def _check_position(position: object) -> None:
    _check_positions([position], 1)


def _check_positions(positions: object, least: int) -> None:
    """Check that each position has 2 to 4 finite numbers.

    ``set(map(type, ...))`` runs the loop in C.
    """
    if not isinstance(positions, list) or set(map(type, positions)) - {list}:
        raise GeometryFault("geometry-coordinates")
    if len(positions) < least:
        raise GeometryFault("too-few-positions", count=len(positions), least=least)
    if not set(map(len, positions)) <= {2, 3, 4}:
        raise GeometryFault("geometry-coordinates")
    if not _all_numbers(list(chain.from_iterable(positions))):
        raise GeometryFault("geometry-coordinates")


def _all_numbers(values: list[Any]) -> bool:
    if not set(map(type, values)) <= {int, float}:
        return False
    try:
        return math.isfinite(math.fsum(values))
    except OverflowError:
        return False


def _check_rings(rings: object) -> None:
    if not isinstance(rings, list):
        raise GeometryFault("geometry-coordinates")
    if not rings:
        raise GeometryFault("too-few-positions", count=0, least=4)
    for ring in rings:
        _check_positions(ring, 1)
        if ring[0] != ring[-1]:
            raise GeometryFault("ring-open")
        _check_positions(ring, 4)


def _each(check: Callable[[Any], None]) -> Callable[[Any], None]:
    def check_all(parts: object) -> None:
        if not isinstance(parts, list):
            raise GeometryFault("geometry-coordinates")
        if not parts:
            raise GeometryFault("too-few-positions", count=0, least=1)
        for part in parts:
            check(part)

    return check_all


def _check_line(line: object) -> None:
    _check_positions(line, 2)


_CHECKS: Mapping[str, Callable[[Any], None]] = {
    "Point": _check_position,
    "MultiPoint": _each(_check_position),
    "LineString": _check_line,
    "MultiLineString": _each(_check_line),
    "Polygon": _check_rings,
    "MultiPolygon": _each(_check_rings),
}


def _ragged(kind: shapely.GeometryType, depth: int) -> Build:
    """Return a builder for coordinates nested `depth` lists deep, using shapely ragged arrays."""

    def build(items: list[Any]) -> tuple[Geometries, bool]:
        offsets = []
        for _ in range(depth):
            offsets.append(np.cumsum([0, *map(len, items)]))
            items = list(chain.from_iterable(items))
        flat = not set(map(len, items)) - {2}
        if not flat:
            items = [position[:2] for position in items]
        xy = np.fromiter(chain.from_iterable(items), dtype=float, count=2 * len(items))
        built = shapely.from_ragged_array(kind, xy.reshape(-1, 2), tuple(reversed(offsets)))
        return np.asarray(built, dtype=object), flat

    return build


def _collections(items: list[Any]) -> tuple[Geometries, bool]:
    out = np.full(len(items), None, dtype=object)
    for row, item in enumerate(items):
        out[row] = shapely.geometrycollections(build_geometries(item["geometries"])[0])
    return out, False


_BUILDERS: Mapping[str, Build] = {
    "Point": _ragged(shapely.GeometryType.POINT, 0),
    "MultiPoint": _ragged(shapely.GeometryType.MULTIPOINT, 1),
    "LineString": _ragged(shapely.GeometryType.LINESTRING, 1),
    "MultiLineString": _ragged(shapely.GeometryType.MULTILINESTRING, 2),
    "Polygon": _ragged(shapely.GeometryType.POLYGON, 2),
    "MultiPolygon": _ragged(shapely.GeometryType.MULTIPOLYGON, 3),
    "GeometryCollection": _collections,
}

GEOMETRY_TYPES = frozenset(_BUILDERS)
