"""The metric CRS and the time zone of a place."""

import math
import re

import pyproj
import shapely

from gxq_geo.exchange.source import Geometries
from gxq_geo.words.errors import GxqError
from gxq_geo.zone.settings import is_metric

Place = tuple[float, float]
Bounds = tuple[float, float, float, float]

# CGCS2000, 3-degree Gauss-Krüger without zone number: EPSG code of the first zone, and the numbers
# of the zones in China. The central meridian of a zone is three times its number.
_FIRST_CODE, _ZONES = 4534, range(25, 46)
# EPSG codes of the UTM zones on WGS 84 minus their number, in the north and in the south.
_UTM_NORTH, _UTM_SOUTH = 32600, 32700
# Between these latitudes UTM is defined.
_UTM_LATITUDES = (-80.0, 84.0)
_CHINA_TIME = "+08:00"
_HALF_TURN = 180.0


def gauss_kruger(place: Place) -> str:
    """Return the CGCS2000 3-degree Gauss-Krüger CRS of a place; empty outside China.

    China is where the EPSG registry says that the CRS is used: the box of its part of each zone.
    """
    number = round(place[0] / 3)
    if number not in _ZONES:
        return ""
    code = f"EPSG:{_FIRST_CODE + number - _ZONES.start}"
    area = pyproj.CRS.from_user_input(code).area_of_use
    lon, lat = place
    # The zones at the borders are not as wide as the others.
    is_inside = area and area.west <= lon <= area.east and area.south <= lat <= area.north
    return code if is_inside else ""


def middle(shapes: Geometries) -> Place | None:
    """Return the middle of the bounds of geometries in degrees; None if they have no coordinates.

    Raises
    ------
    GxqError
        If they lie on both sides of the antimeridian.
    """
    west, south, east, north = map(float, shapely.total_bounds(shapes))
    if math.isnan(west):
        return None
    if east - west > _HALF_TURN:
        raise GxqError("new-antimeridian")
    return (west + east) / 2, (south + north) / 2


def metric_crs(place: Place) -> str:
    """Return the CRS in which areas around a place are measured: Gauss-Krüger in China, else UTM.

    Raises
    ------
    GxqError
        If the place is near a pole, where neither is defined.
    """
    if code := gauss_kruger(place):
        return code
    lon, lat = place
    if not _UTM_LATITUDES[0] <= lat <= _UTM_LATITUDES[1]:
        raise GxqError("new-polar", lat=f"{lat:g}")
    number = min(int((lon + 180) // 6) + 1, 60)
    return f"EPSG:{(_UTM_NORTH if lat >= 0 else _UTM_SOUTH) + number}"


def timezone(place: Place) -> str:
    """Return the time zone of a place: that of China, elsewhere the one of its longitude."""
    return _CHINA_TIME if gauss_kruger(place) else f"{round(place[0] / 15):+03d}:00"


def crs_name(crs: str) -> str:
    """Return a CRS with its name in the EPSG registry."""
    return f"{crs} ({pyproj.CRS.from_user_input(crs).name})"


def checked_crs(text: str) -> str:
    """Return a stated metric CRS.

    Raises
    ------
    GxqError
        If it is not a projected CRS in metres.
    """
    code = text.strip()
    code = code.upper() if ":" in code and "+" not in code else code
    if not is_metric(code):
        raise GxqError("new-crs", value=text)
    return code


def parse_place(text: str) -> Place:
    """Parse ``LON,LAT``.

    Raises
    ------
    GxqError
        If the text is not a longitude and a latitude in degrees.
    """
    numbers = _numbers(text)
    if len(numbers) != 2 or not _is_position(numbers[0], numbers[1]):
        raise GxqError("new-place", value=text)
    return numbers[0], numbers[1]


def parse_bounds(text: str) -> Bounds:
    """Parse ``west,south,east,north``.

    Raises
    ------
    GxqError
        If the text is not a box in degrees, or one across the antimeridian.
    """
    numbers = _numbers(text)
    if len(numbers) == 4:
        west, south, east, north = numbers
        is_box = south < north and _is_position(west, south) and _is_position(east, north)
        if is_box and west - east > _HALF_TURN:  # As RFC 7946, 5.2, writes such a box.
            raise GxqError("new-antimeridian")
        if is_box and west < east:
            return west, south, east, north
    raise GxqError("new-bounds", value=text)


def looks_like_bounds(text: str) -> bool:
    """Whether a text has the form of bounds, and not of a path."""
    return len(_numbers(text)) == 4


def _numbers(text: str) -> list[float]:
    """Return the numbers of a list with commas, Western or Chinese; empty if it is none."""
    try:
        return [float(part) for part in re.split("[,，]", text)]
    except ValueError:
        return []


def _is_position(lon: float, lat: float) -> bool:
    return -180 <= lon <= 180 and -90 <= lat <= 90
