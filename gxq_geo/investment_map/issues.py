"""The issues of a check on the map: a list over the panel, a mark for each that has a place."""

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
from gxq_geo.zone import Zone

# What a page lists; who has more mends these first.
_MOST = 5_000
# Farther from the middle of the zone than this, in degrees, an outline is not drawn: the rest
# would shrink to a dot.
_REACH = 1.0


def issues_page(found: Report, zone: Zone, *, lang: str) -> str:
    """A page with the zone as far as it can be drawn, and the issues on it.

    Everything is shown, published or not: it is for those who mend the layers.
    """
    drawn = InvestmentMap(drawable(zone), lang=lang, audience="internal", draft=not found.ok)
    drawn.show_issues(issues_data(found, zone))
    return drawn.to_html()


def issues_data(found: Report, zone: Zone) -> dict[str, Any]:
    """What the page lists, as JSON values; ``gxq.issues(...)`` in the page takes the same."""
    weights = list(Severity)
    shown = sorted(found, key=lambda issue: weights.index(issue.severity))[:_MOST]
    counts = {str(severity): count for severity, count in found.counts().items()}
    listed = sorted(shown, key=lambda issue: issue.order)
    return {"counts": counts, "list": [_issue(issue, zone) for issue in listed]}


def _issue(issue: Issue, zone: Zone) -> dict[str, Any]:
    place = messages.place(issue, zone)
    return {
        "rule": issue.rule,
        "severity": str(issue.severity),
        "file": issue.file,
        "where": messages.where(issue),
        "place": list(place) if place else None,
        "said": {lang: _said(issue, lang) for lang in words.langs()},
    }


def _said(issue: Issue, lang: str) -> list[str]:
    """Which record and field; what is wrong, and what to do."""
    return [messages.visible(part(issue, lang)) for part in (messages.subject, messages.message)]


def drawable(zone: Zone) -> Zone:
    """A zone without what no map can draw: not in degrees, far from the rest, no known layer."""
    layers = {name: one for name, one in zone.layers.items() if name in schema().layers}
    spatial = {name: one for name, one in layers.items() if not one.schema.is_table}
    boxes = [_centres(one.frame) for one in spatial.values()]
    centres = np.vstack([box[~np.isnan(box).any(axis=1)] for box in boxes])
    middle = np.median(centres, axis=0) if len(centres) else np.zeros(2)
    kept = {
        name: replace(one, frame=_near(one.frame, box, middle))
        for (name, one), box in zip(spatial.items(), boxes, strict=True)
    }
    return replace(zone, layers={**layers, **kept})


def _centres(frame: Any) -> np.ndarray:
    """The middle of each record's box; NaN where it has none on the globe."""
    box = shapely.bounds(frame.geometry.to_numpy())
    on_globe = (np.abs(box) <= (180, 90, 180, 90)).all(axis=1, keepdims=True)
    middle = (box[:, :2] + box[:, 2:]) / 2
    return np.where(on_globe, middle, np.nan)


def _near(frame: Any, centres: np.ndarray, middle: np.ndarray) -> gpd.GeoDataFrame:
    shapes = frame.geometry.to_numpy()
    plain = ~np.isin(shapely.get_type_id(shapes), [shapely.GeometryType.GEOMETRYCOLLECTION])
    with np.errstate(invalid="ignore"):
        near = np.asarray(np.abs(centres - middle) <= _REACH).all(axis=1) & plain
    kept = gpd.GeoSeries(np.where(near, shapes, None), index=frame.index, crs=frame.crs)
    return gpd.GeoDataFrame(frame).set_geometry(kept.rename("geometry"))
