"""Strict JSON with places: what Python's decoder lets pass is refused, and every fault is located.

Refused beyond `json`: NaN and Infinity, a key named twice in one object, a lone surrogate, nesting
too deep to decode. The fast path is the C decoder; what may hold a key twice is decoded again with
a look at each object, and only a file with a fault is read again, slowly, to find the place.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gxq_geo.formats import gc_pause

# So many elements are handed on at once.
BATCH = 1000
_SPACE = re.compile(r"[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
# What may stand at the end of a text that breaks off: a text, an escape, a word, a sign.
_CUT = re.compile(
    r'"(?:[^"\\]|\\.)*\\?|\\?u?[0-9a-fA-F]{0,4}|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|-', re.DOTALL
)
_CONSTANTS = frozenset({"NaN", "Infinity", "-Infinity"})
_REASONS = (
    ("Expecting property name", "json.property-name"),
    ("Expecting value", "json.value"),
    ("Expecting ',' delimiter", "json.comma"),
    ("Expecting ':' delimiter", "json.colon"),
    ("Unterminated string", "json.string"),
    ("Invalid control character", "json.control"),
    ("Invalid \\", "json.escape"),
    ("Illegal trailing comma", "json.trailing-comma"),
    ("Extra data", "json.extra"),
)


class JsonFault(Exception):
    """A fault in a JSON text: a reason (a key of the words) and the offset where it stands."""

    def __init__(self, reason: str, offset: int, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON value; where it is an object with the asked-for list, the offset of each element."""

    value: Any
    spans: tuple[tuple[int, int], ...] = ()


@gc_pause.paused()
def parse(text: str, elements_of: str, take: Callable[[list[Any]], None] | None = None) -> Parsed:
    """Decode a text.

    Parameters
    ----------
    text
        One JSON value, as strict UTF-8 decodes it.
    elements_of
        A key of the outermost object: where its value is a list, each element's start and end
        offset are returned too.
    take
        Is given the elements of that list as they are decoded, some at a time, and the list is
        left empty: a large file is never in memory as objects.

    Raises
    ------
    JsonFault
        At the first fault.
    """
    parsed = _Reader(text, elements_of, take).read()
    if "\\" in text and ("\\ud" in text or "\\uD" in text):
        _refuse_escaped_surrogates(text)
    return parsed


class _Reader:
    """Walks the outermost object and the asked-for list by hand; the C decoder does the rest."""

    def __init__(
        self, text: str, elements_of: str, take: Callable[[list[Any]], None] | None
    ) -> None:
        self.text = text
        self.elements_of = elements_of
        self.take = take
        self.spans: list[tuple[int, int]] = []
        self.quick = json.JSONDecoder(parse_constant=_refuse)
        self.careful = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)

    def read(self) -> Parsed:
        at = self._skip(0)
        value, at = self._object(at + 1) if self._char(at) == "{" else self._decode(at)
        at = self._skip(at)
        if at != len(self.text):
            raise _syntax_fault(self.text, "Extra data", at)
        return Parsed(value, tuple(self.spans))

    def _decode(self, at: int) -> tuple[Any, int]:
        """A value and where it ends.

        Every key has a colon: where there are no more colons than keys, none was named twice.
        """
        try:
            value, end = self.quick.raw_decode(self.text, at)
            if _keys(value) == self.text.count(":", at, end):
                return value, end
        except (RecursionError, ValueError):
            pass
        try:
            return self.careful.raw_decode(self.text, at)
        except json.JSONDecodeError as error:
            raise _syntax_fault(self.text, error.msg, error.pos) from None
        except (RecursionError, ValueError) as error:
            raise _hidden_fault(self.text, error) from None

    def _object(self, at: int) -> tuple[dict[str, Any], int]:
        members: dict[str, Any] = {}
        at = self._skip(at)
        if self._char(at) == "}":
            return members, at + 1
        while True:
            start = at
            if self._char(at) != '"':
                raise _syntax_fault(self.text, "Expecting property name", at)
            key, at = self._decode(at)
            if key in members:
                raise JsonFault("json.duplicate-key", start, key)
            at = self._skip(self._expect(self._skip(at), ":", "Expecting ':' delimiter"))
            members[key], at = self._value(key, at)
            at, done = self._next(at, "}")
            if done:
                return members, at

    def _value(self, key: str, at: int) -> tuple[Any, int]:
        if key != self.elements_of or self._char(at) != "[":
            return self._decode(at)
        elements: list[Any] = []
        at = self._skip(at + 1)
        if self._char(at) == "]":
            return elements, at + 1
        while True:
            start = at
            element, at = self._decode(at)
            elements.append(element)
            self.spans.append((start, at))
            at, done = self._next(at, "]")
            if self.take and (done or len(elements) == BATCH):
                self.take(elements)
                elements = []
            if done:
                return elements, at

    def _next(self, at: int, closing: str) -> tuple[int, bool]:
        if comma := _COMMA.match(self.text, at):
            return comma.end(), False
        return self._expect(self._skip(at), closing, "Expecting ',' delimiter"), True

    def _expect(self, at: int, char: str, message: str) -> int:
        if self._char(at) != char:
            raise _syntax_fault(self.text, message, at)
        return at + 1

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def _char(self, at: int) -> str:
        return self.text[at : at + 1]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate key")
    return members


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _keys(value: Any) -> int:
    """How many keys an object has, with the objects among its values but no deeper ones."""
    if type(value) is not dict:
        return 0
    return len(value) + sum([len(one) for one in value.values() if type(one) is dict])


def _syntax_fault(text: str, message: str, at: int) -> JsonFault:
    if not text.strip():
        return JsonFault("json.empty", at)
    if at >= len(text.rstrip()) or _CUT.fullmatch(text.rstrip(), at):
        return JsonFault("json.truncated", at)
    for beginning, reason in _REASONS:
        if message.startswith(beginning):
            return JsonFault(reason, at)
    return JsonFault("json.value", at)


def _hidden_fault(text: str, error: Exception) -> JsonFault:
    """The place of a fault that the decoder does not locate: a second, slow reading."""
    if isinstance(error, RecursionError):
        return JsonFault("json.too-deep", _deepest(text))
    keys: list[set[str] | None] = []
    tokens = list(_TOKEN.finditer(text))
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        word = token.group()
        if word in "{[":
            keys.append(set() if word == "{" else None)
        elif word in "}]" and keys:
            keys.pop()
        elif word in _CONSTANTS:
            return JsonFault("json.constant", token.start())
        elif word[0] == '"' and following and following.group() == ":" and keys:
            seen = keys[-1]
            key = json.loads(word, strict=False)
            if seen is not None and key in seen:
                return JsonFault("json.duplicate-key", token.start(), key)
            if seen is not None:
                seen.add(key)
        elif len(word) > 4000:
            return JsonFault("json.long-number", token.start())
    return JsonFault("json.value", 0)


def _deepest(text: str) -> int:
    depth, deepest, place = 0, 0, 0
    for token in _TOKEN.finditer(text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token.group(), 0)
        if depth > deepest:
            deepest, place = depth, token.start()
    return place


def _refuse_escaped_surrogates(text: str) -> None:
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word[0] == '"' and "\\u" in word and _SURROGATE.search(json.loads(word, strict=False)):
            raise JsonFault("json.surrogate", token.start())
