"""Convert the raw values of a file to typed columns by the field types of the schema, and back.

=========  =====================================  ==========================
type       in GeoJSON; in CSV                     dtype of the column
=========  =====================================  ==========================
text, ref  string                                 ``str`` (NaN missing)
integer    number without fraction                ``Int64``
number     number                                 ``float64`` (NaN missing)
boolean    true, false                            ``boolean``
date       "2026-11-23"; Excel's 2026/11/23 too   ``datetime64[s]``
choice     a value of the domain                  ordered ``category``
lists      array of strings; joined by ";"        ``object``, a tuple in each cell
=========  =====================================  ==========================

A value that does not fit its field is missing in the column and returned as a `BadCell`, which the
rules report.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gxq_geo.schemas.model import Field, Schema

LIST_SEPARATOR = ";"

_DATE = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})")
_BOOLEANS = {"true": True, "false": False}
# Sets of types in which equal values are interchangeable; 1 and true are equal, but not so.
_COMPARABLE = ({str}, {int}, {float}, {bool}, {int, float})


@dataclass(frozen=True, slots=True)
class BadCell:
    """A value that does not fit its field.

    Parameters
    ----------
    row
        Position of the record in the frame.
    field
        Name of the field.
    value
        The value in the file, as text.
    expected
        A field type, or ``domain`` for a value outside the field's domain.
    """

    row: int
    field: str
    value: str
    expected: str


class _Misfit(ValueError):
    """A value is not of its field's type."""


def column(
    values: Sequence[object], field: Field, schema: Schema
) -> tuple[pd.Series, list[BadCell]]:
    """Convert raw values to a column with the dtype of its field; also return the bad cells.

    Parameters
    ----------
    values
        Values decoded from JSON, or texts of a CSV file; None and "" are missing.
    field
        The field of the values.
    schema
        The schema with the domains of choices.
    """
    allowed = frozenset(schema.values_of(field)) if field.type.startswith("choice") else None
    distinct, which = _distinct(values)
    readings = [_reading(value, field, allowed) for value in distinct]
    read = pd.Series(_array([value for value, _ in readings], field, schema).take(which))
    wrong = {position: faults for position, (_, faults) in enumerate(readings) if faults}
    if not wrong:
        return read, []
    bad = [
        BadCell(row, field.name, *fault)
        for row in np.flatnonzero(np.isin(which, list(wrong))).tolist()
        for fault in wrong[which[row]]
    ]
    return read, bad


def _distinct(values: Sequence[object]) -> tuple[Sequence[object], npt.NDArray[np.intp]]:
    """The distinct values, and the position in them of each row's value.

    Most fields have few distinct values, so that each is converted only once. Values that cannot be
    compared are all returned.
    """
    types = set(map(type, values)) - {type(None)}
    if not types:
        return [None], np.zeros(len(values), dtype=np.intp)
    if types not in _COMPARABLE:
        return values, np.arange(len(values))
    positions = {value: position for position, value in enumerate(dict.fromkeys(values))}
    which = np.fromiter(map(positions.__getitem__, values), dtype=np.intp, count=len(values))
    return list(positions), which


def _reading(
    value: object, field: Field, allowed: frozenset[str] | None
) -> tuple[Any, Sequence[tuple[str, str]]]:
    """The converted value, and for each part that does not fit its text and what was expected."""
    if value is None or value == "":
        return None, ()
    try:
        converted = _CONVERTERS[field.type](value)
    except _Misfit:
        return None, [(_shown(value), field.type)]
    if allowed is None:
        return converted, ()
    converted, outside = _within(converted, allowed)
    return converted, [(_shown(item), "domain") for item in outside]


def fits_type(value: object, field: Field) -> bool:
    """Whether a value fits a field's type; it may still be outside the field's domain."""
    try:
        _CONVERTERS[field.type](value)
    except _Misfit:
        return False
    return True


def _shown(value: object) -> str:
    """A raw value as text, truncated."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text[:200]


def _within(value: Any, allowed: frozenset[str]) -> tuple[Any, list[str]]:
    """Split a choice, or the choices of a list, into values inside and outside the domain."""
    if isinstance(value, tuple):
        return tuple(v for v in value if v in allowed), [v for v in value if v not in allowed]
    return (value, []) if value in allowed else (None, [value])


def _array(values: list[Any], field: Field, schema: Schema) -> Any:
    match field.type:
        case "text" | "ref":
            return pd.array(values, dtype=_dtype("str"))
        case "integer":
            return pd.array(values, dtype=_dtype("Int64"))
        case "number":
            return np.array(values, dtype="float64")
        case "boolean":
            return pd.array(values, dtype=_dtype("boolean"))
        case "date":
            return np.array(values, dtype="datetime64[s]")
        case "choice":
            return pd.array(values, dtype=_choices(tuple(schema.values_of(field))))
    lists = np.empty(len(values), dtype=object)
    lists[:] = [() if v is None else v for v in values]
    return lists


# To find a dtype by its name, or to make a new one, takes longer than to convert a short column.
@cache
def _dtype(name: str) -> Any:
    return pd.api.types.pandas_dtype(name)


@cache
def _choices(values: tuple[str, ...]) -> pd.CategoricalDtype:
    return pd.CategoricalDtype(list(values), ordered=True)


def values_of(
    records: Sequence[Mapping[str, Any]], names: Iterable[str] = ()
) -> dict[str, list[Any]]:
    """Transpose records to lists of values by field; None where a record lacks a field.

    Parameters
    ----------
    records
        Raw records.
    names
        Fields that come first, even if no record has them.
    """
    fields = dict.fromkeys(chain(names, *records))
    if len(fields) > 1 and set(map(len, records)) == {len(fields)}:
        # Fast path: every record has all fields.
        columns = zip(*map(itemgetter(*fields), records), strict=True)
        return dict(zip(fields, map(list, columns), strict=True))
    return {name: [record.get(name) for record in records] for name in fields}


def lookup(keys: "pd.Series[Any]", values: Any, dtype: Any = "float64") -> "pd.Series[Any]":
    """Return the value of each key, missing where there is none, in a given type.

    ``keys.map(values)`` alone keeps the type of an empty column of texts where pyarrow is
    installed, so that its result cannot be compared with numbers.

    Parameters
    ----------
    keys
        A column of ids.
    values
        A mapping, or a series whose index holds the keys.
    dtype
        The type of the result; it must be able to hold missing values.
    """
    return keys.astype(object).map(values).astype(dtype)


def raw_values(series: pd.Series, field: Field) -> list[Any]:
    """Convert a column to JSON values: the inverse of `column`."""
    if field.is_list:
        return [_plain_list(value) for value in series]
    plain: Callable[[Any], Any] = _PLAIN.get(field.type, str)
    missing = series.isna().tolist()
    return [
        None if is_missing else plain(value)
        for value, is_missing in zip(series.tolist(), missing, strict=True)
    ]


def _plain_list(value: Any) -> list[Any] | None:
    """Convert a list, tuple, array or joined text to a list; NaN and empty ones to None."""
    if isinstance(value, str):
        value = _list(value)
    return (list(value) or None) if pd.api.types.is_list_like(value) else None


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "integer": int,
    "number": float,
    "boolean": bool,
    "date": lambda value: value.date().isoformat(),
}


def to_text(value: Any) -> str:
    """Convert a JSON value to a CSV cell: shortest number, ISO date, list joined by ";"."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return LIST_SEPARATOR.join(map(str, value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


# ------------------------------------------------------------------ one value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Misfit
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _Misfit
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise _Misfit from None
    if not math.isfinite(number) or (isinstance(value, str) and not _plain(value)):
        raise _Misfit
    return number


def _plain(text: str) -> bool:
    """Whether a number has no underscore, full-width digit or space, which float() accepts."""
    return text.isascii() and "_" not in text and text == text.strip()


def _integer(value: object) -> int:
    number = _number(value)
    if not number.is_integer() or abs(number) >= 2**53:
        raise _Misfit
    return int(number)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _BOOLEANS:
        return _BOOLEANS[value.lower()]
    raise _Misfit


def _date(value: object) -> date:
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise _Misfit
    try:
        return date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        raise _Misfit from None


def _list(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part for part in value.split(LIST_SEPARATOR) if part)
    if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
        raise _Misfit
    return tuple(value)


_CONVERTERS: Mapping[str, Callable[[object], Any]] = {
    "text": _text,
    "ref": _text,
    "choice": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "texts": _list,
    "choices": _list,
    "refs": _list,
}
