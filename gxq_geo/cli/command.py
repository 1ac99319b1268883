"""Commands, arguments and options of click, with help in the chosen language.

Help texts are looked up when the help is printed: a command starts faster, and
``gxq check --lang en --help`` is in English.
"""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from gxq_geo import words
from gxq_geo.formats import gc_pause

# The key in the context's `meta` of the old spellings that were used.
_OLD_SPELLINGS = "gxq_geo.moved"

# The default folder of the zone.
LAYERS = Path("layers")

HelpText = str | Callable[[], str]


class _HasHelpText:
    """The help text of an argument or an option.

    Parameters
    ----------
    help_text
        The words key of the text, or a function that returns it; the same in every command.
    note
        The words key of a note that one command adds; else empty.
    default_key
        The words key of the text for a default that is neither text nor number; else empty.
    """

    help_text: HelpText
    note: str
    default_key: str

    def full_help(self, default: object) -> str:
        """Return the help text, the note of this command and the default, in one line."""
        text = words.text(self.help_text) if isinstance(self.help_text, str) else self.help_text()
        if self.note:
            text = words.text("cli.with-note", help=text, note=words.text(self.note))
        is_value = isinstance(default, str | int | Path) and not isinstance(default, bool)
        value = (
            words.text(self.default_key) if self.default_key else str(default) if is_value else ""
        )
        return words.text("cli.with-default", help=text, value=value) if value else text


class Option(click.Option, _HasHelpText):
    """An option with a help text in the chosen language."""

    def __init__(
        self,
        *names: str,
        help_text: HelpText = "",
        note: str = "",
        default_key: str = "",
        **attrs: Any,
    ) -> None:
        super().__init__([*names], **attrs)
        self.help_text, self.note, self.default_key = help_text, note, default_key

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return how the option is written, and its help."""
        record = super().get_help_record(ctx)
        return record and (record[0], self.full_help(self.default))


class Argument(click.Argument, _HasHelpText):
    """An argument with a help text, which click's arguments lack.

    Parameters
    ----------
    more
        Further values that belong to the same click argument: how each is written, and the words
        key of its help. Click cannot separate an optional zone from the values after it.
    """

    def __init__(
        self,
        name: str,
        *,
        help_text: HelpText,
        metavar: str,
        note: str = "",
        more: Mapping[str, str] | None = None,
        **attrs: Any,
    ) -> None:
        written = " ".join([metavar, *(more or {})])
        super().__init__([name], metavar=written, **attrs)
        self.help_text, self.note, self.default_key = help_text, note, ""
        self.first, self.more = metavar, more or {}

    def help_records(self) -> list[tuple[str, str]]:
        """Return how the argument is written, and its help; likewise for each further value."""
        default = self.default if self.nargs == 1 else LAYERS
        followers = [(written, words.text(help_text)) for written, help_text in self.more.items()]
        return [(self.first, self.full_help(default)), *followers]


class LocalizedCommand(click.Command):
    """The base class of `Command` and of the group: help in the chosen language."""

    help_key = ""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=words.text("cli.usage"))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the description."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(words.text(self.help_key))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the arguments, then the options."""
        params = self.get_params(ctx)
        arguments = [
            row for one in params if isinstance(one, Argument) for row in one.help_records()
        ]
        options = [one.get_help_record(ctx) for one in params if isinstance(one, click.Option)]
        rows = [record for record in options if record]
        for heading, some in (("cli.arguments", arguments), ("cli.options", rows)):
            if some:
                with formatter.section(words.text(heading)):
                    formatter.write_dl(some)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help`` with its text in the chosen language."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = words.text("cli.help")
        return option


class Command(LocalizedCommand):
    """A command that also accepts old spellings of its options.

    Parameters
    ----------
    old
        The old spelling of each renamed option, and the new one.
    """

    def __init__(self, name: str, *, old: Mapping[str, str], **attrs: Any) -> None:
        super().__init__(name, **attrs)
        self.old = old

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, with old spellings replaced by new ones."""
        end = args.index("--") if "--" in args else len(args)
        for arg in dict.fromkeys(one for one in args[:end] if one in self.old):
            record_old_spelling(ctx, arg, self.old[arg])
        current = [self.old.get(one, one) for one in args[:end]]
        return super().parse_args(ctx, [*current, *args[end:]])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; if it succeeds, print the new spelling of each old one that was used."""
        status = super().invoke(ctx)
        for old, new in ctx.meta.get(_OLD_SPELLINGS, ()):
            click.echo(words.text("cli.moved", old=old, new=new), err=True)
        return status


@contextmanager
def importing() -> Iterator[None]:
    """Exclude the objects that a ``with`` block imports from garbage collection.

    Modules live as long as the program; scanning them repeatedly takes a twelfth of the time of a
    command. `gxq_geo.cli.app.main` calls `gc.unfreeze` at the end.
    """
    with gc_pause.paused():
        yield
    gc.freeze()


def record_old_spelling(ctx: click.Context, old: str, new: str) -> None:
    """Record that an old spelling was used, for the message at the end of the command."""
    ctx.meta.setdefault(_OLD_SPELLINGS, []).append((words.visible(old), words.visible(new)))
