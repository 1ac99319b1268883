"""Pair the records of two states of a layer, by id, or by equal geometry and values."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gxq_geo.versions.state import Flags, Rows, State, differs

# Two records with different ids are the same record if more than this share of the fields that
# either of them fills are equal.
_LEAST_SHARE = 0.5
# Fields of this group, such as source and date, are about the record itself: they do not count.
_METADATA_GROUP = "record"
# Keys that more pairs of records have in common than this are not compared.
_MOST_PAIRS = 2_500


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence that two records with different ids are the same record.

    Parameters
    ----------
    geometry
        Whether their geometries are equal; False for a table.
    agreeing, filled
        The number of equal fields, and of fields that either of them fills; the id and fields about
        the record itself (source, date …) do not count.
    """

    geometry: bool
    agreeing: int
    filled: int


def by_id(old: State, new: State) -> tuple[Rows, Rows]:
    """Return the rows of the records that are in both states, in pairs.

    Records that share an id, or have none, are paired if they are equal; the remaining ones of the
    same id are paired in order.
    """
    ids = old.ids, new.ids
    ambiguous = {"", *ids[0][ids[0].duplicated()], *ids[1][ids[1].duplicated()]}
    unique = [np.flatnonzero(~column.isin(ambiguous).to_numpy(dtype=bool)) for column in ids]
    found = pd.Index(ids[1].iloc[unique[1]]).get_indexer(pd.Index(ids[0].iloc[unique[0]]))
    first, second = [unique[0][found >= 0]], [unique[1][found[found >= 0]]]
    for identity in sorted(ambiguous & set(ids[0]) & set(ids[1])):
        rows = [np.flatnonzero((column == identity).to_numpy(dtype=bool)) for column in ids]
        pairs = _pair_in_order(old, new, rows[0], rows[1], rest=bool(identity))
        first.append(np.array([a for a, _ in pairs], dtype=np.intp))
        second.append(np.array([b for _, b in pairs], dtype=np.intp))
    return np.concatenate(first), np.concatenate(second)


def _pair_in_order(
    old: State, new: State, before: Rows, now: Rows, *, rest: bool
) -> list[tuple[int, int]]:
    """Pair equal records, then, if `rest`, the remaining ones in their order."""
    by_key: dict[Any, list[int]] = defaultdict(list)
    for row, key in zip(now, _record_keys(new, now), strict=True):
        by_key[key].append(int(row))
    same = {
        int(row): by_key[key].pop(0)
        for row, key in zip(before, _record_keys(old, before), strict=True)
        if by_key.get(key)
    }
    left = [row for row in before.tolist() if row not in same]
    right = [row for row in now.tolist() if row not in set(same.values())]
    return [*same.items(), *(zip(left, right, strict=False) if rest else ())]


def _record_keys(state: State, rows: Rows) -> list[Any]:
    """Return keys that are equal for records with equal values and geometry."""
    keys = state.value_keys(rows, identity=True)
    if state.schema.is_table:
        return keys
    return list(zip(keys, state.geometry_keys(rows), strict=True))


def renamed(old: State, new: State, before: Rows, now: Rows) -> dict[tuple[int, int], Evidence]:
    """Find the records whose id changed, with the evidence, by old and new row.

    Two records are the same if their geometries are equal (in a table: all values, or a name), most
    of their values are equal, and no other record matches either of them as well.

    Parameters
    ----------
    before, now
        Rows whose ids are not in the other state.
    """
    found: dict[tuple[int, int], Evidence] = {}
    if not before.size or not now.size:
        return found
    for keys in _candidate_keys(old, new, before, now):
        rest = [
            pd.DataFrame({"row": rows, "key": key})[~np.isin(rows, [pair[k] for pair in found])]
            for k, (rows, key) in enumerate(zip((before, now), keys, strict=True))
        ]
        found |= _best_matches(old, new, _candidates(*rest))
    return found


def _candidate_keys(
    old: State, new: State, before: Rows, now: Rows
) -> Iterator[tuple[list[Any], list[Any]]]:
    """Yield keys of old and new records; records with equal keys are candidates."""
    if not old.schema.is_table:
        yield old.geometry_keys(before), new.geometry_keys(now)
        return
    yield old.value_keys(before, identity=False), new.value_keys(now, identity=False)
    for field in (field for field in old.schema.fields.values() if field.lang):
        yield old.values(field, before), new.values(field, now)


def _candidates(old: pd.DataFrame, new: pd.DataFrame) -> tuple[Rows, Rows]:
    """Return the pairs of rows with equal keys, without keys that too many pairs share."""
    product = old["key"].value_counts().mul(new["key"].value_counts()).dropna()
    kept = set(product[product <= _MOST_PAIRS].index)
    pairs = old[old["key"].isin(kept)].merge(new, on="key", suffixes=("", "_new"))
    return pairs["row"].to_numpy(dtype=np.intp), pairs["row_new"].to_numpy(dtype=np.intp)


def _best_matches(
    old: State, new: State, rows: tuple[Rows, Rows]
) -> Mapping[tuple[int, int], Evidence]:
    """Return the pairs of rows that match each other best, with the evidence."""
    agreeing, filled = np.zeros((2, len(rows[0])), dtype=int)
    for field in old.schema.fields.values():
        if field.name != old.schema.id and field.group != _METADATA_GROUP:
            either = old.has_value(field, rows[0]) | new.has_value(field, rows[1])
            filled += either
            agreeing += either & ~differs(field, old, new, rows=rows)
    share = agreeing / np.maximum(filled, 1)
    best = _is_only_best(rows[0], share) & _is_only_best(rows[1], share) & (share > _LEAST_SHARE)
    geometry = not old.schema.is_table
    return {
        (int(rows[0][k]), int(rows[1][k])): Evidence(geometry, int(agreeing[k]), int(filled[k]))
        for k in np.flatnonzero(best)
    }


def _is_only_best(rows: Rows, share: npt.NDArray[np.float64]) -> Flags:
    """Return which pairs have a larger share than every other pair of the same row."""
    pairs = pd.DataFrame({"row": rows, "share": share})
    best = pairs["share"] == pairs.groupby("row")["share"].transform("max")
    unique = best.groupby(pairs["row"]).transform("sum") == 1
    return (best & unique).to_numpy(dtype=bool)


def unpaired(rows: Rows, count: int) -> Rows:
    """Return the rows, out of `count`, that are not in `rows`."""
    return np.setdiff1d(np.arange(count, dtype=np.intp), rows)
