"""What differs between two states of a zone: records added, removed, renamed, redrawn, rewritten.

Records are paired by their id. In what order a file holds them, or the items of a list, and how it
writes a number, a date or a ring, is no difference.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from gxq_geo.schemas import schema
from gxq_geo.versions import pairing
from gxq_geo.versions.geometry import Redrawing, redrawings
from gxq_geo.versions.pairing import Evidence
from gxq_geo.versions.state import Rows, State, unlike
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer
from gxq_geo.zone.settings import Settings


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that says something else.

    Parameters
    ----------
    name
        The field.
    old, new
        What it said, and says, as JSON holds it; None where it says nothing. What does not fit the
        field is the text that the file holds.
    """

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Change:
    """A record that is not what it was.

    Parameters
    ----------
    layer
        Its layer.
    old_id, new_id
        Its id before and now; empty where it was not, or is not, there. A record without an id has
        none.
    old_row, new_row
        Its row in the layer's frame before and now; None where it was not, or is not, there.
    fields
        What it says otherwise, in the order of the schema.
    redrawing
        How its geometry changed; None where it did not.
    renamed
        Why it is taken for the same record; None unless its id changed.
    """

    layer: str
    old_id: str
    new_id: str
    old_row: int | None
    new_row: int | None
    fields: tuple[FieldChange, ...] = ()
    redrawing: Redrawing | None = None
    renamed: Evidence | None = None

    @property
    def kind(self) -> str:
        """``added``, ``removed`` or ``changed``."""
        if self.old_row is None:
            return "added"
        return "removed" if self.new_row is None else "changed"

    @property
    def id(self) -> str:
        """Its id now, or, of what is gone, before."""
        return self.old_id if self.new_row is None else self.new_id

    def mirrored(self) -> "Change":
        """The same change the other way round."""
        return Change(
            self.layer,
            self.new_id,
            self.old_id,
            self.new_row,
            self.old_row,
            tuple(FieldChange(one.name, one.new, one.old) for one in self.fields),
            self.redrawing.mirrored() if self.redrawing else None,
            self.renamed,
        )


@dataclass(frozen=True)
class Difference:
    """What differs between two states of a zone.

    Parameters
    ----------
    old, new
        The two states.
    changes
        By layer in the order of the schema, and by id.
    settings
        Which settings of ``zone.toml`` are others.
    """

    old: Zone = field(repr=False, compare=False)
    new: Zone = field(repr=False, compare=False)
    changes: tuple[Change, ...] = ()
    settings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.changes or self.settings)

    def by_layer(self) -> dict[str, tuple[Change, ...]]:
        """The changes of each layer that has any."""
        out = defaultdict(list)
        for change in self.changes:
            out[change.layer].append(change)
        return {name: tuple(some) for name, some in out.items()}

    @cached_property
    def counts(self) -> pd.DataFrame:
        """How many records of each layer were added, removed, changed …

        Columns ``layer``, ``added``, ``removed``, ``changed``, and of the latter ``renamed`` (their
        id), ``redrawn`` (their geometry) and ``rewritten`` (some field).
        """
        rows = [(name, *_counted(some)) for name, some in self.by_layer().items()]
        names = ["layer", "added", "removed", "changed", "renamed", "redrawn", "rewritten"]
        return pd.DataFrame(rows, columns=names)

    def frame(self) -> pd.DataFrame:
        """A row for each field, geometry or id that changed, and for each record added or removed.

        Columns ``layer``, ``id``, ``kind`` (``added``, ``removed``, ``renamed``, a kind of
        `Redrawing`, or ``rewritten``), ``field``, ``old``, ``new`` (as JSON holds them),
        ``moved_m`` and ``differs_m2``.
        """
        rows = [row for change in self.changes for row in _rows(change)]
        names = ["layer", "id", "kind", "field", "old", "new", "moved_m", "differs_m2"]
        frame = pd.DataFrame(rows, columns=names, dtype=object)
        return frame.astype({"moved_m": "float64", "differs_m2": "float64"})


def diff(old: Zone, new: Zone) -> Difference:
    """What differs between two states of a zone.

    Geometries are measured in the new one's ``measure_crs``, in metres and m². Fields that the
    schema does not know are not compared.
    """
    crs = new.settings.measure_crs
    every = (_of(old.layers[name], new.layers[name], crs) for name in schema().layers)
    changes = tuple(chain.from_iterable(every))
    return Difference(old, new, changes, _settings(old.settings, new.settings))


def diff_layers(old: Layer, new: Layer, crs: str) -> tuple[Change, ...]:
    """What differs between two states of one layer; `diff` does so for each.

    Parameters
    ----------
    crs
        The metric CRS in which geometries are measured.
    """
    return tuple(_of(old, new, crs))


def _settings(old: Settings, new: Settings) -> tuple[str, ...]:
    names = (one.name for one in fields(Settings))
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


def _counted(some: Sequence[Change]) -> tuple[int, ...]:
    kinds = [one.kind for one in some]
    return (
        *(kinds.count(kind) for kind in ("added", "removed", "changed")),
        sum(one.renamed is not None for one in some),
        sum(one.redrawing is not None for one in some),
        sum(bool(one.fields) for one in some),
    )


def _rows(change: Change) -> Iterator[tuple[Any, ...]]:
    head = (change.layer, change.id)
    if change.kind != "changed":
        yield (*head, change.kind, None, change.old_id or None, change.new_id or None, None, None)
    if change.renamed:
        of = schema().layers[change.layer].id
        yield (*head, "renamed", of, change.old_id, change.new_id, None, None)
    if change.redrawing:
        how = change.redrawing
        yield (*head, how.kind, "geometry", None, None, how.moved_m, how.differs_m2)
    for one in change.fields:
        yield (*head, "rewritten", one.name, one.old, one.new, None, None)


# ------------------------------------------------------------------ one layer


def _of(before: Layer, now: Layer, crs: str) -> Iterator[Change]:
    if before is now or (before.fingerprint and before.fingerprint == now.fingerprint):
        return
    old, new = State(before), State(now)
    same = pairing.by_id(old, new)
    left = pairing.left(same[0], len(old.frame)), pairing.left(same[1], len(new.frame))
    others = pairing.renamed(old, new, *left)
    kept = {pair[0] for pair in others}, {pair[1] for pair in others}
    gone = [row for row in left[0].tolist() if row not in kept[0]]
    come = [row for row in left[1].tolist() if row not in kept[1]]
    name = old.schema.name
    found = [
        *_changed(old, new, same, crs=crs),
        *_renamed(old, new, others, crs=crs),
        *(Change(name, str(old.ids.iloc[row]), "", row, None) for row in gone),
        *(Change(name, "", str(new.ids.iloc[row]), None, row) for row in come),
    ]
    yield from sorted(found, key=lambda one: (one.id, one.kind, one.old_id))


def _changed(old: State, new: State, rows: tuple[Rows, Rows], *, crs: str) -> Iterator[Change]:
    said, drawn = _rewritten(old, new, rows), _redrawn(old, new, rows, crs)
    for k in sorted({*said, *drawn}):
        before, now = int(rows[0][k]), int(rows[1][k])
        ids = str(old.ids.iloc[before]), str(new.ids.iloc[now])
        yield Change(old.schema.name, *ids, before, now, tuple(said.get(k, ())), drawn.get(k))


def _renamed(
    old: State, new: State, pairs: Mapping[tuple[int, int], Evidence], *, crs: str
) -> Iterator[Change]:
    rows = tuple(np.array(some, dtype=np.intp) for some in zip(*pairs, strict=True))
    if len(rows) != 2:
        return
    said, drawn = _rewritten(old, new, rows), _redrawn(old, new, rows, crs)
    for k, ((before, now), why) in enumerate(pairs.items()):
        ids = str(old.ids.iloc[before]), str(new.ids.iloc[now])
        changes = tuple(said.get(k, ())), drawn.get(k)
        yield Change(old.schema.name, *ids, before, now, *changes, renamed=why)


def _rewritten(old: State, new: State, rows: tuple[Rows, Rows]) -> Mapping[int, list[FieldChange]]:
    """What each pair of rows says otherwise, by its place."""
    out: dict[int, list[FieldChange]] = defaultdict(list)
    for of in (of for of in old.schema.fields.values() if of.name != old.schema.id):
        places = np.flatnonzero(unlike(of, old, new, rows=rows))
        if places.size:
            before, now = old.values(of, rows[0][places]), new.values(of, rows[1][places])
            for place, *pair in zip(places.tolist(), before, now, strict=True):
                out[place].append(FieldChange(of.name, *pair))
    return out


def _redrawn(old: State, new: State, rows: tuple[Rows, Rows], crs: str) -> Mapping[int, Redrawing]:
    if old.schema.is_table:
        return {}
    return redrawings(old.shapes(rows[0]), new.shapes(rows[1]), crs)
