"""Errors of the operating system as errors of a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gxq_geo.words.errors import FileError


@contextmanager
def as_unwritable(path: Path) -> Iterator[None]:
    """Raise the errors of the system as a `FileError` that the file cannot be written."""
    try:
        yield
    except OSError as error:
        raise FileError("unwritable", path=path, reason=error.strerror or str(error)) from None
