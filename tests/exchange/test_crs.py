"""The CRS of a foreign file: placed right, or asked with the truth among the candidates."""

from functools import cache

import numpy as np
import pyproj
import pytest
import shapely

from gxq_geo.exchange.evidence import crs
from gxq_geo.exchange.evidence.crs import Candidate, Decision, Witnesses, convert, decide
from gxq_geo.exchange.source import Geometries
from gxq_geo.words.errors import GxqError
from gxq_geo.zone.datum import gcj02_to_bd09, wgs84_to_gcj02

# Ten parks of 4 km by 4 km in a row, as large as those of a real zone, with nine parcels in each.
_WEST, _SOUTH, _SIDE = 116.55, 35.36, 0.04
PARKS = [
    shapely.box(_WEST + i * _SIDE, _SOUTH, _WEST + (i + 1) * _SIDE, _SOUTH + _SIDE)
    for i in range(10)
]


def parcels() -> tuple[Geometries, Geometries]:
    """Parcels along the edges of the parks, and the park that each of them names."""
    shapes, hosts = [], []
    for park in PARKS:
        west, south, _, _ = park.bounds
        for i in range(3):
            for j in range(3):
                x, y = west + 0.001 + i * 0.018, south + 0.001 + j * 0.018
                shapes.append(shapely.box(x, y, x + 0.0015, y + 0.0012))
                hosts.append(park)
    return np.array(shapes, dtype=object), np.array(hosts, dtype=object)


SHAPES, HOSTS = parcels()
UNKNOWN = np.full(len(SHAPES), None, dtype=object)
NAMED = Witnesses(HOSTS, UNKNOWN, "EPSG:4548")
KNOWN = Witnesses(HOSTS, SHAPES, "EPSG:4548")
ZONE = Witnesses(np.full(len(SHAPES), shapely.union_all(PARKS), dtype=object), UNKNOWN, "EPSG:4548")


@cache
def _forward(code: str) -> pyproj.Transformer:
    known = pyproj.CRS(code)
    return pyproj.Transformer.from_crs(known.geodetic_crs or known, known, always_xy=True)


def in_crs(code: str) -> Geometries:
    """The parcels as a file in a CRS has them."""

    def move(xy: np.ndarray) -> np.ndarray:
        if code == "GCJ-02":
            return np.column_stack(wgs84_to_gcj02(*xy.T))
        if code == "BD-09":
            return np.column_stack(gcj02_to_bd09(*wgs84_to_gcj02(*xy.T)))
        return np.column_stack(_forward(code).transform(*xy.T))

    return np.asarray(shapely.transform(SHAPES, move), dtype=object)


def flipped(shapes: Geometries) -> Geometries:
    return np.asarray(shapely.transform(shapes, lambda xy: xy[:, ::-1]), dtype=object)


def offset_m(decision: Decision, shapes: Geometries) -> float:
    """The largest distance of a vertex from where it belongs, in metres."""
    assert decision.candidate is not None
    placed = shapely.get_coordinates(convert(shapes, decision.candidate))
    return float(np.abs(placed - shapely.get_coordinates(SHAPES)).max() * 111_320)


CODES = ("EPSG:4527", "EPSG:4548", "EPSG:4549", "EPSG:4508", "EPSG:4490", "EPSG:3857", "EPSG:32650")
OLD = ("EPSG:2384", "EPSG:2436", "EPSG:4610", "EPSG:2363", "EPSG:2415", "EPSG:4214")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("wkt", ["code", "WKT1_ESRI", "WKT2_2019"])
def test_a_declared_crs_that_nothing_contradicts_is_taken(code: str, wkt: str) -> None:
    shapes = in_crs(code)
    declared = code if wkt == "code" else pyproj.CRS(code).to_wkt(wkt)
    decision = decide(shapes, NAMED, declared=declared)
    assert decision.why == "declared"
    assert offset_m(decision, shapes) < 0.001


@pytest.mark.parametrize("code", ["EPSG:3857", "EPSG:32650"])
def test_an_undeclared_crs_that_alone_fits_is_taken(code: str) -> None:
    decision = decide(in_crs(code), NAMED)
    assert decision.why == "placed"
    assert offset_m(decision, in_crs(code)) < 0.001


@pytest.mark.parametrize("code", [*CODES, *OLD])
@pytest.mark.parametrize("witnesses", [NAMED, ZONE], ids=["parks", "zone"])
@pytest.mark.parametrize("northing_first", [False, True])
def test_undeclared_coordinates_are_placed_right_or_asked(
    code: str, witnesses: Witnesses, northing_first: bool
) -> None:
    shapes = flipped(in_crs(code)) if northing_first else in_crs(code)
    decision = decide(shapes, witnesses)
    if decision.candidate is not None:
        assert offset_m(decision, shapes) < 0.001
        return
    names = [one.candidate.label for one in decision.ranking]
    names += [name for one in decision.ranking for name in one.same_as]
    wanted = code + (",yx" if northing_first else "")
    assert wanted in names
    best = max(one.inside for one in decision.ranking)
    (mine,) = (one for one in decision.ranking if wanted in (one.candidate.label, *one.same_as))
    assert mine.inside == best
    assert mine.candidate in decision.open


@pytest.mark.parametrize("code", CODES)
def test_records_that_the_layer_has_prove_the_crs(code: str) -> None:
    decision = decide(in_crs(code), KNOWN)
    assert decision.why == "placed"
    assert offset_m(decision, in_crs(code)) < 0.001


@pytest.mark.parametrize("code", ["GCJ-02", "BD-09"])
@pytest.mark.parametrize("declared", ["", "EPSG:4326"])
def test_a_datum_of_web_maps_is_offered_and_not_converted_unasked(code: str, declared: str) -> None:
    shapes = in_crs(code)
    decision = decide(shapes, NAMED, declared=declared)
    assert decision.candidate is None
    assert decision.why == "shifted"
    assert decision.open[0].crs == code
    asked = decide(shapes, NAMED, declared=declared, stated=Candidate(code))
    assert asked.why == "stated"
    assert offset_m(asked, shapes) < 0.01


@pytest.mark.parametrize(
    ("truth", "declared"), [("EPSG:4548", "EPSG:32650"), ("EPSG:32650", "EPSG:4548")]
)
def test_a_lying_declaration_is_asked_about(truth: str, declared: str) -> None:
    decision = decide(in_crs(truth), NAMED, declared=declared)
    assert decision.candidate is None
    assert decision.why == "contradicted"
    assert [one.crs for one in decision.open] == [truth, declared]


@pytest.mark.parametrize("code", OLD)
def test_an_old_datum_needs_the_parameters_of_the_place(code: str) -> None:
    decision = decide(in_crs(code), NAMED, declared=code)
    assert decision.candidate is None
    assert decision.why == "params"
    with pytest.raises(GxqError) as caught:
        convert(in_crs(code), Candidate(code))
    assert caught.value.slug == "old-datum"


def test_three_parameters_shift_by_what_they_say() -> None:
    # At longitude 117, dx and dy along the parallel move a point east by their projection.
    (point,) = convert(
        np.array([shapely.Point(117.0, 35.4)], dtype=object), Candidate("EPSG:4610"), "0,0,0"
    )
    moved = convert(
        np.array([shapely.Point(117.0, 35.4)], dtype=object), Candidate("EPSG:4610"), "-89.1,45.4,0"
    )[0]
    # The unit vector to the east at that meridian: (-sin 117°, cos 117°) = (-0.891, -0.454).
    east_m = (moved.x - point.x) * 111_320 * np.cos(np.radians(35.4))
    assert east_m == pytest.approx(-0.891 * -89.1 - 0.454 * 45.4, abs=0.2)


def test_seven_parameters_agree_with_proj() -> None:
    params = "12.5,-151.2,-80.1,0.5,-0.3,1.2,3.4"
    point = np.array([shapely.Point(500_000.0, 3_920_000.0)], dtype=object)
    (ours,) = convert(point, Candidate("EPSG:2384"), params)
    towgs84 = "+proj=tmerc +lon_0=117 +x_0=500000 +a=6378140 +rf=298.257 +towgs84="
    peer = pyproj.Transformer.from_crs(
        towgs84 + params, "+proj=longlat +ellps=GRS80 +towgs84=0,0,0", always_xy=True
    )
    assert shapely.get_coordinates(ours)[0] == pytest.approx(
        peer.transform(500_000.0, 3_920_000.0), abs=1e-9
    )


@pytest.mark.parametrize("params", ["", "1,2", "a,b,c", "1,2,nan", "1,2,3,4"])
def test_parameters_are_three_or_seven_numbers(params: str) -> None:
    with pytest.raises(GxqError) as caught:
        crs.helmert(params)
    assert caught.value.slug == "bad-params"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("epsg:4548", "EPSG:4548"),
        ("EPSG:4548,yx", "EPSG:4548,yx"),
        ("gcj02", "GCJ-02"),
        ("BD-09", "BD-09"),
    ],
)
def test_a_stated_crs_is_understood(text: str, label: str) -> None:
    assert crs.stated_candidate(text).label == label


@pytest.mark.parametrize(
    "text", ["4548", "EPSG:1", "EPSG:4548,zz", "", "+proj=merc +nadgrids=/etc/passwd"]
)
def test_an_unknown_crs_is_refused(text: str) -> None:
    with pytest.raises(GxqError) as caught:
        crs.stated_candidate(text)
    assert caught.value.slug == "unknown-crs"


def test_without_parks_a_declaration_stands_and_silence_is_asked() -> None:
    nowhere = Witnesses(UNKNOWN, UNKNOWN, "EPSG:4548")
    assert decide(in_crs("EPSG:4527"), nowhere, declared="EPSG:4527").why == "declared"
    assert decide(in_crs("EPSG:4527"), nowhere).why == "none"
