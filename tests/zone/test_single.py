"""``gxq check FILE``: a single file, checked by the rules that need no other layer."""

import os
import shutil
from pathlib import Path

import pytest

from gxq_geo.rules import RULES
from gxq_geo.zone import single
from tests.formats.test_geopackage import package
from tests.support.command import Done, gxq
from tests.support.zones import block, edit, polygon, tiny_zone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


def check(path: Path, *words: str) -> Done:
    return gxq("check", path, "--lang", "en", *words)


def found(done: Done) -> set[str]:
    return {line.split("[")[1].split("]")[0] for line in done.out.splitlines() if " [" in line}


def bowtie(folder: Path) -> None:
    edit(folder / "sites.geojson", "D-2", "geometry", polygon((0, 0), (90, 90), (90, 0), (0, 90)))


def test_the_groups_that_are_run_exist() -> None:
    assert {*single.GROUPS, *single.FIELD_GROUPS} <= {rule.group for rule in RULES}


def test_a_file_of_a_layers_name_is_checked_with_its_fields(folder: Path) -> None:
    clean = check(folder / "sites.geojson")
    assert clean.status == 0, clean.out
    assert "as the layer “Sites” (sites)" in clean.out
    edit(folder / "sites.geojson", "D-2", "status", "sold")
    edit(folder / "sites.geojson", "D-1", "park_id", "nowhere")
    bowtie(folder)
    assert found(check(folder / "sites.geojson")) == {"not-in-domain", "geometry-invalid"}


def test_any_other_file_is_checked_for_structure_and_geometry(folder: Path, tmp_path: Path) -> None:
    edit(folder / "sites.geojson", "D-1", "status", "sold")
    bowtie(folder)
    for name in ("mine.geojson", "mine.json"):
        path = Path(shutil.copy(folder / "sites.geojson", tmp_path / name))
        done = check(path)
        assert found(done) == {"geometry-invalid"}
        assert "--layer" in done.out
        assert f"{name}:3:" in done.out
        named = check(path, "--layer", "sites")
        assert found(named) == {"geometry-invalid", "not-in-domain"}


def test_a_table_by_itself(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("\ufeffa,b\n1,2,3\n", "utf-8")
    assert found(check(path)) == {"csv-width"}
    assert check(folder / "sectors.csv").status == 0


def test_a_geopackage_by_itself(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.gpkg"
    package(path, block(0, 0, 90, 90), name="anything")
    assert check(path).status == 0
    package(path, polygon((0, 0), (90, 90), (90, 0), (0, 90)), name="anything")
    assert found(check(path)) == {"geometry-invalid"}


def test_the_settings_beside_a_file_are_used(folder: Path) -> None:
    settings = folder / "zone.toml"
    settings.write_text(settings.read_text("utf-8") + '\n[rules]\nnot-in-domain = "off"\n', "utf-8")
    edit(folder / "sites.geojson", "D-1", "status", "sold")
    assert check(folder / "sites.geojson").status == 0
    settings.write_text("nonsense")
    assert check(folder / "sites.geojson").status == 1
    settings.unlink()
    assert found(check(folder / "sites.geojson")) == {"not-in-domain"}


def test_areas_are_measured_where_the_file_lies(folder: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(folder / "sites.geojson", tmp_path / "sites.geojson"))
    assert check(path).status == 0
    edit(path, "D-2", "geometry", block(1100, 300, 200, 300))
    assert "area-mismatch" in found(check(path))


@pytest.mark.parametrize("name", ["mine.shp", "mine.geojson.txt", "mine", "sites.csv", "parks.SHP"])
def test_a_format_that_is_not_read_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    done = check(tmp_path / name)
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert ".geojson" in done.err


def test_what_is_not_a_file_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "loop.geojson").symlink_to(tmp_path / "loop.geojson")
    for path in (tmp_path / "loop.geojson", tmp_path / "absent.geojson"):
        done = check(path)
        assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1), path
    assert check(folder, "--layer", "sites").status == 2
    misspelt = check(folder / "sites.geojson", "--layer", "site")
    assert misspelt.status == 2
    assert "Did you mean sites?" in misspelt.err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFO here")
def test_a_fifo_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.geojson")
    done = check(tmp_path / "pipe.geojson")
    assert (done.status, len(done.err.splitlines())) == (2, 1)


NOWHERE = (
    '{"type":"Point","coordinates":[0,0]}',
    '{"type":"Point","coordinates":[180,-90]}',
    '{"type":"FeatureCollection","features":[]}',
    '{"type":"Feature","properties":null,"geometry":null}',
    '{"type":"Feature","properties":{"id":5},"geometry":{"type":"Point","coordinates":[4e5,4e6]}}',
)


@pytest.mark.parametrize("text", NOWHERE)
def test_a_file_that_lies_nowhere_is_no_traceback(tmp_path: Path, text: str) -> None:
    path = tmp_path / "case.geojson"
    path.write_text(text)
    done = check(path)
    assert done.status in (0, 1)
    assert done.err == ""
