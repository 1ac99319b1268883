"""Decide the encoding of a text file by the evidence of all its bytes.

The evidence, in this order: a byte order mark; zero bytes (UTF-16); strict UTF-8; strict GB18030
with common Chinese characters, a smaller share of which are common when read as Big5. Common are
the characters of level 1 of GB/T 2312 (3,755) and of Big5 (5,401): nearly all of ordinary text.
"""

import codecs
import re

UTF8, UTF16, GB18030 = "UTF-8", "UTF-16", "GB18030"

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# The least share of common characters among the Chinese ones.
_COMMON_SHARE = 0.7
# The most zero bytes that are the low byte of a character, as a share of those that are the high.
_MOST_LOW_ZEROS = 0.2
# Letters of alphabets that stand in Chinese and English files, and everything from U+0800 on.
_PLAUSIBLE = re.compile("[\u00a0-\u024f\u0370-\u03ff\u0400-\u04ff\u0800-\U0010ffff]")
# As binary files give.
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_HANZI = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")


def decode_by_evidence(data: bytes) -> tuple[str, str] | None:
    """Return the text of a file without a byte order mark, and the name of its encoding.

    None where the bytes prove no encoding: nothing may then be written from them.
    """
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            text = _decoded(data[len(mark) :], name)
            return None if text is None else (text, UTF8 if name == "utf-8" else UTF16)
    if b"\x00" in data:
        return _utf16(data)
    text = _decoded(data, "utf-8")
    if text is not None and not is_gb18030_by_chance_utf8(data, text):
        return text, UTF8
    return _gb18030(data)


def is_gb18030_by_chance_utf8(data: bytes, text: str) -> bool:
    """Return whether bytes that decode as UTF-8 are GB18030 nevertheless.

    A few characters, such as 状态 alone, are valid UTF-8 too; but what they give are letters of
    Hebrew or Armenian and accents without a letter, and no Chinese at all.
    """
    if text.isascii() or _PLAUSIBLE.search(text):
        return False
    return _gb18030(data) is not None


def _decoded(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None


def _utf16(data: bytes) -> tuple[str, str] | None:
    """Return the text of UTF-16 without a mark: zero bytes are the high bytes of ASCII signs.

    As low bytes they are rare: of 一 (U+4E00) and few others.
    """
    zeros = [data[parity::2].count(0) for parity in (0, 1)]
    name = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    text = _decoded(data, name)
    if text is None or min(zeros) > _MOST_LOW_ZEROS * max(zeros) or "\x00" in text:
        return None
    return text, UTF16


def _gb18030(data: bytes) -> tuple[str, str] | None:
    text = _decoded(data, "gb18030")
    if text is None or _PRIVATE.search(text):
        return None
    share = _common_share(text, "gb2312", range(0xB0, 0xD8))
    traditional = _decoded(data, "big5")
    other = _common_share(traditional, "big5", range(0xA4, 0xC7)) if traditional else 0.0
    return (text, GB18030) if share >= _COMMON_SHARE and share > other else None


def _common_share(text: str, encoding: str, leads: range) -> float:
    """Return the share of the Chinese characters whose first byte in an encoding is common."""
    hanzi = _HANZI.findall(text)
    encoded = (char.encode(encoding, "ignore")[:1] for char in hanzi)
    common = [lead for lead in encoded if lead and lead[0] in leads]
    return len(common) / max(len(hanzi), 1)
