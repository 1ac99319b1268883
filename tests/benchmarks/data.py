"""Reading and checking a large zone, beside what one would use instead."""

import gc
import time
from collections.abc import Callable
from pathlib import Path

import fiona
import geopandas as gpd
import pyogrio
from fiona.model import to_dict

import gxq_geo as g
from gxq_geo import layer
from gxq_geo.schema import schema

ROUNDS = 3


def seconds(work: Callable[[], object]) -> float:
    """The shortest of a few runs: what the work needs when nothing disturbs it."""
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def fiona_read(path: Path) -> None:
    """Fiona, as a script would use it."""
    with fiona.open(path) as source:
        gpd.GeoDataFrame.from_features([to_dict(feature) for feature in source])


def row(work: str, ours: float, peer: str, theirs: float) -> None:
    """One line of the table."""
    print(f"| {work} | {ours:.2f} s | {peer} {theirs:.2f} s | {theirs / ours:.1f} |", flush=True)


def table(folder: Path, frame: gpd.GeoDataFrame) -> None:
    """Print the table; the folder holds the zone, the frame its sites."""
    path, sites = folder / "sites.geojson", schema().layers["sites"]
    print(f"{path.stat().st_size / 1e6:.1f} MB GeoJSON; best of {ROUNDS}\n")
    print("| work | gxq | peer | peer / gxq |\n|---|---|---|---|")
    ours = seconds(lambda: layer.read(path, sites))
    row("read strictly", ours, "pyogrio", seconds(lambda: pyogrio.read_dataframe(path)))
    row("", ours, "fiona", seconds(lambda: fiona_read(path)))
    zone = g.open_zone(folder)
    peer = seconds(lambda: frame.sjoin(frame, predicate="overlaps"))
    row("all rules", seconds(lambda: g.check(zone)), "sjoin(overlaps) alone", peer)
