"""Pinyin initials of Chinese names, so that 蓼河新区 is found by ``lhxq``."""

import re
from collections.abc import Iterable

from pypinyin import Style, lazy_pinyin

_CHINESE = re.compile("[\u3007\u3400-\u9fff]+")


def initials(names: Iterable[str]) -> dict[str, str]:
    """The initials of every Chinese run of some names: ``{"蓼河新区": "lhxq"}``.

    A run is read as a whole, for a character's sound depends on its neighbours. Names that differ
    in their numbers alone have the same runs.
    """
    runs = dict.fromkeys(_CHINESE.findall("\n".join(names)))
    return {run: "".join(lazy_pinyin(run, style=Style.FIRST_LETTER)).lower() for run in runs}
