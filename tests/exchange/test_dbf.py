"""DBF tables of other programs, and broken ones."""

import struct
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapefile
from hypothesis import given
from hypothesis import strategies as st

from gxq_geo.exchange.readers import dbf
from gxq_geo.exchange.source import ReadOptions, SourceTable
from gxq_geo.words.errors import FileError
from tests.exchange.counted import kinds

Field = tuple[bytes, bytes, int, int]
NAMES = ["济宁高新区", "蓼河新城", "安全装备产业园"]


def table(
    fields: Sequence[Field], records: Sequence[bytes], *, ldid: int = 0, total: int | None = None
) -> bytes:
    """The bytes of a DBF; a record begins with its mark of deletion."""
    length = 1 + sum(width for _, _, width, _ in fields)
    start = 32 + 32 * len(fields) + 1
    count = len(records) if total is None else total
    head = struct.pack("<4BIHH17xB2x", 3, 126, 1, 1, count, start, length, ldid)
    described = b"".join(struct.pack("<11sc4xBB14x", *field) for field in fields)
    return head + described + b"\r" + b"".join(records) + b"\x1a"


def texts(name: bytes, values: Sequence[bytes], width: int, **header: int) -> bytes:
    return table([(name, b"C", width, 0)], [b" " + v.ljust(width) for v in values], **header)


def numbers(values: Sequence[bytes], decimals: int = 0, width: int = 20) -> bytes:
    rows = [b" " + value.rjust(width) for value in values]
    return table([(b"N", b"N", width, decimals)], rows)


def read(folder: Path, data: bytes, **options: Any) -> SourceTable:
    path = folder / "table.dbf"
    path.write_bytes(data)
    return dbf.read(path, ReadOptions(**options))[0]


def test_a_table_of_pyshp(tmp_path: Path) -> None:
    path = tmp_path / "sites.dbf"
    with shapefile.Writer(dbf=str(path), encoding="gbk") as writer:
        for name, kind, *size in (
            ("名称", "C", 40), ("面积", "N", 12, 2), ("年限", "N", 4), ("更新", "D"), ("公开", "L"),
        ):  # fmt: skip
            writer.field(name, kind, *size)
        writer.record("济宁高新区", 79.5, 50, date(2026, 1, 27), True)
        writer.record("", None, None, None, None)
    found = dbf.read(path, ReadOptions())[0]
    assert found.columns == {
        "名称": ["济宁高新区", None],
        "面积": [79.5, None],
        "年限": [50, None],
        "更新": [date(2026, 1, 27), None],
        "公开": [True, None],
    }
    assert type(found.columns["年限"][0]) is int
    assert found.places == ["1", "2"]
    assert kinds(found) == {"vector.note.encoding-hanzi": 1}


@pytest.mark.parametrize("ldid", [0, 0x4D, 0x57])
@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_the_code_page_of_the_header_may_lie(tmp_path: Path, encoding: str, ldid: int) -> None:
    data = texts("名称".encode(encoding), [n.encode(encoding) for n in NAMES], 40, ldid=ldid)
    found = read(tmp_path, data)
    assert found.columns == {"名称": NAMES}
    is_lie = ldid == 0x57 or (encoding == "utf-8" and ldid == 0x4D)
    assert ("vector.note.encoding-contradicted" in kinds(found)) == is_lie


def test_utf16_in_cells(tmp_path: Path) -> None:
    values = [*NAMES, "S-001"]
    data = texts(b"NAME", [v.encode("utf-16-le") for v in values], 40)
    assert read(tmp_path, data).columns == {"NAME": values}


def test_the_encoding_is_asked_or_stated(tmp_path: Path) -> None:
    data = texts(b"NAME", ["进度".encode("gbk")], 10)
    with pytest.raises(FileError, match="gb18030"):
        read(tmp_path, data)
    assert read(tmp_path, data, encoding="gbk").columns == {"NAME": ["进度"]}


def test_names_and_texts_cut_in_a_character(tmp_path: Path) -> None:
    name = "a建筑密度上限".encode("gbk")[:10]
    values = [n.encode("gbk") for n in NAMES] + ["a安全装备产业园区".encode("gbk")[:16]]
    found = read(tmp_path, texts(name, values, 16))
    assert list(found.columns) == ["a建筑密度"]
    assert found.columns["a建筑密度"] == [*NAMES, "a安全装备产业园"]
    assert kinds(found)["vector.loss.name-cut"] == 1
    assert kinds(found)["vector.loss.text-cut"] == 1


def test_texts_that_are_none(tmp_path: Path) -> None:
    values = [f"地块{n}号".encode("gbk") for n in range(200)]
    values[3], values[4] = b"\xb5\xff\xff", b"A\0left over"
    found = read(tmp_path, texts(b"NAME", values, 12))
    assert found.columns["NAME"][2:6] == ["地块2号", None, "A", "地块5号"]
    assert kinds(found)["vector.loss.text-unreadable"] == 1


def test_names_repeated_and_unreadable(tmp_path: Path) -> None:
    fields = [(f"地块{n}".encode("gbk"), b"C", 1, 0) for n in range(110)]
    fields[1] = fields[0]
    fields[2] = (b"\xb5\xff\xff", b"C", 1, 0)
    found = read(tmp_path, table(fields, [b" " + b"x" * 110]))
    assert list(found.columns)[:4] == ["地块0", "地块0_2", "field_3", "地块3"]
    told = kinds(found)
    assert told["vector.loss.name-repeated"] == told["vector.loss.name-unreadable"] == 1


@pytest.mark.parametrize("null", [b"", b"*" * 20, b"\0" * 20, b"nan", b"1.#QNAN", b"-1.#IND"])
def test_numbers_that_are_missing(tmp_path: Path, null: bytes) -> None:
    assert read(tmp_path, numbers([null, b"7"])).columns == {"N": [None, 7]}
    assert read(tmp_path, numbers([null, b"7.5"], 1)).columns == {"N": [None, 7.5]}


def test_the_least_double_of_arcgis_is_missing(tmp_path: Path) -> None:
    data = numbers([b"-1.7976931348623157e+308", b"1.25e+003"], 11, width=24)
    assert read(tmp_path, data).columns == {"N": [None, 1250.0]}


@pytest.mark.parametrize(
    "values", [["370829001001", "12345678901234567"], ["007", "12"], ["-0071", ""]]
)
def test_codes_keep_their_digits(tmp_path: Path, values: list[str]) -> None:
    found = read(tmp_path, numbers([value.encode() for value in values]))
    assert found.columns == {"N": [value or None for value in values]}
    assert kinds(found) == {"vector.note.codes": 1}


@pytest.mark.parametrize("value", [b"1,234", b"12 34", b"1_000", b"1e999", b"12-3", b"inf", b"0x1"])
def test_what_is_no_number_is_told(tmp_path: Path, value: bytes) -> None:
    found = read(tmp_path, numbers([value, b"7.5"], 1))
    assert found.columns == {"N": [None, 7.5]}
    assert kinds(found) == {"vector.loss.value-unreadable": 1}


def test_dates_logicals_and_other_types(tmp_path: Path) -> None:
    fields = [
        (b"D", b"D", 8, 0), (b"L", b"L", 1, 0), (b"I", b"I", 4, 0), (b"O", b"O", 8, 0),
        (b"M", b"M", 10, 0),
    ]  # fmt: skip
    rest = struct.pack("<id", -7, 2.5) + b" " * 10
    rows = [b" 20260127T", b" 20260231x", b" 00000000?", b"         y"]
    found = read(tmp_path, table(fields, [row + rest for row in rows]))
    assert found.columns == {
        "D": [date(2026, 1, 27), None, None, None],
        "L": [True, None, None, True],
        "I": [-7] * 4,
        "O": [2.5] * 4,
    }
    assert kinds(found) == {"vector.loss.value-unreadable": 2, "vector.loss.field-type": 4}


def test_deleted_records_are_left_out(tmp_path: Path) -> None:
    rows = [b" a", b"*b", b" c"]
    found = read(tmp_path, table([(b"N", b"C", 1, 0)], rows))
    assert (found.columns, found.places) == ({"N": ["a", "c"]}, ["1", "3"])
    assert kinds(found) == {"vector.loss.deleted": 1}


def test_wide_texts_of_foxpro(tmp_path: Path) -> None:
    data = table([(b"N", b"C", 44, 1)], [b" " + b"x" * 300]).replace(b"\x2d\0", b"\x2d\x01", 1)
    assert read(tmp_path, data).columns == {"N": ["x" * 300]}


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:20],
        lambda data: data[:8] + b"\xff\xff" + data[10:],
        lambda data: data[:10] + b"\0\0" + data[12:],
        lambda data: data[:10] + b"\x0a\0" + data[12:],
        lambda data: data[:4] + b"\xff\xff\xff\xff" + data[8:],
        lambda data: data[:4] + b"\x01\0\0\0" + data[8:],
        lambda data: data[:-5],
    ],
)
def test_headers_that_lie_are_errors(tmp_path: Path, change: Any) -> None:
    with pytest.raises(FileError) as caught:
        read(tmp_path, change(texts(b"NAME", [b"one", b"two", b"three"], 8)))
    assert caught.value.slug == "dbf-damaged"


@given(
    st.lists(
        st.tuples(
            st.text("济宁高新区地块编号abc", max_size=12),
            st.none() | st.integers(-(10**14), 10**14),
            st.none() | st.floats(-1e9, 1e9).map(lambda n: round(n, 5)),
            st.none() | st.dates(date(1900, 1, 1)),
            st.none() | st.booleans(),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_what_pyshp_writes_is_read(tmp_path_factory: pytest.TempPathFactory, rows: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "trip.dbf"
    with shapefile.Writer(dbf=str(path), encoding="gb18030") as writer:
        for name, kind, *size in (
            ("text", "C", 60), ("whole", "N", 16), ("number", "N", 20, 5), ("day", "D"),
            ("yes", "L"),
        ):  # fmt: skip
            writer.field(name, kind, *size)
        for row in rows:
            writer.record(*row)
    columns = dbf.read(path, ReadOptions(encoding="gb18030"))[0].columns
    assert list(zip(*columns.values(), strict=True)) == [
        (text or None, *others) for text, *others in rows
    ]
