"""Topology: no forbidden overlaps, no gaps, and records inside the records that contain them."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import shapely

from gxq_geo.rules.common import severity, to_metric
from gxq_geo.rules.spatial.containment import HOST_PAIRS, frame_is_elsewhere
from gxq_geo.rules.spatial.overlays import (
    NON_OVERLAPPING,
    Piece,
    gaps,
    is_comparable,
    misplaced_sites,
    overlaps,
    parts_outside_host,
    points_outside_host,
)
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone


def parks_overlap(zone: Zone) -> Iterator[Issue]:
    """Two parks do not overlap."""
    yield from _overlaps(zone, "parks")


def sites_overlap(zone: Zone) -> Iterator[Issue]:
    """Two sites do not overlap."""
    yield from _overlaps(zone, "sites")


def zoning_overlap(zone: Zone) -> Iterator[Issue]:
    """Two zoning blocks do not overlap."""
    yield from _overlaps(zone, "zoning")


def _overlaps(zone: Zone, name: str) -> Iterator[Issue]:
    layer = zone.layers[name]
    for piece in overlaps(zone, name):
        if not piece.sliver:
            other = layer.identity(piece.other)[0]
            yield layer.issue(
                piece.row, field="geometry", place=piece.place, other=other, **piece.measures
            )


@severity(Severity.WARNING)
def overlap_sliver(zone: Zone) -> Iterator[Issue]:
    """Parks, sites and zoning blocks that should touch do not overlap by a sliver."""
    for name in NON_OVERLAPPING:
        layer = zone.layers[name]
        for piece in overlaps(zone, name):
            if piece.sliver:
                other = layer.identity(piece.other)[0]
                yield layer.issue(
                    piece.row, field="geometry", place=piece.place, other=other, **piece.measures
                )


def site_outside_park(zone: Zone) -> Iterator[Issue]:
    """A site lies inside the park that it names."""
    parks = zone.layers["parks"]
    for site in misplaced_sites(zone):
        if site.shared is None:
            near = "" if site.park is None else parks.identity(site.park)[0]
            yield _outside(zone, "sites", site.outside, near=near)


def site_across_parks(zone: Zone) -> Iterator[Issue]:
    """A site does not reach from its park into another."""
    for site in misplaced_sites(zone):
        if site.shared is not None:
            other = zone.layers["parks"].identity(site.shared.other)[0]
            yield _outside(zone, "sites", replace(site.shared, row=site.outside.row), other=other)


def zoning_outside_park(zone: Zone) -> Iterator[Issue]:
    """A zoning block lies inside the park that it names."""
    for piece in parts_outside_host(zone, "zoning", "parks", "park_id"):
        if not piece.sliver:
            yield _outside(zone, "zoning", piece)


def carrier_outside_park(zone: Zone) -> Iterator[Issue]:
    """A carrier lies inside the park that it names."""
    for piece in parts_outside_host(zone, "carriers", "parks", "park_id"):
        if not piece.sliver:
            yield _outside(zone, "carriers", piece, distance_m=_distance_m(zone, piece))
    for piece in points_outside_host(zone, "carriers", "parks", "park_id"):
        yield _outside(zone, "carriers", piece, distance_m=_distance_m(zone, piece))


def _distance_m(zone: Zone, piece: Piece) -> float:
    """Return the distance of the farthest point of a piece from the park, in metres."""
    park = zone.frame("parks").geometry.iloc[piece.other]
    shapes = to_metric(zone, np.array([piece.shape, park]))
    points = shapely.points(shapely.get_coordinates(shapes[0]))
    return float(shapely.distance(points, shapes[1]).max())


@severity(Severity.WARNING)
def park_outside_zone(zone: Zone) -> Iterator[Issue]:
    """A park lies inside the zone's frame."""
    if frame_is_elsewhere(zone):
        return
    layer = zone.layers["parks"]
    for piece in parts_outside_host(zone, "parks", "zone_frame", ""):
        if not piece.sliver:
            yield layer.issue(piece.row, field="geometry", place=piece.place, **piece.measures)


@severity(Severity.WARNING)
def outside_sliver(zone: Zone) -> Iterator[Issue]:
    """A record does not stick out of its park or the zone by a sliver."""
    for child, host, field in HOST_PAIRS:
        if host == "zoning":
            continue
        layer = zone.layers[child]
        for piece in parts_outside_host(zone, child, host, field):
            if piece.sliver:
                other = zone.layers[host].identity(piece.other)[0]
                yield layer.issue(
                    piece.row, field="geometry", place=piece.place, other=other, **piece.measures
                )


def _outside(zone: Zone, name: str, piece: Piece, **params: str | float) -> Issue:
    layer = zone.layers[name]
    return layer.issue(
        piece.row,
        field="park_id",
        value=layer.frame["park_id"].iloc[piece.row],
        place=piece.place,
        **piece.measures,
        **params,
    )


@severity(Severity.WARNING)
def zoning_gap(zone: Zone) -> Iterator[Issue]:
    """A park that is mostly zoned has no gaps between its zoning blocks."""
    yield from _gaps(zone, slivers=False)


@severity(Severity.WARNING)
def gap_sliver(zone: Zone) -> Iterator[Issue]:
    """Zoning blocks that should touch leave no sliver between them."""
    yield from _gaps(zone, slivers=True)


def _gaps(zone: Zone, *, slivers: bool) -> Iterator[Issue]:
    """Report each gap at the nearest block: the block is what has to be corrected."""
    layer = zone.layers["zoning"]
    rows = np.flatnonzero(is_comparable(zone, "zoning"))
    found = [piece for piece in gaps(zone) if piece.sliver == slivers]
    if not found:
        return
    tree = shapely.STRtree(layer.frame.geometry.to_numpy()[rows])
    for piece in found:
        park = zone.layers["parks"].identity(piece.row)[0]
        row = int(rows[tree.nearest(piece.shape)])
        yield layer.issue(row, field="geometry", place=piece.place, park=park, **piece.measures)
