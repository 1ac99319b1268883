"""List the data that are lost when a frame is written over its file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import geopandas as gpd
import pandas as pd

from gxq_geo.schemas import LayerSchema
from gxq_geo.schemas.dtypes import BadCell
from gxq_geo.words.issues import Issue, Severity

# Issues of readers that drop data without an error: a frame cannot hold them.
_DROPPED = {"height-ignored", "extra-numbers"}


class StoredLayer(Protocol):
    """A layer as read from the file; see `gxq_geo.zone.layer.Layer`."""

    @property
    def schema(self) -> LayerSchema: ...  # noqa: D102
    @property
    def frame(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def issues(self) -> tuple[Issue, ...]: ...  # noqa: D102
    @property
    def bad_cells(self) -> tuple[BadCell, ...]: ...  # noqa: D102
    @property
    def unknown_rows(self) -> Mapping[str, frozenset[int]]: ...  # noqa: D102
    @property
    def extras(self) -> Callable[[], Sequence[str]]: ...  # noqa: D102


def lost(stored: StoredLayer, frame: pd.DataFrame) -> Iterator[str]:
    """Name each loss briefly: an unknown field, a bad value, the rule of a reader's issue.

    A record that the frame no longer has, and a bad value that the frame has replaced, count as
    edits, not as losses.
    """
    new = _by_id(frame, stored.schema)
    ids = stored.frame[stored.schema.id]

    def removed(row: int) -> bool:
        return pd.notna(ids.iloc[row]) and ids.iloc[row] not in new.index

    yield from _unread(stored, new, _geometry_column(frame))
    for name, rows in stored.unknown_rows.items():
        if kept := sorted(row for row in rows if not removed(row)):
            yield f"{name} ({ids.iloc[kept[0]]}{'…' if len(kept) > 1 else ''})"
    for cell in stored.bad_cells:
        old = stored.frame[cell.field].iloc[cell.row]
        if not removed(cell.row) and _same(old, _value(new, ids.iloc[cell.row], cell.field)):
            yield f"{cell.field} {cell.value} ({ids.iloc[cell.row]})"
    yield from stored.extras()


def columns_without_field(frame: pd.DataFrame, schema: LayerSchema) -> list[str]:
    """The columns with values for which the layer has no field."""
    known = {*schema.fields, *schema.derived, _geometry_column(frame)}
    return [str(name) for name in frame.columns if name not in known and frame[name].notna().any()]


def _unread(stored: StoredLayer, new: pd.DataFrame, geometry: str) -> Iterator[str]:
    """Rules of issues for data that were not read, unless the frame has a new geometry for them."""
    ids = stored.frame[stored.schema.id]
    rules: dict[str, None] = {}
    for issue in stored.issues:
        replaced = issue.row is not None and _value(new, ids.iloc[issue.row], geometry) is not None
        if issue.rule in _DROPPED or (issue.severity is Severity.ERROR and not replaced):
            rules[issue.rule] = None
    yield from (f"[{rule}]" for rule in rules)


def _geometry_column(frame: pd.DataFrame) -> str:
    """The name of the active geometry column; empty where there is none."""
    return str(frame.active_geometry_name or "") if isinstance(frame, gpd.GeoDataFrame) else ""


def _by_id(frame: pd.DataFrame, schema: LayerSchema) -> pd.DataFrame:
    plain = pd.DataFrame(frame)
    if schema.id not in plain:
        return plain.iloc[:0]
    identified = plain.dropna(subset=schema.id).drop_duplicates(schema.id)
    return identified.set_axis(pd.Index(identified[schema.id].astype("object")), axis=0)


def _value(new: pd.DataFrame, identity: str, field: str) -> Any:
    if field not in new or identity not in new.index:
        return None
    return new[field].iloc[int(new.index.get_indexer(pd.Index([identity]))[0])]


def _same(old: Any, new: Any) -> bool:
    if pd.api.types.is_list_like(old):
        return tuple(old) == (tuple(new) if pd.api.types.is_list_like(new) else ())
    return (pd.isna(old) and pd.isna(new)) or bool(old == new)
