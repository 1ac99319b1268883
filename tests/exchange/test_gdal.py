"""FileGDB, MapInfo and FlatGeobuf by GDAL in a child process, and what is refused there."""

import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import fiona
import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from gxq_geo.exchange import sandbox
from gxq_geo.exchange.readers import gdal
from gxq_geo.exchange.source import ReadOptions, SourceTable
from gxq_geo.exchange.writers import flatgeobuf
from gxq_geo.schemas import schema
from gxq_geo.words.errors import FileError
from gxq_geo.zone import Zone
from tests.exchange.counted import kinds, refused

NAMES = ["济宁高新区", "蓼河新城", None]
SQUARES = [shapely.box(0, 0, 1, 1), None, shapely.box(2, 2, 3, 3)]
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{0}</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>"
)


def read(path: Path, **options: Any) -> tuple[SourceTable, ...]:
    return gdal.read(path, ReadOptions(**options))


def frame() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "名称": NAMES,
            "面积": [1.5, None, 3.0],
            "年限": pd.array([1, None, 3], dtype="Int32"),
            "公开": pd.array([True, None, False], dtype="boolean"),
            "更新": pd.to_datetime(["2026-01-01", "NaT", "2026-03-01"]),
        },
        geometry=SQUARES,
        crs=4548,
    )


WANTED = {
    "名称": NAMES,
    "面积": [1.5, None, 3.0],
    "年限": [1, None, 3],
    "更新": [date(2026, 1, 1), None, date(2026, 3, 1)],
}


def test_a_file_geodatabase_and_its_archive(tmp_path: Path) -> None:
    place = tmp_path / "高新区.gdb"
    for name in ("地块", "园区"):
        pyogrio.write_dataframe(
            frame(),
            place,
            driver="OpenFileGDB",
            layer=name,
            geometry_type="MultiPolygon",
            append=name == "园区",
        )
    shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, place.name)
    loose = read(place)
    (zipped,) = read(tmp_path / "packed.zip", table="园区")
    assert [table.name for table in loose] == ["地块", "园区"]
    for table in (*loose, zipped):
        assert {name: table.columns[name] for name in WANTED} == WANTED
        assert table.crs == "EPSG:4548"
        assert table.geometries is not None
        assert [s and s.equals(w) for s, w in zip(table.geometries, SQUARES, strict=True)] == [
            True,
            None,
            True,
        ]
        assert not kinds(table)


def test_flatgeobuf_and_what_it_loses(tmp_path: Path) -> None:
    high = frame().assign(编码=pd.array([2**60 + 1, None, 3], dtype="Int64"))
    high.geometry = shapely.force_3d(high.geometry.array, 5.0)
    pyogrio.write_dataframe(high, tmp_path / "a.fgb", driver="FlatGeobuf", SPATIAL_INDEX="NO")
    (table,) = read(tmp_path / "a.fgb")
    assert table.name == "a"
    assert {name: table.columns[name] for name in WANTED} == WANTED
    assert table.columns["公开"] == [True, None, False]
    assert kinds(table) == {"vector.loss.digits": 1, "vector.loss.heights": 2}


def of_fiona(path: Path, charset: bytes, encoding: str) -> Path:
    """A MapInfo table; GDAL writes no Chinese names, so that they are put in afterwards."""
    properties = {"MCMC": "str:40", "MJMJ": "float"}
    with fiona.open(
        path,
        "w",
        driver="MapInfo File",
        crs="EPSG:4326",
        schema={"geometry": "Point", "properties": properties},
        encoding="cp936",
    ) as out:
        for name in ("济宁高新区", "蓼河新城", "安全装备产业园"):
            point = {"type": "Point", "coordinates": (116.5, 35.4)}
            out.write({"geometry": point, "properties": {"MCMC": name, "MJMJ": 1.5}})
    head = path.read_bytes().replace(b"WindowsSimpChinese", charset)
    for stand_in, name in ((b"MCMC", "名称"), (b"MJMJ", "面积")):
        head = head.replace(stand_in, name.encode(encoding))
    path.write_bytes(head)
    return path


@pytest.mark.parametrize("suffix", ["tab", "mif"])
@pytest.mark.parametrize("charset", [b"WindowsSimpChinese", b"WindowsLatin1"])
def test_mapinfo_keeps_chinese_whatever_it_declares(
    tmp_path: Path, suffix: str, charset: bytes
) -> None:
    (table,) = read(of_fiona(tmp_path / f"地块.{suffix}", charset, "gbk"))
    assert table.name == "地块"
    assert table.columns == {
        "名称": ["济宁高新区", "蓼河新城", "安全装备产业园"],
        "面积": [1.5, 1.5, 1.5],
    }
    assert table.crs == "EPSG:4326"
    lies = charset == b"WindowsLatin1"
    assert kinds(table) == ({"vector.note.encoding-contradicted": 1} if lies else {})


@pytest.mark.parametrize(
    "head",
    [
        'Definition Table\n  Type LINKED Charset "Neutral"\n',
        "create view x as\nselect * from y\n",
        'open table "../other.tab" as y\n',
        'begin_metadata\n"\\IsSeamless" = "TRUE"\n',
    ],
)
def test_mapinfo_tables_that_refer_to_others_are_refused(tmp_path: Path, head: str) -> None:
    path = tmp_path / "a.tab"
    path.write_text(f"!table\n!version 300\n!charset Neutral\n\n{head}", "ascii")
    with pytest.raises(FileError) as caught:
        read(path)
    assert caught.value.slug == "mapinfo-linked"


@pytest.mark.parametrize("suffix", ["gdb", "fgb", "tab", "mif"])
def test_the_content_chooses_no_driver(tmp_path: Path, suffix: str) -> None:
    """A VRT that is named so would read another file."""
    other = tmp_path / "other.geojson"
    other.write_text('{"type":"FeatureCollection","features":[]}', "utf-8")
    path = tmp_path / f"a.{suffix}"
    path.write_text(VRT.format(other), "utf-8")
    with pytest.raises(FileError) as caught:
        read(path)
    assert caught.value.slug == "driver-refused"
    refused(caught.value)


def test_a_geojson_is_no_flatgeobuf_and_a_broken_one_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.fgb"
    pyogrio.write_dataframe(frame(), path, driver="FlatGeobuf", SPATIAL_INDEX="NO")
    for data in (b'{"type":"FeatureCollection","features":[]}', path.read_bytes()[:-40]):
        path.write_bytes(data)
        with pytest.raises(FileError) as caught:
            read(path)
        assert caught.value.slug in ("driver-refused", "sandbox-failed")
        refused(caught.value)


def test_an_archive_without_one_geodatabase(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("x", "ascii")
    shutil.make_archive(str(tmp_path / "a"), "zip", tmp_path / "in")
    with pytest.raises(FileError) as caught:
        read(tmp_path / "a.zip")
    assert caught.value.slug == "zip-without-layers"


# ------------------------------------------------------------------ the child process


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ("while True: pass", "sandbox-time"),
        ("bytearray(8 << 30)", "driver-refused"),
        ("raise ValueError('no')", "sandbox-failed"),
        ("import os; os.kill(os.getpid(), 9)", "sandbox-failed"),
    ],
)
def test_limits_of_the_child(tmp_path: Path, body: str, slug: str) -> None:
    (tmp_path / "hostile.py").write_text(
        "from gxq_geo.exchange import sandbox\n"
        f"def work(folder, request):\n    {body}\n    yield\n"
        "sandbox.serve(work)\n",
        "ascii",
    )
    seconds = 4.0 if slug == "sandbox-time" else 60.0
    path = str(Path(sandbox.__file__).parents[2])
    with pytest.raises(FileError) as caught:
        sandbox.run(
            "hostile",
            Path("a.fgb"),
            {},
            {},
            environment={"PYTHONPATH": f"{tmp_path}{os.pathsep}{path}"},
            seconds=seconds,
        )
    assert caught.value.slug == slug
    refused(caught.value)


def test_settings_of_the_environment_do_not_reach_the_child(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GDAL_DRIVER_PATH", "/tmp/plugins")
    monkeypatch.setenv("OGR_GEOJSON_MAX_OBJ_SIZE", "0")
    monkeypatch.setenv("PYTHONSTARTUP", "x.py")
    inside = sandbox._environment({"GDAL_SKIP": "x"})
    assert inside["GDAL_DRIVER_PATH"] == "disable"
    assert inside["PROJ_NETWORK"] == "OFF"
    assert not {"OGR_GEOJSON_MAX_OBJ_SIZE", "PYTHONSTARTUP"} & inside.keys()


def test_wkb_that_is_damaged_is_told() -> None:
    good = shapely.to_wkb(shapely.Point(1, 2))
    table = sandbox.RawTable("a", {}, [good, b"\1\7xx", None])
    shapes, losses = table.geometries()
    assert shapes is not None
    assert [shape is None for shape in shapes] == [False, True, True]
    assert kinds(losses) == {"vector.loss.shape-damaged": 1}


# ------------------------------------------------------------------ writing


def test_layers_come_back_from_flatgeobuf(zone: Zone, tmp_path: Path) -> None:
    for name in ("sites", "carriers"):
        layer, own = schema().layers[name], zone.layers[name].frame
        assert isinstance(own, gpd.GeoDataFrame)
        own = own.to_crs(4548)
        data, losses = flatgeobuf.write(own, layer)
        assert data == flatgeobuf.write(own, layer)[0]
        assert set(kinds(losses)) <= set(flatgeobuf.CANNOT_CARRY)
        (tmp_path / f"{name}.fgb").write_bytes(data)
        (table,) = read(tmp_path / f"{name}.fgb")
        assert not table.losses
        assert shapely.equals_exact(table.geometries, np.asarray(own.geometry.array)).all()
        for field in layer.fields:
            assert list(table.columns[field]) == [plain(value) for value in own[field]], field


def plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return ";".join(value) or None
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


def test_flatgeobuf_is_for_geometries(zone: Zone) -> None:
    with pytest.raises(FileError) as caught:
        flatgeobuf.write(zone.layers["sectors"].frame, schema().layers["sectors"])
    assert caught.value.slug == "format-needs-geometry"
