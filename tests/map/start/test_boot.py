"""Browsers that lack what the page would use: they show the map, or say that they cannot."""

import base64
import gzip
import random
import zlib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from tests.support.browser import DESKTOP

LACKING = """
delete globalThis.DecompressionStream;
delete Object.hasOwn;
delete Array.prototype.at;
delete CanvasRenderingContext2D.prototype.roundRect;
delete OffscreenCanvasRenderingContext2D.prototype.roundRect;
delete Path2D.prototype.roundRect;
"""
GUNZIP = """(text) => {
  try {
    const out = Inflate.gunzip(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
    let binary = "";
    for (let i = 0; i < out.length; i += 8192) {
      binary += String.fromCharCode(...out.subarray(i, i + 8192));
    }
    return btoa(binary);
  } catch (error) { return error.message; }
}"""
DAMAGED = "the data are damaged"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_content("<!doctype html><title>inflate</title>")
    text = (resources.files("gxq_geo") / "investment_map/web/boot/inflate.js").read_text("utf-8")
    page.add_script_tag(content=f'"use strict";\n{text}\nwindow.Inflate = Inflate;')
    yield page
    page.close()


def unzipped(page: Page, data: bytes) -> bytes | str:
    told: str = page.evaluate(GUNZIP, base64.b64encode(data).decode())
    return told if told == DAMAGED else base64.b64decode(told)


def zipped(data: bytes, level: int = 7, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> bytes:
    maker = zlib.compressobj(level, zlib.DEFLATED, 31, 8, strategy)
    return maker.compress(data) + maker.flush()


repetitive = st.builds(
    lambda part, times, end: part * times + end,
    st.binary(max_size=40),
    st.integers(0, 2000),
    st.binary(max_size=400),
)
STRATEGIES = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE)


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.binary(max_size=3000), repetitive), st.integers(0, 9), st.sampled_from(STRATEGIES)
)
def test_unzips_whatever_was_zipped(page: Page, data: bytes, level: int, strategy: int) -> None:
    assert unzipped(page, zipped(data, level, strategy)) == data


def test_unzips_what_is_long_and_stored(page: Page) -> None:
    noise = random.Random(7).randbytes(200_000)
    for data in (noise, noise[:70_000] * 3, bytes(1_000_000)):
        for level in (0, 1, 9):
            assert unzipped(page, gzip.compress(data, level, mtime=0)) == data


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_is_told(page: Page, data: st.DataObject) -> None:
    whole = data.draw(st.one_of(st.binary(min_size=1, max_size=500), repetitive.filter(bool)))
    sound = zipped(whole)
    at = data.draw(st.integers(10, len(sound) - 1))
    bit = data.draw(st.integers(0, 7))
    # A bit that means nothing (the filling after the last block) may turn.
    assert unzipped(page, sound[:at] + bytes([sound[at] ^ 1 << bit]) + sound[at + 1 :]) in (
        DAMAGED,
        whole,
    )
    assert unzipped(page, sound[:at]) == DAMAGED
    assert unzipped(page, bytes([data.draw(st.integers(0, 255))]) * at) == DAMAGED


def opened(browser: Browser, path: Path, lacking: str = LACKING) -> tuple[Page, list[str]]:
    settings: dict[str, Any] = {"viewport": DESKTOP, "offline": True}
    page = browser.new_context(**settings).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.add_init_script(lacking)
    page.goto(path.as_uri())
    return page, said


def test_an_old_browser_shows_the_zone(browser: Browser, zone_page: Path) -> None:
    page, said = opened(browser, zone_page)
    page.evaluate("gxq.ready")
    assert page.evaluate("typeof DecompressionStream") == "undefined"
    assert page.locator("#list .row").count() > 3
    page.locator("#list .row").first.click()
    assert page.locator("#card-title").is_visible()
    page.wait_for_timeout(300)
    assert said == []
    page.context.close()


@pytest.mark.parametrize("script", ["const{style,script}=", "const Inflate="])
def test_one_that_cannot_read_the_script_is_told(
    browser: Browser, zone_page: Path, tmp_path: Path, script: str
) -> None:
    path = tmp_path / "old.html"
    text = zone_page.read_text("utf-8").replace('http-equiv="Content-Security-Policy"', "data-csp")
    # As a browser sees it that does not know the language of the script.
    path.write_text(text.replace(script, f")( {script}"), "utf-8")
    page, said = opened(browser, path, "")
    shown = page.locator("body").inner_text()
    assert "浏览器版本较旧" in shown
    assert "数据不完整" not in shown
    assert "正在打开" not in shown
    assert said
    page.context.close()


def test_one_that_lacks_more_is_told(browser: Browser, zone_page: Path) -> None:
    page, _ = opened(browser, zone_page, "delete globalThis.ResizeObserver; delete globalThis.URL")
    page.locator("#trouble").wait_for(state="visible")
    assert page.locator("#trouble").inner_text().startswith("浏览器版本较旧")
    assert not page.locator("#app").is_visible()
    page.context.close()


def test_damaged_data_are_told_apart(browser: Browser, zone_page: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.html"
    text = zone_page.read_text("utf-8")
    at = text.index('id="gxq-data">') + 2000
    path.write_text(text[:at] + text[at + 400 :], "utf-8")
    for lacking in ("", LACKING):
        page, _ = opened(browser, path, lacking)
        page.evaluate("gxq.ready.catch(() => 0)")
        assert page.locator("#trouble").inner_text().startswith("地图数据不完整")
        page.context.close()
