"""``make bench``: the page of a large zone beside what one would use instead, in one table.

``python -m tests.benchmarks [sites] [--only gxq …] [--data]``; with ``--data`` the table of
reading and checking instead.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks import build, data
from tests.benchmarks.synthetic import write_zone
from tests.benchmarks.watch import Seen, watch
from tests.browser import launched

# What they write loads scripts from a CDN and draws with WebGL: built here, but not opened.
ONLINE = {"pydeck", "lonboard", "kepler.gl"}
HEAD = [
    "",
    "file",
    "offline",
    "build",
    "memory to build",
    "interactive",
    "memory of the page",
    "pan: median, worst frame",
]


def page_row(name: str, folder: Path) -> list[str]:
    """One tool: build its page in a process of its own, then open it in a browser of its own."""
    out = folder / f"{list(build.TOOLS).index(name)}.html"
    command = [sys.executable, "-m", "tests.benchmarks.build", name, str(folder), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return [name, f"failed: {lines[-1][:60] if lines else done.returncode}", *["–"] * 6]
    cost = json.loads(done.stdout.splitlines()[-1])
    if "missing" in cost:
        return [name, "not installed", *["–"] * 6]
    size = f"{out.stat().st_size / 1e6:.1f} MB"
    built = [f"{cost['seconds']:.1f} s", f"+{cost['peak_mb']:.0f} MB"]
    if name in ONLINE:
        return [name, size, "no", *built, "needs a CDN", "–", "–"]
    with launched() as browser:
        seen = watch(browser, out, ours=name == "gxq")
    return [name, size, *seen_cells(seen, built)]


def seen_cells(seen: Seen, built: list[str]) -> list[str]:
    """What the browser saw, as cells."""
    return [
        "yes" if seen.offline else "no",
        *built,
        f"{seen.interactive_s:.1f} s",
        f"{seen.memory_mb:.0f} MB",
        f"{seen.median_ms:.0f}, {seen.worst_ms:.0f} ms",
    ]


def table(rows: Iterable[list[str]]) -> None:
    """Print rows as Markdown as they come."""
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}", flush=True)
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sites", nargs="?", type=int, default=20_000)
    parser.add_argument("--only", nargs="*", choices=list(build.TOOLS), default=list(build.TOOLS))
    parser.add_argument("--data", action="store_true")
    asked = parser.parse_args()
    print(f"{asked.sites:,} sites; {platform.system()} {platform.machine()},", end=" ")
    print(f"Python {platform.python_version()}\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame = write_zone(folder, asked.sites)
        if asked.data:
            data.table(folder, frame)
        else:
            table(page_row(tool, folder) for tool in asked.only)


if __name__ == "__main__":
    main()
