"""Access 区位: straight-line distances from records to stations, airports and expressways."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gxq_geo.zone.projection import to_metric
from gxq_geo.zone.zone import Zone

# Derived field -> layer, field and field values of the features to which it measures.
TARGETS = {
    "station_km": ("stations", "kind", ("rail", "high_speed")),
    "conventional_km": ("stations", "kind", ("rail",)),
    "high_speed_km": ("stations", "kind", ("high_speed",)),
    "airport_km": ("stations", "kind", ("airport",)),
    "expressway_km": ("roads", "road_class", ("expressway",)),
}


def distances(zone: Zone, name: str) -> pd.DataFrame:
    """Straight-line distances from each record of a layer, in km.

    Parameters
    ----------
    zone
        The zone; distances are measured in its ``measure_crs``.
    name
        A layer with geometry, such as ``sites`` or ``carriers``.

    Returns
    -------
    pandas.DataFrame
        One row per record, in the layer's order; the columns ``station_km`` (any railway station),
        ``conventional_km``, ``high_speed_km``, ``airport_km`` and ``expressway_km``: the distance
        from the edge of the record's geometry to the nearest such feature, rounded to 0.1 km; NaN
        where the record has no geometry or the zone no such feature. The distance to an expressway
        is to its line, not to an interchange.
    """
    targets = {column: _features(zone, *target) for column, target in TARGETS.items()}
    # Projecting many sites is slow, and not needed without targets.
    known = any(len(features) for features in targets.values())
    shapes = zone.metric(name).geometry if known else zone.frame(name).geometry
    here = shapes.to_numpy()
    return pd.DataFrame({column: _nearest(here, features) for column, features in targets.items()})


def _features(zone: Zone, name: str, field: str, values: tuple[str, ...]) -> np.ndarray:
    """The geometries of the records with one of some field values, in the metric CRS."""
    frame = zone.frame(name)
    if frame.empty:
        return np.empty(0, dtype=object)
    chosen = frame.geometry[frame[field].isin(values) & frame.geometry.notna()]
    return np.asarray(to_metric(chosen, zone.settings.measure_crs), dtype=object)


def _nearest(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """The distance in km from each geometry to the nearest of others; NaN where unknown."""
    out = np.full(len(here), np.nan)
    known = np.flatnonzero(~shapely.is_missing(here) & ~shapely.is_empty(here))
    if len(there) and len(known):
        tree = shapely.STRtree(there)
        (query, _), metres = tree.query_nearest(
            here[known], return_distance=True, all_matches=False
        )
        out[known[query]] = np.round(metres / 1000, 1)
    return out


# The number of stations listed, including the nearest high-speed one.
_STATIONS = 3


def places(zone: Zone, name: str, ids: Sequence[str]) -> pd.DataFrame:
    """The nearest stations, airport and expressway of some records, with straight-line distances.

    Parameters
    ----------
    zone
        The zone; distances are measured in its ``measure_crs``.
    name
        A layer with geometry, such as ``sites``.
    ids
        The ids of the records.

    Returns
    -------
    pandas.DataFrame
        The columns ``id``, ``to_layer``, ``to_id``, ``kind`` and ``km`` (rounded to 0.1). For each
        record, in the order of `ids`: the nearest stations, including a high-speed one if the zone
        has any, then the nearest airport and the nearest expressway (distance to its line).
    """
    layer = zone.layers[name]
    record_ids = layer.frame[layer.schema.id].reset_index(drop=True)
    rows = [int(record_ids[record_ids == record_id].index[0]) for record_id in ids]
    selected = gpd.GeoDataFrame(layer.frame.iloc[rows])
    here = to_metric(selected.geometry, zone.settings.measure_crs).to_numpy()
    ranked = [
        _ranked(zone, here, "stations", "kind", ("rail", "high_speed")),
        _ranked(zone, here, "stations", "kind", ("airport",)),
        _ranked(zone, here, "roads", "road_class", ("expressway",)),
    ]
    lines = []
    for k, record_id in enumerate(ids):
        stations, airports, roads = (places_of_kind[k] for places_of_kind in ranked)
        high_speed = next((s for s in stations if s[2] == "high_speed"), None)
        nearest = stations[:_STATIONS]
        if high_speed and high_speed not in nearest:
            nearest = [*nearest[:-1], high_speed]
        lines += [(record_id, *place) for place in (*nearest, *airports[:1], *roads[:1])]
    return pd.DataFrame(lines, columns=["id", "to_layer", "to_id", "kind", "km"])


def _ranked(
    zone: Zone, here: np.ndarray, name: str, field: str, values: tuple[str, ...]
) -> list[list[tuple[str, str, str, float]]]:
    """For each geometry, the records of a layer with one of some field values, nearest first.

    Each is a tuple of the layer's name, the record's id, the field's value and the distance in km.
    """
    frame = zone.frame(name)
    chosen = gpd.GeoDataFrame(frame[frame[field].isin(values) & frame.geometry.notna()])
    there = np.asarray(to_metric(chosen.geometry, zone.settings.measure_crs), dtype=object)
    km = np.round(shapely.distance(here[:, None], there[None, :]) / 1000, 1)
    ids, kinds = list(chosen[zone.layers[name].schema.id]), list(chosen[field].astype(str))
    return [
        [(name, ids[k], kinds[k], float(row[k])) for k in np.argsort(row, kind="stable")
         if not np.isnan(row[k])]
        for row in km
    ]  # fmt: skip
