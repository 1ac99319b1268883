"""Filters, search, table and export, used in a real browser and checked against pandas."""

import random
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gxq_geo.investment_map import page
from gxq_geo.schemas import schema
from gxq_geo.zone import Zone
from gxq_geo.zone.publication import public_layers
from tests.support.browser import PHONE, PHONE_CONTEXT, Open, Visit
from tests.support.nightly import times

Spec = dict[str, list[str]]

LAYERS = ("sites", "carriers")
FACETS = {one["key"]: one for one in page.filters()["filters"]}
UNKNOWN = "?"


# ------------------------------------------------------------------ what pandas says


def field_of(key: str, layer: str) -> str:
    named = FACETS[key][layer]
    return named if isinstance(named, str) else named[0]


def numbers(frame: pd.DataFrame, key: str, layer: str) -> pd.Series:
    """The figures of a range; dates in days, and a year as its last day."""
    facet = FACETS[key]
    if facet["kind"] != "date":
        return frame[field_of(key, layer)].astype("float64")
    days = pd.Series(np.nan, index=frame.index)
    for field in facet[layer]:
        column = frame[field]
        if field.endswith("_year"):
            column = pd.to_datetime(column.astype("string") + "-12-31")
        days = days.fillna((column - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1))
    return days.astype("float64")


def in_range(values: pd.Series, terms: Iterable[str], *, dates: bool) -> pd.Series:
    def end(text: str, default: float) -> float:
        if not text:
            return default
        return pd.Timestamp(text).timestamp() / 86400 if dates else float(text)

    passing = pd.Series(False, index=values.index)
    for term in terms:
        if term == UNKNOWN:
            passing |= values.isna()
        else:
            low, high = term.split("~")
            passing |= values.between(end(low, -np.inf), end(high, np.inf))
    return passing


def values_of(frame: pd.DataFrame, key: str, layer: str) -> pd.Series:
    """The options that each record has, as a tuple; empty where unknown."""
    column = frame[field_of(key, layer)]
    if key == "code":
        return pd.Series(
            [(f"{s}:{v}",) for s, v in zip(frame["land_use_scheme"], column, strict=True)]
        )
    if key == "use":
        return column.map(family)
    if column.dtype == "boolean":
        column = column.astype("string").str.lower()
    return pd.Series(
        [v if isinstance(v, tuple) else () if pd.isna(v) else (str(v),) for v in column]
    )


def family(code: str) -> tuple[str, ...]:
    """The family of a GB 50137 code, as style.toml has it."""
    table = page.style()["land_use"]["codes"]["GB 50137-2011"]
    for size in range(len(code), 0, -1):
        if code[:size] in table:
            return (table[code[:size]],)
    return ("other",)


def all_true(frame: pd.DataFrame, fields: list[str], terms: list[str]) -> pd.Series:
    wanted = [term for term in terms if term != UNKNOWN]
    flags = frame[wanted or fields]
    if not wanted:
        return flags.isna().any(axis=1)
    return flags.fillna(UNKNOWN in terms).astype(bool).all(axis=1)


def passes(frame: pd.DataFrame, layer: str, key: str, terms: list[str]) -> pd.Series:
    facet = FACETS[key]
    if facet["kind"] == "flags":
        return all_true(frame, facet[layer], terms)
    if facet["kind"] in ("range", "distance", "date"):
        return in_range(numbers(frame, key, layer), terms, dates=facet["kind"] == "date")
    have = values_of(frame, key, layer)
    return have.map(lambda own: bool(set(own) & set(terms)) or (not own and UNKNOWN in terms))


def passing(frame: pd.DataFrame, layer: str, spec: Spec, *, without: str = "") -> pd.DataFrame:
    keep = pd.Series(True, index=frame.index)
    for key, terms in spec.items():
        if terms and key != without and layer in FACETS[key]:
            keep &= passes(frame, layer, key, terms)
    return frame[keep]


# ------------------------------------------------------------------ random filters


def some_terms(chance: random.Random, frame: pd.DataFrame, key: str, layer: str) -> list[str]:
    facet = FACETS[key]
    unknown = [UNKNOWN] if chance.random() < 0.4 else []
    if facet["kind"] == "flags":
        return chance.sample(facet[layer], chance.randint(0, 3)) + unknown
    if facet["kind"] in ("choice", "refs", "lens"):
        options = sorted({value for own in values_of(frame, key, layer) for value in own})
        own = [] if facet["kind"] == "lens" else unknown
        return chance.sample(options, min(len(options), chance.randint(0, 3))) + own
    known = numbers(frame, key, layer).dropna().sort_values().to_list()
    ends = sorted(chance.sample(known, 2))
    if facet["kind"] == "date":
        texts = [str(pd.Timestamp(day, unit="D").date()) for day in ends]
    else:
        texts = [str(round(end, 6)) for end in ends]
    low, high = chance.choice([texts, [texts[0], ""], ["", texts[1]]])
    return [f"{low}~{high}", *unknown] if chance.random() < 0.9 else unknown


def some_filter(chance: random.Random, frame: pd.DataFrame, layer: str) -> Spec:
    keys = [key for key, facet in FACETS.items() if layer in facet]
    chosen = chance.sample(keys, chance.randint(1, 4))
    return {key: some_terms(chance, frame, key, layer) for key in chosen}


def unfold_all(v: Visit) -> None:
    v.page.click("#refine")
    v.page.click(".facet-more")
    v.js("document.querySelectorAll('.facet-head[aria-expanded=false]').forEach((e) => e.click())")


READ = """() => Object.fromEntries([...document.querySelectorAll(".facet")].map((facet) => [
  facet.dataset.key,
  { options: [...facet.querySelectorAll(".check")].map((one) => [one.dataset.term,
      one.querySelector(".check-n").textContent, one.querySelector(".check-sum").textContent]),
    unknown: facet.querySelector(".unknown-n")?.textContent ?? null }]))"""


def figure(text: str) -> float:
    return float("".join(letter for letter in text if letter.isdigit() or letter == ".") or 0)


@pytest.mark.slow
@pytest.mark.random
@pytest.mark.parametrize("layer", LAYERS)
def test_filters_and_counts_agree_with_pandas(
    visit: Open, frames: dict[str, pd.DataFrame], layer: str
) -> None:
    frame = frames[layer]
    v = visit(f"#tab={layer}")
    unfold_all(v)
    chance = random.Random(11)
    own = schema().layers[layer].id
    for _ in range(times(10, 200)):
        spec = some_filter(chance, frame, layer)
        v.js("(spec) => gxq.filter(spec)", spec)
        assert sorted(v.js("(layer) => gxq.visible()[layer]", layer)) == sorted(
            passing(frame, layer, spec)[own]
        ), spec
        check_options(v.js(READ), frame, layer, spec)


def check_options(shown: dict[str, Any], frame: pd.DataFrame, layer: str, spec: Spec) -> None:
    """What each option says it would give, beside the other facets."""
    size = frame[page.filters()["total"][layer]]
    for key, facet in FACETS.items():
        if layer not in facet or facet["kind"] == "flags":
            continue
        others = passing(frame, layer, spec, without=key)
        if facet["kind"] in ("range", "distance", "date"):
            unknown = numbers(others, key, layer).isna().sum()
            assert figure(shown[key]["unknown"]) == unknown, (key, spec)
            continue
        have = values_of(frame, key, layer).loc[others.index]
        for value, n, total in shown[key]["options"]:
            rows = have.map(lambda own, v=value: not own if v == UNKNOWN else v in own).astype(bool)
            assert figure(n) == rows.sum(), (key, value, spec)
            assert figure(total) == pytest.approx(size[rows.index[rows]].sum(), abs=0.5), (
                key,
                value,
            )


def test_utilities_count_what_one_more_would_leave(
    visit: Open, frames: dict[str, pd.DataFrame]
) -> None:
    sites = frames["sites"]
    v = visit()
    v.js("gxq.filter({utilities: ['has_gas', 'has_heating']})")
    unfold_all(v)
    shown = {value: figure(n) for value, n, _ in v.js(READ)["utilities"]["options"]}
    chosen = sites[["has_gas", "has_heating"]].fillna(False).astype(bool).all(axis=1)
    for field, n in shown.items():
        assert n == (chosen & sites[field].fillna(False).astype(bool)).sum(), field


# ------------------------------------------------------------------ the unknown


def test_a_range_says_what_it_does_with_the_unknown(
    visit: Open, frames: dict[str, pd.DataFrame]
) -> None:
    price = frames["sites"]["start_price_wan_per_mu"]
    v = visit()
    v.page.click("#refine")
    v.page.click("[data-key=start_price] .facet-head")
    facet = "[data-key=start_price]"
    assert v.texts(f"{facet} .unknown-n") == [f"未提供 {price.isna().sum()} 宗"]
    v.page.fill(f"{facet} [data-end=max]", "３0")  # full width, as an input method types it
    v.page.keyboard.press("Enter")
    assert len(v.js("gxq.visible().sites")) == (price <= 30).sum()
    assert "≤ 30 万元/亩 · 不含未提供" in v.texts("#filters .chip")[0]
    v.page.click(f"{facet} [data-way=with]")
    assert len(v.js("gxq.visible().sites")) == ((price <= 30) | price.isna()).sum()
    assert "含未提供" in v.texts("#filters .chip")[0]
    assert "不含" not in v.texts("#filters .chip")[0]
    v.page.click(f"{facet} [data-way=only]")
    assert len(v.js("gxq.visible().sites")) == price.isna().sum()
    assert "仅未提供" in v.texts("#filters .chip")[0]
    v.page.click(f"{facet} [data-way=without]")
    assert len(v.js("gxq.visible().sites")) == price.notna().sum()
    v.page.fill(f"{facet} [data-end=max]", "abc")
    v.page.keyboard.press("Enter")
    invalid = v.page.locator(f"{facet} [data-end=max]").get_attribute("aria-invalid")
    assert invalid == "true"
    assert len(v.js("gxq.visible().sites")) == price.notna().sum()


def test_chips_count_and_are_removed_one_by_one_or_all(
    visit: Open, frames: dict[str, pd.DataFrame]
) -> None:
    sites = frames["sites"]
    v = visit()
    v.page.click("#refine")
    v.page.click(".facet[data-key=status] .check[data-term=available]")
    v.page.click(".facet[data-key=status] .check[data-term=reserve]")
    v.js("gxq.filter({...gxq.filter(), area: {min: 100}})")
    large = sites[sites["area_mu"] >= 100]["status"]
    counts = [int((large == status).sum()) for status in ("available", "reserve")]
    said = [text.replace("\n", " ") for text in v.texts("#filters .chip")]
    assert said == [
        f"可供 {counts[0]}",
        f"储备 {counts[1]}",
        f"面积 ≥ 100 亩 · 不含未提供 {sum(counts)}",
    ]
    assert v.texts("#refine .badge-n") == ["2"]
    v.page.click("#filters .chip >> nth=1")
    assert v.js("gxq.filter().status") == ["available"]
    v.page.click("#filters .link")
    assert len(v.js("gxq.visible().sites")) == len(sites)
    assert v.page.locator("#filters").is_hidden()


def test_figures_legend_and_map_follow(visit: Open, frames: dict[str, pd.DataFrame]) -> None:
    sites = frames["sites"]
    v = visit()
    v.js("gxq.filter({start_price: ['~25'], park: ['binhe', 'anquan']})")
    kept = sites[
        (sites["start_price_wan_per_mu"] <= 25) & sites["park_id"].isin(["binhe", "anquan"])
    ]
    free = kept[kept["status"] == "available"]
    assert str(len(free)) in v.texts("#figures .figure-n")[1]
    assert f"{free['area_mu'].sum():,.1f}" in v.texts("#figures .figure-n")[2]
    assert v.texts("#legend .entry .entry-n")[0] == str(len(free))
    assert v.texts("#result b") == [f"{len(kept)} 宗"]


# ------------------------------------------------------------------ units, links


def test_the_unit_of_area_is_chosen_once(visit: Open) -> None:
    v = visit()
    v.page.click("#refine")
    v.page.click("[data-key=area] .facet-head")
    v.page.click("[data-unit=m2]")
    assert "㎡" in v.texts("#list .row-tail")[0]
    assert "㎡" in v.texts("#figures .figure-n")[2]
    v.page.fill("[data-key=area] [data-end=min]", "100000")
    v.page.keyboard.press("Enter")
    assert v.js("gxq.filter().area") == ["150~"]
    assert "≥ 100,000 ㎡" in v.texts("#filters .chip")[0]
    again = visit(v.link())
    assert "㎡" in again.texts("#list .row-tail")[0]
    assert again.js("gxq.filter().area") == ["150~"]


def test_a_link_brings_back_every_filter(visit: Open, frames: dict[str, pd.DataFrame]) -> None:
    v = visit()
    chance = random.Random(5)
    brought = 0
    for layer in LAYERS:
        for _ in range(6):
            v.js("(spec) => gxq.filter(spec)", some_filter(chance, frames[layer], layer))
            wanted = v.js("gxq.filter()")
            if not wanted:
                continue
            address = v.link()
            v.js("gxq.filter(null)")
            v.go(address)
            brought += 1
            assert v.js("gxq.filter()") == wanted, address
    assert brought > 6


def test_table_sort_and_columns_are_in_the_link(visit: Open) -> None:
    v = visit("#table=1&sort=-area_mu&cols=sites:area_mu.status.no_such,nonsense:x&unit=zz")
    heads = v.texts(".head-cell")
    assert [text.split("\n")[0] for text in heads] == ["名称", "面积亩", "状态"]
    assert v.page.locator('[data-field=area_mu][aria-sort="descending"]').count() == 1
    assert "sort=-area_mu" in v.link()


def test_nonsense_in_a_link_is_left_out(visit: Open, frames: dict[str, pd.DataFrame]) -> None:
    bad = "area=~&status=?,x&start_price=9~1,a~b,1e9~&by=2026-99-99~&code=%2525&utilities=x,?"
    v = visit(f"#{bad}&use=__proto__&updated=~2026-02-30&sort=__proto__&table=7&cols=,,:")
    spec = v.js("gxq.filter()")
    assert spec["status"] == ["?"]
    assert spec["start_price"] == ["1~9"]
    assert spec["area"] == ["~"]
    assert spec["utilities"] == ["?"]
    assert spec["use"] == spec["by"] == spec["code"] == []
    v.js("gxq.filter({area: 7, status: {}, by: [null, {}], use: [null], park: 'anquan'})")
    assert v.js("gxq.filter().park") == ["anquan"]
    assert len(v.js("gxq.visible().sites")) == (frames["sites"]["park_id"] == "anquan").sum()


# ------------------------------------------------------------------ search


@pytest.mark.parametrize(
    ("typed", "field", "wanted"),
    [
        ("ＡＱ－０１５", "site_id", {"AQ-015"}),
        ("demo SITE aq-015", "site_id", {"AQ-015"}),
        ("　示范　AQ-015", "site_id", {"AQ-015"}),
        ("lhxq", "park_id", {"liaohe"}),
        ("sfdkaq015", "site_id", {"AQ-015"}),
        ("Liaohe New", "park_id", {"liaohe"}),
    ],
)
def test_search(
    visit: Open, frames: dict[str, pd.DataFrame], typed: str, field: str, wanted: set[str]
) -> None:
    sites = frames["sites"]
    n = int(sites[field].isin(wanted).sum())
    v = visit()
    v.page.fill("#search", typed)
    v.until(f"document.querySelector('#result b').textContent === '{n} 宗'")
    v.page.fill("#search", f"{typed} no-such-word")
    v.until("document.querySelector('#result b').textContent === '0 宗'")


# ------------------------------------------------------------------ phone, languages, other tabs


def test_phone_has_a_full_sheet_of_filters(visit: Open, frames: dict[str, pd.DataFrame]) -> None:
    v = visit(**PHONE_CONTEXT)
    v.page.tap("#refine")
    box = v.page.locator("#facets").bounding_box()
    assert box
    assert (box["width"], box["height"]) == (PHONE["width"], PHONE["height"])
    assert v.page.locator("#facets").get_attribute("aria-modal") == "true"
    v.page.tap(".facet[data-key=status] .check[data-term=available]")
    free = int((frames["sites"]["status"] == "available").sum())
    assert v.texts(".facets-done") == [f"显示 {free} 宗"]
    v.page.tap("[data-key=area] .facet-head")
    v.page.tap("[data-key=use] .facet-head")
    v.page.tap(".facet-more")
    small = """[...document.querySelectorAll(
        "#facets button, #facets input:not([type=checkbox]), #facets .check")]
      .filter((e) => e.checkVisibility()).map((e) => [e.className, e.getBoundingClientRect()])
      .filter(([, r]) => r.height < 43.5 || r.width < 43.5)
      .map(([name, r]) => `${name} ${r.width}x${r.height}`)"""
    assert v.js(small) == []
    v.page.tap(".facets-done")
    assert v.page.locator("#facets").is_hidden()
    assert len(v.js("gxq.visible().sites")) == free
    v.page.tap("#refine")
    v.page.keyboard.press("Escape")
    assert v.page.locator("#facets").is_hidden()
    assert v.js("document.activeElement.id") == "refine"
    assert v.js("document.querySelector('#stage').inert") is False


@pytest.mark.parametrize("context", [{}, PHONE_CONTEXT], ids=["desktop", "phone"])
def test_english_leaves_no_chinese_in_filters_and_table(
    visit: Open, context: dict[str, Any]
) -> None:
    v = visit("#lang=en&table=1&start_price=~30,?&utilities=has_gas&updated=2026-06-01~", **context)
    v.js("document.querySelector('#refine').click()")
    v.js("document.querySelector('.facet-more').click()")
    v.js("document.querySelectorAll('.facet-head[aria-expanded=false]').forEach((e) => e.click())")
    v.still()
    for part in ("#facets", "#filters", "#table", ".results"):
        for text in v.js(
            "(at) => [...document.querySelectorAll(at)].map((e) => e.textContent)", part
        ):
            assert not any("\u4e00" <= letter <= "\u9fff" for letter in text), text
            for wrong in ("undefined", "NaN", "[object", "filter."):
                assert wrong not in text


def test_each_control_of_the_filters_has_a_name(visit: Open) -> None:
    v = visit("#table=1")
    unfold_all(v)
    bare = """[...document.querySelectorAll(
        "#facets input, #facets button, #table button, #sort, #refine")]
      .filter((e) => e.checkVisibility() && !(e.ariaLabel || e.textContent.trim()
        || e.closest("label")?.textContent.trim()))
      .map((e) => e.outerHTML)"""
    assert v.js(bare) == []


def test_tabs_without_filters_offer_none(visit: Open) -> None:
    v = visit()
    for tab, offered in (("parks", False), ("sectors", False), ("carriers", True)):
        v.page.click(f"#tab-{tab}")
        assert v.page.locator("#refine").is_visible() is offered
    v.page.click("#refine")
    assert "类型" in v.texts(".facet-name")[0]
    v.page.click("#tab-sites")
    assert "状态" in v.texts(".facet-name")[0]


# ------------------------------------------------------------------ the declarative table


def test_every_filter_names_public_fields_of_its_kind(zone: Zone) -> None:
    types = {
        "choice": {"choice", "boolean"},
        "refs": {"ref", "refs"},
        "lens": {"choice"},
        "range": {"number", "integer"},
        "distance": {"number"},
        "date": {"date", "integer"},
        "flags": {"boolean"},
    }
    public = public_layers(zone, "public")
    assert len(FACETS) == len(page.filters()["filters"])
    for key, facet in FACETS.items():
        for layer in LAYERS:
            known = {**schema().layers[layer].fields, **schema().layers[layer].derived}
            for field in (
                [facet.get(layer, [])]
                if isinstance(facet.get(layer), str)
                else facet.get(layer, [])
            ):
                assert known[field].type in types[facet["kind"]], key
                assert field in public[layer], key
    for name, fields in page.filters()["columns"].items():
        assert set(fields) <= set(public[name])
    for name, sorts in page.filters()["sorts"].items():
        assert {sort.lstrip("-") for sort in sorts} <= set(public[name])


def test_no_filter_takes_a_name_that_links_use_otherwise() -> None:
    taken = {
        "v",
        "at",
        "lens",
        "lang",
        "theme",
        "tab",
        "base",
        "on",
        "need",
        "q",
        "keep",
        "compare",
    }
    taken |= {"unit", "sort", "table", "cols", "land", "price", "ready", "fresh"}
    assert not taken & set(FACETS)
