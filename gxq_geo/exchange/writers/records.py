"""What writers take from a layer's frame: texts of its fields, names, groups, colours."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import geopandas as gpd
import pandas as pd

from gxq_geo import words
from gxq_geo.schemas import Field, LayerSchema, schema
from gxq_geo.schemas.display import known
from gxq_geo.schemas.dtypes import LIST_SEPARATOR, raw_values, to_text
from gxq_geo.words.errors import FileError

# The languages of files that speak several.
LANGS = ("zh", "en")
STATUS = "status"


def fields_of(frame: pd.DataFrame, layer: LayerSchema) -> list[Field]:
    """The fields of a layer's files that a frame has."""
    return [spec for name, spec in layer.fields.items() if name in frame]


def texts(frame: pd.DataFrame, fields: Sequence[Field]) -> list[dict[str, str]]:
    """The values of each record as in a CSV file, by field; missing ones are left out."""
    columns = {spec.name: map(to_text, raw_values(frame[spec.name], spec)) for spec in fields}
    rows = zip(*columns.values(), strict=True) if columns else ((),) * len(frame)
    return [{n: v for n, v in zip(columns, row, strict=True) if v} for row in rows]


def split_lists(frame: pd.DataFrame, fields: Sequence[Field]) -> int:
    """The number of items of lists that contain the separator, so that they are read as two."""
    lists = [
        items for spec in fields if spec.is_list for items in raw_values(frame[spec.name], spec)
    ]
    return sum(LIST_SEPARATOR in str(item) for items in lists for item in items or ())


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The typed values of each record by field."""
    names = [str(name) for name in frame.columns if name != "geometry"]
    return [
        dict(zip(names, row, strict=True)) for row in zip(*(frame[n] for n in names), strict=True)
    ]


def label_of(row: Mapping[str, Any], layer: LayerSchema, lang: str) -> str:
    """The name of a record; its id if it has none."""
    candidates = [row.get(f"name_{code}") for code in words.fallback_order(lang)]
    return str(next(filter(known, [*candidates, row.get(layer.id)]), ""))


def statuses(frame: pd.DataFrame, layer: LayerSchema) -> list[str]:
    """The status of each record; empty if it is missing or the layer has none."""
    if STATUS not in frame or STATUS not in layer.fields:
        return [""] * len(frame)
    return [value or "" for value in raw_values(frame[STATUS], layer.fields[STATUS])]


def groups(frame: pd.DataFrame, layer: LayerSchema) -> Iterator[tuple[str, list[int]]]:
    """The rows of each status in the order of the domain; all rows if the layer has none."""
    of = statuses(frame, layer)
    spec = layer.fields.get(STATUS)
    order = schema().values_of(spec) if spec and spec.domain else ()
    for status in (*order, ""):
        if rows := [at for at, one in enumerate(of) if one == status]:
            yield status, rows


def status_label(status: str, layer: LayerSchema, lang: str) -> str:
    """The label of a status; that of the layer where a record has none."""
    if not status:
        return words.pick(layer.label, lang)
    return words.pick(schema().domains[layer.fields[STATUS].domain][status], lang)


@cache
def colours(status: str) -> tuple[str, str]:
    """Outline and fill of a status as ``#RRGGBB``; those of a park where there is none."""
    style = words.data("style")
    spec = style["status"].get(status, {"edge": "park", "tint": "parkfill"})
    tokens = style["tokens"]["light"]
    return tokens[spec["edge"]], tokens[spec["tint"]]


def refuse_degrees(frame: gpd.GeoDataFrame) -> None:
    """Raise an error unless coordinates are in a projected CRS."""
    if frame.crs is None or not frame.crs.is_projected:
        raise FileError("needs-metres", crs=frame.crs.to_string() if frame.crs else "–")


def refuse_metres(frame: gpd.GeoDataFrame) -> None:
    """Raise an error unless coordinates are longitude and latitude."""
    if frame.crs is None or not frame.crs.is_geographic:
        raise FileError("needs-degrees", crs=frame.crs.to_string() if frame.crs else "–")
