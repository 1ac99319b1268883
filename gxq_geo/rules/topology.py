"""Topology: what may not overlap does not, and what lies inside lies inside."""

from collections.abc import Iterator

import numpy as np
import shapely

from gxq_geo.issues import Issue
from gxq_geo.rules.common import M2_PER_MU, measurable, overlapping, place_of
from gxq_geo.zone import Zone


def parks_overlap(zone: Zone) -> Iterator[Issue]:
    """Two parks share no ground."""
    yield from _overlaps(zone, "parks")


def sites_overlap(zone: Zone) -> Iterator[Issue]:
    """Two sites share no ground."""
    yield from _overlaps(zone, "sites")


def _overlaps(zone: Zone, name: str) -> Iterator[Issue]:
    layer = zone.layers[name]
    for left, right, shared in overlapping(measurable(zone, name)):
        area = float(shapely.area(shared))
        if area > zone.settings.limits.overlap_m2:
            yield layer.issue(
                right,
                field="geometry",
                place=place_of(zone, shared),
                other=layer.identity(left)[0],
                area_m2=area,
                area_mu=area / M2_PER_MU,
            )


def site_outside_park(zone: Zone) -> Iterator[Issue]:
    """A site lies inside the park that it names."""
    layer, parks = zone.layers["sites"], zone.frame("parks")
    sites, outlines = measurable(zone, "sites"), measurable(zone, "parks")
    rows = {park: row for row, park in parks["park_id"].items() if row in outlines.index}
    host = layer.frame["park_id"].iloc[sites.index].map(rows)
    inside = host[host.notna()].astype(int)
    outer = shapely.difference(
        sites.loc[inside.index].to_numpy(), outlines.loc[inside.to_numpy()].to_numpy()
    )
    areas = shapely.area(outer)
    for at in np.flatnonzero(areas > zone.settings.limits.overlap_m2):
        row = int(inside.index[at])
        yield layer.issue(
            row,
            field="park_id",
            value=layer.frame["park_id"].iloc[row],
            place=place_of(zone, outer[at]),
            area_m2=float(areas[at]),
            area_mu=float(areas[at]) / M2_PER_MU,
        )
