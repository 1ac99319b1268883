"""Carriers 载体: buildings with space to let."""

import geopandas as gpd
import pandas as pd


def vacancy(carriers: gpd.GeoDataFrame) -> pd.DataFrame:
    """Carriers by park and kind.

    Parameters
    ----------
    carriers
        The layer ``carriers`` of a zone, or a part of it.

    Returns
    -------
    pandas.DataFrame
        Index ``park_id`` and ``kind`` (only pairs that occur); columns ``carriers`` (count),
        ``total_floor_area_m2``, ``vacant_floor_area_m2`` (sums of what is known, in m²) and
        ``vacancy_pct`` (vacant / total · 100 over the carriers that state both, NaN where none).
    """
    frame = pd.DataFrame(carriers)
    total, vacant = frame["total_floor_area_m2"], frame["vacant_floor_area_m2"]
    both = total.notna() & vacant.notna()
    frame = frame.assign(known_total=total.where(both), known_vacant=vacant.where(both))
    out = frame.groupby(["park_id", "kind"], observed=True).agg(
        carriers=("carrier_id", "size"),
        total_floor_area_m2=("total_floor_area_m2", "sum"),
        vacant_floor_area_m2=("vacant_floor_area_m2", "sum"),
        known_total=("known_total", "sum"),
        known_vacant=("known_vacant", "sum"),
    )
    known = out["known_total"].where(out["known_total"] > 0)
    out["vacancy_pct"] = out["known_vacant"] / known * 100
    return out.drop(columns=["known_total", "known_vacant"])
