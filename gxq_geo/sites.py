"""Sites 地块: what is on offer, where, and how much."""

import geopandas as gpd
import pandas as pd


def availability(sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sites by park and status.

    Parameters
    ----------
    sites
        The layer ``sites`` of a zone, or a part of it.

    Returns
    -------
    pandas.DataFrame
        Index ``park_id`` and ``status`` (only pairs that occur, status in the order of the
        schema); columns ``sites`` (count), ``area_mu`` (sum of the declared areas in 亩) and
        ``largest_mu`` (largest single site in 亩).
    """
    grouped = pd.DataFrame(sites).groupby(["park_id", "status"], observed=True)["area_mu"]
    return pd.DataFrame(grouped.agg(sites="size", area_mu="sum", largest_mu="max"))
