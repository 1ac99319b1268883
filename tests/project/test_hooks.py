"""What a repository of layers is offered: pre-commit hooks, and what its CI runs."""

import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
import yaml

from gxq_geo.zone import layer_files
from tests.support.command import gxq

ROOT = Path(__file__).parents[2]
HOOKS = {
    hook["id"]: hook
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
}
README = (ROOT / "README.md").read_text("utf-8")
YAML = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)]


def test_hooks_have_what_pre_commit_asks_for() -> None:
    assert set(HOOKS) == {"gxq-check", "gxq-fmt"}
    for hook in HOOKS.values():
        assert {"id", "name", "entry", "language", "files"} <= set(hook)
        assert hook["language"] == "python"
        assert hook["pass_filenames"] is False


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_a_hook_runs_for_every_file_of_a_zone_and_for_no_other(hook: str) -> None:
    pattern = re.compile(HOOKS[hook]["files"])
    for path in (*layer_files(ROOT / "layers"), Path("layers/zone.toml"), Path("sites.gpkg")):
        assert pattern.search(path.as_posix())
    for name in ("README.md", "layers/README.md", "pyproject.toml", "a.geojson.bak", "myzone.toml"):
        assert not pattern.search(name)


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_a_hook_passes_our_own_layers(
    hook: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "layers", tmp_path / "layers")
    monkeypatch.chdir(tmp_path)
    program, *rest = shlex.split(HOOKS[hook]["entry"])
    assert program == "gxq"
    assert gxq(*rest).status == 0
    assert gxq(*rest, "layers").status == 0


def test_the_readme_offers_hooks_and_commands_that_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "layers", tmp_path / "layers")
    monkeypatch.chdir(tmp_path)
    config, workflow = YAML
    (repository,) = config["repos"]
    assert {hook["id"] for hook in repository["hooks"]} == set(HOOKS)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert repository["rev"] == f"v{version}"
    steps = [step["run"] for step in workflow["jobs"]["layers"]["steps"] if "run" in step]
    (plain,) = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    commands = [*steps, *re.split(r"&&|\n", plain.strip())]
    ours = [shlex.split(command)[1:] for command in commands if command.strip().startswith("gxq ")]
    assert len(ours) == 4
    for words in ours:
        assert gxq(*words).status == 0
