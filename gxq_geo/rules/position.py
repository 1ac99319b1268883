"""Position: each record lies where the zone is, in degrees, and in the datum of the others."""

from collections.abc import Iterator

import numpy as np
import shapely

from gxq_geo.rules.common import place_in, severity, spatial_layers, summarised, to_metric
from gxq_geo.rules.spatial.containment import frame_is_elsewhere, is_outside_zone, zone_outline
from gxq_geo.rules.spatial.datum_shift import datum_shifts
from gxq_geo.rules.spatial.placement import Bounds, Where, placement
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone


def not_degrees(zone: Zone) -> Iterator[Issue]:
    """Coordinates are longitude and latitude in degrees."""
    yield from _placed(zone, Where.NOT_DEGREES)


def metres_not_degrees(zone: Zone) -> Iterator[Issue]:
    """Coordinates are not eastings and northings in metres."""
    yield from _placed(zone, Where.METRES)


def zone_prefix(zone: Zone) -> Iterator[Issue]:
    """Coordinates are not metres with the number of a Gauss-Krüger zone before the easting."""
    yield from _placed(zone, Where.PREFIXED)


def northing_first(zone: Zone) -> Iterator[Issue]:
    """Coordinates are not metres with the northing first."""
    yield from _placed(zone, Where.NORTHING)


def swapped_axes(zone: Zone) -> Iterator[Issue]:
    """Longitude comes before latitude."""
    yield from _placed(zone, Where.SWAPPED)


def too_far(zone: Zone) -> Iterator[Issue]:
    """A geometry lies where the zone's metric CRS can measure."""
    yield from _placed(zone, Where.TOO_FAR)


def _placed(zone: Zone, where: Where) -> Iterator[Issue]:
    """Yield an issue for each record that lies as `where` says."""
    for layer in spatial_layers(zone):
        found = placement(zone, layer.name)
        rows = np.flatnonzero(found.where == where).tolist()
        for row, count in summarised(rows, len(found.where)):
            x, y = _position(layer.frame.geometry.iloc[row], found.bounds[row])
            crs = found.crs[row] or zone.settings.measure_crs
            value = f"{x:.10g}, {y:.10g}"
            yield layer.issue(row, field="geometry", value=value, crs=crs, count=count)


def _position(shape: shapely.Geometry, bounds: Bounds) -> list[float]:
    """Return the first vertex that is not in degrees, or else the lower left of the bounds."""
    vertices = shapely.get_coordinates(shape)
    beyond = vertices[(np.abs(vertices) > (180, 90)).any(axis=1)]
    position: list[float] = (beyond[0] if len(beyond) else bounds[:2]).tolist()
    return position


def outside_zone(zone: Zone) -> Iterator[Issue]:
    """A park, a block, a site or a carrier lies in the zone's frame, or near it."""
    shifted = datum_shifts(zone).keys()
    for layer in spatial_layers(zone):
        if {layer.name, "zone_frame"} & shifted:
            continue
        rows = np.flatnonzero(is_outside_zone(zone, layer.name)).tolist()
        for row, count in summarised(rows, len(layer.frame)):
            shape = layer.frame.geometry.iloc[row]
            distance_m = shapely.distance(*to_metric(zone, np.array([shape, zone_outline(zone)])))
            yield layer.issue(
                row,
                field="geometry",
                place=place_in(shape),
                distance_km=float(distance_m) / 1000,
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
    yield from _shifted(zone, overwhelming=False)


def datum_shifted(zone: Zone) -> Iterator[Issue]:
    """A layer of which all evidence says that it is in GCJ-02 or BD-09 is on no public map."""
    yield from _shifted(zone, overwhelming=True)


def _shifted(zone: Zone, *, overwhelming: bool) -> Iterator[Issue]:
    shifts = datum_shifts(zone).items()
    for name, found in ((n, f) for n, f in shifts if f.is_overwhelming == overwhelming):
        yield zone.layers[name].issue(
            field="geometry",
            value=found.datum,
            place=found.place,
            shift_m=found.shift_m,
            east_m=found.east_m,
            north_m=found.north_m,
            against=f"@schema.layers.{found.against}.label",
            misfits=found.misfits,
            left=found.remaining,
            records=found.records,
        )
