"""Judge a page with axe-core."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.support.browser import PHONE_CONTEXT, Visit
from tests.support.nightly import IS_NIGHT

LIGHT, DARK = "lang=zh&theme=light", "lang=en&theme=dark"
DESK, HAND = "desktop", "phone"


def looks() -> list[tuple[str, str, dict[str, Any]]]:
    """Language and theme, device, and settings of the browser: by day each once, else all pairs."""
    devices: dict[str, dict[str, Any]] = {DESK: {}, HAND: PHONE_CONTEXT}
    by_day = [(LIGHT, DESK), (DARK, HAND)]
    pairs = [(look, device) for look in (LIGHT, DARK) for device in devices]
    return [(look, device, devices[device]) for look, device in (pairs if IS_NIGHT else by_day)]


def violations(visit: Visit) -> list[str]:
    """What axe-core finds, as one line each."""
    found = Axe().run(visit.page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]
