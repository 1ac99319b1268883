"""Find and copy the example zone of the package."""

import shutil
import tempfile
from pathlib import Path

from gxq_geo.words.errors import FileError

_HERE = Path(__file__).parents[1]


def example_folder() -> Path:
    """Return the folder of the example: inside an installed package, beside it in a checkout.

    Raises
    ------
    FileError
        If the package has no example.
    """
    for folder in (_HERE / "example", _HERE.parent / "layers"):
        if (folder / "zone.toml").exists():
            return folder
    raise FileError("no-example")


def copy_example(target: Path | str) -> Path:
    """Copy the example into a new or an empty folder, atomically.

    Raises
    ------
    FileError
        If the folder is not empty, or cannot be written.
    """
    folder = Path(target).resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileError("not-empty", path=target)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".gxq-") as aside:
            copy = Path(aside) / folder.name
            shutil.copytree(example_folder(), copy)
            copy.replace(folder)
    except OSError as error:
        raise FileError("unwritable", path=target, reason=error.strerror or str(error)) from None
    return folder
