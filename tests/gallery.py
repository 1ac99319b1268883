"""Pictures of the map's main views and of paper: ``make gallery`` writes, tests compare them."""

import io
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from gxq_geo.documents import site_sheets, wall_map
from gxq_geo.documents.monthly_report import compose, to_pdf
from gxq_geo.investment_map import InvestmentMap
from gxq_geo.zone import Zone, open_zone
from tests.support.browser import DESKTOP, PHONE, Visit, launched, visited
from tests.support.pages import Pages

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

# The documents, of which the first page is compared.
PAPERS: Mapping[str, Callable[[Zone], bytes]] = {
    "paper-zh-sheet": lambda zone: site_sheets(zone, ["AQ-015"]),
    "paper-zh-poster": lambda zone: wall_map(zone, paper="A3"),
    "paper-zh-report": lambda zone: to_pdf(compose(zone, "zh", name="2026-11")),
}
# Pixels of a printed point.
PAPER_SCALE = 1.5


def take(browser: Browser, page: Path, view: View) -> bytes:
    """Return the screenshot of a view as PNG."""
    with visited(browser, page, **view.context, reduced_motion="reduce") as visit:
        for step in view.steps:
            visit.js(step)
        settle(visit)
        return visit.page.screenshot()


def take_paper(name: str) -> bytes:
    """Return the first page of one of `PAPERS` as PNG."""
    page = Pages(PAPERS[name](open_zone(ROOT / "layers"))).document[0]
    out = io.BytesIO()
    page.render(scale=PAPER_SCALE).to_pil().convert("RGB").save(out, "PNG", optimize=True)
    return out.getvalue()


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
    """Write all pictures into the folder of the first argument, by default `GOLD`."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else GOLD
    folder.mkdir(parents=True, exist_ok=True)
    for name in PAPERS:
        (folder / f"{name}.png").write_bytes(take_paper(name))
        print(folder / f"{name}.png")
    page = ROOT / "build" / "gallery.html"
    page.parent.mkdir(exist_ok=True)
    InvestmentMap(open_zone(ROOT / "layers")).save(page)
    with launched() as browser:
        for view in VIEWS:
            (folder / f"{view.name}.png").write_bytes(take(browser, page, view))
            print(folder / f"{view.name}.png")


if __name__ == "__main__":
    main()
