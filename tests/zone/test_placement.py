"""Where each candidate CRS puts records against their parks."""

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gxq_geo.zone.datum import gcj02_to_bd09, wgs84_to_gcj02
from gxq_geo.zone.placement import (
    BD09,
    GCJ02,
    NORTHING_FIRST,
    Placement,
    candidates,
    gauss_kruger,
    rank,
)

MEASURE_CRS = "EPSG:4548"
PARKS = shapely.box([116.60, 116.64], [35.40, 35.40], [116.63, 116.67], [35.43, 35.43])
# Two sites near opposite edges of each park: a shift of some hundred metres takes one out.
WEST, SOUTH = (at.ravel() for at in np.meshgrid([116.6005, 116.6405], [35.4005, 35.4255]))
SITES = np.concatenate(
    [shapely.box(w, SOUTH, w + 0.004, SOUTH + 0.004) for w in (WEST, WEST + 0.025)]
)
HOSTS = PARKS[np.tile([0, 1], 4)]


def ranked(shapes: np.ndarray, hosts: Any = HOSTS) -> list[Placement]:
    return rank(shapes, hosts, candidates=candidates(116.63), measure_crs=MEASURE_CRS)


def in_file(crs: str) -> np.ndarray:
    """The sites as a file in a candidate holds them."""
    code = crs.removesuffix(NORTHING_FIRST)
    if code in (GCJ02, BD09):
        shifted = shapely.transform(SITES, lambda at: np.column_stack(wgs84_to_gcj02(*at.T)))
        to_bd09 = lambda at: np.column_stack(gcj02_to_bd09(*at.T))  # noqa: E731
        shapes = shapely.transform(shifted, to_bd09) if code == BD09 else shifted
    else:
        shapes = gpd.GeoSeries(SITES, crs="EPSG:4326").to_crs(code).to_numpy()
    return shapes if code == crs else shapely.transform(shapes, lambda at: at[:, ::-1])


@pytest.mark.parametrize("crs", candidates(116.63))
def test_the_truth_puts_every_record_in_its_park(crs: str) -> None:
    found = ranked(in_file(crs))
    best = [one for one in found if one.inside == len(SITES)]
    assert crs in [one.crs for one in best]
    # What ties with it is the same projection by another name.
    same = {"EPSG:4509", "EPSG:4548"}
    assert {one.code for one in best} in ({crs.removesuffix(NORTHING_FIRST)}, same)
    assert all(one.total == len(SITES) for one in found)
    assert found == sorted(found, key=lambda one: (-one.inside, one.median_distance_m))


def test_candidates_around_a_meridian() -> None:
    assert gauss_kruger(116.63)[:2] == ("EPSG:4548", "EPSG:4527")
    assert {"EPSG:32650", "EPSG:4547", "EPSG:4549", "EPSG:4498"} <= set(candidates(116.63))
    assert gauss_kruger(104.06)[:2] == ("EPSG:4544", "EPSG:4523")
    # At the western edge of China there is no zone beyond the first.
    assert "EPSG:4533" not in gauss_kruger(75)


def test_distance_is_measured_from_the_park_to_the_centre() -> None:
    east = shapely.transform(SITES[:1], lambda at: np.add(at, (0.1, 0)))
    (found,) = rank(east, HOSTS[:1], candidates=["EPSG:4326"], measure_crs=MEASURE_CRS)
    metres = gpd.GeoSeries([HOSTS[0], east[0]], crs="EPSG:4326").to_crs(MEASURE_CRS)
    assert (found.inside, found.total) == (0, 1)
    expected = metres[0].distance(metres[1].centroid)
    assert found.median_distance_m == pytest.approx(expected, abs=2)


def test_records_without_a_host_or_a_shape_are_not_judged() -> None:
    shapes = np.array([None, shapely.Polygon(), *SITES[2:]], dtype=object)
    hosts = np.array([*HOSTS[:-1], None], dtype=object)
    assert ranked(shapes, hosts)[0].total == len(SITES) - 3
    assert {one.total for one in ranked(shapes, np.full(len(shapes), None))} == {0}


def test_one_outline_may_host_all() -> None:
    found = ranked(in_file("EPSG:32650"), shapely.union_all(PARKS))
    assert found[0].crs == "EPSG:32650"
    assert found[0].inside == len(SITES)


def test_many_records_are_judged_by_some() -> None:
    found = ranked(np.tile(in_file("EPSG:4527"), 400), np.tile(HOSTS, 400))
    assert (found[0].crs, found[0].inside, found[0].total) == ("EPSG:4527", 2000, 2000)
