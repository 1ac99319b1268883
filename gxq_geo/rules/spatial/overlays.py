"""Overlays of layers: overlaps, parts outside their host, and gaps, measured in metres."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.rules.common import Place, once_per_zone, place_in, to_metric
from gxq_geo.rules.spatial.containment import (
    Shapes,
    hosted,
    is_outside_zone,
    is_usable,
    zone_outline,
)
from gxq_geo.rules.spatial.datum_shift import datum_shifts
from gxq_geo.rules.spatial.outlines import already_reported
from gxq_geo.rules.spatial.placement import Mask
from gxq_geo.schemas.display import M2_PER_MU
from gxq_geo.words.issues import Severity
from gxq_geo.zone import Zone

# The layers whose records must not overlap each other.
NON_OVERLAPPING = ("parks", "sites", "zoning")
# A site with less than this share of its area in its park counts as wholly outside.
_TRACE = 1e-3


@dataclass(frozen=True, slots=True)
class Piece:
    """A polygon that an overlay yields.

    Parameters
    ----------
    row, other
        The row at fault, and the row that it overlaps or should lie in.
    shape
        The polygon, in degrees.
    area_m2, width_m
        Its area and its mean width.
    sliver
        Whether it is narrower than the zone's limit for slivers.
    """

    row: int
    other: int
    shape: shapely.Geometry
    area_m2: float
    width_m: float
    sliver: bool

    @property
    def place(self) -> Place:
        """A point in its largest part."""
        parts = shapely.get_parts(self.shape)
        return place_in(parts[int(np.argmax(shapely.area(parts)))])

    @property
    def measures(self) -> dict[str, float]:
        """Its measures as parameters of an issue."""
        area = {"area_m2": self.area_m2, "area_mu": self.area_m2 / M2_PER_MU}
        return {**area, "width_m": self.width_m}


def significant_pieces(
    zone: Zone, rows: Sequence[int], others: Sequence[int], shapes: Shapes
) -> Iterator[Piece]:
    """Yield the polygons whose area and width exceed the zone's tolerances."""
    limits = zone.settings.limits
    metric = to_metric(zone, shapes)
    area, width = _area_and_mean_width(metric)
    # Rounding leaves hairlines along shared edges; they lower the mean width of a wide piece.
    thin = np.flatnonzero((area > limits.overlap_m2) & (width < limits.sliver_m))
    opened = shapely.buffer(
        shapely.buffer(metric[thin], -limits.touch_m / 2, join_style="mitre"),
        limits.touch_m / 2,
        join_style="mitre",
    )
    area[thin], width[thin] = _area_and_mean_width(opened)
    for at in np.flatnonzero((area > limits.overlap_m2) & (width > limits.touch_m)).tolist():
        measures = float(area[at]), float(width[at])
        sliver = measures[1] < limits.sliver_m
        yield Piece(int(rows[at]), int(others[at]), shapes[at], *measures, sliver=sliver)


def _area_and_mean_width(
    shapes: Shapes,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    area, perimeter = shapely.area(shapes), shapely.length(shapes)
    with np.errstate(invalid="ignore", divide="ignore"):
        return area, np.where(perimeter > 0, 2 * area / perimeter, 0)


@once_per_zone
def is_comparable(zone: Zone, name: str) -> Mask:
    """Return which records have a usable geometry without a reported fault."""
    usable, outside = is_usable(zone, name), is_outside_zone(zone, name)
    return np.asarray(usable & ~already_reported(zone, name) & ~outside)


@once_per_zone
def overlaps(zone: Zone, name: str) -> tuple[Piece, ...]:
    """Return the overlaps between records of a layer; ``row`` is the later record.

    Pairs that only touch are dropped before the intersections are computed: most pairs of adjacent
    polygons do.
    """
    rows = np.flatnonzero(is_comparable(zone, name))
    shapes = zone.frame(name).geometry.to_numpy()[rows]
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    overlapping = ~shapely.touches(shapes[left], shapes[right])
    left, right = left[overlapping], right[overlapping]
    shared = shapely.intersection(shapes[left], shapes[right])
    return tuple(significant_pieces(zone, rows[right], rows[left], shared))


@once_per_zone
def parts_outside_host(zone: Zone, child: str, host: str, field: str) -> tuple[Piece, ...]:
    """Return the parts of polygons outside the host that they name; ``other`` is its row."""
    pairs = hosted(zone, child, host, field)
    if {child, host} & datum_shifts(zone).keys():
        return ()
    good = is_comparable(zone, child)[pairs.rows] & is_comparable(zone, host)[pairs.host_rows]
    at = np.flatnonzero(pairs.sticks_out & good & (shapely.get_dimensions(pairs.shapes) == 2))
    outside = shapely.difference(pairs.shapes[at], pairs.hosts[at])
    rows, host_rows = pairs.rows[at].tolist(), pairs.host_rows[at].tolist()
    return tuple(significant_pieces(zone, rows, host_rows, outside))


@once_per_zone
def points_outside_host(zone: Zone, child: str, host: str, field: str) -> tuple[Piece, ...]:
    """Return the points farther from the host that they name than the width of a sliver."""
    pairs = hosted(zone, child, host, field)
    if {child, host} & datum_shifts(zone).keys():
        return ()
    good = is_comparable(zone, child)[pairs.rows] & is_comparable(zone, host)[pairs.host_rows]
    at = np.flatnonzero(pairs.sticks_out & good & (shapely.get_dimensions(pairs.shapes) == 0))
    distance_m = shapely.distance(
        to_metric(zone, pairs.shapes[at]), to_metric(zone, pairs.hosts[at])
    )
    at = at[distance_m > zone.settings.limits.sliver_m]
    rows, others = pairs.rows[at].tolist(), pairs.host_rows[at].tolist()
    return tuple(
        Piece(row, other, shape, 0.0, 0.0, sliver=False)
        for row, other, shape in zip(rows, others, pairs.shapes[at], strict=True)
    )


@dataclass(frozen=True, slots=True)
class MisplacedSite:
    """A site that is not wholly in the park that it names.

    Parameters
    ----------
    outside
        The part outside its park.
    park
        The row of the park in which most of that part lies; None where it lies in none.
    shared
        The part in that other park; None where the whole site is outside its own.
    """

    outside: Piece
    park: int | None = None
    shared: Piece | None = None


@once_per_zone
def misplaced_sites(zone: Zone) -> tuple[MisplacedSite, ...]:
    """Return the sites that are not wholly in the parks that they name."""
    found = [p for p in parts_outside_host(zone, "sites", "parks", "park_id") if not p.sliver]
    if not found:
        return ()
    sites, parks = (zone.frame(name).geometry.to_numpy() for name in ("sites", "parks"))
    rows = np.flatnonzero(is_comparable(zone, "parks"))
    outside = np.array([piece.shape for piece in found], dtype=object)
    index, park = shapely.STRtree(parks[rows]).query(outside, predicate="intersects")
    cut = shapely.intersection(outside[index], parks[rows[park]])
    largest: dict[int, Piece] = {}
    for shared in significant_pieces(zone, index.tolist(), rows[park].tolist(), cut):
        if shared.row not in largest or shared.area_m2 > largest[shared.row].area_m2:
            largest[shared.row] = shared
    return tuple(
        MisplacedSite(piece, largest[i].other, _if_partly(sites[piece.row], piece, largest[i]))
        if i in largest and not largest[i].sliver
        else MisplacedSite(piece)
        for i, piece in enumerate(found)
    )


def _if_partly(site: shapely.Geometry, outside: Piece, shared: Piece) -> Piece | None:
    """Return the part in another park, unless the whole site is outside its own."""
    wholly = shapely.area(outside.shape) > (1 - _TRACE) * shapely.area(site)
    return None if wholly else shared


@once_per_zone
def gaps(zone: Zone) -> tuple[Piece, ...]:
    """Return the gaps between the zoning blocks of parks that are mostly zoned; ``row`` is a park.

    Parks with a faulty block are left out, since that block may fill the gap.
    """
    layer, good = zone.layers["zoning"], is_comparable(zone, "zoning")
    unread = any(issue.severity is Severity.ERROR for issue in layer.issues)
    if unread or not good.any() or {"zoning", "parks"} & datum_shifts(zone).keys():
        return ()
    with_faulty_block = set(layer.frame["park_id"][~good])
    blocks = layer.frame.geometry.to_numpy()[good]
    tree, parks = shapely.STRtree(blocks), zone.frame("parks")
    beyond_frame = {piece.row for piece in parts_outside_host(zone, "parks", "zone_frame", "")}
    found: list[Piece] = []
    for row in np.flatnonzero(is_comparable(zone, "parks")).tolist():
        if parks["park_id"].iloc[row] in with_faulty_block:
            continue
        park = parks.geometry.iloc[row]
        if row in beyond_frame:  # `park-outside-zone` reports the part outside the frame.
            park = shapely.intersection(park, zone_outline(zone))
        rest = _unzoned(park, blocks[tree.query(park, predicate="intersects")], zone)
        found += significant_pieces(zone, [row] * len(rest), [row] * len(rest), rest)
    return tuple(found)


def _unzoned(park: shapely.Geometry, blocks: Shapes, zone: Zone) -> Shapes:
    """Return the parts of a park without a block; none where the park is not mostly zoned."""
    least = zone.settings.limits.zoned_pct / 100 * shapely.area(park)
    if shapely.area(blocks).sum() < least:
        return np.empty(0, dtype=object)
    parts = shapely.get_parts(shapely.difference(park, _union(blocks)))
    parts = parts[shapely.get_dimensions(parts) == 2]
    zoned = shapely.area(park) - shapely.area(parts).sum() >= least
    return np.asarray(parts if zoned else parts[:0], dtype=np.object_)


def _union(shapes: Shapes) -> shapely.Geometry:
    """Return the union; the faster coverage union where the shapes are a valid coverage."""
    if shapely.coverage_is_valid(shapes):
        return shapely.coverage_union_all(shapes)
    return shapely.union_all(shapes)
