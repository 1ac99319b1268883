"""Which record of one state of a layer is which of the other: by id, or by what did not change."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gxq_geo.versions.state import Flags, Rows, State, unlike

# Of the fields of a record that either state fills, more than this share has to stay for it to be
# the same record under another id.
_MOST = 0.5
# Fields of this group say where a record comes from, not what it says.
_ABOUT = "record"
# Records that are alike are compared each with each, up to so many pairs.
_MOST_PAIRS = 2_500


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why two records of different ids are taken for one.

    Parameters
    ----------
    geometry
        Whether they are drawn alike; False for a table.
    agreeing, filled
        How many fields say the same, of those that either fills; the id and what is said about the
        record (source, date …) are left out.
    """

    geometry: bool
    agreeing: int
    filled: int


def by_id(old: State, new: State) -> tuple[Rows, Rows]:
    """The rows of the records that are in both states, one for one.

    Of records that have one id, or none, those are paired that say the same; then those of one id
    one after the other.
    """
    ids = old.ids, new.ids
    twice = {"", *ids[0][ids[0].duplicated()], *ids[1][ids[1].duplicated()]}
    plain = [np.flatnonzero(~one.isin(twice).to_numpy(dtype=bool)) for one in ids]
    places = pd.Index(ids[1].iloc[plain[1]]).get_indexer(pd.Index(ids[0].iloc[plain[0]]))
    first, second = [plain[0][places >= 0]], [plain[1][places[places >= 0]]]
    for identity in sorted(twice & set(ids[0]) & set(ids[1])):
        rows = [np.flatnonzero((one == identity).to_numpy(dtype=bool)) for one in ids]
        pairs = _one_after_the_other(old, new, rows[0], rows[1], rest=bool(identity))
        first.append(np.array([a for a, _ in pairs], dtype=np.intp))
        second.append(np.array([b for _, b in pairs], dtype=np.intp))
    return np.concatenate(first), np.concatenate(second)


def _one_after_the_other(
    old: State, new: State, before: Rows, now: Rows, *, rest: bool
) -> list[tuple[int, int]]:
    waiting: dict[Any, list[int]] = defaultdict(list)
    for row, key in zip(now, _whole(new, now), strict=True):
        waiting[key].append(int(row))
    same = {
        int(row): waiting[key].pop(0)
        for row, key in zip(before, _whole(old, before), strict=True)
        if waiting.get(key)
    }
    left = [row for row in before.tolist() if row not in same]
    right = [row for row in now.tolist() if row not in set(same.values())]
    return [*same.items(), *(zip(left, right, strict=False) if rest else ())]


def _whole(one: State, rows: Rows) -> list[Any]:
    """Keys of all that some records say, and of how they are drawn."""
    said = one.said(rows, identity=True)
    return said if one.schema.is_table else list(zip(said, one.drawn(rows), strict=True))


def renamed(old: State, new: State, before: Rows, now: Rows) -> dict[tuple[int, int], Evidence]:
    """Which of some records are one record under another id, and why.

    Two are one if they are drawn alike (of a table: say all the same, or have the same name) and
    most of what they say stays, and no other is as like to either of them.

    Parameters
    ----------
    before, now
        Rows whose ids the other state does not know.
    """
    found: dict[tuple[int, int], Evidence] = {}
    if not before.size or not now.size:
        return found
    for keys in _likenesses(old, new, before, now):
        left = [
            pd.DataFrame({"row": rows, "key": some})[~np.isin(rows, [pair[k] for pair in found])]
            for k, (rows, some) in enumerate(zip((before, now), keys, strict=True))
        ]
        found |= _judged(old, new, _candidates(*left))
    return found


def _likenesses(
    old: State, new: State, before: Rows, now: Rows
) -> Iterator[tuple[list[Any], list[Any]]]:
    """Keys of which those of one record before and now are equal."""
    if not old.schema.is_table:
        yield old.drawn(before), new.drawn(now)
        return
    yield old.said(before, identity=False), new.said(now, identity=False)
    for of in (of for of in old.schema.fields.values() if of.lang):
        yield old.values(of, before), new.values(of, now)


def _candidates(old: pd.DataFrame, new: pd.DataFrame) -> tuple[Rows, Rows]:
    """Pairs of rows that have the same key, which few others have."""
    product = old["key"].value_counts().mul(new["key"].value_counts()).dropna()
    kept = set(product[product <= _MOST_PAIRS].index)
    pairs = old[old["key"].isin(kept)].merge(new, on="key", suffixes=("", "_new"))
    return pairs["row"].to_numpy(dtype=np.intp), pairs["row_new"].to_numpy(dtype=np.intp)


def _judged(old: State, new: State, rows: tuple[Rows, Rows]) -> Mapping[tuple[int, int], Evidence]:
    agreeing, filled = np.zeros((2, len(rows[0])), dtype=int)
    for of in old.schema.fields.values():
        if of.name != old.schema.id and of.group != _ABOUT:
            either = old.says(of, rows[0]) | new.says(of, rows[1])
            filled += either
            agreeing += either & ~unlike(of, old, new, rows=rows)
    share = agreeing / np.maximum(filled, 1)
    best = _only_best(rows[0], share) & _only_best(rows[1], share) & (share > _MOST)
    drawn = not old.schema.is_table
    return {
        (int(rows[0][k]), int(rows[1][k])): Evidence(drawn, int(agreeing[k]), int(filled[k]))
        for k in np.flatnonzero(best)
    }


def _only_best(rows: Rows, share: npt.NDArray[np.float64]) -> Flags:
    """For each pair, whether no other pair of the same row is as good."""
    pairs = pd.DataFrame({"row": rows, "share": share})
    best = pairs["share"] == pairs.groupby("row")["share"].transform("max")
    alone = best.groupby(pairs["row"]).transform("sum") == 1
    return (best & alone).to_numpy(dtype=bool)


def left(rows: Rows, count: int) -> Rows:
    """The rows of so many that are not among some."""
    return np.setdiff1d(np.arange(count, dtype=np.intp), rows)
