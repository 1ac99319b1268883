"""What Python encodes, the page's own script decodes in a real browser to the same values."""

import json
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page
from pyproj import Geod

from gxq_geo.investment_map.payload import base91, encode
from gxq_geo.schemas import schema
from tests.map.payload.test_payload import (
    GEOMETRIES,
    HOLED,
    SQUARE,
    frame_of,
    geometries,
    typed_frame,
)
from tests.support.modules import modules_script

SCHEMA = schema()
GEOD = Geod(ellps="WGS84")
DUMP = """async (text) => {
  const data = await Decode.decodePayload(text);
  const layer = data.layer("sites");
  const rows = Array.from({ length: layer.n }, (_, i) => ({
    values: Object.fromEntries(layer.fields.map((name) => [name, layer.get(i, name)])),
    rings: layer.rings(i).map((part) => part.map((ring) => [...ring])),
    bounds: layer.bounds(i), centre: layer.centre(i), index: layer.indexOf(layer.id(i)),
  }));
  const { n, kind, extent } = layer;
  return JSON.stringify({ meta: data.meta, n, kind, extent, rows });
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_content("<!doctype html><title>decode</title>")
    page.add_script_tag(content=modules_script(Decode="data/decode.js"))
    yield page
    page.close()


def decoded(page: Page, frame: pd.DataFrame, *, compress: bool = True) -> dict[str, Any]:
    data = encode({"meta": {"名": "<b>"}}, {"sites": frame}, SCHEMA, compress=compress)
    back: dict[str, Any] = json.loads(page.evaluate(DUMP, base91.encode(data)))
    return back


def values(back: dict[str, Any], field: str) -> list[Any]:
    return [row["values"][field] for row in back["rows"]]


def metres_off(row: dict[str, Any], geometry: Any) -> float:
    ours = np.array([v for part in row["rings"] for ring in part for v in ring]).reshape(-1, 2)
    theirs = []
    for part in shapely.get_parts(geometry):
        closed = part.geom_type == "Polygon"
        rings = shapely.get_rings(part) if closed else [part]
        theirs += [shapely.get_coordinates(ring)[: -1 if closed else None] for ring in rings]
    flat = np.concatenate(theirs)
    assert ours.shape == flat.shape
    return float(np.abs(GEOD.inv(ours[:, 0], ours[:, 1], flat[:, 0], flat[:, 1])[2]).max())


def assert_rows_match(back: dict[str, Any], some: list[Any]) -> None:
    for row, geometry in zip(back["rows"], some, strict=True):
        if geometry is None or geometry.is_empty:
            assert row["rings"] == []
            assert row["bounds"] is None
            assert row["centre"] is None
        else:
            assert metres_off(row, geometry) <= 0.06
            assert np.allclose(row["bounds"], geometry.bounds, atol=1e-6)


def test_every_kind_of_geometry(page: Page) -> None:
    back = decoded(page, frame_of(GEOMETRIES))
    assert_rows_match(back, GEOMETRIES)
    assert back["kind"] == "polygon"
    assert [row["index"] for row in back["rows"]] == list(range(len(GEOMETRIES)))


def test_the_zone_s_own_coordinates_come_back_within_six_centimetres(page: Page) -> None:
    rng = np.random.default_rng(7)
    corners = [116.6, 35.3] + rng.random((50, 2)) * 0.2
    places = [shapely.Point(*corner) for corner in corners]
    back = decoded(page, frame_of(places))
    for row, place in zip(back["rows"], places, strict=True):
        lon, lat = row["centre"]
        assert abs(GEOD.inv(lon, lat, place.x, lat)[2]) <= 0.06
        assert abs(GEOD.inv(lon, lat, lon, place.y)[2]) <= 0.06


def test_the_centre_of_a_polygon_lies_inside(page: Page) -> None:
    bow = shapely.Polygon([(0, 0), (10, 0), (10, 10), (9, 10), (9, 1), (1, 1), (1, 10), (0, 10)])
    shapes = [SQUARE, HOLED, bow]
    for row, shape in zip(decoded(page, frame_of(shapes))["rows"], shapes, strict=True):
        assert shape.contains(shapely.Point(row["centre"]))


@pytest.mark.parametrize("compress", [True, False])
def test_each_type_of_value(page: Page, compress: bool) -> None:
    back = decoded(page, typed_frame(), compress=compress)
    assert back["meta"] == {"名": "<b>"}
    assert values(back, "status") == ["reserve", None, "available"]
    assert values(back, "sectors") == [["equipment", "information"], None, ["equipment"]]
    assert values(back, "term_years") == [50, None, 40]
    assert values(back, "has_road") == [True, None, False]
    assert values(back, "updated") == ["1969-12-31", None, "2026-11-23"]


def test_an_empty_layer(page: Page) -> None:
    back = decoded(page, frame_of([]))
    assert (back["n"], back["kind"], back["extent"], back["rows"]) == (0, "none", None, [])


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_frame(page: Page, data: st.DataObject) -> None:
    some = data.draw(st.lists(geometries, max_size=5))
    n = len(some)
    texts = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
    numbers = st.one_of(
        st.none(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.integers(-(10**6), 10**6).map(lambda v: v / 100),
    )
    names = data.draw(st.lists(texts, min_size=n, max_size=n))
    areas = data.draw(st.lists(numbers, min_size=n, max_size=n))
    frame = frame_of(
        some,
        name_zh=pd.Series(names, dtype="str"),
        area_mu=pd.Series(areas, dtype="float64"),
    )
    back = decoded(page, frame)
    assert values(back, "name_zh") == names
    # JSON writes a large whole number without a point: Python reads it as an exact int.
    assert [v if v is None else float(v) for v in values(back, "area_mu")] == areas
    assert_rows_match(back, some)


def test_sites_by_the_thousand_come_back(page: Page) -> None:
    n = 3000
    frame = gpd.GeoDataFrame(
        {
            "site_id": pd.Series([f"S-{i}" for i in range(n)], dtype="str"),
            "address_zh": pd.Series([f"road {i % 400}" for i in range(n)], dtype="str"),
            "area_mu": [i / 10 if i % 7 else None for i in range(n)],
        },
        geometry=shapely.points(116 + np.arange(n) * 1e-4, 35 + np.arange(n) * 1e-5),
        crs="EPSG:4326",
    )
    back = decoded(page, frame)
    assert values(back, "address_zh") == list(frame["address_zh"])
    assert values(back, "area_mu") == [i / 10 if i % 7 else None for i in range(n)]


@pytest.mark.parametrize("data", [b"GXQ2", b""])
def test_damaged_data_are_named(page: Page, data: bytes) -> None:
    told = page.evaluate(
        "(text) => Decode.decodePayload(text).catch((error) => error.code)", base91.encode(data)
    )
    assert told == "not-payload"
