"""``gxq check --since REV``: only changed lines; revisions and file names are no git options."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gxq_geo.versions import changed_lines
from gxq_geo.words.errors import GxqError
from gxq_geo.words.issues import Issue
from tests.support.command import Done, gxq
from tests.support.zones import edit, tiny_zone

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")

CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
WHO = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *WHO, *words], cwd=folder, check=True, capture_output=True, text=True, env=CLEAN
    )
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A zone in a repository, with an old mistake in D-1."""
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    home = tiny_zone(tmp_path / "repo" / "layers")
    edit(home / "sites.geojson", "D-1", "status", "old")
    git(tmp_path / "repo", "init", "-q", "-b", "main")
    git(tmp_path / "repo", "add", ".")
    git(tmp_path / "repo", "commit", "-q", "-m", "first")
    return home


def features(done: Done) -> list[str]:
    lines = [line for line in done.out.splitlines() if "[not-in-domain]" in line]
    return [line.split("] ", 1)[1].split()[0] for line in lines]


def since(folder: Path, revision: str = "HEAD") -> Done:
    names = "not-in-domain,layer-missing,layer-unknown"
    return gxq("check", folder, "--lang", "en", "--select", names, "--since", revision)


def test_only_changed_records_are_reported(folder: Path) -> None:
    before = since(folder)
    assert (before.status, features(before)) == (0, [])
    assert "since HEAD" in before.out
    edit(folder / "sites.geojson", "D-3", "status", "new")
    done = since(folder)
    assert (done.status, features(done)) == (1, ["D-3"])
    git(folder, "commit", "-qam", "second")
    assert features(since(folder)) == []
    assert features(since(folder, "HEAD~1")) == ["D-3"]
    assert features(since(folder / "sites.geojson", "main~1")) == ["D-3"]


def test_a_new_file_counts_whole_and_a_lost_one_too(folder: Path) -> None:
    shutil.copy(folder / "roads.geojson", folder / "raods.geojson")
    (folder / "zoning.geojson").unlink()
    (folder / "parks.geojson").unlink()
    out = since(folder).out
    assert "raods.geojson" in out
    assert "parks.geojson" in out
    assert features(since(folder)) == []


def test_names_are_only_names(folder: Path) -> None:
    (folder / '园区 "a"\n.geojson').write_text("{}")
    (folder / ":(top)x.geojson").write_text("{}")
    assert since(folder).out.count("[layer-unknown]") == 2
    git(folder, "add", "-A")
    assert since(folder).out.count("[layer-unknown]") == 2


@pytest.mark.parametrize(
    "revision",
    ["nowhere", "--output=stolen", "-p", "HEAD:layers", "", "HEAD..main", "a b", "\n", "^HEAD"],
)
def test_an_unknown_revision_is_one_clear_line(folder: Path, revision: str) -> None:
    done = since(folder, revision) if not revision.startswith("-") else None
    if done is None:
        done = gxq("check", folder, "--lang", "en", f"--since={revision}")
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert not list(folder.rglob("stolen"))


@pytest.mark.parametrize("length", [1_001, 300_000])
def test_a_very_long_revision_is_one_clear_line(folder: Path, length: int) -> None:
    revision = "x" * length
    for done in (since(folder, revision), gxq("diff", revision, folder)):
        assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
        assert len(done.err) < 300


def test_outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    done = since(tiny_zone(tmp_path / "layers"))
    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert "no git repository" in done.err


def test_without_git(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    done = since(folder)
    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert "Install git" in done.err


# What a repository's own configuration may name as a program, with the attributes that use it.
PROGRAMS = {
    "diff.external": "",
    "diff.x.command": "diff=x",
    "diff.x.textconv": "diff=x",
    "filter.x.clean": "filter=x",
    "filter.x.smudge": "filter=x",
    "filter.x.process": "filter=x",
    "core.fsmonitor": "",
    "core.pager": "",
    "pager.log": "",
    "pager.diff": "",
    "core.sshCommand": "",
    "core.editor": "",
    "core.hooksPath": "",
    "gpg.program": "",
    "credential.helper": "",
    "alias.rev-parse": "",
    "alias.ls-tree": "",
    "merge.x.driver": "merge=x",
}


@pytest.mark.parametrize("setting", PROGRAMS)
def test_nothing_that_the_repository_names_is_run(
    folder: Path, tmp_path: Path, setting: str
) -> None:
    edit(folder / "sites.geojson", "D-2", "status", "new")
    git(folder, "commit", "-qam", "second")
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
    trap.chmod(0o755)
    value = f"!{trap}" if setting.startswith("alias") else str(trap)
    if setting == "core.hooksPath":
        hooks = [trap.with_name(name) for name in ("post-index-change", "fsmonitor-watchman")]
        for hook in hooks:
            shutil.copy(trap, hook)
        value = str(tmp_path)
    git(folder, "config", setting, value)
    git(folder, "config", "log.showSignature", "true")
    git(folder, "config", "filter.x.required", "true")
    (folder.parent / ".gitattributes").write_text(f"*.geojson {PROGRAMS[setting]}\n")
    edit(folder / "sites.geojson", "D-3", "status", "new")
    assert features(since(folder)) == ["D-3"]
    assert gxq("diff", "HEAD~1", folder).status == 0
    assert gxq("log", folder, "D-2").status == 0
    assert not (tmp_path / "ran").exists()


def test_other_line_ends_are_no_change(folder: Path) -> None:
    path = folder / "sites.geojson"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert features(since(folder)) == []


def test_an_issue_without_a_line_stands_when_its_file_changed() -> None:
    found = changed_lines.Changes({"sites.geojson": (range(3, 5),), "new.csv": None, "cut.csv": ()})
    kept = [("sites.geojson", 3), ("sites.geojson", 4), ("sites.geojson", None), ("new.csv", 9)]
    left = [("sites.geojson", 2), ("sites.geojson", 5), ("parks.geojson", None), ("cut.csv", 1)]
    assert all(found.touch(Issue(file=file, line=line)) for file, line in kept)
    assert not any(found.touch(Issue(file=file, line=line)) for file, line in left)


def test_git_that_fails_is_an_error(folder: Path) -> None:
    tree = git(folder, "rev-parse", "HEAD:layers")
    (folder.parent / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(GxqError, match="git"):
        changed_lines.since(folder, "HEAD")
