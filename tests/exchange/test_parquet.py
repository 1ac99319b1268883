"""GeoParquet by DuckDB: read in a child process that opens one file, and written."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gxq_geo.exchange.readers import parquet
from gxq_geo.exchange.source import ReadOptions, SourceTable
from gxq_geo.exchange.writers import parquet as writer
from gxq_geo.schemas import schema
from gxq_geo.words.errors import FileError
from gxq_geo.zone import Zone
from tests.exchange.counted import kinds, refused

POINT = shapely.to_wkb(shapely.Point(116.5, 35.4), hex=True)


def read(path: Path) -> SourceTable:
    (table,) = parquet.read(path, ReadOptions())
    return table


def written(path: Path, select: str, geo: Any = None) -> Path:
    """A Parquet file of a query, with ``geo`` metadata or none."""
    with duckdb.connect() as database:
        text = json.dumps(geo) if not isinstance(geo, str) else geo
        metadata = f", KV_METADATA {{geo: '{text}'}}" if geo else ""
        database.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet{metadata})")
    return path


def geo(**column: Any) -> dict[str, Any]:
    known = {"encoding": "WKB", "geometry_types": ["Point"], **column}
    return {"version": "1.1.0", "primary_column": "g", "columns": {"g": known}}


def test_values_are_native(tmp_path: Path) -> None:
    select = (
        f"SELECT unhex('{POINT}') AS g, ['a', 'b'] AS list, true AS yes, DATE '2026-01-27' AS day,"
        " TIMESTAMP '2026-01-27 00:00:00' AS midnight, TIMESTAMP '2026-01-27 08:30:00' AS time,"
        " 12.50::DECIMAL(8, 2) AS price, 'nan'::DOUBLE AS nothing, 7 AS whole,"
        " 18446744073709551615::UBIGINT AS code, '济宁' AS 名称,"
        " {'xmin': 1, 'ymin': 1} AS bbox, unhex('00') AS blob"
        " UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
        " NULL"
    )
    covering = {"bbox": {"xmin": ["bbox", "xmin"]}}
    table = read(written(tmp_path / "地块.parquet", select, geo(covering=covering)))
    assert table.name == "地块"
    assert {name: values[0] for name, values in table.columns.items()} == {
        "list": ["a", "b"],
        "yes": True,
        "day": date(2026, 1, 27),
        "midnight": date(2026, 1, 27),
        "time": "2026-01-27T08:30:00",
        "price": 12.5,
        "nothing": None,
        "whole": 7,
        "code": "18446744073709551615",
        "名称": "济宁",
    }
    assert all(values[1] is None for values in table.columns.values())
    assert table.geometries is not None
    assert table.geometries.tolist() == [shapely.Point(116.5, 35.4), None]
    assert kinds(table) == {"vector.loss.binary": 1}


@pytest.mark.parametrize(
    ("meta", "wanted"),
    [
        (geo(), "OGC:CRS84"),
        (geo(crs=None), ""),
        (geo(crs={"type": "ProjectedCRS"}), '{"type": "ProjectedCRS"}'),
    ],
)
def test_the_crs_is_declared_absent_or_unknown(meta: Any, wanted: str) -> None:
    assert parquet._crs(meta, "g") == wanted


def test_without_metadata_it_is_a_table(tmp_path: Path) -> None:
    table = read(written(tmp_path / "a.parquet", "SELECT 1 AS n"))
    assert (table.columns, table.geometries, table.crs) == ({"n": [1]}, None, "")


@pytest.mark.parametrize(
    "meta", ["no json", {"columns": {}}, geo(encoding="point"), {**geo(), "primary_column": "h"}]
)
def test_metadata_that_cannot_be_read_are_refused(tmp_path: Path, meta: Any) -> None:
    path = written(tmp_path / "a.parquet", f"SELECT unhex('{POINT}') AS g", meta)
    with pytest.raises(FileError) as caught:
        read(path)
    assert caught.value.slug == "driver-refused"
    refused(caught.value)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(FileError, match=r"a\.parquet"):
        read(path)


def test_no_other_file_can_be_opened(tmp_path: Path) -> None:
    own = written(tmp_path / "a.parquet", "SELECT 1 AS n")
    other = written(tmp_path / "b.parquet", "SELECT 2 AS n")
    database = parquet._closed_database(str(own))
    assert database.execute("SELECT n FROM read_parquet(?)", [str(own)]).fetchall() == [(1,)]
    for query in (
        f"SELECT * FROM read_parquet('{other}')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
        f"COPY (SELECT 1) TO '{tmp_path / 'c.csv'}'",
        f"ATTACH '{tmp_path / 'd.db'}'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error):
            database.execute(query)
    assert {path.name for path in tmp_path.iterdir()} == {"a.parquet", "b.parquet"}


def test_layers_come_back(zone: Zone, tmp_path: Path) -> None:
    for name in ("sites", "projects"):
        layer, frame = schema().layers[name], zone.layers[name].frame
        if isinstance(frame, gpd.GeoDataFrame):
            frame = frame.to_crs(4548)
        data, losses = writer.write(frame, layer)
        assert data == writer.write(frame, layer)[0]
        assert not losses
        assert not writer.CANNOT_CARRY
        (tmp_path / f"{name}.parquet").write_bytes(data)
        table = read(tmp_path / f"{name}.parquet")
        assert not kinds(table)
        for field in layer.fields:
            assert list(table.columns[field]) == [plain(value) for value in frame[field]], field
        if isinstance(frame, gpd.GeoDataFrame):
            assert shapely.equals_exact(table.geometries, np.asarray(frame.geometry.array)).all()
            assert json.loads(table.crs)["id"] == {"authority": "EPSG", "code": 4548}


def plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value) or None
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


def test_an_empty_layer(tmp_path: Path, zone: Zone) -> None:
    data, _ = writer.write(zone.layers["sites"].frame.iloc[:0], schema().layers["sites"])
    (tmp_path / "a.parquet").write_bytes(data)
    table = read(tmp_path / "a.parquet")
    assert table.count == 0
    assert list(table.columns) == list(schema().layers["sites"].fields)
