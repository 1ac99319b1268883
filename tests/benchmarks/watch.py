"""Open a page in a browser, and measure load time, memory, filters and frame times."""

import re
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route

from tests.benchmarks.assets import served
from tests.support.browser import DESKTOP

SIZE: Any = DESKTOP
# A page counts as interactive once three frames in a row took less than 100 ms, and the mouse over
# the map has made it show something about a site.
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
ANSWERS = "() => Boolean(document.querySelector('.leaflet-tooltip, #tip:not([hidden])'))"
# Time to filter, count and list all sites: the slowest of several filters, in their second run, so
# that caches are filled.
FILTER = """() => {
  const asked = [{ status: ["available"] }, { area: ["60~90"] },
    { start_price: ["~25"], area: ["70~"] },
    { status: ["available", "reserve"], code: ["M1"], start_price: ["20~30"] }];
  let worst = 0;
  for (const round of [0, 1]) {
    worst = 0;
    for (const filter of asked) {
      const start = performance.now();
      gxq.filter(filter);
      worst = Math.max(worst, performance.now() - start);
      gxq.filter(null);
    }
  }
  return worst;
}"""
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
class PageMetrics:
    """The measurements of a page."""

    offline: bool
    interactive_s: float
    memory_mb: float
    filter_ms: float | None
    mean_ms: float
    p95_ms: float
    worst_ms: float


def measure(
    browser: Browser, path: Path, *, is_gxq: bool, is_map: bool = True, timeout_s: float = 400
) -> PageMetrics:
    """Open a page, wait until it is interactive, measure its memory, and pan and zoom the map.

    The browser opens another page first, so that its own initialisation is not measured.
    """
    warm = browser.new_page()
    warm.set_content("<canvas></canvas><p>")
    warm.close()
    opened = browser.new_context(viewport=SIZE)
    page = opened.new_page()
    page.set_default_timeout(timeout_s * 1000)
    urls: list[str] = []

    def serve(route: Route) -> None:
        urls.append(route.request.url)
        _serve(route)

    page.route(re.compile("^https?://"), serve)
    start = time.perf_counter()
    page.goto(path.as_uri(), wait_until="load")
    if is_gxq:
        page.evaluate("gxq.ready")
    page.evaluate(CALM)
    if is_map:
        _hover(page)
    interactive = time.perf_counter() - start
    scripts = [url for url in urls if re.search(r"\.(js|css)(\?|$)", url)]
    memory = _memory(browser, page)
    filtering = page.evaluate(FILTER) if is_gxq else None
    frames = sorted(_move(page))
    opened.close()
    mean, p95 = statistics.fmean(frames), frames[int(len(frames) * 0.95)]
    return PageMetrics(not scripts, interactive, memory, filtering, mean, p95, frames[-1])


def _serve(route: Route) -> None:
    if found := served(route.request.url):
        route.fulfill(body=found[1], content_type=found[0])
    else:
        route.abort()


def _hover(page: Page) -> None:
    """Move the mouse over the map, in steps smaller than a site, until the page answers."""
    x, y = DESKTOP["width"] * 0.6, DESKTOP["height"] * 0.5
    for k in range(200):
        page.mouse.move(x + 2 * k, y + k)
        if page.evaluate(ANSWERS):
            return
    raise AssertionError("the page does not answer")


def _memory(browser: Browser, page: Page) -> float:
    """Private memory of the page's process in megabytes, after a garbage collection."""
    page.context.new_cdp_session(page).send("HeapProfiler.collectGarbage")
    page.wait_for_timeout(300)
    session = browser.new_browser_cdp_session()
    running: list[dict[str, Any]] = session.send("SystemInfo.getProcessInfo")["processInfo"]
    own = [_private(process["id"]) for process in running if process["type"] == "renderer"]
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


def _move(page: Page) -> list[float]:
    """Milliseconds between frames while the map is dragged, hovered and zoomed."""
    page.evaluate(RECORD)
    x, y = DESKTOP["width"] * 0.6, DESKTOP["height"] * 0.5
    for dx, dy in ((-300, -120), (260, 200), (-200, 160)):
        page.mouse.move(x, y)
        page.mouse.down()
        for k in range(1, 41):
            page.mouse.move(x + dx * k / 40, y + dy * k / 40)
        page.mouse.up()
        page.wait_for_timeout(300)
    for k in range(40):
        page.mouse.move(x + 5 * k - 100, y + 3 * k - 60)
    for turn in (-240, -240, 240, 240):
        page.mouse.wheel(0, turn)
        page.wait_for_timeout(400)
    frames: list[float] = page.evaluate("window.benchFrames")
    return frames[1:]
