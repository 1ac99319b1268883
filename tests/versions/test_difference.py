"""Differences between two states of a zone, as values and as text."""

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import gxq_geo
from gxq_geo import words
from gxq_geo.schemas import schema
from gxq_geo.schemas.dtypes import column, raw_values
from gxq_geo.versions.difference import Change, Difference, FieldChange, diff
from gxq_geo.versions.geometry import geometry_changes
from gxq_geo.versions.wording import change_texts
from gxq_geo.zone import Zone, layer, open_zone
from gxq_geo.zone.layer import Layer
from tests.support.bureau import bureau
from tests.support.command import gxq
from tests.support.zones import (
    add,
    block,
    edit,
    line,
    load_features,
    load_rows,
    point,
    polygon,
    remove,
    save_features,
    save_rows,
)

CRS = "EPSG:4548"
Row = tuple[tuple[str, ...], bytes]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bureau(tmp_path_factory.mktemp("bureau") / "layers")


@pytest.fixture(scope="module")
def zone_then(source: Path) -> Zone:
    return open_zone(source)


@pytest.fixture
def folder(source: Path, tmp_path: Path) -> Path:
    """A second state, to be changed."""
    return Path(shutil.copytree(source, tmp_path / "now"))


@pytest.fixture
def changes(zone_then: Zone, folder: Path) -> Callable[[], tuple[Change, ...]]:
    return lambda: diff(zone_then, open_zone(folder, partial=True)).changes


Found = Callable[[], tuple[Change, ...]]


def lines(folder: Path, zone_then: Zone, lang: str = "zh") -> dict[str, tuple[str, ...]]:
    told = change_texts(diff(zone_then, open_zone(folder, partial=True)), lang)
    return {one.subject: one.lines for one in told}


def test_no_word_of_a_change_is_idle() -> None:
    source = "\n".join(
        path.read_text("utf-8") for path in Path(gxq_geo.__file__).parent.rglob("*.py")
    )
    for prefix, kept in (("diff", set()), ("briefing", {"tiles", "sections"})):
        keys = {key.split(".")[0] for key in words.table(prefix, "zh")} - kept
        assert not [
            key for key in keys if f'"{key}"' not in source and f'"{prefix}.{key}' not in source
        ]


# ------------------------------------------------------------------ what is no change


def test_what_is_the_same_does_not_differ(zone_then: Zone, folder: Path) -> None:
    assert not diff(zone_then, zone_then)
    assert not diff(zone_then, open_zone(folder))


def rewritten(folder: Path) -> None:
    """Write everything in another order and notation, with the same content."""
    for path in folder.glob("*.geojson"):
        features = load_features(path)
        for one in features:
            one["properties"] = dict(reversed(one["properties"].items()))
            for name, value in one["properties"].items():
                if name == "sectors" and value:
                    one["properties"][name] = value[::-1]
                if name == "area_mu" and value:
                    one["properties"][name] = float(value)
            shape = one["geometry"]
            if shape["type"] == "Polygon":
                (ring,) = shape["coordinates"]
                turned = [*ring[1:-1], ring[0], ring[1]][::-1]
                one["geometry"] = {"type": "MultiPolygon", "coordinates": [[turned]]}
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features[::-1]}))
    for path in folder.glob("*.csv"):
        rows = load_rows(path)
        for row in rows:
            row |= {k: v.replace("-", "/") for k, v in row.items() if k in ("updated", "entered")}
        save_rows(path, [dict(reversed(row.items())) for row in rows[::-1]])


def test_order_and_writing_are_no_change(zone_then: Zone, folder: Path) -> None:
    rewritten(folder)
    before = {path: path.read_bytes() for path in zone_then.folder.iterdir()}
    assert all((folder / path.name).read_bytes() != data for path, data in before.items()
               if path.suffix != ".toml")  # fmt: skip
    assert not diff(zone_then, open_zone(folder))


def test_another_format_is_no_change(zone_then: Zone, folder: Path) -> None:
    for name in ("sites", "carriers", "parks"):
        of = schema().layers[name]
        layer.write(zone_then.frame(name), folder / f"{name}.gpkg", of)
        (folder / f"{name}.geojson").unlink()
    assert not diff(zone_then, open_zone(folder))


# ------------------------------------------------------------------ fields


def test_a_field_is_told_with_its_label_and_units(zone_then: Zone, folder: Path) -> None:
    edit(folder / "sites.geojson", "A-1", "status", "negotiating")
    edit(folder / "sites.geojson", "A-1", "area_mu", 16.5)
    edit(folder / "sites.geojson", "A-1", "start_price_wan_per_mu", 20)
    edit(folder / "projects.csv", "P-2", "next_action_date", "2027-02-01")
    edit(folder / "projects.csv", "P-2", "leader_roles", "")
    assert lines(folder, zone_then) == {
        "A-1（地块 A-1）": (
            "状态：可供 → 洽谈中",
            "面积：15.0 亩 → 16.5 亩",
            "起始价：未提供 → 20 万元/亩",
        ),
        "P-2（示例）": (
            "包保职责：企业发展联络员、项目服务助办员 → 未提供",
            "完成时限：2027-01-01 → 2027-02-01",
        ),
    }
    told = lines(folder, zone_then, "en")["A-1 (地块 A-1)"]
    assert told[0] == "Status: Available → Negotiating"
    assert told[2] == "Starting price: Not provided → CNY 200,000/mu"


def test_values_that_words_do_not_tell_apart_are_told_exactly(
    zone_then: Zone, folder: Path
) -> None:
    edit(folder / "sites.geojson", "A-1", "area_mu", 15.004)
    edit(folder / "sites.geojson", "A-1", "park_id", "b")
    assert set(lines(folder, zone_then)["A-1（地块 A-1）"]) == {
        "面积：15 亩 → 15.004 亩",
        "所属园区：a → b",  # all parks of this zone have one name
    }


def test_what_does_not_fit_its_field_is_told_as_it_is_written(
    zone_then: Zone, folder: Path, changes: Found
) -> None:
    edit(folder / "sites.geojson", "A-1", "status", "sold")
    edit(folder / "sites.geojson", "A-1", "area_mu", "15 亩")
    edit(folder / "sites.geojson", "C-1", "sectors", ["materials", "equipment"])
    (one,) = changes()
    assert one.fields == (
        FieldChange("status", "available", "sold"),
        FieldChange("area_mu", 15.0, "15 亩"),
    )
    told = lines(folder, zone_then)["A-1（地块 A-1）"]
    assert told == ("状态：可供 → “sold”（不合字段）", "面积：15.0 亩 → “15 亩”（不合字段）")


def test_a_control_character_of_a_layer_does_not_steer_the_terminal(
    zone_then: Zone, folder: Path
) -> None:
    edit(folder / "sites.geojson", "A-1", "name_zh", "甲\x1b[31m\n乙")
    done = gxq("diff", zone_then.folder, folder, "--lang", "zh")
    assert done.status == 0, done.err
    assert "\x1b" not in done.out
    assert "甲\\x1b[31m\\n乙" in done.out


# ------------------------------------------------------------------ geometry


def test_moved_and_reshaped(zone_then: Zone, folder: Path, changes: Found) -> None:
    edit(folder / "sites.geojson", "A-1", "geometry", block(130, 140, 100, 100))
    edit(folder / "sites.geojson", "A-2", "geometry", block(200, 100, 210, 100))
    edit(folder / "carriers.geojson", "K-1", "geometry", point(503, 504))
    moved, wider, carrier = (one.geometry for one in changes())
    assert moved
    assert (moved.kind, moved.differs_m2) == ("moved", None)
    assert moved.moved_m == pytest.approx(50, abs=0.05)
    assert wider
    assert wider.kind == "reshaped"
    assert wider.differs_m2 == pytest.approx(1000, abs=5)
    assert (wider.old.area_m2, wider.new.area_m2) == pytest.approx((20_000, 21_000), abs=5)
    assert carrier
    assert carrier.moved_m == pytest.approx(5, abs=0.02)
    assert lines(folder, zone_then)["A-1（地块 A-1）"] == ("图形：整体移动 50.0 米",)
    said = lines(folder, zone_then)["A-2（地块 A-2）"]
    assert said == (
        f"图形：{wider.differs_m2:,.0f} ㎡ 不同，面积 20,000 → {wider.new.area_m2:,.0f} ㎡",
    )


SQUARE = polygon((0, 0), (100, 0), (100, 100), (0, 100))
CASES: dict[str, tuple[Any, Any, str, str]] = {
    "a point more on the edge": (
        SQUARE,
        polygon((0, 0), (50, 0), (100, 0), (100, 100), (0, 100)),
        "redrawn",
        "图形：重画，范围不变（5 → 6 个点）",
    ),
    "line bent": (
        line((0, 0), (100, 0)),
        line((0, 0), (50, 20), (100, 0)),
        "reshaped",
        "图形：最远相差 20.0 米，长度 100.0 → 107.7 米",
    ),
    "line pushed": (
        line((0, 0), (100, 0)),
        line((0, 5), (100, 5)),
        "moved",
        "图形：整体移动 5.0 米",
    ),
    "a building drawn": (point(50, 50), SQUARE, "retyped", "图形类型：Point → Polygon"),
    "lost": (SQUARE, None, "lost", "图形：原来有，现在没有"),
    "given": (None, SQUARE, "given", "图形：原来没有，现在有"),
    "metres": (
        SQUARE,
        {"type": "Polygon", "coordinates": [[[4e5, 4e6], [4e5, 5e6], [5e5, 5e6], [4e5, 4e6]]]},
        "unmeasured",
        "图形：有改动，但坐标不是经纬度，无法量算",
    ),
    "crossing itself": (
        SQUARE,
        polygon((0, 0), (100, 100), (100, 0), (0, 100)),
        "reshaped",
        "图形：5,000 ㎡ 不同，面积 10,000 → 5,000 ㎡",
    ),
}


def drawn(*geometries: Any) -> Any:
    shapes = gpd.GeoSeries([None if g is None else shapely.from_geojson(json.dumps(g))
                            for g in geometries])  # fmt: skip
    return shapes.to_numpy()


@pytest.mark.parametrize("name", CASES)
def test_a_geometry_that_changed(name: str, zone_then: Zone) -> None:
    old, new, kind, said = CASES[name]
    (how,) = geometry_changes(drawn(old), drawn(new), CRS).values()
    assert how.kind == kind
    (back,) = geometry_changes(drawn(new), drawn(old), CRS).values()
    assert back.inverse() == how or kind == "unmeasured"
    change = Change("sites", "A-1", "A-1", 0, 0, (), how)
    (told,) = change_texts(Difference(zone_then, zone_then, (change,)), "zh")
    assert told.lines == (said,)


SAME = {
    "another start": (SQUARE, polygon((100, 0), (100, 100), (0, 100), (0, 0))),
    "another direction": (SQUARE, polygon((0, 0), (0, 100), (100, 100), (100, 0))),
    "a part alone": (SQUARE, {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]}),
    "half a centimetre": (point(0, 0), point(0.005, 0)),
    "parts in another order": tuple(
        {"type": "MultiPoint", "coordinates": [point(x, 0)["coordinates"] for x in some]}
        for some in ((0, 10), (10, 0))
    ),
    "none and empty": (None, {"type": "Polygon", "coordinates": []}),
}


@pytest.mark.parametrize("name", SAME)
def test_a_geometry_that_is_only_written_otherwise(name: str) -> None:
    old, new = SAME[name]
    assert geometry_changes(drawn(old), drawn(new), CRS) == {}


def test_the_same_corners_in_another_order_are_another_shape() -> None:
    bow = polygon((0, 0), (100, 0), (0, 100), (100, 100))
    (how,) = geometry_changes(drawn(SQUARE), drawn(bow), CRS).values()
    assert how.kind == "reshaped"
    zig, zag = line((0, 0), (9, 0), (0, 9), (9, 9)), line((0, 0), (0, 9), (9, 0), (9, 9))
    assert [*geometry_changes(drawn(zig), drawn(zag), CRS)] == [0]


# ------------------------------------------------------------------ records


def test_added_and_removed_say_what_they_are(zone_then: Zone, folder: Path) -> None:
    remove(folder / "sites.geojson", "C-1")
    given = {
        "site_id": "N-1",
        "name_zh": "新地",
        "park_id": "a",
        "status": "reserve",
        "area_mu": 12,
    }
    add(folder / "sites.geojson", given, block(700, 700, 80, 100))
    done = gxq("diff", zone_then.folder, folder, "--lang", "zh")
    assert done.status == 0, done.err
    assert "地块（sites）：新增 1，删除 1\n" in done.out
    assert "删除 C-1（地块 C-1） 示例，可供，45.0 亩，一类工业用地 M1" in done.out
    assert "新增 N-1（新地） 示例，储备，12.0 亩" in done.out


def test_another_id_is_told_with_the_evidence(
    zone_then: Zone, folder: Path, changes: Found
) -> None:
    edit(folder / "sites.geojson", "B-3", "site_id", "B-33")
    edit(folder / "sites.geojson", "B-33", "status", "signed")
    edit(folder / "projects.csv", "P-2", "project_id", "P-22")
    site, project = changes()
    assert (site.kind, site.old_id, site.new_id) == ("changed", "B-3", "B-33")
    assert site.renamed
    assert (site.renamed.geometry, site.renamed.filled) == (True, 10)
    assert site.renamed.agreeing == 9
    assert site.fields == (FieldChange("status", "operating", "signed"),)
    assert project.renamed
    assert not project.renamed.geometry
    assert lines(folder, zone_then)["B-3 → B-33（地块 B-3）"][0] == (
        "改了编号：图形相同，10 项内容中 9 项相同"
    )


def test_where_the_evidence_is_weak_or_divided_nothing_is_renamed(
    folder: Path, changes: Found
) -> None:
    # Another site with the same geometry: none of its values is equal.
    path = folder / "sites.geojson"
    remove(path, "B-3")
    given = {"site_id": "X-9", "name_zh": "别的", "park_id": "c", "status": "available"}
    add(path, given | {"area_mu": 99}, block(1100, 300, 100, 100))
    # Two carriers with the same geometry and values, except the id.
    path = folder / "carriers.geojson"
    twin = next(one for one in load_features(path) if one["properties"]["carrier_id"] == "K-2")
    twins = [{**twin, "properties": {**twin["properties"], "carrier_id": f"K-2{x}"}} for x in "ab"]
    remove(path, "K-2")
    save_features(path, [*load_features(path), *twins])
    kinds = sorted((one.layer, one.kind, one.id) for one in changes())
    assert kinds == [
        ("carriers", "added", "K-2a"),
        ("carriers", "added", "K-2b"),
        ("carriers", "removed", "K-2"),
        ("sites", "added", "X-9"),
        ("sites", "removed", "B-3"),
    ]


def test_ids_that_stand_twice_or_not_at_all(zone_then: Zone, folder: Path) -> None:
    for name, identity in (("B-1", "A-1"), ("C-1", None), ("C-2", None)):
        edit(folder / "sites.geojson", name, "site_id", identity)
    features = load_features(folder / "sites.geojson")
    save_features(folder / "sites.geojson", features)
    one = open_zone(folder, partial=True)
    save_features(folder / "sites.geojson", features[::-1])
    other = open_zone(folder, partial=True)
    assert not diff(one, other)
    found = diff(zone_then, other)
    assert inverse(found) == plain(diff(other, zone_then))


def test_a_layer_that_came_or_went(zone_then: Zone, folder: Path, changes: Found) -> None:
    (folder / "carriers.geojson").unlink()
    assert {(one.layer, one.kind) for one in changes()} == {("carriers", "removed")}
    assert len(changes()) == 4


def test_settings_are_named(zone_then: Zone, folder: Path) -> None:
    path = folder / "zone.toml"
    path.write_text(path.read_text("utf-8") + "\n[limits]\ntouch_m = 1\n", "utf-8")
    found = diff(zone_then, open_zone(folder))
    assert (found.settings, found.changes) == (("limits",), ())
    done = gxq("diff", zone_then.folder, folder, "--lang", "zh")
    assert "zone.toml 的设置有改动：limits" in done.out


# ------------------------------------------------------------------ the other way round


def plain(found: Difference) -> list[str]:
    return sorted(map(repr, found.changes))


def inverse(found: Difference) -> list[str]:
    return sorted(repr(one.inverse()) for one in found.changes)


SITES, PROJECTS = [f"{p}-{k}" for p in "ABC" for k in (1, 2, 3)], [f"P-{k}" for k in range(1, 7)]
CHANGES = st.one_of(
    st.tuples(st.just("status"), st.sampled_from(SITES), st.sampled_from(["reserve", "bad", None])),
    st.tuples(
        st.just("area_mu"), st.sampled_from(SITES), st.sampled_from([1, 15, 15.5, None, "x"])
    ),
    st.tuples(
        st.just("sectors"), st.sampled_from(SITES), st.sampled_from([[], ["services"], None])
    ),
    st.tuples(st.just("site_id"), st.sampled_from(SITES), st.sampled_from(["A-1", "N-1", "N-2"])),
    st.tuples(
        st.just("geometry"),
        st.sampled_from(SITES),
        st.sampled_from([block(700, 700, 50, 60), block(100, 110, 100, 100), point(3, 4), None]),
    ),
    st.tuples(st.just("remove"), st.sampled_from(SITES), st.none()),
    st.tuples(st.just("stage"), st.sampled_from(PROJECTS), st.sampled_from(["lead", "signed"])),
    st.tuples(st.just("project_id"), st.sampled_from(PROJECTS), st.sampled_from(["Q-1", "P-1"])),
)


def changed(zone: Zone, what: list[tuple[str, str, Any]]) -> Zone:
    """A zone after some changes, made on its frames."""
    layers = dict(zone.layers)
    for field, identity, value in what:
        name = "projects" if identity.startswith("P-") else "sites"
        layers[name] = _changed(layers[name], field, identity, value)
    return replace(zone, layers=layers)


def _changed(one: Layer, field: str, identity: str, value: Any) -> Layer:
    """Through raw values, as a file would hold them."""
    of, frame = one.schema, one.frame
    mask = (frame[of.id] == identity).to_numpy(dtype=bool, na_value=False)
    if field == "remove":
        return only(one, [row for row, hit in enumerate(mask) if not hit])
    frame, bad = frame.copy(), [cell for cell in one.bad_cells if cell.field != field]
    if field == "geometry":
        shapes = [
            drawn(value)[0] if hit else g for hit, g in zip(mask, frame.geometry, strict=True)
        ]
        frame = gpd.GeoDataFrame(frame).set_geometry(
            gpd.GeoSeries(shapes, crs=4326).rename("geometry")
        )
    else:
        raw = raw_values(frame[field], of.fields[field])
        raw = [value if hit else old for hit, old in zip(mask, raw, strict=True)]
        frame[field], misfits = column(raw, of.fields[field], schema())
        bad += misfits
    return replace(one, frame=frame, bad_cells=tuple(bad), fingerprint="")


def only(one: Layer, rows: list[int]) -> Layer:
    """Some rows of a layer, in this order."""
    places = {row: place for place, row in enumerate(rows)}
    kept = (cell for cell in one.bad_cells if cell.row in places)
    bad = tuple(replace(cell, row=places[cell.row]) for cell in kept)
    frame = one.frame.iloc[rows].reset_index(drop=True)
    return replace(one, frame=frame, bad_cells=bad, fingerprint="")


def shuffled(zone: Zone, seed: int) -> Zone:
    draw = random.Random(seed)
    layers = {
        name: only(one, draw.sample(range(len(one.frame)), len(one.frame)))
        for name, one in zone.layers.items()
    }
    return replace(zone, layers=layers)


@given(st.lists(CHANGES, max_size=6), st.integers(0, 99))
@settings(max_examples=12)
def test_nothing_differs_from_itself_in_any_order(
    zone_then: Zone, what: list[tuple[str, str, Any]], seed: int
) -> None:
    zone = changed(zone_then, what)
    assert not diff(zone, shuffled(zone, seed))


@given(st.lists(CHANGES, max_size=6), st.lists(CHANGES, max_size=6))
@settings(max_examples=20)
def test_the_way_back_is_the_mirror(
    zone_then: Zone, what: list[tuple[str, str, Any]], other: list[tuple[str, str, Any]]
) -> None:
    old, new = changed(zone_then, what), changed(zone_then, other)
    assert inverse(diff(old, new)) == plain(diff(new, old))


@given(st.lists(CHANGES, max_size=6), st.lists(CHANGES, max_size=6))
@settings(max_examples=20)
def test_the_difference_applied_to_the_old_gives_the_new(
    zone_then: Zone, what: list[tuple[str, str, Any]], other: list[tuple[str, str, Any]]
) -> None:
    old, new = changed(zone_then, what), changed(zone_then, other)
    found = diff(old, new)
    for name in ("sites", "projects"):
        assert applied(old, found, name) == sorted(rows_of(new.layers[name]).values())


def applied(zone: Zone, found: Difference, name: str) -> list[Row]:
    """Return the old records with every change applied."""
    one = zone.layers[name]
    rows, new = rows_of(one), rows_of(found.new.layers[name])
    for change in found.by_layer().get(name, ()):
        if change.old_row is None:
            rows[f"new {change.new_row}"] = new[str(change.new_row)]
        elif change.new_row is None:
            del rows[str(change.old_row)]
        else:
            values, shape = rows[str(change.old_row)]
            said = {one.name: in_order(one.new) for one in change.fields}
            said[one.schema.id] = in_order(change.new_id or None)
            named = zip(one.schema.fields, values, strict=True)
            shape = new[str(change.new_row)][1] if change.geometry else shape
            rows[str(change.old_row)] = tuple(said.get(f, v) for f, v in named), shape
    return sorted(rows.values())


def rows_of(one: Layer) -> dict[str, Row]:
    """Return the values and the geometry of each record."""
    odd = {(cell.row, cell.field): cell.value for cell in one.bad_cells}
    columns = [raw_values(one.frame[name], of) for name, of in one.schema.fields.items()]
    shapes = [b""] * len(one.frame)
    if not one.schema.is_table:
        shapes = [wkb or b"" for wkb in one.frame.geometry.to_wkb()]
    out = {}
    for k, row in enumerate(zip(*columns, strict=True)):
        said = (odd.get((k, name), v) for name, v in zip(one.schema.fields, row, strict=True))
        out[str(k)] = tuple(in_order(value) for value in said), shapes[k]
    return out


def in_order(value: Any) -> str:
    """Return a value, with lists sorted: their order does not matter."""
    return repr(sorted(value) if isinstance(value, list | tuple) else value)
