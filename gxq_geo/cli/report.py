"""`gxq report`: the leadership's monthly report."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from gxq_geo import words
from gxq_geo.cli.options import Folder, Lang
from gxq_geo.cli.output import put
from gxq_geo.versions.difference import diff
from gxq_geo.versions.history import Shelf, state
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import open_zone

FORMS = (".xlsx", ".html", ".pdf")


def report(
    folder: Folder = Path("layers"),
    output: Annotated[
        Path, typer.Option("-o", "--output", help=words.text("cli.report-file"))
    ] = Path("report.xlsx"),
    since: Annotated[str, typer.Option(help=words.text("cli.report-since"))] = "",
    lang: Lang = None,
) -> None:
    """Write the monthly report as a workbook, a page or a PDF."""
    form = output.suffix.lower()
    if form not in FORMS:
        raise GxqError("report-suffix", path=output, known=", ".join(FORMS))
    # Here, so that the other commands need not wait for it.
    from gxq_geo.documents.monthly_report import compose, to_html, to_pdf, to_xlsx

    shelf = Shelf()
    zone = open_zone(folder, read=shelf.read)
    changed = diff(state(since, folder, shelf=shelf), zone) if since else None
    # Who reads the report need not know where the folder lies.
    name = Path(since).name if Path(since).is_absolute() else since
    said = compose(zone, str(lang), since=changed, name=name)
    make: dict[str, Callable[..., bytes]] = dict(
        zip(FORMS, (to_xlsx, to_html, to_pdf), strict=True)
    )
    put(make[form](said), output)
