"""Python's garbage collector, held back."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Hold the collector back while very many objects are made that are no garbage.

    It would walk them all, again and again. Nothing is kept for it: what is not used any longer
    goes at once, as ever, and what refers to itself when the collector is let go.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
