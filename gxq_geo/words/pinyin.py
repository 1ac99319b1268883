"""Pinyin initials of Chinese names, so that a search for ``lhxq`` finds 蓼河新区."""

import gc
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

_CHINESE = re.compile("[\u3007\u3400-\u9fff]+")
# The maximum number of characters of a phrase in the dictionary.
_LONGEST = 12
# Cache of the initials by run.
_known: dict[str, str] = {}


def initials(names: Iterable[str]) -> dict[str, str]:
    """Return the initials of each run of Chinese characters in names: ``{"蓼河新区": "lhxq"}``.

    A run is transcribed as a whole, since the reading of a character depends on its neighbours.
    Names that differ only in their digits share the same runs.
    """
    runs = dict.fromkeys(_CHINESE.findall("\n".join(names)))
    if new := [run for run in runs if run not in _known]:
        _known.update(_initials(new))
    return {run: _known[run] for run in runs}


def _initials(runs: Iterable[str]) -> dict[str, str]:
    """Return the initials of runs, from the dictionary files of pypinyin.

    Reading the files takes a fifth of the time of importing pypinyin, which prepares all phrases.
    """
    try:
        phrases, sounds = _load("phrases_dict.json"), _load("pinyin_dict.json")
    except (OSError, ValueError):  # Another version of pypinyin has other files.
        return {run: _by_pypinyin(run) for run in runs}
    return {
        run: "".join(_first_letters(part, phrases, sounds) for part in _parts(run, phrases))
        for run in runs
    }


def _by_pypinyin(run: str) -> str:
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(run, style=Style.FIRST_LETTER)).lower()


def _load(name: str) -> Mapping[str, Any]:
    spec = find_spec("pypinyin")
    data = (Path(str(spec and spec.origin)).parent / name).read_bytes()
    enabled = gc.isenabled()
    gc.disable()  # It would scan half a million new objects repeatedly.
    try:
        loaded: dict[str, Any] = orjson.loads(data)
    finally:
        if enabled:
            gc.enable()
    return loaded


def _parts(run: str, phrases: Mapping[str, Any]) -> Iterator[str]:
    """Split a run into phrases (greedily, the longest first) and single characters."""
    start = 0
    while start < len(run):
        ends = range(min(len(run), start + _LONGEST), start + 1, -1)
        end = next((end for end in ends if run[start:end] in phrases), start + 1)
        yield run[start:end]
        start = end


def _first_letters(part: str, phrases: Mapping[str, Any], sounds: Mapping[str, str]) -> str:
    """Return the initials of a phrase or a character; a character without a reading is kept."""
    if part in phrases:
        readings = [reading[0] for reading in phrases[part]]
    else:
        readings = [sounds.get(str(ord(part)), part).split(",")[0]]
    return "".join(unicodedata.normalize("NFD", reading)[0] for reading in readings).lower()
