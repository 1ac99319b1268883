"""Geometries as compact blocks: quantised to 5e-7 degree, as differences, x and y apart.

A geometry is a list of parts (one for a single geometry), a part a list of rings (one for a
point or a line; the first of a polygon is its shell), a ring a list of vertices. Four counting
streams and two coordinate streams hold them all:

``kinds``
    One byte a record: 0 nothing, 1 points, 2 lines, 3 polygons.
``parts``, ``rings``, ``sizes``
    Parts of each record, rings of each part, vertices of each ring.
``x``, ``y``
    Differences to the vertex before, in steps of 5e-7 degree, zigzag-coded; the first one is
    counted from ``origin``. The closing vertex of a polygon's ring is left out.

A geometry that is missing, empty, not finite or a collection of unlike things becomes nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.investment_map.varint import pack, unpack, unzigzag, zigzag

SCALE = 2_000_000
"""Steps a degree: 5e-7 degree is 0.056 m, so a vertex comes back within 0.04 m of its place."""

Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
Add = Callable[[bytes], dict[str, int]]

_KINDS = np.array([1, 2, 2, 3, 1, 2, 3, 0], dtype=np.uint8)
_NONE, _POINT, _LINE, _POLYGON = range(4)


def encode_outlines(geometries: Geometries, add: Add) -> dict[str, Any]:
    """Write the geometries as blocks through ``add``; return where each block went."""
    kinds, geometries = _drawable(geometries)
    parts, owner = shapely.get_parts(geometries, return_index=True)
    real = ~shapely.is_empty(parts)
    parts, owner = parts[real], owner[real]
    rings, part_of = _rings(parts, kinds[owner] == _POLYGON)
    coords, ring_of = shapely.get_coordinates(rings, return_index=True)
    steps = np.round(coords * SCALE).astype(np.int64)
    closed = (kinds[owner] == _POLYGON)[part_of]
    keep = _without_closing(ring_of, closed)
    steps, ring_of = steps[keep], ring_of[keep]
    origin = steps.min(axis=0) if len(steps) else np.zeros(2, dtype=np.int64)

    def block(values: npt.NDArray[Any]) -> dict[str, int]:
        return add(pack(values.astype(np.int64)))

    return {
        "origin": [int(v) for v in origin],
        "vertices": len(steps),
        "kinds": add(kinds.tobytes()),
        "parts": block(np.bincount(owner, minlength=len(kinds))),
        "rings": block(np.bincount(part_of, minlength=len(parts))),
        "sizes": block(np.bincount(ring_of, minlength=len(rings))),
        "x": block(zigzag(np.diff(steps[:, 0], prepend=origin[0]))),
        "y": block(zigzag(np.diff(steps[:, 1], prepend=origin[1]))),
    }


def decode_outlines(where: Mapping[str, Any], read: Callable[[Any], bytes]) -> Geometries:
    """The geometries back, each vertex within half a step of where it was."""
    kinds = np.frombuffer(read(where["kinds"]), dtype=np.uint8)
    x = np.cumsum(unzigzag(unpack(read(where["x"])))) + where["origin"][0]
    y = np.cumsum(unzigzag(unpack(read(where["y"])))) + where["origin"][1]
    coords = np.column_stack([x, y]) / SCALE
    rings = _split(coords, unpack(read(where["sizes"])))
    parts = _split(rings, unpack(read(where["rings"])))
    records = _split(parts, unpack(read(where["parts"])))
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


def _rings(parts: Geometries, polygon: npt.NDArray[np.bool_]) -> tuple[Geometries, Ints]:
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


def _polygon(shell: Any, *holes: Any) -> shapely.Geometry:
    return shapely.Polygon(shell, holes)


_BUILDERS: dict[int, tuple[Callable[..., shapely.Geometry], Callable[..., shapely.Geometry]]] = {
    _POINT: (shapely.Point, shapely.MultiPoint),
    _LINE: (shapely.LineString, shapely.MultiLineString),
    _POLYGON: (_polygon, shapely.MultiPolygon),
}
