"""The page in three languages, one of them a file in a folder: switched without a reload."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.schemas import schema
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer
from tests.support import pseudo
from tests.support.browser import PHONE, Open, Visit

# What is read or heard in a part of the page: its texts, and the attributes that are words.
READ = """(selector) => {
  const said = [];
  const shown = (node) => node.checkVisibility ? node.checkVisibility() : true;
  for (const part of document.querySelectorAll(selector)) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (walker.nextNode())
      if (shown(walker.currentNode.parentElement)) said.push(walker.currentNode.data);
    for (const node of [part, ...part.querySelectorAll("*")])
      for (const name of ["aria-label", "title", "placeholder"])
        if (node.hasAttribute(name)) said.push(node.getAttribute(name));
  }
  return said.map((one) => one.trim()).filter(Boolean);
}"""

CUT = " ,.:;()/"
SITES = "AQ-015,BH-001"


@pytest.fixture(scope="module")
def page(zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("words")
    pseudo.write(home)
    path = home / "map.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GXQ_WORDS", str(home))
        InvestmentMap(zone).save(path)
    return path


@pytest.fixture(scope="module")
def data_words(zone: Zone) -> set[str]:
    """Whatever the records and the zone say themselves, which no words file can translate."""
    cells = (frame[name] for frame in map(zone.frame, zone.layers) for name in text_columns(frame))
    values = {str(one) for column in cells for one in column.explode().dropna().unique()}
    said, roads = zone.settings, zone.roads.dropna(subset=["road_no", "name_en"])
    values |= {
        f"{number} {name}" for number, name in zip(roads["road_no"], roads["name_en"], strict=True)
    }
    own = {said.name_en, said.short_en, said.title_en, said.disclaimer_en}
    return {one.strip(CUT) for one in values | own | {source["en"] for source in said.sources}}


def text_columns(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame if name not in ("geometry", "updated")]


def leaks(said: list[str], known: set[str]) -> list[str]:
    """Texts with letters that are neither in brackets nor words of a record."""
    left = {one: pseudo.unbracketed(one) for one in said}
    return [
        f"{one!r}: {rest!r}"
        for one, rest in left.items()
        for part in rest.split("·")
        if any(map(str.isalpha, part)) and part.strip(CUT) not in known
    ]


VIEWS = {
    "panel": ("", "#brand, #panel, #foot"),
    "legend": ("", "#legend, #lens, #tools, #furniture"),
    "zoning": ("lens=zoning", "#legend, #lens"),
    "land use": ("lens=landuse", "#legend"),
    "price": ("lens=price", "#legend"),
    "readiness": ("lens=readiness", "#legend"),
    "freshness": ("lens=freshness", "#legend"),
    "site": ("on=sites:AQ-015", "#card"),
    "carrier": ("on=carriers:C-AQ-01", "#card"),
    "park": ("on=parks:liaohe", "#card"),
    "block": ("on=zoning:Z-AQ-044", "#card"),
    "station": ("on=stations:{station}", "#card"),
    "table": ("table=1", "#table .table-head, #table .table-bar"),
    "chips": ("status=available&area=50~100&park=liaohe&ready=ready", "#filters, #result"),
    "comparison": (f"keep={SITES},carriers:C-AQ-01&compare=1", "#compare"),
    "shortlist": (f"keep={SITES}", "#tray"),
    "requirement": ("need=1,sites,area_mu:80,land_use:industrial,by:2027-06-30", "#need, #panel"),
}


def spoken(v: Visit, address: str, lang: str = pseudo.CODE) -> None:
    v.go(f"{address}&lang={lang}")
    assert v.js("gxq.lang()") == lang
    v.still()


def test_three_languages_are_a_list_and_switch_at_once(visit: Open, page: Path) -> None:
    v = visit("#on=sites:AQ-015", path=page)
    v.js("window.mark = 1")
    options = "#lang option"
    assert v.texts(options) == ["中文", "English", pseudo.NAME]
    assert v.js("document.querySelector('#lang select').ariaLabel") == "语言"
    for code, tag, label, area in (
        ("en", "en", "Available", "ha"),
        (pseudo.CODE, pseudo.CODE, "‹Available›", "‹ha›"),
        ("zh", "zh-CN", "可供", "亩"),
    ):
        v.page.select_option("#lang select", code)
        assert v.js("[gxq.lang(), document.documentElement.lang]") == [code, tag]
        assert v.texts("#legend .entry-name")[0] == label
        assert area in v.texts("#card-figures")[0]
        assert v.js("document.querySelector('#lang select').value") == code
    v.page.focus("#lang select")
    v.page.keyboard.press("ArrowDown")
    assert v.js("gxq.lang()") == "en"
    assert "lang=en" in v.link()
    assert v.js("window.mark") == 1


@pytest.mark.parametrize("lang", ["xx", "", "__proto__", "constructor", "zh,en", "%E0%A4%A", "0"])
def test_an_address_with_nonsense_opens_in_the_first(visit: Open, page: Path, lang: str) -> None:
    v = visit(f"#lang={lang}", path=page)
    assert v.js("gxq.lang()") == "zh"
    assert v.js(f"gxq.lang({lang!r})") == "zh"
    assert v.texts("#legend .entry-name")[0] == "可供"


@pytest.mark.parametrize("context", [{}, {"viewport": PHONE, "has_touch": True, "is_mobile": True}])
def test_the_switch_fits(visit: Open, page: Path, context: dict[str, object]) -> None:
    v = visit(f"#lang={pseudo.CODE}", path=page, **context)
    box = "document.querySelector('{}').getBoundingClientRect()"
    inner, outer = (v.js(f"{box.format(one)}.toJSON()") for one in ("#lang select", "#brand"))
    names = v.js(f"{box.format('#theme')}.toJSON()")
    assert outer["left"] <= inner["left"] < inner["right"] <= names["left"]
    assert inner["height"] >= (44 if context else 24)
    assert v.js("document.documentElement.scrollWidth <= innerWidth")


def test_no_word_is_out_of_reach(visit: Open, page: Path, zone: Zone, data_words: set[str]) -> None:
    v = visit(f"#lang={pseudo.CODE}", path=page)
    station = zone.stations["station_id"].iloc[0]
    found = {}
    for view, (address, selector) in VIEWS.items():
        spoken(v, address.format(station=station))
        said = v.js(READ, selector)
        assert any("‹" in one for one in said), view
        found[view] = leaks(said, data_words)
    assert {view: lost for view, lost in found.items() if lost} == {}


def test_no_word_of_the_filters_is_out_of_reach(
    visit: Open, page: Path, data_words: set[str]
) -> None:
    v = visit(f"#lang={pseudo.CODE}", path=page)
    v.page.click("#refine")
    said = v.js(READ, "#facets")
    assert len(said) > 30
    assert leaks(said, data_words) == []
    v.js("gxq.lang('en')")
    assert len(leaks(v.js(READ, "#facets"), data_words)) > 30


PAPER = ("on=sites:AQ-015", "on=carriers:C-AQ-01", "on=parks:liaohe", "lens=landuse")


@pytest.mark.parametrize("address", [*PAPER, f"keep={SITES}&compare=1"])
def test_no_word_on_paper_is_out_of_reach(
    visit: Open, page: Path, data_words: set[str], address: str
) -> None:
    v = visit(f"#lang={pseudo.CODE}&{address}", path=page)
    v.page.emulate_media(media="print")
    v.js("dispatchEvent(new Event('beforeprint'))")
    said = v.js(READ, "#compare" if "compare" in address else "#paper")
    assert any("‹" in one for one in said)
    assert leaks(said, data_words) == []


def test_names_of_records_are_the_nearest_that_there_are(visit: Open, page: Path) -> None:
    v = visit(f"#lang={pseudo.CODE}&on=parks:liaohe", path=page)
    assert v.texts("#card-title") == ["Liaohe New District"]
    assert v.js("document.querySelector('#card-title').lang") == "en"
    assert v.texts("#card [data-group=planning] dt")[0] == "‹Positioning›"


# ------------------------------------------------------------------ what records say themselves


def test_an_english_card_says_where_a_site_is_in_english(visit: Open) -> None:
    v = visit("#lang=en&on=sites:AQ-002")
    said = v.texts("#card [data-group=identity]")[0]
    assert "West of Kangtai Road" in said
    assert "East: a planned side road; south: a planned side road; west: site AQ-029" in said
    assert "Location (en)" not in said
    assert v.js("document.querySelector('#card [data-group=identity] [lang]')") is None
    v.js("gxq.lang('zh')")
    assert "康泰路以西" in v.texts("#card [data-group=identity]")[0]


def test_what_is_not_there_in_english_is_shown_and_marked_as_chinese(
    visit: Open, zone: Zone, tmp_path: Path
) -> None:
    sites = Layer(schema().layers["sites"], zone.sites.assign(address_en=None, name_en=None))
    partly = replace(zone, layers={**zone.layers, "sites": sites})
    InvestmentMap(partly, lang="en").save(tmp_path / "map.html")
    v = visit("#on=sites:AQ-002&table=1&cols=sites:address_zh", path=tmp_path / "map.html")
    marked = "[...document.querySelectorAll('{} [lang]')].map((e) => [e.lang, e.textContent])"
    chinese = ["zh-CN", zone.sites["address_zh"].iloc[1]]
    assert v.js(marked.format("#card [data-group=identity]")) == [chinese]
    assert v.js("document.querySelector('#card-title').lang") == "zh-CN"
    heads = v.texts("#table .head-cell")
    assert heads[1].startswith("Location")
    assert chinese in v.js(marked.format("#table"))
    v.js("gxq.lang('zh')")
    assert v.js("document.querySelectorAll('#card [lang], #table [lang]').length") == 0
    assert v.texts("#table .head-cell")[1].startswith("位置")
