"""Decode the texts of a foreign file: by byte-order mark, by evidence, then by declaration."""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def decode(data: bytes, *, declared: str = "", stated: str = "") -> tuple[str, str] | None:
    """Decode a whole file; return its text and its encoding, or None if no encoding fits.

    Parameters
    ----------
    data
        The bytes of the file.
    declared
        The encoding that the file declares. It is tried after UTF-8, since declarations lie.
    stated
        The encoding that the user states; no other is tried.
    """
    for mark, name in _MARKS:
        if data.startswith(mark) and not stated:
            return _decoded(data[len(mark) :], name)
    names = (stated,) if stated else ("utf-8", *_plausible(declared), "gb18030")
    return next(filter(None, (_decoded(data, name) for name in names)), None)


def _plausible(declared: str) -> tuple[str, ...]:
    """The declared encoding, unless it is a single-byte one, which fits any bytes."""
    try:
        name = codecs.lookup(declared).name
        "中".encode(name)
    except (LookupError, ValueError):
        return ()
    return ("gb18030",) if name in ("gbk", "gb2312") else (name,)


def _decoded(data: bytes, name: str) -> tuple[str, str] | None:
    try:
        return data.decode(name), name
    except (LookupError, ValueError):
        return None


def join_surrogates(text: str) -> str:
    """Replace pairs of surrogates by the character that they encode, and lone ones by U+FFFD."""
    joined = _SURROGATE_PAIR.sub(
        lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text
    )
    return joined.encode("utf-8", "replace").decode() if not joined.isascii() else joined
