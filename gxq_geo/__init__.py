"""gxq_geo: read the layers, ask the rules, draw the map, set the page.

>>> import gxq_geo as g
>>> zone = g.open_zone("layers")            # doctest: +SKIP
>>> g.availability(zone.sites)              # doctest: +SKIP
>>> g.InvestmentMap(zone).save("map.html")  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gxq_geo.analysis.carriers import vacancy
    from gxq_geo.analysis.sites import availability
    from gxq_geo.checks import check
    from gxq_geo.documents import site_sheets, wall_map
    from gxq_geo.investment_map import InvestmentMap
    from gxq_geo.matching import Requirement, match, required
    from gxq_geo.questions import ask
    from gxq_geo.questions.tables import in_words
    from gxq_geo.schemas import schema
    from gxq_geo.versions.difference import diff
    from gxq_geo.words.errors import BadLayerError, DraftError, FileError, GxqError, ZoneError
    from gxq_geo.words.issues import Issue, Report, Severity
    from gxq_geo.zone import Zone, open_zone

    __version__: str

__all__ = [
    "BadLayerError",
    "DraftError",
    "FileError",
    "GxqError",
    "InvestmentMap",
    "Issue",
    "Report",
    "Requirement",
    "Severity",
    "Zone",
    "ZoneError",
    "ask",
    "availability",
    "check",
    "diff",
    "in_words",
    "match",
    "open_zone",
    "required",
    "schema",
    "site_sheets",
    "vacancy",
    "wall_map",
]

# Where each name is defined. It is imported when first used, so that no command waits for a
# library that it does not need.
_HOMES = {
    "BadLayerError": "gxq_geo.words.errors",
    "DraftError": "gxq_geo.words.errors",
    "FileError": "gxq_geo.words.errors",
    "GxqError": "gxq_geo.words.errors",
    "InvestmentMap": "gxq_geo.investment_map",
    "Issue": "gxq_geo.words.issues",
    "Report": "gxq_geo.words.issues",
    "Requirement": "gxq_geo.matching",
    "Severity": "gxq_geo.words.issues",
    "Zone": "gxq_geo.zone",
    "ZoneError": "gxq_geo.words.errors",
    "ask": "gxq_geo.questions",
    "availability": "gxq_geo.analysis.sites",
    "check": "gxq_geo.checks",
    "diff": "gxq_geo.versions.difference",
    "in_words": "gxq_geo.questions.tables",
    "match": "gxq_geo.matching",
    "open_zone": "gxq_geo.zone",
    "required": "gxq_geo.matching",
    "schema": "gxq_geo.schemas",
    "site_sheets": "gxq_geo.documents",
    "vacancy": "gxq_geo.analysis.carriers",
    "wall_map": "gxq_geo.documents",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first used."""
    if name == "__version__":
        return import_module("gxq_geo.words.version").version()
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
