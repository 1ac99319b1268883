"""``make bench``: the page of many sites beside what one would use instead, in one table a size.

``python -m tests.benchmarks [sites …] [--only gxq …] [--data]``; with ``--data`` only the table of
reading and checking, which else comes after the pages, before that of paper. Each tool builds in a
process of its own and is opened in a browser of its own; above 100,000 sites the peers are left
out, for their pages do not open.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import build, comparing, data, matching, paper
from tests.benchmarks.watch import Seen, watch
from tests.support.browser import launched

SIZES = [1_000, 10_000, 100_000, 1_000_000]
# Beyond this, the peers' pages do not become interactive.
PEERS_UP_TO = 100_000
# What they write loads scripts from a CDN and draws with WebGL: built here, but not opened.
ONLINE = {"pydeck", "lonboard", "kepler.gl"}
HEAD = [
    "",
    "file",
    "offline",
    "build",
    "peak memory to build",
    "interactive",
    "memory of the page",
    "filter",
    "frames: mean, 95 %, worst",
]


@dataclass(frozen=True)
class Row:
    """One tool at one size: what building cost, and what the browser saw."""

    size_mb: float
    build_s: float
    peak_mb: float
    seen: Seen | None


def measured(name: str, count: int, folder: Path) -> Row | str:
    """Build the page in a process of its own, open it in a browser of its own; or why not."""
    out = folder / f"{list(build.TOOLS).index(name)}.html"
    command = [sys.executable, "-m", "tests.benchmarks.build", name, str(count), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return f"failed: {lines[-1][:60] if lines else done.returncode}"
    cost = json.loads(done.stdout.splitlines()[-1])
    if "missing" in cost:
        return "not installed"
    seen = None
    if name not in ONLINE:
        with launched() as browser:
            seen = watch(browser, out, ours=name == "gxq")
    row = Row(out.stat().st_size / 1e6, cost["seconds"], cost["peak_mb"], seen)
    out.unlink()
    return row


def floor(folder: Path) -> str:
    """How long a page takes that holds nothing: so much of each figure is the browser's own."""
    out = folder / "empty.html"
    out.write_text("<!doctype html><title>empty</title><p>empty", "utf-8")
    with launched() as browser:
        seen = watch(browser, out, ours=False)
    return f"An empty page: interactive {seen.interactive_s:.2f} s"


def cells(row: Row) -> list[str]:
    """A row as it is printed."""
    built = [f"{row.build_s:.2f} s", f"{row.peak_mb:,.0f} MB"]
    seen = row.seen
    if seen is None:
        return [f"{row.size_mb:.2f} MB", "no", *built, "needs a CDN", "–", "–", "–"]
    return [
        f"{row.size_mb:.2f} MB",
        "yes" if seen.offline else "no",
        *built,
        f"{seen.interactive_s:.2f} s",
        f"{seen.memory_mb:,.0f} MB",
        "none" if seen.filter_ms is None else f"{seen.filter_ms:.0f} ms",
        f"{seen.mean_ms:.0f}, {seen.p95_ms:.0f}, {seen.worst_ms:.0f} ms",
    ]


def against(ours: Row, theirs: Row) -> Iterator[str]:
    """What the peer needs of each, for one of ours."""
    yield f"{theirs.size_mb / ours.size_mb:.1f}"
    yield ""
    yield f"{theirs.build_s / ours.build_s:.1f}"
    yield f"{theirs.peak_mb / ours.peak_mb:.1f}"
    if ours.seen and theirs.seen:
        yield f"{theirs.seen.interactive_s / ours.seen.interactive_s:.1f}"
        yield f"{theirs.seen.memory_mb / ours.seen.memory_mb:.1f}"


def table(count: int, tools: Iterable[str], folder: Path) -> None:
    """Measure the tools at one size and print a row for each as it comes."""
    print(f"\n**{count:,} sites**\n\n| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}", flush=True)
    rows: dict[str, Row] = {}
    for name in tools:
        row = measured(name, count, folder)
        said = [row] if isinstance(row, str) else cells(row)
        print(f"| {' | '.join([name, *said])} |", flush=True)
        if isinstance(row, Row):
            rows[name] = row
    for name in [one for one in rows if "gxq" in rows and one not in {"gxq", *ONLINE}]:
        print(f"| *{name} / gxq* | {' | '.join(against(rows['gxq'], rows[name]))} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sites", nargs="*", type=int)
    parser.add_argument("--only", nargs="*", choices=list(build.TOOLS), default=list(build.TOOLS))
    parser.add_argument("--data", action="store_true")
    asked = parser.parse_args()
    print(f"{platform.system()} {platform.machine()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.data:
            for count in asked.sites or [PEERS_UP_TO]:
                data.table(folder, count)
            return
        print(floor(folder))
        for count in asked.sites or SIZES:
            tools = asked.only if count <= PEERS_UP_TO else ["gxq"]
            table(count, tools, folder)
            if count == PEERS_UP_TO:
                matching.table(count, 1_000)
                comparing.table(count)
        if not asked.sites or PEERS_UP_TO in asked.sites:
            data.table(folder, PEERS_UP_TO)
            paper.table()


if __name__ == "__main__":
    main()
