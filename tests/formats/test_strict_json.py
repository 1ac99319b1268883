"""Strict JSON: each fault has a reason and an offset; valid texts give the same as `json`."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxq_geo.formats.strict_json import JsonFault, parse

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def fault(text: str) -> tuple[str, str]:
    """The reason of a fault, and the text from its offset on."""
    with pytest.raises(JsonFault) as caught:
        parse(text, "features")
    return caught.value.reason.removeprefix("json."), text[caught.value.offset :]


@given(VALUES, st.sampled_from([None, 0, 2]), st.booleans())
def test_reads_as_json_reads(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert parse(text, "features").value == value


@given(st.lists(VALUES, max_size=4), st.sampled_from([None, 1]))
def test_tells_where_each_element_stands(elements: list[Any], indent: int | None) -> None:
    text = json.dumps({"a": [1], "features": elements, "b": 2}, indent=indent)
    spans = parse(text, "features").spans
    assert [json.loads(text[start:end]) for start, end in spans] == elements


@given(VALUES, st.data())
def test_any_cut_is_a_located_fault_or_sound(value: Any, data: st.DataObject) -> None:
    text = json.dumps({"features": [value]})
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    reason, rest = fault(cut)
    assert reason in ("truncated", "empty", "value", "comma")
    assert len(rest) <= len(cut)


@pytest.mark.parametrize(
    ("text", "reason", "rest"),
    [
        ("", "empty", ""),
        (" \n", "empty", ""),
        ('{"a":1', "truncated", ""),
        ('{"a":', "truncated", ""),
        ('{"features":[{"a":1},', "truncated", ""),
        ('{"a":1,}', "property-name", "}"),
        ('{"features":[1,]}', "value", "]}"),
        ("{a:1}", "property-name", "a:1}"),
        ('{"a" 1}', "colon", "1}"),
        ('{"a":1 "b":2}', "comma", '"b":2}'),
        ('{"features":[1 2]}', "comma", "2]}"),
        ('{"a":1} {}', "extra", "{}"),
        ('{"a":"b', "truncated", '"b'),
        ('{"a":tru', "truncated", "tru"),
        ('{"a":"b\\"c', "truncated", '"b\\"c'),
        ('{"a":"b\\', "truncated", '"b\\'),
        ('{"a":"b\\u4e', "truncated", "u4e"),
        ('{"a":"b\nc"}', "control", '\nc"}'),
        ('{"a":"\\x"}', "escape", '\\x"}'),
        ('{"a":NaN}', "constant", "NaN}"),
        ('{"a":[1,-Infinity]}', "constant", "-Infinity]}"),
        ('{"a":Infinity,"b":1}', "constant", 'Infinity,"b":1}'),
        ('{"a":1,"a":2}', "duplicate-key", '"a":2}'),
        ('{"features":[{"x":{"b":1,"c":{"b":2},"b":3}}]}', "duplicate-key", '"b":3}}]}'),
        ('{"\\u0061":1,"a":2}', "duplicate-key", '"a":2}'),
        ('{"x":{"\\u0061":1,"a":2}}', "duplicate-key", '"a":2}}'),
        ('{"a":"\\ud800"}', "surrogate", '"\\ud800"}'),
        ('{"a":"\\uDC00 \\ud83d\\ude00"}', "surrogate", '"\\uDC00 \\ud83d\\ude00"}'),
        ("[" * 200_000, "too-deep", "["),
        (f'{{"a":{"9" * 5000}}}', "long-number", f"{'9' * 5000}}}"),
        ('{"features":[{"u":"http://x","b":1,"b":2}]}', "duplicate-key", '"b":2}]}'),
        ('{"features":[{"b" :1,"b":2}]}', "duplicate-key", '"b":2}]}'),
        ('{"features":[{"x":[{"b":1,"b":2}]}]}', "duplicate-key", '"b":2}]}]}'),
        ('{"features":[{"x":{"y":{"z":{"b":1,"b":2}}}}]}', "duplicate-key", '"b":2}}}}]}'),
        ('{"features":[{"b":1,"b":NaN,"c":}]}', "duplicate-key", '"b":NaN,"c":}]}'),
        ("\ufeff{}", "value", "\ufeff{}"),
        ('{"a":01}', "comma", "1}"),
        ("'a'", "value", "'a'"),
    ],
)
def test_a_fault_is_named_and_located(text: str, reason: str, rest: str) -> None:
    assert fault(text) == (reason, rest)


@pytest.mark.parametrize("head", ['{"a":NaN,"b":', "[" * 20_000, '{"a":1,"a":'])
def test_a_text_left_open_is_searched_once(head: str) -> None:
    """Each quote could begin an unterminated string: a naive scan would be quadratic."""
    began = time.process_time()
    fault(head + '"' + '\\"' * 200_000)
    assert time.process_time() - began < 5


def test_a_string_that_looks_like_a_fault_is_none() -> None:
    text = json.dumps({"a": 'NaN, "a":1, "a":2 [[[', "b": "\\ud800 as text", "c": "Infinity"})
    assert parse(text, "features").value["b"] == "\\ud800 as text"


def test_a_surrogate_pair_is_a_character() -> None:
    assert parse('{"a":"\\ud83d\\ude00"}', "features").value == {"a": "😀"}


@given(st.lists(VALUES, max_size=8), st.integers(1, 3))
def test_elements_are_handed_on_some_at_a_time(elements: list[Any], size: int) -> None:
    text, taken = json.dumps({"features": elements}), list[list[Any]]()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gxq_geo.formats.strict_json.BATCH", size)
        parsed = parse(text, "features", taken.append)
    assert [one for batch in taken for one in batch] == elements
    assert all(len(batch) <= size for batch in taken)
    assert parsed.value == {"features": []}
    assert len(parsed.spans) == len(elements)


def test_what_the_taker_raises_is_no_fault_of_the_text() -> None:
    def take(batch: list[Any]) -> None:
        raise ValueError("of its own")

    with pytest.raises(ValueError, match="of its own"):
        parse('{"features":[1]}', "features", take)


def test_elements_only_of_the_outermost_object() -> None:
    parsed = parse('{"x":{"features":[1,2]},"features":{"features":[3]}}', "features")
    assert parsed.spans == ()
