"""What a planner probably meant: the plain form of a number, a date, a yes or a code.

Nothing here changes a value: a rule offers the plain form, and a person decides.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

# Of the private-use area, so that no text holds it, and no fold changes it.
_BETWEEN = "\ue000"
_SPACE = re.compile(r"\s+")
# What Excel exports where a formula stood or failed.
_FORMULA = re.compile(r"=.+|#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)|#{4,}", re.DOTALL)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
# Letters, digits, signs and the space that an input method left full-width.
_FULL_WIDTH = re.compile("[\uff0b\uff0d\uff0e\uff0f-\uff19\uff1a\uff21-\uff3a\uff41-\uff5a\u3000]")
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
