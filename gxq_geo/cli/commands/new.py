"""`gxq new`: make the folder of a new zone."""

import sys
from datetime import date
from pathlib import Path

import click

from gxq_geo import words
from gxq_geo.cli import options
from gxq_geo.cli.command import Argument, Option, importing
from gxq_geo.words.errors import GxqError


@options.command(
    Argument("folder", help_text="cli.new-folder", metavar="FOLDER", type=options.PATH),
    Option("--name-zh", help_text="cli.new-name-zh", metavar="TEXT"),
    Option("--name-en", help_text="cli.new-name-en", metavar="TEXT"),
    Option("--from", "parks", help_text="cli.new-parks", metavar="FILE", type=options.PATH),
    Option("--bounds", help_text="cli.new-bounds", metavar="W,S,E,N"),
    options.crs(note="cli.crs-new"),
)
def new(
    folder: Path,
    name_zh: str | None,
    name_en: str | None,
    parks: Path | None,
    bounds: str | None,
    crs: str,
    lang: str,
) -> None:
    """Make the folder of a new zone; on a terminal ask for what is not given."""
    with importing():
        from gxq_geo.exchange import new_zone

    name_zh = name_zh or _asked("cli.new-name-zh", "--name-zh")
    name_en = name_en or _asked("cli.new-name-en", "--name-en")
    if parks is None and bounds is None:
        place = _asked("cli.new-ask-place", "--from / --bounds")
        parks, bounds = (None, place) if _is_bounds(place) else (Path(place), None)
    drawn = (
        new_zone.parks_of_file(options.existing_path(parks))
        if parks
        else [new_zone.park_of_bounds(_bounds(str(bounds)), name_zh=name_zh, name_en=name_en)]
    )
    zone = new_zone.NewZone(name_zh, name_en, drawn, day=date.today(), measure_crs=crs)
    new_zone.create(folder, zone)
    readme = folder / "README.md"
    params = {"path": folder, "count": len(drawn), "crs": zone.crs, "readme": readme}
    click.echo(words.text("cli.new-made", lang, **params))


def _asked(question: str, option: str) -> str:
    """Ask for a value on a terminal; elsewhere it must be given as an option."""
    if not sys.stdin.isatty():
        raise GxqError("new-needs", option=option)
    return str(click.prompt(words.text(question), err=True)).strip()


def _is_bounds(text: str) -> bool:
    return text.count(",") == 3 and not Path(text).exists()


def _bounds(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.replace("，", ",").split(","))
    except ValueError:
        raise GxqError("bad-bounds", value=text) from None
    return west, south, east, north


COMMANDS = {"new": new}
