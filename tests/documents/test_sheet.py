"""Site sheets on paper: what they say, that nothing is cut, and that they keep what is internal."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from pypdf import PdfReader

from gxq_geo import words
from gxq_geo.cli.example import example_folder
from gxq_geo.documents import site_sheets, typst_pdf
from gxq_geo.documents.drawing import svg
from gxq_geo.documents.drawing.styles import Palette
from gxq_geo.documents.drawing.symbols import station_symbol
from gxq_geo.documents.drawing.text import TextStyle, text_line
from gxq_geo.schemas import schema
from gxq_geo.schemas.display import ValueFormatter, known, tenths
from gxq_geo.zone import Zone, open_zone
from gxq_geo.zone.access import places
from gxq_geo.zone.publication import public_layers
from tests.support.command import gxq
from tests.support.pages import MM, Pages
from tests.support.zones import edit, load_features, save_features, tiny_zone

# The first says most of the example, the last least; all parks but two, each status.
SOME = ("AQ-015", "LH-003", "BH-001", "YJ-007")
LANGS = ("zh", "en")
MARGIN_MM = 10
ADDRESS = "https://example.cn/map.html"


@pytest.fixture(scope="module")
def zone() -> Zone:
    return open_zone(example_folder())


@pytest.fixture(scope="module")
def book(zone: Zone) -> Pages:
    """Four sites, each in Chinese and in English."""
    return Pages(site_sheets(zone, SOME, langs=LANGS))


def squeezed(*said: object) -> str:
    return re.sub(r"\s", "", "".join(map(str, said)))


# ------------------------------------------------------------------ what stands on it


def test_each_site_has_one_a4_page_in_each_language(book: Pages) -> None:
    assert len(book) == len(SOME) * len(LANGS)
    assert {book.size_mm(k) for k in range(len(book))} == {(210, 297)}


def test_names_are_words_that_can_be_searched(zone: Zone, book: Pages) -> None:
    sites, parks = zone.sites.set_index("site_id"), zone.parks.set_index("park_id")
    for k, site in enumerate(SOME):
        for j, lang in enumerate(LANGS):
            text = book.text(2 * k + j)
            assert squeezed(sites.loc[site, f"name_{lang}"]) in text
            assert squeezed(parks.loc[sites.loc[site, "park_id"], f"name_{lang}"]) in text
            assert squeezed(zone.settings.name(lang)) in text
    assert "Available" not in book.text(0)
    assert "可供" not in book.text(1)


def figures_of(zone: Zone, site: str, lang: str) -> dict[str, str]:
    """Label and figure of every field that a sheet shows in its columns, as the API has them."""
    layers = public_layers(zone, "public")
    fmt, of = ValueFormatter(layers, lang), schema().layers["sites"]
    (found,) = layers["sites"].query("site_id == @site").to_dict("records")
    record = {str(name): value for name, value in found.items()}
    groups = ("planning", "indicators", "price", "readiness", "utilities")
    first = ("area_mu", "start_price_wan_per_mu", "far_min", "far_max", "term_years")
    fields = [one for one in fmt.fields_of(of) if one.group in groups and one.name not in first]
    missing = fmt.text("page.missing")
    return {
        fmt.label(one): str(fmt.value(record, one) or missing)
        for one in fields
        if not (one.type == "boolean" and one.group == "utilities" and known(record[one.name]))
        and one.name not in ("sectors", "zoning_id")
    }


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("site", SOME)
def test_every_figure_is_the_one_from_the_api(
    zone: Zone, book: Pages, site: str, lang: str
) -> None:
    text = book.text(2 * SOME.index(site) + LANGS.index(lang))
    fmt = ValueFormatter(public_layers(zone, "public"), lang)
    said = figures_of(zone, site, lang)
    assert len(said) > 12
    for label, value in said.items():
        assert squeezed(label, value) in text
    for one in places(zone, "sites", [site]).itertuples():
        km = squeezed(tenths(float(str(one.km))), fmt.unit("km"))
        name = squeezed(fmt.name_of(str(one.to_layer), one.to_id))
        assert re.search(re.escape(name) + r"\D{0,20}" + re.escape(km), text)
    (area,) = zone.sites.query("site_id == @site")["area_mu"]
    main, *others = fmt.area(float(area))
    assert squeezed(main, *fmt.label(schema().layers["sites"].fields["area_mu"])) in text
    assert squeezed(" · ".join(map(str, others))) in text


@pytest.mark.parametrize("page", range(2))
def test_what_is_schematic_or_a_demo_or_lacking_is_said(zone: Zone, book: Pages, page: int) -> None:
    text, lang = book.text(page), LANGS[page]
    for key in ("badge_demo", "badge_schematic", "notice_demo", "missing", "review_no"):
        assert squeezed(words.text(f"page.{key}", lang)) in text
    assert squeezed(getattr(zone.settings, f"disclaimer_{lang}")) in text
    assert str(zone.data_date) in text
    for source in zone.settings.sources:
        assert squeezed(words.pick(source, lang)) in text


def test_a_site_of_which_nothing_is_known_says_so(tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path)
    features = load_features(folder / "sites.geojson")
    known_of = ("site_id", "name_zh", "park_id", "status", "published")
    first = features[0]["properties"]
    first.update({name: None for name in first if name not in known_of})
    features[0]["geometry"] = None
    save_features(folder / "sites.geojson", features)
    text = Pages(site_sheets(open_zone(folder), ["D-1"])).text(0)
    lacking = list(figures_of(open_zone(folder), "D-1", "zh").values())
    assert set(lacking) == {"未提供"}
    assert text.count("未提供") >= len(lacking) + 4
    assert words.text("paper.unplaced", "zh") in text
    assert "None" not in text
    assert "nan" not in text.lower()


# ------------------------------------------------------------------ nothing is cut


def assert_nothing_is_cut(pages: Pages) -> None:
    for k in range(len(pages)):
        assert pages.outside(k, MARGIN_MM) == ""
        assert pages.overlaps(k) == []


def test_letters_neither_overlap_nor_leave_the_page(book: Pages) -> None:
    assert_nothing_is_cut(book)


def test_the_longest_words_neither_overlap_nor_leave_the_page(tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path)
    most = {name: int(of.max_length or 200) for name, of in schema().layers["sites"].fields.items()}
    zh, en, word = (
        "超长名称的高端装备与新材料产业，" * 13,
        "A very long name of it, " * 9,
        "Donau" * 40,
    )
    features = load_features(folder / "sites.geojson")
    for one, (long_zh, long_en) in zip(features, [(zh, en), (zh, word), (word, en)], strict=False):
        texts = {name: long_en[: most[name]] for name in most if name.endswith("_en")}
        texts |= {name: long_zh[: most[name]] for name in most if name.endswith("_zh")}
        phone = "0537-000-0001 转 12345 或 138-0000-0000"[: most["contact_phone"]]
        texts |= {"contact_name": long_zh[: most["contact_name"]], "contact_phone": phone}
        one["properties"].update(texts, area_mu=123456.7, start_price_wan_per_mu=12345.67)
    save_features(folder / "sites.geojson", features)
    for name in ("parks", "zone_frame", "subdistricts", "rivers", "roads", "stations"):
        others = load_features(folder / f"{name}.geojson")
        for one in others:
            one["properties"].update(name_zh=zh[:200], name_en=en[:200])
        save_features(folder / f"{name}.geojson", others)
    pages = Pages(site_sheets(open_zone(folder), ["D-1", "D-2", "D-3"], langs=LANGS))
    assert_nothing_is_cut(pages)
    texts_of = "".join(pages.text(k) for k in range(len(pages)))
    for whole in (zh[:200], en[:200], word[:200]):
        assert texts_of.count(squeezed(whole)) >= 2


def test_words_are_no_wider_than_reckoned() -> None:
    """Labels are kept apart by reckoned widths: those must hold in the font that is used."""
    said = [
        "安全装备产业园", "Safety Equipment Industrial Park", "WWW MMM @@@", "G1511 日兰高速",
        "AQ-015 1,234.5 亩", "iljtfrI.,:;'|!()[]", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "mmmm wwww %%%",
        "abcdefghijklmnopqrstuvwxyz", "0123456789", "Ürümqi – “quoted” — ㎡ m²",
    ]  # fmt: skip
    font = typst_pdf.font()
    styles = [TextStyle(4.0, weight, 0.0, "#000000", 0.0, "#ffffff") for weight in (400, 700)]
    for style in styles:
        labels = [
            text_line(text, style, 2, 6 * k + 5, anchor="start") for k, text in enumerate(said)
        ]
        marks = svg.element("g", "".join(label.markup for label in labels), font_family=font)
        drawn = svg.document([marks], (180, 6 * len(said) + 6))
        _, boxes = Pages(typst_pdf.typst.compile(  # type: ignore[attr-defined]
            {"main.typ": b'#set page(width: auto, height: auto, margin: 0pt)\n#image("a.svg")',
             "a.svg": drawn}, font_paths=typst_pdf._fonts(""))).letters(0)  # fmt: skip
        lines = ((boxes[:, 1] + boxes[:, 3]) / 2 / (6 * MM)).astype(int)
        for k, label in enumerate(labels):
            own = boxes[lines == len(said) - k]
            assert len(own) > 3
            width = (own[:, 2].max() - 2 * MM) / MM
            assert width <= style.width(label.text) * 1.005, label.text


# ------------------------------------------------------------------ the same again


def test_the_same_layers_give_the_same_bytes(zone: Zone, tmp_path: Path) -> None:
    here = site_sheets(zone, SOME[:1], langs=LANGS)
    out = tmp_path / "sheet.pdf"
    command = [sys.executable, "-m", "gxq_geo", "sheet", SOME[0], "--lang", "both"]
    command += ["--folder", str(example_folder()), "-o", str(out)]
    env = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai"}
    subprocess.run(command, check=True, env=env, capture_output=True)
    assert out.read_bytes() == here


# ------------------------------------------------------------------ the code of the link


def codes(pages: Pages, page: int) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(pages.picture(page))]


def test_the_code_leads_to_the_site_where_the_map_is_published(tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path)
    settings = folder / "zone.toml"
    settings.write_text(f'public_url = "{ADDRESS}#v=1"\n{settings.read_text("utf-8")}', "utf-8")
    made = site_sheets(open_zone(folder), ["D-1"], langs=LANGS)
    pages = Pages(made)
    assert codes(pages, 0) == [f"{ADDRESS}#v=1&on=sites:D-1"]
    assert codes(pages, 1) == [f"{ADDRESS}#v=1&lang=en&on=sites:D-1"]
    links: Any = PdfReader(io.BytesIO(made)).pages[0]["/Annots"]
    assert [one.get_object()["/A"]["/URI"] for one in links] == codes(pages, 0)
    assert squeezed(words.text("page.print.scan", "zh")) in pages.text(0)


def test_without_an_address_the_sheet_says_the_id_and_the_command_says_why(
    tmp_path: Path,
) -> None:
    folder = tiny_zone(tmp_path)
    done = gxq("sheet", "D-1", "--folder", folder, "-o", tmp_path / "a.pdf", "--lang", "zh")
    assert done.status == 0
    assert "public_url" in done.err
    pages = Pages((tmp_path / "a.pdf").read_bytes())
    assert codes(pages, 0) == []
    assert "地块编号D-1" in pages.text(0)
    assert squeezed(words.text("page.print.quote_id", "zh")) in pages.text(0)


# ------------------------------------------------------------------ what records say is text


def test_markup_in_a_record_is_text(tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path)
    name = """#panic("a") $x$ *b* </text><a href="https://evil.cn">&amp;]]> {{7*7}} \\ @c `d`"""
    for layer in ("parks", "sites", "stations"):
        features = load_features(folder / f"{layer}.geojson")
        for one in features:
            one["properties"]["name_zh"] = name
        save_features(folder / f"{layer}.geojson", features)
    made = site_sheets(open_zone(folder), ["D-1"])
    assert Pages(made).text(0).count(squeezed(name)) >= 3
    assert PdfReader(io.BytesIO(made)).pages[0].get("/Annots") is None


# ------------------------------------------------------------------ who may see what


def test_a_public_sheet_holds_nothing_internal(tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path)
    features = load_features(folder / "sites.geojson")
    internal = [f.name for f in schema().layers["sites"].fields.values() if f.audience != "public"]
    texts = [name for name in internal if schema().layers["sites"].fields[name].type == "text"]
    assert texts
    for name in texts:
        features[0]["properties"][name] = "内部SECRET"
    features[4]["properties"].update(published=False)  # Seen on the map.
    save_features(folder / "sites.geojson", features)
    zone = open_zone(folder)
    text = Pages(site_sheets(zone, ["D-1"])).text(0)
    assert "SECRET" not in text
    assert "X-2" not in text
    assert words.text("page.band_internal", "zh") not in text
    inner = Pages(site_sheets(zone, ["D-1", "X-2"], audience="internal"))
    assert "X-2" in inner.text(0)
    assert squeezed(words.text("page.band_internal", "zh")) in inner.text(1)


def test_each_step_is_told_to_the_bar(tmp_path: Path) -> None:
    steps: list[str] = []
    site_sheets(
        open_zone(tiny_zone(tmp_path)), ["X-1", "D-1", "X-1"], langs=LANGS, step=steps.append
    )
    assert steps == ["X-1", "D-1", "PDF"]


def test_all_are_those_that_are_published(tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path)
    edit(folder / "sites.geojson", "D-2", "published", False)
    out = tmp_path / "all.pdf"
    assert gxq("sheet", "--all", "--folder", folder, "-o", out, "--lang", "en").status == 0
    pages = Pages(out.read_bytes())
    ids = [re.findall(r"SiteID([DX]-\d)", pages.text(k)) for k in range(len(pages))]
    assert ids == [["D-1"], ["D-3"], ["X-1"], ["X-2"]]
    done = gxq("sheet", "--all", "--folder", folder, "-o", out, "--audience", "internal")
    assert done.status == 0
    assert len(Pages(out.read_bytes())) == 5


# ------------------------------------------------------------------ what cannot be done


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("D-11",), "D-1"),
        (("D-1", "x-1"), "X-1"),
        (("D-2",), "internal"),
        ((), "--all"),
        (("D-1", "--all"), "--all"),
        (("D-1", "--lang", "fr"), "zh, en"),
    ],
)
def test_what_cannot_be_done_is_said_and_no_file_is_written(
    tmp_path: Path, asked: tuple[str, ...], said: str
) -> None:
    folder = tiny_zone(tmp_path / "zone")
    edit(folder / "sites.geojson", "D-2", "published", False)
    done = gxq("sheet", *asked, "--folder", folder, "-o", tmp_path / "a.pdf")
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert not (tmp_path / "a.pdf").exists()


def test_a_zone_without_published_sites_has_no_sheets(tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path)
    features = load_features(folder / "sites.geojson")
    for one in features:
        one["properties"]["published"] = False
    save_features(folder / "sites.geojson", features)
    done = gxq("sheet", "--all", "--folder", folder, "-o", tmp_path / "a.pdf")
    assert done.status == 2
    assert "internal" in done.err


def test_a_machine_without_a_chinese_font_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny_zone(tmp_path)
    monkeypatch.setitem(words.data("style")["paper"], "fonts", ["No Such Font"])
    done = gxq("sheet", "D-1", "--folder", folder, "-o", tmp_path / "a.pdf", "--lang", "en")
    assert done.status == 2
    assert "fonts-noto-cjk" in done.err
    assert typst_pdf.FONTS in done.err
    monkeypatch.setenv(typst_pdf.FONTS, str(tmp_path / "none"))
    assert "none" in gxq("sheet", "D-1", "--folder", folder, "-o", tmp_path / "a.pdf").err


# ------------------------------------------------------------------ one style


def test_screen_and_paper_draw_the_same_signs() -> None:
    """Symbols are drawn with the glyphs of ``style.toml``, which no code repeats."""
    palette = Palette(())
    glyphs = palette.style["symbols"]["glyphs"]
    for kind in schema().domains["station_kind"]:
        assert glyphs[kind] in station_symbol(kind, 5, 5, 4, palette).markup
    package = Path(typst_pdf.__file__).parents[1]
    for path in [*package.rglob("*.py"), *package.rglob("*.js")]:
        text = path.read_text("utf-8")
        assert not [kind for kind, glyph in glyphs.items() if glyph in text], path


def test_templates_name_no_colour_of_their_own() -> None:
    folder = Path(typst_pdf.__file__).parent
    for path in [*folder.glob("*.py"), *(folder / "templates").glob("*.typ")]:
        assert not re.search(r'#[0-9A-Fa-f]{6}\b|rgb\("', path.read_text("utf-8")), path


def test_a_third_language_is_spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.support import pseudo

    home = tmp_path / "words"
    home.mkdir()
    monkeypatch.setenv("GXQ_WORDS", str(home))
    pseudo.write(home)
    zone = open_zone(tiny_zone(tmp_path / "zone"))
    text = Pages(site_sheets(zone, ["D-1"], langs=[pseudo.CODE])).text(0)
    for key in ("page.card.contact", "page.review_no", "page.print.sheet_sites"):
        assert squeezed(words.text(key, pseudo.CODE)) in text
