"""Run a command repeatedly and kill it each time at a different moment; see test_killed.py.

This is a separate program, since it forks: each child starts with the package already imported, so
that most kills hit the work of the command and not the imports.
"""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from gxq_geo.cli.app import main

PART = ".gxq-part"


def started(words: list[str]) -> int:
    child = os.fork()
    if child:
        return child
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    sys.argv = ["gxq", *words]
    try:
        main()
    except SystemExit as stop:
        os._exit(int(stop.code or 0))
    os._exit(0)


def parts(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.endswith(PART)]


def restore(old: dict[Path, bytes]) -> None:
    for path, data in old.items():
        path.write_bytes(data)


def run(words: list[str], wait: Callable[[int], None]) -> None:
    child = started(words)
    wait(child)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def some_time(longest: float) -> Callable[[int], None]:
    return lambda _: time.sleep(random.uniform(0, longest))


def while_it_writes(folder: Path, longest: float) -> Callable[[int], None]:
    """Wait until a temporary file appears, and up to 50 ms longer."""

    def wait(_: int) -> None:
        before, end = set(parts(folder)), time.monotonic() + longest
        while not set(parts(folder)) - before and time.monotonic() < end:
            time.sleep(0.0005)
        time.sleep(random.choice([0, random.uniform(0, 0.05)]))

    return wait


def experiment(folder: Path, words: list[str], times: int) -> dict[str, int]:
    """Count the states of the files after each kill: all old, all new, both, or broken."""
    paths = [path for path in sorted(folder.iterdir()) if path.is_file()]
    old = {path: path.read_bytes() for path in paths}
    begin = time.monotonic()
    os.waitpid(started(words), 0)
    longest = time.monotonic() - begin
    new = {path: path.read_bytes() for path in paths}
    found: Counter[str] = Counter(changes=sum(old[path] != new[path] for path in paths))
    for at in range(times):
        restore(old)
        run(words, while_it_writes(folder, longest) if at % 2 else some_time(longest))
        now = {path: path.read_bytes() for path in paths}
        found["broken"] += any(now[path] not in (old[path], new[path]) for path in paths)
        states = {now[path] == new[path] for path in paths if old[path] != new[path]}
        found["both" if len(states) > 1 else "new" if True in states else "old"] += 1
        found["left"] += bool(parts(folder))
        found["strange"] += bool(set(folder.iterdir()) - set(paths) - set(parts(folder)))
    restore(old)
    os.close(os.open(folder / f".sites.geojson.rest{PART}", os.O_CREAT))
    _, status = os.waitpid(started(words), 0)
    found["status"] = os.waitstatus_to_exitcode(status)
    found["broken"] += {path: path.read_bytes() for path in paths} != new
    found["left_at_last"] = len(parts(folder))
    return dict(found)


if __name__ == "__main__":
    random.seed(int(sys.argv[2]))
    times, words = int(sys.argv[3]), sys.argv[4:]
    print(json.dumps(experiment(Path(sys.argv[1]), words, times)))
