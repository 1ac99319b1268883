"""How a command gives what it made: into a file, or to standard output."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from gxq_geo import words
from gxq_geo.words.paint import Paint, plain


def put(data: bytes | str, output: Path | None) -> None:
    """Into a file, whole or not at all; else to standard output, as UTF-8 whatever the console."""
    data = data.encode("utf-8") if isinstance(data, str) else data
    if output is not None:
        from gxq_geo.formats import files  # Here: not each command writes a file.

        files.write_bytes(output, data)
        click.echo(words.text("cli.reported", path=output), err=True)
    elif buffer := getattr(sys.stdout, "buffer", None):
        sys.stdout.flush()
        buffer.write(data)
        buffer.flush()
    else:
        sys.stdout.write(data.decode("utf-8"))


def place_for(output: Path) -> Path:
    """Where to write: ``build/``, where commands write by default, is made if it is not there."""
    if output.parent == Path("build"):
        output.parent.mkdir(exist_ok=True)
    return output


def made(path: Path) -> None:
    """Say what file was made, and how large it is."""
    size = path.stat().st_size / 1024
    click.echo(words.text("cli.mapped", path=path, size=f"{size:,.0f}"))


def tell(say: Callable[[Paint], str]) -> None:
    """On a terminal in colour; elsewhere plain, in the encoding that the stream says it has."""
    if sys.stdout.isatty():
        click.echo(say(_paint), nl=False)
    else:
        sys.stdout.write(say(plain))
        sys.stdout.flush()


def _paint(text: str, style: str) -> str:
    return click.style(text, fg=None if style == "heading" else style, bold=True)
