"""`gxq map` and `gxq preview`: the investment map as a file, and live while layers are edited."""

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
from gxq_geo.cli.output import made, place_for
from gxq_geo.cli.progress import progress
from gxq_geo.formats import files
from gxq_geo.words.errors import DraftError


@options.command(
    options.ZONE,
    options.output("build/investment_map.html"),
    options.audience(),
    Option("--draft", say="cli.draft", is_flag=True),
    options.in_browser(default=False),
    Option("--embed", say="cli.embed", is_flag=True),
    Option("--basemap", "basemaps", say="cli.basemap", metavar="NAME", multiple=True),
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
    # Here, so that `gxq map --help` need not wait for folium.
    # Folium imports requests for data from the network, which no map of layers has.
    with importing(), _imported_later("requests"):
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
        page.save(place_for(output))
        written = [output]
        if embed:
            written.append(output.with_suffix(".embed.html"))
            files.write_bytes(written[-1], page.to_fragment().encode("utf-8"))
    for path in written:
        made(path)
    for line in page.remarks(embedded=embed):
        click.echo(line, err=True)
    if open_:
        webbrowser.open(output.resolve().as_uri())


class _Later(ModuleType):
    """Stands for a module that is imported when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


@contextmanager
def _imported_later(name: str) -> Iterator[None]:
    """Within a ``with`` block, give `_Later` to whoever imports a module."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = _Later(name)
    try:
        yield
    finally:
        del sys.modules[name]


@options.command(
    options.ZONE,
    Option("--port", say="cli.preview-port", metavar="N", type=click.IntRange(0, 65535), default=0),
    options.audience("internal"),
    options.in_browser(default=True),
)
def preview(zone: Path, port: int, audience: str, open_: bool, lang: str) -> None:
    """Show map and issues in the browser, and follow each save."""
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
    """Else a browser would open inside the terminal, where a server has no other."""
    named = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    return not sys.platform.startswith("linux") or any(map(os.environ.get, named))


COMMANDS = {"map": map_, "preview": preview}
