"""A single layer file, checked by itself: as a zone of which it is all that is known."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gxq_geo.formats.coordinates import GEOMETRY_TYPES
from gxq_geo.schemas import Field, LayerSchema, schema
from gxq_geo.words.errors import FileError
from gxq_geo.zone import layer
from gxq_geo.zone.layer import GEOMETRY_SUFFIXES, TABLE_SUFFIXES, Layer
from gxq_geo.zone.settings import SETTINGS, Settings, read_settings
from gxq_geo.zone.zone import Zone

# Groups of rules that need no other layer; the second row needs to know which layer it is.
GROUPS = ("text", "geometry", "position")
FIELD_GROUPS = ("fields", "areas")

_SPATIAL = (*GEOMETRY_SUFFIXES, ".json")


def open_file(path: Path, layer_name: str = "") -> tuple[Zone, str]:
    """Read one file as a zone of its own.

    Parameters
    ----------
    path
        ``.geojson``, ``.json`` or ``.gpkg``, or ``.csv``.
    layer_name
        Which layer it is; by default the one that the file is named after, if there is one.

    Returns
    -------
    The zone, with the settings of the ``zone.toml`` beside the file where there is one; and the
    name of the layer, empty where it is none of the schema.

    Raises
    ------
    FileError
        If it is not of a format that can be read, or cannot be read at all.
    """
    known = schema().layers
    name = layer_name or (path.stem if path.stem in known else "")
    of = known[name] if name else _stranger(path)
    allowed = TABLE_SUFFIXES if of.is_table else _SPATIAL
    if path.suffix not in allowed:
        every = allowed if name else (*_SPATIAL, *TABLE_SUFFIXES)
        raise FileError("not-a-format", path=path, allowed=" ".join(every))
    one = layer.read(path, of)
    layers = {n: layer.empty(s) for n, s in known.items()} | {of.name: one}
    return Zone(path.parent, _settings(path.parent, one), layers), name


def _stranger(path: Path) -> LayerSchema:
    """A layer that the schema does not know: any geometry, and no field but an id and a name."""
    words = {"zh": path.stem, "en": path.stem}
    fields = {
        name: Field(name, "text", "identity", words, words) for name in ("id", "name_zh", "name_en")
    }
    spatial = path.suffix not in TABLE_SUFFIXES
    geometry = tuple(sorted(GEOMETRY_TYPES)) if spatial else ()
    return LayerSchema(path.stem, "id", words, words, geometry, fields)


def _settings(folder: Path, one: Layer) -> Settings:
    if (folder / SETTINGS).exists():
        return read_settings(folder / SETTINGS)
    return Settings("", "", _metric_crs(one.frame))


def _metric_crs(frame: pd.DataFrame) -> str:
    """The UTM zone in which most of the records lie: to measure in, where no setting says."""
    boxes = np.empty((0, 4))
    if isinstance(frame, gpd.GeoDataFrame):
        boxes = shapely.bounds(frame.geometry.to_numpy())
    known = boxes[(np.abs(boxes) <= (180, 90, 180, 90)).all(axis=1)]
    lon, lat = np.median(known[:, :2], axis=0) if len(known) else (0.0, 0.0)
    number = min(int((lon + 180) // 6) + 1, 60)
    return f"EPSG:{(326 if lat >= 0 else 327) * 100 + number}"
