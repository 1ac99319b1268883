"""Normalise texts, and suggest canonical forms of numbers, dates, booleans and choices.

Rules show the suggestions; only `exact_value` and `half_width` are used to repair files.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from gxq_geo import words

# A private-use character, which no text should contain and which folding does not change.
_SEPARATOR = "\ue000"
_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile(f"[{words.INVISIBLE}]")
_CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# A formula, an error value or a too narrow column, as Excel exports them.
_FORMULA = re.compile(r"=.+|#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)|#{4,}", re.DOTALL)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
# Full-width letters, digits, signs and spaces, which input methods for Chinese produce.
_FULL_WIDTH = re.compile("[\uff0b\uff0d\uff0e\uff0f-\uff19\uff1a\uff21-\uff3a\uff41-\uff5a\u3000]")
# Their half-width forms. Unlike NFKC, this does not change ², ½ or ①.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_DAY = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?")
# The time that Excel adds to a date. Any other time, or a time zone, could mean another day.
_MIDNIGHT = re.compile(r"[T ]0?0:00(?::00(?:\.0+)?)?$")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T ].*)?")
_COMPACT_DATE = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_YES_NO = {"是": "true", "否": "false", "有": "true", "无": "false", "yes": "true", "no": "false"}
_YES_NO |= {"y": "true", "n": "false", "√": "true", "×": "false", "1": "true", "0": "false"}
_YES_NO |= {"t": "true", "f": "false", "✓": "true", "✗": "false", "1.0": "true", "0.0": "false"}
_YES_NO |= {"✔": "true", "✘": "false", "☑": "true", "☒": "false", "真": "true", "假": "false"}
# The day that Excel and WPS number 0, and the numbers of the days from 1970 to 2099.
_DAY_ZERO = date(1899, 12, 30)
_SERIAL = re.compile(r"(\d{5})(?:\.0+)?")
_SERIALS = range(25_569, 73_051)


def fold(text: str) -> str:
    """Fold a text for comparison: NFKC, case-folded, without spaces."""
    return fold_all([text])[0]


def fold_all(texts: Sequence[str]) -> list[str]:
    """Fold many texts at once; faster than `fold` for each."""
    if not texts:
        return []
    joined = _SEPARATOR.join(text.replace(_SEPARATOR, " ") for text in texts)
    return _SPACE.sub("", unicodedata.normalize("NFKC", joined).casefold()).split(_SEPARATOR)


def in_ascii(text: str) -> str:
    """Replace what looks like ASCII letters and signs by these, and leave out what is not visible.

    The characters that look alike are those of Unicode's confusables (UTS #39); Chinese
    characters, and full-width forms, which `half_width` replaces, stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_in_ascii, _INVISIBLE.sub("", text)))


@cache
def _in_ascii(char: str) -> str:
    if char.isascii() or is_full_width(char):
        return char
    # Imported late: it loads its tables, and few ids have characters that are not ASCII.
    from confusable_homoglyphs import confusables

    found = confusables.is_confusable(char, greedy=True) or [{"homoglyphs": []}]
    twins = (twin["c"] for twin in found[0]["homoglyphs"])
    # Other letters may be meant, such as those of a Chinese number (一), but no ASCII letter is.
    alike = [twin for twin in twins if twin.isascii()]
    return alike[0] if alike and not _CHINESE.match(char) else char


def normalised(text: str) -> str:
    """A text in NFKC (half-width letters and digits), without leading and trailing spaces."""
    return unicodedata.normalize("NFKC", text).strip()


def half_width(text: str) -> str:
    """Replace the full-width letters, digits, signs and spaces of a text (see `is_full_width`)."""
    return _FULL_WIDTH.sub(lambda match: match[0].translate(_HALF_WIDTH), text)


def ascii_width(text: str) -> str:
    """Replace the full-width form of every ASCII character of a text, such as ％ and ，."""
    return text.translate(_HALF_WIDTH)


def full_width(text: str) -> str:
    """Replace every ASCII character of a text by its full-width form."""
    return text.translate({h: code for code, h in _HALF_WIDTH.items() if isinstance(h, int)})


def domain_value(text: str, spellings: Mapping[str, Sequence[str]]) -> str:
    """The one value whose code or spelling matches a text; empty if none or several match."""
    folded = _fold_width(text)
    matches = [
        value for value, others in spellings.items() if folded in map(_fold_width, (value, *others))
    ]
    return matches[0] if len(matches) == 1 else ""


def _fold_width(text: str) -> str:
    """Fold only width, case and spaces; unlike `fold`, keep superscripts and similar characters."""
    return _SPACE.sub("", text.translate(_HALF_WIDTH)).casefold()


def is_formula(text: str) -> bool:
    """Whether a cell has a spreadsheet formula, or an error value, instead of a value."""
    return bool(_FORMULA.fullmatch(text.strip()))


def is_full_width(text: str) -> bool:
    """Whether a text contains full-width letters, digits, signs or spaces."""
    return bool(_FULL_WIDTH.search(text))


def is_grouped(text: str) -> bool:
    """Whether a number has thousands separators."""
    return bool(_GROUPED.fullmatch(normalised(text)))


def suggested_value(value: str, kind: str) -> str:
    """Suggest the canonical text of a value that does not fit its field's type; else empty.

    Parameters
    ----------
    value
        The text in the file.
    kind
        The field's type: number, integer, date or boolean; others have no suggestion.
    """
    text = normalised(value)
    match kind:
        case "number" | "integer":
            return _number(text, kind)
        case "date":
            return _date(text)
        case "boolean":
            return _YES_NO.get(text.casefold(), "")
    return ""


def _number(text: str, kind: str) -> str:
    plain = text.replace(",", "") if _GROUPED.fullmatch(text) else text
    if not _NUMBER.fullmatch(plain):
        return ""
    integer, _, decimals = plain.partition(".")
    if kind == "integer" and decimals.strip("0"):
        return ""
    return integer if kind == "integer" else plain


def _date(text: str) -> str:
    match = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if not match:
        return ""
    try:
        return date(*(int(part) for part in match.groups())).isoformat()
    except ValueError:
        return ""


def serial_day(text: str) -> str:
    """The date that Excel shows for the number of a day (1900 date system); empty if it is none.

    The numbers from 1970 to 2099 are read. Excel for Mac before 2011 may have saved dates that are
    four years and a day later (1904 date system), which the number does not show.
    """
    match = _SERIAL.fullmatch(text)
    if not match or int(match[1]) not in _SERIALS:
        return ""
    return (_DAY_ZERO + timedelta(days=int(match[1]))).isoformat()


def exact_value(text: str, kind: str) -> float | bool | str | None:
    """The JSON value of a text if it is unambiguous; else None.

    Unlike `suggested_value` it does not interpret thousands separators or times of day.

    Parameters
    ----------
    text
        The text in the file.
    kind
        As for `suggested_value`.
    """
    match kind:
        case "number" | "integer":
            return _exact_number(text, kind)
        case "date":
            return _exact_date(text) or None
        case "boolean":
            word = text.casefold()
            plain = word if word in ("true", "false") else _YES_NO.get(word)
            return None if plain is None else plain == "true"
    return None


def _exact_number(text: str, kind: str) -> float | None:
    """The number of a text, if JSON can represent it without rounding."""
    if not text.isascii() or not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    if not math.isfinite(number) or Decimal(text) != Decimal(repr(number)):
        return None
    if not number.is_integer() or abs(number) >= 2**53:
        return None if kind == "integer" else number
    return int(number)


def _exact_date(text: str) -> str:
    day = _MIDNIGHT.sub("", text)
    return _date(day) if _DAY.fullmatch(day) or _COMPACT_DATE.fullmatch(day) else ""
