"""Decide the encoding of a whole file by evidence: its bytes first, then what it declares.

A short text is often valid in several encodings, a whole file hardly ever. All its texts are
therefore judged together, and a declaration is used only where the bytes leave a choice: the
``.cpg`` of a shapefile and the code page of a DBF are often wrong.

The order is: byte order mark, zero bytes (UTF-16), strict UTF-8, then GB18030 and Big5 by the share
of common Hanzi. Both standards have their common Hanzi in a block of their own: GB 2312 level 1
(0xB0A1-0xD7F9, 3,755 characters) and Big5 level 1 (0xA440-0xC67E, 5,401).
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path

from gxq_geo.exchange.source import Note
from gxq_geo.words.errors import FileError

_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CHINESE = ("gb18030", "cp950")
# Multi-byte encodings of other languages. Hangul in EUC-KR is in the block of GB 2312 level 1, so
# that bytes alone do not distinguish them.
_OTHER_ASIAN = frozenset({"cp949", "euc_kr", "cp932", "shift_jis", "euc_jp"})
# Subsets of an encoding are read as the whole.
_SUPERSETS = {
    **dict.fromkeys(("gbk", "gb2312", "cp936", "hz"), "gb18030"),
    **dict.fromkeys(("big5", "big5hkscs"), "cp950"),
    **dict.fromkeys(("ascii", "utf_8", "cp65001"), "utf-8"),
    "utf_8_sig": "utf-8-sig",
}
_LABELS = {"gb18030": "GB18030", "cp950": "Big5", "utf-8": "UTF-8", "utf-8-sig": "UTF-8"}

# How much a Hanzi is evidence for GB18030 (positive) or Big5 (negative), as the natural logarithm
# of the ratio of its frequencies. Of 20,045 Hanzi in GBK, 44 % are common in GB 2312 only, 56 % in
# both and none in Big5 only; of 7,673 in Big5, none, 24 % and 76 %. The ratio of "none" is set to
# 1:55, so that rare names and characters do not decide alone.
_ONE, _BOTH = 4.0, 0.85
# 55:1 for GB18030; for Big5, rare in the files of a mainland planner, 3,000:1.
_ENOUGH_GB, _ENOUGH_BIG5 = 4.0, -8.0
# The least share of common Hanzi: one name such as 洸府河 has two of three, a file nearly all. In
# text of a European encoding, taken for GBK, hardly any is.
_LEAST_SHARE = 0.5
# The least share of usual characters, if a text is taken for UTF-16.
_LEAST_USUAL = 0.7
# The Hanzi of about so many texts are counted.
_COUNTED = 10_000
# What Windows writes before the number of a code page.
_PREFIX = re.compile(r"^(?:ansi|oem)[ _-]*")
# A large file may have a few damaged texts: one in a hundred.
_DAMAGED = 100


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
        return _LABELS.get(self.name, self.name.upper())


@dataclass(frozen=True, slots=True)
class Decoded:
    """Texts as decoded by one encoding.

    Parameters
    ----------
    texts
        The text of each sample; None if it cannot be decoded.
    cut
        The samples that ended inside a character; its first bytes are not in the text.
    unreadable
        The samples that cannot be decoded.
    """

    texts: Mapping[bytes, str | None]
    cut: frozenset[bytes] = frozenset()
    unreadable: frozenset[bytes] = frozenset()


def decide(samples: Sequence[bytes], *, declared: str = "", stated: str = "") -> Encoding:
    """Decide the encoding of a file from all its texts.

    Parameters
    ----------
    samples
        The texts of the file as bytes: names of fields and values, or the whole file as one. A text
        may be cut inside its last character.
    declared
        The encoding that the file declares, as `codec` returns it; empty if it declares none.
    stated
        The encoding that the user states; it is not questioned here.
    """
    if stated:
        return Encoding(codec(stated) or stated, True, "stated")
    distinct = list(dict.fromkeys(samples))
    if name := _by_mark(distinct):
        return _decided(name, "bom", distinct, declared)
    if any(b"\0" in sample for sample in distinct) and (name := _utf16(distinct)):
        return _decided(name, "zeros", distinct, declared)
    relevant = [sample for sample in distinct if not sample.isascii()]
    if not relevant:
        return Encoding("utf-8", True, "ascii")
    return _by_trial(relevant, declared)


def settle(
    path: Path, samples: Sequence[bytes], *, declared: str = "", stated: str = ""
) -> tuple[Encoding, tuple[Note, ...]]:
    """Decide the encoding of a file as `decide` does, or ask for it; also return the notes.

    Raises
    ------
    FileError
        If the evidence does not decide, or the encoding that the user states is unknown or
        disproved by the file.
    """
    if stated and not codec(stated):
        raise FileError("no-such-encoding", path=path, encoding=stated)
    found = decide(samples, declared=declared, stated=stated)
    if found.evidence == "stated" and not _is_viable(decode_all(samples, found.name)):
        raise FileError("encoding-wrong", path=path, encoding=stated)
    if not found.certain:
        shown = "; ".join(f"{name} ({text})" for name, text in found.candidates.items())
        raise FileError("encoding-ambiguous", path=path, candidates=shown)
    return found, tuple(_notes(found, declared))


def _notes(found: Encoding, declared: str) -> Iterable[Note]:
    if found.contradicts:
        params = {"encoding": found.label, "declared": found.contradicts.upper(), **found.params}
        yield Note("vector.note.encoding-contradicted", params=params)
    elif found.evidence in ("zeros", "hanzi") and not declared:
        yield Note(
            f"vector.note.encoding-{found.evidence}",
            params={"encoding": found.label, **found.params},
        )


def decode_all(samples: Iterable[bytes], name: str) -> Decoded:
    """Decode texts, each of which may end inside a character."""
    distinct = list(dict.fromkeys(samples))
    if not name.startswith(("utf-16", "utf-8-sig")):
        # All at once: a line break never completes a character that was cut.
        with suppress(UnicodeDecodeError):
            parts = b"\n".join(distinct).decode(name).split("\n")
            if len(parts) == len(distinct):
                return Decoded(dict(zip(distinct, parts, strict=True)))
    if name == "utf-16":
        # The byte order mark of one text holds for the others.
        is_big = any(sample.startswith(codecs.BOM_UTF16_BE) for sample in distinct)
        whole = decode_all(distinct, "utf-16-be" if is_big else "utf-16-le")
        bare = {raw: text and text.removeprefix("\ufeff") for raw, text in whole.texts.items()}
        return Decoded(bare, whole.cut, whole.unreadable)
    texts: dict[bytes, str | None] = {}
    cut: set[bytes] = set()
    unreadable: set[bytes] = set()
    for sample in distinct:
        try:
            texts[sample] = sample.decode(name)
        except UnicodeDecodeError:
            texts[sample] = _without_cut(sample, name)
            (unreadable if texts[sample] is None else cut).add(sample)
    return Decoded(texts, frozenset(cut), frozenset(unreadable))


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


def code_page(ldid: int) -> str:
    """The Python codec for the language driver id (LDID) of a DBF; empty if it states none."""
    return _LDIDS.get(ldid, "")


# ------------------------------------------------------------------ evidence


def _by_mark(samples: Sequence[bytes]) -> str:
    """The encoding that a byte order mark states, if all texts are valid in it."""
    marked = next((sample for sample in samples if sample.startswith(tuple(_BOMS))), b"")
    name = next((name for mark, name in _BOMS.items() if marked.startswith(mark)), "")
    return name if name and _is_viable(decode_all(samples, name)) else ""


def _utf16(samples: Sequence[bytes]) -> str:
    """UTF-16 without a byte order mark, if nearly all of its characters are ASCII or common.

    GBK and UTF-8, taken for UTF-16, give Hangul, private and rare characters.
    """
    few = samples[:: max(len(samples) // _DAMAGED, 1)]
    for name in ("utf-16-le", "utf-16-be"):
        if _is_usual(decode_all(few, name)) and _is_usual(decode_all(samples, name)):
            return name
    return ""


def _is_usual(trial: Decoded) -> bool:
    """Whether all samples are texts, and nearly all of their characters usual ones."""
    if trial.cut or trial.unreadable:
        return False
    counts = Counter("".join(filter(None, trial.texts.values())))
    usual = sum(n for sign, n in counts.items() if sign in _usual())
    return usual >= _LEAST_USUAL * counts.total()


def _by_trial(samples: Sequence[bytes], declared: str) -> Encoding:
    """Decide between the encodings in which the texts are valid."""
    names = dict.fromkeys(filter(None, ("utf-8", *_CHINESE, declared)))
    valid = {name: trial for name in names if (trial := _trial(samples, name)) is not None}
    hanzi = _hanzi(valid)
    if "utf-8" in valid and not (hanzi.gb_share >= _LEAST_SHARE and _is_short(valid["utf-8"])):
        return _decided("utf-8", "utf8", samples, declared)
    wide = "" if "utf-8" in valid else _utf16(samples)
    if wide and hanzi.share < 100 * _LEAST_SHARE:
        return _decided(wide, "hanzi", samples, declared)
    left = _contenders(valid, hanzi, declared)
    if wide:
        valid |= {wide: decode_all(samples, wide)}
        left = [*left, wide]
    if left == [hanzi.winner]:
        return _decided(hanzi.winner, "hanzi", samples, declared, share=hanzi.share)
    if declared in left and not _is_doubtful(declared, valid[declared], hanzi):
        return _decided(declared, "declared", samples, declared)
    candidates = {name: _shown(valid[name].texts.values()) for name in left}
    return Encoding(next(iter(left), "utf-8"), False, "none", candidates=candidates)


def _is_doubtful(declared: str, trial: Decoded, hanzi: "_Hanzi") -> bool:
    """Whether a declared encoding in which the texts are valid gives unlikely texts."""
    if declared == "utf-8":
        return not _is_latin(trial)
    return declared in _OTHER_ASIAN and bool(hanzi.winner)


def _contenders(valid: Mapping[str, Decoded], hanzi: "_Hanzi", declared: str) -> list[str]:
    """The encodings between which the texts leave a choice, the most probable first."""
    if "utf-8" in valid:
        return ["utf-8", "gb18030"]
    if hanzi.winner:
        return [hanzi.winner, *({declared} & valid.keys() & _OTHER_ASIAN)]
    chinese = [name for name in _CHINESE if name in valid]
    if hanzi.balance < 0:
        chinese.reverse()
    # Any bytes are valid in an encoding of one byte: it does not compete with common Hanzi.
    if declared in valid and (declared in _OTHER_ASIAN or hanzi.share < 100 * _LEAST_SHARE):
        chinese.append(declared)
    return list(dict.fromkeys(chinese))


def _decided(
    name: str, evidence: str, samples: Sequence[bytes], declared: str, **params: int
) -> Encoding:
    """A certain encoding, with the first texts and a contradicted declaration."""
    contradicts = "" if _agree(name, declared) else declared
    shown = _shown(decode_all(samples[:200], name).texts.values())
    return Encoding(
        name, True, evidence, {"texts": shown, **params}, {name: shown}, contradicts=contradicts
    )


def _agree(name: str, declared: str) -> bool:
    """Whether a declaration names the encoding; ``utf-16`` is also that of ``utf-16-le``."""
    return name.startswith(declared) or declared.startswith(name)


def _trial(samples: Sequence[bytes], name: str) -> Decoded | None:
    """Decode the samples; None if the encoding is not that of the file."""
    # In vain for most encodings: a part of the texts shows it.
    few = samples[:: max(len(samples) // _DAMAGED, 1)]
    if len(decode_all(few, name).unreadable) > len(few) // 2:
        return None
    trial = decode_all(samples, name)
    return trial if _is_viable(trial) else None


def _is_viable(trial: Decoded) -> bool:
    return len(trial.unreadable) <= len(trial.texts) // _DAMAGED


def _is_short(trial: Decoded) -> bool:
    """Whether UTF-8 texts have no character of three bytes, as all Hanzi are.

    Two bytes of UTF-8 are often valid in GBK as well: 联 is a famous example.
    """
    return max("".join(filter(None, trial.texts.values())), default="") < "\u0800"


def _is_latin(trial: Decoded) -> bool:
    """Whether texts have no character beyond Latin with accents, as 志学路 in GBK has in UTF-8."""
    return max("".join(filter(None, trial.texts.values())), default="") < "\u0180"


def _without_cut(sample: bytes, name: str) -> str | None:
    """Decode all but an incomplete last character; None if the rest cannot be decoded."""
    decoder = codecs.getincrementaldecoder(name)()
    try:
        return decoder.decode(sample, final=False)
    except UnicodeDecodeError:
        return None


def _shown(texts: Iterable[str | None], count: int = 3) -> str:
    """The first texts with characters other than ASCII."""
    telling = (text.strip()[:20] for text in texts if text and not text.isascii())
    return "、".join(islice(telling, count))


# ------------------------------------------------------------------ Hanzi


@dataclass(frozen=True, slots=True)
class _Hanzi:
    """The evidence of Hanzi for GB18030 and Big5.

    Parameters
    ----------
    winner
        The encoding for which it decides; empty if it does not.
    share, gb_share
        The share of common Hanzi: in the more probable encoding in percent, and in GB18030.
    balance
        The logarithm of the ratio of likelihoods: positive for GB18030.
    """

    winner: str
    share: int
    gb_share: float
    balance: float


def _hanzi(valid: Mapping[str, Decoded]) -> _Hanzi:
    gb, big5 = (_counts(valid[name]) if name in valid else None for name in _CHINESE)
    gb_share, big5_share = _share(gb, _gb_common()), _share(big5, _big5_common())
    balance = _balance(gb, big5)
    winner = ""
    if gb_share >= _LEAST_SHARE and balance >= _ENOUGH_GB:
        winner = "gb18030"
    elif big5_share >= _LEAST_SHARE and balance <= _ENOUGH_BIG5:
        winner = "cp950"
    share = gb_share if balance >= 0 else big5_share
    return _Hanzi(winner, round(100 * share), gb_share, balance)


def _counts(trial: Decoded) -> Counter[str]:
    """The number of each Hanzi, compatibility and private-use character; symbols do not count."""
    texts = list(filter(None, trial.texts.values()))
    counts = Counter("".join(texts[:: len(texts) // _COUNTED + 1]))
    return Counter({sign: n for sign, n in counts.items() if sign >= "\u3400" and sign < "\uff00"})


def _share(counts: Counter[str] | None, common: frozenset[str]) -> float:
    total = sum(counts.values()) if counts else 0
    if not counts or not total:
        return 0.0
    return sum(n for sign, n in counts.items() if sign in common) / total


def _balance(gb: Counter[str] | None, big5: Counter[str] | None) -> float:
    """The evidence for GB18030 against Big5, as a logarithm of the ratio of likelihoods."""
    if gb is None or big5 is None:
        return _ENOUGH_BIG5 if gb is None else _ENOUGH_GB
    in_gb = sum(n for sign, n in gb.items() if sign in _gb_common())
    in_big5 = sum(n for sign, n in big5.items() if sign in _big5_common())
    both = sum(n for sign, n in gb.items() if sign in _both_common())
    return _ONE * ((in_gb - both) - (in_big5 - both)) + _BOTH * both


@cache
def _usual() -> frozenset[str]:
    """ASCII, common Hanzi of both standards, and the punctuation that goes with them."""
    signs = [*range(0x20, 0x7F), 9, 10, 13, *range(0x3000, 0x3020), *range(0xFF00, 0xFF60)]
    return _gb_common() | _big5_common() | frozenset(map(chr, signs))


@cache
def _gb_common() -> frozenset[str]:
    return _block("gb18030", 0xB0A1, 0xD7F9)


@cache
def _big5_common() -> frozenset[str]:
    return _block("cp950", 0xA440, 0xC67E)


@cache
def _both_common() -> frozenset[str]:
    """The common characters of GB 2312 whose bytes are those of a common character of Big5."""
    return frozenset(
        sign
        for sign in _gb_common()
        if 0xA440 <= int.from_bytes(sign.encode("gb18030"), "big") <= 0xC67E
    )


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
