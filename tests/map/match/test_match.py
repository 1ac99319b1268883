"""Matching in the page: it ranks as Python does, and is used as a reader would."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.matching import match
from gxq_geo.matching.candidates import Candidates
from gxq_geo.matching.groups import SiteGroups
from gxq_geo.matching.requirement import Requirement, criteria
from gxq_geo.schemas import schema
from gxq_geo.zone import Zone, open_zone
from gxq_geo.zone.publication import public_layers
from tests.support.browser import PHONE_CONTEXT, Open
from tests.support.zones import block, feature, load_features, save_features, tiny_zone

STATED = (
    "#need=1,sites,sectors:new_materials:equipment,area_mu:79.5,budget_wan_per_mu:30,station_km:8"
)

MATCH = "([wants, layer, weights]) => JSON.stringify(gxq.match(wants, layer, weights))"
OPEN = "(address) => { gxq.link(address); return JSON.stringify(gxq.need()); }"

# Around what the zone has, so that each verdict occurs.
FIGURES = {
    "area_mu": (10, 250),
    "area_max_mu": (20, 300),
    "budget_wan_per_mu": (15, 60),
    "far": (0.8, 4),
    "height_m": (10, 110),
    "power_kva": (300, 16000),
    "station_km": (1, 12),
    "conventional_km": (2, 20),
    "high_speed_km": (2, 21),
    "airport_km": (15, 36),
    "expressway_km": (0.1, 14),
    "investment_wan_per_mu": (150, 800),
    "output_wan_per_mu": (130, 620),
    "tax_wan_per_mu": (6, 40),
    "energy_tce_per_wan": (0.05, 0.5),
    "floor_m2": (100, 36000),
    "storey_height_m": (3, 12),
    "floor_load_t_per_m2": (0.2, 5),
    "rent_yuan_per_m2_month": (9, 45),
}


@pytest.fixture(scope="module")
def layers(zone: Zone) -> dict[str, Candidates]:
    """What the public page holds."""
    public = public_layers(zone, "public")
    return {name: Candidates(public[name], name) for name in ("sites", "carriers")}


@pytest.fixture(scope="module")
def page(browser: Browser, zone_page: Any) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(zone_page.as_uri())
    page.evaluate("gxq.ready")
    yield page
    page.close()


def wants(zone: Zone, layer: str) -> st.SearchStrategy[dict[str, Any]]:
    """Requirements of what applies to a layer, in the zone's own values."""

    def values(name: str) -> st.SearchStrategy[Any]:
        want = criteria().wants[name]
        if want.type == "number":
            low, high = FIGURES[name]
            return st.one_of(
                st.floats(low, high), st.integers(math.ceil(low), math.floor(max(high, 1)))
            )
        if want.type == "date":
            return st.dates(pd.Timestamp("2026-01-01").date(), pd.Timestamp("2029-01-01").date())
        known = schema().layers[want.ref].id if want.ref else ""
        among = want.fields or schema().domains.get(want.domain) or criteria().families
        listed = zone.frame(want.ref)[known].tolist() if want.ref else list(among)
        return st.lists(st.sampled_from(listed), min_size=1, unique=True)

    names = {one.want for one in criteria().all if one.want and layer in one.layers}
    every = st.fixed_dictionaries({}, optional={name: values(name) for name in sorted(names)})
    return every.filter(bool)


WEIGHTS = st.dictionaries(
    st.sampled_from(sorted({one.key for one in criteria().all})),
    st.one_of(st.integers(0, 9), st.floats(0, 20)),
    max_size=4,
)


def as_json(requirement: Requirement) -> dict[str, Any]:
    return {
        name: list(value)
        if isinstance(value, tuple)
        else value
        if isinstance(value, float)
        else str(value)
        for name, value in requirement.wants.items()
    }


def assert_same(ours: pd.DataFrame, theirs: list[dict[str, Any]], layer: str) -> None:
    assert ours[schema().layers[layer].id].tolist() == [one["id"] for one in theirs]
    assert ours["verdict"].tolist() == [one["verdict"] for one in theirs]
    assert [None if pd.isna(r) else r for r in ours["rank"]] == [one["rank"] for one in theirs]
    for name in ("score", "completeness"):
        assert ours[name].tolist() == pytest.approx([one[name] for one in theirs], abs=1e-9)
    for key in theirs[0]["criteria"]:
        parts = [one["criteria"][key] for one in theirs]
        assert ours[key].tolist() == [part["verdict"] for part in parts], key
        gaps = [math.nan if part["gap"] is None else part["gap"] for part in parts]
        assert ours[f"{key}_gap"].tolist() == pytest.approx(gaps, abs=1e-9, nan_ok=True), key


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["sites", "carriers"])
def test_page_and_python_rank_alike(
    layer: str, zone: Zone, layers: dict[str, Candidates], page: Page
) -> None:
    seen: set[str] = set()

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(stated=wants(zone, layer), weights=WEIGHTS)
    def check(stated: dict[str, Any], weights: dict[str, float]) -> None:
        requirement = Requirement.of(stated)
        ours = layers[layer].rank(requirement, weights=weights)
        theirs = page.evaluate(MATCH, [as_json(requirement), layer, weights])
        assert_same(ours, json.loads(theirs), layer)
        seen.update(ours["verdict"])

    check()
    assert seen == {"pass", "unknown", "near", "fail"}


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["sites", "carriers"])
def test_a_link_made_by_python_opens_in_the_page(
    layer: str, zone: Zone, layers: dict[str, Candidates], page: Page
) -> None:
    """The same requirement, the same weights, the same order."""

    @settings(max_examples=20, suppress_health_check=list(HealthCheck))
    @given(stated=wants(zone, layer), weights=WEIGHTS)
    def check(stated: dict[str, Any], weights: dict[str, float]) -> None:
        requirement = Requirement.of(stated)
        opened = json.loads(page.evaluate(OPEN, "#" + requirement.link(layer, weights)))
        usual = {one.key: one.weight for one in criteria().of(layer, requirement)}
        other = {
            key: pytest.approx(weight, abs=1e-6)
            for key, weight in weights.items()
            if key in usual and weight != usual[key]
        }
        assert opened.pop("weights", {}) == other
        assert opened == {"layer": layer, "wants": as_json(requirement)}
        ours = layers[layer].rank(requirement, weights=weights)
        ids = ours.loc[ours["verdict"] != "fail", schema().layers[layer].id]
        assert page.evaluate("(layer) => gxq.visible()[layer]", layer) == ids.tolist()

    check()


def test_ties_stand_by_code_point(browser: Browser, tmp_path: Path) -> None:
    """UTF-16 would put 𠀀 (U+20000, a surrogate pair) before Ａ (U+FF21)."""
    folder = tiny_zone(tmp_path / "layers")
    features = load_features(folder / "sites.geojson")
    ids = ["𠀀-1", "Ａ-1", "A-1", "𠀀", "\ue000"]
    for one, site in zip(features, ids, strict=True):
        one["properties"] |= {"site_id": site, "status": "available", "area_mu": 30}
    save_features(folder / "sites.geojson", features)
    (folder / "projects.csv").unlink()
    zone = open_zone(folder)
    InvestmentMap(zone, draft=True).save(tmp_path / "map.html")
    page = browser.new_page()
    page.goto((tmp_path / "map.html").as_uri())
    page.evaluate("gxq.ready")
    theirs = json.loads(page.evaluate(MATCH, [{"area_mu": 30}, "sites"]))
    page.close()
    ours = Candidates.of(zone).rank({"area_mu": 30})["site_id"].tolist()
    assert [one["id"] for one in theirs] == ours == sorted(ids)
    assert ours.index("Ａ-1") < ours.index("𠀀")


NONSENSE = [
    *("", "1", "1,sites", "%", "1,sites,area_mu:x", "1,sites,area_mu:-1", "1,sites,by:9"),
    *("2,sites,area_mu:80", "1,parks,area_mu:80", "1,sites,sectors:nobody"),
    *("1,sites,__proto__:1", "1,sites,constructor:1"),
]


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_in_the_address_is_left_out(visit: Open, text: str) -> None:
    v = visit(f"#need={text}")
    assert v.js("gxq.need()") is None
    assert v.page.locator("#list .row").count() > 0


# ------------------------------------------------------------------ as a reader


def test_a_need_is_stated_and_found(visit: Open, layers: dict[str, Candidates]) -> None:
    v = visit()
    v.page.click("#need-open")
    assert v.page.locator("#list").is_hidden()
    v.page.fill("[name=area_mu]", "79.5")
    v.page.click("label:has-text('新材料')")
    v.page.fill("[name=budget_wan_per_mu]", "30")
    found = layers["sites"].rank(
        {"area_mu": 79.5, "sectors": ["new_materials"], "budget_wan_per_mu": 30}
    )
    counts = found["verdict"].value_counts()
    said = f"符合 {counts['pass']} · 待核实 {counts['unknown']} · 接近 {counts['near']}"
    v.until(f"document.querySelector('.need-status').textContent === '{said}'")
    v.page.click(".need-turn")
    names = v.texts("[data-section=pass] .found-head button")
    assert names == [f"示范地块 {one}" for one in found["site_id"][found["verdict"] == "pass"][:20]]
    near = v.page.locator("[data-section=near] .found").first
    assert "需调整" in near.inner_text()
    assert "need=1,sites,sectors:new_materials,area_mu:79.5" in v.link()


def test_a_result_opens_on_the_map_and_the_rest_recedes(visit: Open) -> None:
    v = visit(STATED)
    first = v.page.locator(".found").first
    first.locator("button").click()
    assert v.js("gxq.select()") == {"layer": "sites", "id": first.get_attribute("data-id")}
    assert first.get_attribute("data-picked") == "true"
    v.page.click("#need [aria-label=退出选址]")
    assert v.js("gxq.need()") is None
    assert v.page.locator("#list").is_visible()
    assert "need" not in v.link()


def test_area_is_asked_in_the_readers_unit(visit: Open) -> None:
    v = visit()
    v.page.click("#need-open")
    v.page.fill("[name=area_mu]", "79.5")
    v.page.select_option("[name=area_unit]", "ha")
    assert v.page.input_value("[name=area_mu]") == "5.3"
    v.page.fill("[name=area_mu]", "6")
    v.until("gxq.need()?.wants.area_mu === 90")
    v.page.select_option("[name=area_unit]", "m2")
    assert v.page.input_value("[name=area_mu]") == "60000"


def test_buildings_are_found_too(visit: Open) -> None:
    v = visit()
    v.page.click("#need-open")
    v.page.click("#need [data-value=carriers]")
    v.page.click("label:has-text('标准厂房')")
    v.page.fill("[name=floor_m2]", "5000")
    v.until("gxq.need()?.layer === 'carriers' && gxq.need().wants.floor_m2 === 5000")
    v.page.keyboard.press("Enter")
    v.until("!!document.querySelector('.found')")
    assert all("标准厂房" in text for text in v.texts(".found"))


def test_clearing_empties_the_form(visit: Open) -> None:
    v = visit(STATED)
    assert v.page.locator(".found").count() > 0
    v.page.click(".need-head .link")
    assert v.js("gxq.need()") is None
    assert v.page.locator(".option input:checked").count() == 0
    assert v.page.input_value("[name=area_mu]") == ""
    assert v.page.locator(".need-turn").is_disabled()


def test_language_switches_and_leaves_no_chinese(visit: Open) -> None:
    v = visit(STATED)
    v.page.click("#lang [data-value=en]")
    v.still()
    for turn in (False, True):
        if turn:
            v.page.click(".need-turn")
        text = v.page.locator("#need").inner_text()
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in text), text
    labels = v.js("[...document.querySelectorAll('#need [aria-label]')].map((e) => e.ariaLabel)")
    assert not any("\u4e00" <= letter <= "\u9fff" for text in labels for letter in text)


def test_by_keyboard_alone(visit: Open) -> None:
    v = visit()
    v.page.focus("#need-open")
    v.page.keyboard.press("Enter")
    assert v.js("document.activeElement.id") == "need-title"
    v.page.focus("[name=area_mu]")
    v.page.keyboard.type("80")
    v.page.keyboard.press("Enter")
    v.until("!!document.querySelector('.found')")
    v.page.focus(".found button")
    v.page.keyboard.press("Enter")
    v.until("gxq.select() !== null")


def test_every_input_has_a_name(visit: Open) -> None:
    v = visit()
    v.page.click("#need-open")
    nameless = """[...document.querySelectorAll("#need :is(input, select, button)")]
      .filter((e) => !e.ariaLabel && !(e.labels?.[0] ?? e).textContent.trim()).length"""
    assert v.js(nameless) == 0
    assert v.js(
        "[...document.querySelectorAll('#need fieldset')].every((f) => f.querySelector('legend'))"
    )


def test_on_a_phone(visit: Open) -> None:
    v = visit(**PHONE_CONTEXT)
    v.page.tap("#need-open")
    v.page.fill("[name=area_mu]", "60")
    v.page.tap(".need-turn")
    v.until("!!document.querySelector('.found')")
    small = """[...document.querySelectorAll("#need :is(button, select, label, [type=number])")]
      .filter((e) => e.offsetHeight && e.offsetHeight < 44 && !e.closest(".found-head"))
      .map((e) => e.outerHTML.slice(0, 80))"""
    assert v.js(small) == []
    assert v.js("document.documentElement.scrollWidth <= innerWidth")
    v.page.tap(".found")
    v.until("gxq.select() !== null")
    assert v.page.locator("#card").is_visible()


def test_weights_are_seen_and_set(visit: Open) -> None:
    v = visit("#lang=zh&need=1,sites,sectors:new_materials,area_mu:80,~area:9")
    assert "面积 9（默认 4）" in v.texts("[data-weights]")[0]
    before = v.js("gxq.visible().sites")
    v.page.click(".need-turn")
    v.page.click(".need-weights summary")
    assert v.page.locator("[name='~area']").input_value() == "9"
    v.page.fill("[name='~area']", "0")
    v.page.fill("[name='~status']", "1")
    v.until("gxq.need().weights?.status === 1")
    assert v.js("gxq.need().weights") == {"status": 1, "area": 0}
    assert v.js("gxq.visible().sites") != before
    assert "~area:0" in v.link()
    # What is emptied weighs as usual again.
    v.page.fill("[name='~area']", "")
    v.until("gxq.need().weights?.area === undefined")
    for bad in ("~area:-1", "~area:x", "~:", "~nobody:3", "~area", "~__proto__:3"):
        v.go(f"#need=1,sites,area_mu:80,{bad}")
        assert v.js("gxq.need()") == {"layer": "sites", "wants": {"area_mu": 80}}


# ------------------------------------------------------------------ sites together


@pytest.fixture(scope="module")
def plots(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Page, Zone]]:
    """Six rows of six plots of a hectare, side by side, of odd areas; the page, and the zone."""
    folder = tmp_path_factory.mktemp("plots")
    zone = tiny_zone(folder / "layers")
    random = np.random.default_rng(5)
    statuses = ["available", "reserve", "negotiating", "signed"]
    drawn = [
        feature(
            "sites",
            {
                "site_id": f"N-{random.integers(100, 999)}-{k}",
                "park_id": "dong",
                "status": str(random.choice(statuses)),
                "area_mu": None if k == 7 else round(float(random.uniform(5, 40)), 1),
                "start_price_wan_per_mu": None if k % 5 == 0 else float(random.integers(10, 40)),
                "has_gas": bool(random.integers(0, 2)),
            },
            block(1100 + 100 * (k % 6), 100 + 100 * (k // 6), 100, 100),
        )
        for k in range(36)
    ]
    save_features(zone / "sites.geojson", drawn)
    InvestmentMap(open_zone(zone)).save(folder / "map.html")
    page = browser.new_page()
    page.goto((folder / "map.html").as_uri())
    page.evaluate("gxq.ready")
    yield page, open_zone(zone)
    page.close()


def test_sites_together_are_those_of_python(plots: tuple[Page, Zone]) -> None:
    page, zone = plots
    grouped = SiteGroups.of(zone)
    most = 0

    @settings(max_examples=60)
    @example(area=40.0, more={}, weights={})  # of which many groups come
    @given(
        area=st.floats(15, 220),
        more=st.fixed_dictionaries(
            {},
            optional={
                "budget_wan_per_mu": st.integers(12, 45),
                "area_max_mu": st.integers(30, 300),
                "utilities": st.just(["has_gas"]),
            },
        ),
        weights=WEIGHTS,
    )
    def check(area: float, more: dict[str, Any], weights: dict[str, float]) -> None:
        nonlocal most
        requirement = Requirement.of({"area_mu": area, **more})
        ours = grouped.rank(requirement, weights=weights)
        theirs = json.loads(page.evaluate(MATCH, [as_json(requirement), "groups", weights]))
        assert ours["site_id"].tolist() == [one["id"] for one in theirs]
        assert ours["verdict"].tolist() == [one["verdict"] for one in theirs]
        for name, of in (("score", "score"), ("completeness",) * 2, ("area_figure", "area_mu")):
            assert ours[name].tolist() == pytest.approx([one[of] for one in theirs], abs=1e-6)
        most = max(most, len(ours))

    check()
    assert most > 10  # groups were compared, not emptiness with emptiness


def test_sites_together_are_listed(visit: Open, zone: Zone) -> None:
    v = visit("#lang=zh&need=1,sites,area_mu:160,sectors:information")
    found = match(zone, {"area_mu": 160, "sectors": ["information"]}, layer="groups")
    said = v.texts("[data-section=groups] .found")
    assert len(said) == len(found) == 2
    for text, one, mu in zip(said, found["site_id"], found["area_figure"], strict=True):
        assert one.replace("+", " + ") in text
        assert f"{mu:.1f} 亩" in text
    v.page.click("[data-section=groups] .found button")
    assert v.js("gxq.select(undefined)")["id"] in ("AQ-003", "AQ-028")
    # Filters eliminate here, too.
    v.js("gxq.filter({park: ['binhe']})")
    assert v.texts("[data-section=groups] .found") == []
