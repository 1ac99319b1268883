"""Any GeoPackage as a foreign file: every table, and all that was not taken over."""

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import fiona
import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from gxq_geo.exchange.readers import geopackage
from gxq_geo.exchange.source import ReadOptions
from gxq_geo.words.errors import FileError
from tests.exchange.told import kinds, lines_of, told
from tests.formats.test_geopackage import package, sql

OPTIONS = ReadOptions()
POINT = {"type": "Point", "coordinates": [116.6, 35.4]}


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """Two layers and a table, none of them ours, as pyogrio writes them."""
    path = tmp_path / "勘测.gpkg"
    parcels = gpd.GeoDataFrame(
        {
            "宗地号": ["007", "008"],
            "面积": [12.5, None],
            "层数": pd.array([3, None], dtype="Int64"),
            "净地": pd.array([True, None], dtype="boolean"),
            "日期": pd.Series(["2026-01-02", None], dtype="datetime64[s]"),
            "时间": pd.to_datetime(["2026-01-01T16:00:00Z", "2026-01-01T08:30:00Z"]),
            "用途": ['["a","b"]', "[]"],
        },
        geometry=[shapely.box(465000, 3921000, 465100, 3921100), None],
        crs=4548,
    )
    pyogrio.write_dataframe(parcels, path, layer="宗地", driver="GPKG")
    wells = gpd.GeoDataFrame({"name": ["井"]}, geometry=[shapely.Point(116.6, 35.4)], crs=4326)
    pyogrio.write_dataframe(wells, path, layer="wells", driver="GPKG", append=True)
    pyogrio.write_dataframe(pd.DataFrame({"x": [1]}), path, layer="notes", append=True)
    return path


def test_every_table_is_read(survey: Path) -> None:
    notes, wells, parcels = geopackage.read(survey, OPTIONS)
    assert (notes.name, wells.name, parcels.name) == ("notes", "wells", "宗地")
    assert (notes.geometries, notes.crs, notes.columns) == (None, "", {"x": (1,)})
    assert (wells.crs, parcels.crs) == ("EPSG:4326", "EPSG:4548")
    assert {name: list(cells) for name, cells in parcels.columns.items()} == {
        "宗地号": ["007", "008"],
        "面积": [12.5, None],
        "层数": [3, None],
        "净地": [True, None],
        "日期": [dt.date(2026, 1, 2), None],
        "时间": [dt.date(2026, 1, 2), dt.datetime(2026, 1, 1, 16, 30)],
        "用途": [["a", "b"], []],
    }
    assert parcels.geometries is not None
    assert parcels.geometries[0].bounds == (465000, 3921000, 465100, 3921100)
    assert parcels.geometries[1] is None
    assert parcels.places == ("1", "2")
    assert told([notes, wells, parcels]) == {}


def test_one_table_is_read(survey: Path) -> None:
    (table,) = geopackage.read(survey, ReadOptions(table="wells"))
    assert table.name == "wells"
    with pytest.raises(FileError) as caught:
        geopackage.read(survey, ReadOptions(table="well"))
    assert "宗地" in caught.value.say("zh")
    lines_of(caught.value)


def test_a_crs_without_authority_is_its_definition(tmp_path: Path) -> None:
    path = package(
        tmp_path / "a.gpkg", POINT, crs="+proj=tmerc +lon_0=116.5 +x_0=500000 +ellps=GRS80"
    )
    (table,) = geopackage.read(path, OPTIONS)
    assert table.crs.startswith("PROJCS[")
    (table,) = geopackage.read(package(tmp_path / "b.gpkg", POINT, crs=None), OPTIONS)
    assert table.crs == ""


def test_texts_in_gbk_are_decoded_and_it_is_told(tmp_path: Path) -> None:
    path = package(tmp_path / "a.gpkg", POINT, POINT, kinds={"name": "str", "code": "str"})
    for row, text in enumerate(("济宁高新区示范地块", "洸府河产业园"), 1):
        sql(path, f"UPDATE sites SET name = CAST(x'{text.encode('gbk').hex()}' AS TEXT),"
            f" code = 'A' WHERE fid = {row}")  # fmt: skip
    (table,) = geopackage.read(path, OPTIONS)
    assert list(table.columns["name"]) == ["济宁高新区示范地块", "洸府河产业园"]
    assert list(table.columns["code"]) == ["A", "A"]
    assert [note.kind for note in table.notes] == ["vector.note.encoding-hanzi"]
    told([table])
    (table,) = geopackage.read(path, ReadOptions(encoding="gbk"))
    assert table.columns["name"][0] == "济宁高新区示范地块"


def lossy(path: Path) -> None:
    """A file with everything that is not taken over."""
    package(path, POINT, *[POINT] * 3, {"type": "Point", "coordinates": [1, 2, 3]}, name="a")
    sql(
        path,
        "ALTER TABLE a ADD COLUMN picture BLOB",
        "UPDATE a SET picture = x'FFD8'",
        "CREATE VIEW v AS SELECT * FROM a",
        "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('v', 'features')",
        "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('t', 'tiles')",
    )
    with closing(sqlite3.connect(path)) as database:
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE a SET geom = x'4750' WHERE fid = 2")
        database.execute("UPDATE a SET geom = x'47500001E6100000010800000000000000' WHERE fid = 3")
        database.execute(
            "UPDATE a SET geom = x'4750000150000000010100000000000000000000000000000000000000'"
            " WHERE fid = 4"
        )
        database.commit()


def test_what_is_not_taken_over_is_told(tmp_path: Path) -> None:
    lossy(tmp_path / "a.gpkg")
    tables = geopackage.read(tmp_path / "a.gpkg", OPTIONS)
    found = told(tables)
    assert set(found) == kinds("geopackage.loss")
    (a,) = (table for table in tables if table.name == "a")
    assert {loss.kind: (loss.count, loss.where) for loss in a.losses} == {
        "geopackage.loss.geometry": (1, "a"),
        "geopackage.loss.curve": (1, "a"),
        "geopackage.loss.srs": (1, "a"),
        "geopackage.loss.height": (1, "a"),
        "geopackage.loss.bytes": (5, "a.picture"),
    }
    assert a.geometries is not None
    assert [shape is None for shape in a.geometries] == [False, True, True, True, False]
    assert "picture" not in a.columns


def test_styles_are_no_table(tmp_path: Path) -> None:
    path = package(tmp_path / "a.gpkg", POINT, name="a")
    styles = {"geometry": "None", "properties": {"styleQML": "str"}}
    with fiona.open(path, "w", driver="GPKG", schema=styles, layer="layer_styles"):
        pass
    assert [table.name for table in geopackage.read(path, OPTIONS)] == ["a"]


@pytest.mark.parametrize("data", [b"", b"x", b"SQLite format 3\x00" + bytes(200)])
def test_what_is_no_geopackage_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.gpkg").write_bytes(data)
    with pytest.raises(FileError) as caught:
        geopackage.read(tmp_path / "a.gpkg", OPTIONS)
    assert caught.value.slug == "not-geopackage"
    lines_of(caught.value)
