"""Filters and a requirement are one thing: map, lists, table, export and counts tell of one set."""

import csv
import io

import pytest

from gxq_geo.matching.candidates import Candidates
from gxq_geo.zone import Zone
from gxq_geo.zone.publication import public_layers
from tests.support.browser import PHONE_CONTEXT, Open, Visit

WANTS = {"area_mu": 60, "sectors": ["new_materials", "equipment"], "budget_wan_per_mu": 30}
NEED = "need=1,sites,area_mu:60,sectors:new_materials:equipment,budget_wan_per_mu:30"
PARKS = ["binhe", "anquan"]
BOTH = f"#{NEED}&park={','.join(PARKS)}"

# What is written on the map from now on.
LISTEN = """(() => {
  window.drawn = [];
  for (const { prototype } of [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D]) {
    const own = prototype.fillText;
    prototype.fillText = function (text, ...rest) {
      window.drawn.push(text);
      return own.call(this, text, ...rest);
    };
  }
})()"""
ANEW = "window.drawn.length = 0"


@pytest.fixture(scope="module")
def ranked(zone: Zone) -> list[str]:
    """The sites of two parks that do not fail the requirement, best first, as Python ranks them."""
    sites = public_layers(zone, "public")["sites"]
    found = Candidates(sites, "sites").rank(WANTS)
    where = sites.set_index("site_id")["park_id"]
    kept = found[found["rank"].notna() & found["site_id"].map(where).isin(PARKS)]
    return list(kept["site_id"])


def exported(v: Visit) -> list[dict[str, str]]:
    with v.page.expect_download() as waited:
        v.page.click("#table [data-tool=export]")
    text = waited.value.path().read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def column(rows: list[dict[str, str]], field: str) -> list[str]:
    [head] = [name for name in rows[0] if name.endswith(f" {field}")]
    return [row[head] for row in rows]


# ------------------------------------------------------------------ one set


def test_a_requirement_ranks_what_the_filters_leave(visit: Open, ranked: list[str]) -> None:
    v = visit(BOTH)
    assert len(ranked) > 5
    assert v.js("gxq.visible().sites") == ranked
    listed = v.js("[...document.querySelectorAll('.found')].map((e) => e.dataset.id)")
    assert listed[:20] == ranked[:20]
    assert v.js("gxq.visible().carriers") == []
    assert v.js("gxq.need()") == {"layer": "sites", "wants": WANTS}
    assert sorted(v.js("gxq.filter().park")) == sorted(PARKS)


def test_no_two_counts_contradict(visit: Open, ranked: list[str]) -> None:
    v = visit(BOTH)
    n = len(ranked)
    assert v.texts("#result b") == [f"{n} 宗"]
    assert sum(int(text) for text in v.texts(".need-status")[0].split() if text.isdigit()) == n
    legend = v.js(
        "[...document.querySelectorAll('#legend .entry')].map((e) => +e.children[2].textContent)"
    )
    assert sum(legend) == n
    free = int(v.texts("#figures .figure-n")[1].removesuffix("宗"))
    assert free == legend[0]
    chips = dict(text.split("\n") for text in v.texts("#filters .chip:not(.want)"))
    assert sum(map(int, chips.values())) == n
    assert sum(map(int, v.texts(".need-list h3 .count"))) == n


def test_table_and_export_hold_the_rank(visit: Open, ranked: list[str]) -> None:
    v = visit(BOTH)
    v.page.click("#as-table")
    heads = v.texts("#table .head-cell")
    assert [head.split("\n")[0].strip("↑ ") for head in heads[:4]] == [
        "名称",
        "名次",
        "结论",
        "匹配度",
    ]
    first = v.texts("#table .table-row >> nth=0")[0].split("\n")
    assert first[:3] == [f"示范地块 {ranked[0]}", "1", "符合"]
    rows = exported(v)
    assert column(rows, "site_id") == ranked
    assert column(rows, "match_rank") == [str(k + 1) for k in range(len(ranked))]
    scores = {one["id"]: one["score"] for one in v.js("(w) => gxq.match(w, 'sites')", WANTS)}
    assert [float(score) for score in column(rows, "match_score")] == [scores[i] for i in ranked]


def test_the_table_sorts_by_score_and_back_to_the_rank(visit: Open, ranked: list[str]) -> None:
    v = visit(f"{BOTH}&table=1")
    v.page.click("#table [data-sort=match_score]")
    scores = [float(score) for score in column(exported(v), "match_score")]
    assert scores == sorted(scores)
    v.page.click("#table [data-sort=area_mu]")
    assert sorted(column(exported(v), "site_id")) == sorted(ranked)
    v.page.click("#table [data-sort=match_rank]")
    assert column(exported(v), "site_id") == ranked
    v.page.click("#need [aria-label=退出选址]")
    assert v.page.locator("#table [data-sort=match_rank]").count() == 0


def test_each_is_cleared_by_one_click(visit: Open) -> None:
    v = visit(BOTH)
    assert v.texts("#filters .want") == [
        "产业 新材料、装备制造",
        "面积不少于 60.0 亩",
        "地价预算 30 万元/亩",
    ]
    v.page.click("#filters .link")
    assert v.js("gxq.filter().park") == []
    assert v.js("gxq.need().wants") == WANTS
    v.page.click("#filters .want >> nth=2")
    assert "budget_wan_per_mu" not in v.js("gxq.need().wants")
    assert v.page.locator(".found").count() > 0
    v.js("gxq.filter({ status: ['available'] })")
    v.page.click(".need-head .link")
    assert v.js("gxq.need()") is None
    assert v.js("gxq.filter().status") == ["available"]
    free = len(v.js("gxq.visible().sites"))
    assert v.texts("#filters .chip") == [f"可供\n{free}"]


def test_without_the_last_need_the_form_is_back(visit: Open) -> None:
    v = visit("#need=1,sites,area_mu:60")
    v.page.click("#filters .want")
    assert v.js("gxq.need()") is None
    assert v.page.is_visible(".need-form")
    assert v.page.input_value("[name=area_mu]") == ""


def test_filters_are_at_hand_beside_the_results(visit: Open) -> None:
    v = visit(f"#{NEED}")
    before = len(v.js("gxq.visible().sites"))
    v.page.click("#refine")
    option = v.page.locator("#facets [data-key=status] .check[data-term=available]")
    said = int(option.locator(".check-n").inner_text())
    option.click()
    assert len(v.js("gxq.visible().sites")) == said < before
    assert v.texts("#result b") == [f"{said} 宗"]
    assert "项中排序" in v.texts(".need-list .need-hint")[0]
    v.page.click("#need [aria-label=退出选址]")
    assert v.page.is_visible(".seek #refine")


def test_the_link_brings_back_both(visit: Open, ranked: list[str]) -> None:
    v = visit()
    v.js(
        "([need, park]) => { gxq.filter({ park }); gxq.need(need); }",
        [{"layer": "sites", "wants": WANTS}, PARKS],
    )
    again = visit(v.link())
    assert again.js("gxq.visible().sites") == ranked
    again.js("gxq.need(null)")
    assert again.page.is_visible("#list")


def test_a_search_gives_way_to_a_requirement(visit: Open) -> None:
    v = visit("#q=AQ-015&tab=parks&sort=-area_mu")
    v.page.click("#need-open")
    v.page.fill("[name=area_mu]", "60")
    v.until("gxq.need() !== null")
    shown = len(v.js("gxq.visible().sites"))
    assert shown > 1
    assert v.texts("#result b") == [f"{shown} 宗"]


def test_a_park_lists_its_sites_without_the_requirement(visit: Open, zone: Zone) -> None:
    v = visit(f"#{NEED}&on=parks:binhe")
    v.page.click("#card .action")
    assert v.js("gxq.need()") is None
    assert len(v.js("gxq.visible().sites")) == int(
        (zone.sites["published"] & (zone.sites["park_id"] == "binhe")).sum()
    )


def test_buildings_are_counted_where_buildings_are_sought(visit: Open) -> None:
    v = visit("#need=1,carriers,floor_m2:5000&status=available")
    found = v.js("gxq.visible()")
    assert found["sites"] == []
    assert len(found["carriers"]) > 0
    assert v.texts("#figures .figure-n")[1] == str(len(found["carriers"]))
    assert v.texts("#figures .figure-label")[1] == "载体"
    assert f"载体 {len(found['carriers'])} 处" in v.texts("#legend .note")[0]
    assert v.texts("#filters .chip:not(.want)") == ["可供"]


def test_on_a_phone_both_are_seen_and_cleared(visit: Open) -> None:
    v = visit(BOTH, **PHONE_CONTEXT)
    assert v.page.locator("#filters .chip").filter(visible=True).count() == 5
    v.page.click("#panel .grip")
    assert v.page.is_visible("#refine")
    v.page.tap("#refine")
    v.page.tap(".facets-done")
    v.page.tap("#filters .chip:not(.want) >> nth=0")
    assert len(v.js("gxq.filter().park")) == 1


# ------------------------------------------------------------------ what the map says of land


@pytest.fixture
def heard(visit: Open) -> Visit:
    v = visit()
    v.js(LISTEN)
    return v


def written(v: Visit, part: str) -> str:
    """The first text written on the map that holds a part."""
    return str(v.until(f"window.drawn.find((text) => text.includes({part!r}))"))


def test_labels_follow_the_unit(heard: Visit, zone: Zone) -> None:
    free = zone.sites[(zone.sites["park_id"] == "anquan") & (zone.sites["status"] == "available")]
    mu = free["area_mu"].sum()
    for unit, said in (("ha", f"{mu / 15:,.1f} 公顷"), ("m2", f"{mu * 10000 / 15:,.0f} ㎡")):
        heard.js(ANEW)
        heard.go(f"unit={unit}")
        assert written(heard, said) == f"可供 {len(free)} 宗 · {said}"
    heard.js(ANEW)
    heard.js("gxq.select('sites', 'AQ-015')")
    assert written(heard, "117,267 ㎡")
    assert not heard.js("window.drawn.some((text) => / 亩| 公顷/.test(text))")


def test_labels_say_what_is_shown(heard: Visit, zone: Zone) -> None:
    sites = zone.sites[zone.sites["published"]]
    kept = sites[(sites["park_id"] == "anquan") & (sites["status"] == "reserve")]
    heard.js(ANEW)
    heard.js("gxq.filter({ status: ['reserve'] })")
    said = f"筛出 {len(kept)} 宗 · {kept['area_mu'].sum():,.1f} 亩"
    assert written(heard, said) == said
    assert not heard.js("window.drawn.some((text) => text.includes('可供'))")
    heard.page.click("#tab-parks")
    row = heard.page.locator("#list .row").filter(has_text="安全装备产业园")
    assert f"筛出 {len(kept)} 宗" in row.inner_text()
    assert f"{kept['area_mu'].sum():,.1f}" in row.inner_text()
    n = len(heard.js("gxq.visible().sites"))
    assert heard.texts("#tab-sites .count") == [str(n)]
    heard.js("gxq.filter(null)")
    assert "可供" in row.inner_text()


def test_sectors_count_what_the_other_filters_leave(visit: Open, zone: Zone) -> None:
    v = visit("#tab=sectors&park=binhe")
    sites = zone.sites[zone.sites["published"] & (zone.sites["park_id"] == "binhe")]
    n = int(sites["sectors"].map(lambda ids: "new_materials" in ids).sum())
    row = v.page.locator("#list .row").filter(has_text="新材料").first
    assert f"筛出 {n} 宗" in row.inner_text()
    row.click()
    assert f"筛出 {n} 宗" in row.inner_text()
    assert len(v.js("gxq.visible().sites")) == n


# ------------------------------------------------------------------ swatches of the list

MIDDLE = """(selector) => Promise.all([...document.querySelectorAll(selector)].map(async (node) => {
  const image = new Image();
  image.src = getComputedStyle(node).backgroundImage.slice(5, -2);
  await image.decode();
  const { width, height } = image;
  const ctx = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
  ctx.drawImage(image, 0, 0);
  return ctx.getImageData(width / 2, height / 2, 1, 1).data.join();
}))"""


@pytest.mark.parametrize("lens", ["price", "freshness"])
def test_the_list_shows_what_the_lens_shows(visit: Open, lens: str) -> None:
    v = visit(f"#lens={lens}&table=1")
    entries = v.page.locator("#legend .entry:not([data-off])").count()
    looks = set()
    for k in range(min(entries, 3)):
        v.page.click(f"#legend .entry >> nth={k}")
        [look] = v.js(MIDDLE, "#legend .entry[aria-pressed=true] .swatch")
        assert set(v.js(MIDDLE, "#list .row-mark .swatch")) == {look}
        assert set(v.js(MIDDLE, "#table .first-cell .swatch")) == {look}
        looks.add(look)
        v.page.click("#legend .clear")
    assert len(looks) > 1


@pytest.mark.parametrize("lens", ["availability", "zoning", "landuse", "price", "readiness"])
def test_a_row_says_its_status_in_words(visit: Open, zone: Zone, lens: str) -> None:
    v = visit(f"#lens={lens}&lang=en")
    ids = [name.split()[-1] for name in v.texts("#list .row-head")]
    status = zone.sites.set_index("site_id")["status"]
    words = {"available": "Available"}
    assert v.texts("#list .row-status") == [words[status[i]] for i in ids]
    v.js("gxq.filter({ status: ['operating'] })")
    assert set(v.texts("#list .row-status")) == {"Operating"}


# ------------------------------------------------------------------ what is said in passing


def test_there_is_one_notice_and_the_latest_stands(visit: Open) -> None:
    v = visit("#on=sites:AQ-015")
    v.page.click("#card [data-act=keep]")
    v.page.click("[data-tool=locate]")
    v.until("document.querySelector('#say').textContent.includes('定位')")
    assert (
        v.js("document.querySelectorAll('body > [role=status], #app > [role=status]').length") == 1
    )
    box = v.page.locator("#say").bounding_box()
    assert box
    assert box["y"] + box["height"] < 900
    v.until("document.querySelector('#say').textContent === ''", timeout=9000)
    assert v.js("document.querySelector('#say').dataset.on") == "false"
