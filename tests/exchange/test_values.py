"""Cells of foreign tables as raw values of a field, and references given by names."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gxq_geo.exchange.evidence.columns import assign
from gxq_geo.exchange.evidence.references import Names, resolve
from gxq_geo.exchange.evidence.values import convert
from gxq_geo.exchange.readers import sheets
from gxq_geo.exchange.source import Loss, ReadOptions
from gxq_geo.schemas import Field, schema
from gxq_geo.schemas.dtypes import column, raw_values
from gxq_geo.zone import Zone
from tests.exchange.messages import kinds

CASES = Path(__file__).parents[3] / "shared" / "cases"
FIELDS = [
    (layer.name, field.name)
    for layer in schema().layers.values()
    for field in layer.fields.values()
]


def field_of(layer: str, name: str) -> Field:
    return schema().layers[layer].fields[name]


def converted(
    layer: str, name: str, *values: Any, **options: Any
) -> tuple[list[Any], tuple[Loss, ...]]:
    return convert(list(values), field_of(layer, name), schema(), **options)


def taken(layer: str, name: str, *values: Any, **options: Any) -> list[Any]:
    """The converted values, none of which is lost."""
    out, losses = converted(layer, name, *values, **options)
    assert losses == ()
    return out


# ------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (120, 120),
        (120.0, 120),
        (0.1, 0.1),
        ("120", 120),
        (" 1,234.5 ", 1234.5),
        ("１２０．５", 120.5),
        ("80亩", 80),
        ("80 亩", 80),
        ("2公顷", 30),
        ("2（公顷）", None),
        ("3000㎡", 4.5),
        ("0.1平方公里", 150),
        ("1.5E+3", 1500),
        ("-5", -5),
        ("+5", 5),
        (".5", 0.5),
        ("12,34", None),
        ("约80", None),
        ("80-100", None),
        ("≥80", None),
        ("八十", None),
        ("80万元", None),
        (True, None),
    ],
)
def test_numbers_with_units_commas_and_full_width_digits(cell: Any, number: float | None) -> None:
    out, losses = converted("sites", "area_mu", cell)
    assert out == [number]
    assert type(out[0]) is type(number)
    assert kinds(losses) == ([] if number is not None else ["unfit"])


@given(st.decimals(min_value=0, max_value=10**6, places=4))
def test_square_metres_are_exactly_mu(value: Decimal) -> None:
    factor = Fraction(3, 2000)
    (mu,) = taken("sites", "area_mu", float(value), factor=factor)
    assert mu == float(Fraction(value) * factor)
    (back,) = taken("sites", "area_mu", mu, factor=1 / factor)
    assert back == pytest.approx(float(value), rel=1e-15)
    assert taken("sites", "area_mu", str(value), factor=factor) == [mu]


def test_a_factor_does_not_count_for_a_cell_with_its_own_unit() -> None:
    assert taken("sites", "area_mu", "2公顷", "3000", factor=Fraction(3, 2000)) == [30, 4.5]


def test_a_percentage_keeps_its_number() -> None:
    assert taken("sites", "green_pct", "35%", 35, "35") == [35, 35, 35]
    assert kinds(converted("sites", "area_mu", "35%")[1]) == ["unfit"]


def test_an_integer_has_no_fraction() -> None:
    assert taken("carriers", "storeys", 5.0, "5层", "5") == [5, 5, 5]
    assert converted("carriers", "storeys", 5.5)[0] == [None]


# ------------------------------------------------------------------ other types


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("是", "否"),
        ("有", "无"),
        ("√", "×"),
        ("✓", "✗"),
        ("Y", "N"),
        ("yes", "NO"),
        ("TRUE", "false"),
        (True, False),
        (1, 0),
        (1.0, 0.0),
        ("1", "0"),
        ("Ｔ", "Ｆ"),
        ("已通", "未通"),
        ("具备", "不具备"),
    ],
)
def test_yes_and_no_in_every_spelling(yes: Any, no: Any) -> None:
    assert taken("sites", "has_road", yes, no) == [True, False]


def test_what_is_neither_yes_nor_no_is_a_loss() -> None:
    out, losses = converted("sites", "has_road", "部分", "待定", places=["4", "9"], column="通路")
    assert out == [None, None]
    assert kinds(losses) == ["unfit", "nothing"]
    params = {"value": "部分", "places": "4", "field": "has_road", "type": "boolean"}
    assert losses[0] == Loss("sheets.loss.unfit", 1, "通路", params)
    assert dict(losses[0].params) == params


@pytest.mark.parametrize(
    "cell",
    [
        date(2026, 9, 7),
        datetime(2026, 9, 7),
        "2026-09-07",
        "2026/9/7",
        "2026.9.7",
        "2026年9月7日",
        "20260907",
        20260907,
        "２０２６-９-７",
        "2026-09-07 00:00:00",
    ],
)
def test_dates_in_every_spelling(cell: Any) -> None:
    assert taken("sites", "updated", cell) == ["2026-09-07"]


def test_a_time_of_day_is_a_loss_and_a_bare_number_no_date() -> None:
    out, losses = converted("sites", "updated", datetime(2026, 9, 7, 8, 30), 46272, "2026年9月")
    assert out == ["2026-09-07", None, None]
    assert kinds(losses) == ["time", "unfit", "unfit"]


def test_choices_by_code_label_or_both() -> None:
    assert taken("sites", "status", "可供", "available", "Under  Construction", "在建") == [
        "available",
        "available",
        "under_construction",
        "under_construction",
    ]
    assert taken("projects", "stage", "开工") == ["under_construction"]
    assert kinds(converted("sites", "status", "可以")[1]) == ["unfit"]


def test_the_scheme_of_a_record_decides_on_its_land_use() -> None:
    records = [{"land_use_scheme": "GB 50137-2011"}] * 4 + [{"land_use_scheme": "MNR 2023"}] * 2
    cells = ["M1", "一类工业用地", "M1 一类工业用地", "M1（一类工业用地）", 1001, "工业用地"]
    assert taken("sites", "land_use", *cells, records=records) == ["M1"] * 4 + ["1001"] * 2
    assert converted("sites", "land_use", "1001", records=records[:1])[0] == [None]


@pytest.mark.parametrize("separator", ["、", "，", "；", ";", ",", "/", "\n", "|", "； ", "\r\n"])
def test_lists_with_every_separator(separator: str) -> None:
    cell = separator.join(["“才”和“智”", "chain", "chain"])
    assert taken("customers", "emphasis", cell) == [["talent", "chain"]]
    assert taken("parks", "lead_sectors", separator.join(["装备制造", "新材料"])) == [
        ["装备制造", "新材料"]
    ]
    assert taken("sectors", "gbt4754", separator.join(["C33", "C34"])) == [["C33", "C34"]]


def test_a_choice_that_has_a_separator_is_not_divided() -> None:
    assert taken("customers", "emphasis", "“大”和“强”、“新”和“高”", "big_strong;chain") == [
        ["big_strong", "new_high"],
        ["big_strong", "chain"],
    ]
    assert taken("customers", "chain_action", "补链") == ["complete"]


def test_texts_of_numbers_and_dates() -> None:
    cells = [5370000052.0, 370800001, 3.5, date(2026, 9, 7), " 甲 ", True, 12345678901234567890]
    assert taken("sites", "contact_phone", *cells) == [
        "5370000052",
        "370800001",
        "3.5",
        "2026-09-07",
        "甲",
        "true",
        "12345678901234567890",
    ]


@pytest.mark.parametrize(
    "word",
    [
        "NULL",
        "<NULL>",
        "nan",
        "无",
        "待定",
        "暂无",
        "—",
        "－",
        "/",
        "N/A",
        "1.#QNAN",
        "-9999",
        -9999,
        "none",
    ],
)
def test_words_for_nothing_are_missing_and_a_loss(word: Any) -> None:
    for layer, name in (
        ("sites", "area_mu"),
        ("sites", "contact_name"),
        ("sites", "updated"),
        ("sites", "status"),
        ("customers", "emphasis"),
    ):
        if str(word) == "-9999" and name != "area_mu":
            continue
        out, losses = converted(layer, name, word)
        assert out == [None]
        assert kinds(losses) == ["nothing"], name


@pytest.mark.parametrize("cell", [None, "", "  ", float("nan")])
def test_empty_cells_are_missing_and_no_loss(cell: Any) -> None:
    assert taken("sites", "area_mu", cell) == [None]
    assert taken("sites", "contact_name", cell) == [None]


@settings(max_examples=60)
@given(st.data())
def test_what_is_converted_fits_its_field_and_the_rest_is_a_loss(data: st.DataObject) -> None:
    layer, name = data.draw(st.sampled_from(FIELDS))
    field = field_of(layer, name)
    cells = data.draw(st.lists(CELLS, max_size=4))
    out, losses = convert(cells, field, schema(), records=[{}] * len(cells))
    lost = sum(loss.count for loss in losses if not loss.kind.endswith("time"))
    empty = sum(c is None or c != c or (isinstance(c, str) and not c.strip()) for c in cells)
    assert sum(value is None for value in out) == lost + empty
    typed, bad = column(out, field, schema())
    if not field.domain_by:
        assert bad == []
        assert raw_values(typed, field) == out


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.text(max_size=8),
    st.sampled_from(
        ["是", "无", "1,200", "2公顷", "可供", "M1", "1e9", "9" * 400, "-1.#IND", "二"]
    ),
)


# ------------------------------------------------------------------ references


def test_references_by_name_in_the_zone(zone: Zone) -> None:
    park = field_of("sites", "park_id")
    values = ["蓼河新区", "liaohe", "Liaohe New District", None, "没有这个园区", "济宁"]
    ids, unresolved = resolve(values, park, zone)
    assert ids == ["liaohe", "liaohe", "liaohe", None, None, None]
    assert [(one.row, one.text, bool(one.ids)) for one in unresolved] == [
        (4, "没有这个园区", False),
        (5, "济宁", True),
    ]
    lists, unresolved = resolve(
        [["装备制造", "x"], ["新材料"], None], field_of("sites", "sectors"), zone
    )
    assert lists == [["equipment"], ["new_materials"], None]
    assert [one.text for one in unresolved] == ["x"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("东园", ("e",)),
        (" 东 园 ", ("e",)),
        ("East Park", ("e",)),
        ("east park", ("e",)),
        ("蓼河", ("l",)),
        ("新区", ("l",)),
        ("综合保税区", ("b",)),
        ("济宁", ("b", "j")),
        ("地块1", ()),
        ("地块10", ("10",)),
        ("园", ()),
        ("", ()),
        ("同名", ("s", "t")),
        ("e", ("e",)),
    ],
)
def test_a_name_means_the_one_record_that_has_it(text: str, ids: tuple[str, ...]) -> None:
    by_id: Mapping[str, Sequence[str]] = {
        "e": ["东园", "East Park"],
        "l": ["蓼河新区"],
        "b": ["济宁综合保税区"],
        "j": ["济宁信息产业园"],
        "10": ["地块10"],
        "s": ["同名"],
        "t": ["同名"],
    }
    assert Names(by_id).find(text) == ids


# ------------------------------------------------------------------ cases of the issue


def values_of(case: str, layer: str) -> tuple[dict[str, list[Any]], list[Loss]]:
    """The converted columns of a case by field, and the losses."""
    (path,) = (CASES / case).glob("*.csv")
    (table,) = sheets.read(path, ReadOptions())
    found = assign(table, schema().layers[layer])
    out, losses = {}, list(table.losses)
    for name, target in found.fields.items():
        field = field_of(layer, target.field)
        cells = table.columns[name]
        out[field.name], more = convert(
            cells, field, schema(), factor=target.factor, places=table.places, column=name
        )
        losses += more
    return out, losses


needs_cases = pytest.mark.skipif(
    not CASES.is_dir(), reason="shared/cases is not beside the checkout"
)


@needs_cases
@pytest.mark.parametrize(
    ("case", "layer"),
    [
        ("csv_gbk", "projects"),
        ("csv_semicolon", "projects"),
        ("csv_utf16_unicode_text", "projects"),
        ("csv_zhheader_projects", "projects"),
        ("csv_header_bianhao", "projects"),
        ("csv_blank_rows_mid", "projects"),
        ("csv_list_dunhao", "customers"),
    ],
)
def test_cases_have_the_values_of_the_layer(zone: Zone, case: str, layer: str) -> None:
    out, losses = values_of(case, layer)
    frame = zone.frame(layer)
    for field in schema().layers[layer].fields.values():
        # An English name of the layer was revised after the cases were made.
        if field.name != "name_en":
            assert out[field.name] == raw_values(frame[field.name], field), field.name
    assert losses == []


@needs_cases
def test_a_case_of_references_by_name(zone: Zone) -> None:
    out, _ = values_of("csv_refs_by_name", "projects")
    for name in ("park_id", "sector_id"):
        ids, unresolved = resolve(out[name], field_of("projects", name), zone)
        assert unresolved == ()
        assert ids == raw_values(zone.projects[name], field_of("projects", name))


@needs_cases
def test_a_case_of_placeholders() -> None:
    _, losses = values_of("csv_placeholders", "customers")
    unfit = [loss.params["value"] for loss in losses if kinds([loss]) == ["unfit"]]
    assert unfit == ["2027年上半年"]
    assert set(kinds(losses)) == {"nothing", "unfit"}
