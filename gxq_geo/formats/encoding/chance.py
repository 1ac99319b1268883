"""Texts that are valid in an encoding by chance.

Of the Hanzi of GBK, one in four has the bytes of a letter in UTF-8; of a few, such as 状态 alone,
all have. What they give are letters of several alphabets side by side, and accents without a
letter. Any bytes are valid in an encoding of one byte.
"""

import re
from collections.abc import Iterable

from gxq_geo.formats.encoding.decoding import Decoded

# One in 65,000 texts of so many different Hanzi is valid UTF-8.
_MOST_SIGNS = 8
# So many East Asian characters are not UTF-8 by chance; more, if a text was cut inside one.
_ENOUGH, _ENOUGH_IF_CUT = 2, 3
# The most characters that stand in a row, on the average, if they are letters with accents.
_MOST_IN_A_ROW = 1.5
_RUN = re.compile("[^\x00-\x7f]+")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
# Hanzi, kana and the punctuation and symbols that go with them.
_EAST_ASIAN = re.compile(
    "[\u2000-\u2bff\u3000-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_LETTERS = re.compile("[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u07ff]+")
# A word of one alphabet; Latin letters with accents stand beside others.
_WORD = re.compile(
    "(?=.*[A-Za-z])[A-Za-z\u00c0-\u024f]+|[\u0386-\u03ce]+|[\u0401\u0410-\u044f\u0451]+"
)


def is_possible(texts: Iterable[str], *, is_cut: bool = False) -> bool:
    """Whether texts as decoded by UTF-8 are so few characters that they may be GBK or Big5."""
    signs: set[str] = set()
    wide: set[str] = set()
    enough = _ENOUGH_IF_CUT if is_cut else _ENOUGH
    for text in texts:
        for match in _NOT_ASCII.finditer(text):
            signs.add(match[0])
            if _EAST_ASIAN.match(match[0]):
                wide.add(match[0])
            if len(signs) > _MOST_SIGNS or len(wide) >= enough:
                return False
    return True


def has_wide(utf8: Decoded) -> bool:
    """Whether any character of texts as decoded by UTF-8 is East Asian."""
    return any(map(_EAST_ASIAN.search, utf8.readable))


def is_natural(tried: Decoded) -> bool:
    """Whether decoded texts are words such as are written."""
    words = (word for text in tried.readable for word in _LETTERS.findall(text))
    return not tried.cut and all(word.isascii() or _WORD.fullmatch(word) for word in words)


def is_sprinkled(tried: Decoded) -> bool:
    """Whether the characters that are not ASCII stand singly between others, as in Köln."""
    runs = [len(run) for text in tried.readable for run in _RUN.findall(text)]
    return sum(runs) <= _MOST_IN_A_ROW * len(runs)
