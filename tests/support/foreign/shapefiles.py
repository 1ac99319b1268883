"""Shapefiles of pyshp, GDAL and by hand: encodings with true, missing and lying declarations."""

import struct
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyogrio
import pyproj
import shapefile as pyshp

from tests.support.foreign.parcels import HEADINGS, ROWS, SHAPES, Given, Refused, frame
from tests.support.foreign.vectors import LATIN, by_gdal, zipped

Write = Callable[[Path], Path]
# Widths in bytes of the fields of the parcels; the area is a number.
WIDTHS = (20, 60, 20, 20, 12, 90, 20)
# The code pages that the header of a DBF declares.
LDID = {"gb18030": 0x4D, "big5": 0x4F, "cp1252": 0x57, "": 0}
# What ten bytes hold of the headings in UTF-8: three Hanzi and the first byte of another.
CUT = tuple(h.encode()[:9].decode() for h in HEADINGS)
NAME_CUT = frozenset({"loss.unknown-column", "vector.loss.name-cut"})
TAIWAN = ("臺灣產業園東側地塊", "標準廠房用地", "新增儲備地塊")


def prj(crs: int = 4490) -> bytes:
    """The CRS as ArcGIS writes it."""
    return pyproj.CRS.from_epsg(crs).to_wkt("WKT1_ESRI").encode()


def dbf(
    rows: Sequence[Sequence[Any]] = ROWS,
    headings: Sequence[str] = HEADINGS,
    *,
    encoding: str = "gb18030",
    ldid: int = 0,
    deleted: Sequence[int] = (),
    widths: Sequence[int] = WIDTHS,
) -> bytes:
    """A DBF of dBASE III; texts and names are cut to bytes, in mid character if it has to be."""
    fields, at = b"", 1
    for name, width in zip(headings, widths, strict=True):
        kind, decimals = (b"N", 2) if name in ("面积", "area_mu") else (b"C", 0)
        raw = name.encode(encoding)[:10].ljust(11, b"\0")
        fields += struct.pack("<11sc4xBB14x", raw, kind, width, decimals)
        at += width
    head = struct.pack("<B3sIHH17xB2x", 3, b"\x7e\x01\x05", len(rows), 33 + len(fields), at, ldid)
    body = b"".join(
        (b"*" if k in deleted else b" ") + _record(row, encoding, widths)
        for k, row in enumerate(rows)
    )
    return head + fields + b"\r" + body + b"\x1a"


def _record(row: Sequence[Any], encoding: str, widths: Sequence[int]) -> bytes:
    cells = (
        (f"{value:.2f}" if isinstance(value, float) else str(value)).encode(encoding)
        for value in row
    )
    return b"".join(c[:w].ljust(w, b" ") for c, w in zip(cells, widths, strict=True))


def by_hand(
    name: str = "地块",
    *,
    table: bytes | None = None,
    crs: int = 4490,
    cpg: str = "",
    without: Sequence[str] = (),
    capitals: bool = False,
    shapes: Sequence[Any] | None = None,
    **options: Any,
) -> Write:
    """Write a shapefile whose parts are given one by one."""

    def write(folder: Path) -> Path:
        base = folder / name
        drawn = frame(crs).geometry if shapes is None else shapes
        with pyshp.Writer(str(base), shapeType=pyshp.POLYGON, encoding="utf-8") as out:
            out.field("x", "C", 1)
            for shape in drawn:
                out.poly([list(shape.exterior.coords)]) if shape is not None else out.null()
                out.record("")
        base.with_suffix(".dbf").write_bytes(dbf(**options) if table is None else table)
        base.with_suffix(".prj").write_bytes(prj(crs))
        if cpg:
            base.with_suffix(".cpg").write_text(cpg)
        for suffix in without:
            base.with_suffix(suffix).unlink()
        if capitals:
            for part in list(folder.iterdir()):
                part.rename(part.with_suffix(part.suffix.upper()))
        return base.with_suffix(".SHP" if capitals else ".shp")

    return write


def by_pyshp(name: str, encoding: str, *, kind: int = pyshp.POLYGON, **known: Any) -> Write:
    """Write the parcels by pyshp, with a type of geometry that has heights or measures."""

    def write(folder: Path) -> Path:
        base = folder / name
        with pyshp.Writer(str(base), shapeType=kind, encoding=encoding) as out:
            for heading, width in zip(HEADINGS, WIDTHS, strict=True):
                cut = heading.encode(encoding)[:10].decode(encoding, "ignore")
                if heading == "面积":
                    out.field(cut, "N", width, 2)
                else:
                    out.field(cut, "C", width)
            for row, shape in zip(ROWS, SHAPES, strict=True):
                points = [[*point, *known.get("more", ())] for point in shape.exterior.coords]
                {pyshp.POLYGON: out.poly, pyshp.POLYGONZ: out.polyz, pyshp.POLYGONM: out.polym}[
                    kind
                ]([points])
                out.record(*row)
        base.with_suffix(".prj").write_bytes(prj())
        return base.with_suffix(".shp")

    return write


def _in_big5() -> dict[str, Any]:
    """A file of a program from Taiwan, with Latin names of fields."""
    rows = [
        [row[0], name, park, "reserve", row[4], "黃金大道中段", "進行中"]
        for row, name, park in zip(ROWS, TAIWAN, ("dong", "xi", "dong"), strict=True)
    ]
    return {"rows": rows, "headings": LATIN}


_BIG5: dict[str, Any] = {
    "columns": LATIN,
    "values": {("D-1", "name_zh"): TAIWAN[0], ("X-1", "name_zh"): TAIWAN[1]},
}


def _dates(folder: Path) -> Path:
    made = frame(调查日期=[date(2026, 1, 5), None, date(2026, 2, 28)], 通电=[True, False, True])
    pyogrio.write_dataframe(made, folder / "地块.shp", encoding="gb18030")
    return folder / "地块.shp"


def _two_in_one(folder: Path) -> Path:
    """Two shapefiles in one archive, in folders."""
    source = folder / "packed"
    (source / "一期").mkdir(parents=True)
    by_hand("地块")(source / "一期")
    made = frame().iloc[:0]
    pyogrio.write_dataframe(
        made, source / "地块空.shp", encoding="gb18030", geometry_type="Polygon"
    )
    with zipfile.ZipFile(folder / "全部.zip", "w") as archive:
        for path in sorted(source.rglob("*.*")):
            archive.write(path, path.relative_to(source))
    return folder / "全部.zip"


def _old_names(folder: Path) -> Path:
    """An archive with names in GBK and without the flag of UTF-8, as Windows writes it."""
    source = folder / "packed"
    source.mkdir()
    by_hand("地块")(source)
    path = folder / "地块.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(source.iterdir()):
            info = zipfile.ZipInfo("x" * 10 + part.suffix)
            archive.writestr(info, part.read_bytes())
    path.write_bytes(
        path.read_bytes().replace(b"xxxxxxxxxx.", "高新区红线".encode("gb18030") + b".")
    )
    return path


def _part(write: Write, suffix: str) -> Write:
    """The file beside the shapefile that the user names instead of it."""
    return lambda folder: write(folder).with_suffix(suffix)


def _appended(write: Write, suffix: str, change: Callable[[bytes], bytes]) -> Write:
    def changed(folder: Path) -> Path:
        path = write(folder)
        part = path.with_suffix(suffix)
        part.write_bytes(change(part.read_bytes()))
        return path

    return changed


_LONG_NAMES = [[*row[:1], row[1] + "中" * 29, *row[2:]] for row in ROWS]
_TWICE = (*HEADINGS[:5], "地址", "地址")

_CUT: dict[str, Any] = {"columns": CUT, "losses": NAME_CUT}


def _letter(folder: Path) -> Path:
    (folder / "读我.docx").touch()
    return folder / "读我.docx"


CASES: dict[str, Given | Refused] = {
    "shp by GDAL in GBK": Given(by_gdal("地块.shp", "ESRI Shapefile", encoding="gb18030")),
    "shp by GDAL in UTF-8": Given(
        by_gdal("地块.shp", "ESRI Shapefile", encoding="utf-8"), columns=CUT, losses=NAME_CUT
    ),
    "shp by pyshp in GBK": Given(by_pyshp("地块", "gb18030")),
    "shp by pyshp in UTF-8": Given(by_pyshp("地块", "utf-8"), columns=CUT),
    "shp with heights": Given(
        by_pyshp("地块", "gb18030", kind=pyshp.POLYGONZ, more=(38.0,)),
        losses=frozenset({"loss.unknown-column", "vector.loss.heights"}),
    ),
    "shp with measures": Given(
        by_pyshp("地块", "gb18030", kind=pyshp.POLYGONM, more=(7.0,)),
        losses=frozenset({"loss.unknown-column", "vector.loss.measures"}),
    ),
    **{
        f"shp in {encoding}, {said or 'nothing'} in .cpg, {mark or 'nothing'} in the header": Given(
            by_hand(encoding=encoding, cpg=said, ldid=LDID[mark]),
            **(_CUT if encoding == "utf-8" else {}),
        )
        for encoding, said, mark in (
            ("gb18030", "GBK", ""),
            ("gb18030", "936", "gb18030"),
            ("gb18030", "UTF-8", ""),
            ("gb18030", "ISO-8859-1", "cp1252"),
            ("gb18030", "", "gb18030"),
            ("gb18030", "", "cp1252"),
            ("gb18030", "", ""),
            ("gb18030", "BIG5", ""),
            ("utf-8", "UTF-8", ""),
            ("utf-8", "", ""),
            ("utf-8", "GBK", "gb18030"),
            ("utf-8", "ISO-8859-1", ""),
        )
    },
    "shp in GBK, an unknown name in .cpg": Given(by_hand(cpg="UNKNOWN-CHARSET")),
    "shp in Big5": Given(by_hand(encoding="cp950", cpg="BIG5", **_in_big5()), **_BIG5),
    "shp in Big5 without .cpg": Given(by_hand(encoding="cp950", **_in_big5()), **_BIG5),
    "shp with texts cut in mid character": Given(
        by_hand(encoding="utf-8", rows=_LONG_NAMES, widths=(20, 59, 20, 20, 12, 90, 20)),
        columns=CUT,
        values={
            (row[0], "name_zh"): row[1].encode()[:59].decode("utf-8", "ignore")
            for row in _LONG_NAMES[:2]
        },
        losses=NAME_CUT | {"vector.loss.text-cut"},
    ),
    "shp with a deleted record": Given(
        by_hand(deleted=(2,)), losses=frozenset({"loss.unknown-column", "vector.loss.deleted"})
    ),
    "shp with two fields of one name": Given(
        by_hand(headings=_TWICE),
        columns=(*HEADINGS[:6], "地址_7"),
        losses=frozenset({"loss.unknown-column", "vector.loss.name-repeated"}),
    ),
    "shp without .shx": Given(by_hand(without=(".shx",))),
    "shp without .prj": Given(by_hand(without=(".prj",))),
    "shp without .dbf": Given(
        by_hand(without=(".dbf",)),
        columns=(),
        values={},
        losses=frozenset({"vector.loss.no-dbf", "loss.without-id"}),
    ),
    "shp in capitals": Given(by_hand(capitals=True)),
    "shp with a null geometry": Given(by_hand(shapes=[None, *SHAPES[1:]])),
    "shp of no records": Given(by_hand(rows=[], shapes=[]), records=0, values={}),
    "shp with dates": Given(_dates, columns=(*HEADINGS, "调查日期", "通电")),
    **{f"shp in EPSG:{code}": Given(by_hand(crs=code)) for code in (4527, 4548, 4508, 3857)},
    "shp in 4548 without .prj": Given(by_hand(crs=4548, without=(".prj",))),
    "shp in 4527 without .prj": Given(by_hand(crs=4527, without=(".prj",))),
    "dbf named, shp beside it": Given(_part(by_hand(), ".dbf")),
    "shx named, shp beside it": Given(_part(by_hand(), ".shx")),
    "dbf alone": Given(_part(by_hand(without=(".shp", ".shx", ".prj")), ".dbf"), status=1),
    "shx alone": Refused(_part(by_hand(without=(".shp", ".dbf")), ".shx"), "no-file"),
    "zipped shp": Given(zipped(by_hand(), "地块.zip")),
    "zipped shp in a folder": Given(zipped(by_hand(), "红线.ZIP", inner="成果/")),
    "zipped shp named shp": Given(zipped(by_hand(), "地块.shp")),
    "zipped shp of a Mac": Given(
        zipped(
            by_hand(), "地块.zip", also={"__MACOSX/._地块.shp": b"\0\5\x16\7", ".DS_Store": b"x"}
        )
    ),
    "zipped shp with names in GBK": Given(_old_names),
    "zipped twice": Given(_two_in_one),
    "zip without layers": Refused(
        zipped(_letter, "资料.zip", also={"a.docx": b"x"}),
        "zip-without-layers",
    ),
    "shp of another file's dbf": Refused(by_hand(table=dbf(ROWS[:2])), "shp-counts"),
    "half a shp": Refused(_appended(by_hand(), ".shp", lambda d: d[:-40]), "shp-damaged"),
    "half a dbf": Refused(_appended(by_hand(), ".dbf", lambda d: d[:-200]), "dbf-damaged"),
    "half a zip": Refused(
        _appended(zipped(by_hand(), "a.zip"), ".zip", lambda d: d[:-200]), "bad-archive"
    ),
    "GBK stated as UTF-8": Refused(by_hand(), "encoding-wrong", ("--encoding", "utf-8")),
    "an encoding that does not exist": Refused(
        by_hand(), "no-such-encoding", ("--encoding", "klingon")
    ),
}
