"""The arguments and options that commands share, each defined once.

A command that reads a zone takes its folder as the first argument, by default ``layers``. An option
has the same name, short form and meaning in every command; a command may add a note to its help.
Old spellings still work; the command then prints the new spelling.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from gxq_geo import words
from gxq_geo.cli.command import LAYERS, Argument, Command, Option, record_old_spelling
from gxq_geo.words.errors import FileError, GxqError, ZoneError

SETTINGS = "zone.toml"
BOTH = "both"
# Other names of layers: the map calls carriers buildings.
LAYER_ALIASES = {"buildings": "carriers"}
# A path with one of these suffixes is taken as a file.
_FILE_SUFFIXES = {
    ".geojson",
    ".json",
    ".gpkg",
    ".csv",
    ".toml",
    ".xlsx",
    ".xls",
    ".shp",
    ".kml",
    ".zip",
}


def command(
    *params: click.Parameter, old: Mapping[str, str] | None = None
) -> Callable[[Callable[..., int | None]], Command]:
    """Decorate a function as a command: it gets the parameters and returns the exit status.

    Parameters
    ----------
    params
        The arguments and options; ``--lang`` is added if it is missing.
    old
        As for `Command`.
    """

    def decorate(function: Callable[..., int | None]) -> Command:
        every = params if any(one.name == "lang" for one in params) else (*params, LANG)
        name = function.__name__.rstrip("_")
        return Command(name, old=old or {}, params=[*every], callback=function)

    return decorate


# ------------------------------------------------------------------ values


def split(names: Iterable[str]) -> list[str]:
    """Split the values of a repeated option at commas."""
    return [name.strip() for one in names for name in one.split(",") if name.strip()]


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return the most similar known name; empty if none is similar."""
    import difflib  # Imported late: only needed for a misspelt name.

    return next(iter(difflib.get_close_matches(name, [*known], n=1, cutoff=cutoff)), "")


def one_of(values: Sequence[str], old: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the attributes of an option that accepts some values, in any case.

    Parameters
    ----------
    old
        The old spelling of each renamed value, and the new one.
    """

    def choose(ctx: click.Context, param: click.Parameter, value: str) -> str:
        name, wanted = param.opts[-1], value
        if old and value in old:
            wanted = old[value]
            record_old_spelling(ctx, f"{name} {value}", f"{name} {wanted}")
        for one in values:
            if one.casefold() == wanted.casefold():
                return one
        raise GxqError("unknown-choice", option=name, value=value, known=", ".join(values))

    return {"metavar": f"[{'|'.join(values)}]", "callback": choose}


def value_callback(function: Callable[[Any], Any]) -> Callable[..., Any]:
    """Wrap a function of a value as a click callback."""
    return lambda _ctx, _param, value: function(value)


def set_lang(lang: str | None) -> str:
    """Set the default language and return it; None keeps the current one."""
    if lang is not None and lang not in words.langs():
        raise GxqError("unknown-lang", lang=lang, known=", ".join(words.langs()))
    words.set_default_lang(lang or words.default_lang())
    return words.default_lang()


def set_langs(lang: str | None) -> tuple[str, ...]:
    """Set the first of several comma-separated languages as the default; return all of them."""
    named = [*words.langs()[:2]] if lang == BOTH else split([lang] if lang else [])
    for one in reversed(named):
        set_lang(one)
    return (*named,) or (set_lang(None),)


def _parse_date(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value is not None else None
    except ValueError:
        raise GxqError("bad-date", option=param.opts[-1], value=value) from None


def find_layer(name: str | None) -> str:
    """Return a layer's name, given its name, its label in any language, or an alias.

    Without a name the result is empty.

    Raises
    ------
    GxqError
        If there is no such layer.
    """
    from gxq_geo.schemas import schema  # Imported late: few commands need it.

    if not name:
        return ""
    layers = schema().layers
    labels = {label: one.name for one in layers.values() for label in one.label.values()}
    every = {**labels, **LAYER_ALIASES, **{one: one for one in layers}}
    known = {name_.casefold(): one for name_, one in every.items()}
    if (wanted := name.casefold()) in known:
        return known[wanted]
    if near := nearest(wanted, known, cutoff=0.5):  # Accepts one of the two characters of 园区.
        raise GxqError("unknown-layer-near", layer=name, near=known[near])
    raise GxqError("unknown-layer", layer=name, known=", ".join(layers))


# ------------------------------------------------------------------ the zone's folder


def existing_path(path: Path) -> Path:
    """Return an existing path; for a ``zone.toml``, its folder.

    Raises
    ------
    FileError, ZoneError
        If the path does not exist. Its suffix decides between file and folder; the message
        suggests a similar name.
    """
    if os.path.lexists(path):
        return path.parent if path.name == SETTINGS and path.is_file() else path
    near, is_file = nearest_path(path), _is_file_name(path)
    if near:
        if is_file:
            raise FileError("no-file-near", path=path, near=near)
        raise ZoneError("no-folder-near", path=path, near=near)
    raise FileError("no-file", path=path) if is_file else ZoneError("no-folder", path=path)


def nearest_path(path: Path) -> Path | None:
    """Return the file or zone in the same folder with the most similar name; else None."""
    name = nearest(path.name, _candidates(path))
    return path.with_name(name) if name else None


def _is_file_name(path: Path) -> bool:
    """Whether a path that does not exist is meant as a file: by its suffix, or misspelt."""
    if path.suffix.lower() in _FILE_SUFFIXES:
        return True
    return path.suffix[1:].isalpha() and bool(nearest(path.name, _files_beside(path), cutoff=0.8))


def _files_beside(path: Path) -> list[str]:
    return [one.name for one in _beside(path) if one.is_file()]


def _beside(path: Path) -> list[Path]:
    return sorted(path.parent.iterdir()) if path.parent.is_dir() else []


def _candidates(path: Path) -> list[str]:
    """Return the names in the parent folder of the same kind: files, or folders of zones."""
    if _is_file_name(path):
        return _files_beside(path)
    return [one.name for one in _beside(path) if (one / SETTINGS).is_file()]


def is_zone(argument: str) -> bool:
    """Whether an argument names a zone: it is a folder, or is written as a path."""
    path = Path(argument)
    return path.is_dir() or path.name == SETTINGS or len(path.parts) > 1


def split_zone(
    arguments: Sequence[str], folder: Path | None, *, first: bool
) -> tuple[Path, list[str]]:
    """Split arguments into the zone, by default ``layers``, and the other arguments.

    Parameters
    ----------
    arguments
        All arguments.
    folder
        The zone by the old option ``--folder``; then no argument names it.
    first
        Whether the first argument names the zone.
    """
    if folder is not None:
        ctx = click.get_current_context()
        written = " ".join(["gxq", str(ctx.info_name), str(folder), *arguments])
        record_old_spelling(ctx, "--folder", written)
        return existing_path(folder), [*arguments]
    return (
        (existing_path(Path(arguments[0])), [*arguments[1:]])
        if first
        else (existing_path(LAYERS), [*arguments])
    )


# ------------------------------------------------------------------ arguments

PATH = click.Path(path_type=Path)


def _zone_argument(help_text: str, metavar: str) -> Argument:
    return Argument(
        "zone",
        help_text=help_text,
        metavar=metavar,
        type=PATH,
        default=LAYERS,
        callback=value_callback(existing_path),
    )


ZONE = _zone_argument("cli.folder", "[LAYERS]")
ZONE_OR_FILE = _zone_argument("cli.path", "[LAYERS|FILE]")
# The old spelling of the zone in commands with further arguments.
FOLDER = Option("--folder", type=PATH, hidden=True)


def zone_and_arguments(more: Mapping[str, str]) -> Argument:
    """Return an argument for an optional zone and further values; `split_zone` splits them."""
    return Argument("arguments", help_text="cli.folder", metavar="[LAYERS]", more=more, nargs=-1)


# ------------------------------------------------------------------ options

_LANG: dict[str, Any] = {"help_text": "cli.lang", "metavar": "LANG", "is_eager": True}
LANG = Option("--lang", callback=value_callback(set_lang), **_LANG)
LANGS = Option("--lang", note="cli.langs", callback=value_callback(set_langs), **_LANG)
ON = Option(
    "--on", help_text="cli.on", default_key="cli.data-date", metavar="DATE", callback=_parse_date
)
TABLE = Option("--table", "tables", help_text="cli.table", metavar="NAME", multiple=True)


def select(note: str) -> tuple[Option, Option]:
    """Return the options ``--select`` and ``--ignore``."""
    attrs: dict[str, Any] = {"note": note, "metavar": "NAME", "multiple": True}
    return Option("--select", help_text="cli.select", **attrs), Option(
        "--ignore", help_text="cli.ignore", **attrs
    )


def since(note: str) -> Option:
    """Return the option ``--since``: the version to compare with."""
    return Option("--since", help_text="cli.since", note=note, metavar="STATE")


def layer(note: str) -> Option:
    """Return the option ``--layer``: the name of a layer."""
    attrs: dict[str, Any] = {"metavar": "NAME", "callback": value_callback(find_layer)}
    return Option("--layer", help_text="cli.layer", note=note, **attrs)


def form(*values: str, note: str = "", old: Mapping[str, str] | None = None) -> Option:
    """Return the option ``--format``; the first value is the default."""
    attrs = one_of(values, old)
    return Option("--format", "form", help_text="cli.format", note=note, default=values[0], **attrs)


def output(default: str | None = None, note: str = "") -> Option:
    """Return the option ``--output``: the file to write."""
    attrs: dict[str, Any] = {"type": PATH, "default": Path(default) if default else None}
    default_key = "" if default else "cli.screen"
    return Option(
        "-o",
        "--output",
        help_text="cli.output",
        note=note,
        default_key=default_key,
        metavar="PATH",
        **attrs,
    )


def crs(note: str) -> Option:
    """Return the option ``--crs``: a CRS by its code."""
    return Option("--crs", help_text="cli.crs", note=note, metavar="CRS", default="")


def pairs(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> dict[str, str]:
    """Split ``column=field``, and ``field=value``, at the first equals sign."""
    found = {}
    for text in value:
        name, sign, target = text.partition("=")
        if not sign or not name:
            raise GxqError("bad-pair", option=param.opts[-1], value=text)
        found[name.strip()] = target.strip()
    return found


def columns() -> Option:
    """Return the option ``--map``: the fields of columns whose headings are not plain."""
    attrs: dict[str, Any] = {"metavar": "COLUMN=FIELD", "multiple": True, "callback": pairs}
    return Option("--map", "columns", help_text="cli.import-map", **attrs)


def audience(default: str = "public") -> Option:
    """Return the option ``--audience``: public or internal data."""
    attrs = one_of(("public", "internal"))
    return Option("--audience", help_text="cli.audience", default=default, **attrs)


def in_browser(*, default: bool) -> Option:
    """Return the option ``--open``: whether to open the result in the browser."""
    default_key = "page.yes" if default else "page.no"
    return Option(
        "--open/--no-open", "open_", help_text="cli.open", default_key=default_key, default=default
    )
