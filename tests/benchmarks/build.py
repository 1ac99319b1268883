"""Build a map page of many sites with one tool, and measure time and memory.

``python -m tests.benchmarks.build <tool> <sites> <out>`` prints one line of JSON: seconds, and the
peak memory of the process while building, in megabytes; or that the tool is not installed. All
tools get the same sites with the same fields, in memory.
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

from tests.benchmarks import synthetic
from tests.benchmarks.assets import inlined


def gxq_map(frame: gpd.GeoDataFrame, out: Path) -> Callable[[], object]:
    """The investment map."""
    zone = synthetic.zone(frame)

    def work() -> None:
        import gxq_geo as g

        g.InvestmentMap(zone).save(out)

    return work


def explore(frame: gpd.GeoDataFrame, out: Path) -> Callable[[], object]:
    """``GeoDataFrame.explore()``, coloured by status, with all fields in tooltip and popup."""
    importlib.import_module("mapclassify")
    frame = _plain(frame)
    how = {"column": "status", "tooltip": synthetic.SHOWN, "popup": synthetic.SHOWN}
    return lambda: frame.explore(**how).save(out)


def explore_on_canvas(frame: gpd.GeoDataFrame, out: Path) -> Callable[[], object]:
    """The best page from ``explore()``: drawn on a canvas, with Leaflet inlined."""
    importlib.import_module("mapclassify")
    frame = _plain(frame)
    how = {"column": "status", "tooltip": synthetic.SHOWN, "popup": synthetic.SHOWN}

    def work() -> None:
        frame.explore(**how, prefer_canvas=True).save(out)
        out.write_text(inlined(out.read_text("utf-8")), "utf-8")

    return work


def folium_geojson(frame: gpd.GeoDataFrame, out: Path) -> Callable[[], object]:
    """``folium.GeoJson`` with a tooltip."""
    frame = _plain(frame)

    def work() -> None:
        import folium

        page = folium.Map(prefer_canvas=True)
        tip = folium.GeoJsonTooltip(synthetic.SHOWN)
        folium.GeoJson(frame, tooltip=tip).add_to(page)
        west, south, east, north = frame.total_bounds
        page.fit_bounds([[south, west], [north, east]])
        page.save(out)

    return work


def pydeck(frame: gpd.GeoDataFrame, out: Path) -> Callable[[], object]:
    """deck.gl from Python."""
    import pydeck as deck  # type: ignore[import-not-found, unused-ignore]

    frame = _plain(frame)

    def work() -> None:
        layer = deck.Layer("GeoJsonLayer", json.loads(frame.to_json()), pickable=True)
        deck.Deck(layers=[layer], map_provider=None).to_html(str(out))

    return work


def lonboard(frame: gpd.GeoDataFrame, out: Path) -> Callable[[], object]:
    """deck.gl with Arrow from Python."""
    import lonboard as board  # type: ignore[import-not-found, unused-ignore]

    frame = _plain(frame)
    return lambda: board.viz(frame).to_html(str(out))


def keplergl(frame: gpd.GeoDataFrame, out: Path) -> Callable[[], object]:
    """kepler.gl from Python."""
    import keplergl as kepler  # type: ignore[import-not-found, unused-ignore]

    frame = _plain(frame)

    def work() -> None:
        page = kepler.KeplerGl()
        page.add_data(frame)
        page.save_to_html(file_name=str(out))

    return work


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The sites without date and nullable boolean columns, which other tools cannot write."""
    frame = frame[[*synthetic.SHOWN, "geometry"]]
    flags = {name: frame[name].astype(bool) for name in ("ready_to_build", "published")}
    return frame.assign(updated=frame["updated"].astype(str), **flags)


def _reset_peak() -> None:
    """Reset the peak memory of the process, if the system can (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _memory(kind: str) -> float:
    """Memory of this process in megabytes: VmRSS current, VmHWM peak."""
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    return int(text.split(f"{kind}:")[1].split()[0]) * 1024 / 1e6


TOOLS: dict[str, Callable[[gpd.GeoDataFrame, Path], Callable[[], object]]] = {
    "gxq": gxq_map,
    "gdf.explore()": explore,
    "explore, canvas, inlined": explore_on_canvas,
    "folium.GeoJson": folium_geojson,
    "pydeck": pydeck,
    "lonboard": lonboard,
    "kepler.gl": keplergl,
}


def main() -> None:
    """Build a page and print what it cost."""
    name, count, out = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    frame = synthetic.sites(count)[[*synthetic.SHOWN, "geometry"]]
    try:
        # Build a small page first, so that imports are not measured.
        TOOLS[name](frame.head(100), out)()
        work = TOOLS[name](frame, out)
    except ImportError:
        print(json.dumps({"missing": True}))
        return
    _reset_peak()
    start = time.perf_counter()
    work()
    took = time.perf_counter() - start
    print(json.dumps({"seconds": took, "peak_mb": _memory("VmHWM")}))


if __name__ == "__main__":
    main()
