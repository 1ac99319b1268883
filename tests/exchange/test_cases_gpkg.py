"""GeoPackages as GDAL and QGIS save our layers: the same zone, without an issue more.

Each folder of ``../shared/cases`` holds the files that differ from ``layers/``.
"""

import shutil
from pathlib import Path

import pytest
import shapely

from gxq_geo.checks import check
from gxq_geo.schemas import schema
from gxq_geo.zone import open_zone
from tests.support.command import gxq

ROOT = Path(__file__).parents[2]
LAYERS = ROOT / "layers"
CASES = ROOT.parent / "shared" / "cases"

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/cases")


def zone_of(case: str, tmp_path: Path) -> Path:
    """A copy of the layers, in which the files of a case replace those of their layers."""
    folder = tmp_path / "layers"
    shutil.copytree(LAYERS, folder)
    for path in (CASES / case).iterdir():
        for other in folder.glob(f"{path.stem}.*"):
            other.unlink()
        shutil.copyfile(path, folder / path.name)
    return folder


def found(folder: Path) -> set[tuple[str, str, str]]:
    report = check(open_zone(folder, partial=True))
    return {(issue.rule, issue.layer, issue.feature) for issue in report}


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("gpkg_intbool", "sites"),
        ("gpkg_list_json", "sites"),
        ("gpkg_ogr2ogr", "sites"),
        ("gpkg_ogr2ogr_parks", "parks"),
        ("gpkg_datetime_utc", "sites"),
        ("gpkg_epsg4548", "sites"),
        ("gpkg_crs_cgcs_noauth", "sites"),
    ],
)
def test_a_saved_layer_is_the_same_layer(tmp_path: Path, case: str, name: str) -> None:
    folder = zone_of(case, tmp_path)
    assert found(folder) - found(LAYERS) == set()
    own = schema().layers[name].id
    before, after = (
        open_zone(one).frame(name).set_index(own).sort_index() for one in (LAYERS, folder)
    )
    # Some English texts of the layers were corrected since.
    for field in (one.name for one in schema().layers[name].fields.values() if one.type != "text"):
        assert [*map(str, after[field])] == [*map(str, before[field])], field
    apart = shapely.hausdorff_distance(before.geometry.to_numpy(), after.geometry.to_numpy())
    assert apart.max() < 1e-9


def test_numbers_of_rows_are_no_field(tmp_path: Path) -> None:
    folder = zone_of("geojson_qgis_fid", tmp_path)
    assert {rule for rule, *_ in found(folder) - found(LAYERS)} == {"crs-member"}
    assert check(open_zone(folder, partial=True)).ok


def test_one_file_for_all_layers_is_named_with_the_command_that_takes_it_in(tmp_path: Path) -> None:
    folder = tmp_path / "layers"
    shutil.copytree(LAYERS, folder)
    (path,) = (CASES / "gpkg_one_for_all").iterdir()
    shutil.copyfile(path, folder / path.name)
    done = gxq("check", folder, "--lang", "zh")
    assert done.status == 1
    assert f"gxq import {path.name}" in done.out
    assert "[layer-package]" in done.out
