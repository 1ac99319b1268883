"""``python -m tests.benchmarks.comparing``: time to compare two states of many sites."""

import argparse
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gxq_geo.versions.difference import diff
from gxq_geo.zone import Zone
from tests.benchmarks import synthetic

# The fraction of the records that `touched` changes in each way.
_SHARE = 0.01


def same(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same records in another order."""
    return frame.sample(frac=1, random_state=1).reset_index(drop=True)


def touched(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Some records removed, renamed, moved, reshaped, edited; in another order."""
    random, out = np.random.default_rng(3), frame.copy()
    few = int(len(frame) * _SHARE)
    rows = random.permutation(len(frame))[: 5 * few].reshape(5, few)
    gone, renamed, moved, reshaped, rewritten = rows
    out.loc[renamed, "site_id"] = out.loc[renamed, "site_id"] + "x"
    shapes = out.geometry.to_numpy().copy()
    shapes[moved] = shapely.transform(shapes[moved], lambda at: at + 0.0005)
    shapes[reshaped] = shapely.convex_hull(shapes[reshaped])
    out = out.set_geometry(gpd.GeoSeries(shapes, crs=4326))
    out.loc[rewritten, "start_price_wan_per_mu"] += 1
    return same(out.drop(index=gone))


def dated(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Each record with a new date."""
    return same(frame.assign(updated=frame["updated"] + np.timedelta64(400, "D")))


def shifted(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Each geometry 480 m to the east, as in another datum."""
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda at: at + np.array([0.0053, 0]))
    return same(frame.set_geometry(gpd.GeoSeries(shapes, crs=4326)))


def renumbered(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Each record under another id."""
    return same(frame.assign(site_id="N" + frame["site_id"]))


STATES: dict[str, Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]] = {
    change.__name__: change for change in (same, touched, dated, shifted, renumbered)
}


def by_loop(old: Zone, new: Zone) -> int:
    """Count records that differ, with a plain loop over ids and values.

    Unlike `diff`, it does not measure geometries or recognise renamed records.
    """
    sides = [_by_id(zone.frame("sites")) for zone in (old, new)]
    both = sides[0].keys() & sides[1].keys()
    unlike = sum(
        sides[0][key][0] != sides[1][key][0] or not sides[0][key][1].equals(sides[1][key][1])
        for key in both
    )
    return unlike + len(sides[0].keys() ^ sides[1].keys())


def _by_id(frame: gpd.GeoDataFrame) -> dict[str, tuple[list[str], Any]]:
    columns = [frame[name].astype(str) for name in frame.columns if name != "geometry"]
    rows = zip(zip(*columns, strict=True), frame.geometry, strict=True)
    return dict(zip(frame["site_id"], rows, strict=True))


def table(count: int) -> None:
    """Print the time of `diff` and of a plain loop."""
    frame = synthetic.sites(count)
    old = synthetic.zone(frame)
    print(f"**{count:,} sites**\n\n| state | changes | gxq | loop | loop / gxq |\n{'|---' * 5}|")
    for name, change in STATES.items():
        new = synthetic.zone(change(frame))
        start = time.perf_counter()
        found = len(diff(old, new).changes)
        ours = time.perf_counter() - start
        start = time.perf_counter()
        by_loop(old, new)
        theirs = time.perf_counter() - start
        print(
            f"| {name} | {found:,} | {ours:.2f} s | {theirs:.1f} s | {theirs / ours:.1f} |",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sites", nargs="?", type=int, default=100_000)
    table(parser.parse_args().sites)


if __name__ == "__main__":
    main()
