"""Whole writes: a file is replaced in one step, or it stays as it was."""

import hashlib
import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from gxq_geo.words.errors import FileError

if sys.platform != "win32":
    import fcntl

MAX_BYTES = 1 << 30
# How the name of a file ends that is being written aside; it begins with a dot and the target's.
_PART = ".gxq-part"


def read_bytes(path: Path, *, limit: int | None = None) -> bytes:
    """The bytes of a file.

    Parameters
    ----------
    path
        The file. A link is followed within its folder only: what came with somebody's layers
        must not make files from elsewhere part of them.
    limit
        The most bytes that it may have; 1 GiB.

    Raises
    ------
    FileError
        If it is absent, a folder, a pipe or a device, a link that leads out of its folder,
        unreadable, or too large.
    """
    limit = MAX_BYTES if limit is None else limit
    if path.is_symlink() and _leads_out(path):
        raise FileError("link-outside", path=path)
    if path.is_dir():
        raise FileError("is-folder", path=path)
    try:
        with open(path, "rb", opener=_without_waiting) as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise FileError("not-regular", path=path)
            if status.st_size > limit:
                raise FileError("too-large", path=path, limit=limit >> 20)
            return stream.read()
    except FileNotFoundError:
        raise FileError("no-file", path=path) from None
    except OSError as error:
        raise FileError("unreadable", path=path, reason=error.strerror or str(error)) from None


def _leads_out(link: Path) -> bool:
    try:
        return link.resolve().parent != link.parent.resolve()
    except (OSError, RuntimeError):
        return True  # A link to itself leads nowhere.


def _without_waiting(path: str, flags: int) -> int:
    """A pipe that nobody writes to is opened at once, and then refused."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def fingerprint(data: bytes) -> str:
    """What tells two contents of a file apart."""
    return hashlib.sha256(data).hexdigest()


def write_bytes(path: Path | str, data: bytes, *, expected: str | None = None) -> None:
    """Replace a file, whole or not at all.

    Parameters
    ----------
    path
        The file to write; its folder must exist.
    data
        The new contents.
    expected
        The `fingerprint` of what was read. If the file holds something else by now, somebody
        changed it meanwhile, and it is left alone.

    Raises
    ------
    FileError
        If the folder is absent, the target is a folder, the file changed, or the disk refuses.
    """
    target = Path(path).resolve()
    if target.is_dir():
        raise FileError("is-folder", path=path)
    if expected is not None and fingerprint(read_bytes(target)) != expected:
        raise FileError("changed", path=path)
    sweep(target.parent, target.name)
    try:
        _replace(target, data)
    except OSError as error:
        raise FileError("unwritable", path=path, reason=error.strerror or str(error)) from None


def _replace(target: Path, data: bytes) -> None:
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=_PART, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            _lock(handle)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if hasattr(os, "chmod"):
            Path(temporary).chmod(mode)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def sweep(folder: Path, name: str = "") -> None:
    """Remove what writes that were cut short have left in a folder: all of it, or one file's.

    What another process is writing just now stays. What cannot be removed stays too.
    """
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if path.name.startswith(f".{name}") and path.name.endswith(_PART):
                with suppress(OSError):
                    _remove_unless_written(path)


def _remove_unless_written(path: Path) -> None:
    """A file that is being written is locked; where there are no locks, it cannot be removed."""
    with open(path, "rb", opener=_without_waiting) as stream:
        _lock(stream.fileno())
    path.unlink()


def _lock(handle: int) -> None:
    """Raise `OSError` if another process holds it."""
    if sys.platform != "win32":
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def append_text(path: Path, text: str) -> None:
    """Write at the end of a text file, which may be new, and see that it is kept.

    Raises
    ------
    FileError
        If the disk refuses.
    """
    try:
        with open(path, "a", encoding="utf-8", newline="\n", opener=_without_waiting) as stream:
            stream.write(text)
            stream.flush()
            if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                os.fsync(stream.fileno())
    except OSError as error:
        raise FileError("unwritable", path=path, reason=error.strerror or str(error)) from None
