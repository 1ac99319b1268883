"""The internal edition: projects, customers, leaders beside the map; none of it in public."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from gxq_geo import questions, words
from gxq_geo.investment_map import InvestmentMap
from gxq_geo.investment_map.payload import base91, decode
from gxq_geo.schemas import schema
from gxq_geo.schemas.display import amount, plain
from gxq_geo.zone import Zone, open_zone
from tests.map.print.test_print import printed
from tests.support.accessibility import looks, violations
from tests.support.browser import Visit, visited
from tests.support.bureau import bureau
from tests.support.nightly import times

Start = Callable[..., Visit]


@pytest.fixture(scope="module")
def inner(zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The internal page of this repository's zone."""
    path = tmp_path_factory.mktemp("internal") / "internal.html"
    InvestmentMap(zone, audience="internal").save(path)
    return path


@pytest.fixture(scope="module")
def desk(browser: Browser, inner: Path) -> Iterator[Visit]:
    """The internal page, opened once for those who only look."""
    with visited(browser, inner) as v:
        yield v


@pytest.fixture(scope="module")
def small(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Visit, Zone]]:
    """The internal page of the zone of three parks, opened once, and the zone."""
    folder = tmp_path_factory.mktemp("bureau")
    zone = open_zone(bureau(folder / "layers"))
    InvestmentMap(zone, audience="internal").save(folder / "internal.html")
    with visited(browser, folder / "internal.html") as v:
        yield v, zone


def table(v: Visit, selector: str) -> Any:
    """What the lines of a table say, cell by cell."""
    return v.js(
        "(at) => [...document.querySelectorAll(at)].map((line) =>"
        " [...line.querySelectorAll('.inner-name, .entry-n')].map((cell) => cell.textContent))",
        selector,
    )


# ------------------------------------------------------------------ figures


def check_pipeline(v: Visit, zone: Zone, lang: str) -> None:
    answer = questions.projects(zone)
    stage = answer["by_stage"]
    median = answer["durations"].set_index("stage")["median_days"].reindex(stage["stage"])
    domain = schema().domains["project_stage"]
    in_millions = {"zh": 1, "en": 100}[lang]  # 亿元, CNY million
    v.go(f"lang={lang}&inner=projects")
    assert table(v, "#internal .inner-bars button.inner-bar") == [
        [
            words.pick(domain[name], lang),
            str(count),
            plain(known * in_millions),
            plain(days) if days == days else "–",
        ]
        for name, count, known, days in zip(
            stage["stage"], stage["projects"], stage["investment_yi"], median, strict=True
        )
    ]
    chips = [int(re.findall(r"\d+", one)[0]) for one in v.texts(".inner-chip")]
    unled = answer["responsible"]["leader"].isna().sum()
    assert chips == [len(answer["stuck"]), len(answer["due"]), unled]
    said = v.texts("#internal .inner-hint")[0]
    assert str(amount(stage["investment_yi"].sum(), "yi", lang)) in said
    assert str(stage["investment_unknown"].sum()) in said


def check_customers(v: Visit, zone: Zone, lang: str) -> None:
    answer = questions.customers(zone)
    for name in ("by_region", "by_class", "by_campaign", "by_team"):
        frame = answer[name]
        of = frame.columns[0]
        v.go(f"lang={lang}&inner=customers")
        v.js("(of) => document.querySelector(`[data-by=${of}]`).click()", of)
        v.js("() => document.querySelector('.inner-all')?.click()")
        gone = frame[["signed", "dropped"]].sum(axis=1)
        expected = zip(frame["customers"], frame["customers"] - gone, frame["signed"], strict=True)
        lines = table(v, "#internal .inner-bars button.inner-bar")
        found = [tuple(int(cell) for cell in cells[1:]) for cells in lines]
        assert sorted(found) == sorted(tuple(map(int, row)) for row in expected)
        assert [row[0] for row in found] == sorted((row[0] for row in found), reverse=True)
    assert int(re.findall(r"\d+", v.texts(".inner-chip")[0])[0]) == len(answer["due"])


def check_leaders(v: Visit, zone: Zone, lang: str) -> None:
    workload = questions.projects(zone)["leaders"].set_index("leader")["projects"]
    v.go(f"lang={lang}&inner=leaders")
    found = {name: int(count) for name, count in table(v, "#internal button.inner-bar")}
    assert found == workload.to_dict()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("check", [check_pipeline, check_customers, check_leaders])
def test_figures_are_those_of_the_commands(
    desk: Visit, zone: Zone, lang: str, check: Callable[[Visit, Zone, str], None]
) -> None:
    check(desk, zone, lang)


@pytest.mark.parametrize("check", [check_pipeline, check_customers, check_leaders])
def test_figures_of_three_parks(
    small: tuple[Visit, Zone], check: Callable[[Visit, Zone, str], None]
) -> None:
    check(*small, "zh")


def test_a_line_narrows_the_list_to_as_many_as_it_says(desk: Visit) -> None:
    desk.go("lang=zh&inner=projects")
    for k, (_, count, *_rest) in enumerate(table(desk, "#internal button.inner-bar")):
        line = desk.page.locator("#internal button.inner-bar").nth(k)
        line.click()
        assert line.get_attribute("aria-pressed") == "true"
        assert desk.page.locator(".inner-row").count() == int(count)
        assert desk.texts(".inner-count") == [f"{count} 个项目"]
        line.click()
    assert desk.page.locator(".inner-row").count() == 94


# ------------------------------------------------------------------ cards


def test_a_project_opens_its_card_and_the_map_goes_to_its_site(desk: Visit, zone: Zone) -> None:
    desk.go("lang=zh&inner=projects")
    desk.page.locator(".inner-row[data-id='P-03']").click()
    said = desk.texts("#card")[0]
    record = zone.projects.set_index("project_id").loc["P-03"]
    for wanted in (record["name_zh"], record["leader"], record["next_action"], record["site_id"]):
        assert wanted in said
    history = questions.projects(zone)["history"]
    own = history[history["project_id"] == "P-03"]
    lines = desk.texts("#card .stage-list li")
    assert len(lines) == 6
    for line, (entered, days, moved) in zip(
        lines, own[["entered", "days", "moved"]].itertuples(index=False, name=None), strict=False
    ):
        assert f"{entered:%Y-%m-%d}" in line
        assert (f"{days:.0f} 天" if moved else f"已 {days:.0f} 天") in line
    assert desk.page.locator("#card .role[data-state=true]").count() == len(record["leader_roles"])
    # The map went there: its site lies in the part that is not covered.
    desk.page.locator("#card .link", has_text=record["site_id"]).click()
    assert record["site_id"] in desk.texts("#card-title")[0]
    assert record["name_zh"] in desk.texts("#card [data-part=projects]")[0]


def test_the_map_goes_to_where_a_project_is(browser: Browser, inner: Path, zone: Zone) -> None:
    at = zone.sites.set_index("site_id").geometry["GD-025"].representative_point()
    with visited(browser, inner, "#on=projects:P-03") as v:
        west, south, east, north = v.js(
            "(() => { const b = map_gxq.getBounds();"
            " return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()]; })()"
        )
    assert west < at.x < east
    assert south < at.y < north
    assert east - west < 0.1


def test_cards_of_parks_and_sites_say_who_is_responsible(desk: Visit, zone: Zone) -> None:
    desk.go("lang=zh&on=parks:anquan")
    said = desk.texts("#card [data-part=projects]")[0]
    row = questions.projects(zone)["by_park"].set_index("park_id").loc["anquan"].to_dict()
    own = zone.projects[zone.projects["park_id"] == "anquan"]
    assert f"列出 {row['projects']:.0f} 个项目" in said
    assert plain(row["investment_yi"]) in said
    for leader in own["leader"].dropna():
        assert leader in said
    desk.page.locator("#card [data-part=projects] .action").click()
    assert desk.texts(".inner-count") == [f"{len(own)} 个项目"]
    leader = own["leader"].dropna().iloc[0]
    desk.go("lang=zh&inner=leaders")
    desk.page.locator(f"[data-leader='{leader}']").click()
    assert desk.page.locator(".inner-row").count() == (zone.projects["leader"] == leader).sum()


def test_a_customer_has_a_card(desk: Visit, zone: Zone) -> None:
    desk.go("lang=en&inner=customers")
    desk.page.locator(".inner-chip").first.click()
    first = desk.page.locator(".inner-row").first
    due = questions.customers(zone)["due"].iloc[0]
    assert first.get_attribute("data-id") == due["customer_id"]
    assert f"in {due['days_left']} days" in first.inner_text()
    first.click()
    assert due["next_action"] in desk.texts("#card")[0]


# ------------------------------------------------------------------ use


def test_a_link_opens_the_same_list_and_card(browser: Browser, inner: Path) -> None:
    with visited(browser, inner, "#inner=customers&on=customers:K-17") as v:
        assert v.page.locator("#internal").is_visible()
        assert v.js("document.querySelector('#inner-customers').ariaSelected") == "true"
        assert v.js("gxq.select(undefined)") == {"layer": "customers", "id": "K-17"}
        assert "inner=customers" in v.link()
        v.page.click("#internal .issues-head .round")
        assert "inner" not in v.link()
        assert v.js("document.activeElement.id") == "internal-open"


def test_it_is_used_with_keys(browser: Browser, inner: Path) -> None:
    with visited(browser, inner) as v:
        v.page.focus("#internal-open")
        v.page.keyboard.press("Enter")
        assert v.js("document.activeElement.id") == "internal-title"
        v.page.keyboard.press("Tab")
        v.page.keyboard.press("Tab")
        v.page.keyboard.press("ArrowRight")
        assert v.js("document.activeElement.id") == "inner-customers"
        assert v.texts("#internal .inner-count") == ["72 家客户"]
        v.page.keyboard.press("Tab")  # the list, which scrolls
        v.page.keyboard.press("Tab")
        v.page.keyboard.press("Tab")
        v.page.keyboard.press("Enter")
        assert v.js("document.activeElement.dataset.by") == "customer_class"
        # What lies beneath is not reached.
        assert v.js("document.querySelector('#list').inert")


STATES = (
    *("", "inner=projects", "inner=customers", "inner=leaders"),
    *("on=projects:P-03", "on=projects:SZ2017-01", "on=customers:K-17"),
    *("on=parks:anquan", "on=sites:GD-025"),
)


@pytest.mark.slow
@pytest.mark.random
@pytest.mark.parametrize(("look", "device", "context"), looks()[: times(1, 4)])
def test_axe_finds_no_violation(
    browser: Browser, inner: Path, look: str, device: str, context: dict[str, Any]
) -> None:
    found = {}
    with visited(browser, inner, f"#{look}", reduced_motion="reduce", **context) as v:
        for state in STATES:
            v.go(f"{look}&{state}")
            v.still()
            found[state] = violations(v)
            wide = v.js(
                "(() => { const box = document.querySelector('.inner-body');"
                " return box && box.scrollWidth - box.clientWidth; })()"
            )
            assert not wide, (state, wide)
    assert {state: said for state, said in found.items() if said} == {}


def test_the_band_is_on_screen_and_on_paper(browser: Browser, inner: Path) -> None:
    with visited(browser, inner, "#on=sites:GD-025") as v:
        assert v.page.locator("[data-band=internal]").is_visible()
        for address in ("v=1", "on=sites:GD-025", "keep=AQ-015,BH-001&compare=1"):
            v.go(address)
            reader, text = printed(v)
            assert words.text("page.band_internal", "zh") in text
            assert len(reader.pages) == 1


# ------------------------------------------------------------------ the public page


def test_the_public_page_holds_none_of_it(zone: Zone, zone_page: Path, inner: Path) -> None:
    """No name of a project, customer, team, leader or contact of theirs, and none of the words."""
    names = set()
    for layer in ("projects", "customers", "teams", "project_stages"):
        frame = zone.frame(layer)
        texts = [f.name for f in schema().layers[layer].fields.values() if f.type == "text"]
        kept = [name for name in texts if name not in ("source", "region")]
        names |= {str(value) for name in kept for value in frame[name].dropna()}
    public = set()
    for layer in ("sites", "carriers", "parks"):
        frame = zone.frame(layer)[zone.frame(layer)["published"]]
        for name in frame.columns.intersection(["contact_name", "contact_phone"]):
            public |= set(frame[name].dropna())
    own = [said for key, said in words.table("internal", "zh").items() if len(said) > 4]
    held = {page: whole(page) for page in (zone_page, inner)}
    for word in [*sorted(names - public), *own, "createInternalCards", "inner-bar"]:
        assert word not in held[zone_page], word
    # The same look finds them in the internal page.
    assert "示例项目 03" in held[inner]
    assert "createInternal" in held[inner]
    assert words.text("internal.open", "zh") in held[inner]


def whole(path: Path) -> str:
    """A page as it stands, its code unzipped and its data decoded."""
    block = r'id="gxq-(?:code|data)">([^<]*)<'
    text = path.read_text("utf-8")
    code, data = re.findall(block, text)
    scripts = (gzip.decompress(base91.decode(packet)).decode("utf-8") for packet in code.split())
    held = decode(base91.decode(data))
    frames = [frame.drop(columns="geometry", errors="ignore") for frame in held.layers.values()]
    cells = [str(cell) for frame in frames for cell in frame.to_numpy().ravel()]
    header = json.dumps(held.header, ensure_ascii=False)
    return "\n".join([re.sub(block, "", text), *scripts, header, *cells])
