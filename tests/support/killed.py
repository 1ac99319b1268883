"""Run a command repeatedly and kill it each time at a different moment; see test_killed.py.

This is a separate program, since it forks: each child starts with all that the command imports, so
that the kills hit its work and not the imports.
"""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

from gxq_geo.cli.app import main
from gxq_geo.formats import files
from gxq_geo.formats.files import leftovers, writing

PART = ".gxq-part"
# The functions that change files, as others call them, and those that they call in turn: a child
# dies in one of them.
WRITERS = {"write_all": writing, "sweep": leftovers, "append_text": writing}
INNER = ("_staged", "put", "sweep_locked")
PLACES = {(module.__file__, name) for module in (writing, leftovers) for name in (*WRITERS, *INNER)}


def command(words: list[str]) -> int:
    """Run the command in this process; return its exit status."""
    sys.argv = ["gxq", *words]
    try:
        with (
            Path(os.devnull).open("w") as nowhere,
            redirect_stdout(nowhere),
            redirect_stderr(nowhere),
        ):
            main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def started(words: list[str], prepare: Callable[[], None] = lambda: None) -> int:
    child = os.fork()
    if child:
        return child
    prepare()
    os._exit(command(words))


def ended(child: int) -> int:
    """The exit status of a child; negative if a signal killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def parts(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.endswith(PART)]


# ------------------------------------------------------------------ moments


def at_step(step: int) -> Callable[[], None]:
    """Let this process kill itself before a line or the return of a writer, counted from 0."""
    steps = count()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        place = frame.f_code
        if (place.co_filename, place.co_name) not in PLACES:
            return None
        if event in ("line", "return") and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    def traced(write: Callable[..., Any], *given: Any) -> Any:
        # Only here: tracing slows down all that is called.
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            return write(*given)
        finally:
            sys.settrace(before)

    def prepare() -> None:
        for name, module in WRITERS.items():
            write = partial(traced, getattr(module, name))
            # `write_bytes` calls its module's, the commands those of the package.
            setattr(module, name, write)
            setattr(files, name, write)

    return prepare


def some_time(longest: float) -> Callable[[], None]:
    return lambda: time.sleep(random.uniform(0, longest))


def while_it_writes(folder: Path, longest: float) -> Callable[[], None]:
    """Wait until a temporary file appears, and up to 50 ms longer."""

    def wait() -> None:
        before, end = set(parts(folder)), time.monotonic() + longest
        while not set(parts(folder)) - before and time.monotonic() < end:
            time.sleep(0.0005)
        time.sleep(random.choice([0, random.uniform(0, 0.05)]))

    return wait


# ------------------------------------------------------------------ experiments


class Experiment:
    """A folder before and after a command, and the states of its files after each kill."""

    def __init__(self, folder: Path, words: list[str]) -> None:
        self.folder, self.words = folder, words
        self.paths = [path for path in sorted(folder.iterdir()) if path.is_file()]
        self.old = self.contents()
        # In this process, which imports what its children need.
        assert command(words) == 0
        self.new = self.contents()
        self.found = Counter(changes=sum(self.old[one] != self.new[one] for one in self.paths))

    def contents(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self.paths}

    def restore(self) -> None:
        for path, data in self.old.items():
            path.write_bytes(data)

    def note(self) -> None:
        """Count a state: all files old, all new, both, or broken."""
        now, old, new = self.contents(), self.old, self.new
        self.found["broken"] += any(now[one] not in (old[one], new[one]) for one in self.paths)
        states = {now[one] == new[one] for one in self.paths if old[one] != new[one]}
        self.found["both" if len(states) > 1 else "new" if True in states else "old"] += 1
        left = parts(self.folder)
        self.found["left"] += bool(left)
        self.found["strange"] += bool(set(self.folder.iterdir()) - {*self.paths, *left})

    def random_kills(self, times: int) -> None:
        self.restore()
        begin = time.monotonic()
        assert ended(started(self.words)) == 0
        longest = time.monotonic() - begin
        for at in range(times):
            self.restore()
            child = started(self.words)
            wait = while_it_writes(self.folder, longest) if at % 2 else some_time(longest)
            wait()
            os.kill(child, signal.SIGKILL)
            ended(child)
            self.note()

    def kills_at_steps(self, stride: int) -> None:
        for step in count(0, stride):
            self.restore()
            status = ended(started(self.words, at_step(step)))
            if status != -signal.SIGKILL:
                assert status == 0
                return
            self.note()

    def last_run(self) -> None:
        """A run that nobody kills completes, and removes what the killed ones left."""
        self.restore()
        os.close(os.open(self.folder / f".sites.geojson.rest{PART}", os.O_CREAT))
        self.found["status"] = ended(started(self.words))
        self.found["broken"] += self.contents() != self.new
        self.found["left_at_last"] = len(parts(self.folder))


if __name__ == "__main__":
    random.seed(1)
    home, times, every, *given = sys.argv[1:]
    experiment = Experiment(Path(home), given)
    if int(times):
        experiment.random_kills(int(times))
    else:
        experiment.kills_at_steps(int(every))
    experiment.last_run()
    print(json.dumps(dict(experiment.found)))
