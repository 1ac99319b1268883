"""What GDAL, QGIS and Python store in a GeoPackage, and layers that are changed in place."""

import json
import sqlite3
import struct
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import fiona
import geopandas as gpd
import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gxq_geo.checks import check, fix
from gxq_geo.formats.geopackage import blobs, crs, values
from gxq_geo.schemas import schema
from gxq_geo.words.errors import BadLayerError
from gxq_geo.zone import layer, open_zone
from gxq_geo.zone.layer import Layer
from tests.formats.test_geopackage import faults, package, sql
from tests.support.command import gxq
from tests.support.zones import tiny_zone

SITES, PARKS = schema().layers["sites"], schema().layers["parks"]
POINT = {"type": "Point", "coordinates": [116.6, 35.4]}
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


@pytest.fixture
def sites(folder: Path) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(open_zone(folder).sites)


def with_values(path: Path, **cells: object) -> Layer:
    """A layer of one site as another program stores it: each value with the type of its column."""
    kinds = {
        name: "int" if isinstance(cell, int) else "float" if isinstance(cell, float) else "str"
        for name, cell in cells.items()
    }
    return layer.read(package(path, POINT, kinds=kinds, values=cells), SITES)


# ------------------------------------------------------------------ values


@pytest.mark.parametrize(
    "text",
    [
        '["equipment","materials"]',
        '[ "equipment", "materials" ]',
        "(2:equipment,materials)",
        "{equipment,materials}",
        '{"equipment","materials"}',
        "['equipment' 'materials']",
        "['equipment', 'materials']",
        "equipment;materials",
        "equipment,materials",
        "equipment, materials",
    ],
)
def test_every_spelling_of_a_list(tmp_path: Path, text: str) -> None:
    read = with_values(tmp_path / "sites.gpkg", site_id="A", sectors=text)
    assert read.frame["sectors"][0] == ("equipment", "materials")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", ()),
        ("{}", ()),
        ("(0:)", ()),
        (None, ()),
        ("(2:a)", ("(2:a)",)),  # The number is wrong.
        ("{a", ("{a",)),
        ("[1,2]", ("[1,2]",)),
        ("研发，甲,乙", ("研发，甲,乙",)),  # A comma in a text that is no id.
    ],
)
def test_a_list_is_not_guessed(tmp_path: Path, text: str | None, expected: tuple[str, ...]) -> None:
    read = with_values(tmp_path / "sites.gpkg", site_id="A", sectors=text)
    assert read.frame["sectors"][0] == expected


def test_a_comma_separates_only_values_of_the_domain() -> None:
    functions = PARKS.fields["functions"]
    convert = values.meaning(functions, CHINA)
    assert convert is not None
    assert convert("investment,tax") == ["investment", "tax"]
    assert convert("investment,nothing") == ["investment,nothing"]
    texts = values.meaning(schema().layers["sectors"].fields["gbt4754"], CHINA)
    assert texts is not None
    assert texts("C34, C35") == ["C34, C35"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=4))
def test_a_list_comes_back(items: list[str]) -> None:
    for before in (None, "{a,b}"):
        text = values.stored(items, before)
        assert text is None or values.list_items(text) == items


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-02", "2026-01-02"),
        ("2026/1/2", "2026-01-02"),
        ("2026-01-02T00:00:00", "2026-01-02"),
        ("2026-01-02T00:00:00.000Z", "2026-01-02"),
        ("2026-01-01T16:00:00Z", "2026-01-02"),
        ("2026-01-01T16:00:00.000Z", "2026-01-02"),
        ("2026-01-01T15:59:59Z", "2026-01-01"),
        ("2026-01-01 20:30:00+00:00", "2026-01-02"),
        ("2026-01-02T00:00:00+08:00", "2026-01-02"),
    ],
)
def test_a_date_with_time_is_the_day_in_the_zone(tmp_path: Path, text: str, day: str) -> None:
    read = with_values(tmp_path / "sites.gpkg", site_id="A", updated=text)
    assert str(read.frame["updated"][0].date()) == day


def test_the_zone_has_its_time_zone(folder: Path) -> None:
    kinds = {"site_id": "str", "updated": "str"}
    cells = {"site_id": "A", "updated": "2026-01-01T15:30:00Z"}
    package(folder / "sites.gpkg", POINT, kinds=kinds, values=cells)
    (folder / "sites.geojson").unlink()
    settings = folder / "zone.toml"
    text = settings.read_text("utf-8")
    days = {}
    for zone in ("+08:00", "Asia/Tokyo", "-05:00"):
        settings.write_text(f'timezone = "{zone}"\n{text}', encoding="utf-8")
        days[zone] = str(open_zone(folder, partial=True).sites["updated"][0].date())
    assert days == {"+08:00": "2026-01-01", "Asia/Tokyo": "2026-01-02", "-05:00": "2026-01-01"}
    for wrong in ("8", "Asia/Nowhere", "+25:00", "../../etc/passwd"):
        settings.write_text(f'timezone = "{wrong}"\n{text}', encoding="utf-8")
        done = gxq("check", folder)
        assert (done.status, "timezone" in done.err) == (1, True)


def test_numbers_and_booleans_of_any_column(tmp_path: Path) -> None:
    read = with_values(
        tmp_path / "sites.gpkg",
        site_id="A",
        area_mu="12.5",
        term_years=50.0,
        supply_year="2027",
        has_road=1,
        has_gas=0.0,
        has_power="true",
        has_water_supply=7,
    )
    row = read.frame.iloc[0]
    assert (row["area_mu"], row["term_years"], row["supply_year"]) == (12.5, 50, 2027)
    assert (row["has_road"], row["has_gas"], row["has_power"]) == (True, False, True)
    assert {cell.field for cell in read.bad_cells} == {"has_water_supply"}


@pytest.mark.parametrize("name", ["fid", "ogc_fid"])
def test_the_number_of_a_row_is_no_field(tmp_path: Path, name: str) -> None:
    path = package(tmp_path / "sites.gpkg", POINT, kinds={"site_id": "str"})
    if name != "fid":
        sql(path, f"ALTER TABLE sites RENAME COLUMN fid TO {name}")
    assert layer.read(path, SITES).unknown_fields == ()


# ------------------------------------------------------------------ CRS


GK = (
    'PROJCS["local",GEOGCS["CGCS_2000",DATUM["D_2000",SPHEROID["S_2000",6378137,298.257222101]],'
    'PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",117],'
    'PARAMETER["scale_factor",1],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],'
    'UNIT["Meter",1]]'
)


def judged(code: int = 0, definition: str = "undefined") -> crs.Datum:
    organization = "EPSG" if code else "NONE"
    return crs.judge(crs.Declared(code or 100_000, "", organization, code, definition))[0]


@pytest.mark.parametrize(
    "code", [4326, 4490, 4480, 3857, 32650, *range(4491, 4555), *range(4513, 4534)]
)
def test_every_crs_of_cgcs2000_and_wgs84_is_known(code: int) -> None:
    assert judged(code) is crs.Datum.KNOWN


@pytest.mark.parametrize("code", [4214, 2436, 2415, 21460, 4610, 2384, 2363, 2345])
def test_old_datums_need_parameters(code: int) -> None:
    assert judged(code) is crs.Datum.LOCAL
    definition = pyproj.CRS.from_epsg(code).to_wkt("WKT1_GDAL")
    assert judged(0, definition) is crs.Datum.LOCAL


@pytest.mark.parametrize(
    ("code", "definition", "datum"),
    [
        (0, GK, crs.Datum.KNOWN),
        (4548, GK, crs.Datum.KNOWN),
        (4547, GK, crs.Datum.UNKNOWN),  # The code has another meridian than the definition.
        (4326, GK, crs.Datum.UNKNOWN),
        (4548, GK.replace("298.257222101", "298.3").replace("6378137", "6378245"), crs.Datum.LOCAL),
        (0, "undefined", crs.Datum.UNKNOWN),
        (0, "+proj=tmerc +lon_0=117 +ellps=GRS80 +nadgrids=/etc/passwd", crs.Datum.UNKNOWN),
        (999_999, "", crs.Datum.UNKNOWN),
        (27700, "", crs.Datum.UNKNOWN),
    ],
)
def test_a_crs_is_judged_by_its_definition(code: int, definition: str, datum: crs.Datum) -> None:
    assert judged(code, definition) is datum


@pytest.mark.parametrize("code", [4490, 4548, 4527, 4509, 3857, 32650])
def test_a_layer_in_its_own_crs_is_changed_in_place(
    tmp_path: Path, sites: gpd.GeoDataFrame, code: int
) -> None:
    path = tmp_path / "sites.gpkg"
    native = sites.assign(sectors=sites["sectors"].map(",".join)).to_crs(code)
    pyogrio.write_dataframe(native, path, layer="sites", driver="GPKG")
    sql(path, "CREATE TABLE notes (text)", "INSERT INTO notes VALUES ('mine')")
    read = layer.read(path, SITES)
    assert shapely.hausdorff_distance(
        read.frame.geometry.to_numpy(), sites.geometry.to_numpy()
    ).max() < (1e-9)
    before = path.read_bytes()
    frame = gpd.GeoDataFrame(read.frame)
    layer.write(frame, path, SITES)
    assert path.read_bytes() == before
    moved = frame.copy()
    moved.loc[0, "area_mu"] = 31.5
    moved.loc[1, "geometry"] = shapely.affinity.translate(moved.geometry[1], 0.001)
    old = dict(sql(path, "SELECT site_id, geom FROM sites"))
    layer.write(moved, path, SITES)
    new = dict(sql(path, "SELECT site_id, geom FROM sites"))
    assert [one for one in old if old[one] != new[one]] == [moved["site_id"][1]]
    assert sql(path, "SELECT text FROM notes") == [("mine",)]
    with fiona.open(path, layer="sites") as source:
        assert source.crs.to_epsg() == code
        box = shapely.box(*source.bounds)
        third = shapely.from_wkb(new[moved["site_id"][1]][40:])
        assert box.buffer(1e-6).contains(third)
        hits = [one["properties"]["site_id"] for one in source.filter(bbox=third.bounds)]
        assert moved["site_id"][1] in hits
    again = layer.read(path, SITES).frame.set_index("site_id")
    expected = moved.set_index("site_id").geometry
    apart = shapely.hausdorff_distance(
        again.geometry.to_numpy(), expected.loc[again.index].to_numpy()
    )
    assert apart.max() < 1e-9


# ------------------------------------------------------------------ records added and removed


def test_records_are_added_and_removed_in_place(tmp_path: Path, sites: gpd.GeoDataFrame) -> None:
    path = tmp_path / "sites.gpkg"
    layer.write(sites, path, SITES)
    sql(path, "ALTER TABLE sites ADD COLUMN mine TEXT", "UPDATE sites SET mine = 'x' || site_id")
    new = sites.iloc[[0]].assign(site_id="NEW", sectors=[("equipment",)])
    kept = sites.iloc[1:]
    after = gpd.GeoDataFrame(
        {name: [*kept[name], *new[name]] for name in sites.columns}, crs=sites.crs
    )
    layer.write(after, path, SITES)
    read = layer.read(path, SITES)
    assert read.frame["site_id"].tolist() == [*kept["site_id"], "NEW"]
    assert read.frame["sectors"].iloc[-1] == ("equipment",)
    assert read.frame.geometry.iloc[-1].equals(sites.geometry.iloc[0])
    mine = dict(sql(path, "SELECT site_id, mine FROM sites"))
    assert mine == {**{one: f"x{one}" for one in kept["site_id"]}, "NEW": None}
    counted = sql(path, "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = 'sites'")
    assert counted == [(len(after),)]
    boxes = "SELECT count(*) FROM rtree_sites_geom"
    assert sql(path, boxes) == [(len(after),)]
    assert len(pyogrio.read_dataframe(path, layer="sites")) == len(after)


def test_a_field_that_the_file_lacks_is_added(tmp_path: Path) -> None:
    path = package(tmp_path / "sites.gpkg", POINT, values={"site_id": "A"})
    frame = gpd.GeoDataFrame(layer.read(path, SITES).frame)
    frame["area_mu"] = [12.5]
    layer.write(frame, path, SITES)
    assert sql(path, "SELECT area_mu FROM sites") == [(12.5,)]
    names = {row[1] for row in sql(path, "PRAGMA table_info(sites)")}
    assert "far_min" not in names


def test_a_column_that_is_no_field_is_refused(tmp_path: Path, sites: gpd.GeoDataFrame) -> None:
    path = tmp_path / "sites.gpkg"
    layer.write(sites, path, SITES)
    with pytest.raises(BadLayerError) as caught:
        layer.write(sites.assign(mine=1), path, SITES)
    assert caught.value.slug == "unheld-columns"
    layer.write(sites.assign(mine=1), path, SITES, lossy=True)


def test_without_different_ids_a_file_is_written_anew_or_not_at_all(
    tmp_path: Path, sites: gpd.GeoDataFrame
) -> None:
    path = package(tmp_path / "sites.gpkg", POINT, POINT, values={"site_id": "A"})
    sql(path, "ALTER TABLE sites ADD COLUMN mine TEXT", "UPDATE sites SET mine = 'x'")
    with pytest.raises(BadLayerError) as caught:
        layer.write(layer.read(path, SITES).frame, path, SITES)
    assert caught.value.slug == "would-lose"
    layer.write(sites, path, SITES, lossy=True)
    assert len(layer.read(path, SITES).frame) == len(sites)


# ------------------------------------------------------------------ fix and fmt


def saved_in_qgis(folder: Path) -> Path:
    """The sites as a file of QGIS with a style, in metres, with mistakes that fix repairs."""
    frame = gpd.GeoDataFrame(open_zone(folder).sites)
    path = folder / "sites.gpkg"
    counted = frame["sectors"].map(lambda one: f"({len(one)}:{','.join(one)})")
    native = frame.assign(sectors=counted)
    pyogrio.write_dataframe(native.to_crs(4548), path, layer="sites", driver="GPKG")
    (folder / "sites.geojson").unlink()
    sql(
        path,
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, styleQML TEXT)",
        "INSERT INTO layer_styles VALUES (1, '<qgis/>')",
        "UPDATE sites SET status = '可供', name_zh = ' 甲 ' WHERE site_id = 'D-1'",
    )
    return path


def test_fix_and_fmt_change_values_in_place(folder: Path) -> None:
    path = saved_in_qgis(folder)
    triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    kept = [sql(path, triggers), sql(path, "SELECT * FROM rtree_sites_geom")]
    shapes = sql(path, "SELECT site_id, geom FROM sites")
    done = gxq("fix", folder, "--lang", "en")
    assert (done.status, '"可供" → "available"' in done.out) == (1, True)
    assert "sites.gpkg" in done.out
    assert gxq("fix", folder, "--apply").status == 0
    assert sql(path, "SELECT status, name_zh FROM sites WHERE site_id = 'D-1'") == [
        ("available", "甲")
    ]
    assert sql(path, "SELECT sectors FROM sites WHERE site_id = 'X-1'")[0][0][0] == "["
    assert [sql(path, triggers), sql(path, "SELECT * FROM rtree_sites_geom")] == kept
    assert sql(path, "SELECT site_id, geom FROM sites") == shapes
    assert sql(path, "SELECT styleQML FROM layer_styles") == [("<qgis/>",)]
    assert check(open_zone(folder)).ok
    again = path.read_bytes()
    for command in (["fix"], ["fix", "--apply"], ["fmt"], ["fmt", "--check"]):
        assert gxq(*command, folder).status == 0
    assert path.read_bytes() == again
    assert len(pyogrio.read_dataframe(path, layer="sites")) == 5


def test_fmt_writes_lists_and_dates_as_qgis_reads_them(tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path / "layers")
    path = saved_in_qgis(folder)
    sql(path, "UPDATE sites SET sectors = '{equipment,materials}' WHERE site_id = 'D-1'")
    sql(path, "UPDATE sites SET sectors = '(2:equipment,materials)' WHERE site_id = 'D-2'")
    sql(path, "UPDATE sites SET sectors = '[''equipment'' ''materials'']' WHERE site_id = 'D-3'")
    sql(path, "ALTER TABLE sites DROP COLUMN updated", "ALTER TABLE sites ADD COLUMN updated TEXT")
    sql(path, "UPDATE sites SET updated = '2026/1/2'")
    assert gxq("fmt", "--check", folder).status == 1
    assert gxq("fmt", folder).status == 0
    stored = dict(sql(path, "SELECT site_id, sectors FROM sites"))
    assert stored["D-1"] == "{equipment,materials}"
    assert stored["D-2"] == stored["D-3"] == '["equipment","materials"]'
    assert set(sql(path, "SELECT updated FROM sites")) == {("2026-01-02",)}
    assert sql(path, "SELECT status FROM sites WHERE site_id = 'D-1'") == [("可供",)]


@pytest.mark.parametrize("command", [["fix", "--apply"], ["fmt"]])
def test_a_file_that_qgis_has_open_is_not_changed(folder: Path, command: list[str]) -> None:
    path = saved_in_qgis(folder)
    before = path.read_bytes()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN")
        database.execute("SELECT * FROM sites").fetchone()
        done = gxq(*command, folder, "--lang", "en")
        database.rollback()
    assert "open in another program" in done.err
    assert path.read_bytes() == before


def test_no_trigger_of_a_file_runs_when_it_is_changed(folder: Path) -> None:
    path = saved_in_qgis(folder)
    sql(
        path,
        "CREATE TABLE heard (x)",
        "CREATE TRIGGER evil AFTER UPDATE ON sites BEGIN INSERT INTO heard VALUES (1);"
        " DELETE FROM sites; END",
    )
    assert gxq("fix", folder, "--apply").status == 0
    assert sql(path, "SELECT count(*) FROM heard") == [(0,)]
    assert sql(path, "SELECT count(*) FROM sites") == [(5,)]
    assert sql(path, "SELECT name FROM sqlite_master WHERE name = 'evil'") == [("evil",)]


def test_a_change_that_the_file_does_not_allow_is_an_error(folder: Path) -> None:
    path = package(
        folder / "sites.gpkg", POINT, kinds={"site_id": "str", "status": "str"},
        values={"site_id": "A", "status": "可供"},
    )  # fmt: skip
    (folder / "sites.geojson").unlink()
    sql(
        path,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, '\"status\" TEXT',"
        " '\"status\" TEXT CHECK (status = ''可供'')') WHERE name = 'sites'",
    )
    before = path.read_bytes()
    done = gxq("fix", folder, "--apply", "--lang", "en")
    assert (done.status, "CHECK" in done.err) == (2, True)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("BOOLEAN", "是", 1),
        ("TEXT", "是", "true"),
        ("DATE", "2026年1月2日", "2026-01-02"),
        ("DATETIME", "2026年1月2日", "2026-01-02T00:00:00.000Z"),
    ],
)
def test_a_repaired_value_has_the_type_of_its_column(
    folder: Path, kind: str, value: str, stored: object
) -> None:
    path = package(folder / "sites.gpkg", POINT, values={"site_id": "A"})
    (folder / "sites.geojson").unlink()
    name = "updated" if kind.startswith("DATE") else "has_road"
    sql(path, f"ALTER TABLE sites ADD COLUMN {name} {kind}", f"UPDATE sites SET {name} = '{value}'")
    (plan,) = fix.plan({path: SITES}).plans
    plan.apply()
    assert sql(path, f"SELECT {name} FROM sites") == [(stored,)]


# ------------------------------------------------------------------ geometries


def blob(wkb: bytes, flags: int = 1, srs: int = 4326, envelope: bytes = b"") -> bytes:
    return b"GP\x00" + bytes([flags]) + struct.pack("<i", srs) + envelope + wkb


SQUARE = shapely.box(0, 0, 1, 1)
LINE = shapely.LineString([(0, 0), (1, 1)])


@pytest.mark.parametrize("kind", ["iso", "extended"])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize(
    "shape",
    [
        shapely.Point(1, 2),
        LINE,
        SQUARE,
        SQUARE.difference(shapely.box(0.2, 0.2, 0.4, 0.4)),
        shapely.MultiPoint([(0, 0), (1, 1)]),
        shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3)]]),
        shapely.MultiPolygon([SQUARE, shapely.box(2, 2, 3, 3)]),
        shapely.GeometryCollection([shapely.Point(1, 2), SQUARE]),
    ],
)
@pytest.mark.parametrize("height", [False, True])
def test_every_geometry_and_byte_order(shape: Any, order: int, kind: Any, height: bool) -> None:
    given = shapely.force_3d(shape, 7.0) if height else shape
    wkb = shapely.to_wkb(given, byte_order=order, flavor=kind, output_dimension=3)
    decoded = blobs.decode([blob(wkb), None], 4326)
    assert decoded.shapes[0].normalize().equals(shape.normalize())
    assert not decoded.shapes[0].has_z
    assert (decoded.shapes[1], decoded.faults) == (None, ())
    assert decoded.heights == ((0,) if height else ())


@pytest.mark.parametrize(("code", "size"), [(1, 32), (2, 48), (3, 48), (4, 64)])
def test_every_envelope(code: int, size: int) -> None:
    head = blob(shapely.to_wkb(SQUARE), 1 | code << 1, envelope=bytes(size))
    assert blobs.decode([head], 4326).shapes[0].equals(SQUARE)


def ring(*places: tuple[float, float]) -> bytes:
    body = b"".join(struct.pack("<2d", *place) for place in places)
    return struct.pack("<BII", 1, 3, 1) + struct.pack("<I", len(places)) + body


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "gpkg-geometry"),
        (b"GP", "gpkg-geometry"),
        ("text", "gpkg-geometry"),
        (7, "gpkg-geometry"),
        (b"XX" + blob(shapely.to_wkb(SQUARE))[2:], "gpkg-geometry"),
        (blob(shapely.to_wkb(SQUARE)[:-3]), "gpkg-geometry"),
        (blob(shapely.to_wkb(SQUARE), 1 | 7 << 1), "gpkg-geometry"),
        (blob(shapely.to_wkb(SQUARE), 1 | 32), "gpkg-geometry"),
        (blob(b"\x01" + struct.pack("<I", 99)), "gpkg-geometry"),
        (blob(b"\x01" + struct.pack("<II", 3, 2**31)), "gpkg-geometry"),
        (blob(b"\x01" + struct.pack("<II", 7, 1) * 5000), "gpkg-geometry"),
        (blob(shapely.to_wkb(SQUARE), srs=4548), "gpkg-srs"),
        (blob(ring((0, 0), (1, 0), (1, 1), (0, 1))), "ring-open"),
        (blob(ring((0, 0), (1, 0), (0, 0))), "too-few-positions"),
        (blob(ring((0, 0), (np.inf, 0), (1, 1), (0, 0))), "geometry-coordinates"),
        (blob(shapely.to_wkb(shapely.Polygon())), "too-few-positions"),
        (blob(struct.pack("<BII", 1, 2, 1) + struct.pack("<2d", 0, 0)), "too-few-positions"),
        (blob(struct.pack("<BI2d", 1, 1, np.nan, np.nan)), "geometry-coordinates"),
        (blob(b"\x01" + struct.pack("<II", 8, 0)), "geometry-type"),  # CircularString
        (blob(b"\x01" + struct.pack("<II", 12, 0)), "geometry-type"),  # MultiSurface
        (blob(b"\x01" + struct.pack("<II", 1016, 0)), "geometry-type"),  # TIN Z
    ],
)
def test_a_damaged_geometry_is_an_issue_of_its_record(data: Any, rule: str) -> None:
    good = blob(shapely.to_wkb(SQUARE))
    decoded = blobs.decode([good, data, good], 4326)
    assert [(row, fault.rule) for row, fault in decoded.faults] == [(1, rule)]
    assert [shape is None for shape in decoded.shapes] == [False, True, False]


@given(st.binary(max_size=60), st.integers(0, 100))
def test_no_bytes_break_the_decoder(noise: bytes, at: int) -> None:
    whole = blob(shapely.to_wkb(SQUARE))
    for data in (noise, whole[:at] + noise + whole[at:], whole[:8] + noise):
        decoded = blobs.decode([data], 4326)
        assert (decoded.shapes[0] is None) == bool(decoded.faults)


def test_a_geometry_states_no_crs_or_that_of_its_layer() -> None:
    wkb = shapely.to_wkb(SQUARE)
    assert blobs.decode([blob(wkb, srs=srs) for srs in (4326, 0, -1)], 4326).faults == ()


def test_what_is_encoded_is_read_by_gdal(tmp_path: Path, sites: gpd.GeoDataFrame) -> None:
    path = tmp_path / "sites.gpkg"
    layer.write(sites, path, SITES)
    for read in (
        pyogrio.read_dataframe(path, layer="sites"),
        gpd.read_file(path, layer="sites", engine="fiona"),
    ):
        assert read.geometry.tolist() == sites.geometry.tolist()
        assert [*map(str, read["area_mu"])] == [*map(str, sites["area_mu"])]
        assert set(read["published"]) == {True}
        lists = [json.loads(one) if one else [] for one in read["sectors"]]
        assert [tuple(one) for one in lists] == sites["sectors"].tolist()
        assert [str(one)[:10] for one in read["updated"]] == [
            str(one)[:10] for one in sites["updated"]
        ]
    with fiona.open(path) as source:
        hits = list(source.filter(bbox=sites.geometry[0].bounds))
    assert len(hits) < len(sites)


# ------------------------------------------------------------------ encodings and SQL of the file


def test_texts_in_gbk_are_said_to_be(tmp_path: Path) -> None:
    path = package(tmp_path / "sites.gpkg", POINT, POINT, kinds={"site_id": "str"})
    sql(path, "UPDATE sites SET site_id = CAST(x'B5D8BFE9' AS TEXT)")
    (issue,) = layer.read(path, SITES).issues
    assert (issue.rule, issue.value) == ("gpkg-encoding", "地块")
    assert (issue.params["column"], issue.params["count"]) == ("site_id", 2)


def generated(path: Path) -> None:
    sql(path, "ALTER TABLE sites ADD COLUMN bomb AS (hex(zeroblob(1000000000)))")


def unknown_srs(path: Path) -> None:
    sql(path, "UPDATE gpkg_geometry_columns SET srs_id = 77")


def odd_srs(path: Path) -> None:
    sql(path, "UPDATE gpkg_geometry_columns SET srs_id = 'x'")


def view_of_contents(path: Path) -> None:
    sql(
        path,
        "ALTER TABLE gpkg_contents RENAME TO own",
        "CREATE VIEW gpkg_contents AS SELECT * FROM own",
    )


EDITS: Mapping[str, tuple[Callable[[Path], None], str]] = {
    "generated": (generated, "gpkg-view"),
    "unknown": (unknown_srs, "crs-foreign"),
    "odd": (odd_srs, "crs-foreign"),
    "view": (view_of_contents, "not-gpkg"),
}


@pytest.mark.parametrize("name", EDITS)
def test_no_sql_of_the_file_runs(tmp_path: Path, name: str) -> None:
    path = package(tmp_path / "sites.gpkg", POINT)
    edit, rule = EDITS[name]
    edit(path)
    assert faults(path) == [rule]


def test_a_file_in_wal_mode_is_read(tmp_path: Path) -> None:
    path = package(tmp_path / "sites.gpkg", POINT, values={"site_id": "A"})
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
    assert path.read_bytes()[18:20] == b"\x02\x02"
    assert layer.read(path, SITES).frame["site_id"].tolist() == ["A"]


def test_what_is_only_in_the_log_is_read(tmp_path: Path) -> None:
    path = package(tmp_path / "sites.gpkg", POINT, values={"site_id": "A"})
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'sites'"
        ).fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE sites SET site_id = 'B'")
        database.commit()
        assert layer.read(path, SITES).frame["site_id"].tolist() == ["B"]


def test_a_package_that_cannot_be_read_cannot_be_formatted(tmp_path: Path) -> None:
    path = tmp_path / "sites.gpkg"
    path.write_bytes(b"SQLite format 3\x00")
    with pytest.raises(BadLayerError):
        layer.formatted(path, SITES)
    assert [error.slug for error in fix.plan({path: SITES}).errors] == ["unformattable"]
