"""Tables of the analysis modules agree with tables made by hand."""

import math
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from gxq_geo import availability, open_zone, vacancy
from gxq_geo.zone import Zone
from tests.support.zones import edit, remove, tiny_zone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


@pytest.fixture
def zone(folder: Path) -> Zone:
    return open_zone(folder)


def rows(table: pd.DataFrame) -> list[tuple[object, ...]]:
    return [tuple(row) for row in table.reset_index().itertuples(index=False)]


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


def test_vacancy(zone: Zone) -> None:
    table = vacancy(gpd.GeoDataFrame(zone.carriers))
    # Only one of the two offices states its vacant area: 250 of 1,000 m².
    columns = ["carriers", "total_floor_area_m2", "vacant_floor_area_m2", "vacancy_pct"]
    assert rows(table[columns]) == [
        ("dong", "standard_factory", 1, 5000.0, 0.0, 0.0),
        ("xi", "office", 2, 4000.0, 250.0, 25.0),
    ]
    assert table["vacant_unknown"].tolist() == [0, 1]


def test_vacancy_is_unknown_where_nobody_states_it(folder: Path) -> None:
    edit(folder / "carriers.geojson", "C-1", "vacant_floor_area_m2", None)
    table = vacancy(open_zone(folder).carriers)
    assert pd.isna(table["vacancy_pct"].loc[("xi", "office")])
    edit(folder / "carriers.geojson", "C-3", "total_floor_area_m2", 0)
    table = vacancy(open_zone(folder).carriers)
    assert pd.isna(table["vacancy_pct"].loc[("dong", "standard_factory")])


def test_nothing_in_nothing_out(folder: Path) -> None:
    for site in ("D-1", "D-2", "D-3", "X-1", "X-2"):
        remove(folder / "sites.geojson", site)
    (folder / "carriers.geojson").unlink()
    zone = open_zone(folder)
    assert len(availability(zone.sites)) == 0
    assert len(vacancy(zone.carriers)) == 0
    assert "vacancy_pct" in vacancy(zone.carriers)


def test_records_without_a_park_are_in_no_park(folder: Path) -> None:
    for site in ("D-1", "D-2", "D-3", "X-1", "X-2"):
        edit(folder / "sites.geojson", site, "park_id", None)
    assert len(availability(open_zone(folder).sites)) == 0
