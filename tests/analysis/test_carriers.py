"""The vacancy of carriers agrees with tables made by hand."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from gxq_geo import open_zone, vacancy
from tests.support.tables import rows
from tests.support.zones import edit, tiny_zone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


def test_vacancy(folder: Path) -> None:
    table = vacancy(gpd.GeoDataFrame(open_zone(folder).carriers))
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
    (folder / "carriers.geojson").unlink()
    table = vacancy(open_zone(folder).carriers)
    assert len(table) == 0
    assert "vacancy_pct" in table
