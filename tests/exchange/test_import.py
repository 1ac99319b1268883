"""`gxq import`: the plan, the questions, the merge, and what is written."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
import shapely

from gxq_geo.exchange.importing import mapping
from gxq_geo.zone import open_zone
from tests.support.command import Done, gxq
from tests.support.zones import edit, load_features, load_rows, polygon, remove, tiny_zone


@pytest.fixture
def zone(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


COMPLETE = tuple(
    word
    for pair in ("source=市测绘院", "updated=2026-11-20", "geometry_source=surveyed")
    for word in ("--set", pair)
)


def survey(folder: Path, crs: str = "EPSG:4527", **columns: list[Any]) -> Path:
    """A file as a survey office gives it: one parcel that is known, and one that is new."""
    shapes = [
        shapely.geometry.shape(polygon((1100, 100), (1300, 100), (1300, 200), (1100, 200))),
        shapely.geometry.shape(polygon((1400, 600), (1500, 600), (1500, 700), (1400, 700))),
    ]
    table = {
        "地块编号": ["D-1", "D-9"],
        "名称": ["示例地块 D-1", "新地块"],
        "所属园区": ["东园", "东园"],
        "状态": ["洽谈中", "储备"],
        "面积（公顷）": [2.0, 1.0],
        **columns,
    }
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4490").to_crs(crs)
    path = folder / "红线.geojson"
    pyogrio.write_dataframe(frame, path, driver="GeoJSON", layer_options={"RFC7946": "NO"})
    return path


def contents(zone: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in zone.iterdir()}


def record(zone: Path, name: str) -> dict[str, Any]:
    (found,) = (
        f["properties"]
        for f in load_features(zone / "sites.geojson")
        if name in f["properties"].values()
    )
    return dict(found)


def data(done: Done) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(done.out)
    return parsed


def test_the_plan_is_shown_and_nothing_is_written(zone: Path) -> None:
    before = contents(zone)
    done = gxq("import", survey(zone.parent), zone, *COMPLETE)
    assert done.status == 0
    assert "EPSG:4527（文件注明，与位置相符）" in done.out
    assert "公顷 × 15" in done.out
    assert "未读入的内容：无。" in done.out
    assert "加 --apply" in done.out
    assert contents(zone) == before


def test_what_is_applied_is_written_and_a_second_import_changes_nothing(zone: Path) -> None:
    path = survey(zone.parent)
    assert gxq("import", path, zone, *COMPLETE, "--apply").status == 0
    known, new = record(zone, "D-1"), record(zone, "D-9")
    assert (known["status"], known["area_mu"], known["has_power"]) == ("negotiating", 30, True)
    assert (new["status"], new["area_mu"], new["park_id"]) == ("reserve", 15, "dong")
    assert new["source"] == "市测绘院"
    before = contents(zone)
    again = gxq("import", path, zone, *COMPLETE, "--apply")
    assert again.status == 0
    assert "图层没有变化。" in again.out
    assert contents(zone) == before
    assert gxq("check", zone).status == 0


def test_the_plan_as_json(zone: Path) -> None:
    done = gxq("import", survey(zone.parent, 备注2=["x", "y"]), zone, *COMPLETE, "--format", "json")
    plan = data(done)
    (table,) = plan["tables"]
    assert plan["ready"]
    assert plan["layers"] == ["sites"]
    assert table["layer"] == "sites"
    assert table["crs"]["why"] == "declared"
    assert table["columns"]["面积（公顷）"] == {"field": "area_mu", "factor": "15", "unit": "公顷"}
    assert table["added"] == ["D-9"]
    changes = {(c["id"], c["field"]): c["new"] for c in table["changes"]}
    assert changes["D-1", "status"] == "negotiating"
    assert [(loss["kind"], loss["where"]) for loss in plan["losses"]] == [
        ("loss.unknown-column", "备注2")
    ]


def test_a_result_with_errors_is_refused(zone: Path) -> None:
    before = contents(zone)
    done = gxq("import", survey(zone.parent), zone, "--apply")
    assert done.status == 1
    assert "[required-missing] D-9" in done.err
    assert contents(zone) == before


def test_records_with_errors_can_be_left_out_and_are_kept(zone: Path) -> None:
    kept = zone.parent / "未导入.csv"
    done = gxq("import", survey(zone.parent), zone, "--apply", "--quarantine", kept)
    assert done.status == 1
    assert record(zone, "D-1")["status"] == "negotiating"
    assert not [f for f in load_features(zone / "sites.geojson") if "D-9" in str(f)]
    (row,) = load_rows(kept)
    assert (row["site_id"], row["area_mu"]) == ("D-9", "15")
    assert "必填字段" in row["问题"]


def test_an_undeclared_crs_is_asked_about_with_its_candidates(zone: Path) -> None:
    path = survey(zone.parent, "EPSG:4548")
    text = path.read_text("utf-8").replace("EPSG::4548", "EPSG::0")
    raw = json.loads(text)
    del raw["crs"]
    for feature in raw["features"]:
        feature["properties"]["地块编号"] += "-new"
    path.write_text(json.dumps(raw), "utf-8")
    done = gxq("import", path, zone)
    assert done.status == 1
    assert "EPSG:4548, EPSG:2384, EPSG:2436 都说得通" in done.err
    stated = gxq("import", path, zone, "--crs", "EPSG:4548", "--format", "json", *COMPLETE)
    assert data(stated)["tables"][0]["crs"] == {
        **data(stated)["tables"][0]["crs"],
        "crs": "EPSG:4548",
        "why": "stated",
    }


def test_decisions_are_kept_for_the_next_file(zone: Path) -> None:
    path = survey(zone.parent, 宗地=["a", "b"])
    words = ("--map", "宗地=address_zh", *COMPLETE, "--apply", "--keep-mapping")
    first = gxq("import", path, zone, *words)
    assert first.status == 0
    (kept,) = mapping.read_all(zone)
    assert kept.columns["宗地"] == "address_zh"
    later = zone.parent / "下月.geojson"
    later.write_text(path.read_text("utf-8").replace('"b"', '"c"'), "utf-8")
    second = gxq("import", later, zone, "--apply")
    assert second.status == 0
    assert record(zone, "D-9")["address_zh"] == "c"
    assert f"按映射文件 {zone / '红线.import.toml'}" in second.out
    assert gxq("check", zone).status == 0


@pytest.mark.parametrize(
    "text", ["tables = 1", "[[tables]]\nlayer='x'", "[[tables]]\nheadings=['a']\nno=1"]
)
def test_a_broken_mapping_file_is_named(zone: Path, text: str) -> None:
    (zone / "坏.import.toml").write_text(text, "utf-8")
    done = gxq("import", survey(zone.parent), zone)
    assert done.status == 2
    assert "坏.import.toml" in done.err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "请指明要导入的文件"),
        (["--id", "没有"], "文件中没有“没有”列"),
        (["--set", "no=1"], "图层没有字段“no”"),
        (["--set", "updated=昨天"], "“昨天”不符合字段 updated"),
        (["--set", "updated"], "“updated”写法不对"),
        (["--crs", "4548"], "没有坐标系“4548”"),
    ],
)
def test_a_wrong_statement_is_named(zone: Path, words: list[str], part: str) -> None:
    arguments = [survey(zone.parent), zone] if words else [zone]
    done = gxq("import", *arguments, *words)
    assert done.status == 2
    assert part in done.err


def test_a_layer_in_a_geopackage_is_changed_in_place(zone: Path) -> None:
    frame = gpd.read_file(zone / "sites.geojson")
    (zone / "sites.geojson").unlink()
    for name in frame.columns:
        if frame[name].map(lambda value: isinstance(value, list)).any():
            frame[name] = frame[name].map(json.dumps)
    pyogrio.write_dataframe(frame.to_crs(4548), zone / "sites.gpkg", layer="sites")
    assert gxq("check", zone).status == 0
    done = gxq("import", survey(zone.parent), zone, *COMPLETE, "--apply")
    assert done.status == 0
    after = gpd.read_file(zone / "sites.gpkg")
    assert after.crs.to_epsg() == 4548
    assert dict(zip(after["site_id"], after["status"], strict=True))["D-1"] == "negotiating"
    assert "D-9" in set(after["site_id"])
    assert gxq("check", zone).status == 0


# ------------------------------------------------------------------ the workbook


def exported(zone: Path) -> Path:
    path = zone.parent / "台账.xlsx"
    done = gxq("export", zone, "sites", "projects", "-o", path, "--audience", "internal")
    assert done.status == 0
    return path


def cell(sheet: Any, identity: str, heading: str) -> Any:
    """The cell of a record under a heading."""
    row = next(r[0].row for r in sheet.iter_rows() for c in r if c.value == identity)
    column = next(c.column for r in sheet.iter_rows() for c in r if c.value == heading)
    return sheet.cell(row, column)


def test_an_unedited_workbook_changes_no_byte(zone: Path) -> None:
    gxq("fmt", zone)
    before = contents(zone)
    done = gxq("import", exported(zone), zone, "--apply")
    assert done.status == 0
    assert "图层没有变化。" in done.out
    assert contents(zone) == before


def test_edits_of_the_workbook_and_of_the_layer_both_survive(zone: Path) -> None:
    path = exported(zone)
    book = openpyxl.load_workbook(path)
    sheet = book["地块"]
    cell(sheet, "D-1", "状态").value = "已签约"
    cell(sheet, "X-1", "名称").value = "=1+1"
    book.save(path)
    edit(zone / "sites.geojson", "D-1", "far_min", 1.6)
    edit(zone / "sites.geojson", "D-2", "status", "reserve")
    done = gxq("import", path, zone, "--apply", "--format", "json")
    assert done.status == 0, done.err
    assert record(zone, "D-1")["status"] == "signed"
    assert record(zone, "D-1")["far_min"] == 1.6
    assert record(zone, "D-2")["status"] == "reserve"


def test_only_a_true_conflict_is_asked(zone: Path) -> None:
    path = exported(zone)
    book = openpyxl.load_workbook(path)
    cell(book["地块"], "D-1", "状态").value = "已签约"
    book.save(path)
    edit(zone / "sites.geojson", "D-1", "status", "reserve")
    before = contents(zone)
    done = gxq("import", path, zone, "--apply")
    assert done.status == 1
    assert "导出时 available，图层 reserve，文件 signed" in done.err
    assert contents(zone) == before
    assert gxq("import", path, zone, "--apply", "--on-conflict", "theirs").status == 0
    assert record(zone, "D-1")["status"] == "signed"


def test_a_deleted_row_is_removed_unless_something_needs_it(zone: Path) -> None:
    path = exported(zone)
    book = openpyxl.load_workbook(path)
    sheet = book["地块"]
    sheet.delete_rows(cell(sheet, "X-2", "状态").row)
    book.save(path)
    assert gxq("import", path, zone, "--apply").status == 0
    assert not [f for f in load_features(zone / "sites.geojson") if "X-2" in str(f)]
    remove(zone / "projects.csv", "P-1")


# ------------------------------------------------------------------ export


def test_the_public_export_holds_what_the_public_map_holds(zone: Path) -> None:
    edit(zone / "sites.geojson", "D-1", "published", False)
    path = zone.parent / "out.geojson"
    assert gxq("export", zone, "sites", "-o", path).status == 0
    ids = {feature["properties"]["site_id"] for feature in load_features(path)}
    assert ids == set(open_zone(zone).sites["site_id"]) - {"D-1"}
    assert "contact" not in {name for f in load_features(path) for name in f["properties"]} & {
        "note_internal"
    }


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["sites"], "请指明图层和输出文件"),
        (["sites", "-o", "a.docx"], "扩展名不是可导出的格式"),
        (["sites", "parks", "-o", "a.geojson"], "只能放一个图层"),
        (["customers", "-o", "a.xlsx"], "不对外公开"),
        (["sectors", "-o", "a.kml"], "没有图形"),
        (["sites", "-o", "a.geojson", "--crs", "EPSG:2384"], "属旧基准"),
        (["site", "-o", "a.kml"], "没有图层“site”"),
    ],
)
def test_what_cannot_be_exported_is_said(zone: Path, words: list[str], part: str) -> None:
    done = gxq("export", zone, *words)
    assert done.status == 2
    assert part in done.err


def test_everything_goes_into_one_file(zone: Path) -> None:
    path = zone.parent / "全部.kml"
    assert gxq("export", zone, "all", "-o", path).status == 0
    text = path.read_text("utf-8")
    assert "西园" in text
    assert "示例地块 D-1" in text


def test_rings_of_a_shapefile_are_written_counter_clockwise(zone: Path) -> None:
    frame = gpd.read_file(survey(zone.parent)).to_crs("EPSG:4548")
    frame = frame.rename(columns={"面积（公顷）": "area_mu"}).assign(area_mu=[30, 15])
    frame.geometry = shapely.orient_polygons(frame.geometry.to_numpy(), exterior_cw=True)
    path = zone.parent / "红线.shp"
    pyogrio.write_dataframe(frame, path, driver="ESRI Shapefile", encoding="GBK")
    assert gxq("import", path, zone, *COMPLETE, "--apply").status == 0
    assert record(zone, "D-9")
    assert open_zone(zone).frame("sites").geometry.exterior.is_ccw.all()
    assert "ring-winding" not in gxq("check", zone).out
