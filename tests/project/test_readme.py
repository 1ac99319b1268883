"""Every command and snippet of the README runs."""

import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from itertools import takewhile
from pathlib import Path

import pytest

from tests.support import pseudo
from tests.support.command import gxq
from tests.support.previews import preview
from tests.support.zones import edit
from tests.versions.test_changed_lines import git

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    shlex.split(line, comments=True)
    for language, block in BLOCKS
    if language == "bash"
    for line in block.splitlines()
    if line.strip() and not line.startswith("#")
]
SNIPPETS = [block for language, block in BLOCKS if language == "python"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a planner has it: the layers, and those of last month, which git has, too."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / "layers", folder / "layers")
    if shutil.which("git"):
        git(folder, "init", "-q")
    for month in ("09", "10"):
        edit(folder / "layers" / "sites.geojson", "AQ-015", "updated", f"2026-{month}-30")
        if shutil.which("git"):
            git(folder, "add", "layers")
            git(folder, "commit", "-q", "-m", month)
    shutil.copytree(folder / "layers", folder / "上月")
    edit(folder / "layers" / "sites.geojson", "AQ-015", "status", "negotiating")
    (folder / "my_words").mkdir()
    pseudo.write(folder / "my_words", "ja")
    return folder


def settings(command: list[str]) -> dict[str, str]:
    """The environment that stands before a command: NAME=value."""
    return dict(part.split("=", 1) for part in takewhile(lambda part: "=" in part, command))


def test_the_readme_has_commands_and_snippets() -> None:
    assert {command[len(settings(command))] for command in COMMANDS} == {"make", "pip", "gxq"}
    assert SNIPPETS


ENDLESS = [c for c in COMMANDS if c[:2] == ["gxq", "preview"]]


@pytest.mark.parametrize("command", ENDLESS, ids=" ".join)
def test_gxq_command_that_runs_until_it_is_ended(desk: Path, command: list[str]) -> None:
    with preview(*command[2:], cwd=desk, BROWSER=f"{sys.executable} -c pass %s") as one:
        assert one.login()


ENDING = [c for c in COMMANDS if c[len(settings(c))] == "gxq" and c not in ENDLESS]


@pytest.mark.parametrize("command", ENDING, ids=" ".join)
def test_gxq_command(desk: Path, command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    extra = settings(command)
    for name, value in extra.items():
        monkeypatch.setenv(name, value)
    done = gxq(*command[len(extra) + 1 :])
    assert done.status == 0, done.out + done.err


def test_the_line_shown_is_what_check_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's example: an area typed in 公顷 where 亩 was meant."""
    (shown,) = [block.strip() for language, block in BLOCKS if language == "text"]
    shutil.copytree(ROOT / "layers", tmp_path / "layers")
    path = tmp_path / "layers" / "sites.geojson"
    pattern = r'("site_id":"AQ-015".*?"area_mu":)175\.9'
    path.write_text(re.sub(pattern, r"\g<1>11.7", path.read_text("utf-8")), "utf-8")
    monkeypatch.chdir(tmp_path)
    done = gxq("check")
    assert done.status == 1
    assert f"{shown}\n" in done.out


@pytest.mark.parametrize("command", [c for c in COMMANDS if c[0] == "make"], ids=" ".join)
def test_make_target_exists(command: list[str]) -> None:
    done = subprocess.run(["make", "-n", *command[1:]], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0


@pytest.mark.slow
def test_an_installed_wheel_makes_the_map(tmp_path: Path) -> None:
    """``pip install .``: the wheel carries everything, and needs nothing of the checkout."""
    assert ["pip", "install", "."] in COMMANDS
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    built = [*pip, "wheel", ".", "--no-deps", "--no-build-isolation", "-w", str(tmp_path)]
    subprocess.run(built, cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        licenses = [name for name in packed.namelist() if ".dist-info/licenses/" in name]
    assert {name.rpartition("/")[2] for name in licenses} == {"LICENSE", "notices.txt"}
    site = tmp_path / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True)
    script = (
        f"import sys; sys.path.insert(0, {str(site)!r}); sys.argv[0] = 'gxq';"
        "import gxq_geo.cli.app as cli; assert cli.__file__.startswith(sys.path[0]); cli.main()"
    )
    for words in (["example", "layers"], ["check"], ["map"]):
        done = subprocess.run(
            [sys.executable, "-I", "-c", script, *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "build" / "investment_map.html").stat().st_size > 100_000


@pytest.mark.slow
def test_a_source_distribution_has_what_make_needs(tmp_path: Path) -> None:
    script = "import sys; from hatchling.build import build_sdist; build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    needed = set(re.findall(r"\.ci/[\w.-]+", (ROOT / "Makefile").read_text("utf-8")))
    assert {".ci/constraints.txt", ".ci/deno.json", ".ci/oxlintrc.json"} <= needed <= names
    assert {"Makefile", "LICENSE", "README.md", "gxq_geo/data/notices.txt"} <= names


@pytest.mark.slow
@pytest.mark.parametrize("snippet", SNIPPETS)
def test_python_snippet(desk: Path, snippet: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", snippet],
        cwd=desk,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (desk / "investment_map.html").exists()


def test_pictures_and_links_exist() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
