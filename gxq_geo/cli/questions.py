"""`gxq sites`, `carriers`, `parks`, `projects`, `customers`, `chains`, `match`: the questions."""

import difflib
import inspect
import io
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import HORIZONTALS
from rich.console import Console
from rich.table import Table

from gxq_geo import words
from gxq_geo.cli.options import Folder, Lang, split
from gxq_geo.cli.output import put
from gxq_geo.matching.ranking import INDUSTRY, required
from gxq_geo.matching.requirement import Requirement, Want, criteria, read_stated
from gxq_geo.questions import ASK, Answer, matched, tables
from gxq_geo.questions.tables import Sheet
from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone, open_zone

# Of a table that was not asked for by name so many rows are shown on the screen.
_ROWS = 20
# Wide enough that nothing wraps where no screen has to hold it.
_WIDE = 2000


class AnswerFormat(StrEnum):
    """How a question is answered."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


AsFormat = Annotated[AnswerFormat, typer.Option("--format", help=words.text("cli.answer-format"))]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help=words.text("cli.report-output"))
]
Names = Annotated[
    list[str] | None,
    typer.Option("--table", metavar="NAME", help=words.text("cli.answer-table")),
]


def question(name: str) -> Callable[..., None]:
    """The command of one question."""

    def ask(
        folder: Folder = Path("layers"),
        form: AsFormat = AnswerFormat.TABLE,
        output: Output = None,
        table: Names = None,
        lang: Lang = None,
    ) -> None:
        zone = open_zone(folder)
        give(ASK[name](zone), zone, str(lang), form=form, output=output, names=split(table))

    ask.__doc__ = ASK[name].__doc__
    return ask


def give(
    answer: Answer,
    zone: Zone,
    lang: str,
    *,
    form: AnswerFormat,
    output: Path | None,
    names: list[str],
) -> None:
    """Print an answer, or write it into a file."""
    for name in names:
        if name not in answer.tables:
            near = difflib.get_close_matches(name, answer.tables, n=1) or [", ".join(answer.tables)]
            raise GxqError("unknown-table", name=name, near=near[0])
    if form is AnswerFormat.XLSX and output is None:
        raise GxqError("xlsx-output")
    if form is AnswerFormat.CSV and len(names) != 1:
        if names:
            raise GxqError("csv-one-table")
        names = list(answer.tables)[:1]
        others = ", ".join(name for name in answer.tables if name not in names)
        typer.echo(words.text("cli.answer-csv", table=names[0], others=others), err=True)
    said = tables.sheets(answer, zone, lang, names)
    if form is AnswerFormat.TABLE:
        _print(said, tables.notes(answer, zone, lang), output, whole=bool(names))
    elif form is AnswerFormat.XLSX:
        put(tables.to_xlsx(answer, zone, said, lang), output)
    elif form is AnswerFormat.CSV:
        put(tables.to_csv(said[0]), output)
    else:
        put(tables.to_json(answer, zone, said, lang), output)


def _print(said: list[Sheet], notes: list[str], output: Path | None, *, whole: bool) -> None:
    if output is not None:
        console = Console(record=True, width=_WIDE, file=io.StringIO())
    else:
        console = Console(width=None if sys.stdout.isatty() else _WIDE)
    for one in said:
        shown = len(one.cells) if whole or output else _ROWS
        console.print(_table(one, shown))
        if not one.cells:
            console.print(words.text("cli.answer-none"))
        if len(one.cells) > shown:
            count = len(one.cells) - shown
            console.print(words.text("cli.answer-more", count=count, table=one.name), markup=False)
        console.print()
    for note in notes:
        console.print(note, markup=False, highlight=False, soft_wrap=True)
    if output is not None:
        put(console.export_text(), output)


def _table(one: Sheet, rows: int) -> Table:
    table = Table(title=_plain(one.title), title_justify="left", box=HORIZONTALS)
    for column, label in enumerate(one.labels):
        numeric = any(isinstance(row[column], int | float) for row in one.cells)
        justify = "right" if numeric else "left"
        table.add_column(_plain(label), justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in one.texts(rows):
        table.add_row(*map(_plain, row))
    return table


def _plain(text: str) -> str:
    """A text in which nothing is markup."""
    return text.replace("[", "\\[")


# ------------------------------------------------------------------ match


def match_command() -> Callable[..., None]:
    """`gxq match`: an option for everything that a requirement may state, in any of its units."""
    wants = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_option(want, name)
        )
        for want in criteria().wants.values()
        for name in (want.name, *want.also)
    ]
    signature = inspect.signature(_match)
    own = [one for one in signature.parameters.values() if one.name != "stated"]

    def match(**given: Any) -> None:
        fixed = {one.name: given.pop(one.name) for one in own}
        _match(**fixed, stated={name: value for name, value in given.items() if value})

    named = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
    every = [named[0], *wants, *named[1:]]
    # Typer reads the options from the signature.
    vars(match)["__signature__"] = signature.replace(parameters=every)
    match.__annotations__ = {one.name: one.annotation for one in every}
    match.__doc__ = _match.__doc__
    return match


def _option(want: Want, name: str) -> Any:
    lang = words.default_lang()
    said = words.pick(want.label, lang)
    # A further unit stands at the end of the name: area_ha.
    of = name.rsplit("_", 1)[-1] if name in want.also else want.unit
    unit = words.pick(schema().units.get(of, {}), lang)
    flag = f"--{name.replace('_', '-')}"
    types: dict[str, Any] = {"number": float | None, "list": list[str] | None}
    shown = f"{said} {unit}".strip()
    return Annotated[types.get(want.type, str | None), typer.Option(flag, help=shown)]


def _match(
    folder: Folder = Path("layers"),
    file: Annotated[
        Path | None, typer.Option("-f", "--file", help=words.text("cli.match-file"))
    ] = None,
    gbt4754: Annotated[
        list[str] | None, typer.Option("--gbt4754", help=words.text("cli.match-industry"))
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option("--weight", metavar="NAME=N", help=words.text("cli.match-weight")),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help=words.text("cli.match-limit"))] = 10,
    failed: Annotated[bool, typer.Option("--all", help=words.text("cli.match-all"))] = False,
    link: Annotated[bool, typer.Option("--link", help=words.text("cli.match-link"))] = False,
    form: AsFormat = AnswerFormat.TABLE,
    output: Output = None,
    table: Names = None,
    lang: Lang = None,
    *,
    stated: dict[str, Any],
) -> None:
    """Rank sites, sites together, and carriers by how well they meet a requirement."""
    whole = {**(read_stated(file) if file else {}), **_listed(stated)}
    if gbt4754:
        whole[INDUSTRY] = split(gbt4754)
    own = whole.pop("weights", {})
    weights = {**(own if isinstance(own, dict) else {"weights": own}), **_weights(split(weight))}
    zone = open_zone(folder)
    wanted = required(zone, whole)
    if link:
        typer.echo(f"{zone.settings.public_url}#{wanted.link(_layer(wanted), weights)}")
        if not zone.settings.public_url:
            typer.echo(words.text("cli.match-unpublished"), err=True)
        return
    answer = matched(zone, wanted, weights=weights, limit=limit, failed=failed)
    give(answer, zone, str(lang), form=form, output=output, names=split(table))


def _listed(stated: dict[str, Any]) -> dict[str, Any]:
    return {
        name: split(value) if isinstance(value, list) else value for name, value in stated.items()
    }


def _weights(given: list[str]) -> dict[str, float]:
    out = {}
    for one in given:
        name, _, value = one.partition("=")
        try:
            out[name.strip()] = float(value)
        except ValueError:
            raise GxqError("bad-weight", name=name.strip(), value=value) from None
    return out


def _layer(wanted: Requirement) -> str:
    """What the map opens with: sites, unless the requirement says something of carriers only."""
    of_sites = any(one.want for one in criteria().of("sites", wanted))
    only = {one.want for one in criteria().all if one.layers == ("carriers",)}
    return "carriers" if only & set(wanted.wants) or not of_sites else "sites"
