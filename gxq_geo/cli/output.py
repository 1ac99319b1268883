"""How a command gives what it made: into a file, or to standard output."""

import sys
from collections.abc import Callable
from pathlib import Path

import typer

from gxq_geo import words
from gxq_geo.formats import files
from gxq_geo.words.paint import Paint, plain


def put(data: bytes | str, output: Path | None) -> None:
    """Into a file, whole or not at all; else to standard output, as UTF-8 whatever the console."""
    data = data.encode("utf-8") if isinstance(data, str) else data
    if output is not None:
        files.write_bytes(output, data)
        typer.echo(words.text("cli.reported", path=output), err=True)
    elif buffer := getattr(sys.stdout, "buffer", None):
        sys.stdout.flush()
        buffer.write(data)
        buffer.flush()
    else:
        sys.stdout.write(data.decode("utf-8"))


def made(path: Path) -> None:
    """Say what file was made, and how large it is."""
    size = path.stat().st_size / 1024
    typer.echo(words.text("cli.mapped", path=path, size=f"{size:,.0f}"))


def tell(say: Callable[[Paint], str]) -> None:
    """On a terminal in colour; elsewhere plain, in the encoding that the stream says it has."""
    if sys.stdout.isatty():
        typer.echo(say(_paint), nl=False)
    else:
        sys.stdout.write(say(plain))
        sys.stdout.flush()


def _paint(text: str, style: str) -> str:
    return typer.style(text, fg=None if style == "heading" else style, bold=True)
