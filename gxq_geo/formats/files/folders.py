"""Create a folder with files: it appears with all of them or not at all."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gxq_geo.formats.files.errors import as_unwritable
from gxq_geo.formats.files.leftovers import PART, locked_folder, sweep_folders
from gxq_geo.words.errors import FileError


def check_new_folder(folder: Path) -> None:
    """Check that a folder can be created: it does not exist, or is empty.

    Raises
    ------
    FileError
        If it is not empty, or a file.
    """
    with as_unwritable(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise FileError("not-empty", path=folder)


def write_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Create a folder with files, atomically.

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
    with as_unwritable(folder):
        target.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{target.name}."
        sweep_folders(target.parent, prefix)
        with (
            tempfile.TemporaryDirectory(PART, prefix, target.parent) as aside,
            locked_folder(Path(aside)),
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
