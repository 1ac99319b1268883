"""Mend the texts of drawings: they hold characters as pairs of surrogates."""

import re

_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def join_surrogates(text: str) -> str:
    """Replace pairs of surrogates by the character that they encode, and lone ones by U+FFFD."""
    joined = _SURROGATE_PAIR.sub(
        lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text
    )
    return joined.encode("utf-8", "replace").decode() if not joined.isascii() else joined
