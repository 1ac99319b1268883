"""Write a layer as GeoParquet 1.1, by DuckDB.

Source of the format: OGC GeoParquet 1.1, https://geoparquet.org/releases/v1.1.0/.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gxq_geo.exchange.source import Loss
from gxq_geo.schemas import Field, LayerSchema
from gxq_geo.schemas.dtypes import raw_values

# What the format cannot hold: nothing of a layer.
CANNOT_CARRY: tuple[str, ...] = ()

_TYPES = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    **dict.fromkeys(("texts", "choices", "refs"), "VARCHAR[]"),
}
_GEOMETRY = "geometry"


def write(
    frame: pd.DataFrame, layer: LayerSchema, *, lang: str = "zh"
) -> tuple[bytes, tuple[Loss, ...]]:
    """Write a layer as the bytes of a GeoParquet file; a table as plain Parquet.

    Parameters
    ----------
    frame
        The records; their geometry is in the CRS in which it is written.
    layer
        The schema of the layer.
    lang
        Not used: columns have the names of the fields.
    """
    import duckdb

    fields = {name: field for name, field in layer.fields.items() if name in frame}
    # All values as texts, which DuckDB converts to the types asked for, not to those it guesses.
    columns = {name: _texts(raw_values(frame[name], field)) for name, field in fields.items()}
    casts = [_cast(name, field) for name, field in fields.items()]
    metadata = ""
    if isinstance(frame, gpd.GeoDataFrame):
        columns[_GEOMETRY] = _texts(shapely.to_wkb(frame.geometry.array, hex=True).tolist())
        casts.append(f"unhex({_GEOMETRY}) AS {_GEOMETRY}")
        geo = json.dumps(_metadata(frame), ensure_ascii=False).replace("'", "''")
        metadata = f", KV_METADATA {{geo: '{geo}'}}"
    records = pd.DataFrame(columns)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": 1}) as database:
        database.execute("SET pandas_analyze_sample = 0")
        database.register("records", records)
        path = Path(folder) / "layer.parquet"
        place = str(path).replace("'", "''")
        database.execute(
            f"COPY (SELECT {', '.join(casts)} FROM records) TO '{place}'"  # noqa: S608  our names
            f" (FORMAT parquet, COMPRESSION zstd{metadata})"
        )
        return path.read_bytes(), ()


def _texts(values: list[Any]) -> Any:
    """An array of texts and None; a list as JSON."""
    out = np.empty(len(values), dtype=object)
    out[:] = [
        json.dumps(value, ensure_ascii=False)
        if isinstance(value, list)
        else value
        if value is None or isinstance(value, str)
        else repr(value)
        for value in values
    ]
    return out


def _cast(name: str, field: Field) -> str:
    """The SQL that converts a column of texts to the type of its field."""
    source = f'CAST("{name}" AS JSON)' if field.is_list else f'"{name}"'
    return f'CAST({source} AS {_TYPES.get(field.type, "VARCHAR")}) AS "{name}"'


def _metadata(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """The ``geo`` metadata of a frame."""
    shapes = frame.geometry
    known = shapes[~(shapes.isna() | shapes.is_empty)]
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(set(known.geom_type)),
        "crs": frame.crs.to_json_dict() if frame.crs else None,
    }
    if len(known):
        column["bbox"] = [float(value) for value in known.total_bounds]
    return {"version": "1.1.0", "primary_column": _GEOMETRY, "columns": {_GEOMETRY: column}}
