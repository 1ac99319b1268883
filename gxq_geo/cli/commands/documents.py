"""`gxq sheet`, `gxq poster` and `gxq report`: site sheets, the wall map and the monthly report."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from gxq_geo import words
from gxq_geo.cli import options
from gxq_geo.cli.command import Option
from gxq_geo.cli.output import made, place_for, put
from gxq_geo.cli.progress import progress
from gxq_geo.formats import files
from gxq_geo.words.errors import GxqError, ZoneError
from gxq_geo.zone import open_zone

PAPERS = ("A0", "A1", "A2", "A3")
REPORTS = (".xlsx", ".html", ".pdf")


@options.command(
    options.zone_and({"SITE...": "cli.sheet-site"}),
    Option("--all", "every", say="cli.sheet-all", is_flag=True),
    options.output("build/sheets.pdf"),
    options.audience(),
    options.LANGS,
    options.FOLDER,
)
def sheet(
    given: tuple[str, ...],
    every: bool,
    output: Path,
    audience: str,
    lang: tuple[str, ...],
    folder: Path | None,
) -> None:
    """Make the sheets of some sites, or of all, as one PDF."""
    zone, sites = options.zone_apart(given, folder, first=_starts_with_zone(given, every=every))
    if bool(sites) == every:
        raise GxqError("sheet-which")
    from gxq_geo.documents import Sheets, map_layers

    opened = open_zone(zone)
    sheets = Sheets(map_layers(opened, audience), lang, sites or None)
    try:
        count = len(sheets.ids)
    except GxqError as error:
        raise _neither(error, given) from None
    with progress("cli.sheeting", count + 1) as step:
        pdf = sheets.pdf(step)
    _put(pdf, output)
    if not sheets.map_url:
        click.echo(words.text("cli.sheet-no-code"), err=True)


def _neither(error: GxqError, given: tuple[str, ...]) -> GxqError:
    """What is wrong; where it is the first of several words, that may have been meant as a zone."""
    if error.slug != "unknown-site" or given[0] != error.params["site"] or len(given) == 1:
        return error
    if near := options.meant(Path(given[0])):
        return ZoneError("no-folder-near", path=given[0], near=near)
    return GxqError("unknown-first-site", site=given[0], near=error.params["near"])


def _starts_with_zone(given: tuple[str, ...], *, every: bool) -> bool:
    """Whether the first word is the zone; a folder that only looks like a site's id is none."""
    if not given or not options.is_zone(given[0]):
        return False
    return every or len(given) > 1 or (Path(given[0]) / options.SETTINGS).exists()


@options.command(
    options.ZONE,
    options.output("build/poster.pdf"),
    Option("--paper", say="cli.poster-paper", default="A3", **options.one_of(PAPERS)),
    options.audience(),
    options.LANGS,
)
def poster(zone: Path, output: Path, paper: str, audience: str, lang: tuple[str, ...]) -> None:
    """Make the wall map of the zone as PDF."""
    from gxq_geo.documents import wall_map

    _put(wall_map(open_zone(zone), paper=paper, langs=lang, audience=audience), output)


def _put(pdf: bytes, output: Path) -> None:
    files.write_bytes(place_for(output), pdf)
    made(output)


@options.command(
    options.ZONE,
    options.output("report.xlsx", note="cli.report-file"),
    options.since(note="cli.since-report"),
    options.ON,
)
def report(zone: Path, output: Path, since: str | None, on: date | None, lang: str) -> None:
    """Write the monthly report as a workbook, a page or a PDF."""
    form = output.suffix.lower()
    if form not in REPORTS:
        raise GxqError("report-suffix", path=output, known=", ".join(REPORTS))
    from gxq_geo.documents.monthly_report import compose, to_html, to_pdf, to_xlsx
    from gxq_geo.versions.difference import diff
    from gxq_geo.versions.history import LayerCache, state

    cache = LayerCache()
    opened = open_zone(zone, read=cache.read)
    changed = diff(state(since, zone, cache=cache), opened) if since else None
    # Who reads the report need not know where the folder lies.
    name = Path(since).name if since and Path(since).is_absolute() else since or ""
    said = compose(opened, lang, since=changed, name=name, on=on)
    make: dict[str, Callable[[Any], bytes]] = dict(
        zip(REPORTS, (to_xlsx, to_html, to_pdf), strict=True)
    )
    put(make[form](said), output)


COMMANDS = {"sheet": sheet, "poster": poster, "report": report}
