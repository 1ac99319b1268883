"""`gxq sheet` and `gxq poster`: site sheets and the wall map, as PDF."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gxq_geo import words
from gxq_geo.cli.options import Audience, Folder, set_lang, split
from gxq_geo.cli.output import made
from gxq_geo.cli.progress import progress
from gxq_geo.formats import files
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import open_zone

BOTH = "both"


def set_langs(lang: str | None) -> str:
    """Speak the first of the languages of the paper; the languages, parted by commas."""
    named = [*words.langs()[:2]] if lang == BOTH else split([lang] if lang else None)
    for one in reversed(named):
        set_lang(one)
    return ",".join(named) or set_lang(None)


Langs = Annotated[
    str | None, typer.Option("--lang", help=words.text("cli.langs"), callback=set_langs)
]
For = Annotated[Audience, typer.Option("--audience", help=words.text("cli.audience"))]


def sheet(
    sites: Annotated[
        list[str] | None, typer.Argument(metavar="SITE...", help=words.text("cli.sheet-site"))
    ] = None,
    every: Annotated[bool, typer.Option("--all", help=words.text("cli.sheet-all"))] = False,
    folder: Annotated[Path, typer.Option("--folder", help=words.text("cli.folder"))] = Path(
        "layers"
    ),
    output: Annotated[Path, typer.Option("-o", "--output", help=words.text("cli.output"))] = Path(
        "build/sheets.pdf"
    ),
    audience: For = Audience.PUBLIC,
    lang: Langs = None,
) -> None:
    """Make the sheets of some sites, or of all, as one PDF."""
    if bool(sites) == every:
        raise GxqError("sheet-which")
    # Here, so that the other commands need not wait for it.
    from gxq_geo.documents import Sheets
    from gxq_geo.documents.drawing.atlas import atlas

    zone = open_zone(folder)
    sheets = Sheets(atlas(zone, audience.value), tuple(str(lang).split(",")), sites or None)
    with progress("cli.sheeting", len(sheets.ids) + 1) as step:
        pdf = sheets.pdf(step)
    _put(pdf, output)
    if not sheets.home:
        typer.echo(words.text("cli.sheet-no-code"), err=True)


class Paper(StrEnum):
    """Sizes of a wall map."""

    A0 = "A0"
    A1 = "A1"
    A2 = "A2"
    A3 = "A3"


def poster(
    folder: Folder = Path("layers"),
    output: Annotated[Path, typer.Option("-o", "--output", help=words.text("cli.output"))] = Path(
        "build/poster.pdf"
    ),
    paper: Annotated[
        Paper, typer.Option("--paper", help=words.text("cli.poster-paper"))
    ] = Paper.A3,
    audience: For = Audience.PUBLIC,
    lang: Langs = None,
) -> None:
    """Make the wall map of the zone as PDF."""
    # Here, so that the other commands need not wait for it.
    from gxq_geo.documents import wall_map

    langs = str(lang).split(",")
    zone = open_zone(folder)
    _put(wall_map(zone, paper=paper.value, langs=langs, audience=audience.value), output)


def _put(pdf: bytes, output: Path) -> None:
    if output.parent == Path("build"):
        output.parent.mkdir(exist_ok=True)
    files.write_bytes(output, pdf)
    made(output)
