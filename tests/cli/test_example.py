"""Test that the example zone is copied atomically and has no issues."""

from pathlib import Path
from typing import NoReturn

import pytest

from gxq_geo.cli import example
from gxq_geo.cli.example import copy_example, example_folder
from gxq_geo.words.errors import FileError
from tests.support.command import gxq
from tests.support.zones import tiny_zone


@pytest.fixture(autouse=True)
def small(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small zone in place of the real one."""
    package = tmp_path_factory.mktemp("package")
    monkeypatch.setattr(example, "_HERE", package)
    return tiny_zone(package / "example")


def test_the_copy_is_the_example(tmp_path: Path, small: Path) -> None:
    assert example_folder() == small
    copied = copy_example(tmp_path / "new" / "layers")
    assert {path.name: path.read_bytes() for path in copied.iterdir()} == {
        path.name: path.read_bytes() for path in small.iterdir()
    }
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["layers"]


def test_in_a_checkout_the_layers_stand_beside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example, "_HERE", tmp_path / "gxq_geo")
    with pytest.raises(FileError) as caught:
        example_folder()
    assert caught.value.slug == "no-example"
    layers = tiny_zone(tmp_path / "layers")
    assert example_folder() == layers


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    assert (copy_example(tmp_path) / "zone.toml").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = gxq("example", tmp_path, "--lang", "en")
    assert done.status == 2
    assert "not empty" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("target", ["mine.txt", "mine.txt/layers"])
def test_a_file_in_the_way_is_left_alone(tmp_path: Path, target: str) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = gxq("example", tmp_path / target, "--lang", "en")
    assert done.status == 2
    assert len((done.out + done.err).splitlines()) == 1
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(FileError, match="No space"):
        copy_example(tmp_path / "layers")
    assert list(tmp_path.iterdir()) == []


def test_the_way_in(tmp_path: Path) -> None:
    folder = tmp_path / "layers"
    done = gxq("example", folder, "--lang", "en")
    assert done.status == 0
    assert "gxq check" in done.out
    assert gxq("check", folder).status == 0
    assert gxq("fmt", folder, "--check").status == 0
