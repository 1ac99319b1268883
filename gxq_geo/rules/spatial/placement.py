"""Where the records of each layer lie: in degrees that can be used, or why they cannot."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from gxq_geo.rules.common import is_projectable, once_per_zone
from gxq_geo.schemas.dtypes import lookup
from gxq_geo.zone import Zone
from gxq_geo.zone.placement import BD09, GCJ02, NORTHING_FIRST, candidates, rank, to_degrees
from gxq_geo.zone.placement import Placement as Ranked

Bounds = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Records this close to the bounds of the zone may belong to it.
_MARGIN_DEGREES = 1.0
_GLOBE = (180, 90, 180, 90)
# The range of coordinates in metres in China: in every candidate CRS one coordinate at least is
# larger than the first, and none is larger than the second, zone numbers included.
_LEAST_METRES = 10_000
_MOST_METRES = 50_000_000
# Zones with their number before the easting: EPSG code minus zone number, the zone numbers.
_PREFIXED = {f"EPSG:{4488 + zone}" for zone in range(25, 46)}
_PREFIXED |= {f"EPSG:{4478 + zone}" for zone in range(13, 24)}
_DEGREES = {"EPSG:4326", GCJ02, BD09}


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
        The likely CRS of records in metres, such as ``EPSG:4548``; of several that fit equally
        well all, separated by slashes; empty for the others.
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
        where[rows], crs[rows] = _identify_metres(zone, name, rows, bounds[rows])
    return Placement(where, crs, bounds)


def _identify_metres(
    zone: Zone, name: str, rows: npt.NDArray[np.intp], bounds: Bounds
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Return the kind of metres of some rows, and the CRSs that fit best of those that fit."""
    where = np.full(len(bounds), Where.NOT_DEGREES, dtype=object)
    crs = np.full(len(bounds), "", dtype=object)
    for _, equal in groupby(_ranked(zone, name, rows), key=_figures):
        undecided = np.flatnonzero(where == Where.NOT_DEGREES)
        for found in _distinct(equal, bounds):
            if len(undecided):
                hits = undecided[_lies_in_zone(zone, bounds[undecided], found.crs)]
                first = hits[crs[hits] == ""]
                where[first] = _kind(found)
                crs[hits] = np.where(crs[hits] == "", found.code, crs[hits] + f" / {found.code}")
    return where, crs


def _kind(found: Ranked) -> Where:
    if found.northing_first:
        return Where.NORTHING
    return Where.PREFIXED if found.code in _PREFIXED else Where.METRES


def _figures(found: Ranked) -> tuple[int, float]:
    return found.inside, found.median_distance_m


def _ranked(zone: Zone, name: str, rows: npt.NDArray[np.intp]) -> list[Ranked]:
    """Return the projected CRSs of the region by where they put records against their parks."""
    west, _, east, _ = expected_bounds(zone)
    own = zone.settings.measure_crs
    known = (own, own + NORTHING_FIRST, *candidates((west + east) / 2))
    metric = [c for c in dict.fromkeys(known) if c.removesuffix(NORTHING_FIRST) not in _DEGREES]
    frame = zone.frame(name).iloc[rows]
    hosts = _hosts(zone, name, frame)
    return rank(frame.geometry.to_numpy(), hosts, candidates=metric, measure_crs=own)


def _hosts(zone: Zone, name: str, frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return the park that each record names, or else the zone's frame; None where not known."""
    hosts = np.full(len(frame), None, dtype=object)
    outline = zone.frame("zone_frame").geometry.to_numpy()
    if name != "zone_frame" and len(outline) and _is_on_globe(outline)[0]:
        hosts[:] = outline[0]
    if "park_id" in frame and name != "parks":
        parks = zone.frame("parks")
        usable = parks[_is_on_globe(parks.geometry.to_numpy())].drop_duplicates("park_id")
        outlines = usable.set_index("park_id").geometry
        named = lookup(frame["park_id"], outlines, "object").to_numpy()
        hosts[~pd.isna(named)] = named[~pd.isna(named)]
    return hosts


def _is_on_globe(shapes: npt.NDArray[np.object_]) -> Mask:
    return np.asarray((np.abs(shapely.bounds(shapes)) <= _GLOBE).all(axis=-1))


def _distinct(equal: Iterable[Ranked], bounds: Bounds) -> Iterator[Ranked]:
    """Yield the CRSs that are not the same projection under another code."""
    seen: set[tuple[float, ...]] = set()
    for found in equal:
        place = tuple(to_degrees(bounds[:1, :2], found.crs)[0].round(9).tolist())
        if place not in seen:
            seen.add(place)
            yield found


def _lies_in_zone(zone: Zone, bounds: Bounds, crs: str) -> Mask:
    """Return which bounds, read in a CRS, lie where the zone is expected."""
    corners = [to_degrees(bounds[:, ends], crs) for ends in ([0, 1], [2, 3])]
    degrees = np.hstack(corners)
    degrees[~np.isfinite(degrees)] = np.nan
    return is_within(degrees, expected_bounds(zone))
