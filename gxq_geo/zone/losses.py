"""What writing a frame over a file would lose: what the file holds and no frame can hold."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import geopandas as gpd
import pandas as pd

from gxq_geo.schemas import LayerSchema
from gxq_geo.schemas.dtypes import BadCell
from gxq_geo.words.issues import Issue, Severity

# Findings of a reader that leaves out, without an error, what a frame has no room for.
_LEFT_OUT = {"height-ignored", "extra-numbers"}


class Held(Protocol):
    """What was read from the file; see `gxq_geo.zone.layer.Layer`."""

    @property
    def schema(self) -> LayerSchema: ...  # noqa: D102
    @property
    def frame(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def issues(self) -> tuple[Issue, ...]: ...  # noqa: D102
    @property
    def bad_cells(self) -> tuple[BadCell, ...]: ...  # noqa: D102
    @property
    def holders(self) -> Mapping[str, frozenset[int]]: ...  # noqa: D102
    @property
    def extras(self) -> Callable[[], Sequence[str]]: ...  # noqa: D102


def lost(held: Held, frame: pd.DataFrame) -> Iterator[str]:
    """Each thing that would be lost, as a word or two: a field, a value, the finding of a reader.

    Records that the frame no longer has were taken out by somebody who saw them, and a misfit in
    whose place the frame has another value was mended: neither is lost.
    """
    now = _by_id(frame, held.schema)
    ids = held.frame[held.schema.id]

    def gone(row: int) -> bool:
        return pd.notna(ids.iloc[row]) and ids.iloc[row] not in now.index

    yield from _unread(held, now, _shape_of(frame))
    for name, rows in held.holders.items():
        if kept := sorted(row for row in rows if not gone(row)):
            yield f"{name} ({ids.iloc[kept[0]]}{'…' if len(kept) > 1 else ''})"
    for cell in held.bad_cells:
        old = held.frame[cell.field].iloc[cell.row]
        if not gone(cell.row) and _same(old, _value(now, ids.iloc[cell.row], cell.field)):
            yield f"{cell.field} {cell.value} ({ids.iloc[cell.row]})"
    yield from held.extras()


def unheld(frame: pd.DataFrame, schema: LayerSchema) -> list[str]:
    """Columns with values that the layer's files have no field for."""
    known = {*schema.fields, *schema.derived, _shape_of(frame)}
    return [str(name) for name in frame.columns if name not in known and frame[name].notna().any()]


def _unread(held: Held, now: pd.DataFrame, shape: str) -> Iterator[str]:
    """Findings that kept something from being read, unless the record is drawn anew."""
    ids = held.frame[held.schema.id]
    rules: dict[str, None] = {}
    for issue in held.issues:
        drawn = issue.row is not None and _value(now, ids.iloc[issue.row], shape) is not None
        if issue.rule in _LEFT_OUT or (issue.severity is Severity.ERROR and not drawn):
            rules[issue.rule] = None
    yield from (f"[{rule}]" for rule in rules)


def _shape_of(frame: pd.DataFrame) -> str:
    """The name of the column that holds the geometry; empty where there is none."""
    return str(frame.active_geometry_name or "") if isinstance(frame, gpd.GeoDataFrame) else ""


def _by_id(frame: pd.DataFrame, schema: LayerSchema) -> pd.DataFrame:
    plain = pd.DataFrame(frame)
    if schema.id not in plain:
        return plain.iloc[:0]
    named = plain.dropna(subset=schema.id).drop_duplicates(schema.id)
    return named.set_axis(pd.Index(named[schema.id].astype("object")), axis=0)


def _value(now: pd.DataFrame, identity: str, field: str) -> Any:
    if field not in now or identity not in now.index:
        return None
    return now[field].iloc[int(now.index.get_indexer(pd.Index([identity]))[0])]


def _same(old: Any, new: Any) -> bool:
    if pd.api.types.is_list_like(old):
        return tuple(old) == (tuple(new) if pd.api.types.is_list_like(new) else ())
    return (pd.isna(old) and pd.isna(new)) or bool(old == new)
