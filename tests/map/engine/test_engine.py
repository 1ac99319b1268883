"""The drawing engine in a real browser: whatever a zone lacks or holds, it draws, quietly."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import pandas as pd
import pytest
import shapely
from playwright.sync_api import Browser, Page

from gxq_geo.investment_map.page import _leaflet
from gxq_geo.investment_map.payload import base91, encode
from gxq_geo.schemas import schema
from tests.map.payload.test_payload import HOLED, SQUARE, frame_of
from tests.support.modules import modules_script

PACKAGE = resources.files("gxq_geo")
SCRIPT = modules_script(Decode="data/decode.js", Engine="engine/engine.js")
PAGE = """<!doctype html><meta charset="utf-8">
<style>html, body, #map { height: 100%; margin: 0 }</style><div id="map"></div>"""
START = """async (text) => {
  window.map_gxq = L.map("map", { attributionControl: false, zoomControl: false });
  window.data = await Decode.decodePayload(text);
  const opening = { lens: "availability", theme: "light", lang: "zh" };
  window.engine = Engine.createEngine(map_gxq, data, opening);
  window.told = [];
  engine.on("hover", (hit) => told.push(["hover", hit && hit.layer, hit && hit.index]));
  engine.on("click", (hit) => told.push(["click", hit && hit.layer, hit && hit.index]));
  engine.fitAll({ padding: [10, 10, 10, 10] });
}"""
IDLE = "() => engine.isIdle()"
TURN = """async () => {
  const rest = () => new Promise((done) => {
    const wait = () => (engine.isIdle() ? done() : requestAnimationFrame(wait));
    requestAnimationFrame(wait);
  });
  const lenses = ["zoning", "landuse", "price", "readiness", "freshness", "availability"];
  for (const lens of lenses) for (const theme of ["dark", "light"]) {
    for (const lang of ["en", "zh"]) {
      engine.setLens(lens); engine.setTheme(theme); engine.setLang(lang);
      await rest();
    }
  }
  for (const name of data.layerNames) {
    const { n } = data.layer(name);
    for (const i of [-1, 0, n - 1, n]) { engine.select(name, i); engine.hover(name, i); }
    engine.setFilter(name, new Uint8Array(n));
    await rest();
    engine.setFilter(name, null);
    if (n) engine.fit(name, 0, { padding: [5, 5, 5, 5], animate: false });
  }
  engine.select(null); engine.hover(null); engine.select("nonsense", 3);
  for (const key of ["status:reserve", "status:x", "price:2", "price:x",
    "landuse-soft:M", "landuse:x", "sector:x", "sectors:a+b", "zoning:green",
    "carrier:office", "station:rail", "frame", "park", "road:street", "rail:x", "nonsense", ""]) {
    engine.swatch(key, 20, 14);
    engine.color(key);
  }
  for (const zoom of [3, 9.3, 12, 15, 18]) {
    map_gxq.setView(map_gxq.getCenter(), zoom, { animate: false });
    await rest();
  }
}"""


@dataclass(frozen=True)
class Opened:
    page: Page
    said: list[str]

    def turn(self) -> None:
        self.page.evaluate(TURN)
        assert self.said == []


def open_zone(browser: Browser, layers: Mapping[str, pd.DataFrame]) -> Opened:
    page = browser.new_page(viewport={"width": 700, "height": 500})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_content(PAGE)
    page.add_style_tag(content=_leaflet("leaflet.css"))
    page.add_script_tag(content=_leaflet("leaflet.js"))
    page.add_script_tag(content=SCRIPT)
    style = tomllib.loads((PACKAGE / "data" / "style.toml").read_text("utf-8"))
    data = encode({"meta": {}, "words": {"zh": {}}, "style": style}, layers, schema())
    page.evaluate(START, base91.encode(data))
    page.wait_for_function(IDLE)
    return Opened(page, said)


def layer(id_field: str, shapes: list[Any], **columns: Any) -> pd.DataFrame:
    frame = frame_of(shapes, **columns).rename(columns={"site_id": id_field})
    texts = {name: pd.Series(v, dtype="str") for name, v in columns.items() if name in TEXTS}
    plain: pd.DataFrame = frame.assign(**texts)
    return plain


TEXTS = {"name_zh", "name_en", "park_id", "status", "road_no", "road_class", "kind"}
CROSS = shapely.LineString([(116.5, 35.45), (116.8, 35.47)])


def whole_zone(name: str) -> dict[str, pd.DataFrame]:
    """A small zone with something in every layer that is drawn, all named alike."""
    both: dict[str, Any] = {"name_zh": [name], "name_en": [name]}
    point = shapely.Point(116.65, 35.45)
    return {
        "zone_frame": layer("zone_id", [SQUARE.buffer(0.02)], **both),
        "subdistricts": layer("subdistrict_id", [SQUARE.buffer(0.02)], **both),
        "green": layer("green_id", [SQUARE.buffer(-0.04)], **both),
        "parks": layer("park_id", [SQUARE], area_km2=[12.5], **both),
        "zoning": layer("zoning_id", [SQUARE], sectors=[("a", "b")], **both),
        "sites": layer(
            "site_id", [SQUARE.buffer(-0.03)], status=["available"], area_mu=[1234.5],
            park_id=["S-0"], **both,
        ),
        "carriers": layer("carrier_id", [point], kind=["office"], **both),
        "stations": layer("station_id", [shapely.Point(116.62, 35.42)], kind=["rail"], **both),
        "rivers": layer("river_id", [CROSS], width_m=[80.0], **both),
        "water": layer("water_id", [point.buffer(0.01)], kind=["lake"], **both),
        "roads": layer("road_id", [CROSS], road_class=["national"], road_no=[name], **both),
        "railways": layer("railway_id", [CROSS], kind=["freight"], **both),
        "sectors": pd.DataFrame({"sector_id": pd.Series(["a", "b"], dtype="str"), "rank": [2, 1]}),
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "安全装备产业园",
        "Safety Equipment Industrial Park",
        "<img src=x onerror=alert(1)>",
        "{{ 7*7 }} ${7*7} </script>",
        "名" * 200,
        "a b " * 50,
        "\u202eright to left \u0000\ud83d\ude00",
        "",
    ],
)
def test_any_name_is_drawn(browser: Browser, name: str) -> None:
    opened = open_zone(browser, whole_zone(name))
    opened.turn()
    opened.page.close()


POOR: dict[str, dict[str, pd.DataFrame]] = {
    "nothing": {},
    "empty layers": {"parks": layer("park_id", []), "sites": layer("site_id", [])},
    "only parks": {"parks": layer("park_id", [SQUARE])},
    "only tables": {"sectors": pd.DataFrame({"sector_id": ["a"]})},
    "null geometry": {"parks": layer("park_id", [None, SQUARE]), "sites": layer("site_id", [None])},
    "points as parks": {"parks": layer("park_id", [shapely.Point(116, 35)])},
    "polygons as roads": {"roads": layer("road_id", [SQUARE], road_class=["autobahn"])},
    "holes": {"parks": layer("park_id", [HOLED]), "sites": layer("site_id", [HOLED])},
    "unknown values": {"sites": layer("site_id", [SQUARE], status=["sold"], area_mu=[None])},
    "far apart": {"sites": layer("site_id", [SQUARE, shapely.Point(-170, -80).buffer(1)])},
    "many vertices": {"sites": layer("site_id", [shapely.Point(116, 35).buffer(0.1, 12_500)])},
}


@pytest.mark.slow
@pytest.mark.parametrize("case", POOR)
def test_a_poor_zone_is_drawn(browser: Browser, case: str) -> None:
    opened = open_zone(browser, POOR[case])
    opened.turn()
    opened.page.close()


def colours_at(opened: Opened, selector: str) -> int:
    """How many different colours the canvases of a pane show."""
    script = """(selector) => {
      const seen = new Set();
      for (const canvas of document.querySelectorAll(selector)) {
        const { width, height } = canvas;
        const copy = Object.assign(document.createElement("canvas"), { width, height });
        const ctx = copy.getContext("2d");
        ctx.drawImage(canvas, 0, 0);
        const { data } = ctx.getImageData(0, 0, width, height);
        for (let k = 0; k < data.length; k += 4 * 37) {
          if (data[k + 3]) seen.add(data[k] << 16 | data[k + 1] << 8 | data[k + 2]);
        }
      }
      return seen.size;
    }"""
    return int(opened.page.evaluate(script, selector))


def test_map_and_labels_are_really_drawn(browser: Browser) -> None:
    opened = open_zone(browser, whole_zone("安全装备产业园"))
    assert colours_at(opened, ".leaflet-gxqGround-pane canvas") > 8
    assert colours_at(opened, ".leaflet-gxqLabels-pane canvas") > 3
    # Where nothing is chosen, the canvas takes no memory.
    assert (
        opened.page.evaluate("document.querySelector('.leaflet-gxqMarks-pane canvas').width") == 0
    )
    opened.page.evaluate("engine.select('sites', 0)")
    opened.page.wait_for_function(IDLE)
    assert colours_at(opened, ".leaflet-gxqMarks-pane canvas") > 0
    opened.page.close()


def point_at(opened: Opened, lon: float, lat: float) -> tuple[float, float]:
    at = opened.page.evaluate("(place) => map_gxq.latLngToContainerPoint(place)", [lat, lon])
    return at["x"], at["y"]


@pytest.mark.parametrize(
    ("lens", "lon", "lat", "layer_name"),
    [
        ("availability", 116.64, 35.44, "sites"),
        ("availability", 116.61, 35.49, "parks"),
        ("availability", 116.62, 35.42, "stations"),
        ("zoning", 116.64, 35.44, "zoning"),
        ("zoning", 116.585, 35.39, None),
    ],
)
def test_what_is_pointed_at_is_told(
    browser: Browser, lens: str, lon: float, lat: float, layer_name: str | None
) -> None:
    opened = open_zone(browser, whole_zone("x"))
    opened.page.evaluate(f"engine.setLens('{lens}')")
    x, y = point_at(opened, lon, lat)
    opened.page.mouse.move(x, y)
    opened.page.mouse.click(x, y)
    click = opened.page.evaluate("told.filter(([name]) => name === 'click').pop()")
    assert click == ["click", layer_name, 0 if layer_name else None]
    if layer_name:
        opened.page.wait_for_function(
            f"told.some(([name, layer]) => name === 'hover' && layer === '{layer_name}')"
        )
    opened.page.close()


def test_what_a_filter_hides_is_not_pointed_at(browser: Browser) -> None:
    opened = open_zone(browser, whole_zone("x"))
    opened.page.evaluate("engine.setFilter('sites', new Uint8Array(1))")
    opened.page.mouse.click(*point_at(opened, 116.64, 35.44))
    assert opened.page.evaluate("told.pop()")[1] == "parks"
    opened.page.close()


def test_the_map_is_drawn_for_paper(browser: Browser) -> None:
    opened = open_zone(browser, whole_zone("x"))
    zoom = opened.page.evaluate(
        """() => {
          window.canvas = document.createElement("canvas");
          const bounds = [116.6, 35.4, 116.7, 35.5];
          const how = { width: 300, height: 200, scale: 2, frame: bounds,
            mark: { layer: "sites", index: 0 } };
          return engine.drawTo(canvas, bounds, how).zoom;
        }"""
    )
    assert opened.page.evaluate("[canvas.width, canvas.height]") == [600, 400]
    assert 9 < zoom < 12
    opened.page.close()


def test_neighbouring_tiles_continue_each_other(browser: Browser) -> None:
    """Where two tiles meet, both drew the same column of pixels: no seam, no broken pattern."""
    big = {"sites": layer("site_id", [SQUARE], status=["reserve"])}
    opened = open_zone(browser, big)
    differing = opened.page.evaluate(
        """async () => {
          map_gxq.setView([35.45, 116.65], 14.25, { animate: false });
          await new Promise((done) => {
            const wait = () => (engine.isIdle() ? done() : requestAnimationFrame(wait));
            requestAnimationFrame(wait);
          });
          const tiles = [...document.querySelectorAll(".gxq-tiles canvas")].map((canvas) =>
            ({ canvas, at: canvas.getBoundingClientRect() }));
          let worst = 0, pairs = 0;
          for (const a of tiles) for (const b of tiles) {
            if (Math.abs(b.at.left - a.at.left - 512) > 0.01 || a.at.top !== b.at.top) continue;
            const column = (canvas, x) => {
              const strip = document.createElement("canvas");
              [strip.width, strip.height] = [1, 512];
              const ctx = strip.getContext("2d");
              ctx.drawImage(canvas, -x, 0);
              return ctx.getImageData(0, 0, 1, 512).data;
            };
            const [one, other] = [column(a.canvas, 512), column(b.canvas, 0)];
            pairs += 1;
            one.forEach((value, k) => { worst = Math.max(worst, Math.abs(value - other[k])); });
          }
          return pairs ? worst : 999;
        }"""
    )
    assert differing <= 60
    opened.page.close()
