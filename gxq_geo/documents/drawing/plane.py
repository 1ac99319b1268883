"""A sheet of paper as a plane: metres of the zone's metric CRS to millimetres, y down."""

import math
from dataclasses import dataclass
from typing import Any

import shapely

Box = tuple[float, float, float, float]

_STEPS = (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8, 10)
_BAR_STEPS = (1, 2, 5, 10)

# Metres that a css px of a web map measures at zoom 0 on the equator.
_PX_AT_ZOOM_0 = 156_543.034


@dataclass(frozen=True, slots=True)
class Plane:
    """A part of the world on paper; up is north of the grid.

    Parameters
    ----------
    middle
        What lies in the middle, in metres of the metric CRS: east, north.
    size
        Width and height in mm.
    denominator
        The scale is 1 : this.
    px
        Size of a css px of the style on this paper, in mm.
    lat
        Latitude of the middle, in degrees: at which zoom a web map would show as much.
    """

    middle: tuple[float, float]
    size: tuple[float, float]
    denominator: float
    px: float
    lat: float = 0.0

    @property
    def metres(self) -> float:
        """Metres in the world that a mm on paper measures."""
        return self.denominator / 1000

    @property
    def zoom(self) -> float:
        """The zoom at which a web map would draw at this scale: the style says widths by zoom."""
        east = math.cos(math.radians(self.lat))
        return math.log2(_PX_AT_ZOOM_0 * east / (self.metres * self.px))

    def box(self, margin: float = 0.0) -> Box:
        """What is on the paper and, by ``margin`` mm, around it, in metres."""
        east, north = ((side / 2 + margin) * self.metres for side in self.size)
        x, y = self.middle
        return x - east, y - north, x + east, y + north

    def on_paper(self, shapes: Any) -> Any:
        """Geometries, or one, in mm from the upper left corner of the paper."""
        west, _, _, north = self.box()
        return shapely.transform(
            shapes, lambda at: (at - (west, north)) / (self.metres, -self.metres)
        )

    def bar(self, longest: float) -> tuple[float, float]:
        """A round distance in metres, and how many mm it measures: at most ``longest``."""
        most = longest * self.metres
        power = 10 ** math.floor(math.log10(most))
        metres = max(step * power for step in _BAR_STEPS if step * power <= most)
        return metres, metres / self.metres


def fit(box: Box, size: tuple[float, float], *, px: float, lat: float, margin: float = 0) -> Plane:
    """The plane of a size on which a box, in metres, is drawn as large as a round scale allows.

    ``margin`` is the least room around it, in mm.
    """
    west, south, east, north = box
    needs = max(
        (east - west) / (size[0] - 2 * margin), (north - south) / (size[1] - 2 * margin), 1e-6
    )
    middle = ((west + east) / 2, (south + north) / 2)
    return Plane(middle, size, rounded_up(needs * 1000), px, lat)


def rounded_up(denominator: float) -> float:
    """The next scale that people name: 1:5,000, 1:7,500, 1:10,000 …"""
    power = 10 ** math.floor(math.log10(denominator))
    return float(next(s * power for s in _STEPS if s * power >= denominator * (1 - 1e-9)))
