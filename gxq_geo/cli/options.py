"""The grammar of the command line: each argument and each option once, the same for all commands.

A command that reads a zone takes its folder as the first argument, and ``layers`` where none is
named. An option has one name, one short form and one meaning; a command may add a note to its
help. Old spellings work, and say how it is written now.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from gxq_geo import words
from gxq_geo.cli.command import LAYERS, Argument, Command, Option, moved
from gxq_geo.words.errors import FileError, GxqError, ZoneError

SETTINGS = "zone.toml"
BOTH = "both"
# Layers by another name: on the map, carriers are buildings.
ALSO = {"buildings": "carriers"}
# The endings of what is surely meant as a file.
_FILES = {".geojson", ".json", ".gpkg", ".csv", ".toml", ".xlsx", ".xls", ".shp", ".kml", ".zip"}


def command(
    *params: click.Parameter, old: Mapping[str, str] | None = None
) -> Callable[[Callable[..., int | None]], Command]:
    """Make a command of a function: it gets the values of the parameters, and gives a status.

    Parameters
    ----------
    params
        Its arguments and options; ``--lang`` is one of them even where it is not named.
    old
        As for `Command`.
    """

    def made(function: Callable[..., int | None]) -> Command:
        every = params if any(one.name == "lang" for one in params) else (*params, LANG)
        name = function.__name__.rstrip("_")
        return Command(name, old=old or {}, params=[*every], callback=function)

    return made


# ------------------------------------------------------------------ values


def split(names: Iterable[str]) -> list[str]:
    """An option may be given several times, and each time with several names."""
    return [name.strip() for one in names for name in one.split(",") if name.strip()]


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """The name most like another; empty if none is."""
    import difflib  # Here: nobody waits for it where nothing is misspelt.

    return next(iter(difflib.get_close_matches(name, [*known], n=1, cutoff=cutoff)), "")


def one_of(values: Sequence[str], old: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What makes an option a choice of some values.

    Parameters
    ----------
    old
        Values as they were once written, and how they are written now.
    """

    def chosen(ctx: click.Context, param: click.Parameter, value: str) -> str:
        name, wanted = param.opts[-1], value
        if old and value in old:
            wanted = old[value]
            moved(ctx, f"{name} {value}", f"{name} {wanted}")
        for one in values:
            if one.casefold() == wanted.casefold():
                return one
        raise GxqError("unknown-choice", option=name, value=value, known=", ".join(values))

    return {"metavar": f"[{'|'.join(values)}]", "callback": chosen}


def with_value(function: Callable[[Any], Any]) -> Callable[..., Any]:
    """A function of a value, as click calls what looks at one."""
    return lambda _ctx, _param, value: function(value)


def set_lang(lang: str | None) -> str:
    """Speak a language from here on; the one to speak where none is named."""
    if lang is not None and lang not in words.langs():
        raise GxqError("unknown-lang", lang=lang, known=", ".join(words.langs()))
    words.set_default_lang(lang or words.default_lang())
    return words.default_lang()


def set_langs(lang: str | None) -> tuple[str, ...]:
    """Speak the first of several languages, parted by commas; all of them."""
    named = [*words.langs()[:2]] if lang == BOTH else split([lang] if lang else [])
    for one in reversed(named):
        set_lang(one)
    return (*named,) or (set_lang(None),)


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value is not None else None
    except ValueError:
        raise GxqError("bad-date", option=param.opts[-1], value=value) from None


def layer_named(name: str | None) -> str:
    """A layer by its name, its label in any language, or another name that it goes by.

    Empty where none is named.

    Raises
    ------
    GxqError
        If there is no such layer.
    """
    from gxq_geo.schemas import schema  # Here: few commands name a layer.

    if not name:
        return ""
    layers = schema().layers
    labels = {said: one.name for one in layers.values() for said in one.label.values()}
    every = {**labels, **ALSO, **{one: one for one in layers}}
    known = {said.casefold(): one for said, one in every.items()}
    if (wanted := name.casefold()) in known:
        return known[wanted]
    if meant := nearest(wanted, known, cutoff=0.5):  # One of the two characters of 园区.
        raise GxqError("unknown-layer-near", layer=name, near=known[meant])
    raise GxqError("unknown-layer", layer=name, known=", ".join(layers))


# ------------------------------------------------------------------ which zone


def there(path: Path) -> Path:
    """A path that is there; a ``zone.toml`` stands for its folder.

    Raises
    ------
    FileError, ZoneError
        If there is none: no file or no folder, as its name looks, and what it was meant for.
    """
    if os.path.lexists(path):
        return path.parent if path.name == SETTINGS and path.is_file() else path
    near, is_file = meant(path), _is_file_name(path)
    if near:
        if is_file:
            raise FileError("no-file-near", path=path, near=near)
        raise ZoneError("no-folder-near", path=path, near=near)
    raise FileError("no-file", path=path) if is_file else ZoneError("no-folder", path=path)


def meant(path: Path) -> Path | None:
    """What stands where a path would lead, and is named most like it."""
    name = nearest(path.name, _beside(path))
    return path.with_name(name) if name else None


def _is_file_name(path: Path) -> bool:
    return path.suffix.lower() in _FILES


def _beside(path: Path) -> list[str]:
    """What of the same kind stands where a path would lead: files, or folders that are zones."""
    some = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
    if _is_file_name(path):
        return [one.name for one in some if one.is_file()]
    return [one.name for one in some if (one / SETTINGS).is_file()]


def is_zone(word: str) -> bool:
    """Whether a word that may be the first names a zone: a folder, or what is written as a path."""
    path = Path(word)
    return path.is_dir() or path.name == SETTINGS or len(path.parts) > 1


def zone_apart(given: Sequence[str], folder: Path | None, *, first: bool) -> tuple[Path, list[str]]:
    """The zone that stands before other words, and those; ``layers`` where there is none.

    Parameters
    ----------
    given
        The words.
    folder
        The zone as ``--folder`` once named it: then none of the words does.
    first
        Whether the first word names the zone.
    """
    if folder is not None:
        ctx = click.get_current_context()
        written = " ".join(["gxq", str(ctx.info_name), str(folder), *given])
        moved(ctx, "--folder", written)
        return there(folder), [*given]
    return (there(Path(given[0])), [*given[1:]]) if first else (there(LAYERS), [*given])


# ------------------------------------------------------------------ arguments

PATH = click.Path(path_type=Path)


def _zone(say: str, metavar: str) -> Argument:
    return Argument(
        "zone",
        say=say,
        metavar=metavar,
        type=PATH,
        default=LAYERS,
        callback=with_value(there),
    )


ZONE = _zone("cli.folder", "[LAYERS]")
ZONE_OR_FILE = _zone("cli.path", "[LAYERS|FILE]")
# As a zone was once named where other words stand first.
FOLDER = Option("--folder", type=PATH, hidden=True)


def zone_and(then: Mapping[str, str]) -> Argument:
    """A zone, if one is named, and further words: `zone_apart` parts them."""
    return Argument("given", say="cli.folder", metavar="[LAYERS]", then=then, nargs=-1)


# ------------------------------------------------------------------ options

_LANG: dict[str, Any] = {"say": "cli.lang", "metavar": "LANG", "is_eager": True}
LANG = Option("--lang", callback=with_value(set_lang), **_LANG)
LANGS = Option("--lang", note="cli.langs", callback=with_value(set_langs), **_LANG)
ON = Option("--on", say="cli.on", shown="cli.data-date", metavar="DATE", callback=_day)
TABLE = Option("--table", "tables", say="cli.table", metavar="NAME", multiple=True)


def select(note: str) -> tuple[Option, Option]:
    """``--select`` and ``--ignore``."""
    how: dict[str, Any] = {"note": note, "metavar": "NAME", "multiple": True}
    return Option("--select", say="cli.select", **how), Option("--ignore", say="cli.ignore", **how)


def since(note: str) -> Option:
    """``--since``: what something is compared with."""
    return Option("--since", say="cli.since", note=note, metavar="STATE")


def layer(note: str) -> Option:
    """``--layer``: which layer is meant."""
    how: dict[str, Any] = {"metavar": "NAME", "callback": with_value(layer_named)}
    return Option("--layer", say="cli.layer", note=note, **how)


def form(*values: str, note: str = "", old: Mapping[str, str] | None = None) -> Option:
    """``--format``: the first is what is given where none is named."""
    how = one_of(values, old)
    return Option("--format", "form", say="cli.format", note=note, default=values[0], **how)


def output(default: str | None = None, note: str = "") -> Option:
    """``-o``: where a command writes."""
    how: dict[str, Any] = {"type": PATH, "default": Path(default) if default else None}
    shown = "" if default else "cli.screen"
    return Option("-o", "--output", say="cli.output", note=note, shown=shown, metavar="PATH", **how)


def audience(default: str = "public") -> Option:
    """``--audience``: for whom something is made."""
    how = one_of(("public", "internal"))
    return Option("--audience", say="cli.audience", default=default, **how)


def in_browser(*, default: bool) -> Option:
    """``--open``: whether the browser shows what was made."""
    shown = "page.yes" if default else "page.no"
    return Option("--open/--no-open", "open_", say="cli.open", shown=shown, default=default)
