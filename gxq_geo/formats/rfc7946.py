"""What RFC 7946 says of a file that can be read all the same: nothing is lost, and all is told.

A *note* matters to any layer. A *remark* matters to a file that stands by itself; of a layer, its
own rules say more.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.words.issues import Finding, Severity

DECIMALS = 7

_ADVICE, _WARNING = Finding(Severity.ADVICE), Finding(Severity.WARNING)
NOTES: Mapping[str, Finding] = {
    "foreign-member": _WARNING,
    "bbox-wrong": _WARNING,
    "extra-numbers": _WARNING,
    "ring-winding": _ADVICE,
    "excess-precision": _ADVICE,
    "height-ignored": _ADVICE,
}
REMARKS: Mapping[str, Finding] = {
    "crosses-antimeridian": _WARNING,
    "collection-nested": _ADVICE,
    "collection-single": _ADVICE,
    "multi-single": _ADVICE,
    "polygon-holes": _ADVICE,
    "bare-geometry": _ADVICE,
    "null-geometry": _ADVICE,
}
FINDINGS = {**NOTES, **REMARKS}
# Members that define another object, by the object that must not have them.
_FOREIGN = {
    "FeatureCollection": ("coordinates", "geometries", "geometry", "properties"),
    "Feature": ("coordinates", "geometries", "features"),
    "Geometry": ("geometry", "properties", "features"),
}
# How far a box may miss its geometry, in degrees: it is often rounded.
_BOX_SLACK = 1e-5
_GLOBE = (180, 90, 180, 90)
_LARGEST = 1e9

Feature = Mapping[str, Any]
Geometries = npt.NDArray[np.object_]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that the standard says of a row, or of the whole document; where to look for it."""

    rule: str
    row: int | None = None
    member: str = "coordinates"
    value: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)


def foreign_members(members: Feature) -> Iterator[Note]:
    """Members of a collection that define another object."""
    for name in _FOREIGN["FeatureCollection"]:
        if name in members:
            yield _foreign("FeatureCollection", name, None)


def foreign_in(feature: Feature, row: int) -> Iterator[Note]:
    """Members of a feature, or of its geometry, that define another object."""
    for name in _FOREIGN["Feature"]:
        if name in feature:
            yield _foreign("Feature", name, row)
    geometry = feature["geometry"] or {}
    for name in _FOREIGN["Geometry"]:
        if name in geometry:
            yield _foreign(str(geometry.get("type"))[:40], name, row)


def _foreign(kind: str, name: str, row: int | None) -> Note:
    return Note("foreign-member", row, name, value=name, params={"type": kind})


def notes(
    geometries: Geometries, sizes: Mapping[int, int], boxes: Iterable[tuple[int, Any]]
) -> Iterator[Note]:
    """What matters to any layer.

    Parameters
    ----------
    geometries
        One for each row.
    sizes
        The numbers of a row's longest position, where they are more than two.
    boxes
        Each ``bbox`` of a feature or of its geometry, and its row.
    """
    if not len(geometries):
        return
    on_globe = placed(geometries)
    yield from _once("ring-winding", wound_wrongly(on_globe))
    yield from _once("excess-precision", _too_precise(on_globe), decimals=DECIMALS)
    yield from _once("height-ignored", sorted(row for row, size in sizes.items() if size == 3))
    yield from _once("extra-numbers", sorted(row for row, size in sizes.items() if size > 3))
    for row, box in boxes:
        yield from box_note(box, geometries[row : row + 1], row)


def remarks(features: Sequence[Feature], geometries: Geometries) -> Iterator[Note]:
    """What matters to a file that stands by itself."""
    kinds, boxes = shapely.get_type_id(geometries), shapely.bounds(geometries)
    globe = (np.abs(boxes) <= _GLOBE).all(axis=1)
    for row in np.flatnonzero(globe & (boxes[:, 2] - boxes[:, 0] > 180)).tolist():
        yield Note("crosses-antimeridian", row)
    for row in np.flatnonzero(kinds == shapely.GeometryType.GEOMETRYCOLLECTION).tolist():
        inner = features[row]["geometry"]["geometries"]
        if any(one["type"] == "GeometryCollection" for one in inner):
            yield Note("collection-nested", row, "geometries")
        if len(inner) == 1:
            yield Note("collection-single", row, "geometries")
    multi = (kinds >= shapely.GeometryType.MULTIPOINT) & (
        kinds <= shapely.GeometryType.MULTIPOLYGON
    )
    lone = np.flatnonzero(multi & (shapely.get_num_geometries(geometries) == 1)).tolist()
    for row in lone[:1]:
        kind = features[row]["geometry"]["type"]
        yield Note("multi-single", row, params={"type": kind, "count": len(lone)})
    parts, of = shapely.get_parts(geometries, return_index=True)
    nothing = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    yield from _once("null-geometry", np.flatnonzero(nothing), member="geometry")
    yield from _once("polygon-holes", np.unique(of[shapely.get_num_interior_rings(parts) > 0]))


def box_note(box: Any, geometries: Geometries, row: int | None) -> Iterator[Note]:
    """A box that does not hold its geometry; one that crosses the antimeridian is let be."""
    if not _is_box(box):
        if row is None:  # Of a feature, the coordinates' own checks tell.
            yield Note("bbox-wrong", row, "bbox", value=str(box)[:80])
        return
    half = len(box) // 2
    west, south, east, north = (box[i] for i in (0, 1, half, half + 1))
    inner = shapely.total_bounds(geometries)
    if np.isnan(inner).any():
        return
    fits = south - _BOX_SLACK <= inner[1] and inner[3] <= north + _BOX_SLACK
    if west <= east:
        fits = fits and west - _BOX_SLACK <= inner[0] and inner[2] <= east + _BOX_SLACK
    if not fits:
        yield Note("bbox-wrong", row, "bbox", value=str(box)[:80])


def _is_box(box: object) -> bool:
    """Whether these are 4 or 6 numbers of a size that a coordinate may have."""
    if not isinstance(box, list) or len(box) not in (4, 6):
        return False
    return all(type(one) in (int, float) and abs(one) < _LARGEST for one in box)


def _once(
    rule: str, rows: Sequence[int] | Rows, *, member: str = "coordinates", **params: int
) -> Iterator[Note]:
    """What is so of many rows is told at the first of them."""
    if len(rows):
        yield Note(rule, int(rows[0]), member, params={"count": len(rows), **params})


def placed(geometries: Geometries) -> Geometries:
    """The geometries that lie in degrees on one half of the globe, None in place of others.

    Metres, or latitude first: rules say so, and what follows from it is not told.
    """
    boxes = shapely.bounds(geometries)
    globe = (np.abs(boxes) <= _GLOBE).all(axis=1)
    wide = globe & (boxes[:, 2] - boxes[:, 0] > 180)
    kept = geometries.copy()
    kept[wide | ~globe] = None
    return kept


def wound_wrongly(geometries: Geometries) -> list[int]:
    """Rows of valid geometries with a ring that runs the wrong way."""
    parts, of = shapely.get_parts(geometries, return_index=True)
    flat = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts, of = parts[flat], of[flat]
    wrong = ~shapely.is_ccw(shapely.get_exterior_ring(parts))
    holed = np.flatnonzero(shapely.get_num_interior_rings(parts) > 0)
    rings, at = shapely.get_rings(parts[holed], return_index=True)
    inner = np.r_[False, at[1:] == at[:-1]] if len(at) else np.empty(0, dtype=bool)
    wrong[holed[at[inner & shapely.is_ccw(rings)]]] = True
    rows = np.unique(of[wrong])
    return [int(row) for row in rows[shapely.is_valid(geometries[rows])]]


def _too_precise(geometries: Geometries) -> Rows:
    """Rows with a coordinate that has more decimals than are kept, so far as a float can tell."""
    at, of = shapely.get_coordinates(geometries, return_index=True)
    scaled = at * 10.0**DECIMALS
    off = (np.abs(scaled - np.rint(scaled)) > 1e-4).any(axis=1)
    return np.unique(of[off])
