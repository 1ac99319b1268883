"""The table of what is listed, and its export."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.zone import open_zone
from tests.support import zones
from tests.support.browser import PHONE_CONTEXT, Open, Visit

# ------------------------------------------------------------------ table


def test_table_sorts_by_any_column_with_the_unknown_last(
    visit: Open, frames: dict[str, pd.DataFrame]
) -> None:
    sites = frames["sites"]
    v = visit()
    v.page.click("#as-table")
    sort = "[data-sort=start_price_wan_per_mu]"
    cells = """() => [...document.querySelectorAll(".table-row")]
      .sort((a, b) => a.dataset.row - b.dataset.row)
      .map((row) => row.querySelector('[aria-colindex="8"]').textContent)"""
    for way, ascending in (("ascending", True), ("descending", False)):
        v.page.click(sort)
        head = v.page.locator("[data-field=start_price_wan_per_mu]")
        assert head.get_attribute("aria-sort") == way
        shown = [float(text.replace(",", "")) for text in v.js(cells)]
        price = sites["start_price_wan_per_mu"].sort_values(ascending=ascending)
        assert shown == price.head(len(shown)).to_list()
        v.page.focus(".table-scroll")
        v.page.keyboard.press("End")
        v.still()
        assert set(v.js(cells)) == {"未提供"}
        v.page.keyboard.press("Home")
        v.still()
    v.page.click(sort)
    assert v.page.locator("[aria-sort]:not([aria-sort=none])").count() == 0


def test_table_by_keys_and_its_rows_for_a_reader(visit: Open) -> None:
    v = visit()
    v.page.click("#as-table")
    n = len(v.js("gxq.visible().sites"))
    grid = v.page.locator(".table-scroll")
    assert grid.get_attribute("aria-rowcount") == str(n + 1)
    assert v.page.locator(".table-row").count() < 40
    grid.focus()
    for key in ("ArrowDown", "ArrowDown", "PageDown", "ArrowUp", "End"):
        v.page.keyboard.press(key)
    v.still()
    assert grid.get_attribute("aria-activedescendant") == f"table-row-{n - 1}"
    last = v.page.locator(f"#table-row-{n - 1}")
    assert last.get_attribute("aria-rowindex") == str(n + 1)
    v.page.keyboard.press("Enter")
    assert v.page.locator("#card").is_visible()
    assert v.js("gxq.select().id") in last.inner_text()
    assert "picked" in (v.page.locator(f"#table-row-{n - 1}").get_attribute("class") or "")


def test_columns_are_chosen(visit: Open) -> None:
    v = visit()
    v.page.click("#as-table")
    v.page.click("[data-tool=columns]")
    v.page.check(".table-columns [data-field=height_max_m]")
    v.page.uncheck(".table-columns [data-field=status]")
    heads = [text.split("\n")[0] for text in v.texts(".head-cell")]
    assert "限高米" in heads
    assert "状态" not in heads
    v.page.keyboard.press("Escape")
    assert v.page.locator(".table-columns").count() == 0
    internal = {"note_internal", "leader", "published"}
    fields = v.js("[...document.querySelectorAll('[data-field]')].map((e) => e.dataset.field)")
    assert not internal & set(fields)


def test_hover_in_the_table_keeps_the_map_and_marks_the_row(visit: Open) -> None:
    v = visit()
    v.page.click("#as-table")
    v.still()
    before = v.js("JSON.stringify(map_gxq.getCenter())")
    v.page.hover(".table-row >> nth=2")
    v.still()
    assert v.js("JSON.stringify(map_gxq.getCenter())") == before


def test_a_large_list_keeps_few_elements(visit: Open, tmp_path: Path) -> None:
    folder = zones.tiny_zone(tmp_path / "layers")
    plain = zones.load_features(folder / "sites.geojson")
    many = []
    for k in range(5000):
        column, row = divmod(k // len(plain), 32)  # apart, as sites are
        one = zones.moved(plain[k % len(plain)], 0.02 * column, 0.02 * row)
        one["properties"] |= {"site_id": f"N-{k:05d}", "name_zh": f"地块 {k:05d}"}
        many.append(one)
    zones.save_features(folder / "sites.geojson", many)
    InvestmentMap(open_zone(folder)).save(tmp_path / "map.html")
    v = visit("#table=1", path=tmp_path / "map.html")
    assert v.page.locator(".table-row").count() < 60
    assert v.js("document.querySelector('.table-space').offsetHeight") == 5000 * 34
    v.page.focus(".table-scroll")
    v.page.keyboard.press("End")
    v.until("document.querySelector('#table-row-4999') !== null")


# ------------------------------------------------------------------ CSV


def exported(v: Visit, button: str = "[data-tool=export]") -> tuple[str, bytes]:
    with v.page.expect_download() as waiting:
        v.page.click(button)
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def table_of(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_export_is_what_is_listed(visit: Open, frames: dict[str, pd.DataFrame], lang: str) -> None:
    sites = frames["sites"]
    v = visit(f"#table=1&sort=-area_mu&lang={lang}&status=available,reserve&start_price=~30,?")
    name, data = exported(v)
    assert name.endswith(".csv")
    assert data.count(b"\r\n") == data.count(b"\n")
    head, *rows = table_of(data)
    assert head[0].endswith(" site_id")
    assert [text.split()[-1] for text in head][1] == f"name_{lang}"
    known = dict(zip([text.split()[-1] for text in head], zip(*rows, strict=True), strict=True))
    kept = sites[
        sites["status"].isin(["available", "reserve"]) & ~(sites["start_price_wan_per_mu"] > 30)
    ].set_index("site_id")
    assert sorted(known["site_id"]) == sorted(kept.index)
    areas = [float(text) for text in known["area_mu"]]
    assert areas == sorted(kept["area_mu"], reverse=True)
    updated = kept.loc[list(known["site_id"]), "updated"].dt.strftime("%Y-%m-%d")
    assert list(known["updated"]) == updated.to_list()
    prices = kept.loc[list(known["site_id"]), "start_price_wan_per_mu"]
    assert [float(x) if x else None for x in known["start_price_wan_per_mu"]] == [
        None if pd.isna(price) else price for price in prices
    ]


HOSTILE = ["=1+1", "+cmd|'/c calc'!A0", "-2+3", "@SUM(A1)", "\t=1", 'a,"b"\n第二行', "-5", "' x "]


def test_export_is_no_formula(visit: Open, tmp_path: Path) -> None:
    folder = zones.tiny_zone(tmp_path / "layers")
    for k, text in enumerate(HOSTILE):
        given = {"site_id": f"H-{k}", "name_zh": text, "park_id": "xi", "status": "available"}
        given |= {"address_zh": text}
        zones.add(folder / "sites.geojson", given, zones.block(10 * k, 900, 9, 9))
    InvestmentMap(open_zone(folder)).save(tmp_path / "map.html")
    v = visit("#table=1&cols=sites:address_zh.area_mu", path=tmp_path / "map.html")
    _, *rows = table_of(exported(v)[1])
    cells = {row[0]: row[1:3] for row in rows}
    for k, text in enumerate(HOSTILE):
        led = text[0] in "=+-@\t\r" and text != "-5"
        assert cells[f"H-{k}"] == [("'" + text) if led else text] * 2


def test_phone_sorts_by_a_select_and_exports(visit: Open, frames: dict[str, pd.DataFrame]) -> None:
    v = visit(**PHONE_CONTEXT)
    assert v.page.locator("#as-table").is_hidden()
    v.page.select_option("#sort", "start_price_wan_per_mu")
    cheapest = frames["sites"].sort_values("start_price_wan_per_mu")["name_zh"].iloc[0]
    assert v.texts("#list .row-head")[0] == cheapest
    v.page.tap("#panel .grip")
    v.still()
    rows = table_of(exported(v, "#export")[1])
    assert len(rows) == len(frames["sites"]) + 1
