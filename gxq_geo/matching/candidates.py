"""Evaluate the criteria of a requirement over all records of a layer, and rank the records.

`gxq_geo.matching.ranking` describes the method.
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
# A screened subset is used only if it is smaller than this share of the records.
_MAX_SUBSET = 0.9

T = TypeVar("T")
Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
Codes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The results of one criterion for all records.

    Parameters
    ----------
    verdict
        The position of the verdict in `VERDICTS`.
    value
        The value in [0, 1] that enters the score.
    figure
        The record's own value; for utilities the names of those that are missing.
    gap
        By how much the record misses the criterion, in the field's unit; NaN if unknown.
    """

    verdict: Codes
    value: Floats
    figure: Any
    gap: Floats


@dataclass(frozen=True)
class Candidates:
    """The records of one layer, with cached arrays of their fields, to rank repeatedly.

    Parameters
    ----------
    frame
        A row for each record, with the fields that the criteria use; all values of a field that is
        not a column are unknown.
    layer
        ``sites`` or ``carriers``.
    """

    frame: pd.DataFrame
    layer: str = "sites"
    _cache: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, zone: Zone, layer: str = "sites") -> "Candidates":
        """The records of a layer of a zone, with their distances (see `gxq_geo.zone.access`)."""
        frame = pd.DataFrame(zone.frame(layer))
        return cls(frame.join(distances(zone, layer)), layer)

    def rank(
        self,
        requirement: Requirement | Mapping[str, Any],
        *,
        weights: Mapping[str, float] | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """Rank the records; see `gxq_geo.matching.ranking.match`."""
        wanted = Requirement.of(requirement)
        active = self.active(wanted, weights or {})
        if limit:
            # Failing records come last: if enough others remain, they need not be ranked.
            subset = self._screened(active, wanted)
            ranked = subset.ranked(active, subset.evaluate(active, wanted), limit)
            if len(ranked) == limit and ranked["rank"].notna().all():
                return ranked
        return self.ranked(active, self.evaluate(active, wanted), limit)

    def _screened(self, active: list[Criterion], wanted: Requirement) -> "Candidates":
        """The records that do not fail a hard criterion; ``one_of`` criteria are evaluated first.

        A criterion that excludes few records is not applied, since copying would cost more.
        """
        remaining: Candidates = self
        hard = [criterion for criterion in active if criterion.hard]
        for criterion in sorted(hard, key=lambda criterion: criterion.kind != "one_of"):
            verdict = remaining.evaluate([criterion], wanted)[criterion.key].verdict
            rows = np.flatnonzero(verdict < FAIL)
            if len(rows) < _MAX_SUBSET * len(verdict):
                rows = remaining.all_rows()[rows]
                remaining = Subset(self.frame, self.layer, whole=self, rows=rows)
        return remaining

    def all_rows(self) -> Index:
        """The positions of the records in the frame."""
        return np.arange(len(self.frame))

    def active(self, wanted: Requirement, weights: Mapping[str, float]) -> list[Criterion]:
        """The criteria that apply to a requirement, with their weights."""
        expect_weights(weights)
        active = [_reweighted(c, weights) for c in criteria().of(self.layer, wanted)]
        if not any(criterion.want for criterion in active):
            raise GxqError("not-for-layer", layer=self.layer, names=", ".join(wanted.wants))
        return active

    def evaluate(self, active: list[Criterion], wanted: Requirement) -> dict[str, Evaluation]:
        """Evaluate each criterion for all records; by criterion key."""
        return {c.key: EVALUATORS[c.kind](self, c, wanted.wants.get(c.want)) for c in active}

    def ranked(
        self, active: list[Criterion], evaluations: Mapping[str, Evaluation], limit: int | None
    ) -> pd.DataFrame:
        """Sort the records and build the result of `gxq_geo.matching.ranking.match`."""
        tier, score, known = _totals(active, evaluations, len(self.all_rows()))
        order = np.lexsort((self.id_order(), -score, tier))[:limit]
        return self._table(order, tier[order], score[order], known[order], evaluations)

    def _table(
        self,
        order: Index,
        tier: Codes,
        score: Floats,
        known: Floats,
        evaluations: Mapping[str, Evaluation],
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
        for key, evaluation in evaluations.items():
            columns[key] = _categories(evaluation.verdict[order])
            columns[f"{key}_figure"] = evaluation.figure[order]
            columns[f"{key}_gap"] = evaluation.gap[order]
        return pd.DataFrame(columns)

    # ---- arrays of fields, cached

    def _cached(self, key: tuple[str, ...], compute: Callable[[], T]) -> T:
        if key not in self._cache:
            self._cache[key] = compute()
        value: T = self._cache[key]
        return value

    def id_order(self) -> Index:
        """The position of each record in the order of the ids."""
        ids = self.frame[schema().layers[self.layer].id]
        return self._cached(("order",), lambda: _order(ids))

    def cells(self, name: str) -> npt.NDArray[Any]:
        """A field as an array; all missing if the frame has no such column."""
        absent = np.full(len(self.frame), None, dtype=object)
        frame = self.frame
        return self._cached((name,), lambda: frame[name].to_numpy() if name in frame else absent)

    def numbers(self, name: str) -> Floats:
        """A field as numbers, NaN where missing; dates as days since 1970-01-01."""
        column, n = self.frame.get(name), len(self.frame)
        return self._cached(("numbers", name), lambda: _numbers(column, n))

    def labels(self, *names: str) -> tuple[Index, list[tuple[str, ...]]]:
        """Factorize a field: a code for each record, -1 where missing, and the values of each code.

        With two fields, a land-use scheme and a code in it, each value is ``scheme code``.
        """
        return self._cached(("labels", *names), lambda: _labels([self.cells(n) for n in names]))

    def flags(self, name: str) -> Codes:
        """A boolean field: 1 true, 0 false, -1 missing."""

        def compute() -> Codes:
            cells = pd.Series(self.cells(name)).astype("boolean")
            return np.asarray(cells.astype("Int8").fillna(-1), dtype=np.int8)

        return self._cached(("flags", name), compute)


@dataclass(frozen=True)
class Subset(Candidates):
    """Some of the records of other candidates, by position; their cached arrays are shared."""

    whole: Candidates = field(kw_only=True)
    rows: Index = field(kw_only=True)

    def all_rows(self) -> Index:
        """The positions of the records in the frame."""
        return self.rows

    def id_order(self) -> Index:
        """The position of each record in the order of the ids."""
        return self.whole.id_order()[self.rows]

    def cells(self, name: str) -> npt.NDArray[Any]:
        """A field as an array."""
        return self.whole.cells(name)[self.rows]

    def numbers(self, name: str) -> Floats:
        """A field as numbers, NaN where missing."""
        return self.whole.numbers(name)[self.rows]

    def labels(self, *names: str) -> tuple[Index, list[tuple[str, ...]]]:
        """A code for each record, and the values of each code."""
        codes, values = self.whole.labels(*names)
        return codes[self.rows], values

    def flags(self, name: str) -> Codes:
        """A boolean field: 1 true, 0 false, -1 missing."""
        return self.whole.flags(name)[self.rows]


def _at_least(records: Candidates, criterion: Criterion, wanted: float) -> Evaluation:
    figure = records.numbers(criterion.field)
    limit = millionths(wanted * (1 - criterion.tolerance))
    return _measured(criterion, figure, figure / wanted, wanted - figure, figure >= limit)


def _at_most(records: Candidates, criterion: Criterion, wanted: float) -> Evaluation:
    figure = records.numbers(criterion.field)
    limit = millionths(wanted * (1 + criterion.tolerance))
    return _measured(criterion, figure, figure / wanted, figure - wanted, figure <= limit)


def _by(records: Candidates, criterion: Criterion, wanted: date) -> Evaluation:
    late = records.numbers(criterion.field) - (wanted - date(1970, 1, 1)).days
    evaluation = _measured(criterion, late, late, late, late <= criterion.tolerance)
    return replace(evaluation, figure=records.cells(criterion.field))


def _measured(
    criterion: Criterion, figure: Floats, ratio: Floats, gap: Floats, near: npt.NDArray[np.bool_]
) -> Evaluation:
    unknown = np.isnan(figure)
    verdict = np.where(unknown, UNKNOWN, np.where(gap <= 0, PASS, np.where(near, NEAR, FAIL)))
    value = np.where(unknown, criteria().unknown_value, _value(criterion.value, ratio))
    return Evaluation(verdict.astype(np.int8), value, figure, np.maximum(gap, 0))


def _value(points: tuple[tuple[float, float], ...], at: Floats) -> Floats:
    """The value function: linear between its points, constant outside them."""
    x, y = (np.array(part, dtype=np.float64) for part in zip(*points, strict=True))
    slope = np.diff(y) / np.diff(x)
    k = np.clip(np.searchsorted(x, at, side="left"), 1, len(x) - 1)
    inside = y[k - 1] + (at - x[k - 1]) * slope[k - 1]
    return np.where(at <= x[0], y[0], np.where(at >= x[-1], y[-1], inside))


def _one_of(
    records: Candidates, criterion: Criterion, wanted: tuple[str, ...] | None
) -> Evaluation:
    names = [name for name in (criterion.families_by, criterion.field) if name]
    codes, values = records.labels(*names)
    scores = _scores(criterion, wanted or ())
    best = [
        max((_score(scores, value, criterion) for value in own), default=-1.0) for own in values
    ]
    # Code -1, a missing value, selects the last item.
    value = np.array([max(score, 0.0) for score in best] + [criteria().unknown_value])[codes]
    verdict = np.array([PASS if score >= 0 else FAIL for score in best] + [UNKNOWN], dtype=np.int8)
    gap = np.where(codes < 0, np.nan, (verdict[codes] == FAIL).astype(np.float64))
    return Evaluation(verdict[codes], value, records.cells(criterion.field), gap)


def _score(scores: Mapping[str, float], value: str, criterion: Criterion) -> float:
    """The score of a value, -1 if not required; land-use codes are compared by prefix."""
    if criterion.families_by:
        return 1.0 if value.startswith(tuple(scores)) else -1.0
    return scores.get(value, -1.0)


def _scores(criterion: Criterion, wanted: Iterable[str]) -> Mapping[str, float]:
    if criterion.scores:
        return criterion.scores
    if not criterion.families_by:
        return dict.fromkeys(wanted, 1.0)
    codes = [criteria().families[family]["codes"] for family in wanted]
    return {f"{s} {code}": 1.0 for schemes in codes for s, own in schemes.items() for code in own}


def _all_true(records: Candidates, criterion: Criterion, wanted: tuple[str, ...]) -> Evaluation:
    flags = np.stack([records.flags(name) for name in wanted])
    absent, unknown = (flags == 0).sum(axis=0), (flags < 0).sum(axis=0)
    missed = np.where(absent <= criterion.tolerance * len(wanted), NEAR, FAIL)
    verdict = np.where(absent > 0, missed, np.where(unknown > 0, UNKNOWN, PASS)).astype(np.int8)
    present = len(wanted) - absent - unknown
    value = (present + criteria().unknown_value * unknown) / len(wanted)
    # The absent ones as bits of a number, which indexes the tuples of their names.
    bits = (flags == 0).T @ (1 << np.arange(len(wanted)))
    lists = np.empty(1 << len(wanted), dtype=object)
    lists[:] = [tuple(n for k, n in enumerate(wanted) if b >> k & 1) for b in range(len(lists))]
    gap = np.where(verdict == UNKNOWN, np.nan, absent.astype(np.float64))
    return Evaluation(verdict, value, lists[bits], gap)


EVALUATORS: Mapping[str, Callable[[Candidates, Criterion, Any], Evaluation]] = {
    "one_of": _one_of,
    "at_least": _at_least,
    "at_most": _at_most,
    "by": _by,
    "all_true": _all_true,
}


def _totals(
    active: list[Criterion], evaluations: Mapping[str, Evaluation], n: int
) -> tuple[Codes, Floats, Floats]:
    """The verdict code, the score and the completeness of each record.

    The order of summation is that of the criteria, so that the page computes the same floats.
    """
    tier = np.zeros(n, dtype=np.int8)
    total, known, weights = np.zeros(n), np.zeros(n), 0.0
    for criterion in active:
        evaluation = evaluations[criterion.key]
        if criterion.hard:
            tier = np.maximum(tier, evaluation.verdict)
        total = total + criterion.weight * evaluation.value
        known = known + np.where(evaluation.verdict == UNKNOWN, 0.0, criterion.weight)
        weights += criterion.weight
    total_weight = weights or 1.0
    score = np.floor(total / total_weight * 1e8 + 0.5) / 1e6
    return tier, score, known / total_weight


def _reweighted(criterion: Criterion, weights: Mapping[str, float]) -> Criterion:
    if criterion.key not in weights:
        return criterion
    return replace(criterion, weight=millionths(weights[criterion.key]))


def _categories(codes: Codes) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, dtype=_VERDICT)


def _order(ids: "pd.Series[str]") -> Index:
    """The rank of each id in the order of code points."""
    positions = np.argsort(ids.fillna("").to_numpy(dtype=object), kind="stable")
    order = np.empty(len(positions), dtype=np.intp)
    order[positions] = np.arange(len(positions))
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
    """The codes and values of a column of texts or tuples; an empty tuple is missing."""
    codes, uniques = pd.factorize(cells)
    values = [value if isinstance(value, tuple) else (str(value),) for value in uniques]
    empty = np.array([not value for value in values] + [True])
    return np.where(empty[codes], -1, codes), values
