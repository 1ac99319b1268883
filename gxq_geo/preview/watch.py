"""When to look at a folder again: a moment after the last of the writes that make up a save."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import Path

from watchfiles import awatch

from gxq_geo.zone.layer import GEOMETRY_SUFFIXES, TABLE_SUFFIXES
from gxq_geo.zone.settings import SETTINGS

# A save is over when nothing happened for so long, in milliseconds; nobody waits longer than the
# second, though something happens all the time.
_QUIET_MS, _PATIENCE_MS = 60, 400
# How often to look where the system tells nothing: on some network drives.
_PULSE_MS = 1000
# How long a file may be gone between the old one and the new one of the same name, in seconds.
_GAP_S = 0.5

Glance = Mapping[str, tuple[int, int, int]]


def glance(folder: Path) -> Glance:
    """What tells that files of a folder changed: time, size and identity of each, by name.

    Not of lock files and temporary ones, whose names begin with a dot or a tilde (``~$sites.csv``),
    nor of SQLite's ``-shm``, which readers touch.
    """
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return {}
    found = {}
    for name in names:
        if name[0] in ".~" or name.endswith("-shm"):
            continue
        try:
            status = (folder / name).stat()
        except OSError:
            continue
        found[name] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def has_lost(before: Glance, now: Glance) -> bool:
    """Whether a file of the zone is gone: perhaps only until the new one takes its place."""
    ours = (*GEOMETRY_SUFFIXES, *TABLE_SUFFIXES)
    return any(name.endswith(ours) or name == SETTINGS for name in before.keys() - now.keys())


async def settled(folder: Path, before: Glance) -> Glance:
    """A folder as it is now; where a file is gone, as it is when the new one may be there."""
    now = await asyncio.to_thread(glance, folder)
    if has_lost(before, now):
        await asyncio.sleep(_GAP_S)
        now = await asyncio.to_thread(glance, folder)
    return now


async def pulse(folder: Path) -> AsyncIterator[None]:
    """Yield whenever something may have changed in a folder, and at least every second."""
    while True:
        try:
            here = folder.stat().st_ino
            changes = awatch(
                folder,
                watch_filter=None,
                debounce=_PATIENCE_MS,
                step=_QUIET_MS,
                rust_timeout=_PULSE_MS,
                yield_on_timeout=True,
                recursive=False,
            )
            async with aclosing(changes):
                async for _ in changes:
                    yield
                    if folder.stat().st_ino != here:
                        break  # another folder of the same name is to be watched anew
        except OSError:
            # Gone, or the system watches no more folders: then we look ourselves.
            await asyncio.sleep(_PULSE_MS / 1000)
            yield
