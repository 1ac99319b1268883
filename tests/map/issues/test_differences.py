"""What changed, on the map: listed by layer, marked, outlined; a click leads there."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.map.robust.test_hostile import EVIL
from tests.support.browser import Visit, visited
from tests.support.command import gxq
from tests.support.zones import add, block, edit, point, remove, tiny_zone


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("diff")
    old, new = tiny_zone(home / "then"), tiny_zone(home / "now")
    sites = new / "sites.geojson"
    edit(sites, "D-1", "geometry", block(1130, 140, 200, 100))
    edit(sites, "D-2", "status", "signed")
    edit(sites, "D-2", "start_price_wan_per_mu", 25)
    remove(sites, "X-1")
    given = {"site_id": "N-1", "name_zh": EVIL[0], "park_id": "xi", "status": "reserve"}
    add(sites, given, block(300, 100, 100, 100))
    edit(new / "carriers.geojson", "C-1", "geometry", point(703, 704))
    edit(new / "projects.csv", "P-1", "stage", "signed")
    edit(new / "teams.csv", "T-1", "members", 4)
    path = home / "changes.html"
    done = gxq("diff", old, new, "--format", "html", "-o", path, "--lang", "zh")
    assert done.status == 0, done.err
    return path


@pytest.fixture
def look(browser: Browser, page: Path) -> Iterator[Any]:
    def opened(**context: Any) -> AbstractContextManager[Visit]:
        return visited(browser, page, **context)

    return opened  # type: ignore[return-value]


def row(text: str) -> str:
    return f".issue:has-text('{text}')"


def test_changes_are_listed_by_layer_in_words(look: Any) -> None:
    with look() as v:
        assert v.texts("#issues h2") == ["改动"]
        assert v.texts("#issues h3") == ["地块", "载体", "项目", "招商小分队"]
        assert v.texts(".issue-filter") == ["删除 1", "新增 1", "改动 5"]
        assert v.texts(row("D-1"))[0].split("\n") == [
            "改动 D-1（示例地块 D-1）",
            "图形：整体移动 50.0 米",
        ]
        assert "状态：可供 → 已签约\n起始价：20 万元/亩 → 25 万元/亩" in v.texts(row("D-2"))[0]
        v.js("gxq.lang('en')")
        assert v.texts("#issues h3")[0] == "Sites"
        assert "Geometry: moved by 50.0 m" in v.texts(row("D-1"))[0]
        assert v.js("window.ran") is None


def test_what_it_was_and_is_stands_on_the_map(look: Any) -> None:
    """A project is marked at its site; a team has no place."""
    with look() as v:
        assert v.page.locator(".issue-mark").count() == 6
        assert "无位置" in v.texts(row("T-1"))[0]
        # D-1 before and now, X-1 before, N-1 now; of a point the mark is enough.
        assert v.page.locator(".issue-was").count() == 2
        assert v.page.locator(".issue-is").count() == 2
        v.page.click("[data-level=removed]")
        assert v.page.locator(".issue-was").count() == 1


def test_a_click_leads_to_what_is_gone(look: Any) -> None:
    with look() as v:
        v.page.click(row("X-1"))
        assert v.page.locator(".issue-traced.issue-was").count() == 1
        box = v.page.locator(".issue-picked").bounding_box()
        assert box
        assert 340 < box["x"] < 1400
        assert v.page.locator(row("X-1")).get_attribute("aria-pressed") == "true"


def test_people_who_do_not_see_can_use_it(look: Any) -> None:
    with look() as v:
        found = Axe().run(v.page, context="#panel")
        assert found.violations_count == 0, found.generate_report()


def test_where_nothing_changed_it_says_so(browser: Browser, tmp_path: Path) -> None:
    zone, path = tiny_zone(tmp_path / "layers"), tmp_path / "none.html"
    assert gxq("diff", zone, zone, "--format", "html", "-o", path, "--lang", "zh").status == 0
    with visited(browser, path) as v:
        assert v.texts(".issue-none") == ["没有改动。"]
