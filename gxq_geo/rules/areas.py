"""Areas: what is declared agrees with the geometry."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gxq_geo.rules.common import measurable, once, severity, spatial_layers
from gxq_geo.rules.spatial.ground import TILED, overhangs, overlaps
from gxq_geo.rules.spatial.hosts import PAIRS, astray
from gxq_geo.rules.spatial.outlines import blamed
from gxq_geo.schemas.display import M2_PER_MU
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer

M2_PER_UNIT = {"area_mu": M2_PER_MU, "area_ha": 10_000.0, "area_km2": 1_000_000.0}
_M2 = {"mu": M2_PER_MU, "ha": 10_000.0, "m2": 1.0, "km2": 1_000_000.0}
# A figure in another unit is known by its size, though it is not exact.
_SLIP_PCT = 10.0


@dataclass(frozen=True, slots=True)
class _Apart:
    """A declared area that lies further from the measured one than the zone allows."""

    layer: Layer
    field: str
    row: int
    declared: float
    measured: float
    difference: float

    @property
    def slip(self) -> str:
        """The unit in which the declared figure is right; empty where it is in none."""
        own = self.layer.schema.fields[self.field].unit
        for unit, m2 in ((unit, m2) for unit, m2 in _M2.items() if unit != own):
            measured = self.measured * M2_PER_UNIT[self.field] / m2
            if abs(self.declared - measured) <= measured * _SLIP_PCT / 100:
                return unit
        return ""


@severity(Severity.WARNING)
def area_mismatch(zone: Zone) -> Iterator[Issue]:
    """A declared area agrees with the area that the geometry has in the zone's metric CRS."""
    for one in _apart(zone):
        if not one.slip:
            yield one.layer.issue(
                one.row,
                field=one.field,
                value=f"{one.declared:g}",
                measured=one.measured,
                difference=one.difference,
            )


def unit_slip(zone: Zone) -> Iterator[Issue]:
    """An area is declared in the unit of its field, not in another: mu, hectares, m²."""
    for one in _apart(zone):
        if one.slip:
            yield one.layer.issue(
                one.row,
                field=one.field,
                value=f"{one.declared:g}",
                near=f"{one.measured:.4g}",
                unit=f"@schema.units.{one.slip}",
                own=f"@schema.units.{one.layer.schema.fields[one.field].unit}",
                measured=one.measured,
            )


@once
def _apart(zone: Zone) -> list[_Apart]:
    limit = zone.settings.limits.area_difference_pct
    found = []
    for layer in spatial_layers(zone):
        for field in M2_PER_UNIT.keys() & layer.schema.fields.keys():
            shapes = measurable(zone, layer.name)
            unsure = blamed(zone, layer.name) | astray(zone, layer.name)
            shapes = shapes[~unsure[shapes.index]]
            measured = (shapes.area / M2_PER_UNIT[field]).to_numpy()
            declared = layer.frame[field].iloc[shapes.index].to_numpy(dtype=float)
            with np.errstate(all="ignore"):
                difference = np.abs(declared - measured) / measured * 100
                excess = (measured - declared) * M2_PER_UNIT[field]
            told = (excess > 0) & (excess < 2 * _told_of(zone, layer.name)[shapes.index])
            for at in np.flatnonzero((measured > 0) & (difference > limit) & ~told):
                values = (float(one[at]) for one in (declared, measured, difference))
                found.append(_Apart(layer, field, int(shapes.index[at]), *values))
    return found


def _told_of(zone: Zone, name: str) -> npt.NDArray[np.float64]:
    """How much ground of each record other rules tell of, in m²: that shared with its neighbours.

    Where an outline sticks out of what holds it, all of it is in doubt.
    """
    out = np.zeros(len(zone.frame(name)))
    for piece in overlaps(zone, name) if name in TILED else ():
        out[[piece.row, piece.other]] += piece.area_m2
    for pair in (pair for pair in PAIRS if pair[0] == name and pair[1] != "zoning"):
        out[[piece.row for piece in overhangs(zone, *pair) if not piece.sliver]] = np.inf
    return out
