"""What a command, an argument and an option are here: click's, with help in the language spoken.

Their words are looked up when somebody reads them, so that a command does not wait for them, and
``gxq check --lang en --help`` is English.
"""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from gxq_geo import words
from gxq_geo.formats import gc_pause

# What a command says of old spellings once it is done: a key of the context's `meta`.
_MOVED = "gxq_geo.moved"

# The zone that a command reads where none is named.
LAYERS = Path("layers")

Said = str | Callable[[], str]


class _Explained:
    """What is said of an argument or an option.

    Parameters
    ----------
    say
        The key of its words, or a function that gives them; the same in every command.
    note
        The key of what one command adds; empty where nothing is.
    shown
        The key of what stands for the default, where that is no text or number.
    """

    say: Said
    note: str
    shown: str

    def explain(self, default: object) -> str:
        """In one line what it is, what this command adds, and the default."""
        said = words.text(self.say) if isinstance(self.say, str) else self.say()
        if self.note:
            said = words.text("cli.with-note", help=said, note=words.text(self.note))
        is_value = isinstance(default, str | int | Path) and not isinstance(default, bool)
        value = words.text(self.shown) if self.shown else str(default) if is_value else ""
        return words.text("cli.with-default", help=said, value=value) if value else said


class Option(click.Option, _Explained):
    """An option."""

    def __init__(
        self, *names: str, say: Said = "", note: str = "", shown: str = "", **how: Any
    ) -> None:
        super().__init__([*names], **how)
        self.say, self.note, self.shown = say, note, shown

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """How it is written, and what it does."""
        record = super().get_help_record(ctx)
        return record and (record[0], self.explain(self.default))


class Argument(click.Argument, _Explained):
    """An argument, which the help explains, too.

    Parameters
    ----------
    then
        What follows it as part of one argument, as it is written, and the keys of its words: click
        itself cannot tell a zone that may be left out from the words after it.
    """

    def __init__(
        self,
        name: str,
        *,
        say: Said,
        metavar: str,
        note: str = "",
        then: Mapping[str, str] | None = None,
        **how: Any,
    ) -> None:
        written = " ".join([metavar, *(then or {})])
        super().__init__([name], metavar=written, **how)
        self.say, self.note, self.shown = say, note, ""
        self.first, self.then = metavar, then or {}

    def records(self) -> list[tuple[str, str]]:
        """How it is written, and what it is: a line for it, and for each of what follows it."""
        default = self.default if self.nargs == 1 else LAYERS
        followers = [(written, words.text(say)) for written, say in self.then.items()]
        return [(self.first, self.explain(default)), *followers]


class Spoken(click.Command):
    """What a command and the group of all have in common."""

    say = ""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The line that shows how it is written."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=words.text("cli.usage"))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What it does."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(words.text(self.say))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The arguments, then the options."""
        params = self.get_params(ctx)
        arguments = [row for one in params if isinstance(one, Argument) for row in one.records()]
        options = [one.get_help_record(ctx) for one in params if isinstance(one, click.Option)]
        rows = [record for record in options if record]
        for heading, some in (("cli.arguments", arguments), ("cli.options", rows)):
            if some:
                with formatter.section(words.text(heading)):
                    formatter.write_dl(some)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """``--help``, in our words."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = words.text("cli.help")
        return option


class Command(Spoken):
    """One command.

    Parameters
    ----------
    old
        Options as they were once written, and how they are written now.
    """

    def __init__(self, name: str, *, old: Mapping[str, str], **how: Any) -> None:
        super().__init__(name, **how)
        self.old = old

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what follows the command; an old spelling as what it has become."""
        end = args.index("--") if "--" in args else len(args)
        for then in dict.fromkeys(one for one in args[:end] if one in self.old):
            moved(ctx, then, self.old[then])
        today = [self.old.get(one, one) for one in args[:end]]
        return super().parse_args(ctx, [*today, *args[end:]])

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; when all went well, say how old spellings are written now."""
        status = super().invoke(ctx)
        for old, new in ctx.meta.get(_MOVED, ()):
            click.echo(words.text("cli.moved", old=old, new=new), err=True)
        return status


@contextmanager
def importing() -> Iterator[None]:
    """Import within a ``with`` block, and keep the garbage collector away from what is imported.

    It stays as long as the program runs: to scan it again and again takes a twelfth of the time of
    a command. `main` gives it back to the collector at the end.
    """
    with gc_pause.paused():
        yield
    gc.freeze()


def moved(ctx: click.Context, old: str, new: str) -> None:
    """Remember that something was written as it once was."""
    ctx.meta.setdefault(_MOVED, []).append((words.visible(old), words.visible(new)))
