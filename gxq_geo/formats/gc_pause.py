"""Pause Python's cyclic garbage collector while many objects are created."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Disable the cyclic garbage collector for a ``with`` block or a decorated function.

    The collector scans all live objects again and again, which is slow while a large file is
    decoded. Reference counting still frees objects; reference cycles are freed later.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
