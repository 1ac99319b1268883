"""Test `gxq new`: a zone elsewhere, whole or not at all, clean and on a map at once."""

import io
import re
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pyproj
import pytest
import shapely

from gxq_geo.cli.commands import new
from gxq_geo.exchange.new_zone import place
from gxq_geo.investment_map.payload import base91, decode
from gxq_geo.schemas import schema
from gxq_geo.zone import open_zone
from gxq_geo.zone.settings import read_settings
from tests.support.command import Done, gxq
from tests.support.previews import preview

NAMES = ("--name-zh", "蓉城示例区", "--name-en", "Sample Zone")
CHENGDU = (103.9, 30.5, 104.1, 30.7)
URUMQI = (87.5, 43.8, 87.7, 43.9)
NAIROBI = (36.8, -1.3, 36.9, -1.2)
MERIDIAN = "Longitude of natural origin"


def made(folder: Path, *more: str | Path) -> Done:
    done = gxq("new", folder, *NAMES, *more)
    assert done.status == 0, done.out + done.err
    return done


def bounds(box: place.Bounds) -> tuple[str, str]:
    return "--bounds", ",".join(map(str, box))


def is_clean(folder: Path) -> bool:
    done = gxq("check", folder)
    return done.out == "检查通过，没有问题。\n" and gxq("fmt", "--check", folder).status == 0


def on_the_map(folder: Path) -> gpd.GeoDataFrame:
    """The parks of the public map of a zone, as the page gets them."""
    path = folder.with_suffix(".html")
    done = gxq("map", folder, "-o", path)
    assert done.status == 0, done.out + done.err
    data = re.search(r'id="gxq-data">([^<]*)<', path.read_text("utf-8"))
    assert data
    return gpd.GeoDataFrame(decode(base91.decode(data[1])).layers["parks"])


def central_meridian(crs: str) -> float:
    operation = pyproj.CRS(crs).coordinate_operation
    assert operation
    (found,) = (float(p.value) for p in operation.params if p.name == MERIDIAN)
    return found


def two_parks(**columns: list[Any]) -> gpd.GeoDataFrame:
    shapes = [shapely.box(87.5, 43.8, 87.55, 43.85), shapely.box(87.56, 43.8, 87.6, 43.85)]
    return gpd.GeoDataFrame(
        {"名称": ["东园", "西园"], **columns}, geometry=shapes, crs="EPSG:4490"
    ).to_crs("EPSG:4538")


def geojson(folder: Path, frame: gpd.GeoDataFrame) -> Path:
    path = folder / "园区.geojson"
    pyogrio.write_dataframe(frame, path, driver="GeoJSON", layer_options={"RFC7946": "NO"})
    return path


def zipped_shapefile(folder: Path, frame: gpd.GeoDataFrame, without: str = "") -> Path:
    parts, path = folder / "parts", folder / "园区.zip"
    parts.mkdir()
    pyogrio.write_dataframe(frame, parts / "园区.shp", driver="ESRI Shapefile", encoding="GBK")
    with zipfile.ZipFile(path, "w") as archive:
        for part in parts.iterdir():
            if part.suffix != without:
                archive.write(part, part.name)
    return path


# ------------------------------------------------------------------ a rectangle


@pytest.mark.parametrize(
    ("box", "crs", "meridian", "timezone"),
    [
        (CHENGDU, "EPSG:4544", 105, "+08:00"),
        (URUMQI, "EPSG:4538", 87, "+08:00"),
        (NAIROBI, "EPSG:32737", 39, "+02:00"),
    ],
)
def test_a_zone_elsewhere_is_clean_and_on_a_map(
    tmp_path: Path, box: place.Bounds, crs: str, meridian: int, timezone: str
) -> None:
    folder = tmp_path / "layers"
    done = made(folder, *bounds(box))
    assert crs in done.out
    assert is_clean(folder)
    settings = read_settings(folder / "zone.toml")
    assert (settings.measure_crs, settings.timezone) == (crs, timezone)
    assert central_meridian(crs) == meridian
    (park,) = on_the_map(folder).itertuples()
    assert park.geometry.symmetric_difference(shapely.box(*box)).area < 1e-6
    assert park.geometry_source == "schematic"
    (frame,) = open_zone(folder).zone_frame.itertuples()
    assert frame.geometry.equals(shapely.box(*box))
    assert (frame.name_zh, frame.name_en) == ("蓉城示例区", "Sample Zone")
    assert (park.name_zh, park.park_id) == ("蓉城示例区", "rcslq")


def test_the_preview_opens(tmp_path: Path) -> None:
    made(tmp_path / "layers", *bounds(CHENGDU))
    with preview("layers", "--no-open", cwd=tmp_path) as running:
        assert running.login()


def test_each_file_is_explained(tmp_path: Path) -> None:
    folder = tmp_path / "layers"
    made(folder, *bounds(CHENGDU))
    readme = (folder / "README.md").read_text("utf-8")
    assert readme.startswith("# 蓉城示例区：图层")
    assert "# Sample Zone: layers" in readme
    for path in folder.iterdir():
        assert path.name == "README.md" or readme.count(f"`{path.name}`") >= 2


def test_every_layer_has_its_file(tmp_path: Path) -> None:
    made(tmp_path / "layers", *bounds(CHENGDU))
    names = {path.name for path in (tmp_path / "layers").iterdir()}
    layers = {f"{n}.{'csv' if of.is_table else 'geojson'}" for n, of in schema().layers.items()}
    assert names == layers | {"zone.toml", "README.md"}


def test_the_settings_say_that_outlines_are_schematic(tmp_path: Path) -> None:
    made(tmp_path / "layers", *bounds(CHENGDU))
    settings = read_settings(tmp_path / "layers" / "zone.toml")
    assert settings.disclaimer_zh == "图中界线均为示意，不作为法定依据。"
    assert settings.disclaimer_en == "Outlines are schematic and have no legal force."
    on_the_map(tmp_path / "layers")
    assert "蓉城示例区" in (tmp_path / "layers.html").read_text("utf-8")


def test_the_settings_show_every_limit_as_a_comment_with_its_default(tmp_path: Path) -> None:
    folder = tmp_path / "layers"
    made(folder, *bounds(CHENGDU))
    text = (folder / "zone.toml").read_text("utf-8")
    assert tomllib.loads(text)["limits"] == {}
    (shown,) = (part for part in text.split("\n\n") if "[limits]" in part)
    (folder / "zone.toml").write_text(text.replace(shown, shown.replace("\n# ", "\n")), "utf-8")
    settings = read_settings(folder / "zone.toml")
    written = tomllib.loads((folder / "zone.toml").read_text("utf-8"))["limits"]
    defaults = {name: getattr(type(settings.limits)(), name) for name in written}
    assert written == defaults
    assert set(written) == set(type(settings.limits).__slots__)


def test_the_commented_tables_are_valid_too(tmp_path: Path) -> None:
    folder = tmp_path / "layers"
    made(folder, *bounds(CHENGDU))
    path = folder / "zone.toml"
    example = re.compile(r"^# (?=\[\[|\[rules|[a-z_]+ = |\"published)", re.MULTILINE)
    path.write_text(example.sub("", path.read_text("utf-8")), "utf-8")
    settings = read_settings(path)
    assert settings.short_en
    assert settings.sources
    assert settings.rules
    assert settings.indicators
    assert settings.excused


def test_a_stated_crs_and_a_stated_place_are_taken(tmp_path: Path) -> None:
    made(tmp_path / "a", *bounds(CHENGDU), "--crs", "epsg:4526")
    assert open_zone(tmp_path / "a").settings.measure_crs == "EPSG:4526"
    made(tmp_path / "b", *bounds(CHENGDU), "--at", "101.9,30.6")
    assert open_zone(tmp_path / "b").settings.measure_crs == "EPSG:4543"
    assert is_clean(tmp_path / "b")


@pytest.mark.parametrize(
    "name",
    [
        '名"',
        "a\\b",
        "第一行\n第二行",
        "{x} {{ 7*7 }} $name_zh ${x}",
        "'''",
        "\x7f\x01",
        " 区 ",
        "新区🏭\u202e",
    ],
)
def test_a_name_is_escaped(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "layers"
    named = ("--name-zh", name, "--name-en", name)
    assert gxq("new", folder, *named, *bounds(CHENGDU)).status == 0
    settings = read_settings(folder / "zone.toml")
    assert (settings.name_zh, settings.name_en) == (name, name)
    assert (folder / "README.md").read_text("utf-8").startswith("# ")
    assert len(on_the_map(folder)) == 1


# ------------------------------------------------------------------ a file


def test_parks_of_a_file_with_a_declared_crs(tmp_path: Path) -> None:
    folder = tmp_path / "layers"
    frame = two_parks(英文名称=["East Park", None], 更新日期=["2026-05-01", "2026-06-01"])
    done = made(folder, "--from", geojson(tmp_path, frame))
    assert "EPSG:4538（文件注明" in done.out
    assert (
        "park_id ×2, name_en ×1, kind ×2, geometry_source ×2, published ×2, source ×2" in done.out
    )
    assert "未读入的内容：无。" in done.out
    assert is_clean(folder)
    parks = open_zone(folder).parks
    assert list(parks["name_zh"]) == ["东园", "西园"]
    assert list(parks["name_en"]) == ["East Park", "Park 2"]
    assert list(parks["updated"].dt.strftime("%m-%d")) == ["05-01", "06-01"]
    assert list(parks["park_id"]) == ["dy", "xy"]
    assert set(parks["source"]) == {"园区.geojson"}
    wanted = frame.to_crs("EPSG:4326").geometry
    assert all(a.hausdorff_distance(b) < 1e-7 for a, b in zip(parks.geometry, wanted, strict=True))
    assert len(on_the_map(folder)) == 2


def test_parks_of_a_zipped_shapefile(tmp_path: Path) -> None:
    folder = tmp_path / "layers"
    frame = two_parks(备注号=["007", "008"])
    done = made(folder, "--from", zipped_shapefile(tmp_path, frame))
    assert "备注号" in done.out
    assert is_clean(folder)
    assert open_zone(folder).settings.measure_crs == "EPSG:4538"
    assert list(on_the_map(folder)["name_zh"]) == ["东园", "西园"]


def test_ids_of_the_file_stay(tmp_path: Path) -> None:
    folder = tmp_path / "layers"
    made(folder, "--from", geojson(tmp_path, two_parks(园区编号=["dong", "xi"])))
    assert list(open_zone(folder).parks["park_id"]) == ["dong", "xi"]


def test_an_undeclared_crs_is_asked_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped_shapefile(tmp_path, two_parks(), without=".prj")
    folder = tmp_path / "layers"
    done = gxq("new", folder, *NAMES, "--from", path)
    assert done.status == 1
    assert "--from-crs" in done.err
    assert not folder.exists()
    made(tmp_path / "a", "--from", path, "--from-crs", "EPSG:4538")
    answer(monkeypatch, "EPSG:4538")
    made(folder, "--from", path)
    assert open_zone(folder).parks.geometry.equals(open_zone(tmp_path / "a").parks.geometry)


def test_an_old_datum_is_refused(tmp_path: Path) -> None:
    path = geojson(tmp_path, two_parks())
    done = gxq("new", tmp_path / "layers", *NAMES, "--from", path, "--from-crs", "EPSG:2374")
    assert done.status == 1
    assert "旧基准" in done.err
    assert not (tmp_path / "layers").exists()


def test_parks_with_errors_make_no_zone(tmp_path: Path) -> None:
    path = geojson(tmp_path, two_parks(园区编号=["a", "b"], 类型=["新区", "没有这种"]))
    done = gxq("new", tmp_path / "layers", *NAMES, "--from", path)
    bow = two_parks()
    bow.geometry = [shapely.Polygon([(0, 0), (9e3, 9e3), (9e3, 0), (0, 9e3)])] * 2
    crossed = gxq("new", tmp_path / "x", *NAMES, "--from", geojson(tmp_path, bow))
    assert (done.status, crossed.status) == (1, 1)
    assert "没有新建" in done.err
    assert "[geometry-invalid]" in crossed.err
    assert not (tmp_path / "layers").exists()
    assert not (tmp_path / "x").exists()


def test_a_file_without_polygons_is_refused(tmp_path: Path) -> None:
    frame = two_parks()
    frame.geometry = frame.geometry.centroid
    done = gxq("new", tmp_path / "layers", *NAMES, "--from", geojson(tmp_path, frame))
    assert done.status == 2
    assert "没有面状图形" in done.err


def test_a_file_without_a_crs_member_is_in_degrees_and_outlines_are_counter_clockwise(
    tmp_path: Path,
) -> None:
    square = shapely.box(104.0, 30.6, 104.1, 30.7)
    path = tmp_path / "a.geojson"
    frame = gpd.GeoDataFrame({"name": ["North"]}, geometry=[square.reverse()])
    path.write_text(frame.to_json(drop_id=True), "utf-8")
    made(tmp_path / "layers", "--from", path)
    assert is_clean(tmp_path / "layers")
    (park,) = open_zone(tmp_path / "layers").parks.itertuples()
    assert (park.park_id, park.name_zh) == ("north", "North")
    assert park.geometry.exterior.is_ccw
    assert park.geometry.equals(square)


@pytest.mark.parametrize(
    "text", ["PK", "{}", '{"type": "FeatureCollection", "features": []}', "[1]", ""]
)
def test_a_file_that_holds_nothing_makes_no_zone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "parks.geojson"
    path.write_text(text, encoding="utf-8")
    done = gxq("new", tmp_path / "layers", *NAMES, "--from", path)
    assert done.status == 2
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "layers").exists()


def test_a_column_that_may_be_the_name_is_stated(tmp_path: Path) -> None:
    path = geojson(tmp_path, two_parks(name=["East", "West"]))
    done = gxq("new", tmp_path / "layers", *NAMES, "--from", path)
    assert done.status == 1
    assert "--map" in done.err
    assert not (tmp_path / "layers").exists()
    made(tmp_path / "layers", "--from", path, "--map", "name=name_en")
    assert list(open_zone(tmp_path / "layers").parks["name_en"]) == ["East", "West"]


def test_other_layers_of_a_file_are_named(tmp_path: Path) -> None:
    path = tmp_path / "全部.gpkg"
    pyogrio.write_dataframe(two_parks(), path, layer="范围")
    points = two_parks()
    points.geometry = points.geometry.centroid
    pyogrio.write_dataframe(points, path, layer="测点", append=True)
    done = made(tmp_path / "layers", "--from", path)
    assert re.search(r"不是面状图形，未作为园区\s+2\s+测点", done.out)
    assert len(open_zone(tmp_path / "layers").parks) == 2


# ------------------------------------------------------------------ questions


def answer(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(new, "is_interactive", lambda: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_what_is_missing_is_asked_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, "某区", "Some Zone", "103.9，30.5，104.1，30.7")
    done = gxq("new", tmp_path / "layers")
    assert done.status == 0, done.out + done.err
    assert open_zone(tmp_path / "layers").settings.name_zh == "某区"
    answer(monkeypatch, str(geojson(tmp_path, two_parks())))
    made(tmp_path / "b")
    assert len(open_zone(tmp_path / "b").parks) == 2


@pytest.mark.parametrize(
    ("given_words", "part"),
    [
        ([], "--name-zh --name-en --from|--bounds"),
        ([*NAMES], "请写明 --from|--bounds"),
        ([*NAMES, "--from", "a.zip", "--bounds", "1,2,3,4"], "只能写一个"),
        ([*NAMES, "--bounds", "1,2,3"], "--bounds 的“1,2,3”"),
        ([*NAMES, "--bounds", "4,3,2,1"], "--bounds 的“4,3,2,1”"),
        ([*NAMES, "--bounds", "nan,0,1,1"], "--bounds 的“nan,0,1,1”"),
        ([*NAMES, "--bounds", "104.1,30.6,104.0,30.7"], "“西,南,东,北”"),
        ([*NAMES, "--bounds", "104,30,999,31"], "“西,南,东,北”"),
        ([*NAMES, "--bounds", "a,b,c,d"], "“西,南,东,北”"),
        ([*NAMES, "--bounds", "179.8,-17,-179.9,-16.8"], "180° 经线"),
        ([*NAMES, "--bounds", "490000,3900000,500000,3950000"], "（度）"),
        ([*NAMES, "--bounds", "1,86,2,87"], "没有通用的量算坐标系"),
        ([*NAMES, "--bounds", "1,2,3,4", "--crs", "EPSG:4490"], "不是以米为单位"),
        ([*NAMES, "--bounds", "1,2,3,4", "--crs", "EPSG:99999"], "不是以米为单位"),
        ([*NAMES, "--bounds", "1,2,3,4", "--at", "30.5,104.1"], "--at 的“30.5,104.1”"),
        ([*NAMES, "--from", "没有.geojson"], "找不到文件"),
        ([*NAMES, "--from", "/", "--from-crs", "4538"], "没有坐标系“4538”"),
        ([*NAMES[:3], "\udc80", "--bounds", "1,2,3,4"], "无法识别的字符"),
    ],
)
def test_a_wrong_word_is_named_in_one_line(
    tmp_path: Path, given_words: list[str], part: str
) -> None:
    done = gxq("new", tmp_path / "layers", *given_words)
    assert done.status == 2
    assert part in done.err
    assert len((done.out + done.err).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------ whole or not at all


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for folder in (tmp_path, tmp_path / "mine.txt"):
        done = gxq("new", folder, *NAMES, *bounds(CHENGDU))
        assert done.status == 2
        assert "不是空的" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    made(Path(), *bounds(CHENGDU))
    assert is_clean(tmp_path / "empty")
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
