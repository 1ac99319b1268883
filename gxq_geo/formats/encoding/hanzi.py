"""The evidence of Hanzi for GB18030 against Big5, and against text that is no Chinese at all.

Both standards have their common Hanzi in a block of their own: GB 2312 level 1 (0xB0A1-0xD7F9,
3,755 characters) and Big5 level 1 (0xA440-0xC67E, 5,401). Most bytes are common Hanzi in both: then
it counts how common they are in running text (``data/hanzi.toml``), and whether neighbours stand
side by side in our own texts, as those of 地块 do.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import chain, pairwise

from gxq_geo import words
from gxq_geo.formats.encoding.decoding import Decoded

CHINESE = ("gb18030", "cp950")
# The least share of common Hanzi: one name such as 洸府河 has two of three, a file nearly all. In
# text of a European encoding, taken for GBK, hardly any is.
LEAST_SHARE = 0.5

# The natural logarithm of the frequency in running text of a Hanzi that is not in the list: of one
# that its standard has, one that only extensions have, of marks, other signs, and private use.
_RARE, _RARER, _MARK, _SIGN, _PRIVATE = -13.8, -16.1, -5.0, -13.8, -19.0
_MARKS = frozenset("，。、；：（）《》【】“”‘’！？·—–…㎡℃°±×")
# A pair of neighbours of our own texts: of the pairs in the layers of a zone one in five is one, of
# those that Big5 gives, read as GB18030, one in ten thousand.
_PAIR = 7.5
# How much the likelihood must differ, as a logarithm: 3,000:1 for GB18030; for Big5, rare in the
# files of a mainland planner, 60,000:1.
_ENOUGH_GB, _ENOUGH_BIG5 = 8.0, -11.0
# The frequency of each Hanzi of level 1 if they were drawn by lot, as those are that Hangul and
# Kanji give; Chinese is more likely, though a few rare names are not: halfway, and some leave.
_BY_LOT = -math.log(3755) - 0.5
_LEAST_GB, _LEAST_BIG5 = -4.0, -2.0
# Less is enough where it agrees with what the file declares.
_ENOUGH_DECLARED_GB, _ENOUGH_DECLARED_BIG5 = 2.0, -4.0
_LEAST_DECLARED = -10.0
# The Hanzi of about so many texts are counted, and of at most so many characters.
_COUNTED, _MOST = 4_000, 1_000_000
_RUN = re.compile("[^\x00-\x7f]+")
# Of GBK only, in the middle of the common Hanzi of Big5.
_UNITS = frozenset("㎎㎏㎜㎝㎞㎡")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of Hanzi for GB18030 and Big5.

    Parameters
    ----------
    winner
        The encoding for which it decides; empty if it does not.
    share, gb_share
        The share of common Hanzi: in the more probable encoding in percent, and in GB18030.
    balance
        The logarithm of the ratio of likelihoods: positive for GB18030.
    gain
        The logarithm of how much more likely the texts are than Hanzi drawn by lot, in the
        encoding in which they are more so; minus infinity if they are valid in none.
    """

    winner: str
    share: int
    gb_share: float
    balance: float
    gain: float

    @property
    def is_chinese(self) -> bool:
        """Whether the texts are as likely as Chinese is, in either encoding."""
        return self.gain >= _LEAST_GB

    @property
    def is_other(self) -> bool:
        """Whether the texts are hardly Chinese, in either encoding."""
        return self.gain < _LEAST_DECLARED

    def agrees(self, declared: str) -> bool:
        """Whether it is enough for an encoding of Chinese that is declared."""
        if declared == "gb18030":
            return self.balance >= _ENOUGH_DECLARED_GB and not self.is_other
        return self.balance <= _ENOUGH_DECLARED_BIG5 and not self.is_other


def evidence(valid: Mapping[str, Decoded]) -> Evidence:
    """Weigh texts as decoded by each encoding in which they are valid."""
    gb, big5 = (_reading(valid[name], name) if name in valid else None for name in CHINESE)
    if gb is None or big5 is None:
        balance = _ENOUGH_BIG5 if gb is None else _ENOUGH_GB
    else:
        balance = gb.likelihood - big5.likelihood
    is_gb = gb is not None and gb.share >= LEAST_SHARE and gb.gain >= _LEAST_GB
    is_big5 = big5 is not None and big5.share >= LEAST_SHARE and big5.gain >= _LEAST_BIG5
    winner = ""
    if is_gb and balance >= _ENOUGH_GB:
        winner = "gb18030"
    elif is_big5 and balance <= _ENOUGH_BIG5:
        winner = "cp950"
    gb_share, big5_share = (reading.share if reading else 0.0 for reading in (gb, big5))
    share = gb_share if balance >= 0 else big5_share
    gain = max((reading.gain for reading in (gb, big5) if reading), default=-math.inf)
    return Evidence(winner, round(100 * share), gb_share, balance, gain)


def is_likely(text: Decoded) -> bool:
    """Whether the Hanzi of texts, simplified or traditional, are no rarer than those by lot."""
    return any(_reading(text, name).gain >= 0 for name in CHINESE)


@cache
def common() -> frozenset[str]:
    """The common Hanzi of both standards."""
    return _level_1("gb18030") | _level_1("cp950")


# ------------------------------------------------------------------ one reading


@dataclass(frozen=True, slots=True)
class _Reading:
    """Texts as Chinese of one encoding.

    Parameters
    ----------
    likelihood
        The logarithm of how likely the texts are.
    gain
        By how much they are more likely than Hanzi drawn by lot.
    share
        The share of common Hanzi.
    """

    likelihood: float
    gain: float
    share: float


def _reading(trial: Decoded, name: str) -> _Reading:
    runs = _runs(trial)
    # A character that a name repeats, or a name that a file repeats, is no new evidence.
    counts = Counter(chain.from_iterable(map(frozenset, runs)))
    known = _frequencies(name)
    likelihood = sum(n * (known.get(sign) or _unlisted(sign, name)) for sign, n in counts.items())
    if name == "gb18030":
        likelihood += _PAIR * len(frozenset().union(*map(_neighbours, runs)) & _known_pairs())
    return _Reading(
        likelihood, likelihood - _BY_LOT * counts.total(), _share(counts, _level_1(name))
    )


def _runs(trial: Decoded) -> frozenset[str]:
    """The different runs of characters that are not ASCII."""
    texts = trial.readable
    return frozenset(_RUN.findall("\n".join(texts[:: len(texts) // _COUNTED + 1])[:_MOST]))


def _share(counts: Counter[str], common: frozenset[str]) -> float:
    """The share of common ones of Hanzi, compatibility and private-use characters."""
    hanzi = {sign: n for sign, n in counts.items() if _is_counted(sign)}
    return sum(n for sign, n in hanzi.items() if sign in common) / max(sum(hanzi.values()), 1)


def _is_counted(sign: str) -> bool:
    return "\u3400" <= sign < "\uff00" or sign in _UNITS


@cache
def _unlisted(sign: str, name: str) -> float:
    """The logarithm of the frequency of a character that is not in the list of the common ones."""
    if sign in _MARKS:
        return _MARK
    if "\ue000" <= sign < "\uf900":
        return _PRIVATE
    if not ("\u3400" <= sign < "\ufb00" or sign >= "\U00020000"):
        return _SIGN
    standard = "gb2312" if name == "gb18030" else "big5"
    return _RARE if sign.encode(standard, "ignore") else _RARER


@cache
def _frequencies(name: str) -> Mapping[str, float]:
    """The logarithm of the frequency of each common Hanzi in the texts of an encoding."""
    groups = words.data("hanzi")["simplified" if name == "gb18030" else "traditional"]
    return {sign: -float(rarity) for rarity, signs in groups.items() for sign in signs}


def _neighbours(text: str) -> frozenset[str]:
    return frozenset(map("".join, pairwise(text)))


@cache
def _known_pairs() -> frozenset[str]:
    text = resources.files("gxq_geo").joinpath("data", "words", "zh.toml").read_text("utf-8")
    return frozenset(
        pair for pair in _neighbours(text) if "\u4e00" <= min(pair) <= max(pair) <= "\u9fff"
    )


@cache
def _level_1(name: str) -> frozenset[str]:
    """The common characters of an encoding: level 1 of GB 2312, with units, or of Big5."""
    if name == "gb18030":
        return _block(name, 0xB0A1, 0xD7F9) | _UNITS
    return _block(name, 0xA440, 0xC67E)


def _block(name: str, first: int, last: int) -> frozenset[str]:
    """The characters of a block of a double-byte encoding."""
    signs = set()
    for code in range(first, last + 1):
        trail = code & 0xFF
        if trail >= 0xA1 or (name == "cp950" and 0x40 <= trail <= 0x7E):
            try:
                signs.add(code.to_bytes(2, "big").decode(name))
            except UnicodeDecodeError:
                continue
    return frozenset(signs)
