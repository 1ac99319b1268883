"""Rank sites, groups of sites or carriers by an investor's requirement."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gxq_geo.matching.ranking import MATCH_LAYERS, match, required
    from gxq_geo.matching.requirement import Requirement

__all__ = ["MATCH_LAYERS", "Requirement", "match", "required"]

# Imported at first use: a map needs the criteria, but ranks nothing.
_HOMES = {
    "MATCH_LAYERS": "ranking",
    "Requirement": "requirement",
    "match": "ranking",
    "required": "ranking",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
