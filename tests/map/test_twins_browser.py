"""What Python and the page both do, on random input: colours, figures, CSV, notices, legends."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from gxq_geo.documents.drawing.labels import _halves
from gxq_geo.documents.drawing.layers import map_layers
from gxq_geo.documents.drawing.styles import Fill, Palette, blend, readable
from gxq_geo.documents.notices import notices
from gxq_geo.documents.totals import TotalsFormatter, ZoneTotals
from gxq_geo.investment_map import InvestmentMap
from gxq_geo.investment_map.payload import decode
from gxq_geo.questions.tables import escape_formula
from gxq_geo.schemas import schema
from gxq_geo.schemas.display import ValueFormatter, plain, tenths, whole
from gxq_geo.zone import Zone, open_zone
from tests.support.browser import visited
from tests.support.modules import modules_script
from tests.support.zones import SETTINGS, add, edit, tiny_zone

LANGS = ("zh", "en")
# More sectors than there are colours.
SECTORS = tuple("abcdefghi")
COLORS = st.integers(0, 0xFFFFFF).map("#{:06X}".format)


@pytest.fixture(scope="module")
def header(zone: Zone) -> dict[str, Any]:
    """What the page knows besides the records: schema, words, languages, style."""
    return dict(decode(InvestmentMap(zone).payload).header)


@pytest.fixture(scope="module")
def js(browser: Browser, header: dict[str, Any]) -> Iterator[Page]:
    """The page's modules, without a page; `TEXTS` writes figures in each language."""
    page = browser.new_page()
    script = modules_script(
        Csv="base/csv.js",
        Text="data/text.js",
        Palette="symbology/palette.js",
        Sectors="data/sectors.js",
        Shaping="labels/shaping.js",
    )
    page.add_script_tag(content=script)
    page.evaluate(
        """([data, sectors]) => {
          const layer = { n: sectors.length, get: () => null, id: (i) => sectors[i] };
          const tokens = Sectors.sectorTokens({ style: data.style, layer: () => layer });
          window.STYLE = data.style;
          window.PALETTE = Palette.createPalette(data.style, "light", tokens);
          window.SHAPES = Shaping.createShaping(PALETTE);
          window.TEXTS = {};
          for (const lang in data.langs) TEXTS[lang] = Text.createText(data, lang);
        }""",
        [header, SECTORS],
    )
    yield page
    page.close()


# ------------------------------------------------------------------ CSV


SIGNS = "=+-@＝＋－＠\t\r\n'\",0123456789.eE 亩A\u200b\xad\u3000"


@given(st.text(st.sampled_from(SIGNS), max_size=6))
@example("-5")
@example("-5.25")
@example("-1e5")
@example("-5\n")
@example("+86 537 000 0000")
@example("+8653700000000")
@example("=1+1")
@example("@x")
@example("\t=1")
@example("\r=1")
@example("-x")
@example("-１")
@example("\u200b\ufe0f\U000e0041\x85\x1c=1")
def test_a_text_is_guarded_against_formulas_alike(js: Page, text: str) -> None:
    assert js.evaluate("(text) => Csv.escapeFormula(text)", text) == escape_formula(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("-5", "-5"),
        ("-5.25", "-5.25"),
        ("+86 537", "'+86 537"),
        ("+8653700000000", "'+8653700000000"),
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("-x", "'-x"),
        ("A=1", "A=1"),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("－x", "'－x"),
        ("＠x", "'＠x"),
        (" =1", "' =1"),
        ("\n=1", "'\n=1"),
        ("\u200b=1", "'\u200b=1"),
        ("\xa0\u3000=1", "'\xa0\u3000=1"),
        ("\ufeff\u00ad@x", "'\ufeff\u00ad@x"),
        (" 亩", " 亩"),
    ],
)
def test_what_a_spreadsheet_would_evaluate_stays_a_text(text: str, written: str) -> None:
    assert escape_formula(text) == written


# ------------------------------------------------------------------ colours


@given(COLORS, COLORS, st.integers(0, 20))
def test_colours_are_mixed_alike(js: Page, ground: str, color: str, part: int) -> None:
    mixed = js.evaluate("([a, b, part]) => Palette.mix(a, b, part)", [ground, color, part / 20])
    assert mixed.upper() == blend(ground, color, part / 20)


def page_fill(js: Page, key: str) -> Fill:
    found = js.evaluate(
        """(key) => { const { color, edge = "", tint, ink } = PALETTE.fill(key);
        return [color, edge, tint, ink]; }""",
        key,
    )
    return Fill(*found)


@pytest.mark.parametrize("status", schema().domains["site_status"])
def test_a_status_looks_on_paper_as_on_the_page(js: Page, status: str) -> None:
    paper, page = Palette(SECTORS).status(status), page_fill(js, f"status:{status}")
    assert (page.color, page.edge) == (paper.color, paper.edge)
    assert (page.tint, page.text) == (paper.tint, paper.text)


@given(st.lists(st.sampled_from([*SECTORS, "unknown"]), min_size=1, max_size=4, unique=True))
def test_sectors_have_the_same_colours(js: Page, ids: list[str]) -> None:
    paper = Palette(SECTORS).sector(ids)
    key = f"sectors:{'+'.join(ids)}" if ids[1:] else f"sector:{ids[0]}"
    assert page_fill(js, key).color == paper.color
    one_by_one = [page_fill(js, f"sector:{id_}").color for id_ in ids]
    assert one_by_one == [paper.color, *paper.pattern_colors]


@given(st.text(st.sampled_from("ABGHMRSUW0123456789"), max_size=3))
def test_land_without_a_sector_has_the_same_colours(js: Page, land_use: str) -> None:
    use = js.evaluate("(code) => Sectors.useOf(STYLE, code)", land_use)
    assert page_fill(js, f"zoning:{use}").color.upper() == Palette(SECTORS).zoning(land_use).color


@given(COLORS, COLORS, COLORS)
def test_the_readable_text_colour_is_chosen_alike(js: Page, below: str, a: str, b: str) -> None:
    page = js.evaluate("([below, a, b]) => Palette.readable(below, a, b)", [below, a, b])
    assert page == readable(below, a, b)


# ------------------------------------------------------------------ figures and labels

NUMBERS = st.one_of(
    st.floats(0, 1e7, allow_nan=False),
    st.integers(0, 10**8).map(lambda n: n / 1000),
    st.integers(0, 3000).map(lambda n: n / 20),
)


@given(NUMBERS)
@example(0.05)
@example(2.675)
@example(1.005)
@example(999.95)
def test_numbers_are_rounded_alike(js: Page, number: float) -> None:
    page = js.evaluate("(x) => ['number', 'tenths', 'whole'].map((f) => TEXTS.zh[f](x))", number)
    assert page == [plain(number), tenths(number), whole(number)]


@pytest.mark.parametrize("lang", LANGS)
@given(number=NUMBERS)
def test_figures_have_the_same_words(js: Page, lang: str, number: float) -> None:
    fmt, units = ValueFormatter({}, lang), list(schema().units)
    script = """([lang, units, x]) => units.map((unit) =>
      [...TEXTS[lang].amount(x, unit, undefined), TEXTS[lang].unitOver(unit)])"""
    page = js.evaluate(script, [lang, units, number])
    for unit, (value, suffix, over) in zip(units, page, strict=True):
        if unit in ("km", "ha", "km2"):
            continue  # one decimal: the page's cards pass a function for it
        figure = fmt.amount(number, unit)
        assert (value, suffix, over) == (figure.value, figure.unit, fmt.unit_over(unit)), unit


@pytest.mark.parametrize("lang", LANGS)
@given(mu=NUMBERS)
def test_land_is_labelled_alike(js: Page, lang: str, mu: float) -> None:
    page = js.evaluate("([lang, mu]) => TEXTS[lang].area(mu)[0]", [lang, mu])
    figure = ValueFormatter({}, lang).area(mu)[0]
    assert page == [figure.value, figure.unit]


@given(st.text(st.sampled_from("蓼河新区杨家创业动力谷产业园"), min_size=6, max_size=14))
def test_a_long_chinese_name_breaks_at_the_same_place(js: Page, name: str) -> None:
    assert js.evaluate("(name) => SHAPES.breakCjk(name)", name) == _halves(name)


# ------------------------------------------------------------------ notices and legends


def random_zone(folder: Path, chance: random.Random) -> Zone:
    """A tiny zone with other settings, statuses, areas, sectors and marks."""
    tiny_zone(folder)
    lines = [
        'disclaimer_zh = "以批复为准。"\ndisclaimer_en = "As approved."',
        'map_review_no = "鲁S（2026）001号"',
    ]
    chosen = "\n".join(line for line in lines if chance.random() < 0.5)
    (folder / "zone.toml").write_text(f"{chosen}\n{SETTINGS}", "utf-8")
    surveyed, real = chance.random() < 0.5, chance.random() < 0.5
    for layer, id_field in (("sites", "site_id"), ("zoning", "zoning_id")):
        for record in getattr(open_zone(folder), layer)[id_field]:
            path = folder / f"{layer}.geojson"
            if layer == "sites":
                edit(path, record, "status", chance.choice([*schema().domains["site_status"]]))
                edit(path, record, "area_mu", chance.choice([None, chance.randint(1, 9999) / 10]))
            else:
                edit(path, record, "area_ha", chance.randint(1, 99999) / 100)
                some = chance.sample(["equipment", "materials", "a"], chance.randint(0, 3))
                edit(path, record, "sectors", some)
                edit(path, record, "land_use", chance.choice(["R2", "G1", "M1", "A", None]))
    sectors = {"name_zh": "示例甲", "name_en": "Example A", "rank": chance.choice([None, 1, 2])}
    add(folder / "sectors.csv", {"sector_id": "a", **sectors})
    for path in folder.glob("*.geojson"):
        text = path.read_text("utf-8")
        text = text.replace('"schematic"', '"digitised"') if surveyed else text
        path.write_text(text.replace('"demo":true', '"demo":false') if real else text, "utf-8")
    for path in folder.glob("*.csv") if real else ():
        path.write_text(path.read_text("utf-8").replace(",true,true\n", ",true,false\n"), "utf-8")
    return open_zone(folder)


NOTICES = "Array.from(document.querySelectorAll('#foot .notice'), (node) => node.textContent)"
LEGEND = """Array.from(document.querySelectorAll('#legend .entry'), (entry) =>
  Array.from(entry.querySelectorAll('span'), (span) => span.textContent))"""


@pytest.mark.parametrize("seed", range(6))
def test_notices_and_legend_say_the_same_on_paper(
    browser: Browser, tmp_path: Path, seed: int
) -> None:
    zone = random_zone(tmp_path / "layers", random.Random(seed))
    layers = map_layers(zone, "public")
    path = tmp_path / "map.html"
    InvestmentMap(zone).save(path)
    with visited(browser, path) as page:
        for lang in LANGS:
            fmt = ValueFormatter(layers.frames, lang)
            page.js("(lang) => gxq.lang(lang)", lang)
            paper = [f"{one['heading']} {one['text']}".strip() for one in notices(layers, fmt)]
            assert page.js(NOTICES) == paper
            sites, zoning, _ = TotalsFormatter(ZoneTotals(layers), fmt).legend()
            page.js("gxq.lens('availability')")
            assert entries(page.js(LEGEND), fmt) == [
                (row["label"], row["note"], row["value"]) for row in sites["rows"]
            ]
            page.js("gxq.lens('zoning')")
            shown = page.js(LEGEND)
            rows = [row for row in zoning["rows"] if row["picture"] != "mixed.svg"]
            assert [name for name, *_ in shown] == [row["label"] for row in rows]
            planned = [(row["label"], row["value"]) for row in rows if row["value"]]
            assert [(name, area) for name, _, area, _ in shown][: len(planned)] == planned


def entries(shown: list[list[str]], fmt: ValueFormatter) -> list[tuple[str, str, str]]:
    """Name, number and area of the entries of the page's legend, as paper says them."""
    return [(name, fmt.text("page.n_sites", n=n), area) for name, n, area, _ in shown]
