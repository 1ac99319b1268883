"""``make bench``: map pages of many sites, compared with other tools, one table per size.

``python -m tests.benchmarks [sites …] [--only gxq …] [--data]``; ``--data`` prints only the table
of reading and checking. Each tool builds its page in a separate process, and each page is opened in
a separate browser. Above 100,000 sites the other tools are left out, since their pages do not open.
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
# Above this size, the pages of the other tools do not become interactive.
PEERS_UP_TO = 100_000
# Pages that load scripts from a CDN and draw with WebGL: they are built, but not opened.
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
    """The result of a tool at a size: cost of building, and the browser's measurements."""

    size_mb: float
    build_s: float
    peak_mb: float
    seen: Seen | None


def measured(name: str, count: int, folder: Path) -> Row | str:
    """Build and open a page; return the result, or the reason why there is none."""
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


def baseline(folder: Path) -> str:
    """Measure an empty page, since its time is part of all other times."""
    out = folder / "empty.html"
    out.write_text("<!doctype html><title>empty</title><p>empty", "utf-8")
    with launched() as browser:
        seen = watch(browser, out, ours=False)
    return f"An empty page: interactive {seen.interactive_s:.2f} s"


def cells(row: Row) -> list[str]:
    """Format a row."""
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
    """Format the ratios of a peer's results to ours."""
    yield f"{theirs.size_mb / ours.size_mb:.1f}"
    yield ""
    yield f"{theirs.build_s / ours.build_s:.1f}"
    yield f"{theirs.peak_mb / ours.peak_mb:.1f}"
    if ours.seen and theirs.seen:
        yield f"{theirs.seen.interactive_s / ours.seen.interactive_s:.1f}"
        yield f"{theirs.seen.memory_mb / ours.seen.memory_mb:.1f}"


def table(count: int, tools: Iterable[str], folder: Path) -> None:
    """Measure the tools at one size, and print each row when it is ready."""
    print(f"\n**{count:,} sites**\n\n| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}", flush=True)
    rows: dict[str, Row] = {}
    for name in tools:
        row = measured(name, count, folder)
        texts = [row] if isinstance(row, str) else cells(row)
        print(f"| {' | '.join([name, *texts])} |", flush=True)
        if isinstance(row, Row):
            rows[name] = row
    for name in [name for name in rows if "gxq" in rows and name not in {"gxq", *ONLINE}]:
        print(f"| *{name} / gxq* | {' | '.join(against(rows['gxq'], rows[name]))} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sites", nargs="*", type=int)
    parser.add_argument("--only", nargs="*", choices=list(build.TOOLS), default=list(build.TOOLS))
    parser.add_argument("--data", action="store_true")
    args = parser.parse_args()
    print(f"{platform.system()} {platform.machine()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if args.data:
            for count in args.sites or [PEERS_UP_TO]:
                data.table(folder, count)
            return
        print(baseline(folder))
        for count in args.sites or SIZES:
            tools = args.only if count <= PEERS_UP_TO else ["gxq"]
            table(count, tools, folder)
            if count == PEERS_UP_TO:
                matching.table(count, 1_000)
                comparing.table(count)
        if not args.sites or PEERS_UP_TO in args.sites:
            data.table(folder, PEERS_UP_TO)
            paper.table()


if __name__ == "__main__":
    main()
