"""Show the issues of a check on the map: a list above the panel, and markers."""

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gxq_geo import words
from gxq_geo.checks import messages
from gxq_geo.investment_map.map import InvestmentMap
from gxq_geo.schemas import schema
from gxq_geo.words.issues import Issue, Report, Severity
from gxq_geo.zone import Zone, publication

# The greatest number of issues on a page.
_MAX_ISSUES = 5_000
# Geometries farther than this from the centre of the zone, in degrees, are not drawn: they would
# make the initial view useless.
_MAX_DISTANCE = 1.0


def issues_page(found: Report, zone: Zone, *, lang: str) -> str:
    """Return a page with the issues and the drawable part of the zone.

    The page is internal: it also shows records that are not published.
    """
    page = InvestmentMap(drawable(zone), lang=lang, audience="internal", draft=not found.ok)
    page.show_issues(issues_data(found, zone))
    return page.to_html()


def issues_data(found: Report, zone: Zone) -> dict[str, Any]:
    """Return the issues as JSON values, as ``gxq.issues(…)`` of the page takes them.

    The most severe issues are kept if there are too many.
    """
    severities = list(Severity)
    shown = sorted(found, key=lambda issue: severities.index(issue.severity))[:_MAX_ISSUES]
    counts = {str(severity): count for severity, count in found.counts().items()}
    listed = sorted(shown, key=lambda issue: issue.order)
    return {"counts": counts, "list": [_issue(issue, zone) for issue in listed]}


def _issue(issue: Issue, zone: Zone) -> dict[str, Any]:
    place = messages.place(issue, zone)
    return {
        "rule": issue.rule,
        "severity": str(issue.severity),
        "file": messages.visible(issue.file),
        "where": messages.visible(messages.where(issue)),
        "place": list(place) if place else None,
        "said": {lang: _texts(issue, lang) for lang in words.langs()},
    }


def _texts(issue: Issue, lang: str) -> list[str]:
    """Record and field concerned; description and remedy."""
    return [messages.visible(part(issue, lang)) for part in (messages.subject, messages.message)]


def drawable(zone: Zone) -> Zone:
    """Return the zone without unknown layers, and without geometries that cannot be drawn.

    These are geometry collections and geometries outside the range of degrees or far from the
    median centre of all records.
    """
    layers = {name: layer for name, layer in zone.layers.items() if name in schema().layers}
    spatial = {name: layer for name, layer in layers.items() if not layer.schema.is_table}
    centres = {name: _centres(layer.frame) for name, layer in spatial.items()}
    known = np.vstack([points[~np.isnan(points).any(axis=1)] for points in centres.values()])
    middle = np.median(known, axis=0) if len(known) else np.zeros(2)
    kept = {
        name: replace(layer, frame=_without_distant(layer.frame, centres[name], middle))
        for name, layer in spatial.items()
    }
    return replace(zone, layers={**layers, **kept})


def _centres(frame: Any) -> np.ndarray:
    """The centre of the bounds of each record; NaN if outside the range of degrees."""
    shapes = frame.geometry.to_numpy()
    box = shapely.bounds(shapes)
    # Halved first: the sum of two large numbers may overflow.
    centre = box[:, :2] / 2 + box[:, 2:] / 2
    return np.where(publication.in_degrees(shapes)[:, None], centre, np.nan)


def _without_distant(frame: Any, centres: np.ndarray, middle: np.ndarray) -> gpd.GeoDataFrame:
    with np.errstate(invalid="ignore"):
        near = np.asarray((np.abs(centres - middle) <= _MAX_DISTANCE).all(axis=1))
    return publication.drawable(gpd.GeoDataFrame(frame), near)
