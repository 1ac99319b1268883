"""The parts of a new zone: its CRS by the place, its first parks and their ids."""

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gxq_geo.exchange.formats import Foreign
from gxq_geo.exchange.importing.incoming import Statements
from gxq_geo.exchange.new_zone import Outline, of_file, place, rectangle
from gxq_geo.exchange.source import SourceTable
from gxq_geo.words.errors import GxqError
from gxq_geo.zone.settings import is_metric

DAY = date(2026, 5, 1)


def outline(*tables: dict[str, list[Any]], stated: Statements | None = None) -> Outline:
    """The outline of a file with a square for each record."""
    square = shapely.box(104.0, 30.6, 104.1, 30.7)
    read = []
    for number, columns in enumerate(tables):
        shapes = np.array([square] * len(next(iter(columns.values()))), dtype=object)
        read.append(SourceTable(f"table-{number}", columns, shapes, "EPSG:4326"))
    file = Foreign(Path("范围.geojson"), "json", tuple(read))
    return of_file(file, stated or Statements(), on=DAY)


def ids(found: Outline) -> list[Any]:
    return [id_ for table in found.file.tables for id_ in table.columns["park_id"]]


# ------------------------------------------------------------------ the first parks


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["北园", "北苑", "南园"], ["by", "by-2", "ny"]),
        (["A区（东）", "B-2 Park", "2号园"], ["aq-d", "b-2-park", "2hy"]),
        (["", None, "！"], ["park-1", "park-2", "park-3"]),
        ([7, 8.5], ["7", "8-5"]),
        (["园" * 100], ["y" * 40]),
    ],
)
def test_ids_are_the_initials_of_the_names(names: list[Any], wanted: list[str]) -> None:
    assert ids(outline({"名称": names})) == wanted


def test_ids_of_the_file_stay_and_are_given_to_no_other_record() -> None:
    first: dict[str, list[Any]] = {"园区编号": [None, "x"], "名称": ["北园", "南园"]}
    second: dict[str, list[Any]] = {"园区编号": ["BY", None], "名称": ["东园", "北苑"]}
    found = outline(first, second)
    columns = [table.columns["园区编号"] for table in found.file.tables]
    assert columns == [["by-2", "x"], ["BY", "by-3"]]
    assert found.filled["park_id"] == 2


def test_parks_without_names_are_numbered_across_tables() -> None:
    found = outline({"备注": [1, 2]}, {"备注": [3]})
    names = [name for table in found.file.tables for name in table.columns["name_zh"]]
    assert names == ["园区 1", "园区 2", "园区 3"]
    assert ids(found) == ["park-1", "park-2", "park-3"]


def test_a_column_that_may_be_the_name_is_stated() -> None:
    two = {"名称": ["北园"], "name": ["North"]}
    assert outline(two).filled == {}
    found = outline(two, stated=Statements(columns={"name": "name_en"}))
    assert "name_en" not in found.filled
    assert ids(found) == ["by"]


def test_a_rectangle_is_a_park_with_the_name_of_the_zone() -> None:
    found = rectangle((104.0, 30.6, 104.1, 30.7), {"zh": "示例新区", "en": "Example"}, on=DAY)
    frame, park = (table.columns for table in found.file.tables)
    assert (park["park_id"], park["name_zh"], park["name_en"]) == (
        ["slxq"],
        ["示例新区"],
        ["Example"],
    )
    assert (frame["zone_id"], frame["name_zh"]) == (["zone"], ["示例新区"])
    assert park["geometry_source"] == frame["geometry_source"] == ["schematic"]
    assert set(found.filled) == {"park_id", "kind"}


# ------------------------------------------------------------------ the CRS of a place


@pytest.mark.parametrize(
    ("at", "crs"),
    [
        ((104.07, 30.57), "EPSG:4544"),  # 成都
        ((87.6, 43.8), "EPSG:4538"),  # 乌鲁木齐
        ((75.99, 39.47), "EPSG:4534"),  # 喀什
        ((91.1, 29.65), "EPSG:4539"),  # 拉萨
        ((121.47, 31.23), "EPSG:4549"),  # 上海
        ((116.6, 35.4), "EPSG:4548"),
        ((131.0, 46.6), "EPSG:4553"),
        ((109.6, 18.25), "EPSG:4546"),  # 三亚
        ((126.98, 37.57), "EPSG:32652"),  # Seoul
        ((108.94, 34.26), "EPSG:4545"),  # 西安
        ((127.0, 45.8), "EPSG:4551"),  # 哈尔滨
        ((105.85, 21.03), "EPSG:32648"),  # Hanoi
        ((115.86, -31.95), "EPSG:32750"),  # Perth
        ((151.2, -33.9), "EPSG:32756"),  # Sydney
        ((9.0, 50.0), "EPSG:32632"),
        ((106.9, 47.9), "EPSG:32648"),  # Ulaanbaatar
        ((77.2, 28.6), "EPSG:32643"),  # Delhi
        ((36.8, -1.3), "EPSG:32737"),  # Nairobi
        ((180.0, 0.0), "EPSG:32660"),
        ((-180.0, 0.0), "EPSG:32601"),
    ],
)
def test_the_crs_of_a_place(at: place.Place, crs: str) -> None:
    assert place.metric_crs(at) == crs


@given(st.floats(-180, 180), st.floats(-80, 84))
def test_the_crs_of_any_place_measures_it_well(lon: float, lat: float) -> None:
    """A degree of latitude in the CRS is as long as on the ellipsoid, to 0.1 per cent."""
    crs = place.metric_crs((lon, lat))
    assert is_metric(crs)
    to_metric = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    steps = [to_metric.transform(lon, lat + step) for step in (-0.005, 0.005)]
    ((x, y), (u, v)), *_ = pairwise(steps)
    flat = shapely.Point(x, y).distance(shapely.Point(u, v))
    _, _, true = pyproj.Geod(ellps="WGS84").inv(lon, lat - 0.005, lon, lat + 0.005)
    assert flat == pytest.approx(true, rel=1e-3)


def test_near_a_pole_a_crs_has_to_be_stated() -> None:
    with pytest.raises(GxqError):
        place.metric_crs((10, 85))


def test_the_middle_of_the_parks() -> None:
    shapes = np.array([shapely.box(104, 30, 105, 31), None, shapely.box(106, 32, 108, 34)])
    assert place.middle(shapes) == (106, 32)
    assert place.middle(np.array([None])) is None


def test_parks_on_both_sides_of_the_antimeridian_are_refused() -> None:
    with pytest.raises(GxqError) as caught:
        place.middle(np.array([shapely.box(179, -17, 180, -16), shapely.box(-180, -17, -179, -16)]))
    assert caught.value.slug == "new-antimeridian"
