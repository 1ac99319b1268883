"""What several rules need: the nearest known value, and geometry that can be measured."""

import difflib
from collections.abc import Iterator, Mapping
from functools import cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from gxq_geo.layer import Layer
from gxq_geo.zone import Zone

M2_PER_MU = 10_000 / 15

Place = tuple[float, float]


def nearest(value: str, known: Mapping[str, Mapping[str, str]]) -> str:
    """The known value that was probably meant: by its words, or by its spelling; else empty."""
    for candidate, words in known.items():
        if value.strip() in (candidate, *words.values()):
            return candidate
    lowered = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(value.strip().lower(), lowered, n=1)
    return lowered[close[0]] if close else ""


def spatial_layers(zone: Zone) -> Iterator[Layer]:
    """The layers that have a geometry."""
    return (layer for layer in zone.layers.values() if not layer.schema.is_table)


def measurable(zone: Zone, name: str) -> gpd.GeoSeries:
    """The valid geometries of a layer in the zone's metric CRS; the index is the row.

    Geometry that is absent, invalid, not in degrees, or so far away that the metric CRS cannot
    hold it, is left out: its own rule reports it.
    """
    geometry = in_degrees(zone, name)
    metric = geometry[_is_near(geometry, zone)].to_crs(zone.settings.measure_crs)
    # An edge that only touched another in degrees may cross it by a hair in metres.
    return metric.where(metric.is_valid, metric.make_valid(method="structure"))


def in_degrees(zone: Zone, name: str) -> gpd.GeoSeries:
    """The valid geometries of a layer that lie on the globe, in EPSG:4326; the index is the row."""
    geometry = zone.frame(name).geometry.reset_index(drop=True)
    shapes = geometry.to_numpy()
    # NaN, the box of what is absent or empty, is not within any limit.
    on_globe = (np.abs(shapely.bounds(shapes)) <= (180, 90, 180, 90)).all(axis=1)
    return geometry[shapely.is_valid(shapes) & on_globe]


def _is_near(geometry: gpd.GeoSeries, zone: Zone) -> npt.NDArray[np.bool_]:
    """Whether the corners of each box come back from the metric CRS as they went in."""
    metric = _to_metric(zone.settings.measure_crs)
    boxes = shapely.bounds(geometry.to_numpy())
    lon, lat = boxes[:, [0, 2, 0, 2]], boxes[:, [1, 1, 3, 3]]
    back = metric.transform(*metric.transform(lon, lat), direction="INVERSE")
    return np.asarray(np.isclose(back, (lon, lat), rtol=0, atol=1e-6).all(axis=(0, 2)))


@cache
def _to_metric(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(4326, crs, always_xy=True)


def overlapping(geometry: gpd.GeoSeries) -> Iterator[tuple[int, int, shapely.Geometry]]:
    """Pairs of rows whose geometries share ground, and what they share, in the same CRS.

    Pairs that only touch are dropped before anything is cut: in a tiling they are the many.
    """
    shapes = geometry.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    apart = shapely.touches(shapes[left], shapes[right])
    left, right = left[~apart], right[~apart]
    rows = geometry.index.to_numpy()
    shared = shapely.intersection(shapes[left], shapes[right])
    yield from zip(rows[left].tolist(), rows[right].tolist(), shared, strict=True)


def place_of(zone: Zone, shape: shapely.Geometry) -> Place:
    """Longitude and latitude of a point in a shape that is given in the metric CRS."""
    point = shapely.point_on_surface(shape)
    metric = _to_metric(zone.settings.measure_crs)
    x, y = metric.transform(point.x, point.y, direction="INVERSE")
    return round(x, 6), round(y, 6)
