"""The issues on the map: listed, marked, and a click leads there; however broken the zone is."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.map.robust.test_hostile import EVIL
from tests.support.browser import PHONE_CONTEXT, Visit, visited
from tests.support.command import gxq
from tests.support.zones import (
    block,
    edit,
    feature,
    load_features,
    point,
    polygon,
    save_features,
    tiny_zone,
)

Change = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


@pytest.fixture
def look(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Checks a zone and opens the page that comes of it."""

    def opened(path: Path, *words: str, **context: Any) -> Any:
        page = tmp_path / "issues.html"
        done = gxq("check", path, "--format", "html", "-o", page, *words)
        assert done.status in (0, 1), done.err
        return visited(browser, page, **context)

    return opened  # type: ignore[return-value]


def mistakes(folder: Path) -> None:
    """An overlap, a wrong status, and a layer that no rule can place."""
    edit(folder / "sites.geojson", "X-1", "geometry", block(100, 250, 100, 100))
    edit(folder / "sites.geojson", "D-3", "status", "sold")
    (folder / "roads.geojson").rename(folder / "raods.geojson")


ONLY = ("--select", "sites-overlap,not-in-domain,layer-unknown")


def row(rule: str) -> str:
    return f".issue:has(.issue-where:text('{rule}'))"


def centre(visit: Visit) -> tuple[float, float]:
    here = visit.js("map_gxq.getCenter()")
    return here["lng"], here["lat"]


def test_issues_are_listed_by_file_and_marked(folder: Path, look: Any) -> None:
    mistakes(folder)
    with look(folder, *ONLY, "--lang", "zh") as v:
        assert v.texts("#issues h3") == ["raods.geojson", "sites.geojson"]
        assert len(v.texts(".issue")) == 3
        assert v.page.locator(".issue-mark").count() == 2
        assert "D-3（示例地块 D-3）" in v.texts(row("not-in-domain"))[0]
        assert "无位置" in v.texts(row("layer-unknown"))[0]
        v.js("gxq.lang('en')")
        assert "no location" in v.texts(row("layer-unknown"))[0]
        assert v.texts("#issues h2") == ["Issues"]


@pytest.mark.parametrize("context", [{}, PHONE_CONTEXT], ids=["desktop", "phone"])
def test_a_click_on_an_issue_leads_there(folder: Path, look: Any, context: Any) -> None:
    mistakes(folder)
    with look(folder, *ONLY, **context) as v:
        before = v.js("map_gxq.getZoom()")
        v.page.click(row("not-in-domain"))
        assert v.js("map_gxq.getZoom()") >= before
        box = v.page.locator(".issue-picked").bounding_box()
        stage = v.page.locator("#issues").bounding_box()
        assert box
        assert stage
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        # In sight, and not under the list.
        hit = v.js("([x, y]) => document.elementFromPoint(x, y).getAttribute('class')", [x, y])
        assert "issue-picked" in hit
        assert v.page.locator(row("not-in-domain")).get_attribute("aria-pressed") == "true"


def test_a_click_on_a_mark_leads_to_its_row(folder: Path, look: Any) -> None:
    mistakes(folder)
    with look(folder, *ONLY) as v:
        v.page.click("[aria-label='收起，看图层列表']")
        assert v.page.locator("#issues").is_hidden()
        v.page.locator(".issue-error").first.dispatch_event("click")
        assert v.page.locator("#issues").is_visible()
        assert v.page.locator(".issue[aria-pressed=true]").count() == 1


def test_severities_can_be_hidden(folder: Path, look: Any) -> None:
    mistakes(folder)
    with look(folder, *ONLY) as v:
        assert v.texts(".issue-filter") == ["错误 3", "警告 0", "建议 0"]
        v.page.click("[data-level=error]")
        assert v.page.locator(".issue").count() == 0
        assert v.page.locator(".issue-mark").count() == 0
        v.page.click("[data-level=error]")
        assert v.page.locator(".issue").count() == 3


def test_the_list_can_be_closed_and_opened_again(folder: Path, look: Any) -> None:
    mistakes(folder)
    with look(folder, *ONLY) as v:
        v.page.click("#issues .round")
        v.page.click("#tab-sites")
        assert v.page.locator("#list .row").count() > 0
        v.page.click("#issues-open")
        assert v.page.locator("#issues").is_visible()


def test_later_issues_take_the_place_of_these(folder: Path, look: Any) -> None:
    """What a live preview needs."""
    mistakes(folder)
    with look(folder, *ONLY) as v:
        v.page.click(row("not-in-domain"))
        listed = "[...document.querySelectorAll('.issue')].length"
        v.js("gxq.issues({ counts: { error: 0, warning: 0, advice: 0 }, list: [] })")
        assert v.js(listed) == 0
        assert v.texts(".issue-none") == ["检查通过，没有问题。"]
        v.js("gxq.issues(null)")
        assert v.page.locator("#issues").is_hidden()
        assert v.page.locator("#issues-open").is_hidden()


def test_an_ordinary_map_has_no_issues(visit: Callable[..., Visit]) -> None:
    v = visit()
    assert v.page.locator("#issues").is_hidden()
    assert v.page.locator("#issues-open").is_hidden()


def test_values_are_only_text(folder: Path, look: Any) -> None:
    for site, value in zip(("D-1", "D-2", "D-3", "X-1", "X-2"), EVIL, strict=False):
        edit(folder / "sites.geojson", site, "status", value)
        edit(folder / "sites.geojson", site, "name_zh", value)
    (folder / "&lt;img src=x onerror=window.ran=1&gt;.geojson").write_text("{}")
    with look(folder) as v:
        shown = "\n".join(v.texts(".issue"))
        assert "{{ 7*7 }}" in shown
        assert "<img src=x onerror=window.ran=1>" in shown
        assert v.js("window.ran") is None


def test_more_issues_than_are_shown_at_once(folder: Path, look: Any) -> None:
    path = folder / "sites.geojson"
    sites = load_features(path)
    copies = [
        feature("sites", {**sites[0]["properties"], "site_id": f"E-{k}", "status": "sold"}, None)
        for k in range(450)
    ]
    save_features(path, [*sites, *copies])
    with look(folder, "--select", "not-in-domain") as v:
        assert v.page.locator(".issue").count() == 200
        v.page.click(".issue-more")
        v.page.click(".issue-more")
        assert v.page.locator(".issue").count() == 450
        assert v.page.locator(".issue-more").count() == 0


def test_people_who_do_not_see_can_use_it(folder: Path, look: Any) -> None:
    mistakes(folder)
    with look(folder, *ONLY) as v:
        found = Axe().run(v.page, context="#panel")
        assert found.violations_count == 0, found.generate_report()


# ------------------------------------------------------------------ broken zones


def moved(change: Callable[[list[float]], list[float]], *names: str) -> Change:
    """Every position of some layers (all, where none is named) somewhere else."""

    def of(value: Any) -> Any:
        return change(value) if isinstance(value[0], int | float) else [of(part) for part in value]

    def apply(folder: Path) -> None:
        for path in folder.glob("*.geojson"):
            if not names or path.stem in names:
                features = load_features(path)
                for one in features:
                    one["geometry"]["coordinates"] = of(one["geometry"]["coordinates"])
                save_features(path, features)

    return apply


def site(geometry: Any) -> Change:
    return lambda folder: edit(folder / "sites.geojson", "D-2", "geometry", geometry)


def without_ids(folder: Path) -> None:
    features = load_features(folder / "sites.geojson")
    for one in features:
        one["properties"] |= dict.fromkeys(("site_id", "park_id", "status", "area_mu"))
    save_features(folder / "sites.geojson", features)


def as_gbk(folder: Path) -> None:
    path = folder / "sites.geojson"
    path.write_bytes(path.read_text("utf-8").encode("gbk"))


def bare(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != "zone.toml":
            path.unlink()


BROKEN: dict[str, Change] = {
    "metres in one site": site(
        polygon((0, 0), (9, 9), (9, 0)) | {"coordinates": [[[4e5, 4e6]] * 4]}
    ),
    "axes swapped": moved(lambda at: at[::-1], "sites"),
    "everything in metres": moved(lambda at: [at[0] * 4e5, at[1] * 1e5]),
    "a site at zero": site({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}),
    "self-crossing": site(polygon((0, 0), (90, 90), (90, 0), (0, 90))),
    "ring open": site({"type": "Polygon", "coordinates": [[[116, 35], [117, 35], [117, 36]]]}),
    "collection": site({"type": "GeometryCollection", "geometries": [point(9, 9)]}),
    "another kind": site(point(9, 9)),
    "no geometry": site(None),
    "no ids": without_ids,
    "no parks": lambda folder: (folder / "parks.geojson").unlink(),
    "no layers at all": bare,
    "GBK": as_gbk,
    "cut short": lambda folder: (folder / "parks.geojson").write_text('{"type":"Featu'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_zone_is_drawn_as_far_as_it_can_be(folder: Path, look: Any, name: str) -> None:
    BROKEN[name](folder)
    with look(folder) as v:
        assert v.page.locator(".issue").count() > 0
        v.page.locator(".issue").first.click()
        if name not in ("everything in metres", "no layers at all"):
            assert v.js("gxq.visible().zoning.length") == 3
            assert v.js("map_gxq.getZoom()") > 11


def test_a_single_file_and_an_unknown_one(folder: Path, look: Any, tmp_path: Path) -> None:
    site(polygon((0, 0), (90, 90), (90, 0), (0, 90)))(folder)
    other = tmp_path / "mine.geojson"
    other.write_bytes((folder / "sites.geojson").read_bytes())
    for path in (folder / "sites.geojson", other):
        with look(path) as v:
            assert "geometry-invalid" in v.texts(".issue")[0]
            v.page.locator(".issue").first.click()
            assert v.page.locator(".issue-picked").count() == 1
