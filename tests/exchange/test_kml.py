"""KML and KMZ: what is in them is read or told, and what we write is read back."""

import io
import random
import time
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import pytest
from shapely.geometry import MultiPolygon, Point, Polygon, box

from gxq_geo.exchange.readers import kml
from gxq_geo.exchange.source import ReadOptions, SourceTable
from gxq_geo.exchange.writers import kml as writer
from gxq_geo.schemas import schema
from gxq_geo.words.errors import FileError
from gxq_geo.zone import Zone
from tests.exchange.told import apart, kinds, lines_of, said, same_fields, told

RING = "116,35 116.01,35 116.01,35.01 116,35"


def document(body: str, *, encoding: str = "UTF-8", head: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>{head}\n'
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>测试</name>{body}</Document></kml>'
    )


def polygon(inner: str = "", ring: str = RING) -> str:
    def boundary(tag: str, corners: str) -> str:
        return f"<{tag}><LinearRing><coordinates>{corners}</coordinates></LinearRing></{tag}>"

    holes = boundary("innerBoundaryIs", inner) if inner else ""
    return f"<Polygon>{boundary('outerBoundaryIs', ring)}{holes}</Polygon>"


def placemark(body: str, name: str = "甲") -> str:
    return f"<Placemark><name>{name}</name>{body}</Placemark>"


def read(tmp_path: Path, data: bytes | str, **options: Any) -> SourceTable:
    path = tmp_path / "file.kml"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    (table,) = kml.read(path, ReadOptions(**options))
    return table


def refused(tmp_path: Path, data: bytes | str, slug: str) -> None:
    with pytest.raises(FileError) as caught:
        read(tmp_path, data)
    assert caught.value.slug == slug
    lines_of(caught.value)


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


# ------------------------------------------------------------------ what is read


def test_placemarks_with_their_folders_and_geometries(tmp_path: Path) -> None:
    hole = "116.005,35.001 116.006,35.001 116.006,35.002 116.005,35.001"
    body = "".join(
        (
            "<Folder><name>园区</name><Folder><name>一期</name>",
            placemark(polygon(hole)),
            "</Folder>",
            placemark("<Point><coordinates>116, 35, 12</coordinates></Point>", "乙"),
            "</Folder>",
            placemark(f"<MultiGeometry>{polygon()}{polygon()}</MultiGeometry>", "丙"),
            placemark("<LineString><coordinates>1,2 3,4</coordinates></LineString>", "丁"),
            placemark(
                f"<MultiGeometry>{polygon()}<Point><coordinates>1,2</coordinates></Point></MultiGeometry>"
            ),
        )
    )
    table = read(tmp_path, document(body))
    assert table.name == "测试"
    assert table.crs == "EPSG:4326"
    assert table.columns["folder"] == ["园区/一期", "园区", None, None, None]
    assert table.columns["name"] == ["甲", "乙", "丙", "丁", "甲"]
    assert table.geometries is not None
    kinds_of = [geometry.geom_type for geometry in table.geometries]
    assert kinds_of == ["Polygon", "Point", "MultiPolygon", "LineString", "GeometryCollection"]
    assert len(table.geometries[0].interiors) == 1
    assert table.geometries[1].equals(Point(116, 35))
    assert told([table])["kml.loss.height"].count == 1
    assert read(tmp_path, document(body), table="园区/一期").columns["name"] == ["甲"]
    with pytest.raises(FileError) as caught:
        read(tmp_path, document(body), table="二期")
    assert caught.value.slug == "no-such-table"


def test_extended_data_keep_the_types_of_their_schema(tmp_path: Path) -> None:
    body = (
        '<Schema id="s"><SimpleField name="面积" type="double"/><SimpleField name="层" type="int"/>'
        '<SimpleField name="可" type="bool"/></Schema>'
        + placemark(
            "<address>济宁</address><TimeStamp><when>2026-01-02</when></TimeStamp>"
            "<ExtendedData>"
            '<SchemaData schemaUrl="#s"><SimpleData name="面积">1.5</SimpleData>'
            '<SimpleData name="层">007</SimpleData>'
            '<SimpleData name="可">true</SimpleData></SchemaData>'
            '<Data name="编号"><value>007</value></Data>'
            '<Data name="name"><value>别名</value></Data>'
            '<Data name="空"><value>&lt;Null&gt;</value></Data></ExtendedData>'
        )
        + placemark(
            '<ExtendedData><SchemaData><SimpleData name="层">约 3</SimpleData>'
            "</SchemaData></ExtendedData>"
        )
    )
    columns = read(tmp_path, document(body)).columns
    assert columns["面积"] == [1.5, None]
    assert columns["层"] == [7, "约 3"]
    assert columns["可"] == [True, None]
    assert columns["编号"] == ["007", None]
    assert columns["name 2"] == ["别名", None]
    assert columns["address"] == ["济宁", None]
    assert columns["when"] == ["2026-01-02", None]


ARCGIS = (
    "<html><head><style>td {color: red}</style></head><body>"
    "<table><tr><td>地块一</td></tr><tr><td><table>"
    "<tr><td>DKBH</td><td>A-001</td></tr><tr><td>面积</td><td>1.5</td></tr>"
    "<tr><td>备注</td><td>&lt;Null&gt;</td></tr></table></td></tr></table></body></html>"
)


def test_tables_of_descriptions_are_columns(tmp_path: Path) -> None:
    body = (
        placemark(f"<description><![CDATA[{ARCGIS}]]></description>{polygon()}")
        + placemark(f"<description>近 <![CDATA[<b>高铁</b>站<br>2 公里]]></description>{polygon()}")
        + placemark(f"<description>文字</description>{polygon()}")
    )
    table = read(tmp_path, document(body))
    assert table.columns["DKBH"] == ["A-001", None, None]
    assert table.columns["面积"] == ["1.5", None, None]
    assert table.columns["备注"] == [None, None, None]
    assert table.columns["description"] == [None, "近 高铁站 2 公里", "文字"]
    assert told([table])["kml.note.description-table"].params == {"count": 1}


def test_what_is_passed_over_is_counted(tmp_path: Path) -> None:
    body = (
        "<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>"
        "<GroundOverlay/><Folder><ScreenOverlay/></Folder>"
        + placemark("<Model/>")
        + placemark('<gx:Track xmlns:gx="http://www.google.com/kml/ext/2.2"/>')
        + placemark("<Point><coordinates>x,y</coordinates></Point>")
        + placemark(polygon(ring="1,2 3,4"))
        + placemark("")
        + placemark(polygon(ring="0,0 1,0 1,1"))
    )
    table = read(tmp_path, document(body))
    found = {(loss.kind, loss.where): loss.count for loss in table.losses}
    assert found == {
        **{
            ("kml.loss.passed-over", t): 1
            for t in ("NetworkLink", "GroundOverlay", "ScreenOverlay", "Model", "Track")
        },
        ("kml.loss.coordinates", ""): 2,
        ("kml.loss.no-geometry", ""): 1,
    }
    assert told([table])["kml.note.ring-closed"].params == {"count": 1}
    assert table.geometries is not None
    assert table.geometries[-1].equals(Polygon([(0, 0), (1, 0), (1, 1)]))


@pytest.mark.parametrize(
    ("encoding", "declared", "lies"),
    [
        ("utf-8", "UTF-8", False),
        ("gbk", "GBK", False),
        ("gbk", "GB2312", False),
        ("gbk", "UTF-8", True),
        ("utf-8", "GBK", True),
        ("utf-16", "UTF-16", False),
        ("utf-8-sig", "UTF-8", False),
    ],
)
def test_chinese_is_read_whatever_is_declared(
    tmp_path: Path, encoding: str, declared: str, lies: bool
) -> None:
    text = document(placemark(polygon(), "蓼河新城地块"), encoding=declared)
    table = read(tmp_path, text.encode(encoding))
    assert table.columns["name"] == ["蓼河新城地块"]
    assert ("kml.note.encoding-lies" in told([table])) is lies


def test_kmz_is_read(tmp_path: Path) -> None:
    data = document(placemark(polygon())).encode()
    table = read(tmp_path, zipped({"files/a.png": b"x", "doc.kml": data}))
    assert table.count == 1


def test_gdal_writes_what_we_read(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"name": ["甲", "乙"], "面积": [1.5, 2.5], "层": [1, 2]},
        geometry=[box(116, 35, 116.1, 35.1), MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)])],
        crs="EPSG:4326",
    )
    for driver in ("KML", "LIBKML"):
        path = tmp_path / f"{driver}.kml"
        frame.to_file(path, driver=driver, engine="pyogrio")
        (table,) = kml.read(path, ReadOptions())
        assert table.columns["name"] == ["甲", "乙"]
        assert [float(v) for v in table.columns["面积"]] == [1.5, 2.5]
        assert table.columns["层"] == ["1", "2"]
        assert table.geometries is not None
        assert apart(list(frame.geometry), list(table.geometries)) < 1e-12


# ------------------------------------------------------------------ what is refused

LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(10)
)


@pytest.mark.parametrize(
    ("dtd", "value"),
    [
        ('<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"),
        ('<!DOCTYPE kml [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]>', "&x;"),
        (f"<!DOCTYPE kml [{LAUGHS}]>", "&l9;"),
        ('<!DOCTYPE kml SYSTEM "http://127.0.0.1:9/x.dtd">', ""),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
def test_entities_are_refused(tmp_path: Path, dtd: str, value: str, encoding: str) -> None:
    refused(
        tmp_path, document(placemark("", f"甲{value}"), head=dtd).encode(encoding), "xml-entities"
    )


def test_zip_bombs_are_refused(tmp_path: Path) -> None:
    bomb = zipped({"doc.kml": document(" " * 20_000_000).encode()})
    began = time.process_time()
    refused(tmp_path, bomb, "zip-bomb")
    assert time.process_time() - began < 2


def test_other_files_are_refused(tmp_path: Path) -> None:
    refused(tmp_path, b"", "kml-damaged")
    refused(tmp_path, "<gpx/>", "kml-damaged")
    refused(tmp_path, "<kml>", "kml-damaged")
    refused(tmp_path, b"<kml>\xff</kml>", "encoding-unknown")
    refused(tmp_path, zipped({"a.txt": b""}), "kml-damaged")
    refused(tmp_path, zipped({"doc.kml": document("").encode()})[:60], "kml-damaged")


def test_deep_nesting_is_read_in_bounded_depth(tmp_path: Path) -> None:
    deep = "<Folder><name>f</name>" * 3000 + placemark(polygon()) + "</Folder>" * 3000
    assert read(tmp_path, document(deep)).count == 1
    deep = placemark("<MultiGeometry>" * 3000 + polygon() + "</MultiGeometry>" * 3000)
    table = read(tmp_path, document(deep))
    assert told([table])["kml.loss.coordinates"].count == 1


GOOD = document(
    "<Folder><name>f</name>"
    + placemark(f"<description><![CDATA[{ARCGIS}]]></description>{polygon()}")
    + "</Folder>"
)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_bytes_are_read_or_refused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(GOOD.encode() if seed % 3 else zipped({"doc.kml": GOOD.encode()}))
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(data))
        data[at : at + chance.randint(0, 4)] = chance.choice(
            [b"<", b">", b"", b"1e999", b"nan", chance.randbytes(2)]
        )
    try:
        told([read(tmp_path, bytes(data))])
    except FileError as error:
        lines_of(error)


# ------------------------------------------------------------------ round trips


@pytest.mark.parametrize("name", ["sites", "carriers", "parks", "roads", "stations"])
def test_every_field_comes_back(zone: Zone, tmp_path: Path, name: str) -> None:
    layer, frame = schema().layers[name], zone.frame(name)
    data, losses = writer.write(frame, layer)
    few = frame.head(3)
    assert writer.write(few, layer) == writer.write(few, layer)
    assert losses == ()
    table = read(tmp_path, data)
    order = [frame[layer.id].tolist().index(one) for one in table.columns[layer.id]]
    back = frame.iloc[order]
    same_fields(back, table, layer)
    assert set(table.columns) <= {"folder", "name", *layer.fields}
    assert table.geometries is not None
    assert apart(list(back.geometry), list(table.geometries)) == 0


def test_balloons_speak_both_languages_and_colours_are_those_of_the_map(zone: Zone) -> None:
    data, _ = writer.write_all(
        {"parks": zone.parks, "sites": zone.sites.head(20)},
        context={n: zone.frame(n) for n in zone.layers},
        title="图",
    )
    root = ET.fromstring(data)
    space = {"k": "http://www.opengis.net/kml/2.2"}
    folders = [one.text for one in root.findall(".//k:Folder/k:name", space)]
    assert folders[0] == "园区 Parks"
    assert "可供 Available" in folders
    balloon = "".join(one.text or "" for one in root.findall(".//k:description", space))
    assert "装备制造" in balloon
    assert "Equipment manufacturing" in balloon
    assert "安全装备产业园" in balloon
    assert "Safety Equipment Industrial Park" in balloon
    style = root.find('.//k:Style[@id="status-available"]/k:PolyStyle/k:color', space)
    assert style is not None
    assert style.text == "b35d6b0b"


def test_texts_of_records_stay_texts(zone: Zone, tmp_path: Path) -> None:
    frame = zone.sites.head(3).copy()
    frame["name_zh"] = ["<script>&amp;]]>", "a\x0bb", "甲 & 乙"]
    frame["sectors"] = [("a;b",), ("equipment",), ()]
    frame["status"] = frame["status"].cat.set_categories(frame["status"].cat.categories)
    frame.loc[frame.index[2], "status"] = None
    frame.geometry = [None, box(0, 0, 1, 1), frame.geometry.iloc[2]]
    data, losses = writer.write(frame, schema().layers["sites"])
    found = said(losses)
    assert set(found) == set(writer.CANNOT_CARRY)
    table = read(tmp_path, data)
    names = dict(zip(table.columns["site_id"], table.columns["name_zh"], strict=True))
    assert [names[one] for one in frame["site_id"]] == ["<script>&amp;]]>", "ab", "甲 & 乙"]
    assert table.geometries is not None
    assert sum(one is None for one in table.geometries) == 1


def test_metres_are_refused(zone: Zone) -> None:
    with pytest.raises(FileError) as caught:
        writer.write(zone.sites.to_crs("EPSG:4548"), schema().layers["sites"])
    assert caught.value.slug == "needs-degrees"


def test_each_kind_is_tested() -> None:
    source = Path(__file__).read_text("utf-8")
    missing = {
        kind for kind in kinds("kml") if kind not in source and kind not in writer.CANNOT_CARRY
    }
    assert not missing
