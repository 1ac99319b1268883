"""Files: reads with clear errors, atomic writes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from gxq_geo.formats import files
from gxq_geo.formats.files import fingerprint, read_bytes, write_bytes
from gxq_geo.words.errors import FileError


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "sites.geojson"
    path.write_bytes(b"old")
    return path


def refused(action: Callable[[], object]) -> str:
    """The slug of the error that an action raises; its message is one line in both languages."""
    with pytest.raises(FileError) as caught:
        action()
    for lang in ("zh", "en"):
        assert caught.value.say(lang).count("\n") == 0
    return caught.value.slug


def test_writes_a_new_file(tmp_path: Path) -> None:
    write_bytes(tmp_path / "new.csv", b"data")
    assert (tmp_path / "new.csv").read_bytes() == b"data"
    assert [path.name for path in tmp_path.iterdir()] == ["new.csv"]


def test_replaces_what_was_read(target: Path) -> None:
    write_bytes(target, b"new", expected=fingerprint(read_bytes(target)))
    assert target.read_bytes() == b"new"


def test_leaves_a_file_alone_that_changed_since(target: Path) -> None:
    read = fingerprint(read_bytes(target))
    target.write_bytes(b"somebody else's")
    assert refused(lambda: write_bytes(target, b"new", expected=read)) == "changed"
    assert target.read_bytes() == b"somebody else's"


def test_a_file_that_vanished_since_is_not_made_anew(target: Path) -> None:
    read = fingerprint(read_bytes(target))
    target.unlink()
    assert refused(lambda: write_bytes(target, b"new", expected=read)) == "no-file"
    assert not target.exists()


@pytest.mark.parametrize("step", ["fsync", "replace", "write"])
def test_a_failure_loses_nothing(target: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    elif step == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    else:
        monkeypatch.setattr(os, "fdopen", fail)
    assert refused(lambda: write_bytes(target, b"new")) == "unwritable"
    assert target.read_bytes() == b"old"
    assert [path.name for path in target.parent.iterdir()] == ["sites.geojson"]


def test_an_interruption_loses_nothing(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(target, b"new")
    assert target.read_bytes() == b"old"
    assert len(list(target.parent.iterdir())) == 1


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664])
def test_keeps_the_permissions(target: Path, mode: int) -> None:
    target.chmod(mode)
    write_bytes(target, b"new")
    assert target.stat().st_mode & 0o777 == mode


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_bytes(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_link_is_written_through(target: Path) -> None:
    link = target.with_name("link.geojson")
    link.symlink_to(target)
    write_bytes(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_refuses_a_folder_as_target(tmp_path: Path) -> None:
    assert refused(lambda: write_bytes(tmp_path, b"new")) == "is-folder"


def test_refuses_a_missing_folder(tmp_path: Path) -> None:
    assert refused(lambda: write_bytes(tmp_path / "no" / "file", b"new")) == "unwritable"
    assert not (tmp_path / "no").exists()


def test_reading_what_is_not_there(tmp_path: Path) -> None:
    assert refused(lambda: read_bytes(tmp_path / "nothing.csv")) == "no-file"
    assert refused(lambda: read_bytes(tmp_path)) == "is-folder"


def test_reading_a_link_to_itself(tmp_path: Path) -> None:
    loop = tmp_path / "loop.csv"
    loop.symlink_to(loop)
    assert refused(lambda: read_bytes(loop)) == "link-outside"


def test_a_link_is_followed_within_its_folder_only(target: Path) -> None:
    near, far = target.with_name("near"), target.parent / "sub" / "far"
    far.parent.mkdir()
    near.symlink_to(target)
    far.symlink_to(target)
    assert read_bytes(near) == b"old"
    assert refused(lambda: read_bytes(far)) == "link-outside"


def test_reading_a_huge_file_is_refused(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 2)
    assert refused(lambda: read_bytes(target)) == "too-large"


def test_several_files_are_replaced_together(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"1")
    files.write_all([files.Write(one, b"a"), files.Write(two, b"b")])
    assert (one.read_bytes(), two.read_bytes()) == (b"a", b"b")
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}


def test_the_first_file_is_restored_if_the_second_cannot_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, new, last = tmp_path / "one", tmp_path / "new", tmp_path / "last"
    one.write_bytes(b"1")
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "last":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(FileError) as caught:
        files.write_all([files.Write(path, b"x") for path in (one, new, last)])
    assert caught.value.slug == "unwritable"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"one": b"1"}


def test_no_file_is_replaced_if_one_has_changed(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"1")
    two.write_bytes(b"2")
    with pytest.raises(FileError) as caught:
        files.write_all([files.Write(one, b"a"), files.Write(two, b"b", files.fingerprint(b"3"))])
    assert caught.value.slug == "changed"
    assert one.read_bytes() == b"1"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_folder_that_cannot_be_written_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fails(path: Path, target: Path) -> NoReturn:
        assert (path / "zone.toml").exists()
        raise error

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises((FileError, KeyboardInterrupt)):
        files.write_folder(tmp_path / "layers", {"zone.toml": b"x"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not locked")
def test_a_killed_write_makes_no_folder_and_the_next_one_sweeps(tmp_path: Path) -> None:
    script = (
        "import os, sys, pathlib; from gxq_geo.formats import files\n"
        "pathlib.Path.replace = lambda *_: os.kill(os.getpid(), 9)\n"
        "files.write_folder(pathlib.Path(sys.argv[1]), {'a': b'1'})"
    )
    target = tmp_path / "layers"
    done = subprocess.run([sys.executable, "-c", script, str(target)], check=False)
    assert done.returncode == -9
    (left,) = tmp_path.iterdir()
    assert left.name != "layers"
    (tmp_path / ".layers.mine").mkdir()
    files.write_folder(target, {"a": b"1"})
    assert {path.name for path in tmp_path.iterdir()} == {".layers.mine", "layers"}
