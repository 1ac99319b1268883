"""Convert the cells of a foreign table to the raw values of a field, exactly, or say which not."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from gxq_geo.exchange.evidence import units
from gxq_geo.exchange.sheets.grid import some
from gxq_geo.exchange.sheets.number_formats import text_of
from gxq_geo.exchange.source import Loss
from gxq_geo.schemas import Field, Schema
from gxq_geo.schemas.normalise import domain_value, fold, normalised, suggested_value

# What people and programs write for nothing.
_NOTHING = frozenset(
    fold(text)
    for text in (
        "", "NULL", "<NULL>", "(null)", "None", "nan", "NaT", "N/A", "NA", "nil", "undefined",
        "无", "暂无", "没有", "待定", "待补充", "待填", "未定", "未知",
        "不详", "未填", "空", "未提供",
        "-", "--", "---", "—", "——", "－", "–", "/", "//", "\\", "*", "?", "？", ".", "…",
        "1.#QNAN", "-1.#IND", "1.#INF", "-1.#INF", "#N/A",
    )
)  # fmt: skip
# No such word is longer, even with spaces between its letters: others need not be folded.
_LONGEST_NOTHING = 4 * max(map(len, _NOTHING))
# Numbers for nothing: of surveyors, and of shapefiles.
_NOTHING_NUMBERS = frozenset({-9999.0, -99999.0, -1.7976931348623157e308})
_YES = frozenset(("√", "✓", "✔", "☑", "●", "t", "on", "对", "已", "已通", "通", "具备"))
_NO = frozenset(
    ("×", "✗", "✘", "x", "☒", "○", "f", "off", "错", "未", "未通", "不通", "不具备", "没有")
)
_SEPARATORS = re.compile(r"[、，；;,/／|\r\n]+")
# A text of its own may hold a comma or a slash.
_TEXT_SEPARATORS = re.compile(r"[、；;，\r\n]+")
_AMOUNT = re.compile(r"([+-]?\d[\d,]*(?:\.\d+)?|[+-]?\.\d+)\s*([^\d\s.,+-].*)?", re.DOTALL)
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?[eE][+-]?\d{1,2}")
# No quantity has as many; of more digits neither Python nor a float makes a number.
_MOST_DIGITS, _LARGEST = 300, 1e300
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_CODE_WITH_LABEL = re.compile(r"([0-9A-Za-z_.]+)[\s\-—:：(（]*(.+?)[)）]?")


class _Unfit(ValueError):
    """A value does not fit its field."""


class _Nothing(ValueError):
    """A value is a word for nothing."""


@dataclass(frozen=True, slots=True)
class _Target:
    """What a value is converted to."""

    field: Field
    schema: Schema
    factor: Fraction | None
    record: Mapping[str, object]


def convert(
    values: Sequence[Any],
    field: Field,
    schema: Schema,
    *,
    factor: Fraction | None = None,
    records: Sequence[Mapping[str, object]] = (),
    places: Sequence[str] = (),
    column: str = "",
) -> tuple[list[Any], tuple[Loss, ...]]:
    """Convert cells to raw values as in a layer file; what does not fit is missing, and a loss.

    Parameters
    ----------
    values
        The cells; None is missing.
    field, schema
        The field, and the schema with the domains of choices.
    factor
        By what numbers are multiplied; see `gxq_geo.exchange.evidence.columns.Target`.
    records
        For a choice whose domain depends on another field: the converted fields of each record.
    places
        The place of each cell in the file, such as its row.
    column
        The heading of the column, for the losses.

    Returns
    -------
    tuple
        Raw values: texts (also for dates, choices and references), numbers, booleans, lists of
        texts. References may still be names: see `gxq_geo.exchange.evidence.references`. And the
        losses: ``unfit``, ``nothing`` for words for nothing, ``time`` for times of day, each with
        the value and its places.
    """
    converted: list[Any] = []
    lost: dict[tuple[str, str], list[str]] = {}
    cache: dict[Any, tuple[Any, str]] = {}
    kept: Mapping[str, object] = {}
    by = field.domain_by["field"] if field.domain_by else ""
    for row, value in enumerate(values):
        if value is None:
            converted.append(None)
            continue
        kept = records[row] if records else kept
        plain = tuple(value) if isinstance(value, list) else value
        key = (type(value), plain, str(kept.get(by))) if by else (type(value), plain)
        found = cache.get(key)
        if found is None:
            found = cache[key] = read(value, field, schema, factor=factor, record=kept)
        result, kind = found
        converted.append(result)
        if kind:
            place = str(places[row]) if places else str(row + 1)
            lost.setdefault((kind, str(value)[:60]), []).append(place)
    return converted, tuple(_losses(lost, column or field.name, field))


def _losses(
    lost: Mapping[tuple[str, str], Sequence[str]], column: str, field: Field
) -> Iterable[Loss]:
    for (kind, value), places in lost.items():
        params = {"value": value, "places": some(places), "field": field.name, "type": field.type}
        yield Loss(f"sheets.loss.{kind}", len(places), column, params)


def read(
    value: Any,
    field: Field,
    schema: Schema,
    *,
    factor: Fraction | None = None,
    record: Mapping[str, object] | None = None,
) -> tuple[Any, str]:
    """Convert one cell; see `convert`.

    Returns
    -------
    tuple
        The raw value, and the kind of its loss: ``unfit``, ``nothing``, ``time``, or empty.
    """
    target = _Target(field, schema, factor, record or {})
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None, ""
    if isinstance(value, str) and not value.strip():
        return None, ""
    try:
        return _raw(value, target), "time" if _has_time(value, target.field) else ""
    except _Nothing:
        return None, "nothing"
    except _Unfit:
        return None, "unfit"


def _raw(value: Any, target: _Target) -> Any:
    field = target.field
    if field.is_list:
        return _list(value, target)
    if field.type == "boolean":
        return _boolean(value)
    if is_nothing(value):
        raise _Nothing
    match field.type:
        case "number" | "integer":
            return _number(value, target)
        case "date":
            return _date(value)
        case "choice":
            return _choice(_text(value), target)
    return _text(value)


def is_nothing(value: Any) -> bool:
    """Whether a value is a word or a number for nothing."""
    if isinstance(value, str):
        return len(value) <= _LONGEST_NOTHING and fold(value) in _NOTHING
    return isinstance(value, int | float) and value in _NOTHING_NUMBERS


# ------------------------------------------------------------------ by type


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return text_of(value)
    if isinstance(value, datetime) and value.time() != datetime.min.time():
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()[:10]
    return str(value).strip()


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = _text(value)
    word = suggested_value(text, "boolean")
    if word in ("true", "false"):
        return word == "true"
    folded = fold(text)
    if folded in ("true", "false"):
        return folded == "true"
    if folded in _YES or folded in _NO:
        return folded in _YES
    raise _Nothing if is_nothing(value) else _Unfit


def _date(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()[:10]
    found = suggested_value(_text(value), "date") if isinstance(value, str | int) else ""
    if not found:
        raise _Unfit
    return found


def _has_time(value: Any, field: Field) -> bool:
    midnight = datetime.min.time()
    return field.type == "date" and isinstance(value, datetime) and value.time() != midnight


def _number(value: Any, target: _Target) -> int | float:
    if isinstance(value, bool):
        raise _Unfit
    amount, unit = (_exact(value), "") if isinstance(value, int | float) else _parts(value)
    factor = target.factor
    if unit:
        factor = units.factor(unit, target.field)
        if factor is None:
            raise _Unfit
    return _tidy(amount * factor if factor is not None else amount, target.field)


def _exact(value: float) -> Fraction:
    if isinstance(value, float) and not math.isfinite(value):
        raise _Nothing
    if abs(value) > _LARGEST:
        raise _Unfit
    return Fraction(Decimal(repr(value)))


def _parts(value: Any) -> tuple[Fraction, str]:
    """The number and the unit of a text such as ``1,200.5 万元``."""
    text = normalised(value) if isinstance(value, str) else ""
    if _SCIENTIFIC.fullmatch(text):
        return Fraction(Decimal(text)), ""
    match = _AMOUNT.fullmatch(text)
    if not match or len(match[1]) > _MOST_DIGITS:
        raise _Unfit
    if "," in match[1] and not _GROUPED.fullmatch(match[1]):
        raise _Unfit
    amount = Fraction(match[1].replace(",", ""))
    if is_nothing(float(amount)):
        raise _Nothing
    return amount, (match[2] or "").strip()


def _tidy(amount: Fraction, field: Field) -> int | float:
    """An exact amount as JSON writes it: an int if it is whole, else the nearest float."""
    if amount.denominator == 1 and abs(amount) < 2**53:
        return int(amount)
    if field.type == "integer":
        raise _Unfit
    number = float(amount)
    if not math.isfinite(number):
        raise _Unfit
    return number


def _choice(text: str, target: _Target) -> str:
    spellings = target.schema.spellings_of(target.field, target.record)
    if spellings is None:
        return text
    if value := domain_value(text, spellings):
        return value
    match = _CODE_WITH_LABEL.fullmatch(text)
    if match and match[1] in spellings and domain_value(match[2], spellings) == match[1]:
        return match[1]
    raise _Unfit


def _list(value: Any, target: _Target) -> list[str] | None:
    """A list from its text; a text that is one choice as a whole is not divided."""
    if isinstance(value, list | tuple):
        parts = [_text(part) for part in value]
    else:
        text = _text(value)
        if is_nothing(value):
            raise _Nothing
        parts = [text] if _is_choice(text, target) else _divided(text, target.field)
    known = [part for part in parts if not is_nothing(part)]
    items = [_choice(part, target) if target.field.domain else part for part in known]
    return list(dict.fromkeys(items)) or None


def _divided(text: str, field: Field) -> list[str]:
    pattern = _TEXT_SEPARATORS if field.type == "texts" and not field.form else _SEPARATORS
    return [part.strip() for part in pattern.split(text) if part.strip()]


def _is_choice(text: str, target: _Target) -> bool:
    spellings = target.schema.spellings_of(target.field, target.record) or {}
    return bool(domain_value(text, spellings))
