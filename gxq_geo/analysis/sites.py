"""Sites 地块: availability, contiguous groups, supply calendar and stale records."""

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gxq_geo.zone.projection import to_metric


def availability(sites: pd.DataFrame, by: Sequence[str] = ("park_id", "status")) -> pd.DataFrame:
    """Count sites and sum their areas by park and status, or by other fields.

    Parameters
    ----------
    sites
        The layer ``sites`` of a zone, or a part of it.
    by
        The fields to group by. A site counts for each value of a list field such as ``sectors``,
        so such rows must not be added up.

    Returns
    -------
    pandas.DataFrame
        Index `by` (only groups that occur, choices in the order of the schema); columns ``sites``
        (count), ``area_mu`` (sum of the declared areas in 亩), ``median_mu`` and ``largest_mu``
        (median and largest area of a site in 亩), ``largest_site`` (the id of the largest) and
        ``area_unknown`` (number of sites without an area, not in the sums).
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
    """Find the pairs of adjacent sites.

    Parameters
    ----------
    sites
        The layer ``sites`` of a zone, or a part of it.
    crs
        The metric CRS to measure in: ``zone.settings.measure_crs``.
    touch_m
        Maximum distance of two outlines that touch, in metres: ``zone.settings.limits.touch_m``.
    edge_m
        Minimum length of the shared edge, in metres; a shared corner is not enough.

    Returns
    -------
    pandas.DataFrame
        ``left`` and ``right``: positions of the two sites in `sites`, left < right.
    """
    shapes = np.asarray(to_metric(sites.geometry, crs), dtype=object)
    # Missing and empty geometries, and those outside the domain of the CRS, have no finite bounds.
    known = np.flatnonzero(np.isfinite(shapely.bounds(shapes)).all(axis=1))
    tree = shapely.STRtree(shapes[known])
    pairs = known[tree.query(shapes[known], predicate="dwithin", distance=touch_m)]
    left, right = pairs[:, pairs[0] < pairs[1]]
    buffered = shapely.buffer(shapes[left], touch_m, quad_segs=2)
    shared = shapely.intersection(buffered, shapely.boundary(shapes[right]))
    adjoining = shapely.length(shared) >= edge_m
    return pd.DataFrame({"left": left[adjoining], "right": right[adjoining]})


def contiguous(
    sites: gpd.GeoDataFrame, *, crs: str, touch_m: float = 0.1, edge_m: float = 1.0
) -> gpd.GeoDataFrame:
    """Merge adjacent sites into contiguous groups 连片.

    The groups are the connected components of `adjacent`, which explains the parameters. Pass only
    the sites that may be merged, usually the available ones.

    Returns
    -------
    geopandas.GeoDataFrame
        A row for each group, single sites included, the largest first (then by id): ``group_id``
        (the lowest id of its sites), ``park_id`` (the park of that site), ``sites`` (count),
        ``area_mu`` (sum of the declared areas in 亩), ``area_unknown`` (number of sites without an
        area), ``site_ids`` (a sorted tuple) and the merged geometry in the CRS of `sites`.
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
    groups = gpd.GeoDataFrame(out, geometry=gpd.GeoSeries(merged, out.index, crs=frame.crs))
    order = ["area_mu", "group_id"]
    return groups.sort_values(order, ascending=[False, True], ignore_index=True)


def _merged(shapes: object) -> shapely.Geometry | None:
    parts = [shape for shape in np.asarray(shapes, dtype=object) if shape is not None]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts) if parts else None


def largest_contiguous(
    sites: gpd.GeoDataFrame,
    by: Sequence[str] = ("park_id",),
    *,
    crs: str,
    touch_m: float = 0.1,
    edge_m: float = 1.0,
) -> pd.DataFrame:
    """Find the largest contiguous area by park, or by other fields; see `contiguous`.

    Returns
    -------
    pandas.DataFrame
        Index `by`; columns ``contiguous_mu`` (sum of the declared areas in 亩) and
        ``contiguous_sites`` (number of sites).
    """
    frame = gpd.GeoDataFrame(sites).sort_values("site_id", kind="stable").reset_index(drop=True)
    links = adjacent(frame, crs=crs, touch_m=touch_m, edge_m=edge_m)
    rows = _exploded(pd.DataFrame(frame)[[*by, "area_mu"]].assign(site=frame.index), by)
    rows = rows.dropna(subset=list(by)).reset_index(drop=True)
    rows["key"] = rows.groupby(list(by), observed=True).ngroup()
    # Two adjacent sites are connected in each group that has both.
    members = rows[["site", "key"]].assign(row=rows.index)
    joined = members.merge(links, left_on="site", right_on="left").merge(
        members, left_on=["right", "key"], right_on=["site", "key"], suffixes=("", "_adjacent")
    )
    rows["component"] = _components(len(rows), joined[["row", "row_adjacent"]])
    areas = rows.groupby([*by, "component"], observed=True)["area_mu"].agg(
        contiguous_mu="sum", contiguous_sites="size"
    )
    largest = pd.DataFrame(areas).sort_values("contiguous_mu", ascending=False, kind="stable")
    return pd.DataFrame(largest.groupby(list(by), observed=True).first())


def _exploded(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Give each value of a list field a row of its own."""
    for name in by:
        if frame[name].map(lambda cell: isinstance(cell, tuple)).any():
            frame = frame.explode(name)
    return frame


def _components(count: int, links: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Label connected components: for each of `count` nodes, the lowest node of its component."""
    # Imported late: networkx is slow to import, and few commands need it.
    import networkx as nx

    graph: nx.Graph[int] = nx.Graph()
    graph.add_edges_from(links.itertuples(index=False, name=None))
    group = np.arange(count)
    for members in nx.connected_components(graph):
        group[list(members)] = min(members)
    return group


def supply(sites: pd.DataFrame) -> pd.DataFrame:
    """Count sites and sum their areas by the year of supply.

    The year of a site is its ``supply_year``, else the year of ``available_from``.

    Parameters
    ----------
    sites
        The sites not yet taken, usually those available and in reserve.

    Returns
    -------
    pandas.DataFrame
        Index ``year`` (sites without a year come last) and ``status``; columns ``sites`` (count),
        ``area_mu`` (sum of the declared areas in 亩) and ``area_unknown`` (number of sites without
        an area).
    """
    frame = pd.DataFrame(sites)
    from_date = frame["available_from"].dt.year.astype("Int64")
    year = frame["supply_year"].fillna(from_date).rename("year")
    grouped = frame.groupby([year, frame["status"]], observed=True, dropna=False)["area_mu"]
    out = pd.DataFrame(grouped.agg(sites="size", area_mu="sum", known="count"))
    out["area_unknown"] = out["sites"] - out.pop("known")
    return out


def stale(records: pd.DataFrame, *, on: date, months: float = 12) -> pd.DataFrame:
    """The records whose last verification is too long ago, the oldest first.

    Parameters
    ----------
    records
        Any layer with ``updated``.
    on
        The date of the data: ``zone.data_date``.
    months
        The maximum age in months: ``zone.settings.limits.stale_months``.

    Returns
    -------
    pandas.DataFrame
        The rows whose ``updated`` is more than `months` before `on`, with ``age_days``.
    """
    frame = pd.DataFrame(records)
    day = pd.Timestamp(on)
    old = frame[frame["updated"] < day - pd.DateOffset(months=int(months))]
    aged = old.assign(age_days=(day - old["updated"]).dt.days)
    return aged.sort_values("age_days", ascending=False, kind="stable", ignore_index=True)
