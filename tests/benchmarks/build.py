"""Builds one page of a synthetic zone in a process of its own and says what it cost.

``python -m tests.benchmarks.build <tool> <folder> <out>`` prints one line of JSON: seconds, and the
memory that building took above what the data held before, in megabytes. Every tool gets the same
fields, read before. A tool that is not installed says so.
"""

import contextlib
import importlib
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd

TOOLTIP = ["site_id", "name_zh", "status", "area_mu", "start_price_wan_per_mu"]


def ours(folder: Path, out: Path) -> Callable[[], object]:
    """The investment map."""
    import gxq_geo as g

    zone = g.open_zone(folder)
    return lambda: g.InvestmentMap(zone).save(out)


def explore(folder: Path, out: Path) -> Callable[[], object]:
    """What one line of geopandas gives, coloured by status."""
    for needed in ("mapclassify", "matplotlib"):
        importlib.import_module(needed)
    frame = _read(folder)
    return lambda: frame.explore(column="status", tooltip=TOOLTIP).save(out)


def folium_geojson(folder: Path, out: Path) -> Callable[[], object]:
    """What a planner would write with plain folium."""
    import folium

    frame = _read(folder)

    def work() -> None:
        page = folium.Map(prefer_canvas=True)
        tip = folium.GeoJsonTooltip(TOOLTIP)
        folium.GeoJson(frame, tooltip=tip).add_to(page)
        west, south, east, north = frame.total_bounds
        page.fit_bounds([[south, west], [north, east]])
        page.save(out)

    return work


def pydeck(folder: Path, out: Path) -> Callable[[], object]:
    """deck.gl from Python."""
    import pydeck as deck  # type: ignore[import-not-found, unused-ignore]

    frame = _read(folder)

    def work() -> None:
        layer = deck.Layer("GeoJsonLayer", json.loads(frame.to_json()), pickable=True)
        deck.Deck(layers=[layer], map_provider=None).to_html(str(out))

    return work


def lonboard(folder: Path, out: Path) -> Callable[[], object]:
    """deck.gl with Arrow from Python."""
    import lonboard as board  # type: ignore[import-not-found, unused-ignore]

    frame = _read(folder)
    return lambda: board.viz(frame).to_html(str(out))


def keplergl(folder: Path, out: Path) -> Callable[[], object]:
    """kepler.gl from Python."""
    import keplergl as kepler  # type: ignore[import-not-found, unused-ignore]

    frame = _read(folder)

    def work() -> None:
        page = kepler.KeplerGl()
        page.add_data(frame)
        page.save_to_html(file_name=str(out))

    return work


def _read(folder: Path) -> gpd.GeoDataFrame:
    """The sites with plain columns: the peers cannot write dates or missing booleans."""
    frame = gpd.read_file(folder / "sites.geojson").dropna(axis="columns", how="all")
    return frame.assign(updated=frame["updated"].astype(str))


def _reset_peak() -> None:
    """Let the system count the peak anew, where it can: what was read before is not our matter."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _memory(kind: str) -> float:
    """Megabytes of this process: VmRSS now, VmHWM at its peak."""
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    return int(text.split(f"{kind}:")[1].split()[0]) * 1024 / 1e6


TOOLS: dict[str, Callable[[Path, Path], Callable[[], object]]] = {
    "gxq": ours,
    "gdf.explore()": explore,
    "folium.GeoJson": folium_geojson,
    "pydeck": pydeck,
    "lonboard": lonboard,
    "kepler.gl": keplergl,
}


def main() -> None:
    """Build, and say what it cost."""
    name, folder, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    try:
        work = TOOLS[name](folder, out)
    except ImportError:
        print(json.dumps({"missing": True}))
        return
    _reset_peak()
    before, start = _memory("VmRSS"), time.perf_counter()
    work()
    took = time.perf_counter() - start
    print(json.dumps({"seconds": took, "peak_mb": _memory("VmHWM") - before}))


if __name__ == "__main__":
    main()
