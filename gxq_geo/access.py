"""Access 区位: how far things are from stations, airports and expressways."""

import numpy as np
import pandas as pd
import shapely

from gxq_geo.zone import Zone

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
