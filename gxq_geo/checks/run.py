"""Run the rules on a zone and collect the issues in a report."""

import difflib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from gxq_geo import words
from gxq_geo.formats import gc_pause
from gxq_geo.rules import RULES
from gxq_geo.words.errors import GxqError, ZoneError
from gxq_geo.words.issues import Issue, Report, Severity
from gxq_geo.zone import FINDINGS, Zone, waivers
from gxq_geo.zone.settings import SETTINGS

# The groups of findings that no rule reports: those of the readers, and those of the waivers.
READING, SETTING = "reading", "settings"


@dataclass(frozen=True, slots=True)
class Entry:
    """A kind of finding: its slug, its group, and its default severity."""

    slug: str
    group: str
    severity: Severity

    def statement(self, lang: str) -> str:
        """Return the rule as one sentence."""
        return words.text(f"rule.{self.slug}.rule", lang)


@cache
def catalogue() -> tuple[Entry, ...]:
    """Return every kind of finding: those of the readers and waivers first, then the rules."""
    return (
        *(Entry(slug, READING, finding.severity) for slug, finding in FINDINGS.items()),
        *(Entry(slug, SETTING, finding.severity) for slug, finding in waivers.FINDINGS.items()),
        *(Entry(rule.slug, rule.group, rule.severity) for rule in RULES),
    )


@cache
def groups() -> dict[str, str]:
    """Return the group of every kind of finding, by slug."""
    return {entry.slug: entry.group for entry in catalogue()}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which kinds of findings are reported.

    Parameters
    ----------
    excluded
        Slugs that are not reported.
    ignored
        The slugs among them that were excluded by name. Findings that keep a file from being read
        are reported unless their slug is in `ignored`, since no rule can check such a file.
    """

    excluded: frozenset[str] = field(default=frozenset())
    ignored: frozenset[str] = field(default=frozenset())

    def keeps(self, issue: Issue) -> bool:
        """Return whether an issue is reported."""
        if issue.rule not in self.excluded:
            return True
        unreadable = issue.rule in FINDINGS and FINDINGS[issue.rule].locked
        return unreadable and issue.rule not in self.ignored

    def within(self, wanted: Iterable[str]) -> "Choice":
        """Return this choice restricted to some groups of rules."""
        kept = {READING, SETTING, *wanted}
        others = {slug for slug, group in groups().items() if group not in kept}
        return Choice(self.excluded | others, self.ignored)


EVERYTHING = Choice()


def choose(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> Choice:
    """Return a choice by slugs and groups: the selected ones, by default all, minus the ignored.

    Raises
    ------
    GxqError
        If there is no such rule or group.
    """
    selected, ignored = _slugs(select), _slugs(ignore)
    others = frozenset(groups()) - selected if selected else frozenset[str]()
    return Choice(others | ignored, ignored)


def errors_only(zone: Zone) -> Choice:
    """Return the choice of the findings that are errors in a zone."""
    severities = zone.settings.rules
    return Choice(
        frozenset(
            entry.slug
            for entry in catalogue()
            if severities.get(entry.slug, entry.severity) != Severity.ERROR
        )
    )


def _slugs(names: Iterable[str]) -> frozenset[str]:
    known = groups()
    out: set[str] = set()
    for name in names:
        found = {slug for slug, group in known.items() if name in (slug, group)}
        if not found:
            raise GxqError("unknown-rule", rule=name, near=_near(name, {*known, *known.values()}))
        out |= found
    return frozenset(out)


def _near(name: str, known: Iterable[str]) -> str:
    ordered = sorted(known)
    return (difflib.get_close_matches(name.lower(), ordered, n=1, cutoff=0) or ordered)[0]


@gc_pause.paused()
def check(
    zone: Zone,
    *,
    choice: Choice = EVERYTHING,
    progress: Callable[[str], None] | None = None,
    today: date | None = None,
) -> Report:
    """Return the issues of a zone: those of the readers and of every rule.

    Parameters
    ----------
    zone
        As `gxq_geo.open_zone` returns it with ``partial=True``.
    choice
        Which findings are reported; other rules are not run.
    progress
        Called with each rule's slug before the rule runs.
    today
        The date for which waivers are checked; by default the current one.

    Raises
    ------
    ZoneError
        If ``zone.toml`` names a rule that does not exist.
    """
    _expect_rules(zone)
    zone.memo.clear()
    day = today or current_date()
    found = filter(choice.keeps, _issues(zone, choice, progress or (lambda _: None)))
    declared = zone.settings.excused
    remaining, excused, used = waivers.split_excused(found, declared, day)
    # A waiver is known to be unused only after every rule has run.
    checked = declared if choice == EVERYTHING else [one for one in declared if one.until < day]
    unused = waivers.waiver_issues(checked, used, today=day, file=SETTINGS)
    return Report.of([*remaining, *filter(choice.keeps, unused)], excused)


def current_date() -> date:
    """Return the local date; ``SOURCE_DATE_EPOCH``, where it is set, replaces the clock."""
    clock = os.environ.get("SOURCE_DATE_EPOCH", "")
    return date.fromtimestamp(int(clock)) if clock.isdecimal() else date.today()


def _expect_rules(zone: Zone) -> None:
    """Raise if ``zone.toml`` names an unknown rule: a misspelt one would have no effect."""
    slugs = [rule.slug for rule in RULES]
    slugs += [slug for slug, finding in FINDINGS.items() if not finding.locked]
    path = zone.folder / SETTINGS
    for name in zone.settings.rules:
        if name in FINDINGS and FINDINGS[name].locked:
            raise ZoneError("settled-rule", exit_status=1, path=path, rule=name)
        if name not in slugs:
            params = {"path": path, "name": f"rules.{name}", "near": _near(name, slugs)}
            raise ZoneError("unknown-setting", exit_status=1, **params)
    for excuse in zone.settings.excused:
        if excuse.rule not in slugs:
            params = {"path": path, "rule": excuse.rule, "near": _near(excuse.rule, slugs)}
            raise ZoneError("unknown-excused-rule", exit_status=1, **params)


def _issues(zone: Zone, choice: Choice, progress: Callable[[str], None]) -> Iterator[Issue]:
    yield from zone.issues
    for layer in zone.layers.values():
        yield from layer.issues
    for rule in RULES:
        progress(rule.slug)
        if rule.slug not in choice.excluded:
            yield from rule(zone)
