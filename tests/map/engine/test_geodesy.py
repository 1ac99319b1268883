"""Datums, lengths, areas and grid coordinates of the page, against Python and PROJ."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyproj
import pytest
from playwright.sync_api import Browser, Page

from gxq_geo.investment_map import map as drawing
from gxq_geo.zone import datum
from tests.support.modules import modules_script

GEOD = pyproj.Geod(ellps="GRS80")


@pytest.fixture(scope="module")
def js(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    text = modules_script(Datum="geometry/datum.js", Geodesy="geometry/geodesy.js")
    page.add_script_tag(content=text)
    yield page
    page.close()


def places(count: int, west: float, south: float, east: float, north: float) -> Any:
    return np.random.default_rng(7).uniform((west, south), (east, north), (count, 2))


def test_gcj02_is_that_of_python_and_comes_back(js: Page) -> None:
    at = places(2000, 74, 18, 134, 53)
    there = np.array(js.evaluate("(at) => at.map(Datum.toGcj)", at.tolist()))
    assert np.abs(there - np.transpose(datum.wgs84_to_gcj02(*at.T))).max() < 1e-11
    back = np.array(js.evaluate("(at) => at.map(Datum.fromGcj)", there.tolist()))
    assert np.abs(back - at).max() < 1e-9  # 0.1 mm


def test_gcj02_leaves_the_rest_of_the_world_alone(js: Page) -> None:
    for place in ([2.35, 48.86], [-170, -80], [0, 0]):
        assert js.evaluate("(place) => Datum.toGcj(place)", place) == place


@pytest.mark.parametrize("crs", ["EPSG:4548", "EPSG:4527", "EPSG:4509", "EPSG:32650"])
def test_grid_coordinates_are_those_of_proj(js: Page, crs: str) -> None:
    grid = drawing._projection(crs)
    at = places(500, 114, 18, 120, 53)
    script = """([grid, at]) => { const to = Geodesy.transverse(grid);
      return at.map(([lon, lat]) => to(lon, lat)); }"""
    ours = np.array(js.evaluate(script, [grid, at.tolist()]))
    base = pyproj.CRS(crs).geodetic_crs
    theirs = pyproj.Transformer.from_crs(base, crs, always_xy=True).transform(*at.T)
    assert np.abs(ours - np.transpose(theirs)).max() < 0.001


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:2385", "EPSG:21460", "EPSG:32750"])
def test_only_a_modern_transverse_mercator_is_a_grid(crs: str) -> None:
    assert (drawing._projection(crs) is not None) == (crs == "EPSG:32750")


@pytest.mark.parametrize("span", [0.001, 0.05, 1, 40])
def test_distances_are_geodesics(js: Page, span: float) -> None:
    a, b = places(300, 116, 20, 116 + span, 20 + span), places(300, 116, 20, 116 + span, 20 + span)
    b = b[::-1]
    script = "(pairs) => pairs.map(([a, b]) => Geodesy.distance(a, b))"
    ours = js.evaluate(script, [[p.tolist(), q.tolist()] for p, q in zip(a, b, strict=True)])
    theirs = GEOD.inv(*a.T, *b.T)[2]
    assert np.abs(np.array(ours) - theirs).max() < 0.001


def test_distances_on_the_other_side_of_the_world_are_still_numbers(js: Page) -> None:
    far = js.evaluate("Geodesy.distance([0, 0], [179.9, 0.05])")
    assert far == pytest.approx(GEOD.inv(0, 0, 179.9, 0.05)[2], rel=0.006)
    assert js.evaluate("Geodesy.distance([1, 2], [1, 2])") == 0


@pytest.mark.parametrize("span", [0.0002, 0.01, 0.5, 5])
def test_areas_are_those_of_geodesics(js: Page, span: float) -> None:
    """To 0.05 % at any size; a parcel or a park to 0.001 %."""
    for k, middle in enumerate(places(40, 100, 20, 125, 50)):
        turns = np.sort(np.random.default_rng(k).uniform(0, 2 * np.pi, 7))
        ring = middle + span / 2 * np.column_stack([np.cos(turns), np.sin(turns)])
        ours = js.evaluate("(ring) => Geodesy.area(ring)", ring.tolist())
        theirs = abs(GEOD.polygon_area_perimeter(*ring.T)[0])
        assert ours == pytest.approx(theirs, rel=5e-4 if span > 1 else 1e-5)
    assert js.evaluate("Geodesy.area([[1, 1], [2, 2]])") == pytest.approx(0, abs=1e-3)
