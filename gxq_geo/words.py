"""Every word that a person reads, in each language, from one key set.

The words stand in ``data/words/<lang>.toml``: nested tables, flattened here to dotted keys
(``page.title``). Every file has the same keys; a missing key falls back to the first language
that has it, so that a third language may grow key by key.
"""

import os
import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from importlib import resources

LANGS = ("zh", "en")

_spoken: ContextVar[str] = ContextVar("gxq_geo.words", default="")


def langs() -> tuple[str, ...]:
    """The languages that have a file: zh and en first, then any other by name."""
    folder = resources.files("gxq_geo") / "data" / "words"
    stems = {entry.name.removesuffix(".toml") for entry in folder.iterdir()}
    return LANGS + tuple(sorted(stems - set(LANGS) - {"__pycache__"}))


def default_lang() -> str:
    """The language to speak: the one set by `speak`, else ``GXQ_LANG``, else zh."""
    wanted = _spoken.get() or os.environ.get("GXQ_LANG", "")[:2]
    return wanted if wanted in langs() else LANGS[0]


def speak(lang: str) -> None:
    """Set the default language of this thread of work."""
    _spoken.set(lang)


def text(key: str, lang: str | None = None, /, **params: object) -> str:
    """The words for a key, with ``{name}`` places filled from ``params``.

    Raises
    ------
    KeyError
        If no language knows the key, or a place has no parameter.
    """
    wanted = lang or default_lang()
    for candidate in (wanted, *LANGS):
        if key in (known := _words(candidate)):
            return known[key].format_map(params) if params else known[key]
    raise KeyError(key)


def table(prefix: str, lang: str) -> dict[str, str]:
    """All words under a prefix, keyed by what follows it."""
    start = f"{prefix}."
    return {k.removeprefix(start): v for k, v in _words(lang).items() if k.startswith(start)}


def keys(lang: str) -> frozenset[str]:
    """The keys that a language's file holds."""
    return frozenset(_words(lang))


def pick(words: Mapping[str, str], lang: str) -> str:
    """One language out of ``{"zh": ..., "en": ...}``, with zh where it is missing."""
    return words.get(lang) or words.get(LANGS[0], "")


@cache
def _words(lang: str) -> dict[str, str]:
    path = resources.files("gxq_geo") / "data" / "words" / f"{lang}.toml"
    return dict(_flat(tomllib.loads(path.read_text("utf-8")), ""))


def _flat(node: Mapping[str, object], prefix: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in node.items():
        if isinstance(value, dict):
            pairs += _flat(value, f"{prefix}{key}.")
        else:
            pairs.append((prefix + key, str(value)))
    return pairs
