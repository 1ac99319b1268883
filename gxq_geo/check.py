"""Every rule over every layer of a zone."""

import difflib
from collections.abc import Callable, Iterator

from gxq_geo.errors import ZoneError
from gxq_geo.issues import Issue, Report
from gxq_geo.rules import RULES
from gxq_geo.zone import SETTINGS, Zone


def check(zone: Zone, *, progress: Callable[[str], None] | None = None) -> Report:
    """What is wrong with a zone: the readers' findings first, then every rule's.

    Parameters
    ----------
    zone
        As `gxq_geo.open_zone` returns it with ``partial=True``.
    progress
        Called with each rule's slug before the rule runs.

    Raises
    ------
    ZoneError
        If ``zone.toml`` sets the severity of a rule that does not exist.
    """
    _expect_rules(zone)
    return Report.of(_issues(zone, progress or (lambda _: None)))


def _expect_rules(zone: Zone) -> None:
    """A misspelt slug in ``zone.toml`` would leave its rule as it is, unnoticed."""
    slugs = [rule.slug for rule in RULES]
    for name in zone.settings.rules:
        if name not in slugs:
            near = difflib.get_close_matches(name, slugs, n=1) or slugs
            params = {"path": zone.folder / SETTINGS, "name": f"rules.{name}"}
            raise ZoneError("unknown-setting", exit_status=1, **params, near=", ".join(near))


def _issues(zone: Zone, progress: Callable[[str], None]) -> Iterator[Issue]:
    yield from zone.issues
    for layer in zone.layers.values():
        yield from layer.issues
    for rule in RULES:
        progress(rule.slug)
        yield from rule(zone)
