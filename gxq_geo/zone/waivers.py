"""Waivers: exempt one record from one rule, with a reason and an expiry date.

Each is a table ``[[excused]]`` in ``zone.toml``; messages call it an excuse::

    [[excused]]
    rule = "sites-overlap"
    feature = "S-014"
    reason = "界桩待复测"
    until = 2027-03-31
    layer = "sites"     # only if several layers have this id

An issue of a layer as a whole, such as its datum, is excused by ``layer`` without ``feature``.
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

# Issues of the waivers themselves.
FINDINGS = {
    "excuse-expired": Finding(Severity.WARNING, locked=True),
    "excuse-idle": Finding(Severity.ADVICE, locked=True),
}

_TEXTS = ("rule", "feature", "reason")
_NAMES = (*_TEXTS, "until", "layer")
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*[\"']?excused[\"']?[ \t]*\]\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Waiver:
    """An exemption of one record from one rule.

    Parameters
    ----------
    rule, feature
        The rule's slug and the record's id; empty for an issue of the layer as a whole.
    reason
        Why the record is exempt.
    until
        The last day on which the waiver is valid.
    layer
        The record's layer, if several layers have its id; empty for any layer. It is required
        without a `feature`.
    line
        The line of its table in ``zone.toml``; None if unknown.
    """

    rule: str
    reason: str
    until: date
    feature: str = ""
    layer: str = ""
    line: int | None = None

    def covers(self, issue: Issue) -> bool:
        """Whether an issue has the waiver's rule, record and layer."""
        return (
            issue.rule == self.rule
            and issue.feature == self.feature
            and self.layer in ("", issue.layer)
        )


def parse(path: Path, text: str, raw: Sequence[object]) -> tuple[Waiver, ...]:
    """Read the waivers of a ``zone.toml``.

    Parameters
    ----------
    path, text
        The file, named in errors, and its text, searched for line numbers.
    raw
        The value of ``excused`` as `tomllib` returns it.

    Raises
    ------
    ZoneError
        If a key is unknown, or a value is missing or invalid.
    """
    headers = [text.count("\n", 0, match.start()) + 1 for match in _HEADER.finditer(text)]
    # The lines of inline tables (``excused = [{…}]``) are unknown.
    lines = headers if len(headers) == len(raw) else [None] * len(raw)
    return tuple(
        _waiver(path, number, entry, line)
        for number, (entry, line) in enumerate(zip(raw, lines, strict=True), 1)
    )


def _waiver(path: Path, number: int, raw: object, line: int | None) -> Waiver:
    entry = f"excused[{number}]"
    if not isinstance(raw, dict):
        raise ZoneError("bad-excuse", exit_status=1, path=path, name=entry)
    for name in raw:
        if name not in _NAMES:
            near = difflib.get_close_matches(name, _NAMES, n=1) or [", ".join(_NAMES)]
            params = {"path": path, "name": f"{entry}.{name}", "near": near[0]}
            raise ZoneError("unknown-setting", exit_status=1, **params)
    for name in _invalid_keys(raw):
        raise ZoneError("bad-excuse", exit_status=1, path=path, name=f"{entry}.{name}")
    return Waiver(**raw, line=line)


def _invalid_keys(raw: Mapping[str, Any]) -> Iterator[str]:
    """The keys of an entry whose values are missing, of a wrong type, or no layer's name."""
    whole_layer = "feature" not in raw and raw.get("layer")
    for name in ("rule", "reason") if whole_layer else _TEXTS:
        if not isinstance(raw.get(name), str) or not raw[name].strip():
            yield name
    if type(raw.get("until")) is not date:
        yield "until"
    if raw.get("layer", "") not in ("", *schema().layers):
        yield "layer"


def split_excused(
    issues: Iterable[Issue], waivers: Collection[Waiver], today: date
) -> tuple[list[Issue], list[Issue], Counter[Waiver]]:
    """Separate the issues that a valid waiver covers from the others.

    Returns
    -------
    remaining, excused
        The issues without and with a valid waiver.
    used
        The number of issues that each waiver covers.
    """
    valid: dict[tuple[str, str], list[Waiver]] = {}
    for waiver in waivers:
        if waiver.until >= today:
            valid.setdefault((waiver.rule, waiver.feature), []).append(waiver)
    remaining: list[Issue] = []
    excused: list[Issue] = []
    used: Counter[Waiver] = Counter()
    for issue in issues:
        candidates = valid.get((issue.rule, issue.feature), ())
        covering = [waiver for waiver in candidates if waiver.covers(issue)]
        used.update(covering)
        (excused if covering else remaining).append(issue)
    return remaining, excused, used


def waiver_issues(
    waivers: Iterable[Waiver], used: Mapping[Waiver, int], *, today: date, file: str
) -> Iterator[Issue]:
    """Report waivers that have expired, or that cover no issue."""
    for waiver in waivers:
        if waiver.until < today:
            yield _issue("excuse-expired", waiver, file)
        elif not used.get(waiver):
            yield _issue("excuse-idle", waiver, file)


def _issue(rule: str, waiver: Waiver, file: str) -> Issue:
    return found(
        FINDINGS,
        rule,
        file=file,
        line=waiver.line,
        column=1 if waiver.line else None,
        layer=waiver.layer,
        feature=waiver.feature,
        params={
            "excused": waiver.rule,
            "until": waiver.until.isoformat(),
            "reason": waiver.reason,
        },
    )
