"""`gxq map` and `gxq preview`: write the investment map to a file, or serve a live preview."""

import os
import sys
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from gxq_geo import words
from gxq_geo.cli import options
from gxq_geo.cli.command import Option, importing
from gxq_geo.cli.output import prepare_folder, report_file
from gxq_geo.cli.progress import progress
from gxq_geo.formats import files
from gxq_geo.words.errors import DraftError


@options.command(
    options.ZONE,
    options.output("build/investment_map.html"),
    options.audience(),
    Option("--draft", help_text="cli.draft", is_flag=True),
    options.in_browser(default=False),
    Option("--embed", help_text="cli.embed", is_flag=True),
    Option("--basemap", "basemaps", help_text="cli.basemap", metavar="NAME", multiple=True),
)
def map_(
    zone: Path,
    output: Path,
    audience: str,
    draft: bool,
    open_: bool,
    embed: bool,
    basemaps: tuple[str, ...],
    lang: str,
) -> None:
    """Make the investment map: one HTML file."""
    # Imported late: `gxq map --help` does not need folium. Folium imports requests for network
    # data, which this map does not use.
    with importing(), _lazy_import("requests"):
        from gxq_geo.checks import check
        from gxq_geo.investment_map import InvestmentMap
        from gxq_geo.rules import RULES
        from gxq_geo.words.issues import Severity
        from gxq_geo.zone import open_zone

    with progress("cli.mapping", len(RULES) + 2) as step:
        step("read")
        opened = open_zone(zone, partial=True)
        count = check(opened, progress=step).counts()[Severity.ERROR]
        if count and not draft:
            raise DraftError(path=zone, count=count)
        step("draw")
        named = options.split(basemaps)
        page = InvestmentMap(opened, lang=lang, audience=audience, draft=draft, basemaps=named)
        page.save(prepare_folder(output))
        written = [output]
        if embed:
            written.append(output.with_suffix(".embed.html"))
            files.write_bytes(written[-1], page.to_fragment().encode("utf-8"))
    for path in written:
        report_file(path)
    for line in page.remarks(embedded=embed):
        click.echo(line, err=True)
    if open_:
        webbrowser.open(output.resolve().as_uri())


class _LazyModule(ModuleType):
    """A placeholder for a module, which is imported when an attribute is first used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


@contextmanager
def _lazy_import(name: str) -> Iterator[None]:
    """Replace a module by a `_LazyModule` within a ``with`` block, unless already imported."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = _LazyModule(name)
    try:
        yield
    finally:
        del sys.modules[name]


@options.command(
    options.ZONE,
    Option(
        "--port",
        help_text="cli.preview-port",
        metavar="N",
        type=click.IntRange(0, 65535),
        default=0,
    ),
    options.audience("internal"),
    options.in_browser(default=True),
)
def preview(zone: Path, port: int, audience: str, open_: bool, lang: str) -> None:
    """Show the map and its issues in the browser, updated after each save."""
    from gxq_geo.preview import serve

    def opened(address: str, once: str) -> None:
        click.echo(words.text("cli.preview-at", url=address))
        click.echo(words.text("cli.preview-stop"))
        sys.stdout.flush()
        if open_ and _has_screen():
            threading.Thread(target=webbrowser.open, args=(once,), daemon=True).start()

    serve(zone, port=port, lang=lang, audience=audience, opened=opened)
    click.echo(words.text("cli.preview-over"))


def _has_screen() -> bool:
    """Whether a graphical browser is likely; on a server a text browser would take the terminal."""
    named = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    return not sys.platform.startswith("linux") or any(map(os.environ.get, named))


COMMANDS = {"map": map_, "preview": preview}
