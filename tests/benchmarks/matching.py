"""``python -m tests.benchmarks.matching``: how many requirements per second are matched."""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from gxq_geo.matching.candidates import Candidates
from tests.benchmarks.peers import WithDuckDB, with_pandas

SECTORS = [("equipment",), ("new_materials",), ("equipment", "information"), ("food_biomed",)]
LIMIT = 20
# The number of requirements that pandas and DuckDB answer, and whose results are compared.
PEERS = 50
UTILITIES = ["has_road", "has_power", "has_gas", "has_heating"]


def candidates(count: int) -> Candidates:
    """Random sites with all fields that a requirement may use; a tenth of the values is missing."""
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
    """Random requirements, each with nine conditions."""
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


def seconds(work: Callable[[dict[str, Any]], object], stated: list[dict[str, Any]]) -> float:
    """Mean time per requirement, after one that is not measured."""
    work(stated[0])
    start = time.perf_counter()
    for requirement in stated:
        work(requirement)
    return (time.perf_counter() - start) / len(stated)


def same(ours: pd.DataFrame, theirs: pd.DataFrame) -> bool:
    """Whether two results have the same sites in the same order with the same scores."""
    ids = ours["site_id"].tolist() == theirs["site_id"].tolist()
    return ids and np.allclose(ours["score"], theirs["score"], atol=2e-6)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sites", nargs="?", type=int, default=100_000)
    parser.add_argument("requirements", nargs="?", type=int, default=1_000)
    args = parser.parse_args()
    table(args.sites, args.requirements)


def table(sites: int, count: int) -> None:
    """Print the speed of each tool, and whether their results agree."""
    found, stated = candidates(sites), requirements(count)
    base = WithDuckDB(found.frame)
    ways: dict[str, tuple[Callable[[dict[str, Any]], pd.DataFrame], int]] = {
        "gxq": (lambda want: found.rank(want, limit=LIMIT).query("rank.notna()"), count),
        "pandas": (lambda want: with_pandas(found.frame, want, LIMIT), min(count, PEERS)),
        "DuckDB": (lambda want: base.rank(want, LIMIT), min(count, PEERS)),
    }
    ours = [ways["gxq"][0](want) for want in stated[:PEERS]]
    print(f"\n{count:,} requirements of nine wants over {sites:,} sites, the best {LIMIT}\n")
    print("| | requirements | each | a second | same answer | gxq is faster by |")
    print("|---|---|---|---|---|---|", flush=True)
    first = 0.0
    for name, (work, n) in ways.items():
        each = seconds(work, stated[:n])
        first = first or each
        agree = sum(same(a, work(want)) for a, want in zip(ours, stated[:PEERS], strict=True))
        cells = [name, f"{n:,}", f"{each * 1000:.1f} ms", f"{1 / each:,.0f}"]
        print(
            f"| {' | '.join([*cells, f'{agree} of {len(ours)}', f'{each / first:.1f}'])} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
