"""Matching: a table calculated by hand, and properties of every requirement."""

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gxq_geo
from gxq_geo.matching.candidates import EVALUATORS, VERDICTS, Candidates
from gxq_geo.matching.ranking import changes, match
from gxq_geo.matching.requirement import Criterion, Requirement, criteria
from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone, open_zone
from tests.support import zones

CRITERIA = criteria().all
LAYERS = ("sites", "carriers")


def sites(*rows: dict[str, Any]) -> Candidates:
    """Available sites with the values of each row."""
    plain = {"status": "available", "sectors": ("equipment",), "area_mu": 100.0}
    records = [{"site_id": f"S-{k}", **plain, **row} for k, row in enumerate(rows)]
    return Candidates(pd.DataFrame(records))


def rank(found: Candidates, stated: dict[str, Any]) -> pd.DataFrame:
    return found.rank(stated).set_index("site_id")


# ------------------------------------------------------------------ by hand

HAND = [
    # area 80 (weight 4), price 20 (weight 3); status has weight 3. Scores: (3·s + 4·a + 3·p) / 10.
    # id, status, area, price: verdict, score
    ("A", "available", 80.0, 10.0, "pass", 100.0),
    ("B", "available", 120.0, 20.0, "pass", 91.0),  # at 1.5 times 1; at the budget 0.7
    ("C", "reserve", 100.0, 15.0, "pass", 86.5),  # 0.7; 1; half way between 1 and 0.7: 0.85
    ("D", "available", 320.0, 10.0, "pass", 76.0),  # four times the area: 0.4
    ("E", "available", 80.0, None, "unknown", 85.0),  # no price: 0.5
    ("F", "available", 72.0, 10.0, "near", 72.0),  # a tenth short: 0.3
    ("G", "negotiating", 80.0, 23.0, "near", 58.0),  # 0.4; 15 % over: 0.2
    ("H", "available", 71.9, 10.0, "fail", 72.0),
    ("I", "signed", 80.0, 10.0, "fail", 70.0),
    ("J", "available", 80.0, 23.1, "fail", 76.0),
]


def test_hand_computed_table() -> None:
    columns = ["site_id", "status", "area_mu", "start_price_wan_per_mu"]
    frame = pd.DataFrame([row[:4] for row in HAND], columns=columns)
    found = Candidates(frame).rank({"area_mu": 80, "budget_wan_per_mu": 20})
    by_id = found.set_index("site_id")
    for name, _, _, _, verdict, score in HAND:
        assert (name, by_id["verdict"][name]) == (name, verdict)
        assert by_id["score"][name] == pytest.approx(score)
    # By verdict, then score, then id; failing records have no rank.
    assert "".join(found["site_id"]) == "ABCDEFGJHI"
    assert found["rank"].tolist()[:7] == [1, 2, 3, 4, 5, 6, 7]
    assert found["rank"].isna().tolist() == [False] * 7 + [True] * 3
    assert by_id["completeness"]["E"] == pytest.approx(0.7)
    assert by_id["area_gap"]["F"] == pytest.approx(8)
    assert by_id["price_gap"]["G"] == pytest.approx(3)
    assert np.isnan(by_id["price_gap"]["E"])


def test_a_zone_is_matched_with_its_distances(tmp_path: Path) -> None:
    zone = open_zone(zones.tiny_zone(tmp_path / "zone"))
    found = match(zone, {"area_mu": 30, "station_km": 0.5, "by": "2027-01-01"})
    assert found["site_id"].tolist()[:2] == ["D-1", "D-2"]
    assert found.loc[0, "station_figure"] == 0.1
    assert set(found["site_id"][found["verdict"] == "fail"]) == {"D-3", "X-1", "X-2"}
    carriers = match(zone, {"kinds": ["office"], "floor_m2": 200}, layer="carriers")
    verdicts = dict(zip(carriers["carrier_id"], carriers["verdict"], strict=True))
    assert verdicts == {"C-1": "pass", "C-2": "unknown", "C-3": "fail"}


def test_utilities_and_dates_and_land_use() -> None:
    wanted = ["has_road", "has_power", "has_gas", "has_heating"]
    yes = dict.fromkeys(wanted, True)
    base = {"land_use_scheme": "GB 50137-2011", "land_use": "M2"}
    found = rank(
        sites(
            {**yes, **base, "available_from": pd.Timestamp("2027-06-30")},
            {**yes, "has_gas": False, "available_from": pd.Timestamp("2027-09-28")},
            {**yes, "has_gas": None, "available_from": pd.NaT},
            {**yes, "has_gas": False, "has_road": False},
            {**yes, "land_use_scheme": "GB/T 21010-2017", "land_use": "1101"},
            {**yes, "land_use_scheme": "MNR 2023", "land_use": "100101"},
        ),
        {"utilities": wanted, "by": date(2027, 6, 30), "land_use": ["industrial", "logistics"]},
    ).sort_index()
    assert found["utilities"].tolist() == ["pass", "near", "unknown", "fail", "pass", "pass"]
    assert found["utilities_figure"].tolist()[1] == ("has_gas",)
    assert found["ready"].tolist()[:3] == ["pass", "near", "unknown"]
    assert found["ready_gap"].tolist()[1] == 90
    # 1101 is logistics in one standard, and a river in another.
    assert found["land_use"].tolist() == ["pass", *["unknown"] * 3, "fail", "pass"]


def test_near_misses_say_what_would_have_to_change() -> None:
    found = sites(
        {"area_mu": 75.0, "start_price_wan_per_mu": 21.0, "has_gas": True},
        {"area_mu": 80.0, "start_price_wan_per_mu": 19.0, "has_gas": True},
    ).rank({"area_mu": 80, "budget_wan_per_mu": 20, "utilities": ["has_gas"]})
    assert changes(found, 0, "zh") == []
    assert changes(found, 1, "zh") == ["面积还差 5 亩", "地价超出 1 万元/亩"]
    assert changes(found, 1, "en") == ["Area: 5 mu short", "Price: CNY 10,000/mu over"]


def test_a_soft_criterion_ranks_and_does_not_eliminate() -> None:
    found = rank(sites({"park_id": "a"}, {"park_id": "b"}), {"parks": ["b"]})
    assert found["verdict"].tolist() == ["pass", "pass"]
    assert found.index.tolist() == ["S-1", "S-0"]
    assert found["park"].tolist() == ["pass", "fail"]


def test_weights_can_be_changed_and_rows_limited() -> None:
    found = sites(
        {"area_mu": 320.0, "start_price_wan_per_mu": 10.0},
        {"area_mu": 80.0, "start_price_wan_per_mu": 20.0},
    )
    stated = {"area_mu": 80, "budget_wan_per_mu": 20}
    assert found.rank(stated)["site_id"].tolist() == ["S-1", "S-0"]
    assert found.rank(stated, weights={"price": 30})["site_id"].tolist() == ["S-0", "S-1"]
    assert found.rank(stated, limit=1)["site_id"].tolist() == ["S-1"]
    assert len(found.rank(stated, limit=0)) == 0


@settings(max_examples=40)
@given(area=st.floats(5, 400), price=st.floats(5, 60), limit=st.integers(1, 40))
def test_a_limit_gives_the_first_of_all(zone: Zone, area: float, price: float, limit: int) -> None:
    stated = {
        "area_mu": area,
        "budget_wan_per_mu": price,
        "sectors": ["equipment"],
        "station_km": 9,
    }
    found = Candidates.of(zone)
    whole = found.rank(stated)
    pd.testing.assert_frame_equal(found.rank(stated, limit=limit), whole.head(limit))


# ------------------------------------------------------------------ requirements


def test_units_are_one_requirement() -> None:
    areas = ({"area_mu": 79.5}, {"area_ha": 5.3}, {"area_m2": 53_000})
    assert len({Requirement.of(one).wants["area_mu"] for one in areas}) == 1
    near = ({"station_km": 2.5}, {"station_m": 2500})
    assert len({Requirement.of(one).wants["station_km"] for one in near}) == 1


@settings(max_examples=50)
@given(st.integers(1, 40_000))
def test_ranking_does_not_depend_on_the_unit(tenths_of_ha: int) -> None:
    areas = np.linspace(1, 60_000, 40)
    frame = sites(*({"area_mu": float(area)} for area in areas))
    ha = tenths_of_ha / 10
    ours = frame.rank({"area_ha": ha})
    for other in ({"area_mu": tenths_of_ha * 15 / 10}, {"area_m2": tenths_of_ha * 1000}):
        pd.testing.assert_frame_equal(ours, frame.rank(other))


@pytest.mark.parametrize(
    ("stated", "slug"),
    [
        ({}, "empty-requirement"),
        ({"area": 80}, "unknown-want"),
        ({"area_mu": "80"}, "want-not-number"),
        ({"area_mu": -1}, "want-not-number"),
        ({"area_mu": float("nan")}, "want-not-number"),
        ({"area_mu": True}, "want-not-number"),
        ({"area_mu": None}, "want-not-number"),
        ({"by": "next year"}, "want-not-date"),
        ({"by": 2027}, "want-not-date"),
        ({"sectors": []}, "want-not-list"),
        ({"sectors": [1]}, "want-not-list"),
        ({"utilities": 3}, "want-not-list"),
        ({"utilities": ["has_wifi"]}, "unknown-want-value"),
        ({"land_use": ["M1"]}, "unknown-want-value"),
        ({"kinds": ["castle"]}, "unknown-want-value"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_wrong_requirement_says_so(stated: dict[str, Any], slug: str, lang: str) -> None:
    with pytest.raises(GxqError) as caught:
        Requirement.of(stated)
    assert caught.value.slug == slug
    assert caught.value.say(lang)


def test_a_zone_knows_which_records_there_are(zone: Zone) -> None:
    with pytest.raises(GxqError, match="equipment"):
        match(zone, {"sectors": ["steel"]})
    with pytest.raises(GxqError) as caught:
        match(zone, {"area_mu": 80}, layer="carriers")
    assert caught.value.slug == "not-for-layer"


def test_a_requirement_is_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "need.toml"
    path.write_text('area_ha = 5.3\nby = 2027-06-30\nsectors = "new_materials"\n', "utf-8")
    wanted = Requirement.read(path)
    assert dict(wanted.wants) == {
        "sectors": ("new_materials",),
        "area_mu": 79.5,
        "by": date(2027, 6, 30),
    }
    link = "need=1,sites,sectors:new_materials,area_mu:79.5,by:2027-06-30"
    assert wanted.link() == link
    path.write_text("area_ha = ", "utf-8")
    with pytest.raises(GxqError) as caught:
        Requirement.read(path)
    assert caught.value.slug == "bad-requirement"


def test_it_is_offered_at_the_top(zone: Zone) -> None:
    assert gxq_geo.match is match
    assert gxq_geo.Requirement is Requirement
    found = gxq_geo.match(zone, {"area_mu": 80, "sectors": ["new_materials"]})
    assert len(found) == len(zone.sites)
    assert found["verdict"].iloc[0] == "pass"


# ------------------------------------------------------------------ criteria as data


def test_each_criterion_fits_the_schema_and_its_want() -> None:
    wants = criteria().wants
    for one in CRITERIA:
        assert one.kind in EVALUATORS
        assert set(one.layers) <= set(LAYERS)
        assert one.weight > 0
        assert one.tolerance >= 0
        assert set(one.label) == {"zh", "en"}
        assert one.want in wants or (not one.want and one.scores)
        for layer in one.layers:
            of = schema().layers[layer]
            used = [*wants[one.want].fields] if one.kind == "all_true" else [one.field]
            assert set(used) <= {*of.fields, *of.derived}
    assert {one.want for one in CRITERIA if one.want} == set(wants)
    assert all(set(want.label) == {"zh", "en"} for want in wants.values())
    assert all(want.unit in schema().units for want in wants.values() if want.unit)
    for layer in LAYERS:
        keys = [one.key for one in CRITERIA if layer in one.layers]
        assert len(keys) == len(set(keys))


def test_each_value_function_agrees_with_its_verdicts() -> None:
    """Values are in [0, 1]: at least 0.5 at the required value, less beyond the tolerance."""
    for one in (one for one in CRITERIA if one.value):
        x, y = zip(*one.value, strict=True)
        assert list(x) == sorted(set(x))
        assert all(0 <= value <= 1 for value in y)
        wanted = 0 if one.kind == "by" else 1
        off = -one.tolerance if one.kind == "at_least" else one.tolerance
        assert np.interp(wanted, x, y) > criteria().unknown_value
        assert np.interp(wanted + off, x, y) < criteria().unknown_value


def test_families_name_codes_of_the_schema() -> None:
    domains = {
        "GB 50137-2011": "land_use_gb50137",
        "MNR 2023": "land_use_mnr",
        "GB/T 21010-2017": "land_use_gbt21010",
    }
    for family in criteria().families.values():
        for scheme, starts in family["codes"].items():
            codes = schema().domains[domains[scheme]]
            assert all(any(code.startswith(start) for code in codes) for start in starts)


# ------------------------------------------------------------------ properties

MEASURED = [one for one in CRITERIA if one.kind in ("at_least", "at_most", "by")]
DAY_0 = pd.Timestamp("2027-01-01")


def measured(one: Criterion, figures: list[float]) -> pd.DataFrame:
    """Records that differ in one figure, given as a ratio to the required value (dates: days)."""
    layer = one.layers[0]
    id_field = schema().layers[layer].id
    cells = [DAY_0 + pd.Timedelta(days=x) for x in figures] if one.kind == "by" else figures
    frame = pd.DataFrame({id_field: [f"R{k:03d}" for k in range(len(figures))], one.field: cells})
    if layer == "sites":
        frame["status"] = "available"
    stated = {one.want: "2027-01-01" if one.kind == "by" else 1}
    return Candidates(frame, layer).rank(stated).sort_values(id_field)


@pytest.mark.parametrize("one", MEASURED, ids=lambda one: one.key)
@settings(max_examples=30)
@given(data=st.data())
def test_better_never_ranks_lower(one: Criterion, data: st.DataObject) -> None:
    most = 1.5 if one.key == "area" else 3.0  # much more land than wanted is worth less
    some = st.integers(-400, 400) if one.kind == "by" else st.floats(0.01, most)
    worse, better = sorted(data.draw(st.tuples(some, some)), reverse=one.kind != "at_least")
    found = measured(one, [float(worse), float(better)])
    low, high = found.to_dict("records")
    assert VERDICTS.index(high[one.key]) <= VERDICTS.index(low[one.key])
    assert VERDICTS.index(high["verdict"]) <= VERDICTS.index(low["verdict"])
    assert high["score"] >= low["score"]


@pytest.mark.parametrize("one", [c for c in MEASURED if c.kind != "by"], ids=lambda one: one.key)
def test_near_misses_are_exactly_those_within_the_tolerance(one: Criterion) -> None:
    sign = -1 if one.kind == "at_least" else 1
    steps = [0, 0.5, 0.999, 1, 1.001, 2]
    found = measured(one, [1 + sign * step * one.tolerance for step in steps])
    assert found[one.key].tolist() == ["pass", "near", "near", "near", "fail", "fail"]


def test_more_utilities_never_rank_lower() -> None:
    wanted = ["has_road", "has_power", "has_gas", "has_heating"]
    rows = list(product([True, False], repeat=4))
    records = [dict(zip(wanted, row, strict=True)) for row in rows]
    found = rank(sites(*records), {"utilities": wanted})
    tier = found["verdict"].cat.codes
    for a, b in product(range(16), repeat=2):
        if all(x >= y for x, y in zip(rows[a], rows[b], strict=True)):
            assert tier[f"S-{a}"] <= tier[f"S-{b}"]
            assert found["score"][f"S-{a}"] >= found["score"][f"S-{b}"]


def test_unknown_is_neither_passed_nor_eliminated() -> None:
    for one in MEASURED:
        nothing = pd.NaT if one.kind == "by" else float("nan")
        layer = one.layers[0]
        id_field = schema().layers[layer].id
        frame = pd.DataFrame({id_field: ["A"], one.field: [nothing], "status": ["available"]})
        stated = {one.want: "2027-01-01" if one.kind == "by" else 1}
        found = Candidates(frame, layer).rank(stated)
        assert found[one.key].iloc[0] == "unknown"
        assert found["verdict"].iloc[0] == "unknown"
        assert found["completeness"].iloc[0] < 1
        # A field without a column is unknown too.
        without = Candidates(frame.drop(columns=one.field), layer).rank(stated)
        assert without["verdict"].iloc[0] == "unknown"


def test_ties_stand_by_id_however_the_rows_come() -> None:
    same = [{"site_id": f"S-{k:02d}"} for k in (7, 3, 11, 1)]
    found = sites(*same).rank({"area_mu": 80})
    assert found["site_id"].tolist() == ["S-01", "S-03", "S-07", "S-11"]


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_does_not_matter(zone: Zone, seed: int) -> None:
    stated = {
        "area_mu": 60,
        "sectors": ["new_materials"],
        "budget_wan_per_mu": 30,
        "power_kva": 2000,
    }
    whole = Candidates.of(zone)
    order = np.random.default_rng(seed).permutation(len(whole.frame))
    mixed = Candidates(whole.frame.iloc[order])
    pd.testing.assert_frame_equal(whole.rank(stated), mixed.rank(stated))


def test_verdict_is_the_worst_of_the_hard_criteria(zone: Zone) -> None:
    stated = {"area_mu": 60, "sectors": ["equipment"], "budget_wan_per_mu": 25, "power_kva": 3000}
    found = match(zone, stated)
    hard = [c.key for c in criteria().of("sites", Requirement.of(stated)) if c.hard]
    worst = found[hard].apply(lambda column: column.cat.codes).max(axis=1)
    assert (worst == found["verdict"].cat.codes).all()
    assert found["score"].between(0, 100).all()
    assert found["rank"].notna().equals(found["verdict"] != "fail")
