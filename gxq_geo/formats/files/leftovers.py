"""One writer a folder at a time, and what interrupted writers left in it.

The lock (``flock`` on the folder) holds off other processes of this package, not editors. Windows
has no such lock.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gxq_geo.words.errors import FileError

if sys.platform != "win32":
    import fcntl

# Suffix of the temporary file or folder of a write; its name begins with a dot and the target's
# name.
PART = ".gxq-part"
# How long a writer waits for another one, and the pause between two attempts, in seconds.
PATIENCE = 10.0
_PAUSE = 0.01


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; where the file system has none, continue without.

    Raises
    ------
    FileError
        If another process holds the lock for longer than 10 seconds.
    """
    end = time.monotonic() + PATIENCE
    while (handle := _acquire(folder)) == _BUSY:
        if time.monotonic() > end:
            raise FileError("busy", path=folder)
        time.sleep(_PAUSE)
    try:
        yield
    finally:
        _release(handle)


def sweep(folder: Path, name: str = "") -> None:
    """Remove the temporary files that interrupted writers left in a folder.

    Nothing is removed while another process writes, and what cannot be removed stays.

    Parameters
    ----------
    folder
        The folder.
    name
        The target file whose temporary files are removed; empty for all.
    """
    with suppress(BlockingIOError), locked_folder(folder):
        sweep_locked(folder, name)


def sweep_locked(folder: Path, name: str = "") -> None:
    """Do what `sweep` does, for a caller that holds the lock of the folder."""
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if path.name.startswith(f".{name}") and path.name.endswith(PART):
                with suppress(OSError):
                    path.unlink()


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Lock a folder; raise `BlockingIOError` if another process holds the lock."""
    handle = _acquire(folder)
    if handle == _BUSY:
        raise BlockingIOError
    try:
        yield
    finally:
        _release(handle)


def sweep_folders(parent: Path, prefix: str) -> None:
    """Remove the temporary folders that interrupted writers left, except on Windows."""
    if sys.platform == "win32":
        return
    for path in list(parent.iterdir()):
        is_left = path.name.startswith(prefix) and path.name.endswith(PART)
        if is_left and path.is_dir() and not path.is_symlink():
            with suppress(OSError), locked_folder(path):
                shutil.rmtree(path)


# ------------------------------------------------------------------ the lock

# In place of a handle: another process holds the lock, or there is no lock.
_BUSY, _NONE = -2, -1


def _acquire(folder: Path) -> int:
    """Return an open handle that holds the lock of a folder, or `_BUSY`, or `_NONE`."""
    if sys.platform == "win32":
        return _NONE
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return _NONE
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        return _BUSY if isinstance(error, BlockingIOError) else _NONE
    return handle


def _release(handle: int) -> None:
    if handle >= 0:
        os.close(handle)
