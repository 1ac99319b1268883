"""Fixtures shared by several test modules."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from gxq_geo import words
from gxq_geo.investment_map import InvestmentMap
from gxq_geo.zone import Zone, open_zone
from gxq_geo.zone.derived import with_derived
from tests.support.browser import Open, Visit, launched, visited

# No deadline, since timing depends on the load of the machine. Examples are the same in each run,
# so that a failure is caused by a change of the code; `make fuzz` tries new examples.
settings.register_profile("tests", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("tests")

LAYERS = Path(__file__).parents[1] / "layers"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no process is left with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


# One browser per session, since starting it takes longer than most tests. Playwright keeps an
# event loop running meanwhile: what needs another runs in a thread (`tests.support.threads`).
@pytest.fixture(scope="session")
def session_browser() -> Iterator[Browser]:
    with launched() as launched_browser:
        yield launched_browser


@pytest.fixture(scope="module")
def browser(session_browser: Browser) -> Iterator[Browser]:
    """A browser whose pages are closed at the end of the module."""
    yield session_browser
    for context in session_browser.contexts:
        context.close()


@pytest.fixture(autouse=True)
def own_language() -> None:
    """Each test starts in the default language, whatever another has set."""
    words.set_default_lang("")


@pytest.fixture(scope="session")
def zone() -> Zone:
    """The zone of this repository."""
    return open_zone(LAYERS)


@pytest.fixture(scope="session")
def frames(zone: Zone) -> dict[str, pd.DataFrame]:
    """The published sites and carriers, with derived fields."""
    return {
        name: frame[frame["published"].fillna(False).astype(bool)].reset_index(drop=True)
        for name in ("sites", "carriers")
        for frame in [with_derived(zone, name)]
    }


@pytest.fixture(scope="session")
def zone_page(zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public map page of this repository's zone."""
    path = tmp_path_factory.mktemp("page") / "map.html"
    InvestmentMap(zone).save(path)
    return path


@pytest.fixture
def visit(browser: Browser, zone_page: Path) -> Iterator[Open]:
    """Open pages (by default this zone's); see `visited` for what they must not do."""
    with ExitStack() as stack:

        def start(address: str = "", path: Path = zone_page, **context: Any) -> Visit:
            opened: AbstractContextManager[Visit] = visited(browser, path, address, **context)
            return stack.enter_context(opened)

        yield start
