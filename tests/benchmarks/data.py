"""Read and check a large zone, compared with other readers.

``python -m tests.benchmarks.data <work> <folder>`` runs one of `WORK` in a separate process and
prints one line of JSON: processor time in seconds, the least of a few runs, and the peak memory of
the process in megabytes.
"""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import fiona
import geopandas as gpd
from fiona.model import to_dict

import gxq_geo as g
from tests.benchmarks import build
from tests.benchmarks.synthetic import write_zone

ROUNDS = 3
SITES = "sites.geojson"
PEER = "geopandas.read_file"


def with_fiona(folder: Path) -> object:
    """Read a layer with fiona, feature by feature."""
    with fiona.open(folder / SITES) as source:
        return gpd.GeoDataFrame.from_features([to_dict(feature) for feature in source])


WORK: Mapping[str, Callable[[Path], object]] = {
    PEER: lambda folder: gpd.read_file(folder / SITES),
    "fiona": with_fiona,
    "open_zone": g.open_zone,
    "gxq check": lambda folder: g.check(g.open_zone(folder, partial=True)),
}
# Targets: time relative to `PEER`, and memory in megabytes.
AT_MOST: Mapping[str, float] = {"open_zone": 1, "gxq check": 2}
AT_MOST_MB = 1_200


def table(folder: Path, count: int) -> None:
    """Write a zone with ``count`` sites, and print the cost of each of `WORK`."""
    write_zone(folder, count)
    size = (folder / SITES).stat().st_size / 1e6
    print(f"\n**{count:,} sites read and checked**, {size:.1f} MB of GeoJSON\n")
    print(f"| | processor time | times {PEER} | at most | peak memory | at most |")
    print("|---|---|---|---|---|---|", flush=True)
    peer = 0.0
    for work in WORK:
        command = [sys.executable, "-m", "tests.benchmarks.data", work, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        cost = json.loads(done.stdout)
        peer = peer or cost["seconds"]
        targets = [f"{AT_MOST[work]:g}", f"{AT_MOST_MB:,} MB"] if work in AT_MOST else ["–", "–"]
        cells = [f"{cost['seconds']:.2f} s", f"{cost['seconds'] / peer:.2f}", targets[0]]
        cells += [f"{cost['peak_mb']:,.0f} MB", targets[1]]
        print(f"| {' | '.join([work, *cells])} |", flush=True)


def main() -> None:
    """Run one of `WORK` and print what it cost."""
    work, folder = WORK[sys.argv[1]], Path(sys.argv[2])
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        start = time.process_time()
        work(folder)
        best = min(best, time.process_time() - start)
    print(json.dumps({"seconds": best, "peak_mb": build._memory("VmHWM")}))


if __name__ == "__main__":
    main()
