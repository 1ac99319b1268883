"""Files of the drivers of GDAL, as QGIS, ArcGIS and MapInfo write them, and JSON by hand."""

import json
import sqlite3
import warnings
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import fiona
import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from coord_convert import transform

from tests.support.foreign.parcels import (
    HEADINGS,
    ROWS,
    SHAPES,
    UNKNOWN_COLUMN,
    VALUES,
    Given,
    Refused,
    asked,
    frame,
    with_heights,
)

Write = Callable[[Path], Path]

# CGCS2000 in zones of three and six degrees, with and without the number of the zone, and others.
USABLE = (4527, 4548, 4549, 4508, 4490, 4480, 4479, 3857, 32650, 4326)
OLD = (2384, 2436, 4610)
# Parameters of no place, for what they change: without any the plan would be refused.
SHIFT = "10,20,30"


def by_gdal(
    name: str, driver: str, *, make: Callable[[], gpd.GeoDataFrame] = frame, **options: Any
) -> Write:
    """Write the parcels by a driver of GDAL."""

    def write(folder: Path) -> Path:
        path = folder / name
        with warnings.catch_warnings(action="ignore"):  # What a driver cannot hold.
            pyogrio.write_dataframe(make(), path, driver=driver, **options)
        return path

    return write


def in_crs(name: str, driver: str, code: int, **options: Any) -> Write:
    """Write the parcels in a CRS."""
    return by_gdal(name, driver, make=lambda: frame(code), **options)


def renamed(write: Write, name: str) -> Write:
    """Write a file, and give it another name."""
    return lambda folder: write(folder).rename(folder / name)


def in_capitals(write: Write) -> Write:
    """Write a file, and all suffixes in capitals."""

    def renaming(folder: Path) -> Path:
        path = write(folder)
        for part in list(folder.iterdir()):
            part.rename(part.with_suffix(part.suffix.upper()))
        return path.with_suffix(path.suffix.upper())

    return renaming


def by_fiona(name: str, driver: str, crs: str = "EPSG:4490", **options: Any) -> Write:
    """Write the parcels by fiona, which has a GDAL of its own."""

    def write(folder: Path) -> Path:
        path = folder / name
        kinds = {h: "float" if h == "面积" else "str" for h in HEADINGS}
        schema = {"geometry": "Polygon", "properties": kinds}
        shapes = frame(crs).geometry
        with fiona.open(path, "w", driver=driver, crs=crs, schema=schema, **options) as out:
            for row, shape in zip(ROWS, shapes, strict=True):
                properties = dict(zip(HEADINGS, row, strict=True))
                geometry = shapely.geometry.mapping(shape)
                out.write({"type": "Feature", "geometry": geometry, "properties": properties})
        return path

    return write


def zipped(
    write: Write, name: str, *, inner: str = "", also: Mapping[str, bytes] | None = None
) -> Write:
    """Pack what another writes, with everything beside it, into an archive."""

    def pack(folder: Path) -> Path:
        source = folder / "packed"
        source.mkdir()
        write(source)
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(source.rglob("*")):
                if path.is_file():
                    archive.write(path, f"{inner}{path.relative_to(source)}")
            for other, data in (also or {}).items():
                archive.writestr(other, data)
        return folder / name

    return pack


# ------------------------------------------------------------------ what a column may hold


def _strange() -> gpd.GeoDataFrame:
    """Columns of every type that GDAL has."""
    return frame(
        调查日期=[date(2026, 1, 5), None, date(2026, 2, 28)],
        录入时间=[datetime(2026, 1, 5, 12, 30), None, datetime(2026, 1, 6)],
        是否通电=[True, False, True],
        整数=np.array([1, 2, 3], dtype="int64"),
        大整数=np.array([2**53 + 1, 2, 3], dtype="int64"),
        小数=[0.1, float("nan"), -1.5],
    )


STRANGE = ("调查日期", "录入时间", "是否通电", "整数", "大整数", "小数")


def _heights() -> gpd.GeoDataFrame:
    return frame().set_geometry(gpd.GeoSeries(with_heights(SHAPES), crs="EPSG:4490"))


def _without_one() -> gpd.GeoDataFrame:
    made = frame()
    made.loc[0, made.geometry.name] = None
    return made


def _empty() -> gpd.GeoDataFrame:
    return frame().iloc[:0]


def _multi() -> gpd.GeoDataFrame:
    made = frame()
    return made.set_geometry([shapely.MultiPolygon([shape]) for shape in SHAPES], crs=made.crs)


def _mixed() -> gpd.GeoDataFrame:
    made = frame()
    shapes = [SHAPES[0], SHAPES[1].centroid, SHAPES[2].exterior]
    return made.set_geometry(shapes, crs=made.crs)


def _long() -> gpd.GeoDataFrame:
    return frame(**{"说" * 85: ["甲", "乙", "丙"], "说明": ["文" * 30_000, "b" * 70_000, None]})


def _shifted(datum: str) -> gpd.GeoDataFrame:
    """The parcels in the datum of a Chinese web map."""
    turn = {"gcj": transform.wgs2gcj, "bd": transform.wgs2bd}[datum]

    def moved(positions: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.array([turn(lon, lat) for lon, lat in positions])

    return frame().set_geometry([shapely.transform(s, moved) for s in SHAPES], crs="EPSG:4326")


# ------------------------------------------------------------------ JSON by hand


def features(**more: Any) -> dict[str, Any]:
    """The parcels as a FeatureCollection."""
    return {
        "type": "FeatureCollection",
        **more,
        "features": [
            {
                "type": "Feature",
                "properties": dict(zip(HEADINGS, row, strict=True)),
                "geometry": shapely.geometry.mapping(shape),
            }
            for row, shape in zip(ROWS, SHAPES, strict=True)
        ],
    }


def as_json(name: str, value: Any, encoding: str = "utf-8", **options: Any) -> Write:
    """Write a value as JSON."""

    def write(folder: Path) -> Path:
        text = json.dumps(value, ensure_ascii=False, **options)
        (folder / name).write_bytes(text.encode(encoding))
        return folder / name

    return write


def as_text(name: str, text: str, encoding: str = "utf-8") -> Write:
    """Write a text."""

    def write(folder: Path) -> Path:
        (folder / name).write_bytes(text.encode(encoding))
        return folder / name

    return write


def esri(code: int = 4490, **more: Any) -> dict[str, Any]:
    """The parcels as an Esri feature set, as ArcGIS Server answers."""
    shapes = frame(code).geometry
    return {
        "displayFieldName": "名称",
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": code, "latestWkid": code},
        "fields": [{"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": "OBJECTID"}]
        + [
            {"name": f"F{at}", "type": "esriFieldTypeString", "alias": h}
            for at, h in enumerate(HEADINGS)
        ],
        "features": [
            {
                "attributes": {"OBJECTID": n, **{f"F{at}": v for at, v in enumerate(row)}},
                "geometry": {"rings": [[list(p) for p in reversed(shape.exterior.coords)]]},
            }
            for n, (row, shape) in enumerate(zip(ROWS, shapes, strict=True))
        ],
        **more,
    }


def _lines() -> str:
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in features()["features"])


def _with(index: int, **members: Any) -> dict[str, Any]:
    """The FeatureCollection with members of one feature replaced."""
    made = features()
    made["features"][index] |= members
    return made


def _turned() -> dict[str, Any]:
    """Latitude before longitude, as some programs write."""
    made = features()
    for one, shape in zip(made["features"], SHAPES, strict=True):
        turned = shapely.transform(shape, lambda positions: positions[:, ::-1])
        one["geometry"] = shapely.geometry.mapping(turned)
    return made


def _projected(code: int, *, north_first: bool = False) -> dict[str, Any]:
    """Plane coordinates without a word on the CRS."""
    made = features()
    for one, shape in zip(made["features"], frame(code).geometry, strict=True):
        moved = shapely.transform(shape, lambda p: p[:, ::-1] if north_first else p)
        one["geometry"] = shapely.geometry.mapping(moved)
    return made


_URN = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
_NAMELESS_CRS = {"type": "name", "properties": {"name": "EPSG:99999"}}


def _with_view(folder: Path) -> Path:
    path = by_gdal("视图.gpkg", "GPKG", layer="地块")(folder)
    with sqlite3.connect(path) as db:
        db.execute('CREATE VIEW 统计 AS SELECT * FROM "地块"')
        db.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier)"
            " VALUES ('统计', 'attributes', '统计')"
        )
    db.close()
    return path


def _two_layers(folder: Path) -> Path:
    path = folder / "两层.gpkg"
    pyogrio.write_dataframe(frame(), path, layer="地块")
    made = gpd.GeoDataFrame(
        {"道路编号": ["L-1"], "名称": ["示例路"]},
        geometry=[shapely.LineString([(116.6, 35.4), (116.6, 35.41)])],
        crs="EPSG:4490",
    )
    pyogrio.write_dataframe(made, path, layer="其他图形", append=True)
    return path


def _gpkg(name: str, **known: Any) -> Given:
    return Given(by_gdal(name, "GPKG", layer="地块"), **known)


def _in_old(code: int) -> Write:
    """In an old datum: a hundred metres from where PROJ puts it without parameters."""

    def make() -> gpd.GeoDataFrame:
        made = frame(code)
        by = (80.0, 60.0) if made.crs.is_projected else (9e-4, 6e-4)
        return made.set_geometry(made.translate(*by))

    return by_gdal("a.gpkg", "GPKG", make=make)


# GDAL replaces the bytes of Hanzi in the names of fields of MapInfo.
LATIN = ("site_id", "name_zh", "park_id", "status", "area_mu", "address_zh", "progress")


def _mapinfo(name: str, code: int = 4490, encoding: str = "CP936") -> Write:
    def make() -> gpd.GeoDataFrame:
        return frame(code).rename(columns=dict(zip(HEADINGS, LATIN, strict=True)))

    return by_gdal(name, "MapInfo File", make=make, encoding=encoding)


def _lost(*kinds: str) -> frozenset[str]:
    return UNKNOWN_COLUMN | set(kinds)


_ESRI: dict[str, Any] = {
    "columns": (*HEADINGS, "OBJECTID"),
    "losses": _lost("sheets.loss.leftover-column"),
}
_MORE: dict[str, Any] = {"columns": (*HEADINGS, *STRANGE)}
_HEIGHT: dict[str, Any] = {"losses": frozenset({"loss.unknown-column", "vector.loss.heights"})}

CASES: dict[str, Given | Refused] = {
    # GeoPackage
    "gpkg": _gpkg("地块.gpkg"),
    "gpkg in capitals": _gpkg("地块.GPKG"),
    "gpkg named db": Given(renamed(by_gdal("a.gpkg", "GPKG"), "地块.db")),
    "gpkg named shp": Given(renamed(by_gdal("a.gpkg", "GPKG"), "地块.shp")),
    "gpkg 1.4 by fiona": Given(by_fiona("地块.gpkg", "GPKG")),
    **{
        f"gpkg in {code}": Given(in_crs("地块.gpkg", "GPKG", code))
        for code in USABLE
        if code != 4479
    },
    **{f"gpkg in old {code}": asked(_in_old(code), "crs.params") for code in OLD},
    "gpkg in old 2436, stated": Given(_in_old(2436), options=("--params", SHIFT), moved_m=None),
    "gpkg of every type": Given(by_gdal("地块.gpkg", "GPKG", make=_strange), **_MORE),
    "gpkg with heights": Given(
        by_gdal("地块.gpkg", "GPKG", make=_heights),
        losses=frozenset({"loss.unknown-column", "geopackage.loss.height"}),
    ),
    "gpkg without one geometry": Given(by_gdal("地块.gpkg", "GPKG", make=_without_one)),
    "gpkg without records": Given(
        by_gdal("地块.gpkg", "GPKG", make=_empty, geometry_type="Polygon"), records=0, values={}
    ),
    "gpkg of multipolygons": Given(by_gdal("地块.gpkg", "GPKG", make=_multi)),
    "gpkg of mixed types": asked(
        by_gdal("甲.gpkg", "GPKG", make=_mixed, geometry_type="Unknown"),
        "question.layer",
        losses=frozenset(),
    ),
    "gpkg with long names and texts": Given(
        by_gdal("地块.gpkg", "GPKG", make=_long), columns=(*HEADINGS, "说" * 85, "说明")
    ),
    "gpkg with a view": Given(_with_view, losses=_lost("geopackage.loss.view")),
    "gpkg of two layers": Given(
        _two_layers, records=4, columns=(*HEADINGS, "道路编号"), moved_m=None
    ),
    "gpkg in GCJ-02": asked(by_gdal("a.gpkg", "GPKG", make=lambda: _shifted("gcj")), "crs.shifted"),
    # GeoJSON and other JSON
    "geojson by GDAL": Given(by_gdal("地块.geojson", "GeoJSON")),
    "geojson by RFC": Given(by_gdal("地块.json", "GeoJSON", layer_options={"RFC7946": "YES"})),
    "geojson by fiona": Given(by_fiona("地块.geojson", "GeoJSON")),
    "geojson named txt": Given(renamed(by_gdal("a.geojson", "GeoJSON"), "地块.txt")),
    "geojson of every type": Given(by_gdal("地块.geojson", "GeoJSON", make=_strange), **_MORE),
    "geojson lines": Given(by_gdal("地块.geojsonl", "GeoJSONSeq")),
    "geojson text sequence": Given(
        by_gdal("地块.geojsons", "GeoJSONSeq", layer_options={"RS": "YES"})
    ),
    "geojson lines by hand": Given(as_text("地块.ndjson", _lines())),
    **{
        f"geojson in {code}": Given(
            in_crs("地块.geojson", "GeoJSON", code, layer_options={"RFC7946": "NO"})
        )
        for code in (4527, 4549, 4508, 3857)
    },
    "geojson in GBK": Given(as_json("地块.geojson", features(), "gb18030")),
    "geojson in UTF-16": Given(as_json("地块.geojson", features(), "utf-16")),
    "geojson with a mark": Given(as_json("地块.geojson", features(), "utf-8-sig")),
    "geojson in one feature": Given(
        as_json("地块.geojson", features()["features"][0]),
        records=1,
        values={key: value for key, value in VALUES.items() if key[0] == "D-1"},
    ),
    "geojson as an array": Given(as_json("地块.json", features()["features"])),
    "geojson with NaN": Given(
        as_json(
            "地块.geojson",
            _with(2, properties={**features()["features"][2]["properties"], "面积": float("nan")}),
        ),
        status=1,
        losses=frozenset({"loss.unknown-column", "json.loss.not-a-number"}),
    ),
    "geojson with a list": Given(
        as_json(
            "地块.geojson",
            _with(
                0,
                properties={
                    **features()["features"][0]["properties"],
                    "适合产业": ["equipment", "materials"],
                },
            ),
        ),
        columns=(*HEADINGS, "适合产业"),
        losses=_lost("loss.empty-cell"),
    ),
    "geojson with nested values": Given(
        as_json(
            "地块.geojson",
            _with(0, properties={**features()["features"][0]["properties"], "附件": {"a": [1]}}),
        ),
        columns=(*HEADINGS, "附件"),
    ),
    "geojson without properties": Given(
        as_json("地块.geojson", _with(0, properties=None)),
        values={key: value for key, value in VALUES.items() if key[0] != "D-1"},
        losses=_lost("loss.empty-cell"),
    ),
    "geojson with an open ring": Given(
        as_json(
            "地块.geojson",
            _with(
                0,
                geometry={
                    "type": "Polygon",
                    "coordinates": [[*map(list, list(SHAPES[0].exterior.coords)[:-1])]],
                },
            ),
        ),
        losses=frozenset({"loss.unknown-column", "json.loss.geometry-open"}),
    ),
    "geojson with a URN": Given(as_json("地块.geojson", features(crs=_URN))),
    "geojson with an unknown CRS": Given(as_json("地块.geojson", features(crs=_NAMELESS_CRS))),
    "geojson, latitude first": Given(as_json("地块.geojson", _turned())),
    "geojson of plane coordinates, north first": Given(
        as_json("地块.geojson", _projected(4548, north_first=True))
    ),
    "geojson of plane coordinates with prefix": Given(as_json("地块.geojson", _projected(4527))),
    "geojson of plane coordinates": Given(as_json("地块.geojson", _projected(4548))),
    "geojson in GCJ-02": asked(
        by_gdal("地块.geojson", "GeoJSON", make=lambda: _shifted("gcj")), "crs.shifted"
    ),
    "geojson in BD-09": asked(
        by_gdal("地块.geojson", "GeoJSON", make=lambda: _shifted("bd")), "crs.contradicted"
    ),
    "geojson in GCJ-02, stated": Given(
        by_gdal("地块.geojson", "GeoJSON", make=lambda: _shifted("gcj")),
        options=("--crs", "GCJ-02"),
        moved_m=0.5,
    ),
    "geojson in BD-09, stated": Given(
        by_gdal("地块.geojson", "GeoJSON", make=lambda: _shifted("bd")),
        options=("--crs", "BD-09"),
        moved_m=1.0,
    ),
    "geojson without features": Given(
        as_json("地块.geojson", {"type": "FeatureCollection", "features": []}),
        records=0,
        columns=(),
        values={},
        losses=frozenset(),
    ),
    "json without features": Refused(as_json("地块.json", {"a": 1}), "json-no-features"),
    "topojson": Refused(as_json("地块.json", {"type": "Topology", "objects": {}}), "json-topology"),
    "half a geojson": Refused(
        as_text("地块.geojson", json.dumps(features())[:500]), "json-damaged"
    ),
    "esri json": Given(as_json("地块.json", esri()), **_ESRI),
    "esri json in 4527": Given(as_json("地块.json", esri(4527)), **_ESRI),
    "esri json without CRS": Given(as_json("地块.json", esri(spatialReference=None)), **_ESRI),
    # FlatGeobuf, MapInfo, file geodatabase
    "flatgeobuf": Given(by_gdal("地块.fgb", "FlatGeobuf")),
    "flatgeobuf in 4527": Given(in_crs("地块.fgb", "FlatGeobuf", 4527)),
    "flatgeobuf with heights": Given(by_gdal("地块.fgb", "FlatGeobuf", make=_heights), **_HEIGHT),
    "flatgeobuf of every type": Given(by_gdal("地块.fgb", "FlatGeobuf", make=_strange), **_MORE),
    "flatgeobuf named bin": Given(renamed(by_gdal("a.fgb", "FlatGeobuf"), "地块.bin")),
    "tab": Given(_mapinfo("地块.tab"), columns=LATIN),
    "tab in capitals": Given(in_capitals(_mapinfo("地块.tab")), columns=LATIN),
    "tab in UTF-8": Given(_mapinfo("地块.tab", encoding="UTF-8"), columns=LATIN),
    "mif": Given(_mapinfo("地块.mif"), columns=LATIN),
    "mif in 4548": Given(_mapinfo("地块.mif", 4548), columns=LATIN),
    "gdb": Given(by_gdal("地块.gdb", "OpenFileGDB", layer="地块", geometry_type="MultiPolygon")),
    "gdb in 4527": Given(
        in_crs("地块.gdb", "OpenFileGDB", 4527, layer="地块", geometry_type="MultiPolygon")
    ),
    "gdb zipped": Given(
        zipped(
            by_gdal("地块.gdb", "OpenFileGDB", layer="地块", geometry_type="MultiPolygon"),
            "数据.zip",
        )
    ),
    # KML
    "kml by GDAL": Given(by_gdal("地块.kml", "KML")),
    "kml by libkml": Given(by_gdal("地块.kml", "LIBKML")),
    "kmz by libkml": Given(by_gdal("地块.kmz", "LIBKML")),
    "kml named xml": Given(renamed(by_gdal("a.kml", "LIBKML"), "地块.xml")),
    "kml in capitals": Given(by_gdal("地块.KML", "LIBKML")),
    "kml in GCJ-02": asked(by_gdal("a.kml", "LIBKML", make=lambda: _shifted("gcj")), "crs.shifted"),
    # CSV by GDAL
    "csv with WKT": Given(
        by_gdal("地块.csv", "CSV", layer_options={"GEOMETRY": "AS_WKT"}, geometry_type="Polygon")
    ),
    # What is read by nobody
    "gml": Refused(by_gdal("地块.gml", "GML"), "markup"),
    "spatialite": Refused(by_gdal("地块.sqlite", "SQLite"), "not-geopackage"),
    "dgn": Refused(
        lambda f: _bytes(f / "地块.dgn", b"\x08\x09\xfe\x02" + bytes(600)), "encoding-unknown"
    ),
    "nothing": Refused(lambda f: _bytes(f / "地块.shp", b""), "foreign-empty"),
}


def _bytes(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
