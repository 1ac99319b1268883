"""``python -m tests.benchmarks --start``: the start time of commands, compared with GeoPandas.

Each run is a separate process. The runs are interleaved, so that other load on the machine affects
all commands alike; medians are compared.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from gxq_geo.cli.example import example_folder

RUNS = 9
BASE = "import geopandas"
# The maximum time of a command, as a multiple of the time of `BASE`.
LIMITS = {"gxq --help": 0.6, "gxq check": 2.2, "gxq map": 3.5}


def commands(folder: Path) -> dict[str, list[str]]:
    """The command lines to measure on the example zone, `BASE` first."""
    gxq, zone = [sys.executable, "-m", "gxq_geo"], str(example_folder())
    return {
        BASE: [sys.executable, "-c", BASE],
        "gxq --help": [*gxq, "--help"],
        "gxq check": [*gxq, "check", zone],
        "gxq map": [*gxq, "map", zone, "-o", str(folder / "map.html")],
    }


def measure(timed: Mapping[str, Sequence[str]], runs: int) -> dict[str, float]:
    """The median time of each command in seconds; its first run is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(runs + 1):
        for name, command in timed.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(some[1:]) for name, some in seconds.items()}


def table(runs: int = RUNS) -> None:
    """Print the time of each command, and its ratio to the time of `BASE`."""
    print(f"\nThe start of a command, median of {runs} interleaved runs\n")
    print(f"| | time | times `{BASE}` | at most |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as name:
        medians = measure(commands(Path(name)), runs)
    for command, seconds in medians.items():
        ratio, limit = seconds / medians[BASE], LIMITS.get(command)
        verdict = "" if limit is None else f"{limit}{' exceeded' if ratio > limit else ''}"
        print(f"| {command} | {seconds:.2f} s | {ratio:.2f} | {verdict} |", flush=True)
