"""What could break the page does not: odd addresses, odd zones, no policy."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from playwright.sync_api import Browser

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.schemas import schema
from gxq_geo.zone import Zone, layer, open_zone
from tests.support import zones
from tests.support.browser import PHONE_CONTEXT, Open, visited
from tests.support.nightly import times

# ------------------------------------------------------------------ addresses

KEYS = (
    *("v", "at", "lens", "lang", "theme", "tab", "base", "on", "need", "q", "unit", "sort"),
    *("table", "cols", "keep", "compare", "status", "sector", "park", "land", "area_mu", "x"),
)
VALUES = (
    *("", "1", "0", "-1", "1e309", "NaN", "zoning", "en", "zh", "dark", "sites", "sites:AQ-015"),
    *("sites:", ":", "parks:liaohe", "AQ-015,BH-001,AQ-015", "available,,reserve", "35.4,116.7,12"),
    *(
        "90,180,99",
        "a,b,c",
        "1,sites,area_mu:80",
        "9,?,::",
        "%",
        "%E0%A4%A",
        "%00",
        "\ud83d",
        "__proto__",
    ),
    *(
        "constructor",
        "<img src=x onerror=ran=1>",
        "{{7*7}}",
        "蓼河",
        "a" * 3000,
        "[object Object]",
        "ha",
    ),
    *("sites:status.area_mu,carriers:kind", "-area_mu", "50..100", "..", "50..", "..?", "unknown"),
)


def addresses(count: int) -> Iterator[str]:
    """Addresses at random: known keys with any value, doubled keys, broken escapes, noise."""
    chance = random.Random(3)
    for _ in range(count):
        if chance.random() < 0.15:
            yield "#" + "".join(
                chr(chance.randrange(32, 0x2FFF)) for _ in range(chance.randrange(60))
            )
            continue
        pairs = (
            f"{chance.choice(KEYS)}={chance.choice(VALUES)}" for _ in range(chance.randrange(9))
        )
        yield "#" + "&".join(pairs)


GO = """async (addresses) => {
  for (const address of addresses) {
    location.hash = address;
    await new Promise((done) => setTimeout(done, 4));
    if (!Array.isArray(gxq.visible().sites)) return address;
  }
  return null;
}"""


@pytest.mark.slow
@pytest.mark.random
def test_random_addresses_break_nothing(visit: Open) -> None:
    v = visit()
    count = times(100, 2000)
    batch = [address.encode("utf-8", "replace").decode() for address in addresses(count)]
    for start in range(0, len(batch), 50):
        assert v.js(GO, batch[start : start + 50]) is None
    v.js("location.hash = ''")
    v.js("gxq.lang('zh')")
    v.js("gxq.select('sites', 'AQ-015')")
    assert v.until("document.querySelector('#card-title')?.textContent").startswith("示范地块")
    assert v.js("window.ran") is None


# ------------------------------------------------------------------ zones


def nothing_but(zone: Zone, **frames: gpd.GeoDataFrame) -> Zone:
    """A zone with other frames for some layers."""
    known = schema().layers
    changed = {name: layer.Layer(known[name], frame) for name, frame in frames.items()}
    return Zone(zone.folder, zone.settings, {**zone.layers, **changed})


def tiny(tmp_path: Path) -> Zone:
    return open_zone(zones.tiny_zone(tmp_path / "layers"))


def large_site(zone: Zone) -> Zone:
    """One site of 50,000 vertices."""
    sites = zone.sites.copy()
    turn = np.linspace(0, 2 * np.pi, 50_000, endpoint=False)
    middle = sites.geometry.iloc[0].centroid
    reach = 0.0005 * (1 + 0.2 * np.sin(40 * turn))
    ring = np.column_stack([middle.x + reach * np.cos(turn), middle.y + reach * np.sin(turn)])
    sites.loc[0, "geometry"] = shapely.Polygon(ring)
    return nothing_but(zone, sites=sites)


def holes(zone: Zone) -> Zone:
    """Every site a multipolygon with holes."""
    sites = zone.sites.copy()
    pierced = [
        shapely.MultiPolygon(
            [shapely.difference(g, g.centroid.buffer(0.0001)), shapely.box(0, 0, 1, 1)]
        )
        for g in sites.geometry
    ]
    return nothing_but(zone, sites=sites.set_geometry(gpd.GeoSeries(pierced, crs=4326)))


def all_unknown(zone: Zone) -> Zone:
    """No site says anything beyond its id."""
    sites = zone.sites.copy()
    for name, of in schema().layers["sites"].fields.items():
        if name not in ("site_id", "published"):
            empty = [()] * len(sites) if of.is_list else [None] * len(sites)
            sites[name] = pd.Series(empty, dtype=sites[name].dtype)
    return nothing_but(zone, sites=sites)


def long_names(zone: Zone) -> Zone:
    """Names of 200 characters without a space."""
    frames = {}
    for name in ("parks", "sites", "carriers"):
        frame = zone.frame(name).copy()
        frames[name] = frame.assign(name_zh="园" * 200, name_en="W" * 200)
    return nothing_but(zone, **frames)


def parks_without_geometry(zone: Zone) -> Zone:
    """The parks are a list of names."""
    parks = zone.parks.copy()
    return nothing_but(zone, parks=parks.set_geometry(gpd.GeoSeries([None] * len(parks), crs=4326)))


@pytest.mark.parametrize("context", [{}, PHONE_CONTEXT], ids=["desktop", "phone"])
@pytest.mark.parametrize(
    "spoil", [large_site, holes, all_unknown, long_names, parks_without_geometry]
)
def test_odd_zones_stay_usable(
    visit: Open, tmp_path: Path, spoil: Any, context: dict[str, Any]
) -> None:
    zone = spoil(tiny(tmp_path))
    page = tmp_path / "map.html"
    InvestmentMap(zone).save(page)
    v = visit(path=page, **context)
    for lens in v.js(
        "[...document.querySelectorAll('#lens [data-value]')].map((b) => b.dataset.value)"
    ):
        v.js("(lens) => gxq.lens(lens)", lens)
    for name in ("sites", "parks", "carriers"):
        one = str(zone.frame(name).iloc[0, 0])
        assert v.js("([layer, id]) => gxq.select(layer, id).id", [name, one]) == one
        v.until("document.querySelector('#card-title')")
    v.js("gxq.lang('en')")
    said = v.texts("body")[0]
    assert "NaN" not in said
    assert "undefined" not in said
    # Once the card has slid in, nothing stands beyond the edge.
    v.until("document.documentElement.scrollWidth <= innerWidth")


# ------------------------------------------------------------------ without the policy


def test_without_the_policy_nothing_runs_either(browser: Browser, tmp_path: Path) -> None:
    """The policy is a second wall: text stays text where it is taken away."""
    evil = ["<img src=x onerror=ran=1>", "</script><script>ran=1</script>", "{{ 7*7 }}", "${ran=1}"]
    zone = tiny(tmp_path)
    sites = zone.sites.copy()
    named = [evil[row % len(evil)] for row in range(len(sites))]
    zone = nothing_but(zone, sites=sites.assign(name_zh=named, name_en=named, address_zh=named))
    page = tmp_path / "map.html"
    InvestmentMap(zone).save(page)
    with visited(browser, page, bypass_csp=True) as v:
        for row, name in enumerate(named):
            v.js("(id) => gxq.select('sites', id)", str(sites["site_id"].iloc[row]))
            v.until("document.querySelector('#card-title')")
            assert v.texts("#card-title") == [name]
        assert v.js("window.ran") is None
