"""Position: each record lies where the zone is, in degrees, and in the datum of the others."""

from collections.abc import Iterator

import numpy as np
import shapely

from gxq_geo.rules.common import place_in, severity, spatial_layers, to_metric, told
from gxq_geo.rules.spatial.hosts import astray, frame_is_elsewhere, zone_outline
from gxq_geo.rules.spatial.placing import Where, placing
from gxq_geo.rules.spatial.shifted import shifted
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone


def not_degrees(zone: Zone) -> Iterator[Issue]:
    """Coordinates are longitude and latitude in degrees."""
    yield from _lying(zone, Where.OFF)


def metres_not_degrees(zone: Zone) -> Iterator[Issue]:
    """Coordinates are not eastings and northings in metres."""
    yield from _lying(zone, Where.METRES)


def zone_prefix(zone: Zone) -> Iterator[Issue]:
    """Coordinates are not metres with the number of a Gauss-Krüger zone before the easting."""
    yield from _lying(zone, Where.PREFIXED)


def northing_first(zone: Zone) -> Iterator[Issue]:
    """Coordinates are not metres with the northing first."""
    yield from _lying(zone, Where.NORTHING)


def swapped_axes(zone: Zone) -> Iterator[Issue]:
    """Longitude comes first: swapped coordinates are those that fit the zone when turned."""
    yield from _lying(zone, Where.SWAPPED)


def too_far(zone: Zone) -> Iterator[Issue]:
    """A geometry lies where the zone's metric CRS can measure."""
    yield from _lying(zone, Where.FAR)


def _lying(zone: Zone, where: Where) -> Iterator[Issue]:
    for layer in spatial_layers(zone):
        found = placing(zone, layer.name)
        rows = np.flatnonzero(found.where == where).tolist()
        for row, count in told(rows, len(found.where)):
            x, y = found.boxes[row, :2].tolist()
            crs = found.crs[row] or zone.settings.measure_crs
            value = f"{x:.10g}, {y:.10g}"
            yield layer.issue(row, field="geometry", value=value, crs=crs, count=count)


def outside_zone(zone: Zone) -> Iterator[Issue]:
    """A park, a block, a site or a carrier lies in the zone's frame, or near it."""
    moved = shifted(zone).keys()
    for layer in spatial_layers(zone):
        if {layer.name, "zone_frame"} & moved:
            continue
        rows = np.flatnonzero(astray(zone, layer.name)).tolist()
        for row, count in told(rows, len(layer.frame)):
            shape = layer.frame.geometry.iloc[row]
            away = shapely.distance(*to_metric(zone, np.array([shape, zone_outline(zone)])))
            yield layer.issue(
                row,
                field="geometry",
                place=place_in(shape),
                distance_km=float(away) / 1000,
                count=count,
            )


def frame_elsewhere(zone: Zone) -> Iterator[Issue]:
    """The zone's frame holds its parks."""
    if frame_is_elsewhere(zone):
        layer = zone.layers["zone_frame"]
        yield layer.issue(0, field="geometry", place=place_in(zone_outline(zone)))


@severity(Severity.WARNING)
def datum_suspected(zone: Zone) -> Iterator[Issue]:
    """A layer is in the datum of the others, not in GCJ-02 or BD-09."""
    for name, found in shifted(zone).items():
        yield zone.layers[name].issue(
            field="geometry",
            value=found.datum,
            place=found.place,
            shift_m=found.shift_m,
            east_m=found.east_m,
            north_m=found.north_m,
            against=f"@schema.layers.{found.against}.label",
            misfits=found.misfits,
            left=found.left,
            records=found.records,
        )
