"""`gxq sites`, `carriers`, `parks`, `projects`, `customers`, `chains`: tables of statistics."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import click

from gxq_geo import words
from gxq_geo.cli import options
from gxq_geo.cli.command import Command
from gxq_geo.cli.output import write_output
from gxq_geo.cli.tables import Table, show
from gxq_geo.questions import DATED_QUESTIONS, QUESTIONS, Answer, ask, tables
from gxq_geo.questions.tables import Sheet
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone, open_zone

# The number of rows shown on the screen of a table that ``--table`` does not name.
_ROWS = 20

FORM = options.form("text", "json", "csv", "xlsx", note="cli.format-answer", old={"table": "text"})


def _question(name: str) -> Command:
    """Return the command of a question."""

    def run(
        zone: Path,
        form: str,
        output: Path | None,
        tables: tuple[str, ...],
        lang: str,
        on: date | None = None,
    ) -> None:
        opened = open_zone(zone)
        answer = ask(opened, name, on=on)
        output_answer(answer, opened, lang, form=form, output=output, names=options.split(tables))

    date_options = [options.ON] if name in DATED_QUESTIONS else []
    run.__name__ = name
    return options.command(options.ZONE, FORM, options.output(), options.TABLE, *date_options)(run)


def output_answer(
    answer: Answer,
    zone: Zone,
    lang: str,
    *,
    form: str,
    output: Path | None,
    names: list[str],
) -> None:
    """Print the tables of an answer, or write them to a file."""
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
    sheets = tables.sheets(answer, zone, lang, names)
    if form == "text":
        _print(sheets, tables.notes(answer, zone, lang), output, whole=bool(names))
    elif form == "xlsx":
        write_output(tables.to_xlsx(answer, zone, sheets, lang), output)
    elif form == "csv":
        write_output(tables.to_csv(sheets[0]), output)
    else:
        write_output(tables.to_json(answer, zone, sheets, lang), output)


def _print(sheets: list[Sheet], notes: list[str], output: Path | None, *, whole: bool) -> None:
    if output is not None:
        lines = [
            line for sheet in sheets for line in (*_table(sheet, len(sheet.cells)).lines(), "")
        ]
        write_output("".join(f"{line}\n" for line in (*lines, *notes)), output)
        return
    for sheet in sheets:
        rows = len(sheet.cells) if whole else _ROWS
        for line in show(_table(sheet, rows), _remarks(sheet, rows)):
            click.echo(line)
    for note in notes:
        click.echo(words.visible(note))


def _remarks(sheet: Sheet, rows: int) -> Iterable[str]:
    """Yield the remarks under a table: that it is empty, or how many rows are not shown."""
    if not sheet.cells:
        yield words.text("cli.answer-none")
    if (left := len(sheet.cells) - rows) > 0:
        yield words.text("cli.answer-more", count=left, table=sheet.name)


def _table(sheet: Sheet, rows: int) -> Table:
    numeric = frozenset(
        column
        for column in range(len(sheet.labels))
        if any(isinstance(row[column], int | float) for row in sheet.cells)
    )
    return Table(sheet.title, sheet.labels, sheet.texts(rows), numeric)


COMMANDS = {name: _question(name) for name in QUESTIONS}
