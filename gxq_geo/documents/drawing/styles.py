"""Colours and fill patterns of ``style.toml`` for printed maps.

A pattern is drawn as geometries clipped to the polygon, not as an SVG tiling pattern: PDF viewers
show seams between tiles, and printers may rasterise them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle
from typing import Any

import numpy as np
import shapely

from gxq_geo import words

_ROOT2 = 2**0.5


@dataclass(frozen=True, slots=True)
class Fill:
    """The fill of a polygon; colours are ``#RRGGBB`` or empty.

    Parameters
    ----------
    color
        Background colour.
    edge
        Colour of the outline.
    tint
        Plain colour for a polygon that is too small for the pattern.
    text
        Colour of labels on the polygon.
    pattern
        A table of ``[patterns]`` in ``style.toml``; empty for a plain fill.
    pattern_colors
        Colours of the pattern, drawn above ``color``.
    """

    color: str
    edge: str = ""
    tint: str = ""
    text: str = ""
    pattern: str = ""
    pattern_colors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Palette:
    """The colours of the light theme, which printed maps always use.

    Parameters
    ----------
    sectors
        Sector ids, ordered by rank: the k-th sector has the k-th sector colour; where there are
        more sectors than colours, the first colour follows the last.
    """

    sectors: Sequence[str]

    @cached_property
    def style(self) -> dict[str, Any]:
        """The content of ``data/style.toml``."""
        return words.data("style")

    @property
    def tokens(self) -> dict[str, str]:
        """All colours by token name."""
        return dict(self.style["tokens"]["light"])

    def token(self, name: str) -> str:
        """The colour of a token."""
        return str(self.style["tokens"]["light"][name])

    def status(self, name: str) -> Fill:
        """The fill of a site with a status."""
        spec = self.style["status"].get(name, self.style["status"]["operating"])
        color = self.token(spec.get("fill") or spec["ground"])
        line = (self.token(spec["line"]),) if "line" in spec else ()
        edge, tint, text = (self.token(spec[part]) for part in ("edge", "tint", "ink"))
        return Fill(color, edge, tint, text, spec.get("pattern", ""), line)

    def sector(self, ids: Sequence[str], opacity: float = 1.0) -> Fill:
        """The fill of a zoning block planned for some sectors: stripes of their colours."""
        names = dict(zip(self.sectors, cycle(self.style["sectors"]), strict=False))
        ground = self.token("parkfill")
        colors = [blend(ground, self.token(names.get(id_, "pub")), opacity) for id_ in ids]
        pattern = "sectors" if colors[1:] else ""
        return Fill(colors[0], pattern=pattern, pattern_colors=tuple(colors[1:]))

    def zoning(self, land_use: object, opacity: float = 1.0) -> Fill:
        """The fill of a zoning block without a sector, by its land use code."""
        code, uses = str(land_use or "")[:1], self.style["zoning"]
        found = (name for name, spec in uses.items() if code and code in spec["codes"])
        return self.use(next(found, self.uses[-1]), opacity)

    @property
    def uses(self) -> list[str]:
        """Uses of zoning blocks without a sector: residential, green, public."""
        return list(self.style["zoning"])

    def use(self, name: str, opacity: float = 1.0) -> Fill:
        """The fill of a zoning block with one of `uses`."""
        color = self.token(self.style["zoning"][name]["fill"])
        return Fill(blend(self.token("parkfill"), color, opacity))

    def pattern(self, fill: Fill, polygon: Any, px: float) -> list[tuple[str, Any]]:
        """The pattern of a fill, clipped to a polygon in mm: colour and geometry of each part.

        The pattern's origin is the corner of the paper, so that it continues across neighbours.
        ``px`` is the size of a CSS px in mm.
        """
        if not fill.pattern or shapely.is_empty(polygon):
            return []
        spec = self.style["patterns"][fill.pattern]
        if fill.pattern == "dots":
            return [
                (fill.pattern_colors[0], _dots(polygon, spec["period"] * px, spec["width"] * px))
            ]
        if fill.pattern == "sectors":
            band = spec["band"] * px
            count = len(fill.pattern_colors) + 1
            return [
                (
                    color,
                    _stripes(polygon, band * count / _ROOT2, band / _ROOT2, k * band / _ROOT2, -1),
                )
                for k, color in enumerate(fill.pattern_colors, 1)
            ]
        step = spec["period"] * px / _ROOT2
        return [
            (fill.pattern_colors[0], _stripes(polygon, step, spec["width"] * px, 0, spec["slope"]))
        ]


def blend(ground: str, color: str, opacity: float) -> str:
    """Blend a colour over an opaque background; both are ``#RRGGBB``."""
    a, b = (np.array([int(hex_[k : k + 2], 16) for k in (1, 3, 5)]) for hex_ in (ground, color))
    # Halves are rounded up, as in the page.
    return "#" + "".join(f"{int(v + 0.5):02X}" for v in a + (b - a) * opacity)


def readable(beneath: str, first: str, second: str) -> str:
    """Of two text colours the one that differs more in luma from the colour beneath it."""
    return max(first, second, key=lambda color: abs(_luma(color) - _luma(beneath)))


def _luma(color: str) -> int:
    """The luma of ``#RRGGBB`` (ITU-R BT.601), 0 to 255,000."""
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return 299 * red + 587 * green + 114 * blue


def _stripes(polygon: Any, period: float, width: float, offset: float, slope: int) -> Any:
    """Stripes at 45 degrees, clipped to a polygon; lengths in mm, ``slope`` -1 rises rightwards."""
    west, north, east, south = shapely.bounds(polygon)
    # Coordinates across the stripes: (x - slope * y) / √2, with y downwards.
    corners = [(x - slope * y) / _ROOT2 for x in (west, east) for y in (north, south)]
    first, last = np.floor((min(corners) - width - offset) / period), np.ceil(max(corners) / period)
    across = offset + np.arange(first, last + 1) * period
    along = [(x + slope * y) / _ROOT2 for x in (west, east) for y in (north, south)]
    low, high = min(along) - 1, max(along) + 1
    bands = []
    for a in across:
        corner = np.array([(a, low), (a + width, low), (a + width, high), (a, high)])
        x = (corner[:, 0] + corner[:, 1]) / _ROOT2
        y = slope * (corner[:, 1] - corner[:, 0]) / _ROOT2
        bands.append(shapely.polygons(np.column_stack([x, y])))
    return shapely.intersection(shapely.multipolygons(np.array(bands)), polygon)


def _dots(polygon: Any, period: float, width: float) -> Any:
    west, north, east, south = shapely.bounds(polygon)
    x = np.arange(np.floor(west / period), np.ceil(east / period) + 1) * period
    y = np.arange(np.floor(north / period), np.ceil(south / period) + 1) * period
    grid = np.array(np.meshgrid(x, y)).reshape(2, -1).T
    inner = shapely.buffer(polygon, -width / 2)
    inside = shapely.contains_xy(inner, grid[:, 0], grid[:, 1])
    return shapely.multipoints(grid[inside]) if inside.any() else shapely.MultiPoint()
