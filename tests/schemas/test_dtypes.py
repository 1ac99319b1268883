"""Columns: each field type has its dtype; values that do not fit are reported, not converted."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxq_geo.schemas import Field, schema
from gxq_geo.schemas.dtypes import column, raw_values, to_text
from tests.formats.test_strict_json import VALUES

SITES = schema().layers["sites"].fields
PARKS = schema().layers["parks"].fields

OF_TYPE = {
    "text": SITES["address_zh"],
    "ref": SITES["park_id"],
    "integer": SITES["supply_year"],
    "number": SITES["area_mu"],
    "boolean": SITES["has_power"],
    "date": SITES["updated"],
    "choice": SITES["status"],
    "refs": SITES["sectors"],
    "choices": PARKS["functions"],
    "texts": schema().layers["sectors"].fields["gbt4754"],
}


def read(of: Field, *values: object) -> list[Any]:
    """Convert values to a column and back; all of them must fit."""
    series, bad = column(values, of, schema())
    assert not bad
    return raw_values(series, of)


def misfit(of: Field, value: object) -> tuple[str, str]:
    series, (cell, *others) = column([value], of, schema())
    assert not others
    assert cell.row == 0
    assert raw_values(series, of) == [None]
    return cell.expected, cell.value


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        ("text", "str"),
        ("ref", "str"),
        ("integer", "Int64"),
        ("number", "float64"),
        ("boolean", "boolean"),
        ("date", "datetime64[s]"),
        ("choice", "category"),
        ("refs", "object"),
        ("choices", "object"),
        ("texts", "object"),
    ],
)
@pytest.mark.parametrize("values", [[], [None], [None, ""]])
def test_dtype_even_where_nothing_is_given(kind: str, dtype: str, values: list[Any]) -> None:
    series, bad = column(values, OF_TYPE[kind], schema())
    assert series.dtype == dtype
    assert not bad
    if dtype == "object":
        assert series.tolist() == [()] * len(values)
    else:
        assert series.isna().all()


def test_a_choice_is_ordered_as_its_domain() -> None:
    series, _ = column(["operating", "available", None], SITES["status"], schema())
    assert isinstance(series.dtype, pd.CategoricalDtype)
    assert list(series.cat.categories) == list(schema().domains["site_status"])
    assert series.min() == "available"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("number", "66.5", 66.5),
        ("number", "1e3", 1000.0),
        ("number", 66, 66.0),
        ("integer", 2027.0, 2027),
        ("integer", "2027", 2027),
        ("boolean", "TRUE", True),
        ("boolean", "False", False),
        ("boolean", True, True),
        ("date", "2026/11/23", "2026-11-23"),
        ("date", "2026/1/3", "2026-01-03"),
        ("date", "2026-11-23", "2026-11-23"),
        ("date", "0001-01-01", "0001-01-01"),
        ("date", "9999-12-31", "9999-12-31"),
        ("refs", "equipment;new_materials", ["equipment", "new_materials"]),
        ("refs", "equipment;", ["equipment"]),
        ("refs", ["a"], ["a"]),
        ("refs", [], None),
        ("choice", "reserve", "reserve"),
        ("choices", ["tax", "investment"], ["tax", "investment"]),
        ("text", " as it is ", " as it is "),
        ("text", "NA", "NA"),
        ("text", "nan", "nan"),
    ],
)
def test_values_as_excel_and_json_write_them(kind: str, value: object, expected: object) -> None:
    assert read(OF_TYPE[kind], value) == [expected]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 5),
        ("text", True),
        ("text", ["a"]),
        ("text", {"a": 1}),
        ("ref", 5),
        ("ref", {"a": 1}),
        ("ref", ["a"]),
        ("number", "66亩"),
        ("number", "1,200"),
        ("number", "1_200"),
        ("number", "６６"),
        ("number", " 66"),
        ("number", "nan"),
        ("number", "inf"),
        ("number", float("inf")),
        ("number", True),
        ("number", 10**400),
        ("integer", 1.5),
        ("integer", 2**60),
        ("integer", "2027年"),
        ("boolean", 1),
        ("boolean", "是"),
        ("boolean", "1"),
        ("date", "2026-13-01"),
        ("date", "2026-02-30"),
        ("date", "2026/11-23"),
        ("date", "2026年11月23日"),
        ("date", "0000-01-01"),
        ("date", 20261123),
        ("choice", 1),
        ("choice", ["available"]),
        ("refs", [1]),
        ("refs", ["a", None]),
        ("refs", {"a": 1}),
        ("refs", 5),
    ],
)
def test_a_value_of_another_type_is_named(kind: str, value: object) -> None:
    assert misfit(OF_TYPE[kind], value)[0] == OF_TYPE[kind].type


@pytest.mark.parametrize("value", ["sold", "可供", "Available", " available"])
def test_a_choice_outside_its_domain_is_named(value: str) -> None:
    assert misfit(OF_TYPE["choice"], value) == ("domain", value)


def test_of_a_list_only_the_wrong_choices_are_named() -> None:
    series, bad = column([["tax", "x", "y"]], OF_TYPE["choices"], schema())
    assert series[0] == ("tax",)
    assert [(cell.expected, cell.value) for cell in bad] == [("domain", "x"), ("domain", "y")]


def test_a_misfit_is_shown_as_the_file_holds_it() -> None:
    assert misfit(OF_TYPE["text"], {"名": [True, None]})[1] == '{"名": [true, null]}'
    assert len(misfit(OF_TYPE["number"], "9x" * 1000)[1]) == 200


@given(st.sampled_from(sorted(OF_TYPE)), st.lists(VALUES, max_size=4))
def test_any_value_fits_or_is_named(kind: str, values: list[Any]) -> None:
    series, bad = column(values, OF_TYPE[kind], schema())
    assert len(series) == len(values)
    named = {cell.row for cell in bad}
    for row, raw in enumerate(raw_values(series, OF_TYPE[kind])):
        assert (
            raw is not None or row in named or values[row] in (None, "", []) or values[row] == ";"
        )


def raw_of(kind: str) -> st.SearchStrategy[Any]:
    known = schema().values_of(OF_TYPE[kind]) if kind.startswith("choice") else ()
    words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=";"), min_size=1)
    strategies: dict[str, st.SearchStrategy[Any]] = {
        "text": words,
        "ref": words,
        "integer": st.integers(-(2**53) + 1, 2**53 - 1),
        "number": st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
        "date": st.dates().map(lambda day: day.isoformat()),
        "choice": st.sampled_from(known or ("",)),
        "choices": st.lists(st.sampled_from(known or ("",)), min_size=1),
        "refs": st.lists(words, min_size=1),
        "texts": st.lists(words, min_size=1),
    }
    return st.lists(st.none() | strategies[kind], max_size=5)


@pytest.mark.parametrize("kind", sorted(OF_TYPE))
@given(st.data())
def test_what_a_column_holds_comes_back(kind: str, data: st.DataObject) -> None:
    values = data.draw(raw_of(kind))
    of = OF_TYPE[kind]
    series, bad = column(values, of, schema())
    assert not bad
    assert raw_values(series, of) == values
    if kind != "number":
        as_csv, bad = column([to_text(value) for value in values], of, schema())
        assert not bad
        pd.testing.assert_series_equal(as_csv, series)


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=5))
def test_numbers_come_back_from_a_table_to_the_last_bit(values: Sequence[float | None]) -> None:
    series, _ = column(values, OF_TYPE["number"], schema())
    again, bad = column([to_text(value) for value in values], OF_TYPE["number"], schema())
    assert not bad
    assert np.array_equal(series.to_numpy(), again.to_numpy(), equal_nan=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (30.0, "30"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e300, "1e+300"),
        (["a", "b"], "a;b"),
        ("x", "x"),
    ],
)
def test_a_cell_is_written_in_its_shortest_form(value: object, text: str) -> None:
    assert to_text(value) == text
