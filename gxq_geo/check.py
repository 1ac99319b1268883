"""Every rule over every layer of a zone."""

from collections.abc import Callable, Iterator

from gxq_geo.issues import Issue, Report
from gxq_geo.rules import RULES
from gxq_geo.zone import Zone


def check(zone: Zone, *, progress: Callable[[str], None] | None = None) -> Report:
    """What is wrong with a zone: the readers' findings first, then every rule's.

    Parameters
    ----------
    zone
        As `gxq_geo.open_zone` returns it with ``partial=True``.
    progress
        Called with each rule's slug before the rule runs.
    """
    return Report.of(_issues(zone, progress or (lambda _: None)))


def _issues(zone: Zone, progress: Callable[[str], None]) -> Iterator[Issue]:
    yield from zone.issues
    for layer in zone.layers.values():
        yield from layer.issues
    for rule in RULES:
        progress(rule.slug)
        yield from rule(zone)
