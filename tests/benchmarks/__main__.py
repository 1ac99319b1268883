"""``make bench``: map pages of many sites, compared with other tools, one table per size.

``python -m tests.benchmarks [sites …] [--only gxq …] [--data | --start]``; ``--data`` prints only
the table of reading and checking, ``--start`` only how long a command takes. Each tool builds its
page in a separate process, and each page is opened in a separate browser. Above 100,000 sites the
other tools are left out, since their pages do not open.
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

from tests.benchmarks import build, comparing, data, exchange, matching, paper, start
from tests.benchmarks.watch import PageMetrics, measure
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
    metrics: PageMetrics | None


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
    metrics = None
    if name not in ONLINE:
        with launched() as browser:
            metrics = measure(browser, out, is_gxq=name == "gxq")
    row = Row(out.stat().st_size / 1e6, cost["seconds"], cost["peak_mb"], metrics)
    out.unlink()
    return row


def baseline(folder: Path) -> str:
    """Measure an empty page, since its time is part of all other times."""
    out = folder / "empty.html"
    out.write_text("<!doctype html><title>empty</title><p>empty", "utf-8")
    with launched() as browser:
        metrics = measure(browser, out, is_gxq=False, is_map=False)
    return f"An empty page: interactive {metrics.interactive_s:.2f} s"


def cells(row: Row) -> list[str]:
    """Format a row."""
    built = [f"{row.build_s:.2f} s", f"{row.peak_mb:,.0f} MB"]
    metrics = row.metrics
    if metrics is None:
        return [f"{row.size_mb:.2f} MB", "no", *built, "needs a CDN", "–", "–", "–"]
    return [
        f"{row.size_mb:.2f} MB",
        "yes" if metrics.offline else "no",
        *built,
        f"{metrics.interactive_s:.2f} s",
        f"{metrics.memory_mb:,.0f} MB",
        "none" if metrics.filter_ms is None else f"{metrics.filter_ms:.0f} ms",
        f"{metrics.mean_ms:.0f}, {metrics.p95_ms:.0f}, {metrics.worst_ms:.0f} ms",
    ]


def ratios(gxq: Row, peer: Row) -> Iterator[str]:
    """Format the ratios of a peer's results to those of gxq."""
    yield f"{peer.size_mb / gxq.size_mb:.1f}"
    yield ""
    yield f"{peer.build_s / gxq.build_s:.1f}"
    yield f"{peer.peak_mb / gxq.peak_mb:.1f}"
    if gxq.metrics and peer.metrics:
        yield f"{peer.metrics.interactive_s / gxq.metrics.interactive_s:.1f}"
        yield f"{peer.metrics.memory_mb / gxq.metrics.memory_mb:.1f}"


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
        print(f"| *{name} / gxq* | {' | '.join(ratios(rows['gxq'], rows[name]))} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sites", nargs="*", type=int)
    parser.add_argument("--only", nargs="*", choices=list(build.TOOLS), default=list(build.TOOLS))
    parser.add_argument("--data", action="store_true")
    parser.add_argument("--start", action="store_true")
    parser.add_argument("--exchange", action="store_true")
    args = parser.parse_args()
    print(f"{platform.system()} {platform.machine()}, Python {platform.python_version()}")
    if args.start:
        start.table()
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        only = [table for wanted, table in ((args.exchange, exchange), (args.data, data)) if wanted]
        if not only:
            everything(folder, args.sites, args.only)
        for part in only:
            for count in args.sites or [PEERS_UP_TO]:
                part.table(folder, count)


def everything(folder: Path, sites: list[int], only: list[str]) -> None:
    """Print the tables of the map at some sizes; without sizes, all tables."""
    if not sites:
        start.table()
    print(baseline(folder))
    for count in sites or SIZES:
        table(count, only if count <= PEERS_UP_TO else ["gxq"], folder)
        if count == PEERS_UP_TO:
            matching.table(count, 1_000)
            comparing.table(count)
    if not sites or PEERS_UP_TO in sites:
        data.table(folder, PEERS_UP_TO)
        paper.table()
    if not sites:
        exchange.table(folder / "exchange", PEERS_UP_TO)


if __name__ == "__main__":
    main()
