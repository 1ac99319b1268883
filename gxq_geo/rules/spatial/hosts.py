"""What lies in what: records and the ground that holds them, seen once for all rules."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.rules.common import in_degrees, once, to_metric
from gxq_geo.rules.spatial.placing import Mask, Where, placing
from gxq_geo.zone import Zone

Shapes = npt.NDArray[np.object_]

# A layer, the layer that holds it, and the field that names the holder (the frame has but one).
PAIRS = (
    ("parks", "zone_frame", ""),
    ("zoning", "parks", "park_id"),
    ("sites", "parks", "park_id"),
    ("sites", "zoning", "zoning_id"),
    ("carriers", "parks", "park_id"),
)
# The layers that lie in the zone; roads, stations and the like may lead out of it.
HELD = ("parks", "zoning", "sites", "carriers")


@dataclass(frozen=True, slots=True)
class Held:
    """Records of one layer beside the ground that holds them, in degrees.

    Parameters
    ----------
    rows, host_rows
        The records, and those that hold them.
    shapes, hosts
        Their geometries.
    out
        Which are not wholly held.
    """

    rows: npt.NDArray[np.intp]
    host_rows: npt.NDArray[np.intp]
    shapes: Shapes
    hosts: Shapes
    out: Mask


@once
def held(zone: Zone, child: str, host: str, field: str) -> Held:
    """The records of a layer that name an existing holder, both of them placed and valid."""
    inner, outer = placed(zone, child), placed(zone, host)
    rows = np.flatnonzero(inner)
    if field:
        ids = zone.frame(host)[zone.layers[host].schema.id]
        known = {value: row for row, value in enumerate(ids) if outer[row]}
        named = zone.frame(child)[field].iloc[rows].map(known)
        rows = rows[named.notna().to_numpy()]
        host_rows = named.dropna().to_numpy(dtype=int)
    else:
        rows = rows if outer.any() else rows[:0]
        host_rows = np.full(len(rows), int(np.argmax(outer)) if outer.any() else 0)
    shapes = zone.frame(child).geometry.to_numpy()[rows]
    holders = zone.frame(host).geometry.to_numpy()
    shapely.prepare(holders[outer])
    hosts = holders[host_rows]
    return Held(rows, host_rows, shapes, hosts, ~shapely.covers(hosts, shapes))


@once
def placed(zone: Zone, name: str) -> Mask:
    """Which records of a layer are valid, at home and of a kind that the layer allows."""
    layer, geometry = zone.layers[name], in_degrees(zone, name)
    out = np.full(len(layer.frame), False)
    out[geometry.index] = True
    kinds = layer.frame.geometry.geom_type.isin(layer.schema.geometry).to_numpy()
    return np.asarray(out & kinds & (placing(zone, name).where == Where.HOME))


@once
def zone_outline(zone: Zone) -> shapely.Geometry:
    """The zone's frame in degrees; empty where it has none."""
    shapes = zone.frame("zone_frame").geometry.to_numpy()[placed(zone, "zone_frame")]
    outline = shapely.union_all(shapes)
    shapely.prepare(outline)
    return outline


@once
def _beyond(zone: Zone, name: str) -> Mask:
    """Which placed records of a layer lie wholly outside the frame, beyond the tolerance."""
    outline, shapes = zone_outline(zone), zone.frame(name).geometry.to_numpy()
    out = np.full(len(shapes), False)
    if shapely.is_empty(outline):
        return out
    rows = np.flatnonzero(placed(zone, name))
    rows = rows[~shapely.intersects(outline, shapes[rows])]
    if len(rows):
        (frame,) = to_metric(zone, np.array([outline]))
        away = shapely.distance(to_metric(zone, shapes[rows]), frame)
        out[rows] = away > zone.settings.limits.outside_zone_m
    return out


@once
def frame_is_elsewhere(zone: Zone) -> bool:
    """Whether most parks, two at least, lie outside the frame: then the frame is what is wrong."""
    return bool(_beyond(zone, "parks").sum() > max(1, placed(zone, "parks").sum() / 2))


@once
def astray(zone: Zone, name: str) -> Mask:
    """Which records of a layer lie outside the zone."""
    if name not in HELD or frame_is_elsewhere(zone):
        return np.full(len(zone.frame(name)), False)
    return _beyond(zone, name)
