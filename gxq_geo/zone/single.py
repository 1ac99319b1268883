"""Open a single layer file as a zone whose other layers are empty, to check it alone."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gxq_geo.formats.coordinates import GEOMETRY_TYPES
from gxq_geo.schemas import Field, LayerSchema, schema
from gxq_geo.words.errors import FileError
from gxq_geo.zone import layer
from gxq_geo.zone.layer import GEOMETRY_SUFFIXES, TABLE_SUFFIXES
from gxq_geo.zone.settings import SETTINGS, Settings, read_settings
from gxq_geo.zone.zone import Zone

# Groups of rules that need no other layer; those of the second line need a layer of the schema.
GROUPS = ("text", "geometry", "position")
FIELD_GROUPS = ("fields", "spreadsheet", "figures", "areas")

_SPATIAL = (*GEOMETRY_SUFFIXES, ".json")


def open_file(path: Path, layer_name: str = "") -> tuple[Zone, str]:
    """Read one file as a zone.

    Parameters
    ----------
    path
        A ``.geojson``, ``.json``, ``.gpkg`` or ``.csv`` file.
    layer_name
        The name of its layer; by default the file's stem, if the schema has such a layer.

    Returns
    -------
    zone
        The zone, with the settings of the ``zone.toml`` beside the file if there is one.
    name
        The name of the layer; empty if the schema has no such layer.

    Raises
    ------
    FileError
        If the file has another format or cannot be read.
    """
    known = schema().layers
    name = layer_name or (path.stem if path.stem in known else "")
    layer_schema = known[name] if name else _generic_schema(path)
    allowed = TABLE_SUFFIXES if layer_schema.is_table else _SPATIAL
    if path.suffix.lower() not in allowed:
        suffixes = allowed if name else (*_SPATIAL, *TABLE_SUFFIXES)
        raise FileError("not-a-format", path=path, allowed=" ".join(suffixes))
    beside = path.parent / SETTINGS
    settings = read_settings(beside) if beside.exists() else None
    timezone = Settings("", "", "").tzinfo if settings is None else settings.tzinfo
    opened = layer.read(path, layer_schema, timezone=timezone)
    layers = {n: layer.empty(s) for n, s in known.items()} | {layer_schema.name: opened}
    settings = settings or Settings("", "", _metric_crs(opened.frame))
    return Zone(path.parent, settings, layers), name


def _generic_schema(path: Path) -> LayerSchema:
    """The schema of a layer unknown to the package: any geometry type, an id and names."""
    words = {"zh": path.stem, "en": path.stem}
    fields = {
        name: Field(name, "text", "identity", words, words) for name in ("id", "name_zh", "name_en")
    }
    spatial = path.suffix.lower() not in TABLE_SUFFIXES
    geometry = tuple(sorted(GEOMETRY_TYPES)) if spatial else ()
    return LayerSchema(path.stem, "id", words, words, geometry, fields)


def _metric_crs(frame: pd.DataFrame) -> str:
    """The UTM zone of the median position of the records, the default metric CRS."""
    boxes = np.empty((0, 4))
    if isinstance(frame, gpd.GeoDataFrame):
        boxes = shapely.bounds(frame.geometry.to_numpy())
    known = boxes[(np.abs(boxes) <= (180, 90, 180, 90)).all(axis=1)]
    lon, lat = np.median(known[:, :2], axis=0) if len(known) else (0.0, 0.0)
    number = min(int((lon + 180) // 6) + 1, 60)
    return f"EPSG:{(326 if lat >= 0 else 327) * 100 + number}"
