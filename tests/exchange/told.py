"""What readers and writers told, each said in both languages."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from gxq_geo import words
from gxq_geo.exchange.source import Loss, Note, SourceTable
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.schemas.dtypes import column, raw_values


def said(messages: Iterable[Loss | Note]) -> dict[str, Any]:
    """Losses and notes by kind; each has a message of one line in each language."""
    found: dict[str, Loss | Note] = {}
    for one in messages:
        params = {"where": one.where, **one.params}
        if isinstance(one, Loss):
            params["count"] = one.count
        for lang in ("zh", "en"):
            assert "\n" not in words.text(f"exchange.{one.kind}", lang, **params)
        found[one.kind] = one
    return found


def told(tables: Sequence[SourceTable]) -> dict[str, Any]:
    """What was told of tables, by kind; their columns have as many values as records."""
    for table in tables:
        lengths = {len(values) for values in table.columns.values()}
        assert lengths <= {table.count}
        assert len(table.places) in (0, table.count)
    losses = [loss for table in tables for loss in table.losses]
    notes = [note for table in tables for note in table.notes]
    return said([*losses, *notes])


def kinds(part: str) -> set[str]:
    """All kinds of losses and notes of a part that have words."""
    prefix = f"exchange.{part}."
    return {key.removeprefix("exchange.") for key in words.keys("zh") if key.startswith(prefix)}


def lines_of(error: Any) -> None:
    """The message of an error is one line in each language."""
    for lang in ("zh", "en"):
        assert len(error.say(lang).splitlines()) == 1


def apart(one: Sequence[BaseGeometry], other: Sequence[BaseGeometry]) -> float:
    """The largest distance of geometries that have the same structure."""
    distances = [0.0]
    for a, b in zip(one, other, strict=True):
        assert a.geom_type == b.geom_type
        assert len(shapely.get_parts(a)) == len(shapely.get_parts(b))
        distances.append(shapely.hausdorff_distance(a, b))
        distances.append(shapely.symmetric_difference(a, b).area / max(a.length, 1e-12))
    return max(distances)


def same_fields(frame: pd.DataFrame, table: SourceTable, layer: LayerSchema) -> None:
    """A table holds every value of a frame, under the name of its field."""
    for name, spec in layer.fields.items():
        if name not in frame or frame[name].isna().all():
            continue
        values = table.columns.get(name, [None] * table.count)
        back, bad = column(values, spec, schema())
        assert not bad
        assert raw_values(back, spec) == raw_values(frame[name], spec), name
