"""Issues, the results of checks, as plain values; `gxq_geo.words` holds their messages."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """The severity of an issue; only an error keeps a map from being drawn."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Issue:
    """One violation of one rule.

    Parameters
    ----------
    rule
        The slug of the rule; its messages are under ``rule.<slug>``.
    severity
        See `Severity`.
    file, line, column
        The name of the file in the zone's folder; line and column are counted from 1.
    layer, feature, name
        The layer, the record's id, and the record's name.
    field, value
        The field concerned and its value, as text.
    place
        Longitude and latitude in degrees (EPSG:4326) of the fault.
    params
        Further parameters of the message.
    row
        The position of the record in its layer's frame.
    """

    rule: str = ""
    severity: Severity = Severity.ERROR
    file: str = ""
    line: int | None = None
    column: int | None = None
    layer: str = ""
    feature: str = ""
    name: str = ""
    field: str = ""
    value: str = ""
    place: tuple[float, float] | None = None
    params: Mapping[str, str | int | float] = dataclasses.field(default_factory=dict, hash=False)
    row: int | None = None

    @property
    def order(self) -> tuple[str, int, int, str]:
        """Sort key: the file, then the position in it, then the rule."""
        return (self.file, self.line or 0, self.column or 0, self.rule)


@dataclass(frozen=True, slots=True)
class Finding:
    """The default severity of a reader's issue, and whether zones may not change it (`locked`).

    Each reader declares its findings by slug in a table `FINDINGS`.
    """

    severity: Severity
    locked: bool = False


# A file, or records of it, could not be read: no setting can switch this off.
FATAL = Finding(Severity.ERROR, locked=True)


def found(findings: Mapping[str, Finding], rule: str, **parts: Any) -> Issue:
    """Create a reader's issue with the severity given in its table of findings."""
    return Issue(rule, findings[rule].severity, **parts)


@dataclass(frozen=True, slots=True)
class Report:
    """The issues of one check, sorted by file and position.

    Parameters
    ----------
    issues
        The issues that count.
    excused
        The issues covered by a waiver of the zone's settings; they do not count.
    """

    issues: tuple[Issue, ...] = ()
    excused: tuple[Issue, ...] = ()

    @classmethod
    def of(cls, issues: Iterable[Issue], excused: Iterable[Issue] = ()) -> "Report":
        """Create a report; the issues are sorted by `Issue.order`."""
        return cls(*(tuple(sorted(s, key=lambda issue: issue.order)) for s in (issues, excused)))

    def __iter__(self) -> Iterator[Issue]:
        return iter(self.issues)

    def __len__(self) -> int:
        return len(self.issues)

    def counts(self) -> dict[Severity, int]:
        """The number of issues of each severity, zeros included."""
        found = Counter(issue.severity for issue in self.issues)
        return {severity: found[severity] for severity in Severity}

    def where(self, keep: Callable[[Issue], bool]) -> "Report":
        """Return a report of those issues, excused ones included, for which `keep` is true."""
        return Report(tuple(filter(keep, self.issues)), tuple(filter(keep, self.excused)))

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings and advice are allowed."""
        return self.counts()[Severity.ERROR] == 0
