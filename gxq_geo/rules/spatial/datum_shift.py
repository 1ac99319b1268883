"""Detect a layer in GCJ-02 or BD-09 among layers in WGS 84.

The evidence: records lie outside the hosts that they name; nearly all lie inside once the layer is
converted to WGS 84; and no other shift of the same length has that effect. No layer is changed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.rules.common import Place, once_per_zone, place_in, to_metric
from gxq_geo.rules.spatial.containment import HOST_PAIRS, Hosted, Shapes, hosted
from gxq_geo.zone import Zone
from gxq_geo.zone.datum import bd09_to_gcj02, gcj02_to_wgs84

Degrees = npt.NDArray[np.float64]
Move = Callable[[Degrees], Degrees]

# A record sticks out where more than this share of its area is outside its host.
_SHARE = 0.02
# The least number and share of records that stick out, and the share of those that may remain.
_LEAST_COUNT, _LEAST_SHARE, _MOST_REMAINING = 3, 0.05, 0.1
# From this number of records on that stick out, and do not once converted, no doubt is left.
_OVERWHELMING = 10
# The bounds of mainland China, where GCJ-02 is defined, in degrees.
_CHINA = (72.0, 0.8, 137.9, 55.9)


@dataclass(frozen=True, slots=True)
class DatumShift:
    """The evidence that a layer is in another datum.

    Parameters
    ----------
    datum
        GCJ-02 or BD-09.
    against
        The layer that it does not fit.
    place
        A point in a record that sticks out.
    shift_m, east_m, north_m
        Length of the median shift and its components, in metres.
    misfits, remaining, records
        The number of records that stick out, of those that still do after the conversion, and of
        all records.
    """

    datum: str
    against: str
    place: Place
    shift_m: float
    east_m: float
    north_m: float
    misfits: int
    remaining: int
    records: int

    @property
    def is_overwhelming(self) -> bool:
        """Whether many records stick out, and none after the conversion."""
        return self.misfits >= _OVERWHELMING and self.remaining == 0


def _from_gcj02(lon_lat: Degrees) -> Degrees:
    return np.column_stack(gcj02_to_wgs84(lon_lat[:, 0], lon_lat[:, 1]))


def _from_bd09(lon_lat: Degrees) -> Degrees:
    return np.column_stack(gcj02_to_wgs84(*bd09_to_gcj02(lon_lat[:, 0], lon_lat[:, 1])))


DATUMS: tuple[tuple[str, Move], ...] = (("GCJ-02", _from_gcj02), ("BD-09", _from_bd09))


def _rotated(move: Move, quarters: int) -> Move:
    """Return a shift of the same length, rotated by quarter turns."""
    turn = 1j**quarters

    def rotated(lon_lat: Degrees) -> Degrees:
        scale = np.cos(np.radians(lon_lat[:, 1]))
        by = move(lon_lat) - lon_lat
        turned = (by[:, 0] * scale + 1j * by[:, 1]) * turn
        return lon_lat + np.column_stack([turned.real / scale, turned.imag])

    return rotated


@once_per_zone
def datum_shifts(zone: Zone) -> dict[str, DatumShift]:
    """Return the layers that seem to be in another datum, each with its strongest evidence."""
    found: dict[str, DatumShift] = {}
    for child, host, field in HOST_PAIRS:
        pairs = hosted(zone, child, host, field)
        outside = np.flatnonzero(pairs.sticks_out)
        if len(outside) < max(_LEAST_COUNT, _LEAST_SHARE * len(pairs.rows)):
            continue
        if not _in_china(pairs):
            continue
        for name, move_child in ((child, True), (host, False)):
            against = host if move_child else child
            others = () if move_child else _other_hosted(zone, host, besides=child)
            for shift in _evidence(zone, pairs, move_child, against, others):
                if name not in found or shift.misfits > found[name].misfits:
                    found[name] = shift
    return found


def _in_china(pairs: Hosted) -> bool:
    west, south, east, north = shapely.total_bounds(pairs.shapes)
    return bool(
        west >= _CHINA[0] and south >= _CHINA[1] and east <= _CHINA[2] and north <= _CHINA[3]
    )


def _other_hosted(zone: Zone, host: str, *, besides: str) -> tuple[Hosted, ...]:
    """Return the other layers that a layer hosts: if it were shifted, they would not fit either."""
    return tuple(
        hosted(zone, child, host, field)
        for child, layer, field in HOST_PAIRS
        if layer == host and child != besides
    )


def _evidence(
    zone: Zone, pairs: Hosted, move_child: bool, against: str, witnesses: tuple[Hosted, ...]
) -> Iterator[DatumShift]:
    """Yield the better of the two datums if it explains the misfit and no other shift does."""
    before = _share_outside(pairs.shapes, pairs.hosts) > _SHARE
    count = int(before.sum())
    if count < max(_LEAST_COUNT, _LEAST_SHARE * len(before)):
        return
    shares = [_share_outside_after(pairs, move_child, move) for _, move in DATUMS]
    best = int(np.argmin([share.sum() for share in shares]))
    datum, move = DATUMS[best]
    remaining = int((shares[best] > _SHARE).sum())
    if remaining > _MOST_REMAINING * count or any(_worsens(one, move) for one in witnesses):
        return
    others = (_share_outside_after(pairs, move_child, _rotated(move, q)) for q in (1, 2, 3))
    if any((share > _SHARE).sum() <= count / 2 for share in others):
        return
    moved = (
        pairs.shapes
        if move_child
        else pairs.hosts[np.unique(pairs.host_rows, return_index=True)[1]]
    )
    points = shapely.centroid(moved)
    converted = shapely.transform(points, move)
    shift = np.median(_xy(zone, points) - _xy(zone, converted), axis=0)
    yield DatumShift(
        datum=datum,
        against=against,
        place=place_in(pairs.shapes[int(np.argmax(before))]),
        shift_m=float(np.hypot(*shift)),
        east_m=float(shift[0]),
        north_m=float(shift[1]),
        misfits=count,
        remaining=remaining,
        records=len(before),
    )


def _worsens(pairs: Hosted, move: Move) -> bool:
    """Return whether more records stick out of their hosts after the hosts are moved."""
    if not len(pairs.rows):
        return False
    before = int((_share_outside(pairs.shapes, pairs.hosts) > _SHARE).sum())
    after = int((_share_outside_after(pairs, False, move) > _SHARE).sum())
    return after > max(before, _LEAST_COUNT)


def _xy(zone: Zone, points: Shapes) -> Degrees:
    return np.asarray(shapely.get_coordinates(to_metric(zone, points)))


def _share_outside_after(pairs: Hosted, move_child: bool, move: Move) -> Degrees:
    """Return the share of each record outside its host after one of the layers is moved."""
    if move_child:
        return _share_outside(shapely.transform(pairs.shapes, move), pairs.hosts)
    _, first, at = np.unique(pairs.host_rows, return_index=True, return_inverse=True)
    return _share_outside(pairs.shapes, shapely.transform(pairs.hosts[first], move)[at])


def _share_outside(shapes: Shapes, hosts: Shapes) -> Degrees:
    """Return the share of each shape's area outside its host; of a point, 1 or 0."""
    shapely.prepare(hosts)
    out = np.where(shapely.covers(hosts, shapes), 0.0, 1.0)
    cut = np.flatnonzero((out > 0) & (shapely.area(shapes) > 0))
    inside = shapely.area(shapely.intersection(shapes[cut], hosts[cut]))
    out[cut] = 1 - inside / shapely.area(shapes[cut])
    return out
