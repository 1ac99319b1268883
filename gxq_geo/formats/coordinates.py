"""GeoJSON coordinates, checked strictly and made into shapely geometries, one call per type."""

import math
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Geometries = npt.NDArray[np.object_]
# Geometries of one type, and whether all their positions are of two numbers.
Build = Callable[[list[Any]], tuple[Geometries, bool]]

# What may be wrong with one geometry.
COORDINATE_FAULTS = (
    "geometry-type",
    "geometry-coordinates",
    "geometry-bbox",
    "too-few-positions",
    "ring-open",
)

# Of collections within collections, which RFC 7946 advises against.
_MAX_DEPTH = 8


class GeometryFault(Exception):
    """What is wrong with one geometry: a rule's slug, and what its words name."""

    def __init__(self, rule: str, **params: str | int) -> None:
        super().__init__(rule)
        self.rule = rule
        self.params = params


def build_geometries(
    raw: Sequence[Mapping[str, Any] | None],
) -> tuple[Geometries, list[tuple[int, GeometryFault]], dict[int, int]]:
    """Shapely geometries (2D) of GeoJSON geometry objects, None where one is null or at fault.

    The second value names the rows at fault, and why; the third, how many numbers the longest
    position of a row has where they are more than two.
    """
    out = np.full(len(raw), None, dtype=object)
    groups, faults = _by_kind(raw)
    sizes: dict[int, int] = {}
    for kind, (rows, items) in groups.items():
        out[rows], flat = _BUILDERS[kind](items)
        if not flat:
            found = zip(rows, map(_longest, items), strict=True)
            sizes |= {row: size for row, size in found if size > 2}
    return out, faults, sizes


def _by_kind(
    raw: Sequence[Mapping[str, Any] | None],
) -> tuple[dict[str, tuple[list[int], list[Any]]], list[tuple[int, GeometryFault]]]:
    """Rows and coordinates by type, and the faults: all at once where there is none."""
    present = [(row, geometry) for row, geometry in enumerate(raw) if geometry is not None]
    groups: dict[str, tuple[list[int], list[Any]]] = {}
    for row, geometry in present:
        if len(geometry) == 2 and type(kind := geometry.get("type")) is str:
            rows, items = groups.setdefault(kind, ([], []))
            rows.append(row)
            items.append(geometry.get("coordinates"))
    sound = all(kind in _LEAST and _sound(kind, items) for kind, (_, items) in groups.items())
    if sound and sum(len(rows) for rows, _ in groups.values()) == len(present):
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


# How many parts each list within the coordinates has at least, from the outside in.
_LEAST: Mapping[str, tuple[int, ...]] = {
    "Point": (),
    "MultiPoint": (1,),
    "LineString": (2,),
    "MultiLineString": (1, 2),
    "Polygon": (1, 4),
    "MultiPolygon": (1, 1, 4),
}


def _sound(kind: str, items: list[Any]) -> bool:
    """Whether each of these coordinates would pass its type's check, looked at all at once."""
    closed = kind.endswith("Polygon")
    for level, least in enumerate(_LEAST[kind], 1):
        if set(map(type, items)) != {list} or min(map(len, items)) < least:
            return False
        if closed and level == len(_LEAST[kind]) and any(ring[0] != ring[-1] for ring in items):
            return False
        items = list(chain.from_iterable(items))
    if set(map(type, items)) != {list} or not set(map(len, items)) <= {2, 3, 4}:
        return False
    return _all_numbers(list(chain.from_iterable(items)))


def _longest(value: Any) -> int:
    """How many numbers the longest position in coordinates, or in a geometry object, has."""
    if isinstance(value, Mapping):
        return max(map(_longest, value.get("geometries") or [value.get("coordinates", [])]))
    if not value or not isinstance(value[0], list):
        return len(value) if value and not isinstance(value[0], Mapping) else 0
    return max(map(_longest, value))


def _checked(geometry: Mapping[str, Any], *, depth: int = 0) -> tuple[str, Any]:
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
    """Whether a value is a box as RFC 7946 writes it: 4 or 6 finite numbers."""
    return isinstance(box, list) and len(box) in (4, 6) and _all_numbers(box)


def _check_position(position: object) -> None:
    _check_positions([position], 1)


def _check_positions(positions: object, least: int) -> None:
    """Each position 2 to 4 finite numbers; set(map(type, ...)) keeps the walk in C."""
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
    """A builder for geometries nested `depth` lists deep, by shapely's ragged arrays."""

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
