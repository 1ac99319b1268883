"""Measuring, coordinates, position and full screen, as a reader uses them."""

import re
from typing import Any

import pyproj
import pytest

from gxq_geo.zone import Zone
from tests.support.browser import PHONE_CONTEXT, Open, Visit

GEOD = pyproj.Geod(ellps="GRS80")
AT = "#at=35.42,116.62,13"
PLACES = [(-60, -50), (70, -40), (60, 40), (-50, 60)]


def press(v: Visit, tool: str) -> None:
    if not v.page.locator(f"[data-tool={tool}]").is_visible():
        v.page.click("[data-tool=more]")
    v.page.click(f"[data-tool={tool}]")


def spot(v: Visit, dx: float, dy: float) -> tuple[float, float]:
    box = v.page.locator(".folium-map").bounding_box()
    assert box
    return round(box["x"] + box["width"] / 2 + dx), round(box["y"] + box["height"] / 2 + dy)


def put(v: Visit, *offsets: tuple[int, int], touch: bool = False) -> list[list[float]]:
    """Click or tap at places beside the middle of the map; where they lie."""
    found = []
    for dx, dy in offsets:
        v.js("map_gxq.once('click', (event) => { window.hit = event.latlng; }) && undefined")
        (v.page.touchscreen.tap if touch else v.page.mouse.click)(*spot(v, dx, dy))
        v.until("window.hit !== undefined")
        found.append(v.js("[hit.lng, hit.lat]"))
        v.js("delete window.hit")
    return found


def columns(places: list[list[float]]) -> tuple[list[float], list[float]]:
    """Longitudes and latitudes."""
    return [lon for lon, _ in places], [lat for _, lat in places]


def figure(v: Visit, unit: str) -> float:
    """The number before a unit, of what was measured."""
    text = v.page.locator("#measured").inner_text()
    found = re.search(rf"([\d,.]+) {unit}(?!\w)", text)
    assert found, text
    return float(found[1].replace(",", ""))


@pytest.mark.parametrize("context", [{}, PHONE_CONTEXT])
def test_a_distance_is_measured(visit: Open, context: Any) -> None:
    v = visit(AT, **context)
    press(v, "measure")
    v.still()
    at = put(v, *PLACES[:3], touch=bool(context))
    truth = GEOD.line_length(*columns(at)) / 1000
    assert figure(v, "公里") == pytest.approx(truth, abs=0.006)
    assert "3 点" in v.texts("#measured")[0]
    assert v.js("document.getElementById('card').hidden")
    v.page.click("[data-act=undo]")
    truth = GEOD.line_length(*columns(at[:2])) / 1000
    assert figure(v, "公里") == pytest.approx(truth, abs=0.006)
    v.page.click("[data-act=trash]")
    assert v.texts("#measured") == ["在地图上依次点选"]
    v.page.click("[data-act=close]")
    assert v.page.locator("#measure").is_hidden()
    assert v.js("document.querySelectorAll('.measure-line, .measure-dot').length") == 0


@pytest.mark.parametrize("context", [{}, PHONE_CONTEXT])
def test_an_area_is_measured_in_three_units(visit: Open, context: Any) -> None:
    v = visit("#at=35.42,116.62,16", **context)
    press(v, "measure")
    v.page.click("[data-mode=area]")
    v.still()
    at = put(v, *PLACES, touch=bool(context))
    area = abs(GEOD.polygon_area_perimeter(*columns(at))[0])
    assert figure(v, "㎡") == pytest.approx(area, rel=5e-4)
    assert figure(v, "公顷") == pytest.approx(area / 1e4, abs=0.051)
    assert figure(v, "亩") == pytest.approx(area * 15 / 1e4, abs=0.051)
    v.page.click("#lang button:not([aria-pressed=true])")
    assert figure(v, "ha") == pytest.approx(area / 1e4, abs=0.051)


def test_a_position_is_told_in_degrees_and_in_the_grid(visit: Open, zone: Zone) -> None:
    v = visit(AT)
    press(v, "measure")
    v.page.click("[data-mode=point]")
    [(lon, lat)] = put(v, (33, 44))
    text = v.texts("#measured")[0]
    assert f"{lon:.5f}° E" in text
    assert f"{lat:.5f}° N" in text
    base = pyproj.CRS(zone.settings.measure_crs).geodetic_crs
    to = pyproj.Transformer.from_crs(base, zone.settings.measure_crs, always_xy=True)
    east, north = to.transform(lon, lat)
    assert f"X {north:.2f}" in text
    assert f"Y {east:.2f}" in text


def test_coordinates_follow_the_mouse(visit: Open) -> None:
    v = visit(AT)
    v.page.mouse.move(*spot(v, 40, 40))
    assert re.fullmatch(
        r"116\.62\d{3}° E\s+35\.41\d{3}° N\s*X 39\d{5}\s+Y 46\d{4}", v.texts("#coordinates")[0]
    )


def test_measuring_with_the_keyboard(visit: Open) -> None:
    v = visit(AT)
    press(v, "measure")
    v.page.focus(".folium-map")
    for key in ("Enter", "ArrowRight", "ArrowRight", "Enter"):
        v.page.keyboard.press(key)
        v.still()
    assert figure(v, "公里") > 0.5
    v.page.keyboard.press("Backspace")
    assert "点选" in v.texts("#measured")[0]
    v.page.keyboard.press("Escape")
    assert v.page.locator("#measure").is_hidden()


def test_a_second_click_on_the_last_point_finishes(visit: Open) -> None:
    v = visit(AT)
    zoom = v.js("map_gxq.getZoom()")
    press(v, "measure")
    put(v, (-80, 0))
    v.page.mouse.dblclick(*spot(v, 80, 0))
    done = v.texts("#measured")
    v.page.mouse.move(*spot(v, 150, 90))
    assert v.texts("#measured") == done
    assert v.js("map_gxq.getZoom()") == zoom
    put(v, (0, 90))  # begins anew
    assert v.js("document.querySelectorAll('.measure-dot').length") == 1


def test_escape_ends_measuring_and_leaves_the_card(visit: Open) -> None:
    v = visit(AT + "&on=sites:AQ-004")
    press(v, "measure")
    v.page.keyboard.press("Escape")
    assert v.page.locator("#measure").is_hidden()
    assert v.page.locator("#card").is_visible()
    v.page.keyboard.press("Escape")
    assert v.page.locator("#card").is_hidden()


def test_own_position_is_shown(visit: Open) -> None:
    place = {"longitude": 116.62, "latitude": 35.42}
    v = visit("", geolocation=place, permissions=["geolocation"])
    press(v, "locate")
    v.until("document.querySelector('.here') !== null")
    v.until("map_gxq.getZoom() >= 14")
    assert v.js("map_gxq.getCenter().lat") == pytest.approx(35.42, abs=1e-3)
    press(v, "locate")
    assert v.js("document.querySelector('.here')") is None


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({"geolocation": {"longitude": 2.3, "latitude": 48.9}, "permissions": ["geolocation"]},
         "您的位置不在本图范围内。"),
        ({}, "未获定位许可，或本机不能定位。"),
    ],
)  # fmt: skip
def test_a_position_that_is_of_no_use_is_said(visit: Open, context: Any, words: str) -> None:
    v = visit(AT, **context)
    press(v, "locate")
    v.until("document.getElementById('say').textContent !== ''")
    assert v.texts("#say") == [words]
    assert v.js("map_gxq.getCenter().lat") == pytest.approx(35.42, abs=1e-3)


def test_full_screen_comes_and_goes(visit: Open) -> None:
    v = visit()
    press(v, "fullscreen")
    v.until("document.fullscreenElement !== null")
    v.until("document.querySelector('[data-tool=fullscreen]').ariaLabel === '退出全屏'")
    press(v, "fullscreen")
    v.until("document.fullscreenElement === null")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_tools_have_names_and_can_be_touched(visit: Open, lang: str) -> None:
    v = visit(f"#lang={lang}", **PHONE_CONTEXT)
    v.page.click("[data-tool=more]")
    sizes = v.js("""[...document.querySelectorAll(".tool")].filter((one) => one.offsetParent)
      .map((one) => [one.ariaLabel, one.offsetWidth, one.offsetHeight])""")
    assert len(sizes) >= 6
    for name, width, height in sizes:
        assert min(width, height) >= 44
        assert bool(re.search("[\u4e00-\u9fff]", name)) == (lang == "zh")
    v.page.click("[data-tool=measure]")
    for button in v.page.locator("#measure button").all():
        box = button.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44
