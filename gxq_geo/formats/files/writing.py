"""Replace files atomically, one or several, and never one that somebody else has just saved.

On Linux the new file and the old one are exchanged in one step, and what came out is compared with
what had been read: if an editor saved in between, its file is put back. On other systems, and on
file systems without exchange, the file is compared right before it is replaced; a save in the
microseconds between is lost. A file that an editor keeps open for writing for longer than 10
seconds is left alone.
"""

import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gxq_geo.formats.files.errors import as_unwritable
from gxq_geo.formats.files.leftovers import PART, PATIENCE, one_writer, sweep_locked
from gxq_geo.formats.files.reading import fingerprint, open_nonblocking, read_bytes
from gxq_geo.formats.files.swap import is_open_for_writing, swap
from gxq_geo.words.errors import FileError

_PAUSE = 0.002


@dataclass(frozen=True, slots=True)
class Write:
    """One file of a joint write; the parameters are those of `write_bytes`."""

    path: Path
    data: bytes = field(repr=False)
    expected: str | None = None


def write_bytes(path: Path | str, data: bytes, *, expected: str | None = None) -> bool:
    """Replace a file atomically; return whether its contents changed.

    Parameters
    ----------
    path
        The file to write; its folder must exist. A pipe or a character device, such as
        ``/dev/stdout``, is written to.
    data
        The new contents.
    expected
        The `fingerprint` of the contents that were read. If the file has changed since, it is not
        written, unless the change is the one that was to be made.

    Raises
    ------
    FileError
        If the folder does not exist, the target is a folder, a socket or a block device, the file
        has changed, or it cannot be written.
    """
    return write_all([Write(Path(path), data, expected)])


def write_all(writes: Sequence[Write]) -> bool:
    """Replace several files, all or none: if one cannot be replaced, the others are restored.

    What was written to a pipe or a device stays.

    Returns
    -------
    bool
        Whether the contents of a file changed.

    Raises
    ------
    FileError
        As for `write_bytes`.
    """
    streams = [write for write in writes if _is_stream(write.path)]
    with ExitStack() as stack:
        replacements = [_Replacement(w, w.path.resolve()) for w in writes if w not in streams]
        for folder in sorted({one.target.parent for one in replacements}):
            stack.enter_context(one_writer(folder))
        changes = [one for one in replacements if one.is_change()]
        for one in changes:
            sweep_locked(one.target.parent, one.target.name)
        staged = []
        for one in changes:
            with as_unwritable(one.write.path):
                staged.append(stack.enter_context(_staged(one.target, one.write.data)))
        for write in streams:
            _write_stream(write)
        with ExitStack() as undo:
            for one, temporary in zip(changes, staged, strict=True):
                with as_unwritable(one.write.path):
                    undo.callback(one.put(temporary))
            undo.pop_all()
    return bool(changes or streams)


# ------------------------------------------------------------------ one replacement


@dataclass(frozen=True, slots=True)
class _Replacement:
    """The replacement of a regular file, or the creation of one."""

    write: Write
    target: Path

    def is_change(self) -> bool:
        """Check the target; return whether its contents are to change."""
        path, expected = self.write.path, self.write.expected
        if self.target.is_dir():
            raise FileError("is-folder", path=path)
        if self.target.exists() and not self.target.is_file():
            raise FileError("special-file", path=path)
        if expected is None:
            return True
        current = read_bytes(self.target)
        if current == self.write.data:
            return False
        if fingerprint(current) != expected:
            raise FileError("changed", path=path)
        return True

    def put(self, temporary: Path) -> Callable[[], object]:
        """Put the temporary file in the place of the target; return what undoes that."""
        expected = self.write.expected
        if not swap(temporary, self.target):
            return self._put_without_exchange(temporary)
        if expected is not None and _settled(temporary) != expected:
            self._put_back(temporary)
            raise FileError("changed", path=self.write.path)
        return partial(swap, temporary, self.target)

    def _put_back(self, temporary: Path) -> None:
        """Exchange once more; if what comes out is a newer save, put that back in turn."""
        inside = fingerprint(self.write.data)
        while True:
            next_inside = _settled(temporary)
            if swap(temporary, self.target):
                if _settled(temporary) == inside:
                    return
                inside = next_inside
            elif _linked(temporary, self.target):
                return

    def _put_without_exchange(self, temporary: Path) -> Callable[[], object]:
        expected = self.write.expected
        is_there = expected is not None or self.target.exists()
        old = read_bytes(self.target) if is_there else None
        if old is not None and expected is not None and fingerprint(old) != expected:
            raise FileError("changed", path=self.write.path)
        temporary.replace(self.target)
        return partial(_restore, self.target, old)


def _settled(path: Path) -> str:
    """The fingerprint of a file once nobody has it open for writing; empty if that takes long."""
    end = time.monotonic() + PATIENCE
    while is_open_for_writing(path):
        if time.monotonic() > end:
            return ""
        time.sleep(_PAUSE)
    return fingerprint(path.read_bytes())


def _linked(temporary: Path, target: Path) -> bool:
    """Give a file the name of the target; return False if there is a target after all."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    return True


def _restore(target: Path, old: bytes | None) -> None:
    """Undo a replacement by the old contents; None if there was no file."""
    if old is None:
        target.unlink()
        return
    with _staged(target, old) as temporary:
        temporary.replace(target)


@contextmanager
def _staged(target: Path, data: bytes) -> Iterator[Path]:
    """Write a temporary file beside the target, with its mode; it is removed unless it is moved."""
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=PART, dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if hasattr(os, "chmod"):
            temporary.chmod(mode)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# ------------------------------------------------------------------ pipes, and what grows


def _is_stream(path: Path) -> bool:
    """Whether a path leads to a pipe or a character device."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def _write_stream(write: Write) -> None:
    """Write to a pipe that somebody reads, or to a device."""
    if write.expected is not None:
        raise FileError("special-file", path=write.path)
    with as_unwritable(write.path):
        handle = os.open(write.path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "wb") as stream:
            if hasattr(os, "O_NONBLOCK"):
                os.set_blocking(handle, True)
            stream.write(write.data)


def append_text(path: Path, text: str) -> None:
    """Append to a text file, creating it if needed, and flush it to disk.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    with (
        as_unwritable(path),
        open(path, "a", encoding="utf-8", newline="\n", opener=open_nonblocking) as stream,
    ):
        stream.write(text)
        stream.flush()
        if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            os.fsync(stream.fileno())
