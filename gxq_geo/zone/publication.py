"""Publication: select the layers, records and fields that an audience may see."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from gxq_geo.schemas import Field, LayerSchema, schema
from gxq_geo.zone.derived import with_derived
from gxq_geo.zone.zone import Zone


def public_layers(zone: Zone, audience: str) -> dict[str, pd.DataFrame]:
    """Return the frames of the layers that an audience may see, with their derived fields.

    For ``public``, internal layers and fields and unpublished records are left out, and references
    to left-out records become missing. ``internal`` gets everything.
    """
    everything = {name: with_derived(zone, name) for name in zone.layers}
    if audience == "internal":
        return everything
    known = schema()
    kept = {
        name: _public_records(frame, known.layers[name])
        for name, frame in everything.items()
        if known.layers[name].audience == "public"
    }
    ids = {name: set(frame[known.layers[name].id].dropna()) for name, frame in kept.items()}
    return {name: _without_dangling(frame, known.layers[name], ids) for name, frame in kept.items()}


def _public_records(frame: pd.DataFrame, layer: LayerSchema) -> pd.DataFrame:
    if "published" not in frame:
        return frame.iloc[:0]
    published = frame["published"].to_numpy(dtype=bool, na_value=False)
    names = [field.name for field in fields_in(frame, layer) if field.audience == "public"]
    frame = frame[[*names, "geometry"] if "geometry" in frame else names]
    return frame if published.all() else frame[published].reset_index(drop=True)


def _without_dangling(
    frame: pd.DataFrame, layer: LayerSchema, ids: Mapping[str, set[str]]
) -> pd.DataFrame:
    """Remove references to records that are not among the published `ids` of each layer."""
    references = [field for field in fields_in(frame, layer) if field.ref]
    if unseen := [field.name for field in references if field.ref not in ids]:
        frame = frame.drop(columns=unseen)
    if frame.empty:
        return frame
    seen: dict[str, Any] = {}
    for field in references:
        if field.ref in ids:
            kept, values = ids[field.ref], frame[field.name]
            if field.is_list:
                seen[field.name] = [tuple(v for v in row if v in kept) for row in values]
            else:
                seen[field.name] = values.where(values.isin(kept))
    return frame.assign(**seen)


def fields_in(frame: pd.DataFrame, layer: LayerSchema) -> Iterator[Field]:
    """The fields of a layer, derived ones included, that a frame has."""
    fields = {**layer.fields, **layer.derived}
    return (field for name, field in fields.items() if name in frame)
