"""Every word that a person reads, in each language: one file a language, one space of keys.

``data/words/<lang>.toml`` holds nested tables, flattened here to dotted keys (``page.title``).
The data files say their own words where they stand, as ``{ zh = …, en = … }``. Any further
language says those in its words file, under the data file's name and the place in it
(``schema.fields.area_mu.label``; a table of an array is named by its ``key``); so one file is a
language. What a language does not say is said in the next of `order`.

A folder that the environment names as ``GXQ_WORDS`` may hold files of the same kind: further
languages, or other words for those that are here.
"""

import os
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

# The languages in which data files, zones and records speak for themselves. Whatever a language
# does not say is said in the first of these that does: the world reads English, zh is the source.
FALLBACK = ("en", "zh")

# Controls, line separators, and the marks that turn the direction of text.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

_spoken: ContextVar[str] = ContextVar("gxq_geo.words", default="")


def visible(text: str) -> str:
    """Text of which no character breaks the line, steers a terminal or turns the direction."""
    return _HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a language's file; its words stand under ``error.words-<kind>``."""

    kind: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)


def langs() -> tuple[str, ...]:
    """The languages that have a file, by their ``language.place``, then by name."""
    return _langs(folder())


def order(lang: str) -> tuple[str, ...]:
    """In which languages to look for what is to be said in one: that one first."""
    return (lang, *(code for code in FALLBACK if code != lang))


def folder() -> str:
    """The folder of further languages, as ``GXQ_WORDS`` names it; empty where there is none."""
    return os.environ.get("GXQ_WORDS", "")


def default_lang() -> str:
    """The language to speak: the one set by `speak`, else ``GXQ_LANG``, else the first."""
    wanted = _spoken.get() or os.environ.get("GXQ_LANG", "")
    known = langs()
    return next((one for one in (wanted, re.split(r"[_.@-]", wanted)[0]) if one in known), known[0])


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
    for candidate in order(lang or default_lang()):
        if key in (known := _words(candidate)):
            return known[key].format_map(params) if params else known[key]
    raise KeyError(key)


def table(prefix: str, lang: str) -> dict[str, str]:
    """All words under a prefix, keyed by what follows it; what is not said falls back."""
    start = f"{prefix}."
    said = {key: one for code in reversed(order(lang)) for key, one in _words(code).items()}
    return {key.removeprefix(start): one for key, one in said.items() if key.startswith(start)}


def keys(lang: str) -> frozenset[str]:
    """The keys that a language says itself, in its file or in a data file."""
    return frozenset(_words(lang))


def pick(said: Mapping[str, str], lang: str) -> str:
    """One language out of ``{"zh": ..., "en": ...}``, or the next that is there."""
    return next((said[code] for code in order(lang) if said.get(code)), "")


def every(said: Mapping[str, str]) -> dict[str, str]:
    """The same in every language: what one lacks is taken from the next."""
    return {lang: pick(said, lang) for lang in langs()}


def languages() -> dict[str, dict[str, Any]]:
    """What a page has to know of each language that it carries."""
    return {lang: _language(lang) for lang in langs()}


def tag(lang: str) -> str:
    """The name of a language in HTML."""
    return _words(lang).get("language.tag", lang)


def data(name: str) -> dict[str, Any]:
    """``data/<name>.toml``, its words in every language; not to be changed."""
    return _data(name, folder())


def faults() -> Iterator[Fault]:
    """What is wrong with the files of languages that the package does not itself speak."""
    own = {f"{code}.toml" for code in FALLBACK}
    for home in _folders(folder()):
        for path in _files(home):
            if home is not _home() or path.name not in own:
                yield from _faults(path)


# ------------------------------------------------------------------ files


@cache
def _home() -> Traversable:
    return resources.files("gxq_geo") / "data" / "words"


def _folders(extra: str) -> tuple[Traversable, ...]:
    return (_home(), Path(extra)) if extra else (_home(),)


def _files(home: Traversable) -> list[Traversable]:
    found = home.iterdir() if home.is_dir() else ()
    return sorted((one for one in found if one.name.endswith(".toml")), key=lambda one: one.name)


def _code(path: Traversable) -> str:
    return path.name.removesuffix(".toml")


@cache
def _langs(extra: str) -> tuple[str, ...]:
    codes = {_code(path) for home in _folders(extra) for path in _files(home)}

    def place(code: str) -> tuple[bool, str, str]:
        said = _read(code, extra).get("language.place", "")
        return (not said, said, code)

    return tuple(sorted(filter(_CODE.fullmatch, codes), key=place))


def _words(lang: str) -> dict[str, str]:
    return _read(lang, folder())


@cache
def _read(lang: str, extra: str) -> dict[str, str]:
    """A language's words; a file that cannot be read says nothing here, and is a fault."""
    said = {place: node[lang] for place, node in _said_in_data().items() if lang in node}
    for home in _folders(extra):
        if (path := home / f"{lang}.toml").is_file():
            said |= _flat(_parse(path)[0])
    return said


def _parse(path: Traversable) -> tuple[dict[str, Any], str]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig")), ""
    except (OSError, ValueError, RecursionError) as error:
        return {}, str(error)


def _flat(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)


def _language(lang: str) -> dict[str, Any]:
    own = {key.removeprefix("language."): said for key, said in _words(lang).items()}
    name = own.get("name", lang)
    return {
        "name": name,
        "short": own.get("short", name),
        "tag": tag(lang),
        "area_unit": own.get("area_unit", "ha"),
        "order": list(order(lang)),
    }


# ------------------------------------------------------------------ data files


@cache
def _data(name: str, extra: str) -> dict[str, Any]:
    spoken: dict[str, Any] = _spoken_in_all(_raw(name), name, extra)
    return spoken


@cache
def _raw(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("gxq_geo") / "data" / f"{name}.toml").read_text("utf-8"))


def _is_said(node: object) -> bool:
    return isinstance(node, dict) and bool(node) and set(node) <= set(FALLBACK)


def _spoken_in_all(node: Any, place: str, extra: str) -> Any:
    if _is_said(node):
        return every({code: _read(code, extra).get(place, "") for code in _langs(extra)})
    if isinstance(node, dict):
        return {key: _spoken_in_all(one, f"{place}.{key}", extra) for key, one in node.items()}
    if isinstance(node, list):
        return [_spoken_in_all(one, f"{place}.{_named(one)}", extra) for one in node]
    return node


def _named(node: object) -> str:
    return str(node.get("key", "")) if isinstance(node, dict) else ""


@cache
def _said_in_data() -> dict[str, dict[str, str]]:
    """What the data files say, by the place at which they say it."""
    names = (_code(path) for path in _files(resources.files("gxq_geo") / "data"))
    return {place: node for name in names for place, node in _places(_raw(name), name)}


def _places(node: Any, place: str) -> Iterator[tuple[str, dict[str, str]]]:
    if _is_said(node):
        yield place, node
    elif isinstance(node, dict):
        for key, one in node.items():
            yield from _places(one, f"{place}.{key}")
    elif isinstance(node, list):
        for one in node:
            yield from _places(one, f"{place}.{_named(one)}")


# ------------------------------------------------------------------ faults


def _faults(path: Traversable) -> Iterator[Fault]:
    where = str(path)
    if not _CODE.fullmatch(_code(path)):
        yield Fault("name", where)
    tree, reason = _parse(path)
    if reason:
        yield Fault("unreadable", where, {"reason": reason})
    own = [_read(code, "") for code in FALLBACK]
    for key, said in _flat(tree):
        models = [words[key] for words in own if key in words]
        if not models:
            near = get_close_matches(key, own[0], n=1, cutoff=0)
            yield Fault("key", where, {"key": key, "near": near[0]})
        elif _holes(said) - {hole for model in models for hole in _holes(model)}:
            yield Fault("place", where, {"key": key, "own": models[0]})


def _holes(said: str) -> set[str]:
    """The ``{name}`` places of a sentence; "{" where a bracket does not close."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(said) if name is not None}
    except ValueError:
        return {"{"}
