"""Sheets as planners have them: headings, merged cells, formats, totals, coordinates."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from gxq_geo import words
from gxq_geo.exchange.readers import sheets
from gxq_geo.exchange.sheets import tables
from gxq_geo.exchange.sheets.files import archive
from gxq_geo.exchange.sheets.grid import address, letters
from gxq_geo.exchange.sheets.number_formats import shown
from gxq_geo.exchange.source import Loss, Note, ReadOptions, SourceTable
from gxq_geo.words.errors import FileError
from tests.exchange.biff import xls
from tests.exchange.messages import kinds

HERE = Path(__file__).parent
CASES = HERE.parents[2] / "shared" / "cases"


def book(*rows: Sequence[Any], merge: Sequence[str] = (), name: str = "台账") -> Any:
    """A workbook of openpyxl with one sheet."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    for block in merge:
        sheet.merge_cells(block)
    return made


def read(path: Path, content: Any, **options: Any) -> tuple[SourceTable, ...]:
    """Save a workbook, bytes or a text, and read it."""
    if isinstance(content, bytes | str):
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    else:
        content.save(path)
    return sheets.read(path, ReadOptions(**options))


def only(path: Path, content: Any, **options: Any) -> SourceTable:
    (table,) = read(path, content, **options)
    return table


def of_kind(table: SourceTable, kind: str) -> Mapping[str, Any]:
    reported: list[Loss | Note] = [*table.losses, *table.notes]
    (found,) = (one for one in reported if one.kind.endswith(f".{kind}"))
    return found.params


# ------------------------------------------------------------------ headings and rows


def test_a_ledger_with_all_that_planners_add(tmp_path: Path) -> None:
    made = book(
        ["示例高新区地块台账"],
        ["填报单位：招商局", None, None, None, "单位：万元"],
        ["地块编号", "所属园区", "投资额", None, "更新日期"],
        [None, None, "总额(亿元)", "到位", None],
        ["A-1", "东园", 1.5, 100, datetime(2026, 9, 17)],
        ["A-2", None, 2, 200, datetime(2026, 9, 18)],
        ["小计", None, 3.5, 300],
        ["一、储备"],
        ["A-3", "西园", 1, 1, datetime(2026, 9, 19, 8, 30)],
        ["合计", None, 4.5, 301],
        ["注：示范数据"],
        merge=["A1:E1", "A3:A4", "B3:B4", "C3:D3", "E3:E4", "B5:B6", "A8:E8"],
    )
    table = only(tmp_path / "a.xlsx", made)
    assert table.name == "台账"
    assert table.columns == {
        "地块编号": ["A-1", "A-2", "A-3"],
        "所属园区": ["东园", "东园", "西园"],
        "投资额/总额(亿元)": [1.5, 2, 1],
        "投资额/到位": [100, 200, 1],
        "更新日期": [date(2026, 9, 17), date(2026, 9, 18), datetime(2026, 9, 19, 8, 30)],
    }
    assert table.places == ("5", "6", "9")
    assert kinds(table.losses) == ["title-row", "total-row", "section-row", "note-row"]
    assert of_kind(table, "total-row") == {"rows": "7, 10", "text": "小计"}
    assert kinds(table.notes) == ["joined-heading", "unit-line", "merged-filled"]
    assert of_kind(table, "unit-line") == {"unit": "万元"}


def test_three_rows_of_a_heading_are_joined(tmp_path: Path) -> None:
    made = book(
        ["编号", "指标", None, None, "状态"],
        [None, "投资", None, "税收", None],
        [None, "总额", "到位", None, None],
        ["A", 1, 2, 3, "可供"],
        merge=["A1:A3", "B1:D1", "E1:E3", "B2:C2", "D2:D3"],
    )
    table = only(tmp_path / "a.xlsx", made)
    assert list(table.columns) == ["编号", "指标/投资/总额", "指标/投资/到位", "指标/税收", "状态"]
    assert table.count == 1


def test_a_csv_shows_merged_headings_as_blanks(tmp_path: Path) -> None:
    table = only(tmp_path / "a.csv", "编号,投资额,,状态\n,总额,到位,\nA,1,2,可供\nB,3,4,储备\n")
    assert list(table.columns) == ["编号", "投资额/总额", "投资额/到位", "状态"]
    assert table.columns["投资额/到位"] == ["2", "4"]


def test_a_sparse_first_record_is_no_second_heading(tmp_path: Path) -> None:
    table = only(tmp_path / "a.csv", "编号,名称,状态\nA,,\nB,乙,可供\n")
    assert table.columns["编号"] == ["A", "B"]
    assert kinds(table.losses) == []


def test_a_row_of_units_belongs_to_the_heading(tmp_path: Path) -> None:
    table = only(
        tmp_path / "a.xlsx", book(["编号", "面积", "单价"], [None, "(亩)", "万元/亩"], ["A", 3, 4])
    )
    assert list(table.columns) == ["编号", "面积(亩)", "单价(万元/亩)"]
    assert of_kind(table, "unit-row") == {"columns": "面积(亩), 单价(万元/亩)"}


def test_column_numbers_and_repeated_headings_are_no_records(tmp_path: Path) -> None:
    made = book(
        ["编号", "名称", "面积"],
        [1, 2, 3],
        ["A", "甲", 1],
        ["编号", "名称", "面积"],
        ["B", "乙", 2],
    )
    table = only(tmp_path / "a.xlsx", made)
    assert table.columns["编号"] == ["A", "B"]
    assert kinds(table.losses) == ["numbers-row", "heading-row"]


def test_columns_without_or_with_the_same_heading_are_kept(tmp_path: Path) -> None:
    made = book(
        ["编号", None, "备注", "备注", None], ["A", "x", "p", "q", None], ["B", "y", "r", "s"]
    )
    table = only(tmp_path / "a.xlsx", made)
    assert table.columns == {
        "编号": ["A", "B"], "B": ["x", "y"], "备注": ["p", "r"], "备注_2": ["q", "s"],
    }  # fmt: skip
    assert kinds(table.notes) == ["unnamed-column", "repeated-heading"]


def test_the_row_of_the_heading_can_be_stated(tmp_path: Path) -> None:
    content = "甲,乙\n说明,说明二\n编号,面积\nA,1\n"
    assert list(only(tmp_path / "a.csv", content).columns) == ["甲", "乙"]
    table = only(tmp_path / "a.csv", content, header_row=3)
    assert table.columns == {"编号": ["A"], "面积": ["1"]}


def test_a_sheet_without_a_heading_is_a_loss(tmp_path: Path) -> None:
    table = only(tmp_path / "a.xlsx", book([1, 2, 3], [4, 5, 6]))
    assert table.columns == {}
    assert kinds(table.losses) == ["no-heading"]
    assert table.losses[0].count == 2


# ------------------------------------------------------------------ cells


def test_codes_phones_percentages_and_texts_by_their_formats(tmp_path: Path) -> None:
    made = book(["编号", "电话", "绿地率", "街道", "数"], [7, 5370000052, 0.07, 370800001, 1.0])
    sheet = made.active
    formats = {"A2": "000", "B2": "0000-0000000", "C2": "0.0%", "D2": "@", "E2": "#,##0.00"}
    for place, number_format in formats.items():
        sheet[place].number_format = number_format
    table = only(tmp_path / "a.xlsx", made)
    assert [cells[0] for cells in table.columns.values()] == [
        "007",
        "0537-0000052",
        7,
        "370800001",
        1,
    ]
    assert isinstance(table.columns["绿地率"][0], int)
    assert kinds(table.notes) == ["percent"]


def test_texts_of_numbers_and_formulas_stay_texts(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx", {"strings_to_formulas": False}) as made:
        sheet = made.add_worksheet()
        for row, values in enumerate([["编号", "备注", "面积"], ["007", "=1+1", "12.50"]]):
            for column, value in enumerate(values):
                sheet.write_string(row, column, value)
    (table,) = sheets.read(tmp_path / "a.xlsx", ReadOptions())
    assert table.columns == {"编号": ["007"], "备注": ["=1+1"], "面积": ["12.50"]}


@pytest.mark.parametrize("engine", ["openpyxl", "xlsxwriter"])
def test_workbooks_of_pandas(tmp_path: Path, engine: Any) -> None:
    days = pd.to_datetime(["2026-01-02", "NaT"])
    frame = pd.DataFrame({"编号": ["001", "002"], "面积": [1.5, float("nan")], "日期": days})
    frame.to_excel(tmp_path / "a.xlsx", index=False, engine=engine, sheet_name="地块")
    (table,) = sheets.read(tmp_path / "a.xlsx", ReadOptions())
    assert table.name == "地块"
    assert table.columns == {
        "编号": ["001", "002"], "面积": [1.5, None], "日期": [date(2026, 1, 2), None],
    }  # fmt: skip


def test_errors_and_formulas_without_a_result_are_losses(tmp_path: Path) -> None:
    made = book(["编号", "面积", "投资"], ["A", "=1+1", "#N/A"], ["B", 2, 3])
    table = only(tmp_path / "a.xlsx", made)
    assert table.columns == {"编号": ["A", "B"], "面积": [None, 2], "投资": [None, 3]}
    assert kinds(table.losses) == ["formula-unsaved", "error-cell"]
    assert of_kind(table, "error-cell") == {"value": "#N/A", "places": "C2"}


@pytest.mark.parametrize("recalculated", [True, False])
def test_a_saved_result_of_a_formula_counts(tmp_path: Path, recalculated: bool) -> None:
    """Excel saves an empty text as a result; a program that cannot calculate saves 0."""

    def saved(sheet: bytes) -> bytes:
        results = {b"B2": b"<v>2</v>", b"C2": b"<v></v>", b"D2": b"<v>0</v>"}
        for place, value in results.items():
            kind = b' t="str"' if place == b"C2" else b""
            cell = rb'<c r="%s"[^>]*>(<f>.*?</f>)<v ?/?>(?:</v>)?</c>' % place
            sheet, count = re.subn(cell, rb'<c r="%s"%s>\1%s</c>' % (place, kind, value), sheet)
            assert count == 1
        return sheet

    def settings(workbook: bytes) -> bytes:
        asked = b'fullCalcOnLoad="1"'
        assert asked in workbook
        return workbook if recalculated else workbook.replace(asked, b"")

    made = book(["编号", "面积", "备注", "投资"], ["A", "=1+1", '=IF(1,"","x")', "=SUM(B3:B4)"])
    content = remade(made, {SHEET: saved, "xl/workbook.xml": settings})
    table = only(tmp_path / "a.xlsx", content)
    assert table.columns["面积"] == [2]
    assert table.columns["备注"] == [None]
    assert table.columns["投资"] == [None if recalculated else 0]
    assert kinds(table.losses) == (["formula-unsaved"] if recalculated else [])


def test_hidden_rows_columns_and_sheets_are_read_and_noted(tmp_path: Path) -> None:
    made = book(["编号", "面积"], ["A", 1], ["B", 2])
    made.active.row_dimensions[3].hidden = True
    made.active.column_dimensions["B"].hidden = True
    other = made.create_sheet("旧表")
    other.append(["编号", "面积"])
    other.append(["C", 3])
    other.sheet_state = "hidden"
    first, second = read(tmp_path / "a.xlsx", made)
    assert first.columns["面积"] == [1, 2]
    assert kinds(first.notes) == ["hidden-rows", "hidden-columns"]
    assert of_kind(first, "hidden-rows") == {"count": 1, "rows": "3"}
    assert kinds(second.notes) == ["hidden-sheet"]


def test_a_sheet_can_be_chosen_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    made = book(["编号", "面积"], ["A", 1])
    made.create_sheet("Sheet2")
    assert len(read(tmp_path / "a.xlsx", made)) == 1
    made.create_sheet("二").append(["编号", "名称"])
    assert only(tmp_path / "a.xlsx", made, table="二").name == "二"
    with pytest.raises(FileError) as error:
        read(tmp_path / "a.xlsx", made, table="三")
    assert error.value.slug == "sheet-missing"


@given(st.integers(0, 10**9), st.integers(2, 12))
def test_a_code_has_the_zeros_of_its_format(number: int, digits: int) -> None:
    assert shown(number, "0" * digits) == (str(number).zfill(digits), False)


@given(st.decimals(min_value=0, max_value=100, places=4))
def test_a_percentage_is_exactly_the_number_that_is_shown(value: Any) -> None:
    assert shown(float(value / 100), "0.00%") == (float(value), True)


@given(st.integers(0, 16_383))
def test_the_letters_of_a_column_are_those_of_openpyxl(column: int) -> None:
    assert letters(column) == openpyxl.utils.get_column_letter(column + 1)


def test_the_address_of_a_cell() -> None:
    assert address(6, 1) == "B7"


# ------------------------------------------------------------------ other formats


def test_an_xls_with_formats_errors_and_merged_cells(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["地块编号", "园区", "日期", "绿地率"],
        [(7, "000"), "东园", date(2026, 1, 2), (0.35, "0%")],
        ["A-2", None, "#N/A", 3],
    ]
    content = xls({"台账": rows, "空": []}, merged=[(1, 2, 1, 1)], hidden=["台账"], hidden_row=2)
    table = only(tmp_path / "a.xls", content)
    assert table.columns == {
        "地块编号": ["007", "A-2"],
        "园区": ["东园", "东园"],
        "日期": [date(2026, 1, 2), None],
        "绿地率": [35, 3],
    }
    assert kinds(table.losses) == ["error-cell"]
    assert kinds(table.notes) == ["percent", "merged-filled", "hidden-sheet", "hidden-rows"]


def test_an_xls_whose_formats_are_damaged_says_so(tmp_path: Path) -> None:
    content = xls({"台账": [["电话", "面积"], [5370000052, 3]]})
    assert content.count(b"\xe0\x00\x14\x00") == 3
    table = only(tmp_path / "a.xls", content.replace(b"\xe0\x00\x14\x00", b"\xe1\x00\x14\x00"))
    assert table.columns == {"电话": [5370000052], "面积": [3]}
    assert kinds(table.notes) == ["formats-unseen"]


def test_an_ods_of_gdal(tmp_path: Path) -> None:
    frame = pd.DataFrame({"编号": ["001", "002"], "面积": [1.5, 2.0], "日期": ["2026-01-02", "x"]})
    pyogrio.write_dataframe(frame, tmp_path / "a.ods", driver="ODS", layer="地块")
    (table,) = sheets.read(tmp_path / "a.ods", ReadOptions())
    assert table.name == "地块"
    assert table.columns == {"编号": ["001", "002"], "面积": [1.5, 2], "日期": ["2026-01-02", "x"]}


ODS = """<?xml version="1.0" encoding="UTF-8"?>{dtd}
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="台账"><table:table-column/>
<table:table-column table:visibility="collapse"/>{rows}
<table:table-row table:number-rows-repeated="1048570"><table:table-cell
 table:number-columns-repeated="16384"/></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


def ods(*rows: str, dtd: str = "") -> bytes:
    """An ODS file with these rows, as LibreOffice writes them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("content.xml", ODS.format(rows="".join(rows), dtd=dtd))
    return out.getvalue()


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def cell(text: str, attributes: str = 'office:value-type="string"') -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


HEAD = row(cell("编号"), cell("园区"), cell("绿地率"), cell("日期"), cell("面积"))


def test_an_ods_as_libreoffice_writes_it(tmp_path: Path) -> None:
    first = row(
        cell("007", 'office:value-type="float" office:value="7"'),
        cell(
            "东<text:s text:c='2'/>园", 'office:value-type="string" table:number-rows-spanned="2"'
        ),
        cell("7.0%", 'office:value-type="percentage" office:value="0.07"'),
        cell("2026/1/2", 'office:value-type="date" office:date-value="2026-01-02"'),
        cell("1,200.50", 'office:value-type="float" office:value="1200.5"'),
    )
    second = row(
        cell("008", 'office:value-type="float" office:value="8"'),
        "<table:covered-table-cell/>",
        '<table:table-cell table:formula="of:=1/0" office:value-type="string"'
        ' calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>',
        "<table:table-cell/>",
        '<table:table-cell table:formula="of:=[.A1]*2"/>',
        attributes='table:visibility="filter"',
    )
    table = only(tmp_path / "a.ods", ods(HEAD, first, second))
    assert table.columns == {
        "编号": ["007", "008"],
        "园区": ["东  园", "东  园"],
        "绿地率": [7, None],
        "日期": [date(2026, 1, 2), None],
        "面积": [1200.5, None],
    }
    assert kinds(table.losses) == ["error-cell", "formula-unsaved"]
    assert kinds(table.notes) == ["percent", "merged-filled", "hidden-rows", "hidden-columns"]


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [
        ("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", "\t"), ("utf-16", "\t"), ("gbk", "|"),
        ("utf-8", "，"),
    ],
)  # fmt: skip
def test_texts_of_any_separator_and_encoding(tmp_path: Path, encoding: str, separator: str) -> None:
    lines = [["地块编号", "名称", "电话"], ["001", "甲、乙", "0537-1"], ["002", "丙；丁", ""]]
    text = "".join(separator.join(line) + "\r\n" for line in lines)
    table = only(tmp_path / "a.txt", text.encode(encoding))
    assert table.columns == {
        "地块编号": ["001", "002"], "名称": ["甲、乙", "丙；丁"], "电话": ["0537-1", None],
    }  # fmt: skip
    assert kinds(table.notes) == ["text-file"]
    assert of_kind(table, "text-file")["separator"] == {"\t": "Tab"}.get(separator, separator)


def test_a_csv_of_excel_with_its_separator_and_codes(tmp_path: Path) -> None:
    table = only(tmp_path / "a.csv", 'sep=;\n编号;数\n="007";1,5\n"a\nb";#N/A\n')
    assert table.columns == {"编号": ["007", "a\nb"], "数": ["1,5", None]}
    assert kinds(table.losses) == ["error-cell"]


def test_an_encoding_can_be_stated(tmp_path: Path) -> None:
    content = "編號,名稱\nA,地塊\n".encode("big5")
    assert list(only(tmp_path / "a.csv", content, encoding="big5").columns) == ["編號", "名稱"]
    with pytest.raises(FileError) as error:
        read(tmp_path / "a.csv", content, encoding="utf-8")
    assert error.value.slug == "encoding-wrong"


# ------------------------------------------------------------------ positions


@pytest.mark.parametrize(
    ("heading", "values", "kind"),
    [
        (("经度", "纬度"), (116.6, 35.4), "order-by-words"),
        (("纬度", "经度"), (35.4, 116.6), "order-by-words"),
        (("lon", "lat"), (116.6, 35.4), "order-by-words"),
        (("经度", "纬度"), (35.4, 116.6), "order-against-words"),
        (("X", "Y"), (116.6, 35.4), "order-by-size"),
        (("Y", "X"), (116.6, 35.4), "order-by-size"),
        (("X坐标(m)", "Y坐标(m)"), (3921255.9, 465488.6), "order-by-size"),
        (("POINT_X", "POINT_Y"), (465488.6, 3921255.9), "order-by-size"),
        (("X", "Y"), (3921255.9, 39465488.6), "order-by-size"),
        (("纵坐标X", "横坐标Y"), (3921255.9, 465488.6), "order-by-words"),
        (("北坐标", "东坐标"), (1255.9, 488.6), "order-by-words"),
        (("横坐标", "纵坐标"), (3921255.9, 465488.6), "order-against-words"),
    ],
)
def test_points_are_east_first_by_words_and_size(
    tmp_path: Path, heading: tuple[str, str], values: tuple[float, float], kind: str
) -> None:
    east = next(value for value in values if value in (116.6, 465488.6, 39465488.6, 488.6))
    north = next(value for value in values if value != east)
    table = only(tmp_path / "a.xlsx", book(["名称", *heading], ["甲", *values], ["乙", *values]))
    assert table.geometries is not None
    assert shapely.get_coordinates(table.geometries[0]).tolist() == [[east, north]]
    assert table.columns == {"名称": ["甲", "乙"]}
    assert kinds(table.notes) == [kind]
    assert table.crs == ""


def test_an_order_that_nothing_shows_is_asked(tmp_path: Path) -> None:
    table = only(tmp_path / "a.xlsx", book(["名称", "X", "Y"], ["甲", 120.5, 240.5]))
    assert table.geometries is None
    assert table.columns["X"] == [120.5]
    assert kinds(table.losses) == ["coordinates-order"]


def test_degrees_minutes_and_seconds(tmp_path: Path) -> None:
    made = book(["名称", "经度", "纬度"], ["甲", "116°35′12″E", "北纬35度24分0秒"], ["乙", "x", 35])
    table = only(tmp_path / "a.xlsx", made)
    assert table.geometries is not None
    assert shapely.get_coordinates(table.geometries[0])[0] == pytest.approx((116.5866667, 35.4))
    assert table.geometries[1] is None
    assert kinds(table.losses) == ["coordinate-unread"]
    assert of_kind(table, "coordinate-unread") == {"value": "x", "place": "3"}
    assert kinds(table.notes) == ["order-by-words", "dms"]


def test_the_four_bounds_of_a_site_are_no_coordinates(tmp_path: Path) -> None:
    table = only(tmp_path / "a.xlsx", book(["编号", "东", "北"], ["A", "一号路", "二号路"]))
    assert table.geometries is None
    assert table.columns["东"] == ["一号路"]


CORNERS = """地块编号,点号,圈号,X,Y,名称,边长
A,J1,1,3921000,39465000,甲,100
,J2,1,3921100,39465000,,100
,J3,1,3921100,39465100,,100
,J4,1,3921000,39465100,,100
A,J5,2,3921040,39465040,,20
A,J6,2,3921060,39465040,,20
A,J7,2,3921060,39465060,,20
B,J1,1,3921000,39465200,乙,100
B,J3,1,3921100,39465300,,100
B,J2,1,3921100,39465200,,100
B,J1,2,3921000,39465400,,100
B,J2,2,3921100,39465400,,100
B,J3,2,3921100,39465500,,100
B,J1,2,3921000,39465400,,100
C,J1,1,3921000,39465700,丙,100
C,J2,1,3921100,39465700,,100
"""


def test_corners_of_parcels_become_polygons(tmp_path: Path) -> None:
    table = only(tmp_path / "a.csv", CORNERS.encode("gb18030"))
    assert table.columns == {"地块编号": ["A", "B", "C"], "名称": ["甲", "乙", "丙"]}
    assert table.places == ("2-8", "9-15", "16-17")
    assert table.geometries is not None
    first, second, third = table.geometries
    assert (first.geom_type, first.area, len(first.interiors)) == ("Polygon", 10000 - 200, 1)
    assert (second.geom_type, second.area) == ("MultiPolygon", 5000 + 5000)
    assert third is None
    assert kinds(table.losses) == ["corner-column", "few-corners"]
    assert table.losses[0].where == "a 边长"
    assert kinds(table.notes) == [
        "text-file", "order-by-size", "corners", "parcel-filled", "rings-sorted", "rings-closed",
    ]  # fmt: skip
    assert of_kind(table, "rings-closed") == {"count": 4}


def test_points_of_several_records_are_no_corners(tmp_path: Path) -> None:
    made = book(
        ["编号", "名称", "经度", "纬度"], *[[f"C-{k}", "楼", 116.6, 35.4] for k in range(4)]
    )
    table = only(tmp_path / "a.xlsx", made)
    assert table.geometries is not None
    assert {one.geom_type for one in table.geometries} == {"Point"}


def test_well_known_text_of_qgis(tmp_path: Path) -> None:
    table = only(tmp_path / "a.csv", 'WKT,编号\n"POINT (116.6 35.4)",A\nPOINT (,B\n')
    assert table.geometries is not None
    assert table.geometries[0].wkt == "POINT (116.6 35.4)"
    assert kinds(table.losses) == ["coordinate-unread"]
    assert kinds(table.notes) == ["text-file", "wkt"]


# ------------------------------------------------------------------ what is refused


def zipped(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries.items():
            made.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def remade(made: Any, change: Mapping[str, Any]) -> bytes:
    """A workbook with entries of its archive changed by functions from bytes to bytes."""
    saved = io.BytesIO()
    made.save(saved)
    out = io.BytesIO()
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change[name](content) if name in change else content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    with pytest.raises(FileError) as error:
        read(tmp_path / "a.xlsx", zipped(content=b"\0" * (30 << 20)))
    assert error.value.slug == "sheet-bomb"


def test_an_entry_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    content = zipped(content=b"a" * 5000)
    lying = content.replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    assert lying != content
    with pytest.raises(FileError) as error:
        read(tmp_path / "a.xlsx", lying)
    assert error.value.slug == "sheet-damaged"


def test_a_block_of_all_cells_is_refused(tmp_path: Path) -> None:
    def merged(sheet: bytes) -> bytes:
        ranges = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
        return sheet.replace(b"</sheetData>", b"</sheetData>" + ranges)

    with pytest.raises(FileError) as error:
        read(tmp_path / "a.xlsx", remade(book(["编号", "面积"]), {SHEET: merged}))
    assert error.value.slug == "sheet-bomb"
    assert archive.MAX_MERGED < 16384 * 1048576


def test_a_cell_in_the_last_corner_costs_nothing(tmp_path: Path) -> None:
    made = book(["编号", "面积"], ["A", 1])
    made.active.cell(1_048_576, 1).value = "B"
    table = only(tmp_path / "a.xlsx", made)
    assert table.columns["编号"] == ["A", "B"]


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_entities_are_refused(tmp_path: Path, suffix: str) -> None:
    def laughing(sheet: bytes) -> bytes:
        body = re.sub(rb"<\?xml[^>]*\?>", b"", sheet)
        return LAUGHS + body.replace(b"<sheetData>", b"<sheetData><!-- &b; -->")

    made = remade(book(["编号", "面积"], ["A", 1]), {SHEET: laughing})
    content = made if suffix == "xlsx" else ods(HEAD, dtd=LAUGHS.decode())
    with pytest.raises(FileError) as error:
        read(tmp_path / f"a.{suffix}", content)
    assert error.value.slug == "sheet-damaged"


def test_repeated_cells_of_an_ods_are_bounded(tmp_path: Path) -> None:
    many = row(cell("x"), attributes='table:number-rows-repeated="999999999"')
    with pytest.raises(FileError) as error:
        read(tmp_path / "a.ods", ods(HEAD, many))
    assert error.value.slug == "sheet-bomb"


def test_a_workbook_with_wrong_styles_is_read_without_formats(tmp_path: Path) -> None:
    def wrong(styles: bytes) -> bytes:
        assert b'patternType="gray125"' in styles
        return styles.replace(b'patternType="gray125"', b'patternType="of-another-program"')

    made = book(["电话", "名称"], [5370000052, "甲"])
    content = remade(made, {"xl/styles.xml": wrong})
    table = only(tmp_path / "a.xlsx", content)
    assert table.columns["名称"] == ["甲"]
    assert kinds(table.notes) == ["formats-unseen"]


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"PK\x03\x04 no archive", "sheet-damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "sheet-damaged"),
        (b"\x81\xff\xff\x00\x01", "encoding-unknown"),
        (b"", "sheet-empty"),
        (b"\r\n\r\n", "sheet-empty"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, content: bytes, slug: str) -> None:
    with pytest.raises(FileError) as error:
        read(tmp_path / "a.xlsx", content)
    assert error.value.slug == slug
    assert error.value.say("zh") != error.value.say("en")


@given(st.data())
def test_damaged_workbooks_are_read_or_refused(data: st.DataObject) -> None:
    name, content = data.draw(st.sampled_from(SEEDS))
    at = data.draw(st.integers(0, len(content) - 1))
    damaged = bytearray(content)
    damaged[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    # Anything but these words would be a traceback.
    with suppress(FileError):
        for grid in sheets._grids(bytes(damaged), Path(name), ReadOptions())[0]:
            tables.table(grid)


def _seeds() -> list[tuple[str, bytes]]:
    saved = io.BytesIO()
    book(["编号", "面积"], ["A", 1]).save(saved)
    return [
        ("a.xlsx", saved.getvalue()),
        ("a.xls", xls({"台账": [["编号", "面积"], ["A", 1]]})),
        ("a.ods", ods(HEAD, row(cell("A"), cell("B")))),
        ("a.csv", CORNERS.encode("gb18030")),
    ]


SEEDS = _seeds()


# ------------------------------------------------------------------ all of it


@pytest.mark.skipif(not CASES.is_dir(), reason="shared/cases is not beside the checkout")
@pytest.mark.parametrize(
    "case", ["csv_gbk", "csv_utf16_unicode_text", "csv_semicolon", "csv_total_row"]
)
def test_cases_of_the_issue(case: str) -> None:
    (path,) = (CASES / case).glob("*.csv")
    (table,) = sheets.read(path, ReadOptions())
    assert (table.count, len(table.columns)) == (94, 29)
    assert kinds(table.losses) == (["total-row"] if case == "csv_total_row" else [])
    assert "示例项目 01" in table.columns["name_zh"]


def test_each_kind_of_loss_and_note_is_produced_by_a_test() -> None:
    tests = "".join(path.read_text("utf-8") for path in HERE.glob("test_*.py"))
    for part in ("loss", "note", "question"):
        for kind in words.table(f"exchange.sheets.{part}", "zh"):
            assert f'"{kind}"' in tests, kind


def test_notes_come_with_the_file(tmp_path: Path) -> None:
    table = only(tmp_path / "a.csv", "编号,面积\nA,1\n")
    assert table.notes[0] == Note(
        "sheets.note.text-file", "a.csv", {"encoding": "utf-8", "separator": ","}
    )
