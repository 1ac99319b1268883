"""``python -m tests.benchmarks.paper``: site sheets by Typst and, for comparison, by Chromium."""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from gxq_geo.cli.example import example_folder
from gxq_geo.documents import site_sheets
from gxq_geo.investment_map import InvestmentMap
from gxq_geo.zone import open_zone
from tests.support.browser import launched, visited
from tests.support.pages import Pages

SHEETS = 150


def typeset(count: int) -> Iterator[bytes]:
    """Yield one PDF with ``count`` sheets, made from the folder of layers."""
    zone = open_zone(example_folder())
    yield site_sheets(zone, list(published(count)))


def printed(count: int, folder: Path) -> Iterator[bytes]:
    """Yield one PDF per sheet, printed by Chromium from the map page."""
    path = folder / "map.html"
    InvestmentMap(open_zone(example_folder())).save(path)
    with launched() as browser, visited(browser, path) as visit:
        for site in published(count):
            visit.js("(hash) => { location.hash = hash; }", f"on=sites:{site}")
            visit.until("gxq.select()?.id === " + repr(site))
            yield visit.page.pdf(prefer_css_page_size=True, print_background=True)


def published(count: int) -> list[str]:
    """The ids of ``count`` published sites of the example."""
    sites = open_zone(example_folder()).sites
    return list(sites.loc[sites["published"], "site_id"].head(count))


def table(count: int = SHEETS) -> None:
    """Print time and file size of both ways for the same sheets."""
    print(f"\n{count} site sheets in Chinese, from the folder of layers to PDF\n")
    print("| | in all | a sheet | sheets a second | size | pages | gxq is faster by |")
    print("|---|---|---|---|---|---|---|", flush=True)
    first = 0.0
    with tempfile.TemporaryDirectory() as name:
        ways: dict[str, Iterator[bytes]] = {
            "gxq sheet": typeset(count),
            "Chromium prints the page's": printed(count, Path(name)),
        }
        for way, work in ways.items():
            start = time.perf_counter()
            made = list(work)
            seconds = time.perf_counter() - start
            first = first or seconds
            pages = sum(len(Pages(pdf)) for pdf in made)
            cells = [way, f"{seconds:.1f} s", f"{1000 * seconds / count:.0f} ms"]
            cells += [f"{count / seconds:.1f}", f"{sum(map(len, made)) / 1e6:.1f} MB", f"{pages}"]
            print(f"| {' | '.join([*cells, f'{seconds / first:.1f}'])} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sheets", nargs="?", type=int, default=SHEETS)
    table(parser.parse_args().sheets)


if __name__ == "__main__":
    main()
