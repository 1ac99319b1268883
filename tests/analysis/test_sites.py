"""The availability of sites agrees with tables made by hand."""

import math
from pathlib import Path

import geopandas as gpd
import pytest

from gxq_geo import availability, open_zone
from gxq_geo.zone import Zone
from tests.support.tables import rows
from tests.support.zones import edit, remove, tiny_zone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


@pytest.fixture
def zone(folder: Path) -> Zone:
    return open_zone(folder)


def test_availability(zone: Zone) -> None:
    table = availability(gpd.GeoDataFrame(zone.sites))
    assert rows(table) == [
        ("dong", "available", 2, 90.0, 45.0, 60.0, "D-2", 0),
        ("dong", "operating", 1, 30.0, 30.0, 30.0, "D-3", 0),
        ("xi", "available", 1, 15.0, 15.0, 15.0, "X-1", 0),
        ("xi", "negotiating", 1, 30.0, 30.0, 30.0, "X-2", 0),
    ]


def test_availability_counts_sites_whose_area_is_unknown(folder: Path) -> None:
    edit(folder / "sites.geojson", "D-2", "area_mu", None)
    edit(folder / "sites.geojson", "X-1", "area_mu", None)
    (dong, _, xi, _) = rows(availability(open_zone(folder).sites))
    assert dong == ("dong", "available", 2, 30.0, 30.0, 30.0, "D-1", 1)
    assert xi[:4] == ("xi", "available", 1, 0.0)
    assert math.isnan(float(str(xi[4])))
    assert xi[-1] == 1


def test_availability_of_a_part(zone: Zone) -> None:
    sites = zone.sites[zone.sites["status"] == "available"]
    assert availability(sites)["area_mu"].sum() == 105


def test_availability_follows_the_order_of_the_schema(folder: Path) -> None:
    for site, status in zip(["D-1", "D-2", "D-3"], ["signed", "reserve", "available"], strict=True):
        edit(folder / "sites.geojson", site, "status", status)
    table = availability(open_zone(folder).sites)
    assert [status for _, status in table.loc[["dong"]].index] == ["available", "reserve", "signed"]


def test_nothing_in_nothing_out(folder: Path) -> None:
    for site in ("D-1", "D-2", "D-3", "X-1", "X-2"):
        remove(folder / "sites.geojson", site)
    assert len(availability(open_zone(folder).sites)) == 0


def test_records_without_a_park_are_in_no_park(folder: Path) -> None:
    for site in ("D-1", "D-2", "D-3", "X-1", "X-2"):
        edit(folder / "sites.geojson", site, "park_id", None)
    assert len(availability(open_zone(folder).sites)) == 0
