"""`kill -9`, a full disk, a read-only folder: each file has its old or its new contents."""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gxq_geo.formats import files
from gxq_geo.formats.files import sweep, write_bytes
from gxq_geo.zone import open_zone
from tests.cli.test_app import lines, snapshot
from tests.support.command import gxq
from tests.support.nightly import times
from tests.support.zones import (
    block,
    edit,
    feature,
    load_features,
    load_rows,
    save_features,
    save_rows,
    tiny_zone,
)

MANY = 40
TIMES = times(2, MANY)
# Of the steps of the writes, every so many is tried.
STRIDE = times(4, 1)
HOME = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


def make_large(folder: Path) -> None:
    """Make files of some megabytes that need sorting and repairs, so that writing takes a while."""
    long = "很长的备注，" * 700
    sites = load_features(folder / "sites.geojson")
    for at in range(600):
        known = {**sites[0]["properties"], "site_id": f"E-{at}", "name_zh": f" 地块 {at}"}
        shape = block(1000 + 10 * (at % 60), 10 * (at // 60), 8, 8)
        sites.append(feature("sites", {**known, "note_internal": long}, shape))
    save_features(folder / "sites.geojson", sites[::-1])
    projects = load_rows(folder / "projects.csv")
    for at in range(600):
        projects.append({**projects[0], "project_id": f"Q-{at}", "note_internal": f" {long}"})
    save_rows(folder / "projects.csv", projects[::-1])
    parks = load_features(folder / "parks.geojson")
    parks[0]["properties"]["note_internal"] = f" {long * 300}"
    save_features(folder / "parks.geojson", parks[::-1])


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
each_command = pytest.mark.parametrize(
    "words", [["fmt"], ["fix", "--apply", "--log", "fix.log"]], ids=" ".join
)


def killed(folder: Path, words: list[str], kills: int = 0) -> dict[str, int]:
    """Kill a command at random moments, or by default at steps of its writes."""
    program = [sys.executable, "-m", "tests.support.killed", folder, kills, STRIDE, *words, folder]
    environment = {**os.environ, "PYTHONPATH": str(HOME)}
    done = subprocess.run(
        [*map(str, program)], cwd=folder.parent, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, int] = json.loads(done.stdout)
    print(" ".join(words), found)
    assert (found["broken"], found["strange"], found["status"]) == (0, 0, 0)
    assert found["left_at_last"] == 0
    return found


@pytest.mark.slow
@pytest.mark.random
@needs_fork
@each_command
def test_killed_at_each_step_each_file_is_old_or_new(folder: Path, words: list[str]) -> None:
    for name in ("sites.geojson", "parks.geojson"):
        save_features(folder / name, load_features(folder / name)[::-1])
    save_rows(folder / "sectors.csv", load_rows(folder / "sectors.csv")[::-1])
    edit(folder / "sites.geojson", "D-1", "name_zh", " 地块 ")
    found = killed(folder, words)
    assert found["changes"] == 3
    # The kills were before, between, after and during the writes.
    assert min(found[state] for state in ("old", "both", "new", "left")) > 0


@pytest.mark.slow
@pytest.mark.random
@needs_fork
@each_command
def test_killed_at_any_moment_each_file_is_old_or_new(folder: Path, words: list[str]) -> None:
    make_large(folder)
    found = killed(folder, words, TIMES)
    assert found["changes"] == 3
    if TIMES >= MANY:
        assert found["both"]
        assert found["left"]


def test_what_a_killed_run_left_is_no_stranger_and_is_removed(folder: Path) -> None:
    left = folder / ".sites.geojson.abcd1234.gxq-part"
    left.write_bytes(b"{")
    theirs = folder / ".sites.geojson.swp"
    theirs.touch()
    assert open_zone(folder).issues == ()
    for command in (["check"], ["fmt", "--check"], ["fix"]):
        assert gxq(*command, folder).status == 0
        assert left.exists()
    gxq("fmt", folder)
    assert not left.exists()
    left.touch()
    gxq("fix", folder, "--apply")
    assert not left.exists()
    assert theirs.exists()


def test_what_another_is_writing_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[Path]] = []
    fsync = os.fsync

    def look(handle: int) -> None:
        sweep(folder)
        seen.append([path for path in folder.iterdir() if path.name.endswith(".gxq-part")])
        fsync(handle)

    monkeypatch.setattr(os, "fsync", look)
    write_bytes(folder / "sites.geojson", b"new")
    assert [len(some) for some in seen] == [1]
    assert (folder / "sites.geojson").read_bytes() == b"new"


# ------------------------------------------------------------------ failing writes


def untidy(folder: Path) -> None:
    save_features(folder / "sites.geojson", load_features(folder / "sites.geojson")[::-1])
    save_rows(folder / "sectors.csv", load_rows(folder / "sectors.csv")[::-1])


def run(*words: str | Path, before: Callable[[], None] | None = None, wrap: str = "") -> list[str]:
    """Exit status, then the lines of standard error."""
    command = [*wrap.split(), sys.executable, "-m", "gxq_geo", *map(str, words)]
    environment = {**os.environ, "GXQ_LANG": "en", "PYTHONPATH": str(HOME)}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, preexec_fn=before
    )
    assert "Traceback" not in done.stderr
    return [str(done.returncode), *done.stderr.splitlines()]


@pytest.mark.parametrize("words", [["fmt"], ["fix", "--apply"]], ids=" ".join)
def test_a_disk_that_is_full(folder: Path, words: list[str]) -> None:
    """A limit on file sizes simulates a full disk: only the table fits."""
    untidy(folder)
    before = snapshot(folder)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    status, *said = run(*words, folder, before=limit)
    assert (status, len(said)) == ("2", 1), said
    assert "sites.geojson cannot be written: File too large. The old file is as it was." in said[0]
    after = snapshot(folder)
    assert after.keys() == before.keys()
    assert [name for name in after if after[name] != before[name]] == ["sectors.csv"]


# Root can write to any folder unless it drops that capability.
WITHOUT_POWER = "setpriv --bounding-set=-all --inh-caps=-all"


@pytest.mark.parametrize("words", [["fmt"], ["fix", "--apply"]], ids=" ".join)
def test_a_folder_that_cannot_be_written(folder: Path, words: list[str]) -> None:
    wrap = "" if os.geteuid() else WITHOUT_POWER
    if wrap and not shutil.which("setpriv"):
        pytest.skip("root without setpriv may write anywhere")
    untidy(folder)
    before = snapshot(folder)
    folder.chmod(0o500)
    try:
        status, *said = run(*words, folder, wrap=wrap)
    finally:
        folder.chmod(0o700)
    assert (status, len(said)) == ("2", 2), said
    assert all("cannot be written: Permission denied" in line for line in said)
    assert snapshot(folder) == before


@pytest.mark.parametrize("name", ["/dev/full", "nowhere/fix.log", "."])
def test_a_log_that_cannot_be_written_stops_it_first(folder: Path, name: str) -> None:
    if name == "/dev/full" and not Path(name).exists():
        pytest.skip("no /dev/full")
    untidy(folder)
    before = snapshot(folder)
    done = gxq("fix", folder, "--apply", "--log", folder / name, "--lang", "en")
    assert done.status == 2
    assert "cannot be written" in done.err
    assert "Repaired" not in done.out
    changed = {key for key, data in snapshot(folder).items() if data != before[key]}
    assert changed <= ({"sites.geojson", "sectors.csv"} if name == "/dev/full" else set())
    lines(done)


def test_somebody_who_saves_meanwhile_is_not_overwritten(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    untidy(folder)
    theirs = b"somebody else's"
    write = files.write_bytes

    def late(path: Path, data: bytes, *, expected: str | None = None) -> None:
        if path.name == "sites.geojson":
            path.write_bytes(theirs)
        write(path, data, expected=expected)

    monkeypatch.setattr(files, "write_bytes", late)
    done = gxq("fix", folder, "--apply", "--lang", "en")
    assert done.status == 2
    assert "was changed by somebody" in done.err
    assert (folder / "sites.geojson").read_bytes() == theirs
