"""Which records lie inside the records that should contain them: their hosts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.rules.common import in_degrees, once_per_zone, to_metric
from gxq_geo.rules.spatial.placement import Mask, Where, placement
from gxq_geo.schemas.dtypes import lookup
from gxq_geo.zone import Zone

Shapes = npt.NDArray[np.object_]

# A layer, the layer of its hosts, and the field that names the host; the frame is the only one.
HOST_PAIRS = (
    ("parks", "zone_frame", ""),
    ("zoning", "parks", "park_id"),
    ("sites", "parks", "park_id"),
    ("sites", "zoning", "zoning_id"),
    ("carriers", "parks", "park_id"),
)
# The layers whose records lie in the zone; roads, stations and others may lie outside.
_IN_ZONE = ("parks", "zoning", "sites", "carriers")


@dataclass(frozen=True, slots=True)
class Hosted:
    """Records of a layer, each with its host; shapes are in degrees.

    Parameters
    ----------
    rows, host_rows
        Row numbers of the records and of their hosts.
    shapes, hosts
        Their geometries.
    sticks_out
        Which records are not covered by their host.
    """

    rows: npt.NDArray[np.intp]
    host_rows: npt.NDArray[np.intp]
    shapes: Shapes
    hosts: Shapes
    sticks_out: Mask


@once_per_zone
def hosted(zone: Zone, child: str, host: str, field: str) -> Hosted:
    """Pair the records of a layer with the hosts that they name, where both are usable."""
    usable, usable_hosts = is_usable(zone, child), is_usable(zone, host)
    rows = np.flatnonzero(usable)
    if field:
        ids = zone.frame(host)[zone.layers[host].schema.id]
        row_of = {value: row for row, value in enumerate(ids) if usable_hosts[row]}
        named = lookup(zone.frame(child)[field].iloc[rows], row_of)
        rows = rows[named.notna().to_numpy()]
        host_rows = named.dropna().to_numpy(dtype=int)
    else:
        rows = rows if usable_hosts.any() else rows[:0]
        only = int(np.argmax(usable_hosts)) if usable_hosts.any() else 0
        host_rows = np.full(len(rows), only)
    shapes = zone.frame(child).geometry.to_numpy()[rows]
    host_shapes = zone.frame(host).geometry.to_numpy()
    shapely.prepare(host_shapes[usable_hosts])
    hosts = host_shapes[host_rows]
    return Hosted(rows, host_rows, shapes, hosts, ~shapely.covers(hosts, shapes))


@once_per_zone
def is_usable(zone: Zone, name: str) -> Mask:
    """Return which records have a valid geometry, of an allowed type, in usable degrees."""
    layer, geometry = zone.layers[name], in_degrees(zone, name)
    out = np.full(len(layer.frame), False)
    out[geometry.index] = True
    allowed = layer.frame.geometry.geom_type.isin(layer.schema.geometry).to_numpy()
    return np.asarray(out & allowed & (placement(zone, name).where == Where.USABLE))


@once_per_zone
def zone_outline(zone: Zone) -> shapely.Geometry:
    """Return the zone's frame in degrees; an empty geometry where there is none."""
    shapes = zone.frame("zone_frame").geometry.to_numpy()[is_usable(zone, "zone_frame")]
    outline = shapely.union_all(shapes)
    shapely.prepare(outline)
    return outline


@once_per_zone
def _is_outside_frame(zone: Zone, name: str) -> Mask:
    """Return which usable records are farther from the frame than the zone's tolerance."""
    outline, shapes = zone_outline(zone), zone.frame(name).geometry.to_numpy()
    out = np.full(len(shapes), False)
    if shapely.is_empty(outline):
        return out
    rows = np.flatnonzero(is_usable(zone, name))
    rows = rows[~shapely.intersects(outline, shapes[rows])]
    if len(rows):
        (frame,) = to_metric(zone, np.array([outline]))
        distance_m = shapely.distance(to_metric(zone, shapes[rows]), frame)
        out[rows] = distance_m > zone.settings.limits.outside_zone_m
    return out


@once_per_zone
def frame_is_elsewhere(zone: Zone) -> bool:
    """Return whether the frame is wrong: most parks, two at least, lie outside it."""
    outside = _is_outside_frame(zone, "parks").sum()
    return bool(outside > max(1, is_usable(zone, "parks").sum() / 2))


@once_per_zone
def is_outside_zone(zone: Zone, name: str) -> Mask:
    """Return which records lie outside the zone; none where the frame itself is wrong."""
    if name not in _IN_ZONE or frame_is_elsewhere(zone):
        return np.full(len(zone.frame(name)), False)
    return _is_outside_frame(zone, name)
