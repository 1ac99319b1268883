"""The names of encodings, as files and users write them and as Python does."""

import codecs
import re

UTF8, UTF16, GB18030 = "UTF-8", "UTF-16", "GB18030"

# Subsets of an encoding are read as the whole.
_SUPERSETS = {
    **dict.fromkeys(("gbk", "gb2312", "cp936", "hz"), "gb18030"),
    **dict.fromkeys(("big5", "big5hkscs"), "cp950"),
    **dict.fromkeys(("ascii", "utf_8", "cp65001"), "utf-8"),
    "utf_8_sig": "utf-8-sig",
}
_LABELS = {
    "gb18030": GB18030,
    "cp950": "Big5",
    **dict.fromkeys(("utf-8", "utf-8-sig"), UTF8),
    **dict.fromkeys(("utf-16", "utf-16-le", "utf-16-be"), UTF16),
}
# What Windows writes before the number of a code page.
_PREFIX = re.compile(r"^(?:ansi|oem)[ _-]*")
# The code pages of byte 29 of a DBF header, as ESRI and Microsoft publish them.
_LDIDS = {
    0x01: "cp437",
    0x02: "cp850",
    0x03: "cp1252",
    0x57: "cp1252",
    0x58: "cp1252",
    0x13: "cp932",
    0x7B: "cp932",
    0x4D: "gb18030",
    0x7A: "gb18030",
    0x4E: "cp949",
    0x79: "cp949",
    0x4F: "cp950",
    0x78: "cp950",
    0x50: "cp874",
    0x7C: "cp874",
    0x26: "cp866",
    0x65: "cp866",
    0x64: "cp852",
    0xC8: "cp1250",
    0xC9: "cp1251",
}


def codec(label: str) -> str:
    """The Python codec for an encoding as files and users name it; empty if it is unknown.

    Understood are ``GBK``, ``936``, ``ANSI 1252``, ``ISO 8859-1``, ``88591``, ``LDID/77`` and the
    names of Python. A subset such as GB2312 or GBK gives the whole: GB18030.
    """
    name = _PREFIX.sub("", label.strip().lower())
    if match := re.fullmatch(r"ldid/(\d+)", name):
        return code_page(int(match[1]))
    if match := re.fullmatch(r"(?:iso)?[ _-]?8859[ _-]?(\d+)", name):
        name = f"iso8859-{match[1]}"
    elif name.isdigit():
        name = f"cp{name}"
    for spelling in (name, name.replace(" ", "-"), name.replace(" ", "")):
        try:
            found = codecs.lookup(spelling)
        except (LookupError, ValueError):
            continue
        if found._is_text_encoding:
            return _SUPERSETS.get(found.name.replace("-", "_"), found.name)
    return ""


def code_page(ldid: int) -> str:
    """The Python codec for the language driver id (LDID) of a DBF; empty if it states none."""
    return _LDIDS.get(ldid, "")


def label(name: str) -> str:
    """The usual name of the encoding of a Python codec."""
    return _LABELS.get(name, name.upper())


def agree(one: str, other: str) -> bool:
    """Whether two codecs are of one encoding, such as ``utf-16`` and ``utf-16-le``."""
    return one.startswith(other) or other.startswith(one)
