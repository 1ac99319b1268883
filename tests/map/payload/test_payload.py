"""The payload: what goes in comes out, the same input gives the same bytes, and only that."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
)

from gxq_geo.investment_map.payload import base91, decode, encode
from gxq_geo.investment_map.payload.planes import LIMIT, pack, unpack, unzigzag, zigzag
from gxq_geo.schemas import schema
from gxq_geo.zone import Zone, layer
from gxq_geo.zone.publication import public_layers
from gxq_geo.zone.settings import Settings

SCHEMA = schema()
SQUARE = Polygon([(116.6, 35.4), (116.7, 35.4), (116.7, 35.5), (116.6, 35.5)])
HOLED = Polygon(
    [(116.0, 35.0), (117.0, 35.0), (117.0, 36.0), (116.0, 36.0)],
    [[(116.2, 35.2), (116.4, 35.2), (116.3, 35.4)], [(116.6, 35.6), (116.8, 35.6), (116.7, 35.8)]],
)
GEOMETRIES = [
    SQUARE,
    None,
    HOLED,
    Polygon(),
    MultiPolygon([SQUARE, HOLED]),
    Point(116.123456, 35.654321),
    MultiPoint([(116, 35), (-116, -35)]),
    LineString([(116, 35), (116.5, 35.5), (180, 90)]),
    MultiLineString([[(0, 0), (1, 1)], [(-180, -90), (2, 2), (3, 3)]]),
]


def frame_of(geometries: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    ids = pd.Series([f"S-{i}" for i in range(len(geometries))], dtype="str")
    return gpd.GeoDataFrame({"site_id": ids, **columns}, geometry=geometries, crs="EPSG:4326")


def again(frame: pd.DataFrame, layer: str = "sites") -> pd.DataFrame:
    return decode(encode({}, {layer: frame}, SCHEMA)).layers[layer]


def assert_same_place(back: Any, geometry: Any) -> None:
    if (
        geometry is None
        or geometry.is_empty
        or not np.isfinite(shapely.get_coordinates(geometry)).all()
    ):
        assert back is None
        return
    assert shapely.get_num_geometries(back) == shapely.get_num_geometries(geometry)
    ours, theirs = shapely.get_coordinates(back), shapely.get_coordinates(geometry)
    assert ours.shape == theirs.shape
    # A step is 0.085 m; beyond 84 degrees north or south it may be longer, in degrees never.
    assert np.abs(ours - theirs).max() <= 4e-6


def test_coordinates_come_back_within_six_centimetres() -> None:
    """Measured on the ellipsoid, at the equator (where a degree is longest) and in the north."""
    chance = np.random.default_rng(3)
    for lat in (0.0, 35.4, 60.0):
        places = np.column_stack([chance.uniform(116, 117, 500), chance.uniform(lat, lat + 1, 500)])
        points: Any = shapely.points(places)
        back = again(frame_of(list(points))).geometry.to_numpy()
        lon, lat_back = shapely.get_x(back), shapely.get_y(back)
        metres = pyproj.Geod(ellps="WGS84").inv(places[:, 0], places[:, 1], lon, lat_back)[2]
        assert np.max(metres) < 0.06


@given(st.lists(st.integers(0, LIMIT - 1)))
def test_planes_come_back(codes: list[int]) -> None:
    packed = pack(np.array(codes, dtype=np.int64))
    assert unpack(packed, len(codes)).tolist() == codes
    assert len(packed) <= 4 * len(codes)


@given(st.binary(max_size=300))
def test_base_91_comes_back(data: bytes) -> None:
    text = base91.encode(data)
    assert base91.decode(text) == data
    assert not set(text) & set("&<> \n")
    assert len(text) <= -(-len(data) * 16 // 13) + 1


def test_base_91_of_much() -> None:
    data = np.random.default_rng(5).bytes(4_000_003)
    assert base91.decode(base91.encode(data)) == data


@pytest.mark.parametrize("text", ["~", "!&", "~~", "<<", "é!"])
def test_other_text_is_not_base_91(text: str) -> None:
    with pytest.raises(ValueError, match="91"):
        base91.decode(text)


@given(st.lists(st.integers(-LIMIT // 2, LIMIT // 2 - 1)))
def test_zigzag_comes_back(values: list[int]) -> None:
    array = np.array(values, dtype=np.int64)
    codes = zigzag(array)
    assert (codes >= 0).all()
    assert unzigzag(codes).tolist() == values


@pytest.mark.parametrize("code", [-1, LIMIT])
def test_a_code_out_of_range_is_refused(code: int) -> None:
    with pytest.raises(ValueError, match="31 bits"):
        pack(np.array([code]))


def test_every_kind_of_geometry_comes_back() -> None:
    back = again(frame_of(GEOMETRIES))
    for one, other in zip(back.geometry, GEOMETRIES, strict=True):
        assert_same_place(one, other)


def test_what_cannot_be_drawn_becomes_nothing() -> None:
    odd = [
        GeometryCollection([Point(1, 1), SQUARE]),
        Point(float("nan"), 1),
        LineString([(0, 0), (float("inf"), 1)]),
        MultiPolygon(),
    ]
    assert list(again(frame_of(odd)).geometry) == [None] * 4


def test_a_first_vertex_that_stands_twice_comes_back_twice() -> None:
    twice = Polygon([(116, 35), (117, 35), (117, 36), (116, 35), (116, 35)])
    assert_same_place(again(frame_of([twice])).geometry.iloc[0], twice)


def test_empty_parts_are_left_out() -> None:
    back = again(frame_of([MultiPolygon([Polygon(), SQUARE])]))
    assert_same_place(back.geometry.iloc[0], SQUARE)


finite = st.floats(-180, 180).map(lambda v: round(v, 7))
latitudes = st.floats(-90, 90).map(lambda v: round(v, 7))
vertices = st.tuples(finite, latitudes)
geometries = st.one_of(
    st.none(),
    vertices.map(Point),
    st.lists(vertices, min_size=2, max_size=8).map(LineString),
    st.lists(vertices, min_size=3, max_size=8).map(Polygon),
    st.lists(st.lists(vertices, min_size=3, max_size=5).map(Polygon), min_size=2, max_size=3).map(
        MultiPolygon
    ),
)


@given(st.lists(geometries, max_size=6))
def test_any_geometry_comes_back(some: list[Any]) -> None:
    for one, other in zip(again(frame_of(some)).geometry, some, strict=True):
        assert_same_place(one, other)


def number_frame(values: list[float | None]) -> gpd.GeoDataFrame:
    numbers = pd.Series(values, dtype="float64")
    return frame_of([None] * len(values), area_mu=numbers)


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.floats(allow_nan=False, allow_infinity=False),
            st.integers(-(2**28), 2**28).map(float),
            st.integers(0, 10**6).map(lambda v: v / 10),
        )
    )
)
def test_any_number_comes_back_exactly(values: list[float | None]) -> None:
    assert list(again(number_frame(values))["area_mu"]) == values


def test_infinite_numbers_are_missing() -> None:
    back = again(number_frame([float("inf"), -float("inf"), float("nan"), 1.5]))
    assert list(back["area_mu"]) == [None, None, None, 1.5]


@given(st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"])))))
def test_any_text_comes_back(texts: list[str | None]) -> None:
    frame = frame_of([None] * len(texts), name_zh=pd.Series(texts, dtype="str"))
    assert list(again(frame)["name_zh"]) == texts


ids = st.tuples(
    st.sampled_from(["S-", "地块 ", "A0", ""]),
    st.integers(0, 10**12),
    st.sampled_from(["", "号", "-7"]),
).map(lambda parts: f"{parts[0]}{parts[1]:05d}{parts[2]}")


@given(st.lists(st.one_of(st.none(), ids), max_size=60))
def test_numbered_text_comes_back(texts: list[str | None]) -> None:
    frame = frame_of([None] * len(texts), name_zh=pd.Series(texts, dtype="str"))
    assert list(again(frame)["name_zh"]) == texts


def test_numbered_text_takes_little() -> None:
    texts = pd.Series([f"地块 GX-{k:06d} 号" for k in range(10_000)], dtype="str")
    frame = frame_of([None] * len(texts), name_zh=texts)
    assert len(encode({}, {"sites": frame}, SCHEMA)) < 4_000


def test_repeated_text_is_stored_once() -> None:
    texts = pd.Series(["<script>", None] * 500, dtype="str")
    payload = encode(
        {}, {"sites": frame_of([None] * 1000, address_zh=texts)}, SCHEMA, compress=False
    )
    assert payload.count(b"<script>") == 1


def typed_frame() -> gpd.GeoDataFrame:
    statuses = list(SCHEMA.domains["site_status"])
    return frame_of(
        [SQUARE] * 3,
        status=pd.Categorical(["reserve", None, "available"], categories=statuses, ordered=True),
        sectors=pd.Series([("equipment", "information"), (), ("equipment",)], dtype="object"),
        term_years=pd.array([50, pd.NA, 40], dtype="Int64"),
        has_road=pd.array([True, pd.NA, False], dtype="boolean"),
        updated=pd.Series(["1969-12-31", None, "2026-11-23"], dtype="datetime64[s]"),
    )


def test_each_type_comes_back() -> None:
    back = again(typed_frame())
    assert list(back["status"]) == ["reserve", None, "available"]
    assert list(back["sectors"]) == [["equipment", "information"], None, ["equipment"]]
    assert list(back["term_years"]) == [50, None, 40]
    assert list(back["has_road"]) == [True, None, False]
    assert list(back["updated"]) == ["1969-12-31", None, "2026-11-23"]


def test_many_values_need_wider_codes() -> None:
    texts = [f"address {i % 300}" for i in range(900)]
    frame = frame_of([None] * 900, address_zh=pd.Series(texts, dtype="str"))
    payload = decode(encode({}, {"sites": frame}, SCHEMA))
    assert payload.header["layers"]["sites"]["columns"]["address_zh"]["width"] == 2
    assert list(payload.layers["sites"]["address_zh"]) == texts


def test_fields_that_the_schema_does_not_know_are_left_out() -> None:
    assert b"canary" not in encode(
        {}, {"sites": frame_of([SQUARE], secret=["canary"])}, SCHEMA, compress=False
    )


@pytest.mark.parametrize("compress", [True, False])
def test_an_empty_layer_and_a_table(compress: bool) -> None:
    table = pd.DataFrame({"sector_id": pd.Series(["a"], dtype="str"), "rank": [1]})
    layers = {"sites": frame_of([]), "sectors": table}
    back = decode(encode({"meta": {"x": 1}}, layers, SCHEMA, compress=compress))
    assert back.header["meta"] == {"x": 1}
    assert len(back.layers["sites"]) == 0
    assert list(back.layers["sectors"]["rank"]) == [1]


def test_the_same_input_gives_the_same_bytes() -> None:
    one, other = (encode({}, {"sites": typed_frame()}, SCHEMA) for _ in range(2))
    assert one == other
    assert one[4:8] == b"\0\0\0\0"


def test_the_schema_travels_with_the_layers_that_are_there() -> None:
    header = decode(encode({}, {"sites": typed_frame()}, SCHEMA)).header["schema"]
    assert list(header["layers"]) == ["sites"]
    assert {field["name"] for field in header["layers"]["sites"]["fields"]} == {
        "site_id", "status", "sectors", "term_years", "has_road", "updated",
    }  # fmt: skip
    assert header["domains"]["site_status"][0][0] == "available"
    assert "customer_class" not in header["domains"]


@pytest.mark.parametrize("data", [b"", b"nonsense", b"GXQ"])
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="payload"):
        decode(data)


def zone_of(**frames: pd.DataFrame) -> Zone:
    known = schema().layers
    layers = {name: layer.empty(one) for name, one in known.items()}
    layers |= {name: layer.Layer(known[name], frame) for name, frame in frames.items()}
    return Zone(Path(), Settings(name_zh="区", name_en="Zone", measure_crs="EPSG:4548"), layers)


def zone() -> Zone:
    yes = pd.array([True, False, pd.NA], dtype="boolean")
    parks = frame_of([SQUARE] * 3, published=yes, note_internal=["canary-note"] * 3)
    parks["name_zh"] = "园"
    parks = parks.drop(columns="site_id").assign(
        park_id=["a", "b", "c"], lead_sectors=[("s", "gone"), (), ()]
    )
    sites = frame_of([SQUARE] * 3, park_id=["a", "b", None], published=[True] * 3)
    sites["name_zh"] = "地"
    sectors = pd.DataFrame({"sector_id": ["s"], "published": [True]})
    projects = pd.DataFrame({"project_id": ["canary-project"], "published": [True]})
    return zone_of(parks=parks, sites=sites, sectors=sectors, projects=projects)


def test_the_public_sees_what_is_published_and_public() -> None:
    layers = public_layers(zone(), "public")
    assert "projects" not in layers
    assert list(layers["parks"]["park_id"]) == ["a"]
    assert "note_internal" not in layers["parks"]
    assert "published" not in layers["parks"]
    assert layers["sites"]["park_id"].fillna("-").tolist() == ["a", "-", "-"]
    assert layers["parks"]["lead_sectors"].tolist() == [("s",)]
    assert b"canary" not in encode({}, layers, SCHEMA, compress=False)


def test_those_inside_see_everything() -> None:
    layers = public_layers(zone(), "internal")
    assert len(layers["projects"]) == 1
    assert len(layers["parks"]) == 3
    assert b"canary-note" in encode({}, layers, SCHEMA, compress=False)


def test_a_hundred_thousand_sites_are_six_megabytes_at_most() -> None:
    n = 100_000
    angles = np.linspace(0, 2 * np.pi, 12)
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * 1e-4
    centres = np.column_stack([116 + np.arange(n) % 317 * 1e-3, 35 + np.arange(n) // 317 * 1e-3])
    outlines: Any = shapely.polygons(centres[:, None, :] + ring)
    frame = frame_of(list(outlines), area_mu=np.arange(n) / 10)
    payload = encode({}, {"sites": frame}, SCHEMA)
    assert len(payload) < 6_000_000
