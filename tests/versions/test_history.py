"""Earlier states from git: comparison of two revisions, and the history of a record."""

import json
import os
import shutil
from pathlib import Path

import pytest

from gxq_geo.formats import files
from gxq_geo.schemas import schema
from gxq_geo.versions import git as vcs
from gxq_geo.versions.history import LayerCache, history, state
from gxq_geo.versions.wording import change_texts
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import layer
from tests.support.bureau import bureau
from tests.support.command import Done, gxq
from tests.support.zones import edit, load_features, remove
from tests.versions.test_changed_lines import git

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")


@pytest.fixture(scope="module", autouse=True)
def plain_git() -> object:
    """Ignore the git configuration of the user."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("GIT_"):
                patch.delenv(name)
        yield


def commit(folder: Path, subject: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", subject)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a repository with a year of commits."""
    home = tmp_path_factory.mktemp("repo")
    folder = bureau(home / "layers")
    sites = folder / "sites.geojson"
    git(home, "init", "-q", "-b", "main")
    commit(home, "首批地块")
    edit(sites, "A-1", "status", "negotiating")
    commit(home, "A-1 开始洽谈")
    good = sites.read_bytes()
    sites.write_text('{"type":"FeatureColl')
    commit(home, "broken")
    sites.write_bytes(good)
    commit(home, "mended")
    git(home, "checkout", "-q", "-b", "side")
    edit(sites, "A-1", "area_mu", 16)
    commit(home, "面积复核")
    git(home, "checkout", "-q", "main")
    edit(folder / "projects.csv", "P-2", "stage", "operating")
    commit(home, "P-2 投产")
    git(home, "merge", "-q", "side", "-m", "merge")
    edit(sites, "A-1", "site_id", "A-100")
    remove(sites, "C-3")
    commit(home, "改编号")
    sites.write_text(json.dumps(json.loads(sites.read_text("utf-8")), indent=2), "utf-8")
    commit(home, "another writing")
    frame = layer.read(sites, schema().layers["sites"]).frame
    layer.write(frame, folder / "sites.gpkg", schema().layers["sites"])
    sites.unlink()
    commit(home, "as GeoPackage")
    return folder


@pytest.fixture
def folder(source: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(source.parent, tmp_path / "repo")) / "layers"


def told(folder: Path, identity: str, layer_name: str = "") -> list[tuple[str, ...]]:
    out = []
    for one in history(folder, identity, layer_name).entries:
        said = [line for n in change_texts(one.difference, "zh") for line in n.lines]
        out.append((one.commit.subject if one.commit else "", *said))
    return out


# ------------------------------------------------------------------ a record


def test_the_history_of_a_site_through_formats_and_ids(folder: Path) -> None:
    """New notation, another file format and a merge are no changes; a changed id is followed."""
    assert told(folder, "A-100") == [
        ("改编号", "改了编号：图形相同，8 项内容中 8 项相同"),
        ("面积复核", "面积：15.0 亩 → 16.0 亩"),
        ("broken",),
        ("A-1 开始洽谈", "状态：可供 → 洽谈中"),
        ("首批地块", "示例，可供，15.0 亩，一类工业用地 M1"),
    ]
    # Under its old id, too, which no file holds today.
    assert told(folder, "A-1") == told(folder, "A-100")
    assert told(folder, "P-2") == [
        ("P-2 投产", "阶段：在建 → 投产"),
        ("首批地块", "在建，示例，示例，示例"),
    ]


def test_what_is_gone_and_what_is_not_committed(folder: Path) -> None:
    gone = history(folder, "C-3")
    assert [one.difference.changes[0].kind for one in gone.entries if not one.broken] == [
        "removed",
        "added",
    ]
    edit(folder / "projects.csv", "P-2", "investment_yi", 3)
    assert told(folder, "P-2")[0] == ("", "投资额：2 亿元 → 3 亿元")
    done = gxq("log", "P-2", "--folder", folder, "--lang", "en")
    assert done.status == 0, done.err
    assert "Not committed yet\n    Investment: CNY 200 million → CNY 300 million" in done.out


def test_the_history_as_json_and_text(folder: Path) -> None:
    done = gxq("log", "A-100", "--folder", folder, "--format", "json", "--lang", "zh")
    said = json.loads(done.out)
    assert (said["layer"], said["id"], said["shallow"]) == ("sites", "A-100", False)
    subjects = [one["subject"] for one in said["entries"]]
    assert subjects == ["改编号", "面积复核", "broken", "A-1 开始洽谈", "首批地块"]
    assert said["entries"][2]["broken"]
    assert {len(one["commit"]) for one in said["entries"]} == {40}
    (change,) = said["entries"][1]["changes"]
    assert change["fields"] == [{"field": "area_mu", "unit": "mu", "old": 15.0, "new": 16.0}]
    text = gxq("log", "A-100", "--folder", folder, "--lang", "zh").out
    places = [text.index(subject) for subject in subjects]
    assert places == sorted(places)
    assert "A-1 → A-100" in text
    assert "该次提交的文件无法读取" in text


def test_an_id_of_several_layers_asks_which(folder: Path) -> None:
    edit(folder / "projects.csv", "P-2", "project_id", "K-1")
    done = gxq("log", "K-1", "--folder", folder, "--lang", "en")
    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert "carriers, projects" in done.err
    done = gxq("log", "K-1", "--folder", folder, "--lang", "en", "--layer", "carriers")
    assert done.status == 0
    assert "Added" in done.out
    done = gxq("log", "K-1", "--folder", folder, "--lang", "zh", "--layer", "载体")
    assert (done.status, "K-1：在载体" in done.out) == (0, True)
    done = gxq("log", "K-1", "--folder", folder, "--lang", "en", "--layer", "园区")
    assert (done.status, "is a record of the layer carriers, projects" in done.err) == (2, True)
    done = gxq("log", "K-1", "--folder", folder, "--lang", "en", "--layer", "carrier")
    assert done.status == 2


@pytest.mark.parametrize("identity", ["A-1000", "", "--output=stolen", "\n", "sites", "A"])
def test_an_id_that_never_was(folder: Path, identity: str) -> None:
    done = gxq("log", "--folder", folder, "--lang", "en", "--", identity)
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1), done.err
    assert "has no record" in done.err
    if identity == "A-1000":
        assert "Did you mean A-100?" in done.err


def test_a_part_of_the_history_says_so(folder: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "3", folder.parent.as_uri(), "part")
    done = gxq("log", "B-1", "--folder", tmp_path / "part" / "layers", "--lang", "en")
    assert done.status == 0, done.err
    assert "only a part of the history" in done.out


def test_authors_and_subjects_do_not_steer_the_terminal(folder: Path) -> None:
    edit(folder / "projects.csv", "P-2", "investment_yi", 4)
    git(folder, "commit", "-qam", "a\x1b[31mb", "--author", "甲\x07乙 <x@example.org>")
    done = gxq("log", "P-2", "--folder", folder, "--lang", "en")
    assert done.status == 0
    assert "\x1b" not in done.out
    assert "a\\x1b[31mb" in done.out


def test_git_is_asked_as_often_for_a_long_history(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    run = vcs._run

    def counted(at: Path, words: tuple[str, ...], stdin: bytes = b"") -> object:
        asked.append(words)
        return run(at, words, stdin)

    monkeypatch.setattr(vcs, "_run", counted)
    assert len(told(folder, "B-1")) == 2
    few = len(asked)
    for k in range(8):
        edit(folder / "projects.csv", "P-3", "investment_yi", k + 2)
        commit(folder, f"more {k}")
    asked.clear()
    assert len(told(folder, "P-3")) == 9
    assert len(asked) == few


# ------------------------------------------------------------------ two states


def compared(folder: Path, *states: str | Path) -> Done:
    return gxq("diff", "--folder", folder, "--lang", "zh", "--", *states)


def test_revisions_and_folders_are_compared(folder: Path, tmp_path: Path) -> None:
    done = compared(folder, "main~3", "main~2")
    assert done.status == 0, done.err
    assert "main~3 → main~2" in done.out
    assert "地块（sites）：删除 1，改动 1\n" in done.out
    assert "A-1 → A-100（地块 A-1）" in done.out
    # Notation and format do not count; without a second name, the current folder is compared.
    assert "没有改动" in compared(folder, "main~2", "main").out
    assert "没有改动" in compared(folder, "main~1").out
    edit(folder / "projects.csv", "P-2", "investment_yi", 3)
    assert "投资额：2 亿元 → 3 亿元" in compared(folder, "HEAD").out
    other = shutil.copytree(folder, tmp_path / "other")
    assert "没有改动" in compared(folder, other, folder).out
    assert "投资额：3 亿元 → 2 亿元" in compared(folder, other, "HEAD").out


def test_a_file_that_did_not_change_is_read_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    own = layer.read

    def counted(path: Path, of: object) -> object:
        read.append(path.name)
        return own(path, of)  # type: ignore[arg-type]

    monkeypatch.setattr(layer, "read", counted)
    cache = LayerCache()
    state("main~4", folder, cache=cache)
    state("main~5", folder, cache=cache)
    assert {name for name in read if read.count(name) > 1} == {"projects.csv"}


ODD = [
    "--upload-pack=touch stolen",
    "-p",
    "nowhere",
    "HEAD:layers",
    "HEAD..main",
    "",
    "a b",
    "../x",
]


@pytest.mark.parametrize("revision", ODD)
def test_an_odd_revision_is_one_clear_line(folder: Path, revision: str) -> None:
    done = compared(folder, revision, "HEAD")
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert "既不是文件夹" in done.err
    assert not list(folder.parents[2].rglob("stolen"))


def test_outside_a_repository_and_before_there_were_layers(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(folder.parent, "mv", "layers", "renamed")
    commit(folder.parent, "moved")
    done = compared(folder.parent / "renamed", "HEAD~1")
    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert "没有 zone.toml" in done.err
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    alone = bureau(tmp_path / "alone")
    for done in (compared(alone, "HEAD"), gxq("log", "A-1", "--folder", alone, "--lang", "zh")):
        assert (done.status, len(done.err.splitlines())) == (2, 1)
        assert "不在 git 仓库中" in done.err
    done = compared(tmp_path / "nowhere", "HEAD")
    assert (done.status, len(done.err.splitlines())) == (2, 1)


def test_a_state_that_cannot_be_read_is_refused(folder: Path) -> None:
    """A file that cannot be read is an error: its records would seem to be removed."""
    done = compared(folder, "main~6", "main")
    assert (done.status, done.out) == (1, "")
    assert "sites.geojson" in done.err
    assert "/tmp" not in done.err.replace(str(folder), "")
    git(folder, "checkout", "-q", "main~3", "--", ".")
    (folder / "sites.gpkg").unlink()
    features = load_features(folder / "sites.geojson")
    features[0]["geometry"]["coordinates"] = [[[0, 0], [1, 1]]]
    (folder / "sites.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features})
    )
    done = compared(folder, "main~3")
    assert done.status == 0
    assert "1 条记录的内容无法读取" in done.err


def test_nothing_that_the_repository_names_is_run(folder: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
    trap.chmod(0o755)
    names = (
        "diff.external core.fsmonitor diff.x.textconv filter.x.smudge filter.x.clean gpg.program"
    )
    for setting in (*names.split(), "core.pager", "core.sshCommand"):
        git(folder, "config", setting, str(trap))
    for name in ("log.showSignature", "filter.x.required"):
        git(folder, "config", name, "true")
    (folder.parent / ".gitattributes").write_text(
        "*.geojson diff=x filter=x\n*.csv diff=x filter=x\n"
    )
    assert compared(folder, "main~5", "main").status == 0
    assert gxq("log", "A-100", "--folder", folder).status == 0
    assert not (tmp_path / "ran").exists()


def test_a_file_of_long_ago_may_be_no_larger_than_one_of_today(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = shutil.copytree(folder, folder.with_name("small"))
    (other / "sites.gpkg").unlink()
    limit = max(path.stat().st_size for path in other.iterdir())
    monkeypatch.setattr(files, "MAX_BYTES", limit)
    done = compared(folder, other, "HEAD")
    assert (done.status, len(done.err.splitlines())) == (2, 1), done.err


def test_a_link_that_somebody_committed_is_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("sector_id\nsecret\n")
    (folder / "sectors.csv").unlink()
    (folder / "sectors.csv").symlink_to(secret)
    commit(folder, "a link")
    with pytest.raises(GxqError):
        state("HEAD", folder, cache=LayerCache())
