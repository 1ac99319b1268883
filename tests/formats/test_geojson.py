"""GeoJSON: strict reading with the position of each fault; writing without losses."""

import json
import math
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gxq_geo.formats import geojson
from gxq_geo.formats.geojson import Document, canonical, collection_bytes, to_feature
from gxq_geo.formats.strict_json import BATCH
from gxq_geo.words.issues import Severity
from tests.formats.test_strict_json import TEXTS, VALUES

SQUARE = [[[0, 0], [1, 0], [1, 1], [0, 0]]]


def collection(*features: Any, **members: Any) -> str:
    return json.dumps({"type": "FeatureCollection", **members, "features": features}, indent=1)


def feature(geometry: Any = None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def shape(kind: str, coordinates: Any) -> dict[str, Any]:
    return {"type": kind, "coordinates": coordinates}


def faults(text: str) -> list[str]:
    return [issue.rule for issue in geojson.read(text).issues]


def geometry_faults(geometry: Any) -> list[str]:
    return faults(collection(feature(geometry)))


# ------------------------------------------------------------------ reading


@pytest.mark.parametrize(
    "text",
    [
        *("null", "1", "[]", "{}", '{"type":"Topology"}', '{"type":[1]}', '{"type":{"a":1}}'),
        '{"type":"FeatureCollection","features":{}}',
        '{"type":"featurecollection","features":[]}',
    ],
)
def test_what_is_not_geojson_is_refused(text: str) -> None:
    assert faults(text) == ["not-geojson"]


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (None, "feature-type"),
        ([], "feature-type"),
        ({"type": "feature", "properties": {}, "geometry": None}, "feature-type"),
        ({"type": "Feature", "properties": {}}, "feature-geometry"),
        ({"type": "Feature", "properties": {}, "geometry": []}, "feature-geometry"),
        ({"type": "Feature", "properties": [], "geometry": None}, "feature-properties"),
        ({"type": "Feature", "geometry": None}, "feature-properties"),
        (feature() | {"id": [1]}, "feature-id"),
        (feature() | {"id": True}, "feature-id"),
        (feature() | {"id": False}, "feature-id"),
        (feature() | {"id": None}, "feature-id"),
    ],
)
def test_a_broken_feature_is_named_and_the_others_are_kept(wrong: Any, rule: str) -> None:
    document = geojson.read(collection(feature(a=1), wrong, feature(a=2)))
    (issue,) = document.issues
    assert issue.rule == rule
    assert [record["a"] for record in document.records] == [1, 2]
    assert issue.line is not None
    line = document.text.splitlines()[issue.line - 1]
    assert issue.column == len(line) - len(line.lstrip()) + 1


@pytest.mark.parametrize(
    ("geometry", "rule"),
    [
        ({"type": "Circle", "coordinates": [0, 0]}, "geometry-type"),
        ({"coordinates": [0, 0]}, "geometry-type"),
        ({"type": ["Point"], "coordinates": [0, 0]}, "geometry-type"),
        ({"type": "Point"}, "geometry-coordinates"),
        (shape("Point", [0]), "geometry-coordinates"),
        (shape("Point", []), "geometry-coordinates"),
        (shape("Point", ["0", "0"]), "geometry-coordinates"),
        (shape("Point", [0, None]), "geometry-coordinates"),
        (shape("Point", [True, False]), "geometry-coordinates"),
        (shape("Point", [0, 10**400]), "geometry-coordinates"),
        (shape("Point", {"x": 0}), "geometry-coordinates"),
        (shape("LineString", [[0, 0]]), "too-few-positions"),
        (shape("LineString", []), "too-few-positions"),
        (shape("LineString", [0, 0]), "geometry-coordinates"),
        (shape("MultiPoint", []), "too-few-positions"),
        (shape("MultiLineString", []), "too-few-positions"),
        (shape("MultiLineString", [[]]), "too-few-positions"),
        (shape("MultiPolygon", []), "too-few-positions"),
        (shape("MultiPolygon", [[]]), "too-few-positions"),
        (shape("Polygon", []), "too-few-positions"),
        (shape("Polygon", [[]]), "too-few-positions"),
        (shape("Polygon", [[[0, 0], [1, 0], [0, 0]]]), "too-few-positions"),
        (shape("Polygon", [[[0, 0], [1, 0], [1, 1], [0, 1]]]), "ring-open"),
        (shape("Polygon", SQUARE[0]), "geometry-coordinates"),
        (shape("MultiPolygon", SQUARE), "geometry-coordinates"),
        (shape("Polygon", SQUARE) | {"bbox": [0, 0, 1]}, "geometry-bbox"),
        (shape("Polygon", SQUARE) | {"bbox": [0, 0, 1, "1"]}, "geometry-bbox"),
        ({"type": "GeometryCollection", "geometries": None}, "geometry-coordinates"),
        ({"type": "GeometryCollection", "geometries": [None]}, "geometry-type"),
        (
            {"type": "GeometryCollection", "geometries": [shape("Point", [0])]},
            "geometry-coordinates",
        ),
    ],
)
def test_a_broken_geometry_is_named(geometry: Any, rule: str) -> None:
    assert geometry_faults(geometry) == [rule]


def test_infinite_coordinates_are_refused() -> None:
    text = collection(feature(shape("Point", [0, 0]))).replace("0\n", "1e999\n", 1)
    assert faults(text) == ["geometry-coordinates"]


def test_collections_nested_without_end_are_refused() -> None:
    nested: dict[str, Any] = shape("Point", [0, 0])
    for _ in range(100):
        nested = {"type": "GeometryCollection", "geometries": [nested]}
    assert geometry_faults(nested) == ["geometry-coordinates"]


def test_a_fault_points_at_the_coordinates() -> None:
    document = geojson.read(
        collection(feature(shape("Point", [0, 0]), n="a"), feature(shape("Point", [0]), n="b"))
    )
    (issue,) = document.issues
    assert issue.line is not None
    assert '"coordinates"' in document.text.splitlines()[issue.line - 1]
    assert issue.line > document.text[: document.text.index('"b"')].count("\n")
    assert issue.params["row"] == 1
    assert document.geometries[0].equals(shapely.Point(0, 0))
    assert document.geometries[1] is None


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4490", "EPSG:4326"])
def test_a_needless_crs_is_a_warning(name: str) -> None:
    crs = {"type": "name", "properties": {"name": name}}
    (issue,) = geojson.read(collection(crs=crs)).issues
    assert (issue.rule, issue.severity) == ("crs-member", Severity.WARNING)
    assert issue.line == 3


@pytest.mark.parametrize(
    ("crs", "rule"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}}, "crs-foreign"),
        ({"type": "name", "properties": {"name": "EPSG:14326"}}, "crs-foreign"),
        ({"type": "link", "properties": {"href": "http://example.com/crs"}}, "crs-unknown"),
        (None, "crs-unknown"),
        ("EPSG:4326", "crs-unknown"),
        ([], "crs-unknown"),
    ],
)
def test_any_other_crs_is_an_error(crs: Any, rule: str) -> None:
    assert faults(collection(crs=crs)) == [rule]


def test_a_lone_feature_or_geometry_is_a_collection_of_one() -> None:
    lone = geojson.read(json.dumps(feature(shape("Point", [0, 0]), features=[1, 2])))
    assert (len(lone.records), lone.issues) == (1, ())
    bare = geojson.read(json.dumps(shape("Point", [0, 0])))
    assert bare.geometries[0].equals(shapely.Point(0, 0))
    assert bare.locate(0) == (1, 1)


def test_many_features_are_read_as_few_are() -> None:
    # Features are read in batches: rows, fields and positions are those of the whole file.
    many = [feature(shape("Point", [row, 0]), n=row) for row in range(2 * BATCH + 10)]
    many[5] = {"type": "feature"}
    many[BATCH + 20] = feature(shape("Point", [0]), n="at fault")
    many[BATCH + 30] = feature(shape("Point", [1, 2, 3]), late="x")
    document = geojson.read(collection(*many))
    assert (document.count, len(document.geometries)) == (len(many) - 1, len(many) - 1)
    assert {name: len(values) for name, values in document.by_field.items()} == {
        "n": document.count,
        "late": document.count,
    }
    found = {issue.rule: issue.params.get("row") for issue in document.issues}
    assert found == {
        "feature-type": None,
        "geometry-coordinates": BATCH + 19,
        "height-ignored": BATCH + 29,
    }
    assert document.by_field["late"][BATCH + 29] == "x"
    assert document.by_field["n"][BATCH + 19] == "at fault"
    assert document.features[BATCH + 19] == many[BATCH + 20]
    assert [g.x for g in document.geometries[-2:]] == [2 * BATCH + 8, 2 * BATCH + 9]


def test_what_is_told_once_is_told_of_the_first() -> None:
    drawn = [shape("Point", [0, 0]), shape("Polygon", SQUARE), shape("Point", [0, 0, 1])]
    document = geojson.read(
        collection(*map(feature, [*drawn, shape("LineString", [[0, 0, 1]] * 2)]))
    )
    told = {issue.rule: (issue.params["row"], issue.params["count"]) for issue in document.issues}
    assert told["height-ignored"] == (2, 2)


def test_positions_of_any_length_in_a_collection() -> None:
    inner = [shape("Point", [1, 2, 3, 4]), shape("LineString", [[0, 0], [1, 1, 5]])]
    nested = {"type": "GeometryCollection", "geometries": [inner[0]]}
    whole = {"type": "GeometryCollection", "geometries": [*inner, nested]}
    document = geojson.read(collection(feature(whole)))
    assert [issue.rule for issue in document.issues] == ["extra-numbers"]
    expected = (
        "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1), GEOMETRYCOLLECTION (POINT (1 2)))"
    )
    assert document.geometries[0].wkt == expected


def test_heights_are_left_out() -> None:
    document = geojson.read(collection(feature(shape("Point", [1, 2, 3]))))
    assert not document.geometries[0].has_z


@given(VALUES)
def test_whatever_json_holds_never_raises(value: Any) -> None:
    geojson.read(json.dumps(value))
    geojson.read(
        collection(value, feature(value), feature({"type": "Polygon", "coordinates": value}))
    )
    geojson.read(json.dumps({"type": "FeatureCollection", "features": value, "crs": value}))


# ------------------------------------------------------------------ canonical form

COORDINATES = st.floats(-180, 180, allow_nan=False)
POSITIONS = st.lists(COORDINATES, min_size=2, max_size=2)
GEOMETRIES = st.none() | st.one_of(
    st.builds(shape, st.just("Point"), POSITIONS),
    st.builds(shape, st.just("LineString"), st.lists(POSITIONS, min_size=2, max_size=4)),
    st.builds(
        lambda ring: shape("Polygon", [[*ring, ring[0]]]),
        st.lists(POSITIONS, min_size=3, max_size=5),
    ),
)
PROPERTIES = st.dictionaries(st.sampled_from(["id", "name", "b"]) | TEXTS, VALUES, max_size=4)
FEATURES = st.builds(lambda g, p: {**feature(g), "properties": p}, GEOMETRIES, PROPERTIES)
MEMBERS = st.dictionaries(st.sampled_from(["name", "bbox", "note"]), VALUES, max_size=2)


def formatted(text: str) -> str:
    document = geojson.read(text)
    assert not [issue for issue in document.issues if issue.severity is Severity.ERROR]
    return canonical(document, ["id", "name"], "id").decode()


@pytest.mark.parametrize(
    "digits",
    [
        "12345678901234567890",
        "3.14159265358979323846",
        "3.00000000000000000001",
        "-0.12345678901234567890",
        '"12345678901234567890"',
        '[0.12345678901234567890,{"k":1.00000000000000000003}]',
    ],
)
def test_no_digit_of_a_value_is_changed(digits: str) -> None:
    feature = '{"type":"Feature","properties":{"a":%s},"geometry":null}'
    text = formatted(feature % digits)
    assert f'"a":{digits}' in text
    assert formatted(text) == text


def test_coordinates_are_rounded_whatever_their_digits() -> None:
    text = formatted('{"type":"Point","coordinates":[116.593000000000004123,35.400000000000002]}')
    assert '"coordinates":[116.593,35.4]' in text


@given(st.lists(FEATURES, max_size=4), MEMBERS)
def test_formatting_twice_changes_nothing_more(features: list[Any], members: Any) -> None:
    once = formatted(collection(*features, **members))
    assert formatted(once) == once


@given(st.lists(FEATURES, max_size=4), MEMBERS)
def test_formatting_loses_nothing(features: list[Any], members: Any) -> None:
    after = json.loads(formatted(collection(*features, **members)))
    for feature_before in features:
        given_ = {k: v for k, v in feature_before["properties"].items() if v is not None}
        assert any(
            {k: v for k, v in one["properties"].items() if v is not None} == given_
            and (one["geometry"] is None) == (feature_before["geometry"] is None)
            for one in after["features"]
        )
    assert {key: after[key] for key in members} == members


def test_one_feature_stands_on_one_line_sorted_by_id() -> None:
    text = formatted(collection(feature(id="b"), feature(id="a", name="甲\n乙"), feature()))
    lines = text.splitlines()
    assert lines[0] == '{"type":"FeatureCollection","features":['
    assert lines[-1] == "]}"
    assert [json.loads(line.rstrip(","))["properties"]["id"] for line in lines[1:-1]] == [
        "a",
        "b",
        None,
    ]
    assert "甲\\n乙" in lines[1]
    assert text.endswith("]}\n")
    assert "\r" not in text


def test_an_empty_layer_is_one_line() -> None:
    assert formatted(collection()) == '{"type":"FeatureCollection","features":[]}\n'


def test_fields_stand_in_the_order_of_the_schema_then_the_unknown_ones() -> None:
    text = formatted(collection(feature(z=1, name="n", a=2, id="x")))
    record = json.loads(text)["features"][0]["properties"]
    assert list(record) == ["id", "name", "a", "z"]


def test_coordinates_have_seven_decimals_and_no_idle_zero() -> None:
    text = formatted(collection(feature(shape("Point", [116.123456789, 35.0]))))
    assert '"coordinates":[116.1234568,35]' in text


def test_foreign_members_survive() -> None:
    before = feature(id="a") | {"id": 7, "bbox": [0, 0, 1, 1], "when": {"from": 1}}
    text = formatted(collection(before, name="sites", bbox=[0, 0, 1, 1]))
    after = json.loads(text)
    assert after["name"] == "sites"
    assert after["bbox"] == [0, 0, 1, 1]
    assert after["features"][0]["when"] == {"from": 1}
    assert after["features"][0]["id"] == 7


def test_an_id_that_repeats_the_id_field_is_dropped() -> None:
    text = formatted(collection(feature(id="a") | {"id": "a"}))
    assert list(json.loads(text)["features"][0]) == ["type", "properties", "geometry"]


def test_a_shapely_geometry_becomes_a_feature() -> None:
    assert to_feature({"id": "a"}, shapely.Point(1.00000004, 2)) == {
        "type": "Feature",
        "properties": {"id": "a"},
        "geometry": {"type": "Point", "coordinates": [1, 2]},
    }
    assert to_feature({}, None)["geometry"] is None


def test_what_json_cannot_hold_is_not_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        collection_bytes([feature(x=math.inf)])


def test_positions_count_from_one_in_characters() -> None:
    document = Document("甲\n乙丙\n")
    assert [document.position(offset) for offset in (0, 1, 2, 3)] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
    ]
