"""Areas: the declared area agrees with the area of the geometry."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gxq_geo.rules.common import measurable, once_per_zone, severity, spatial_layers
from gxq_geo.rules.spatial.containment import HOST_PAIRS, is_outside_zone
from gxq_geo.rules.spatial.outlines import already_reported
from gxq_geo.rules.spatial.overlays import NON_OVERLAPPING, overlaps, parts_outside_host
from gxq_geo.schemas.display import M2_PER_MU
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer

M2_PER_UNIT = {"area_mu": M2_PER_MU, "area_ha": 10_000.0, "area_km2": 1_000_000.0}
_M2 = {"mu": M2_PER_MU, "ha": 10_000.0, "m2": 1.0, "km2": 1_000_000.0}
# An area counts as declared in another unit where it differs in that unit by no more than this.
_UNIT_SLIP_PCT = 10.0


@dataclass(frozen=True, slots=True)
class _Mismatch:
    """A declared area that differs from the measured one by more than the zone allows.

    Parameters
    ----------
    declared, measured
        The two areas, in the unit of the field.
    difference
        Their difference in percent of the measured area.
    """

    layer: Layer
    field: str
    row: int
    declared: float
    measured: float
    difference: float

    @property
    def actual_unit(self) -> str:
        """The unit in which the declared area is right; empty where there is none."""
        own = self.layer.schema.fields[self.field].unit
        for unit, m2 in ((unit, m2) for unit, m2 in _M2.items() if unit != own):
            measured = self.measured * M2_PER_UNIT[self.field] / m2
            if abs(self.declared - measured) <= measured * _UNIT_SLIP_PCT / 100:
                return unit
        return ""


@severity(Severity.WARNING)
def area_mismatch(zone: Zone) -> Iterator[Issue]:
    """A declared area agrees with the area that the geometry has in the zone's metric CRS."""
    for found in _mismatches(zone):
        if not found.actual_unit:
            yield found.layer.issue(
                found.row,
                field=found.field,
                value=f"{found.declared:g}",
                measured=found.measured,
                difference=found.difference,
            )


def unit_slip(zone: Zone) -> Iterator[Issue]:
    """An area is declared in the unit of its field, not in another: mu, hectares, m²."""
    for found in _mismatches(zone):
        if found.actual_unit:
            yield found.layer.issue(
                found.row,
                field=found.field,
                value=f"{found.declared:g}",
                near=f"{found.measured:.4g}",
                unit=f"@schema.units.{found.actual_unit}",
                own=f"@schema.units.{found.layer.schema.fields[found.field].unit}",
                measured=found.measured,
            )


@once_per_zone
def _mismatches(zone: Zone) -> list[_Mismatch]:
    limit = zone.settings.limits.area_difference_pct
    found = []
    for layer in spatial_layers(zone):
        for field in M2_PER_UNIT.keys() & layer.schema.fields.keys():
            shapes = measurable(zone, layer.name)
            faulty = already_reported(zone, layer.name) | is_outside_zone(zone, layer.name)
            shapes = shapes[~faulty[shapes.index]]
            measured = (shapes.area / M2_PER_UNIT[field]).to_numpy()
            declared = layer.frame[field].iloc[shapes.index].to_numpy(dtype=float)
            with np.errstate(all="ignore"):
                difference = np.abs(declared - measured) / measured * 100
                excess = (measured - declared) * M2_PER_UNIT[field]
            reported = _reported_m2(zone, layer.name)[shapes.index]
            explained = (excess > 0) & (excess < 2 * reported)
            for at in np.flatnonzero((measured > 0) & (difference > limit) & ~explained):
                values = (float(column[at]) for column in (declared, measured, difference))
                found.append(_Mismatch(layer, field, int(shapes.index[at]), *values))
    return found


def _reported_m2(zone: Zone, name: str) -> npt.NDArray[np.float64]:
    """Return the area of each record, in m², that other rules report as an overlap.

    It is infinite where a part of the record outside its host is reported.
    """
    out = np.zeros(len(zone.frame(name)))
    for piece in overlaps(zone, name) if name in NON_OVERLAPPING else ():
        out[[piece.row, piece.other]] += piece.area_m2
    for pair in (pair for pair in HOST_PAIRS if pair[0] == name and pair[1] != "zoning"):
        out[[piece.row for piece in parts_outside_host(zone, *pair) if not piece.sliver]] = np.inf
    return out
