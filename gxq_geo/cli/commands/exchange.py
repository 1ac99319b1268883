"""`gxq import` and `gxq export`: layers from and to the files of other programs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from gxq_geo import words
from gxq_geo.checks import messages
from gxq_geo.cli import options
from gxq_geo.cli.command import LAYERS, Option
from gxq_geo.cli.output import is_interactive, prepare_folder, report_file, write_output
from gxq_geo.cli.progress import progress
from gxq_geo.cli.tables import Table, show
from gxq_geo.exchange import export as exporting
from gxq_geo.exchange import formats
from gxq_geo.exchange.importing import mapping, report
from gxq_geo.exchange.importing.incoming import Question, Statements
from gxq_geo.exchange.importing.merge import Resolution
from gxq_geo.exchange.importing.plan import Plan, TablePlan, plan
from gxq_geo.exchange.source import ReadOptions
from gxq_geo.formats import csv_table, files
from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone, open_zone
from gxq_geo.zone.publication import public_layers
from gxq_geo.zone.settings import SETTINGS

# The most rows of a table of changes; the rest is in the JSON.
_SHOWN = 40


@options.command(
    options.zone_and_arguments({"FILE…": "cli.import-file"}),
    options.layer(note=""),
    options.crs(note="cli.crs-import"),
    Option("--params", help_text="cli.import-params", metavar="NUMBERS", default=""),
    Option(
        "--encoding",
        help_text="cli.encoding",
        note="cli.encoding-import",
        metavar="NAME",
        default="",
    ),
    Option("--sheet", "table", help_text="cli.import-table", metavar="NAME", default=""),
    Option("--header-row", help_text="cli.import-header", metavar="N", type=click.IntRange(1)),
    options.columns(),
    Option(
        "--set",
        "constants",
        help_text="cli.import-set",
        metavar="FIELD=VALUE",
        multiple=True,
        callback=options.pairs,
    ),
    Option("--id", "id_", help_text="cli.import-id", metavar="COLUMN", default=""),
    Option(
        "--on-conflict",
        "resolution",
        help_text="cli.import-conflict",
        default="ask",
        **options.one_of(("ask", "theirs", "ours")),
    ),
    Option("--apply", help_text="cli.fix-apply", is_flag=True),
    Option("--quarantine", help_text="cli.import-quarantine", metavar="FILE", type=options.PATH),
    Option("--keep-mapping", help_text="cli.import-mapping", is_flag=True),
    options.form("text", "json"),
    options.output(),
)
def import_(
    arguments: tuple[str, ...],
    layer: str,
    crs: str,
    params: str,
    encoding: str,
    table: str,
    header_row: int | None,
    columns: dict[str, str],
    constants: dict[str, str],
    id_: str,
    resolution: Any,
    apply: bool,
    quarantine: Path | None,
    keep_mapping: bool,
    form: str,
    output: Path | None,
    lang: str,
) -> int:
    """Show the plan of an import; with ``--apply``, write the layers."""
    paths, zone = _split(arguments)
    reading = ReadOptions(encoding, table, header_row)
    with progress("cli.importing", len(paths)) as step:
        foreign = []
        for path in paths:
            step(path.name)
            foreign.append(formats.read(path, reading))
    stated = Statements(layer, crs, params, columns, constants, id_, resolution)
    draft = plan(foreign, zone, stated, leave_out=quarantine is not None)
    if form == "json":
        text = json.dumps(report.to_data(draft, lang), ensure_ascii=False, indent=2, default=str)
        write_output(f"{text}\n", output)
    else:
        _print(draft, lang)
        if is_interactive() and draft.questions:
            draft = _answered(draft, foreign, zone, stated, quarantine, lang)
    return _finish(
        draft, lang, apply=apply, quarantine=quarantine, keep=keep_mapping, quiet=form == "json"
    )


def _split(arguments: Sequence[str]) -> tuple[list[Path], Path]:
    """Split the arguments into the files and the zone: first or last, by default ``layers``."""
    paths = [Path(one) for one in arguments]
    if paths and (paths[0] / SETTINGS).is_file():
        zone = paths.pop(0)
    else:
        zone = paths.pop() if _is_zone(paths) else LAYERS
    if not paths:
        raise GxqError("import-which")
    return [options.existing_path(path) for path in paths], options.existing_path(zone)


def _is_zone(paths: Sequence[Path]) -> bool:
    """Whether the last path is a zone, and not one more file to import."""
    if not paths or (paths[-1] / SETTINGS).is_file():
        return bool(paths)
    return len(paths) > 1 and paths[-1].is_dir() and paths[-1].suffix.lower() != ".gdb"


# ------------------------------------------------------------------ the plan as text


def _print(draft: Plan, lang: str) -> None:
    for line in plan_lines(draft, lang):
        click.echo(line)


def plan_lines(draft: Plan, lang: str) -> Iterator[str]:
    """Yield the lines that show a plan: its files, tables, columns, changes and losses."""
    shown: set[int] = set()
    for table in draft.tables:
        if id(table.file) not in shown:
            shown.add(id(table.file))
            yield report.file_line(table.file, lang)
            yield from (f"  {report.message(note, lang)}" for note in table.file.notes)
        yield f"  {report.table_line(table, lang)}"
        yield from (f"    {line}" for line in _table_lines(table, lang))
        for one in _tables(table, lang):
            yield from show(one)
    rows = report.loss_rows(draft, lang)
    if rows:
        title = words.text("exchange.plan.losses", lang)
        table_ = Table(title, report.head(report.LOSS_HEAD, lang), rows, frozenset({1}))
        yield from show(table_)
    else:
        yield words.text("exchange.plan.no-losses", lang)


def _table_lines(table: TablePlan, lang: str) -> Iterator[str]:
    incoming = table.incoming
    if incoming.mapping is not None:
        yield words.text("exchange.plan.mapping", lang, path=incoming.mapping)
    yield from report.notes(table, lang)
    if incoming.decision is not None:
        yield report.crs_line(incoming.decision, lang)
    if incoming.layer is not None and not incoming.questions:
        yield report.merge_line(table, lang)


def _tables(table: TablePlan, lang: str) -> Iterator[Table]:
    """The tables of columns, of candidate CRSs if the choice is not evident, and of changes."""
    decision = table.incoming.decision
    if columns := report.column_rows(table, lang):
        title = words.text("exchange.plan.columns", lang)
        yield Table(title, report.head(report.COLUMN_HEAD, lang), columns)
    if decision is not None and decision.why != "declared" and decision.ranking:
        title = words.text("exchange.plan.crs-table", lang)
        rows = report.crs_rows(decision, lang)
        yield Table(title, report.head(report.CRS_HEAD, lang), rows, frozenset({1, 2, 3}))
    if rows := report.change_rows(table, lang):
        title = words.text("exchange.plan.changes", lang)
        if len(rows) > _SHOWN:
            more = words.text("exchange.plan.more", lang, count=len(rows) - _SHOWN)
            title, rows = f"{title} ({more})", rows[:_SHOWN]
        yield Table(title, report.head(report.CHANGE_HEAD, lang), rows)


# ------------------------------------------------------------------ questions on a terminal


def _answered(
    draft: Plan,
    foreign: Sequence[formats.Foreign],
    zone: Path,
    stated: Statements,
    quarantine: Path | None,
    lang: str,
) -> Plan:
    """Ask the user what is open, until nothing is, or nothing that can be answered here."""
    while draft.questions:
        answered = stated
        for question in draft.questions:
            answered = _ask(question, draft, answered, lang)
        if answered == stated:
            return draft
        stated = answered
        draft = plan(foreign, zone, stated, leave_out=quarantine is not None)
        _print(draft, lang)
    return draft


def _ask(question: Question, draft: Plan, stated: Statements, lang: str) -> Statements:
    """Return the statements with the answer to a question; unchanged if it needs an option."""
    if question.kind == "question.layer" and not stated.layer:
        names = click.Choice(list(schema().layers))
        answer = click.prompt(words.text("exchange.plan.ask-layer", lang), type=names)
        return replace(stated, layer=answer)
    if question.kind.startswith("crs.") and question.kind != "crs.params" and not stated.crs:
        labels = str(question.params["candidates"]).split(", ")
        choice = click.Choice([label for label in labels if label])
        answer = click.prompt(words.text("exchange.plan.ask-crs", lang), type=choice)
        return replace(stated, crs=answer)
    if question.kind == "question.conflict":
        key = (question.where, str(question.params["field"]))
        text = words.text("exchange.plan.ask-conflict", lang, id=question.where, **question.params)
        side: Resolution = click.prompt(text, type=click.Choice(["ours", "theirs"]))
        return replace(stated, decided={**stated.decided, key: side})
    return stated


# ------------------------------------------------------------------ writing


def _finish(
    draft: Plan, lang: str, *, apply: bool, quarantine: Path | None, keep: bool, quiet: bool
) -> int:
    """Write the plan if it is ready and wanted; return the exit status."""
    err = quiet
    for line in obstacles(draft, lang):
        click.echo(line, err=True)
    if not draft.is_ready:
        return 1
    if not draft.layers:
        click.echo(words.text("exchange.plan.nothing", lang), err=err)
    layers = report.layer_names(draft, lang)
    wanted = apply or (
        bool(draft.layers)
        and not quiet
        and is_interactive()
        and click.confirm(words.text("exchange.plan.ask", lang))
    )
    if draft.layers and not wanted:
        click.echo(words.text("exchange.plan.ready", lang, layers=layers), err=err)
        return 0
    if draft.layers:
        draft.apply()
        click.echo(words.text("exchange.plan.applied", lang, layers=layers), err=err)
    if wanted and keep:
        _keep_mapping(draft, lang)
    if quarantine is not None and draft.left and wanted:
        files.write_bytes(quarantine, _left_bytes(draft, lang))
        click.echo(words.text("exchange.plan.quarantine-written", lang, path=quarantine), err=err)
    return 1 if draft.left else 0


def obstacles(draft: Plan, lang: str) -> Iterator[str]:
    """Yield the lines that say why a plan cannot be applied."""
    if draft.questions:
        yield words.text("exchange.plan.questions", lang)
        yield from (f"  {report.message(question, lang)}" for question in draft.questions)
    if draft.issues:
        yield words.text("exchange.plan.issues", lang)
        yield from (f"  {messages.line(issue, lang)}" for issue in draft.issues)
    if draft.left:
        yield words.text("exchange.plan.left", lang)
        for left in draft.left:
            for issue in left.issues:
                yield f"  {left.place}: {messages.line(issue, lang)}"


def _keep_mapping(draft: Plan, lang: str) -> None:
    for foreign in dict.fromkeys(table.file.path for table in draft.tables if table.file.tables):
        tables = [one.incoming for one in draft.tables if one.file.path == foreign]
        path = draft.folder / f"{foreign.stem}{mapping.SUFFIX}"
        files.write_bytes(path, mapping.to_bytes(tables))
        click.echo(words.text("exchange.plan.mapping-written", lang, path=path), err=True)


def _left_bytes(draft: Plan, lang: str) -> bytes:
    """Return the records that were left out as CSV, each with its place and its issues."""
    place, issues = report.head(("place", "issues"), lang)
    rows = [
        {
            place: f"{left.table} {left.place}",
            issues: " / ".join(messages.message(issue, lang) for issue in left.issues),
            **left.values,
        }
        for left in draft.left
    ]
    header = list(dict.fromkeys(name for row in rows for name in row))
    return csv_table.to_bytes(rows, header, place)


# ------------------------------------------------------------------ export

EVERYTHING = "all"


@options.command(
    options.zone_and_arguments({"LAYER…|all": "cli.export-layer"}),
    options.output(note="cli.export-formats"),
    options.crs(note="cli.crs-export"),
    options.audience(),
    Option(
        "--encoding",
        help_text="cli.encoding",
        note="cli.encoding-export",
        default="gb18030",
        **{**options.one_of(("gb18030", "utf-8")), "metavar": "NAME"},
    ),
)
def export(
    arguments: tuple[str, ...],
    output: Path | None,
    crs: str,
    audience: str,
    encoding: exporting.Encoding,
    lang: str,
) -> int:
    """Export layers to a format of another program, and list what it cannot hold."""
    first = bool(arguments) and options.is_zone(arguments[0])
    folder, wanted = options.split_zone(arguments, None, first=first)
    if output is None or not wanted:
        raise GxqError("export-which", known=" ".join(exporting.FORMATS))
    zone = open_zone(folder)
    names = _layers(wanted, output, zone, audience)
    result = exporting.export(
        zone,
        names,
        prepare_folder(output),
        crs=crs,
        audience=audience,
        lang=lang,
        encoding=encoding,
    )
    for loss in result.losses:
        click.echo(report.message(loss, lang), err=True)
    result.write()
    for path in result.files:
        report_file(path)
    return 0


def _layers(wanted: Sequence[str], output: Path, zone: Zone, audience: str) -> list[str]:
    """Return the names of the layers; for ``all``, of those with records that the format holds."""
    if list(wanted) != [EVERYTHING]:
        return [options.find_layer(name) for name in wanted]
    target = exporting.output_format(output)
    shown = public_layers(zone, audience)
    return [
        name
        for name, frame in shown.items()
        if len(frame) and (target.tables or not schema().layers[name].is_table)
    ]


COMMANDS = {"import": import_, "export": export}
