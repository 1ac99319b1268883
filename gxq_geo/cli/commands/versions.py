"""`gxq diff` and `gxq log`: changes between two versions of a zone, and of one record."""

from pathlib import Path

import click

from gxq_geo import words
from gxq_geo.cli import options
from gxq_geo.cli.output import echo_styled, write_output
from gxq_geo.versions.difference import diff as compared
from gxq_geo.versions.forms import Comparison, log_to_json, log_to_text, to_json, to_text
from gxq_geo.versions.history import LayerCache, count_unread_geometries, history, state
from gxq_geo.words.errors import GxqError


@options.command(
    options.zone_and_arguments({"OLD": "cli.diff-old", "[NEW]": "cli.diff-new"}),
    options.form("text", "json", "html", note="cli.format-diff"),
    options.output(),
    options.FOLDER,
)
def diff(
    arguments: tuple[str, ...], form: str, output: Path | None, folder: Path | None, lang: str
) -> None:
    """Print the differences between two folders of layers, or two git revisions of one."""
    zone, old, new = _states(arguments, folder)
    names = (old, new or str(zone))
    cache = LayerCache()
    zones = [state(name, zone, cache=cache) for name in names]
    for name, one in zip(names, zones, strict=True):
        if count := count_unread_geometries(one):
            message = words.text("cli.diff-unread", name=words.visible(name), count=count)
            click.echo(message, err=True)
    result = Comparison(compared(zones[0], zones[1]), names[0], names[1], lang)
    if form == "html":
        # Imported late: the other formats do not need folium.
        from gxq_geo.investment_map import changes_page

        write_output(changes_page(result.difference, lang=lang, names=names), output)
    elif form == "json":
        write_output(to_json(result), output)
    elif output is not None:
        write_output(to_text(result), output)
    else:
        echo_styled(lambda paint: to_text(result, paint=paint))


def _states(arguments: tuple[str, ...], folder: Path | None) -> tuple[Path, str, str]:
    """Return the zone, the older state and the newer state, empty for the current folder.

    With two values, the first is the zone if only the first is a folder; two folders are two
    states.
    """
    two = len(arguments) == 2 and Path(arguments[0]).is_dir() and not Path(arguments[1]).is_dir()
    first = two or len(arguments) == 3
    zone, states = options.split_zone(arguments, folder, first=first and folder is None)
    if not 1 <= len(states) <= 2:
        raise GxqError("diff-which")
    return zone, states[0], "".join(states[1:])


@options.command(
    options.zone_and_arguments({"RECORD": "cli.log-record"}),
    options.layer(note="cli.layer-log"),
    options.form("text", "json"),
    options.output(),
    options.FOLDER,
)
def log(
    arguments: tuple[str, ...],
    layer: str,
    form: str,
    output: Path | None,
    folder: Path | None,
    lang: str,
) -> None:
    """Print the history of one record from git."""
    zone, records = options.split_zone(arguments, folder, first=len(arguments) > 1)
    if len(records) != 1 or (arguments == (str(zone),) and zone.is_dir()):
        raise GxqError("log-which")
    result = history(zone, records[0], layer)
    if form == "json":
        write_output(log_to_json(result, lang), output)
    elif output is not None:
        write_output(log_to_text(result, lang), output)
    else:
        echo_styled(lambda paint: log_to_text(result, lang, paint=paint))


COMMANDS = {"diff": diff, "log": log}
