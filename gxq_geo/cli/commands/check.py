"""`gxq check`: check a zone or one layer file, and report the issues."""

from pathlib import Path

from gxq_geo import words
from gxq_geo.checks import Choice, choose, messages
from gxq_geo.checks import check as check_zone
from gxq_geo.checks.forms import FORMS, Findings, to_text
from gxq_geo.cli import options
from gxq_geo.cli.output import echo_styled, write_output
from gxq_geo.cli.progress import progress
from gxq_geo.rules import RULES
from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone, open_zone, single


@options.command(
    options.ZONE_OR_FILE,
    options.layer(note="cli.layer-check"),
    options.form("text", "json", "sarif", "github", "geojson", "html", note="cli.format-check"),
    options.output(),
    *options.select(note="cli.names-rules"),
    options.since(note="cli.since-check"),
)
def check(
    zone: Path,
    layer: str,
    form: str,
    output: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    since: str | None,
    lang: str,
) -> int:
    """Check every layer, and report each issue with its location and its fix."""
    choice = choose(options.split(select), options.split(ignore))
    with progress("cli.checking", len(RULES) + 1) as step:
        step("")
        opened, choice, name, notes = _opened(zone, layer, choice)
        found = check_zone(opened, choice=choice, progress=step)
    if since is not None:
        from gxq_geo.versions import changed_lines  # Imported late: most checks do not use git.

        found = found.where(changed_lines.since(opened.folder, since).touch)
        notes = (*notes, words.text("cli.since-note", revision=messages.visible(since)))
    findings = Findings(found, opened, zone, lang, layer=name, notes=notes)
    if output is None and form == "text":
        echo_styled(lambda paint: to_text(findings, paint=paint))
    else:
        write_output(_rendered(findings, form), output)
    return 0 if found.ok else 1


def _opened(path: Path, name: str, choice: Choice) -> tuple[Zone, Choice, str, tuple[str, ...]]:
    """Open a zone or one layer file; return it, its rules, the layer's name and notes to print."""
    if path.is_dir():
        if name:
            raise GxqError("layer-of-folder", path=path)
        return open_zone(path, partial=True), choice, "", ()
    zone, name = single.open_file(path, name)
    if not name:
        return zone, choice.within(single.GROUPS), "", (words.text("cli.no-layer"),)
    label = words.pick(schema().layers[name].label, words.default_lang())
    note = words.text("cli.as-layer", layer=name, label=label)
    return zone, choice.within(single.GROUPS + single.FIELD_GROUPS), name, (note,)


def _rendered(findings: Findings, form: str) -> str:
    if form != "html":
        return FORMS[form](findings)
    # Imported late: the other formats do not need folium.
    from gxq_geo.investment_map import issues_page

    return issues_page(findings.report, findings.zone, lang=findings.lang)


COMMANDS = {"check": check}
