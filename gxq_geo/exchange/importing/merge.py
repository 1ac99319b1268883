"""Merge the records of a foreign table into a layer, field by field.

Records are matched by id, then by outline, then by name; never by their position in the file. A
field that the file does not carry stays as it is, and so does a value where the file has none.
With a base (the records as they were exported) the merge is three-way: what only one side has
changed is taken from that side, and what both have changed differently is a conflict.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import shapely

from gxq_geo.exchange.source import Geometries
from gxq_geo.formats.rfc7946 import DECIMALS
from gxq_geo.schemas import LayerSchema

Record = Mapping[str, Any]
Resolution = Literal["ask", "theirs", "ours"]

GEOMETRY = "geometry"
# Two outlines are the same parcel if their intersection is this share of their union.
_SAME_OUTLINE = 0.98
# Vertices that differ by no more than the rounding of the canonical form are equal.
_ROUNDING = 10.0**-DECIMALS


@dataclass(frozen=True)
class Records:
    """Records of a layer: their values by field, and their geometries in EPSG:4326.

    Parameters
    ----------
    rows
        The values of each record by field; None is missing.
    shapes
        A geometry or None for each record; None for a table, or a file without geometries.
    """

    rows: Sequence[Record]
    shapes: Geometries | None = None

    def shape(self, row: int) -> Any:
        """The geometry of a record, or None."""
        return None if self.shapes is None else self.shapes[row]


@dataclass(frozen=True, slots=True)
class Change:
    """A value that the merge replaces; `old` and `new` are geometries for the field `GEOMETRY`."""

    id: str
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value that both sides changed since the export, differently."""

    id: str
    field: str
    base: Any
    ours: Any
    theirs: Any


@dataclass(frozen=True)
class Merge:
    """The result of a merge, as edits of the layer's records.

    Parameters
    ----------
    edits
        By position of a record in the layer, its new values; a new geometry is under `GEOMETRY`.
    added
        By position of a record in the file, the complete record; its geometry under `GEOMETRY`.
    removed
        Positions in the layer of records that were deleted in the file since the export.
    changes, conflicts
        The edits and the conflicts, field by field.
    unchanged
        The number of records that are equal.
    only_here
        The ids of records that the file does not have, and which stay.
    kept
        The number of values that stay since the file's cell is empty.
    matched
        By position in the file, how a record without an id was matched: ``outline`` or ``name``.
    unidentified
        Positions in the file of records without an id that match no record of the layer.
    repeated
        Ids that several records of the file have, and how many are not merged: all but the first.
    """

    edits: Mapping[int, Record] = field(default_factory=dict)
    added: Mapping[int, Record] = field(default_factory=dict)
    removed: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unchanged: int = 0
    only_here: tuple[str, ...] = ()
    kept: int = 0
    matched: Mapping[int, str] = field(default_factory=dict)
    unidentified: tuple[int, ...] = ()
    repeated: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether the layer stays as it is."""
        return not (self.edits or self.added or self.removed)


def merge(
    layer: LayerSchema,
    here: Records,
    there: Records,
    *,
    base: Mapping[str, Record] | None = None,
    resolution: Resolution = "ask",
    decided: Mapping[tuple[str, str], Resolution] | None = None,
    constants: Record | None = None,
) -> Merge:
    """Merge the records of a file into those of a layer; nothing is written.

    Parameters
    ----------
    layer
        The schema of the layer.
    here, there
        The records of the layer and of the file. A field is merged if a record of the file has it.
    base
        The records as they were exported, by id; then a record that the file no longer has was
        deleted, and an emptied cell empties the value.
    resolution
        What to do with a conflict: report it, or take the value of the file or of the layer.
    decided
        The same for single conflicts, by id and field.
    constants
        Values for the records that are added or changed, where the file has none.
    """
    ids_here = {
        str(value): row
        for row, record in enumerate(here.rows)
        if (value := record.get(layer.id)) is not None
    }
    rows, matched, repeated, unidentified = _matched(layer, here, there, ids_here)
    job = _Job(here, there, base, resolution, decided or {}, constants or {})
    job.equal = _equal_shapes(here, there, rows)
    edits: dict[int, Record] = {}
    added: dict[int, Record] = {}
    for row, target in rows.items():
        if target is not None:
            job.compare(row, target, str(here.rows[target].get(layer.id) or ""), edits)
        elif job.is_new(row, str(there.rows[row].get(layer.id))):
            added[row] = job.complete(row)
    found = set(rows.values())
    absent = [identity for identity, row in ids_here.items() if row not in found]
    removed = [ids_here[i] for i in absent if base is not None and job.is_deleted(i, ids_here[i])]
    return Merge(
        edits=edits,
        added=added,
        removed=tuple(removed),
        changes=tuple(job.changes),
        conflicts=tuple(job.conflicts),
        unchanged=sum(row is not None for row in rows.values()) - len(edits),
        only_here=tuple(i for i in absent if ids_here[i] not in removed),
        kept=job.kept,
        matched=matched,
        unidentified=tuple(unidentified),
        repeated=repeated,
    )


class _Job:
    """Compares records and collects the differences."""

    def __init__(
        self,
        here: Records,
        there: Records,
        base: Mapping[str, Record] | None,
        resolution: Resolution,
        decided: Mapping[tuple[str, str], Resolution],
        constants: Record,
    ) -> None:
        self.here, self.there, self.base = here, there, base
        self.resolution, self.decided = resolution, decided
        self.constants = constants
        self.changes: list[Change] = []
        self.conflicts: list[Conflict] = []
        self.kept = 0
        # The records of the file whose geometry is that of the layer, vertex by vertex.
        self.equal: frozenset[int] = frozenset()

    def compare(self, row: int, target: int, identity: str, edits: dict[int, Record]) -> None:
        """Compare a record of the file with its record in the layer."""
        ours, theirs = self.here.rows[target], self.there.rows[row]
        before = (self.base or {}).get(identity)
        new = {}
        for name, value in theirs.items():
            if self._takes(identity, name, ours.get(name), value, before):
                new[name] = value
                self.changes.append(Change(identity, name, ours.get(name), value))
        shape, old = self.there.shape(row), self.here.shape(target)
        if shape is not None and row not in self.equal and not same_shape(old, shape):
            new[GEOMETRY] = shape
            self.changes.append(Change(identity, GEOMETRY, old, shape))
        if not new:
            return
        for name, value in self.constants.items():
            if is_missing(theirs.get(name)) and not same_value(ours.get(name), value):
                new[name] = value
                self.changes.append(Change(identity, name, ours.get(name), value))
        edits[target] = new

    def _takes(self, identity: str, name: str, ours: Any, theirs: Any, before: Any) -> bool:
        """Whether the value of the file replaces that of the layer."""
        if same_value(ours, theirs):
            return False
        if before is None or name not in before:
            self.kept += is_missing(theirs)
            return not is_missing(theirs)
        if same_value(theirs, before[name]):
            return False
        if same_value(ours, before[name]):
            return True
        return self._takes_theirs(Conflict(identity, name, before[name], ours, theirs))

    def _takes_theirs(self, conflict: Conflict) -> bool:
        """Whether a conflict is decided for the file; it is collected if it is not decided."""
        decision = self.decided.get((conflict.id, conflict.field), self.resolution)
        if decision == "ask":
            self.conflicts.append(conflict)
        return decision == "theirs"

    def complete(self, row: int) -> Record:
        """Return a new record with the constants that it lacks, and its geometry."""
        record, shape = self.there.rows[row], self.there.shape(row)
        lacking = {n: v for n, v in self.constants.items() if is_missing(record.get(n))}
        return {**record, **lacking, **({} if shape is None else {GEOMETRY: shape})}

    def is_new(self, row: int, identity: str) -> bool:
        """Whether a record of the file that the layer lacks is new, not deleted in the layer."""
        before = (self.base or {}).get(identity)
        if before is None:
            return True
        theirs = self.there.rows[row]
        if all(same_value(value, before.get(name)) for name, value in theirs.items()):
            return False
        return self._takes_theirs(Conflict(identity, "", before, None, theirs))

    def is_deleted(self, identity: str, row: int) -> bool:
        """Whether a record that the file lacks was deleted in the file since the export."""
        before = (self.base or {}).get(identity)
        if before is None:
            return False
        ours = self.here.rows[row]
        if all(same_value(ours.get(name), value) for name, value in before.items()):
            return True
        return self._takes_theirs(Conflict(identity, "", before, ours, None))


# ------------------------------------------------------------------ matching records


def _matched(
    layer: LayerSchema, here: Records, there: Records, ids_here: Mapping[str, int]
) -> tuple[dict[int, int | None], dict[int, str], dict[str, int], list[int]]:
    """Match the records of a file: the row in the layer of each, None where it is new.

    Also returned are how records without an id were matched, the ids that are repeated, and the
    records that cannot be identified.
    """
    ids = [record.get(layer.id) for record in there.rows]
    counts = Counter(str(identity) for identity in ids if identity is not None)
    rows: dict[int, int | None] = {}
    seen: set[str] = set()
    for row, identity in enumerate(ids):
        if identity is not None and str(identity) not in seen:
            seen.add(str(identity))
            rows[row] = ids_here.get(str(identity))
    free = set(range(len(here.rows))) - {row for row in rows.values() if row is not None}
    nameless = [row for row, identity in enumerate(ids) if identity is None]
    by_outline = _by_outline(here, there, nameless, free)
    by_name = _by_name(here, there, [r for r in nameless if r not in by_outline], free)
    matched = dict.fromkeys(by_outline, "outline") | dict.fromkeys(by_name, "name")
    rows |= by_outline | by_name
    repeated = {identity: count - 1 for identity, count in counts.items() if count > 1}
    return rows, matched, repeated, [row for row in nameless if row not in matched]


def _by_outline(
    here: Records, there: Records, rows: Sequence[int], free: set[int]
) -> dict[int, int | None]:
    """Match records whose polygons are nearly the same; each is used once."""
    if here.shapes is None or there.shapes is None or not rows or not free:
        return {}
    candidates = sorted(free)
    tree = shapely.STRtree(here.shapes[candidates])
    found: dict[int, int | None] = {}
    for row in rows:
        shape = there.shapes[row]
        if shape is None or shape.is_empty or not shape.is_valid:
            continue
        for at in tree.query(shape, predicate="intersects"):
            target = candidates[int(at)]
            if target in free and _share(shape, here.shapes[target]) >= _SAME_OUTLINE:
                found[row] = target
                free.discard(target)
                break
    return found


def _share(one: Any, other: Any) -> float:
    """The intersection of two polygons as a share of their union."""
    if not other.is_valid or not one.area or not other.area:
        return float(shapely.equals_exact(one, other, tolerance=_ROUNDING))
    return float(one.intersection(other).area / one.union(other).area)


def _by_name(
    here: Records, there: Records, rows: Sequence[int], free: set[int]
) -> dict[int, int | None]:
    """Match records by a name that exactly one record of each side has."""
    ours = Counter(here.rows[row].get("name_zh") for row in free)
    theirs = Counter(there.rows[row].get("name_zh") for row in rows)
    place = {here.rows[row].get("name_zh"): row for row in free}
    found: dict[int, int | None] = {}
    for row in rows:
        name = there.rows[row].get("name_zh")
        if name is not None and ours[name] == 1 and theirs[name] == 1:
            found[row] = place[name]
            free.discard(place[name])
    return found


# ------------------------------------------------------------------ equality


def is_missing(value: Any) -> bool:
    """Whether a value is missing: None, an empty text or an empty list."""
    return value is None or value == "" or (isinstance(value, list | tuple) and not value)


def same_value(one: Any, other: Any) -> bool:
    """Whether two values are equal; 1 and 1.0 are, 1 and true are not."""
    if is_missing(one) or is_missing(other):
        return is_missing(one) and is_missing(other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return list(one) == list(other)
    return bool(one == other)


def _equal_shapes(here: Records, there: Records, rows: Mapping[int, int | None]) -> frozenset[int]:
    """The matched records of a file whose geometries are equal vertex by vertex: most, and fast."""
    pairs = [(row, target) for row, target in rows.items() if target is not None]
    if here.shapes is None or there.shapes is None or not pairs:
        return frozenset()
    ours, theirs = np.array(pairs).T[::-1]
    equal = shapely.equals_exact(here.shapes[ours], there.shapes[theirs], tolerance=_ROUNDING)
    return frozenset(theirs[equal].tolist())


def same_shape(one: Any, other: Any) -> bool:
    """Whether two geometries are equal within the rounding of the canonical form.

    The order and direction of rings and their first vertices do not matter.
    """
    if one is None or other is None or one.is_empty or other.is_empty:
        return (one is None or one.is_empty) and (other is None or other.is_empty)
    if not np.allclose(one.bounds, other.bounds, rtol=0, atol=1.01 * _ROUNDING):
        return False
    # Rounded first: `normalize` orders parts and vertices by their coordinates.
    first, second = (shapely.normalize(_rounded(shape)) for shape in (one, other))
    if shapely.equals_exact(first, second, tolerance=1.01 * _ROUNDING):
        return True
    return bool(shapely.hausdorff_distance(first, second) <= 1.01 * _ROUNDING) and (
        first.geom_type == second.geom_type
    )


def _rounded(shape: Any) -> Any:
    return shapely.transform(shape, lambda positions: np.round(positions, DECIMALS))
