"""A copy of a zone in which some files are changed, to check a change before it is made."""

import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def changed_copy(
    folder: Path, changed: Mapping[Path, bytes], names: Collection[str] | None = None
) -> Iterator[Path]:
    """Give a folder as it will be: a temporary copy, or the folder itself if nothing changes.

    Parameters
    ----------
    folder
        The folder; its unchanged files are linked, not copied, where the system can.
    changed
        The new contents of files, by path; a file that does not exist yet is added.
    names
        The names of the files to copy; by default all.
    """
    if not changed:
        yield folder
        return
    with tempfile.TemporaryDirectory() as temporary:
        for path in folder.iterdir():
            wanted = names is None or path.name in names
            if wanted and path not in changed and path.is_file():
                _link(path, Path(temporary) / path.name)
        for path, data in changed.items():
            (Path(temporary) / path.name).write_bytes(data)
        yield Path(temporary)


def _link(path: Path, copy: Path) -> None:
    try:
        copy.hardlink_to(path.resolve())
    except OSError:
        shutil.copyfile(path, copy)
