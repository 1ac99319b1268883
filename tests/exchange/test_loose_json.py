"""JSON with features in every form that programs write; and plain GeoJSON that we write."""

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import MultiPolygon, Point, Polygon, box

from gxq_geo.exchange.readers import loose_json
from gxq_geo.exchange.source import ReadOptions, SourceTable
from gxq_geo.exchange.writers import geojson as writer
from gxq_geo.schemas import schema
from gxq_geo.words.errors import FileError
from gxq_geo.zone import Zone
from tests.exchange.told import apart, kinds, lines_of, said, same_fields, told

POINT = {"type": "Point", "coordinates": [116.5, 35.5]}
RING = [[116, 35], [117, 35], [117, 36], [116, 35]]


def feature(geometry: Any = POINT, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", **members, "features": list(features)}


def read(tmp_path: Path, value: Any, **options: Any) -> SourceTable:
    path = tmp_path / "file.json"
    text = value if isinstance(value, str | bytes) else json.dumps(value, ensure_ascii=False)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    (table,) = loose_json.read(path, ReadOptions(**options))
    return table


def refused(tmp_path: Path, value: Any, slug: str) -> None:
    with pytest.raises(FileError) as caught:
        read(tmp_path, value)
    assert caught.value.slug == slug
    lines_of(caught.value)


def shapes(table: SourceTable) -> list[Any]:
    assert table.geometries is not None
    return list(table.geometries)


# ------------------------------------------------------------------ GeoJSON

ONE, TWO = feature(name="甲"), feature(name="乙")


@pytest.mark.parametrize(
    "value",
    [
        collection(ONE, TWO),
        [ONE, TWO],
        [collection(ONE), TWO],
        {"features": [ONE, TWO]},
        "\n".join(map(json.dumps, (ONE, TWO))),
        "".join(f"\x1e{json.dumps(one)}\n" for one in (ONE, TWO)),
        "\ufeff" + json.dumps(collection(ONE, TWO)),
        json.dumps(collection(ONE, TWO), ensure_ascii=False).encode("gbk"),
    ],
)
def test_features_in_any_arrangement(tmp_path: Path, value: Any) -> None:
    table = read(tmp_path, value)
    assert table.columns == {"name": ["甲", "乙"]}
    assert all(shape.equals(Point(116.5, 35.5)) for shape in shapes(table))
    assert table.crs == "EPSG:4326"
    is_lines = isinstance(value, str) and not value.startswith("\ufeff")
    expected = {"json.note.lines"} if is_lines else set()
    assert set(told([table])) == (
        expected or ({"json.note.encoding"} if isinstance(value, bytes) else set())
    )


@pytest.mark.parametrize("value", [POINT, [POINT], feature(), [feature()]])
def test_single_features_and_geometries(tmp_path: Path, value: Any) -> None:
    assert shapes(read(tmp_path, value))[0].equals(Point(116.5, 35.5))


def crs(name: Any) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": name}}


@pytest.mark.parametrize(
    ("member", "code"),
    [
        (crs("urn:ogc:def:crs:EPSG::4548"), "EPSG:4548"),
        (crs("urn:ogc:def:crs:EPSG:6.9:4490"), "EPSG:4490"),
        (crs("http://www.opengis.net/def/crs/EPSG/0/4527"), "EPSG:4527"),
        (crs("urn:ogc:def:crs:OGC:1.3:CRS84"), "OGC:CRS84"),
        (crs("EPSG:4326"), "EPSG:4326"),
        (crs(4548), "EPSG:4548"),
        ({"type": "EPSG", "properties": {"code": 4548}}, "EPSG:4548"),
        ("EPSG:4548", "EPSG:4548"),
        (None, "EPSG:4326"),
        ({"type": "link", "properties": {"href": "http://127.0.0.1:9/"}}, ""),
    ],
)
def test_the_crs_is_named_and_never_fetched(tmp_path: Path, member: Any, code: str) -> None:
    table = read(tmp_path, collection(ONE, crs=member))
    assert table.crs == code
    assert ("json.note.crs-link" in told([table])) is (code == "")


def test_metres_without_a_crs_are_told(tmp_path: Path) -> None:
    table = read(tmp_path, collection(feature({"type": "Point", "coordinates": [465000, 3916000]})))
    assert table.crs == ""
    assert "json.note.not-degrees" in told([table])


def test_faults_are_tolerated_and_told(tmp_path: Path) -> None:
    text = (
        '{"type": "FeatureCollection", "name": "层", "extra": 1, "features": ['
        '{"type": "Feature", "id": 7, "properties": {"a": NaN, "b": 1, "b": 2}, "geometry": null},'
        '{"type": "Feature", "properties": null, "geometry": {"type": "Polygon", "coordinates":'
        " [[[0, 0], [1, 0], [1, 1], [0, 1]]]}},"
        '{"type": "Feature", "properties": {"b": 1e999}, "geometry": {"type": "Blob"}},'
        '{"type": "Feature", "properties": {}, "geometry": "x"},'
        '{"type": "Feature", "properties": {}, "geometry":'
        ' {"type": "Point", "coordinates": [1, 2, 3]}}]}'
    )
    table = read(tmp_path, text)
    assert table.name == "层"
    assert table.columns == {
        "a": [None] * 5,
        "b": [2, None, None, None, None],
        "id": [7, *[None] * 4],
    }
    found = told([table])
    losses = {loss.kind: loss.count for loss in table.losses}
    assert losses == {
        "json.loss.not-a-number": 2,
        "json.loss.geometry-open": 1,
        "json.loss.geometry-invalid": 2,
        "json.loss.height": 1,
    }
    assert found["json.note.duplicate-key"].params == {"count": 1, "key": "b"}
    assert found["json.note.member"].params == {"count": 1, "member": "extra"}
    assert shapes(table)[4].equals(Point(1, 2))


def test_values_keep_their_types_and_digits(tmp_path: Path) -> None:
    values = {
        "code": "007",
        "big": 12345678901234567890,
        "yes": True,
        "list": ["甲", 1],
        "empty": [],
        "nested": {"k": [1]},
        "deep": [{"k": 1}],
    }
    table = read(tmp_path, feature(**values))
    assert {name: column[0] for name, column in table.columns.items()} == {
        **values,
        "list": ["甲", "1"],
        "nested": '{"k": [1]}',
        "deep": '[{"k": 1}]',
    }
    assert told([table])["json.note.nested"].params == {"count": 2, "field": "nested"}
    digits = "9" * 5000
    assert read(
        tmp_path, f'{{"type":"Feature","properties":{{"n":{digits}}},"geometry":null}}'
    ).columns == {"n": [digits]}


# ------------------------------------------------------------------ Esri JSON


def esri(*features: Any, **members: Any) -> dict[str, Any]:
    return {"geometryType": "esriGeometryPolygon", "features": list(features), **members}


OUTER = [[0, 0], [0, 10], [10, 10], [10, 0], [0, 0]]
HOLE = [[2, 2], [4, 2], [4, 4], [2, 4], [2, 2]]
OTHER = [[20, 0], [20, 10], [30, 10], [30, 0], [20, 0]]


def test_rings_of_esri_are_shells_and_holes_by_direction(tmp_path: Path) -> None:
    whole = [
        {"attributes": {}, "geometry": {"rings": rings}} for rings in ([OUTER, OTHER, HOLE], [HOLE])
    ]
    found = shapes(read(tmp_path, esri(*whole)))
    with_hole = Polygon(OUTER, [HOLE])
    assert found[0].equals(MultiPolygon([with_hole, Polygon(OTHER)]))
    assert found[1].equals(Polygon(HOLE))


def test_attributes_of_esri_are_read_by_their_fields(tmp_path: Path) -> None:
    fields = [
        {"name": "DKBH", "type": "esriFieldTypeString", "alias": "地块编号"},
        {"name": "ZT", "type": "esriFieldTypeString", "alias": "ZT"},
        {"name": "GX", "type": "esriFieldTypeDate", "alias": "更新"},
    ]
    fields[1]["domain"] = {"type": "codedValue", "codedValues": [{"code": "1", "name": "可供"}]}  # type: ignore[assignment]
    moments = [1767225600000, 1767196800000, 1767225600001]
    rows = [
        {"attributes": {"DKBH": str(at), "ZT": "1", "GX": moment}, "geometry": {"rings": [OUTER]}}
        for at, moment in enumerate(moments)
    ]
    reference = {"wkid": 102100, "latestWkid": 3857}
    table = read(tmp_path, esri(*rows, fields=fields, spatialReference=reference, odd=1))
    assert table.columns["地块编号"] == ["0", "1", "2"]
    assert table.columns["ZT"] == ["可供"] * 3
    assert table.columns["更新"][:2] == [date(2026, 1, 1), date(2026, 1, 1)]
    assert str(table.columns["更新"][2]).startswith("2026-01-01T00:00:00.001")
    assert table.crs == "EPSG:3857"
    assert {
        "json.note.alias",
        "json.note.domain",
        "json.note.date-in-china",
        "json.note.member",
    } == set(told([table]))


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ({"wkid": 4490}, "EPSG:4490"),
        ({"wkid": 102100}, "EPSG:3857"),
        ({"wkid": 102025}, "ESRI:102025"),
        ({"wkt": "PROJCS[...]"}, "PROJCS[...]"),
        ({}, ""),
        (None, ""),
    ],
)
def test_references_of_esri(tmp_path: Path, reference: Any, code: str) -> None:
    geometry = {"x": 1, "y": 2}
    assert read(tmp_path, esri({"geometry": geometry}, spatialReference=reference)).crs == code
    inside = {"attributes": {}, "geometry": {**geometry, "spatialReference": reference}}
    assert read(tmp_path, esri(inside)).crs == code


def test_other_geometries_of_esri(tmp_path: Path) -> None:
    geometries = [
        {"x": 1, "y": 2, "z": 3},
        {"x": None, "y": None},
        {"points": [[1, 2], [3, 4]]},
        {"paths": [[[0, 0], [1, 1]]]},
        {"paths": [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]},
        {"curveRings": [[[0, 0], {"c": [[1, 1], [2, 2]]}]]},
        {"rings": [[[0, 0], [1, 1]]]},
        {"rings": []},
        None,
    ]
    table = read(tmp_path, esri(*({"attributes": {"a": 1}, "geometry": one} for one in geometries)))
    types = [shape and shape.geom_type for shape in shapes(table)]
    assert types == ["Point", None, "MultiPoint", "LineString", "MultiLineString", *[None] * 4]
    losses = {loss.kind: loss.count for loss in table.losses}
    assert losses == {"json.loss.curve": 1, "json.loss.geometry-invalid": 1}
    told([table])
    assert shapes(read(tmp_path, {"rings": [OUTER]}))[0].equals(box(0, 0, 10, 10))
    assert shapes(read(tmp_path, {"attributes": {"a": 1}, "geometry": {"x": 1, "y": 2}}))


# ------------------------------------------------------------------ refused, damaged


def test_other_json_is_refused_by_name(tmp_path: Path) -> None:
    refused(tmp_path, {"type": "Topology", "objects": {}, "arcs": []}, "json-topology")
    for value in ({}, [], [1], {"type": "Cat"}, {"features": [1]}, 7, "null"):
        refused(tmp_path, value, "json-no-features")
    for text in ("", "{", "[" * 100_000, '{"type": "FeatureCollection", "features": [', "no"):
        refused(tmp_path, text, "json-damaged" if text else "json-no-features")
    refused(tmp_path, "[" * 200 + "]" * 200, "json-no-features")
    deep = feature(a=None)
    assert "json.note.nested" in told(
        [read(tmp_path, json.dumps(deep).replace('"a": null', f'"a": [{"[" * 90}{"]" * 90}]'))]
    )
    refused(tmp_path, b'{"\xff\xff": 1}', "encoding-unknown")


GOOD = [
    collection(
        feature(a=[1, "b"], c={"d": 1}), feature({"type": "Polygon", "coordinates": [RING]})
    ),
    esri(
        {"attributes": {"a": 1}, "geometry": {"rings": [OUTER, HOLE]}},
        spatialReference={"wkid": 4490},
    ),
]
BITS = [
    "[",
    "]",
    "{",
    "}",
    "null",
    "NaN",
    "1e999",
    '"',
    "0",
    "-",
    '"x":1,',
    "\x1e",
    "9" * 30,
    '"rings"',
    "[]",
]


@pytest.mark.parametrize("seed", range(80))
def test_damaged_json_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    text = json.dumps(GOOD[seed % 2])
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(BITS) + text[at + chance.randint(0, 3) :]
    try:
        told([read(tmp_path, text)])
    except FileError as error:
        lines_of(error)


# ------------------------------------------------------------------ writing


@pytest.mark.parametrize("name", ["sites", "carriers", "parks", "roads", "rivers", "stations"])
def test_a_layer_comes_back(zone: Zone, tmp_path: Path, name: str) -> None:
    layer, frame = schema().layers[name], zone.frame(name)
    data, losses = writer.write(frame, layer)
    assert data == writer.write(frame, layer)[0]
    assert losses == ()
    table = read(tmp_path, data)
    same_fields(frame, table, layer)
    assert apart(list(frame.geometry), shapes(table)) == 0
    outer = [p.exterior for p in shapely.get_parts(shapes(table)) if p.geom_type == "Polygon"]
    assert all(ring.is_ccw for ring in outer)


def test_only_the_fields_of_the_frame_are_written(zone: Zone, tmp_path: Path) -> None:
    frame = zone.sites[["site_id", "geometry"]]
    assert list(read(tmp_path, writer.write(frame, schema().layers["sites"])[0]).columns) == [
        "site_id"
    ]


def test_finer_coordinates_and_metres(zone: Zone) -> None:
    frame = gpd.GeoDataFrame(zone.sites.head(2).copy())
    frame.geometry = [Point(1 / 3, 0), Point(0.1234567, 0)]
    losses = writer.write(frame, schema().layers["sites"])[1]
    assert said(losses)["geojson.loss.rounded"].count == 1
    assert set(said(losses)) == set(writer.CANNOT_CARRY)
    with pytest.raises(FileError) as caught:
        writer.write(zone.sites.to_crs("EPSG:4548"), schema().layers["sites"])
    assert caught.value.slug == "needs-degrees"


def test_each_kind_is_tested() -> None:
    source = Path(__file__).read_text("utf-8")
    assert not {kind for part in ("json", "geojson") for kind in kinds(part) if kind not in source}
