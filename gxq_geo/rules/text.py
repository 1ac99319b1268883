"""Text: no garbled, invisible or stray characters; phones and web addresses are well formed."""

import html
import re
from collections.abc import Callable, Iterator

import numpy as np

from gxq_geo import words
from gxq_geo.rules.common import is_null_word, severity, summarised
from gxq_geo.schemas.normalise import is_full_width
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import SEPARATOR, Layer
from gxq_geo.zone.settings import SETTINGS

# Replacement characters of failed decoding, and fill bytes of uninitialised memory read as GBK.
_LOST = re.compile("\ufffd|锟斤拷|锟斤|斤拷锟|烫烫烫|屯屯屯|\\?{4}|？{4}")
_MAYBE_LOST = re.compile("[\ufffd锟斤烫屯]")
_LOST_SIGNS = ("????", "？？？？")
# UTF-8 or GBK read as Latin-1: letters with accents, side by side.
_LATIN = re.compile(r"[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u2013-\u203a€]{2,}")
# UTF-8 read as GBK: bytes of two or more Chinese characters in UTF-8.
_AS_GBK = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2,}")
# Dashes and ellipses, which Chinese text writes twice: "——" is no text of another encoding.
_DASHES = re.compile(r"[\s\u2010-\u2026]*")
_LETTER = re.compile("[A-Za-z]")
_CHINESE = re.compile("[\u4e00-\u9fff]")
# Line breaks and tabs belong to a text of several lines, variation selectors to an emoji.
_CONTROL = re.compile(f"(?![\t\r\n\ufe0e\ufe0f])[{words.INVISIBLE}]")
_BREAK = re.compile("[\t\r\n]")
# The pattern begins with the separator, which makes the search fast.
_OUTER_SPACE = re.compile(rf"{SEPARATOR}(?:\s|(?<=\s{SEPARATOR}))")
_PHONE = re.compile(r"\+?[\d\s()（）-]{5,24}(?:\s*(?:转|ext\.?|x)\s*\d{1,6})?", re.IGNORECASE)
_PHONES = re.compile(r"\s*[/,;、，；]\s*")
# A landline without the zero of its area code, as a column of numbers loses it: 537-1234567; not
# a mobile phone (13800000000), nor a service number (400-…, 800-…).
_WITHOUT_ZERO = re.compile(r"(?!400|800)(?:10|2\d|[3-9]\d{2})[- ]?\d{7,8}")
# Characters and formats of drawings (DXF): bytes of GBK, code points, signs, formats of MTEXT.
_DXF_BYTES = re.compile(r"\\M\+[1-5]([0-9A-Fa-f]{4})")
_DXF_POINT = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_DXF_SIGN = re.compile(r"%%[cdpCDP]")
_DXF_FORMAT = re.compile(r"[{}]?\\[fFACHQTW][^;\\{}]*;")
_DXF_SIGNS = {"c": "⌀", "d": "°", "p": "±"}
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")
_WEB = re.compile(r"\b(?:https?|www\.)[^\s,;，；。）)\"']*", re.IGNORECASE)
_URL = re.compile(r"(?:https?://)?[^\s/:@]+\.[^\s/:@]+(?::\d+)?(?:/.*)?", re.IGNORECASE)

Test = Callable[[str], bool]


def mojibake(zone: Zone) -> Iterator[Issue]:
    """A text is not garbled by an encoding that was guessed wrong."""
    for layer in zone.layers.values():
        for field, row, value in _found(layer, _may_be_garbled, _is_garbled):
            near = _recovered(value)
            yield layer.issue(row, field=field, value=value[:80], near=near[:80])


def _may_be_garbled(joined: str) -> bool:
    if joined.replace(SEPARATOR, "").isascii():
        return _LOST_SIGNS[0] in joined
    return bool(
        any(sign in joined for sign in _LOST_SIGNS)
        or _MAYBE_LOST.search(joined)
        or _LATIN.search(joined)
        or _AS_GBK.search(joined.encode("gb18030", "replace"))
    )


def _is_garbled(value: str) -> bool:
    return bool(_LOST.search(value) or _recovered(value))


def _recovered(value: str) -> str:
    """Return the original text if decoding in another encoding proves it, or an empty text."""
    if _LATIN.search(value) and not _DASHES.fullmatch(value):
        for wrong in ("cp1252", "latin-1"):
            for right in ("utf-8", "gb18030"):
                text = _read_again(value, wrong, right)
                # Two adjacent accented letters occur in names; they decode to one character.
                if len(_CHINESE.findall(text)) > bool(_LETTER.search(value)):
                    return text
    text = _read_again(value, "gb18030", "utf-8")
    return text if len(_CHINESE.findall(text)) > 1 else ""


def _read_again(value: str, wrong: str, right: str) -> str:
    """Encode a text with the wrong encoding and decode it with the right one.

    Up to two bytes of its last character may be lost.
    """
    try:
        data = value.rstrip("?\ufffd").encode(wrong)
    except UnicodeError:
        return ""
    for lost in range(3):
        try:
            text = data[: len(data) - lost].decode(right)
        except UnicodeError:
            continue
        return "" if text == value else text
    return ""


@severity(Severity.WARNING)
def control_characters(zone: Zone) -> Iterator[Issue]:
    """A text has no invisible characters, and a name no line break."""
    for layer in zone.layers.values():
        limits = {name: known.max_length for name, known in layer.schema.fields.items()}
        for field, row, value in _found(layer, _may_be_hidden, _may_be_hidden):
            single = limits[field] or field == layer.schema.id
            hidden = _CONTROL.search(value) or (single and _BREAK.search(value.strip()))
            if hidden and not _is_garbled(value):
                code = f"U+{ord(hidden[0]):04X}"
                yield layer.issue(row, field=field, value=value[:80], code=code)


def _may_be_hidden(joined: str) -> bool:
    return bool(_CONTROL.search(joined) or _BREAK.search(joined))


@severity(Severity.WARNING)
def stray_space(zone: Zone) -> Iterator[Issue]:
    """A text does not begin or end with a space."""
    for layer in zone.layers.values():
        for field, row, value in _found(layer, _has_outer_space, _is_padded):
            yield layer.issue(row, field=field, value=value[:80], near=value.strip()[:80])


def _has_outer_space(joined: str) -> bool:
    return bool(_OUTER_SPACE.search(joined))


def _is_padded(value: str) -> bool:
    """Return whether a text has outer spaces; a text of spaces only counts as empty."""
    return value.strip() not in ("", value)


@severity(Severity.WARNING)
def phone_form(zone: Zone) -> Iterator[Issue]:
    """A phone number can be dialled: digits, spaces, hyphens, brackets, an extension."""
    for layer in zone.layers.values():
        for name in (n for n, field in layer.schema.fields.items() if field.form == "phone"):
            column = layer.frame[name]
            wrong = {value for value in column.dropna().unique() if not _is_phone(value)}
            for row in np.flatnonzero(column.isin(wrong)) if wrong else ():
                yield layer.issue(int(row), field=name, value=str(column.iloc[row])[:80])


def _is_phone(value: str) -> bool:
    """Return whether a text is one or more phones; `full-width` reports full-width digits."""
    if is_full_width(value) or not value.strip() or is_null_word(value):
        return True
    numbers = _PHONES.split(value.strip())
    return all(_PHONE.fullmatch(text) and sum(map(str.isdigit, text)) >= 5 for text in numbers)


@severity(Severity.WARNING)
def phone_without_zero(zone: Zone) -> Iterator[Issue]:
    """A landline has the zero of its area code."""
    for layer in zone.layers.values():
        for name in (n for n, field in layer.schema.fields.items() if field.form == "phone"):
            column = layer.frame[name]
            repaired = {text: _with_zero(text) for text in column.dropna().unique()}
            near = {text: phone for text, phone in repaired.items() if phone != text}
            rows = np.flatnonzero(column.isin(near)).tolist() if near else ()
            for row, count in summarised(rows, int(column.notna().sum())):
                value = str(column.iloc[row])
                yield layer.issue(row, field=name, value=value, near=near[value], count=count)


def _with_zero(value: str) -> str:
    """Return a phone, or several, with the zeros that landlines have lost."""
    if is_full_width(value):
        return value
    numbers = _PHONES.split(value)
    with_zero = [f"0{one}" if _WITHOUT_ZERO.fullmatch(one.strip()) else one for one in numbers]
    return value if with_zero == numbers else " / ".join(with_zero)


@severity(Severity.WARNING)
def foreign_codes(zone: Zone) -> Iterator[Issue]:
    """A text has no codes of drawings or web pages, such as U+4E2D, %%c, &nbsp; or <b>."""
    for layer in zone.layers.values():
        for field, row, value in _found(layer, _may_have_codes, _has_codes):
            yield layer.issue(row, field=field, value=value[:80], near=_without_codes(value)[:80])


def _may_have_codes(joined: str) -> bool:
    return any(sign in joined for sign in ("\\", "%%", "&", "<"))


def _has_codes(value: str) -> bool:
    return _without_codes(value) != value


def _without_codes(value: str) -> str:
    """Return a text as the drawing or the web page shows it."""
    text = _DXF_BYTES.sub(_gbk_character, value)
    text = _DXF_POINT.sub(lambda found: chr(int(found[1], 16)), text)
    text = _DXF_SIGN.sub(lambda found: _DXF_SIGNS[found[0][-1].lower()], text)
    if _DXF_FORMAT.search(text):
        text = re.sub("[{}]", "", _DXF_FORMAT.sub("", text))
    return _ENTITY.sub(lambda found: html.unescape(found[0]), _TAG.sub("", text)).strip() or value


def _gbk_character(found: re.Match[str]) -> str:
    return bytes.fromhex(found[1]).decode("gbk", "ignore") or found[0]


@severity(Severity.WARNING)
def url_form(zone: Zone) -> Iterator[Issue]:
    """A web address is whole: http:// or https://, and a host."""
    address = zone.settings.public_url
    if address and not (address.startswith(("http://", "https://")) and _URL.fullmatch(address)):
        yield Issue(file=SETTINGS, field="public_url", value=address)
    for layer in zone.layers.values():
        for field, row, value in _found(layer, _may_hold_url, _has_bad_url):
            bad = next(found[0] for found in _WEB.finditer(value) if not _URL.fullmatch(found[0]))
            yield layer.issue(row, field=field, value=bad[:80])


def _may_hold_url(joined: str) -> bool:
    lowered = joined.lower()
    return "http" in lowered or "www." in lowered


def _has_bad_url(value: str) -> bool:
    return any(not _URL.fullmatch(found[0]) for found in _WEB.finditer(value))


def _found(layer: Layer, may_match: Test, matches: Test) -> Iterator[tuple[str, int, str]]:
    """Yield field, row and value of each text that matches.

    `may_match` is called on the joined texts of a field first, which is fast.
    """
    for field, joined in layer.texts.items():
        if may_match(joined):
            for row, value in layer.frame[field].dropna().items():
                if matches(value):
                    yield field, int(str(row)), value
