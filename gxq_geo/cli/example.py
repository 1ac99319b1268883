"""Find and copy the example zone of the package."""

from pathlib import Path

from gxq_geo.formats import files
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
    folder = Path(target)
    paths = [path for path in example_folder().iterdir() if path.is_file()]
    files.write_folder(folder, {path.name: files.read_bytes(path) for path in paths})
    return folder.resolve()
