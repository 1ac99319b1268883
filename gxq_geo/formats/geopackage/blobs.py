"""The geometries of a GeoPackage: WKB behind a header, read and written for all records at once.

The header has ``GP``, a version, flags (byte order, kind of envelope, empty), the CRS, and the
envelope. Each geometry keeps the faults that it would have in GeoJSON.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.formats.coordinates import Geometries, GeometryFault, build_geometries

# The size of the envelope in bytes by its code: none, xy, xyz, xym, xyzm.
_ENVELOPES = (0, 32, 48, 48, 64)
_LITTLE_ENDIAN, _EXTENDED = 1, 32
_XY_ENVELOPE = 1 << 1
# The types of WKB by their number; from 8 on curves and surfaces that a layer cannot have.
_TYPES = (
    "", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
    "GeometryCollection", "CircularString", "CompoundCurve", "CurvePolygon", "MultiCurve",
    "MultiSurface", "Curve", "Surface", "PolyhedralSurface", "TIN", "Triangle",
)  # fmt: skip
_COLLECTION = 7
# The flags of EWKB for Z, M and a CRS.
_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000
_MAX_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Decoded:
    """Decoded geometries: None where missing or faulty.

    Parameters
    ----------
    shapes
        One for each record, in two dimensions.
    faults
        The row and the fault of each geometry that cannot be read.
    heights
        The rows with a third coordinate, which is dropped.
    """

    shapes: Geometries
    faults: tuple[tuple[int, GeometryFault], ...] = ()
    heights: tuple[int, ...] = ()


@dataclass
class _Work:
    """What is decoded so far."""

    shapes: Geometries
    faults: dict[int, GeometryFault] = field(default_factory=dict)
    heights: set[int] = field(default_factory=set)


def decode(blobs: Sequence[Any], srs_id: int) -> Decoded:
    """Decode the geometries of a table.

    Parameters
    ----------
    blobs
        The bytes of each; None is missing.
    srs_id
        The CRS of the table. A geometry that states another one is faulty; 0 and -1 state none.
    """
    work = _Work(np.full(len(blobs), None, dtype=object))
    bodies, heads = _bodies(blobs, work)
    _refuse_other_crs(heads, bodies, srs_id, work)
    plain = _plain(bodies)
    _decode_plain(bodies, plain, work)
    for row in bodies.keys() - set(plain) | work.faults.keys() & bodies.keys():
        _decode_slowly(bodies[row], row, work)
    faults = tuple(sorted(work.faults.items(), key=lambda pair: pair[0]))
    return Decoded(work.shapes, faults, tuple(sorted(work.heights)))


def _bodies(blobs: Sequence[Any], work: _Work) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Cut each header off: the WKB, and the flags with the CRS, by row."""
    bodies, heads = {}, {}
    for row, blob in enumerate(blobs):
        if blob is None:
            continue
        try:
            flags = blob[3]
            if blob[:3] != b"GP\x00" or flags & _EXTENDED:
                raise IndexError
            bodies[row] = blob[8 + _ENVELOPES[flags >> 1 & 7] :]
        except (IndexError, TypeError):
            work.faults[row] = GeometryFault("gpkg-geometry")
            continue
        heads[row] = blob[3:8]
    return bodies, heads


def _refuse_other_crs(
    heads: dict[int, bytes], bodies: dict[int, bytes], srs_id: int, work: _Work
) -> None:
    """Take out the geometries that state another CRS than their table."""
    others = {}
    for head in set(heads.values()):
        (stated,) = struct.unpack("<i" if head[0] & _LITTLE_ENDIAN else ">i", head[1:])
        if stated not in (srs_id, 0, -1):
            others[head] = stated
    for row in [row for row, head in heads.items() if head in others] if others else ():
        del bodies[row]
        work.faults[row] = GeometryFault("gpkg-srs", stated=others[heads[row]], expected=srs_id)


def _plain(bodies: dict[int, bytes]) -> list[int]:
    """The rows whose type GEOS and shapely both read: no collection, curve or surface."""
    heads = {row: body[:5] for row, body in bodies.items()}
    plain = {head for head in set(heads.values()) if 0 < _type_of(head) < _COLLECTION}
    return [row for row, head in heads.items() if head in plain]


def _type_of(head: bytes) -> int:
    if len(head) < 5 or head[0] > 1:
        return 0
    (code,) = struct.unpack("<I" if head[0] else ">I", head[1:])
    return int(code & 0x1FFFFFFF) % 1000


def _decode_plain(bodies: dict[int, bytes], plain: list[int], work: _Work) -> None:
    """Decode with GEOS; a row that needs another look is noted as a fault for the time being."""
    if not plain:
        return
    rows, wkb = np.array(plain), np.empty(len(plain), dtype=object)
    wkb[:] = [bodies[row] for row in plain]
    # Damaged numbers can be signalling NaN, of which numpy warns.
    with np.errstate(invalid="ignore"):
        shapes = shapely.from_wkb(wkb, on_invalid="ignore")
        doubtful = _doubtful(shapes)
    shapes[doubtful] = None
    tall = shapely.has_z(shapes) | shapely.has_m(shapes)
    if tall.any():
        work.heights.update(rows[tall].tolist())
        shapes = shapely.force_2d(shapes)
    work.shapes[rows] = shapes
    for row in rows[doubtful].tolist():
        work.faults[row] = GeometryFault("gpkg-geometry")


def _doubtful(shapes: Geometries) -> npt.NDArray[np.bool_]:
    """What GEOS cannot read or what GeoJSON would not allow: empty, not finite, rings too short."""
    doubtful = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    places, rows = shapely.get_coordinates(shapes, return_index=True)
    if not np.isfinite(places).all():
        doubtful[rows[~np.isfinite(places).all(axis=1)]] = True
    parts, owners = shapely.get_parts(shapes, return_index=True)
    short = shapely.is_empty(parts)
    polygonal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    short |= polygonal & (shapely.get_num_coordinates(parts) < 4)
    holed = np.flatnonzero(shapely.get_num_interior_rings(parts) > 0)
    rings, of = shapely.get_rings(parts[holed], return_index=True)
    short[holed[of[shapely.get_num_coordinates(rings) < 4]]] = True
    doubtful[owners[short]] = True
    return np.asarray(doubtful, dtype=bool)


def _decode_slowly(body: bytes, row: int, work: _Work) -> None:
    """Decode one geometry in Python, as GeoJSON: it says which fault there is."""
    try:
        geometry, _ = _object(body, 0, 0)
    except (struct.error, ValueError):
        work.faults[row] = GeometryFault("gpkg-geometry")
        return
    shapes, faults, sizes = build_geometries([geometry])
    work.shapes[row] = shapes[0]
    work.faults.pop(row, None)
    if faults:
        work.faults[row] = faults[0][1]
    elif sizes:
        work.heights.add(row)


def _object(wkb: bytes, at: int, depth: int) -> tuple[dict[str, Any], int]:
    """The GeoJSON object of WKB from `at` on, and where it ends."""
    if depth > _MAX_DEPTH or wkb[at : at + 1] not in (b"\x00", b"\x01"):
        raise ValueError
    order = "<" if wkb[at] else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, at + 1)
    kind, size = int(code & 0x1FFFFFFF) % 1000, _dimensions(code)
    at += 9 if code & _SRID else 5
    if not 0 < kind < len(_TYPES):
        raise ValueError
    name = _TYPES[kind]
    if kind > _COLLECTION:
        return {"type": name}, at
    if kind == _COLLECTION:
        members, at = _objects(wkb, at, order, depth)
        return {"type": name, "geometries": members}, at
    if kind > 3:
        members, at = _objects(wkb, at, order, depth)
        return {"type": name, "coordinates": [one.get("coordinates") for one in members]}, at
    coordinates, at = _COORDINATES[kind](wkb, at, order, size)
    return {"type": name, "coordinates": coordinates}, at


def _dimensions(code: int) -> int:
    iso = int(code & 0x1FFFFFFF) // 1000
    if iso:
        return (2, 3, 3, 4)[iso] if iso < 4 else 0
    return 2 + bool(code & _Z) + bool(code & _M)


def _objects(wkb: bytes, at: int, order: str, depth: int) -> tuple[list[dict[str, Any]], int]:
    count, at = _count(wkb, at, order, 5)
    members = []
    for _ in range(count):
        member, at = _object(wkb, at, depth + 1)
        members.append(member)
    return members, at


def _count(wkb: bytes, at: int, order: str, least: int) -> tuple[int, int]:
    """A number of members, each of at least `least` bytes, for which there must be room."""
    (count,) = struct.unpack_from(f"{order}I", wkb, at)
    if count * least > len(wkb) - at - 4:
        raise ValueError
    return count, at + 4


def _point(wkb: bytes, at: int, order: str, size: int) -> tuple[list[float], int]:
    return list(struct.unpack_from(f"{order}{size}d", wkb, at)), at + 8 * size


def _line(wkb: bytes, at: int, order: str, size: int) -> tuple[list[list[float]], int]:
    count, at = _count(wkb, at, order, 8 * size)
    flat = struct.unpack_from(f"{order}{count * size}d", wkb, at)
    places = [list(flat[i : i + size]) for i in range(0, len(flat), size)] if size else []
    return places, at + 8 * count * size


def _polygon(wkb: bytes, at: int, order: str, size: int) -> tuple[list[list[list[float]]], int]:
    count, at = _count(wkb, at, order, 4)
    rings = []
    for _ in range(count):
        ring, at = _line(wkb, at, order, size)
        rings.append(ring)
    return rings, at


_COORDINATES: dict[int, Any] = {1: _point, 2: _line, 3: _polygon}


# ------------------------------------------------------------------ writing


def encode(shapes: Geometries, srs_id: int) -> list[bytes | None]:
    """Encode geometries; None for a missing or an empty one."""
    present = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    bodies = shapely.to_wkb(shapes[present], byte_order=1, output_dimension=2, flavor="iso")
    heads = _headers(shapes[present], srs_id)
    out: list[bytes | None] = [None] * len(shapes)
    for row, head, body in zip(np.flatnonzero(present).tolist(), heads, bodies, strict=True):
        out[row] = head + body
    return out


def _headers(shapes: Geometries, srs_id: int) -> Iterator[bytes]:
    """The header of each geometry, with its envelope; a point needs none."""
    are_points = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    point = struct.pack("<2sBBi", b"GP", 0, _LITTLE_ENDIAN, srs_id)
    other = struct.pack("<2sBBi", b"GP", 0, _LITTLE_ENDIAN | _XY_ENVELOPE, srs_id)
    boxes = shapely.bounds(shapes)[:, [0, 2, 1, 3]].astype("<f8")
    for is_point, box in zip(are_points.tolist(), boxes, strict=True):
        yield point if is_point else other + box.tobytes()
