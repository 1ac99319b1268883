"""`gxq preview` in a browser: map and issues follow what is saved; the reader stays put."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from gxq_geo.schemas import schema
from gxq_geo.zone import layer
from tests.support.browser import DESKTOP
from tests.support.previews import LONG_S, halve, preview, replace
from tests.support.zones import add, block, edit, tiny_zone

CONTEXT: dict[str, Any] = {"viewport": DESKTOP}
EVIL = "<img src=x onerror=window.ran=1>"
SEEN = "document.querySelector('iframe:not([inert])')"


@dataclass
class Desktop:
    """The page in a browser."""

    page: Page
    messages: list[str] = field(default_factory=list)

    def js(self, expression: str) -> Any:
        """The value of an expression; `map` is the window of the map that is seen."""
        inside = f"(() => {{ const map = {SEEN}?.contentWindow; return {expression}; }})()"
        return self.page.evaluate(inside)

    def until(self, expression: str) -> float:
        """Wait for it, and tell how long that took, in seconds."""
        start = time.monotonic()
        while time.monotonic() < start + LONG_S:
            if self.js(f"Boolean({expression})"):
                return time.monotonic() - start
            self.page.wait_for_timeout(20)
        raise AssertionError(f"never true: {expression}")

    def rows(self) -> list[str]:
        """What the list of issues says."""
        said: list[str] = self.js(
            "[...map.document.querySelectorAll('.issue')].map((one) => one.innerText)"
        )
        return said

    def notices(self) -> list[str]:
        """What is said above the map."""
        return self.page.locator("#notices p").all_inner_texts()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


@pytest.fixture
def at_desk(browser: Browser, folder: Path) -> Iterator[Callable[..., Desktop]]:
    """Opens the page of a preview of `folder`; it must say nothing on the console."""
    with preview(folder, "--no-open", "--lang", "zh") as one:
        context = browser.new_context(**CONTEXT)
        desktop = Desktop(context.new_page())
        desktop.page.on("console", lambda message: desktop.messages.append(message.text))
        desktop.page.on("pageerror", lambda error: desktop.messages.append(str(error)))

        def opened(address: str = "") -> Desktop:
            desktop.page.goto(one.address + address)
            desktop.until("map?.gxq.issues()")
            return desktop

        yield opened
        context.close()
    assert desktop.messages == []


def has_site(name: str) -> str:
    return f"map?.gxq.visible().sites.includes('{name}')"


NEW_SITE = {"site_id": "N-1", "name_zh": "新地块", "park_id": "dong", "status": "available"}


def test_map_and_list_follow_a_save(at_desk: Callable[..., Desktop], folder: Path) -> None:
    v = at_desk()
    assert v.rows() == []
    assert not v.js(has_site("N-1"))
    add(folder / "sites.geojson", {**NEW_SITE, "land_use": "M9"}, block(1600, 300, 100, 100))
    took = v.until(has_site("N-1")), v.until("map.document.querySelector('.issue')")
    assert any("N-1" in row for row in v.rows())
    assert sum(took) < 10  # well under 1 where nothing else runs
    # Excel and QGIS put a new file in the place of the old one.
    path = folder / "sites.geojson"
    replace(path, path.read_bytes().replace(b"N-1", b"N-2"))
    v.until(has_site("N-2"))
    assert v.notices() == []


def test_the_reader_notices_only_the_news(at_desk: Callable[..., Desktop], folder: Path) -> None:
    """View, language, lens, filter, selection and the place in a list stay; nothing flashes."""
    for k in range(40):
        add(folder / "sites.geojson", {**NEW_SITE, "site_id": f"Q-{k}", "status": "sold"}, None)
    v = at_desk("#at=35.39900,116.60100,15.25&lens=zoning&lang=en&on=sites:D-1&status=available")
    v.until("map?.document.querySelectorAll('.issue').length >= 40")
    v.until("document.querySelectorAll('iframe').length === 1")
    v.page.frame_locator("iframe:not([inert])").locator("[data-level=advice]").click()
    v.page.frame_locator("iframe:not([inert])").locator(".issue").nth(30).click()
    v.page.wait_for_timeout(400)
    v.js("map.map_gxq.setView([35.399, 116.601], 15.25, { animate: false })")
    v.js("map.document.querySelector('.issue-list').scrollTop = 700")
    v.page.wait_for_timeout(600)
    known = (
        "[map.gxq.lang(), map.gxq.lens(), map.gxq.filter().status, map.gxq.select('', ''),"
        " map.gxq.issues().hidden, map.gxq.issues().picked?.said, map.gxq.issues().scroll]"
    )
    place = "{ ...map.map_gxq.getCenter(), zoom: map.map_gxq.getZoom() }"
    before, was, mark = v.js(known), v.js(place), v.js(f"{SEEN}.dataset.version")
    assert before[:3] == ["en", "zoning", ["available"]]
    assert before[3:5] == [{"layer": "sites", "id": "D-1"}, ["advice"]]
    assert before[5]
    assert before[6] == 700
    v.js(
        "(window.flash = 0, function look() { window.flash += "
        "document.querySelectorAll('iframe:not([inert])').length === 1 ? 0 : 1;"
        " requestAnimationFrame(look); }())"
    )
    edit(folder / "sites.geojson", "D-2", "name_zh", "改了名的地块")
    v.until(f"{SEEN}.dataset.version !== '{mark}'")
    assert v.js(known) == before
    assert v.js(place) == pytest.approx(was, abs=2e-5)
    assert v.js("window.flash") == 0
    v.until("location.hash.includes('lens=zoning')")


def test_what_the_reader_does_meanwhile_counts(
    at_desk: Callable[..., Desktop], folder: Path
) -> None:
    v = at_desk()
    mark = v.js(f"{SEEN}.dataset.version")
    start = v.js("{ ...map.map_gxq.getCenter() }")
    v.page.mouse.move(900, 450)
    v.page.mouse.down()
    v.page.mouse.move(950, 500, steps=3)
    edit(folder / "sites.geojson", "D-2", "name_zh", "改了名的地块")
    v.until("document.querySelectorAll('iframe').length === 2")
    v.page.wait_for_timeout(700)
    assert v.js(f"{SEEN}.dataset.version") == mark  # the map stays under the hand that drags it
    v.page.mouse.move(1000, 550, steps=3)
    v.page.mouse.up()
    # It may glide on: where it comes to rest is where the new one shows.
    v.js("(window.rest = map.map_gxq, true)")
    v.until(f"{SEEN}.dataset.version !== '{mark}'")
    last = v.js("{ ...window.rest.getCenter() }")
    assert last != pytest.approx(start, abs=1e-3)
    assert v.js("{ ...map.map_gxq.getCenter() }") == pytest.approx(last, abs=2e-5)


def test_only_the_list_changes_where_the_map_does_not(
    at_desk: Callable[..., Desktop], folder: Path
) -> None:
    v = at_desk()
    v.js("map.kept = true")
    (folder / "raods.geojson").write_text("{}")
    v.until("map.document.querySelector('.issue')")
    assert "raods.geojson" in v.rows()[0]
    assert v.js("map.kept")


def test_half_of_a_file_keeps_the_map_and_is_said(
    at_desk: Callable[..., Desktop], folder: Path
) -> None:
    v = at_desk()
    v.js("map.kept = true")
    whole = halve(folder / "sites.geojson")
    v.until("document.querySelector('#notices p')")
    assert "sites.geojson" in v.notices()[0]
    assert v.js(has_site("D-1"))
    v.until("map.document.querySelector('.issue')")
    assert any("sites.geojson" in row for row in v.rows())
    v.js("map.gxq.lang('en')")
    v.until("document.querySelector('#notices p').textContent.includes('cannot be read')")
    (folder / "sites.geojson").write_bytes(whole)
    v.until("!document.querySelector('#notices p')")
    v.until("!map.document.querySelector('.issue')")
    assert v.js("map.kept")


def test_a_click_on_an_issue_moves_the_map(at_desk: Callable[..., Desktop], folder: Path) -> None:
    v = at_desk()
    edit(folder / "sites.geojson", "X-2", "status", "sold")
    v.until("map.document.querySelector('.issue')")
    v.page.wait_for_timeout(600)
    before = v.js("map.map_gxq.getZoom()")
    v.page.frame_locator("iframe:not([inert])").locator(".issue").first.click()
    mark = v.page.frame_locator("iframe:not([inert])").locator(".issue-picked").bounding_box()
    assert mark
    assert v.js("map.map_gxq.getZoom()") >= before
    assert v.js("map.map_gxq.getCenter().lng") < 116.6  # X-2 lies in the west


def test_values_in_notices_are_only_text(at_desk: Callable[..., Desktop], folder: Path) -> None:
    v = at_desk()
    (folder / "sites.geojson").write_text(f'{{"type":"{EVIL}"')
    (folder / "zone.toml").write_text(f'"{EVIL}" = 1')
    v.until("document.querySelector('#notices p')")
    assert v.js("window.ran ?? null") is None
    assert v.js("document.querySelector('#notices img') === null")


def test_a_server_that_ended_is_said(browser: Browser, folder: Path) -> None:
    context = browser.new_context(**CONTEXT)
    desktop = Desktop(context.new_page())
    with preview(folder, "--no-open", "--lang", "en") as one:
        desktop.page.goto(one.address)
        desktop.until("map?.gxq.issues()")
    desktop.until("document.querySelector('#notices p')")
    assert "has ended" in desktop.notices()[0]
    assert desktop.js(has_site("D-1"))
    context.close()


def test_it_can_be_opened_again_with_the_same_view(
    at_desk: Callable[..., Desktop],
) -> None:
    v = at_desk()
    v.js("map.gxq.lens('zoning')")
    v.until("location.hash.includes('lens=zoning')")
    v.page.reload()
    v.until("map?.gxq.issues()")
    assert v.js("map.gxq.lens()") == "zoning"


def test_a_geopackage_at_work_is_followed(at_desk: Callable[..., Desktop], folder: Path) -> None:
    source, of = folder / "sites.geojson", schema().layers["sites"]
    layer.write(layer.read(source, of).frame, folder / "sites.gpkg", of)
    source.unlink()
    v = at_desk()
    with closing(sqlite3.connect(folder / "sites.gpkg")) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("PRAGMA journal_mode=wal")
        database.execute("UPDATE sites SET site_id = 'W-1' WHERE site_id = 'D-1'")
        database.commit()
        v.until(has_site("W-1"))
