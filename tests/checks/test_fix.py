"""`gxq fix`: what has one possible correction is repaired, everything else is kept."""

import copy
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gxq_geo.checks import check, fix
from gxq_geo.checks.repairs import SHAPE_REPAIRS, TEXT_REPAIRS
from gxq_geo.schemas import schema
from gxq_geo.zone import layer, layer_files, open_zone
from tests.cli.test_app import lines, snapshot
from tests.support.command import gxq
from tests.support.zones import (
    add,
    block,
    edit,
    load_features,
    load_rows,
    polygon,
    remove,
    revise,
    save_features,
    tiny_zone,
)

SITES = schema().layers["sites"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


def site(folder: Path, record: str = "D-1") -> dict[str, Any]:
    (found,) = [
        one["properties"]
        for one in load_features(folder / "sites.geojson")
        if one["properties"]["site_id"] == record
    ]
    return dict(found)


def mended(folder: Path, field: str, value: object, record: str = "D-1") -> object:
    """Return the value of a site after the repairs."""
    edit(folder / "sites.geojson", record, field, value)
    gxq("fix", folder, "--apply")
    return site(folder, record)[field]


# ------------------------------------------------------------------ each repair


# Field, the value in the file, and the only value that it can mean.
MENDED: dict[str, list[tuple[str, Any, Any]]] = {
    "surrounding-space": [
        ("name_zh", "示例地块 ", "示例地块"),
        ("name_zh", "\u3000示例\u00a0地块\u3000", "示例\u00a0地块"),
        ("note_internal", "\n第一行\n  第二行\n", "第一行\n  第二行"),
        ("park_id", " dong", "dong"),
        ("sectors", ["equipment ", "\u00a0materials"], ["equipment", "materials"]),
        ("name_en", " \u3000", None),
    ],
    "full-width": [
        ("contact_phone", "０５３７－０００－０００１", "0537-000-0001"),
        ("park_id", "ｄｏｎｇ", "dong"),
        ("sectors", ["ｅquipment"], ["equipment"]),
        ("area_mu", "３０．５", 30.5),
        ("supply_year", "２０２７", 2027),
        ("available_from", "２０２７－０１－０２", "2027-01-02"),
    ],
    "list-separators": [
        ("sectors", ["equipment；materials"], ["equipment", "materials"]),
        ("sectors", ["equipment、materials", "equipment"], ["equipment", "materials", "equipment"]),
        ("sectors", "equipment，materials", "equipment;materials"),
        ("sectors", "equipment\nmaterials", "equipment;materials"),
    ],
    "known-spelling": [
        ("status", "Available", "available"),
        ("status", "可供", "available"),
        ("status", "UNDER CONSTRUCTION", "under_construction"),
        ("status", "ａｖａｉｌａｂｌｅ", "available"),
        ("land_use", "m1", "M1"),
        ("land_use", "一类工业用地", "M1"),
        ("land_use_scheme", "gb50137-2011", "GB 50137-2011"),
        ("geometry_source", "数字化", "digitised"),  # as the schema's [spellings] have it
    ],
    "reference-by-name": [
        ("park_id", "东园", "dong"),
        ("park_id", "Dong", "dong"),  # the English name of that park
    ],
    "number-form": [
        ("area_mu", "1,234.5亩", 1234.5),
        ("area_mu", "66 亩", 66),
        ("area_mu", "１，２３４", 1234),
        ("green_pct", "35%", 35),
    ],
    "written-as-text": [
        ("has_power", 1.0, True),
        ("has_power", 0, False),
        ("has_power", "✓", True),
        ("area_mu", "30.50", 30.5),
        ("supply_year", "2027", 2027),
        ("has_power", "TRUE", True),
        ("has_power", "否", False),
        ("available_from", "2027/1/2", "2027-01-02"),
        ("available_from", "2027年1月2日", "2027-01-02"),
        ("available_from", "2027-01-02 00:00:00", "2027-01-02"),
    ],
}
# Values that may have another meaning: they are not repaired.
LEFT = [
    ("name_zh", "示例　地块（Ａ区）１号"),
    ("address_zh", "山博路１号"),
    ("area_mu", "12,34"),
    ("area_mu", "66公顷"),
    ("area_mu", "1,23²"),
    ("area_mu", "12345678901234567890"),
    ("has_power", 2),
    ("area_mu", "10²"),
    ("area_mu", "约30"),
    ("area_mu", "0.12345678901234567890"),
    ("supply_year", "2027.5"),
    ("supply_year", "1_000"),
    ("available_from", "03/04/2027"),
    ("available_from", "2027-01-02T16:00:00Z"),
    ("available_from", "2027-01-02 大约"),
    ("available_from", "2027-02-30"),
    ("has_power", "待定"),
    ("status", "在建中"),
    ("status", "avialable"),
    ("land_use", "工业用地"),
    ("land_use", "M4"),
    ("park_id", "Donk"),
    ("available_from", "46282"),
    ("name_zh", 12),
    ("contact_phone", 5370000001),
    ("sectors", ["equipment、food"]),
    ("address_zh", "山博路、黄王路"),
]


@pytest.mark.parametrize(
    ("slug", "field", "value", "meant"),
    [(slug, *case) for slug, cases in MENDED.items() for case in cases],
)
def test_what_can_only_be_meant(
    folder: Path, slug: str, field: str, value: Any, meant: Any
) -> None:
    if field == "land_use_scheme":
        edit(folder / "sites.geojson", "D-1", "land_use", "一类工业用地")
    edit(folder / "sites.geojson", "D-1", field, value)
    before = site(folder)
    shown = gxq("fix", folder)
    assert slug in shown.out.splitlines()[0]
    assert shown.status == 1
    done = gxq("fix", folder, "--apply")
    after = site(folder)
    assert (done.status, after[field], type(after[field])) == (0, meant, type(meant)), done
    if field == "land_use_scheme":
        assert after.pop("land_use") == "M1"
        del before["land_use"]
    assert {**after, field: None} == {**before, field: None}
    assert gxq("fix", folder).status == 0


@pytest.mark.parametrize(("field", "value"), LEFT)
def test_what_may_be_meant_otherwise_is_left(folder: Path, field: str, value: object) -> None:
    edit(folder / "sites.geojson", "D-1", field, value)
    before = snapshot(folder)
    done = gxq("fix", folder, "--apply", "--lang", "en")
    assert (done.status, done.out.splitlines()[0]) == (0, "Nothing to repair.")
    assert snapshot(folder) == before


@pytest.mark.parametrize(
    ("table", "record", "field", "value", "meant"),
    [
        ("sectors", "equipment", "rank", "１", "1"),
        ("sectors", "equipment", "gbt4754", "３４; 35 ", "34;35"),
        ("sectors", "equipment", "published", "是", "true"),
        ("sectors", "equipment", "updated", "2026年11月23日", "2026-11-23"),
        ("sectors", "materials", "gbt4754_basis", "较可信", "likely"),
        ("departments", "bureau", "contact_phone", "０５３７-000-0001", "0537-000-0001"),
        ("projects", "P-1", "leader_roles", "转型升级指导员;项目服务助办员", "mentor;assistant"),
        ("projects", "P-1", "stage", " 投产", "operating"),
        ("sectors", "equipment", "updated", "46282", "2026-09-17"),
        ("sectors", "equipment", "gbt4754", "C34、C35", "C34;C35"),
        ("projects", "P-1", "investment_yi", "1,234.50亿元", "1234.5"),
        ("projects", "P-1", "park_id", "东园", "dong"),
    ],
)
def test_what_can_only_be_meant_in_a_table(
    folder: Path, table: str, record: str, field: str, value: str, meant: str
) -> None:
    path = folder / f"{table}.csv"
    edit(path, record, field, value)
    assert gxq("fix", folder, "--apply").status == 0
    id_field = schema().layers[table].id
    (row,) = [one for one in load_rows(path) if one[id_field] == record]
    assert row[field] == meant


def repeat(record: dict[str, Any]) -> None:
    (ring,) = record["geometry"]["coordinates"]
    ring[1:2] = [ring[1], ring[1], [ring[1][0] + 1e-9, ring[1][1]]]


def turn(record: dict[str, Any]) -> None:
    record["geometry"]["coordinates"][0].reverse()


@pytest.mark.parametrize("change", [repeat, turn])
def test_an_outline_is_mended_and_stays_the_same(
    folder: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    path = folder / "sites.geojson"
    clean = snapshot(folder)
    revise(path, "D-2", change)
    before = layer.read(path, SITES).frame
    done = gxq("fix", folder, "--apply")
    assert done.status == 0, done
    after = layer.read(path, SITES)
    was, now = (np.asarray(one.geometry) for one in (before, after.frame))
    assert shapely.hausdorff_distance(was, now).max() < 1e-8
    assert shapely.area(shapely.symmetric_difference(was, now)).max() < 1e-11
    if change is repeat:
        assert snapshot(folder) == clean
    assert not [issue for issue in check(open_zone(folder)) if issue.layer == "sites"]


def test_a_hole_runs_the_other_way_and_heights_stay(folder: Path) -> None:
    outer, inner = block(1100, 300, 200, 200), block(1150, 350, 20, 20)
    rings = [outer["coordinates"][0][::-1], inner["coordinates"][0]]
    high = [[[*place, float(at % 4)] for at, place in enumerate(ring)] for ring in rings]
    revise(folder / "sites.geojson", "D-2", lambda one: one["geometry"].update(coordinates=high))
    gxq("fix", folder, "--apply")
    (drawn,) = [
        one["geometry"]["coordinates"]
        for one in load_features(folder / "sites.geojson")
        if one["properties"]["site_id"] == "D-2"
    ]
    assert drawn == [ring[::-1] for ring in high]


def test_an_outline_that_crosses_itself_is_not_turned(folder: Path) -> None:
    bow = polygon((1100, 300), (1300, 500), (1300, 300), (1100, 500))
    edit(folder / "sites.geojson", "D-2", "geometry", bow)
    before = snapshot(folder)
    gxq("fix", folder, "--apply")
    assert snapshot(folder) == before


def test_each_repair_has_a_case() -> None:
    # A date as a number stands in tables only.
    assert [one.slug for one in TEXT_REPAIRS if one.slug != "serial-date"] == list(MENDED)
    assert [one.slug for one in SHAPE_REPAIRS] == ["repeated-points", "ring-orientation"]


# ------------------------------------------------------------------ names


def test_an_id_is_repaired_with_all_that_refers_to_it(folder: Path) -> None:
    clean = snapshot(folder)
    edit(folder / "sites.geojson", "D-3", "site_id", "Ｄ-3 ")
    edit(folder / "projects.csv", "P-1", "site_id", "Ｄ-3 ")
    assert gxq("fix", folder, "--apply").status == 0
    assert snapshot(folder) == clean


def test_an_id_does_not_become_that_of_another_record(folder: Path) -> None:
    add(folder / "parks.geojson", {"park_id": "dong ", "name_zh": "另一园"}, block(0, 1100, 9, 9))
    edit(folder / "sites.geojson", "D-1", "park_id", "dong ")
    gxq("fmt", folder)
    before = snapshot(folder)
    gxq("fix", folder, "--apply")
    assert snapshot(folder) == before


@pytest.mark.parametrize("name", ["sites.geojson", "projects.csv"])
def test_a_single_file_keeps_the_links_of_the_others(folder: Path, name: str) -> None:
    edit(folder / "sites.geojson", "D-3", "site_id", "D-3 ")
    edit(folder / "projects.csv", "P-1", "site_id", "D-3 ")
    gxq("fmt", folder)
    before = snapshot(folder)
    done = gxq("fix", folder / name, "--apply", "--lang", "en")
    assert done.out.startswith("Nothing to repair.")
    assert snapshot(folder) == before


def test_ids_wait_until_every_file_can_be_read(folder: Path) -> None:
    edit(folder / "sites.geojson", "D-3", "site_id", "D-3 ")
    edit(folder / "sites.geojson", "D-1", "status", "可供")
    (folder / "projects.csv").write_bytes(b'"' + (folder / "projects.csv").read_bytes())
    done = gxq("fix", folder, "--apply", "--lang", "en")
    assert done.status == 1
    assert "projects.csv is broken" in done.err
    assert "ids stay as they are" in done.out
    assert site(folder, "D-3 ")
    assert site(folder)["status"] == "available"


# ------------------------------------------------------------------ what is shown


def untidy(folder: Path) -> None:
    edit(folder / "sites.geojson", "D-1", "area_mu", "３０")
    edit(folder / "sites.geojson", "D-2", "status", "可供")
    revise(folder / "sites.geojson", "D-2", turn)
    edit(folder / "sectors.csv", "equipment", "rank", "１")
    path = folder / "teams.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def test_the_differences_are_shown_and_nothing_changes(folder: Path) -> None:
    untidy(folder)
    before = snapshot(folder)
    done = gxq("fix", folder, "--lang", "en")
    said = [
        'sectors.csv:2: equipment (示例) Rank rank: "１" → "1" [full-width]',
        (
            'sites.geojson:2: D-1 (示例地块 D-1) Area area_mu: "３０" → 30 '
            "[full-width, written-as-text]"
        ),
        'sites.geojson:3: D-2 (示例地块 D-2) Status status: "可供" → "available" [known-spelling]',
        "sites.geojson:3: D-2 (示例地块 D-2) geometry: rings turned round: 1 [ring-orientation]",
        "teams.csv: 2 more lines only change in form [canonical-form]",
    ]
    shown = [line.replace(f"{folder}/", "") for line in lines(done)]
    assert [re.sub(r"(geojson:\d+):\d+", r"\1", line) for line in shown[:5]] == said
    assert f":{column(folder, 2, 'area_mu')}:" in shown[1]
    assert shown[5].startswith("To repair: 4, in 3 files. Nothing was changed;")
    assert shown[6].startswith("Nothing else is found")
    assert len(shown) == 7
    assert done.status == 1
    assert snapshot(folder) == before


def column(folder: Path, line: int, member: str) -> int:
    text = (folder / "sites.geojson").read_text("utf-8").splitlines()[line - 1]
    return text.index(f'"{member}"') + 1


def test_apply_does_what_was_shown_and_logs_it(folder: Path, tmp_path: Path) -> None:
    clean = snapshot(folder)
    untidy(folder)
    shown = gxq("fix", folder, "--lang", "en").out.splitlines()
    log = tmp_path / "fix.log"
    done = gxq("fix", folder, "--apply", "--log", log, "--lang", "en")
    assert done.status == 0
    assert done.out.splitlines()[:5] == shown[:5]
    assert "Repaired: 4, in 3 files." in done.out
    kept = snapshot(folder)
    assert {name for name in clean if clean[name] != kept[name]} <= {"sites.geojson"}
    entries = [line.split("\t") for line in log.read_text("utf-8").splitlines()]
    assert entries[0][1:] == [
        f"{folder}/sectors.csv:2",
        "equipment",
        "rank",
        "full-width",
        '"１"',
        '"1"',
    ]
    assert [one[1:] for one in entries if one[-1] == "written"] == [
        [str(folder / name), "written"] for name in ("sectors.csv", "sites.geojson", "teams.csv")
    ]
    assert len(entries) == 4 + 3
    gxq("fix", folder, "--apply", "--log", log)
    assert len(log.read_text("utf-8").splitlines()) == 7


def test_what_remains_is_counted_before_and_after(folder: Path) -> None:
    untidy(folder)
    edit(folder / "sites.geojson", "D-1", "status", "sold")
    for words in ([], ["--apply"]):
        done = gxq("fix", folder, *words, "--lang", "en")
        assert "1 error," in done.out.splitlines()[-1], done
        assert f"gxq check {folder} lists it" in done.out
    assert gxq("check", folder).status == 1


def test_a_single_file(folder: Path) -> None:
    clean = snapshot(folder)
    untidy(folder)
    done = gxq("fix", folder / "sectors.csv", "--apply")
    assert done.status == 0
    after = snapshot(folder)
    assert after["sectors.csv"] == clean["sectors.csv"]
    assert after["teams.csv"] != clean["teams.csv"]


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        (["--select", "canonical-form"], {"teams.csv"}),
        (["--ignore", "canonical-form"], {"sites.geojson", "sectors.csv"}),
        (["--select", "full-width,written-as-text"], {"sites.geojson", "sectors.csv"}),
        (["--select", "repeated-points"], set()),
    ],
)
def test_repairs_can_be_chosen(folder: Path, words: list[str], changed: set[str]) -> None:
    untidy(folder)
    before = snapshot(folder)
    assert gxq("fix", folder, "--apply", *words).status == 0
    after = snapshot(folder)
    assert {name for name in before if before[name] != after[name]} == changed
    if "--select" in words:
        assert site(folder, "D-2")["status"] == "可供"


def test_a_misspelt_repair(folder: Path) -> None:
    done = gxq("fix", folder, "--select", "fullwidth", "--lang", "en")
    assert (done.status, done.out) == (2, "")
    assert "full-width" in done.err


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_repairs_are_listed_from_the_code(lang: str) -> None:
    told = gxq("fix", "--list", "--lang", lang).out.splitlines()
    assert [line.split()[0] for line in told] == [one.slug for one in fix.REPAIRS]
    if lang == "en":
        assert [line.partition("  ")[2] for line in told] == [one.doc for one in fix.REPAIRS]


def test_our_own_layers_need_no_repair() -> None:
    layers = Path(__file__).parents[2] / "layers"
    assert fix.plan(layer_files(layers)) == fix.Plans()


# ------------------------------------------------------------------ what is left alone


def test_a_geopackage_in_good_form_stays_as_it_is(folder: Path) -> None:
    parks = open_zone(folder).parks
    layer.write(parks, folder / "parks.gpkg", schema().layers["parks"])
    (folder / "parks.geojson").unlink()
    before = (folder / "parks.gpkg").read_bytes()
    for command in (["fix"], ["fix", "--apply"], ["fmt"], ["fmt", "--check"]):
        done = gxq(*command, folder, "--lang", "en")
        assert "parks.gpkg" not in done.out + done.err, command
    assert (folder / "parks.gpkg").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("nothing", 2, "There is no folder"),
        ("README.md", 2, "is not named as a layer file is"),
        ("sites.csv", 2, "sites.csv. Did you mean"),
    ],
)
def test_what_is_no_layer(folder: Path, name: str, status: int, said: str) -> None:
    (folder / "README.md").write_text("#")
    done = gxq("fix", folder / name, "--lang", "en")
    assert (done.status, len(lines(done))) == (status, 1)
    assert said in done.err


def test_a_broken_file_is_told_and_the_others_are_repaired(folder: Path) -> None:
    untidy(folder)
    (folder / "parks.geojson").write_text("{")
    done = gxq("fix", folder, "--apply", "--lang", "en")
    assert done.status == 1
    assert "parks.geojson is broken in structure and was left alone" in done.err
    assert (folder / "parks.geojson").read_text() == "{"
    assert site(folder)["area_mu"] == 30


def test_unknown_fields_and_misfits_stay(folder: Path) -> None:
    path = folder / "sites.geojson"
    untidy(folder)
    edit(path, "D-1", "备注二", " １２ ")
    edit(path, "D-3", "area_mu", "66公顷")
    features = load_features(path)
    features[3]["when"] = " 2026 "
    save_features(path, features)
    edit(folder / "sectors.csv", "equipment", "自留", " １ ")
    gxq("fix", folder, "--apply")
    assert site(folder)["备注二"] == " １２ "
    assert site(folder, "D-3")["area_mu"] == "66公顷"
    assert load_features(path)[3]["when"] == " 2026 "
    assert load_rows(folder / "sectors.csv")[0]["自留"] == " １ "


def test_a_log_that_is_a_layer_is_refused(folder: Path) -> None:
    untidy(folder)
    before = snapshot(folder)
    done = gxq("fix", folder, "--apply", "--log", folder / "sites.geojson", "--lang", "en")
    assert done.status == 2
    assert "cannot be the log" in done.err
    assert snapshot(folder) == before


# ------------------------------------------------------------------ any value at all

WILD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.text(alphabet=" \u3000\u00a0１２３Ａａ.-/年月日:;,TZ0123456789是否²①", max_size=12),
    st.sampled_from(
        [
            "可供",
            "Available ",
            "m1",
            "一类工业用地",
            " GB50137-2011",
            "ＴＲＵＥ",
            "无",
            "1,234亩",
            "35％",
        ]
    ),
    st.lists(st.text(alphabet=" ;ａequipmnt\u3000", max_size=10), max_size=3),
)
FIELDS = st.sampled_from([*SITES.fields, "unknown", "备注"])
PLACES = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(
    lambda at: [116.6 + at[0] * 0.01, 35.4 + at[1] * 0.01]
)


@st.composite
def rings(draw: st.DrawFn) -> list[list[float]]:
    places = draw(st.lists(PLACES, min_size=3, max_size=8))
    twice = draw(st.lists(st.booleans(), min_size=len(places), max_size=len(places)))
    out = [one for place, two in zip(places, twice, strict=True) for one in [place] * (1 + two)]
    return [*out, out[0]]


SHAPES = st.one_of(
    st.none(),
    rings().map(lambda ring: {"type": "Polygon", "coordinates": [ring]}),
    st.lists(rings(), min_size=2, max_size=3).map(
        lambda some: {"type": "MultiPolygon", "coordinates": [[ring] for ring in some]}
    ),
    st.lists(PLACES, min_size=2, max_size=6).map(
        lambda line: {"type": "LineString", "coordinates": line}
    ),
)
RECORDS = st.lists(st.tuples(st.dictionaries(FIELDS, WILD, max_size=6), SHAPES), max_size=4)


def repaired(path: Path) -> None:
    for one in fix.plan({path: SITES}).plans:
        one.apply()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(RECORDS)
def test_any_record_is_kept_and_twice_is_once(
    tmp_path: Path, records: list[tuple[dict[str, Any], Any]]
) -> None:
    path = tmp_path / "sites.geojson"
    features = [
        {"type": "Feature", "properties": {**values, "mark": at}, "geometry": shape}
        for at, (values, shape) in enumerate(records)
    ]
    save_features(path, copy.deepcopy(features))
    repaired(path)
    once = path.read_bytes()
    repaired(path)
    assert path.read_bytes() == once
    after = {one["properties"]["mark"]: one for one in json.loads(once)["features"]}
    assert after.keys() == set(range(len(features)))
    for at, before in enumerate(features):
        for name in ("unknown", "备注"):
            assert after[at]["properties"].get(name) == before["properties"].get(name)
        expect_same_shape(before["geometry"], after[at]["geometry"])


def expect_same_shape(before: Any, after: Any) -> None:
    if before is None:
        assert after is None
        return
    old, new = (gpd.GeoSeries([shapely.geometry.shape(one)])[0] for one in (before, after))
    assert math.isclose(old.area, new.area, abs_tol=1e-12)
    assert math.isclose(old.length, new.length, abs_tol=1e-9)
    assert {tuple(at) for at in shapely.get_coordinates(old).round(7)} == {
        tuple(at) for at in shapely.get_coordinates(new).round(7)
    }


CELLS = st.one_of(
    st.text(alphabet=" \u3000１２Ａ.;年-0123456789是否TRUEtrue", max_size=10),
    st.sampled_from(["较可信", "Likely", "equipment ", "2026年1月2日", "46282", "1,234", "34；35"]),
    st.lists(st.sampled_from(["C34", "３５", "a b", ""]), max_size=3).map("、".join),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.lists(st.dictionaries(st.sampled_from([*schema().layers["sectors"].fields, "其他"]), CELLS))
)
def test_any_row_is_kept_and_twice_is_once(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    path, of = tmp_path / "sectors.csv", schema().layers["sectors"]
    header = [*of.fields, "mark", "其他"]
    text = [",".join(header)]
    text += [
        ",".join(f'"{ {**row, "mark": str(at)}.get(name, "") }"' for name in header)
        for at, row in enumerate(rows)
    ]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    for one in fix.plan({path: of}).plans:
        one.apply()
    once = path.read_bytes()
    assert fix.plan({path: of}).plans == ()
    after = {one["mark"]: one for one in load_rows(path)}
    assert len(after) == len(rows)
    for at, row in enumerate(rows):
        assert after[str(at)]["其他"] == row.get("其他", "")
    assert path.read_bytes() == once


def test_removing_a_record_is_never_a_repair(folder: Path) -> None:
    remove(folder / "sites.geojson", "D-1")
    add(folder / "sites.geojson", site(folder, "D-2"), block(1100, 300, 200, 200))
    assert len(load_features(folder / "sites.geojson")) == 5
    gxq("fix", folder, "--apply")
    assert len(load_features(folder / "sites.geojson")) == 5
