"""DXF drawings: what is in them is read or told, and what we write is read back."""

import io
import math
import random
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import ezdxf
import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from gxq_geo.exchange.readers import dxf
from gxq_geo.exchange.readers.dxf import drawing, joining
from gxq_geo.exchange.readers.dxf.outlines import SAGITTA, bulged
from gxq_geo.exchange.source import ReadOptions, SourceTable
from gxq_geo.exchange.writers import dxf as writer
from gxq_geo.exchange.writers import records
from gxq_geo.schemas import schema
from gxq_geo.words.errors import FileError
from gxq_geo.zone import Zone
from tests.exchange.told import apart, kinds, lines_of, said, same_fields, told

SITES = schema().layers["sites"]
SQUARE = [(0, 0), (100, 0), (100, 50), (0, 50)]

Draw = Callable[[Any], None]


def made(draw: Draw, version: str = "R2000") -> bytes:
    """A drawing as ezdxf writes it."""
    document = ezdxf.new(version, units=6)
    draw(document)
    stream = io.StringIO()
    document.write(stream)
    return stream.getvalue().encode(document.output_encoding, errors="dxfreplace")


def read(tmp_path: Path, data: bytes, **options: Any) -> dict[str, SourceTable]:
    path = tmp_path / "drawing.dxf"
    path.write_bytes(data)
    return {table.name: table for table in dxf.read(path, ReadOptions(**options))}


def drawn(
    tmp_path: Path, draw: Draw, version: str = "R2000", **options: Any
) -> dict[str, SourceTable]:
    return read(tmp_path, made(draw, version), **options)


def kept(tables: dict[str, SourceTable]) -> dict[str, Any]:
    return dict(told(list(tables.values())))


def refused(tmp_path: Path, data: bytes, slug: str) -> None:
    with pytest.raises(FileError) as caught:
        read(tmp_path, data)
    assert caught.value.slug == slug
    lines_of(caught.value)


# ------------------------------------------------------------------ outlines


@pytest.mark.parametrize("version", ["R12", "R2000", "R2004", "R2007", "R2010", "R2018"])
def test_outlines_and_texts_of_each_version(tmp_path: Path, version: str) -> None:
    def draw(document: Any) -> None:
        space = document.modelspace()
        document.layers.add("地块")
        space.add_polyline2d(SQUARE, close=True, dxfattribs={"layer": "地块"})
        space.add_text("AQ-001", dxfattribs={"layer": "注记", "insert": (10, 30)})
        space.add_text("沪%%d", dxfattribs={"layer": "注记", "insert": (10, 10)})

    table = drawn(tmp_path, draw, version)["地块"]
    assert table.geometries is not None
    assert table.geometries[0].equals(Polygon(SQUARE))
    assert table.columns["text"] == ["AQ-001\n沪°"]
    assert table.columns["layer"] == ["地块"]
    assert table.places == [f"#{table.columns['handle'][0]}"]
    assert table.crs == ""


def test_closed_curves_are_polygons_and_open_ones_lines(tmp_path: Path) -> None:
    circle = [(100 + 10 * math.cos(a / 50), 10 * math.sin(a / 50), 0) for a in range(314)]

    def draw(document: Any) -> None:
        space = document.modelspace()
        space.add_circle((0, 0), 100, dxfattribs={"layer": "circle"})
        space.add_ellipse((0, 0), (100, 0), 0.5, dxfattribs={"layer": "ellipse"})
        space.add_spline(dxfattribs={"layer": "spline"}).set_closed(circle[::30])
        space.add_arc((0, 0), 100, 0, 90, dxfattribs={"layer": "arc"})
        space.add_lwpolyline(SQUARE, dxfattribs={"layer": "open"})
        space.add_lwpolyline([*SQUARE, SQUARE[0]], dxfattribs={"layer": "returns"})
        space.add_lwpolyline(
            [(0, 0, 1), (10, 0, 1)], format="xyb", close=True, dxfattribs={"layer": "disc"}
        )
        space.add_polyline3d(
            [(x, y, 5) for x, y in SQUARE], close=True, dxfattribs={"layer": "high"}
        )
        space.add_point((3, 4, 5), dxfattribs={"layer": "point"})

    tables = drawn(tmp_path, draw)
    first = {
        name: table.geometries[0] for name, table in tables.items() if table.geometries is not None
    }
    assert first["circle"].area == pytest.approx(math.pi * 1e4, rel=2e-4)
    assert first["ellipse"].area == pytest.approx(math.pi * 5e3, rel=1e-3)
    assert first["disc"].area == pytest.approx(math.pi * 25, rel=4e-3)
    assert first["spline"].geom_type == first["returns"].geom_type == "Polygon"
    assert first["arc"].length == pytest.approx(math.pi * 50, rel=1e-4)
    assert first["arc"].geom_type == first["open"].geom_type == "LineString"
    assert first["point"].equals(Point(3, 4))
    heights = [
        loss for table in tables.values() for loss in table.losses if loss.kind == "dxf.loss.height"
    ]
    assert sorted(loss.where for loss in heights) == ["high", "point"]
    assert kept(tables)["dxf.note.arcs"].params["tolerance"] == SAGITTA


@settings(max_examples=60)
@given(
    bulge=st.floats(-3, 3).filter(lambda b: abs(b) > 1e-3),
    x=st.floats(-500, 500),
    y=st.floats(-500, 500).filter(lambda y: abs(y) > 1),
)
def test_arcs_are_chords_within_the_stated_tolerance(bulge: float, x: float, y: float) -> None:
    """Each position is on the arc of ezdxf, and no chord is farther from it than stated."""
    center, start, end, radius = ezdxf.math.bulge_to_arc((0, 0), (x, y), bulge)
    positions = bulged([(0.0, 0.0, bulge), (x, y, 0.0)], False, SAGITTA)
    assert positions[0].tolist() == [0, 0]
    assert positions[-1].tolist() == [x, y]
    far = np.hypot(positions[:, 0] - center.x, positions[:, 1] - center.y)
    assert far == pytest.approx(radius, rel=1e-6)
    middles = (positions[1:] + positions[:-1]) / 2
    deepest = radius - np.hypot(middles[:, 0] - center.x, middles[:, 1] - center.y)
    assert deepest.max() <= SAGITTA * 1.001 or len(positions) > 2000
    length = radius * ((end - start) % (2 * math.pi))
    assert LineString(positions).length == pytest.approx(length, rel=1e-2)


def test_hatches_have_holes_and_do_not_repeat_outlines(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        space = document.modelspace()
        hatch = space.add_hatch(dxfattribs={"layer": "a"})
        hatch.paths.add_polyline_path(SQUARE, is_closed=True)
        hatch.paths.add_polyline_path([(10, 10), (20, 10), (20, 20), (10, 20)], is_closed=True)
        hatch = space.add_hatch(dxfattribs={"layer": "edges"})
        edges = hatch.paths.add_edge_path()
        edges.add_line((0, 0), (10, 0))
        edges.add_arc((5, 0), 5, 0, 180, ccw=True)
        space.add_hatch(dxfattribs={"layer": "b"}).paths.add_polyline_path(SQUARE, is_closed=True)
        space.add_lwpolyline(SQUARE, close=True, dxfattribs={"layer": "b"})

    tables = drawn(tmp_path, draw)
    for name, area in {"a": 4900.0, "edges": math.pi * 12.5, "b": 5000.0}.items():
        geometries = tables[name].geometries
        assert geometries is not None
        assert [g.area for g in geometries] == pytest.approx([area], rel=3e-3)
    assert kept(tables)["dxf.loss.repeated"].count == 1


def test_edges_of_hatches_run_as_ezdxf_draws_them(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        for at, ccw in enumerate((True, False)):
            hatch = document.modelspace().add_hatch(dxfattribs={"layer": str(ccw)})
            edges = hatch.paths.add_edge_path()
            edges.add_line((at * 100, 0), (at * 100 + 10, 0))
            start, end = (0, 180) if ccw else (180, 360)
            edges.add_arc((at * 100 + 5, 0), 5, start, end, ccw=ccw)
            edges = hatch.paths.add_edge_path()
            edges.add_ellipse((at * 100 + 50, 0), (10, 0), 0.5, 0, 360, ccw=ccw)

    data = made(draw)
    tables = read(tmp_path, data)
    hatches: Any = ezdxf.read(io.StringIO(data.decode())).query("HATCH")
    for hatch in hatches:
        paths = ezdxf.path.from_hatch(hatch)
        own = [Polygon([p.vec2 for p in path.flattening(0.001)]).area for path in paths]
        found = tables[hatch.dxf.layer].geometries
        assert found is not None
        assert sorted(g.area for g in found) == pytest.approx(sorted(own), rel=5e-3)


def test_a_mirrored_outline_is_where_it_is_seen(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        attributes = {"layer": "m", "extrusion": (0, 0, -1)}
        document.modelspace().add_lwpolyline(SQUARE, close=True, dxfattribs=attributes)

    table = drawn(tmp_path, draw)["m"]
    assert table.geometries is not None
    assert table.geometries[0].bounds == (-100, 0, 0, 50)


# ------------------------------------------------------------------ open lines


def fence(gap: float) -> Draw:
    def draw(document: Any) -> None:
        space = document.modelspace()
        corners = [(0, 0), (100, 0), (100, 50), (0, 50)]
        for (x, y), end in zip(corners, [*corners[1:], corners[0]], strict=True):
            space.add_line((x + gap, y), end, dxfattribs={"layer": "界线"})
        space.add_line((50, gap), (50, 50 - gap), dxfattribs={"layer": "界线"})
        space.add_line((200, 0), (210, 0), dxfattribs={"layer": "界线"})

    return draw


@pytest.mark.parametrize("gap", [0.0, 0.004, 0.009])
def test_open_lines_enclose_areas_within_the_tolerance(tmp_path: Path, gap: float) -> None:
    tables = drawn(tmp_path, fence(gap))
    areas, lines = tables["界线"].geometries, tables["界线 (lines)"].geometries
    assert areas is not None
    assert lines is not None
    assert [a.area for a in areas] == pytest.approx([2500, 2500], abs=3)
    assert len(lines) == 6
    said_of = kept(tables)
    assert said_of["dxf.loss.open-line"].count == 1
    assert said_of["dxf.note.joined"].params == {"count": 2, "tolerance": 0.01}


def test_the_tolerance_is_absolute_and_stated(tmp_path: Path) -> None:
    alone = drawn(tmp_path, fence(0.02))
    assert list(alone) == ["界线"]
    lines = alone["界线"].geometries
    assert lines is not None
    assert {line.geom_type for line in lines} == {"LineString"}
    assert "界线 (lines)" in drawn(tmp_path, fence(0.02), tolerance=0.03)


@settings(max_examples=20)
@given(st.integers(2, 6), st.integers(0, 2**32))
def test_a_shuffled_grid_of_segments_gives_its_cells(size: int, seed: int) -> None:
    from gxq_geo.exchange.readers.dxf.joining import enclosed

    chance = random.Random(seed)

    def near(x: float, y: float) -> tuple[float, float]:
        return x + chance.uniform(-0.002, 0.002), y + chance.uniform(-0.002, 0.002)

    lines = [
        LineString([near(x, y), near(x + dx, y + dy)])
        for x in range(0, size * 10, 10)
        for y in range(0, size * 10, 10)
        for dx, dy in ((10, 0), (0, 10))
        if x + dx < size * 10 and y + dy < size * 10
    ]
    chance.shuffle(lines)
    found = enclosed(lines, 0.01)
    assert len(found.areas) == (size - 1) ** 2
    assert not found.unused
    assert all(abs(area.area - 100) < 0.2 for area, _ in found.areas)


# ------------------------------------------------------------------ texts, blocks, data


def test_a_text_belongs_to_the_smallest_area_around_it(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        space = document.modelspace()
        space.add_lwpolyline([(-50, -50), (500, -50), (500, 500), (-50, 500)], close=True)
        space.add_lwpolyline(SQUARE, close=True, dxfattribs={"layer": "地块"})
        space.add_hatch(dxfattribs={"layer": "填充"}).paths.add_polyline_path(
            SQUARE, is_closed=True
        )
        space.add_mtext("{\\fSimSun|b0|c134;甲}\\P\\C1;乙", dxfattribs={"insert": (10, 10)})
        space.add_text("园区", dxfattribs={"insert": (300, 300)})
        space.add_text("图名", dxfattribs={"insert": (900, 900), "layer": "图框"})

    tables = drawn(tmp_path, draw)
    texts = {name: list(table.columns["text"]) for name, table in tables.items()}
    assert texts == {"0": ["园区"], "地块": ["甲\n乙"], "填充": ["甲\n乙"]}
    assert kept(tables)["dxf.loss.text-outside"].where == "图框"


def test_blocks_are_taken_apart_and_symbols_are_points(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        space = document.modelspace()
        parcel = document.blocks.new("宗地")
        parcel.add_lwpolyline(SQUARE, close=True)
        parcel.add_lwpolyline(SQUARE, close=True, dxfattribs={"layer": "房屋"})
        nested = document.blocks.new("两宗")
        nested.add_blockref("宗地", (0, 0))
        nested.add_blockref("宗地", (1000, 0))
        space.add_blockref("两宗", (0, 500), dxfattribs={"layer": "地块"})
        cross = document.blocks.new("载体")
        cross.add_line((-1, 0), (1, 0))
        drawn = space.add_blockref("载体", (7, 8), dxfattribs={"layer": "点"})
        drawn.add_attrib("名称", "标准厂房", (0, 0))
        drawn.add_attrib("layer", "二层", (0, 0))

    tables = drawn(tmp_path, draw)
    parcels = tables["地块"].geometries
    assert parcels is not None
    assert [g.bounds for g in parcels] == [(0, 500, 100, 550), (1000, 500, 1100, 550)]
    assert tables["地块"].columns["block"] == ["两宗", "两宗"]
    assert tables["房屋"].count == 2
    points = tables["点"]
    assert points.geometries is not None
    assert points.geometries[0].equals(Point(7, 8))
    assert points.columns["名称"] == ["标准厂房"]
    assert points.columns["layer 2"] == ["二层"]


def test_a_drawing_in_one_block_keeps_its_lines(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        block = document.blocks.new("总图")
        for end in ((10, 0), (0, 10)):
            block.add_line((0, 0), end)
        block.add_line((10, 0), (0, 10))
        document.modelspace().add_blockref("总图", (0, 0), dxfattribs={"layer": "线"})

    areas = drawn(tmp_path, draw)["线"].geometries
    assert areas is not None
    assert [area.area for area in areas] == [50]


def test_extended_data_are_columns(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        document.appids.add("SOUTH")
        line = document.modelspace().add_lwpolyline(SQUARE, close=True, dxfattribs={"layer": "JZD"})
        line.set_xdata(
            "SOUTH", [(1000, "300000"), (1000, "370811001"), (1002, "{"), (1040, 1.5), (1002, "}")]
        )
        line.set_xdata("ACAD", [(1000, "a setting")])

    columns = drawn(tmp_path, draw)["JZD"].columns
    assert columns["SOUTH"] == ["300000"]
    assert columns["SOUTH 2"] == ["370811001"]
    assert columns["SOUTH 3"] == [1.5]
    assert not any(name.startswith("ACAD") for name in columns)


def test_an_outline_in_an_outline_is_told_and_no_hole(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        space = document.modelspace()
        space.add_lwpolyline(SQUARE, close=True)
        space.add_lwpolyline([(10, 10), (20, 10), (20, 20)], close=True)

    tables = drawn(tmp_path, draw)
    areas = tables["0"].geometries
    assert areas is not None
    assert [area.area for area in areas] == [5000, 50]
    assert kept(tables)["dxf.note.nested"].params == {"count": 1}


# ------------------------------------------------------------------ what is passed over


def test_what_is_passed_over_is_counted_by_type_and_layer(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        space = document.modelspace()
        space.add_lwpolyline(SQUARE, close=True, dxfattribs={"layer": "地块"})
        for _ in range(3):
            space.add_3dface([(0, 0), (1, 0), (1, 1), (0, 1)], dxfattribs={"layer": "地形"})
        dimension = space.add_linear_dim((0, 10), (0, 0), (100, 0), dxfattribs={"layer": "标注"})
        dimension.render()
        space.add_lwpolyline([(1, 1), (1, 1)], close=True, dxfattribs={"layer": "地块"})
        document.layers.add("隐").freeze()
        document.layers.add("关").off()
        space.add_lwpolyline(SQUARE, close=True, dxfattribs={"layer": "隐"})
        space.add_circle((0, 0), 1, dxfattribs={"layer": "关"})
        document.layout("Layout1").add_line((0, 0), (1, 1))
        document.add_xref_def("other.dwg", "参照")
        space.add_blockref("参照", (0, 0), dxfattribs={"layer": "底图"})

    tables = drawn(tmp_path, draw)
    kept(tables)
    counted = {
        (loss.kind.split(".")[-1], loss.where, loss.params.get("type", "")): loss.count
        for table in tables.values()
        for loss in table.losses
    }
    assert counted == {
        ("passed-over", "地形", "3DFACE"): 3,
        ("passed-over", "标注", "DIMENSION"): 1,
        ("degenerate", "地块", "LWPOLYLINE"): 1,
        ("hidden-layer", "隐", "LWPOLYLINE"): 1,
        ("hidden-layer", "关", "CIRCLE"): 1,
        ("paper-space", "", ""): 1,
        ("external-reference", "底图", "INSERT"): 1,
    }
    assert kept(tables)["dxf.note.layers"].params == {"layers": "地块 (1)"}
    assert list(drawn(tmp_path, draw, table="隐")) == ["隐"]
    with pytest.raises(FileError) as caught:
        drawn(tmp_path, draw, table="none")
    assert "“none”" in caught.value.say("zh")


def test_a_drawing_with_nothing_is_an_empty_table(tmp_path: Path) -> None:
    tables = drawn(tmp_path, lambda document: document.modelspace().add_3dface(SQUARE))
    assert tables["drawing"].count == 0
    assert set(kept(tables)) == {"dxf.loss.passed-over", "dxf.note.layers", "dxf.note.units"}


def test_a_part_of_a_block_that_cannot_be_scaled_is_told(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        block = document.blocks.new("b")
        block.add_lwpolyline(SQUARE, close=True)
        block.new_entity("OLE2FRAME", {})
        document.modelspace().add_blockref("b", (0, 0), dxfattribs={"layer": "l"})

    assert kept(drawn(tmp_path, draw))["dxf.loss.block-part"].count == 1


# ------------------------------------------------------------------ encodings, units


def chinese(document: Any) -> None:
    space = document.modelspace()
    space.add_polyline2d(SQUARE, close=True, dxfattribs={"layer": "可供地块"})
    space.add_text("蓼河新城", dxfattribs={"insert": (10, 10)})


@pytest.mark.parametrize(
    ("version", "encoding", "codepage", "kind"),
    [
        ("R2000", "gbk", "ANSI_936", "dxf.note.encoding"),
        ("R12", "gbk", "ANSI_936", "dxf.note.encoding"),
        ("R2000", "gbk", "ANSI_1252", "dxf.note.encoding-lies"),
        ("R2000", "utf-8", "ANSI_936", "dxf.note.encoding-lies"),
        ("R2010", "utf-8", "ANSI_1252", "dxf.note.encoding"),
        ("R2010", "gbk", "ANSI_936", "dxf.note.encoding-lies"),
        ("R2000", "big5", "ANSI_950", "dxf.note.encoding"),
    ],
)
def test_chinese_is_read_whatever_the_header_declares(
    tmp_path: Path, version: str, encoding: str, codepage: str, kind: str
) -> None:
    text = made(chinese, version).decode("utf-8" if version == "R2010" else "cp1252")
    text = re.sub(r"\\U\+([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text)
    text = re.sub(r"(\$DWGCODEPAGE\s+3\s+)\S+", rf"\g<1>{codepage}", text)
    data = text.replace("可供地块", "可供地塊" if encoding == "big5" else "可供地块").encode(
        encoding
    )
    tables = read(tmp_path, data)
    assert list(tables) == ["可供地塊" if encoding == "big5" else "可供地块"]
    assert [list(t.columns["text"]) for t in tables.values()] == [["蓼河新城"]]
    assert kind in kept(tables)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("\\U+4E2D\\U+6587", "中文"),
        ("\\M+5D6D0\\M+5CEC4", "中文"),
        ("\\M+1D6D0", "中"),
        ("\\M+193FA", "日"),
        ("\\M+2A4A4", "中"),
        ("\\U+00020BB7", "𠮷"),
    ],
)
def test_escaped_characters_are_decoded(tmp_path: Path, written: str, read_as: str) -> None:
    def draw(document: Any) -> None:
        space = document.modelspace()
        space.add_lwpolyline(SQUARE, close=True)
        space.add_text("TEXT", dxfattribs={"insert": (10, 10)})

    data = (
        made(draw)
        .replace(b"\nTEXT\n 11\n", b"\n?\n")
        .replace(b"  1\nTEXT\n", f"  1\n{written}\n".encode())
    )
    assert list(read(tmp_path, data)["0"].columns["text"]) == [read_as]


def test_the_unit_is_a_note_and_scales_the_chords(tmp_path: Path) -> None:
    def circle(unit: int, radius: int, document: Any) -> None:
        document.header["$INSUNITS"] = unit
        document.modelspace().add_circle((0, 0), radius)

    sizes = {}
    for unit, radius in ((6, 100), (4, 100_000), (0, 100)):
        tables = drawn(tmp_path, partial(circle, unit, radius))
        found = kept(tables)
        geometries = tables["0"].geometries
        assert geometries is not None
        sizes[unit] = shapely.get_num_coordinates(geometries[0])
        name = "dxf.note.units" if unit else "dxf.note.no-units"
        assert found[name].params == ({"unit": {6: "m", 4: "mm"}[unit]} if unit else {})
    assert len(set(sizes.values())) == 1


# ------------------------------------------------------------------ what is refused


def test_other_drawings_are_refused_by_name(tmp_path: Path) -> None:
    refused(tmp_path, b"AC1027" + bytes(200), "dxf-dwg")
    refused(tmp_path, b"AutoCAD Binary DXF\r\n\x1a\x00" + bytes(100), "dxf-binary")
    refused(tmp_path, b"not a drawing", "dxf-damaged")
    refused(tmp_path, b"", "dxf-damaged")
    refused(tmp_path, b"0\nSECTION\n\xff\xfe\xff\n", "encoding-unknown")


def test_blocks_that_contain_themselves_are_refused(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        first, second = document.blocks.new("a"), document.blocks.new("b")
        first.add_blockref("b", (0, 0))
        second.add_blockref("a", (0, 0))
        document.modelspace().add_blockref("a", (0, 0))

    refused(tmp_path, made(draw), "dxf-recursive")


def test_blocks_that_multiply_are_refused_at_once(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        document.blocks.new("b0").add_line((0, 0), (1, 1))
        for level in range(1, 13):
            block = document.blocks.new(f"b{level}")
            for _ in range(10):
                block.add_blockref(f"b{level - 1}", (0, 0))
        document.modelspace().add_blockref("b12", (0, 0))

    began = time.process_time()
    refused(tmp_path, made(draw), "dxf-too-many")
    assert time.process_time() - began < 2

    def grid(document: Any) -> None:
        document.blocks.new("b").add_line((0, 0), (1, 1))
        attributes = {
            "row_count": 30_000,
            "column_count": 30_000,
            "row_spacing": 1,
            "column_spacing": 1,
        }
        document.modelspace().add_blockref("b", (0, 0), dxfattribs=attributes)

    refused(tmp_path, made(grid), "dxf-too-many")


def test_a_damaged_drawing_is_repaired_and_told(tmp_path: Path) -> None:
    data = made(lambda document: document.modelspace().add_lwpolyline(SQUARE, close=True))
    tables = read(tmp_path, data.replace(b"  0\nENDSEC\n  0\nSECTION\n", b"  0\nSECTION\n", 1))
    assert tables["0"].count == 1
    assert "dxf.note.repaired" in kept(tables)


def everything(document: Any) -> None:
    fence(0.001)(document)
    chinese(document)
    space = document.modelspace()
    space.add_circle((0, 0), 10)
    space.add_spline([(0, 0), (1, 5), (9, 3)])
    space.add_ellipse((0, 0), (5, 0), 0.3)
    space.add_mtext("甲\\P乙")
    space.add_hatch().paths.add_polyline_path(SQUARE, is_closed=True)
    block = document.blocks.new("b")
    block.add_lwpolyline([(0, 0, 0.3), (1, 0, 0), (1, 1, 0)], format="xyb", close=True)
    space.add_blockref("b", (5, 5)).add_attrib("t", "v", (0, 0))


GOOD = made(everything)
TOKENS = [
    b"1e999",
    b"nan",
    b"-1",
    b"999999999999",
    b"INSERT",
    b"LWPOLYLINE",
    b"b",
    b"\xff",
    b"ENDSEC",
    b"",
]


@pytest.mark.parametrize("seed", range(40))
def test_damaged_bytes_are_read_or_refused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    lines = GOOD.split(b"\n")
    first = next(at for at, line in enumerate(lines) if line == b"BLOCKS")
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(first, len(lines))
        lines[at] = chance.choice([*TOKENS, chance.choice(lines), chance.randbytes(3)])
    if chance.random() < 0.2:
        lines = lines[: chance.randrange(first, len(lines))]
    began = time.process_time()
    try:
        kept(read(tmp_path, b"\n".join(lines)))
    except FileError as error:
        lines_of(error)
    assert time.process_time() - began < 5


# ------------------------------------------------------------------ other programs, round trips


def test_gdal_draws_what_we_read(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        geometry=[Polygon(SQUARE, [[(10, 10), (20, 10), (20, 20)]]), box(200, 0, 300, 50)]
    )
    frame = frame.set_crs("EPSG:4548")
    frame.to_file(tmp_path / "gdal.dxf", driver="DXF", engine="pyogrio")
    (table,) = dxf.read(tmp_path / "gdal.dxf", ReadOptions())
    assert table.geometries is not None
    assert [g.area for g in table.geometries] == [4950, 5000]


@pytest.mark.parametrize("crs", ["EPSG:4548", "EPSG:4527"])
def test_sites_come_back_with_id_status_and_outline(zone: Zone, tmp_path: Path, crs: str) -> None:
    frame = zone.sites.iloc[::4].to_crs(crs)
    data, losses = writer.write(frame, SITES)
    assert data == writer.write(frame, SITES)[0]
    assert set(said(losses)) == {"dxf.loss.fields"}
    assert said(losses)["dxf.loss.fields"].count == len(frame)
    assert b"ANSI_936" in data[:2000]
    tables = read(tmp_path, data)
    assert "可供" in data.decode("gbk")
    ids = [one for table in tables.values() for one in table.columns["site_id"]]
    assert sorted(ids) == sorted(frame["site_id"])
    labels = {code: names["zh"] for code, names in schema().domains["site_status"].items()}
    by_id = frame.set_index("site_id")
    for name, table in tables.items():
        assert table.geometries is not None
        rows = by_id.loc[list(table.columns["site_id"])]
        assert set(rows["status"].map(labels)) == {name}
        assert apart(list(rows.geometry), list(table.geometries)) == 0
        assert all(
            text.split("\n")[0] == one
            for text, one in zip(table.columns["text"], table.columns["site_id"], strict=True)
        )


def test_holes_and_parts_are_joined_by_the_id(zone: Zone, tmp_path: Path) -> None:
    frame = zone.sites.to_crs("EPSG:4548").iloc[:3].copy()
    x, y = frame.geometry.iloc[0].centroid.coords[0]
    ring = box(x, y, x + 100, y + 100)
    with_hole = Polygon(ring.exterior, [box(x + 10, y + 10, x + 20, y + 20).exterior])
    two = MultiPolygon([box(x + 200, y, x + 250, y + 50), box(x + 300, y, x + 350, y + 50)])
    frame.geometry = [with_hole, two, None]
    data, losses = writer.write(frame, SITES)
    assert said(losses)["dxf.loss.no-geometry"].count == 1
    found = {
        one: geometry
        for table in read(tmp_path, data).values()
        for one, geometry in zip(table.columns["site_id"], table.geometries, strict=True)  # type: ignore[arg-type]
    }
    ids = frame["site_id"].tolist()
    assert apart([with_hole, two], [found[ids[0]], found[ids[1]]]) == 0


def test_points_carry_every_field(zone: Zone, tmp_path: Path) -> None:
    frame = zone.carriers.iloc[::5].to_crs("EPSG:4548")
    data, losses = writer.write(frame, schema().layers["carriers"])
    assert losses == ()
    (table,) = read(tmp_path, data).values()
    assert table.geometries is not None
    assert apart(list(frame.geometry), list(table.geometries)) == 0
    same_fields(frame, table, schema().layers["carriers"])
    frame.loc[frame.index[0], "address_zh"] = "一行\n两行"
    assert set(said(writer.write(frame, schema().layers["carriers"])[1])) == {"dxf.loss.line-break"}


def test_lines_come_back_as_lines(zone: Zone, tmp_path: Path) -> None:
    frame = zone.roads.iloc[::3].to_crs("EPSG:4548")
    data, _ = writer.write(frame, schema().layers["roads"])
    (table,) = read(tmp_path, data).values()
    assert list(table.columns["road_id"]) == frame["road_id"].tolist()
    assert table.geometries is not None
    assert apart(list(frame.geometry), list(table.geometries)) == 0


def test_several_layers_share_a_drawing(zone: Zone, tmp_path: Path) -> None:
    few = {"parks": zone.parks.head(20), "sites": zone.sites.head(20)}
    frames = {name: frame.to_crs("EPSG:4548") for name, frame in few.items()}
    data, _ = writer.write_all(frames, lang="en")
    tables = read(tmp_path, data)
    assert {"Parks", "Sites-Available"} <= set(tables)
    assert tables["Parks"].count == len(frames["parks"])
    assert not ezdxf.read(io.StringIO(data.decode("gbk"))).audit().errors


def test_degrees_are_refused_and_names_made_valid(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileError) as caught:
        writer.write(zone.sites, SITES)
    assert caught.value.slug == "needs-metres"
    monkeypatch.setattr(records, "status_label", lambda *given: f"a/{given[0]}")
    _, losses = writer.write(zone.sites.to_crs("EPSG:4548"), SITES)
    assert "dxf.loss.layer-name" in said(losses)
    assert set(said(losses)) <= set(writer.CANNOT_CARRY)


def test_each_kind_is_tested() -> None:
    source = Path(__file__).read_text("utf-8")
    in_table = {f"dxf.loss.{kind}" for kind in re.findall(r'\("([a-z-]+)", "[^"]*", "', source)}
    assert not {kind for kind in kinds("dxf") if f'"{kind}"' not in source} - in_table


def test_lines_that_cross_too_often_are_not_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "MAX_PAIRS", 10)
    tables = drawn(tmp_path, fence(0))
    assert kept(tables)["dxf.loss.too-many-lines"].count == 6
    assert list(tables) == ["界线"]


def test_huge_and_infinite_curves_take_no_time(tmp_path: Path) -> None:
    def draw(document: Any) -> None:
        space = document.modelspace()
        for size in (1e9, 1e12, 1e300):
            space.add_circle((0, 0), size)
            space.add_ellipse((0, 0), (size, 0), 0.5)
            space.add_spline().set_open_rational([(0, 0), (size, size), (0, size)], [1, 2, 1], 2)
            edges = space.add_hatch().paths.add_edge_path()
            edges.add_ellipse((0, 0), (size, 0), 0.5)

    began = time.process_time()
    tables = drawn(tmp_path, draw)
    assert time.process_time() - began < 3
    assert sum(table.count for table in tables.values()) == 4
    assert kept(tables)["dxf.loss.degenerate"]


def test_limits_are_those_of_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "MAX_ENTITIES", 2)
    refused(tmp_path, made(fence(0)), "dxf-too-many")
    monkeypatch.setattr(drawing, "MAX_BYTES", 100)
    refused(tmp_path, made(fence(0)), "too-large")
