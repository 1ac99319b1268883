"""Layers: reading what was written gives the same; formatting keeps unknown contents."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gxq_geo.formats.files import fingerprint
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.schemas.dtypes import column
from gxq_geo.words.errors import BadLayerError, FileError
from gxq_geo.zone import layer, open_zone
from tests.schemas.test_dtypes import raw_of
from tests.support.zones import edit, load_features, save_features, tiny_zone

SITES, SECTORS = schema().layers["sites"], schema().layers["sectors"]
LAYERS = schema().layers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


def frame_of(values: dict[str, list[Any]], of: LayerSchema, count: int) -> pd.DataFrame:
    """A frame from raw values, as `read` creates it; the other fields are missing."""
    columns = {
        name: column(values.get(name, [None] * count), field, schema())[0]
        for name, field in of.fields.items()
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(count))


# One field of every type, both in a geometry layer and in a table.
KINDS = {
    "sites": {
        "name_zh": "text",
        "park_id": "ref",
        "status": "choice",
        "area_mu": "number",
        "sectors": "refs",
        "has_power": "boolean",
        "term_years": "integer",
        "updated": "date",
    },
    "sectors": {
        "name_zh": "text",
        "department_id": "ref",
        "gbt4754": "texts",
        "rank": "integer",
        "updated": "date",
        "published": "boolean",
    },
}


@st.composite
def records(draw: st.DrawFn, name: str) -> tuple[int, dict[str, list[Any]]]:
    count = draw(st.integers(0, 4))
    values: dict[str, list[Any]] = {LAYERS[name].id: [f"id-{row}" for row in range(count)]}
    for field, kind in KINDS[name].items():
        # The domain of a choice depends on the field.
        some = raw_of("choice") if field == "status" else raw_of(kind)
        values[field] = [*draw(some), *[None] * count][:count]
    return count, values


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(records("sites"), st.sampled_from([".geojson", ".gpkg"]))
def test_a_geometry_layer_comes_back(
    tmp_path: Path, drawn: tuple[int, dict[str, list[Any]]], suffix: str
) -> None:
    count, values = drawn
    # GeoPackage cannot hold the null character, nor a number beyond 2**53 exactly.
    texts = [text for name in ("name_zh", "park_id") for text in values[name] if text]
    texts += [text for refs in values["sectors"] for text in refs or ()]
    if suffix == ".gpkg" and any("\x00" in text for text in texts):
        return
    boxes = [shapely.box(116 + row, 35, 116.5 + row, 35.5) if row else None for row in range(count)]
    frame = gpd.GeoDataFrame(frame_of(values, SITES, count), geometry=boxes, crs="EPSG:4326")
    path = tmp_path / f"sites{suffix}"
    layer.write(frame, path, SITES)
    after = layer.read(path, SITES)
    assert (after.issues, after.bad_cells, after.unknown_fields) == ((), (), ())
    assert_geodataframe_equal(gpd.GeoDataFrame(after.frame), frame)
    if suffix == ".geojson":
        now, canonical = layer.formatted(path, SITES)
        assert now == canonical


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(records("sectors"))
def test_a_table_comes_back(tmp_path: Path, drawn: tuple[int, dict[str, list[Any]]]) -> None:
    count, values = drawn
    frame = frame_of(values, SECTORS, count)
    path = tmp_path / "sectors.csv"
    layer.write(frame, path, SECTORS)
    after = layer.read(path, SECTORS)
    assert (after.issues, after.bad_cells) == ((), ())
    pd.testing.assert_frame_equal(after.frame, frame)
    now, canonical = layer.formatted(path, SECTORS)
    assert now == canonical


def test_another_crs_is_brought_to_degrees(folder: Path, tmp_path: Path) -> None:
    sites = gpd.GeoDataFrame(open_zone(folder).sites)
    layer.write(sites.to_crs(4548), tmp_path / "sites.geojson", SITES)
    assert (tmp_path / "sites.geojson").read_bytes() == (folder / "sites.geojson").read_bytes()


def test_without_a_crs_nothing_is_written(folder: Path, tmp_path: Path) -> None:
    sites = gpd.GeoDataFrame(open_zone(folder).sites).set_crs(None, allow_override=True)
    with pytest.raises(BadLayerError, match="set_crs"):
        layer.write(sites, tmp_path / "sites.geojson", SITES)
    assert not (tmp_path / "sites.geojson").exists()


@pytest.mark.parametrize("name", ["sites.csv", "sites.shp", "sites", "sites.JSON"])
def test_only_known_formats_are_written(folder: Path, name: str) -> None:
    with pytest.raises(FileError) as caught:
        layer.write(open_zone(folder).sites, folder / name, SITES)
    assert caught.value.slug == "suffix"


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
def test_a_file_that_somebody_changed_is_left_alone(folder: Path, suffix: str) -> None:
    sites, path = open_zone(folder).sites, folder / f"sites{suffix}"
    layer.write(sites, path, SITES)
    read = layer.read(path, SITES)
    assert read.fingerprint == fingerprint(path.read_bytes())
    layer.write(sites.iloc[:2], path, SITES)
    theirs = path.read_bytes()
    with pytest.raises(FileError) as caught:
        layer.write(sites, path, SITES, expected=read.fingerprint)
    assert caught.value.slug == "changed"
    assert path.read_bytes() == theirs


# ------------------------------------------------------------------ reading


def test_an_issue_knows_its_line_field_id_and_name(folder: Path) -> None:
    read = layer.read(folder / "sites.geojson", SITES)
    issue = read.issue(1, field="area_mu", value=3.5)
    assert (issue.file, issue.line, issue.layer) == ("sites.geojson", 3, "sites")
    assert (issue.feature, issue.name, issue.value) == ("D-2", "示例地块 D-2", "3.5")
    text = (folder / "sites.geojson").read_text(encoding="utf-8").splitlines()[2]
    assert issue.column is not None
    assert text[issue.column - 1 :].startswith('"area_mu"')


def test_an_issue_of_a_table_knows_its_row(folder: Path) -> None:
    issue = layer.read(folder / "sectors.csv", SECTORS).issue(1, field="rank")
    assert (issue.file, issue.line, issue.feature) == ("sectors.csv", 3, "materials")


@pytest.mark.parametrize(
    ("data", "rule", "line", "column"),
    [
        ("名称".encode("gbk"), "gb18030", 1, 1),
        (b'{"a":\n "' + "甲".encode("gbk"), "gb18030", 2, 3),
        (b"abc\n\xff\xff\xff", "not-utf8", 2, 1),
        ("{}".encode("utf-16"), "not-utf8", 1, 1),
        (b"\xef\xbb\xbf\n\xff\xff", "not-utf8", 2, 1),
    ],
)
def test_another_encoding_is_named_and_located(
    tmp_path: Path, data: bytes, rule: str, line: int, column: int
) -> None:
    path = tmp_path / "sites.geojson"
    path.write_bytes(data)
    (issue,) = layer.read(path, SITES).issues
    assert (issue.rule, issue.line, issue.column) == (rule, line, column)


def test_a_byte_order_mark_is_a_warning_in_geojson_and_at_home_in_a_table(folder: Path) -> None:
    path = folder / "sites.geojson"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    read = layer.read(path, SITES)
    assert [issue.rule for issue in read.issues] == ["bom"]
    assert len(read.frame) == 5
    assert layer.formatted(path, SITES)[1].startswith(b"{")
    bare = (folder / "sectors.csv").read_bytes().removeprefix(b"\xef\xbb\xbf")
    (folder / "sectors.csv").write_bytes(bare)
    assert layer.read(folder / "sectors.csv", SECTORS).issues == ()


def test_bounds(folder: Path) -> None:
    sites = gpd.GeoDataFrame(open_zone(folder).sites)
    assert layer.bounds(sites) == pytest.approx(tuple(sites.total_bounds))
    assert layer.bounds(sites.iloc[:0]) is None
    assert layer.bounds(sites.assign(geometry=None)) is None


# ------------------------------------------------------------------ formatting


def test_formatting_keeps_what_it_does_not_understand(folder: Path) -> None:
    path = folder / "sites.geojson"
    edit(path, "D-1", "area_mu", "66亩")
    edit(path, "D-1", "status", "sold")
    edit(path, "D-2", "备注二", {"深": [1, None]})
    features = load_features(path)
    features[2]["when"] = "2026"
    features.reverse()
    text = json.dumps({"type": "FeatureCollection", "name": "地块", "features": features}, indent=2)
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    _, data = layer.formatted(path, SITES)
    after = json.loads(data)
    by_id = {one["properties"]["site_id"]: one for one in after["features"]}
    assert list(by_id) == sorted(by_id)
    assert after["name"] == "地块"
    assert by_id["D-1"]["properties"]["area_mu"] == "66亩"
    assert by_id["D-1"]["properties"]["status"] == "sold"
    assert by_id["D-2"]["properties"]["备注二"] == {"深": [1, None]}
    assert by_id["D-3"]["when"] == "2026"


def test_what_excel_saves_becomes_canonical(folder: Path) -> None:
    path = folder / "sectors.csv"
    before = path.read_bytes()
    saved = before.decode().replace("true", "TRUE").replace("2026-11-23", "2026/11/23")
    path.write_text(saved, encoding="utf-8", newline="\r\n")
    assert layer.read(path, SECTORS).bad_cells == ()
    assert layer.formatted(path, SECTORS)[1] == before


@pytest.mark.parametrize(
    "content",
    ["", "{", '{"type":"FeatureCollection","features":[{"type":"Feature"}]}', "甲".encode("gbk")],
)
def test_a_broken_file_is_not_formatted(folder: Path, content: str | bytes) -> None:
    path = folder / "sites.geojson"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BadLayerError) as caught:
        layer.formatted(path, SITES)
    assert (caught.value.slug, caught.value.exit_status) == ("unformattable", 1)


def test_a_number_that_json_cannot_hold_is_not_formatted(folder: Path) -> None:
    path = folder / "sites.geojson"
    edit(path, "D-1", "area_mu", 12345)
    path.write_text(path.read_text("utf-8").replace("12345", "1e999"), encoding="utf-8")
    with pytest.raises(BadLayerError):
        layer.formatted(path, SITES)


@pytest.mark.parametrize("depth", [10, 500, 900, *range(930, 1000, 5)])
def test_deep_nesting_is_formatted_or_refused(folder: Path, depth: int) -> None:
    path = folder / "sites.geojson"
    edit(path, "D-1", "extra", 12345)
    nest = "[" * depth + "]" * depth
    path.write_text(path.read_text("utf-8").replace("12345", nest), encoding="utf-8")
    layer.read(path, SITES)
    with suppress(BadLayerError):
        assert nest in layer.formatted(path, SITES)[1].decode()


@pytest.mark.parametrize("name", list(LAYERS))
def test_an_empty_layer_has_every_column(name: str) -> None:
    frame = layer.empty(LAYERS[name]).frame
    expected = [*LAYERS[name].fields, *([] if LAYERS[name].is_table else ["geometry"])]
    assert list(frame.columns) == expected
    assert len(frame) == 0
    if isinstance(frame, gpd.GeoDataFrame):
        assert frame.crs == "EPSG:4326"
    assert layer.to_bytes(frame, LAYERS[name]).count(b"\n") == 1


def test_records_without_properties_are_read(tmp_path: Path) -> None:
    path = tmp_path / "sites.geojson"
    save_features(path, [{"type": "Feature", "properties": None, "geometry": None}])
    read = layer.read(path, SITES)
    assert (len(read.frame), read.issues) == (1, ())
    assert b'"site_id":null' in layer.formatted(path, SITES)[1]
