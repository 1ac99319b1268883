"""The export for QGIS: one GeoPackage, one project, and exactly what was edited comes back."""

import json
import sqlite3
import zipfile
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import fiona
import geopandas as gpd
import pyogrio
import pytest
import shapely

from gxq_geo import words
from gxq_geo.exchange import qgis
from gxq_geo.exchange.export import export
from gxq_geo.exchange.readers import geopackage
from gxq_geo.exchange.source import ReadOptions
from gxq_geo.schemas import schema
from gxq_geo.zone import Zone, open_zone
from tests.exchange.told import same_fields
from tests.formats.test_geopackage import sql
from tests.support.zones import tiny_zone


@pytest.fixture(scope="module")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Zone:
    return open_zone(tiny_zone(tmp_path_factory.mktemp("zone") / "layers"))


def written(zone: Zone, folder: Path, *, crs: str = "", audience: str = "internal") -> Path:
    path = folder / "zone.gpkg"
    export(zone, list(zone.layers), path, crs=crs, audience=audience).write()
    return path


@pytest.fixture(scope="module")
def package(zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(zone, tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def project(package: Path) -> Element:
    with zipfile.ZipFile(package.with_suffix(".qgz")) as archive:
        assert archive.namelist() == ["zone.qgs"]
        return fromstring(archive.read("zone.qgs"))


def test_the_same_zone_gives_the_same_bytes(zone: Zone, package: Path, tmp_path: Path) -> None:
    again = written(zone, tmp_path)
    for suffix in (".gpkg", ".qgz"):
        assert again.with_suffix(suffix).read_bytes() == package.with_suffix(suffix).read_bytes()


def test_every_field_of_every_layer_comes_back(zone: Zone, package: Path) -> None:
    tables = {table.name: table for table in geopackage.read(package, ReadOptions())}
    assert set(tables) == set(zone.layers)
    for name, table in tables.items():
        frame = zone.frame(name)
        dates = {
            key: [str(cell) if hasattr(cell, "isoformat") else cell for cell in cells]
            for key, cells in table.columns.items()
        }
        same_fields(frame, table.__class__(name, dates, table.geometries), schema().layers[name])
        if table.geometries is not None:
            shapes = gpd.GeoDataFrame(frame).geometry.to_numpy()
            assert shapely.equals(shapes, table.geometries).all(), name
        assert (table.losses, table.notes) == ((), ())


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4548", "EPSG:4527"])
def test_any_crs_comes_back_in_degrees(zone: Zone, tmp_path: Path, crs: str) -> None:
    path = written(zone, tmp_path, crs=crs)
    with fiona.open(path, layer="sites") as source:
        assert source.crs.to_epsg() == int(crs[5:])
    assert all(not changed(one) for one in qgis.returned(path) or ())
    sql(path, "DELETE FROM gpkg_metadata")
    assert qgis.returned(path) is None


def test_gdal_sees_types_names_and_domains(package: Path) -> None:
    info = pyogrio.read_info(package, layer="sites")
    types = dict(zip(info["fields"], info["ogr_types"], strict=True))
    subtypes = dict(zip(info["fields"], info["ogr_subtypes"], strict=True))
    assert (types["updated"], subtypes["published"], subtypes["sectors"]) == (
        "OFTDate", "OFSTBoolean", "OFSTJSON",
    )  # fmt: skip
    titles = dict(sql(package, "SELECT column_name, title FROM gpkg_data_columns"
                               " WHERE table_name = 'sites'"))  # fmt: skip
    assert titles["area_mu"] == "面积（亩）"
    domain = dict(sql(package, "SELECT value, description FROM gpkg_data_column_constraints"
                               " WHERE constraint_name = 'site_status'"))  # fmt: skip
    labels = {one: label["zh"] for one, label in schema().domains["site_status"].items()}
    assert domain == labels
    limits = sql(package, "SELECT min, max FROM gpkg_data_column_constraints"
                          " WHERE constraint_name = 'sites_green_pct'")  # fmt: skip
    assert limits == [(0, 100)]
    ((check,),) = sql(package, "PRAGMA integrity_check")
    assert check == "ok"


def layers_of(project: Element) -> dict[str, Element]:
    return {str(one.findtext("id")): one for one in project.iter("maplayer")}


def test_a_project_opens_on_the_package(zone: Zone, project: Element) -> None:
    layers = layers_of(project)
    # The carriers are points and polygons: two map layers on one table.
    assert len(layers) == len(zone.layers) + 1
    assert layers["gxq_layer_carriers_point"].findtext("datasource") == (
        "./zone.gpkg|layername=carriers|geometrytype=Point"
    )
    order = [one.get("id") for one in project.iter("layer") if one.get("id") in layers]
    spatial = [one for one in layers if layers[one].get("geometry") != "No geometry"]
    assert order == spatial
    assert order.index("gxq_layer_sites") < order.index("gxq_layer_zoning")
    assert project.findtext("projectCrs/spatialrefsys/authid") == "EPSG:4548"
    assert [one.get("name") for one in project.find("layer-tree-group") or ()] == [
        "招商", "底图", "表格",
    ]  # fmt: skip
    west, south, east, north = (
        float(str(project.findtext(f"mapcanvas/extent/{side}")))
        for side in ("xmin", "ymin", "xmax", "ymax")
    )
    assert shapely.box(west, south, east, north).contains(
        shapely.box(463_000, 3_919_000, 465_000, 3_920_000)
    )
    leaves = {one.get("name") for one in project.iter("layer-tree-layer")}
    assert {"地块", "园区", "载体（点）", "载体（面）"} <= leaves


def widget(layer: Element, name: str) -> tuple[str, dict[str, Any]]:
    for one in layer.iter("field"):
        edit = one.find("editWidget")
        if one.get("name") == name and edit is not None:
            options = {str(o.get("name")): o.get("value") for o in edit.iter("Option")}
            return str(edit.get("type")), options
    raise KeyError(name)


def test_forms_have_names_choices_and_limits(project: Element) -> None:
    sites = layers_of(project)["gxq_layer_sites"]
    aliases = {one.get("field"): one.get("name") for one in sites.iter("alias")}
    assert aliases["start_price_wan_per_mu"] == "起始价（万元/亩）"
    kind, options = widget(sites, "status")
    assert (kind, options["可供"]) == ("ValueMap", "available")
    kind, options = widget(sites, "sectors")
    assert (kind, options["AllowMulti"], options["Layer"]) == (
        "ValueRelation", "true", "gxq_layer_sectors",
    )  # fmt: skip
    assert [widget(sites, name)[0] for name in ("fid", "updated", "has_road", "far_max")] == [
        "Hidden", "DateTime", "CheckBox", "Range",
    ]  # fmt: skip
    parks = layers_of(project)["gxq_layer_parks"]
    assert widget(parks, "functions")[0] == "List"
    flags = {one.get("field"): one.get("constraints") for one in sites.find("constraints") or ()}
    assert (flags["site_id"], flags["name_zh"], flags["note_internal"]) == ("3", "5", "0")
    rules = {one.get("field"): one.get("exp") for one in sites.find("constraintExpressions") or ()}
    assert rules["far_min"] == (
        '"far_min" IS NULL OR ("far_min" >= 0 AND "far_min" <= 20'
        ' AND ("far_max" IS NULL OR "far_min" <= "far_max"))'
    )


def test_styles_have_the_colours_of_the_map(package: Path, project: Element) -> None:
    sites = layers_of(project)["gxq_layer_sites"]
    classes = {one.get("value"): one.get("symbol") for one in sites.iter("category")}
    assert set(classes) == {*schema().domains["site_status"], ""}
    symbols = {one.get("name"): one for one in sites.iter("symbol")}
    style = words.data("style")
    colour = bytes.fromhex(style["tokens"]["light"][style["status"]["available"]["fill"]][1:])
    (option,) = (
        one for one in symbols[classes["available"]].iter("Option") if one.get("name") == "color"
    )
    assert option.get("value") == f"{colour[0]},{colour[1]},{colour[2]},255"
    stored = dict(sql(package, "SELECT f_table_name, styleQML FROM layer_styles"))
    assert "carriers" not in stored  # It has two kinds of geometry, and a style is for one.
    root = fromstring(stored["sites"])
    assert [one.get("value") for one in root.iter("category")] == list(classes)


# ------------------------------------------------------------------ what was edited


def changed(one: Any) -> dict[str, Any]:
    """The differences between the records and those exported: fields by id, and geometries."""
    own = schema().layers[one.layer].id
    out: dict[str, Any] = {}
    for row, record in enumerate(one.rows):
        before = one.base.get(record[own])
        if before is None:
            out[record[own]] = "new"
        elif fields := {name for name in record if record[name] != before.get(name)}:
            out[record[own]] = fields
        if before is not None and one.shapes is not None and one.shapes[row] is not None:
            out.setdefault(record[own], set()).add("geometry")
    return out | dict.fromkeys(set(one.base) - {record[own] for record in one.rows}, "gone")


def test_exactly_what_was_edited_comes_back(zone: Zone, tmp_path: Path) -> None:
    path = written(zone, tmp_path)
    moved = shapely.affinity.translate(zone.sites.geometry[1], 0.001)
    data = (
        b"GP\x00\x01"
        + (4326).to_bytes(4, "little")
        + shapely.to_wkb(shapely.MultiPolygon([moved]), byte_order=1)
    )
    sql(
        path,
        "UPDATE sites SET sectors = '{equipment,materials}', area_mu = 31 WHERE site_id = 'D-1'",
        f"UPDATE sites SET geom = x'{data.hex()}' WHERE site_id = 'D-2'",
        "DELETE FROM sites WHERE site_id = 'D-3'",
        "INSERT INTO sites (site_id, geom) SELECT 'N-1', geom FROM sites WHERE site_id = 'X-1'",
        "UPDATE projects SET name_zh = '改名' WHERE rowid = 1",
        "UPDATE parks SET rank = 'x' WHERE park_id = 'xi'",
        # The same in other words, as a program may save it.
        "UPDATE sites SET sectors = '[ \"equipment\" ]' WHERE sectors = '[\"equipment\"]'",
    )
    returned = {one.layer: one for one in qgis.returned(path) or ()}
    edits = {name: changed(one) for name, one in returned.items() if changed(one)}
    first = zone.projects["project_id"][0]
    assert edits == {
        "sites": {"D-1": {"sectors", "area_mu"}, "D-2": {"geometry"}, "D-3": "gone", "N-1": "new"},
        "projects": {first: {"name_zh"}},
        "parks": {"xi": {"rank"}},
    }
    sites = returned["sites"]
    assert sites.shapes is not None
    (shape,) = (
        one
        for one, record in zip(sites.shapes, sites.rows, strict=True)
        if record["site_id"] == "D-2"
    )
    assert shape.geom_type == "Polygon"
    assert shape.equals(moved)
    assert [one["rank"] for one in returned["parks"].rows if one["park_id"] == "xi"] == ["x"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE gpkg_metadata SET metadata = 'x'",
        "UPDATE gpkg_metadata SET metadata = '{}'",
        "UPDATE gpkg_metadata SET md_standard_uri = 'other'",
        "DROP TABLE gpkg_metadata",
        "DROP TABLE gpkg_contents",
    ],
)
def test_without_its_base_it_is_a_file_like_any_other(
    zone: Zone, tmp_path: Path, statement: str
) -> None:
    path = written(zone, tmp_path)
    with closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()
    assert qgis.returned(path) is None


def test_a_public_export_has_nothing_internal(zone: Zone, tmp_path: Path) -> None:
    layers = [name for name, one in schema().layers.items() if one.audience == "public"]
    path = tmp_path / "public.gpkg"
    export(zone, layers, path).write()
    data = path.read_bytes() + path.with_suffix(".qgz").read_bytes()
    with zipfile.ZipFile(BytesIO(path.with_suffix(".qgz").read_bytes())) as archive:
        data += archive.read("public.qgs")
    assert b"note_internal" not in data
    (first, *_) = sql(path, "SELECT metadata FROM gpkg_metadata")
    assert json.loads(first[0])["audience"] == "public"
