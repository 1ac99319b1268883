"""The first click of a reader counts, whatever of the page is made by it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.browser import DESKTOP, Visit

BUSY: dict[str, Any] = {"viewport": DESKTOP, "offline": True}
# As while the browser is busy: nothing is made before the reader does something.
NEVER_IDLE = "window.requestIdleCallback = () => 0;"
CLICKS = {
    "filters": ("#refine", "!document.querySelector('#facets').hidden"),
    "requirement": ("#need-open", "document.querySelector('[data-find=form]') !== null"),
    "table": ("#as-table", "gxq.link().includes('table=1')"),
    "a row": ("#list .row >> nth=0", "gxq.link().includes('on=sites')"),
    "a line of the legend": ("#legend .entry >> nth=1", "gxq.filter().status?.length"),
    "a lens": ("#lens button >> nth=1", "gxq.lens() === 'zoning'"),
    "a tab": ("#tab-parks", "gxq.link().includes('tab=parks')"),
    "measuring": ("[data-tool=measure]", "!document.querySelector('#measure').hidden"),
}


@pytest.mark.parametrize("name", CLICKS)
def test_the_first_click_counts(browser: Browser, zone_page: Path, name: str) -> None:
    target, outcome = CLICKS[name]
    context = browser.new_context(**BUSY)
    try:
        visit = Visit.of(context.new_page())
        visit.page.add_init_script(NEVER_IDLE)
        visit.page.goto(zone_page.as_uri())
        visit.js("gxq.ready")
        assert visit.js("typeof gxqModules['start/later.js']") == "undefined"
        visit.page.click(target)
        assert visit.until(outcome, timeout=3000)
        assert visit.messages == []
    finally:
        context.close()
