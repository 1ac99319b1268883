"""`gxq new`: a new zone, with its first parks."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from gxq_geo import words
from gxq_geo.checks.run import current_date
from gxq_geo.cli import options
from gxq_geo.cli.command import Argument, Option
from gxq_geo.cli.commands.exchange import obstacles, plan_lines
from gxq_geo.cli.output import is_interactive
from gxq_geo.exchange import formats, new_zone
from gxq_geo.exchange.evidence.crs import stated_candidate
from gxq_geo.exchange.importing.incoming import Statements
from gxq_geo.exchange.new_zone import Created, Outline, place
from gxq_geo.formats import files
from gxq_geo.words.errors import GxqError

# The options that a zone needs; either of the last two.
_NEEDED = ("--name-zh", "--name-en", "--from|--bounds")


@options.command(
    Argument("folder", help_text="cli.new-folder", metavar="FOLDER", type=options.PATH),
    Option("--name-zh", help_text="cli.new-name-zh", metavar="NAME", default=""),
    Option("--name-en", help_text="cli.new-name-en", metavar="NAME", default=""),
    Option("--from", "parks", help_text="cli.new-parks", metavar="FILE", default=""),
    Option("--from-crs", "parks_crs", help_text="cli.new-parks-crs", metavar="CRS", default=""),
    options.columns(),
    Option("--bounds", help_text="cli.new-bounds", metavar="W,S,E,N", default=""),
    options.crs(note="cli.crs-new"),
    Option("--at", help_text="cli.new-at", metavar="LON,LAT", default=""),
)
def new(
    folder: Path,
    name_zh: str,
    name_en: str,
    parks: str,
    parks_crs: str,
    columns: dict[str, str],
    bounds: str,
    crs: str,
    at: str,
    lang: str,
) -> int:
    """Create the folder of a new zone, with its first parks and empty layers."""
    files.check_new_folder(folder)
    if parks and bounds:
        raise GxqError("new-both")
    crs = place.checked_crs(crs) if crs else ""
    middle = place.parse_place(at) if at else None
    name_zh, name_en, outline = _asked(name_zh, name_en, bounds or parks, lang)
    names = {"zh": name_zh, "en": name_en}
    stated = Statements(crs=_label(parks_crs), columns=columns)
    first = _outline(outline, stated, names, is_bounds=bool(bounds))
    created = new_zone.create(folder, names, first, crs=crs, at=middle)
    if any(one.kind == "crs.none" for one in created.plan.questions) and is_interactive():
        stated = replace(stated, crs=_label(_ask("cli.new-ask-parks-crs", lang)))
        first = _outline(outline, stated, names, is_bounds=False)
        created = new_zone.create(folder, names, first, crs=crs, at=middle)
    return _report(folder, created, lang)


def _asked(name_zh: str, name_en: str, outline: str, lang: str) -> tuple[str, str, str]:
    """Return the names and the outline; what is missing is asked on a terminal.

    Raises
    ------
    GxqError
        If something is missing and nobody can be asked.
    """
    given = (name_zh, name_en, outline)
    missing = [option for option, value in zip(_NEEDED, given, strict=True) if not value.strip()]
    if missing and not is_interactive():
        raise GxqError("new-which", options=" ".join(missing))
    return (
        name_zh if name_zh.strip() else _ask("cli.new-ask-name-zh", lang),
        name_en if name_en.strip() else _ask("cli.new-ask-name-en", lang),
        outline if outline.strip() else _ask("cli.new-ask-outline", lang),
    )


def _ask(key: str, lang: str) -> str:
    return str(click.prompt(words.text(key, lang)))


def _label(crs: str) -> str:
    """Return a stated CRS of the parks as the import names it; empty if none is stated."""
    return stated_candidate(crs).label if crs else ""


def _outline(
    text: str, stated: Statements, names: Mapping[str, str], *, is_bounds: bool
) -> Outline:
    """Return the outline that a text states: bounds, or the path of a file."""
    if is_bounds or place.looks_like_bounds(text):
        return new_zone.rectangle(place.parse_bounds(text), names, on=current_date())
    file = formats.read(options.existing_path(Path(text)))
    return new_zone.of_file(file, stated, on=current_date())


def _report(folder: Path, created: Created, lang: str) -> int:
    """Print how the parks were read and what was created; return the exit status.

    Raises
    ------
    GxqError
        If the CRS of the parks is open. The messages of `gxq import` name other options for it.
    """
    for one in created.plan.questions:
        if one.kind.startswith("crs."):
            if one.kind == "crs.params":
                crs = one.params["first"]
                raise GxqError("new-parks-datum", exit_status=1, table=one.where, crs=crs)
            raise GxqError("new-parks-crs", exit_status=1, table=one.where)
    if created.plan.tables[0].file.path != Path():
        for line in plan_lines(created.plan, lang):
            click.echo(line)
    if not created.plan.is_ready:
        for line in obstacles(created.plan, lang):
            click.echo(line, err=True)
        click.echo(words.text("cli.new-not", lang, path=folder), err=True)
        return 1
    click.echo(words.text("cli.new-made", lang, path=folder, crs=created.crs))
    if created.filled:
        listed = ", ".join(f"{name} ×{count}" for name, count in created.filled.items())
        click.echo(words.text("cli.new-filled", lang, fields=listed))
    click.echo(words.text("cli.new-next", lang, path=folder))
    return 0


COMMANDS = {"new": new}
