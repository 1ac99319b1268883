"""Sites 地块: what is on offer, where, how much, and when."""

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely


def availability(sites: pd.DataFrame, by: Sequence[str] = ("park_id", "status")) -> pd.DataFrame:
    """Sites by park and status, or by any other of their fields.

    Parameters
    ----------
    sites
        The layer ``sites`` of a zone, or a part of it.
    by
        The fields to group by. Of a list such as ``sectors`` each value is a group of its own: a
        site that suits two sectors stands in both, so that such rows must not be added up.

    Returns
    -------
    pandas.DataFrame
        Index `by` (only groups that occur, choices in the order of the schema); columns ``sites``
        (count), ``area_mu`` (sum of the declared areas in 亩), ``median_mu`` and ``largest_mu``
        (median and largest single site in 亩), ``largest_site`` (its id) and ``area_unknown`` (how
        many sites state no area: none of the sums holds them).
    """
    frame = _exploded(pd.DataFrame(sites), by)
    frame = frame.sort_values(["area_mu", "site_id"], ascending=[False, True], kind="stable")
    grouped = frame.groupby(list(by), observed=True)
    out = grouped["area_mu"].agg(sites="size", area_mu="sum", median_mu="median", largest_mu="max")
    known = frame["site_id"].where(frame["area_mu"].notna())
    out["largest_site"] = known.groupby([frame[name] for name in by], observed=True).first()
    out["area_unknown"] = out["sites"] - grouped["area_mu"].count()
    return pd.DataFrame(out)


def adjacent(
    sites: gpd.GeoDataFrame, *, crs: str, touch_m: float = 0.1, edge_m: float = 1.0
) -> pd.DataFrame:
    """Which sites lie side by side.

    Parameters
    ----------
    sites
        The layer ``sites`` of a zone, or a part of it.
    crs
        The metric CRS to measure in: ``zone.settings.measure_crs``.
    touch_m
        Distance up to which two outlines touch, in metres: ``zone.settings.limits.touch_m``.
    edge_m
        Length along which they must touch, in metres; a common corner joins nothing.

    Returns
    -------
    pandas.DataFrame
        ``left`` and ``right``: positions of the two sites in `sites`, left < right.
    """
    shapes = np.asarray(sites.geometry.to_crs(crs).to_numpy(), dtype=object)
    # Missing, empty, or so far out that it has no place in metres: no finite box.
    known = np.flatnonzero(np.isfinite(shapely.bounds(shapes)).all(axis=1))
    tree = shapely.STRtree(shapes[known])
    pairs = known[tree.query(shapes[known], predicate="dwithin", distance=touch_m)]
    left, right = pairs[:, pairs[0] < pairs[1]]
    reach = shapely.buffer(shapes[left], touch_m, quad_segs=2)
    common = shapely.intersection(reach, shapely.boundary(shapes[right]))
    along = shapely.length(common) >= edge_m
    return pd.DataFrame({"left": left[along], "right": right[along]})


def contiguous(
    sites: gpd.GeoDataFrame, *, crs: str, touch_m: float = 0.1, edge_m: float = 1.0
) -> gpd.GeoDataFrame:
    """Sites that lie side by side, taken together 连片.

    Connected components of `adjacent`; see there for the parameters. Which sites may be taken
    together is the caller's to say: usually those that are available.

    Returns
    -------
    geopandas.GeoDataFrame
        A row for each group, a site on its own included, the largest first (then by id):
        ``group_id`` (the least id of its sites), ``park_id`` (that site's park), ``sites`` (count),
        ``area_mu`` (sum of the declared areas in 亩), ``area_unknown`` (how many state none),
        ``site_ids`` (a tuple, in order) and the merged geometry in the CRS of `sites`.
    """
    frame = gpd.GeoDataFrame(sites).sort_values("site_id", kind="stable").reset_index(drop=True)
    links = adjacent(frame, crs=crs, touch_m=touch_m, edge_m=edge_m)
    group = _components(len(frame), links)
    grouped = frame.groupby(group, sort=True)
    out = grouped.agg(
        group_id=("site_id", "first"),
        park_id=("park_id", "first"),
        sites=("site_id", "size"),
        area_mu=("area_mu", "sum"),
        area_unknown=("area_mu", lambda area: int(area.isna().sum())),
        site_ids=("site_id", tuple),
    )
    merged = [_merged(shapes.to_numpy()) for _, shapes in frame.geometry.groupby(group)]
    whole = gpd.GeoDataFrame(out, geometry=gpd.GeoSeries(merged, out.index, crs=frame.crs))
    order = ["area_mu", "group_id"]
    return whole.sort_values(order, ascending=[False, True], ignore_index=True)


def _merged(shapes: object) -> shapely.Geometry | None:
    parts = [one for one in np.asarray(shapes, dtype=object) if one is not None]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts) if parts else None


def largest_contiguous(
    sites: gpd.GeoDataFrame,
    by: Sequence[str] = ("park_id",),
    *,
    crs: str,
    touch_m: float = 0.1,
    edge_m: float = 1.0,
) -> pd.DataFrame:
    """The largest contiguous area within each group of sites; see `contiguous`.

    Returns
    -------
    pandas.DataFrame
        Index `by`; columns ``contiguous_mu`` (亩, the sum of the declared areas) and
        ``contiguous_sites`` (how many sites it takes).
    """
    frame = gpd.GeoDataFrame(sites).sort_values("site_id", kind="stable").reset_index(drop=True)
    links = adjacent(frame, crs=crs, touch_m=touch_m, edge_m=edge_m)
    rows = _exploded(pd.DataFrame(frame)[[*by, "area_mu"]].assign(site=frame.index), by)
    rows = rows.dropna(subset=list(by)).reset_index(drop=True)
    rows["key"] = rows.groupby(list(by), observed=True).ngroup()
    # A site joins its neighbour in each group in which both stand.
    place = rows[["site", "key"]].assign(row=rows.index)
    joined = place.merge(links, left_on="site", right_on="left").merge(
        place, left_on=["right", "key"], right_on=["site", "key"], suffixes=("", "_beside")
    )
    rows["piece"] = _components(len(rows), joined[["row", "row_beside"]])
    whole = rows.groupby([*by, "piece"], observed=True)["area_mu"].agg(
        contiguous_mu="sum", contiguous_sites="size"
    )
    best = pd.DataFrame(whole).sort_values("contiguous_mu", ascending=False, kind="stable")
    return pd.DataFrame(best.groupby(list(by), observed=True).first())


def _exploded(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Of a list each value on a row of its own."""
    for name in by:
        if frame[name].map(lambda cell: isinstance(cell, tuple)).any():
            frame = frame.explode(name)
    return frame


def _components(count: int, links: pd.DataFrame) -> npt.NDArray[np.intp]:
    """For each of so many things, the first of those that links join it to."""
    # Here, so that who only reads and checks need not wait for networkx.
    import networkx as nx

    graph: nx.Graph[int] = nx.Graph()
    graph.add_edges_from(links.itertuples(index=False, name=None))
    group = np.arange(count)
    for members in nx.connected_components(graph):
        group[list(members)] = min(members)
    return group


def supply(sites: pd.DataFrame) -> pd.DataFrame:
    """The supply calendar: what comes when.

    The year of a site is its ``supply_year``, else that of ``available_from``; a site that states
    neither stands in the row without a year.

    Parameters
    ----------
    sites
        The sites that are still to be had: usually those available and in reserve.

    Returns
    -------
    pandas.DataFrame
        Index ``year`` (missing last) and ``status``; columns ``sites`` (count), ``area_mu`` (sum
        in 亩) and ``area_unknown``.
    """
    frame = pd.DataFrame(sites)
    from_date = frame["available_from"].dt.year.astype("Int64")
    year = frame["supply_year"].fillna(from_date).rename("year")
    grouped = frame.groupby([year, frame["status"]], observed=True, dropna=False)["area_mu"]
    out = pd.DataFrame(grouped.agg(sites="size", area_mu="sum", known="count"))
    out["area_unknown"] = out["sites"] - out.pop("known")
    return out


def stale(records: pd.DataFrame, *, on: date, months: float = 12) -> pd.DataFrame:
    """Records that nobody has verified for too long, the oldest first.

    Parameters
    ----------
    records
        Any layer with ``updated``.
    on
        The date of the data: ``zone.data_date``.
    months
        The limit: ``zone.settings.limits.stale_months``.

    Returns
    -------
    pandas.DataFrame
        The rows whose ``updated`` lies more than `months` before `on`, with ``age_days``.
    """
    frame = pd.DataFrame(records)
    day = pd.Timestamp(on)
    old = frame[frame["updated"] < day - pd.DateOffset(months=int(months))]
    aged = old.assign(age_days=(day - old["updated"]).dt.days)
    return aged.sort_values("age_days", ascending=False, kind="stable", ignore_index=True)
