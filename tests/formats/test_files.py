"""Files: reads with clear errors, atomic writes."""

import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

from gxq_geo.formats import files
from gxq_geo.formats.files import fingerprint, leftovers, read_bytes, reading, write_bytes, writing
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


@pytest.fixture(params=["exchange", "replace"])
def each_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A system that exchanges two files in one step, and one that does not."""
    if request.param == "replace":
        monkeypatch.setattr(writing, "swap", lambda *_: False)
    elif sys.platform != "linux":
        pytest.skip("only Linux exchanges files")
    return str(request.param)


@pytest.mark.parametrize("step", ["fsync", "place", "write"])
def test_a_failure_loses_nothing(
    target: Path, monkeypatch: pytest.MonkeyPatch, step: str, each_system: str
) -> None:
    def fail(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    elif step == "place" and each_system == "exchange":
        monkeypatch.setattr(writing, "swap", fail)
    elif step == "place":
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
    monkeypatch.setattr(reading, "MAX_BYTES", 2)
    assert refused(lambda: read_bytes(target)) == "too-large"


def test_several_files_are_replaced_together(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"1")
    files.write_all([files.Write(one, b"a"), files.Write(two, b"b")])
    assert (one.read_bytes(), two.read_bytes()) == (b"a", b"b")
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}


@pytest.mark.usefixtures("each_system")
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


# ------------------------------------------------------------------ saves of others


def saved_while(
    monkeypatch: pytest.MonkeyPatch, name: str, save: Callable[[], object], on_call: int = 1
) -> None:
    """Let an editor save right before a call of one of the steps of a write."""
    step, calls = getattr(writing, name), []

    def after_a_save(*given: object) -> object:
        calls.append(given)
        if len(calls) == on_call:
            save()
        return step(*given)

    monkeypatch.setattr(writing, name, after_a_save)


def renamed_over(target: Path, text: str) -> Callable[[], object]:
    def save() -> None:
        aside = target.with_name("editor~")
        aside.write_text(text)
        aside.replace(target)

    return save


def saves(target: Path) -> dict[str, Callable[[], object]]:
    return {
        "in place": lambda: target.write_text("saved"),
        "renamed over": renamed_over(target, "saved"),
    }


@pytest.mark.usefixtures("each_system")
@pytest.mark.parametrize("how", ["in place", "renamed over"])
def test_a_save_right_before_the_replacement_is_kept(
    target: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    read = fingerprint(read_bytes(target))
    saved_while(monkeypatch, "swap", saves(target)[how])
    assert refused(lambda: write_bytes(target, b"new", expected=read)) == "changed"
    assert target.read_text() == "saved"
    assert [path.name for path in target.parent.iterdir()] == ["sites.geojson"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges files")
def test_a_second_save_before_the_first_is_put_back_is_the_one_that_stays(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = fingerprint(read_bytes(target))
    saved_while(monkeypatch, "swap", renamed_over(target, "second"), on_call=2)
    saved_while(monkeypatch, "swap", renamed_over(target, "first"))
    assert refused(lambda: write_bytes(target, b"new", expected=read)) == "changed"
    assert target.read_text() == "second"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges files")
def test_a_save_is_kept_though_the_file_is_renamed_away_meanwhile(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some editors rename the old file, and only then write the new one."""
    read = fingerprint(read_bytes(target))
    saved_while(monkeypatch, "swap", lambda: target.rename(target.with_name("old~")), on_call=2)
    saved_while(monkeypatch, "swap", renamed_over(target, "saved"))
    assert refused(lambda: write_bytes(target, b"new", expected=read)) == "changed"
    assert target.read_text() == "saved"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open")
def test_an_editor_that_is_still_writing_is_waited_for(target: Path) -> None:
    read = fingerprint(read_bytes(target))
    with target.open("r+") as stream:
        writer = threading.Timer(0.1, stream.close)
        stream.write("saved")
        writer.start()
        assert refused(lambda: write_bytes(target, b"new", expected=read)) == "changed"
        writer.join()
    assert target.read_text() == "saved"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open")
def test_a_file_that_stays_open_for_writing_is_left_alone(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PATIENCE", 0.05)
    read = fingerprint(read_bytes(target))
    with target.open("a"):
        assert refused(lambda: write_bytes(target, b"new", expected=read)) == "changed"
    assert target.read_bytes() == b"old"


def test_what_a_twin_wrote_is_not_claimed(target: Path) -> None:
    read = fingerprint(read_bytes(target))
    assert write_bytes(target, b"new", expected=read)
    assert not write_bytes(target, b"new", expected=read)


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not locked")
def test_one_writer_a_folder(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "PATIENCE", 0.05)
    left = target.with_name(".sites.geojson.abcd.gxq-part")
    left.touch()
    with leftovers.one_writer(target.parent):
        files.sweep(target.parent)
        assert left.exists()
        assert refused(lambda: write_bytes(target, b"new")) == "busy"
    write_bytes(target, b"new")
    assert not left.exists()


# ------------------------------------------------------------------ what is no regular file

needs_nodes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such nodes")


def is_fifo(path: Path) -> bool:
    return stat.S_ISFIFO(path.stat().st_mode)


def read_from(handle: int, size: int) -> bytes:
    found = b""
    while len(found) < size:
        with suppress(BlockingIOError):
            found += os.read(handle, size)
    return found


@needs_nodes
@pytest.mark.parametrize("by", ["itself", "link"])
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path, by: str) -> None:
    pipe = path = tmp_path / "pipe"
    os.mkfifo(pipe)
    if by == "link":
        path = tmp_path / "map.html"
        path.symlink_to(pipe)
    data = b"0123456789" * 50_000
    with ThreadPoolExecutor(1) as pool:
        handle = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        read = pool.submit(read_from, handle, len(data))
        write_bytes(path, data)
        assert read.result(timeout=20) == data
        os.close(handle)
    assert is_fifo(pipe)
    assert path.is_symlink() == (by == "link")


@needs_nodes
def test_a_pipe_that_nobody_reads_does_not_block(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refused(lambda: write_bytes(pipe, b"x")) == "unwritable"
    assert is_fifo(pipe)


@pytest.mark.skipif(sys.platform == "win32", reason="no such nodes")
def test_a_terminal_is_written_to() -> None:
    master, slave = os.openpty()
    write_bytes(os.ttyname(slave), b"hello")
    assert os.read(master, 10) == b"hello"
    assert stat.S_ISCHR(Path(os.ttyname(slave)).stat().st_mode)
    os.close(master)
    os.close(slave)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such nodes")
def test_a_socket_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert refused(lambda: write_bytes(path, b"x")) == "special-file"
    assert stat.S_ISSOCK(path.stat().st_mode)


@needs_nodes
def test_a_layer_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refused(lambda: write_bytes(pipe, b"x", expected="1")) == "special-file"


@needs_nodes
def test_nothing_is_written_to_a_pipe_if_a_file_has_changed(tmp_path: Path) -> None:
    pipe, one = tmp_path / "pipe", tmp_path / "one"
    os.mkfifo(pipe)
    one.write_bytes(b"1")
    handle = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    writes = [files.Write(pipe, b"x"), files.Write(one, b"a", fingerprint(b"2"))]
    assert refused(lambda: files.write_all(writes)) == "changed"
    assert os.read(handle, 10) == b""
    os.close(handle)
