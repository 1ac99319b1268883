"""The lenses in a real browser: each site in its class by a hand table, and totals that agree."""

import re
from pathlib import Path
from typing import Any

import pytest

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.zone import Zone, open_zone
from tests.support import zones
from tests.support.browser import PHONE, Open, Visit

LENSES = ["availability", "zoning", "landuse", "price", "readiness", "freshness"]
TITLES = ["可供地块", "产业分区", "用地性质", "起始价", "供地条件", "更新时间"]
UTILITIES = [
    "has_road", "has_water_supply", "has_drainage", "has_power",
    "has_telecom", "has_heating", "has_gas", "is_levelled",
]  # fmt: skip
GB, MNR, GBT = "GB 50137-2011", "MNR 2023", "GB/T 21010-2017"
DATA_DATE = "2026-11-30"


def utilities(there: int, *, known: int = 8) -> dict[str, Any]:
    """So many of the utilities are there, the rest of those known are not."""
    return {name: k < there if k < known else None for k, name in enumerate(UTILITIES)}


# id, what is special about the site, and its class in each lens
TABLE: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (
        "A",
        {"ready_to_build": True, "start_price_wan_per_mu": 18, "land_use": "M1", **utilities(0)},
        {"ready": "ready", "price": "lt20", "use": "M1", "fresh": "m3"},
    ),
    (
        "B",
        {"clearance_pct": 100, "start_price_wan_per_mu": 20, "land_use": "M2", **utilities(8),
         "updated": "2026-08-30"},
        {"ready": "net", "price": "20-25", "use": "M2", "fresh": "m3"},
    ),
    (
        "C",
        {"clearance_pct": 100, "start_price_wan_per_mu": 24.9, "land_use": "A35", **utilities(7),
         "updated": "2026-08-29"},
        {"ready": "partly", "price": "20-25", "use": "A", "fresh": "m6"},
    ),
    (
        "D",
        {"clearance_pct": 99, "start_price_wan_per_mu": 25, "land_use": "R2", **utilities(6),
         "updated": "2026-05-30", "status": "reserve"},
        {"ready": "partly", "price": "25-30", "use": "R", "fresh": "m6"},
    ),
    (
        "E",
        {"start_price_wan_per_mu": 40, "land_use": "W1", **utilities(5, known=5),
         "updated": "2026-05-29", "status": "negotiating"},
        {"ready": "pending", "price": "ge35", "use": "W", "fresh": "m12"},
    ),
    (
        "F",
        {"ready_to_build": False, "start_price_wan_per_mu": 60, "land_use": "1001",
         "land_use_scheme": MNR, **utilities(0, known=0), "updated": "2025-11-29"},
        {"ready": "pending", "price": "ge35", "use": "M", "fresh": "older"},
    ),
    (
        "G",
        {"land_use": "0601", "land_use_scheme": GBT, **utilities(0, known=0)},
        {"ready": "unknown", "price": "unknown", "use": "M", "fresh": "m3"},
    ),
    (
        "H",
        {"land_use": "1101", "land_use_scheme": MNR, "status": "operating", **utilities(8),
         "clearance_pct": 100, "start_price_wan_per_mu": 999},
        {"ready": "taken", "price": "taken", "use": "W", "fresh": "taken"},
    ),
    (
        "I",
        {"land_use": "1101", "land_use_scheme": GBT, "status": "signed"},
        {"ready": "taken", "price": "taken", "use": "other", "fresh": "taken"},
    ),
    (
        "J",
        {"land_use": None, "start_price_wan_per_mu": 22, **utilities(8), "clearance_pct": None},
        {"ready": "partly", "price": "20-25", "use": "unknown", "fresh": "m3"},
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def table_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = zones.tiny_zone(tmp_path_factory.mktemp("lenses") / "zone")
    common = {"park_id": "xi", "status": "available", "land_use_scheme": GB, "area_mu": 10}
    sites = [
        ({**common, "site_id": name, "name_zh": name, "updated": DATA_DATE, **given}, k)
        for k, (name, given, _) in enumerate(TABLE)
    ]
    zones.save_features(
        folder / "sites.geojson",
        [zones.feature("sites", p, zones.block(60 * k, 100, 50, 50)) for p, k in sites],
    )
    path = folder / "map.html"
    InvestmentMap(open_zone(folder)).save(path)
    return path


@pytest.mark.parametrize("lens", ["use", "price", "ready", "fresh"])
def test_each_site_is_in_its_class(visit: Open, table_page: Path, lens: str) -> None:
    v = visit(path=table_page)
    expected: dict[str, list[str]] = {}
    for name, _, classes in TABLE:
        expected.setdefault(classes[lens], []).append(name)
    for value, ids in expected.items():
        assert v.js("(spec) => gxq.filter(spec)", {lens: [value]})[lens] == [value]
        assert sorted(v.js("gxq.visible().sites")) == ids


def test_a_land_use_filter_holds_for_blocks_too(visit: Open, table_page: Path) -> None:
    v = visit(path=table_page)
    v.js("gxq.filter({use: ['M1']})")
    assert v.js("gxq.visible().zoning") == ["B-1"]
    v.js("gxq.filter({price: ['lt20']})")
    assert len(v.js("gxq.visible().zoning")) == 3


def figures(v: Visit) -> list[tuple[str, int, float]]:
    """The legend's lines: name, count, area."""
    rows = [
        [re.sub(r"[,\s]", "", part) for part in v.texts(f"#legend .entry >> nth={k} >> span")]
        for k in range(v.page.locator("#legend .entry").count())
    ]
    return [(name, int(count), float(area)) for name, count, area, _ in rows]


@pytest.mark.parametrize("lens", [lens for lens in LENSES if lens != "zoning"])
def test_the_legend_adds_up_to_the_sites(visit: Open, zone: Zone, lens: str) -> None:
    sites = zone.sites[zone.sites["published"]]
    v = visit()
    v.page.click(f"#lens [data-value={lens}]")
    assert v.js("gxq.lens()") == lens
    lines = figures(v)
    assert sum(count for _, count, _ in lines) == len(sites)
    total = sites["area_mu"].sum()
    assert sum(area for _, _, area in lines) == pytest.approx(total, abs=0.06 * len(lines))
    shares = [int(t.strip("<%")) for t in v.texts("#legend .share") if t != "占比"]
    assert 95 <= sum(shares) <= 105


def test_the_zoning_legend_shares_mixed_blocks(visit: Open, zone: Zone) -> None:
    v = visit("#lens=zoning")
    km2 = zone.zoning["area_ha"].sum() / 100
    assert sum(area for _, _, area in figures(v)) == pytest.approx(km2, abs=0.6)


@pytest.mark.parametrize("lens", LENSES)
def test_a_click_on_the_legend_filters_by_it(visit: Open, lens: str) -> None:
    v = visit(f"#lens={lens}")
    layer = "zoning" if lens == "zoning" else "sites"
    lines = figures(v)
    k = max(range(len(lines)), key=lambda k: lines[k][1])
    v.page.click(f"#legend .entry >> nth={k}")
    assert len(v.js(f"gxq.visible().{layer}")) == lines[k][1]
    assert v.page.locator("#filters .chip").count() == 1
    key = v.page.locator(f"#legend .entry >> nth={k}").get_attribute("data-key") or ""
    assert f"{key.split(':')[0]}=" in v.link()
    again = visit(v.link())
    assert len(again.js(f"gxq.visible().{layer}")) == lines[k][1]
    assert figures(again) == lines


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_lenses_are_switched_by_name(visit: Open, lang: str) -> None:
    v = visit(f"#lang={lang}")
    if lang == "zh":
        assert v.texts("#lens button") == TITLES
    for lens in LENSES:
        assert v.js(f"gxq.lens('{lens}')") == lens
        assert v.page.locator("#lens [aria-pressed=true]").get_attribute("data-value") == lens
        assert v.page.locator("#legend .entry").count() >= 5
        if lang == "en":
            shown = " ".join(v.texts("#legend, #lens"))
            assert not re.search("[\u4e00-\u9fff]", shown)
    assert v.js("gxq.lens('__proto__')") == LENSES[-1]


def test_phone_reaches_every_lens(visit: Open) -> None:
    v = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    for lens in LENSES:
        v.page.tap(f"#lens [data-value={lens}]")
        assert v.js("gxq.lens()") == lens
        box = v.page.locator(f"#lens [data-value={lens}]").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"] - 52
    assert v.js("document.documentElement.scrollWidth") <= PHONE["width"]


def test_labels_keep_out_of_what_lies_on_the_map(visit: Open) -> None:
    """Nothing is written under the legend, the lens row or the tools."""
    v = visit("#at=35.39,116.66,13.5&lens=price")
    v.still()
    covered = """(id) => {
      const box = document.getElementById(id).getBoundingClientRect();
      const canvas = document.querySelector(".leaflet-gxqLabels-pane canvas");
      const at = canvas.getBoundingClientRect();
      const scale = canvas.width / at.width;
      const [x, y] = [(box.left - at.left + 2) * scale, (box.top - at.top + 2) * scale];
      const [w, h] = [(box.width - 4) * scale, (box.height - 4) * scale];
      const copy = new OffscreenCanvas(w, h).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, x, y, w, h, 0, 0, w, h);
      const { data } = copy.getImageData(0, 0, w, h);
      return data.some((value) => value > 0); }"""
    v.until(f"({covered})('stage')")  # something is written
    for name in ("legend", "lens", "tools"):
        assert not v.js(covered, name)
