"""`gxq fmt` and `gxq fix`: the commands that change layer files, each file whole or not at all."""

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from gxq_geo import words
from gxq_geo.checks import EVERYTHING, check, messages
from gxq_geo.checks import fix as fixing
from gxq_geo.checks.fix import Change, Plan, Plans
from gxq_geo.cli import options
from gxq_geo.cli.command import Option
from gxq_geo.formats import files
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.words.errors import FileError, GxqError
from gxq_geo.words.issues import Report
from gxq_geo.zone import is_layer_file, layer, layer_files, open_zone, single
from gxq_geo.zone.settings import SETTINGS, settings_of

# Of a text so much is shown from its beginning and from its end.
_SHOWN = 30
# Spaces that look like a space, or like nothing; `report.visible` shows the other invisible ones.
_ODD_SPACE = re.compile(r"[^\S \t\r\n]|[\u200b-\u200d\ufeff]")


@options.command(
    options.ZONE,
    Option("--check", "only_check", say="cli.fmt-check", is_flag=True),
)
def fmt(zone: Path, only_check: bool, lang: str) -> int:
    """Bring every layer file into canonical form."""
    open_zone(zone, partial=True)
    if not only_check:
        files.sweep(zone)
    status = 0
    for path, of in layer_files(zone).items():
        if path.suffix == ".gpkg":
            click.echo(words.text("cli.left-alone", path=path), err=True)
            continue
        try:
            changed = _format(path, of, only_check=only_check)
        except GxqError as error:
            click.echo(str(error), err=True)
            status = max(status, error.exit_status)
            continue
        if changed:
            key = "cli.would-format" if only_check else "cli.formatted"
            click.echo(words.text(key, path=path))
            status = max(status, int(only_check))
    return status


def _format(path: Path, of: LayerSchema, *, only_check: bool) -> bool:
    now, canonical = layer.formatted(path, of)
    if now != canonical and not only_check:
        files.write_bytes(path, canonical, expected=files.fingerprint(now))
    return now != canonical


# ------------------------------------------------------------------ fix


@options.command(
    options.ZONE_OR_FILE,
    Option("--apply", say="cli.fix-apply", is_flag=True),
    Option("--log", say="cli.fix-log", metavar="FILE", type=options.PATH),
    *options.select(note="cli.names-repairs"),
    Option("--list", "list_", say="cli.fix-list", is_flag=True),
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
    """Show what can be repaired without a doubt; with --apply, repair it."""
    if list_:
        _list(lang)
        return 0
    wanted = fixing.choose(options.split(select), options.split(ignore))
    targets, others = _targets(zone)
    if apply:
        _prepare(zone, log, targets)
    plans = fixing.plan(targets, others, wanted=wanted)
    for left in plans.skipped:
        click.echo(words.text("cli.left-alone", path=left), err=True)
    errors = list(plans.errors)
    for one in plans.plans:
        _show(one, lang)
        if apply:
            errors += _apply(one, log)
    for error in errors:
        click.echo(str(error), err=True)
    _conclude(zone, plans, lang, apply=apply, at_fault=bool(errors))
    pending = int(bool(plans.plans) and not apply)
    return max([pending, *(error.exit_status for error in errors)])


def _list(lang: str) -> None:
    for one in fixing.REPAIRS:
        click.echo(f"{one.slug}  {words.text(f'repair.{one.slug}.rule', lang)}")


def _targets(path: Path) -> tuple[Mapping[Path, LayerSchema], Mapping[Path, LayerSchema]]:
    """The layer files to repair, and those beside them."""
    if path.is_dir() or not path.exists():
        settings_of(path)
        return layer_files(path), {}
    if not is_layer_file(path):
        raise FileError("not-a-layer", path=path, known=", ".join(schema().layers))
    beside = {one: of for one, of in layer_files(path.parent).items() if one.name != path.name}
    return {path: schema().layers[path.stem]}, beside


def _prepare(path: Path, log: Path | None, targets: Mapping[Path, LayerSchema]) -> None:
    """What could fail fails before a file is changed; what an earlier run left is removed."""
    if log is not None:
        if log.resolve() in {one.resolve() for one in targets}:
            raise FileError("log-is-layer", path=log)
        files.append_text(log, "")
    files.sweep(path if path.is_dir() else path.parent)


def _apply(plan: Plan, log: Path | None) -> list[GxqError]:
    """The log holds the old values before the file loses them, and says when it is written."""
    try:
        if log is not None:
            files.append_text(log, "".join(f"{_logged(change)}\n" for change in plan.changes))
        plan.apply()
        if log is not None:
            files.append_text(log, f"{_now()}\t{messages.visible(str(plan.path))}\twritten\n")
    except GxqError as error:
        return [error]
    return []


def _logged(change: Change) -> str:
    """Time, place, id, field, repairs, old and new value as JSON; of a geometry, a count."""
    at = change.at
    values = (_json(change.old), _json(change.new)) if not change.count else (str(change.count),)
    parts = (messages.where(at), at.feature, at.field, ",".join(change.repairs), *values)
    return "\t".join((_now(), *map(messages.visible, parts)))


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


# ------------------------------------------------------------------ what is said


def _show(plan: Plan, lang: str) -> None:
    for change in plan.changes:
        if change.count:
            said = words.text(f"repair.{change.repairs[0]}.done", lang, count=change.count)
        else:
            said = f"{_short(change.old)} → {_short(change.new)}"
        place, subject = messages.where(change.at), messages.subject(change.at, lang)
        full = words.text("report.full", lang, subject=subject, message=said)
        click.echo(messages.visible(f"{place}: {full} [{', '.join(change.repairs)}]"))
    if plan.lines:
        click.echo(words.text("cli.fix-lines", lang, path=plan.path, count=plan.lines))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(value: Any) -> str:
    """A value as JSON, its odd spaces visible; of a long text, the beginning and the end."""
    text = _json(value)
    if len(text) > 3 * _SHOWN:
        text = f"{text[:_SHOWN]} … {text[-_SHOWN:]}"
    return _ODD_SPACE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _conclude(path: Path, plans: Plans, lang: str, *, apply: bool, at_fault: bool) -> None:
    """How much is repaired, or would be; and what is left for a person to decide."""
    if not plans.plans:
        click.echo(words.text("cli.fix-nothing", lang))
    elif not (apply and at_fault):
        count = sum(len(one.changes) for one in plans.plans)
        key = "cli.fixed" if apply else "cli.would-fix"
        click.echo(words.text(key, lang, count=count, files=len(plans.plans), path=path))
    if at_fault:
        click.echo(words.text("cli.fix-unread", lang, path=path))
        return
    left = _left(path, {} if apply else {one.path: one.after for one in plans.plans})
    counts = messages.summary(left, lang)
    key = "cli.fix-left" if len(left) else "cli.fix-clean"
    click.echo(words.text(key, lang, counts=counts, path=path))


def _left(path: Path, changed: Mapping[Path, bytes]) -> Report:
    """What a check finds after the repairs, made or, in a folder aside, only tried."""
    if not changed:
        return _checked(path, path)
    folder = path if path.is_dir() else path.parent
    names = None if path.is_dir() else {path.name, SETTINGS}
    with tempfile.TemporaryDirectory() as aside:
        for one in (one for one in folder.iterdir() if names is None or one.name in names):
            copy = Path(aside) / one.name
            if one in changed:
                copy.write_bytes(changed[one])
            elif one.is_file():
                _link(one, copy)
        return _checked(Path(aside) if path.is_dir() else Path(aside) / path.name, path)


def _link(path: Path, copy: Path) -> None:
    try:
        copy.hardlink_to(path.resolve())
    except OSError:
        shutil.copyfile(path, copy)


def _checked(path: Path, shown: Path) -> Report:
    if path.is_dir():
        return check(replace(open_zone(path, partial=True), folder=shown))
    zone, _ = single.open_file(path)
    groups = single.GROUPS + single.FIELD_GROUPS
    return check(replace(zone, folder=shown.parent), choice=EVERYTHING.within(groups))


COMMANDS = {"fmt": fmt, "fix": fix}
