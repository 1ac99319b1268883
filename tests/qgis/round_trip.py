"""The export in a real QGIS: ``make test-qgis``. The Python of QGIS: ``QGIS_PYTHON=…``."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gxq_geo.exchange import qgis
from gxq_geo.exchange.export import export
from gxq_geo.schemas import schema
from gxq_geo.zone import Zone, open_zone
from tests.exchange.test_qgis import changed

ROOT = Path(__file__).parents[2]
PYTHON = os.environ.get("QGIS_PYTHON", "/usr/bin/python3")


def in_qgis(project: Path, what: str = "") -> str:
    command = [PYTHON, str(Path(__file__).with_name("in_qgis.py")), str(project), what]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def zone() -> Zone:
    return open_zone(ROOT / "layers")


@pytest.fixture
def package(zone: Zone, tmp_path: Path) -> Path:
    path = tmp_path / "zone.gpkg"
    export(zone, list(zone.layers), path, audience="internal").write()
    return path


def test_qgis_opens_the_project(zone: Zone, package: Path) -> None:
    seen: dict[str, Any] = json.loads(in_qgis(package.with_suffix(".qgz")))
    assert (seen["title"], seen["crs"]) == (zone.settings.name("zh"), zone.settings.measure_crs)
    layers = seen["layers"]
    assert set(layers) == {f"gxq_layer_{name}" for name in zone.layers}
    for key, one in layers.items():
        name = key.removeprefix("gxq_layer_")
        layer = schema().layers[name]
        assert (one["valid"], one["count"]) == (True, len(zone.frame(name))), name
        assert all(one["drawn"]), name
        assert set(one["aliases"]) == {"fid", *layer.fields}
        assert all(one["aliases"][field] for field in layer.fields)
        needed = {field.name for field in layer.fields.values() if field.required}
        assert set(one["not_null"]) == {"fid", layer.id, *needed}
        assert set(one["unique"]) == {"fid", layer.id}
    sites = layers["gxq_layer_sites"]
    assert {"可供": "available"} in sites["configs"]["status"]["map"]
    assert (sites["types"]["sectors"], sites["widgets"]["sectors"]) == ("JSON", "ValueRelation")
    assert (sites["types"]["updated"], sites["types"]["published"]) == ("Date", "Boolean")
    assert sites["classes"]["available"] == "#0b6b5d"
    assert seen["order"][0] == "gxq_layer_stations"
    assert list(seen["groups"]) == ["招商", "底图", "表格"]


def test_exactly_what_was_edited_comes_back(package: Path) -> None:
    in_qgis(package.with_suffix(".qgz"), "edit")
    edits = {one.layer: changed(one) for one in qgis.returned(package) or () if changed(one)}
    ids = sorted(open_zone(ROOT / "layers").sites["site_id"])
    assert edits == {
        "sites": {
            ids[0]: {"name_zh", "sectors", "ready_to_build"},
            ids[1]: {"geometry"},
            ids[2]: "gone",
            "NEW-1": "new",
        }
    }


def test_a_project_that_was_only_opened_has_no_change(package: Path) -> None:
    in_qgis(package.with_suffix(".qgz"))
    assert all(not changed(one) for one in qgis.returned(package) or ())
