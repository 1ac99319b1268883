"""Colours and patterns of ``style.toml`` on paper: fills as flat shapes, never as tiles.

A pattern is cut to its polygon as geometry: a PDF viewer shows seams between the cells of a tiling
pattern, and a printer may draw it as a picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from gxq_geo import words

_ROOT2 = 2**0.5


@dataclass(frozen=True, slots=True)
class Fill:
    """How a polygon is filled: ``lines`` are the colours of its pattern, above ``color``."""

    color: str
    edge: str = ""
    tint: str = ""
    ink: str = ""
    pattern: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ink:
    """The light theme of the style; paper is always light.

    Parameters
    ----------
    sectors
        Ids of the sectors in the order of their rank: the k-th has the k-th colour.
    """

    sectors: Sequence[str]

    @cached_property
    def style(self) -> dict[str, Any]:
        """``data/style.toml``."""
        return words.data("style")

    @property
    def tokens(self) -> dict[str, str]:
        """Every colour by its name."""
        return dict(self.style["tokens"]["light"])

    def token(self, name: str) -> str:
        """A colour by its name."""
        return str(self.style["tokens"]["light"][name])

    def status(self, name: str) -> Fill:
        """How a site of a status is filled."""
        spec = self.style["status"].get(name, self.style["status"]["operating"])
        color = self.token(spec.get("fill") or spec["ground"])
        line = (self.token(spec["line"]),) if "line" in spec else ()
        edge, tint, ink = (self.token(spec[part]) for part in ("edge", "tint", "ink"))
        return Fill(color, edge, tint, ink, spec.get("pattern", ""), line)

    def sector(self, ids: Sequence[str], softly: float = 1.0) -> Fill:
        """How a block is filled that is planned for some sectors: stripes of their colours."""
        names = dict(zip(self.sectors, self.style["sectors"], strict=False))
        colors = [
            mixed(self.token("parkfill"), self.token(names.get(one, "pub")), softly) for one in ids
        ]
        return Fill(colors[0], pattern="sectors" if colors[1:] else "", lines=tuple(colors[1:]))

    def zoning(self, land_use: object, softly: float = 1.0) -> Fill:
        """How a block without a sector is filled."""
        code, kinds = str(land_use or "")[:1], self.style["zoning"]
        found = (name for name, one in kinds.items() if code and code in one["codes"])
        return self.use(next(found, self.uses[-1]), softly)

    @property
    def uses(self) -> list[str]:
        """What a block without a sector may be: living, green, public."""
        return list(self.style["zoning"])

    def use(self, name: str, softly: float = 1.0) -> Fill:
        """How such a block is filled."""
        color = self.token(self.style["zoning"][name]["fill"])
        return Fill(mixed(self.token("parkfill"), color, softly))

    def marks(self, fill: Fill, polygon: Any, px: float) -> list[tuple[str, Any]]:
        """The pattern of a fill, cut to a polygon on paper: colour and geometry of each part.

        Patterns count from the corner of the paper, so that neighbours continue each other.
        """
        if not fill.pattern or shapely.is_empty(polygon):
            return []
        spec = self.style["patterns"][fill.pattern]
        if fill.pattern == "dots":
            return [(fill.lines[0], _dots(polygon, spec["period"] * px, spec["width"] * px))]
        if fill.pattern == "sectors":
            band = spec["band"] * px
            count = len(fill.lines) + 1
            return [
                (
                    color,
                    _stripes(polygon, band * count / _ROOT2, band / _ROOT2, k * band / _ROOT2, -1),
                )
                for k, color in enumerate(fill.lines, 1)
            ]
        step = spec["period"] * px / _ROOT2
        return [(fill.lines[0], _stripes(polygon, step, spec["width"] * px, 0, spec["slope"]))]


def mixed(ground: str, color: str, share: float) -> str:
    """A colour laid on a ground with an opacity, as a flat colour."""
    a, b = (np.array([int(one[k : k + 2], 16) for k in (1, 3, 5)]) for one in (ground, color))
    return "#" + "".join(f"{round(v):02X}" for v in a + (b - a) * share)


def _stripes(polygon: Any, period: float, width: float, at: float, slope: int) -> Any:
    """Stripes at 45 degrees, so far apart and so wide, in mm; ``slope`` -1 rises to the right."""
    west, north, east, south = shapely.bounds(polygon)
    # Along the axis across the stripes: (x - slope * y) / √2 with y down.
    corners = [(x - slope * y) / _ROOT2 for x in (west, east) for y in (north, south)]
    first, last = np.floor((min(corners) - width - at) / period), np.ceil(max(corners) / period)
    across = at + np.arange(first, last + 1) * period
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
