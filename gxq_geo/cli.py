"""The command line: words in, a report and an exit status out.

Exit status: 0 clean, 1 a file is at fault, 2 the tool cannot go on.
"""

import difflib
import json
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.box import HORIZONTALS
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from gxq_geo import files, layer, report, schema_docs, words
from gxq_geo.check import check as check_zone
from gxq_geo.errors import DraftError, GxqError
from gxq_geo.example import copy_example
from gxq_geo.issues import Report, Severity
from gxq_geo.rules import RULES
from gxq_geo.schema import LayerSchema
from gxq_geo.schema import schema as package_schema
from gxq_geo.zone import Zone, layer_files, open_zone

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.ADVICE: "cyan"}

app = typer.Typer(
    help=words.text("cli.gxq"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class SchemaFormat(StrEnum):
    """How `gxq schema` prints."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON_SCHEMA = "json-schema"


class Audience(StrEnum):
    """For whom a map is made."""

    PUBLIC = "public"
    INTERNAL = "internal"


def _set_lang(lang: str | None) -> str:
    if lang is not None and lang not in words.langs():
        raise GxqError("unknown-lang", lang=lang, known=", ".join(words.langs()))
    words.speak(lang or words.default_lang())
    return words.default_lang()


Folder = Annotated[Path, typer.Argument(help=words.text("cli.folder"))]
Lang = Annotated[
    str | None, typer.Option("--lang", help=words.text("cli.lang"), callback=_set_lang)
]


@app.command(help=words.text("cli.check"))
def check(folder: Folder = Path("layers"), lang: Lang = None) -> None:
    """Check every layer, and say what is wrong, where, and what to do."""
    zone = open_zone(folder, partial=True)
    with _progress("cli.checking") as step:
        found = check_zone(zone, progress=step)
    for issue in found:
        paint = partial(typer.style, fg=_COLOURS[issue.severity], bold=True)
        typer.echo(report.line(issue, str(lang), paint=paint))
    typer.echo(report.summary(found, str(lang)))
    raise typer.Exit(0 if found.ok else 1)


@app.command(help=words.text("cli.fmt"))
def fmt(
    folder: Folder = Path("layers"),
    only_check: Annotated[bool, typer.Option("--check", help=words.text("cli.fmt-check"))] = False,
    lang: Lang = None,
) -> None:
    """Bring every layer file into canonical form."""
    open_zone(folder, partial=True)
    status = 0
    for path, of in layer_files(folder).items():
        if path.suffix == ".gpkg":
            continue
        try:
            changed = _format(path, of, only_check=only_check)
        except GxqError as error:
            typer.echo(str(error), err=True)
            status = max(status, error.exit_status)
            continue
        if changed:
            key = "cli.would-format" if only_check else "cli.formatted"
            typer.echo(words.text(key, path=path))
            status = max(status, int(only_check))
    raise typer.Exit(status)


def _format(path: Path, of: LayerSchema, *, only_check: bool) -> bool:
    now, canonical = layer.formatted(path, of)
    if now != canonical and not only_check:
        files.write_bytes(path, canonical, expected=files.fingerprint(now))
    return now != canonical


@app.command(name="map", help=words.text("cli.map"))
def map_(
    folder: Folder = Path("layers"),
    output: Annotated[Path, typer.Option("-o", "--output", help=words.text("cli.output"))] = Path(
        "build/investment_map.html"
    ),
    audience: Annotated[Audience, typer.Option(help=words.text("cli.audience"))] = Audience.PUBLIC,
    draft: Annotated[bool, typer.Option("--draft", help=words.text("cli.draft"))] = False,
    open_: Annotated[bool, typer.Option("--open", help=words.text("cli.open"))] = False,
    embed: Annotated[bool, typer.Option("--embed", help=words.text("cli.embed"))] = False,
    basemap: Annotated[
        list[str] | None, typer.Option("--basemap", help=words.text("cli.basemap"))
    ] = None,
    lang: Lang = None,
) -> None:
    """Make the investment map: one HTML file."""
    # Here, so that the other commands need not wait for folium.
    from gxq_geo.investment_map import InvestmentMap

    with _progress("cli.mapping") as step:
        step("read")
        zone = open_zone(folder, partial=True)
        found = check_zone(zone, progress=step)
        _refuse_errors(zone, found, draft=draft)
        step("draw")
        page = InvestmentMap(
            zone, lang=str(lang), audience=audience.value, draft=draft, basemaps=basemap or ()
        )
        if output == Path("build/investment_map.html"):
            output.parent.mkdir(exist_ok=True)
        page.save(output)
        written = [output]
        if embed:
            written.append(output.with_suffix(".embed.html"))
            files.write_bytes(written[-1], page.to_fragment().encode("utf-8"))
    for path in written:
        size = path.stat().st_size / 1024
        typer.echo(words.text("cli.mapped", path=path, size=f"{size:,.0f}"))
    for line in page.remarks():
        typer.echo(line, err=True)
    if open_:
        webbrowser.open(output.resolve().as_uri())


def _refuse_errors(zone: Zone, found: Report, *, draft: bool) -> None:
    count = found.counts()[Severity.ERROR]
    if count and not draft:
        raise DraftError(path=zone.folder, count=count)


@app.command(help=words.text("cli.schema"))
def schema(
    layer_name: Annotated[
        str | None, typer.Argument(metavar="[LAYER]", help=words.text("cli.layer"))
    ] = None,
    format_: Annotated[
        SchemaFormat, typer.Option("--format", help=words.text("cli.format"))
    ] = SchemaFormat.TABLE,
    lang: Lang = None,
) -> None:
    """Print the fields of a layer, or of all layers."""
    layers = [_layer(layer_name)] if layer_name else list(package_schema().layers.values())
    if format_ is SchemaFormat.MARKDOWN:
        typer.echo(schema_docs.markdown(layers, str(lang)), nl=False)
    elif format_ is SchemaFormat.JSON_SCHEMA:
        docs = {one.name: schema_docs.json_schema(one, str(lang)) for one in layers}
        shown = docs[layers[0].name] if layer_name else docs
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        for one in layers:
            Console().print(_table(one, str(lang)))


def _layer(name: str) -> LayerSchema:
    known = package_schema().layers
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise GxqError("unknown-layer", layer=name, known=", ".join(near or known))
    return known[name]


def _table(one: LayerSchema, lang: str) -> Table:
    label, about = words.pick(one.label, lang), words.pick(one.help, lang)
    title = f"{label} {one.name}: {about}"
    table = Table(title=title, title_justify="left", box=HORIZONTALS, show_lines=True)
    for heading, fixed in zip(schema_docs.short_header(lang), (1, 0, 0, 0), strict=True):
        table.add_column(heading, no_wrap=bool(fixed), overflow="fold")
    for row in schema_docs.short_rows(one, lang):
        table.add_row(*row)
    return table


@app.command(help=words.text("cli.rules"))
def rules(lang: Lang = None) -> None:
    """List the rules, from the code itself."""
    for rule in RULES:
        typer.echo(f"{rule.slug}  [{rule.group}, {rule.severity}]  {rule.doc}")


@app.command(help=words.text("cli.example"))
def example(
    folder: Annotated[Path, typer.Argument(help=words.text("cli.example-folder"))],
    lang: Lang = None,
) -> None:
    """Copy the zone that the package carries."""
    typer.echo(words.text("cli.copied", path=copy_example(folder)))


@contextmanager
def _progress(key: str) -> Iterator[Callable[[str], None]]:
    """A spinner with the step at work, on a terminal only, on standard error."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(words.text(key))
        yield lambda step: bar.update(task, description=f"{words.text(key)} {step}")


def main() -> None:
    """Run a command; a `GxqError` becomes one line and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A console in another encoding shows "?" rather than a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app()
    except GxqError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_status)
