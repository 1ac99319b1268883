"""Excuses: one record excused from one rule, with a reason and a last day.

They stand in ``zone.toml``, one table each::

    [[excused]]
    rule = "sites-overlap"
    feature = "S-014"
    reason = "界桩待复测"
    until = 2027-03-31
    layer = "sites"     # only where the id stands in several layers
"""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from gxq_geo.schemas import schema
from gxq_geo.words.errors import ZoneError
from gxq_geo.words.issues import Finding, Issue, Severity, found

# What may be found in the excuses themselves.
FINDINGS = {
    "excuse-expired": Finding(Severity.WARNING, settled=True),
    "excuse-idle": Finding(Severity.ADVICE, settled=True),
}

_TEXTS = ("rule", "feature", "reason")
_NAMES = (*_TEXTS, "until", "layer")
_HEAD = re.compile(r"^[ \t]*\[\[[ \t]*[\"']?excused[\"']?[ \t]*\]\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Excuse:
    """One record that one rule does not count against its layer.

    Parameters
    ----------
    rule, feature
        The rule's slug, and the record's id.
    reason
        Why, for those who read the settings later.
    until
        The last day on which it holds.
    layer
        The record's layer, where its id stands in several; empty for any.
    line
        Where it stands in ``zone.toml``.
    """

    rule: str
    feature: str
    reason: str
    until: date
    layer: str = ""
    line: int | None = None

    def covers(self, issue: Issue) -> bool:
        """Whether the issue is of this rule, record and layer."""
        return (
            issue.rule == self.rule
            and issue.feature == self.feature
            and self.layer in ("", issue.layer)
        )


def parse(path: Path, text: str, raw: Sequence[object]) -> tuple[Excuse, ...]:
    """The excuses of a ``zone.toml``.

    Parameters
    ----------
    path, text
        The file, for messages, and what it says, for line numbers.
    raw
        Its ``excused``, as TOML gives it.

    Raises
    ------
    ZoneError
        If a name is unknown, or a value missing or wrong.
    """
    heads = [text.count("\n", 0, found.start()) + 1 for found in _HEAD.finditer(text)]
    # Written in another way (an inline array), their lines are not known.
    lines = heads if len(heads) == len(raw) else [None] * len(raw)
    return tuple(
        _excuse(path, number, one, line)
        for number, (one, line) in enumerate(zip(raw, lines, strict=True), 1)
    )


def _excuse(path: Path, number: int, raw: object, line: int | None) -> Excuse:
    at = f"excused[{number}]"
    if not isinstance(raw, dict):
        raise ZoneError("bad-excuse", exit_status=1, path=path, name=at)
    for name in raw:
        if name not in _NAMES:
            near = difflib.get_close_matches(name, _NAMES, n=1) or [", ".join(_NAMES)]
            params = {"path": path, "name": f"{at}.{name}", "near": near[0]}
            raise ZoneError("unknown-setting", exit_status=1, **params)
    for name in _wrong(raw):
        raise ZoneError("bad-excuse", exit_status=1, path=path, name=f"{at}.{name}")
    return Excuse(**raw, line=line)


def _wrong(raw: Mapping[str, Any]) -> Iterator[str]:
    """Names of what is missing or not of its kind: texts, a day without quotes, a known layer."""
    for name in _TEXTS:
        if not isinstance(raw.get(name), str) or not raw[name].strip():
            yield name
    if type(raw.get("until")) is not date:
        yield "until"
    if raw.get("layer", "") not in ("", *schema().layers):
        yield "layer"


def sort_out(
    issues: Iterable[Issue], excuses: Collection[Excuse], today: date
) -> tuple[list[Issue], list[Issue], Counter[Excuse]]:
    """Part the issues that stand from those that a living excuse covers.

    Returns
    -------
    The issues that stand, those that are excused, and how many each excuse covers.
    """
    alive: dict[tuple[str, str], list[Excuse]] = {}
    for excuse in excuses:
        if excuse.until >= today:
            alive.setdefault((excuse.rule, excuse.feature), []).append(excuse)
    stand: list[Issue] = []
    excused: list[Issue] = []
    used: Counter[Excuse] = Counter()
    for issue in issues:
        mine = [one for one in alive.get((issue.rule, issue.feature), ()) if one.covers(issue)]
        used.update(mine)
        (excused if mine else stand).append(issue)
    return stand, excused, used


def leftovers(
    excuses: Iterable[Excuse], used: Mapping[Excuse, int], *, today: date, file: str
) -> Iterator[Issue]:
    """What is to be said about the excuses themselves: expired, or without anything to excuse."""
    for excuse in excuses:
        if excuse.until < today:
            yield _issue("excuse-expired", excuse, file)
        elif not used.get(excuse):
            yield _issue("excuse-idle", excuse, file)


def _issue(rule: str, excuse: Excuse, file: str) -> Issue:
    said = {"excused": excuse.rule, "until": excuse.until.isoformat(), "reason": excuse.reason}
    column = 1 if excuse.line else None
    of = {"layer": excuse.layer, "feature": excuse.feature}
    return found(FINDINGS, rule, file=file, line=excuse.line, column=column, params=said, **of)
