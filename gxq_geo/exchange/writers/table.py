"""Write a layer as CSV for Excel and WPS: headings in words with units, geometries as WKT."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gxq_geo import words
from gxq_geo.exchange.source import Loss
from gxq_geo.exchange.writers import records
from gxq_geo.formats import csv_table
from gxq_geo.schemas import Field, LayerSchema, schema
from gxq_geo.schemas.dtypes import raw_values

CANNOT_CARRY = ("table.loss.separator",)
WKT = "WKT"


def write(
    frame: pd.DataFrame, layer: LayerSchema, *, lang: str = "zh"
) -> tuple[bytes, tuple[Loss, ...]]:
    """Write a layer as CSV.

    Parameters
    ----------
    frame
        The layer; the coordinates of the WKT are those of its CRS.
    layer
        Its schema.
    lang
        The language of the headings. Values are those of a layer file.

    Returns
    -------
    data
        The text in UTF-8 with a byte order mark; the unit of a field is in its heading.
    losses
        What it does not hold, see `CANNOT_CARRY`.
    """
    fields = records.fields_of(frame, layer)
    headings = {spec.name: heading(spec, lang) for spec in fields}
    columns: dict[str, list[Any]] = {
        headings[spec.name]: raw_values(frame[spec.name], spec) for spec in fields
    }
    if isinstance(frame, gpd.GeoDataFrame):
        shapes = np.asarray(shapely.to_wkt(frame.geometry.to_numpy(), rounding_precision=-1))
        columns[WKT] = shapes.tolist()
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    data = csv_table.to_bytes(rows, list(columns), headings.get(layer.id, ""))
    split = records.split_lists(frame, fields)
    return data, (Loss("table.loss.separator", split, layer.name),) if split else ()


def heading(spec: Field, lang: str) -> str:
    """The label of a field, with its unit in brackets."""
    label = words.pick(spec.label, lang)
    if not spec.unit:
        return label
    return f"{label}({words.pick(schema().units[spec.unit], lang)})"
