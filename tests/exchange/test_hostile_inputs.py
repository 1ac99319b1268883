"""Files made to harm whoever opens them, through `gxq import`: bounded, without a request.

Each is refused with one message, or read without what would harm, which is told.
"""

import io
import json
import os
import socket
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ezdxf
import pytest

from tests.exchange.test_many_inputs import parsed, said
from tests.support.command import gxq
from tests.support.foreign.books import by_gdal as table_by_gdal
from tests.support.foreign.books import by_openpyxl, in_bytes
from tests.support.foreign.parcels import as_rows
from tests.support.foreign.shapefiles import by_hand, dbf
from tests.support.foreign.vectors import as_json, as_text, by_gdal, features, zipped
from tests.support.memory import peak
from tests.support.zones import tiny_zone

Write = Callable[[Path], Path]
# CPU time of one input, its child process included, and memory that all of them may take.
SECONDS, MEGABYTES = 10.0, 700
# Where nobody must call; the port is that of the ear.
ADDRESS = "http://127.0.0.1:{port}/x"


class Ear:
    """A server that nobody must call."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.02)
        self.address = ADDRESS.format(port=self.socket.getsockname()[1])

    def heard(self) -> bool:
        try:
            self.socket.accept()[0].close()
        except TimeoutError:
            return False
        return True


@pytest.fixture(scope="module")
def ear() -> Iterator[Ear]:
    one = Ear()
    yield one
    one.socket.close()


@pytest.fixture(scope="module")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_zone(tmp_path_factory.mktemp("hostile") / "layers")


@pytest.fixture(scope="module", autouse=True)
def bounded_memory() -> Iterator[None]:
    before = peak()
    yield
    assert peak() - before < MEGABYTES


def spent() -> float:
    """The CPU time of this process and its children."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@pytest.fixture(autouse=True)
def bounded(ear: Ear) -> Iterator[None]:
    began = spent()
    yield
    assert spent() - began < SECONDS
    assert not ear.heard()


# ------------------------------------------------------------------ XML

DTDS = {
    "of a file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "of an address": '<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:9/x">]>',
    "that doubles": '<!DOCTYPE x [<!ENTITY b "haha">'
    + "".join(
        f'<!ENTITY {one} "{"&" + before + ";" + "&" + before + ";"}">'
        for before, one in zip("bcdefghijklmnopq", "cdefghijklmnopqa", strict=True)
    )
    + "]>",
    "elsewhere": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
}
KML = "<kml><Document><Placemark><name>{}</name></Placemark></Document></kml>"


def rezipped(write: Write, member: str, change: Callable[[bytes], bytes]) -> Write:
    """Write an archive, and replace one of its members."""

    def again(folder: Path) -> Path:
        path = write(folder)
        with zipfile.ZipFile(path) as source:
            parts = {name: source.read(name) for name in source.namelist()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for name, data in parts.items():
                target.writestr(name, change(data) if name == member else data)
        return path

    return again


def declaring(dtd: str) -> Callable[[bytes], bytes]:
    """Put a document type before the root of an XML file, and its entity in a text."""

    def declared(data: bytes) -> bytes:
        text = data.decode()
        head, _, rest = text.partition("?>") if text.startswith("<?xml") else ("", "", text)
        return (f"{head}?>" if head else "").encode() + dtd.encode() + rest.encode()

    return declared


def archive(name: str, members: dict[str, bytes]) -> Write:
    """Write an archive with members under any names."""

    def write(folder: Path) -> Path:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as out:
            for member, data in members.items():
                out.writestr(zipfile.ZipInfo(member), data, zipfile.ZIP_DEFLATED)
        return folder / name

    return write


SHEET, LAST = "xl/worksheets/sheet1.xml", b"XFD1048576"


def merged(book: Any) -> None:
    book["地块"].merge_cells("A10:B11")


def far_cell() -> Write:
    def far(book: Any) -> None:
        book["地块"]["XFD1048576"] = 1

    return by_openpyxl("a.xlsx", change=far)


def wide_and_long(sheet: bytes) -> bytes:
    """Put a hundred thousand rows of one cell after a row with a cell in the last column."""
    rows = ['<row r="1"><c r="XFD1"><v>1</v></c></row>']
    rows += [f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(2, 100_000)]
    head, _, _ = sheet.partition(b"<sheetData>")
    return head + b"<sheetData>" + "".join(rows).encode() + b"</sheetData></worksheet>"


def repeated(data: bytes) -> bytes:
    """Repeat each row and cell of an ODS as often as its format can say."""
    rows = data.replace(
        b"<table:table-row", b'<table:table-row table:number-rows-repeated="1000000"'
    )
    cells = b'<table:table-cell table:number-columns-repeated="16384"'
    return rows.replace(b"<table:table-cell", cells)


ZEROS = b"\0" * (150 << 20)
XML: dict[str, tuple[Write, str]] = {
    **{
        f"kml with a DTD {name}": (as_text("a.kml", dtd + KML.format("&a;")), "xml-entities")
        for name, dtd in DTDS.items()
    },
    "kmz with a DTD": (
        archive("a.kmz", {"doc.kml": (DTDS["of a file"] + KML.format("&a;")).encode()}),
        "xml-entities",
    ),
    **{
        f"xlsx with a DTD {name}": (
            rezipped(by_openpyxl("a.xlsx"), "xl/worksheets/sheet1.xml", declaring(dtd)),
            "sheet-damaged",
        )
        for name, dtd in DTDS.items()
    },
    **{
        f"ods with a DTD {name}": (
            rezipped(table_by_gdal("a.ods", "ODS"), "content.xml", declaring(dtd)),
            "sheet-damaged",
        )
        for name, dtd in DTDS.items()
    },
    "kml of deep folders": (as_text("a.kml", "<kml>" + "<Folder>" * 200_000), "kml-damaged"),
}
BOMBS: dict[str, tuple[Write, str]] = {
    "kmz bomb": (archive("a.kmz", {"doc.kml": b"<kml>" + b" " * (150 << 20)}), "zip-bomb"),
    "kmz of many bombs": (
        archive("a.kmz", {f"{k}.kml": b" " * (30 << 20) for k in range(8)}),
        "zip-bomb",
    ),
    "xlsx bomb": (
        archive("a.xlsx", {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": ZEROS}),
        "sheet-bomb",
    ),
    "ods bomb": (archive("a.ods", {"content.xml": ZEROS}), "sheet-bomb"),
    "shp bomb": (archive("a.zip", {"a.shp": ZEROS}), "archive-bomb"),
    "many members": (
        archive("a.zip", {"a.shp": b"", **{f"{k}": b"" for k in range(10_001)}}),
        "archive-bomb",
    ),
    "merged cells of a whole sheet": (
        rezipped(by_openpyxl("a.xlsx", change=merged), SHEET, lambda d: d.replace(b"B11", LAST)),
        "sheet-bomb",
    ),
    "xlsx wide and long": (rezipped(by_openpyxl("a.xlsx"), SHEET, wide_and_long), "sheet-bomb"),
    "xlsx of one far cell, for the reader of xls": (
        rezipped(far_cell(), "xl/styles.xml", lambda d: d.replace(b"gray125", b"of-another")),
        "sandbox-failed",
    ),
    "ods of repeated rows": (
        rezipped(table_by_gdal("a.ods", "ODS"), "content.xml", repeated),
        "sheet-bomb",
    ),
}
NAMES: dict[str, tuple[Write, str]] = {
    f"zip with {name!r}": (archive("a.zip", {name: b"", "a.shp": b""}), "zip-unsafe")
    for name in (
        "../a.shp",
        "a/../../b.shp",
        "/etc/a.shp",
        "C:\\a.shp",
        "..\\a.shp",
        "\\\\s\\a.shp",
    )
}


# ------------------------------------------------------------------ headers that claim too much


def claiming(suffix: str, at: int, form: str, value: int) -> Write:
    """Write a shapefile with another number in the header of one of its parts."""

    def write(folder: Path) -> Path:
        path = by_hand("a")(folder)
        part = path.with_suffix(suffix)
        data = bytearray(part.read_bytes())
        struct.pack_into(form, data, at, value)
        part.write_bytes(bytes(data))
        if suffix == ".shp":
            path.with_suffix(".shx").unlink()
        return path

    return write


CLAIMS: dict[str, tuple[Write, str]] = {
    "dbf of 2 GB": (claiming(".dbf", 4, "<I", 1 << 31), "dbf-damaged"),
    "dbf of wide records": (claiming(".dbf", 10, "<H", 65535), "dbf-damaged"),
    "dbf of no records but rows": (claiming(".dbf", 4, "<I", 0), "dbf-damaged"),
    "dbf with a header of 64 kB": (claiming(".dbf", 8, "<H", 65535), "dbf-damaged"),
    "dbf of no bytes a record": (claiming(".dbf", 10, "<H", 0), "dbf-damaged"),
    "shp of 2 GB": (claiming(".shp", 24, ">i", 1 << 30), "shp-damaged"),
    "shp of a negative size": (claiming(".shp", 24, ">i", -1), "shp-damaged"),
    "shp record of 2 GB": (claiming(".shp", 104, ">i", 1 << 30), "shp-damaged"),
    "shp record of a negative size": (claiming(".shp", 104, ">i", -8), "shp-damaged"),
    "dbf of 2 GB alone": (
        in_bytes("a.dbf", dbf()[:4] + b"\xff\xff\xff\x7f" + dbf()[8:]),
        "dbf-damaged",
    ),
}


# ------------------------------------------------------------------ nesting and size


def recursive(depth: int, copies: int, *, closed: bool) -> Write:
    """Write a drawing whose blocks insert each other."""

    def write(folder: Path) -> Path:
        document = ezdxf.new("R2000")
        blocks = [document.blocks.new(f"B{k}") for k in range(depth)]
        for k, block in enumerate(blocks):
            for _ in range(copies if closed or k + 1 < depth else 0):
                block.add_blockref(f"B{(k + 1) % depth}", (0, 0))
        blocks[-1].add_line((0, 0), (1, 1))
        document.modelspace().add_blockref("B0", (0, 0))
        text = io.StringIO()
        document.write(text)
        (folder / "a.dxf").write_text(text.getvalue())
        return folder / "a.dxf"

    return write


def deep(depth: int) -> str:
    collection = '{"type":"GeometryCollection","geometries":['
    return '{"type":"Feature","properties":{},"geometry":' + collection * depth + "]}" * depth + "}"


NESTED: dict[str, tuple[Write, str]] = {
    "dxf that inserts itself": (recursive(1, 1, closed=True), "dxf-recursive"),
    "dxf in a circle": (recursive(5, 2, closed=True), "dxf-recursive"),
    "dxf of blocks in blocks": (recursive(40, 1, closed=False), "dxf-recursive"),
    "dxf that multiplies": (recursive(12, 10, closed=False), "dxf-too-many"),
    "json of brackets": (as_text("a.geojson", "[" * 1_000_000), "json-damaged"),
    "json of objects": (as_text("a.geojson", '{"a":' * 300_000), "json-damaged"),
    "json of collections": (as_text("a.geojson", deep(100_000)), "json-damaged"),
}


# ------------------------------------------------------------------ other files


def vrt(name: str) -> Callable[[str], Write]:
    """A virtual file of GDAL, which reads other files and calls addresses."""

    def at(address: str) -> Write:
        source = f"<SrcDataSource>/vsicurl/{address}</SrcDataSource>"
        layer = f'<OGRVRTLayer name="a">{source}</OGRVRTLayer>'
        return as_text(name, f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>")

    return at


VRTS = {
    **dict.fromkeys(("a.geojson", "a.gpkg", "a.fgb", "a.csv", "a.xlsx", "a.vrt"), "markup"),
    "a.tab": "driver-refused",
    "a.mif": "driver-refused",
    "a.gdb": "driver-refused",
    "a.shp": "shp-damaged",
    "a.kml": "kml-damaged",
    "a.dxf": "dxf-damaged",
}


def outside(folder: Path) -> Path:
    path = folder / "a.geojson"
    path.symlink_to("/etc/hostname")
    return path


def with_linked_table(folder: Path) -> Path:
    path = by_hand("a")(folder)
    path.with_suffix(".dbf").unlink()
    path.with_suffix(".dbf").symlink_to("/etc/hostname")
    return path


def pipe(name: str) -> Write:
    def write(folder: Path) -> Path:
        os.mkfifo(folder / name)
        return folder / name

    return write


def geodatabase_of_links(folder: Path) -> Path:
    path = folder / "a.gdb"
    path.mkdir()
    (path / "a00000001.gdbtable").symlink_to("/etc/hostname")
    return path


OTHERS: dict[str, tuple[Write, str]] = {
    "a link to outside": (outside, "link-outside"),
    "a shapefile with a linked table": (with_linked_table, "link-outside"),
    "a geodatabase of links": (geodatabase_of_links, "link-outside"),
    **{f"a pipe {name}": (pipe(name), "not-regular") for name in ("a.geojson", "a.shp", "a.fgb")},
}
ALL = {**XML, **BOMBS, **NAMES, **CLAIMS, **NESTED, **OTHERS}


@pytest.mark.parametrize("name", ALL)
def test_it_is_refused_with_a_message(name: str, zone: Path, tmp_path: Path) -> None:
    write, slug = ALL[name]
    refused(write, slug, zone, tmp_path)


@pytest.mark.parametrize("name", VRTS)
def test_a_virtual_file_is_refused(name: str, zone: Path, tmp_path: Path, ear: Ear) -> None:
    refused(vrt(name)(ear.address), VRTS[name], zone, tmp_path)


def refused(write: Write, slug: str, zone: Path, folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in zone.iterdir()}
    done = gxq("import", write(folder), zone, "--apply")
    assert (done.status, done.out) == (2, "")
    assert said(slug).fullmatch(done.err), done.err
    assert {path.name: path.read_bytes() for path in zone.iterdir()} == before


# ------------------------------------------------------------------ what is read without harm


def plan(path: Path, zone: Path, *options: str) -> dict[str, Any]:
    return parsed(gxq("import", path, zone, "--format", "json", *options))


def kinds(entries: list[dict[str, Any]]) -> set[str]:
    return {entry["kind"] for entry in entries}


@pytest.mark.parametrize("member", ["link", "href"])
def test_a_linked_crs_is_not_fetched(
    member: str, zone: Path, tmp_path: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    crs = {"type": member, "properties": {"href": ear.address, "type": "proj4"}}
    (table,) = plan(as_json("地块.geojson", features(crs=crs))(tmp_path), zone)["tables"]
    assert "json.note.crs-link" in kinds(table["notes"])
    assert table["crs"]["why"] == "placed"


def test_a_link_of_a_kml_is_not_followed(zone: Path, tmp_path: Path, ear: Ear) -> None:
    link = f"<NetworkLink><Link><href>{ear.address}</href></Link></NetworkLink>"
    text = KML.replace("<Document>", f"<Document>{link}").format("甲")
    found = plan(as_text("地块.kml", text)(tmp_path), zone)
    assert "kml.loss.passed-over" in kinds(found["losses"])


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"


def test_no_sql_of_a_geopackage_runs(zone: Path, tmp_path: Path) -> None:
    path = by_gdal("地块.gpkg", "GPKG", layer="地块")(tmp_path)
    db = sqlite3.connect(path)
    db.executescript(
        f"CREATE VIEW 统计 AS {ENDLESS}; CREATE TABLE 痕迹 (x);"
        ' CREATE TRIGGER t AFTER UPDATE ON "地块" BEGIN INSERT INTO 痕迹 VALUES (1); END;'
        " INSERT INTO gpkg_contents (table_name, data_type, identifier)"
        " VALUES ('统计', 'attributes', '统计');"
    )
    db.close()
    before = path.read_bytes()
    found = plan(path, zone)
    assert "geopackage.loss.view" in kinds(found["losses"])
    assert sum(table["records"] for table in found["tables"]) == 3
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_shape_that_claims_two_billion_points_is_lost_alone(zone: Path, tmp_path: Path) -> None:
    # Type and box of the first record, then its numbers of parts and of points.
    path = claiming(".shp", 100 + 8 + 40, "<i", (1 << 31) - 1)(tmp_path)
    found = plan(path, zone, "--layer", "sites")
    assert {loss["kind"]: loss["count"] for loss in found["losses"]}[
        "vector.loss.shape-damaged"
    ] == 1
    assert found["tables"][0]["records"] == 3


def test_a_cell_at_the_end_of_a_sheet_takes_no_memory(zone: Path, tmp_path: Path) -> None:
    def far(book: Any) -> None:
        book["地块"]["A1048576"] = "末行"

    found = plan(by_openpyxl(change=far)(tmp_path), zone)
    assert found["tables"][0]["records"] == len(as_rows())


def test_a_text_of_a_megabyte_is_read(zone: Path, tmp_path: Path) -> None:
    """A text such as the WKT of a long boundary is more than a CSV reader takes by default."""
    rows = "地块编号,名称,地址\r\nD-1,甲," + "路" * 1_000_000 + "\r\n"
    (table,) = plan(as_text("地块.csv", rows)(tmp_path), zone)["tables"]
    (address,) = (c["new"] for c in table["changes"] if c["field"] == "address_zh")
    assert len(address) == 1_000_000


def test_members_beside_the_layers_of_a_zip_are_not_read(zone: Path, tmp_path: Path) -> None:
    write = zipped(by_hand("地块"), "地块.zip", also={"a.xml": DTDS["of a file"].encode()})
    assert plan(write(tmp_path), zone)["tables"][0]["records"] == 3


@pytest.mark.parametrize("digits", [310, 3_999, 4_301, 1_000_000])
def test_a_number_of_very_many_digits_is_unfit(digits: int, zone: Path, tmp_path: Path) -> None:
    number = "9" * digits
    text = json.dumps(features(), ensure_ascii=False).replace("30.0", number, 1)
    table = f"地块编号,面积\r\nD-1,{number}\r\n"
    for path in (as_text("地块.geojson", text)(tmp_path), as_text("地块.csv", table)(tmp_path)):
        assert "sheets.loss.unfit" in kinds(plan(path, zone)["losses"])
