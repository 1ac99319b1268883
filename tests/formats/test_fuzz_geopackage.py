"""GeoPackages as many programs write them: the same frames as the same content in GeoJSON.

What is wrong with the structure of a package is an issue or an error, or changes nothing.
"""

import json
import sqlite3
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import layer
from gxq_geo.zone.layer import Layer
from tests.support.nightly import times

pytestmark = [pytest.mark.slow, pytest.mark.hypothesis]

SITES = schema().layers["sites"]
EXAMPLES = times(60, 5_000)
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
ITEM = st.sampled_from(["equipment", "new_materials", "biomedicine", "x", "a b", "亩"])
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "text": TEXT | st.sampled_from(["007", "=1+1", "NULL", "1e5", "亩", "{0}", "[]", "(1:a)"]),
    "number": st.floats(-1e9, 1e9) | st.integers(-(10**6), 10**6) | st.sampled_from([1e300, 0.1]),
    "integer": st.integers(-(10**6), 10**6),
    "boolean": st.booleans(),
    "date": st.dates().map(lambda day: day.isoformat()) | st.just("2026-02-30"),
    "list": st.lists(ITEM, max_size=3, unique=True),
}
POSITION = st.tuples(st.floats(116.3, 116.9), st.floats(35.2, 35.6))
TRIANGLE = POSITION.map(
    lambda at: shapely.Polygon([at, (at[0] + 0.01, at[1]), (at[0], at[1] + 0.01)])
)
SHAPES = st.one_of(
    TRIANGLE,
    st.lists(TRIANGLE, min_size=1, max_size=2).map(shapely.MultiPolygon),
    POSITION.map(shapely.Point),
    st.none(),
)
SPOILED = (
    "DELETE FROM gpkg_contents",
    "DELETE FROM gpkg_geometry_columns",
    "DELETE FROM gpkg_spatial_ref_sys",
    "UPDATE gpkg_contents SET table_name = 'elsewhere'",
    "UPDATE gpkg_contents SET data_type = 'attributes'",
    "UPDATE gpkg_geometry_columns SET column_name = 'name_zh'",
    "UPDATE gpkg_geometry_columns SET srs_id = 4527",
    "UPDATE gpkg_geometry_columns SET geometry_type_name = 'POINT'",
    "UPDATE gpkg_spatial_ref_sys SET definition = 'nonsense' WHERE srs_id = 4326",
    "UPDATE sites SET geom = substr(geom, 1, 20)",
    "UPDATE sites SET geom = x'0102030405'",
    "UPDATE sites SET geom = 'POINT (1 2)'",
    "UPDATE sites SET site_id = x'ff00'",
    "UPDATE sites SET area_mu = 'viel'",
    "UPDATE sites SET area_mu = 9e999",
    "UPDATE sites SET published = 7",
    "DROP TABLE gpkg_contents",
    "DROP TABLE sites",
    "CREATE VIEW parks AS SELECT * FROM sites",
    "CREATE TRIGGER t AFTER UPDATE ON sites BEGIN DELETE FROM sites; END",
    "ALTER TABLE sites RENAME COLUMN site_id TO 地块编号",
    "ALTER TABLE sites ADD COLUMN fid_1 INTEGER",
    "PRAGMA application_id = 0",
    "PRAGMA user_version = 99",
)


def kind_of(name: str) -> str:
    field = SITES.fields[name]
    if field.is_list:
        return "list"
    return field.type if field.type in VALUES else "text"


Record = tuple[dict[str, Any], Any]


@st.composite
def contents(draw: st.DrawFn) -> list[Record]:
    names = draw(st.lists(st.sampled_from([*SITES.fields]), max_size=8, unique=True))
    records = []
    for at in range(draw(st.integers(0, 3))):
        values = {name: draw(st.none() | VALUES[kind_of(name)]) for name in names}
        records.append(({**values, "site_id": f"D-{at}"}, draw(SHAPES)))
    return records


# ------------------------------------------------------------------ writing


def as_geojson(records: Sequence[Record]) -> str:
    features = [
        {
            "type": "Feature",
            "properties": values,
            "geometry": None if shape is None else shapely.geometry.mapping(shape),
        }
        for values, shape in records
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def blob(shape: Any, envelope: int, big_endian: bool) -> bytes | None:
    """A geometry as GeoPackage encodes it, with one of the kinds of envelope (OGC 12-128r18)."""
    if shape is None:
        return None
    order = ">" if big_endian else "<"
    minx, miny, maxx, maxy = shape.bounds
    sides = {0: (), 1: (minx, maxx, miny, maxy), 2: (minx, maxx, miny, maxy, 0.0, 0.0)}[envelope]
    head = b"GP\0" + bytes([(0 if big_endian else 1) | envelope << 1])
    srs = struct.pack(f"{order}i", 4326)
    return b"".join([head, srs, struct.pack(f"{order}{len(sides)}d", *sides), shape.wkb])


def listed(items: list[str], spelling: str) -> str:
    if spelling == "json":
        return json.dumps(items, ensure_ascii=False)
    if spelling == "counted":
        return f"({len(items)}:{','.join(items)})"
    return "{" + ",".join(json.dumps(item, ensure_ascii=False) for item in items) + "}"


DIALECTS = st.fixed_dictionaries(
    {
        "envelope": st.sampled_from([0, 1, 2]),
        "big_endian": st.booleans(),
        "spelling": st.sampled_from(["json", "counted", "braced"]),
        "time": st.sampled_from(["", "T00:00:00Z", "T00:00:00.000Z"]),
        "reverse": st.booleans(),
        "untyped": st.booleans(),
    }
)
TYPES = {"text": "TEXT", "number": "REAL", "integer": "INTEGER", "boolean": "BOOLEAN"}


def stored(name: str, value: Any, dialect: Mapping[str, Any]) -> Any:
    kind = kind_of(name)
    if value is None:
        return None
    if kind == "list":
        return listed(value, dialect["spelling"])
    if kind == "date" and value != "2026-02-30":
        return value + dialect["time"]
    return int(value) if kind == "boolean" else value


def write_package(
    path: Path, records: Sequence[Record], dialect: Mapping[str, Any], spoil: Sequence[str]
) -> None:
    names = [*records[0][0]] if records else ["site_id"]
    names = names[::-1] if dialect["reverse"] else names
    types = {name: "" if dialect["untyped"] else _type(name) for name in names}
    path.unlink(missing_ok=True)
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA application_id = 1196444487")
    base.execute("PRAGMA user_version = 10300")
    base.executescript(_TABLES)
    fields = ", ".join(f'"{name}" {types[name]}' for name in names)
    base.execute(f"CREATE TABLE sites (fid INTEGER PRIMARY KEY, geom GEOMETRY, {fields})")
    for values, shape in records:
        cells = [stored(name, values[name], dialect) for name in names]
        geometry = blob(shape, dialect["envelope"], dialect["big_endian"])
        marks = ", ".join("?" * (len(cells) + 1))
        base.execute(f"INSERT INTO sites VALUES (NULL, {marks})", [geometry, *cells])
    for statement in spoil:
        try:
            base.execute(statement)
        except sqlite3.Error:
            continue  # What an earlier statement took away.
    base.close()


def _type(name: str) -> str:
    return TYPES.get(kind_of(name), "DATE" if kind_of(name) == "date" else "TEXT")


_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,
  organization_coordsys_id INTEGER, definition TEXT, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84"]', '');
CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT,
  description TEXT, last_change DATETIME, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
  srs_id INTEGER);
INSERT INTO gpkg_contents VALUES ('sites', 'features', 'sites', '', '2026-11-28T00:00:00.000Z',
  NULL, NULL, NULL, NULL, 4326);
CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT,
  srs_id INTEGER, z TINYINT, m TINYINT);
INSERT INTO gpkg_geometry_columns VALUES ('sites', 'geom', 'GEOMETRY', 4326, 0, 0);
"""


# ------------------------------------------------------------------ reading


def read(path: Path) -> Layer | None:
    """The layer; None if it is refused."""
    try:
        return layer.read(path, SITES)
    except GxqError:
        return None


def has_issue(found: Layer) -> bool:
    return bool(found.issues or found.bad_cells or found.unknown_fields)


def same(one: Layer, other: Layer) -> None:
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.frame.drop(columns="geometry")),
        pd.DataFrame(other.frame.drop(columns="geometry")),
    )
    shapes = one.frame.geometry.to_numpy(), other.frame.geometry.to_numpy()
    assert list(shapely.is_missing(shapes[0])) == list(shapely.is_missing(shapes[1]))
    there = ~shapely.is_missing(shapes[0])
    assert shapely.equals_exact(shapes[0][there], shapes[1][there], tolerance=1e-9).all()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packages")


@settings(max_examples=EXAMPLES)
@given(contents(), DIALECTS)
def test_a_package_is_read_as_the_same_geojson(
    folder: Path, records: list[Record], dialect: Mapping[str, Any]
) -> None:
    (folder / "sites.geojson").write_text(as_geojson(records), "utf-8")
    write_package(folder / "sites.gpkg", records, dialect, ())
    plain, packed = read(folder / "sites.geojson"), read(folder / "sites.gpkg")
    assert plain is not None
    assert packed is not None
    if not has_issue(plain):
        assert not has_issue(packed)
    if not has_issue(packed) and not plain.issues:
        same(plain, packed)


@settings(max_examples=EXAMPLES)
@given(contents(), DIALECTS, st.lists(st.sampled_from(SPOILED), min_size=1, max_size=2))
def test_what_is_wrong_with_a_package_is_told_or_changes_nothing(
    folder: Path, records: list[Record], dialect: Mapping[str, Any], spoil: list[str]
) -> None:
    (folder / "sites.geojson").write_text(as_geojson(records), "utf-8")
    write_package(folder / "sites.gpkg", records, dialect, spoil)
    plain, packed = read(folder / "sites.geojson"), read(folder / "sites.gpkg")
    assert plain is not None
    # A few accented letters may be Chinese in GBK, about which a text file is asked.
    if packed is not None and not has_issue(packed) and not plain.issues:
        same(plain, packed)
