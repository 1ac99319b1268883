"""Publication: select the layers, records and fields that an audience may see, on a map or not."""

from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

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


def drawable_layers(zone: Zone, audience: str) -> dict[str, pd.DataFrame]:
    """Return the frames of `public_layers`, with only the geometries that a map can show.

    A geometry with a coordinate beyond 180 or 90 degrees, and a geometry collection, becomes None;
    both are errors that `check` locates.
    """
    layers = public_layers(zone, audience)
    return {
        name: drawable(gpd.GeoDataFrame(frame)) if "geometry" in frame else frame
        for name, frame in layers.items()
    }


def drawable(frame: gpd.GeoDataFrame, also: np.ndarray | None = None) -> gpd.GeoDataFrame:
    """Return a frame in degrees without the geometries that a map cannot show.

    Parameters
    ----------
    frame
        A frame with geometries in EPSG:4326; the returned one is the same if all can be shown.
    also
        For each record, whether its geometry is kept for another reason.
    """
    shapes = frame.geometry.to_numpy()
    kept = in_degrees(shapes) & (
        shapely.get_type_id(shapes) != shapely.GeometryType.GEOMETRYCOLLECTION
    )
    kept = kept if also is None else kept & also
    if kept.all():
        return frame
    shown = gpd.GeoSeries(np.where(kept, shapes, None), index=frame.index, crs=frame.crs)
    return frame.set_geometry(shown.rename("geometry"))


def in_degrees(shapes: np.ndarray) -> np.ndarray:
    """Whether each geometry has no coordinate beyond 180 or 90 degrees; true where it is None."""
    bounds = shapely.bounds(shapes)
    return np.asarray(~(np.abs(bounds) > (180, 90, 180, 90)).any(axis=1))


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
