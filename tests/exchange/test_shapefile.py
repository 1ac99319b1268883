"""Shapefiles: those that other programs write, ours, and broken ones."""

import csv
import io
import struct
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapefile as pyshp
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gxq_geo.exchange.readers import dbf, shapefile
from gxq_geo.exchange.source import ReadOptions, SourceTable
from gxq_geo.exchange.writers import shapefile as writer
from gxq_geo.schemas import schema
from gxq_geo.words.errors import FileError, GxqError
from gxq_geo.zone import Zone
from tests.exchange.counted import kinds, refused
from tests.support.nightly import times

TIMES = times(1, 21)
SQUARE = shapely.box(0, 0, 10, 10)
HOLED = shapely.Polygon(SQUARE.exterior, [shapely.box(2, 2, 8, 8).exterior])
ISLAND = shapely.box(4, 4, 6, 6)
FAR = shapely.box(20, 20, 30, 30)
SHAPES: dict[str, list[Any]] = {
    "point": [shapely.Point(1.5, 2.5), None],
    "multipoint": [shapely.MultiPoint([(1, 2), (3, 4)]), shapely.MultiPoint([(5, 6)])],
    "line": [
        shapely.LineString([(0, 0), (1, 1), (2, 0)]),
        shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3)]]),
        None,
    ],
    "polygon": [
        SQUARE,
        HOLED,
        None,
        shapely.MultiPolygon([HOLED, ISLAND, FAR]),
        shapely.MultiPolygon([SQUARE, FAR]),
    ],
}


def read(path: Path, **options: Any) -> SourceTable:
    return shapefile.read(path, ReadOptions(**options))[0]


def same(found: Any, wanted: Any) -> bool:
    """Whether geometries are equal, up to where rings begin and which way they run."""
    pairs = zip(found, wanted, strict=True)
    return all((a is None and b is None) or (a is not None and a.equals(b)) for a, b in pairs)


def of_pyshp(path: Path, kind: int, *parts: list[list[Any]]) -> Path:
    """A shapefile with the rings or lines as they are given."""
    with pyshp.Writer(str(path), shapeType=kind) as out:
        out.field("n", "N", 4)
        for number, rings in enumerate(parts):
            out.shape(_Shape(kind, rings)) if rings else out.null()
            out.record(number)
    return path


class _Shape(pyshp.Shape):  # type: ignore[misc]
    def __init__(self, kind: int, rings: list[list[Any]]) -> None:
        points = [point for ring in rings for point in ring]
        starts = [sum(map(len, rings[:at])) for at in range(len(rings))]
        super().__init__(shapeType=kind, points=points, parts=starts)


# ------------------------------------------------------------------ reading


@pytest.mark.parametrize("kind", SHAPES)
def test_what_gdal_writes(tmp_path: Path, kind: str) -> None:
    names = ["济宁高新区"] * len(SHAPES[kind])
    frame = gpd.GeoDataFrame({"名称": names}, geometry=SHAPES[kind], crs=4548)
    pyogrio.write_dataframe(frame, tmp_path / "a.shp", encoding="gb18030")
    for index in (True, False):
        if not index:
            (tmp_path / "a.shx").unlink()
        found = read(tmp_path / "a.shp")
        assert same(found.geometries, SHAPES[kind])
        assert found.columns == {"名称": ["济宁高新区"] * len(frame)}
        assert "CGCS2000" in found.crs
        assert not kinds(found.losses)


def test_rings_in_one_direction(tmp_path: Path) -> None:
    """Some programs write all rings counterclockwise: where they lie tells what they are."""
    rings = [list(part.coords) for part in (SQUARE.exterior, ISLAND.exterior, FAR.exterior)]
    wrong = [ring if shapely.LinearRing(ring).is_ccw else ring[::-1] for ring in rings]
    found = read(of_pyshp(tmp_path / "a.shp", 5, wrong, [wrong[0]]))
    wanted = shapely.MultiPolygon([shapely.Polygon(rings[0], [rings[1]]), FAR])
    assert same(found.geometries, [wanted, SQUARE])


def test_a_hole_before_its_outline(tmp_path: Path) -> None:
    outline, hole = (list(ring.coords) for ring in (HOLED.exterior, HOLED.interiors[0]))
    clockwise = outline if not shapely.LinearRing(outline).is_ccw else outline[::-1]
    counter = hole if shapely.LinearRing(hole).is_ccw else hole[::-1]
    found = read(of_pyshp(tmp_path / "a.shp", 5, [counter, clockwise]))
    assert same(found.geometries, [HOLED])


def test_too_many_rings_to_tell_apart(tmp_path: Path) -> None:
    ccw = [[(x, 0.0), (x + 1.0, 0.0), (x, 1.0), (x, 0.0)] for x in range(0, 12_000, 2)]
    began = time.process_time()
    found = read(of_pyshp(tmp_path / "a.shp", 5, ccw))
    assert time.process_time() - began < 20
    assert found.geometries is not None
    assert found.geometries[0] is None
    assert kinds(found) == {"vector.loss.rings-many": 1}


def test_rings_that_are_open_or_too_short(tmp_path: Path) -> None:
    square = [(0.0, 0.0), (0.0, 9.0), (9.0, 9.0), (9.0, 0.0), (0.0, 0.0)]
    path = of_pyshp(tmp_path / "a.shp", 5, [square], [square[:-1]], [[(0, 0), (1, 1), (0, 0)]], [])
    data = bytearray(path.read_bytes())
    found = read(path)
    assert found.geometries is not None
    # pyshp may close rings itself: then the last vertex is moved.
    if found.geometries[1] is not None:
        at = data.index(struct.pack("<4d", *square[3], *square[4]), 250) + 16
        data[at : at + 8] = struct.pack("<d", 0.5)
        path.write_bytes(data)
        found = read(path)
    assert found.geometries is not None
    assert [shape is None for shape in found.geometries] == [False, True, True, True]
    assert kinds(found) == {"vector.loss.ring-open": 1, "vector.loss.part-short": 1}
    assert [loss.where for loss in found.losses] == ["2", "3"]


@pytest.mark.parametrize("kind", ["POINT", "MULTIPOINT", "POLYLINE", "POLYGON"])
@pytest.mark.parametrize("suffix", ["Z", "M"])
def test_heights_and_measures_are_told(tmp_path: Path, kind: str, suffix: str) -> None:
    number = getattr(pyshp, kind + suffix)
    ring = [[0, 0, 5.0], [0, 9, 5.0], [9, 9, 5.0], [0, 0, 5.0]]
    flat = [[x, y, 0.0] for x, y, _ in ring]
    with pyshp.Writer(str(tmp_path / "a.shp"), shapeType=number) as out:
        out.field("n", "N", 4)
        for one in (ring, flat):
            if kind == "POINT":
                (out.pointz if suffix == "Z" else out.pointm)(*one[0])
            elif kind == "MULTIPOINT":
                (out.multipointz if suffix == "Z" else out.multipointm)(one)
            else:
                add = {"POLYLINE": "line", "POLYGON": "poly"}[kind] + suffix.lower()
                getattr(out, add)([one])
            out.record(1)
    found = read(tmp_path / "a.shp")
    assert found.geometries is not None
    assert not shapely.has_z(found.geometries).any()
    assert not shapely.is_missing(found.geometries).any()
    assert kinds(found) == {f"vector.loss.{'heights' if suffix == 'Z' else 'measures'}": 1}


def test_damaged_and_unknown_shapes(tmp_path: Path) -> None:
    square = [(0.0, 0.0), (0.0, 9.0), (9.0, 9.0), (9.0, 0.0), (0.0, 0.0)]
    path = of_pyshp(tmp_path / "a.shp", 5, [square], [square], [square], [square])
    data = bytearray(path.read_bytes())
    size = (len(data) - 100) // 4
    starts = [100 + 8 + number * size for number in range(4)]
    data[starts[0] + 40 : starts[0] + 44] = struct.pack("<i", 10**6)
    data[starts[1] : starts[1] + 4] = struct.pack("<i", 31)
    data[starts[2] + 48 : starts[2] + 56] = struct.pack("<d", float("nan"))
    path.write_bytes(data)
    found = read(path)
    assert found.geometries is not None
    assert [shape is None for shape in found.geometries] == [True, True, True, False]
    assert kinds(found) == {"vector.loss.shape-damaged": 2, "vector.loss.shape-type": 1}


def test_the_index_knows_which_record_is_which(tmp_path: Path) -> None:
    """A record that was rewritten is at the end of the file; an index that lies is not used."""
    points = of_pyshp(tmp_path / "a.shp", 1, [[(1.0, 1.0)]], [[(2.0, 2.0)]])
    index = (tmp_path / "a.shx").read_bytes()
    first, second = index[100:108], index[108:116]
    (tmp_path / "a.shx").write_bytes(index[:100] + second + first)
    found = read(points)
    assert same(found.geometries, [shapely.Point(2, 2), shapely.Point(1, 1)])
    for lie in (index[:-1], index[:100] + first + first, index[:104] + b"\0\0\1\0" + second):
        (tmp_path / "a.shx").write_bytes(lie)
        found = read(points)
        assert same(found.geometries, [shapely.Point(1, 1), shapely.Point(2, 2)])
        assert kinds(found) == {"vector.note.index-ignored": 1}


@pytest.mark.parametrize(
    ("encoding", "sidecar"),
    [
        ("gbk", ""),
        ("gbk", "UTF-8"),
        ("gbk", "GBK"),
        ("utf-8", "GBK"),
        ("utf-8", ""),
        ("utf-8", "936"),
    ],
)
def test_siblings_in_capitals_with_any_sidecar(tmp_path: Path, encoding: str, sidecar: str) -> None:
    path = tmp_path / "地块.shp"
    with pyshp.Writer(str(path), shapeType=1, encoding=encoding) as out:
        out.field("名称", "C", 40)
        for name in ("济宁高新区", "蓼河新城", "安全装备产业园"):
            out.point(1, 2)
            out.record(name)
    if sidecar:
        (tmp_path / "地块.CPG").write_text(sidecar, "ascii")
    for kind in ("shp", "dbf", "shx"):
        path.with_suffix(f".{kind}").rename(path.with_suffix(f".{kind.upper()}"))
    found = read(path.with_suffix(".SHP"))
    assert found.columns == {"名称": ["济宁高新区", "蓼河新城", "安全装备产业园"]}
    assert found.crs == ""


def test_without_attributes(tmp_path: Path) -> None:
    path = of_pyshp(tmp_path / "a.shp", 1, [[(1.0, 1.0)]])
    (tmp_path / "a.dbf").unlink()
    found = read(path)
    assert (found.count, found.columns) == (1, {})
    assert kinds(found) == {"vector.loss.no-dbf": 1}


def test_counts_that_differ_are_an_error(tmp_path: Path) -> None:
    path = of_pyshp(tmp_path / "a.shp", 1, [[(1.0, 1.0)]], [[(2.0, 2.0)]])
    of_pyshp(tmp_path / "b.shp", 1, [[(1.0, 1.0)]])
    (tmp_path / "b.dbf").replace(tmp_path / "a.dbf")
    with pytest.raises(FileError) as caught:
        read(path)
    assert caught.value.slug == "shp-counts"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:50],
        lambda data: b"\0" * 4 + data[4:],
        lambda data: data[:-8],
        lambda data: data + b"\0" * 16,
        lambda data: data[:104] + b"\x7f\xff\xff\xff" + data[108:],
    ],
)
def test_damaged_files_are_errors(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    path = of_pyshp(tmp_path / "a.shp", 1, [[(1.0, 1.0)]])
    path.write_bytes(change(path.read_bytes()))
    (tmp_path / "a.shx").unlink()
    with pytest.raises(FileError) as caught:
        read(path)
    assert caught.value.slug == "shp-damaged"


# ------------------------------------------------------------------ archives


def packed(path: Path, contents: Mapping[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return path


def parts(folder: Path) -> dict[str, bytes]:
    of_pyshp(folder / "a.shp", 1, [[(1.0, 1.0)]])
    return {kind: (folder / f"a.{kind}").read_bytes() for kind in ("shp", "shx", "dbf")}


class _OldName(zipfile.ZipInfo):
    """A member whose name is in GBK without a flag, as Windows writes it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  the name in zipfile
        return self.filename.encode("gbk"), 0


@pytest.mark.parametrize("name_of", [zipfile.ZipInfo, _OldName])
def test_several_shapefiles_in_an_archive(
    tmp_path: Path, name_of: Callable[[str], zipfile.ZipInfo]
) -> None:
    own = parts(tmp_path)
    names = ["高新区地块", "高新区道路"]
    members = {f"数据/{name}.{kind}": data for name in names for kind, data in own.items()}
    members |= {"__MACOSX/数据/a.shp": b"", "说明.txt": b"x"}
    path = packed(tmp_path / "a.zip", {name_of(name): data for name, data in members.items()})
    tables = shapefile.read(path, ReadOptions())
    assert [(table.name, table.count) for table in tables] == [(name, 1) for name in names]
    (one,) = shapefile.read(path, ReadOptions(table=names[1]))
    assert one.name == names[1]


def test_archives_that_are_refused(tmp_path: Path) -> None:
    own = parts(tmp_path)

    def slug(contents: Mapping[str | zipfile.ZipInfo, bytes]) -> str:
        with pytest.raises(FileError) as caught:
            read(packed(tmp_path / "a.zip", contents))
        assert len(caught.value.say("zh").splitlines()) == 1
        return caught.value.slug

    assert slug({"../a.shp": own["shp"]}) == "zip-unsafe"
    assert slug({"C:\\a.shp": own["shp"]}) == "zip-unsafe"
    assert slug({"/a.shp": own["shp"]}) == "zip-unsafe"
    assert slug({"a.txt": b""}) == "zip-without-layers"
    assert slug({"a.shp": b"\0" * (101 << 20)}) == "archive-bomb"
    whole = packed(tmp_path / "a.zip", {"a.shp": own["shp"]}).read_bytes()
    at = whole.index(b"PK\1\2") + 8
    encrypted = whole[:at] + bytes([whole[at] | 1]) + whole[at + 1 :]
    spoiled_data = whole[:45] + b"\xff" * 8 + whole[53:]
    for data, wanted in (
        (whole[:40], "zip-damaged"),
        (spoiled_data, "zip-damaged"),
        (encrypted, "zip-encrypted"),
    ):
        (tmp_path / "b.zip").write_bytes(data)
        with pytest.raises(FileError) as caught:
            read(tmp_path / "b.zip")
        assert caught.value.slug == wanted


# ------------------------------------------------------------------ writing


LAYERS = sorted(schema().layers)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_comes_back(zone: Zone, tmp_path: Path, name: str, encoding: Any) -> None:
    layer, frame = schema().layers[name], zone.layers[name].frame
    if isinstance(frame, gpd.GeoDataFrame):
        frame = frame.to_crs(4548)
    files, losses = writer.write(frame, layer, encoding=encoding)
    assert files == writer.write(frame, layer, encoding=encoding)[0]
    assert set(kinds(losses)) <= set(writer.CANNOT_CARRY)
    for file, data in files.items():
        (tmp_path / file).write_bytes(data)
    names = writer.field_names(list(layer.fields.values()), encoding=encoding, lang="zh")
    (main,) = [file for file in files if file.endswith(".dbf")]
    if frame is None or not isinstance(frame, gpd.GeoDataFrame):
        found = dbf.read(tmp_path / main, ReadOptions())[0]
    else:
        found = read((tmp_path / main).with_suffix(".shp"))
        assert shapely.equals_exact(
            shapely.normalize(found.geometries), shapely.normalize(frame.geometry.array)
        ).all()
        other = pyogrio.read_dataframe((tmp_path / main).with_suffix(".shp"))
        assert list(other.columns[:-1]) == list(names.values())
        assert other.crs.to_epsg() == 4548
    assert not found.losses
    cut = {loss.where for loss in losses if loss.kind == "vector.loss.text-long"}
    for key, field in layer.fields.items():
        if key in frame and key not in cut:
            values = [as_written(value) for value in frame[key]]
            assert list(found.columns[names[key]]) == values, (key, field.type)


def as_written(value: Any) -> Any:
    if isinstance(value, tuple):
        return ";".join(value) or None
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


def test_field_names_of_sites() -> None:
    fields = list(schema().layers["sites"].fields.values())
    for encoding in ("gb18030", "utf-8"):
        for lang in ("zh", "en"):
            names = writer.field_names(fields, encoding=encoding, lang=lang)
            assert len({name.lower() for name in names.values()}) == len(fields)
            assert max(len(name.encode(encoding)) for name in names.values()) <= 10
    zh = writer.field_names(fields, encoding="gb18030", lang="zh")
    assert zh["area_mu"] == "面积"
    assert zh["address_en"] == "位置（英文"


def test_the_field_table_explains_the_names(zone: Zone) -> None:
    layer = schema().layers["sites"]
    files, _ = writer.write(zone.layers["sites"].frame, layer)
    table = files["sites_fields.csv"]
    assert table.startswith(b"\xef\xbb\xbf")
    rows = {row[2]: row for row in csv.reader(io.StringIO(table.decode("utf-8-sig")))}
    assert rows.keys() == {"图层字段", *layer.fields}
    assert rows["area_mu"][:4] == ["面积", "面积", "area_mu", "亩"]
    assert "available=可供" in rows["status"][5]


def test_what_a_shapefile_cannot_hold() -> None:
    layer = schema().layers["carriers"]
    mixed = shapely.GeometryCollection([shapely.Point(0, 0), SQUARE])
    frame = gpd.GeoDataFrame(
        {"carrier_id": ["a", "b", "c"], "name_zh": ["长" * 200, "短", "短"],
         "sectors": [("x", "y"), (), ("x",)]},
        geometry=[shapely.Point(0, 0), SQUARE, mixed],
        crs=4548,
    )  # fmt: skip
    files, losses = writer.write(frame, layer)
    assert {name for name in files if name.endswith(".shp")} == {
        "carriers_point.shp",
        "carriers_polygon.shp",
    }
    told = kinds(losses)
    assert set(told) == set(writer.CANNOT_CARRY)
    assert told["vector.loss.text-long"] == told["vector.loss.list-joined"] == 1
    assert ("长" * 127).encode("gbk") in files["carriers_point.dbf"]
    assert ("长" * 128).encode("gbk") not in files["carriers_point.dbf"]


def test_rare_characters_and_empty_layers(tmp_path: Path) -> None:
    layer = schema().layers["stations"]
    frame = gpd.GeoDataFrame(
        {"station_id": ["a"], "name_zh": ["𠮷镇站"]}, geometry=[shapely.Point(1, 2)], crs=4490
    )
    files, _ = writer.write(frame, layer)
    assert files["stations.cpg"] == b"GB18030"
    for part, count in ((files, 1), (writer.write(frame.iloc[:0], layer)[0], 0)):
        path = tmp_path / "a.zip"
        path.write_bytes(writer.archive(part))
        assert writer.archive(part) == path.read_bytes()
        (found,) = shapefile.read(path, ReadOptions())
        assert found.count == count
    assert read_name(tmp_path, files) == ["𠮷镇站"]


def read_name(folder: Path, files: Mapping[str, bytes]) -> Any:
    (folder / "b.zip").write_bytes(writer.archive(files))
    return read(folder / "b.zip").columns["名称"]


# ------------------------------------------------------------------ fuzz


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A small shapefile with several kinds of fields."""
    folder = tmp_path_factory.mktemp("good")
    frame = gpd.GeoDataFrame(
        {"名称": ["济宁高新区", "蓼河新城", "安全装备"], "面积": [1.5, None, 3.0], "n": [1, 2, 3]},
        geometry=[HOLED, shapely.MultiPolygon([HOLED, ISLAND]), None],
        crs=4548,
    )
    pyogrio.write_dataframe(frame, folder / "a.shp", encoding="gb18030")
    return {kind: (folder / f"a.{kind}").read_bytes() for kind in ("shp", "shx", "dbf")}


_CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["shp", "shp", "dbf", "dbf", "shx"]),
        st.floats(0, 1),
        st.sampled_from(["set", "set", "cut", "double", "word"]),
        st.integers(0, 255) | st.sampled_from([0, 1, 255]),
    ),
    min_size=1,
    max_size=5,
)


def spoiled(data: bytes, place: float, how: str, by: int) -> bytes:
    at = int(place * (len(data) - 1))
    match how:
        case "cut":
            return data[:at] + data[at + by :]
        case "double":
            return data[: at + by] + data[at:]
        case "word":
            at -= at % 4
            number = [0, 1, -1, 2**31 - 1, -(2**31), 10**6, 5, 31][by % 8]
            return data[:at] + struct.pack("<>"[by % 2] + "i", number) + data[at + 4 :]
    return data[:at] + bytes([by]) + data[at + 1 :]


@settings(
    max_examples=200 * TIMES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(changes=_CHANGES)
def test_any_bytes_are_read_or_refused(
    good: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory, changes: Any
) -> None:
    folder = tmp_path_factory.getbasetemp()
    files = dict(good)
    for kind, *change in changes:
        files[kind] = spoiled(files[kind], *change)
    for kind, data in files.items():
        (folder / f"fuzz.{kind}").write_bytes(data)
    began = time.process_time()
    try:
        kinds(read(folder / "fuzz.shp"))
    except GxqError as error:
        refused(error)
    assert time.process_time() - began < 5


def test_speed_is_that_of_arrays(tmp_path: Path) -> None:
    """20,000 parcels are read without a loop over their vertices."""
    side, zero = np.arange(20_000) * 10.0, np.zeros(20_000)
    frame = gpd.GeoDataFrame(
        {"n": side}, geometry=shapely.box(side, zero, side + 9, zero + 9), crs=4548
    )
    files, _ = writer.write(
        frame.rename(columns={"n": "area_mu"}), schema().layers["sites"], encoding="utf-8"
    )
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    began = time.process_time()
    found = read(tmp_path / "sites.shp")
    mine = time.process_time() - began
    began = time.process_time()
    other = pyogrio.read_dataframe(tmp_path / "sites.shp")
    assert same(found.geometries[:50], other.geometry[:50])  # type: ignore[index]
    assert mine < 6 * (time.process_time() - began)
