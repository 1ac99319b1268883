"""`gxq diff` and `gxq log`: what changed between two states, and in one record."""

from pathlib import Path

import click

from gxq_geo import words
from gxq_geo.cli import options
from gxq_geo.cli.output import put, tell
from gxq_geo.versions.difference import diff as compared
from gxq_geo.versions.forms import Comparison, log_to_json, log_to_text, to_json, to_text
from gxq_geo.versions.history import LayerCache, count_unread_geometries, history, state
from gxq_geo.words.errors import GxqError


@options.command(
    options.zone_and({"OLD": "cli.diff-old", "[NEW]": "cli.diff-new"}),
    options.form("text", "json", "html", note="cli.format-diff"),
    options.output(),
    options.FOLDER,
)
def diff(
    given: tuple[str, ...], form: str, output: Path | None, folder: Path | None, lang: str
) -> None:
    """Say what differs between two folders of layers, or two git revisions of one."""
    zone, old, new = _states(given, folder)
    names = (old, new or str(zone))
    cache = LayerCache()
    zones = [state(name, zone, cache=cache) for name in names]
    for name, one in zip(names, zones, strict=True):
        if count := count_unread_geometries(one):
            said = words.text("cli.diff-unread", name=words.visible(name), count=count)
            click.echo(said, err=True)
    found = Comparison(compared(zones[0], zones[1]), names[0], names[1], lang)
    if form == "html":
        # Here, so that the other forms need not wait for folium.
        from gxq_geo.investment_map import changes_page

        put(changes_page(found.difference, lang=lang, names=names), output)
    elif form == "json":
        put(to_json(found), output)
    elif output is not None:
        put(to_text(found), output)
    else:
        tell(lambda paint: to_text(found, paint=paint))


def _states(given: tuple[str, ...], folder: Path | None) -> tuple[Path, str, str]:
    """The zone, the older state, and the newer one, empty for the folder as it is.

    Of two words the first is the zone where it is a folder and the other is not: two folders are
    two states.
    """
    two = len(given) == 2 and Path(given[0]).is_dir() and not Path(given[1]).is_dir()
    first = two or len(given) == 3
    zone, states = options.zone_apart(given, folder, first=first and folder is None)
    if not 1 <= len(states) <= 2:
        raise GxqError("diff-which")
    return zone, states[0], "".join(states[1:])


@options.command(
    options.zone_and({"RECORD": "cli.log-record"}),
    options.layer(note="cli.layer-log"),
    options.form("text", "json"),
    options.output(),
    options.FOLDER,
)
def log(
    given: tuple[str, ...],
    layer: str,
    form: str,
    output: Path | None,
    folder: Path | None,
    lang: str,
) -> None:
    """Tell one record's history from git."""
    zone, records = options.zone_apart(given, folder, first=len(given) > 1)
    if len(records) != 1 or (given == (str(zone),) and zone.is_dir()):
        raise GxqError("log-which")
    found = history(zone, records[0], layer)
    if form == "json":
        put(log_to_json(found, lang), output)
    elif output is not None:
        put(log_to_text(found, lang), output)
    else:
        tell(lambda paint: log_to_text(found, lang, paint=paint))


COMMANDS = {"diff": diff, "log": log}
