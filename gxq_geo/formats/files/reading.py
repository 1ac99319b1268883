"""Read files that may come from somebody else: no pipe, no device, no link that leads away."""

import hashlib
import os
import stat
from pathlib import Path

from gxq_geo.words.errors import FileError

MAX_BYTES = 1 << 30


def read_bytes(path: Path, *, limit: int | None = None) -> bytes:
    """Read the bytes of a file.

    Parameters
    ----------
    path
        The file. A symbolic link is followed only within its folder, so that a folder of layers
        from somebody else cannot pull in other files.
    limit
        The maximum size in bytes; by default 1 GiB.

    Raises
    ------
    FileError
        If the file does not exist, is a folder, a pipe, a device or a link to outside its folder,
        cannot be read, or is too large.
    """
    limit = MAX_BYTES if limit is None else limit
    if path.is_symlink() and _points_outside(path):
        raise FileError("link-outside", path=path)
    if path.is_dir():
        raise FileError("is-folder", path=path)
    try:
        with open(path, "rb", opener=open_nonblocking) as stream:
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


def _points_outside(link: Path) -> bool:
    """Whether a symbolic link points to outside its folder."""
    try:
        return link.resolve().parent != link.parent.resolve()
    except (OSError, RuntimeError):
        return True  # A loop of links.


def open_nonblocking(path: str, flags: int) -> int:
    """Open without waiting: opening a pipe without a writer would block."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def fingerprint(data: bytes) -> str:
    """The SHA-256 digest of a file's contents, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
