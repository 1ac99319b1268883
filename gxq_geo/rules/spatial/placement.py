"""Where the records of each layer lie: in degrees that can be used, or why they cannot."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from gxq_geo.rules.common import is_projectable, once_per_zone
from gxq_geo.zone import Zone

Bounds = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Records this close to the bounds of the zone may belong to it.
_MARGIN_DEGREES = 1.0
_GLOBE = (180, 90, 180, 90)
_WEB_MERCATOR = 3857
# The range of coordinates in metres in China: in every candidate CRS one coordinate at least is
# larger than the first, and none is larger than the second, zone numbers included.
_LEAST_METRES = 10_000
_MOST_METRES = 50_000_000
# CGCS2000 Gauss-Krüger zones: EPSG code of the first, its central meridian, zone width in degrees.
_ZONES = ((4534, 75, 3), (4502, 75, 6))
# The same with the zone number before the easting: EPSG code minus zone number, the zone numbers.
_PREFIXED = ((4488, range(25, 46)), (4478, range(13, 24)))


class Where(StrEnum):
    """Where a record lies; each value but the first two is the slug of the rule that reports it."""

    USABLE = ""
    MISSING = "missing"
    SWAPPED = "swapped-axes"
    METRES = "metres-not-degrees"
    PREFIXED = "zone-prefix"
    NORTHING = "northing-first"
    NOT_DEGREES = "not-degrees"
    TOO_FAR = "too-far"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the records of a layer lie, by row.

    Parameters
    ----------
    where
        A `Where` for each record.
    crs
        The likely CRS of records in metres, such as ``EPSG:4548``; empty for the others.
    bounds
        ``(minx, miny, maxx, maxy)`` of each record, in the units of the file; NaN where missing.
    """

    where: npt.NDArray[np.object_]
    crs: npt.NDArray[np.object_]
    bounds: Bounds


@once_per_zone
def expected_bounds(zone: Zone) -> tuple[float, float, float, float]:
    """Return the bounds, in degrees, in which the records of a zone are expected.

    They are those of the frame and the parks that lie in the area of use of the metric CRS, or
    that area itself where none does.
    """
    area = pyproj.CRS(zone.settings.measure_crs).area_of_use
    expected = np.array(area.bounds if area else (-180.0, -90.0, 180.0, 90.0))
    bounds = np.vstack(
        [shapely.bounds(zone.frame(name).geometry.to_numpy()) for name in ("zone_frame", "parks")]
    )
    inside = bounds[is_within(bounds, tuple(expected.tolist()))]
    if len(inside):
        expected = np.concatenate([inside[:, :2].min(axis=0), inside[:, 2:].max(axis=0)])
    west, south, east, north = expected.tolist()
    return west, south, east, north


def is_within(bounds: Bounds, outer: tuple[float, ...]) -> Mask:
    """Return which bounds lie in the outer bounds, or within a degree of them; NaN does not."""
    west, south, east, north = outer
    low = bounds[:, :2] >= (west - _MARGIN_DEGREES, south - _MARGIN_DEGREES)
    high = bounds[:, 2:] <= (east + _MARGIN_DEGREES, north + _MARGIN_DEGREES)
    return np.asarray(np.hstack([low, high]).all(axis=1))


@once_per_zone
def placement(zone: Zone, name: str) -> Placement:
    """Return where the records of a layer lie."""
    bounds = shapely.bounds(zone.frame(name).geometry.to_numpy()).reshape(-1, 4)
    where = np.full(len(bounds), Where.MISSING, dtype=object)
    crs = np.full(len(bounds), "", dtype=object)
    known = ~np.isnan(bounds).any(axis=1)
    on_globe = known & (np.abs(bounds) <= _GLOBE).all(axis=1)
    expected = expected_bounds(zone)
    swapped = is_within(bounds[:, [1, 0, 3, 2]], expected) & ~is_within(bounds, expected)
    where[known] = Where.NOT_DEGREES
    where[on_globe] = np.where(is_projectable(bounds[on_globe], zone), Where.USABLE, Where.TOO_FAR)
    where[swapped] = Where.SWAPPED
    # A CRS costs about 0.1 s to set up: none is tried on coordinates that are metres in none.
    largest = np.abs(bounds).max(axis=1)
    in_range = (largest > _LEAST_METRES) & (largest <= _MOST_METRES)
    rows = np.flatnonzero((where == Where.NOT_DEGREES) & in_range)
    if len(rows):
        where[rows], crs[rows] = _identify_metres(zone, bounds[rows])
    return Placement(where, crs, bounds)


def _identify_metres(
    zone: Zone, bounds: Bounds
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Return the kind of metres, and the first CRS that brings each of the bounds to the zone."""
    where = np.full(len(bounds), Where.NOT_DEGREES, dtype=object)
    crs = np.full(len(bounds), "", dtype=object)
    for northing_first in (False, True):
        ordered = bounds[:, [1, 0, 3, 2]] if northing_first else bounds
        for name, prefixed, rows in _candidates(zone, ordered):
            undecided = np.flatnonzero(rows & (where == Where.NOT_DEGREES))
            if not len(undecided):
                continue
            hits = undecided[_lies_in_zone(zone, ordered[undecided], name)]
            kind = Where.PREFIXED if prefixed else Where.METRES
            where[hits], crs[hits] = Where.NORTHING if northing_first else kind, name
    return where, crs


def _candidates(zone: Zone, bounds: Bounds) -> Iterator[tuple[str, bool, Mask]]:
    """Yield likely CRSs, whether eastings have a zone number, and the rows that may be in them."""
    every_row = np.full(len(bounds), True)
    numbers = np.floor(bounds[:, 0] / 1e6)
    for base, zones in _PREFIXED:
        for number in sorted(set(numbers.tolist()) & set(zones)):
            yield f"EPSG:{base + int(number)}", True, numbers == number
    yield zone.settings.measure_crs, False, every_row
    west, _, east, _ = expected_bounds(zone)
    middle = (west + east) / 2
    for first, meridian, width in _ZONES:
        nearest = round((middle - meridian) / width)
        for step in (nearest, nearest - 1, nearest + 1):
            if 0 <= step <= 60 // width:
                yield f"EPSG:{first + step}", False, every_row
    yield f"EPSG:{_WEB_MERCATOR}", False, every_row


def _lies_in_zone(zone: Zone, bounds: Bounds, crs: str) -> Mask:
    """Return which bounds, read in a CRS, lie where the zone is expected."""
    to_degrees = _to_degrees(crs)
    west, south = to_degrees.transform(bounds[:, 0], bounds[:, 1])
    east, north = to_degrees.transform(bounds[:, 2], bounds[:, 3])
    degrees = np.column_stack([west, south, east, north]).reshape(-1, 4)
    degrees[~np.isfinite(degrees)] = np.nan
    return is_within(degrees, expected_bounds(zone))


@cache
def _to_degrees(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
