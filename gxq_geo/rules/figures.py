"""Figures: percentages and amounts of money are in the units of their fields."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from gxq_geo.rules.common import severity, summarised
from gxq_geo.schemas import Field, schema
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer

Values = npt.NDArray[np.float64]

# The least number of values by which a column of percentages is judged.
_LEAST_VALUES = 3
# The units of money differ by this factor: 元, 万元, 亿元.
_STEP = 1e4
_IN_WAN = {"wan": 1.0, "yi": _STEP, "wan_per_mu": 1.0}
# By the unit of a field, the smaller and the larger unit that may have been meant.
_SMALLER = {"wan": "yuan", "yi": "wan", "wan_per_mu": "yuan"}
_LARGER = {"wan": "yi", "yi": "", "wan_per_mu": "yi"}


@severity(Severity.WARNING)
def fraction_not_percent(zone: Zone) -> Iterator[Issue]:
    """A percentage is a number of per cent, not a fraction of one: 35, not 0.35."""
    for layer in zone.layers.values():
        for field in (f for f in layer.schema.fields.values() if f.unit == "percent"):
            values = _values(layer, field.name)
            known = values[~np.isnan(values)]
            if len(known) < _LEAST_VALUES or known.min() < 0 or known.max() > 1:
                continue
            rows = np.flatnonzero((values > 0) & (values < 1))
            if len(rows):
                row = int(rows[0])
                near = f"{values[row] * 100:g}"
                value = f"{values[row]:g}"
                yield layer.issue(row, field=field.name, value=value, near=near, count=len(known))


@severity(Severity.WARNING)
def money_unit(zone: Zone) -> Iterator[Issue]:
    """An amount of money is in the unit of its field, 万元 or 亿元, by its size and its ratios."""
    for layer in zone.layers.values():
        suspects = _suspects(layer)
        for field in (f for f in layer.schema.fields.values() if f.name in suspects):
            rows = suspects[field.name]
            values = _values(layer, field.name)
            known = int((values > 0).sum())
            for row, count in summarised(sorted(rows), known):
                yield _in_other_unit(layer, row, field, rows[row], count=count)


def _in_other_unit(layer: Layer, row: int, field: Field, power: int, *, count: int) -> Issue:
    value = _values(layer, field.name)[row]
    unit = (_SMALLER if power > 0 else _LARGER)[field.unit]
    near = value / _STEP if power > 0 else value * _STEP
    return layer.issue(
        row,
        field=field.name,
        value=f"{value:.12g}",
        near=f"{near:.12g}",
        unit=f"@money.{unit}",
        own=f"@schema.units.{field.unit}",
        count=count,
    )


def _suspects(layer: Layer) -> dict[str, dict[int, int]]:
    """Return, by field and row, the amounts that seem 10,000 times too large (1) or small (-1).

    Each amount above what is plausible counts, and each ratio of two amounts of a record that is
    plausible only if one of them is in another unit. The field with most evidence is reported.
    """
    votes: dict[int, Counter[tuple[str, int]]] = {}
    for name, power, rows in _evidence(layer):
        for row in rows.tolist():
            votes.setdefault(row, Counter())[name, power] += 1
    found: dict[str, dict[int, int]] = {}
    for row, counter in votes.items():
        (name, power), _ = counter.most_common(1)[0]
        found.setdefault(name, {})[row] = power
    return found


def _evidence(layer: Layer) -> Iterator[tuple[str, int, npt.NDArray[np.intp]]]:
    """Yield fields, whether they seem too large or too small, and the rows."""
    money = schema().meaning["money"]
    fields = layer.schema.fields
    for name, most in money["at_most"].items():
        if name in fields:
            values = _values(layer, name)
            yield name, 1, np.flatnonzero((values > most) & (values / _STEP <= most))
    for name, other, low, high in money["ratios"]:
        if name not in fields or other not in fields:
            continue
        a, b = (_values(layer, one) * _IN_WAN[fields[one].unit] for one in (name, other))
        ratio = np.divide(a, b, out=np.full(len(a), np.nan), where=(a > 0) & (b > 0))
        small = np.flatnonzero((ratio < low) & (ratio * _STEP >= low) & (ratio * _STEP <= high))
        large = np.flatnonzero((ratio > high) & (ratio / _STEP >= low) & (ratio / _STEP <= high))
        # Too small is the amount itself, or too large the other; with a larger unit to be in.
        yield other, 1, small
        yield name, 1, large
        if _LARGER[fields[name].unit]:
            yield name, -1, small
        if _LARGER[fields[other].unit]:
            yield other, -1, large


def _values(layer: Layer, name: str) -> Values:
    return layer.frame[name].to_numpy(dtype=float, na_value=np.nan)
