"""Decide the CRS of a foreign file by what it declares and by where each candidate puts it.

The evidence is counted, not guessed: each candidate CRS puts each record inside or outside the park
that the record names (or the zone), and at some distance from the same record in the layer, if
there is one. A candidate is taken without asking only if it is declared and nothing contradicts it,
or if no other candidate fits as well.

Beijing 54 and Xian 80 differ from CGCS2000 by about 100 m, and there is no public transformation
between them: such coordinates are converted only with the parameters of the place.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError

from gxq_geo.exchange.source import Geometries
from gxq_geo.words.errors import GxqError
from gxq_geo.zone.datum import bd09_to_gcj02, gcj02_to_wgs84

Positions = npt.NDArray[np.float64]
Why = Literal["stated", "declared", "placed", "none", "tied", "contradicted", "shifted", "params"]

GCJ02, BD09, DEGREES = "GCJ-02", "BD-09", "EPSG:4326"

# Semi-major axes in metres of the ellipsoids of the old Chinese datums: Krassowsky 1940 (Beijing
# 54) and IAG 1975 (Xian 80).
_OLD_AXES = {6_378_245.0: "Beijing 54", 6_378_140.0: "Xian 80"}
# Semi-major axis in metres of CGCS2000, WGS 84 and GRS 80, which agree to a millimetre.
_NEW_AXIS = 6_378_137.0
# The range of coordinates in metres: in every candidate CRS one coordinate at least is larger than
# the first, and none is larger than the second, zone numbers included.
_METRES = (10_000, 50_000_000)
# A family of Gauss-Krüger zones: EPSG code of the first, its central meridian, and their width in
# degrees. EPSG numbers the zones of a family consecutively.
_FAMILIES = (
    (4534, 75, 3),  # CGCS2000, 3-degree
    (4502, 75, 6),  # CGCS2000, 6-degree
    (2370, 75, 3),  # Xian 80, 3-degree
    (2338, 75, 6),  # Xian 80, 6-degree
    (2422, 75, 3),  # Beijing 54, 3-degree
    (21453, 75, 6),  # Beijing 54, 6-degree
)
# The same with the zone number before the easting: the EPSG code of a zone minus its number, and
# the zone numbers.
_PREFIXED = (
    (4488, range(25, 46)),  # CGCS2000, 3-degree
    (4478, range(13, 24)),  # CGCS2000, 6-degree
    (2324, range(25, 46)),  # Xian 80, 3-degree
    (2314, range(13, 24)),  # Xian 80, 6-degree
    (2376, range(25, 46)),  # Beijing 54, 3-degree
    (21400, range(13, 24)),  # Beijing 54, 6-degree
)
_GEOGRAPHIC = ("EPSG:4490", GCJ02, BD09, "EPSG:4610", "EPSG:4214")
# Candidates that put every record within this distance of each other are the same, in metres.
_SAME_M = 0.5
# A record is at the place of the same record in the layer within this distance, in metres.
_AT_RECORD_M = 2.0
# What a fit must have: this share of the records inside, and this lead over the others.
_SHARE, _LEAD = 0.9, 0.05
# The most records of a file whose places are compared.
_LOOKED_AT = 2_000
_METRES_PER_DEGREE = 111_320.0
_STATED = re.compile(r"[A-Za-z]{2,12}:\d{1,7}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A CRS in which the coordinates of a file may be.

    Parameters
    ----------
    crs
        An authority code, WKT, or one of the datums of Chinese web maps.
    northing_first
        Whether the file has the northing (or the latitude) before the easting.
    """

    crs: str
    northing_first: bool = False

    @property
    def label(self) -> str:
        """The short name: a code where there is one, and ``,yx`` if the northing comes first."""
        return _label(self.crs) + (",yx" if self.northing_first else "")


@dataclass(frozen=True, slots=True)
class Ranked:
    """Where a candidate puts the records of a file.

    Parameters
    ----------
    candidate
        The candidate.
    inside, total
        The number of records inside the park that they name or in the zone, and of all records.
    away_m
        The median distance of the records from these, in metres; 0 inside.
    offset_m
        The median distance from the same records in the layer, in metres; NaN where it has none,
        and for an old datum, whose shift is not known.
    same_as
        Labels of other candidates that put every record at the same place.
    """

    candidate: Candidate
    inside: int
    total: int
    away_m: float
    offset_m: float = float("nan")
    same_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The CRS of a file, or the candidates among which the user has to choose.

    Parameters
    ----------
    candidate
        The CRS; None if it is open.
    why
        The reason, a key under ``exchange.crs``: ``stated``, ``declared``, ``placed``, ``none``
        (no evidence), ``tied``, ``contradicted`` (the declaration is), ``shifted`` (in the datum of
        a web map), ``params`` (an old datum needs parameters).
    declared
        The label of the declared CRS; empty if there is none.
    ranking
        All candidates that put a record inside, the best first.
    open
        The candidates among which to choose.
    """

    candidate: Candidate | None
    why: Why
    declared: str = ""
    ranking: tuple[Ranked, ...] = ()
    open: tuple[Candidate, ...] = ()


# ------------------------------------------------------------------ definitions


def stated_candidate(text: str) -> Candidate:
    """Return the CRS that a user states: ``EPSG:4548``, ``EPSG:4548,yx``, ``GCJ-02``, ``BD-09``.

    Raises
    ------
    GxqError
        If there is no such CRS.
    """
    name, _, order = text.replace("，", ",").partition(",")
    plain = name.strip().upper().replace("_", "-")
    folded = {"GCJ02": GCJ02, "GCJ-02": GCJ02, "BD09": BD09, "BD-09": BD09, "WGS84": DEGREES}
    crs = folded.get(plain, plain)
    known = crs in (GCJ02, BD09) or (_STATED.fullmatch(crs) and definition(crs) is not None)
    if not known or order.strip().lower() not in ("", "yx", "xy"):
        raise GxqError("unknown-crs", value=text)
    return Candidate(crs, order.strip().lower() == "yx")


@cache
def definition(crs: str) -> pyproj.CRS | None:
    """Return a CRS by its code, WKT or PROJJSON; None if PROJ does not know it."""
    try:
        return pyproj.CRS.from_user_input(crs) if crs not in ("", GCJ02, BD09) else None
    except CRSError:
        return None


def old_datum(crs: str) -> str:
    """Return the old datum of a CRS, by its ellipsoid: Beijing 54 or Xian 80; else empty."""
    known = definition(crs)
    axis = known.ellipsoid.semi_major_metre if known is not None and known.ellipsoid else 0.0
    return _OLD_AXES.get(round(axis, 3), "")


def _is_usable(crs: str) -> bool:
    """Whether positions in a CRS can be converted without parameters."""
    known = definition(crs)
    if known is None:
        return crs in (GCJ02, BD09)
    ellipsoid = known.ellipsoid
    return ellipsoid is not None and abs(ellipsoid.semi_major_metre - _NEW_AXIS) < 0.5


@cache
def _label(crs: str) -> str:
    known = definition(crs)
    if known is None:
        return crs
    code = known.to_authority(min_confidence=70) or known.to_authority(min_confidence=25)
    return ":".join(code) if code else known.name


# ------------------------------------------------------------------ conversion


def to_degrees(positions: Positions, candidate: Candidate, params: str = "") -> Positions:
    """Convert positions in a CRS to longitude and latitude in degrees (EPSG:4326).

    CGCS2000, WGS 84 and GRS 80 are not told apart: they agree to centimetres.

    Parameters
    ----------
    positions
        Coordinates as in the file, of shape (n, 2).
    candidate
        Their CRS.
    params
        The parameters from an old datum to CGCS2000, see `helmert`.
    """
    if candidate.northing_first:
        positions = positions[:, ::-1]
    x, y = positions[:, 0], positions[:, 1]
    if candidate.crs in (GCJ02, BD09):
        return np.column_stack(
            gcj02_to_wgs84(*(bd09_to_gcj02(x, y) if candidate.crs == BD09 else (x, y)))
        )
    lon, lat = _transformer(candidate.crs).transform(x, y)
    return np.column_stack(
        _shift(candidate.crs, params).transform(lon, lat) if params else (lon, lat)
    )


@cache
def _transformer(crs: str) -> pyproj.Transformer:
    """Return the transformer to the geographic CRS on which a CRS is based."""
    known = pyproj.CRS.from_user_input(crs)
    return pyproj.Transformer.from_crs(known, known.geodetic_crs or known, always_xy=True)


@cache
def _shift(crs: str, params: str) -> pyproj.Transformer:
    """Return the transformer from degrees in an old datum to degrees in CGCS2000."""
    ellipsoid = pyproj.CRS.from_user_input(crs).ellipsoid
    assert ellipsoid is not None  # noqa: S101 - `old_datum` has found it.
    axes = f"+a={ellipsoid.semi_major_metre!r} +rf={ellipsoid.inverse_flattening!r}"
    return pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3 "
        f"+step +proj=cart {axes} +step +proj=helmert {helmert(params)} "
        "+step +inv +proj=cart +ellps=GRS80 +step +proj=pop +v_3 "
        "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )


def helmert(params: str) -> str:
    """Return PROJ's form of three or seven parameters from an old datum to CGCS2000.

    Parameters
    ----------
    params
        ``dx,dy,dz`` in metres, or with ``rx,ry,rz`` in arc-seconds and the scale in parts per
        million, in the position vector convention (EPSG:9606), as Chinese survey offices give them.

    Raises
    ------
    GxqError
        If they are not three or seven numbers.
    """
    parts = [part for part in re.split(r"[,，;\s]+", params.strip()) if part]
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in (3, 7) or not np.isfinite(numbers).all():
        raise GxqError("bad-params", value=params)
    names = ("x", "y", "z", "rx", "ry", "rz", "s")
    text = " ".join(f"+{name}={number!r}" for name, number in zip(names, numbers, strict=False))
    return f"{text} +convention=position_vector"


def convert(shapes: Geometries, candidate: Candidate, params: str = "") -> Geometries:
    """Convert geometries in a CRS to EPSG:4326; heights are dropped.

    Raises
    ------
    GxqError
        If the CRS has an old datum and there are no parameters, or a position cannot be converted.
    """
    if datum := old_datum(candidate.crs):
        if not params:
            raise GxqError("old-datum", crs=candidate.label, datum=datum)
    elif not _is_usable(candidate.crs):
        raise GxqError("unknown-datum", crs=candidate.label)
    try:
        return np.asarray(
            shapely.transform(
                shapely.force_2d(shapes), lambda xy: to_degrees(xy, candidate, params)
            ),
            dtype=object,
        )
    except ProjError as error:
        raise GxqError("not-convertible", crs=candidate.label, reason=str(error)) from None


# ------------------------------------------------------------------ evidence


@dataclass(frozen=True)
class Witnesses:
    """What is known of the place of each record of a file.

    Parameters
    ----------
    hosts
        For each record the park that it names, or the outline of the zone (EPSG:4326); None where
        neither is known.
    known
        For each record the geometry of the same record in the layer (EPSG:4326), or None.
    measure_crs
        The zone's metric CRS, which is preferred among equal candidates.
    """

    hosts: Geometries
    known: Geometries
    measure_crs: str


def decide(
    shapes: Geometries,
    witnesses: Witnesses,
    *,
    declared: str = "",
    stated: Candidate | None = None,
    params: str = "",
) -> Decision:
    """Decide the CRS of a file's geometries.

    Parameters
    ----------
    shapes
        The geometries with the coordinates of the file.
    witnesses
        What is known of the place of each record.
    declared
        The CRS that the file declares: a code, WKT or PROJJSON; empty if it declares none.
    stated
        The CRS that the user states; it is taken, and the ranking is shown all the same.
    params
        The parameters of an old datum that the user states.
    """
    points, rows = _sampled(*_points(shapes))
    own = Candidate(declared) if definition(declared) is not None else None
    named = [one for one in (stated, own) if one is not None]
    ranking = rank(points, rows, witnesses, [*named, *candidates(points, witnesses)])
    label = own.label if own else ""
    if stated is not None:
        return _with_params(stated, "stated", label, ranking, params)
    why, chosen, tied = _choice(ranking, own)
    if chosen is None:
        return Decision(None, why, label, ranking, tied)
    if chosen.crs in (GCJ02, BD09):  # Offered with the evidence, converted only when asked.
        return Decision(None, "shifted", label, ranking, (chosen,))
    return _with_params(chosen, why, label, ranking, params)


def _sampled(
    points: Positions, rows: npt.NDArray[np.intp]
) -> tuple[Positions, npt.NDArray[np.intp]]:
    """Return at most `_LOOKED_AT` points, evenly spread over the file."""
    if len(rows) <= _LOOKED_AT:
        return points, rows
    chosen = np.linspace(0, len(rows) - 1, _LOOKED_AT).astype(np.intp)
    return points[chosen], rows[chosen]


def _with_params(
    chosen: Candidate, why: Why, label: str, ranking: tuple[Ranked, ...], params: str
) -> Decision:
    """Return the decision for a candidate; one in an old datum needs parameters."""
    if old_datum(chosen.crs) and not params:
        return Decision(None, "params", label, ranking, (chosen,))
    return Decision(chosen, why, label, ranking)


def _choice(
    ranking: Sequence[Ranked], own: Candidate | None
) -> tuple[Why, Candidate | None, tuple[Candidate, ...]]:
    """Return the reason, the candidate that the evidence decides for, and those that tie."""
    best = ranking[0] if ranking else None
    if own is not None:
        mine = next((one for one in ranking if _is(one, own)), None)
        if best is None or mine is None or best.total == 0:
            # No witness can speak for or against the declaration; if no candidate fits, it stands.
            return ("declared", own, ()) if not ranking else ("contradicted", None, _all(ranking))
        if not _beats(best, mine):
            return "declared", own, ()
        why: Why = "shifted" if best.candidate.crs in (GCJ02, BD09) else "contradicted"
        return why, None, (best.candidate, own)
    if best is None or best.inside < _SHARE * best.total:
        return "none", None, _all(ranking)
    tied = [one for one in ranking if not _beats(best, one)]
    if len(tied) > 1:
        return "tied", None, tuple(one.candidate for one in tied)
    return "placed", best.candidate, ()


def _is(one: Ranked, own: Candidate) -> bool:
    return one.candidate == own or own.label in one.same_as


def _all(ranking: Sequence[Ranked]) -> tuple[Candidate, ...]:
    return tuple(one.candidate for one in ranking)


def _beats(best: Ranked, other: Ranked) -> bool:
    """Whether a candidate fits clearly better than another one."""
    if best is other:
        return False
    if best.offset_m <= _AT_RECORD_M and not other.offset_m <= _AT_RECORD_M:
        return True
    if other.offset_m <= _AT_RECORD_M:
        return False
    return best.inside - other.inside >= max(2, _LEAD * best.total)


def _points(shapes: Geometries) -> tuple[Positions, npt.NDArray[np.intp]]:
    """Return a point of each geometry, and the rows of those that have one."""
    present = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    rows = np.flatnonzero(present)
    bounds = shapely.bounds(shapes[rows]).reshape(-1, 4)
    return (bounds[:, :2] + bounds[:, 2:]) / 2, rows


def candidates(points: Positions, witnesses: Witnesses) -> list[Candidate]:
    """Return the CRSs in which the coordinates of a file may be, by their magnitude.

    Those are the zone's own CRS; the Gauss-Krüger zones around it, with and without zone number, on
    CGCS2000, Xian 80 and Beijing 54; UTM; Web Mercator; and for degrees the datums of web maps.
    Each is tried with the northing first as well.
    """
    if not len(points):
        return []
    largest = np.abs(points).max()
    if largest <= 360:
        names: Iterable[str] = _GEOGRAPHIC
    elif _METRES[0] <= largest <= _METRES[1]:
        names = _metric(points, witnesses)
    else:
        return []
    distinct = list(dict.fromkeys(names))
    return [Candidate(name, flipped) for flipped in (False, True) for name in distinct]


def _metric(points: Positions, witnesses: Witnesses) -> Iterator[str]:
    yield witnesses.measure_crs
    numbers = {int(number) for number in np.floor(np.abs(points) / 1e6).ravel().tolist()}
    for base, zones in _PREFIXED:
        yield from (f"EPSG:{base + number}" for number in sorted(numbers & set(zones)))
    hosts = witnesses.hosts[~shapely.is_missing(witnesses.hosts)]
    if len(hosts):
        west, _, east, _ = shapely.total_bounds(hosts)
        middle = (west + east) / 2
        for first, meridian, width in _FAMILIES:
            nearest = round((middle - meridian) / width)
            for step in (nearest, nearest - 1, nearest + 1):
                if 0 <= step <= 60 // width:
                    yield f"EPSG:{first + step}"
        number = int((middle + 180) // 6) + 1
        yield from (f"EPSG:{32600 + one}" for one in (number, number - 1, number + 1))
    yield "EPSG:3857"


def rank(
    points: Positions,
    rows: npt.NDArray[np.intp],
    witnesses: Witnesses,
    tried: Sequence[Candidate],
) -> tuple[Ranked, ...]:
    """Return where each candidate puts the records, the best first; equal ones are joined.

    Parameters
    ----------
    points
        A point of each record, as in the file, of shape (n, 2).
    rows
        The row of each point.
    witnesses
        What is known of the place of each record.
    tried
        The candidates; of equal ones the first stands for the others.
    """
    hosts, known = witnesses.hosts[rows], witnesses.known[rows]
    placed: list[tuple[Ranked, Positions]] = []
    for candidate in dict.fromkeys(tried):
        degrees = _placed(points, candidate)
        ranked = _ranked(candidate, degrees, hosts, known)
        if ranked.inside or ranked.offset_m <= _AT_RECORD_M:
            placed.append((ranked, degrees))
    joined: list[tuple[Ranked, Positions]] = []
    for ranked, degrees in placed:
        same = next((i for i, (_, other) in enumerate(joined) if _same(degrees, other)), None)
        # An old datum puts records where CGCS2000 does, but for a shift that nobody knows.
        if same is None or old_datum(ranked.candidate.crs) != old_datum(
            joined[same][0].candidate.crs
        ):
            joined.append((ranked, degrees))
        else:
            first = joined[same][0]
            names = {*first.same_as, ranked.candidate.label} - {first.candidate.label}
            joined[same] = (replace(first, same_as=tuple(sorted(names))), joined[same][1])
    return tuple(sorted((one for one, _ in joined), key=_order))


def _order(ranked: Ranked) -> tuple[float, ...]:
    offset = ranked.offset_m if ranked.offset_m <= _AT_RECORD_M else np.inf
    return (offset, -ranked.inside, ranked.away_m, ranked.candidate.northing_first)


def _placed(points: Positions, candidate: Candidate) -> Positions:
    """Return the points in degrees; NaN where the CRS cannot have such coordinates."""
    try:
        degrees = to_degrees(points, candidate)
    except ProjError:
        return np.full_like(points, np.nan)
    usable = np.asarray(np.isfinite(degrees) & (np.abs(degrees) <= (180, 90))).all(axis=1)
    return np.where(np.asarray(usable)[:, None], degrees, np.nan)


def _ranked(
    candidate: Candidate, degrees: Positions, hosts: Geometries, known: Geometries
) -> Ranked:
    points = np.asarray(shapely.points(degrees), dtype=object)
    has_host = ~np.asarray(shapely.is_missing(hosts))
    inside = np.asarray(shapely.covers(hosts[has_host], points[has_host]))
    away = _metres(points[has_host], hosts[has_host])
    has_twin = ~np.asarray(shapely.is_missing(known)) & (old_datum(candidate.crs) == "")
    offsets = _metres(points[has_twin], _centres(known[has_twin]))
    return Ranked(
        candidate,
        int(inside.sum()),
        int(has_host.sum()),
        float(np.median(away)) if len(away) else float("nan"),
        float(np.median(offsets)) if len(offsets) else float("nan"),
    )


def _centres(shapes: Geometries) -> Geometries:
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    return np.asarray(shapely.points((bounds[:, :2] + bounds[:, 2:]) / 2), dtype=object)


def _metres(points: Geometries, shapes: Geometries) -> npt.NDArray[np.float64]:
    """Return the distances of points from shapes in metres, on a plane at their latitude."""
    if not len(points):
        return np.empty(0)
    latitude = np.nan_to_num(shapely.get_y(points))

    def flat(geometries: Geometries) -> Geometries:
        scale = float(np.cos(np.radians(np.median(latitude))))
        factors = np.array([scale, 1.0]) * _METRES_PER_DEGREE
        return np.asarray(shapely.transform(geometries, lambda xy: xy * factors), dtype=object)

    out = np.full(len(points), np.inf)
    placed = np.isfinite(shapely.get_x(points))
    if placed.any():
        out[placed] = shapely.distance(flat(points[placed]), flat(shapes[placed]))
    return out


def _same(one: Positions, other: Positions) -> bool:
    """Whether two candidates put all points within half a metre of each other."""
    known = ~np.isnan(one).any(axis=1)
    if (known != ~np.isnan(other).any(axis=1)).any() or not known.any():
        return False
    scale = np.cos(np.radians(one[known, 1]))
    east, north = (one[known] - other[known]).T
    return bool(np.hypot(east * scale, north).max() * _METRES_PER_DEGREE <= _SAME_M)
