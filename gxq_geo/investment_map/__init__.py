"""A zone as one HTML page: a folium map that needs no network."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gxq_geo.investment_map.basemaps import BaseMap
    from gxq_geo.investment_map.differences import changes_page
    from gxq_geo.investment_map.issues import drawable, issues_data, issues_page
    from gxq_geo.investment_map.map import InvestmentMap

__all__ = ["BaseMap", "InvestmentMap", "changes_page", "drawable", "issues_data", "issues_page"]

# The module of each name, imported on first use, so that a map need not import the others.
_MODULES = {
    "BaseMap": "basemaps",
    "InvestmentMap": "map",
    "changes_page": "differences",
    "drawable": "issues",
    "issues_data": "issues",
    "issues_page": "issues",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
