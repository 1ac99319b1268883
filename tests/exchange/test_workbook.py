"""The ledger that planners edit: written, edited as they would, and read back."""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gxq_geo.exchange.readers.workbook import LedgerContent, is_ledger, read_workbook
from gxq_geo.exchange.sheets import ledger
from gxq_geo.exchange.sheets.grid import letters
from gxq_geo.exchange.writers.workbook import write
from gxq_geo.schemas import schema
from gxq_geo.schemas.dtypes import column
from gxq_geo.words.errors import FileError
from gxq_geo.zone import Zone, open_zone
from gxq_geo.zone.publication import public_layers
from tests.exchange.messages import kinds

LAYERS = Path(__file__).parents[2] / "layers"
ZONE = open_zone(LAYERS)
NAMES = ("sites", "parks", "projects", "customers", "sectors")
FRAMES = {name: ZONE.frame(name).head(12) for name in NAMES}
LEDGER = write(FRAMES, ZONE, audience="internal")

Edit = Callable[[Any], None]


class Sheet:
    """A sheet of the ledger in openpyxl, whose cells are named by id and heading."""

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet

    def at(self, identity: str, heading: str) -> Any:
        (row,) = (cell.row for cell in self.sheet["A"] if cell.value == identity)
        return self.sheet[f"{self.letter(heading)}{row}"]

    def letter(self, heading: str) -> str:
        return letters([cell.value for cell in self.sheet[1]].index(heading))


def edited(path: Path, edit: Edit, content: bytes = LEDGER) -> LedgerContent:
    """The ledger as it is read after an edit in openpyxl."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    edit(book)
    book.save(path / "台账.xlsx")
    return read_workbook(path / "台账.xlsx")


def unchanged(book: Any) -> None:
    """Edit nothing."""


def changes(found: LedgerContent, layer: str) -> dict[tuple[Any, str], Any]:
    """The fields of a layer's records that differ from the base, by id and field."""
    own = schema().layers[layer].id
    base = {record[own]: record for record in found.base[layer]}
    return {
        (record[own], name): value
        for record in found.current[layer]
        for name, value in record.items()
        if value != base.get(record[own], {}).get(name)
    }


def read_bytes(content: bytes, folder: Path) -> LedgerContent:
    (folder / "台账.xlsx").write_bytes(content)
    return read_workbook(folder / "台账.xlsx")


# ------------------------------------------------------------------ unedited


def test_an_unedited_ledger_has_the_records_of_the_layers(tmp_path: Path) -> None:
    found = read_bytes(LEDGER, tmp_path)
    assert is_ledger(tmp_path / "台账.xlsx")
    assert found.current == found.base
    assert (found.losses, found.notes) == ((), ())
    assert set(found.base) == set(NAMES)
    assert found.fingerprints == {name: ZONE.layers[name].fingerprint for name in NAMES}
    for name, frame in FRAMES.items():
        ids = list(frame[schema().layers[name].id])
        assert [record[schema().layers[name].id] for record in found.base[name]] == ids


def test_a_ledger_saved_by_another_program_is_unedited(tmp_path: Path) -> None:
    found = edited(tmp_path, unchanged)
    assert found.current == found.base
    assert (found.losses, found.notes) == ((), ())


def test_the_same_layers_give_the_same_bytes() -> None:
    assert write(FRAMES, ZONE, audience="internal") == LEDGER


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12
) | st.sampled_from(
    [
        "007",
        "=1+1",
        '=HYPERLINK("x")',
        "#N/A",
        "合计",
        "注：无",
        "a\r\nb",
        "a\rb",
        "_x0041_",
        "'x",
        "无",
        "-",
        "http://a.b",
        "2026-01-02",
        "1e5",
        "\x00\x1f",
        "\ufffe\uffff",
        " ",
        "一、甲",
        "x" * 40_000,
    ]
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def values(kind: str, domain: str) -> st.SearchStrategy[Any]:
    """Raw values of a type of field; None is missing."""
    known = {
        "number": NUMBERS,
        "integer": st.integers(-(2**53) + 1, 2**53 - 1),
        "boolean": st.booleans(),
        "date": st.dates().map(lambda day: day.isoformat()),
        "choice": st.sampled_from(sorted(schema().domains.get(domain, {"M1": {}}))),
        "choices": st.lists(
            st.sampled_from(sorted(schema().domains.get(domain, {"": {}}))), min_size=1
        ),
        "refs": st.lists(TEXTS, min_size=1, max_size=3),
        "texts": st.lists(TEXTS, min_size=1, max_size=3),
    }
    return st.none() | known.get(kind, TEXTS)


@settings(max_examples=5, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data())
def test_random_records_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    layer = schema().layers[
        data.draw(st.sampled_from(["sites", "customers", "sectors", "projects"]))
    ]
    ids = data.draw(st.lists(TEXTS, unique=True, max_size=3))
    columns = {
        name: ids
        if name == layer.id
        else data.draw(
            st.lists(values(spec.type, spec.domain), min_size=len(ids), max_size=len(ids))
        )
        for name, spec in layer.fields.items()
    }
    frame = pd.DataFrame(
        {n: column(cells, layer.fields[n], schema())[0] for n, cells in columns.items()}
    )
    content = write({layer.name: frame}, ZONE, audience="internal")
    folder = tmp_path_factory.mktemp("ledger")
    for found in (read_bytes(content, folder), edited(folder, unchanged, content)):
        pairs = zip(found.current[layer.name], found.base[layer.name], strict=True)
        assert [(n, a[n], b[n]) for a, b in pairs for n in b if a[n] != b[n]] == []
        assert found.losses == ()
        for name, spec in layer.fields.items():
            if not spec.type.startswith("choice"):
                assert [r[name] for r in found.base[layer.name]] == columns[name]


def test_a_long_text_is_cut_in_its_cell_and_whole_in_the_base(tmp_path: Path) -> None:
    text = "长" * 40_000
    frame = FRAMES["sites"].head(1).assign(note_internal=text)
    found = read_bytes(write({"sites": frame}, ZONE, audience="internal"), tmp_path)
    assert found.current["sites"][0]["note_internal"] == text


# ------------------------------------------------------------------ what is written


def test_headings_formats_and_drop_downs() -> None:
    book = openpyxl.load_workbook(io.BytesIO(LEDGER))
    assert book.sheetnames == [
        "地块",
        "园区",
        "项目",
        "目标客户",
        "产业",
        "字段说明",
        "_lists",
        "_gxq",
    ]
    assert [book[name].sheet_state for name in ("_lists", "_gxq")] == ["veryHidden"] * 2
    sites = Sheet(book["地块"])
    first = FRAMES["sites"].iloc[0]
    assert sites.at(first["site_id"], "面积(亩)").value == first["area_mu"]
    assert sites.at(first["site_id"], "起始价(万元/亩)").number_format == "General"
    assert sites.at(first["site_id"], "更新日期").number_format == "yyyy-mm-dd"
    assert sites.at(first["site_id"], "地块编号").number_format == "@"
    assert sites.at(first["site_id"], "所属园区").value == first["park_id"]
    assert sites.at(first["site_id"], "所属园区(名称)").value in set(ZONE.parks["name_zh"])
    assert sites.sheet.freeze_panes == "C2"
    assert sites.sheet.auto_filter.ref == f"A1:{letters(sites.sheet.max_column - 1)}13"
    lists = {
        str(rule.sqref).split(":")[0][:-1]: rule.formula1
        for rule in sites.sheet.data_validations.dataValidation
    }
    status = lists[sites.letter("状态")].removeprefix("'_lists'!").replace("$", "")
    assert [cell.value for (cell,) in book["_lists"][status]] == [
        label["zh"] for label in schema().domains["site_status"].values()
    ]
    assert {sites.letter(h) for h in ("所属园区(名称)", "道路", "用地性质", "边界来源")} <= set(
        lists
    )
    explained = [row[1].value for row in book["字段说明"].iter_rows(min_row=2)]
    assert explained == [name for layer in NAMES for name in schema().layers[layer].fields]


def test_texts_stay_texts_and_codes_keep_their_zeros() -> None:
    frame = FRAMES["sites"].head(1).assign(site_id="007", note_internal="=1+1")
    book = openpyxl.load_workbook(io.BytesIO(write({"sites": frame}, ZONE, audience="internal")))
    row = Sheet(book["地块"])
    assert row.at("007", "地块编号").data_type == "s"
    assert (row.at("007", "内部备注").value, row.at("007", "内部备注").data_type) == ("=1+1", "s")
    assert row.sheet.column_dimensions["A"].width >= 6


def test_a_public_ledger_holds_nothing_internal(tmp_path: Path) -> None:
    public = public_layers(ZONE, "public")
    assert "projects" not in public
    content = write({"sites": public["sites"].head(12)}, ZONE, audience="public")
    found = read_bytes(content, tmp_path)
    internal = {
        f.name for f in schema().layers["sites"].fields.values() if f.audience == "internal"
    }
    assert internal
    assert not internal & set(found.base["sites"][0])
    assert found.current == found.base
    assert not internal & set(
        read_bytes(write({"sites": FRAMES["sites"]}, ZONE, audience="public"), tmp_path).base[
            "sites"
        ][0]
    )


# ------------------------------------------------------------------ edited as planners do


FIRST, SECOND, THIRD = FRAMES["sites"]["site_id"].head(3)


def test_edited_cells_are_the_only_changes(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sites = Sheet(book["地块"])
        sites.at(FIRST, "面积(亩)").value = "1,200.5亩"
        sites.at(FIRST, "状态").value = "储备"
        sites.at(FIRST, "更新日期").value = "2026年12月1日"
        sites.at(FIRST, "道路").value = "×"
        sites.at(SECOND, "联系人").value = None
        sites.at(SECOND, "电话").value = "=053"
        sites.at(SECOND, "电话").data_type = "s"
        sites.at(SECOND, "产业方向").value = "装备制造；新材料"
        sites.at(THIRD, "绿地率(%)").value = 0.17
        sites.at(THIRD, "绿地率(%)").number_format = "0%"

    found = edited(tmp_path, edit)
    assert changes(found, "sites") == {
        (FIRST, "area_mu"): 1200.5,
        (FIRST, "status"): "reserve",
        (FIRST, "updated"): "2026-12-01",
        (FIRST, "has_road"): False,
        (SECOND, "contact_name"): None,
        (SECOND, "contact_phone"): "=053",
        (SECOND, "sectors"): ["equipment", "new_materials"],
        (THIRD, "green_pct"): 17,
    }
    assert found.losses == ()


def test_new_deleted_sorted_and_hidden_rows(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sheet = book["地块"]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        sheet.delete_rows(2, len(rows))
        new: list[Any] = [None] * sheet.max_column
        for heading, value in {
            "地块编号": "NEW-007",
            "名称": "新地块",
            "所属园区(名称)": "蓼河新区",
            "状态": "可供",
            "面积(亩)": 80,
        }.items():
            new[[cell.value for cell in sheet[1]].index(heading)] = value
        for row in [new, [None] * 3, *reversed(rows[1:])]:
            sheet.append(row)
        sheet.append(["合计", None, None, None, None, None, None, 80])
        sheet.append(["注：示范"])
        sheet.row_dimensions[5].hidden = True

    found = edited(tmp_path, edit)
    ids = [record["site_id"] for record in found.current["sites"]]
    assert ids == ["NEW-007", *reversed(FRAMES["sites"]["site_id"].tolist()[1:])]
    new = found.current["sites"][0]
    assert {name: value for name, value in new.items() if value is not None} == {
        "site_id": "NEW-007",
        "name_zh": "新地块",
        "park_id": "liaohe",
        "status": "available",
        "area_mu": 80,
    }
    assert set(changes(found, "sites")) == {
        ("NEW-007", name) for name, v in new.items() if v is not None
    }
    assert kinds(found.losses) == ["total-row", "note-row"]


def test_reordered_renamed_hidden_and_added_columns(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sheet = book["地块"]
        for row in sheet.iter_rows():
            cells = [(cell.value, cell.number_format) for cell in reversed(row)]
            for cell, (value, number_format) in zip(row, cells, strict=True):
                cell.value, cell.number_format = value, number_format
        sheet.insert_cols(3)
        sheet.cell(1, 3).value = "我的列"
        sheet.cell(2, 3).value = "x"
        for cell in sheet[1]:
            cell.value = {"面积(亩)": "用地面积（亩）"}.get(cell.value, cell.value)
        sheet.column_dimensions["D"].hidden = True
        sheet.title = "地块（最终版）"
        sheet.insert_rows(1)
        sheet.cell(1, 1).value = "地块台账"

    found = edited(tmp_path, edit)
    assert found.current["sites"] == found.base["sites"]
    assert kinds(found.losses) == ["ledger-column"]
    assert found.losses[0].where == "地块（最终版） 我的列"
    assert kinds(found.notes) == ["ledger-sheet-renamed", "ledger-heading-renamed"]


def test_a_deleted_column_keeps_its_values(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sheet = book["地块"]
        sheet.delete_cols([cell.value for cell in sheet[1]].index("面积(亩)") + 1)

    found = edited(tmp_path, edit)
    assert found.current["sites"] == found.base["sites"]
    assert kinds(found.losses) == ["ledger-column-missing"]


def test_a_deleted_sheet_deletes_no_record(tmp_path: Path) -> None:
    found = edited(tmp_path, lambda book: book.remove(book["地块"]))
    assert "sites" not in found.current
    assert len(found.base["sites"]) == 12
    assert kinds(found.losses) == ["ledger-sheet-missing"]
    assert found.losses[0].where == "地块"


def test_cells_that_cannot_be_read_keep_their_value(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sites = Sheet(book["地块"])
        sites.at(FIRST, "状态").value = "可能"
        sites.at(FIRST, "面积(亩)").value = "=B2*2"
        sites.at(FIRST, "容积率上限").value = "#REF!"
        sites.at(FIRST, "限高(米)").value = "待定"
        sites.at(SECOND, "所属园区").value = "不存在的园区"
        sites.at(SECOND, "更新日期").value = pd.Timestamp("2026-12-01 08:30").to_pydatetime()

    found = edited(tmp_path, edit)
    book = Sheet(openpyxl.load_workbook(io.BytesIO(LEDGER))["地块"])
    cells = {
        "ledger-unfit": book.at(FIRST, "状态"),
        "ledger-formula": book.at(FIRST, "面积(亩)"),
        "ledger-error": book.at(FIRST, "容积率上限"),
        "ledger-nothing": book.at(FIRST, "限高(米)"),
        "ledger-reference": book.at(SECOND, "所属园区"),
        "ledger-time": book.at(SECOND, "更新日期"),
    }
    places = dict(zip(kinds(found.losses), (loss.where for loss in found.losses), strict=True))
    assert places == {kind: f"地块 {cell.coordinate}" for kind, cell in cells.items()}
    assert next(loss.params["value"] for loss in found.losses if "unfit" in loss.kind) == "可能"
    assert changes(found, "sites") == {
        (FIRST, "height_max_m"): None,
        (SECOND, "updated"): "2026-12-01",
    }


def test_merged_cells_hold_for_each_of_their_rows(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sites = Sheet(book["地块"])
        letter = sites.letter("联系人")
        sites.sheet[f"{letter}2"].value = "张"
        sites.sheet.merge_cells(f"{letter}2:{letter}4")

    found = edited(tmp_path, edit)
    assert changes(found, "sites") == {
        (one, "contact_name"): "张" for one in (FIRST, SECOND, THIRD)
    }
    assert kinds(found.notes) == ["merged-filled"]


def test_a_repeated_id_is_a_loss(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sheet = book["地块"]
        sheet.append([cell.value for cell in sheet[2]])

    found = edited(tmp_path, edit)
    assert found.current["sites"] == found.base["sites"]
    assert kinds(found.losses) == ["ledger-repeated-id"]


def test_a_reference_by_name_may_mean_a_record_of_another_sheet(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sites = Sheet(book["地块"])
        sites.at(FIRST, "所属园区(名称)").value = "新园"
        sites.at(SECOND, "所属园区").value = "蓼河新区"
        sites.at(THIRD, "所属园区").value = "xin"
        book["园区"].append(["xin", None, "新园"])

    found = edited(tmp_path, edit)
    assert changes(found, "sites") == {
        (FIRST, "park_id"): "xin",
        (SECOND, "park_id"): "liaohe",
        (THIRD, "park_id"): "xin",
    }
    assert found.losses == ()


# ------------------------------------------------------------------ what is refused


def test_a_workbook_without_a_base_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(FileError) as error:
        edited(tmp_path, lambda book: book.remove(book["_gxq"]))
    assert error.value.slug == "workbook-without-base"
    assert not is_ledger(tmp_path / "台账.xlsx")
    (tmp_path / "a.csv").write_text("编号,名称\n", encoding="utf-8")
    assert not is_ledger(tmp_path / "a.csv")


@pytest.mark.parametrize(("row", "text"), [(2, "99"), (3, "0" * 64), (4, "AAAA")])
def test_a_changed_base_is_refused(tmp_path: Path, row: int, text: str) -> None:
    def edit(book: Any) -> None:
        book["_gxq"].cell(row, 1).value = text

    with pytest.raises(FileError) as error:
        edited(tmp_path, edit)
    assert error.value.slug == "workbook-base-changed"
    assert error.value.say("zh") != error.value.say("en")


def test_an_entry_of_the_ledger_has_no_date_of_the_build() -> None:
    with zipfile.ZipFile(io.BytesIO(LEDGER)) as book:
        assert {entry.date_time[:3] for entry in book.infolist()} == {(1980, 1, 1)}


def test_numbers_of_other_programs_have_fifteen_digits() -> None:
    assert ledger.same(0.1 + 0.2, 0.3)
    assert ledger.same(3, 3.0)
    assert ledger.same(2.145596374362345e16, 2.1455963743623452e16)
    assert not ledger.same(999_999_999_999_998, 999_999_999_999_999)
    assert not ledger.same(0.3001, 0.3)
    assert not ledger.same(True, 1)
    assert not ledger.same("1", 1)
    assert not ledger.same(None, 0)


def test_a_zone_names_the_records_of_references(zone: Zone) -> None:
    base: Mapping[str, Any] = read_base(LEDGER)
    assert base["parks"].by_id["liaohe"][0] == "蓼河新区"


def read_base(content: bytes) -> Mapping[str, Any]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return ledger.base_of([cell.value for cell in book["_gxq"]["A"]]).names
