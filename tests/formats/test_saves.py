"""Saves that an editor aims at the moment in which a file is replaced: none is lost."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gxq_geo.formats import files
from gxq_geo.words.errors import FileError
from tests.support.command import gxq
from tests.support.nightly import times
from tests.support.zones import edit, tiny_zone

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges files in one step"),
    pytest.mark.random,
]
SAVES = times(200, 5_000)
COMMANDS = times(4, 100)


class Editor:
    """An editor in a process of its own."""

    def __init__(self, target: Path) -> None:
        program = [sys.executable, "-m", "tests.support.editor", str(target)]
        self.process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def aim(self, delay: float, how: str, text: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{delay} {how} {text}\n")

    def wait(self) -> None:
        assert self.process.stdout
        assert self.process.stdout.readline() == "saved\n"

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers") / "sites.geojson"


@pytest.fixture
def editor(target: Path) -> Iterator[Editor]:
    one = Editor(target)
    target.write_text("first")
    one.aim(0, "in-place", "first")
    one.wait()
    yield one
    one.close()


each_way = pytest.mark.parametrize("how", ["in-place", "renamed"])


@each_way
def test_no_aimed_save_is_lost(target: Path, editor: Editor, how: str) -> None:
    generator, seen = random.Random(7), Counter[str]()
    old, new = b"o" * 100_000, b"n" * 100_000
    duration = 0.004
    for at in range(SAVES):
        target.write_bytes(old)
        editor.aim(generator.uniform(0, 1.5 * duration), how, f"saved-{at}")
        begin = time.perf_counter()
        try:
            files.write_bytes(target, new, expected=files.fingerprint(old))
            seen["written"] += 1
            duration += 0.1 * (time.perf_counter() - begin - duration)
        except FileError as error:
            seen[error.slug] += 1
        editor.wait()
        assert target.read_text() == f"saved-{at}"
    print(how, dict(seen))
    assert {
        path.name for path in target.parent.iterdir() if path.name.endswith(".gxq-part")
    } == set()
    # The saves came before, and after.
    assert min(seen["written"], seen["changed"]) > 0


@each_way
@pytest.mark.parametrize("command", [["fmt"], ["fix", "--apply"]], ids=" ".join)
def test_no_save_is_lost_to_a_command(target: Path, how: str, command: list[str]) -> None:
    folder, editor, generator = target.parent, Editor(target), random.Random(7)
    edit(target, "D-1", "name_zh", " 地块 ")
    before, duration = target.read_bytes(), 0.0
    for at in range(COMMANDS):
        target.write_bytes(before)
        begin = time.perf_counter()
        if at:
            editor.aim(generator.uniform(0.3, 1.1) * duration, how, f"saved-{at}")
        gxq(*command, folder)
        duration = duration or time.perf_counter() - begin
        if at:
            editor.wait()
            assert target.read_text() == f"saved-{at}"
    editor.close()
