"""Write columns and geometries as canonical GeoJSON, without a dict for each feature.

The bytes are those of `geojson.collection_bytes` of the same features, several times sooner.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.formats import geojson
from gxq_geo.formats.coordinates import Geometries
from gxq_geo.formats.rfc7946 import DECIMALS

_WHOLE = re.compile(r"\.0(?=[,\]])")
_SCALE = 10.0**DECIMALS
# Within this distance of a half, and beyond this magnitude, the product with `_SCALE` is not exact
# enough to be rounded.
_NEAR_HALF, _LARGE = 1e-4, 1e4


def collection_bytes(
    columns: Mapping[str, Sequence[Any]], shapes: Geometries, id_field: str
) -> bytes:
    """Serialise features, sorted by their ids; those without one come last.

    Parameters
    ----------
    columns
        The JSON values of each field, in the order of the properties. The values of a column have
        one type, besides None.
    shapes
        A geometry in EPSG:4326 for each feature; None and empty ones become null.
    id_field
        The column with the ids.
    """
    texts = [_texts(name, values) for name, values in columns.items()]
    geometries = geometry_texts(shapes)
    ids = columns[id_field]
    order = sorted(range(len(ids)), key=lambda row: (ids[row] is None, str(ids[row])))
    properties = [",".join(cells) for cells in zip(*texts, strict=True)]
    lines = ",\n".join(
        f'{{"type":"Feature","properties":{{{properties[row]}}},"geometry":{geometries[row]}}}'
        for row in order
    )
    middle = f"\n{lines}\n" if lines else ""
    return f'{{"type":"FeatureCollection","features":[{middle}]}}\n'.encode()


def _texts(name: str, values: Sequence[Any]) -> list[str]:
    """Each value as a member of ``properties``; most columns have few distinct values."""
    start = f"{geojson.dump(name)}:"
    try:
        distinct = set(values)
    except TypeError:  # Lists.
        return [start + geojson.dump(value) for value in values]
    known = {value: start + geojson.dump(geojson.as_integer(value)) for value in distinct}
    return [known[value] for value in values]


def geometry_texts(shapes: Geometries) -> list[str]:
    """Return geometries as GeoJSON with `DECIMALS` decimals; None and empty ones as ``null``."""
    found = ["null"] * len(shapes)
    rows = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    plain = rows[_is_plain(shapes[rows])]
    flat = np.array(shapes[plain], dtype=object)
    coordinates = rounded(shapely.get_coordinates(flat))
    for row, text in zip(
        plain.tolist(), shapely.to_geojson(shapely.set_coordinates(flat, coordinates)), strict=True
    ):
        found[row] = _WHOLE.sub("", text)
    for row in np.setdiff1d(rows, plain).tolist():
        found[row] = geojson.dump(geojson.to_feature({}, shapes[row])["geometry"])
    return found


def _is_plain(shapes: Geometries) -> npt.NDArray[np.bool_]:
    """Whether GEOS writes a geometry as we do: two dimensions, no large number, no linear ring."""
    small = (np.abs(shapely.bounds(shapes)) < _LARGE).all(axis=-1)
    ring = shapely.get_type_id(shapes) == shapely.GeometryType.LINEARRING
    return np.asarray(small & ~shapely.has_z(shapes) & ~ring)


def rounded(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Round numbers to `DECIMALS` decimals, exactly as ``round`` does; no zero is negative."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = values * _SCALE
        result = np.rint(scaled) / _SCALE
        unsure = np.abs(scaled - np.floor(scaled) - 0.5) < _NEAR_HALF
    unsure |= ~(np.abs(values) < _LARGE)
    for at in zip(*np.nonzero(unsure), strict=True):
        value = float(values[at])
        result[at] = round(value, DECIMALS) if math.isfinite(value) else value
    return np.asarray(result + 0.0)
