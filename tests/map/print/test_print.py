"""On paper: each sheet is one page, its words can be taken, nothing is cut, its code is read."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.zone import open_zone
from tests.support import zones
from tests.support.browser import Open, Visit

FIVE = "AQ-015,YJ-002,BS-002,AQ-004,BH-001"


def printed(v: Visit) -> tuple[PdfReader, str]:
    """What the browser's own print command gives, and the words on it without spaces."""
    data = v.page.pdf(prefer_css_page_size=True, print_background=True)
    reader = PdfReader(io.BytesIO(data))
    return reader, "".join("".join(page.extract_text() for page in reader.pages).split())


def lies(reader: PdfReader) -> bool:
    box = reader.pages[0].mediabox
    return float(box.width) > float(box.height)


# Figures as an English page writes them: hectares, and prices in yuan.
ENGLISH = {"175.9": "11.7", "6,552.5": "436.8", "20.8": "208,000", "19.6": "196,000"}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("address", "landscape", "words"),
    [
        ("on=sites:AQ-015", False, ["AQ-015", "0537-000-0004", "175.9", "20.8", "10.3"]),
        ("on=sites:YJ-002", False, ["YJ-002", "0537-000-0003"]),
        ("on=carriers:C-AQ-01", False, ["C-AQ-01", "0537-000-0024", "1,010"]),
        ("on=parks:liaohe", False, ["liaohe"]),
        ("v=1", False, ["6,552.5"]),
        ("lens=zoning", False, []),
        (f"keep={FIVE}&compare=1", True, ["AQ-015", "BH-001", "19.6"]),
    ],
    ids=["site", "site-2", "carrier", "park", "map", "map-zoning", "compare"],
)
def test_each_sheet_is_one_page(
    visit: Open, address: str, landscape: bool, words: list[str], lang: str
) -> None:
    reader, text = printed(visit(f"#{address}&lang={lang}"))
    assert len(reader.pages) == 1
    assert lies(reader) == landscape
    notice = {"zh": "审图号未提供", "en": "Mapreviewno.Notprovided"}[lang]
    for word in (*words, notice):
        assert (ENGLISH.get(word, word) if lang == "en" else word) in text
    for wrong in ("undefined", "NaN", "[object"):
        assert wrong not in text


def test_a_wide_view_lies_and_a_tall_one_stands(visit: Open) -> None:
    reader, _ = printed(visit("#at=35.36,116.69,14", viewport={"width": 1800, "height": 760}))
    assert lies(reader)
    reader, _ = printed(visit())
    assert not lies(reader)


def test_buttons_ask_for_their_sheet(visit: Open) -> None:
    v = visit("#on=sites:AQ-015")
    v.js("window.print = () => dispatchEvent(new Event('beforeprint'))")
    mode = "document.documentElement.dataset.print"
    v.page.click("#card-actions [data-act=print]")
    assert v.js(mode) == "record"
    v.js("dispatchEvent(new Event('afterprint'))")
    assert v.js(mode) is None
    v.page.click("#tools [data-tool=print]")
    assert v.js(mode) == "map"
    v.js("dispatchEvent(new Event('afterprint'))")
    v.go(f"keep={FIVE}&compare=1")
    v.until("!document.getElementById('compare').hidden")
    v.page.click("#compare-print")
    assert v.js(mode) == "compare"
    v.js("dispatchEvent(new Event('afterprint'))")
    assert v.js("document.getElementById('paper').childElementCount") == 0


def test_what_is_not_open_is_not_printed_blank(visit: Open) -> None:
    v = visit()
    v.js("window.print = () => dispatchEvent(new Event('beforeprint'))")
    mode = "document.documentElement.dataset.print"
    for asked in ("compare", "record", "nonsense"):
        v.js("(asked) => gxq.print(asked)", asked)
        assert v.js(mode) == "map"
        assert v.js("document.getElementById('paper').childElementCount") > 0
        v.js("dispatchEvent(new Event('afterprint'))")
    v.go(f"keep={FIVE}")
    v.js("gxq.print('compare')")
    assert v.js(mode) == "compare"
    assert v.page.is_visible("#compare")


def test_dark_pages_print_light(visit: Open) -> None:
    v = visit("#on=sites:AQ-015&theme=dark")
    v.js("dispatchEvent(new Event('beforeprint'))")
    src = v.js("document.querySelector('#paper .paper-map img').src")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(src.split(",")[1]))).convert("L"))
    assert pixels.mean() > 190
    v.js("dispatchEvent(new Event('afterprint'))")
    assert v.js("gxq.theme()") == "dark"


def test_nothing_on_the_sheets_is_cut_off(visit: Open) -> None:
    v = visit("#on=sites:AQ-015&lang=en")
    v.page.emulate_media(media="print")
    for address in ("on=sites:AQ-015&lang=en", "on=parks:liaohe&lang=en", "lens=landuse", "v=1"):
        v.go(address)
        v.still()
        v.js("dispatchEvent(new Event('beforeprint'))")
        cut = v.js(
            """[...document.querySelectorAll('#paper *')].filter((e) => {
              const wide = e.scrollWidth > e.clientWidth + 1;
              const kept = e.matches('.aside, .aside *, .scale, .scale *')
                || e.querySelector('.scale');
              const inline = getComputedStyle(e).display === 'inline';
              return !kept && (e.getBoundingClientRect().right > 1064 || (wide && !inline));
            }).map((e) => e.outerHTML.slice(0, 90))"""
        )
        assert cut == []
        inner, outer = v.js(
            """(({ scrollHeight, clientHeight }) => [scrollHeight, clientHeight])(
              document.querySelector('#paper > article'))"""
        )
        assert inner <= outer + 1
        v.js("dispatchEvent(new Event('afterprint'))")


def code_on(v: Visit) -> Any:
    v.js("dispatchEvent(new Event('beforeprint'))")
    picture = v.page.locator("#paper .qr")
    if not picture.count():
        return None
    src = str(picture.get_attribute("src"))
    image = Image.open(io.BytesIO(base64.b64decode(src.split(",")[1]))).convert("L")
    (found,) = zxingcpp.read_barcodes(np.asarray(image))
    return found.text


def test_code_leads_to_the_record_where_the_map_is_published(visit: Open, tmp_path: Path) -> None:
    folder = zones.tiny_zone(tmp_path / "layers")
    settings = folder / "zone.toml"
    address = "https://example.cn/map.html"
    settings.write_text(f'public_url = "{address}"\n{settings.read_text("utf-8")}', "utf-8")
    InvestmentMap(open_zone(folder)).save(tmp_path / "map.html")
    v = visit("#on=sites:D-1&lang=en", path=tmp_path / "map.html")
    link = code_on(v)
    assert link.startswith(f"{address}#v=1")
    again = visit(link.removeprefix(address), path=tmp_path / "map.html")
    assert again.js("JSON.stringify(gxq.select())") == '{"layer":"sites","id":"D-1"}'
    assert again.js("gxq.lang()") == "en"


def test_a_file_has_no_address_so_the_sheet_says_the_id(visit: Open) -> None:
    v = visit("#on=sites:AQ-015")
    assert code_on(v) is None
    assert v.js("document.querySelector('#paper .sheet-id').textContent") == "地块编号AQ-015"
    assert "来电请报编号" in v.js("document.querySelector('#paper .sheet-phone').textContent")
