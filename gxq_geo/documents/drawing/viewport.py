"""The viewport of a printed map: metres of the metric CRS to millimetres on paper, y downwards."""

import math
from dataclasses import dataclass
from typing import Any

import shapely

Box = tuple[float, float, float, float]

_STEPS = (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8, 10)
_BAR_STEPS = (1, 2, 5, 10)

# Ground size of one CSS px of a web map at zoom 0 on the equator, in metres: 2π · 6378137 / 256.
_PX_AT_ZOOM_0 = 156_543.034


@dataclass(frozen=True, slots=True)
class Viewport:
    """A map extent at a scale on paper; grid north is up.

    Parameters
    ----------
    centre
        Easting and northing of the centre, in metres of the metric CRS.
    size
        Width and height in mm.
    denominator
        Scale denominator: 10,000 for 1 : 10,000.
    px
        Size of one CSS px of ``style.toml`` on this paper, in mm.
    lat
        Latitude of the centre in degrees, from which `zoom` follows.
    """

    centre: tuple[float, float]
    size: tuple[float, float]
    denominator: float
    px: float
    lat: float = 0.0

    @property
    def metres(self) -> float:
        """Metres on the ground per millimetre on paper."""
        return self.denominator / 1000

    @property
    def zoom(self) -> float:
        """The Web Mercator zoom of the same scale, since ``style.toml`` gives widths by zoom."""
        shrink = math.cos(math.radians(self.lat))
        return math.log2(_PX_AT_ZOOM_0 * shrink / (self.metres * self.px))

    def bounds(self, margin: float = 0.0) -> Box:
        """Bounds in metres, extended by ``margin`` mm on each side."""
        east, north = ((side / 2 + margin) * self.metres for side in self.size)
        x, y = self.centre
        return x - east, y - north, x + east, y + north

    def to_paper(self, shapes: Any) -> Any:
        """Transform a geometry or an array from metres to mm from the upper left corner."""
        west, _, _, north = self.bounds()
        return shapely.transform(
            shapes, lambda at: (at - (west, north)) / (self.metres, -self.metres)
        )

    def scale_bar(self, longest: float) -> tuple[float, float]:
        """Length of a scale bar: a round distance in metres, and the same in mm (≤ ``longest``)."""
        most = longest * self.metres
        power = 10 ** math.floor(math.log10(most))
        metres = max(step * power for step in _BAR_STEPS if step * power <= most)
        return metres, metres / self.metres


def fit(
    box: Box, size: tuple[float, float], *, px: float, lat: float, margin: float = 0
) -> Viewport:
    """Return the viewport that shows a box, in metres, at the largest round scale that fits.

    ``size`` and ``margin``, the least space on each side, are in mm.
    """
    west, south, east, north = box
    needs = max(
        (east - west) / (size[0] - 2 * margin), (north - south) / (size[1] - 2 * margin), 1e-6
    )
    centre = ((west + east) / 2, (south + north) / 2)
    return Viewport(centre, size, round_scale(needs * 1000), px, lat)


def round_scale(denominator: float) -> float:
    """Round a scale denominator up to a customary one: 5,000, 7,500, 10,000 …"""
    power = 10 ** math.floor(math.log10(denominator))
    return float(next(s * power for s in _STEPS if s * power >= denominator * (1 - 1e-9)))
