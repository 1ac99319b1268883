"""Where each record lies, seen once for all rules: at home, or why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from gxq_geo.rules.common import is_near, once
from gxq_geo.zone import Zone

Box = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# What lies within this many degrees of the zone may well be meant.
_AROUND = 1.0
_GLOBE = (180, 90, 180, 90)
_WEB_MERCATOR = 3857
# No coordinate in metres of a place in China is smaller than this in both axes.
_LEAST_METRES = 10_000
# CGCS2000 Gauss-Krüger: EPSG code of the first, its central meridian, the meridians' distance.
_ZONES = ((4534, 75, 3), (4502, 75, 6))
# The same with the zone before the easting: EPSG code less the zone's number, and the numbers.
_PREFIXED = ((4488, range(25, 46)), (4478, range(13, 24)))


class Where(StrEnum):
    """Where a record lies: for each kind but the first two there is one rule."""

    HOME = ""
    ABSENT = "absent"
    SWAPPED = "swapped-axes"
    METRES = "metres-not-degrees"
    PREFIXED = "zone-prefix"
    NORTHING = "northing-first"
    OFF = "not-degrees"
    FAR = "too-far"


@dataclass(frozen=True, slots=True)
class Placing:
    """Where the records of one layer lie; ``crs`` names the likely one of those in metres."""

    where: npt.NDArray[np.object_]
    crs: npt.NDArray[np.object_]
    boxes: Box


@once
def home(zone: Zone) -> tuple[float, float, float, float]:
    """Where the zone lies: its frame and parks so far as the metric CRS is meant for them.

    Where none are, the area that this CRS is meant for.
    """
    area = pyproj.CRS(zone.settings.measure_crs).area_of_use
    meant = np.array(area.bounds if area else (-180.0, -90.0, 180.0, 90.0))
    boxes = np.vstack(
        [shapely.bounds(zone.frame(name).geometry.to_numpy()) for name in ("zone_frame", "parks")]
    )
    held = boxes[within(boxes, tuple(meant.tolist()))]
    if len(held):
        meant = np.concatenate([held[:, :2].min(axis=0), held[:, 2:].max(axis=0)])
    west, south, east, north = meant.tolist()
    return west, south, east, north


def within(boxes: Box, box: tuple[float, ...]) -> Mask:
    """Which boxes lie in a box, or within a degree of it; that of nothing (NaN) does not."""
    west, south, east, north = box
    low = boxes[:, :2] >= (west - _AROUND, south - _AROUND)
    high = boxes[:, 2:] <= (east + _AROUND, north + _AROUND)
    return np.asarray(np.hstack([low, high]).all(axis=1))


@once
def placing(zone: Zone, name: str) -> Placing:
    """Where the records of a layer lie."""
    boxes = shapely.bounds(zone.frame(name).geometry.to_numpy()).reshape(-1, 4)
    where = np.full(len(boxes), Where.ABSENT, dtype=object)
    crs = np.full(len(boxes), "", dtype=object)
    there = ~np.isnan(boxes).any(axis=1)
    globe = there & (np.abs(boxes) <= _GLOBE).all(axis=1)
    swapped = within(boxes[:, [1, 0, 3, 2]], home(zone)) & ~within(boxes, home(zone))
    where[there] = Where.OFF
    where[globe] = np.where(is_near(boxes[globe], zone), Where.HOME, Where.FAR)
    where[swapped] = Where.SWAPPED
    rows = np.flatnonzero((where == Where.OFF) & (np.abs(boxes) > _LEAST_METRES).any(axis=1))
    if len(rows):
        where[rows], crs[rows] = _in_metres(zone, boxes[rows])
    return Placing(where, crs, boxes)


def _in_metres(zone: Zone, boxes: Box) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """What metres these may be: the first CRS that brings a box home."""
    where = np.full(len(boxes), Where.OFF, dtype=object)
    crs = np.full(len(boxes), "", dtype=object)
    for turned in (False, True):
        given = boxes[:, [1, 0, 3, 2]] if turned else boxes
        for name, prefixed, rows in _candidates(zone, given):
            open_rows = rows & (where == Where.OFF)
            fits = _comes_home(zone, given[open_rows], name)
            hit = np.flatnonzero(open_rows)[fits]
            plain = Where.PREFIXED if prefixed else Where.METRES
            where[hit], crs[hit] = Where.NORTHING if turned else plain, name
    return where, crs


def _candidates(zone: Zone, boxes: Box) -> Iterator[tuple[str, bool, Mask]]:
    """Names of CRSs that a file of the zone may be in, whether prefixed, and for which rows."""
    everywhere = np.full(len(boxes), True)
    numbers = np.floor(boxes[:, 0] / 1e6)
    for first, zones in _PREFIXED:
        for number in sorted(set(numbers.tolist()) & set(zones)):
            yield f"EPSG:{first + int(number)}", True, numbers == number
    yield zone.settings.measure_crs, False, everywhere
    west, _, east, _ = home(zone)
    middle = (west + east) / 2
    for first, meridian, apart in _ZONES:
        nearest = round((middle - meridian) / apart)
        for step in (nearest, nearest - 1, nearest + 1):
            if 0 <= step <= 60 // apart:
                yield f"EPSG:{first + step}", False, everywhere
    yield f"EPSG:{_WEB_MERCATOR}", False, everywhere


def _comes_home(zone: Zone, boxes: Box, name: str) -> Mask:
    to_degrees = pyproj.Transformer.from_crs(name, 4326, always_xy=True)
    west, south = to_degrees.transform(boxes[:, 0], boxes[:, 1])
    east, north = to_degrees.transform(boxes[:, 2], boxes[:, 3])
    back = np.column_stack([west, south, east, north]).reshape(-1, 4)
    back[~np.isfinite(back)] = np.nan
    return within(back, home(zone))
