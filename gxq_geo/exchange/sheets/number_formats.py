"""The value that a spreadsheet shows for a stored number, by its number format."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]|_.')
# A code: zeros that stand for digits, with separators such as those of a phone number.
_CODE = re.compile(r"0[0 \-]*0")


def shown(value: Any, number_format: str) -> tuple[Any, bool]:
    """The value that a cell shows, and whether it is a percentage.

    A number of the format ``00000`` is a code with its zeros; of ``@`` it is a text; of ``0%`` it
    is 100 times as large, calculated exactly. A date without a time of day is a date.
    """
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value), False
    if isinstance(value, time | timedelta):
        return str(value), False
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value, False
    section = number_format.split(";", maxsplit=1)[0]
    if section == "@":
        return text_of(value), False
    pattern = _LITERAL.sub(lambda match: match[1] or match[2] or "", section)
    if _CODE.fullmatch(pattern) and value >= 0 and value == int(value):
        return _filled(int(value), pattern), False
    if "%" in pattern:
        return tidy(Decimal(repr(value)) * 100), True
    return (int(value) if _is_whole(value) else value), False


def text_of(value: float) -> str:
    """A number as text, without an exponent and without a fraction of zeros."""
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def tidy(value: Decimal) -> int | float:
    """A decimal as an int if it is whole, else as the nearest float."""
    return int(value) if value == value.to_integral_value() else float(value)


def day(value: Any) -> date | None:
    """The day of a date or time; None for any other value."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _is_whole(value: float) -> bool:
    return isinstance(value, float) and value.is_integer() and abs(value) < 2**53


def _filled(number: int, pattern: str) -> str:
    """Fill the zeros of a pattern with the digits of a number, from the right."""
    digits = list(str(number))
    out = [(digits.pop() if digits else "0") if c == "0" else c for c in reversed(pattern)]
    return "".join(digits) + "".join(reversed(out))
