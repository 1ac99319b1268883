"""Match a requirement with plain pandas and with DuckDB.

Both implement `tests.benchmarks.matching.requirements` independently, with the weights, tolerances
and value functions of ``criteria.toml``; the benchmark compares their best sites with ours.
"""

from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from gxq_geo.matching.requirement import criteria

PLACES = ("site_id", "score")
STATUS = {"available": 1.0, "reserve": 0.7, "negotiating": 0.4}
BY_KEY = {criterion.key: criterion for criterion in criteria().all}
MEASURED = {
    # want: key, field, whether more is better
    "area_mu": ("area", "area_mu", True),
    "budget_wan_per_mu": ("price", "start_price_wan_per_mu", False),
    "power_kva": ("power", "power_kva", True),
    "station_km": ("station", "station_km", False),
    "expressway_km": ("expressway", "expressway_km", False),
}


def with_pandas(frame: pd.DataFrame, wanted: dict[str, Any], limit: int) -> pd.DataFrame:
    """Return the best sites, computed column by column."""
    total, tier, weights = pd.Series(0.0, frame.index), pd.Series(0, frame.index), 0.0

    def judge(key: str, verdict: Any, value: Any) -> None:
        nonlocal total, tier, weights
        total = total + BY_KEY[key].weight * value
        tier = np.maximum(tier, verdict)
        weights += BY_KEY[key].weight

    value = frame["status"].map(STATUS)
    judge("status", np.where(value.isna(), 3, 0), value.fillna(0.0))
    fits = frame["sectors"].map(lambda ids: any(id_ in wanted["sectors"] for id_ in ids))
    judge("sector", np.where(fits, 0, 3), fits.astype(float))
    fits = frame["land_use"].str.startswith("M")
    judge("land_use", np.where(fits, 0, 3), fits.astype(float))
    for want, (key, field, more) in MEASURED.items():
        criterion, figure = BY_KEY[key], frame[field]
        limit_value = round(wanted[want] * 1e6) / 1e6
        met = figure >= limit_value if more else figure <= limit_value
        sign = -1 if more else 1
        tolerated = limit_value * (1 + sign * criterion.tolerance)
        near = figure >= tolerated if more else figure <= tolerated
        verdict = np.where(figure.isna(), 1, np.where(met, 0, np.where(near, 2, 3)))
        x, y = zip(*criterion.value, strict=True)
        judge(key, verdict, np.where(figure.isna(), 0.5, np.interp(figure / limit_value, x, y)))
    flags = frame[wanted["utilities"]].astype(float)
    absent = (flags == 0).sum(axis=1)
    judge(
        "utilities",
        np.where(absent == 0, 0, np.where(absent <= 0.25 * len(wanted["utilities"]), 2, 3)),
        flags.mean(axis=1),
    )
    late = (frame["available_from"] - pd.Timestamp(wanted["by"])).dt.days
    x, y = zip(*BY_KEY["ready"].value, strict=True)
    judge("ready", np.where(late <= 0, 0, np.where(late <= 90, 2, 3)), np.interp(late, x, y))
    score = np.floor(total / weights * 1e8 + 0.5) / 1e6
    found = frame[["site_id"]].assign(score=score, tier=tier)[tier < 3]
    order = found.sort_values(["tier", "score", "site_id"], ascending=[True, False, True])
    return order[list(PLACES)].head(limit)


class WithDuckDB:
    """Match with one SQL query over a table in memory."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.base = duckdb.connect()
        plain = frame.assign(sectors=frame["sectors"].map(list))
        self.base.register("given", plain)
        self.base.execute("CREATE TABLE sites AS SELECT * FROM given")

    def rank(self, wanted: dict[str, Any], limit: int) -> pd.DataFrame:
        """Return the best sites."""
        count = len(wanted["utilities"])
        few = f"WHEN absent <= 0.25 * {count} THEN 2 ELSE 3 END"
        late = "CASE WHEN late <= 0 THEN 0 WHEN late <= 90 THEN 2 ELSE 3 END"
        parts = [
            ("status", "CASE WHEN value IS NULL THEN 3 ELSE 0 END", "coalesce(value, 0)"),
            ("sector", _either("suits", 0, 3), _either("suits", 1, 0)),
            ("land_use", _either("land_use LIKE 'M%'", 0, 3), _either("land_use LIKE 'M%'", 1, 0)),
            *(self._measured(want, wanted[want]) for want in MEASURED),
            ("utilities", f"CASE WHEN absent = 0 THEN 0 {few}", f"1 - absent / {count}"),
            ("ready", late, _line("late", BY_KEY["ready"].value)),
        ]
        weights = sum(BY_KEY[key].weight for key, _, _ in parts)
        total = " + ".join(f"{BY_KEY[key].weight} * ({value})" for key, _, value in parts)
        tier = ", ".join(verdict for _, verdict, _ in parts)
        status = " ".join(f"WHEN '{name}' THEN {value}" for name, value in STATUS.items())
        absent = " + ".join(f"CASE WHEN {name} THEN 0 ELSE 1 END" for name in wanted["utilities"])
        query = f"""
            WITH known AS (
              SELECT *, CASE status {status} END AS value, list_has_any(sectors, ?) AS suits,
                ({absent})::DOUBLE AS absent,
                date_diff('day', DATE '{wanted["by"]}', available_from) AS late
              FROM sites),
            judged AS (
              SELECT site_id, greatest({tier}) AS tier,
                floor(({total}) / {weights} * 1e8 + 0.5) / 1e6 AS score FROM known)
            SELECT site_id, score FROM judged WHERE tier < 3
            ORDER BY tier, score DESC, site_id LIMIT {limit}"""
        return self.base.execute(query, [wanted["sectors"]]).df()

    @staticmethod
    def _measured(want: str, given: float) -> tuple[str, str, str]:
        key, field, more = MEASURED[want]
        criterion, limit = BY_KEY[key], round(given * 1e6) / 1e6
        sign = ">=" if more else "<="
        tolerated = limit * (1 - criterion.tolerance if more else 1 + criterion.tolerance)
        unknown = f"{field} IS NULL OR isnan({field})"
        verdict = (
            f"CASE WHEN {unknown} THEN 1 WHEN {field} {sign} {limit!r} THEN 0 "
            f"WHEN {field} {sign} {tolerated!r} THEN 2 ELSE 3 END"
        )
        line = _line(f"({field} / {limit!r})", criterion.value)
        return key, verdict, f"CASE WHEN {unknown} THEN 0.5 ELSE {line} END"


def _either(test: str, yes: int, no: int) -> str:
    return f"CASE WHEN {test} THEN {yes} ELSE {no} END"


def _line(at: str, points: tuple[tuple[float, float], ...]) -> str:
    """The value function as SQL."""
    parts = [f"WHEN {at} <= {points[0][0]} THEN {points[0][1]}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        parts.append(f"WHEN {at} <= {x1} THEN {y0} + ({at} - {x0}) * {(y1 - y0) / (x1 - x0)!r}")
    return f"(CASE {' '.join(parts)} ELSE {points[-1][1]} END)"
