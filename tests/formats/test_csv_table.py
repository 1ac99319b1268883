"""CSV tables: files of Excel and WPS, issues by row, writing without losses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxq_geo import words
from gxq_geo.checks import messages
from gxq_geo.formats import csv_table
from gxq_geo.schemas import schema

SECTORS = schema().layers["sectors"]
CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


def faults(text: str) -> list[tuple[str, int | None]]:
    return [(issue.rule, issue.line) for issue in csv_table.read(text).issues]


def formatted(text: str) -> str:
    read = csv_table.read(text)
    assert not read.issues
    return csv_table.canonical(read, SECTORS).decode("utf-8-sig")


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("", "csv-empty", 1),
        (" \r\n\n", "csv-empty", 1),
        ("a,b,a\n1,2,3\n", "csv-header", 1),
        ("a,b\n1,2\n3\n", "csv-width", 3),
        ("a,b\n1,2,3\n", "csv-width", 2),
        ('a,b\n"1,2\n', "csv-syntax", 2),
        ('a,b\n1,"2"x\n', "csv-syntax", 2),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, rule: str, line: int) -> None:
    assert faults(text) == [(rule, line)]


def test_a_row_of_the_wrong_width_is_left_out_and_the_others_kept() -> None:
    read = csv_table.read("a,b\n1,2\n3\n4,5\n")
    assert [record["a"] for record in read.records] == ["1", "4"]
    assert [read.locate(row)[0] for row in range(2)] == [2, 4]


def test_a_header_alone_is_an_empty_table() -> None:
    read = csv_table.read("sector_id,name_zh\n")
    assert (list(read.records), read.issues) == ([], ())


def test_empty_rows_are_skipped_and_lines_still_right() -> None:
    read = csv_table.read("a,b\n\n,\n1,2\n")
    assert [dict(record) for record in read.records] == [{"a": "1", "b": "2"}]
    assert read.locate(0) == (4, None)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(newline: str) -> None:
    read = csv_table.read(newline.join(["a,b", "1,2", ""]))
    assert [dict(record) for record in read.records] == [{"a": "1", "b": "2"}]


def test_a_cell_may_hold_commas_quotes_and_line_breaks() -> None:
    read = csv_table.read('a,b\n"1,""x""\n2",3\n')
    assert read.records[0]["a"] == '1,"x"\n2'


def test_a_row_begins_where_its_first_cell_stands() -> None:
    read = csv_table.read('a,b\n1,"x\ny"\n2,z\n')
    assert [read.locate(row)[0] for row in range(2)] == [2, 4]


def test_a_quote_left_open_is_told_of_its_row() -> None:
    assert faults('a,b\n1,2\n3,"4\n5,6\n7,8\n') == [("csv-syntax", 3)]


def test_columns_without_a_name_that_hold_nothing_are_left_out() -> None:
    read = csv_table.read("a,b,,\n1,2,,\n3,4,,\n")
    assert (list(read.header), read.issues) == (["a", "b"], ())
    assert faults("a,b,,\n1,2,,x\n") == [("csv-header", 1)]
    assert faults("a,b\n1,2,,\n") == [("csv-width", 2)]


@pytest.mark.parametrize("sign", [";", "\t", "|", "，"])
def test_columns_that_another_sign_parts(sign: str) -> None:
    of = schema().layers["teams"]
    (issue,) = csv_table.read(f"team_id{sign}name_zh\nA{sign}B\n", of).issues
    assert (issue.rule, issue.line) == ("csv-separator", 1)
    assert words.text(str(issue.params["sign"])[1:], "en") in messages.what(issue, "en")


def test_a_null_character_is_no_traceback() -> None:
    assert len(csv_table.read("a,b\n1,\x002\n").records) == 1


def test_a_cell_beyond_the_limit_is_located() -> None:
    assert faults("a,b\n1," + "x" * 200_000 + "\n") == [("csv-syntax", 2)]


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    csv_table.read(text)


# ------------------------------------------------------------------ canonical form


def test_the_canonical_form() -> None:
    text = (
        "name_zh,sector_id,rank,note,gbt4754,updated,published\r\n"
        '二,b,2.0,"x,""y""",34;35;,2026/11/3,TRUE\r\n'
        "一,a,,,,,\r\n"
        "无,,,,,,\r\n"
    )
    head, *rows = formatted(text).splitlines()
    assert head == ",".join([*SECTORS.fields, "note"])
    assert rows == [
        "a,,一,,,,,,,,,",
        'b,2,二,,,34;35,,,2026-11-03,true,,"x,""y"""',
        ",,无,,,,,,,,,",
    ]


def test_bytes_begin_with_a_mark_and_end_lines_with_lf() -> None:
    data = csv_table.canonical(csv_table.read("sector_id\r\na\r\n"), SECTORS)
    assert data.startswith(b"\xef\xbb\xbfsector_id,")
    assert data.endswith(b"\n")
    assert b"\r" not in data


def test_a_cell_that_does_not_fit_stays_as_it_is() -> None:
    row = formatted("sector_id,rank,gbt4754_basis,published,updated\na,2 名,surely,是,昨天\n")
    cells = dict(zip(*(line.split(",") for line in row.splitlines()), strict=True))
    assert (cells["rank"], cells["gbt4754_basis"]) == ("2 名", "surely")
    assert (cells["published"], cells["updated"]) == ("是", "昨天")


ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "sector_id": CELLS,
            "name_zh": CELLS,
            "rank": CELLS | st.integers(1, 9).map(str),
            "gbt4754": CELLS | st.lists(CELLS, max_size=3).map(";".join),
            "updated": CELLS | st.just("2026/1/2"),
            "published": CELLS | st.sampled_from(["TRUE", "false"]),
            "unknown": CELLS,
        },
    ),
    max_size=4,
)


@given(ROWS)
def test_formatting_is_stable_and_loses_nothing(rows: list[dict[str, Any]]) -> None:
    header = ["sector_id", "name_zh", "rank", "gbt4754", "updated", "published", "unknown"]
    text = csv_table.to_bytes(rows, header, "sector_id").decode("utf-8-sig")
    before = csv_table.read(text)
    if before.issues:
        return
    once = csv_table.canonical(before, SECTORS)
    after = csv_table.read(once.decode("utf-8-sig"))
    assert csv_table.canonical(after, SECTORS) == once
    kept = ("sector_id", "name_zh", "unknown")
    assert sorted(tuple(r[key] for key in kept) for r in after.records) == sorted(
        tuple(r[key] for key in kept) for r in before.records
    )


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("12345678901234567890", "12345678901234567890"),
        ("3.14159265358979323846", "3.14159265358979323846"),
        ("0.10", "0.1"),
        ("1E5", "100000"),
        ("007", "7"),
    ],
)
def test_no_digit_of_a_number_is_changed(cell: str, written: str) -> None:
    projects = schema().layers["projects"]
    text = f"project_id,investment_yi,自留\n0070,{cell},{cell}\n"
    data = csv_table.canonical(csv_table.read(text), projects).decode("utf-8-sig")
    header, row = (line.split(",") for line in data.splitlines())
    record = dict(zip(header, row, strict=True))
    assert (record["investment_yi"], record["自留"], record["project_id"]) == (
        written,
        cell,
        "0070",
    )
