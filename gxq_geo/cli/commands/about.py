"""`gxq schema`, `gxq rules` and `gxq example`: print the schema and the rules, copy the example."""

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
        help_text="cli.layer",
        note="cli.layer-all",
        metavar="[LAYER]",
        required=False,
        callback=options.value_callback(options.find_layer),
    ),
    options.form("text", "markdown", "json-schema", old={"table": "text"}),
    options.output(note="cli.schema-output"),
)
def schema(layer: str, form: str, output: Path | None, lang: str) -> None:
    """Print the fields of a layer, or of all layers; or write a JSON Schema for each."""
    all_layers = package_schema().layers
    layers = [all_layers[layer]] if layer else list(all_layers.values())
    if output is not None:
        _write_schemas(layers, output, lang)
    elif form == "markdown":
        click.echo(docs.markdown(layers, lang), nl=False)
    elif form == "json-schema":
        schemas = {
            layer_schema.name: docs.json_schema(layer_schema, lang) for layer_schema in layers
        }
        click.echo(json.dumps(schemas[layer] if layer else schemas, ensure_ascii=False, indent=2))
    else:
        for layer_schema in layers:
            for line in tables.show(_table(layer_schema, lang)):
                click.echo(line)


def _write_schemas(layers: list[LayerSchema], folder: Path, lang: str) -> None:
    """Write a JSON Schema for each GeoJSON layer, and print the VS Code setting that uses them."""
    from gxq_geo.formats import files

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GxqError("unwritable", path=folder, reason=error.strerror or str(error)) from None
    settings, writes = [], []
    for layer_schema in (each for each in layers if not each.is_table):
        path = folder / f"{layer_schema.name}.schema.json"
        text = json.dumps(docs.json_schema(layer_schema, lang), ensure_ascii=False, indent=2)
        writes.append(files.Write(path, f"{text}\n".encode()))
        url = path.as_uri() if path.is_absolute() else f"./{path.as_posix()}"
        settings.append({"fileMatch": [f"{layer_schema.name}.geojson"], "url": url})
    files.write_all(writes)
    click.echo(words.text("cli.schemas-written", path=folder), err=True)
    click.echo(json.dumps({"json.schemas": settings}, ensure_ascii=False, indent=2))


def _table(layer_schema: LayerSchema, lang: str) -> tables.Table:
    label, about = words.pick(layer_schema.label, lang), words.pick(layer_schema.help, lang)
    title = f"{label} {layer_schema.name}: {about}"
    rows = docs.short_rows(layer_schema, lang)
    return tables.Table(
        title, docs.short_header(lang), rows, never_folded=frozenset({0}), spaced=True
    )


@options.command(
    Argument("rule", help_text="cli.rule", metavar="[RULE]", required=False),
)
def rules(rule: str | None, lang: str) -> None:
    """List every rule and reader finding, or print the details of one."""
    from gxq_geo.checks import catalogue

    entries = {entry.slug: entry for entry in catalogue()}
    if rule is None:
        for entry in entries.values():
            click.echo(f"{entry.slug}  [{entry.group}, {entry.severity}]  {entry.statement(lang)}")
        return
    if rule not in entries:
        near = options.nearest(rule, entries) or "gxq rules"
        raise GxqError("unknown-rule", rule=rule, near=near)
    click.echo(_rule_details(entries[rule], lang))


def _rule_details(entry: "Entry", lang: str) -> str:
    """Return the page of a rule: what it asks and why, its severity, its message, an example."""
    messages = {
        part: words.text(f"rule.{entry.slug}.{part}", lang) for part in ("why", "what", "fix")
    }
    severity = words.text(f"severity.{entry.severity}", lang)
    lines = [
        entry.slug,
        words.text("cli.rule-asks", lang, text=entry.statement(lang)),
        words.text("cli.rule-why", lang, text=messages["why"]),
        words.text("cli.rule-severity", lang, text=severity, group=entry.group),
        words.text("cli.rule-reports", lang, text=_without_values(messages["what"])),
        words.text("cli.rule-fix", lang, text=_without_values(messages["fix"]).strip()),
        _rule_setting(entry.slug, lang),
        *_rule_example(entry.slug, lang),
    ]
    return "\n".join(lines)


def _rule_setting(slug: str, lang: str) -> str:
    """Return how ``zone.toml`` turns a rule off, if it can be turned off."""
    from gxq_geo.zone import FINDINGS

    if slug in FINDINGS and FINDINGS[slug].locked:
        return words.text("cli.rule-locked", lang)
    return words.text("cli.rule-setting", lang, rule=slug)


def _rule_example(slug: str, lang: str) -> list[str]:
    """Return the lines of the example of a rule: as it fails, and fixed."""
    from gxq_geo.checks.examples import example

    pieces = example(slug, lang)
    fails = [(piece.file, piece.wrong) for piece in pieces]
    fixed = [(piece.file, piece.right) for piece in pieces]
    lines = []
    for key, texts in (("cli.rule-fails", fails), ("cli.rule-fixed", fixed)):
        lines += ["", words.text(key, lang)]
        for file, text in texts:
            lines += [f"  {file}", *(f"    {line}".rstrip() for line in text.splitlines())]
    return lines


def _without_values(template: str) -> str:
    """Return a message template with ``…`` for each placeholder; a plural form is written out."""
    parts = []
    for text, name, form, _ in string.Formatter().parse(template):
        many = form.partition("|")[2] if form else ""
        parts += [text, "" if name is None else many or "…"]
    return "".join(parts)


@options.command(Argument("folder", help_text="cli.example-folder", metavar="FOLDER"))
def example(folder: str, lang: str) -> None:
    """Copy the example zone of the package into a folder."""
    click.echo(words.text("cli.copied", path=copy_example(folder)))


COMMANDS = {"schema": schema, "rules": rules, "example": example}
