"""The entry point of the command line ``gxq``: the group of all commands, and error handling.

Exit status: 0 for success, 1 for a fault in a file, 2 for a usage or system error. The module of a
command is imported when the command is run, so that a command loads only the libraries it needs.
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
from gxq_geo.cli.command import Command, LocalizedCommand, importing
from gxq_geo.cli.options import LANG, nearest
from gxq_geo.words.errors import GxqError

# How much of a path a message shows.
_PATH_SHOWN = 100
# For each command: its module in `gxq_geo.cli.commands`, and the words key of its description.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "check": ("check", "cli.check"),
    "fmt": ("fix", "cli.fmt"),
    "fix": ("fix", "cli.fix"),
    "import": ("exchange", "cli.import"),
    "export": ("exchange", "cli.export"),
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
    "new": ("new", "cli.new"),
    "example": ("about", "cli.example"),
}
# Other names of commands: the map calls carriers buildings.
ALIASES = {"buildings": "carriers"}


class Commands(LocalizedCommand, click.Group):
    """The group of all commands, each imported when it is used."""

    help_key = "cli.gxq"

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of `COMMANDS`."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> Command | None:
        """Return the command with a name; None if there is none."""
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            return None
        module, help_key = COMMANDS[name]
        with importing():
            command: Command = import_module(f"gxq_geo.cli.commands.{module}").COMMANDS[name]
        command.help_key = help_key
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command that the first argument names.

        Raises
        ------
        GxqError
            If there is no such command.
        """
        if self.get_command(ctx, args[0]) is None:
            if near := nearest(args[0], COMMANDS):
                raise GxqError("unknown-command-near", name=args[0], near=near)
            raise GxqError("unknown-command", name=args[0])
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then each command with its description."""
        super().format_options(ctx, formatter)
        with formatter.section(words.text("cli.commands")):
            formatter.write_dl(
                [(name, words.text(help_key)) for name, (_, help_key) in COMMANDS.items()]
            )


def _choose_default_lang() -> None:
    """Use English on a console that cannot show Chinese, unless ``GXQ_LANG`` is set."""
    try:
        words.text("report.clean").encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        if not os.environ.get("GXQ_LANG"):
            words.set_default_lang("en")


# ASCII substitutes for characters that the console's encoding lacks. Any other such character is
# written as an escape sequence, such as \U0001f600.
_ASCII_SUBSTITUTES = str.maketrans(
    {"²": "2", "³": "3", "㎡": "m2", "·": "-", "—": "-", "–": "-", "…": "...", "→": "->", "×": "x"}
    | {"“": '"', "”": '"', "‘": "'", "’": "'", "≥": ">=", "≤": "<=", "\u3000": " ", "\xa0": " "}
    | {"─": "-"}
)


def _substitute_characters(error: UnicodeError) -> tuple[str, int]:
    """Substitute characters that the console's encoding lacks (a `codecs` error handler)."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end].translate(_ASCII_SUBSTITUTES)
    return lost.encode("ascii", "backslashreplace").decode("ascii"), error.end


codecs.register_error("gxq", _substitute_characters)


def _usage_message(error: click.UsageError) -> str:
    """Return the message of a usage error, in one line."""
    path = error.ctx.command_path if error.ctx else "gxq"
    if isinstance(error, click.NoSuchOption):
        if near := nearest(error.option_name, error.possibilities or ()):
            return str(GxqError("unknown-option-near", option=error.option_name, near=near))
        return str(GxqError("unknown-option", option=error.option_name, command=path))
    reason = error.format_message().rstrip(".")
    return str(GxqError("misuse", reason=reason, command=path))


def _system_message(error: OSError) -> str:
    """Return the message of an error of the operating system, in one line."""
    shown = words.shortened(str(error.filename or ""), _PATH_SHOWN)
    return str(GxqError("system", reason=error.strerror or str(error), path=shown))


def main() -> None:
    """Run a command; print a `GxqError` as one line and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="gxq")
    _choose_default_lang()
    gxq = Commands("gxq", params=[LANG], no_args_is_help=False, invoke_without_command=True)
    try:
        sys.exit(gxq.main(sys.argv[1:] or ["--help"], prog_name="gxq", standalone_mode=False))
    except GxqError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_status)
    except click.UsageError as error:
        click.echo(_usage_message(error), err=True)
        sys.exit(2)
    except OSError as error:  # A full disk, a name that is too long: nothing that a layer has.
        click.echo(_system_message(error), err=True)
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    finally:
        gc.unfreeze()
