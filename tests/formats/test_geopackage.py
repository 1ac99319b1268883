"""GeoPackage: the same records as GeoJSON, only the GPKG driver, no writes to a file in use."""

import socket
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

import fiona
import geopandas as gpd
import pytest
from geopandas.testing import assert_geodataframe_equal

from gxq_geo.checks import check
from gxq_geo.schemas import schema
from gxq_geo.words.errors import FileError
from gxq_geo.zone import layer, open_zone
from tests.support.zones import tiny_zone

SITES = schema().layers["sites"]
SPATIAL = [name for name, one in schema().layers.items() if not one.is_table]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


@pytest.fixture
def sites(folder: Path) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(open_zone(folder).sites)


def package(
    path: Path,
    *geometries: Mapping[str, Any] | None,
    crs: str | None = "EPSG:4326",
    name: str = "sites",
    kinds: Mapping[str, str] | None = None,
    values: Mapping[str, object] | None = None,
) -> Path:
    """Write a GeoPackage as another program does."""
    schema = {"geometry": "Unknown", "properties": dict(kinds or {"site_id": "str"})}
    with fiona.open(path, "w", driver="GPKG", crs=crs, schema=schema, layer=name) as sink:
        for geometry in geometries:
            given = {**dict.fromkeys(schema["properties"]), **(values or {})}
            sink.write({"type": "Feature", "properties": given, "geometry": geometry})
    return path


def sql(path: Path, *statements: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        # The triggers of the spatial index name them, although none is called here.
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY"):
            database.create_function(name, 1, lambda _: 0)
        rows = [database.execute(one).fetchall() for one in statements]
        database.commit()
    return rows[-1] if rows else []


def faults(path: Path) -> list[str]:
    return [issue.rule for issue in layer.read(path, SITES).issues]


def test_a_zone_of_geopackages_is_the_same_zone(folder: Path) -> None:
    before = open_zone(folder)
    for name in SPATIAL:
        layer.write(before.frame(name), folder / f"{name}.gpkg", schema().layers[name])
        (folder / f"{name}.geojson").unlink()
    after = open_zone(folder)
    assert check(after).ok
    for name in SPATIAL:
        assert after.layers[name].file == f"{name}.gpkg"
        assert after.layers[name].unknown_fields == ()
        assert_geodataframe_equal(
            gpd.GeoDataFrame(after.frame(name)), gpd.GeoDataFrame(before.frame(name))
        )


def test_empty_and_missing_values_come_back(tmp_path: Path, sites: gpd.GeoDataFrame) -> None:
    bare = sites.assign(geometry=None, area_mu=float("nan"), has_power=None)
    for frame in (bare, sites.iloc[:0]):
        layer.write(frame, tmp_path / "sites.gpkg", SITES)
        after = layer.read(tmp_path / "sites.gpkg", SITES)
        assert (len(after.frame), after.issues, after.bad_cells) == (len(frame), (), ())
        assert after.frame["area_mu"].isna().all()
        assert after.frame.geometry.isna().all()


def test_the_same_records_give_the_same_bytes(tmp_path: Path, sites: gpd.GeoDataFrame) -> None:
    for name in ("a.gpkg", "b.gpkg"):
        layer.write(sites, tmp_path / name, SITES)
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "reading"])
def test_a_file_in_use_is_left_alone(
    tmp_path: Path, sites: gpd.GeoDataFrame, statement: str
) -> None:
    path = tmp_path / "sites.gpkg"
    layer.write(sites, path, SITES)
    before = path.read_bytes()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        if statement == "reading":
            database.execute("BEGIN")
            database.execute("SELECT * FROM sites").fetchone()
        else:
            database.execute(statement)
        with pytest.raises(FileError) as caught:
            layer.write(sites.iloc[:1], path, SITES)
        assert caught.value.slug == "in-use"
        database.rollback()
    assert path.read_bytes() == before
    layer.write(sites.iloc[:1], path, SITES)
    assert len(layer.read(path, SITES).frame) == 1


def test_a_journal_beside_it_means_in_use(tmp_path: Path, sites: gpd.GeoDataFrame) -> None:
    (tmp_path / "sites.gpkg-wal").touch()
    with pytest.raises(FileError, match="QGIS"):
        layer.write(sites, tmp_path / "sites.gpkg", SITES)
    assert not (tmp_path / "sites.gpkg").exists()


# ------------------------------------------------------------------ untrusted files


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a reader reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


VRT = """<OGRVRTDataSource><OGRVRTLayer name="sites"><SrcDataSource>{source}</SrcDataSource>
</OGRVRTLayer></OGRVRTDataSource>"""


@pytest.mark.parametrize(
    "content",
    [
        VRT.format(source="/vsicurl/http://127.0.0.1:9/x.geojson"),
        VRT.format(source="secret.geojson"),
        '{"type":"FeatureCollection","features":[]}',
        "",
        "SQLite format 3",
        "SQLite format 3\x00 and no more",
    ],
)
@pytest.mark.usefixtures("no_network")
def test_what_only_calls_itself_a_geopackage_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret.geojson").write_text('{"type":"FeatureCollection","features":[]}')
    path = tmp_path / "sites.gpkg"
    path.write_text(content)
    assert faults(path) == ["not-gpkg"]


@pytest.mark.usefixtures("no_network")
def test_a_vrt_renamed_to_geojson_is_json_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "sites.geojson"
    path.write_text(VRT.format(source="/vsicurl/http://127.0.0.1:9/x.geojson"))
    assert faults(path) == ["json"]


def test_another_sqlite_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sites.gpkg"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE sites (site_id)")
        database.commit()
    assert faults(path) == ["not-gpkg"]


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_a_torn_file_is_refused(tmp_path: Path, sites: gpd.GeoDataFrame, share: float) -> None:
    path = tmp_path / "sites.gpkg"
    layer.write(sites, path, SITES)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert faults(path) == ["not-gpkg"]


@pytest.mark.parametrize(
    ("crs", "rules"),
    [
        ("EPSG:4490", []),
        ("EPSG:3857", []),
        ("EPSG:4548", []),
        ("EPSG:2384", ["gpkg-datum"]),
        ("EPSG:4214", ["gpkg-datum"]),
        ("EPSG:27700", ["crs-foreign"]),
        (None, ["crs-foreign"]),
    ],
)
def test_only_a_known_crs(tmp_path: Path, crs: str | None, rules: list[str]) -> None:
    point = {"type": "Point", "coordinates": [116.6, 35.4]}
    assert faults(package(tmp_path / "sites.gpkg", point, crs=crs)) == rules


def test_every_kind_of_geometry_is_read(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [1, 2]}
    path = package(
        tmp_path / "sites.gpkg",
        None,
        {"type": "Point", "coordinates": [1, 2, 3]},
        {"type": "GeometryCollection", "geometries": [point]},
        {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]},
    )
    read = layer.read(path, SITES)
    kinds = read.frame.geometry.geom_type.tolist()
    assert kinds[1:] == ["Point", "GeometryCollection", "MultiPolygon"]
    assert not read.frame.geometry.has_z.any()
    assert [issue.rule for issue in read.issues] == ["height-ignored"]


def test_the_layer_of_this_name_is_read_among_several(tmp_path: Path) -> None:
    path = package(tmp_path / "sites.gpkg", None, name="a_note")
    package(path, None, None, name="sites")
    assert len(layer.read(path, SITES).frame) == 2


def test_an_only_layer_of_another_name_is_read(tmp_path: Path) -> None:
    path = package(tmp_path / "sites.gpkg", None, name="地块")
    assert len(layer.read(path, SITES).frame) == 1


def test_which_of_several_layers_is_not_guessed(tmp_path: Path) -> None:
    path = package(tmp_path / "sites.gpkg", None, name="a")
    package(path, None, name="b")
    (issue,) = layer.read(path, SITES).issues
    assert (issue.rule, issue.value) == ("gpkg-layers", "a, b")


def test_columns_of_other_types_are_named(tmp_path: Path) -> None:
    kinds = {"site_id": "int", "name_zh": "bytes", "updated": "datetime", "has_power": "int"}
    values = {"site_id": 7, "name_zh": b"\xff", "updated": "2026-01-02T03:04:05", "has_power": 1}
    read = layer.read(package(tmp_path / "sites.gpkg", None, kinds=kinds, values=values), SITES)
    assert {cell.field for cell in read.bad_cells} == {"site_id", "name_zh"}
    assert bool(read.frame["has_power"][0]) is True
    assert str(read.frame["updated"][0].date()) == "2026-01-02"


def test_reading_leaves_the_folder_as_it_was(tmp_path: Path, sites: gpd.GeoDataFrame) -> None:
    path = tmp_path / "alone" / "sites.gpkg"
    path.parent.mkdir()
    layer.write(sites, path, SITES)
    before = path.read_bytes()
    layer.read(path, SITES)
    assert list(path.parent.iterdir()) == [path]
    assert path.read_bytes() == before
