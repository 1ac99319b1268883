"""Decode texts strictly, each of which may end inside a character."""

import codecs
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

# A large file may have a few damaged texts: one in a hundred.
_DAMAGED = 100
# Of a part of the texts, one in ten.
_DAMAGED_OF_FEW = 10


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

    @property
    def is_viable(self) -> bool:
        """Whether hardly any sample cannot be decoded."""
        return len(self.unreadable) <= len(self.texts) // _DAMAGED

    @property
    def readable(self) -> list[str]:
        """The texts that are not empty."""
        return list(filter(None, self.texts.values()))


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


def decoded(data: bytes, name: str) -> str | None:
    """The text of a whole file without a byte order mark; None if a single byte is wrong."""
    try:
        return data.decode(name).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None


def trial(samples: Sequence[bytes], name: str) -> Decoded | None:
    """Decode the samples; None if the encoding is not that of the file."""
    # In vain for most encodings: a part of the texts shows it.
    few = samples[:: max(len(samples) // _DAMAGED, 1)]
    if len(decode_all(few, name).unreadable) > len(few) // _DAMAGED_OF_FEW:
        return None
    tried = decode_all(samples, name)
    return tried if tried.is_viable else None


def _without_cut(sample: bytes, name: str) -> str | None:
    """Decode all but an incomplete last character; None if the rest cannot be decoded."""
    decoder = codecs.getincrementaldecoder(name)()
    try:
        return decoder.decode(sample, final=False)
    except UnicodeDecodeError:
        return None
