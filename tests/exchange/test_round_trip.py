"""Every layer through every format and back: geometries within 1 mm, every field equal."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gxq_geo.exchange import formats
from gxq_geo.exchange.export import FORMATS, export
from gxq_geo.exchange.importing.incoming import Statements, interpret
from gxq_geo.exchange.importing.merge import same_value
from gxq_geo.exchange.importing.stored import Stored
from gxq_geo.exchange.readers import geopackage
from gxq_geo.exchange.source import ReadOptions
from gxq_geo.schemas import schema
from gxq_geo.zone import Zone, open_zone

ROOT = Path(__file__).parents[2]
LAYERS = ROOT / "layers"
# What a format keeps of a record besides its geometry; by default every field.
FEW_FIELDS: Mapping[str, set[str]] = {
    ".dxf": set(),
    ".txt": {"name_zh"},
}
# The CRS to state where the format declares none.
UNDECLARED = {".dxf": "EPSG:4548", ".csv": "EPSG:4490"}
# What to state of a layer that is none of parcels, which a boundary text takes everything for.
STATED: Mapping[str, Mapping[str, Any]] = {
    ".txt": {"id": "地块编号", "columns": {"地块名称": "name_zh"}}
}
# Degrees of a millimetre, and the rounding to seven decimals of GeoJSON, which layers have anyway.
MILLIMETRE = 1e-3 / 111_320


@cache
def zone() -> Zone:
    return open_zone(LAYERS)


def spatial() -> list[str]:
    return [n for n, one in zone().layers.items() if len(one.frame) and not one.schema.is_table]


def tables() -> list[str]:
    return [n for n, one in zone().layers.items() if len(one.frame) and one.schema.is_table]


def stored(name: str) -> dict[str, tuple[dict[str, Any], Any]]:
    """The records of a layer and their geometries, by id."""
    found = Stored.open(LAYERS, schema().layers[name])
    own = found.schema.id
    return {
        str(record[own]): (dict(record), found.records.shape(row))
        for row, record in enumerate(found.records.rows)
    }


def returned(name: str, suffix: str, folder: Path) -> dict[str, tuple[dict[str, Any], Any]]:
    """The same after an export and an import."""
    path = folder / f"{name}{suffix}"
    export(zone(), [name], path, audience="internal").write()
    layer = schema().layers[name]
    stated = Statements(layer=name, crs=UNDECLARED.get(suffix, ""), **STATED.get(suffix, {}))
    out: dict[str, tuple[dict[str, Any], Any]] = {}
    # As any program would read it: without the records that gxq keeps in its own GeoPackage.
    foreign = (
        geopackage.read(path, ReadOptions()) if suffix == ".gpkg" else formats.read(path).tables
    )
    for table in foreign:
        incoming = interpret(table, name, zone(), stated)
        assert not incoming.questions, incoming.questions
        for row, record in enumerate(incoming.records.rows):
            if record.get(layer.id) is not None:
                out[str(record[layer.id])] = (dict(record), incoming.records.shape(row))
    return out


SPATIAL = [s for s, one in FORMATS.items() if one.name not in ("workbook", "shapefile")]
SPATIAL += [".shp", ".zip"]


def holds(suffix: str, name: str) -> bool:
    """Whether a format can hold the geometries of a layer."""
    kinds = set(zone().frame(name).geometry.geom_type)
    return suffix != ".txt" or kinds <= {"Polygon", "MultiPolygon"}


@pytest.mark.parametrize("suffix", SPATIAL)
@pytest.mark.parametrize("name", spatial())
def test_a_layer_comes_back(name: str, suffix: str, tmp_path: Path) -> None:
    if not holds(suffix, name):
        return
    before, after = stored(name), returned(name, suffix, tmp_path)
    assert after.keys() == before.keys()
    for identity, (record, shape) in before.items():
        values, back = after[identity]
        for field, value in record.items():
            # A boundary text names a parcel without a name by its id.
            if field in FEW_FIELDS.get(suffix, record) and not (value is None and suffix == ".txt"):
                assert is_cut(value, suffix) or same_value(value, values.get(field)), field
        assert distance(shape, back) <= MILLIMETRE, identity


def is_cut(value: Any, suffix: str) -> bool:
    """Whether a shapefile cuts a text, which the export tells."""
    return suffix in (".shp", ".zip") and isinstance(value, str) and len(value.encode()) > 254


def distance(one: Any, other: Any) -> float:
    """The Hausdorff distance in degrees; parts and rings may be in another order."""
    if one is None or other is None:
        return 0.0 if one is other else np.inf
    return float(shapely.hausdorff_distance(one, other))


@pytest.mark.parametrize("suffix", [".csv", ".gpkg"])
@pytest.mark.parametrize("name", tables())
def test_a_table_comes_back(name: str, suffix: str, tmp_path: Path) -> None:
    before, after = stored(name), returned(name, suffix, tmp_path)
    assert after.keys() == before.keys()
    for identity, (record, _) in before.items():
        for field, value in record.items():
            assert same_value(value, after[identity][0].get(field)), (identity, field)


@pytest.mark.parametrize("suffix", [s for s in FORMATS if s != ".zip"])
def test_the_same_layer_gives_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    first, second = (export(zone(), ["sites"], tmp_path / f"a{suffix}") for _ in range(2))
    assert dict(first.files) == dict(second.files)
    assert first.losses == second.losses
