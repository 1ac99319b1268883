"""Matching 需求匹配: a requirement in, sites or carriers out, ranked, with the reason for each.

What may be required, by what it is judged and what each criterion weighs stands in
``data/criteria.toml``; the page holds the same data and computes the same (``web/match.js``).

Method
------
Each criterion that the requirement sets off gives a record a verdict and a value in [0, 1].

- ``pass``: met. ``near``: missed within the criterion's tolerance. ``fail``: missed by more.
  ``unknown``: the record does not say; it counts a neutral, declared value.
- Hard criteria eliminate (a conjunctive screen; Dawes 1964, Psychological Review 71:6): a record's
  verdict is the worst of its hard criteria, in the order pass, unknown, near, fail.
- The score is an additive value function, 100 · Σ weight · value / Σ weight (Keeney & Raiffa 1976,
  Decisions with Multiple Objectives, ch. 3), to a millionth.
- Records rank by verdict, then score, then id; one that fails has no rank.

It is a function over a zone, not a method of it: `Zone` is what every question is asked of, and
knows none of them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from gxq_geo import words
from gxq_geo.access import distances
from gxq_geo.errors import GxqError
from gxq_geo.requirement import Criterion, Requirement, criteria, millionths, plain
from gxq_geo.schema import schema
from gxq_geo.zone import Zone

VERDICTS = ("pass", "unknown", "near", "fail")
PASS, UNKNOWN, NEAR, FAIL = range(4)
_VERDICT = pd.CategoricalDtype(list(VERDICTS), ordered=True)

T = TypeVar("T")
Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
Codes = npt.NDArray[np.int8]


# ------------------------------------------------------------------ candidates


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
        active = [_reweighted(one, weights or {}) for one in criteria().of(self.layer, wanted)]
        if not any(one.want for one in active):
            raise GxqError("not-for-layer", layer=self.layer, names=", ".join(wanted.wants))
        wants = wanted.wants
        judged = {c.key: JUDGES[c.kind](self, c, wants.get(c.want)) for c in active}
        tier, score, known = _totals(active, judged, len(self.frame))
        order = np.lexsort((self._id_order(), -score, tier))[:limit]
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
            id_field: self.frame[id_field].to_numpy()[order],
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

    def _id_order(self) -> Index:
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


def match(
    zone: Zone,
    requirement: Requirement | Mapping[str, Any],
    *,
    layer: str = "sites",
    weights: Mapping[str, float] | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """Sites or carriers ranked by how well they meet a requirement.

    Parameters
    ----------
    zone
        Whose records are judged, the unpublished too.
    requirement
        A `Requirement`, or a mapping that `Requirement.of` takes: ``{"area_mu": 80,
        "sectors": ["new_materials"]}``. What does not apply to the layer is not judged.
    layer
        ``sites`` or ``carriers``.
    weights
        Other weights, by criterion key; 0 leaves a criterion out of the score, not of the verdict.
    limit
        How many rows to give, from the best; all by default.

    Returns
    -------
    pandas.DataFrame
        ``rank`` (from 1; missing where it fails), the id field, ``score`` (0–100), ``verdict``
        (pass, unknown, near, fail), ``completeness`` (share of the weight whose figures are known),
        and for each criterion that the requirement sets off ``<key>`` (verdict), ``<key>_figure``
        (the record's figure; for utilities those that are not there) and ``<key>_gap`` (by how much
        it misses: in the field's unit, days, or number of utilities; 0 where met, NaN where
        unknown).

    Raises
    ------
    GxqError
        If the requirement is not one, or names a record that the zone does not have.
    """
    wanted = Requirement.of(requirement)
    _expect_known(zone, wanted)
    return Candidates.of(zone, layer).rank(wanted, weights=weights, limit=limit)


def changes(result: pd.DataFrame, row: int, lang: str | None = None) -> list[str]:
    """What would have to change for the record in a row of `match`'s result to meet everything."""
    record = result.iloc[row]
    missed = [c for c in criteria().all if c.hard and record.get(c.key) in ("near", "fail")]
    spoken = lang or words.default_lang()
    return [_change(c, record[f"{c.key}_figure"], record[f"{c.key}_gap"], spoken) for c in missed]


def _change(one: Criterion, figure: Any, gap: float, lang: str) -> str:
    known = schema()
    label = words.pick(one.label, lang)
    fields = {**known.layers[one.layers[0]].fields, **known.layers[one.layers[0]].derived}
    if one.kind == "all_true":
        names = [words.pick(fields[name].label, lang) for name in figure]
        gap_said = words.text("page.list_join", lang).join(names)
    else:
        unit = words.pick(known.units.get(fields[one.field].unit, {}), lang) if one.field else ""
        gap_said = "" if one.kind == "one_of" else f"{plain(float(f'{gap:.4g}'))} {unit}".strip()
    return words.text(f"page.match.change_{one.kind}", lang, label=label, gap=gap_said)


# ------------------------------------------------------------------ the kinds of criteria


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


# ------------------------------------------------------------------ sums and columns


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
    return replace(one, weight=weights[one.key]) if one.key in weights else one


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


def _expect_known(zone: Zone, requirement: Requirement) -> None:
    for name, values in requirement.wants.items():
        layer = criteria().wants[name].ref
        known = zone.frame(layer)[schema().layers[layer].id].dropna() if layer else ()
        for value in values if layer else ():
            if value not in set(known):
                listed = ", ".join(map(str, known))
                raise GxqError("unknown-want-value", name=name, value=value, known=listed)
