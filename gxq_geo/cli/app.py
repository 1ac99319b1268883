"""The command line: words in, a report and an exit status out.

Exit status: 0 clean, 1 a file is at fault, 2 the tool cannot go on. A command's module is imported
when the command is run, so that none waits for a library that it does not need.
"""

import codecs
import gc
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from gxq_geo import words
from gxq_geo.cli.command import Command, Spoken, importing
from gxq_geo.cli.options import LANG, nearest
from gxq_geo.words.errors import GxqError

# Each command: the module of `gxq_geo.cli.commands` that holds it, and the key of what it does.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "check": ("check", "cli.check"),
    "fmt": ("fix", "cli.fmt"),
    "fix": ("fix", "cli.fix"),
    "map": ("map", "cli.map"),
    "preview": ("map", "cli.preview"),
    "sites": ("questions", "cli.sites"),
    "carriers": ("questions", "cli.carriers"),
    "parks": ("questions", "cli.parks"),
    "projects": ("questions", "cli.projects"),
    "customers": ("questions", "cli.customers"),
    "chains": ("questions", "cli.chains"),
    "match": ("match", "cli.match"),
    "sheet": ("documents", "cli.sheet"),
    "poster": ("documents", "cli.poster"),
    "report": ("documents", "cli.report"),
    "diff": ("versions", "cli.diff"),
    "log": ("versions", "cli.log"),
    "schema": ("about", "cli.schema"),
    "rules": ("about", "cli.rules"),
    "example": ("about", "cli.example"),
}
# Commands by another name: on the map, carriers are buildings.
ALSO = {"buildings": "carriers"}


class Commands(Spoken, click.Group):
    """All commands, each imported when it is asked for."""

    say = "cli.gxq"

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of `COMMANDS`."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> Command | None:
        """The command of a name; None if there is none."""
        name = ALSO.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            return None
        module, say = COMMANDS[name]
        with importing():
            found: Command = import_module(f"gxq_geo.cli.commands.{module}").COMMANDS[name]
        found.say = say
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command that the first word names.

        Raises
        ------
        GxqError
            If there is none.
        """
        if self.get_command(ctx, args[0]) is None:
            if meant := nearest(args[0], COMMANDS):
                raise GxqError("unknown-command-near", name=args[0], near=meant)
            raise GxqError("unknown-command", name=args[0])
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, then each command with what it does."""
        super().format_options(ctx, formatter)
        with formatter.section(words.text("cli.commands")):
            formatter.write_dl([(name, words.text(say)) for name, (_, say) in COMMANDS.items()])


def _speak_what_the_console_shows() -> None:
    """In English, to a console that cannot show Chinese, unless a language is asked for."""
    try:
        words.text("report.clean").encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        if not os.environ.get("GXQ_LANG"):
            words.set_default_lang("en")


# Said on a console that lacks the character; any other becomes its number, such as \u1f600.
_ALIKE = str.maketrans(
    {"²": "2", "³": "3", "㎡": "m2", "·": "-", "—": "-", "–": "-", "…": "...", "→": "->", "×": "x"}
    | {"“": '"', "”": '"', "‘": "'", "’": "'", "≥": ">=", "≤": "<=", "\u3000": " ", "\xa0": " "}
    | {"─": "-"}
)


def _in_other_letters(error: UnicodeError) -> tuple[str, int]:
    """For a console in another encoding: no traceback, and no row of question marks either."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end].translate(_ALIKE)
    return lost.encode("ascii", "backslashreplace").decode("ascii"), error.end


codecs.register_error("gxq", _in_other_letters)


def _misuse(error: click.UsageError) -> str:
    """What is wrong with the words of a command, in one line."""
    path = error.ctx.command_path if error.ctx else "gxq"
    if isinstance(error, click.NoSuchOption):
        if meant := nearest(error.option_name, error.possibilities or ()):
            return str(GxqError("unknown-option-near", option=error.option_name, near=meant))
        return str(GxqError("unknown-option", option=error.option_name, command=path))
    said = error.format_message().rstrip(".")
    return str(GxqError("misuse", reason=said, command=path))


def main() -> None:
    """Run a command; a `GxqError` becomes one line and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="gxq")
    _speak_what_the_console_shows()
    gxq = Commands("gxq", params=[LANG], no_args_is_help=False, invoke_without_command=True)
    try:
        sys.exit(gxq.main(sys.argv[1:] or ["--help"], prog_name="gxq", standalone_mode=False))
    except GxqError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_status)
    except click.UsageError as error:
        click.echo(_misuse(error), err=True)
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    finally:
        gc.unfreeze()
