"""``python -m tests.benchmarks.matching``: requirements ranked over many sites, per second."""

import argparse
import time
from typing import Any

import numpy as np
import pandas as pd

from gxq_geo.matching import Candidates

SECTORS = [("equipment",), ("new_materials",), ("equipment", "information"), ("food_biomed",)]
UTILITIES = ["has_road", "has_power", "has_gas", "has_heating"]


def candidates(count: int) -> Candidates:
    """Invented sites with the fields of a full requirement, a tenth of them unknown."""
    random = np.random.default_rng(7)

    def numbers(low: float, high: float) -> np.ndarray:
        values = random.uniform(low, high, count).round(1)
        return np.where(random.random(count) < 0.1, np.nan, values)

    sectors = np.empty(count, dtype=object)
    sectors[:] = [SECTORS[k] for k in random.integers(0, len(SECTORS), count)]
    frame = pd.DataFrame(
        {
            "site_id": [f"S-{k:06d}" for k in range(count)],
            "status": random.choice(["available", "reserve", "negotiating", "signed"], count),
            "sectors": sectors,
            "land_use_scheme": "GB 50137-2011",
            "land_use": random.choice(["M1", "M2", "W1", "B2"], count),
            "area_mu": numbers(10, 200),
            "start_price_wan_per_mu": numbers(15, 60),
            "power_kva": numbers(500, 16000),
            "station_km": numbers(0, 15),
            "expressway_km": numbers(0, 15),
            "available_from": pd.Timestamp("2026-01-01")
            + pd.to_timedelta(random.integers(0, 900, count), unit="D"),
            **{name: pd.array(random.random(count) < 0.8, dtype="boolean") for name in UTILITIES},
        }
    )
    return Candidates(frame)


def requirements(count: int) -> list[dict[str, Any]]:
    """As many different requirements, each of nine wants."""
    random = np.random.default_rng(11)
    return [
        {
            "sectors": list(SECTORS[random.integers(0, len(SECTORS))]),
            "land_use": ["industrial"],
            "area_mu": random.uniform(20, 150),
            "budget_wan_per_mu": random.uniform(20, 50),
            "utilities": UTILITIES,
            "power_kva": random.uniform(1000, 8000),
            "station_km": random.uniform(3, 12),
            "expressway_km": random.uniform(3, 12),
            "by": "2027-06-30",
        }
        for _ in range(count)
    ]


def main() -> None:
    """Print how long the first takes, and how many a second follow."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sites", nargs="?", type=int, default=100_000)
    parser.add_argument("requirements", nargs="?", type=int, default=100)
    asked = parser.parse_args()
    found, stated = candidates(asked.sites), requirements(asked.requirements)
    for limit in (None, 20):
        start = time.perf_counter()
        found.rank(stated[0], limit=limit)
        first = time.perf_counter() - start
        start = time.perf_counter()
        for one in stated:
            found.rank(one, limit=limit)
        each = (time.perf_counter() - start) / len(stated)
        rows = "all rows" if limit is None else f"best {limit}"
        print(
            f"{asked.sites:,} sites, {rows}: first {first * 1000:.0f} ms, then {each * 1000:.1f} ms"
        )


if __name__ == "__main__":
    main()
