"""Areas: what is declared agrees with the geometry."""

from collections.abc import Iterator

import numpy as np

from gxq_geo.issues import Issue
from gxq_geo.rules.common import M2_PER_MU, measurable, spatial_layers
from gxq_geo.zone import Zone

M2_PER_UNIT = {"area_mu": M2_PER_MU, "area_ha": 10_000.0, "area_km2": 1_000_000.0}


def area_mismatch(zone: Zone) -> Iterator[Issue]:
    """A declared area agrees with the area that the geometry has in the zone's metric CRS."""
    limit = zone.settings.limits.area_difference_pct
    for layer in spatial_layers(zone):
        for field in M2_PER_UNIT.keys() & layer.schema.fields.keys():
            shapes = measurable(zone, layer.name)
            measured = (shapes.area / M2_PER_UNIT[field]).to_numpy()
            declared = layer.frame[field].iloc[shapes.index].to_numpy(dtype=float)
            with np.errstate(all="ignore"):
                difference = np.abs(declared - measured) / measured * 100
            for at in np.flatnonzero((measured > 0) & (difference > limit)):
                yield layer.issue(
                    int(shapes.index[at]),
                    field=field,
                    value=f"{declared[at]:g}",
                    measured=float(measured[at]),
                    difference=float(difference[at]),
                )
