"""Workbooks, delimited texts and boundary texts, as people and programs leave them."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import openpyxl
import pandas as pd
import pyogrio
import xlsxwriter

from tests.exchange.biff import xls
from tests.support.foreign.parcels import HEADINGS, ROWS, TEXTS, Given, Refused, as_rows, frame

Write = Callable[[Path], Path]
Rows = Sequence[Sequence[Any]]
# A sheet has no geometries: the new parcel lacks its outline, and the layer demands one.
KNOWN: dict[str, Any] = {"status": 1}


def by_openpyxl(
    name: str = "地块.xlsx",
    *,
    sheets: dict[str, Rows] | None = None,
    change: Callable[[Any], None] = lambda _: None,
) -> Write:
    """Write sheets with openpyxl."""

    def write(folder: Path) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in (sheets or {"地块": as_rows()}).items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
        change(book)
        book.save(folder / name)
        return folder / name

    return write


def by_xlsxwriter(folder: Path) -> Path:
    """Write the parcels with XlsxWriter."""
    with xlsxwriter.Workbook(str(folder / "地块.xlsx")) as book:
        sheet = book.add_worksheet("地块")
        for at, row in enumerate(as_rows()):
            sheet.write_row(at, 0, row)
    return folder / "地块.xlsx"


def by_pandas(engine: Literal["openpyxl", "xlsxwriter"], *, index: bool = False) -> Write:
    """Write the parcels with pandas."""

    def write(folder: Path) -> Path:
        table = pd.DataFrame(ROWS, columns=list(HEADINGS))
        table.to_excel(folder / "地块.xlsx", sheet_name="地块", index=index, engine=engine)
        return folder / "地块.xlsx"

    return write


def by_gdal(name: str, driver: str) -> Write:
    """Write the parcels without geometries by a driver of GDAL."""

    def write(folder: Path) -> Path:
        table = pd.DataFrame(frame().drop(columns="geometry"))
        pyogrio.write_dataframe(table, folder / name, driver=driver, layer="地块")
        return folder / name

    return write


def in_bytes(name: str, data: bytes | Callable[[], bytes]) -> Write:
    """Write bytes."""

    def write(folder: Path) -> Path:
        (folder / name).write_bytes(data if isinstance(data, bytes) else data())
        return folder / name

    return write


def text(
    separator: str = ",", encoding: str = "utf-8", *, rows: Rows | None = None, ends: str = "\r\n"
) -> bytes:
    """Rows as delimited text."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=ends).writerows(rows or as_rows())
    return out.getvalue().encode(encoding)


def renamed(write: Write, name: str) -> Write:
    """Write a file, and give it another name."""
    return lambda folder: write(folder).rename(folder / name)


def _column(heading: str, values: Sequence[Any]) -> Rows:
    """The parcels with one more column."""
    return [[*row, more] for row, more in zip(as_rows(), [heading, *values], strict=True)]


def _instead(heading: str, values: Sequence[Any], *, called: str = "") -> Rows:
    """The parcels with other values in a column."""
    at = HEADINGS.index(heading)
    new = [called or heading, *values]
    return [[*row[:at], v, *row[at + 1 :]] for row, v in zip(as_rows(), new, strict=True)]


def _merged(book: Any) -> None:
    book["地块"].merge_cells("C2:C3")


def _total(rows: Rows) -> Rows:
    return [*rows, ["合计", None, None, None, 60.0, None, None]]


def _lost(*kinds: str) -> frozenset[str]:
    return frozenset({"loss.unknown-column", *kinds})


HTML = (
    "<html><head><meta charset='utf-8'></head><body><table>"
    + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in as_rows())
    + "</table></body></html>"
)
XML_2003 = '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook></Workbook>'

# ------------------------------------------------------------------ boundary texts

HEAD = """[属性描述]
格式版本号=1.01版本
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号={zone}
精度=0.001
[地块坐标]
"""
CORNERS = ("地块编号", "地块名称", "地块用途", "地块面积(公顷)")


def boundary(
    encoding: str, *, code: int = 4527, zone: str = "39", name: str = "勘测定界.txt"
) -> Write:
    """Write the parcels as a boundary text."""

    def write(folder: Path) -> Path:
        lines = [HEAD.format(zone=zone)]
        for row, shape in zip(ROWS, frame(code).geometry, strict=True):
            points = list(shape.exterior.coords)
            hectares = row[4] / 15
            lines.append(f"{len(points)},{hectares:.4f},{row[0]},{row[1]},面,,工业用地,,@\r\n")
            lines += [
                f"J{k % (len(points) - 1) + 1},1,{y:.4f},{x:.4f}\r\n"
                for k, (x, y) in enumerate(points)
            ]
        (folder / name).write_bytes("".join(lines).encode(encoding))
        return folder / name

    return write


_BOUNDARY: dict[str, Any] = {
    "options": ("--layer", "sites", "--id", "地块编号", "--map", "地块名称=name_zh"),
    "columns": CORNERS,
    "values": {key: value for key, value in TEXTS.items() if key[1] == "name_zh"},
    "status": 1,
}

CASES: dict[str, Given | Refused] = {
    "xlsx by openpyxl": Given(by_openpyxl(), **KNOWN),
    "xlsx by xlsxwriter": Given(by_xlsxwriter, **KNOWN),
    "xlsx by pandas, openpyxl": Given(by_pandas("openpyxl"), **KNOWN),
    "xlsx by pandas, xlsxwriter": Given(by_pandas("xlsxwriter"), **KNOWN),
    "xlsx by GDAL": Given(by_gdal("地块.xlsx", "XLSX"), **KNOWN),
    "xlsx in capitals": Given(by_openpyxl("地块.XLSX"), **KNOWN),
    "xlsm": Given(by_openpyxl("地块.xlsm"), **KNOWN),
    "xlsx named xls": Given(renamed(by_openpyxl(), "地块.xls"), **KNOWN),
    "xlsx named csv": Given(renamed(by_openpyxl(), "地块.csv"), **KNOWN),
    "xls": Given(in_bytes("地块.xls", lambda: xls({"地块": as_rows()})), **KNOWN),
    "xls named xlsx": Given(in_bytes("地块.xlsx", lambda: xls({"地块": as_rows()})), **KNOWN),
    "et of WPS": Given(in_bytes("地块.et", lambda: xls({"地块": as_rows()})), **KNOWN),
    "ods by GDAL": Given(by_gdal("地块.ods", "ODS"), **KNOWN),
    "csv by GDAL": Given(by_gdal("地块.csv", "CSV"), **KNOWN),
    "xlsx with a title": Given(
        by_openpyxl(sheets={"地块": [["高新区地块台账"], *as_rows()]}),
        losses=_lost("sheets.loss.title-row"),
        **KNOWN,
    ),
    "xlsx with a total": Given(
        by_openpyxl(sheets={"地块": _total(as_rows())}),
        losses=_lost("sheets.loss.total-row"),
        records=4,
        **KNOWN,
    ),
    "xlsx with merged parks": Given(
        by_openpyxl(sheets={"地块": _instead("所属园区", ["东园", None, "东园"])}, change=_merged),
        **KNOWN,
    ),
    "xlsx with an error": Given(
        by_openpyxl(sheets={"地块": _instead("面积", ["#N/A", 15.0, 15.0])}),
        losses=_lost("sheets.loss.error-cell", "loss.empty-cell"),
        **KNOWN,
    ),
    "xlsx with a formula": Given(
        by_openpyxl(sheets={"地块": _instead("面积", ["=15*2", 15.0, 15.0])}),
        losses=_lost("sheets.loss.formula-unsaved", "loss.empty-cell"),
        **KNOWN,
    ),
    "xlsx with a word for a number": Given(
        by_openpyxl(sheets={"地块": _instead("面积", ["约三十", 15.0, 15.0])}),
        losses=_lost("sheets.loss.unfit", "loss.empty-cell"),
        **KNOWN,
    ),
    "xlsx in hectares": Given(
        by_openpyxl(sheets={"地块": _instead("面积", [2.0, 1.0, 1.0], called="面积（公顷）")}),
        columns=(*HEADINGS[:4], "面积（公顷）", *HEADINGS[5:]),
        **KNOWN,
    ),
    "xlsx with a strange unit": Given(
        by_openpyxl(sheets={"地块": _instead("面积", [2.0, 1.0, 1.0], called="面积（平方英里）")}),
        columns=(*HEADINGS[:4], "面积（平方英里）", *HEADINGS[5:]),
        **KNOWN,
    ),
    "xlsx with dates": Given(
        by_openpyxl(sheets={"地块": _column("更新日期", [date(2026, 11, 1)] * 3)}),
        columns=(*HEADINGS, "更新日期"),
        **KNOWN,
    ),
    "xlsx with two columns of one name": Given(
        by_openpyxl(sheets={"地块": _column("地址", ["甲", "乙", "丙"])}),
        columns=(*HEADINGS, "地址_2"),
        **KNOWN,
    ),
    "xlsx with one number twice": Given(
        by_openpyxl(sheets={"地块": [*as_rows(), *(list(ROWS[2]) for _ in range(3))]}),
        losses=_lost("loss.repeated-id"),
        records=6,
        **KNOWN,
    ),
    "xlsx without numbers": Given(
        by_openpyxl(sheets={"地块": [row[1:] for row in as_rows()]}),
        columns=HEADINGS[1:],
        values={},
        losses=_lost("loss.without-id"),
    ),
    "xlsx of no records": Given(
        by_openpyxl(sheets={"地块": [list(HEADINGS)]}), records=0, values={}
    ),
    "xlsx of nothing": Refused(by_openpyxl(sheets={"地块": []}), "sheet-empty"),
    "half an xlsx": Refused(
        lambda f: in_bytes("a.xlsx", by_openpyxl("b.xlsx")(f).read_bytes()[:3000])(f), "bad-archive"
    ),
    "html named xls": Refused(in_bytes("地块.xls", HTML.encode()), "markup"),
    "html in GBK named xls": Refused(in_bytes("地块.xls", HTML.encode("gb18030")), "markup"),
    "xml of Excel 2003 named xls": Refused(in_bytes("地块.xls", XML_2003.encode()), "markup"),
    "pdf": Refused(
        in_bytes("地块.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(500)), "encoding-unknown"
    ),
    "picture": Refused(in_bytes("地块.png", b"\x89PNG\r\n\x1a\n" + bytes(500)), "encoding-unknown"),
    **{
        f"csv in {encoding}": Given(in_bytes("地块.csv", text(encoding=encoding)), **KNOWN)
        for encoding in ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16")
    },
    **{
        f"txt with {name}": Given(in_bytes("地块.txt", text(mark, "gb18030")), **KNOWN)
        for name, mark in (
            ("tabs", "\t"),
            ("semicolons", ";"),
            ("bars", "|"),
            ("wide commas", "，"),
        )
    },
    "csv with Unix lines": Given(in_bytes("地块.csv", text(ends="\n")), **KNOWN),
    "csv with Mac lines": Given(in_bytes("地块.csv", text(ends="\r")), **KNOWN),
    "csv with sep=": Given(in_bytes("地块.csv", b"sep=;\r\n" + text(";")), **KNOWN),
    "csv in capitals": Given(in_bytes("地块.CSV", text()), **KNOWN),
    "csv named dat": Given(in_bytes("地块.dat", text()), **KNOWN),
    "boundary text in GBK": Given(boundary("gb18030"), **_BOUNDARY),
    "boundary text in UTF-8": Given(boundary("utf-8"), **_BOUNDARY),
    "boundary text with a mark": Given(boundary("utf-8-sig"), **_BOUNDARY),
    "boundary text in UTF-16": Given(boundary("utf-16"), **_BOUNDARY),
    "boundary text in 4548": Given(boundary("gb18030", code=4548), **_BOUNDARY),
    "boundary text in capitals": Given(boundary("gb18030", name="定界.TXT"), **_BOUNDARY),
    "boundary text without corners": Refused(
        in_bytes("定界.txt", HEAD.format(zone=39).encode("gb18030")), "boundary-no-parcels"
    ),
}
