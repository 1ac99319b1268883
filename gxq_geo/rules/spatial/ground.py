"""Ground that is shared, left out or stuck out: cut once for all rules, measured in metres."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.rules.common import Place, once, place_in, to_metric
from gxq_geo.rules.spatial.hosts import Shapes, astray, held, placed, zone_outline
from gxq_geo.rules.spatial.outlines import blamed
from gxq_geo.rules.spatial.placing import Mask
from gxq_geo.rules.spatial.shifted import shifted
from gxq_geo.schemas.display import M2_PER_MU
from gxq_geo.words.issues import Severity
from gxq_geo.zone import Zone

# The layers of which no two records share ground.
TILED = ("parks", "sites", "zoning")
# A share of a site that is as good as nothing.
_TRACE = 1e-3


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of ground: the rows at fault, its shape in degrees, area in m², mean width in m."""

    row: int
    other: int
    shape: shapely.Geometry
    area_m2: float
    width_m: float
    sliver: bool

    @property
    def place(self) -> Place:
        """A point in it: in its largest part."""
        parts = shapely.get_parts(self.shape)
        return place_in(parts[int(np.argmax(shapely.area(parts)))])

    @property
    def measures(self) -> dict[str, float]:
        """Its measures, as words name them."""
        area = {"area_m2": self.area_m2, "area_mu": self.area_m2 / M2_PER_MU}
        return {**area, "width_m": self.width_m}


def pieces(
    zone: Zone, rows: Sequence[int], others: Sequence[int], shapes: Shapes
) -> Iterator[Piece]:
    """What is more than touching; what is narrower than the tolerance is a sliver."""
    limits = zone.settings.limits
    metric = to_metric(zone, shapes)
    area, width = _measured(metric)
    # Hair along a shared edge, from rounding, would make a broad piece narrow on the mean.
    thin = np.flatnonzero((area > limits.overlap_m2) & (width < limits.sliver_m))
    combed = shapely.buffer(
        shapely.buffer(metric[thin], -limits.touch_m / 2, join_style="mitre"),
        limits.touch_m / 2,
        join_style="mitre",
    )
    area[thin], width[thin] = _measured(combed)
    for at in np.flatnonzero((area > limits.overlap_m2) & (width > limits.touch_m)).tolist():
        sizes = float(area[at]), float(width[at])
        narrow = sizes[1] < limits.sliver_m
        yield Piece(int(rows[at]), int(others[at]), shapes[at], *sizes, sliver=narrow)


def _measured(shapes: Shapes) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Areas and mean widths."""
    area, edge = shapely.area(shapes), shapely.length(shapes)
    with np.errstate(invalid="ignore", divide="ignore"):
        return area, np.where(edge > 0, 2 * area / edge, 0)


@once
def sound(zone: Zone, name: str) -> Mask:
    """Which records of a layer can be compared with others: those that no rule has told of."""
    return np.asarray(placed(zone, name) & ~blamed(zone, name) & ~astray(zone, name))


@once
def overlaps(zone: Zone, name: str) -> tuple[Piece, ...]:
    """Ground that two records of a layer share, told of the later one.

    Pairs that only touch are dropped before anything is cut: in a tiling they are the many.
    """
    rows = np.flatnonzero(sound(zone, name))
    shapes = zone.frame(name).geometry.to_numpy()[rows]
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    apart = shapely.touches(shapes[left], shapes[right])
    left, right = left[~apart], right[~apart]
    shared = shapely.intersection(shapes[left], shapes[right])
    return tuple(pieces(zone, rows[right], rows[left], shared))


@once
def overhangs(zone: Zone, child: str, host: str, field: str) -> tuple[Piece, ...]:
    """Ground of records outside the ground that they name; ``other`` is the holder's row."""
    pair = held(zone, child, host, field)
    if {child, host} & shifted(zone).keys():
        return ()
    good = sound(zone, child)[pair.rows] & sound(zone, host)[pair.host_rows]
    at = np.flatnonzero(pair.out & good & (shapely.get_dimensions(pair.shapes) == 2))
    outer = shapely.difference(pair.shapes[at], pair.hosts[at])
    return tuple(pieces(zone, pair.rows[at].tolist(), pair.host_rows[at].tolist(), outer))


@once
def points_outside(zone: Zone, child: str, host: str, field: str) -> tuple[Piece, ...]:
    """Points outside the ground that they name, beyond the width that counts as touching."""
    pair = held(zone, child, host, field)
    if {child, host} & shifted(zone).keys():
        return ()
    good = sound(zone, child)[pair.rows] & sound(zone, host)[pair.host_rows]
    at = np.flatnonzero(pair.out & good & (shapely.get_dimensions(pair.shapes) == 0))
    away = shapely.distance(to_metric(zone, pair.shapes[at]), to_metric(zone, pair.hosts[at]))
    at = at[away > zone.settings.limits.sliver_m]
    rows, others = pair.rows[at].tolist(), pair.host_rows[at].tolist()
    return tuple(
        Piece(row, other, shape, 0.0, 0.0, sliver=False)
        for row, other, shape in zip(rows, others, pair.shapes[at], strict=True)
    )


@dataclass(frozen=True, slots=True)
class Stray:
    """A site's ground outside its park, and the park in which most of that lies, if any."""

    outside: Piece
    park: int | None = None
    shared: Piece | None = None


@once
def strays(zone: Zone) -> tuple[Stray, ...]:
    """The sites that are not wholly in their parks; those wholly in another share no piece."""
    found = [p for p in overhangs(zone, "sites", "parks", "park_id") if not p.sliver]
    if not found:
        return ()
    sites, parks = (zone.frame(name).geometry.to_numpy() for name in ("sites", "parks"))
    rows = np.flatnonzero(sound(zone, "parks"))
    outside = np.array([piece.shape for piece in found], dtype=object)
    of, at = shapely.STRtree(parks[rows]).query(outside, predicate="intersects")
    cut = shapely.intersection(outside[of], parks[rows[at]])
    best: dict[int, Piece] = {}
    for shared in pieces(zone, of.tolist(), rows[at].tolist(), cut):
        if shared.row not in best or shared.area_m2 > best[shared.row].area_m2:
            best[shared.row] = shared
    return tuple(
        Stray(piece, best[i].other, _partly(sites[piece.row], piece, best[i]))
        if i in best and not best[i].sliver
        else Stray(piece)
        for i, piece in enumerate(found)
    )


def _partly(site: shapely.Geometry, outside: Piece, shared: Piece) -> Piece | None:
    """The piece in another park, where a part of the site is in its own."""
    wholly = shapely.area(outside.shape) > (1 - _TRACE) * shapely.area(site)
    return None if wholly else shared


@once
def gaps(zone: Zone) -> tuple[Piece, ...]:
    """Ground of a park, zoned for the most part, on which no block lies; told of the park.

    Where a block is at fault itself, the ground that it should cover is not told again.
    """
    layer, good = zone.layers["zoning"], sound(zone, "zoning")
    broken = any(issue.severity is Severity.ERROR for issue in layer.issues)
    if broken or not good.any() or {"zoning", "parks"} & shifted(zone).keys():
        return ()
    unsure = set(layer.frame["park_id"][~good])
    blocks = layer.frame.geometry.to_numpy()[good]
    tree, parks = shapely.STRtree(blocks), zone.frame("parks")
    beyond = {piece.row for piece in overhangs(zone, "parks", "zone_frame", "")}
    found: list[Piece] = []
    for row in np.flatnonzero(sound(zone, "parks")).tolist():
        if parks["park_id"].iloc[row] in unsure:
            continue
        park = parks.geometry.iloc[row]
        if row in beyond:  # Of ground outside the zone, `park-outside-zone` tells.
            park = shapely.intersection(park, zone_outline(zone))
        rest = _unzoned(park, blocks[tree.query(park, predicate="intersects")], zone)
        found += pieces(zone, [row] * len(rest), [row] * len(rest), rest)
    return tuple(found)


def _unzoned(park: shapely.Geometry, blocks: Shapes, zone: Zone) -> Shapes:
    """The parts of a park without a block; none where so much is without that it is not zoned."""
    least = zone.settings.limits.zoned_pct / 100 * shapely.area(park)
    if shapely.area(blocks).sum() < least:
        return np.empty(0, dtype=object)
    parts = shapely.get_parts(shapely.difference(park, _union(blocks)))
    parts = parts[shapely.get_dimensions(parts) == 2]
    enough = shapely.area(park) - shapely.area(parts).sum() >= least
    return np.asarray(parts if enough else parts[:0], dtype=np.object_)


def _union(shapes: Shapes) -> shapely.Geometry:
    """The union: where edges match, by far the faster way."""
    if shapely.coverage_is_valid(shapes):
        return shapely.coverage_union_all(shapes)
    return shapely.union_all(shapes)
