"""Rules of geometry, position and topology: each accepts and reports; datum shifts are found."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyproj
import pytest

from gxq_geo.checks import EVERYTHING, catalogue, check, messages
from gxq_geo.formats import rfc7946
from gxq_geo.rules.common import measurable, spatial_layers
from gxq_geo.rules.position import datum_shifted, datum_suspected, outside_zone
from gxq_geo.rules.spatial import placement
from gxq_geo.rules.spatial.containment import is_usable
from gxq_geo.rules.topology import (
    carrier_outside_park,
    outside_sliver,
    park_outside_zone,
    site_across_parks,
    site_outside_park,
)
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import open_zone
from gxq_geo.zone.single import GROUPS, open_file
from tests.rules.geometry_cases import (
    GEOMETRY_CASES,
    RFC7946_CASES,
    in_bd09,
    in_gcj02,
    layer_moved,
    many_sites,
    moved,
    turned,
)
from tests.rules.test_rules import expect_report, issues, only, site
from tests.support.zones import (
    SETTINGS,
    Geometry,
    block,
    edit,
    load_features,
    polygon,
    remove,
    save_features,
    tiny_zone,
)

# The findings about a single file: a geometry that causes each.
REMARKS: dict[str, Geometry] = {
    "bare-geometry": {"type": "Point", "coordinates": [116, 35]},
    "collection-single": {
        "type": "GeometryCollection",
        "geometries": [{"type": "Point", "coordinates": [116, 35]}],
    },
    "collection-nested": {
        "type": "GeometryCollection",
        "geometries": [
            {"type": "Point", "coordinates": [116, 35]},
            {"type": "GeometryCollection", "geometries": []},
        ],
    },
    "multi-single": {"type": "MultiPoint", "coordinates": [[116, 35]]},
    "polygon-holes": {
        "type": "Polygon",
        "coordinates": [
            [[116, 35], [117, 35], [117, 36], [116, 36], [116, 35]],
            [[116.2, 35.2], [116.2, 35.8], [116.8, 35.8], [116.8, 35.2], [116.2, 35.2]],
        ],
    },
    "null-geometry": {"type": "Feature", "properties": {}, "geometry": None},
    "crosses-antimeridian": {"type": "LineString", "coordinates": [[179, 10], [-179, 11]]},
}
RULE_CASES = GEOMETRY_CASES | RFC7946_CASES
CASES: dict[str, object] = {**RULE_CASES, **REMARKS}
WARNINGS = {
    *("repeated-points", "spike", "tiny", "sliver", "datum-suspected", "overlap-sliver"),
    *("park-outside-zone", "outside-sliver", "zoning-gap", "gap-sliver"),
    *("extra-numbers", "foreign-member", "bbox-wrong", "crosses-antimeridian"),
}
ADVICE = {"many-vertices", *rfc7946.FINDINGS} - WARNINGS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


@pytest.mark.parametrize("slug", sorted(RULE_CASES))
def test_rule_reports(folder: Path, slug: str) -> None:
    expect_report(folder, slug, RULE_CASES[slug])


@pytest.mark.parametrize("slug", sorted(RULE_CASES))
def test_rule_accepts(folder: Path, slug: str) -> None:
    RULE_CASES[slug].allows(folder)
    assert issues(folder) == []


@pytest.mark.parametrize("slug", sorted(REMARKS))
def test_a_file_by_itself_is_told_more(tmp_path: Path, slug: str) -> None:
    path = tmp_path / "any.geojson"
    path.write_text(json.dumps(REMARKS[slug]), encoding="utf-8")
    zone, _ = open_file(path)
    told = check(zone, choice=EVERYTHING.within(GROUPS))
    (found,) = (issue for issue in told if issue.rule == slug)
    assert (found.line, found.severity) == (
        1,
        Severity.WARNING if slug in WARNINGS else Severity.ADVICE,
    )


def test_how_much_each_matters() -> None:
    severity = {entry.slug: entry.severity for entry in catalogue()}
    for slug in CASES:
        expected = Severity.WARNING if slug in WARNINGS else Severity.ERROR
        assert severity[slug] is (Severity.ADVICE if slug in ADVICE else expected), slug


# ------------------------------------------------------------------ what single rules say


@pytest.mark.parametrize(
    ("slug", "crs"),
    [
        ("metres-not-degrees", "EPSG:4548"),
        ("zone-prefix", "EPSG:4527"),
        ("northing-first", "EPSG:4548"),
    ],
)
def test_the_likely_crs_is_named(folder: Path, slug: str, crs: str) -> None:
    GEOMETRY_CASES[slug].breaks(folder)
    assert only(folder).params["crs"] == crs


@pytest.mark.parametrize("epsg", [4549, 4527, 4509, 4498, 3857])
@pytest.mark.parametrize("northing_first", [False, True])
def test_a_whole_layer_in_metres_is_told_once(
    folder: Path, epsg: int, northing_first: bool
) -> None:
    to_metres = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)

    def move(at: list[float]) -> list[float]:
        there = [round(one, 3) for one in to_metres.transform(at[0], at[1])]
        return there[::-1] if northing_first else there

    many_sites(folder)
    layer_moved("sites", move)(folder)
    issue = only(folder)
    assert issue.params["count"] == 24
    # 6-degree and 3-degree zones with this meridian have the same numbers.
    assert issue.params["crs"] in (f"EPSG:{epsg}", "EPSG:4548" if epsg == 4509 else "")
    assert issue.rule == (
        "northing-first"
        if northing_first
        else "zone-prefix"
        if epsg in (4527, 4498)
        else "metres-not-degrees"
    )


def impossible(geometry: Geometry, far: float, *, whole: bool) -> Geometry:
    """Return a geometry whose first vertex, or every vertex, is nowhere on earth."""
    first = np.ravel(geometry["coordinates"])[:2].tolist()
    return moved(geometry, lambda at: [far, far] if whole or at == first else at)


@pytest.mark.parametrize("far", [1e300, 1e10])
@pytest.mark.parametrize("whole", [False, True], ids=["a vertex", "every vertex"])
def test_an_impossible_coordinate_is_reported_once_and_left_out_of_spatial_rules(
    folder: Path, monkeypatch: pytest.MonkeyPatch, far: float, whole: bool
) -> None:
    for path in folder.glob("*.geojson"):
        features = load_features(path)
        for feature in features:
            feature["geometry"] = impossible(feature["geometry"], far, whole=whole)
        save_features(path, features)
    tried: list[str] = []
    monkeypatch.setattr(placement, "_lies_in_zone", lambda _zone, _bounds, crs: tried.append(crs))
    zone = open_zone(folder, partial=True)
    found = list(check(zone))
    assert not tried
    records = [
        (layer.name, feature)
        for layer in spatial_layers(zone)
        for feature in layer.frame[layer.schema.id]
    ]
    assert sorted((issue.layer, issue.feature) for issue in found) == sorted(records)
    assert {issue.rule for issue in found} == {"not-degrees"}
    assert all(f"{far:g}" in issue.value for issue in found)
    for layer in spatial_layers(zone):
        assert measurable(zone, layer.name).empty
        assert not is_usable(zone, layer.name).any()


def test_a_whole_zone_with_its_axes_swapped(folder: Path) -> None:
    for path in folder.glob("*.geojson"):
        layer_moved(path.stem, turned)(folder)
    assert {issue.rule for issue in issues(folder)} == {"swapped-axes"}


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (polygon((1100, 300), (1300, 500), (1300, 300), (1100, 500)), "自相交"),
        (
            {
                "type": "Polygon",
                "coordinates": [
                    *block(1100, 300, 200, 200)["coordinates"],
                    *block(1400, 300, 20, 20)["coordinates"],
                ],
            },
            "孔洞在外轮廓之外",
        ),
    ],
)
def test_why_a_geometry_is_invalid(folder: Path, value: Geometry, word: str) -> None:
    site("geometry", value)(folder)
    assert word in messages.line(only(folder), "zh")


def test_a_spike_without_width_is_a_spike_not_a_crossing(folder: Path) -> None:
    shape = polygon(
        *((1100, 300), (1300, 300), (1300, 400), (1390, 400), (1300, 400)),
        *((1300, 500), (1100, 500)),
    )
    site("geometry", shape)(folder)
    assert only(folder).rule == "spike"


def test_a_missing_block_leaves_a_gap(folder: Path) -> None:
    path = folder / "zoning.geojson"
    features = load_features(path)
    cut = {**features[0], "geometry": block(0, 0, 400, 1000)}
    rest = {**features[0], "geometry": block(400, 0, 100, 1000)}
    for one, name, area in ((cut, "B-0", 40), (rest, "B-1", 10)):
        one["properties"] = {**one["properties"], "zoning_id": name, "area_ha": area}
    save_features(path, [cut, rest, *features[1:]])
    assert issues(folder) == []
    remove(path, "B-1")
    issue = only(folder)
    assert issue.rule == "zoning-gap"
    assert issue.params["area_m2"] == pytest.approx(100_000, rel=1e-3)
    assert issue.params["park"] == "xi"


def test_a_site_in_a_wrong_park_names_the_right_one(folder: Path) -> None:
    edit(folder / "sites.geojson", "D-2", "park_id", "xi")
    assert only(folder).params["near"] == "dong"


# ------------------------------------------------------------------ GCJ-02 and BD-09

# Origins in mainland China, and the metric CRS of each.
PLACES = [(116.6, 35.4, 4548), (114.0, 22.5, 4547), (87.5, 43.8, 4538), (126.6, 45.7, 4551)]


def city(folder: Path, place: tuple[float, float, int], *, seed: int, per_park: int = 8) -> Path:
    """Write nine parks of 2 km × 2 km, each with some sites and carriers, at an origin."""
    tiny_zone(folder)
    lon, lat, epsg = place
    settings = SETTINGS.replace("EPSG:4548", f"EPSG:{epsg}")
    (folder / "zone.toml").write_text(settings, encoding="utf-8")
    random = np.random.default_rng(seed)
    there = pyproj.Transformer.from_crs(epsg, 4326, always_xy=True)
    x0, y0 = there.transform(lon, lat, direction="INVERSE")

    def square(x: float, y: float, side: float) -> Geometry:
        corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]
        ring = [[round(one, 7) for one in there.transform(x0 + a, y0 + b)] for a, b in corners]
        return {"type": "Polygon", "coordinates": [ring]}

    parks, sites, carriers = [], [], []
    for n in range(9):
        west, south = 2000 * (n % 3), 2000 * (n // 3)
        parks.append((f"p{n}", square(west, south, 2000)))
        for _ in range(per_park):
            side = random.uniform(50, 300)
            x, y = random.uniform(0, 2000 - side, 2)
            sites.append((f"p{n}", square(west + x, south + y, side)))
            x, y = random.uniform(0, 2000, 2)
            at = there.transform(x0 + west + x, y0 + south + y)
            carriers.append((f"p{n}", {"type": "Point", "coordinates": [round(v, 7) for v in at]}))
    for name, drawn in (("parks", parks), ("sites", sites), ("carriers", carriers)):
        path = folder / f"{name}.geojson"
        (first, *_) = load_features(path)
        records = []
        for k, (park, shape) in enumerate(drawn):
            own = {f"{name[:-1]}_id": park if name == "parks" else f"{name}{k:03}"}
            given = {**first["properties"], "park_id": park, **own}
            records.append({"type": "Feature", "properties": given, "geometry": shape})
        save_features(path, records)
    frame = load_features(folder / "zone_frame.geojson")
    frame[0]["geometry"] = square(-500, -500, 7000)
    save_features(folder / "zone_frame.geojson", frame)
    (folder / "zoning.geojson").unlink()
    return folder


def suspected(folder: Path) -> dict[str, Issue]:
    zone = open_zone(folder)
    return {i.layer: i for rule in (datum_suspected, datum_shifted) for i in rule(zone)}


@pytest.mark.parametrize("place", PLACES, ids=str)
@pytest.mark.parametrize("name", ["sites", "carriers", "parks"])
@pytest.mark.parametrize(("datum", "move"), [("GCJ-02", in_gcj02), ("BD-09", in_bd09)])
def test_a_layer_in_another_datum_is_suspected(
    tmp_path: Path,
    place: tuple[float, float, int],
    name: str,
    datum: str,
    move: Callable[[list[float]], list[float]],
) -> None:
    folder = city(tmp_path, place, seed=1)
    layer_moved(name, move)(folder)
    found = suspected(folder)
    assert found.keys() == {name}
    said = found[name]
    assert said.value == datum
    assert bool(list(datum_shifted(open_zone(folder)))) == (float(said.params["misfits"]) >= 10)
    # The shift in the middle of the city; it varies by tens of metres over a few kilometres.
    metric = pyproj.Transformer.from_crs(4326, place[2], always_xy=True)
    x, y = metric.transform(place[0], place[1])
    lon, lat = move(list(metric.transform(x + 3000, y + 3000, direction="INVERSE")))
    by = np.subtract(metric.transform(lon, lat), (x + 3000, y + 3000))
    assert said.params["east_m"] == pytest.approx(by[0], abs=20)
    assert said.params["north_m"] == pytest.approx(by[1], abs=20)
    assert float(said.params["misfits"]) > 5
    assert said.params["left"] == 0
    # Consequences of the shift are not reported.
    zone = open_zone(folder)
    across = (site_outside_park, site_across_parks, carrier_outside_park, park_outside_zone)
    assert [i for rule in (*across, outside_zone, outside_sliver) for i in rule(zone)] == []


@pytest.mark.parametrize("place", PLACES, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_a_sound_zone_is_never_suspected(
    tmp_path: Path, place: tuple[float, float, int], seed: int
) -> None:
    assert suspected(city(tmp_path, place, seed=seed)) == {}


@pytest.mark.parametrize("wrong", [1, 3, 8, 30])
def test_wrong_parks_are_not_a_shift(tmp_path: Path, wrong: int) -> None:
    folder = city(tmp_path, PLACES[0], seed=2)
    features = load_features(folder / "sites.geojson")
    for one in features[:: len(features) // wrong][:wrong]:
        number = int(one["properties"]["park_id"][1:])
        one["properties"]["park_id"] = f"p{(number + 8) % 9}"
    save_features(folder / "sites.geojson", features)
    assert suspected(folder) == {}
    zone = open_zone(folder)
    assert len([*site_outside_park(zone), *site_across_parks(zone)]) == wrong


@pytest.mark.parametrize("angle", range(45, 330, 30))
def test_another_shift_of_that_length_is_not_called_so(tmp_path: Path, angle: int) -> None:
    """GCJ-02 shifts to the east here: sites shifted in another direction are not in GCJ-02."""
    folder = city(tmp_path, PLACES[0], seed=3)
    east, north = (
        np.cos(np.radians(angle)) * 484 / 90_800,
        np.sin(np.radians(angle)) * 484 / 111_000,
    )
    layer_moved("sites", lambda at: [round(at[0] + east, 7), round(at[1] + north, 7)])(folder)
    assert all(said.value != "GCJ-02" for said in suspected(folder).values())


def test_a_whole_zone_in_another_datum_cannot_be_seen(tmp_path: Path) -> None:
    folder = city(tmp_path, PLACES[0], seed=4)
    for name in ("parks", "sites", "carriers", "zone_frame"):
        layer_moved(name, in_gcj02)(folder)
    assert suspected(folder) == {}


def test_outside_china_there_is_no_gcj02(tmp_path: Path) -> None:
    folder = city(tmp_path, (9.0, 50.0, 32632), seed=5)
    layer_moved("sites", lambda at: [at[0] + 0.005, at[1]])(folder)
    assert suspected(folder) == {}
