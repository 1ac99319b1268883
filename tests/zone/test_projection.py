"""Longitude and latitude in metres: the same as geopandas, to the last bit."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from gxq_geo.zone import projection


@pytest.mark.parametrize("crs", ["EPSG:4548", "EPSG:4527", "EPSG:32650", "EPSG:3857", "EPSG:2437"])
def test_to_metric_is_to_crs(crs: str) -> None:
    random = np.random.default_rng(1)
    degrees = np.column_stack([random.uniform(110, 125, 500), random.uniform(25, 45, 500)])
    points = np.asarray(shapely.points(degrees))
    circles = np.asarray(shapely.buffer(points, 0.01)).tolist()
    shapes = np.array([*circles, None, shapely.Point()], dtype=object)
    series = gpd.GeoSeries(shapes, index=range(3, 505), crs="EPSG:4326")
    ours, theirs = projection.to_metric(series, crs), series.to_crs(crs)
    assert ours.crs == theirs.crs
    assert ours.index.equals(theirs.index)
    assert ours.to_wkb().equals(theirs.to_wkb())
    x, y = shapely.get_coordinates(ours).T
    plain = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    back = projection.transformer(crs).transform(x, y, direction="INVERSE")
    assert np.array_equal(back, plain.transform(x, y, direction="INVERSE"))


def test_what_is_in_another_crs_is_not_taken_for_degrees() -> None:
    metres = gpd.GeoSeries([shapely.Point(500_000, 3_900_000)], crs="EPSG:32650")
    assert projection.to_metric(metres, "EPSG:4548").to_wkb().equals(metres.to_crs(4548).to_wkb())
