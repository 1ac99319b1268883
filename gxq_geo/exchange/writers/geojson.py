"""Write plain GeoJSON (RFC 7946) with the fields that a frame has, for other programs."""

import geopandas as gpd
import numpy as np
import shapely

from gxq_geo.exchange.source import Loss
from gxq_geo.exchange.writers import records
from gxq_geo.formats.geojson import DECIMALS, collection_bytes, to_feature
from gxq_geo.schemas import LayerSchema
from gxq_geo.schemas.dtypes import raw_values

CANNOT_CARRY = ("geojson.loss.rounded",)


def write(frame: gpd.GeoDataFrame, layer: LayerSchema) -> tuple[bytes, tuple[Loss, ...]]:
    """Write a layer as GeoJSON, one feature a line.

    Parameters
    ----------
    frame
        The layer in longitude and latitude.
    layer
        Its schema; fields that the frame does not have are left out.

    Returns
    -------
    data
        The text in UTF-8. Coordinates have seven decimals (about 1 cm); outer rings run
        counter-clockwise.
    losses
        What it does not hold, see `CANNOT_CARRY`.
    """
    records.refuse_metres(frame)
    fields = [spec for n, spec in {**layer.fields, **layer.derived}.items() if n in frame]
    columns = [raw_values(frame[spec.name], spec) for spec in fields]
    names = [spec.name for spec in fields]
    shapes = shapely.orient_polygons(frame.geometry.to_numpy())
    rows = zip(*columns, strict=True) if columns else ((),) * len(frame)
    features = [
        to_feature(dict(zip(names, row, strict=True)), shape)
        for row, shape in zip(rows, shapes, strict=True)
    ]
    positions, at = shapely.get_coordinates(shapes, return_index=True)
    finer = np.abs(positions - positions.round(DECIMALS)).max(axis=1, initial=0) > 1e-9
    rounded = len(np.unique(at[finer]))
    losses = (Loss("geojson.loss.rounded", rounded, params={"decimals": DECIMALS}),)
    return collection_bytes(features), losses if rounded else ()
