"""Report where a readable GeoJSON file departs from the recommendations of RFC 7946.

A *note* applies to any file. A *remark* applies only to a standalone file: for a layer of a zone,
the layer's rules cover it in more detail.
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
# Members that belong to another object type, by the object that must not have them (section 7.1).
_FOREIGN = {
    "FeatureCollection": ("coordinates", "geometries", "geometry", "properties"),
    "Feature": ("coordinates", "geometries", "features"),
    "Geometry": ("geometry", "properties", "features"),
}
# Tolerance of a bounding box, in degrees: boxes are often rounded.
_BOX_SLACK = 1e-5
_GLOBE = (180, 90, 180, 90)
_LARGEST = 1e9

Feature = Mapping[str, Any]
Geometries = npt.NDArray[np.object_]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Note:
    """One departure from the RFC: the rule, the row (None: the document) and the member."""

    rule: str
    row: int | None = None
    member: str = "coordinates"
    value: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)


def foreign_members(members: Feature) -> Iterator[Note]:
    """Report members of a feature collection that belong to another object type."""
    for name in _FOREIGN["FeatureCollection"]:
        if name in members:
            yield _foreign("FeatureCollection", name, None)


def foreign_in(feature: Feature, row: int) -> Iterator[Note]:
    """Report members of a feature, or of its geometry, that belong to another object type."""
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
    """Report the departures that matter to any file.

    Parameters
    ----------
    geometries
        One for each row.
    sizes
        By row, the length of the longest position, for rows with positions longer than 2.
    boxes
        The row and the value of each ``bbox`` of a feature or of its geometry.
    """
    if not len(geometries):
        return
    on_globe = within_globe(geometries)
    yield from _once("ring-winding", wrong_winding(on_globe))
    yield from _once("excess-precision", _too_precise(on_globe), decimals=DECIMALS)
    yield from _once("height-ignored", sorted(row for row, size in sizes.items() if size == 3))
    yield from _once("extra-numbers", sorted(row for row, size in sizes.items() if size > 3))
    for row, box in boxes:
        yield from box_note(box, geometries[row : row + 1], row)


def remarks(features: Sequence[Feature], geometries: Geometries) -> Iterator[Note]:
    """Report the departures that matter only to a standalone file."""
    kinds, boxes = shapely.get_type_id(geometries), shapely.bounds(geometries)
    globe = (np.abs(boxes) <= _GLOBE).all(axis=1)
    for row in np.flatnonzero(globe & (boxes[:, 2] - boxes[:, 0] > 180)).tolist():
        yield Note("crosses-antimeridian", row)
    for row in np.flatnonzero(kinds == shapely.GeometryType.GEOMETRYCOLLECTION).tolist():
        members = features[row]["geometry"]["geometries"]
        if any(member["type"] == "GeometryCollection" for member in members):
            yield Note("collection-nested", row, "geometries")
        if len(members) == 1:
            yield Note("collection-single", row, "geometries")
    multi = (kinds >= shapely.GeometryType.MULTIPOINT) & (
        kinds <= shapely.GeometryType.MULTIPOLYGON
    )
    single = np.flatnonzero(multi & (shapely.get_num_geometries(geometries) == 1)).tolist()
    for row in single[:1]:
        kind = features[row]["geometry"]["type"]
        yield Note("multi-single", row, params={"type": kind, "count": len(single)})
    parts, rows = shapely.get_parts(geometries, return_index=True)
    empty = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    yield from _once("null-geometry", np.flatnonzero(empty), member="geometry")
    yield from _once("polygon-holes", np.unique(rows[shapely.get_num_interior_rings(parts) > 0]))


def box_note(box: Any, geometries: Geometries, row: int | None) -> Iterator[Note]:
    """Report a bounding box that does not contain its geometry.

    Where a box crosses the antimeridian (west > east), only its latitudes are compared.
    """
    if not _is_box(box):
        if row is None:  # `gxq_geo.formats.geojson` reports an invalid box of a feature.
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
    """Whether a value is a list of 4 or 6 numbers below `_LARGEST` in magnitude."""
    if not isinstance(box, list) or len(box) not in (4, 6):
        return False
    return all(type(number) in (int, float) and abs(number) < _LARGEST for number in box)


def _once(
    rule: str, rows: Sequence[int] | Rows, *, member: str = "coordinates", **params: int
) -> Iterator[Note]:
    """Report a rule once, at the first of the rows that break it, with their count."""
    if len(rows):
        yield Note(rule, int(rows[0]), member, params={"count": len(rows), **params})


def within_globe(geometries: Geometries) -> Geometries:
    """Replace geometries that are not in degrees, or are wider than 180°, by None.

    Coordinates in metres and swapped axes have rules of their own, so that their consequences need
    no further issue.
    """
    boxes = shapely.bounds(geometries)
    globe = (np.abs(boxes) <= _GLOBE).all(axis=1)
    wide = globe & (boxes[:, 2] - boxes[:, 0] > 180)
    kept = geometries.copy()
    kept[wide | ~globe] = None
    return kept


def wrong_winding(geometries: Geometries) -> list[int]:
    """Rows of valid geometries with a ring that breaks the right-hand rule (RFC 7946, 3.1.6)."""
    parts, part_rows = shapely.get_parts(geometries, return_index=True)
    polygonal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts, part_rows = parts[polygonal], part_rows[polygonal]
    wrong = ~shapely.is_ccw(shapely.get_exterior_ring(parts))
    with_holes = np.flatnonzero(shapely.get_num_interior_rings(parts) > 0)
    rings, at = shapely.get_rings(parts[with_holes], return_index=True)
    inner = np.r_[False, at[1:] == at[:-1]] if len(at) else np.empty(0, dtype=bool)
    wrong[with_holes[at[inner & shapely.is_ccw(rings)]]] = True
    rows = np.unique(part_rows[wrong])
    return [int(row) for row in rows[shapely.is_valid(geometries[rows])]]


def _too_precise(geometries: Geometries) -> Rows:
    """Rows with a coordinate of more than `DECIMALS` decimals, within float precision."""
    coordinates, rows = shapely.get_coordinates(geometries, return_index=True)
    scaled = coordinates * 10.0**DECIMALS
    too_precise = (np.abs(scaled - np.rint(scaled)) > 1e-4).any(axis=1)
    return np.unique(rows[too_precise])
