"""The page in a real browser, opened from a file with the network cut, used as a reader would."""

import random
from pathlib import Path
from typing import Any

import folium
import pytest

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.schemas import schema
from gxq_geo.zone import Zone, open_zone
from tests.support import zones
from tests.support.browser import PHONE, PHONE_CONTEXT, Open, Visit


def save(folder: Path, path: Path, **options: Any) -> Path:
    InvestmentMap(open_zone(folder), **options).save(path)
    return path


def centre_of(visit: Visit, selector: str) -> tuple[float, float]:
    box = visit.page.locator(selector).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


# ------------------------------------------------------------------ opening, looking


def test_opens_without_a_request_or_a_word_and_lists_ten_parks(visit: Open) -> None:
    v = visit()
    v.page.click("#tab-parks")
    assert len(v.texts("#list .row")) == 10
    assert v.texts("#figures .figure-n")[0] == "10"
    assert "蓼河新区" in v.texts("#list .row-head")
    assert v.page.title() == "济宁高新区 产业招商地图"
    assert [url.split(":")[0] for url in v.requests] == ["file"] * len(v.requests)
    assert len([url for url in v.requests if url.startswith("file")]) == 1


def test_map_is_drawn(visit: Open) -> None:
    v = visit()
    painted = """(() => { const colours = new Set();
      for (const canvas of document.querySelectorAll(".folium-map canvas")) {
        const { width, height } = canvas;
        if (!width || !height) continue;
        const copy = Object.assign(document.createElement("canvas"), { width, height });
        copy.getContext("2d").drawImage(canvas, 0, 0);
        const pixels = copy.getContext("2d").getImageData(0, 0, width, height).data;
        for (let k = 0; k < pixels.length; k += 4004) colours.add(pixels.slice(k, k + 3).join());
      }
      return colours.size; })()"""
    v.until(f"{painted} > 20")


def test_figures_agree_with_the_zone(visit: Open, zone: Zone) -> None:
    free = zone.sites[(zone.sites["status"] == "available") & zone.sites["published"]]
    v = visit()
    shown = [text.split("\n")[0] for text in v.texts("#figures .figure-n")]
    assert str(len(free)) in shown[1]
    assert f"{free['area_mu'].sum():,.1f}" in shown[2]


def test_notices_are_said(visit: Open) -> None:
    foot = visit().texts("#foot")[0]
    for words in ("数据日期", "示意", "示范数据", "审图号", "未提供", "来源"):
        assert words in foot


def test_lens_changes_legend_and_address(visit: Open) -> None:
    v = visit()
    assert v.texts("#legend .entry-name")[0] == "可供"
    v.page.click("#lens [data-value=zoning]")
    assert "装备制造" in v.texts("#legend .entry-name")
    assert v.js("gxq.lens()") == "zoning"
    assert "lens=zoning" in v.link()


def test_language_changes_at_once_and_leaves_no_chinese(visit: Open) -> None:
    v = visit("#on=sites:AQ-004")
    v.page.click("#lang [data-value=en]")
    assert v.js("document.documentElement.lang") == "en"
    assert v.page.title() == "Jining High-tech Zone Investment Map"
    chrome = "#figures, #tabs, #legend, #lens, #foot, #card-mark, #card dt, #card h3, #result"
    for text in v.texts(chrome):
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in text), text
    labels = v.js("[...document.querySelectorAll('[aria-label]')].map((e) => e.ariaLabel)")
    assert not any("\u4e00" <= letter <= "\u9fff" for text in labels for letter in text)
    assert "lang=en" in v.link()
    v.page.click("#lang [data-value=zh]")
    assert v.texts("#legend .entry-name")[0] == "可供"


def test_theme_goes_round(visit: Open) -> None:
    v = visit()
    ground = "getComputedStyle(document.querySelector('#panel')).backgroundColor"
    light = v.js(ground)
    v.page.click("#theme")
    v.page.click("#theme")
    assert v.js("gxq.theme()") == "dark"
    assert v.js(ground) != light
    v.page.click("#theme")
    assert v.js("gxq.theme()") == "auto"


# ------------------------------------------------------------------ finding, choosing


def test_click_on_the_map_opens_a_card(visit: Open) -> None:
    v = visit("#at=35.4,116.7,13")
    v.js("gxq.select('sites', 'AQ-004')")
    v.still()
    v.js("gxq.select(null)")
    assert v.page.locator("#card").is_hidden()
    size = v.js("map_gxq.getSize()")
    left, top = v.js("(({ x, y }) => [x, y])(map_gxq.getContainer().getBoundingClientRect())")
    point = v.js(
        "(([lon, lat]) => (({ x, y }) => [x, y])(map_gxq.latLngToContainerPoint([lat, lon])))",
        middle_of("sites", "AQ-004"),
    )
    assert 0 < point[0] < size["x"]
    v.page.mouse.click(left + point[0], top + point[1])
    v.until("!document.getElementById('card').hidden")
    assert "AQ-004" in v.texts("#card-title")[0]


def middle_of(layer: str, record: str) -> list[float]:
    frame = open_zone(Path(__file__).parents[3] / "layers").frame(layer)
    chosen = frame[frame[schema().layers[layer].id] == record]
    place = chosen.geometry.iloc[0].representative_point()
    return [place.x, place.y]


def test_click_on_the_list_selects(visit: Open) -> None:
    v = visit()
    v.page.click("#list .row >> nth=2")
    name = v.texts("#list .row .row-head")[2]
    assert v.texts("#card-title") == [name]
    assert v.page.locator("#list .row.picked").count() == 1
    assert v.texts("#card .badge") == ["示范数据", "示意"]
    v.page.click("#card-close")
    assert v.page.locator("#card").is_hidden()


def test_card_says_missing_and_units(visit: Open, zone: Zone) -> None:
    row = zone.sites[zone.sites["min_tax_wan_per_mu"].isna() & zone.sites["published"]].iloc[0]
    v = visit(f"#on=sites:{row['site_id']}")
    assert "未提供" in v.texts("#card [data-group=price]")[0]
    assert "公顷" in v.texts("#card-figures")[0]
    assert "/ 8 已通" in v.texts("#card [data-group=utilities] h3")[0]
    phone = v.page.locator("#card a.tel")
    assert (phone.get_attribute("href") or "").startswith("tel:0537")


@pytest.mark.parametrize("layer", ["sites", "carriers", "parks", "zoning", "stations"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_records_have_cards(visit: Open, zone: Zone, layer: str, lang: str) -> None:
    ids = list(zone.frame(layer)[schema().layers[layer].id])[:80]
    v = visit(f"#lang={lang}")
    titles = v.js(
        """([layer, ids]) => ids.map((id) => {
          gxq.select(layer, id);
          return document.getElementById("card-title").textContent; })""",
        [layer, ids],
    )
    assert all(titles)
    shown = v.texts("#card")[0]
    for wrong in ("undefined", "null", "NaN", "[object"):
        assert wrong not in shown


def test_legend_filters_and_shows_all_again(visit: Open, zone: Zone) -> None:
    v = visit()
    everything = len(v.js("gxq.visible().sites"))
    v.page.click("#legend [data-key='status:available']")
    free = v.js("gxq.visible().sites")
    assert len(free) == int((zone.sites["status"] == "available").sum())
    assert v.texts("#filters .chip-words") == ["可供"]
    assert "status=available" in v.link()
    v.page.click("#legend .clear")
    assert len(v.js("gxq.visible().sites")) == everything
    v.page.click("#legend [data-key='status:reserve']")
    v.page.click("#filters .chip")
    assert len(v.js("gxq.visible().sites")) == everything


def test_sector_and_park_filter(visit: Open, zone: Zone) -> None:
    v = visit()
    v.page.click("#tab-sectors")
    v.page.click("#list .row >> nth=0")
    wanted = [row.site_id for row in zone.sites.itertuples() if "equipment" in row.sectors]
    assert sorted(v.js("gxq.visible().sites")) == sorted(wanted)
    v.js("gxq.select('parks', 'anquan')")
    v.page.click("#card .action")
    inside = zone.sites[zone.sites["park_id"] == "anquan"]["site_id"]
    assert sorted(v.js("gxq.visible().sites")) == sorted(inside)
    assert v.js("gxq.filter(null).park") == []


def test_search_by_name_id_and_park(visit: Open) -> None:
    v = visit()
    v.page.fill("#search", "aq-00 安全")
    heads = "[...document.querySelectorAll('#list .row-head')].map((head) => head.textContent)"
    v.until(f"{heads}.length && {heads}.every((head) => head.includes('AQ-00'))")
    v.page.click("#tab-parks")
    v.page.fill("#search", "lhxq")
    v.until("document.querySelectorAll('#list .row').length === 1")
    assert v.texts("#list .row-head") == ["蓼河新区"]
    v.page.fill("#search", "no such thing")
    v.until("!document.getElementById('empty').hidden")
    assert "没有符合条件" in v.texts("#empty")[0]


def test_hover_on_the_list_reaches_the_map_without_moving_it(visit: Open) -> None:
    v = visit()
    before = v.js("JSON.stringify(map_gxq.getCenter())")
    v.page.hover("#list .row >> nth=1")
    v.still()
    assert v.js("JSON.stringify(map_gxq.getCenter())") == before


def test_keyboard_reaches_and_opens(visit: Open) -> None:
    v = visit()
    v.page.focus("#tab-sites")
    v.page.keyboard.press("ArrowRight")
    assert v.js("document.activeElement.id") == "tab-carriers"
    v.page.keyboard.press("ArrowLeft")
    v.page.focus("#list")
    v.page.keyboard.press("ArrowDown")
    v.page.keyboard.press("ArrowDown")
    assert v.js("document.getElementById('list').getAttribute('aria-activedescendant')") == "row-1"
    v.page.keyboard.press("Enter")
    assert v.page.locator("#card").is_visible()
    assert v.js("document.activeElement.id") == "card-title"
    v.page.keyboard.press("Escape")
    assert v.page.locator("#card").is_hidden()
    assert v.js("document.activeElement.id") == "list"
    seen = set()
    for _ in range(60):
        v.page.keyboard.press("Tab")
        seen.add(v.js("document.activeElement.id || document.activeElement.className"))
    assert {"theme", "tab-sites", "search", "list", "fold", "tool"} <= seen


# ------------------------------------------------------------------ links


def test_a_link_reopens_the_same_view(visit: Open) -> None:
    v = visit()
    v.js("gxq.lens('zoning'); gxq.lang('en'); gxq.theme('dark'); gxq.filter({park: ['liaohe']})")
    v.js("gxq.select('parks', 'liaohe')")
    v.still()
    v.js("map_gxq.setView([35.41, 116.68], 12.5, {animate: false})")
    assert ",12.50," in v.link()
    again = visit(v.link())
    assert again.js("[gxq.lens(), gxq.lang(), gxq.theme(), gxq.filter().park[0]]") == [
        "zoning",
        "en",
        "dark",
        "liaohe",
    ]
    assert again.js("map_gxq.getZoom()") == 12.5
    # The same place lies at the same place of the window, to a pixel or two.
    middle = "map_gxq.containerPointToLatLng([400, 300])"
    was, now = v.js(middle), again.js(middle)
    assert abs(now["lat"] - was["lat"]) < 4e-4
    assert abs(now["lng"] - was["lng"]) < 4e-4
    assert again.texts("#card-title") == v.texts("#card-title")
    assert again.link() == v.link()


def test_the_view_follows_its_address(visit: Open) -> None:
    """Typed in, gone back to, or asked for by another script."""
    v = visit("#lens=price")
    v.link()
    v.js("location.hash = 'lens=zoning&lang=en&on=sites:AQ-015'")
    v.until("gxq.lens() === 'zoning' && gxq.lang() === 'en' && gxq.select()?.id === 'AQ-015'")
    v.link()
    v.page.go_back()  # closes the card
    v.until("gxq.lens() === 'zoning' && gxq.select() === null")
    v.page.go_back()
    v.until("gxq.lens() === 'price' && gxq.lang() === 'zh' && gxq.select() === null")
    here = v.js("gxq.link('#lens=landuse&at=35.41,116.68,12.5')")
    assert here.startswith("#v=1&at=35.41000,116.68000,12.50&lens=landuse")
    assert v.js("gxq.lens()") == "landuse"
    assert v.link() == here
    assert v.js("gxq.link('nonsense')") == v.js("gxq.link('')")


def test_no_address_breaks_the_page(visit: Open) -> None:
    v = visit("#v=1&at=NaN,1e999,-3&lens=__proto__&lang=xx&on=sites:&on=&theme=%E0%A4%A&status=,,")
    chance = random.Random(7)
    keys = ["at", "lens", "lang", "on", "tab", "theme", "status", "sector", "park", "q", "v", ""]
    values = ["", "1,2,3", "sites:AQ-004", "sites:x", "parks:anquan", "%", "%ff", "<b>", "zoning"]
    values += ["en", "constructor", "carriers", "9" * 400, "0,0,0", "35.4,116.7,12", "\u0000"]
    for _ in range(60):
        pairs = [f"{chance.choice(keys)}={chance.choice(values)}" for _ in range(5)]
        v.js("(hash) => { location.hash = hash; }", "&".join(pairs))
        v.page.wait_for_timeout(15)
    v.js("gxq.lang('zh')")
    assert v.texts("#lens button") == [
        "可供地块",
        "产业分区",
        "用地性质",
        "起始价",
        "供地条件",
        "更新时间",
    ]
    assert v.js("Number.isFinite(map_gxq.getZoom())")


def test_works_in_a_frame_without_an_address(visit: Open, zone_page: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer.html"
    escaped = zone_page.read_text("utf-8").replace("&", "&amp;").replace('"', "&quot;")
    waiting = "<script>window.gxq = {ready: Promise.resolve()}</script>"
    frame = f'<iframe width="1200" height="800" srcdoc="{escaped}"></iframe>'
    outer.write_text(f"<!DOCTYPE html><meta charset=utf-8>{waiting}{frame}", "utf-8")
    v = visit(path=outer)
    inner = v.page.frames[1]
    inner.evaluate("gxq.ready")
    inner.evaluate("gxq.select('sites', 'AQ-004')")
    v.page.wait_for_timeout(400)
    assert "AQ-004" in inner.locator("#card-title").inner_text()


# ------------------------------------------------------------------ phone, paper, old browsers


def test_phone_has_a_sheet_with_three_stops(visit: Open) -> None:
    v = visit(**PHONE_CONTEXT)
    height = "document.getElementById('panel').getBoundingClientRect().height"
    half = v.js(height)
    v.page.tap("#panel .grip")
    v.still()
    full = v.js(height)
    v.page.tap("#panel .grip")
    v.still()
    title = v.js(height)
    assert title < half < full
    v.page.tap("#panel .grip")
    x, y = centre_of(v, "#panel .grip")
    v.page.mouse.move(x, y)
    v.page.mouse.down()
    v.page.mouse.move(x, 120, steps=8)
    v.page.mouse.up()
    v.still()
    assert v.js(height) == full
    v.page.tap("#list .row >> nth=0")
    assert v.page.locator("#card").is_visible()
    assert v.js("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_phone_targets_are_large(visit: Open, lang: str) -> None:
    v = visit(f"#lang={lang}&on=sites:AQ-004", **PHONE_CONTEXT)
    small = """[...document.querySelectorAll("button, a, input, [role=option]")]
      .filter((e) => e.checkVisibility() && !e.classList.contains("grip"))
      .map((e) => [e.id || e.className, e.getBoundingClientRect()])
      .filter(([, r]) => r.width && (r.width < 43.5 || r.height < 43.5))
      .map(([name, r]) => `${name} ${r.width}x${r.height}`)"""
    assert v.js(small) == []
    v.page.tap("#card-close")
    v.page.tap(".fold")
    assert v.js(small) == []


def test_paper_shows_map_legend_and_notices(visit: Open, tmp_path: Path) -> None:
    v = visit("#theme=dark")
    v.js("dispatchEvent(new Event('beforeprint'))")
    v.page.emulate_media(media="print")
    assert v.page.locator("#list").is_hidden()
    assert v.page.locator("#paper img").is_visible()
    assert "示意" in v.texts(".paper-foot")[0]
    assert "可供" in v.texts(".paper-legend")[0]
    v.js("dispatchEvent(new Event('afterprint'))")
    assert v.page.locator("#paper img").count() == 0
    pdf = v.page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")


def test_bands_of_a_draft_and_of_the_internal_edition(visit: Open, tmp_path: Path) -> None:
    folder = zones.tiny_zone(tmp_path / "layers")
    page = save(folder, tmp_path / "map.html", draft=True, audience="internal")
    for context in ({}, PHONE_CONTEXT):
        v = visit(path=page, **context)
        assert v.page.locator("#bands [data-band=draft]").is_visible()
        assert v.page.locator("#bands [data-band=internal]").is_visible()


def test_added_folium_elements_are_drawn_from_the_file_alone(visit: Open, tmp_path: Path) -> None:
    m = InvestmentMap(open_zone(zones.tiny_zone(tmp_path / "layers")))
    folium.Marker([35.4, 116.6]).add_to(m)
    folium.Circle([35.4, 116.6], radius=500, color="#B3262E").add_to(m)
    m.save(tmp_path / "map.html")
    v = visit(path=tmp_path / "map.html")
    assert v.page.locator(".leaflet-marker-icon").count() == 1
    assert v.page.locator(".leaflet-overlay-pane path").count() == 1
