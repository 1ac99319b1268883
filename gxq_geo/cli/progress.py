"""A bar for what takes a while."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from gxq_geo import words

# How long somebody waits before they want to see that something happens, in seconds.
PATIENCE_S = 1.0


@contextmanager
def progress(key: str, steps: int) -> Iterator[Callable[[str], None]]:
    """A bar over the steps, after a second, on a terminal only, on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    bar = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
    task = bar.add_task(words.text(key), total=steps)
    started = -1

    def step(name: str) -> None:
        """A step begins: those before it are done."""
        nonlocal started
        started += 1
        bar.update(task, completed=started, description=f"{words.text(key)} {name}".strip())

    timer = threading.Timer(PATIENCE_S, bar.start)
    timer.daemon = True
    if console.is_terminal:
        timer.start()
    try:
        yield step
    finally:
        timer.cancel()
        if console.is_terminal:
            timer.join()
        if bar.live.is_started:
            bar.stop()
