"""Detect changes of a folder, shortly after the last write of a save."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import Path

from watchfiles import awatch

from gxq_geo.zone.layer import GEOMETRY_SUFFIXES, TABLE_SUFFIXES
from gxq_geo.zone.settings import SETTINGS

# A save is complete after this long without a write; changes are reported after the second
# interval even if writes continue.
_QUIET_MS, _MAX_DELAY_MS = 60, 400
# Polling interval, for network drives that report no changes.
_POLL_MS = 1000
# A save may delete the file before it writes the new one: how long to wait for the new one.
_GAP_S = 0.5

Snapshot = Mapping[str, tuple[int, int, int]]
"""Modification time in ns, size in bytes and inode of each file, by name."""


def snapshot(folder: Path) -> Snapshot:
    """Return the snapshot of a folder, by which changes of its files are detected.

    Lock files and temporary files, whose names begin with a dot or a tilde (``~$sites.csv``), are
    left out, and SQLite's ``-shm`` files, which change when a database is read.
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


def has_missing_file(before: Snapshot, now: Snapshot) -> bool:
    """Whether a file of the zone has disappeared, perhaps only until it is replaced."""
    suffixes = (*GEOMETRY_SUFFIXES, *TABLE_SUFFIXES)
    gone = before.keys() - now.keys()
    return any(name.lower().endswith(suffixes) or name == SETTINGS for name in gone)


async def stable_snapshot(folder: Path, before: Snapshot) -> Snapshot:
    """Return the snapshot of a folder; if a file is missing, wait until it may be replaced."""
    now = await asyncio.to_thread(snapshot, folder)
    if has_missing_file(before, now):
        await asyncio.sleep(_GAP_S)
        now = await asyncio.to_thread(snapshot, folder)
    return now


async def changes(folder: Path) -> AsyncIterator[None]:
    """Yield when files of a folder may have changed, and at least every second."""
    while True:
        try:
            inode = folder.stat().st_ino
            events = awatch(
                folder,
                watch_filter=None,
                debounce=_MAX_DELAY_MS,
                step=_QUIET_MS,
                rust_timeout=_POLL_MS,
                yield_on_timeout=True,
                recursive=False,
            )
            async with aclosing(events):
                async for _ in events:
                    yield
                    if folder.stat().st_ino != inode:
                        break  # The folder was replaced: watch the new one.
        except OSError:
            # The folder is gone, or the system's limit of watched folders is reached: poll.
            await asyncio.sleep(_POLL_MS / 1000)
            yield
