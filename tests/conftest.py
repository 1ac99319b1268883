"""Fixtures that several test modules share."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.zone import Zone, open_zone
from gxq_geo.zone.derived import with_derived
from tests.support.browser import Open, Visit, launched, visited

# How long one example takes tells how busy the machine is, and no more. A test has the same
# examples each time, so that its outcome is that of a change; `make fuzz` looks for new ones.
settings.register_profile("tests", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("tests")

LAYERS = Path(__file__).parents[1] / "layers"


# A browser for each module: playwright keeps an event loop running, which notebooks cannot bear.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as one:
        yield one


@pytest.fixture(scope="session")
def zone() -> Zone:
    """The zone of this repository."""
    return open_zone(LAYERS)


@pytest.fixture(scope="session")
def frames(zone: Zone) -> dict[str, pd.DataFrame]:
    """The published records, with what is derived."""
    return {
        name: frame[frame["published"].fillna(False).astype(bool)].reset_index(drop=True)
        for name in ("sites", "carriers")
        for frame in [with_derived(zone, name)]
    }


@pytest.fixture(scope="session")
def zone_page(zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public page of this repository's zone."""
    path = tmp_path_factory.mktemp("page") / "map.html"
    InvestmentMap(zone).save(path)
    return path


@pytest.fixture
def visit(browser: Browser, zone_page: Path) -> Iterator[Open]:
    """Opens a page (this zone's by default); at the end it must have asked and said nothing."""
    with ExitStack() as stack:

        def start(address: str = "", path: Path = zone_page, **context: Any) -> Visit:
            opened: AbstractContextManager[Visit] = visited(browser, path, address, **context)
            return stack.enter_context(opened)

        yield start
