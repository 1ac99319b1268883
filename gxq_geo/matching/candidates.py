"""Records prepared to be ranked: each criterion judged over all of them at once.

`gxq_geo.matching` says by what method.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from gxq_geo.matching.requirement import (
    Criterion,
    Requirement,
    criteria,
    expect_weights,
    millionths,
)
from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone
from gxq_geo.zone.access import distances

VERDICTS = ("pass", "unknown", "near", "fail")
PASS, UNKNOWN, NEAR, FAIL = range(4)
_VERDICT = pd.CategoricalDtype(list(VERDICTS), ordered=True)
# What is left of the records is worth to be looked at alone where it is less than this share.
_WORTH_IT = 0.9

T = TypeVar("T")
Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
Codes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion over all records: verdict codes, values, figures, and how far each misses."""

    verdict: Codes
    value: Floats
    figure: Any
    gap: Floats


@dataclass(frozen=True)
class Candidates:
    """The records of one layer, prepared to be ranked by many requirements.

    Parameters
    ----------
    frame
        A row per record, with the fields that the criteria name; a field that is absent is unknown.
    layer
        ``sites`` or ``carriers``.
    """

    frame: pd.DataFrame
    layer: str = "sites"
    _made: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, zone: Zone, layer: str = "sites") -> "Candidates":
        """All records of a zone's layer, with their distances."""
        frame = pd.DataFrame(zone.frame(layer))
        return cls(frame.join(distances(zone, layer)), layer)

    def rank(
        self,
        requirement: Requirement | Mapping[str, Any],
        *,
        weights: Mapping[str, float] | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """The records ranked; see `match`."""
        wanted = Requirement.of(requirement)
        active = self.active(wanted, weights or {})
        if limit:
            # Those that fail come last: where enough do not, they need not be ranked.
            left = self._screened(active, wanted)
            found = left.ranked(active, left.judge(active, wanted), limit)
            if len(found) == limit and found["rank"].notna().all():
                return found
        return self.ranked(active, self.judge(active, wanted), limit)

    def _screened(self, active: list[Criterion], wanted: Requirement) -> "Candidates":
        """The records that most of the hard criteria do not rule out; the choices first."""
        left: Candidates = self
        hard = [one for one in active if one.hard]
        for one in sorted(hard, key=lambda one: one.kind != "one_of"):
            verdict = left.judge([one], wanted)[one.key].verdict
            rows = np.flatnonzero(verdict < FAIL)
            if len(rows) < _WORTH_IT * len(verdict):
                left = Part(left.frame, left.layer, whole=self, rows=left.all_rows()[rows])
        return left

    def all_rows(self) -> Index:
        """The positions of the records in the frame."""
        return np.arange(len(self.frame))

    def active(self, wanted: Requirement, weights: Mapping[str, float]) -> list[Criterion]:
        """The criteria that a requirement sets off, with their weights."""
        expect_weights(weights)
        active = [_reweighted(one, weights) for one in criteria().of(self.layer, wanted)]
        if not any(one.want for one in active):
            raise GxqError("not-for-layer", layer=self.layer, names=", ".join(wanted.wants))
        return active

    def judge(self, active: list[Criterion], wanted: Requirement) -> dict[str, Judged]:
        """Each criterion over all records."""
        return {c.key: JUDGES[c.kind](self, c, wanted.wants.get(c.want)) for c in active}

    def ranked(
        self, active: list[Criterion], judged: Mapping[str, Judged], limit: int | None
    ) -> pd.DataFrame:
        """The records in order, with what was judged."""
        tier, score, known = _totals(active, judged, len(self.all_rows()))
        order = np.lexsort((self.id_order(), -score, tier))[:limit]
        return self._table(order, tier[order], score[order], known[order], judged)

    def _table(
        self,
        order: Index,
        tier: Codes,
        score: Floats,
        known: Floats,
        judged: Mapping[str, Judged],
    ) -> pd.DataFrame:
        id_field = schema().layers[self.layer].id
        ranks = pd.Series(np.arange(1, len(order) + 1), dtype="Int64").mask(tier == FAIL)
        columns: dict[str, Any] = {
            "rank": ranks,
            id_field: self.cells(id_field)[order],
            "score": score,
            "verdict": _categories(tier),
            "completeness": known,
        }
        for key, one in judged.items():
            columns[key] = _categories(one.verdict[order])
            columns[f"{key}_figure"] = one.figure[order]
            columns[f"{key}_gap"] = one.gap[order]
        return pd.DataFrame(columns)

    # ---- columns, each made once

    def _once(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def id_order(self) -> Index:
        """The place of each record among all by its id."""
        ids = self.frame[schema().layers[self.layer].id]
        return self._once(("order",), lambda: _order(ids))

    def cells(self, name: str) -> npt.NDArray[Any]:
        """A field as an array; nothing but missing values where the frame has no such field."""
        absent = np.full(len(self.frame), None, dtype=object)
        frame = self.frame
        return self._once((name,), lambda: frame[name].to_numpy() if name in frame else absent)

    def numbers(self, name: str) -> Floats:
        """A field as numbers, NaN where missing; a date as days since 1970-01-01."""
        column, n = self.frame.get(name), len(self.frame)
        return self._once(("numbers", name), lambda: _numbers(column, n))

    def labels(self, *names: str) -> tuple[Index, list[tuple[str, ...]]]:
        """A code per record, -1 where nothing is said, and the values behind each code.

        Of two fields, such as a scheme and a code in it, each value is ``scheme code``.
        """
        return self._once(("labels", *names), lambda: _labels([self.cells(n) for n in names]))

    def flags(self, name: str) -> Codes:
        """A boolean field: 1 true, 0 false, -1 missing."""

        def make() -> Codes:
            cells = pd.Series(self.cells(name)).astype("boolean")
            return np.asarray(cells.astype("Int8").fillna(-1), dtype=np.int8)

        return self._once(("flags", name), make)


@dataclass(frozen=True)
class Part(Candidates):
    """Some of the records of others, by position, with their columns."""

    whole: Candidates = field(kw_only=True)
    rows: Index = field(kw_only=True)

    def all_rows(self) -> Index:
        """The positions of the records in the frame."""
        return self.rows

    def id_order(self) -> Index:
        """The place of each record among all by its id."""
        return self.whole.id_order()[self.rows]

    def cells(self, name: str) -> npt.NDArray[Any]:
        """A field as an array."""
        return self.whole.cells(name)[self.rows]

    def numbers(self, name: str) -> Floats:
        """A field as numbers."""
        return self.whole.numbers(name)[self.rows]

    def labels(self, *names: str) -> tuple[Index, list[tuple[str, ...]]]:
        """A code per record, and the values behind each code."""
        codes, values = self.whole.labels(*names)
        return codes[self.rows], values

    def flags(self, name: str) -> Codes:
        """A boolean field."""
        return self.whole.flags(name)[self.rows]


def _at_least(records: Candidates, one: Criterion, wanted: float) -> Judged:
    figure = records.numbers(one.field)
    limit = millionths(wanted * (1 - one.tolerance))
    return _measured(one, figure, figure / wanted, wanted - figure, figure >= limit)


def _at_most(records: Candidates, one: Criterion, wanted: float) -> Judged:
    figure = records.numbers(one.field)
    limit = millionths(wanted * (1 + one.tolerance))
    return _measured(one, figure, figure / wanted, figure - wanted, figure <= limit)


def _by(records: Candidates, one: Criterion, wanted: date) -> Judged:
    late = records.numbers(one.field) - (wanted - date(1970, 1, 1)).days
    judged = _measured(one, late, late, late, late <= one.tolerance)
    return replace(judged, figure=records.cells(one.field))


def _measured(
    one: Criterion, figure: Floats, ratio: Floats, gap: Floats, near: npt.NDArray[np.bool_]
) -> Judged:
    unknown = np.isnan(figure)
    verdict = np.where(unknown, UNKNOWN, np.where(gap <= 0, PASS, np.where(near, NEAR, FAIL)))
    value = np.where(unknown, criteria().unknown_value, _value(one.value, ratio))
    return Judged(verdict.astype(np.int8), value, figure, np.maximum(gap, 0))


def _value(points: tuple[tuple[float, float], ...], at: Floats) -> Floats:
    """The value function: straight between its points, level outside them."""
    x, y = (np.array(part, dtype=np.float64) for part in zip(*points, strict=True))
    slope = np.diff(y) / np.diff(x)
    k = np.clip(np.searchsorted(x, at, side="left"), 1, len(x) - 1)
    inside = y[k - 1] + (at - x[k - 1]) * slope[k - 1]
    return np.where(at <= x[0], y[0], np.where(at >= x[-1], y[-1], inside))


def _one_of(records: Candidates, one: Criterion, wanted: tuple[str, ...] | None) -> Judged:
    names = [name for name in (one.families_by, one.field) if name]
    codes, values = records.labels(*names)
    scores = _scores(one, wanted or ())
    best = [max((_score(scores, value, one) for value in some), default=-1.0) for some in values]
    # The last place stands for what is not said: code -1.
    value = np.array([max(score, 0.0) for score in best] + [criteria().unknown_value])[codes]
    verdict = np.array([PASS if score >= 0 else FAIL for score in best] + [UNKNOWN], dtype=np.int8)
    gap = np.where(codes < 0, np.nan, (verdict[codes] == FAIL).astype(np.float64))
    return Judged(verdict[codes], value, records.cells(one.field), gap)


def _score(scores: Mapping[str, float], value: str, one: Criterion) -> float:
    """What a value counts, -1 where it is not wanted. A land use counts by its code's beginning."""
    if one.families_by:
        return 1.0 if value.startswith(tuple(scores)) else -1.0
    return scores.get(value, -1.0)


def _scores(one: Criterion, wanted: Iterable[str]) -> Mapping[str, float]:
    if one.scores:
        return one.scores
    if not one.families_by:
        return dict.fromkeys(wanted, 1.0)
    codes = [criteria().families[family]["codes"] for family in wanted]
    return {f"{s} {code}": 1.0 for by in codes for s, some in by.items() for code in some}


def _all_true(records: Candidates, one: Criterion, wanted: tuple[str, ...]) -> Judged:
    flags = np.stack([records.flags(name) for name in wanted])
    absent, unsaid = (flags == 0).sum(axis=0), (flags < 0).sum(axis=0)
    missed = np.where(absent <= one.tolerance * len(wanted), NEAR, FAIL)
    verdict = np.where(absent > 0, missed, np.where(unsaid > 0, UNKNOWN, PASS)).astype(np.int8)
    there = len(wanted) - absent - unsaid
    value = (there + criteria().unknown_value * unsaid) / len(wanted)
    # Which are absent, as bits; for each pattern its names.
    bits = (flags == 0).T @ (1 << np.arange(len(wanted)))
    lists = np.empty(1 << len(wanted), dtype=object)
    lists[:] = [tuple(n for k, n in enumerate(wanted) if b >> k & 1) for b in range(len(lists))]
    gap = np.where(verdict == UNKNOWN, np.nan, absent.astype(np.float64))
    return Judged(verdict, value, lists[bits], gap)


JUDGES: Mapping[str, Callable[[Candidates, Criterion, Any], Judged]] = {
    "one_of": _one_of,
    "at_least": _at_least,
    "at_most": _at_most,
    "by": _by,
    "all_true": _all_true,
}


def _totals(
    active: list[Criterion], judged: Mapping[str, Judged], n: int
) -> tuple[Codes, Floats, Floats]:
    """Verdict code, score and completeness of each record; summed in the criteria's order."""
    tier = np.zeros(n, dtype=np.int8)
    total, known, weights = np.zeros(n), np.zeros(n), 0.0
    for one in active:
        part = judged[one.key]
        if one.hard:
            tier = np.maximum(tier, part.verdict)
        total = total + one.weight * part.value
        known = known + np.where(part.verdict == UNKNOWN, 0.0, one.weight)
        weights += one.weight
    whole = weights or 1.0
    return tier, np.floor(total / whole * 1e8 + 0.5) / 1e6, known / whole


def _reweighted(one: Criterion, weights: Mapping[str, float]) -> Criterion:
    return replace(one, weight=millionths(weights[one.key])) if one.key in weights else one


def _categories(codes: Codes) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, dtype=_VERDICT)


def _order(ids: "pd.Series[str]") -> Index:
    """The place of each id among all."""
    place = np.argsort(ids.fillna("").to_numpy(dtype=object), kind="stable")
    order = np.empty(len(place), dtype=np.intp)
    order[place] = np.arange(len(place))
    return order


def _numbers(cells: "pd.Series | None", n: int) -> Floats:
    if cells is None:
        return np.full(n, np.nan)
    if cells.dtype.kind == "M":
        days = cells.to_numpy().astype("datetime64[D]")
        return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))
    numbers = cells.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _labels(columns: list[npt.NDArray[Any]]) -> tuple[Index, list[tuple[str, ...]]]:
    parts = [_factorized(cells) for cells in columns]
    codes, values = parts[-1]
    if len(parts) == 1:
        return codes, values
    scheme_codes, schemes = parts[0]
    both = np.where((codes < 0) | (scheme_codes < 0), -1, scheme_codes * len(values) + codes)
    named: list[tuple[str, ...]] = [(f"{a[0]} {b[0]}",) for a in schemes for b in values]
    return both.astype(np.intp), named


def _factorized(cells: npt.NDArray[Any]) -> tuple[Index, list[tuple[str, ...]]]:
    """Codes and values of a column of texts or of tuples; an empty tuple says nothing."""
    codes, uniques = pd.factorize(cells)
    values = [value if isinstance(value, tuple) else (str(value),) for value in uniques]
    empty = np.array([not value for value in values] + [True])
    return np.where(empty[codes], -1, codes), values
