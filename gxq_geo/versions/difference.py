"""Compare two states of a zone: records added, removed, renamed, redrawn or rewritten.

Records are paired by id. The order of records and of list items does not matter, nor does the
notation of numbers, dates and rings.
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
from gxq_geo.versions.geometry import GeometryChange, geometry_changes
from gxq_geo.versions.pairing import Evidence
from gxq_geo.versions.state import Rows, State, differs
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer
from gxq_geo.zone.settings import Settings


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field with another value.

    Parameters
    ----------
    name
        The field.
    old, new
        The values before and now as JSON values; None where there is none. A value that is not
        valid for the field is the text in the file.
    """

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Change:
    """A record that was added, removed or changed.

    Parameters
    ----------
    layer
        Its layer.
    old_id, new_id
        Its id before and now; empty where the record does not exist, or has no id.
    old_row, new_row
        Its row in the layer's frame before and now; None where the record does not exist.
    fields
        The changed fields, in the order of the schema.
    geometry
        The change of its geometry; None where it is equal.
    renamed
        The evidence that it is the same record; None unless its id changed.
    """

    layer: str
    old_id: str
    new_id: str
    old_row: int | None
    new_row: int | None
    fields: tuple[FieldChange, ...] = ()
    geometry: GeometryChange | None = None
    renamed: Evidence | None = None

    @property
    def kind(self) -> str:
        """``added``, ``removed`` or ``changed``."""
        if self.old_row is None:
            return "added"
        return "removed" if self.new_row is None else "changed"

    @property
    def id(self) -> str:
        """Its new id, or the old one of a removed record."""
        return self.old_id if self.new_row is None else self.new_id

    def inverse(self) -> "Change":
        """Return the change from the new state to the old one."""
        return Change(
            self.layer,
            self.new_id,
            self.old_id,
            self.new_row,
            self.old_row,
            tuple(FieldChange(field.name, field.new, field.old) for field in self.fields),
            self.geometry.inverse() if self.geometry else None,
            self.renamed,
        )


@dataclass(frozen=True)
class Difference:
    """The differences between two states of a zone.

    Parameters
    ----------
    old, new
        The two states.
    changes
        The changed records, by layer in the order of the schema, and by id.
    settings
        The names of the changed settings of ``zone.toml``.
    """

    old: Zone = field(repr=False, compare=False)
    new: Zone = field(repr=False, compare=False)
    changes: tuple[Change, ...] = ()
    settings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is any difference."""
        return bool(self.changes or self.settings)

    def by_layer(self) -> dict[str, tuple[Change, ...]]:
        """Return the changes by layer, for layers with changes."""
        out = defaultdict(list)
        for change in self.changes:
            out[change.layer].append(change)
        return {name: tuple(changes) for name, changes in out.items()}

    @cached_property
    def counts(self) -> pd.DataFrame:
        """The number of records added, removed and changed in each layer.

        Columns ``layer``, ``added``, ``removed``, ``changed``; and of the changed records the
        number ``renamed`` (another id), ``redrawn`` (another geometry) and ``rewritten`` (another
        value).
        """
        rows = [(name, *_counts(changes)) for name, changes in self.by_layer().items()]
        names = ["layer", "added", "removed", "changed", "renamed", "redrawn", "rewritten"]
        return pd.DataFrame(rows, columns=names)

    def frame(self) -> pd.DataFrame:
        """Return a row for each changed field, geometry or id, and each record added or removed.

        Columns ``layer``, ``id``, ``kind`` (``added``, ``removed``, ``renamed``, a kind of
        `GeometryChange`, or ``rewritten``), ``field``, ``old``, ``new`` (JSON values), ``moved_m``
        and ``differs_m2``.
        """
        rows = [row for change in self.changes for row in _rows(change)]
        names = ["layer", "id", "kind", "field", "old", "new", "moved_m", "differs_m2"]
        frame = pd.DataFrame(rows, columns=names, dtype=object)
        return frame.astype({"moved_m": "float64", "differs_m2": "float64"})


def diff(old: Zone, new: Zone) -> Difference:
    """Return the differences between two states of a zone.

    Geometries are measured in the ``measure_crs`` of the new state, in metres and m². Fields that
    are not in the schema are not compared.
    """
    crs = new.settings.measure_crs
    by_layer = (_layer_changes(old.layers[name], new.layers[name], crs) for name in schema().layers)
    changes = tuple(chain.from_iterable(by_layer))
    return Difference(old, new, changes, _settings(old.settings, new.settings))


def diff_layers(old: Layer, new: Layer, crs: str) -> tuple[Change, ...]:
    """Return the changes between two states of one layer; `diff` does so for each layer.

    Parameters
    ----------
    crs
        The metric CRS for measurements.
    """
    return tuple(_layer_changes(old, new, crs))


def _settings(old: Settings, new: Settings) -> tuple[str, ...]:
    names = (setting.name for setting in fields(Settings))
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


def _counts(changes: Sequence[Change]) -> tuple[int, ...]:
    kinds = [change.kind for change in changes]
    return (
        *(kinds.count(kind) for kind in ("added", "removed", "changed")),
        sum(change.renamed is not None for change in changes),
        sum(change.geometry is not None for change in changes),
        sum(bool(change.fields) for change in changes),
    )


def _rows(change: Change) -> Iterator[tuple[Any, ...]]:
    head = (change.layer, change.id)
    if change.kind != "changed":
        yield (*head, change.kind, None, change.old_id or None, change.new_id or None, None, None)
    if change.renamed:
        id_field = schema().layers[change.layer].id
        yield (*head, "renamed", id_field, change.old_id, change.new_id, None, None)
    if shape := change.geometry:
        yield (*head, shape.kind, "geometry", None, None, shape.moved_m, shape.differs_m2)
    for field_ in change.fields:
        yield (*head, "rewritten", field_.name, field_.old, field_.new, None, None)


# ------------------------------------------------------------------ one layer


def _layer_changes(before: Layer, now: Layer, crs: str) -> Iterator[Change]:
    """Yield the changed records of a layer, by id."""
    if before is now or (before.fingerprint and before.fingerprint == now.fingerprint):
        return
    old, new = State(before), State(now)
    same = pairing.by_id(old, new)
    rest = pairing.unpaired(same[0], len(old.frame)), pairing.unpaired(same[1], len(new.frame))
    renamed = pairing.renamed(old, new, *rest)
    paired = {pair[0] for pair in renamed}, {pair[1] for pair in renamed}
    removed = [row for row in rest[0].tolist() if row not in paired[0]]
    added = [row for row in rest[1].tolist() if row not in paired[1]]
    name = old.schema.name
    found = [
        *_changed(old, new, same, crs=crs),
        *_renamed(old, new, renamed, crs=crs),
        *(Change(name, str(old.ids.iloc[row]), "", row, None) for row in removed),
        *(Change(name, "", str(new.ids.iloc[row]), None, row) for row in added),
    ]
    yield from sorted(found, key=lambda change: (change.id, change.kind, change.old_id))


def _changed(old: State, new: State, rows: tuple[Rows, Rows], *, crs: str) -> Iterator[Change]:
    values, shapes = _rewritten(old, new, rows), _redrawn(old, new, rows, crs)
    for k in sorted({*values, *shapes}):
        before, now = int(rows[0][k]), int(rows[1][k])
        ids = str(old.ids.iloc[before]), str(new.ids.iloc[now])
        yield Change(old.schema.name, *ids, before, now, tuple(values.get(k, ())), shapes.get(k))


def _renamed(
    old: State, new: State, pairs: Mapping[tuple[int, int], Evidence], *, crs: str
) -> Iterator[Change]:
    rows = tuple(np.array(side, dtype=np.intp) for side in zip(*pairs, strict=True))
    if len(rows) != 2:
        return
    values, shapes = _rewritten(old, new, rows), _redrawn(old, new, rows, crs)
    for k, ((before, now), evidence) in enumerate(pairs.items()):
        ids = str(old.ids.iloc[before]), str(new.ids.iloc[now])
        changes = tuple(values.get(k, ())), shapes.get(k)
        yield Change(old.schema.name, *ids, before, now, *changes, renamed=evidence)


def _rewritten(old: State, new: State, rows: tuple[Rows, Rows]) -> Mapping[int, list[FieldChange]]:
    """Return the changed fields of each pair of rows, by its position."""
    out: dict[int, list[FieldChange]] = defaultdict(list)
    for known in (known for known in old.schema.fields.values() if known.name != old.schema.id):
        changed = np.flatnonzero(differs(known, old, new, rows=rows))
        if changed.size:
            before, now = old.values(known, rows[0][changed]), new.values(known, rows[1][changed])
            for position, *pair in zip(changed.tolist(), before, now, strict=True):
                out[position].append(FieldChange(known.name, *pair))
    return out


def _redrawn(
    old: State, new: State, rows: tuple[Rows, Rows], crs: str
) -> Mapping[int, GeometryChange]:
    if old.schema.is_table:
        return {}
    return geometry_changes(old.shapes(rows[0]), new.shapes(rows[1]), crs)
