"""Every rule over every layer of a zone."""

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

# What is found without a rule: in reading a file, and in the excuses of the settings.
READING, SETTING = "reading", "settings"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be reported: its slug, its group, and its severity by default."""

    slug: str
    group: str
    severity: Severity

    def said(self, lang: str) -> str:
        """What it asks of a file, in one sentence."""
        return words.text(f"rule.{self.slug}.rule", lang)


@cache
def catalogue() -> tuple[Entry, ...]:
    """Everything that can be reported, from the code: what reading finds, then each rule."""
    return (
        *(Entry(slug, READING, one.severity) for slug, one in FINDINGS.items()),
        *(Entry(slug, SETTING, one.severity) for slug, one in waivers.FINDINGS.items()),
        *(Entry(rule.slug, rule.group, rule.severity) for rule in RULES),
    )


@cache
def groups() -> dict[str, str]:
    """The group of every finding, by slug."""
    return {entry.slug: entry.group for entry in catalogue()}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which findings are wanted.

    Parameters
    ----------
    left_out
        Slugs that are not.
    muted
        Those among them that were named for it: of the others, a file that cannot be read is told
        all the same, since no rule can judge it.
    """

    left_out: frozenset[str] = field(default=frozenset())
    muted: frozenset[str] = field(default=frozenset())

    def keeps(self, issue: Issue) -> bool:
        """Whether an issue is wanted."""
        if issue.rule not in self.left_out:
            return True
        unread = issue.rule in FINDINGS and FINDINGS[issue.rule].settled
        return unread and issue.rule not in self.muted

    def within(self, wanted: Iterable[str]) -> "Choice":
        """The same choice with only these groups."""
        kept = {READING, SETTING, *wanted}
        others = {slug for slug, group in groups().items() if group not in kept}
        return Choice(self.left_out | others, self.muted)


EVERYTHING = Choice()


def choose(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> Choice:
    """A choice by slugs and groups: only those selected, without those ignored.

    Raises
    ------
    GxqError
        If there is no such rule or group.
    """
    wanted, muted = _slugs(select), _slugs(ignore)
    others = frozenset(groups()) - wanted if wanted else frozenset[str]()
    return Choice(others | muted, muted)


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
    """What is wrong with a zone: the readers' findings first, then every rule's.

    Parameters
    ----------
    zone
        As `gxq_geo.open_zone` returns it with ``partial=True``.
    choice
        Which findings are wanted; a rule that is not is not run.
    progress
        Called with each rule's slug before the rule runs.
    today
        The day on which excuses are judged; today's date.

    Raises
    ------
    ZoneError
        If ``zone.toml`` names a rule that does not exist.
    """
    _expect_rules(zone)
    zone.memo.clear()
    day = today or _here_and_now()
    found = filter(choice.keeps, _issues(zone, choice, progress or (lambda _: None)))
    mine = zone.settings.excused
    stand, excused, used = waivers.sort_out(found, mine, day)
    # Whether an excuse still excuses anything can be said only after every rule.
    judged = mine if choice == EVERYTHING else [one for one in mine if one.until < day]
    left = waivers.leftovers(judged, used, today=day, file=SETTINGS)
    return Report.of([*stand, *filter(choice.keeps, left)], excused)


def _here_and_now() -> date:
    """The day by the clock of this place; ``SOURCE_DATE_EPOCH``, where it is set, is the clock."""
    clock = os.environ.get("SOURCE_DATE_EPOCH", "")
    return date.fromtimestamp(int(clock)) if clock.isdecimal() else date.today()


def _expect_rules(zone: Zone) -> None:
    """A misspelt slug in ``zone.toml`` would leave its rule as it is, unnoticed."""
    slugs = [rule.slug for rule in RULES]
    slugs += [slug for slug, one in FINDINGS.items() if not one.settled]
    path = zone.folder / SETTINGS
    for name in zone.settings.rules:
        if name in FINDINGS and FINDINGS[name].settled:
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
        if rule.slug not in choice.left_out:
            yield from rule(zone)
