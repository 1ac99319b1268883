"""Files of other programs, compared with geopandas, pyogrio and coord-convert.

``python -m tests.benchmarks.exchange <work> <folder>`` runs one of `WORK` in a separate process and
prints its processor time in seconds, that of its child processes included.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
from coord_convert import transform

import gxq_geo as g
from gxq_geo.exchange import formats
from gxq_geo.exchange.importing.incoming import Statements
from gxq_geo.exchange.importing.plan import plan
from gxq_geo.schemas import schema
from gxq_geo.zone import layer
from gxq_geo.zone.datum import gcj02_to_wgs84
from tests.benchmarks.synthetic import write_zone

SITES = "sites.geojson"
# Names that a shapefile need not cut, and that no other field's cut name equals.
FIELDS = [
    *("site_id", "name_zh", "park_id", "status", "area_mu", "land_use_scheme", "land_use"),
    *("far_min", "far_max", "green_pct", "term_years", "has_road", "power_kva"),
    *("geometry_source", "source", "updated", "published", "demo"),
]
# Vertices that are converted one by one, since a million would take minutes.
FEWER, VERTICES = 100_000, 1_000_000


def prepare(folder: Path, count: int) -> None:
    """Write a zone, its sites as shapefile and GeoPackage, and the zone without sites."""
    (folder / "zone").mkdir(parents=True)
    write_zone(folder / "zone", count)
    sites = gpd.read_file(folder / "zone" / SITES)
    sites = sites[[*FIELDS, "geometry"]]
    pyogrio.write_dataframe(sites.to_crs(4549), folder / "sites.shp", encoding="utf-8")
    pyogrio.write_dataframe(sites, folder / "sites.gpkg", layer="sites")
    shutil.copytree(folder / "zone", folder / "empty")
    (folder / "empty" / SITES).unlink()


def read_and_check(folder: Path) -> None:
    """Read the shapefile with geopandas, and check the zone."""
    gpd.read_file(folder / "sites.shp")
    g.check(g.open_zone(folder / "zone", partial=True))


def import_checked(folder: Path) -> None:
    """Import the shapefile into the zone without sites; the result is checked and written."""
    with_sites = folder / "empty" / SITES
    with_sites.unlink(missing_ok=True)
    draft = plan([formats.read(folder / "sites.shp")], folder / "empty", Statements("sites"))
    assert draft.is_ready, (draft.questions, draft.issues[:3])
    draft.apply()
    assert with_sites.is_file()


def points(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Random positions in eastern China."""
    generator = np.random.default_rng(7)
    return generator.uniform(115, 118, count), generator.uniform(34, 37, count)


def one_by_one(_: Path) -> None:
    """Convert from GCJ-02 with coord-convert, a point at a time."""
    for lon, lat in zip(*points(FEWER), strict=True):
        transform.gcj2wgs(lon, lat)


WORK: Mapping[str, Callable[[Path], object]] = {
    "read_file and gxq check": read_and_check,
    "gxq import, checked and written": import_checked,
    "pyogrio.read_dataframe": lambda folder: pyogrio.read_dataframe(folder / "sites.gpkg"),
    "gxq reads a GeoPackage": lambda folder: layer.read(
        folder / "sites.gpkg", schema().layers["sites"]
    ),
    "coord-convert": one_by_one,
    "gcj02_to_wgs84": lambda _: gcj02_to_wgs84(*points(VERTICES)),
}
# Each work with its peer, by what the peer's time is multiplied, and the target ratio.
PAIRS = (
    ("gxq import, checked and written", "read_file and gxq check", 1.0, "at most 1.5"),
    ("gxq reads a GeoPackage", "pyogrio.read_dataframe", 1.0, "at most 1"),
    ("gcj02_to_wgs84", "coord-convert", VERTICES / FEWER, "at most 0.02"),
)


def table(folder: Path, count: int) -> None:
    """Print the cost of each of `PAIRS`."""
    prepare(folder, count)
    print(f"\n**{count:,} sites as shapefile and GeoPackage, {VERTICES:,} vertices from GCJ-02**\n")
    print(
        "| | processor time | peer | processor time | ratio | target |\n|---|---|---|---|---|---|"
    )
    for work, peer, factor, target in PAIRS:
        ours, theirs = cost(work, folder), cost(peer, folder) * factor
        cells = [work, f"{ours:.2f} s", peer, f"{theirs:.2f} s", f"{ours / theirs:.3f}", target]
        print(f"| {' | '.join(cells)} |", flush=True)


def cost(work: str, folder: Path) -> float:
    """The processor time of one of `WORK` in a separate process, in seconds."""
    command = [sys.executable, "-m", "tests.benchmarks.exchange", work, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout))


def main() -> None:
    """Run one of `WORK` and print what it cost, the least of two runs."""
    work, folder = WORK[sys.argv[1]], Path(sys.argv[2])
    best = float("inf")
    for _ in range(2):
        start = sum(os.times()[:4])
        work(folder)
        best = min(best, sum(os.times()[:4]) - start)
    print(json.dumps(best))


if __name__ == "__main__":
    main()
