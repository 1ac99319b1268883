"""A progress bar for slow commands."""

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gxq_geo import words
from gxq_geo.cli.tables import cut, width

# The bar appears after this time, in seconds.
DELAY_S = 1.0
_BAR = 20


class _Bar:
    """A line on standard error that is overwritten at each step and erased at the end."""

    def __init__(self, label: str, steps: int) -> None:
        self.label, self.steps = label, steps
        self.name, self.done, self.began = "", -1, time.monotonic()
        self.timer = threading.Timer(DELAY_S, self.show)
        self.timer.daemon = True
        self._lock, self._shown, self._width = threading.Lock(), False, 0

    def begin(self, name: str) -> None:
        """Begin a step; the steps before it are done."""
        self.name, self.done = name, self.done + 1
        if self._shown:
            self.show()

    def show(self) -> None:
        """Redraw the line."""
        filled = min(self.done, self.steps) * _BAR // max(self.steps, 1)
        seconds = time.monotonic() - self.began
        bar = f"[{'#' * filled}{'.' * (_BAR - filled)}] {self.done}/{self.steps} {seconds:.0f} s"
        with self._lock:
            self._shown = True
            self._write(f"{bar} {self.label} {self.name}".rstrip())

    def end(self) -> None:
        """Erase the line."""
        self.timer.cancel()
        with self._lock:
            if self._shown:
                self._write("")
                sys.stderr.write("\r")
                sys.stderr.flush()
            self._shown = False

    def _write(self, text: str) -> None:
        text = cut(text, shutil.get_terminal_size().columns - 1)
        sys.stderr.write(f"\r{text}{' ' * (self._width - width(text))}")
        sys.stderr.flush()
        self._width = width(text)


@contextmanager
def progress(key: str, steps: int) -> Iterator[Callable[[str], None]]:
    """Show a progress bar on standard error, on a terminal only, after `DELAY_S` seconds.

    The block calls the yielded function with the name of each step that begins.
    """
    bar = _Bar(words.text(key), steps)
    if sys.stderr.isatty():
        bar.timer.start()
    try:
        yield bar.begin
    finally:
        bar.end()
