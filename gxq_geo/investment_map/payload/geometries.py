"""Encode geometries as compact blocks of quantised, delta-encoded coordinates.

A geometry is a list of parts (one for a single geometry), a part is a list of rings (one for a
point or a line; the first ring of a polygon is its shell), a ring is a list of vertices. They are
stored in these streams:

``kinds``
    One byte per record: 0 no geometry, 1 points, 2 lines, 3 polygons.
``parts``, ``rings``, ``sizes``
    The number of parts of each record, of rings of each part, of vertices of each ring.
``x``, ``y``
    Coordinates in ``scale`` steps per degree, as zigzag codes of differences: first the first
    vertices of the rings, each relative to that of the previous ring (the first one relative to
    ``origin``); then all other vertices, each relative to the previous vertex. The closing vertex
    of a polygon's ring is omitted.

Missing, empty and non-finite geometries and geometry collections are encoded as no geometry.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.investment_map.payload.planes import pack, unpack, unzigzag, zigzag

STEPS = 1_320_000
"""Steps per degree of latitude: a step is 0.085 m, so that a decoded vertex is at most 0.06 m off.

A degree of longitude has fewer steps, so that a step has about the same length in metres.
"""

Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.signedinteger[Any]]
Add = Callable[[bytes], dict[str, int]]

_KINDS = np.array([1, 2, 2, 3, 1, 2, 3, 0], dtype=np.uint8)
_NONE, _POINT, _LINE, _POLYGON = range(4)
_LAST_SINGLE = 3
"""Shapely's type ids up to this are point, line, ring and polygon; greater ones have parts."""


def encode_geometries(geometries: Geometries, add: Add) -> dict[str, Any]:
    """Encode geometries in EPSG:4326; return parameters and positions of the blocks.

    ``add`` appends a block and returns its position.
    """
    kinds, geometries = _encodable(geometries)
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
        # One axis at a time and in 32 bits, to save memory: there may be tens of millions.
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
    """Steps per degree of longitude and of latitude, of about the same length in metres."""
    nearest = np.abs(coords[:, 1]).min(initial=90.0)
    return [int(np.ceil(STEPS * max(np.cos(np.radians(nearest)), 0.1))), STEPS]


def _differences(steps: Ints, sizes: Ints, origin: int) -> Ints:
    """Zigzag codes of the differences: of first vertices to each other, then within the rings."""
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


def decode_geometries(where: Mapping[str, Any], read: Callable[[Any], bytes]) -> Geometries:
    """Decode geometries; each coordinate is within half a step of the original."""
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
    for i, (kind, parts) in enumerate(zip(kinds, records, strict=True)):
        out[i] = _build(int(kind), parts)
    return out


def _encodable(geometries: Geometries) -> tuple[npt.NDArray[np.uint8], Geometries]:
    geometries = geometries.copy()
    geometries[shapely.is_missing(geometries) | shapely.is_empty(geometries)] = None
    coords, owner = shapely.get_coordinates(geometries, return_index=True)
    geometries[owner[~np.isfinite(coords).all(axis=1)]] = None
    kinds = _KINDS[shapely.get_type_id(geometries)]
    geometries[kinds == _NONE] = None
    return kinds, geometries


def _parts(geometries: Geometries) -> tuple[Geometries, Ints]:
    """The single geometries, and the record of each."""
    known = np.flatnonzero(~shapely.is_missing(geometries))
    multi = known[shapely.get_type_id(geometries[known]) > _LAST_SINGLE]
    if not len(multi):
        return geometries[known], known
    single = known[~np.isin(known, multi)]
    parts, index = shapely.get_parts(geometries[multi], return_index=True)
    real = ~shapely.is_empty(parts)
    owner = np.concatenate([single, multi[index[real]]])
    order = np.argsort(owner, kind="stable")
    return np.concatenate([geometries[single], parts[real]])[order], owner[order]


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
    single, multi = _BUILDERS[kind]
    built = [single(*rings) for rings in parts]
    return built[0] if len(built) == 1 else multi(built)


def _polygon(*rings: Any) -> shapely.Geometry:
    # Close the rings explicitly: shapely would not close one whose last vertex equals its first.
    shell, *holes = (np.vstack([ring, ring[:1]]) for ring in rings)
    return shapely.Polygon(shell, holes)


_BUILDERS: dict[int, tuple[Callable[..., shapely.Geometry], Callable[..., shapely.Geometry]]] = {
    _POINT: (shapely.Point, shapely.MultiPoint),
    _LINE: (shapely.LineString, shapely.MultiLineString),
    _POLYGON: (_polygon, shapely.MultiPolygon),
}
