"""The fragment in another page: it works in its sandbox, and tells only ids and public names."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Frame, Page

from gxq_geo import words
from gxq_geo.investment_map import BaseMap, InvestmentMap
from gxq_geo.zone import Zone, open_zone
from tests.support import zones
from tests.support.browser import until
from tests.support.command import gxq
from tests.support.tiles import tile_server

HOST = """<!doctype html><meta charset="utf-8"><title>开发区网站</title><script>
window.heard = [];
for (const type of ["gxq:ready", "gxq:select"])
  document.addEventListener(type, (event) => heard.push(event.detail));
</script>%s"""


def host(folder: Path, fragment: str) -> Path:
    path = folder / "site.html"
    path.write_text(HOST % fragment, "utf-8")
    return path


@pytest.fixture
def embedded(browser: Browser, zone: Zone, tmp_path: Path) -> Iterator[tuple[Page, Frame]]:
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 800})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(host(tmp_path, InvestmentMap(zone).to_fragment()).as_uri())
    frame = page.frames[1]
    until(page, "heard.some(({ type }) => type === 'gxq:ready')")
    yield page, frame
    context.close()
    assert said == []


def test_works_without_storage_or_address(embedded: tuple[Page, Frame]) -> None:
    page, frame = embedded
    frame.click("#tab-parks")
    assert frame.locator("#list .row").count() == 10
    frame.click("#list .row >> nth=0")
    frame.click("#card-actions [data-act=share]")
    assert frame.evaluate("origin") == "null"
    page.wait_for_timeout(400)


def test_tells_what_is_chosen(embedded: tuple[Page, Frame]) -> None:
    page, frame = embedded
    frame.click("#list .row >> nth=0")
    told = until(page, "heard.find(({ type }) => type === 'gxq:select')")
    assert set(told) == {"type", "layer", "id", "name"}
    assert told["layer"] == "sites"
    assert set(told["name"]) == {"zh", "en"}
    frame.click("#card-close")
    assert until(page, "heard.find(({ layer }) => layer === null)")


def test_does_what_the_site_asks_and_nothing_else(embedded: tuple[Page, Frame]) -> None:
    page, frame = embedded
    send = "(message) => document.querySelector('iframe').contentWindow.postMessage(message, '*')"
    page.evaluate(send, {"type": "gxq:select", "layer": "sites", "id": "AQ-015"})
    assert until(page, "heard.find(({ id }) => id === 'AQ-015')")
    page.evaluate(send, {"type": "gxq:lang", "lang": "en"})
    page.evaluate(send, {"type": "gxq:filter", "filter": {"status": ["available"]}})
    rubbish: list[Any] = [None, 7, "x", [], {}, {"type": "constructor"}, {"type": "gxq:lens"}]
    for nonsense in rubbish:
        page.evaluate(send, nonsense)
    page.evaluate(send, {"type": "gxq:select", "layer": "projects", "id": "P-1"})
    until(frame, "gxq.filter().status?.[0] === 'available'")
    assert frame.evaluate("[gxq.lang(), gxq.select().id, gxq.filter().status[0]]") == [
        "en",
        "AQ-015",
        "available",
    ]


def test_an_internal_map_tells_nothing(browser: Browser, tmp_path: Path) -> None:
    zone = open_zone(zones.tiny_zone(tmp_path / "layers"))
    fragment = InvestmentMap(zone, audience="internal").to_fragment()
    page = browser.new_page()
    page.goto(host(tmp_path, fragment).as_uri())
    page.frames[1].evaluate("gxq.ready")
    page.frames[1].evaluate("gxq.select('sites', 'D-1') && 1")
    page.wait_for_timeout(200)
    assert page.evaluate("heard") == []
    page.close()


def test_fragment_escapes_and_is_sandboxed(zone: Zone) -> None:
    whole = InvestmentMap(zone)
    fragment = whole.to_fragment()
    inside = re.search(r'srcdoc="([^"]*)"', fragment)
    assert inside
    assert html.unescape(inside[1]) == whole.to_html()
    sandbox = re.search(r'sandbox="([^"]*)"', fragment)
    assert sandbox
    assert "allow-same-origin" not in sandbox[1]


def test_tiles_come_into_the_fragment(browser: Browser, zone: Zone, tmp_path: Path) -> None:
    with tile_server(lambda lon, _: np.full((*lon.shape, 3), 200, np.uint8)) as served:
        name = {"zh": "试验"}
        plain = BaseMap(key="plain", name=name, urls=(served.url,))
        refused = BaseMap(key="refused", name=name, urls=(served.url,), http_only=True)
        fragment = InvestmentMap(zone, basemaps=[plain, refused]).to_fragment()
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(host(tmp_path, fragment).as_uri())
        frame = page.frames[1]
        frame.evaluate("gxq.ready")
        frame.click("[data-tool=base]")
        # A frame without an origin tells no site, which such a service asks for.
        assert frame.locator("[data-base=refused]").is_disabled()
        frame.click("[data-base=plain]")
        frame.wait_for_selector("img.leaflet-tile-loaded")
        page.close()
    assert said == []
    assert served.requests


def test_a_site_that_a_service_wants_to_know_is_not_told_by_a_fragment(zone: Zone) -> None:
    shy = BaseMap(
        key="shy", name={"zh": "害羞"}, urls=("https://a.example/{z}",), referrer="origin"
    )
    m = InvestmentMap(zone, basemaps=[shy])
    told = words.text("cli.embed-referrer", names="害羞")
    assert told in m.remarks(embedded=True)
    assert told not in m.remarks()
    assert told not in InvestmentMap(zone, basemaps=["amap"]).remarks(embedded=True)


def test_command_writes_page_and_fragment(tmp_path: Path) -> None:
    folder = zones.tiny_zone(tmp_path / "layers")
    done = gxq("map", folder, "-o", tmp_path / "map.html", "--embed")
    assert done.status == 0
    assert (tmp_path / "map.html").exists()
    assert (tmp_path / "map.embed.html").read_text("utf-8").startswith("<iframe")
