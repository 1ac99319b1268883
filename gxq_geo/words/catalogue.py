"""The message catalogue: look up texts by key and language.

Each language has one file, ``data/words/<lang>.toml``, whose nested tables are flattened to dotted
keys (``page.title``). Other data files contain their own English and Chinese texts as
``{ zh = …, en = … }``. The file of an additional language has these texts under the name of the
data file and the path in it (``schema.fields.area_mu.label``; a table of an array is named by its
``key``). A text that a language lacks is taken from the next of `fallback_order`.

The environment variable ``GXQ_WORDS`` may name a folder with more such files, for additional
languages or to replace texts.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from gxq_geo.words import files

# The languages of data files, settings and records. A text that another language lacks is taken
# from the first of these that has it: English is most widely read, Chinese is the source.
FALLBACK = ("en", "zh")

# Characters that have no glyph or change that of others: controls, line separators, bidirectional
# formatting, zero widths, soft hyphens, variation selectors, tags; and bytes of a file name that is
# not UTF-8, as Python decodes them (PEP 383).
INVISIBLE = (
    "\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# What joins or shapes the symbols of an emoji is part of it.
_EMOJI = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_JOINT = f"(?<=[{_EMOJI}])\ufe0f|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])"
_INVISIBLE = re.compile(f"{_JOINT}|([{INVISIBLE}])")
_BYTE = re.compile("[\udc80-\udcff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# What begins a command in the log of GitHub Actions or Azure Pipelines, wherever it stands.
_LOG_COMMAND = re.compile(r"^\s*:(?=:)|#(?=#\[)")

_default: ContextVar[str] = ContextVar("gxq_geo.words", default="")


def visible(text: str) -> str:
    """Return a text as one line that a terminal and a log show as it is.

    Invisible characters, those that reorder a line, undecoded bytes of file names, and what would
    begin a command of a build log, are escaped, as Python writes them in its literals.
    """
    if text.isascii() and text.isprintable() and ":" not in text and "#" not in text:
        return text
    text = _LOG_COMMAND.sub(_escaped_sign, encodable(text))
    return _INVISIBLE.sub(_escaped_unless_joint, text)


def _escaped_unless_joint(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode() if match[1] else match[0]


def encodable(text: str) -> str:
    """Return a text that UTF-8 can encode, with undecoded bytes escaped."""
    if _SURROGATE.search(text) is None:
        return text
    text = _BYTE.sub(lambda match: f"\\x{ord(match[0]) - 0xDC00:02x}", text)
    return _SURROGATE.sub("\ufffd", text)


def _escaped_sign(match: re.Match[str]) -> str:
    lead, sign = match[0][:-1], match[0][-1]
    return f"{lead}\\x{ord(sign):02x}"


def langs() -> tuple[str, ...]:
    """The codes of all languages with a file, by their ``language.place``, then by code."""
    return _langs(folder())


def fallback_order(lang: str) -> tuple[str, ...]:
    """The languages in which a text is looked up, `lang` first."""
    return (lang, *(code for code in FALLBACK if code != lang))


def folder() -> str:
    """The value of ``GXQ_WORDS``, a folder of additional language files; empty if not set."""
    return os.environ.get("GXQ_WORDS", "")


def default_lang() -> str:
    """The default language: set by `set_default_lang`, else ``GXQ_LANG``, else the first."""
    wanted = _default.get() or os.environ.get("GXQ_LANG", "")
    known = langs()
    candidates = (wanted, re.split(r"[_.@-]", wanted)[0])
    return next((lang for lang in candidates if lang in known), known[0])


def set_default_lang(lang: str) -> None:
    """Set the default language of the current context (thread or asyncio task)."""
    _default.set(lang)


def text(key: str, lang: str | None = None, /, **params: object) -> str:
    """The text of a key, with the placeholders ``{name}`` filled from ``params``.

    A placeholder ``{name:one|many}`` gives the first text if the parameter is 1, else the second.

    Raises
    ------
    KeyError
        If no language has the key, or a placeholder has no parameter.
    """
    for candidate in fallback_order(lang or default_lang()):
        if (found := _lookup(candidate, key, folder())) is not None:
            return _with_plurals(found, params).format_map(params) if params else found
    raise KeyError(key)


def table(prefix: str, lang: str) -> dict[str, str]:
    """All texts under a prefix, with fallbacks, by the rest of their keys."""
    return dict(_table(prefix, lang, folder()))


def keys(lang: str) -> frozenset[str]:
    """The keys of a language in its own file and in the data files, without fallbacks."""
    return frozenset(_all_texts(lang, folder()))


def pick(texts: Mapping[str, str], lang: str) -> str:
    """The text for a language out of ``{"zh": ..., "en": ...}``, with fallbacks; else empty."""
    return next((texts[code] for code in fallback_order(lang) if texts.get(code)), "")


def in_all_languages(texts: Mapping[str, str]) -> dict[str, str]:
    """Complete ``{"zh": ..., "en": ...}`` to all languages, with fallbacks."""
    return {lang: pick(texts, lang) for lang in langs()}


def languages() -> dict[str, dict[str, Any]]:
    """The properties of each language that a page needs, such as its name and its area unit."""
    return {lang: _language(lang) for lang in langs()}


def tag(lang: str) -> str:
    """The BCP 47 tag of a language, for the HTML ``lang`` attribute."""
    return _own_texts(lang, folder()).get("language.tag", lang)


def data(name: str) -> dict[str, Any]:
    """The contents of ``data/<name>.toml`` with texts in every language; do not modify it."""
    return _data(name, folder())


def faults() -> Iterator[files.Fault]:
    """Check the language files other than the package's own English and Chinese ones."""
    own = {f"{code}.toml" for code in FALLBACK}
    for home in _folders(folder()):
        yield from files.folder_fault(home)
        for path in files.paths(home):
            if home is not _HOME or path.name not in own:
                yield from files.faults(path, _models, lambda: [*_all_texts(FALLBACK[0], "")])


def _with_plurals(found: str, params: Mapping[str, object]) -> str:
    return files.PLURAL.sub(lambda form: form[2] if str(params[form[1]]) == "1" else form[3], found)


# ------------------------------------------------------------------ files


_DATA = Path(__file__).parents[1] / "data"
_HOME = _DATA / "words"


def _folders(extra: str) -> tuple[Path, ...]:
    return (_HOME, Path(extra)) if extra else (_HOME,)


@cache
def _langs(extra: str) -> tuple[str, ...]:
    codes = {files.code(path) for home in _folders(extra) for path in files.paths(home)}

    def place(code: str) -> tuple[bool, str, str]:
        position = _own_texts(code, extra).get("language.place", "")
        return (not position, position, code)

    return tuple(sorted(filter(files.is_code, codes), key=place))


def _lookup(lang: str, key: str, extra: str) -> str | None:
    """The text of a key in the language's file, else in the data file that the key begins with."""
    own = _own_texts(lang, extra)
    return own[key] if key in own else _data_texts(key.partition(".")[0]).get(key, {}).get(lang)


@cache
def _own_texts(lang: str, extra: str) -> dict[str, str]:
    """The texts in a language's files; what has a fault, which `faults` reports, is left out."""
    texts = files.texts(_HOME / f"{lang}.toml")
    if extra:
        texts |= files.sound_texts(Path(extra) / f"{lang}.toml", _models)
    return texts


def _models(key: str) -> list[str]:
    """The package's own texts of a key, English first."""
    found = (_lookup(code, key, "") for code in FALLBACK)
    return [text for text in found if text is not None]


@cache
def _all_texts(lang: str, extra: str) -> dict[str, str]:
    """All texts of a language; its own files override the data files."""
    texts = {
        key: node[lang]
        for name in _data_files()
        for key, node in _data_texts(name).items()
        if lang in node
    }
    return texts | _own_texts(lang, extra)


@cache
def _table(prefix: str, lang: str, extra: str) -> dict[str, str]:
    start = f"{prefix}."
    source = _all_texts if prefix.partition(".")[0] in _data_files() else _own_texts
    texts: dict[str, str] = {}
    for code in reversed(fallback_order(lang)):
        texts |= source(code, extra)
    return {key.removeprefix(start): value for key, value in texts.items() if key.startswith(start)}


def _language(lang: str) -> dict[str, Any]:
    own = {
        key.removeprefix("language."): value for key, value in _own_texts(lang, folder()).items()
    }
    name = own.get("name", lang)
    return {
        "name": name,
        "short": own.get("short", name),
        "tag": tag(lang),
        "area_unit": own.get("area_unit", "ha"),
        "order": list(fallback_order(lang)),
    }


# ------------------------------------------------------------------ data files


@cache
def _data(name: str, extra: str) -> dict[str, Any]:
    completed: dict[str, Any] = _completed(_raw(name), name, extra)
    return completed


@cache
def _raw(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / f"{name}.toml").read_text("utf-8"))


def _is_text(node: object) -> bool:
    """Whether a node of a data file is a text: a table with languages as keys."""
    return isinstance(node, dict) and bool(node) and set(node) <= set(FALLBACK)


def _completed(node: Any, path: str, extra: str) -> Any:
    """Replace each text below a node of a data file by its texts in all languages."""
    if _is_text(node):
        texts = {code: _lookup(code, path, extra) or "" for code in _langs(extra)}
        return in_all_languages(texts)
    if isinstance(node, dict):
        return {key: _completed(child, f"{path}.{key}", extra) for key, child in node.items()}
    if isinstance(node, list):
        return [_completed(child, f"{path}.{_item_key(child)}", extra) for child in node]
    return node


def _item_key(node: object) -> str:
    """The key that names a table of an array; else empty."""
    return str(node.get("key", "")) if isinstance(node, dict) else ""


@cache
def _data_files() -> tuple[str, ...]:
    return tuple(map(files.code, files.paths(_DATA)))


@cache
def _data_texts(name: str) -> dict[str, dict[str, str]]:
    """The texts of a data file by key; empty if there is no such file."""
    return dict(_texts_below(_raw(name), name)) if name in _data_files() else {}


def _texts_below(node: Any, path: str) -> Iterator[tuple[str, dict[str, str]]]:
    if _is_text(node):
        yield path, node
    elif isinstance(node, dict):
        for key, child in node.items():
            yield from _texts_below(child, f"{path}.{key}")
    elif isinstance(node, list):
        for child in node:
            yield from _texts_below(child, f"{path}.{_item_key(child)}")
