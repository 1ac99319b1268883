"""``make bench``: how long, and how large, beside what one would use instead."""

import argparse
import gc
import importlib.metadata
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import fiona
import folium
import geopandas as gpd
import pyogrio
from fiona.model import to_dict

import gxq_geo as g
from gxq_geo import layer
from gxq_geo.schema import schema
from tests.benchmarks.synthetic import write_zone

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


def folium_map(frame: gpd.GeoDataFrame, path: Path) -> None:
    """What a planner would write with plain folium."""
    page = folium.Map()
    plain = frame.assign(
        updated=frame["updated"].astype(str), has_road=frame["has_road"].astype(bool)
    )
    plain = plain.assign(published=True)
    folium.GeoJson(plain, tooltip=folium.GeoJsonTooltip(["site_id", "area_mu"])).add_to(page)
    page.save(path)


def fiona_read(path: Path) -> None:
    """Fiona, as a script would use it."""
    with fiona.open(path) as source:
        gpd.GeoDataFrame.from_features([to_dict(feature) for feature in source])


def row(work: str, ours: float, peer: str, theirs: float, unit: str) -> None:
    """One line of the table."""
    print(f"| {work} | {ours:.2f} {unit} | {peer} {theirs:.2f} {unit} | {theirs / ours:.1f} |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("count", nargs="?", type=int, default=20_000)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame = write_zone(folder, count)
        path, out = folder / "sites.geojson", folder / "map.html"
        sites = schema().layers["sites"]
        versions = {p: importlib.metadata.version(p) for p in ("folium", "pyogrio", "fiona")}
        print(f"{count:,} sites, {path.stat().st_size / 1e6:.1f} MB GeoJSON; best of {ROUNDS}")
        print(f"Python {platform.python_version()}, {versions}\n")
        print("| work | gxq | peer | peer / gxq |\n|---|---|---|---|")
        ours = seconds(lambda: layer.read(path, sites))
        row("read strictly", ours, "pyogrio", seconds(lambda: pyogrio.read_dataframe(path)), "s")
        row("", ours, "fiona", seconds(lambda: fiona_read(path)), "s")
        zone = g.open_zone(folder)
        peer = seconds(lambda: frame.sjoin(frame, predicate="overlaps"))
        row("all rules", seconds(lambda: g.check(zone)), "sjoin(overlaps) alone", peer, "s")
        ours = seconds(lambda: g.InvestmentMap(zone).save(out))
        size = out.stat().st_size / 1e6
        peer = seconds(lambda: folium_map(frame, out))
        row("map, time", ours, "folium.GeoJson", peer, "s")
        row("map, size", size, "folium.GeoJson", out.stat().st_size / 1e6, "MB")


if __name__ == "__main__":
    main()
