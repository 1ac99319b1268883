"""Whether a layer is in GCJ-02 or BD-09 while those that should hold it are not.

The evidence: records that stick out of the ground that they name, and fit it, all of them, once
the layer is brought back to WGS 84; no other shift of that length does so. Nothing is ever moved.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.rules.common import Place, once, place_in, to_metric
from gxq_geo.rules.spatial.hosts import PAIRS, Held, Shapes, held
from gxq_geo.zone import Zone
from gxq_geo.zone.datum import bd09_to_gcj02, gcj02_to_wgs84

Degrees = npt.NDArray[np.float64]
Move = Callable[[Degrees], Degrees]

# A record sticks out when more than this share of it is outside.
_SHARE = 0.02
# At least so many must, and so large a part of all; so large a part of those may be left.
_FEWEST, _PART, _LEFT = 3, 0.05, 0.1
# Where the formulas of GCJ-02 mean anything: mainland China's box.
_CHINA = (72.0, 0.8, 137.9, 55.9)


@dataclass(frozen=True, slots=True)
class Shift:
    """Why one layer seems to be in another datum.

    Parameters
    ----------
    datum
        GCJ-02 or BD-09.
    against
        The layer that it does not fit.
    place
        Where a record sticks out.
    shift_m, east_m, north_m
        Median length of the shift, and its parts, in metres.
    misfits, left, records
        How many records stick out; how many would when brought back; of how many.
    """

    datum: str
    against: str
    place: Place
    shift_m: float
    east_m: float
    north_m: float
    misfits: int
    left: int
    records: int


def _from_gcj02(at: Degrees) -> Degrees:
    return np.column_stack(gcj02_to_wgs84(at[:, 0], at[:, 1]))


def _from_bd09(at: Degrees) -> Degrees:
    return np.column_stack(gcj02_to_wgs84(*bd09_to_gcj02(at[:, 0], at[:, 1])))


DATUMS: tuple[tuple[str, Move], ...] = (("GCJ-02", _from_gcj02), ("BD-09", _from_bd09))


def _turned(move: Move, quarters: int) -> Move:
    """A shift of the same length in another direction."""
    turn = 1j**quarters

    def moved(at: Degrees) -> Degrees:
        narrow = np.cos(np.radians(at[:, 1]))
        by = move(at) - at
        turned = (by[:, 0] * narrow + 1j * by[:, 1]) * turn
        return at + np.column_stack([turned.real / narrow, turned.imag])

    return moved


@once
def shifted(zone: Zone) -> dict[str, Shift]:
    """The layers that seem to be in another datum, and why: the strongest evidence for each."""
    found: dict[str, Shift] = {}
    for child, host, field in PAIRS:
        pair = held(zone, child, host, field)
        outside = np.flatnonzero(pair.out)
        if len(outside) < max(_FEWEST, _PART * len(pair.rows)) or not _in_china(pair):
            continue
        for name, of_child in ((child, True), (host, False)):
            against = host if of_child else child
            others = () if of_child else _held_by(zone, host, besides=child)
            for shift in _evidence(zone, pair, of_child, against, others):
                if name not in found or shift.misfits > found[name].misfits:
                    found[name] = shift
    return found


def _in_china(pair: Held) -> bool:
    west, south, east, north = shapely.total_bounds(pair.shapes)
    return bool(
        west >= _CHINA[0] and south >= _CHINA[1] and east <= _CHINA[2] and north <= _CHINA[3]
    )


def _held_by(zone: Zone, host: str, *, besides: str) -> tuple[Held, ...]:
    """The other layers that lie in a layer: were it shifted, none of them would fit it."""
    return tuple(
        held(zone, child, host, field)
        for child, holder, field in PAIRS
        if holder == host and child != besides
    )


def _evidence(
    zone: Zone, pair: Held, of_child: bool, against: str, witnesses: tuple[Held, ...]
) -> Iterator[Shift]:
    """The better of the two datums, where it explains the misfit and other shifts do not."""
    before = _outside(pair.shapes, pair.hosts) > _SHARE
    count = int(before.sum())
    if count < max(_FEWEST, _PART * len(before)):
        return
    shares = [_after(pair, of_child, move) for _, move in DATUMS]
    best = int(np.argmin([share.sum() for share in shares]))
    datum, move = DATUMS[best]
    left = int((shares[best] > _SHARE).sum())
    if left > _LEFT * count or any(_breaks(one, move) for one in witnesses):
        return
    others = (_after(pair, of_child, _turned(move, quarters)) for quarters in (1, 2, 3))
    if any((share > _SHARE).sum() <= count / 2 for share in others):
        return
    movers = (
        pair.shapes if of_child else pair.hosts[np.unique(pair.host_rows, return_index=True)[1]]
    )
    points = shapely.centroid(movers)
    back = shapely.transform(points, move)
    by = np.median(_xy(zone, points) - _xy(zone, back), axis=0)
    yield Shift(
        datum=datum,
        against=against,
        place=place_in(pair.shapes[int(np.argmax(before))]),
        shift_m=float(np.hypot(*by)),
        east_m=float(by[0]),
        north_m=float(by[1]),
        misfits=count,
        left=left,
        records=len(before),
    )


def _breaks(pair: Held, move: Move) -> bool:
    """Whether a layer fits its holder less well once the holder has been moved."""
    if not len(pair.rows):
        return False
    before = int((_outside(pair.shapes, pair.hosts) > _SHARE).sum())
    return int((_after(pair, False, move) > _SHARE).sum()) > max(before, _FEWEST)


def _xy(zone: Zone, points: Shapes) -> Degrees:
    return np.asarray(shapely.get_coordinates(to_metric(zone, points)))


def _after(pair: Held, of_child: bool, move: Move) -> Degrees:
    """Which share of each record is outside once one of the two layers has been moved."""
    if of_child:
        return _outside(shapely.transform(pair.shapes, move), pair.hosts)
    _, first, at = np.unique(pair.host_rows, return_index=True, return_inverse=True)
    return _outside(pair.shapes, shapely.transform(pair.hosts[first], move)[at])


def _outside(shapes: Shapes, hosts: Shapes) -> Degrees:
    """Which share of each shape lies outside its host; all of a point or none."""
    shapely.prepare(hosts)
    out = np.where(shapely.covers(hosts, shapes), 0.0, 1.0)
    cut = np.flatnonzero((out > 0) & (shapely.area(shapes) > 0))
    inside = shapely.area(shapely.intersection(shapes[cut], hosts[cut]))
    out[cut] = 1 - inside / shapely.area(shapes[cut])
    return out
