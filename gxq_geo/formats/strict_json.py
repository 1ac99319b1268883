"""A strict JSON decoder that reports the offset of each fault.

It also rejects what Python's `json` accepts: NaN and Infinity, duplicate keys in an object, and
lone surrogates. Nesting too deep to decode is a fault, not a `RecursionError`. The C decoder reads
the text first. A value that may have duplicate keys is decoded again with a check of each object;
only a text with a fault is scanned in Python to find the offset.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from gxq_geo.formats import gc_pause

# The number of elements passed to `take` at once.
BATCH = 1000
_SPACE = re.compile(r"[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
# An incomplete token at the end of a truncated text: a string, an escape, a literal, a minus sign.
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
    """A fault in a JSON text: the reason (a message key), the offset in the text, and a detail."""

    def __init__(self, reason: str, offset: int, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON value, and the (start, end) offsets of each element of the requested list."""

    value: Any
    spans: tuple[tuple[int, int], ...] = ()


@gc_pause.paused()
def parse(text: str, elements_of: str, take: Callable[[list[Any]], None] | None = None) -> Parsed:
    """Decode a JSON text.

    Parameters
    ----------
    text
        One JSON value.
    elements_of
        A key of the outermost object. If its value is a list, the start and end offset of each
        element are returned too.
    take
        Called with batches of the elements of that list while they are decoded. The list is then
        returned empty, so that a large file is never held in memory as Python objects.

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
    """Parse the outermost object and the requested list in Python, and the rest in C."""

    def __init__(
        self, text: str, elements_of: str, take: Callable[[list[Any]], None] | None
    ) -> None:
        self.text = text
        self.elements_of = elements_of
        self.take = take
        self.spans: list[tuple[int, int]] = []
        self.by_line = True
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
        """Decode a value; return it and its end offset.

        Every key is followed by a colon, so a text with as many colons as keys has no duplicates.
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

    def _on_one_line(self, at: int) -> tuple[Any, int] | None:
        """Decode an element that takes a whole line, as most programs write features.

        orjson is twice as fast as `json`; it reads an integer of more than 64 bits as a float. An
        element with duplicate keys is left to `_decode`, since orjson keeps the last. After the
        first element with another layout all are left to `_decode`.
        """
        line_end = self.text.find("\n", at) if self.by_line else -1
        if line_end < 0:
            self.by_line = False
            return None
        line = self.text[at:line_end].rstrip(" \t\r,")
        try:
            value = orjson.loads(line)
        except ValueError:
            self.by_line = False
            return None
        return (value, at + len(line)) if _keys(value) == line.count(":") else None

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
            element, at = self._on_one_line(at) or self._decode(at)
            elements.append(element)
            self.spans.append((start, at))
            at, done = self._next(at, "]")
            if self.take and (done or len(elements) == BATCH):
                self.take(elements)
                elements = []
            if done:
                return elements, at

    def _next(self, at: int, closing: str) -> tuple[int, bool]:
        if self.text.startswith(",\n{", at):
            return at + 2, False
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
    """Count the keys of an object and of the objects among its values, but no deeper ones."""
    if type(value) is not dict:
        return 0
    return len(value) + sum([len(member) for member in value.values() if type(member) is dict])


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
    """Scan a text for a fault whose offset the C decoder does not report."""
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
