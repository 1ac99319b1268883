"""The filter and score of a requirement in plain pandas and in DuckDB, as one would write them.

They state `tests.benchmarks.matching.requirements` a second time, with the weights, tolerances and
value functions of ``criteria.toml``; the benchmark compares their first rows with ours.
"""

from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from gxq_geo.matching.requirement import criteria

PLACES = ("site_id", "score")
STATUS = {"available": 1.0, "reserve": 0.7, "negotiating": 0.4}
BY_KEY = {one.key: one for one in criteria().all}
MEASURED = {
    # want: key, field, whether more is better
    "area_mu": ("area", "area_mu", True),
    "budget_wan_per_mu": ("price", "start_price_wan_per_mu", False),
    "power_kva": ("power", "power_kva", True),
    "station_km": ("station", "station_km", False),
    "expressway_km": ("expressway", "expressway_km", False),
}


def with_pandas(frame: pd.DataFrame, wanted: dict[str, Any], limit: int) -> pd.DataFrame:
    """The best sites, column by column."""
    total, tier, weights = pd.Series(0.0, frame.index), pd.Series(0, frame.index), 0.0

    def judge(key: str, verdict: Any, value: Any) -> None:
        nonlocal total, tier, weights
        total = total + BY_KEY[key].weight * value
        tier = np.maximum(tier, verdict)
        weights += BY_KEY[key].weight

    value = frame["status"].map(STATUS)
    judge("status", np.where(value.isna(), 3, 0), value.fillna(0.0))
    fits = frame["sectors"].map(lambda some: any(one in wanted["sectors"] for one in some))
    judge("sector", np.where(fits, 0, 3), fits.astype(float))
    fits = frame["land_use"].str.startswith("M")
    judge("land_use", np.where(fits, 0, 3), fits.astype(float))
    for want, (key, field, more) in MEASURED.items():
        one, figure = BY_KEY[key], frame[field]
        asked = round(wanted[want] * 1e6) / 1e6
        met = figure >= asked if more else figure <= asked
        limit_at = asked * (1 - one.tolerance if more else 1 + one.tolerance)
        near = figure >= limit_at if more else figure <= limit_at
        verdict = np.where(figure.isna(), 1, np.where(met, 0, np.where(near, 2, 3)))
        x, y = zip(*one.value, strict=True)
        judge(key, verdict, np.where(figure.isna(), 0.5, np.interp(figure / asked, x, y)))
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
    """The same as one SQL query with parameters, over a table in memory."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.base = duckdb.connect()
        plain = frame.assign(sectors=frame["sectors"].map(list))
        self.base.register("given", plain)
        self.base.execute("CREATE TABLE sites AS SELECT * FROM given")

    def rank(self, wanted: dict[str, Any], limit: int) -> pd.DataFrame:
        """The best sites."""
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
    def _measured(want: str, asked: float) -> tuple[str, str, str]:
        key, field, more = MEASURED[want]
        one, asked = BY_KEY[key], round(asked * 1e6) / 1e6
        sign = ">=" if more else "<="
        limit_at = asked * (1 - one.tolerance if more else 1 + one.tolerance)
        unknown = f"{field} IS NULL OR isnan({field})"
        verdict = (
            f"CASE WHEN {unknown} THEN 1 WHEN {field} {sign} {asked!r} THEN 0 "
            f"WHEN {field} {sign} {limit_at!r} THEN 2 ELSE 3 END"
        )
        line = _line(f"({field} / {asked!r})", one.value)
        return key, verdict, f"CASE WHEN {unknown} THEN 0.5 ELSE {line} END"


def _either(test: str, yes: int, no: int) -> str:
    return f"CASE WHEN {test} THEN {yes} ELSE {no} END"


def _line(at: str, points: tuple[tuple[float, float], ...]) -> str:
    """The value function as SQL."""
    parts = [f"WHEN {at} <= {points[0][0]} THEN {points[0][1]}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        parts.append(f"WHEN {at} <= {x1} THEN {y0} + ({at} - {x0}) * {(y1 - y0) / (x1 - x0)!r}")
    return f"(CASE {' '.join(parts)} ELSE {points[-1][1]} END)"
