"""`gxq sites`, `carriers`, `parks`, `projects`, `customers`, `chains`: the questions."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import click

from gxq_geo import words
from gxq_geo.cli import options
from gxq_geo.cli.command import Command
from gxq_geo.cli.output import put
from gxq_geo.cli.tables import Table, show
from gxq_geo.questions import DATED_QUESTIONS, QUESTIONS, Answer, ask, tables
from gxq_geo.questions.tables import Sheet
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone, open_zone

# Of a table that was not asked for by name so many rows are shown on the screen.
_ROWS = 20

FORM = options.form("text", "json", "csv", "xlsx", note="cli.format-answer", old={"table": "text"})


def _question(name: str) -> Command:
    """The command of one question."""

    def asked(
        zone: Path,
        form: str,
        output: Path | None,
        tables: tuple[str, ...],
        lang: str,
        on: date | None = None,
    ) -> None:
        opened = open_zone(zone)
        answer = ask(opened, name, on=on)
        give(answer, opened, lang, form=form, output=output, names=options.split(tables))

    day = [options.ON] if name in DATED_QUESTIONS else []
    asked.__name__ = name
    return options.command(options.ZONE, FORM, options.output(), options.TABLE, *day)(asked)


def give(
    answer: Answer,
    zone: Zone,
    lang: str,
    *,
    form: str,
    output: Path | None,
    names: list[str],
) -> None:
    """Print an answer, or write it into a file."""
    for name in names:
        if name not in answer.tables:
            near = options.nearest(name, answer.tables) or ", ".join(answer.tables)
            raise GxqError("unknown-table", name=name, near=near)
    if form == "xlsx" and output is None:
        raise GxqError("xlsx-output")
    if form == "csv" and len(names) != 1:
        if names:
            raise GxqError("csv-one-table")
        names = list(answer.tables)[:1]
        others = ", ".join(name for name in answer.tables if name not in names)
        click.echo(words.text("cli.answer-csv", table=names[0], others=others), err=True)
    said = tables.sheets(answer, zone, lang, names)
    if form == "text":
        _print(said, tables.notes(answer, zone, lang), output, whole=bool(names))
    elif form == "xlsx":
        put(tables.to_xlsx(answer, zone, said, lang), output)
    elif form == "csv":
        put(tables.to_csv(said[0]), output)
    else:
        put(tables.to_json(answer, zone, said, lang), output)


def _print(said: list[Sheet], notes: list[str], output: Path | None, *, whole: bool) -> None:
    if output is not None:
        lines = [line for one in said for line in (*_table(one, len(one.cells)).lines(), "")]
        put("".join(f"{line}\n" for line in (*lines, *notes)), output)
        return
    for one in said:
        rows = len(one.cells) if whole else _ROWS
        for line in show(_table(one, rows), _remarks(one, rows)):
            click.echo(line)
    for note in notes:
        click.echo(words.visible(note))


def _remarks(one: Sheet, rows: int) -> Iterable[str]:
    """What stands under a table of which so many rows are shown."""
    if not one.cells:
        yield words.text("cli.answer-none")
    if (left := len(one.cells) - rows) > 0:
        yield words.text("cli.answer-more", count=left, table=one.name)


def _table(one: Sheet, rows: int) -> Table:
    numeric = frozenset(
        column
        for column in range(len(one.labels))
        if any(isinstance(row[column], int | float) for row in one.cells)
    )
    return Table(one.title, one.labels, one.texts(rows), numeric)


COMMANDS = {name: _question(name) for name in QUESTIONS}
