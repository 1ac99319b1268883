"""Geometry: each record that has a place has one that can be drawn and measured."""

import re
from collections.abc import Iterator

import numpy as np
import shapely

from gxq_geo.issues import Issue
from gxq_geo.rules.common import in_degrees, measurable, spatial_layers
from gxq_geo.zone import Zone

_REASON = re.compile(r"(?P<what>[^\[]+)(?:\[(?P<x>\S+) (?P<y>\S+)\])?")


def geometry_missing(zone: Zone) -> Iterator[Issue]:
    """A record of a geometry layer has a geometry."""
    for layer in spatial_layers(zone):
        shapes = layer.frame.geometry.to_numpy()
        faulty = {issue.params.get("row") for issue in layer.issues}
        for row in np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes)):
            if int(row) not in faulty:
                yield layer.issue(int(row), field="geometry")


def geometry_kind(zone: Zone) -> Iterator[Issue]:
    """A geometry is of a type that its layer allows."""
    for layer in spatial_layers(zone):
        kinds = layer.frame.geometry.geom_type
        wrong = kinds.notna() & ~kinds.isin(layer.schema.geometry)
        for row in np.flatnonzero(wrong):
            allowed = ", ".join(layer.schema.geometry)
            yield layer.issue(int(row), field="geometry", value=kinds.iloc[row], allowed=allowed)


def not_degrees(zone: Zone) -> Iterator[Issue]:
    """Coordinates are longitude and latitude in degrees, in this order."""
    for layer in spatial_layers(zone):
        shapes = layer.frame.geometry.to_numpy()
        box = shapely.bounds(shapes)
        outside = (np.abs(box) > (180, 90, 180, 90)).any(axis=1)
        for row in np.flatnonzero(outside):
            x, y = (float(value) for value in box[row, :2])
            yield layer.issue(int(row), field="geometry", value=f"{x:.6f}, {y:.6f}")


def too_far(zone: Zone) -> Iterator[Issue]:
    """A geometry lies where the zone's metric CRS can measure."""
    for layer in spatial_layers(zone):
        given, metric = in_degrees(zone, layer.name), measurable(zone, layer.name)
        for row in given.index.difference(metric.index):
            x, y, *_ = given.loc[row].bounds
            crs = zone.settings.measure_crs
            yield layer.issue(int(row), field="geometry", value=f"{x:.6f}, {y:.6f}", crs=crs)


def geometry_invalid(zone: Zone) -> Iterator[Issue]:
    """A polygon does not cross or touch itself, and its holes lie inside."""
    for layer in spatial_layers(zone):
        shapes = layer.frame.geometry.to_numpy()
        for row in np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)):
            match = _REASON.match(shapely.is_valid_reason(shapes[row]))
            what = match["what"] if match else ""
            place = (float(match["x"]), float(match["y"])) if match and match["x"] else None
            yield layer.issue(int(row), field="geometry", value=what, place=place)
