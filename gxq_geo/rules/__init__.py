"""The rules: each is one function whose docstring states the rule.

A rule takes a zone and yields issues. It never raises, prints or repairs. Its messages are in
``data/words`` under ``rule.<slug>``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType

from gxq_geo.rules import (
    areas,
    fields,
    figures,
    geometry,
    meaning,
    position,
    publication,
    references,
    spreadsheet,
    text,
    topology,
)
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone

_MODULES = (
    *(fields, spreadsheet, figures, text, references, meaning),
    *(geometry, position, topology, areas, publication),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its slug, its group (the module's name), its statement and its default severity."""

    slug: str
    group: str
    doc: str
    severity: Severity
    find: Callable[[Zone], Iterator[Issue]]

    def __call__(self, zone: Zone) -> Iterator[Issue]:
        """Yield the rule's issues at the severity that ``zone.toml`` sets; none where it is off."""
        severity = zone.settings.rules.get(self.slug, self.severity)
        if severity != "off":
            for issue in self.find(zone):
                yield replace(issue, rule=self.slug, severity=Severity(severity))


def _rules_of(module: ModuleType) -> Iterator[Rule]:
    group = module.__name__.rpartition(".")[2]
    for name, find in vars(module).items():
        if callable(find) and getattr(find, "__module__", "") == module.__name__ and name[0] != "_":
            doc = str(find.__doc__).partition("\n")[0]
            severity = getattr(find, "severity", Severity.ERROR)
            yield Rule(name.replace("_", "-"), group, doc, severity, find)


RULES: tuple[Rule, ...] = tuple(rule for module in _MODULES for rule in _rules_of(module))
