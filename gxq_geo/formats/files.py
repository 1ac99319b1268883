"""Safe file reads and atomic writes: a file is replaced in one step or left unchanged."""

import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from gxq_geo.words.errors import FileError

if sys.platform != "win32":
    import fcntl

MAX_BYTES = 1 << 30
# Suffix of the temporary file or folder of a write; its name begins with a dot and the target's
# name.
_PART = ".gxq-part"


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
        with open(path, "rb", opener=_open_nonblocking) as stream:
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


def _open_nonblocking(path: str, flags: int) -> int:
    """Open without waiting: opening a pipe without a writer would block."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def fingerprint(data: bytes) -> str:
    """The SHA-256 digest of a file's contents, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write_bytes(path: Path | str, data: bytes, *, expected: str | None = None) -> None:
    """Replace a file atomically.

    Parameters
    ----------
    path
        The file to write; its folder must exist.
    data
        The new contents.
    expected
        The `fingerprint` of the contents that were read. If the file has changed since, it is not
        written.

    Raises
    ------
    FileError
        If the folder does not exist, the target is a folder, the file has changed, or it cannot be
        written.
    """
    write_all([Write(Path(path), data, expected)])


@dataclass(frozen=True, slots=True)
class Write:
    """One file of a joint write; the parameters are those of `write_bytes`."""

    path: Path
    data: bytes = field(repr=False)
    expected: str | None = None


def write_all(writes: Sequence[Write]) -> None:
    """Replace several files, all or none: if one cannot be replaced, the others are restored.

    Raises
    ------
    FileError
        As for `write_bytes`.
    """
    targets = [_checked_target(write) for write in writes]
    with ExitStack() as stack:
        staged = []
        for write, target in zip(writes, targets, strict=True):
            with _as_unwritable(write.path):
                staged.append(stack.enter_context(_staged(target, write.data)))
        replaced: list[tuple[Path, bytes | None]] = []
        try:
            for write, target, temporary in zip(writes, targets, staged, strict=True):
                old = read_bytes(target) if len(writes) > 1 and target.exists() else None
                with _as_unwritable(write.path):
                    temporary.replace(target)
                replaced.append((target, old))
        except BaseException:
            _restore(replaced)
            raise


def _restore(replaced: Sequence[tuple[Path, bytes | None]]) -> None:
    """Undo the replacements of a joint write."""
    for target, old in reversed(replaced):
        if old is None:
            target.unlink()
            continue
        with _staged(target, old) as temporary:
            temporary.replace(target)


def _checked_target(write: Write) -> Path:
    target = write.path.resolve()
    if target.is_dir():
        raise FileError("is-folder", path=write.path)
    if write.expected is not None and fingerprint(read_bytes(target)) != write.expected:
        raise FileError("changed", path=write.path)
    sweep(target.parent, target.name)
    return target


@contextmanager
def _as_unwritable(path: Path) -> Iterator[None]:
    """Raise the errors of the system as a `FileError`."""
    try:
        yield
    except OSError as error:
        raise FileError("unwritable", path=path, reason=error.strerror or str(error)) from None


@contextmanager
def _staged(target: Path, data: bytes) -> Iterator[Path]:
    """Write a temporary file beside the target, with its mode; it is removed unless it is moved."""
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=_PART, dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            _lock(handle)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if hasattr(os, "chmod"):
            temporary.chmod(mode)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def check_new_folder(folder: Path) -> None:
    """Check that a folder can be created: it does not exist, or is empty.

    Raises
    ------
    FileError
        If it is not empty, or a file.
    """
    with _as_unwritable(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise FileError("not-empty", path=folder)


def write_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Create a folder with files, atomically: it appears with all files or not at all.

    Parameters
    ----------
    folder
        The folder; it must not exist, or be empty.
    contents
        The contents of each file, by name.

    Raises
    ------
    FileError
        If the folder is not empty, or cannot be written.
    """
    check_new_folder(folder)
    target = folder.resolve()
    with _as_unwritable(folder):
        target.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{target.name}."
        _sweep_folders(target.parent, prefix)
        with (
            tempfile.TemporaryDirectory(_PART, prefix, target.parent) as aside,
            _locked_folder(Path(aside)),
        ):
            prepared = Path(aside) / target.name
            prepared.mkdir()
            for name, data in contents.items():
                _write_flushed(prepared / name, data)
            prepared.replace(target)


def _write_flushed(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


@contextmanager
def _locked_folder(folder: Path) -> Iterator[None]:
    """Lock a folder; raise `OSError` if another process holds the lock. Windows has no such."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle)
        yield
    finally:
        os.close(handle)


def _sweep_folders(parent: Path, prefix: str) -> None:
    """Remove the temporary folders that interrupted writes left, except on Windows."""
    if sys.platform == "win32":
        return
    for path in list(parent.iterdir()):
        is_left = path.name.startswith(prefix) and path.name.endswith(_PART)
        if is_left and path.is_dir() and not path.is_symlink():
            with suppress(OSError), _locked_folder(path):
                shutil.rmtree(path)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def sweep(folder: Path, name: str = "") -> None:
    """Remove the temporary files that interrupted writes left in a folder.

    Files that another process is writing, and files that cannot be removed, stay.

    Parameters
    ----------
    folder
        The folder.
    name
        The target file whose temporary files are removed; empty for all.
    """
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if path.name.startswith(f".{name}") and path.name.endswith(_PART):
                with suppress(OSError):
                    _remove_unless_locked(path)


def _remove_unless_locked(path: Path) -> None:
    """Remove a file unless its writer holds it: by a lock, or on Windows by having it open."""
    with open(path, "rb", opener=_open_nonblocking) as stream:
        _lock(stream.fileno())
    path.unlink()


def _lock(handle: int) -> None:
    """Lock an open file; raise `OSError` if another process holds the lock."""
    if sys.platform != "win32":
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def append_text(path: Path, text: str) -> None:
    """Append to a text file, creating it if needed, and flush it to disk.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    try:
        with open(path, "a", encoding="utf-8", newline="\n", opener=_open_nonblocking) as stream:
            stream.write(text)
            stream.flush()
            if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                os.fsync(stream.fileno())
    except OSError as error:
        raise FileError("unwritable", path=path, reason=error.strerror or str(error)) from None
