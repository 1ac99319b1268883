"""The questions: each table equals one computed by hand for three parks and ten sites."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxq_geo import questions
from gxq_geo.analysis import carriers, chains, customers, parks, projects, sites
from gxq_geo.analysis.sectors import SECTIONS, normal_code, sectors_of
from gxq_geo.matching import match, required
from gxq_geo.matching.requirement import Requirement
from gxq_geo.words.errors import GxqError, ZoneError
from gxq_geo.zone import Zone, open_zone
from tests.support.bureau import bureau
from tests.support.nightly import times

NAN = float("nan")
ON = date(2026, 11, 23)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Zone:
    return open_zone(bureau(tmp_path_factory.mktemp("bureau") / "layers"))


def rows(table: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Return rows as plain values; None where a value is unknown."""
    frame = table[list(columns)] if columns else table
    return [
        tuple(None if not isinstance(v, tuple) and pd.isna(v) else v for v in row)
        for row in frame.astype(object).itertuples(index=False, name=None)
    ]


# ------------------------------------------------------------------ sites


def test_availability_with_what_lies_in_one_piece(three: Zone) -> None:
    table = questions.sites(three).tables["by_park"]
    assert list(table.columns) == [
        "park_id", "status", "sites", "area_mu", "median_mu", "largest_mu", "largest_site",
        "area_unknown", "contiguous_mu", "contiguous_sites",
    ]  # fmt: skip
    assert rows(table) == [
        ("a", "available", 3, 60, 15, 30, "A-2", 0, 45, 2),
        ("a", "reserve", 1, 15, 15, 15, "A-4", 0, 15, 1),
        ("b", "available", 2, 60, 30, 30, "B-1", 0, 60, 2),
        ("b", "operating", 1, 15, 15, 15, "B-3", 0, 15, 1),
        ("c", "available", 2, 45, 45, 45, "C-1", 1, 45, 1),
        ("c", "negotiating", 1, 30, 30, 30, "C-3", 0, 30, 1),
    ]


def test_a_site_stands_in_each_of_its_sectors(three: Zone) -> None:
    table = questions.sites(three).tables["by_sector"]
    available = table[table["status"] == "available"]
    assert rows(available, "sectors", "sites", "area_mu", "contiguous_mu") == [
        ("equipment", 4, 105, 45),
        ("materials", 3, 105, 60),
        # C-2, which states no sector, stands in none.
    ]


def test_park_by_sector_by_status(three: Zone) -> None:
    table = questions.sites(three).tables["detail"]
    columns = ["park_id", "sectors", "status", "sites", "area_mu", "contiguous_mu"]
    assert rows(table, *columns, "contiguous_sites") == [
        ("a", "equipment", "available", 3, 60, 45, 2),
        ("a", "equipment", "reserve", 1, 15, 15, 1),
        ("b", "equipment", "operating", 1, 15, 15, 1),
        ("b", "materials", "available", 2, 60, 60, 2),
        # C-1 suits two sectors and stands in both.
        ("c", "equipment", "available", 1, 45, 45, 1),
        ("c", "materials", "available", 1, 45, 45, 1),
        ("c", "services", "negotiating", 1, 30, 30, 1),
    ]


def test_contiguous_sites(three: Zone) -> None:
    free = three.sites[three.sites["status"] == "available"]
    found = sites.contiguous(free, crs="EPSG:4548")
    assert rows(found.drop(columns="geometry")) == [
        ("B-1", "b", 2, 60, 0, ("B-1", "B-2")),
        ("A-1", "a", 2, 45, 0, ("A-1", "A-2")),
        ("C-1", "c", 1, 45, 0, ("C-1",)),
        ("A-3", "a", 1, 15, 0, ("A-3",)),
        ("C-2", "c", 1, 0, 1, ("C-2",)),
    ]
    metric = found.to_crs("EPSG:4548").area
    assert metric.iloc[1] == pytest.approx(30_000, rel=1e-4)
    # With all sites A-4 joins A-1; the tolerance decides about B-1 and B-2; no corner joins.
    every = sites.contiguous(three.sites, crs="EPSG:4548", touch_m=0.02)
    groups = {group[0]: group for group in every["site_ids"]}
    assert groups["A-1"] == ("A-1", "A-2", "A-4")
    assert groups["B-1"] == ("B-1",)
    assert groups["A-3"] == ("A-3",)


def test_no_sites_are_in_no_piece(three: Zone) -> None:
    nothing = three.sites.iloc[:0]
    assert len(sites.contiguous(nothing, crs="EPSG:4548")) == 0
    assert len(sites.largest_contiguous(nothing, crs="EPSG:4548")) == 0
    assert len(sites.supply(nothing)) == 0


def test_supply_calendar(three: Zone) -> None:
    assert rows(questions.sites(three).tables["supply"]) == [
        (2027, "available", 4, 105, 0),
        (2028, "available", 2, 15, 1),
        (2029, "reserve", 1, 15, 0),
        (None, "available", 1, 45, 0),
    ]


def test_stale_records(three: Zone) -> None:
    assert rows(questions.sites(three).tables["stale"], "site_id", "age_days") == [("A-3", 691)]


@pytest.mark.random
def test_questions_bear_what_the_check_reports(three: Zone) -> None:
    """Duplicate records, records without id or geometry: an answer, and no traceback."""
    far = three.sites.set_geometry(three.sites.translate(0, 1000))
    frames = [("sites", far)]
    for name, layer in three.layers.items():
        frame, key = layer.frame, layer.schema.id
        nameless = pd.Series([None] * len(frame), frame.index, dtype=frame[key].dtype)
        twice = pd.concat([frame, frame], ignore_index=True).astype(frame.dtypes.to_dict())
        frames += [(name, twice), (name, frame.assign(**{key: nameless})), (name, frame.iloc[:0])]
    for name, frame in frames[:: times(3, 1)]:
        layers = {**three.layers, name: replace(three.layers[name], frame=frame)}
        for ask in questions.QUESTIONS.values():
            assert ask(replace(three, layers=layers)).tables


# ------------------------------------------------------------------ carriers


def test_vacancy_and_rent(three: Zone) -> None:
    table = questions.carriers(three).tables["by_park"]
    columns = [
        "kind", "carriers", "vacant_floor_area_m2", "vacant_unknown", "vacancy_pct",
        "occupancy_pct", "rent_min", "rent_median", "rent_max",
    ]  # fmt: skip
    assert rows(table, *columns) == [
        ("office", 2, 250, 1, 25, 75, 20, 25, 30),
        # K-4 is full: its rent tells nobody anything.
        ("warehouse", 2, 4000, 0, 40, 60, 10, 10, 10),
    ]


def test_fit_by_height_and_load(three: Zone) -> None:
    found = carriers.fit(three.carriers, heights_m=(0, 6), loads_t_per_m2=(0, 1))
    assert rows(found) == [
        (0, 0, 2, 4250, 1, 0),  # K-1 and K-3; of K-2 nobody knows what is vacant
        (0, 1, 0, 0, 2, 4000),  # K-3 states no load
        (6, 0, 1, 4000, 1, 0),
        (6, 1, 0, 0, 2, 4000),
    ]


# ------------------------------------------------------------------ parks


def test_specialization(three: Zone) -> None:
    ground = parks.zoned_area(three.zoning)
    assert rows(ground) == [
        ("a", "equipment", 70),  # 60 and half of 20
        ("a", "materials", 10),
        ("b", "equipment", 10),
        ("b", "materials", 30),
        ("c", "services", 80),
    ]
    found = parks.specialization(ground)
    assert found["share_pct"].tolist() == pytest.approx([87.5, 12.5, 25, 75, 100])
    assert found["zone_share_pct"].tolist() == pytest.approx([40, 20, 40, 20, 40])
    assert found["lq"].tolist() == pytest.approx([2.1875, 0.625, 0.625, 3.75, 2.5])
    placed = parks.project_counts(three.projects)
    assert rows(placed) == [
        ("a", "equipment", 2),
        ("b", "equipment", 1),
        ("b", "materials", 1),
        ("c", "services", 2),
    ]
    # Of the six projects three are of equipment, one of materials, two of services.
    found = questions.parks(three).tables["placed"]
    assert found["share_pct"].tolist() == pytest.approx([100, 50, 50, 100])
    assert found["zone_share_pct"].tolist() == pytest.approx([50, 50, 100 / 6, 100 / 3])
    assert found["lq"].tolist() == pytest.approx([2, 1, 3, 3])


def test_similarity(three: Zone) -> None:
    found = parks.similarity(parks.zoned_area(three.zoning))
    assert rows(found, "park_id", "other_park_id", "common_sectors") == [
        ("a", "b", ("equipment", "materials")),
        ("a", "c", ()),
        ("b", "c", ()),
    ]
    # The lesser of 87.5 and 25, and of 12.5 and 75.
    assert found["similarity_pct"].tolist() == pytest.approx([37.5, 0, 0])
    assert found["krugman"].tolist() == pytest.approx([1.25, 2, 2])
    # Of projects: the lesser of 100 and 50.
    placed = parks.similarity(parks.project_counts(three.projects))
    assert placed["similarity_pct"].tolist() == pytest.approx([50, 0, 0])


@given(st.lists(st.lists(st.floats(0.1, 100), min_size=3, max_size=3), min_size=2, max_size=4))
def test_both_indices_say_the_same(amounts: list[list[float]]) -> None:
    records = [
        (f"p{k}", f"s{n}", value) for k, some in enumerate(amounts) for n, value in enumerate(some)
    ]
    table = pd.DataFrame(records, columns=["park_id", "sector_id", "value"])
    found = parks.similarity(table)
    assert np.allclose(found["similarity_pct"], 100 * (1 - found["krugman"] / 2))
    assert found["similarity_pct"].between(0, 100 + 1e-9).all()
    # Weighted by the zone's shares, a park's location quotients mean 1.
    quotients = parks.specialization(table)
    mean = (quotients["lq"] * quotients["zone_share_pct"]).groupby(quotients["park_id"]).sum()
    assert np.allclose(mean, 100)


def test_overlaps(three: Zone) -> None:
    found = parks.overlaps(three.parks, parks.zoned_area(three.zoning))
    # Both lead in equipment; only A is specialized in it. 10 of its 70 ha lie in B.
    assert rows(found) == [("equipment", "a", "b", True, False, 25, 10)]


def test_figures_per_mu(three: Zone) -> None:
    answer = questions.parks(three)
    found = answer.tables["projects_per_mu"]
    assert rows(found, "project_id", "site_id", "park_id", "indicator", "figure") == [
        ("P-1", "B-3", "b", "investment", 400),  # 6,000 万元 / 15 亩
        ("P-1", "B-3", "b", "landed", 400),
        ("P-1", "B-3", "b", "output", 600),
        ("P-1", "B-3", "b", "tax", None),
    ]
    # The site asks for 300; the zone's indicator for M1, 350, asks more.
    assert rows(found, "threshold", "verdict") == [
        (350, "pass"), (350, "pass"), (700, "fail"), (20, "unknown"),
    ]  # fmt: skip
    assert rows(answer.tables["per_mu"]) == [
        ("b", "investment", 400, 1, 1, 0, 0, 0),
        ("b", "landed", 400, 1, 1, 0, 0, 0),
        ("b", "output", 600, 1, 0, 1, 0, 0),
        ("b", "tax", None, 0, 0, 0, 1, 0),
    ]


def test_an_indicator_asks_for_something(tmp_path: Path) -> None:
    folder = bureau(tmp_path / "layers")
    settings = (folder / "zone.toml").read_text("utf-8")
    (folder / "zone.toml").write_text(
        settings.replace("min_investment_wan_per_mu = 350", ""), "utf-8"
    )
    with pytest.raises(ZoneError, match="indicators"):
        open_zone(folder)


def test_profile_of_the_parks(three: Zone) -> None:
    columns = [
        "park_id", "zoned_ha", "available_sites", "available_mu", "projects", "investment_yi",
        "investment_unknown",
    ]  # fmt: skip
    assert rows(questions.parks(three).tables["profile"], *columns) == [
        ("a", 80, 3, 60, 2, 2, 1),
        ("b", 40, 2, 60, 2, 1.6, 0),
        ("c", 80, 2, 45, 2, 0, 2),
    ]


# ------------------------------------------------------------------ projects


def test_pipeline(three: Zone) -> None:
    table = questions.projects(three).tables["by_park"]
    stages = ["lead", "negotiating", "signed", "settled", "under_construction", "operating"]
    assert rows(table, "park_id", "projects", *stages) == [
        ("a", 2, 0, 1, 0, 0, 1, 0),
        ("b", 2, 0, 1, 0, 0, 0, 1),
        ("c", 2, 1, 0, 1, 0, 0, 0),
    ]
    money = ["investment_yi", "investment_unknown", "landed_investment_yi", "landed_unknown"]
    # What is only a lead or in negotiation has nothing to land yet.
    assert rows(table, *money) == [(2, 1, 0, 1), (1.6, 0, 0.6, 0), (0, 2, 0, 1)]
    by_leader = questions.projects(three).tables["by_leader"]
    assert rows(by_leader, "leader", "projects") == [("甲", 1), (None, 5)]


def test_projects_by_stage(three: Zone) -> None:
    # stage, projects; investment of P-6, P-2 and P-1; landed of P-1
    assert rows(questions.projects(three).tables["by_stage"]) == [
        ("lead", 1, 0, 1, 0, 0),
        ("negotiating", 2, 1, 1, 0, 0),
        ("signed", 1, 0, 1, 0, 1),
        ("settled", 0, 0, 0, 0, 0),
        ("under_construction", 1, 2, 0, 0, 1),
        ("operating", 1, 0.6, 0, 0.6, 0),
    ]
    # Who states no stage is counted, too.
    nowhere = three.projects.assign(
        stage=pd.Series([None] * 6, dtype=three.projects["stage"].dtype)
    )
    assert rows(projects.by_stage(nowhere).reset_index(), "stage", "projects")[-1] == (None, 6)


def test_one_project_stage_by_stage(three: Zone) -> None:
    history = questions.projects(three).tables["history"]
    own = history[history["project_id"] == "P-2"]
    entered = [f"{day:%Y-%m-%d}" for day in own["entered"]]
    assert entered == ["2026-01-01", "2026-01-31", "2026-05-11", "2026-08-19"]
    # Settled is not in its history: from signed it went straight on.
    assert rows(own, "stage", "days", "moved") == [
        ("lead", 30, True),
        ("negotiating", 100, True),
        ("signed", 100, True),
        ("under_construction", 96, False),
    ]


def test_next_actions_of_projects(three: Zone) -> None:
    # 1 November is 22 days past; 1 January is 39 days off.
    due = questions.projects(three).tables["due"]
    assert rows(due, "project_id", "next_action", "days_left") == [("P-5", "拜访", -22)]


def test_days_in_each_stage(three: Zone) -> None:
    found = projects.spells(three.projects, three.project_stages, on=ON)
    lead = found[found["stage"] == "lead"]
    assert rows(lead, "project_id", "days", "moved") == [
        ("P-1", 10, True),
        ("P-2", 30, True),
        ("P-3", 50, True),
        ("P-4", None, True),
        ("P-5", 200, False),
        ("P-6", None, True),
    ]
    table = projects.durations(found).reset_index()
    counts = ["stage", "entered", "moved", "still_there", "days_unknown"]
    assert rows(table, *counts, "median_days", "slow_days") == [
        # Still there after 10, 30 and 50 days: 3/4, 2/4, 1/4 of the four whose days are known.
        ("lead", 6, 5, 1, 2, 30, 50),
        # 2/3 after 50 days, 1/3 after 100; the third was last seen after 120.
        ("negotiating", 3, 2, 1, 0, 100, None),
        # P-4 was seen for 30 days: 2/3 after 30, then P-2 alone is left. The mean of those that
        # moved on, 65 days, would be too short.
        ("signed", 3, 2, 1, 0, 100, 100),
        ("settled", 1, 1, 0, 0, 30, 30),
        ("under_construction", 2, 1, 1, 0, 100, 100),
    ]
    assert table["moved_pct"].tolist() == pytest.approx([500 / 6, 200 / 3, 200 / 3, 100, 50])
    assert table["within_pct"].tolist() == pytest.approx([75, 200 / 3, 100, 100, 100])


def test_kaplan_meier_of_a_textbook() -> None:
    """Remission of leukaemia under 6-MP: Freireich et al. 1963, as in Kalbfleisch & Prentice."""
    days = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    censored = {3, 5, 7, 8, 11, 12, 13, 16, 17, 18, 19, 20}
    moved = np.array([k not in censored for k in range(len(days))])
    times, shares = projects.kaplan_meier(np.array(days, dtype=float), moved)
    assert times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    expected = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert shares.tolist() == pytest.approx(expected, abs=5e-4)
    assert projects.quantile(times, shares, 0.5) == 23


@given(st.lists(st.tuples(st.integers(0, 500), st.booleans()), min_size=1, max_size=30))
def test_without_censoring_the_median_is_the_median(spells: list[tuple[int, bool]]) -> None:
    days = np.array([one for one, _ in spells], dtype=float)
    moved = np.array([one for _, one in spells])
    times, shares = projects.kaplan_meier(days, moved)
    assert ((shares >= 0) & (shares <= 1)).all()
    assert (np.diff(shares) <= 0).all()
    every = projects.quantile(*projects.kaplan_meier(days, np.ones(len(days), dtype=bool)), 0.5)
    assert every == np.sort(days)[(len(days) - 1) // 2]
    # Who is still there can only make the median later.
    middle = projects.quantile(times, shares, 0.5)
    assert np.isnan(middle) or middle >= every


def test_stuck_projects(three: Zone) -> None:
    table = questions.projects(three).tables["stuck"]
    assert rows(table, "project_id", "days", "slow_days", "reasons") == [
        ("P-5", 200, 50, ("slow", "overdue")),
        ("P-3", 120, None, ("no_action",)),
        ("P-4", 30, 100, ("no_action",)),
    ]


def test_a_published_total_stays_a_total(three: Zone) -> None:
    columns = [
        "event_id", "projects", "published_yi", "known_yi", "known_unknown", "signed_yi",
        "landed_investment_yi", "landed_unknown",
    ]  # fmt: skip
    assert rows(questions.projects(three).tables["investment"], *columns) == [
        ("E-1", 1, 5, 0, 1, 5, 0, 1),
        (None, 2, None, 2.6, 0, 2.6, 0.6, 1),
    ]


def test_the_signing_in_shenzhen_stays_197(zone: Zone) -> None:
    shenzhen, elsewhere = rows(
        questions.projects(zone).tables["investment"],
        "event_id", "projects", "published_yi", "known_yi", "known_unknown", "signed_yi",
    )  # fmt: skip
    assert shenzhen == ("shenzhen-2017", 11, 197, 0, 11, 197)
    assert elsewhere[2] is None


def test_who_is_responsible(three: Zone) -> None:
    table = questions.projects(three).tables["responsible"]
    assert rows(table, "project_id", "leader", "leader_roles") == [
        ("P-4", None, ()),
        ("P-2", "甲", ("liaison", "assistant")),
    ]
    leaders = questions.projects(three).tables["leaders"]
    assert rows(leaders) == [("甲", 1, 1, 1, 0, 0, 0)]


# ------------------------------------------------------------------ customers, chains


def test_customers(three: Zone) -> None:
    tables = questions.customers(three).tables
    columns = ["customer_class", "customers", "identified", "contacted", "visited", "signed"]
    assert rows(tables["by_class"], *columns) == [
        ("global_500", 4, 1, 0, 1, 1),
        ("china_500", 1, 0, 1, 0, 0),
        ("central_soe", 1, 0, 0, 1, 0),
    ]
    # G-4 was dropped, G-3 has until June.
    assert rows(tables["due"], "customer_id", "days_left") == [("G-2", -3), ("G-1", 10)]
    assert len(customers.due(three.customers, on=ON)) == 3


def test_chain_gaps(three: Zone) -> None:
    tables = questions.chains(three).tables
    assert rows(tables["links"], "link_id", "settled", "coming", "customers", "state") == [
        ("L-1", 1, 0, 0, "present"),
        ("L-2", 0, 0, 2, "missing"),
        ("L-3", 1, 0, 0, "present"),
        ("L-4", 0, 1, 1, "weak"),
        ("L-5", 0, 0, 1, "missing"),
        ("L-6", 0, 0, 0, "weak"),
    ]
    columns = ["link_id", "value", "suppliers", "buyers", "bridged", "chain_action"]
    assert rows(tables["gaps"], *columns) == [
        ("L-2", 3, ("L-1",), ("L-3",), 1, "complete"),
        ("L-4", 0.5, ("L-1",), (), 0, "complete"),
        ("L-5", 0, (), (), 0, "build"),
        ("L-6", 0, (), (), 0, "build"),
    ]
    assert rows(tables["targets"], "rank", "customer_id", "link_id", "value") == [
        (1, "G-2", "L-2", 3),
        (2, "G-1", "L-2", 3),
        (3, "G-3", "L-4", 0.5),
        (4, "G-5", "L-5", 0),
    ]
    assert rows(tables["summary"]) == [("X", 4, 2, 1, 1, 50), ("Y", 2, 0, 1, 1, 0)]


def test_the_graph_holds_only_links_that_are_there(three: Zone) -> None:
    frame = three.chains.copy()
    frame["feeds"] = [("L-2", "L-4", "nowhere", "L-1"), *frame["feeds"][1:]]
    of = chains.graph(frame)
    assert set(of.successors("L-1")) == {"L-2", "L-4"}
    assert of.number_of_edges() == 4


# ------------------------------------------------------------------ matching


def test_sites_matched(three: Zone) -> None:
    found = match(three, {"area_mu": 50, "sectors": ["materials"]})
    # Weights: status 3, sector 4, area 4.
    assert rows(found.head(2), "rank", "site_id", "verdict") == [
        (1, "C-2", "unknown"),
        (2, "C-1", "near"),
    ]
    scores = [100 * (3 + 2 + 2) / 11, 100 * (3 + 4 + 4 * 0.3) / 11]
    assert found["score"].head(2).tolist() == pytest.approx(scores)
    assert (found["verdict"][2:] == "fail").all()


def test_carriers_matched(three: Zone) -> None:
    need = {
        "floor_m2": 200,
        "storey_height_m": 6,
        "floor_load_t_per_m2": 0.5,
        "rent_yuan_per_m2_month": 30,
    }
    found = match(three, need, layer="carriers")
    assert rows(found, "rank", "carrier_id", "verdict") == [
        (1, "K-3", "unknown"),
        (2, "K-2", "unknown"),
        (None, "K-1", "fail"),
        (None, "K-4", "fail"),
    ]
    # Weights: vacant floor 4, rent 3, height 2, load 2. What nobody states counts 0.5.
    scores = [
        4 * 1 + 3 * 1 + 2 * 1 + 2 * 0.5,  # K-3: rent a third; height one and a half; no load
        4 * 0.5 + 3 * 0.9 + 2 * 0.9 + 2 * 1,  # K-2: no vacancy; rent 2/3: 1 - 0.3 · (1/6) / (1/2)
        4 * 1 + 3 * 0.7 + 2 * 0.3 + 2 * 0.9,  # K-1: 4.5 m are too low
        4 * 0.3 + 3 * 1 + 2 * 1 + 2 * 1,  # K-4: full
    ]
    assert found["score"].tolist() == pytest.approx([100 * one / 11 for one in scores])
    assert found["storey_height_gap"].tolist() == [0, 0, 1.5, 0]
    assert found["completeness"].tolist() == pytest.approx([9 / 11, 7 / 11, 1, 1])


def test_sites_matched_together(three: Zone) -> None:
    found = match(three, {"area_mu": 50, "sectors": ["materials"]}, layer="groups")
    assert rows(found, "rank", "site_id", "site_ids", "score", "verdict", "area_figure") == [
        (1, "B-1+B-2", ("B-1", "B-2"), 100, "pass", 60),
    ]
    # 42 亩 of equipment: A-1 with A-2, or the three with A-4; A-3 touches at a corner only.
    found = match(three, {"area_mu": 42, "sectors": ["equipment"]}, layer="groups")
    assert rows(found, "site_id", "area_figure") == [("A-1+A-2", 45)]
    # The least site counts: A-4 is a reserve, 0.7.
    found = match(three, {"area_mu": 55, "sectors": ["equipment"]}, layer="groups")
    assert rows(found, "site_id", "area_figure", "verdict") == [("A-1+A-2+A-4", 60, "pass")]
    assert found["score"].tolist() == pytest.approx([100 * (3 * 0.7 + 4 + 4) / 11])
    assert len(match(three, {"area_mu": 10}, layer="groups")) == 0
    assert len(match(three, {"sectors": ["equipment"]}, layer="groups")) == 0


@given(area=st.floats(16, 120))
def test_no_group_holds_a_site_too_many(three: Zone, area: float) -> None:
    found = match(three, {"area_mu": area}, layer="groups")
    areas = three.sites.set_index("site_id")["area_mu"]
    for ids in found["site_ids"]:
        whole = areas[list(ids)].sum()
        if whole >= area:
            assert all(whole - areas[one] < area for one in ids)
        assert len(set(ids)) == len(ids) > 1


def test_a_zone_is_asked(three: Zone) -> None:
    stated = {"area_mu": 50, "sectors": ["materials"]}
    pd.testing.assert_frame_equal(three.match(stated), match(three, stated))
    assert "match" in dir(three)
    with pytest.raises(AttributeError):
        three.guess  # noqa: B018


def test_weights(three: Zone) -> None:
    found = match(three, {"area_mu": 50, "sectors": ["materials"]}, weights={"area": 0})
    assert found.set_index("site_id")["score"]["C-1"] == 100
    with pytest.raises(GxqError, match="area") as caught:
        match(three, {"area_mu": 50}, weights={"aera": 1})
    assert caught.value.slug == "unknown-weight"
    for wrong in (-1, NAN, float("inf"), True, "3"):
        with pytest.raises(GxqError) as caught:
            match(three, {"area_mu": 50}, weights={"area": wrong})  # type: ignore[dict-item]
        assert caught.value.slug == "bad-weight"
    with pytest.raises(GxqError):
        match(three, {"area_mu": 50}, layer="parks")


def test_an_industry_stands_for_the_sectors_that_have_it(three: Zone) -> None:
    assert sectors_of(three.sectors, "3514") == ("equipment",)
    assert sectors_of(three.sectors, "C3523") == ("materials",)  # more exact than C35
    assert sectors_of(three.sectors, "58") == ("services",)  # section G
    assert sectors_of(three.sectors, "C27") == ()
    assert required(three, {"gbt4754": "3523"}).wants["sectors"] == ("materials",)
    both = required(three, {"gbt4754": ["C34"], "sectors": "services"})
    assert both.wants["sectors"] == ("services", "equipment")
    with pytest.raises(GxqError) as caught:
        required(three, {"gbt4754": ["C27"]})
    assert caught.value.slug == "unknown-industry"


@pytest.mark.parametrize(
    ("code", "normal"),
    [("3963", "C3963"), ("c39", "C39"), ("G", "G"), ("G39", ""), ("99", ""), ("1", ""), ("", "")],
)
def test_codes_of_industries(code: str, normal: str) -> None:
    assert normal_code(code) == normal


def test_the_divisions_of_the_sections_follow_one_another() -> None:
    bounds = list(SECTIONS.values())
    assert bounds[0][0] == 1
    assert all(after[0] == before[1] + 1 for before, after in pairwise(bounds))


def test_names_stand_for_ids(zone: Zone) -> None:
    by_name = required(zone, {"sectors": "新材料", "land_use": ["工业"], "utilities": ["燃气"]})
    by_id = Requirement.of(
        {"sectors": ["new_materials"], "land_use": ["industrial"], "utilities": ["has_gas"]}
    )
    assert by_name == by_id


def test_an_answer_to_a_requirement(three: Zone) -> None:
    answer = questions.matched(three, {"area_mu": 50, "sectors": ["materials"]}, limit=1)
    assert list(answer.tables) == ["sites", "groups", "carriers", "verdicts", "weights"]
    assert rows(answer.tables["verdicts"]) == [
        ("sites", 0, 1, 1, 8),
        ("groups", 1, 0, 0, 0),
        ("carriers", 0, 4, 0, 0),
    ]
    assert rows(answer.tables["weights"], "criterion", "hard", "weight") == [
        ("status", True, 3),
        ("sector", True, 4),
        ("area", True, 4),
    ]
    assert len(answer.tables["sites"]) == 1
    every = questions.matched(three, {"area_mu": 50}, failed=True)
    assert list(every.tables) == ["sites", "groups", "verdicts", "weights"]
    assert len(every.tables["sites"]) == 10
