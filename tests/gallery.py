"""Screenshots of the main views of the map: ``make gallery`` writes them, a test compares them."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.zone import open_zone
from tests.support.browser import DESKTOP, PHONE, Visit, launched, visited

ROOT = Path(__file__).parents[1]
GOLD = ROOT / "tests" / "gold"
PHONE_CONTEXT = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


@dataclass(frozen=True)
class View:
    """A screenshot: its name, the JavaScript to run before, and the browser's settings."""

    name: str
    steps: tuple[str, ...] = ()
    context: Mapping[str, Any] = field(default_factory=lambda: {"viewport": DESKTOP})


KEPT = "v=1&keep=AQ-015,BH-001,BS-004&compare=1"
NEED = "v=1&need=1,sites,area_mu:80,sectors:new_materials"

VIEWS = (
    View("desktop-zh"),
    View("desktop-zh-site", ("gxq.select('sites', 'AQ-015')",)),
    View("desktop-zh-park", ("gxq.select('parks', 'liaohe')",)),
    View("desktop-en-zoning-dark", ("gxq.lang('en')", "gxq.lens('zoning')", "gxq.theme('dark')")),
    View("desktop-en", ("gxq.lang('en')",)),
    View("desktop-zh-compare", (f"location.hash = '{KEPT}'",)),
    View("desktop-zh-need", (f"location.hash = '{NEED}'",)),
    View("desktop-en-price-dark", ("gxq.lang('en')", "gxq.lens('price')", "gxq.theme('dark')")),
    View("desktop-zh-landuse", ("gxq.lens('landuse')",)),
    View("phone-zh", context=PHONE_CONTEXT),
    View("phone-zh-site", ("gxq.select('sites', 'AQ-015')",), PHONE_CONTEXT),
    View("phone-en-zoning", ("gxq.lang('en')", "gxq.lens('zoning')"), PHONE_CONTEXT),
)


def take(browser: Browser, page: Path, view: View) -> bytes:
    """Return the screenshot of a view as PNG."""
    with visited(browser, page, **view.context, reduced_motion="reduce") as visit:
        for step in view.steps:
            visit.js(step)
        settle(visit)
        return visit.page.screenshot()


def settle(visit: Visit) -> None:
    """Wait until two screenshots in a row are the same, since tiles and labels are drawn later."""
    before = b""
    for _ in range(40):
        visit.page.wait_for_timeout(150)
        now = visit.page.screenshot()
        if now == before:
            return
        before = now


def main() -> None:
    """Write all views into the folder of the first argument, by default `GOLD`."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else GOLD
    folder.mkdir(parents=True, exist_ok=True)
    page = ROOT / "build" / "gallery.html"
    page.parent.mkdir(exist_ok=True)
    InvestmentMap(open_zone(ROOT / "layers")).save(page)
    with launched() as browser:
        for view in VIEWS:
            (folder / f"{view.name}.png").write_bytes(take(browser, page, view))
            print(folder / f"{view.name}.png")


if __name__ == "__main__":
    main()
