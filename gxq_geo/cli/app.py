"""The command line: words in, a report and an exit status out.

Exit status: 0 clean, 1 a file is at fault, 2 the tool cannot go on.
"""

import codecs
import os
import sys
import threading
import webbrowser
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gxq_geo import words
from gxq_geo.checks import Choice, choose, messages
from gxq_geo.checks import check as check_zone
from gxq_geo.checks.forms import FORMS, Findings, to_text
from gxq_geo.cli import about, fix, paper, questions, report, versions
from gxq_geo.cli.options import Audience, Folder, FolderOrFile, Lang, split
from gxq_geo.cli.output import made, put, tell
from gxq_geo.cli.progress import progress
from gxq_geo.formats import files
from gxq_geo.rules import RULES
from gxq_geo.schemas import schema as package_schema
from gxq_geo.versions import changed_lines
from gxq_geo.words.errors import DraftError, GxqError
from gxq_geo.words.issues import Report, Severity
from gxq_geo.zone import Zone, open_zone, single

app = typer.Typer(
    help=words.text("cli.gxq"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Form(StrEnum):
    """How `gxq check` reports."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    GEOJSON = "geojson"
    HTML = "html"


@app.command(help=words.text("cli.check"))
def check(
    path: FolderOrFile = Path("layers"),
    layer_name: Annotated[
        str, typer.Option("--layer", metavar="NAME", help=words.text("cli.as-layer-help"))
    ] = "",
    form: Annotated[Form, typer.Option("--format", help=words.text("cli.form"))] = Form.TEXT,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=words.text("cli.report-output"))
    ] = None,
    select: Annotated[list[str] | None, typer.Option(help=words.text("cli.select"))] = None,
    ignore: Annotated[list[str] | None, typer.Option(help=words.text("cli.ignore"))] = None,
    since: Annotated[str | None, typer.Option(metavar="REV", help=words.text("cli.since"))] = None,
    lang: Lang = None,
) -> None:
    """Check every layer, and say what is wrong, where, and what to do."""
    choice = choose(split(select), split(ignore))
    with progress("cli.checking", len(RULES) + 1) as step:
        step("")
        zone, choice, name, notes = _opened(path, layer_name, choice)
        found = check_zone(zone, choice=choice, progress=step)
    if since is not None:
        found = found.where(changed_lines.since(zone.folder, since).touch)
        notes = (*notes, words.text("cli.since-note", revision=messages.visible(since)))
    findings = Findings(found, zone, path, str(lang), layer=name, notes=notes)
    if output is None and form is Form.TEXT:
        tell(lambda paint: to_text(findings, paint=paint))
    else:
        put(_rendered(findings, form), output)
    raise typer.Exit(0 if found.ok else 1)


def _opened(path: Path, name: str, choice: Choice) -> tuple[Zone, Choice, str, tuple[str, ...]]:
    """A zone, or one file of it: what is to be checked, and what has to be said about that."""
    if path.is_dir() or not os.path.lexists(path):
        if name:
            raise GxqError("layer-of-folder", path=path)
        return open_zone(path, partial=True), choice, "", ()
    if name:
        about.layer_of(name)
    zone, name = single.open_file(path, name)
    if not name:
        return zone, choice.within(single.GROUPS), "", (words.text("cli.no-layer"),)
    label = words.pick(package_schema().layers[name].label, words.default_lang())
    note = words.text("cli.as-layer", layer=name, label=label)
    return zone, choice.within(single.GROUPS + single.FIELD_GROUPS), name, (note,)


def _rendered(findings: Findings, form: Form) -> str:
    if form is not Form.HTML:
        return FORMS[form.value](findings)
    # Here, so that the other forms need not wait for folium.
    from gxq_geo.investment_map import issues_page

    return issues_page(findings.report, findings.zone, lang=findings.lang)


app.command(help=words.text("cli.fmt"))(fix.fmt)
app.command(help=words.text("cli.fix"))(fix.fix)


@app.command(name="map", help=words.text("cli.map"))
def map_(
    folder: Folder = Path("layers"),
    output: Annotated[Path, typer.Option("-o", "--output", help=words.text("cli.output"))] = Path(
        "build/investment_map.html"
    ),
    audience: Annotated[Audience, typer.Option(help=words.text("cli.audience"))] = Audience.PUBLIC,
    draft: Annotated[bool, typer.Option("--draft", help=words.text("cli.draft"))] = False,
    open_: Annotated[bool, typer.Option("--open", help=words.text("cli.open"))] = False,
    embed: Annotated[bool, typer.Option("--embed", help=words.text("cli.embed"))] = False,
    basemap: Annotated[
        list[str] | None, typer.Option("--basemap", help=words.text("cli.basemap"))
    ] = None,
    lang: Lang = None,
) -> None:
    """Make the investment map: one HTML file."""
    # Here, so that the other commands need not wait for folium.
    from gxq_geo.investment_map import InvestmentMap

    with progress("cli.mapping", len(RULES) + 2) as step:
        step("read")
        zone = open_zone(folder, partial=True)
        found = check_zone(zone, progress=step)
        _refuse_errors(zone, found, draft=draft)
        step("draw")
        page = InvestmentMap(
            zone, lang=str(lang), audience=audience.value, draft=draft, basemaps=basemap or ()
        )
        if output == Path("build/investment_map.html"):
            output.parent.mkdir(exist_ok=True)
        page.save(output)
        written = [output]
        if embed:
            written.append(output.with_suffix(".embed.html"))
            files.write_bytes(written[-1], page.to_fragment().encode("utf-8"))
    for path in written:
        made(path)
    for line in page.remarks(embedded=embed):
        typer.echo(line, err=True)
    if open_:
        webbrowser.open(output.resolve().as_uri())


def _refuse_errors(zone: Zone, found: Report, *, draft: bool) -> None:
    count = found.counts()[Severity.ERROR]
    if count and not draft:
        raise DraftError(path=zone.folder, count=count)


@app.command(help=words.text("cli.preview"))
def preview(
    folder: Folder = Path("layers"),
    port: Annotated[int, typer.Option(min=0, max=65535, help=words.text("cli.preview-port"))] = 0,
    audience: Annotated[
        Audience, typer.Option(help=words.text("cli.audience"))
    ] = Audience.INTERNAL,
    open_: Annotated[
        bool, typer.Option("--open/--no-open", help=words.text("cli.preview-open"))
    ] = True,
    lang: Lang = None,
) -> None:
    """Show map and issues in the browser, and follow each save."""
    # Here, so that the other commands need not wait for it.
    from gxq_geo.preview import serve

    def opened(address: str, once: str) -> None:
        typer.echo(words.text("cli.preview-at", url=address))
        typer.echo(words.text("cli.preview-stop"))
        sys.stdout.flush()
        if open_ and _has_screen():
            threading.Thread(target=webbrowser.open, args=(once,), daemon=True).start()

    serve(folder, port=port, lang=str(lang), audience=audience.value, opened=opened)
    typer.echo(words.text("cli.preview-over"))


def _has_screen() -> bool:
    """Else a browser would open inside the terminal, where a server has no other."""
    named = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    return not sys.platform.startswith("linux") or any(map(os.environ.get, named))


app.command("sites", help=words.text("cli.sites"))(questions.question("sites"))
app.command("carriers", help=words.text("cli.carriers"))(questions.question("carriers"))
app.command("parks", help=words.text("cli.parks"))(questions.question("parks"))
app.command("projects", help=words.text("cli.projects"))(questions.question("projects"))
app.command("customers", help=words.text("cli.customers"))(questions.question("customers"))
app.command("chains", help=words.text("cli.chains"))(questions.question("chains"))
app.command("match", help=words.text("cli.match"))(questions.match_command())
app.command(help=words.text("cli.sheet"))(paper.sheet)
app.command(help=words.text("cli.poster"))(paper.poster)
app.command(help=words.text("cli.diff"))(versions.diff)
app.command(help=words.text("cli.log"))(versions.log)
app.command(help=words.text("cli.report"))(report.report)
app.command(help=words.text("cli.schema"))(about.schema)
app.command(help=words.text("cli.rules"))(about.rules)
app.command(help=words.text("cli.example"))(about.example)


def _speak_what_the_console_shows() -> None:
    """In English, to a console that cannot show Chinese, unless a language is asked for."""
    try:
        words.text("report.clean").encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        if not os.environ.get("GXQ_LANG"):
            words.speak("en")


# Said on a console that lacks the character; any other becomes its number, such as \u1f600.
_ALIKE = str.maketrans(
    {"²": "2", "³": "3", "㎡": "m2", "·": "-", "—": "-", "–": "-", "…": "...", "→": "->", "×": "x"}
    | {"“": '"', "”": '"', "‘": "'", "’": "'", "≥": ">=", "≤": "<=", "\u3000": " ", "\xa0": " "}
)


def _in_other_letters(error: UnicodeError) -> tuple[str, int]:
    """For a console in another encoding: no traceback, and no row of question marks either."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end].translate(_ALIKE)
    return lost.encode("ascii", "backslashreplace").decode("ascii"), error.end


codecs.register_error("gxq", _in_other_letters)


def main() -> None:
    """Run a command; a `GxqError` becomes one line and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="gxq")
    _speak_what_the_console_shows()
    try:
        app()
    except GxqError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_status)
