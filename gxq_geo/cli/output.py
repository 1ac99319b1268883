"""Write the result of a command to a file or to standard output."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from gxq_geo import words
from gxq_geo.words.paint import Paint, plain


def write_output(data: bytes | str, output: Path | None) -> None:
    """Write to a file atomically; without one, to standard output, always in UTF-8."""
    data = data.encode("utf-8") if isinstance(data, str) else data
    if output is not None:
        from gxq_geo.formats import files  # Imported late: not every command writes a file.

        files.write_bytes(output, data)
        click.echo(words.text("cli.reported", path=output), err=True)
    elif buffer := getattr(sys.stdout, "buffer", None):
        sys.stdout.flush()
        buffer.write(data)
        buffer.flush()
    else:
        sys.stdout.write(data.decode("utf-8"))


def is_interactive() -> bool:
    """Whether a user at a terminal can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def prepare_folder(output: Path) -> Path:
    """Return the path, after creating the default output folder ``build/`` if the path is in it."""
    if output.parent == Path("build"):
        output.parent.mkdir(exist_ok=True)
    return output


def report_file(path: Path) -> None:
    """Print the path of a written file and its size in KiB."""
    size = path.stat().st_size / 1024
    click.echo(words.text("cli.mapped", path=path, size=f"{size:,.0f}"))


def echo_styled(render: Callable[[Paint], str]) -> None:
    """Print with colours on a terminal; else as plain text in the encoding of the stream."""
    if sys.stdout.isatty():
        click.echo(render(_paint), nl=False)
    else:
        sys.stdout.write(render(plain))
        sys.stdout.flush()


def _paint(text: str, style: str) -> str:
    return click.style(text, fg=None if style == "heading" else style, bold=True)
