"""Geometries as compact blocks: quantised to less than a decimetre, as differences, x and y apart.

A geometry is a list of parts (one for a single geometry), a part a list of rings (one for a
point or a line; the first of a polygon is its shell), a ring a list of vertices. Four counting
streams and two coordinate streams hold them all:

``kinds``
    One byte a record: 0 nothing, 1 points, 2 lines, 3 polygons.
``parts``, ``rings``, ``sizes``
    Parts of each record, rings of each part, vertices of each ring.
``x``, ``y``
    In ``scale`` steps a degree, zigzag-coded: first the first vertex of each ring, as a
    difference to that of the ring before (the first of all to ``origin``); then every other
    vertex, as a difference to the vertex before. The closing vertex of a polygon's ring is left
    out.

A geometry that is missing, empty, not finite or a collection of unlike things becomes nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.investment_map.payload.planes import pack, unpack, unzigzag, zigzag

STEPS = 1_320_000
"""Steps a degree of latitude: a step is 0.085 m, so a vertex comes back within 0.06 m of its place.

Degrees of longitude are shorter away from the equator and take fewer steps, as long in metres.
"""

Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.signedinteger[Any]]
Add = Callable[[bytes], dict[str, int]]

_KINDS = np.array([1, 2, 2, 3, 1, 2, 3, 0], dtype=np.uint8)
_NONE, _POINT, _LINE, _POLYGON = range(4)
_LAST_SINGLE = 3
"""Of shapely's type ids: point, line, ring, polygon; what follows has parts."""


def encode_outlines(geometries: Geometries, add: Add) -> dict[str, Any]:
    """Write the geometries as blocks through ``add``; return where each block went."""
    kinds, geometries = _drawable(geometries)
    parts, owner = _parts(geometries)
    polygon = kinds[owner] == _POLYGON
    rings, part_of = _rings(parts, polygon)
    coords, ring_of = shapely.get_coordinates(rings, return_index=True)
    keep = _without_closing(ring_of, polygon[part_of])
    sizes = np.bincount(ring_of[keep], minlength=len(rings))
    del ring_of
    scale = _scale(coords)
    origin: list[int] = []

    def axis(k: int) -> bytes:
        # One at a time and in four bytes each: there may be tens of millions.
        steps = np.round(coords[keep, k] * scale[k]).astype(np.int32)
        origin.append(int(steps.min()) if len(steps) else 0)
        return pack(_differences(steps, sizes, origin[k]))

    return {
        "scale": scale,
        "origin": origin,
        "vertices": int(sizes.sum()),
        "kinds": add(kinds.tobytes()),
        "parts": add(pack(np.bincount(owner, minlength=len(kinds)))),
        "rings": add(pack(np.bincount(part_of, minlength=len(parts)))),
        "sizes": add(pack(sizes)),
        "x": add(axis(0)),
        "y": add(axis(1)),
    }


def _scale(coords: npt.NDArray[np.float64]) -> list[int]:
    """Steps a degree of longitude and of latitude: about the same length where these lie."""
    nearest = np.abs(coords[:, 1]).min(initial=90.0)
    return [int(np.ceil(STEPS * max(np.cos(np.radians(nearest)), 0.1))), STEPS]


def _differences(steps: Ints, sizes: Ints, origin: int) -> Ints:
    """First vertices from that of the ring before, then the others from the vertex before."""
    first = np.cumsum(sizes) - sizes
    inner = np.ones(len(steps), dtype=bool)
    inner[first] = False
    start = steps.dtype.type(origin)
    jumps = np.diff(steps[first], prepend=start)
    return zigzag(np.concatenate([jumps, np.diff(steps, prepend=start)[inner]]))


def _steps(codes: Ints, sizes: Ints, origin: int) -> Ints:
    """The inverse of `_differences`."""
    moves, first = unzigzag(codes), np.cumsum(sizes) - sizes
    inner = np.ones(len(codes), dtype=bool)
    inner[first] = False
    starts = np.cumsum(moves[: len(sizes)]) + origin
    out = np.zeros(len(codes), dtype=np.int64)
    out[inner] = moves[len(sizes) :]
    run = np.cumsum(out)
    return np.asarray(run + np.repeat(starts - run[first], sizes), dtype=np.int64)


def decode_outlines(where: Mapping[str, Any], read: Callable[[Any], bytes]) -> Geometries:
    """The geometries back, each vertex within half a step a way of where it was."""
    kinds = np.frombuffer(read(where["kinds"]), dtype=np.uint8)
    counts = unpack(read(where["parts"]), len(kinds))
    ring_counts = unpack(read(where["rings"]), int(counts.sum()))
    sizes = unpack(read(where["sizes"]), int(ring_counts.sum()))
    coords = np.empty((where["vertices"], 2))
    for k, axis in enumerate("xy"):
        codes = unpack(read(where[axis]), where["vertices"])
        coords[:, k] = _steps(codes, sizes, where["origin"][k]) / where["scale"][k]
    records = _split(_split(_split(coords, sizes), ring_counts), counts)
    out = np.full(len(kinds), None, dtype=object)
    for i, (kind, own) in enumerate(zip(kinds, records, strict=True)):
        out[i] = _build(int(kind), own)
    return out


def _drawable(geometries: Geometries) -> tuple[npt.NDArray[np.uint8], Geometries]:
    geometries = geometries.copy()
    geometries[shapely.is_missing(geometries) | shapely.is_empty(geometries)] = None
    coords, owner = shapely.get_coordinates(geometries, return_index=True)
    geometries[owner[~np.isfinite(coords).all(axis=1)]] = None
    kinds = _KINDS[shapely.get_type_id(geometries)]
    geometries[kinds == _NONE] = None
    return kinds, geometries


def _parts(geometries: Geometries) -> tuple[Geometries, Ints]:
    """The single geometries, and the record of each; only what has several is taken apart."""
    known = np.flatnonzero(~shapely.is_missing(geometries))
    many = known[shapely.get_type_id(geometries[known]) > _LAST_SINGLE]
    if not len(many):
        return geometries[known], known
    alone = known[~np.isin(known, many)]
    parts, index = shapely.get_parts(geometries[many], return_index=True)
    real = ~shapely.is_empty(parts)
    owner = np.concatenate([alone, many[index[real]]])
    order = np.argsort(owner, kind="stable")
    return np.concatenate([geometries[alone], parts[real]])[order], owner[order]


def _rings(parts: Geometries, polygon: npt.NDArray[np.bool_]) -> tuple[Geometries, Ints]:
    if not shapely.get_num_interior_rings(parts).any():
        return parts, np.arange(len(parts))
    rings, index = shapely.get_rings(parts[polygon], return_index=True)
    all_rings = np.concatenate([rings, parts[~polygon]])
    part_of = np.concatenate([np.flatnonzero(polygon)[index], np.flatnonzero(~polygon)])
    order = np.argsort(part_of, kind="stable")
    return all_rings[order], part_of[order]


def _without_closing(ring_of: Ints, closed: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    last = np.append(ring_of[1:] != ring_of[:-1], True)[: len(ring_of)]
    return ~(last & closed[ring_of])


def _split(items: Any, sizes: Ints) -> list[Any]:
    ends = np.cumsum(sizes)
    return [items[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def _build(kind: int, parts: list[Any]) -> shapely.Geometry | None:
    if kind == _NONE or not parts:
        return None
    single, many = _BUILDERS[kind]
    built = [single(*rings) for rings in parts]
    return built[0] if len(built) == 1 else many(built)


def _polygon(*rings: Any) -> shapely.Geometry:
    # Closed here: shapely takes a last vertex that is where the first is to close the ring.
    shell, *holes = (np.vstack([ring, ring[:1]]) for ring in rings)
    return shapely.Polygon(shell, holes)


_BUILDERS: dict[int, tuple[Callable[..., shapely.Geometry], Callable[..., shapely.Geometry]]] = {
    _POINT: (shapely.Point, shapely.MultiPoint),
    _LINE: (shapely.LineString, shapely.MultiLineString),
    _POLYGON: (_polygon, shapely.MultiPolygon),
}
