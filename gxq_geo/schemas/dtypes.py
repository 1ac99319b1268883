"""Columns with proper dtypes, from the raw values of a file, by the schema's field types.

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

A value that does not fit its field is left missing in the column and returned as a `BadCell`,
so that the rules can say what is wrong with it.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
# Types of which two values that are equal are the same; 1 and true, of two types, are not.
_ALONE = ({str}, {int}, {float}, {bool}, {int, float})


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
        What the file holds, as text.
    expected
        What was expected: a field type, or ``domain`` for a value outside the field's domain.
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
    """One column with its dtype, and the cells that did not fit.

    Parameters
    ----------
    values
        As decoded from JSON, or the texts of a CSV file; None and "" are missing.
    field
        What the values mean.
    schema
        For the domain of a choice.
    """
    allowed = frozenset(schema.values_of(field)) if field.type.startswith("choice") else None
    distinct, which = _distinct(values)
    readings = [_reading(value, field, allowed) for value in distinct]
    read = _series([value for value, _ in readings], field, schema)
    wrong = {place: faults for place, (_, faults) in enumerate(readings) if faults}
    bad = [
        BadCell(row, field.name, *fault)
        for row in np.flatnonzero(np.isin(which, list(wrong))).tolist()
        for fault in wrong[which[row]]
    ]
    return pd.Series(read.array.take(which)), bad


def _distinct(values: Sequence[object]) -> tuple[Sequence[object], npt.NDArray[np.intp]]:
    """The values, each once where they can be compared, and which of them stands in each row.

    Most fields hold few values, many times: each is read once.
    """
    types = set(map(type, values)) - {type(None)}
    if not types:
        return [None], np.zeros(len(values), dtype=np.intp)
    if types not in _ALONE:
        return values, np.arange(len(values))
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    which = np.fromiter(map(places.__getitem__, values), dtype=np.intp, count=len(values))
    return list(places), which


def _reading(
    value: object, field: Field, allowed: frozenset[str] | None
) -> tuple[Any, Sequence[tuple[str, str]]]:
    """A value as its field has it, and what did not fit: as text, and what was expected."""
    if value is None or value == "":
        return None, ()
    try:
        converted = _CONVERTERS[field.type](value)
    except _Misfit:
        return None, [(_shown(value), field.type)]
    if allowed is None:
        return converted, ()
    converted, outside = _within(converted, allowed)
    return converted, [(_shown(one), "domain") for one in outside]


def reads(value: object, of: Field) -> bool:
    """Whether a field's type reads a value (which may yet lie outside its domain)."""
    try:
        _CONVERTERS[of.type](value)
    except _Misfit:
        return False
    return True


def _shown(value: object) -> str:
    """A value as its file holds it, cut short."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text[:200]


def _within(value: Any, allowed: frozenset[str]) -> tuple[Any, list[str]]:
    """A choice, or the choices of a list, that the domain holds; and those that it does not."""
    if isinstance(value, tuple):
        return tuple(v for v in value if v in allowed), [v for v in value if v not in allowed]
    return (value, []) if value in allowed else (None, [value])


def _series(values: list[Any], field: Field, schema: Schema) -> pd.Series:
    match field.type:
        case "text" | "ref":
            return pd.Series(values, dtype="str")
        case "integer":
            return pd.Series(values, dtype="Int64")
        case "number":
            return pd.Series(np.array(values, dtype="float64"))
        case "boolean":
            return pd.Series(values, dtype="boolean")
        case "date":
            return pd.Series(np.array(values, dtype="datetime64[s]"))
        case "choice":
            categories = pd.CategoricalDtype(list(schema.values_of(field)), ordered=True)
            return pd.Series(values, dtype=categories)
    lists = np.empty(len(values), dtype=object)
    lists[:] = [() if v is None else v for v in values]
    return pd.Series(lists, dtype="object")


def values_of(
    records: Sequence[Mapping[str, Any]], names: Iterable[str] = ()
) -> dict[str, list[Any]]:
    """The values of records by field, None where one has no such field.

    Parameters
    ----------
    records
        Raw records.
    names
        Fields that come first, whether or not a record names them.
    """
    named = dict.fromkeys(chain(names, *records))
    if len(named) > 1 and set(map(len, records)) == {len(named)}:
        # Every record names them all.
        columns = zip(*map(itemgetter(*named), records), strict=True)
        return dict(zip(named, map(list, columns), strict=True))
    return {name: [record.get(name) for record in records] for name in named}


def raw_values(series: pd.Series, field: Field) -> list[Any]:
    """The values of a column as JSON holds them: the inverse of `column`."""
    if field.is_list:
        return [_plain_list(value) for value in series]
    plain: Callable[[Any], Any] = _PLAIN.get(field.type, str)
    return [None if pd.isna(value) else plain(value) for value in series]


def _plain_list(value: Any) -> list[Any] | None:
    """Frames from elsewhere hold lists, arrays, joined texts, or NaN where nothing is."""
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
    """A raw JSON value as a CSV cell: shortest number, ISO date, list joined by ";"."""
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
    """Python's float() also takes 1_000 and full-width digits: a planner did not mean those."""
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
