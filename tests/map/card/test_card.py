"""The card as a reader uses it: what it says, whom it calls, what it shares, how one goes on."""

import re
from pathlib import Path

import pytest

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.schemas import schema
from gxq_geo.schemas.display import ValueFormatter
from gxq_geo.zone import Zone, open_zone
from gxq_geo.zone.access import distances
from tests.gallery import PHONE_CONTEXT
from tests.support import zones
from tests.support.browser import Open


def km(text: str) -> float:
    found = re.search(r"([\d.]+)\s*公里", text)
    assert found
    return float(found[1])


def test_one_area_in_three_units(visit: Open, zone: Zone) -> None:
    row = zone.sites[zone.sites["published"]].iloc[0]
    for lang in ("zh", "en"):
        said = visit(f"#on=sites:{row['site_id']}&lang={lang}").texts("#card-figures")[0]
        mu = row["area_mu"]
        for figure in (f"{mu:,.1f}", f"{mu / 15:,.1f}", f"{mu * 10000 / 15:,.0f}"):
            assert figure in said


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("layer", ["sites", "carriers"])
def test_figures_are_said_as_on_paper(visit: Open, zone: Zone, layer: str, lang: str) -> None:
    """Python and the page read the same formats of the schema: 20.8 万元/亩, CNY 208,000/mu."""
    formatter = ValueFormatter({}, lang)
    every = schema().layers[layer].fields.values()
    fields = [field for field in every if field.unit and field.unit != "mu"]
    frame = getattr(zone, layer)
    shown = frame[frame["published"]]
    v = visit(f"#lang={lang}")
    for row in shown.iloc[:: len(shown) // 12].to_dict("records"):
        v.js("([layer, id]) => gxq.select(layer, id)", [layer, row[schema().layers[layer].id]])
        card = re.sub(r"\s", "", v.texts("#card")[0])
        for field in fields:
            if (figure := formatter.value(row, field)) is not None:
                assert re.sub(r"\s", "", f"{figure.value}{figure.unit}") in card, field.name
    price = float(zone.sites.set_index("site_id").loc["AQ-015", "start_price_wan_per_mu"])
    v.js("() => gxq.select('sites', 'AQ-015')")
    per_hectare = formatter.per_hectare(price)
    assert per_hectare == {"zh": "", "en": "CNY 3,120,000/ha"}[lang]
    assert per_hectare in v.texts("#card-figures")[0]


def test_every_public_field_of_a_site_is_on_its_card(visit: Open) -> None:
    v = visit("#on=sites:AQ-015")
    said = v.texts("#card")[0]
    labels = ("用地性质", "容积率", "限高", "起始价", "保证金", "供电容量", "征收拆迁进度", "四至")
    for words in (*labels, "标准地指标"):
        assert words in said
    for words in ("示例联系人", "更新 2026", "边界来源 示意", "示范数据"):
        assert words in said


def test_places_have_names_and_agree_with_python(visit: Open, zone: Zone) -> None:
    wanted = distances(zone, "sites")
    v = visit()
    for i in zone.sites.index[zone.sites["published"]][::9]:
        v.js("(id) => gxq.select('sites', id)", zone.sites["site_id"][i])
        rows = {
            kind: [km(text) for text in v.texts(f"#card .places [data-kind={kind}]")]
            for kind in ("rail", "high_speed", "airport", "expressway")
        }
        nearest = min(rows["rail"] + rows["high_speed"])
        assert abs(nearest - wanted["station_km"][i]) <= 0.1001
        for kind, field in (("high_speed", "high_speed_km"), ("airport", "airport_km")):
            assert abs(min(rows[kind]) - wanted[field][i]) <= 0.1001
        assert abs(min(rows["expressway"]) - wanted["expressway_km"][i]) <= 0.1001
    assert "济宁站" in v.texts("#card .places")[0]


def test_nearby_sites_are_available_and_near(visit: Open, zone: Zone) -> None:
    v = visit("#on=sites:AQ-015")
    names = v.texts("#card .nearby .link")
    metric = zone.metric("sites")
    here = metric[metric["site_id"] == "AQ-015"].geometry.iloc[0]
    others = metric[(metric["status"] == "available") & (metric["site_id"] != "AQ-015")]
    nearest = others.assign(m=others.distance(here)).sort_values("m").head(3)
    assert names == list(nearest["name_zh"])
    assert v.texts("#card .nearby .far")[0] == "相邻"
    v.page.click("#card .nearby .link >> nth=0")
    assert v.texts("#card-title") == [names[0]]


def test_the_block_beneath_is_named_with_its_sectors(visit: Open, zone: Zone) -> None:
    row = zone.sites[zone.sites["site_id"] == "AQ-015"].iloc[0]
    v = visit("#on=sites:AQ-015")
    assert "装备制造" in v.texts("#card .beneath")[0]
    v.page.click("#card .beneath .link")
    assert row["zoning_id"] in v.texts("#card-below")[0]


def test_calling_copying_sharing(visit: Open) -> None:
    v = visit("#on=sites:AQ-015")
    assert v.page.locator("#card a.tel").get_attribute("href") == "tel:05370000004"
    v.js("document.addEventListener('copy', () => (window.copied = String(getSelection())))")
    v.page.click("#card .copy")
    v.until("document.getElementById('say').dataset.on === 'true'")
    assert v.texts("#say")[0] == "已复制"
    v.js("navigator.share = (what) => { window.shared = what; return Promise.resolve(); }")
    v.page.click("#card-actions [data-act=share]")
    shared = v.until("window.shared")
    assert "AQ-015" in shared["title"]
    assert "175.9 亩" in shared["text"]
    assert "0537-000-0004" in shared["text"]
    assert "url" not in shared, "the path of a file is no link"


def test_a_desk_takes_the_contact_along(visit: Open) -> None:
    v = visit("#on=sites:AQ-015")
    v.js("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    v.js("document.execCommand = () => { window.taken = String(getSelection()); return true; }")
    v.page.focus("#card-actions .call")
    v.page.keyboard.press("Enter")
    contact = "示例联系人 04 0537-000-0004"
    assert v.until("window.taken") == contact
    assert v.texts("#say") == [f"已复制：{contact}"]
    v.page.focus("#card a.tel")
    v.page.keyboard.press("Tab")
    assert v.js("document.activeElement.ariaLabel") == "复制电话"


def test_a_phone_calls(visit: Open) -> None:
    v = visit("#on=sites:AQ-015&lang=en", **PHONE_CONTEXT)
    call = v.page.locator("#card-actions .call")
    assert call.get_attribute("href") == "tel:05370000004"
    assert "Contact" in call.inner_text()


def test_copy_falls_back_to_a_selected_text(visit: Open) -> None:
    v = visit("#on=sites:AQ-015")
    v.js("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    v.js("document.execCommand = (what) => { window.how = what; return true; }")
    v.page.click("#card .copy")
    assert v.until("window.how") == "copy"
    assert v.texts("#say")[0] == "已复制"
    v.js("document.execCommand = () => false")
    v.page.click("#card .copy")
    v.until("document.getElementById('say').textContent.includes('手动')")


def test_an_old_record_is_warned_of_and_a_fresh_one_not(visit: Open, tmp_path: Path) -> None:
    folder = zones.tiny_zone(tmp_path / "layers")
    zones.edit(folder / "sites.geojson", "D-1", "updated", "2025-11-22")
    zones.edit(folder / "sites.geojson", "D-2", "updated", "2025-11-23")
    InvestmentMap(open_zone(folder)).save(tmp_path / "map.html")
    v = visit("#on=sites:D-1", path=tmp_path / "map.html")
    assert "超过 12 个月" in v.texts("#card .stale")[0]
    v.js("gxq.select('sites', 'D-2')")
    assert v.texts("#card .stale") == []
    v.js("gxq.select('sites', 'D-1'); gxq.lang('en')")
    assert "2025-11-22" in v.texts("#card .stale")[0]


def test_a_record_without_contact_takes_its_department(visit: Open, tmp_path: Path) -> None:
    InvestmentMap(open_zone(zones.tiny_zone(tmp_path / "layers"))).save(tmp_path / "map.html")
    v = visit("#on=sites:D-1", path=tmp_path / "map.html")
    assert v.texts("#card .tel") == ["0537-000-0001"]
    v.js("gxq.select('parks', 'dong')")
    assert "equipment" not in v.texts("#card .provenance")[0]


def test_park_shows_its_supply_and_its_sectors(visit: Open) -> None:
    v = visit("#on=parks:liaohe")
    said = v.texts("#card")[0]
    for words in ("功能定位", "招商引资和项目落地", "产业分区构成", "现代服务业", "查看本园区地块"):
        assert words in said
    assert v.page.locator("#card [data-part=mix] .bar .swatch").count() >= 3


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_thumb_steps_through_the_list(visit: Open, lang: str) -> None:
    v = visit(f"#lang={lang}", **PHONE_CONTEXT)
    names = v.texts("#list .row-head")
    v.page.tap("#list .row >> nth=0")
    assert v.texts("#card-title") == names[:1]
    assert re.match(r"1 / \d+", v.texts("#card-steps .count")[0])
    assert v.page.is_disabled("#card-steps [data-step=previous]")
    v.page.tap("#card-steps [data-step=next]")
    assert v.texts("#card-title") == [names[1]]
    for selector in ("#card-steps .round", "#card-actions .act", "#card-actions .call"):
        box = v.page.locator(selector).first.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44, selector


def test_the_list_is_not_needed_to_step_on_a_desktop(visit: Open) -> None:
    v = visit("#on=sites:AQ-015")
    assert not v.page.is_visible("#card-steps")
