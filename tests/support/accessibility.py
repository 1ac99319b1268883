"""Judge a page with axe-core."""

from axe_playwright_python.sync_playwright import Axe

from tests.support.browser import Visit


def violations(visit: Visit) -> list[str]:
    """What axe-core finds, as one line each."""
    found = Axe().run(visit.page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]
