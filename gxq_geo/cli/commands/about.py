"""`gxq schema`, `gxq rules` and `gxq example`: what the package itself can tell and give."""

import json
import string
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gxq_geo import words
from gxq_geo.cli import options, tables
from gxq_geo.cli.command import Argument
from gxq_geo.cli.example import copy_example
from gxq_geo.schemas import LayerSchema, docs
from gxq_geo.schemas import schema as package_schema
from gxq_geo.words.errors import GxqError

if TYPE_CHECKING:
    from gxq_geo.checks.run import Entry


@options.command(
    Argument(
        "layer",
        say="cli.layer",
        note="cli.layer-all",
        metavar="[LAYER]",
        required=False,
        callback=options.with_value(options.layer_named),
    ),
    options.form("text", "markdown", "json-schema", old={"table": "text"}),
    options.output(note="cli.schema-output"),
)
def schema(layer: str, form: str, output: Path | None, lang: str) -> None:
    """Print the fields of a layer, or of all layers; or write a JSON Schema for each."""
    every = package_schema().layers
    layers = [every[layer]] if layer else list(every.values())
    if output is not None:
        _write_schemas(layers, output, lang)
    elif form == "markdown":
        click.echo(docs.markdown(layers, lang), nl=False)
    elif form == "json-schema":
        made = {one.name: docs.json_schema(one, lang) for one in layers}
        click.echo(json.dumps(made[layer] if layer else made, ensure_ascii=False, indent=2))
    else:
        for one in layers:
            for line in tables.show(_table(one, lang)):
                click.echo(line)


def _write_schemas(layers: list[LayerSchema], folder: Path, lang: str) -> None:
    """A JSON Schema for each layer that is kept as GeoJSON, and how VS Code finds them."""
    from gxq_geo.formats import files

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GxqError("unwritable", path=folder, reason=error.strerror or str(error)) from None
    settings = []
    for one in (one for one in layers if not one.is_table):
        path = folder / f"{one.name}.schema.json"
        text = json.dumps(docs.json_schema(one, lang), ensure_ascii=False, indent=2)
        files.write_bytes(path, f"{text}\n".encode())
        url = path.as_uri() if path.is_absolute() else f"./{path.as_posix()}"
        settings.append({"fileMatch": [f"{one.name}.geojson"], "url": url})
    click.echo(words.text("cli.schemas-written", path=folder), err=True)
    click.echo(json.dumps({"json.schemas": settings}, ensure_ascii=False, indent=2))


def _table(one: LayerSchema, lang: str) -> tables.Table:
    label, about = words.pick(one.label, lang), words.pick(one.help, lang)
    title = f"{label} {one.name}: {about}"
    rows = docs.short_rows(one, lang)
    return tables.Table(title, docs.short_header(lang), rows, whole=frozenset({0}), spaced=True)


@options.command(
    Argument("rule", say="cli.rule", metavar="[RULE]", required=False),
)
def rules(rule: str | None, lang: str) -> None:
    """List everything that can be reported, from the code itself; or tell all about one of it."""
    from gxq_geo.checks import catalogue

    entries = {entry.slug: entry for entry in catalogue()}
    if rule is None:
        for entry in entries.values():
            click.echo(f"{entry.slug}  [{entry.group}, {entry.severity}]  {entry.statement(lang)}")
        return
    if rule not in entries:
        near = options.nearest(rule, entries) or "gxq rules"
        raise GxqError("unknown-rule", rule=rule, near=near)
    click.echo(_explained(entries[rule], lang))


def _explained(entry: "Entry", lang: str) -> str:
    """What a rule asks, how severe a fault is, how it is said, what to do, and how to set it."""
    from gxq_geo.zone import FINDINGS

    of = f"rule.{entry.slug}"
    severity = words.text(f"severity.{entry.severity}", lang)
    locked = entry.slug in FINDINGS and FINDINGS[entry.slug].locked
    setting = "cli.rule-locked" if locked else "cli.rule-setting"
    lines = [
        entry.slug,
        words.text("cli.rule-asks", lang, said=entry.statement(lang)),
        words.text("cli.rule-severity", lang, said=severity, group=entry.group),
        words.text("cli.rule-said", lang, said=_with_gaps(words.text(f"{of}.what", lang))),
        words.text("cli.rule-fix", lang, said=_with_gaps(words.text(f"{of}.fix", lang)).strip()),
        words.text(setting, lang, **({} if locked else {"rule": entry.slug})),
    ]
    return "\n".join(lines)


def _with_gaps(said: str) -> str:
    """Words of an issue without an issue: what differs from one to another is left open."""
    parts = []
    for text, name, form, _ in string.Formatter().parse(said):
        many = form.partition("|")[2] if form else ""
        parts += [text, "" if name is None else many or "…"]
    return "".join(parts)


@options.command(Argument("folder", say="cli.example-folder", metavar="FOLDER"))
def example(folder: str, lang: str) -> None:
    """Copy the zone that the package carries."""
    click.echo(words.text("cli.copied", path=copy_example(folder)))


COMMANDS = {"schema": schema, "rules": rules, "example": example}
