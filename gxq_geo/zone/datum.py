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
# An inverse ends after so many steps, or when a step moves no point by more than a centimetre: each
# step leaves less than a hundredth of the error, so that less than a tenth of a millimetre remains.
_STEPS, _STILL = 5, 1e-7
# Points are converted in blocks that fit into the processor's cache.
_BLOCK = 16384


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
    x, y = lon.flatten(), lat.flatten()
    for start in range(0, x.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        x[block], y[block] = _unshifted(x[block], y[block])
    return x.reshape(lon.shape), y.reshape(lat.shape)


def _unshifted(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """The points whose shifted places are given, by fixed-point iteration."""
    x, y = lon, lat
    for _ in range(_STEPS):
        east, north = _shift(x, y)
        before_x, before_y = x, y
        x, y = lon - east, lat - north
        moved = np.maximum(np.abs(x - before_x), np.abs(y - before_y))
        if not (moved > _STILL).any():
            break
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
    wave_x, third_x, twelfth_x, thirtieth_x, double = _sines(x)
    wave_y, third_y, twelfth_y, thirtieth_y, _ = _sines(y)
    # 20 sin 6πx + 20 sin 2πx, since sin 3a = 3 sin a − 4 sin³ a.
    common = double * (80 - 80 * double * double)
    product, root = 0.1 * x * y, 0.1 * np.sqrt(np.abs(x))
    north = common + 20 * wave_y + 40 * third_y + 160 * twelfth_y + 320 * thirtieth_y
    north = north * (2 / 3) + (2 * x - 100 + y * (3 + 0.2 * y) + product + 2 * root)
    east = common + 20 * wave_x + 40 * third_x + 150 * twelfth_x + 300 * thirtieth_x
    east = east * (2 / 3) + (300 + x * (1 + 0.1 * x) + 2 * y + product + root)
    sine = np.sin(np.radians(lat))
    square = sine * sine
    scale = 1 - _E2 * square
    ratio = np.sqrt(scale)
    east_degrees = east * ratio / (np.sqrt(1 - square) * math.radians(_A))
    north_degrees = north * scale * ratio / math.radians(_A * (1 - _E2))
    return east_degrees, north_degrees


def _sines(t: Degrees) -> tuple[Degrees, Degrees, Degrees, Degrees, Degrees]:
    """The sines of πt, πt/3, πt/12, πt/30 and 2πt.

    They are multiples of one angle, whose sine and cosine give all others by sin 2a, sin 3a and
    sin 5a: computing sines is most of the work.
    """
    angle = t * (math.pi / 60)
    sine, cosine = np.sin(angle), np.cos(angle)
    sine_2, cosine_2 = sine * sine, cosine * cosine
    twelfth = sine * (5 + sine_2 * (16 * sine_2 - 20))
    twelfth_cosine = cosine * (5 + cosine_2 * (16 * cosine_2 - 20))
    sixth = 2 * twelfth * twelfth_cosine
    third, third_cosine = 2 * sixth * (1 - 2 * twelfth * twelfth), 1 - 2 * sixth * sixth
    whole = third * (3 - 4 * third * third)
    whole_cosine = third_cosine * (4 * third_cosine * third_cosine - 3)
    return whole, third, twelfth, 2 * sine * cosine, 2 * whole * whole_cosine
