"""gxq_geo: read the layers, ask the rules, draw the map, set the page.

>>> import gxq_geo as g
>>> zone = g.open_zone("layers")            # doctest: +SKIP
>>> g.availability(zone.sites)              # doctest: +SKIP
>>> g.InvestmentMap(zone).save("map.html")  # doctest: +SKIP
"""

from functools import partial
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from gxq_geo.carriers import vacancy
from gxq_geo.check import check
from gxq_geo.errors import BadLayerError, DraftError, FileError, GxqError, ZoneError
from gxq_geo.issues import Issue, Report, Severity
from gxq_geo.schema import schema
from gxq_geo.sites import availability
from gxq_geo.zone import ASKED, Zone, open_zone

if TYPE_CHECKING:
    from gxq_geo.investment_map import InvestmentMap
    from gxq_geo.matching import match, required
    from gxq_geo.outputs.tables import in_words
    from gxq_geo.paper import site_sheets, wall_map
    from gxq_geo.questions import ask
    from gxq_geo.requirement import Requirement
    from gxq_geo.versions.difference import diff

__version__ = version("gxq-geo")

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


_LATER = {
    "InvestmentMap": "gxq_geo.investment_map",
    "Requirement": "gxq_geo.requirement",
    "ask": "gxq_geo.questions",
    "diff": "gxq_geo.versions.difference",
    "in_words": "gxq_geo.outputs.tables",
    "match": "gxq_geo.matching",
    "required": "gxq_geo.matching",
    "site_sheets": "gxq_geo.paper",
    "wall_map": "gxq_geo.paper",
}


def __getattr__(name: str) -> Any:
    """Import these when they are asked for: `gxq check` need not wait for folium."""
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(name)


# ``zone.match(requirement)``, ``zone.ask("parks")``, ``zone.in_words(answer)``
ASKED.update({name: partial(__getattr__, name) for name in ("match", "ask", "in_words")})
