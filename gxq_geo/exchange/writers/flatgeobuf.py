"""Write a layer as FlatGeobuf, by GDAL."""

import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd

from gxq_geo.exchange.source import Loss
from gxq_geo.schemas import LayerSchema
from gxq_geo.schemas.dtypes import LIST_SEPARATOR
from gxq_geo.words.errors import FileError

# What the format cannot hold.
CANNOT_CARRY = ("vector.loss.list-joined",)


def write(
    frame: pd.DataFrame, layer: LayerSchema, *, lang: str = "zh"
) -> tuple[bytes, tuple[Loss, ...]]:
    """Write a layer as the bytes of a FlatGeobuf file, without index: the records keep their order.

    Parameters
    ----------
    frame
        The records; their geometry is in the CRS in which it is written.
    layer
        The schema of the layer.
    lang
        Not used: columns have the names of the fields.

    Raises
    ------
    FileError
        If the layer is a table: the format is for geometries.
    """
    if not isinstance(frame, gpd.GeoDataFrame):
        raise FileError("format-needs-geometry", path=f"{layer.name}.fgb")
    import pyogrio

    plain, losses = frame.copy(), []
    for name in [name for name, field in layer.fields.items() if field.is_list and name in frame]:
        joined = sum(len(value or ()) > 1 for value in frame[name])
        if joined:
            losses.append(Loss("vector.loss.list-joined", joined, name))
        texts = [LIST_SEPARATOR.join(value or ()) or None for value in frame[name]]
        plain[name] = pd.Series(texts, index=frame.index, dtype=object)
    for name in plain.columns:
        if isinstance(plain[name].dtype, pd.CategoricalDtype):
            plain[name] = plain[name].astype(object)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{layer.name}.fgb"
        pyogrio.write_dataframe(
            plain, path, driver="FlatGeobuf", layer=layer.name, SPATIAL_INDEX="NO"
        )
        return path.read_bytes(), tuple(losses)
