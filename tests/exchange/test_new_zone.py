"""`gxq new`: another zone's folder, which is checked and drawn at once."""

import io
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import shapely

from gxq_geo.checks import check
from gxq_geo.exchange.new_zone import crs_at
from gxq_geo.schemas import schema
from gxq_geo.zone import open_zone
from tests.support.command import Done, gxq

CHENGDU = "104.00,30.60,104.10,30.70"
NAMES = ("--name-zh", "示例新区", "--name-en", "Example New Area")


def new(folder: Path, *words: str | Path) -> Done:
    return gxq("new", folder, *NAMES, *words, "--lang", "en")


def collection(*features: tuple[Any, Any]) -> str:
    records = [
        {"type": "Feature", "properties": p, "geometry": shapely.geometry.mapping(g)}
        for p, g in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": records}, ensure_ascii=False)


def test_a_zone_in_another_gauss_kruger_zone_is_checked_and_drawn(tmp_path: Path) -> None:
    folder = tmp_path / "chengdu"
    done = new(folder, "--bounds", CHENGDU)
    assert (done.status, done.err) == (0, "")
    zone = open_zone(folder)
    assert zone.settings.measure_crs == "EPSG:4544"  # the central meridian of 105° E
    assert zone.settings.name("zh") == "示例新区"
    assert list(check(zone)) == []
    (park,) = zone.frame("parks").to_dict("records")
    assert (park["park_id"], park["geometry_source"]) == ("slxq", "schematic")
    assert park["geometry"].bounds == (104.0, 30.6, 104.1, 30.7)
    page = tmp_path / "map.html"
    assert gxq("map", folder, "-o", page, "--lang", "zh").status == 0
    assert "示例新区" in page.read_text("utf-8")
    assert gxq("fmt", folder, "--check").status == 0


def test_every_layer_has_its_file(tmp_path: Path) -> None:
    new(tmp_path / "zone", "--bounds", CHENGDU)
    names = {path.name for path in (tmp_path / "zone").iterdir()}
    layers = {f"{n}.{'csv' if of.is_table else 'geojson'}" for n, of in schema().layers.items()}
    assert names == layers | {"zone.toml", "README.md"}
    readme = (tmp_path / "zone" / "README.md").read_text("utf-8")
    assert readme.startswith("# 示例新区：图层")
    assert "# Example New Area: layers" in readme


def test_parks_of_a_file_keep_their_names(tmp_path: Path) -> None:
    north, south = shapely.box(104.0, 30.6, 104.1, 30.7), shapely.box(104.0, 30.5, 104.1, 30.58)
    parks = tmp_path / "范围.geojson"
    drawn = (({"名称": "北园", "fid": 1}, north.reverse()), ({"名称": "北苑"}, south))
    parks.write_text(collection(*drawn), encoding="utf-8")
    done = new(tmp_path / "zone", "--from", parks)
    assert (done.status, done.err) == (0, "")
    zone = open_zone(tmp_path / "zone")
    assert list(check(zone)) == []
    frame = zone.frame("parks")
    assert frame["park_id"].tolist() == ["by", "by-2"]
    assert frame["name_zh"].tolist() == ["北园", "北苑"]
    assert set(frame["source"]) == {"范围.geojson"}
    assert frame.geometry.iloc[0].equals(north)


@pytest.mark.parametrize(
    "text",
    [
        "PK",
        "{}",
        collection(({}, shapely.Point(104, 30))),
        collection(({}, shapely.box(500_000, 3_400_000, 510_000, 3_410_000))),
        '{"type": "FeatureCollection", "features": []}',
    ],
)
def test_another_file_is_named_with_its_remedy(tmp_path: Path, text: str) -> None:
    parks = tmp_path / "parks.geojson"
    parks.write_text(text, encoding="utf-8")
    done = new(tmp_path / "zone", "--from", parks)
    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert "gxq import" in done.err
    assert not (tmp_path / "zone").exists()


@pytest.mark.parametrize(
    "bounds", ["104,30,104.1", "104.1,30.6,104.0,30.7", "a,b,c,d", "104,30,999,31", "nan,30,104,31"]
)
def test_wrong_bounds(tmp_path: Path, bounds: str) -> None:
    done = new(tmp_path / "zone", "--bounds", bounds)
    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert "west,south,east,north" in done.err


def test_a_crs_may_be_stated_and_is_in_metres(tmp_path: Path) -> None:
    assert new(tmp_path / "a", "--bounds", CHENGDU, "--crs", "EPSG:32648").status == 0
    settings = tomllib.loads((tmp_path / "a" / "zone.toml").read_text("utf-8"))
    assert settings["measure_crs"] == "EPSG:32648"
    done = new(tmp_path / "b", "--bounds", CHENGDU, "--crs", "EPSG:4326")
    assert (done.status, (tmp_path / "b").exists()) == (1, False)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert new(tmp_path, "--bounds", CHENGDU).status == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_name_may_hold_any_sign(tmp_path: Path) -> None:
    name = 'A "B" \\ {c} 区'
    gxq("new", tmp_path / "z", "--name-zh", name, "--name-en", name, "--bounds", CHENGDU)
    assert open_zone(tmp_path / "z").settings.name_zh == name


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_it_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(f"示例区\nExample\n{CHENGDU}\n"))
    assert gxq("new", tmp_path / "zone").status == 0
    assert open_zone(tmp_path / "zone").settings.name_en == "Example"


@pytest.mark.parametrize("missing", ["--name-zh", "--name-en", "--bounds"])
def test_elsewhere_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    given = {"--name-zh": "甲", "--name-en": "A", "--bounds": CHENGDU}
    words = [word for pair in given.items() if pair[0] != missing for word in pair]
    done = gxq("new", tmp_path / "zone", *words, "--lang", "en")
    assert (done.status, missing in done.err) == (2, True)


@pytest.mark.parametrize(
    ("longitude", "latitude", "crs"),
    [
        (104.06, 30.67, "EPSG:4544"),
        (116.6, 35.4, "EPSG:4548"),
        (87.6, 43.8, "EPSG:4538"),
        (127.0, 45.8, "EPSG:4551"),
        (9.0, 50.0, "EPSG:32632"),
        (151.2, -33.9, "EPSG:32756"),
    ],
)
def test_the_crs_of_a_place(longitude: float, latitude: float, crs: str) -> None:
    assert crs_at(longitude, latitude) == crs
