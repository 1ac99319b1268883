"""Geometry: each record that has a place has one that can be drawn and measured."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely

from gxq_geo.rules.common import (
    is_valid,
    place_in,
    place_in_metric,
    severity,
    spatial_layers,
    summarised,
)
from gxq_geo.rules.spatial.outlines import already_reported, duplicates, small_parts, vertex_faults
from gxq_geo.rules.spatial.placement import Where, placement
from gxq_geo.schemas import schema
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone

_REASON = re.compile(r"(?P<what>[^\[]+)(?:\[(?P<x>\S+) (?P<y>\S+)\])?")
# Reasons as GEOS states them, and their keys under `invalid` in the words.
_REASONS = {
    "Self-intersection": "crossing",
    "Ring Self-intersection": "touching",
    "Hole lies outside shell": "hole-outside",
    "Holes are nested": "hole-in-hole",
    "Interior is disconnected": "cut-off",
    "Nested shells": "part-in-part",
    "Duplicate Rings": "ring-twice",
    "Too few points in geometry component": "too-few",
}


def geometry_missing(zone: Zone) -> Iterator[Issue]:
    """A record of a geometry layer has a geometry."""
    for layer in spatial_layers(zone):
        if layer.name not in schema().layers:
            continue  # In a file that is no layer, `null-geometry` reports it.
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


def geometry_invalid(zone: Zone) -> Iterator[Issue]:
    """A polygon does not cross or touch itself, and its holes lie inside."""
    for layer in spatial_layers(zone):
        shapes = layer.frame.geometry.to_numpy()
        where = placement(zone, layer.name).where
        wrong = ~is_valid(zone, layer.name) & ~shapely.is_missing(shapes) & (where == Where.USABLE)
        for row in np.flatnonzero(wrong).tolist():
            if row in vertex_faults(zone, layer.name).spikes:
                continue
            match = _REASON.match(shapely.is_valid_reason(shapes[row]))
            what = match["what"].strip() if match else ""
            known = _REASONS.get(what, "other")
            yield layer.issue(
                row,
                field="geometry",
                value=what,
                place=(float(match["x"]), float(match["y"])) if match and match["x"] else None,
                reason=f"@invalid.{known}",
            )


@severity(Severity.WARNING)
def repeated_points(zone: Zone) -> Iterator[Issue]:
    """No vertex of an outline repeats the one before it."""
    for layer in spatial_layers(zone):
        found = vertex_faults(zone, layer.name).repeated
        shapes = layer.frame.geometry.to_numpy()
        # A line of a single point is reported as tiny or invalid.
        rows = [row for row in found if shapely.is_valid(shapes[row])]
        rows = [row for row in rows if not already_reported(zone, layer.name)[row]]
        for row, count in summarised(rows, len(shapes)):
            yield layer.issue(row, field="geometry", place=found[row], count=count)


@severity(Severity.WARNING)
def spike(zone: Zone) -> Iterator[Issue]:
    """No edge of a polygon turns back on the edge before it."""
    for layer in spatial_layers(zone):
        limit = zone.settings.limits.spike_degrees
        for row, place in vertex_faults(zone, layer.name).spikes.items():
            if not already_reported(zone, layer.name)[row]:
                yield layer.issue(row, field="geometry", place=place, limit=limit)


@severity(Severity.WARNING)
def tiny(zone: Zone) -> Iterator[Issue]:
    """No polygon, part, hole or line is too small to be intentional."""
    for layer in spatial_layers(zone):
        for row, (measure, shape) in small_parts(zone, layer.name).tiny.items():
            unit = "m" if shapely.get_dimensions(shape) == 1 else "m²"
            place = place_in_metric(zone, shape)
            yield layer.issue(row, field="geometry", place=place, measure=measure, unit=unit)


@severity(Severity.WARNING)
def sliver(zone: Zone) -> Iterator[Issue]:
    """No polygon, part or hole is so narrow that it is left over from drawing."""
    for layer in spatial_layers(zone):
        for row, (width, shape) in small_parts(zone, layer.name).slivers.items():
            place = place_in_metric(zone, shape)
            area = float(shapely.area(shape))
            yield layer.issue(row, field="geometry", place=place, width_m=width, area_m2=area)


@severity(Severity.ADVICE)
def many_vertices(zone: Zone) -> Iterator[Issue]:
    """A geometry has no more vertices than a map needs."""
    limit = zone.settings.limits.vertices
    for layer in spatial_layers(zone):
        counts = shapely.get_num_coordinates(layer.frame.geometry.to_numpy())
        for row in np.flatnonzero(counts > limit).tolist():
            yield layer.issue(row, field="geometry", count=int(counts[row]), limit=limit)


def duplicate_geometry(zone: Zone) -> Iterator[Issue]:
    """Two records of a layer do not have the same outline."""
    for layer in spatial_layers(zone):
        ids = layer.frame[layer.schema.id]
        for row, first in duplicates(zone, layer.name).items():
            # Where the id is equal too, `duplicate-id` reports the record.
            if pd.notna(ids.iloc[row]) and ids.iloc[row] == ids.iloc[first]:
                continue
            place = place_in(layer.frame.geometry.iloc[row])
            other = layer.identity(first)[0]
            yield layer.issue(row, field="geometry", place=place, other=other)
