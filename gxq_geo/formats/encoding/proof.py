"""Prove the encoding of a layer file, which should be UTF-8, so that it may be rewritten."""

import re

from gxq_geo.formats.encoding import chance
from gxq_geo.formats.encoding.decision import decide_text
from gxq_geo.formats.encoding.decoding import decoded
from gxq_geo.formats.encoding.names import GB18030, UTF8, UTF16

# What programs here save in. Another that is as certain is no slip of a save, but for `gxq import`.
_SAVED = frozenset((UTF8, UTF16, GB18030))
# Binary files give characters of private use.
_PRIVATE = re.compile("[\ue000-\uf8ff]")


def decode_by_evidence(data: bytes) -> tuple[str, str] | None:
    """Return the text of a file without a byte order mark, and the name of its encoding.

    None where the bytes prove no encoding: nothing may then be written from them.
    """
    found = decide_text(data, declared="utf-8")
    text = decoded(data, found.name) if found.certain and found.label in _SAVED else None
    if text is None or "\0" in text or (found.label == GB18030 and _PRIVATE.search(text)):
        return None
    return text, found.label


def is_gb18030_by_chance_utf8(data: bytes, text: str) -> bool:
    """Return whether bytes that decode as UTF-8 are GB18030 nevertheless, such as 状态 alone."""
    if text.isascii() or not chance.is_possible([text]):
        return False
    return decide_text(data, declared="utf-8").name == "gb18030"
