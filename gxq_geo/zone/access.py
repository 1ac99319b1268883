"""Access 区位: how far things are from stations, airports and expressways."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gxq_geo.zone.zone import Zone

# Derived field -> layer, field and value of what it measures to.
TARGETS = {
    "station_km": ("stations", "kind", ("rail", "high_speed")),
    "high_speed_km": ("stations", "kind", ("high_speed",)),
    "airport_km": ("stations", "kind", ("airport",)),
    "expressway_km": ("roads", "road_class", ("expressway",)),
}


def distances(zone: Zone, name: str) -> pd.DataFrame:
    """Straight-line distances from each record of a layer, in km.

    Parameters
    ----------
    zone
        Its ``measure_crs`` is what the distances are measured in.
    name
        A layer with geometry, such as ``sites`` or ``carriers``.

    Returns
    -------
    pandas.DataFrame
        One row per record, in the layer's order; the columns ``station_km``, ``high_speed_km``,
        ``airport_km`` and ``expressway_km``: from the nearest point of the record to the nearest
        such feature, rounded to 0.1 km; NaN where the record has no geometry or the zone no such
        feature. An expressway's distance is to its line, not to an interchange.
    """
    there = {column: _features(zone, *target) for column, target in TARGETS.items()}
    # To project many sites takes longer than all else: not where there is nothing to measure to.
    known = any(len(features) for features in there.values())
    shapes = zone.metric(name).geometry if known else zone.frame(name).geometry
    here = shapes.to_numpy()
    return pd.DataFrame({column: _nearest(here, features) for column, features in there.items()})


def _features(zone: Zone, name: str, field: str, values: tuple[str, ...]) -> np.ndarray:
    frame = zone.frame(name)
    if frame.empty:
        return np.empty(0, dtype=object)
    chosen = frame.geometry[frame[field].isin(values) & frame.geometry.notna()]
    return np.asarray(chosen.to_crs(zone.settings.measure_crs), dtype=object)


def _nearest(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    out = np.full(len(here), np.nan)
    known = np.flatnonzero(~shapely.is_missing(here) & ~shapely.is_empty(here))
    if len(there) and len(known):
        tree = shapely.STRtree(there)
        (query, _), metres = tree.query_nearest(
            here[known], return_distance=True, all_matches=False
        )
        out[known[query]] = np.round(metres / 1000, 1)
    return out


# So many stations, the nearest high-speed one among them.
_STATIONS = 3


def places(zone: Zone, name: str, ids: Sequence[str]) -> pd.DataFrame:
    """The places that an investor asks for, by name, with their straight-line distance.

    Parameters
    ----------
    zone
        Its ``measure_crs`` is what the distances are measured in.
    name
        A layer with geometry, such as ``sites``.
    ids
        Which of its records.

    Returns
    -------
    pandas.DataFrame
        The columns ``id``, ``to_layer``, ``to_id``, ``kind`` and ``km`` (rounded to 0.1), for each
        record in the order of `ids` the nearest stations, a high-speed one among them where the
        zone has one, then the nearest airport and the nearest expressway (to its line).
    """
    of = zone.layers[name]
    rows = of.frame[of.schema.id].reset_index(drop=True)
    metric = gpd.GeoDataFrame(of.frame.iloc[[int(rows[rows == one].index[0]) for one in ids]])
    here = metric.geometry.to_crs(zone.settings.measure_crs).to_numpy()
    found = [
        _ranked(zone, here, "stations", "kind", ("rail", "high_speed")),
        _ranked(zone, here, "stations", "kind", ("airport",)),
        _ranked(zone, here, "roads", "road_class", ("expressway",)),
    ]
    lines = []
    for k, one in enumerate(ids):
        stations, airports, roads = (each[k] for each in found)
        fast = next((s for s in stations if s[2] == "high_speed"), None)
        first = stations[:_STATIONS]
        if fast and fast not in first:
            first = [*first[:-1], fast]
        lines += [(one, *place) for place in (*first, *airports[:1], *roads[:1])]
    return pd.DataFrame(lines, columns=["id", "to_layer", "to_id", "kind", "km"])


def _ranked(
    zone: Zone, here: np.ndarray, name: str, field: str, values: tuple[str, ...]
) -> list[list[tuple[str, str, str, float]]]:
    """For each shape the records of a layer that have one of some values, nearest first."""
    frame = zone.frame(name)
    chosen = gpd.GeoDataFrame(frame[frame[field].isin(values) & frame.geometry.notna()])
    there = np.asarray(chosen.geometry.to_crs(zone.settings.measure_crs), dtype=object)
    km = np.round(shapely.distance(here[:, None], there[None, :]) / 1000, 1)
    ids, kinds = list(chosen[zone.layers[name].schema.id]), list(chosen[field].astype(str))
    return [
        [(name, ids[k], kinds[k], float(row[k])) for k in np.argsort(row, kind="stable")
         if not np.isnan(row[k])]
        for row in km
    ]  # fmt: skip
