"""The shortlist and the comparison, by click, tap and key, and in the link."""

from pathlib import Path

import pytest

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.zone import Zone, open_zone
from tests.gallery import PHONE_CONTEXT
from tests.support import zones
from tests.support.browser import Open, Visit

FIVE = "AQ-015,YJ-002,BS-002,AQ-004,BH-001"


def ids(v: Visit) -> list[str]:
    return [one["id"] for one in v.js("gxq.shortlist()")]


def test_empty_takes_no_room(visit: Open) -> None:
    v = visit()
    assert v.page.is_hidden("#tray")
    bottom = "document.getElementById('corner').getBoundingClientRect().bottom"
    before = v.js(bottom)
    v.js("gxq.shortlist([{layer: 'sites', id: 'AQ-015'}])")
    assert v.page.is_visible("#tray")
    assert v.js(bottom) < before - 40
    v.page.click("#tray .kept-drop")
    assert v.page.is_hidden("#tray")
    assert v.js(bottom) == before


def test_keep_and_drop_from_the_card_and_the_link_follows(visit: Open) -> None:
    v = visit("#on=sites:AQ-015")
    v.page.click("#card-actions [data-act=keep]")
    assert ids(v) == ["AQ-015"]
    assert v.texts("#card-actions [data-act=keep]") == ["移出备选"]
    assert "keep=AQ-015" in v.link()
    v.page.click("#card-actions [data-act=keep]")
    assert ids(v) == []
    assert "keep" not in v.link()


def test_a_sixth_is_refused_and_said(visit: Open) -> None:
    v = visit(f"#keep={FIVE}&on=sites:AQ-003")
    assert len(v.texts("#tray .kept")) == 5
    v.page.click("#card-actions [data-act=keep]")
    assert len(ids(v)) == 5
    assert "最多 5 项" in v.texts("#say")[0]


def test_numbers_stand_on_the_map(visit: Open) -> None:
    v = visit("#at=35.3646,116.6816,14")
    v.page.wait_for_timeout(500)
    stage = v.page.locator("#stage .folium-map")
    before = stage.screenshot()
    v.js("gxq.shortlist([{layer: 'sites', id: 'AQ-015'}])")
    v.until("!document.getElementById('tray').hidden")
    v.js("document.getElementById('tray').style.visibility = 'hidden'")
    v.page.wait_for_timeout(300)
    assert stage.screenshot() != before


@pytest.mark.parametrize(
    "nonsense",
    ["", ",,,", "no-such", "parks:anquan", "%E0%A4%A", "AQ-015," * 900, "carriers:", "%2525,%252C"],
)
def test_nonsense_in_the_link_is_left_out(visit: Open, nonsense: str) -> None:
    v = visit(f"#keep={nonsense}&compare=1")
    assert set(ids(v)) <= {"AQ-015"}
    assert v.page.is_hidden("#compare")


def test_ids_with_commas_and_signs_come_back(visit: Open, tmp_path: Path) -> None:
    folder = zones.tiny_zone(tmp_path / "layers")
    wild = ["a,b", "c%2Cd", "carriers:x", "e&f=#g", "h i"]
    for old, new in zip(["D-1", "D-2", "D-3", "X-1", "X-2"], wild, strict=True):
        zones.edit(folder / "sites.geojson", old, "site_id", new)
    InvestmentMap(open_zone(folder, partial=True)).save(tmp_path / "map.html")
    v = visit(path=tmp_path / "map.html")
    v.js("(ids) => gxq.shortlist(ids.map((id) => ({ layer: 'sites', id })))", wild)
    again = visit(v.link(), path=tmp_path / "map.html")
    assert ids(again) == [one for one in wild if one != "carriers:x"] or ids(again) == wild


def test_comparison_marks_what_differs_and_what_is_best(visit: Open, zone: Zone) -> None:
    v = visit(f"#keep={FIVE}")
    v.page.click("#tray .tray-go")
    assert v.page.is_visible("#compare")
    assert len(v.texts("#compare thead th")) == 5
    assert v.page.locator("#compare .inset").count() == 5
    mine = zone.sites.set_index("site_id").loc[FIVE.split(",")]
    best = v.texts("#compare [data-row=start_price_wan_per_mu] td.best")
    lowest = f"{mine['start_price_wan_per_mu'].min():g}"
    assert [text.removesuffix("最优").strip() for text in best] == [lowest]
    assert v.page.get_attribute("#compare [data-row=status]", "data-differs") == "false"
    assert v.page.get_attribute("#compare [data-row=area_mu]", "data-differs") == "true"
    before = v.page.locator("#compare tbody tr[data-row]").count()
    v.page.check("#compare-only")
    assert 0 < v.page.locator("#compare tbody tr[data-row]").count() < before
    assert v.page.locator("#compare [data-row=status]").count() == 0


def test_comparison_by_keyboard_and_link(visit: Open) -> None:
    v = visit(f"#keep={FIVE}")
    v.page.focus("#tray .tray-go")
    v.page.keyboard.press("Enter")
    assert v.js("document.activeElement.id") == "compare-title"
    assert "compare=1" in v.link()
    for _ in range(30):
        v.page.keyboard.press("Tab")
        inside = "document.activeElement.closest('#compare, body > *, body')?.id !== 'app'"
        assert v.js(inside)
    again = visit(v.link())
    assert again.page.is_visible("#compare")
    again.js("gxq.lang('en')")
    assert again.texts("#compare-title")[0].startswith("Shortlist compared")
    shown = again.texts("#compare tbody th")
    assert not any("\u4e00" <= letter <= "\u9fff" for text in shown for letter in text)
    v.page.keyboard.press("Escape")
    assert v.page.is_hidden("#compare")
    assert "tray-go" in v.js("document.activeElement.className")


def test_sites_and_buildings_side_by_side(visit: Open) -> None:
    v = visit("#keep=AQ-015,carriers:C-AQ-01&compare=1")
    assert "不适用" in v.texts("#compare [data-row=area_mu]")[0]
    assert v.page.get_attribute("#compare [data-row=area_mu]", "data-differs") == "false"
    assert "undefined" not in v.texts("#compare")[0]


def test_a_column_can_be_dropped_until_one_is_left(visit: Open) -> None:
    v = visit("#keep=AQ-015,YJ-002,BS-002&compare=1")
    v.page.click("#compare thead .kept-drop >> nth=0")
    assert len(v.texts("#compare thead th")) == 2
    v.page.click("#compare thead .kept-drop >> nth=0")
    assert v.page.is_hidden("#compare")
    assert ids(v) == ["BS-002"]


def test_on_a_phone_the_tray_is_in_the_sheet_and_labels_stay(visit: Open) -> None:
    v = visit(f"#keep={FIVE}", **PHONE_CONTEXT)
    assert v.js("!!document.getElementById('tray').closest('#panel')")
    v.page.tap("#tray .tray-go")
    scroller = v.page.locator("#compare .compare-scroll")
    assert scroller.evaluate("(e) => e.scrollWidth > e.clientWidth + 100")
    scroller.evaluate("(e) => e.scrollTo(300, 0)")
    left = "document.querySelector('#compare tbody th[scope=row]').getBoundingClientRect().left"
    assert abs(v.js(left)) < 1
    assert v.js("document.documentElement.scrollWidth") <= 390
