"""Opens a page in a real browser and says how long it took, what it weighs, and how it pans."""

import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route

from gxq_geo.investment_map.page import _leaflet, _leaflet_css
from tests.browser import DESKTOP

# What a page asks for is given to it at once, from this machine: that is kind to the peers.
LOCAL: dict[str, tuple[str, Callable[[], str]]] = {
    r"leaflet(\.min)?\.js$": ("text/javascript", lambda: _leaflet("leaflet.js")),
    r"leaflet(\.min)?\.css$": ("text/css", _leaflet_css),
    r"jquery.*\.js$": ("text/javascript", lambda: JQUERY),
    r"\.js$": ("text/javascript", str),
    r"\.css$": ("text/css", str),
}
# Of jQuery, folium's tooltips and legends use no more than this.
JQUERY = "window.$ = window.jQuery = (html) => [document.createElement('div')];"

SIZE: Any = DESKTOP
# The page is of use once frames come at an even pace after it has loaded.
CALM = """() => new Promise((done) => {
  let last = performance.now(), calm = 0;
  const frame = (now) => {
    calm = now - last < 100 ? calm + 1 : 0;
    last = now;
    if (calm >= 3) done(performance.now());
    else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})"""
RECORD = """() => {
  window.benchFrames = [];
  let last = performance.now();
  const frame = (now) => {
    window.benchFrames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""


@dataclass(frozen=True)
class Seen:
    """What the browser saw."""

    offline: bool
    interactive_s: float
    memory_mb: float
    median_ms: float
    worst_ms: float


def watch(browser: Browser, path: Path, *, ours: bool, timeout_s: float = 400) -> Seen:
    """Open a page, wait until it answers, weigh it, and drag it to and fro."""
    opened = browser.new_context(viewport=SIZE)
    page = opened.new_page()
    page.set_default_timeout(timeout_s * 1000)
    asked: list[str] = []

    def serve(route: Route) -> None:
        asked.append(route.request.url)
        _serve(route)

    page.route(re.compile("^https?://"), serve)
    start = time.perf_counter()
    page.goto(path.as_uri(), wait_until="load")
    if ours:
        page.evaluate("gxq.ready")
    page.evaluate(CALM)
    interactive = time.perf_counter() - start
    scripts = [url for url in asked if re.search(r"\.(js|css)(\?|$)", url)]
    memory = _memory(browser, page)
    frames = _pan(page)
    opened.close()
    return Seen(not scripts, interactive, memory, statistics.median(frames), max(frames))


def _serve(route: Route) -> None:
    for pattern, (kind, text) in LOCAL.items():
        if re.search(pattern, route.request.url.split("?")[0]):
            route.fulfill(body=text(), content_type=kind)
            return
    route.abort()


def _memory(browser: Browser, page: Page) -> float:
    """Megabytes that the page's process has for itself; else those of its JavaScript heap."""
    session = browser.new_browser_cdp_session()
    running: list[dict[str, Any]] = session.send("SystemInfo.getProcessInfo")["processInfo"]
    own = [_private(one["id"]) for one in running if one["type"] == "renderer"]
    session.detach()
    if own and max(own) > 0:
        return max(own)
    metrics = page.context.new_cdp_session(page).send("Performance.getMetrics")["metrics"]
    return float(next(m["value"] for m in metrics if m["name"] == "JSHeapUsedSize")) / 1e6


def _private(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(kb) for kb in re.findall(r"Private_\w+:\s+(\d+) kB", text)) * 1024 / 1e6


def _pan(page: Page) -> list[float]:
    """Milliseconds between frames while the map is dragged by hand."""
    page.evaluate(RECORD)
    x, y = DESKTOP["width"] * 0.6, DESKTOP["height"] * 0.5
    for dx, dy in ((-300, -120), (260, 200), (-200, 160)):
        page.mouse.move(x, y)
        page.mouse.down()
        for k in range(1, 41):
            page.mouse.move(x + dx * k / 40, y + dy * k / 40)
        page.mouse.up()
        page.wait_for_timeout(300)
    frames: list[float] = page.evaluate("window.benchFrames")
    return frames[1:]
