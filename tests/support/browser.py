"""Find and drive an installed Chromium for tests, without a network."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from playwright.sync_api import Browser, Frame, Page, Playwright, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)

# Resolves after five animation frames without a running transition or a change of the view.
STILL = """async () => {
  const moves = () => document.getAnimations().some(({ playState, effect }) =>
    playState === "running" && effect.getComputedTiming().endTime !== Infinity);
  const place = () => JSON.stringify([map_gxq.getCenter(), map_gxq.getZoom()]);
  for (let calm = 0, last = ""; calm < 5; last = place()) {
    await new Promise((next) => requestAnimationFrame(next));
    calm = moves() || place() !== last ? 0 : calm + 1;
  }
}"""

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PHONE_CONTEXT: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


def find_browser(playwright: Playwright) -> str:
    """Return the path of a Chromium: ``GXQ_BROWSER``, else an installed one, else playwright's.

    If there is none, playwright installs its own; if that fails, the tests fail.
    """
    wanted = os.environ.get("GXQ_BROWSER")
    if wanted:
        return wanted
    found = [path for name in (*_NAMES, *_PLACES) if (path := shutil.which(name))]
    if found:
        return found[0]
    own = Path(playwright.chromium.executable_path)
    if not own.exists():
        install = [sys.executable, "-m", "playwright", "install", "chromium"]
        subprocess.run(install, check=False, capture_output=True, timeout=600)
    if own.exists():
        return str(own)
    raise AssertionError(
        "浏览器测试需要 Chromium、Chrome 或 Edge：请安装，或用 GXQ_BROWSER 指明路径。 "
        "The browser tests need Chromium, Chrome or Edge, and none could be installed. "
        "Install one (Debian: apt install chromium), or name it: GXQ_BROWSER=/path/to/chrome."
    )


@contextmanager
def launched() -> Iterator[Browser]:
    """Start a headless browser."""
    with sync_playwright() as playwright:
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        browser = playwright.chromium.launch(
            executable_path=find_browser(playwright), args=["--no-sandbox"] if as_root else []
        )
        yield browser
        browser.close()


def until(page: Page | Frame, expression: str, timeout: float = 20_000) -> Any:
    """Wait until an expression is true, and return its value.

    Playwright's own wait evaluates strings in the page, which the Content-Security-Policy forbids.
    """
    for _ in range(int(timeout / 25)):
        if value := page.evaluate(expression):
            return value
        page.wait_for_timeout(25)
    raise AssertionError(f"never true: {expression}")


@dataclass
class Visit:
    """An open page, with its network requests and console messages."""

    page: Page
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page) -> Self:
        """Record requests and messages of a page from now on."""
        visit = cls(page)
        page.on("request", lambda request: visit.requests.append(request.url))
        page.on("console", lambda message: visit.messages.append(message.text))
        page.on("pageerror", lambda error: visit.messages.append(str(error)))
        page.on("dialog", lambda dialog: visit.messages.append(f"dialog {dialog.message}"))
        return visit

    def js(self, expression: str, argument: Any = None) -> Any:
        """Evaluate an expression in the page."""
        return self.page.evaluate(expression, argument)

    def go(self, address: str) -> None:
        """Go to the view of a URL hash, without animation."""
        self.js("(address) => { gxq.link(address); }", address)

    def link(self) -> str:
        """Return the URL hash of the view, once the address bar has it."""
        return str(self.until("location.hash === gxq.link() && location.hash"))

    def still(self) -> None:
        """Wait until nothing moves."""
        self.js(STILL)

    def until(self, expression: str, timeout: float = 20_000) -> Any:
        """Wait until an expression is true, and return its value."""
        return until(self.page, expression, timeout)

    def texts(self, selector: str) -> list[str]:
        """The visible texts of elements."""
        return self.page.locator(selector).all_inner_texts()


Open = Callable[..., Visit]


@contextmanager
def visited(browser: Browser, path: Path, address: str = "", **context: Any) -> Iterator[Visit]:
    """Open a file offline; fail at the end if it made requests or wrote to the console."""
    settings = {"viewport": DESKTOP, "offline": True, **context}
    opened = browser.new_context(**settings)
    visit = Visit.of(opened.new_page())
    visit.page.goto(path.as_uri() + address)
    visit.js("gxq.ready")
    yield visit
    foreign = [url for url in visit.requests if not url.startswith((path.as_uri(), "data:"))]
    opened.close()
    assert visit.messages == []
    assert foreign == []
