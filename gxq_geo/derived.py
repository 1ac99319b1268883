"""Derived fields: what a layer shows beyond what its file holds."""

import pandas as pd
from pypinyin import Style, lazy_pinyin

from gxq_geo.access import TARGETS, distances
from gxq_geo.schema import schema
from gxq_geo.zone import Zone


def with_derived(zone: Zone, name: str) -> pd.DataFrame:
    """A layer's frame with its derived fields, as ``derived`` in the schema names them.

    Straight-line distances in km (see `gxq_geo.access.distances`) and the pinyin initials of the
    Chinese name, for searching.
    """
    frame, wanted = zone.frame(name), schema().layers[name].derived
    if not wanted:
        return frame
    if TARGETS.keys() & wanted.keys():
        frame = frame.join(distances(zone, name))
    if "initials" in wanted:
        frame = frame.assign(initials=frame["name_zh"].map(initials, na_action="ignore"))
    return frame


def initials(text: str) -> str:
    """Pinyin initials in lower case; letters and digits stay: 蓼河新区 A1 is ``lhxqa1``."""
    letters = lazy_pinyin(text, style=Style.FIRST_LETTER)
    return "".join(char for char in "".join(letters).lower() if char.isalnum())
