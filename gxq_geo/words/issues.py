"""Issues: what the rules find. Plain values; the words come from `gxq_geo.words`."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much an issue matters: an error stops the map, advice never does."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that one rule found at one place.

    Parameters
    ----------
    rule
        Slug of the rule; its words stand under ``rule.<slug>``.
    severity
        See `Severity`.
    file, line, column
        Where to look: the file's name in the zone's folder, lines and columns from 1.
    layer, feature, name
        The layer, the id of the record, and the record's own name.
    field, value
        The field at fault and what it holds, as text.
    place
        Longitude and latitude in degrees (EPSG:4326) of the fault.
    params
        What else the words name.
    row
        Position of the record in its layer's frame.
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
        """Sort key: by file, then by place in it, then by rule."""
        return (self.file, self.line or 0, self.column or 0, self.rule)


@dataclass(frozen=True, slots=True)
class Finding:
    """How a reader's finding weighs, and whether a zone may decide otherwise.

    Each reader declares its own in one table, `FINDINGS`, by slug.
    """

    severity: Severity
    settled: bool = False


# What keeps a file, or records of it, from being read: no setting can make it unsaid.
FATAL = Finding(Severity.ERROR, settled=True)


def found(findings: Mapping[str, Finding], rule: str, **parts: Any) -> Issue:
    """An issue of a reader, at the severity that its table of findings gives it."""
    return Issue(rule, findings[rule].severity, **parts)


@dataclass(frozen=True, slots=True)
class Report:
    """All issues of one check, in the order of the files.

    Parameters
    ----------
    issues
        What stands.
    excused
        What the zone's settings excuse, record by record; it counts for nothing else.
    """

    issues: tuple[Issue, ...] = ()
    excused: tuple[Issue, ...] = ()

    @classmethod
    def of(cls, issues: Iterable[Issue], excused: Iterable[Issue] = ()) -> "Report":
        """Gather issues and sort them by place."""
        return cls(*(tuple(sorted(s, key=lambda issue: issue.order)) for s in (issues, excused)))

    def __iter__(self) -> Iterator[Issue]:
        return iter(self.issues)

    def __len__(self) -> int:
        return len(self.issues)

    def counts(self) -> dict[Severity, int]:
        """How many issues of each severity, all severities named."""
        found = Counter(issue.severity for issue in self.issues)
        return {severity: found[severity] for severity in Severity}

    def where(self, kept: Callable[[Issue], bool]) -> "Report":
        """The same report with only those issues, excused ones too, that a test keeps."""
        return Report(tuple(filter(kept, self.issues)), tuple(filter(kept, self.excused)))

    @property
    def ok(self) -> bool:
        """Whether there is no error (warnings and advice may stand)."""
        return self.counts()[Severity.ERROR] == 0
