"""Base maps under the page: tiles and parcels agree to a pixel, and the way back where none come.

Tiles come from a server on this machine that draws GCJ-02 exactly.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.investment_map.basemaps import BaseMap
from gxq_geo.zone import Zone, open_zone
from gxq_geo.zone.datum import gcj02_to_wgs84
from tests.support import zones
from tests.support.browser import DESKTOP, PHONE, Visit
from tests.support.tiles import Picture, Served, tile_server, unpng

# The south-west corner of the shape that tiles and page both draw; the shape is large enough to
# reach the edge of the screen at every zoom that is tried.
CORNER = (116.603217, 35.407129)
SHAPE = shapely.box(*CORNER, CORNER[0] + 0.3, CORNER[1] + 0.3)
NAME = {"zh": "试验", "en": "Trial"}
FAILED = "net::ERR_"
DENSITY = 4  # device pixels a css px, to measure finely


class Opened(Visit):
    """A page with what the network sends."""

    def shown(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()


@contextmanager
def opened(browser: Browser, url: str, **context: Any) -> Iterator[Opened]:
    """A page that may use the network of this machine; it must end without an error."""
    with browser.new_context(**{"viewport": DESKTOP, **context}) as one:
        visit = Opened.of(one.new_page())
        visit.page.goto(url)
        visit.js("gxq.ready")
        yield visit
        assert [said for said in visit.messages if FAILED not in said] == []


def base(served: Served, **said: Any) -> BaseMap:
    return BaseMap(key="trial", name=NAME, urls=(served.url,), attribution=NAME, **said)


def quadrant(lon: Any, lat: Any, datum: str = "gcj02") -> Picture:
    """Red inside the shape, with its edge as fine as the pixels allow; white outside."""
    wgs = gcj02_to_wgs84(lon, lat) if datum == "gcj02" else (lon, lat)
    inside = np.ones(lon.shape)
    for axis, (place, corner) in enumerate(zip(wgs, CORNER, strict=True)):
        step = np.abs(np.gradient(place, axis=1 - axis))
        inside *= np.clip((place - corner) / step + 0.5, 0, 1)
    other = np.round(255 * (1 - inside)).astype(np.uint8)
    return np.stack([np.full_like(other, 255), other, other], axis=-1)


@pytest.fixture(scope="module")
def tiles() -> Iterator[Served]:
    with tile_server(quadrant) as served:
        yield served


def shape_page(folder: Path, served: Served, datum: str) -> Path:
    """A page whose only park is the shape."""
    zones.tiny_zone(folder / "layers")
    zone = open_zone(folder / "layers")
    park = gpd.GeoDataFrame(zone.parks.iloc[:1].copy())
    park.geometry = [SHAPE]
    frame = {name: one.frame.iloc[:0] for name, one in zone.layers.items()} | {"parks": park}
    m = InvestmentMap(zone, basemaps=[base(served, datum=datum)])
    m._layers = {name: frame[name] for name in m._layers}
    m.save(folder / "page.html")
    return folder / "page.html"


def edge(line: Any) -> float:
    """Where a line of brightness falls through the middle between its ends, from the left."""
    middle = (line[:8].mean() + line[-8:].mean()) / 2
    k = int(np.argmax(line < middle))
    return float(k - 0.5 + (line[k - 1] - middle) / (line[k - 1] - line[k]))


def outline(line: Any) -> float:
    """Where the middle of the dark outline lies on a line of brightness."""
    dark = np.clip((np.median(line) + line.min()) / 2 - line, 0, None)
    return float((dark * np.arange(len(line))).sum() / dark.sum())


def corner_in(picture: Picture, find: Any) -> tuple[float, float]:
    """Where the shape's corner lies in a picture of it, in css px; looked for 20 px beside it."""
    light = picture[..., 1].astype(float)
    middle, away = light.shape[0] // 2, 20 * DENSITY
    west = find(light[middle - away])
    south = find(light[::-1, middle + away])
    return (west + 0.5) / DENSITY, (light.shape[0] - south - 0.5) / DENSITY


def only(v: Opened, pane: str) -> Picture:
    """A picture of the middle of the map with one pane alone."""
    v.js(
        """(wanted) => { for (const [name, pane] of Object.entries(map_gxq.getPanes()))
          if (name !== "mapPane") pane.style.visibility = name === wanted ? "" : "hidden"; }""",
        pane,
    )
    v.page.wait_for_timeout(60)
    box = v.page.locator(".folium-map").bounding_box()
    assert box
    middle = (round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2))
    clip: Any = {"x": middle[0] - 48, "y": middle[1] - 48, "width": 96, "height": 96}
    return unpng(v.page.screenshot(clip=clip))


def disagreement(v: Opened, zoom: float) -> float:
    """By how many css px the page's corner lies from that of the tiles."""
    v.js("([lat, lon, zoom]) => map_gxq.setView([lat, lon], zoom, { animate: false })",
         [CORNER[1], CORNER[0], zoom])  # fmt: skip
    v.until(
        """(([first, ...rest]) => first && [first, ...rest].every((tile) => tile.complete
          && tile.classList.contains("leaflet-tile-loaded")))(
          document.querySelectorAll(".gxq-base .leaflet-tile"))"""
    )
    v.page.wait_for_timeout(300)
    tile = corner_in(only(v, "tilePane"), edge)
    own = corner_in(only(v, "gxqGround"), outline)
    return float(np.hypot(tile[0] - own[0], tile[1] - own[1]))


# Nothing but the map, and its tiles as they came.
BARE = """(() => { const sheet = new CSSStyleSheet();
  sheet.replaceSync("#stage > :not(.folium-map) { display: none }"
    + " .gxq-base { filter: none !important }"
    + " .leaflet-fade-anim .leaflet-tile { opacity: 1 !important; transition: none !important }");
  document.adoptedStyleSheets = [sheet]; })()"""


@pytest.mark.parametrize("datum", ["gcj02", "wgs84"])
def test_parcel_and_tile_agree_within_a_pixel(browser: Browser, tmp_path: Path, datum: str) -> None:
    with tile_server(partial(quadrant, datum=datum)) as served:
        path = shape_page(tmp_path, served, datum)
        small = {"viewport": {"width": 800, "height": 520}, "device_scale_factor": DENSITY}
        with opened(browser, path.as_uri() + "#base=trial", **small) as v:
            v.js(BARE)
            found = {zoom: disagreement(v, zoom) for zoom in (*range(10, 19), 12.5, 15.25)}
    print(datum, {zoom: round(px, 2) for zoom, px in found.items()})
    assert max(found.values()) < 1, found


# ------------------------------------------------------------------ choosing


@pytest.fixture(scope="module")
def page(zone: Zone, tiles: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zone's page with tiles in GCJ-02, the same in WGS 84, and one for http alone."""
    path = tmp_path_factory.mktemp("bases") / "map.html"
    plain: dict[str, Any] = {"urls": (tiles.url,), "attribution": NAME}
    offered = [
        base(tiles, datum="gcj02"),
        BaseMap(key="plain", name={"zh": "另一", "en": "Other"}, **plain),
        BaseMap(key="web", name={"zh": "网站", "en": "Web"}, http_only=True, **plain),
    ]
    InvestmentMap(zone, basemaps=offered).save(path)
    return path


@contextmanager
def website(folder: Path) -> Iterator[str]:
    """The folder's files over http."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def pick(v: Opened, key: str) -> None:
    if v.page.locator("[data-tool=more]").is_visible():
        v.page.click("[data-tool=more]")
    v.page.click("[data-tool=base]")
    v.page.click(f"[data-base='{key}']")


VIEW = "[map_gxq.getCenter().lat, map_gxq.getCenter().lng, map_gxq.getZoom()]"
# The share of the page's own ground that lets through what lies beneath. (Read from a copy, for
# Chromium has words to say about canvases that are read often.)
CLEAR = """(() => {
  const copy = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
  const ctx = copy.getContext("2d", { willReadFrequently: true });
  let clear = 0, all = 0;
  for (const canvas of document.querySelectorAll(".gxq-tiles canvas")) {
    ctx.clearRect(0, 0, 64, 64);
    ctx.drawImage(canvas, 0, 0, 64, 64);
    const { data } = ctx.getImageData(0, 0, 64, 64);
    for (let k = 3; k < data.length; k += 4) { all += 1; clear += data[k] < 200; }
  }
  return clear / all; })()"""


@pytest.mark.parametrize("context", [{"viewport": DESKTOP}, {"viewport": PHONE, "has_touch": True}])
def test_a_base_map_is_chosen_and_left(browser: Browser, page: Path, context: Any) -> None:
    with opened(browser, page.as_uri(), **context) as v:
        v.page.wait_for_timeout(300)
        assert len(v.requests) == 1  # nothing before the choice
        assert v.js(CLEAR) == 0
        before = v.js(VIEW)
        pick(v, "trial")
        v.until("document.querySelectorAll('.gxq-base .leaflet-tile-loaded').length > 3")
        v.until(f"{CLEAR} > 0.4")  # the map beneath shows
        assert v.js(VIEW) == pytest.approx(before, abs=1e-9)
        assert v.shown("#credit") == "试验"
        v.until("location.hash.includes('base=trial')")
        pick(v, "plain")
        assert v.js(VIEW) == pytest.approx(before, abs=1e-9)
        pick(v, "")
        assert v.js("document.querySelectorAll('.gxq-base').length") == 0
        v.until(f"{CLEAR} === 0")
        assert v.js(VIEW) == pytest.approx(before, abs=1e-9)
        assert v.page.locator("#credit").is_hidden()
        v.until("!location.hash.includes('base=')")


def test_what_is_pointed_at_follows_the_datum(browser: Browser, page: Path, zone: Zone) -> None:
    """A site is picked where it is drawn, whatever lies beneath."""
    with opened(browser, page.as_uri() + "#base=trial&on=sites:AQ-004") as v:
        v.page.wait_for_timeout(400)
        v.page.click("#card-close")
        site = zone.sites.set_index("site_id").geometry["AQ-004"]
        [(lon, lat)] = site.representative_point().coords
        at = v.js("([lat, lon]) => map_gxq.latLngToContainerPoint([lat, lon])", [lat, lon])
        box = v.page.locator(".folium-map").bounding_box()
        assert box
        v.page.mouse.click(box["x"] + at["x"], box["y"] + at["y"])
        v.until("!document.getElementById('card').hidden")
        assert "AQ-004" in v.shown("#card-title")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("way", ["chosen", "from the address"])
def test_without_a_network_the_schematic_map_comes_back(
    browser: Browser, page: Path, lang: str, way: str
) -> None:
    address = "#lang=" + lang + ("&base=trial" if way == "from the address" else "")
    with opened(browser, page.as_uri() + address, offline=True) as v:
        if way == "chosen":
            pick(v, "trial")
        v.until("document.getElementById('say').textContent !== ''")
        words = {"zh": "“试验”无法加载，已恢复示意底图。", "en": "Trial could not be loaded."}
        assert v.shown("#say").startswith(words[lang])
        assert v.js("document.querySelectorAll('.gxq-base').length") == 0
        assert v.js(CLEAR) == 0
        v.until("!location.hash.includes('base=')")
        assert all(FAILED in said for said in v.messages)
        assert all(url.startswith(("file:", "http://127.0.0.1")) for url in v.requests)


def test_tiles_that_stop_coming_end_it_too(browser: Browser, page: Path) -> None:
    with opened(browser, page.as_uri() + "#base=trial") as v:
        v.until(f"{CLEAR} > 0.4")
        v.page.context.set_offline(True)
        v.js("map_gxq.setView([35.3, 116.9], 15, { animate: false })")
        v.until("document.getElementById('say').textContent !== ''")
        v.until(f"{CLEAR} === 0")


def test_what_needs_a_website_is_offered_only_there(browser: Browser, page: Path) -> None:
    with opened(browser, page.as_uri() + "#base=web") as v:
        v.page.click("[data-tool=base]")
        assert v.page.locator("[data-base=web]").is_disabled()
        assert "仅限从网站打开时使用" in v.shown("[data-base=web]")
        assert len(v.requests) == 1
    with (
        website(page.parent) as address,
        opened(browser, f"{address}/{page.name}#base=web") as v,
    ):
        v.until("document.querySelectorAll('.gxq-base .leaflet-tile-loaded').length > 0")
        v.page.click("[data-tool=base]")
        assert v.page.locator("[data-base=web]").is_enabled()


def test_missing_review_is_said_in_the_page(browser: Browser, page: Path, zone_page: Path) -> None:
    with opened(browser, page.as_uri()) as v:
        assert "本图尚无审图号" in v.shown("#foot")
    with opened(browser, zone_page.as_uri()) as v:
        assert "本图尚无审图号" not in v.shown("#foot")
        assert v.page.locator("[data-tool=base]").count() == 0


def test_paper_shows_the_schematic_map(browser: Browser, page: Path) -> None:
    with opened(browser, page.as_uri() + "#base=trial") as v:
        v.until(f"{CLEAR} > 0.4")
        pdf = v.page.pdf(prefer_css_page_size=True, print_background=True)
        assert pdf.startswith(b"%PDF")
        assert len(pdf) > 60_000
