"""`gxq diff` and `gxq log`: what changed between two states, and in one record."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gxq_geo import words
from gxq_geo.cli import about
from gxq_geo.cli.options import Lang
from gxq_geo.cli.output import put, tell
from gxq_geo.versions.difference import diff as compared
from gxq_geo.versions.forms import Compared, log_to_json, log_to_text, to_json, to_text
from gxq_geo.versions.history import Shelf, history, state, unread


class DiffFormat(StrEnum):
    """How `gxq diff` tells."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


class LogFormat(StrEnum):
    """How `gxq log` tells."""

    TEXT = "text"
    JSON = "json"


Home = Annotated[Path, typer.Option("--folder", help=words.text("cli.diff-folder"))]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help=words.text("cli.report-output"))
]


def diff(
    old: Annotated[str, typer.Argument(help=words.text("cli.diff-old"))],
    new: Annotated[str, typer.Argument(help=words.text("cli.diff-new"))] = "",
    folder: Home = Path("layers"),
    form: Annotated[
        DiffFormat, typer.Option("--format", help=words.text("cli.diff-format"))
    ] = DiffFormat.TEXT,
    output: Output = None,
    lang: Lang = None,
) -> None:
    """Say what differs between two folders of layers, or two git revisions of one."""
    names = (old, new or str(folder))
    shelf = Shelf()
    zones = [state(name, folder, shelf=shelf) for name in names]
    for name, zone in zip(names, zones, strict=True):
        if count := unread(zone):
            said = words.text("cli.diff-unread", name=words.visible(name), count=count)
            typer.echo(said, err=True)
    found = Compared(compared(zones[0], zones[1]), names[0], names[1], str(lang))
    if form is DiffFormat.HTML:
        # Here, so that the other forms need not wait for folium.
        from gxq_geo.investment_map import changes_page

        put(changes_page(found.difference, lang=str(lang), names=names), output)
    elif form is DiffFormat.JSON:
        put(to_json(found), output)
    elif output is not None:
        put(to_text(found), output)
    else:
        tell(lambda paint: to_text(found, paint=paint))


def log(
    record: Annotated[str, typer.Argument(metavar="SITE", help=words.text("cli.log-record"))],
    folder: Home = Path("layers"),
    layer: Annotated[
        str, typer.Option("--layer", metavar="NAME", help=words.text("cli.log-layer"))
    ] = "",
    form: Annotated[
        LogFormat, typer.Option("--format", help=words.text("cli.format"))
    ] = LogFormat.TEXT,
    output: Output = None,
    lang: Lang = None,
) -> None:
    """Tell one record's history from git."""
    if layer:
        about.layer_of(layer)
    found = history(folder, record, layer)
    if form is LogFormat.JSON:
        put(log_to_json(found, str(lang)), output)
    elif output is not None:
        put(log_to_text(found, str(lang)), output)
    else:
        tell(lambda paint: log_to_text(found, str(lang), paint=paint))
