"""Rank coordinate reference systems by where each puts records against the parks that they name.

A candidate is an EPSG code, or one of the datums of Chinese web maps (``GCJ-02``, ``BD-09``); with
`NORTHING_FIRST` after it, the file holds the northing or the latitude first. Candidates are
compared, none is chosen: those that fit equally well have the same figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from gxq_geo.zone.datum import bd09_to_gcj02, gcj02_to_wgs84
from gxq_geo.zone.projection import project, transformer

Shapes = npt.NDArray[np.object_]
Positions = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

NORTHING_FIRST = "/yx"
GCJ02, BD09 = "GCJ-02", "BD-09"

# The most records that are judged. More are represented by as many, evenly spaced in the file.
_MOST_RECORDS = 2000
# Outlines that touch their park's edge cross it by rounding.
_TOLERANCE_M = 1.0
# CGCS2000 Gauss-Krüger zones, of 3 and of 6 degrees: their width, the EPSG code of the first zone
# without a number before the easting, its central meridian and number; the code of zone 0 with it.
_GAUSS_KRUGER = ((3, 4534, 75, 25, 4488), (6, 4502, 75, 13, 4478))
_ZONES = range(25, 46), range(13, 24)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a candidate puts the records.

    Parameters
    ----------
    crs
        The candidate.
    inside
        The number of records with every vertex in their host.
    total
        The number of records judged: those with a geometry and a host, at most 2,000.
    median_distance_m
        The median distance of the centre of a record's bounds from its host, 0 inside it; infinite
        where most records are outside the range of the candidate.
    """

    crs: str
    inside: int
    total: int
    median_distance_m: float

    @property
    def code(self) -> str:
        """The candidate without its order of coordinates."""
        return self.crs.removesuffix(NORTHING_FIRST)

    @property
    def northing_first(self) -> bool:
        """Whether the file holds the northing, or the latitude, first."""
        return self.crs.endswith(NORTHING_FIRST)


def candidates(longitude: float) -> tuple[str, ...]:
    """Return the candidates for a zone in China, each in both orders of coordinates.

    They are CGCS2000 Gauss-Krüger zones with and without a number before the easting, UTM zones of
    WGS 84, Web Mercator, degrees (EPSG:4490 agrees with EPSG:4326 to centimetres), GCJ-02, BD-09.

    Parameters
    ----------
    longitude
        Of the middle of the zone, in degrees; the zones around it are candidates.
    """
    utm = int((longitude + 180) // 6) + 1
    beside = utm - 1 if (longitude + 180) % 6 < 3 else utm + 1
    codes = [*gauss_kruger(longitude), *(f"EPSG:{32600 + number}" for number in (utm, beside))]
    codes += ["EPSG:3857", "EPSG:4326", GCJ02, BD09]
    return (*codes, *(code + NORTHING_FIRST for code in codes))


def gauss_kruger(longitude: float) -> tuple[str, ...]:
    """Return the CGCS2000 Gauss-Krüger zones around a longitude, the nearest of 3 degrees first."""
    codes = []
    for (width, first, meridian, number, zero), numbers in zip(_GAUSS_KRUGER, _ZONES, strict=True):
        nearest = number + round((longitude - meridian) / width)
        for zone in (nearest, nearest - 1, nearest + 1):
            if zone in numbers:
                codes += [f"EPSG:{first + zone - number}", f"EPSG:{zero + zone}"]
    return tuple(codes)


def to_degrees(positions: Positions, crs: str) -> Positions:
    """Return longitude and latitude (WGS 84) of positions that are read in a candidate.

    CGCS2000 and other datums are taken to agree with WGS 84. Positions outside the range of the
    candidate are infinite.
    """
    code = crs.removesuffix(NORTHING_FIRST)
    x, y = positions.T if code == crs else positions.T[::-1]
    if code == BD09:
        x, y = bd09_to_gcj02(x, y)
    if code in (GCJ02, BD09):
        return np.column_stack(gcj02_to_wgs84(x, y))
    projection = _projection(code)
    return np.column_stack(projection(x, y, inverse=True) if projection else (x, y))


@cache
def _projection(code: str) -> pyproj.Proj | None:
    """Return a projection; None for degrees.

    Unlike a transformer it needs no search for a transformation of datums, which takes 0.5 s.
    """
    crs = pyproj.CRS(code)
    return None if crs.is_geographic else pyproj.Proj(crs)


def rank(
    shapes: npt.ArrayLike,
    hosts: npt.ArrayLike | shapely.Geometry,
    *,
    candidates: Sequence[str],
    measure_crs: str,
) -> list[Placement]:
    """Return where each candidate puts the records, the best first.

    Parameters
    ----------
    shapes
        The geometry of each record in the coordinates of the file.
    hosts
        The park that each record names (EPSG:4326), or None; or one geometry for all, such as the
        zone's frame.
    candidates
        As `candidates` returns them; of those that fit equally well, the first comes first.
    measure_crs
        The zone's metric CRS.
    """
    records = _Records.of(np.asarray(shapes, dtype=object), hosts, measure_crs)
    placements = [records.placement(crs, measure_crs) for crs in candidates]
    return sorted(placements, key=lambda found: (-found.inside, found.median_distance_m))


@dataclass(frozen=True, slots=True)
class _Records:
    """The records to judge.

    Parameters
    ----------
    positions, record
        Every vertex, in the order of the file, and the number of its record.
    hosts
        The host of each record in the metric CRS, as large as the tolerance allows.
    """

    positions: Positions
    record: npt.NDArray[np.intp]
    hosts: Shapes

    @classmethod
    def of(
        cls, shapes: Shapes, hosts: npt.ArrayLike | shapely.Geometry, measure_crs: str
    ) -> "_Records":
        each = np.broadcast_to(np.asarray(hosts, dtype=object), shapes.shape)
        rows = np.flatnonzero(~(_is_absent(shapes) | _is_absent(each)))
        if len(rows) > _MOST_RECORDS:
            rows = rows[np.linspace(0, len(rows) - 1, _MOST_RECORDS).astype(int)]
        positions, record = shapely.get_coordinates(shapes[rows], return_index=True)
        return cls(positions, record, _in_metres(each[rows], measure_crs))

    def placement(self, crs: str, measure_crs: str) -> Placement:
        """Return where a candidate puts the records."""
        total = len(self.hosts)
        if not total:
            return Placement(crs, 0, 0, np.inf)
        lon, lat = to_degrees(self.positions, crs).T
        x, y = transformer(measure_crs).transform(lon, lat)
        vertices = np.bincount(self.record, minlength=total)
        within = shapely.intersects_xy(self.hosts[self.record], x, y)
        is_inside = np.bincount(self.record, within, minlength=total) == vertices
        first = np.cumsum(vertices) - vertices
        ends = [low_high.reduceat((x, y), first, axis=1) for low_high in (np.minimum, np.maximum)]
        centres = np.mean(ends, axis=0).T
        distance = np.where(is_inside, 0.0, np.inf)
        rows = np.flatnonzero(~is_inside & np.isfinite(centres).all(axis=1))
        distance[rows] = shapely.distance(self.hosts[rows], shapely.points(centres[rows]))
        return Placement(crs, int(is_inside.sum()), total, float(np.median(distance)))


def _is_absent(shapes: Shapes) -> Mask:
    return np.asarray(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def _in_metres(hosts: Shapes, measure_crs: str) -> Shapes:
    """Return hosts in the metric CRS, enlarged by the tolerance; equal ones are one object."""
    _, first, at = np.unique([id(host) for host in hosts], return_index=True, return_inverse=True)
    different = shapely.buffer(project(hosts[first], measure_crs), _TOLERANCE_M)
    shapely.prepare(different)
    return np.asarray(different[at], dtype=object)
