"""`gxq fmt` and `gxq fix`: format and repair layer files; each file is written atomically."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from gxq_geo import words
from gxq_geo.checks import EVERYTHING, check, messages, trial
from gxq_geo.checks import fix as fixing
from gxq_geo.checks.fix import Change, Plan, Plans
from gxq_geo.cli import options
from gxq_geo.cli.command import Option
from gxq_geo.formats import files, geopackage
from gxq_geo.rules.spreadsheet import merged_cells
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.words.errors import BadLayerError, FileError, GxqError
from gxq_geo.words.issues import Report
from gxq_geo.zone import is_layer_file, layer, layer_files, open_zone, single
from gxq_geo.zone.settings import SETTINGS, settings_of

# The number of characters shown from the beginning and from the end of a long text.
_SHOWN = 30
# Unusual or zero-width spaces; `messages.visible` escapes other invisible characters.
_ODD_SPACE = re.compile(r"[^\S \t\r\n]|[\u200b-\u200d\ufeff]")


@options.command(
    options.ZONE,
    Option("--check", "only_check", help_text="cli.fmt-check", is_flag=True),
)
def fmt(zone: Path, only_check: bool, lang: str) -> int:
    """Write every layer file in canonical form."""
    opened = open_zone(zone, partial=True)
    merged = {issue.file: issue.field for issue in merged_cells(opened)}
    if not only_check:
        files.sweep(zone)
    status = 0
    for path, layer_schema in layer_files(zone).items():
        try:
            changed = _format(path, layer_schema, only_check or path.name in merged)
            if changed and path.name in merged:
                raise BadLayerError("merged-cells", path=path, field=merged[path.name])
        except GxqError as error:
            click.echo(str(error), err=True)
            status = max(status, error.exit_status)
            continue
        if changed:
            key = "cli.would-format" if only_check else "cli.formatted"
            click.echo(words.text(key, path=path))
            status = max(status, int(only_check))
    return status


def _format(path: Path, layer_schema: LayerSchema, only_check: bool) -> bool:
    """Format a file; return whether that changed it, or would change it."""
    current, canonical = layer.formatted(path, layer_schema)
    if current == canonical or only_check:
        return current != canonical
    if path.suffix.lower() == ".gpkg":
        geopackage.refuse_if_open(path)
    return files.write_bytes(path, canonical, expected=files.fingerprint(current))


# ------------------------------------------------------------------ fix


@options.command(
    options.ZONE_OR_FILE,
    Option("--apply", help_text="cli.fix-apply", is_flag=True),
    Option("--log", help_text="cli.fix-log", metavar="FILE", type=options.PATH),
    *options.select(note="cli.names-repairs"),
    Option("--list", "list_", help_text="cli.fix-list", is_flag=True),
)
def fix(
    zone: Path,
    apply: bool,
    log: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    list_: bool,
    lang: str,
) -> int:
    """Show the repairs that are unambiguous; with ``--apply``, write them."""
    if list_:
        _print_repairs(lang)
        return 0
    wanted = fixing.choose(options.split(select), options.split(ignore))
    targets, others = _targets(zone)
    if apply:
        _prepare(zone, log, targets)
    plans = fixing.plan(targets, others, wanted=wanted)
    errors = list(plans.errors)
    for one in plans.plans:
        _print_plan(one, lang)
        if apply:
            errors += _apply(one, log)
    for error in errors:
        click.echo(str(error), err=True)
    _print_summary(zone, plans, lang, apply=apply, at_fault=bool(errors))
    pending = int(bool(plans.plans) and not apply)
    return max([pending, *(error.exit_status for error in errors)])


def _print_repairs(lang: str) -> None:
    for one in fixing.REPAIRS:
        click.echo(f"{one.slug}  {words.text(f'repair.{one.slug}.rule', lang)}")


def _targets(path: Path) -> tuple[Mapping[Path, LayerSchema], Mapping[Path, LayerSchema]]:
    """Return the layer files to repair, and the other layer files of the folder."""
    if path.is_dir() or not path.exists():
        settings_of(path)
        return layer_files(path), {}
    if not is_layer_file(path):
        raise FileError("not-a-layer", path=path, known=", ".join(schema().layers))
    beside = {
        one: layer_schema
        for one, layer_schema in layer_files(path.parent).items()
        if one.name != path.name
    }
    return {path: schema().layers[path.stem]}, beside


def _prepare(path: Path, log: Path | None, targets: Mapping[Path, LayerSchema]) -> None:
    """Check that the log can be written, and remove temporary files of interrupted runs."""
    if log is not None:
        if log.resolve() in {one.resolve() for one in targets}:
            raise FileError("log-is-layer", path=log)
        files.append_text(log, "")
    files.sweep(path if path.is_dir() else path.parent)


def _apply(plan: Plan, log: Path | None) -> list[GxqError]:
    """Log the old values, write the file, then log that it was written; return the errors."""
    try:
        if log is not None:
            files.append_text(log, "".join(f"{_log_line(change)}\n" for change in plan.changes))
        plan.apply()
        if log is not None:
            files.append_text(log, f"{_now()}\t{messages.visible(str(plan.path))}\twritten\n")
    except GxqError as error:
        return [error]
    return []


def _log_line(change: Change) -> str:
    """Return time, location, id, field, repairs, old and new value; for a geometry, a count."""
    at = change.at
    values = (_json(change.old), _json(change.new)) if not change.count else (str(change.count),)
    parts = (messages.where(at), at.feature, at.field, ",".join(change.repairs), *values)
    return "\t".join((_now(), *map(messages.visible, parts)))


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


# ------------------------------------------------------------------ printed text


def _print_plan(plan: Plan, lang: str) -> None:
    for change in plan.changes:
        message, subject = _message(change, lang), messages.subject(change.at, lang)
        full = words.text("report.full", lang, subject=subject, message=message)
        place = messages.where(change.at)
        text = full if subject else message
        click.echo(messages.visible(f"{place}: {text} [{', '.join(change.repairs)}]"))
    if plan.lines:
        click.echo(words.text("cli.fix-lines", lang, path=plan.path, count=plan.lines))


def _message(change: Change, lang: str) -> str:
    """Return what a repair does: in words, or the old and the new value of a field."""
    old, new = _short(change.old), _short(change.new)
    if change.at.field and not change.count:
        return f"{old} → {new}"
    key = f"repair.{change.repairs[0]}.done"
    return words.text(key, lang, count=change.count, old=old, new=new)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(value: Any) -> str:
    """Return a value as JSON, shortened if long, with unusual spaces escaped."""
    text = _json(value)
    if len(text) > 3 * _SHOWN:
        text = f"{text[:_SHOWN]} … {text[-_SHOWN:]}"
    return _ODD_SPACE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _print_summary(path: Path, plans: Plans, lang: str, *, apply: bool, at_fault: bool) -> None:
    """Print the number of repairs, and the issues that need a decision by a person."""
    if not plans.plans:
        click.echo(words.text("cli.fix-nothing", lang))
    elif not (apply and at_fault):
        count = sum(len(one.changes) for one in plans.plans)
        key = "cli.fixed" if apply else "cli.would-fix"
        click.echo(words.text(key, lang, count=count, files=len(plans.plans), path=path))
    if at_fault:
        click.echo(words.text("cli.fix-unread", lang, path=path))
        return
    remaining = _check(path, {} if apply else {one.path: one.after for one in plans.plans})
    counts = messages.summary(remaining, lang)
    key = "cli.fix-left" if len(remaining) else "cli.fix-clean"
    click.echo(words.text(key, lang, counts=counts, path=path))


def _check(path: Path, changed: Mapping[Path, bytes]) -> Report:
    """Check the zone or the file after the repairs, those pending included."""
    names = None if path.is_dir() else {path.name, SETTINGS}
    with trial.changed_copy(path if path.is_dir() else path.parent, changed, names) as folder:
        if path.is_dir():
            return check(replace(open_zone(folder, partial=True), folder=path))
        zone, _ = single.open_file(folder / path.name)
        groups = single.GROUPS + single.FIELD_GROUPS
        return check(replace(zone, folder=path.parent), choice=EVERYTHING.within(groups))


COMMANDS = {"fmt": fmt, "fix": fix}
