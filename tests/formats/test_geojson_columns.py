"""Columns written as GeoJSON have the bytes of the same features written one by one."""

import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from gxq_geo.formats import geojson, geojson_columns

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
DEGREES = st.floats(-180, 180) | st.integers(-1800, 1800).map(lambda n: n / 10) | NUMBERS
POSITIONS = st.tuples(DEGREES, DEGREES)
RINGS = st.lists(POSITIONS, min_size=3, max_size=5).map(lambda ring: [*ring, ring[0]])
POLYGONS = st.builds(shapely.Polygon, RINGS, st.lists(RINGS, max_size=1))
SHAPES = st.one_of(
    st.none(),
    POSITIONS.map(shapely.Point),
    st.tuples(DEGREES, DEGREES, DEGREES).map(shapely.Point),
    st.lists(POSITIONS, min_size=2, max_size=4).map(shapely.LineString),
    RINGS.map(shapely.LinearRing),
    POLYGONS,
    st.lists(POLYGONS, max_size=2).map(shapely.MultiPolygon),
    st.lists(POSITIONS, max_size=2).map(shapely.MultiPoint),
    st.lists(POLYGONS | POSITIONS.map(shapely.Point), max_size=2).map(shapely.GeometryCollection),
)
RECORDS = st.lists(
    st.tuples(
        st.none() | st.text(max_size=3),
        st.none() | NUMBERS,
        st.none() | st.booleans(),
        st.none() | st.lists(st.text(max_size=3), max_size=2),
        SHAPES,
    ),
    max_size=6,
)
NAMES = ("site_id", "area_mu", '亩"', "sectors")


@given(RECORDS)
@example([("a", -0.0, True, [], shapely.Point(116.0, -0.0))])
@example([("b", 1e15, None, None, shapely.Point(1e-7, 4.5e-8)), (None, 1e-7, False, ["a"], None)])
def test_columns_are_written_as_features_are(records: list[tuple[Any, ...]]) -> None:
    columns = {name: [record[k] for record in records] for k, name in enumerate(NAMES)}
    shapes = np.empty(len(records), dtype=object)
    shapes[:] = [record[-1] for record in records]
    features = [
        geojson.to_feature(
            dict(zip(NAMES, record[:-1], strict=True)),
            None if record[-1] is None or record[-1].is_empty else record[-1],
        )
        for record in records
    ]
    features.sort(key=lambda feature: geojson.sort_key(feature, "site_id"))
    written = geojson_columns.collection_bytes(columns, shapes, "site_id")
    assert written == geojson.collection_bytes(features)


@given(st.lists(NUMBERS | DEGREES | st.integers(-(10**9), 10**9).map(lambda n: (n + 0.5) / 1e7)))
def test_numbers_are_rounded_as_python_does(numbers: list[float]) -> None:
    found = geojson_columns.rounded(np.array(numbers, dtype=float)).tolist()
    assert found == [round(number, 7) for number in numbers]
    assert not [number for number in found if number == 0 and math.copysign(1, number) < 0]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_json_cannot_hold_is_refused(bad: float) -> None:
    shapes = np.array([shapely.Point(bad, 1)], dtype=object)
    with pytest.raises(ValueError, match="JSON"):
        geojson_columns.collection_bytes({"site_id": ["a"]}, shapes, "site_id")
    with pytest.raises(ValueError, match="JSON"):
        geojson_columns.collection_bytes({"site_id": ["a"], "x": [bad]}, shapes[:0], "site_id")
