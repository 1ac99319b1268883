"""`gxq schema`, `gxq rules` and `gxq example`: what the package itself can tell and give."""

import difflib
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.box import HORIZONTALS
from rich.console import Console
from rich.table import Table

from gxq_geo import words
from gxq_geo.checks import catalogue
from gxq_geo.cli.example import copy_example
from gxq_geo.cli.options import Lang
from gxq_geo.formats import files
from gxq_geo.schemas import LayerSchema, docs
from gxq_geo.schemas import schema as package_schema
from gxq_geo.words.errors import GxqError


class SchemaFormat(StrEnum):
    """How `gxq schema` prints."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON_SCHEMA = "json-schema"


def schema(
    layer_name: Annotated[
        str | None, typer.Argument(metavar="[LAYER]", help=words.text("cli.layer"))
    ] = None,
    format_: Annotated[
        SchemaFormat, typer.Option("--format", help=words.text("cli.format"))
    ] = SchemaFormat.TABLE,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=words.text("cli.schema-output"))
    ] = None,
    lang: Lang = None,
) -> None:
    """Print the fields of a layer, or of all layers; or write a JSON Schema for each."""
    layers = [layer_of(layer_name)] if layer_name else list(package_schema().layers.values())
    if output is not None:
        _write_schemas(layers, output, str(lang))
    elif format_ is SchemaFormat.MARKDOWN:
        typer.echo(docs.markdown(layers, str(lang)), nl=False)
    elif format_ is SchemaFormat.JSON_SCHEMA:
        made = {one.name: docs.json_schema(one, str(lang)) for one in layers}
        shown = made[layers[0].name] if layer_name else made
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        for one in layers:
            Console().print(_table(one, str(lang)))


def _write_schemas(layers: list[LayerSchema], folder: Path, lang: str) -> None:
    """A JSON Schema for each layer that is kept as GeoJSON, and how VS Code finds them."""
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
    typer.echo(words.text("cli.schemas-written", path=folder), err=True)
    typer.echo(json.dumps({"json.schemas": settings}, ensure_ascii=False, indent=2))


def layer_of(name: str) -> LayerSchema:
    """A layer of the schema by its name."""
    known = package_schema().layers
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise GxqError("unknown-layer", layer=name, known=", ".join(near or known))
    return known[name]


def _table(one: LayerSchema, lang: str) -> Table:
    label, about = words.pick(one.label, lang), words.pick(one.help, lang)
    title = f"{label} {one.name}: {about}"
    table = Table(title=title, title_justify="left", box=HORIZONTALS, show_lines=True)
    for heading, fixed in zip(docs.short_header(lang), (1, 0, 0, 0), strict=True):
        table.add_column(heading, no_wrap=bool(fixed), overflow="fold")
    for row in docs.short_rows(one, lang):
        table.add_row(*row)
    return table


def rules(lang: Lang = None) -> None:
    """List everything that can be reported, from the code itself."""
    for entry in catalogue():
        said = entry.said(str(lang))
        typer.echo(f"{entry.slug}  [{entry.group}, {entry.severity}]  {said}")


def example(
    folder: Annotated[Path, typer.Argument(help=words.text("cli.example-folder"))],
    lang: Lang = None,
) -> None:
    """Copy the zone that the package carries."""
    typer.echo(words.text("cli.copied", path=copy_example(folder)))
