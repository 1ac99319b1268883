"""Convert between WGS 84 and the datums of Chinese web maps, GCJ-02 and BD-09.

GCJ-02 (高德, 腾讯) and BD-09 (百度) shift WGS 84 by some hundred metres, by a different amount at
each location. Base map tiles may use them; layers never do.

Sources: the forward formula of GCJ-02 as published in the open-source "EvilTransform" and
"China coordinates" code, on the Krasovsky 1940 ellipsoid (a = 6 378 245 m,
e² = 0.006 693 421 622 965 943 23); BD-09 is a polar shift of GCJ-02. The inverses are fixed-point
iterations.
"""

import math

import numpy as np
import numpy.typing as npt

Degrees = npt.NDArray[np.float64]

_A = 6_378_245.0
_E2 = 0.006_693_421_622_965_943_23
_BD_TURN = math.pi * 3000 / 180
_STEPS = 5


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Degrees, Degrees]:
    """GCJ-02 longitude and latitude of WGS-84 points.

    Parameters
    ----------
    lon, lat
        Degrees, any shape, in mainland China; the formula is not defined elsewhere.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    east, north = _shift(lon, lat)
    return lon + east, lat + north


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Degrees, Degrees]:
    """WGS-84 longitude and latitude of GCJ-02 points, to better than a millimetre."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    x, y = lon, lat
    for _ in range(_STEPS):
        east, north = _shift(x, y)
        x, y = lon - east, lat - north
    return x, y


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Degrees, Degrees]:
    """BD-09 longitude and latitude of GCJ-02 points, in degrees."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Degrees, Degrees]:
    """GCJ-02 longitude and latitude of BD-09 points, in degrees."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    x, y = lon - 0.0065, lat - 0.006
    for _ in range(_STEPS):
        forward_x, forward_y = gcj02_to_bd09(x, y)
        x, y = x + lon - forward_x, y + lat - forward_y
    return x, y


def _shift(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """The offset of GCJ-02 from WGS 84 to the east and north, in degrees."""
    x, y = lon - 105.0, lat - 35.0
    common = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += (common + _wave(y, (20, 1), (40, 3), (160, 12), (320, 30))) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += (common + _wave(x, (20, 1), (40, 3), (150, 12), (300, 30))) * 2 / 3
    latitude = np.radians(lat)
    scale = 1 - _E2 * np.sin(latitude) ** 2
    radius_east = _A / np.sqrt(scale) * np.cos(latitude)
    radius_north = _A * (1 - _E2) / scale**1.5
    return np.degrees(east / radius_east), np.degrees(north / radius_north)


def _wave(t: Degrees, *terms: tuple[float, float]) -> Degrees:
    """A sum of sines; each term is an amplitude and half a period."""
    return np.asarray(sum(a * np.sin(np.pi * t / period) for a, period in terms))
