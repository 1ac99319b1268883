"""What a planner probably meant: the plain form of a number, a date, a yes or a code.

Nothing here changes a value: a rule offers the plain form, and a person decides.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

# Of the private-use area, so that no text holds it, and no fold changes it.
_BETWEEN = "\ue000"
_SPACE = re.compile(r"\s+")
# What Excel exports where a formula stood or failed.
_FORMULA = re.compile(r"=.+|#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)|#{4,}", re.DOTALL)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
# Letters, digits, signs and the space that an input method left full-width.
_FULL_WIDTH = re.compile("[\uff0b\uff0d\uff0e\uff0f-\uff19\uff1a\uff21-\uff3a\uff41-\uff5a\u3000]")
# By what each of them is replaced; what else NFKC would change (², ½, ①) is left as it is.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_DAY = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?")
# What Excel adds to a date; a time that says more, or a time zone, might mean another day.
_MIDNIGHT = re.compile(r"[T ]0?0:00(?::00(?:\.0+)?)?$")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T ].*)?")
_COMPACT_DATE = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_YES_NO = {"是": "true", "否": "false", "有": "true", "无": "false", "yes": "true", "no": "false"}
_YES_NO |= {"y": "true", "n": "false", "√": "true", "×": "false", "1": "true", "0": "false"}


def fold(text: str) -> str:
    """A text without case, spaces and full-width forms: what is left is what it says."""
    return fold_all([text])[0]


def fold_all(texts: Sequence[str]) -> list[str]:
    """Many texts folded, in one go."""
    if not texts:
        return []
    joined = _BETWEEN.join(one.replace(_BETWEEN, " ") for one in texts)
    return _SPACE.sub("", unicodedata.normalize("NFKC", joined).casefold()).split(_BETWEEN)


def narrow(text: str) -> str:
    """A text with half-width letters and digits, without spaces around it."""
    return unicodedata.normalize("NFKC", text).strip()


def half_width(text: str) -> str:
    """A text of which the letters, digits and signs that `is_full_width` names are half-width."""
    return _FULL_WIDTH.sub(lambda found: found[0].translate(_HALF_WIDTH), text)


def known_as(text: str, domain: Mapping[str, Mapping[str, str]]) -> str:
    """The value of a domain that a text spells, by its code or its words; empty unless just one."""
    plain = _bare(text)
    spelt = [
        value for value, said in domain.items() if plain in map(_bare, (value, *said.values()))
    ]
    return spelt[0] if len(spelt) == 1 else ""


def _bare(text: str) -> str:
    """Less than `fold` does: a superscript stays one."""
    return _SPACE.sub("", text.translate(_HALF_WIDTH)).casefold()


def is_formula(text: str) -> bool:
    """Whether a cell holds a spreadsheet's formula, or its error, in place of a value."""
    return bool(_FORMULA.fullmatch(text.strip()))


def is_full_width(text: str) -> bool:
    """Whether letters, digits or signs of a code or a number are full-width."""
    return bool(_FULL_WIDTH.search(text))


def is_grouped(text: str) -> bool:
    """Whether a number has thousands separators."""
    return bool(_GROUPED.fullmatch(narrow(text)))


def meant(value: str, kind: str) -> str:
    """A value of a field type as files hold it, where only one can be meant; else empty.

    Parameters
    ----------
    value
        What the file holds.
    kind
        The field's type: number, integer, date or boolean; any other means nothing.
    """
    text = narrow(value)
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
    whole = plain.partition(".")
    if kind == "integer" and whole[2].strip("0"):
        return ""
    return whole[0] if kind == "integer" else plain


def _date(text: str) -> str:
    found = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if not found:
        return ""
    try:
        return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        return ""


def certain(text: str, kind: str) -> float | bool | str | None:
    """The value that a text means beyond doubt, as JSON holds it; None where there is a doubt.

    A guess that `meant` may offer, such as thousands separators or a time of day, is not taken.

    Parameters
    ----------
    text
        What the file holds.
    kind
        As for `meant`.
    """
    match kind:
        case "number" | "integer":
            return _certain_number(text, kind)
        case "date":
            return _certain_date(text) or None
        case "boolean":
            word = text.casefold()
            plain = word if word in ("true", "false") else _YES_NO.get(word)
            return None if plain is None else plain == "true"
    return None


def _certain_number(text: str, kind: str) -> float | None:
    """Only where the number as JSON holds it is the one that was written, to the last digit."""
    if not text.isascii() or not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    if not math.isfinite(number) or Decimal(text) != Decimal(repr(number)):
        return None
    if not number.is_integer() or abs(number) >= 2**53:
        return None if kind == "integer" else number
    return int(number)


def _certain_date(text: str) -> str:
    day = _MIDNIGHT.sub("", text)
    return _date(day) if _DAY.fullmatch(day) or _COMPACT_DATE.fullmatch(day) else ""
