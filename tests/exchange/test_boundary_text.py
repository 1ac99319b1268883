"""Boundary texts 勘测定界: variants of the format are read, checked, and written."""

import random
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyproj
import pytest
import shapely
from shapely.geometry import MultiPolygon, Point, Polygon, box

from gxq_geo.exchange.evidence import gauss_kruger
from gxq_geo.exchange.evidence.gauss_kruger import Zone as GkZone
from gxq_geo.exchange.evidence.gauss_kruger import zone_of
from gxq_geo.exchange.readers import boundary_text
from gxq_geo.exchange.source import ReadOptions, SourceTable
from gxq_geo.exchange.writers import boundary_text as writer
from gxq_geo.schemas import schema
from gxq_geo.words.errors import FileError
from gxq_geo.zone import Zone
from tests.exchange.told import apart, kinds, lines_of, said, told

SITES = schema().layers["sites"]
HEADER = """[属性描述]
格式版本号=1.01版本
数据产生单位=某测绘院
数据产生日期=2026-01-05
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=39
精度=0.001
转换参数=0,0,0,0,0,0,0
[地块坐标]
"""
PARCEL = """5,0.5000,G1,一号地块,面,I50G041044,工业用地,0601,@
J1,1,3916000.000,39465000.000
J2,1,3916050.000,39465000.000
J3,1,3916050.000,39465100.000
J4,1,3916000.000,39465100.000
J1,1,3916000.000,39465000.000
"""
SQUARE = box(39465000, 3916000, 39465100, 3916050)


def read(tmp_path: Path, text: str | bytes, **options: Any) -> SourceTable:
    path = tmp_path / "定界.txt"
    path.write_bytes(text.encode("gb18030") if isinstance(text, str) else text)
    (table,) = boundary_text.read(path, ReadOptions(**options))
    return table


def shapes(table: SourceTable) -> list[Any]:
    assert table.geometries is not None
    return list(table.geometries)


def test_the_published_form(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + PARCEL)
    assert table.crs == "EPSG:4527"
    assert shapes(table)[0].equals(SQUARE)
    assert {heading: values[0] for heading, values in table.columns.items()} == {
        "界址点数": 5,
        "地块面积(公顷)": 0.5,
        "地块编号": "G1",
        "地块名称": "一号地块",
        "图形属性": "面",
        "图幅号": "I50G041044",
        "地块用途": "工业用地",
        "地类编码": "0601",
    }
    assert table.places == ["13"]
    assert set(told([table])) == {"boundary.note.north-first"}
    assert table.losses == ()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, ends: str) -> None:
    table = read(tmp_path, (HEADER + PARCEL).replace("\n", ends).encode(encoding))
    assert table.columns["地块名称"] == ["一号地块"]


@pytest.mark.parametrize(
    "text",
    [
        (HEADER + PARCEL).replace("[", "【").replace("]", "】"),
        (HEADER + PARCEL).replace(",", "，"),
        (HEADER + PARCEL).replace(",@", ",,1,B,备注,@"),
        (HEADER + PARCEL).replace("0.5000", "0.5000公顷"),
        (HEADER + PARCEL).replace(",1,39", ",39"),
        (HEADER + PARCEL).replace("J1,1,3916000.000,39465000.000\n[", "["),
        (HEADER + PARCEL).replace("5,0.5", "4,0.5").replace("=", " = "),
        (HEADER + PARCEL).replace("J", ""),
        (HEADER + PARCEL).replace("\n", "\n\n"),
        "[扩展信息]\n项目=1,2,3,4\n" + HEADER + PARCEL,
    ],
)
def test_variants_that_mean_the_same(tmp_path: Path, text: str) -> None:
    table = read(tmp_path, text)
    assert shapes(table)[0].equals(SQUARE)
    assert table.columns["地块面积(公顷)"] == [0.5]
    assert table.crs == "EPSG:4527"
    assert set(told([table])) == {"boundary.note.north-first"}


def ring(number: int, box_of: tuple[int, int, int, int], *, closed: bool = True) -> str:
    corners = list(box(*box_of).exterior.coords)[: 5 if closed else 4]
    return "".join(f"J1,{number},{y:.3f},{x:.3f}\n" for x, y in corners)


def test_rings_are_holes_or_parts_by_where_they_lie(tmp_path: Path) -> None:
    x, y = 39465000, 3916000
    outer, hole = (x, y, x + 100, y + 100), (x + 10, y + 10, x + 20, y + 20)
    island, part = (x + 12, y + 12, x + 14, y + 14), (x + 200, y, x + 210, y + 10)
    head = "20,1.0000,G,名,面,,,,@\n"
    found = shapes(
        read(
            tmp_path,
            HEADER
            + head
            + ring(1, outer)
            + ring(2, hole)
            + head
            + ring(1, outer)
            + ring(2, part)
            + ring(3, hole)
            + ring(4, island)
            + head
            + ring(1, outer)
            + ring(1, part),
        )
    )
    with_hole = Polygon(box(*outer).exterior, [box(*hole).exterior])
    expected = [
        with_hole,
        MultiPolygon([with_hole, box(*part), box(*island)]),
        MultiPolygon([box(*outer), box(*part)]),
    ]
    for one, other in zip(found, expected, strict=True):
        assert one.is_valid
        assert one.equals(other)
        assert one.geom_type == other.geom_type


def test_lines_and_points(tmp_path: Path) -> None:
    corners = "J1,1,3916000,39465000\nJ2,1,3916050,39465000\nJ3,1,3916050,39465100\n"
    heads = ["3,0,L,线路,线,,,,@\n", "3,0,P,点位,点,,,,@\n"]
    line, points = shapes(read(tmp_path, HEADER + "".join(head + corners for head in heads)))
    assert line.geom_type == "LineString"
    assert points.geom_type == "MultiPoint"
    assert points.geoms[0].equals(Point(39465000, 3916000))


# ------------------------------------------------------------------ check sums and evidence


def test_figures_that_do_not_agree_are_told_with_both(tmp_path: Path) -> None:
    text = HEADER + PARCEL.replace("5,0.5000", "9,5000.0") + "一行杂文\n" + "J1,1,x,y\n"
    table = read(tmp_path, text)
    found = told([table])
    assert found["boundary.note.corner-count"].params == {"stated": 9, "found": 5}
    assert found["boundary.note.corner-count"].where == "一号地块"
    assert found["boundary.note.area"].params == {"stated": 50_000_000.0, "found": 5000.0}
    loss = found["boundary.loss.line"]
    assert (loss.params, loss.count) == ({"line": 19}, 2)


@pytest.mark.parametrize(("hectares", "is_told"), [("0.5000", 0), ("0.5004", 0), ("0.5006", 1)])
def test_an_area_may_differ_by_its_last_digit(tmp_path: Path, hectares: str, is_told: int) -> None:
    text = HEADER + PARCEL.replace("0.5000", hectares)
    assert ("boundary.note.area" in told([read(tmp_path, text)])) == is_told


def test_open_and_empty_rings(tmp_path: Path) -> None:
    x, y = 39465000, 3916000
    text = HEADER + "4,,G,名,面,,,,@\n" + ring(1, (x, y, x + 9, y + 9), closed=False)
    text += "J1,2,3916000,39465000\nJ2,2,3916001,39465000\n"
    found = told([read(tmp_path, text)])
    assert found["boundary.note.closed"].params == {"count": 1}
    assert found["boundary.loss.ring"].count == 1


def swapped(text: str) -> str:
    lines = [line.split(",") for line in text.splitlines()]
    return "\n".join(
        ",".join([*parts[:2], parts[3], parts[2]]) if len(parts) == 4 else ",".join(parts)
        for parts in lines
    )


def test_east_before_north_is_seen_by_the_numbers(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + swapped(PARCEL))
    assert shapes(table)[0].equals(SQUARE)
    assert "boundary.note.east-first" in told([table])


@pytest.mark.parametrize(
    ("system", "width", "zone", "easting", "crs"),
    [
        ("2000国家大地坐标系", "3", "39", "39465", "EPSG:4527"),
        ("2000国家大地坐标系", "3", "39", "465", "EPSG:4548"),
        ("CGCS2000", "3度带", "", "39465", "EPSG:4527"),
        ("2000国家大地坐标系", "", "", "39465", "EPSG:4527"),
        ("2000国家大地坐标系", "6", "20", "20465", "EPSG:4498"),
        ("2000国家大地坐标系", "六度", "", "20465", "EPSG:4498"),
        ("2000国家大地坐标系", "3", "117", "465", "EPSG:4548"),
        ("1980西安坐标系", "3", "39", "39465", "EPSG:2363"),
        ("80西安", "三", "39", "465", "EPSG:2384"),
        ("1954北京坐标系", "3", "39", "39465", "EPSG:2415"),
        ("北京54", "3", "39", "465", "EPSG:2436"),
    ],
)
def test_the_crs_is_that_of_the_header_and_the_numbers(
    tmp_path: Path, system: str, width: str, zone: str, easting: str, crs: str
) -> None:
    text = HEADER.replace("2000国家大地坐标系", system).replace("几度分带=3", f"几度分带={width}")
    text = text.replace("带号=39", f"带号={zone}") + PARCEL.replace("39465", easting)
    table = read(tmp_path, text)
    assert table.crs == crs
    assert pyproj.CRS(crs).is_projected
    assert set(told([table])) == {"boundary.note.north-first"}


def test_a_crs_that_is_not_stated_is_not_guessed(tmp_path: Path) -> None:
    for gone in ("坐标系=2000国家大地坐标系", "带号=39"):
        table = read(tmp_path, HEADER.replace(gone, "") + PARCEL.replace("39465", "465"))
        assert table.crs == ""
        assert "boundary.note.crs-incomplete" in told([table])
    table = read(tmp_path, HEADER.replace("带号=39", "带号=38") + PARCEL)
    assert table.crs == "EPSG:4527"
    contradiction = told([table])["boundary.note.zone-contradicts"]
    assert contradiction.params == {"stated": 38, "found": 39}


def test_degrees_are_geographic(tmp_path: Path) -> None:
    corners = "J1,1,116.6,35.4\nJ2,1,116.7,35.4\nJ3,1,116.7,35.5\nJ1,1,116.6,35.4\n"
    table = read(tmp_path, HEADER + "4,,G,名,面,,,,@\n" + corners)
    assert table.crs == "EPSG:4490"
    assert shapes(table)[0].bounds == (116.6, 35.4, 116.7, 35.5)


def test_zones_are_those_of_epsg() -> None:
    for (datum, width, prefix), first in gauss_kruger._SERIES.items():
        for number in (gauss_kruger._FIRST[width], gauss_kruger._FIRST[width] + 5):
            zone = GkZone(datum, width, number, prefix)
            found = pyproj.CRS(zone.crs)
            operation = found.coordinate_operation
            assert operation is not None
            values = {one.name: float(one.value) for one in operation.params}
            assert values["Longitude of natural origin"] == zone.meridian
            assert values["False easting"] == 500_000 + prefix * number * 1_000_000
            assert zone_of(zone.crs) == zone
            assert first
    assert GkZone("CGCS2000", 3, 99, True).crs == ""
    assert zone_of("EPSG:4326") is None


# ------------------------------------------------------------------ refused, damaged


@pytest.mark.parametrize("text", ["", "hello", HEADER, "[地块坐标]\n一,二\n"])
def test_texts_without_parcels_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileError) as caught:
        read(tmp_path, text)
    assert caught.value.slug == "boundary-no-parcels"
    lines_of(caught.value)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_texts_are_read_or_refused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray((HEADER + PARCEL * 3).encode("gb18030"))
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data))
        bits = [b",", b"\n", b"@", b"", b"1e999", b"9" * 400, b"nan", b"J", chance.randbytes(2)]
        data[at : at + chance.randint(0, 5)] = chance.choice(bits)
    try:
        told([read(tmp_path, bytes(data))])
    except FileError as error:
        lines_of(error)


# ------------------------------------------------------------------ round trips


@pytest.mark.parametrize("crs", ["EPSG:4548", "EPSG:4527", "EPSG:4498", "EPSG:2384"])
def test_sites_come_back_within_a_millimetre(zone: Zone, tmp_path: Path, crs: str) -> None:
    frame = zone.sites.set_crs("EPSG:4490", allow_override=True).to_crs(crs)
    data, losses = writer.write(frame, SITES, producer="某局")
    assert data == writer.write(frame, SITES, producer="某局")[0]
    assert set(said(losses)) == {"boundary.loss.fields", "boundary.loss.rounded"}
    table = read(tmp_path, data)
    assert table.crs == crs
    assert table.columns["地块编号"] == frame["site_id"].tolist()
    assert table.columns["地块名称"] == frame["name_zh"].tolist()
    assert max(shapely.hausdorff_distance(shapes(table), frame.geometry.to_numpy())) < 0.001
    assert not [note for note in table.notes if note.kind != "boundary.note.north-first"]


def test_holes_parts_and_what_is_no_area(zone: Zone, tmp_path: Path) -> None:
    frame = zone.sites.to_crs("EPSG:4548").head(4).copy()
    x, y = (round(one) for one in frame.geometry.iloc[0].centroid.coords[0])
    with_hole = Polygon(
        box(x, y, x + 100, y + 100).exterior, [box(x + 1, y + 1, x + 9, y + 9).exterior]
    )
    two = MultiPolygon([with_hole, box(x + 200, y, x + 250, y + 50)])
    frame.geometry = [with_hole, two, None, Point(x, y)]
    frame["name_zh"] = ["甲,乙", "丙@", "丁", "戊"]
    data, losses = writer.write(frame, SITES)
    found = said(losses)
    assert {kind: loss.count for kind, loss in found.items()} == {
        "boundary.loss.fields": 2,
        "boundary.loss.not-area": 2,
        "boundary.loss.comma": 2,
    }
    assert set(found) <= set(writer.CANNOT_CARRY)
    table = read(tmp_path, data)
    assert apart([with_hole, two], shapes(table)) == 0
    assert table.columns["地块名称"] == ["甲，乙", "丙＠"]
    assert b"J5,2," in data


def test_another_crs_is_refused(zone: Zone) -> None:
    frames: list[gpd.GeoDataFrame] = [zone.sites, zone.sites.to_crs("EPSG:32650")]
    for frame in frames:
        with pytest.raises(FileError) as caught:
            writer.write(frame, SITES)
        assert caught.value.slug == "needs-gauss-kruger"
        lines_of(caught.value)


def test_each_kind_is_tested() -> None:
    source = Path(__file__).read_text("utf-8")
    assert not {kind for kind in kinds("boundary") if kind not in source}
