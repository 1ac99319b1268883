"""No text of the page is what a program says instead of a word: undefined, NaN, null, [object]."""

import re
from pathlib import Path

import pytest

from gxq_geo.checks import check
from gxq_geo.investment_map.issues import issues_page
from gxq_geo.zone import open_zone
from tests.support.browser import PHONE_CONTEXT, Open, Visit
from tests.support.zones import edit, tiny_zone

NO_WORD = re.compile(r"\b(undefined|NaN|Infinity)\b|\bnull\b|\[object|\{\w+\}")
# What a reader sees, is told by a screen reader, or finds in a field.
TEXTS = """() => [...document.querySelectorAll("body *:not(script, style)")].flatMap((node) => [
  ...[...node.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ data }) => data),
  ...["aria-label", "title", "placeholder", "alt", "value"].map((name) => node.getAttribute(name)),
]).filter((text) => text?.trim())"""
VIEWS = [
    *(f"#tab={tab}" for tab in ("parks", "sites", "carriers", "sectors")),
    *(f"#lens={lens}" for lens in ("zoning", "landuse", "price", "readiness", "freshness")),
    "#table=1",
    "#need=1,sites,area_mu:80,sectors:new_materials,conventional_km:10",
    "#status=available&park=anquan&area=50~100",
    "#keep=AQ-015,AQ-010&compare=1",
]
CARDS = ("sites", "carriers", "parks", "zoning", "stations")


def clean(v: Visit, where: str) -> None:
    wrong = [text for text in v.js(TEXTS) if NO_WORD.search(text)]
    assert not wrong, (where, wrong[:5])


@pytest.mark.parametrize(("lang", "context"), [("zh", {}), ("en", PHONE_CONTEXT)])
def test_every_view_has_words(visit: Open, lang: str, context: dict[str, object]) -> None:
    v = visit(f"#lang={lang}", **context)
    for view in VIEWS:
        v.go(f"{view}&lang={lang}")
        clean(v, view)
    for button in ("#refine", "#need-open"):
        v.go(f"#lang={lang}")
        v.js("(button) => document.querySelector(button).click()", button)
        clean(v, button)
    ids = v.js("Object.fromEntries(Object.entries(gxq.visible()).map(([k, list]) => [k, list[0]]))")
    for layer in CARDS:
        identity = ids.get(layer) or "jining-east"
        v.js("([layer, id]) => gxq.select(layer, id)", [layer, identity])
        clean(v, f"{layer} {identity}")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_list_of_issues_has_words(visit: Open, tmp_path: Path, lang: str) -> None:
    folder = tiny_zone(tmp_path / "layers")
    edit(folder / "sites.geojson", "D-1", "status", "售出")
    (folder / "roads.geojson").rename(folder / "raods.geojson")
    zone = open_zone(folder, partial=True)
    page = tmp_path / "issues.html"
    page.write_text(issues_page(check(zone), zone, lang=lang), "utf-8")
    v = visit(f"#lang={lang}", path=page)
    v.until("document.querySelector('#issues')?.hidden === false")
    clean(v, "issues")
    for row in range(v.page.locator("#issues [data-issue]").count()):
        v.page.locator("#issues [data-issue]").nth(row).click()
        clean(v, f"issue {row}")
