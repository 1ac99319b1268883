"""Folium elements on the map, as a reader uses them: from the file alone, or from the network."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import folium
import pytest
from folium import plugins as folium_plugins
from playwright.sync_api import Browser, Page, Route, expect

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.words.errors import GxqWarning
from gxq_geo.zone import open_zone
from tests.support import zones
from tests.support.browser import DESKTOP, Open

plugins: Any = folium_plugins  # without types
HERE = (35.4, 116.6)
TRIANGLE = {
    "type": "Feature",
    "properties": {"text": "<b>七</b>"},
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[116.59, 35.39], [116.61, 35.39], [116.61, 35.41], [116.59, 35.39]]],
    },
}
# What a plugin does that its own author would write much longer.
STUB = """
L.Control.FullScreen = L.Control.extend({ onAdd() {
  const box = L.DomUtil.create("a", "stub leaflet-control");
  box.textContent = new Function("return 'made of text'")();
  document.head.appendChild(document.createElement("style")).textContent = ".stub { width: 77px }";
  return box;
} });
L.control.fullscreen = (options) => new L.Control.FullScreen(options);
"""


@pytest.fixture
def mapped(tmp_path: Path) -> InvestmentMap:
    return InvestmentMap(open_zone(zones.tiny_zone(tmp_path / "layers")))


def saved(m: InvestmentMap, folder: Path) -> Path:
    path = folder / "map.html"
    m.save(path)
    return path


def heat(m: InvestmentMap) -> None:
    plugins.HeatMap([[*HERE, 1.0]], radius=40, blur=1).add_to(m)


def layers(m: InvestmentMap) -> None:
    group = folium.FeatureGroup("一组").add_to(m)
    folium.CircleMarker(HERE, radius=9).add_to(group)
    folium.GeoJson(
        {"type": "FeatureCollection", "features": [TRIANGLE]},
        name="七",
        tooltip=folium.GeoJsonTooltip(["text"]),
    ).add_to(m)
    folium.LayerControl(collapsed=False).add_to(m)


def icon(m: InvestmentMap) -> None:
    folium.Marker(HERE, icon=folium.DivIcon(html='<p style="width: 77px">here</p>')).add_to(m)


def cluster(m: InvestmentMap) -> None:
    group = plugins.MarkerCluster().add_to(m)
    for k in range(5):
        folium.Marker([HERE[0] + k / 1e4, HERE[1]], popup=f"{k}").add_to(group)


@dataclass
class Seen:
    page: Page
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


@contextmanager
def opened(browser: Browser, path: Path, served: str = "") -> Iterator[Seen]:
    """A page whose addresses outside all give the same script, or nothing."""
    settings: dict[str, Any] = {"viewport": DESKTOP}
    with browser.new_context(**settings) as context:
        seen = Seen(context.new_page())

        def answer(route: Route) -> None:
            seen.requests.append(route.request.url)
            if served and route.request.url.endswith(".js"):
                route.fulfill(body=served, content_type="text/javascript")
            else:
                route.abort()

        seen.page.route(re.compile("^https?:"), answer)
        seen.page.on("console", lambda message: seen.messages.append(message.text))
        seen.page.on("pageerror", lambda error: seen.messages.append(f"error {error}"))
        seen.page.goto(path.as_uri())
        seen.page.evaluate("gxq.ready")
        yield seen


@pytest.mark.parametrize(
    ("add", "shown", "count"),
    [
        (lambda m: folium.Marker(HERE).add_to(m), "img.leaflet-marker-icon", 1),
        (heat, "canvas.leaflet-heatmap-layer", 1),
        (layers, ".leaflet-control-layers-overlays label", 2),
        (icon, ".leaflet-marker-pane p", 1),
        (cluster, ".marker-cluster", 1),
    ],
)
def test_drawn_from_the_file_alone(
    browser: Browser,
    mapped: InvestmentMap,
    tmp_path: Path,
    add: Callable[[InvestmentMap], Any],
    shown: str,
    count: int,
) -> None:
    add(mapped)
    with opened(browser, saved(mapped, tmp_path)) as seen:
        expect(seen.page.locator(shown)).to_have_count(count)
        assert seen.page.locator("#foot", has_text="联网").count() == 0
    assert seen.requests == []
    # A hint to the plugin's author about its own canvas.
    assert [said for said in seen.messages if "willReadFrequently" not in said] == []


def test_a_cluster_opens_and_its_popup_too(
    visit: Open, mapped: InvestmentMap, tmp_path: Path
) -> None:
    cluster(mapped)
    v = visit(path=saved(mapped, tmp_path))
    v.until("document.querySelectorAll('.marker-cluster').length === 1")  # one may be fading
    assert v.texts(".marker-cluster") == ["5"]
    v.js("map_gxq.setView([35.4002, 116.6], 20, { animate: false })")
    v.until("document.querySelectorAll('.leaflet-marker-icon').length === 5")
    v.page.locator(".leaflet-marker-icon").nth(2).click()
    v.until("document.querySelector('.leaflet-popup-content')")
    assert v.texts(".leaflet-popup-content")[0] in "01234"
    assert v.js("gxq.select()") is None


def test_styles_and_handlers_of_an_element_are_its_own(
    visit: Open, mapped: InvestmentMap, tmp_path: Path
) -> None:
    icon(mapped)
    plugins.FloatImage("data:image/gif;base64,R0lGODlhAQABAAAAACw=").add_to(mapped)
    button = "<button id='own' onclick='this.textContent = &quot;hit&quot;'>press</button>"
    figure: Any = mapped.get_root()
    figure.html.add_child(folium.Element(button))
    v = visit(path=saved(mapped, tmp_path))
    assert v.js("document.querySelector('.leaflet-marker-pane p').offsetWidth") == 77
    v.js("document.querySelector('#own').click()")
    assert v.js("document.querySelector('#own').textContent") == "hit"


def test_what_is_not_installed_is_named_and_comes_from_the_network(
    browser: Browser, mapped: InvestmentMap, tmp_path: Path
) -> None:
    plugins.Fullscreen().add_to(mapped)
    with pytest.warns(GxqWarning, match=r"(?s)FullScreen\.min\.js.*FullScreen\.css"):
        path = saved(mapped, tmp_path)
    [host] = {url.split("/")[2] for _, url in plugins.Fullscreen.default_js}
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', path.read_text("utf-8"))
    assert policy
    assert f"https://{host}" in policy[1]
    with opened(browser, path, STUB) as seen:
        assert seen.page.locator(".stub").inner_text() == "made of text"
        assert seen.page.evaluate("document.querySelector('.stub').offsetWidth") == 77
        assert f"联网 加入的图层须从 {host} 读取" in seen.page.locator("#foot").inner_text()
        seen.page.evaluate("gxq.lang('en')")
        assert f"Network added layers load from {host}" in seen.page.locator("#foot").inner_text()
    assert {url.split("/")[2] for url in seen.requests} == {host}


def test_without_the_network_the_map_is_there_all_the_same(
    browser: Browser, mapped: InvestmentMap, tmp_path: Path
) -> None:
    plugins.Fullscreen().add_to(mapped)
    with pytest.warns(GxqWarning):
        path = saved(mapped, tmp_path)
    with opened(browser, path) as seen:
        assert seen.page.locator("#list .row").count() > 0
        assert seen.page.locator("#foot", has_text="联网").is_visible()


def test_tiles_of_ones_own_are_said_to_need_the_network(
    browser: Browser, mapped: InvestmentMap, tmp_path: Path
) -> None:
    folium.TileLayer("https://{s}.tiles.example/{z}/{x}/{y}.png", attr="x").add_to(mapped)
    with opened(browser, saved(mapped, tmp_path)) as seen:
        assert "*.tiles.example" in seen.page.locator("#foot").inner_text()


def test_a_corner_of_a_plugin_hides_nothing_of_ours(
    visit: Open, mapped: InvestmentMap, tmp_path: Path
) -> None:
    layers(mapped)
    v = visit(path=saved(mapped, tmp_path))
    for corner in ("topleft", "topright", "bottomleft", "bottomright"):
        v.js(
            """(position) => {
              const box = L.control({ position });
              const text = { textContent: "一个控件" };
              box.onAdd = () => Object.assign(L.DomUtil.create("p", "try"), text);
              box.addTo(map_gxq);
            }""",
            corner,
        )
    hidden = v.js(
        """[...document.querySelectorAll(".try")].filter((box) => {
          const { left, top, width, height } = box.getBoundingClientRect();
          return document.elementFromPoint(left + width / 2, top + height / 2) !== box;
        }).map((box) => box.parentNode.className)"""
    )
    assert hidden == []
