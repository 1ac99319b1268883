"""Decide the encoding of a whole file by evidence: its bytes first, then what it declares.

A short text is often valid in several encodings, a whole file hardly ever. All its texts are
therefore judged together, and a declaration is used only where the bytes leave a choice: the
``.cpg`` of a shapefile, the code page of a DBF and the first line of a KML are often wrong.

The order is: byte order mark, zero bytes (UTF-16), strict UTF-8, then GB18030 and Big5 by the share
of common Hanzi.
"""

import codecs
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from gxq_geo.formats.encoding import chance, names
from gxq_geo.formats.encoding.decoding import Decoded, decode_all, decoded, trial
from gxq_geo.formats.encoding.hanzi import (
    CHINESE,
    LEAST_SHARE,
    Evidence,
    common,
    evidence,
    is_likely,
)

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Multi-byte encodings of other languages. Hangul in EUC-KR is in the block of GB 2312 level 1, so
# that bytes alone do not distinguish them.
_OTHER_ASIAN = frozenset({"cp949", "euc_kr", "cp932", "shift_jis", "euc_jp"})
# The least share of usual characters, if a text is taken for UTF-16.
_LEAST_USUAL = 0.7
# The most characters that are counted for it.
_WEIGHED = 1_000_000
# Of many texts one in so many shows that they are no UTF-16.
_FEW = 100
# The whole text is decoded strictly after so many of its lines, at least, have decided.
_LINES = 10_000
# The first texts are looked for in so many, and in so many characters of each.
_SHOWN_OF, _HEAD = 200, 10_000


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a file, and why.

    Parameters
    ----------
    name
        The name of a Python codec; the most probable one if it is not certain.
    certain
        Whether the evidence decides; if not, the user must.
    evidence
        ``bom``, ``zeros``, ``ascii``, ``utf8``, ``hanzi``, ``declared``, ``stated`` or ``none``.
    params
        Parameters of the message: ``share`` of common Hanzi in percent, the first texts.
    candidates
        The possible encodings, the most probable first, each with the first texts as decoded by it.
    contradicts
        The declared encoding if the bytes disprove it; else empty.
    """

    name: str
    certain: bool
    evidence: str
    params: Mapping[str, str | int | float] = field(default_factory=dict, hash=False)
    candidates: Mapping[str, str] = field(default_factory=dict, hash=False)
    contradicts: str = ""

    @property
    def label(self) -> str:
        """The usual name of the encoding."""
        return names.label(self.name)

    def agrees(self, declared: str) -> bool:
        """Whether a codec is of this encoding; ``utf-16`` is also that of ``utf-16-le``."""
        return names.agree(self.name, declared)


def decide(samples: Sequence[bytes], *, declared: str = "", stated: str = "") -> Encoding:
    """Decide the encoding of a file from all its texts.

    Parameters
    ----------
    samples
        The texts of the file as bytes: names of fields and values. A text may be cut inside its
        last character.
    declared
        The encoding that the file declares, as `codec` returns it; empty if it declares none.
    stated
        The encoding that the user states; it is not questioned here.
    """
    distinct = list(dict.fromkeys(samples))
    return _stated(stated) or _decide(distinct, distinct, declared)


def decide_text(data: bytes, *, declared: str = "", stated: str = "") -> Encoding:
    """Decide the encoding of a text file: as `decide` does, but no byte may be wrong."""
    if given := _stated(stated):
        return given
    found = _utf8_text(data, declared) or _decide([data], _lines(data), declared)
    text = decoded(data, found.name) if found.certain else ""
    if text is None or (b"\0" in data and (not text or "\0" in text)):
        return Encoding(found.name, False, "none")
    return found


def _utf8_text(data: bytes, declared: str) -> Encoding | None:
    """The answer for nearly every file, without another trial; None if it is no such file."""
    if data.startswith(tuple(_MARKS)) or b"\0" in data or data.isascii():
        return None
    text = decoded(data, "utf-8")
    if text is None or chance.is_possible([text]):
        return None
    return _decided("utf-8", Decoded({b"": text}), "utf8", declared)


def _lines(data: bytes) -> list[bytes]:
    """Lines of a text file, with others than ASCII signs: of a large file, some of all parts.

    A line break is one byte in all encodings but UTF-16.
    """
    lines = [line for line in dict.fromkeys(data.split(b"\n")) if not line.isascii()]
    return lines[:: len(lines) // _LINES + 1]


def _stated(name: str) -> Encoding | None:
    return Encoding(names.codec(name) or name, True, "stated") if name else None


def _decide(wholes: Sequence[bytes], parts: Sequence[bytes], declared: str) -> Encoding:
    """Decide from texts, and from the parts of them that are texts in all encodings but UTF-16."""
    if found := _by_mark(wholes, declared):
        return found
    if any(b"\0" in whole for whole in wholes) and (wide := _utf16(wholes)):
        return _decided(*wide, "zeros", declared)
    relevant = [part for part in parts if not part.isascii()]
    if not relevant:
        return Encoding("utf-8", True, "ascii")
    utf8 = trial(relevant, "utf-8")
    if utf8 and not chance.is_possible(utf8.readable, is_cut=bool(utf8.cut)):
        return _decided("utf-8", utf8, "utf8", declared)
    tries = dict.fromkeys(filter(None, (*CHINESE, declared)))
    valid = {name: tried for name in tries if (tried := trial(relevant, name)) is not None}
    return _by_trial({"utf-8": utf8, **valid} if utf8 else valid, wholes, declared)


def _by_mark(wholes: Sequence[bytes], declared: str) -> Encoding | None:
    """The encoding that a byte order mark states; a whole text that is not valid in it has none."""
    marks = tuple(_MARKS)
    first = next((one for one in wholes if one.startswith(marks)), None)
    if first is None:
        return None
    mark = next(mark for mark in marks if first.startswith(mark))
    marked = decode_all(wholes, _MARKS[mark])
    if marked.is_viable:
        return _decided(_MARKS[mark], marked, "bom", declared)
    return Encoding(_MARKS[mark], False, "none") if len(wholes) == 1 else None


def _utf16(samples: Sequence[bytes]) -> tuple[str, Decoded] | None:
    """UTF-16 without a byte order mark, if nearly all of its characters are ASCII or common.

    GBK and UTF-8, taken for UTF-16, give Hangul, private and rare characters.
    """
    few = samples[:: max(len(samples) // _FEW, 1)]
    for name in ("utf-16-le", "utf-16-be"):
        if _is_usual(decode_all(few, name)) and _is_usual(tried := decode_all(samples, name)):
            return name, tried
    return None


def _is_usual(tried: Decoded) -> bool:
    """Whether all samples are texts, and nearly all of their characters usual ones."""
    if tried.cut or tried.unreadable:
        return False
    counts = Counter("".join(tried.readable)[:_WEIGHED])
    usual = sum(n for sign, n in counts.items() if sign in _usual())
    return usual >= _LEAST_USUAL * counts.total()


@cache
def _usual() -> frozenset[str]:
    """ASCII, letters of Europe, common Hanzi, and the punctuation that goes with them."""
    signs = [*range(0x20, 0x7F), 9, 10, 13, *range(0xA0, 0x460), *range(0x3000, 0x3020)]
    return common() | frozenset(map(chr, [*signs, *range(0xFF00, 0xFF60)]))


def _by_trial(valid: Mapping[str, Decoded], wholes: Sequence[bytes], declared: str) -> Encoding:
    """Decide between the encodings in which the texts are valid."""
    hanzi = evidence(valid)
    if "utf-8" in valid:
        return _utf8_or_chance(valid, hanzi, declared)
    wide = _utf16(wholes)
    if wide and not is_likely(wide[1]):
        wide = None
    if wide and hanzi.share < 100 * LEAST_SHARE:
        return _decided(*wide, "hanzi", declared)
    left = _contenders(valid, hanzi, declared)
    if wide:
        valid = {**valid, wide[0]: wide[1]}
        left = [*left, wide[0]]
    if left == [hanzi.winner]:
        return _decided(hanzi.winner, valid[hanzi.winner], "hanzi", declared, share=hanzi.share)
    if declared in left and _is_credible(declared, valid[declared], hanzi):
        return _decided(declared, valid[declared], "declared", declared)
    return _asked(valid, left)


def _is_credible(declared: str, tried: Decoded, hanzi: Evidence) -> bool:
    """Whether a declaration may decide, since the texts are likely if it is true.

    Any bytes are valid in an encoding of one byte; but Hanzi give at least two signs in a row.
    """
    if declared in CHINESE:
        return hanzi.agrees(declared)
    return hanzi.is_other or (declared not in _OTHER_ASIAN and chance.is_sprinkled(tried))


def _utf8_or_chance(valid: Mapping[str, Decoded], hanzi: Evidence, declared: str) -> Encoding:
    """Decide between UTF-8 and GB18030 for texts that are valid UTF-8.

    联 and 志学路 in GBK are so by chance; é in UTF-8 is 茅 in GBK.
    """
    utf8 = valid["utf-8"]
    is_natural = chance.is_natural(utf8)
    chinese = [name for name in CHINESE if name in valid]
    is_rival = hanzi.is_chinese if chance.has_wide(utf8) else hanzi.gb_share >= LEAST_SHARE
    if not chinese or (is_natural and not is_rival):
        return _decided("utf-8", utf8, "utf8", declared)
    if is_natural and declared == "utf-8":
        return _decided("utf-8", utf8, "declared", declared)
    if not is_natural and hanzi.winner == "gb18030":
        return _decided("gb18030", valid["gb18030"], "hanzi", declared, share=hanzi.share)
    return _asked(valid, ["utf-8", *(chinese[:1] if is_natural else chinese)])


def _contenders(valid: Mapping[str, Decoded], hanzi: Evidence, declared: str) -> list[str]:
    """The encodings between which the texts leave a choice, the most probable first."""
    if hanzi.winner:
        return [hanzi.winner, *({declared} & valid.keys() & _OTHER_ASIAN)]
    chinese = [name for name in CHINESE if name in valid]
    if hanzi.balance < 0:
        chinese.reverse()
    # Any bytes are valid in an encoding of one byte: it does not compete with common Hanzi.
    if declared in valid and (declared in _OTHER_ASIAN or hanzi.share < 100 * LEAST_SHARE):
        chinese.append(declared)
    return list(dict.fromkeys(chinese))


def _decided(name: str, tried: Decoded, evidence: str, declared: str, **params: int) -> Encoding:
    """A certain encoding, with the first texts and a contradicted declaration."""
    contradicts = "" if names.agree(name, declared) else declared
    shown = _shown(islice(tried.texts.values(), _SHOWN_OF))
    return Encoding(
        name, True, evidence, {"texts": shown, **params}, {name: shown}, contradicts=contradicts
    )


def _asked(valid: Mapping[str, Decoded], left: Sequence[str]) -> Encoding:
    candidates = {name: _shown(valid[name].texts.values()) for name in left}
    return Encoding(next(iter(left), "utf-8"), False, "none", candidates=candidates)


def _shown(texts: Iterable[str | None], count: int = 3) -> str:
    """The first texts with characters other than ASCII."""
    lines = (line.strip() for text in texts if text for line in text[:_HEAD].splitlines())
    return "、".join(islice((line[:20] for line in lines if not line.isascii()), count))
