"""`gxq sheet`, `gxq poster` and `gxq report`: site sheets, the wall map and the monthly report."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from gxq_geo import words
from gxq_geo.cli import options
from gxq_geo.cli.command import Option
from gxq_geo.cli.output import prepare_folder, report_file, write_output
from gxq_geo.cli.progress import progress
from gxq_geo.formats import files
from gxq_geo.words.errors import GxqError, ZoneError
from gxq_geo.zone import open_zone

PAPERS = ("A0", "A1", "A2", "A3")
REPORTS = (".xlsx", ".html", ".pdf")


@options.command(
    options.zone_and_arguments({"SITE...": "cli.sheet-site"}),
    Option("--all", "all_sites", help_text="cli.sheet-all", is_flag=True),
    options.output("build/sheets.pdf"),
    options.audience(),
    options.LANGS,
    options.FOLDER,
)
def sheet(
    arguments: tuple[str, ...],
    all_sites: bool,
    output: Path,
    audience: str,
    lang: tuple[str, ...],
    folder: Path | None,
) -> None:
    """Make site sheets of the named sites, or of all sites, as one PDF."""
    zone, sites = options.split_zone(
        arguments, folder, first=_starts_with_zone(arguments, all_sites=all_sites)
    )
    if bool(sites) == all_sites:
        raise GxqError("sheet-which")
    from gxq_geo.documents import Sheets, map_layers

    opened = open_zone(zone)
    sheets = Sheets(map_layers(opened, audience), lang, sites or None)
    try:
        count = len(sheets.ids)
    except GxqError as error:
        raise _explain_first_site(error, arguments) from None
    with progress("cli.sheeting", count + 1) as step:
        pdf = sheets.pdf(step)
    _write_pdf(pdf, output)
    if not sheets.map_url:
        click.echo(words.text("cli.sheet-no-code"), err=True)


def _explain_first_site(error: GxqError, arguments: tuple[str, ...]) -> GxqError:
    """Return the error; if the first of several values is unknown, it may be a misspelt zone."""
    if error.slug != "unknown-site" or arguments[0] != error.params["site"] or len(arguments) == 1:
        return error
    if near := options.nearest_path(Path(arguments[0])):
        return ZoneError("no-folder-near", path=arguments[0], near=near)
    return GxqError("unknown-first-site", site=arguments[0], near=error.params["near"])


def _starts_with_zone(arguments: tuple[str, ...], *, all_sites: bool) -> bool:
    """Whether the first value is the zone, not a site id with a folder of the same name."""
    if not arguments or not options.is_zone(arguments[0]):
        return False
    return all_sites or len(arguments) > 1 or (Path(arguments[0]) / options.SETTINGS).exists()


@options.command(
    options.ZONE,
    options.output("build/poster.pdf"),
    Option("--paper", help_text="cli.poster-paper", default="A3", **options.one_of(PAPERS)),
    options.audience(),
    options.LANGS,
)
def poster(zone: Path, output: Path, paper: str, audience: str, lang: tuple[str, ...]) -> None:
    """Make the wall map of the zone as PDF."""
    from gxq_geo.documents import wall_map

    _write_pdf(wall_map(open_zone(zone), paper=paper, langs=lang, audience=audience), output)


def _write_pdf(pdf: bytes, output: Path) -> None:
    files.write_bytes(prepare_folder(output), pdf)
    report_file(output)


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
    # The report must not disclose an absolute path.
    name = Path(since).name if since and Path(since).is_absolute() else since or ""
    content = compose(opened, lang, since=changed, name=name, on=on)
    writers: dict[str, Callable[[Any], bytes]] = dict(
        zip(REPORTS, (to_xlsx, to_html, to_pdf), strict=True)
    )
    write_output(writers[form](content), output)


COMMANDS = {"sheet": sheet, "poster": poster, "report": report}
