"""Parks 园区: specialization, similarity between parks, and figures per 亩 of land."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Protocol

import numpy as np
import pandas as pd

from gxq_geo.schemas import schema

# 1 亿元 = 10,000 万元.
WAN_PER_YI = 10_000

# Indicators per 亩: the field of a project, its factor to 万元, the field of a site and of the
# zone's indicators with the required minimum, and the first stage at which it is evaluated
# (planned investment once the contract is signed, results once the project operates).
PER_MU = {
    "investment": ("investment_yi", WAN_PER_YI, "min_investment_wan_per_mu", "signed"),
    "landed": ("landed_investment_yi", WAN_PER_YI, "min_investment_wan_per_mu", "operating"),
    "output": ("annual_output_wan", 1, "min_output_wan_per_mu", "operating"),
    "tax": ("annual_tax_wan", 1, "min_tax_wan_per_mu", "operating"),
}


class Threshold(Protocol):
    """An entry of ``[[indicators]]`` in ``zone.toml``."""

    @property
    def land_use(self) -> tuple[str, ...]:
        """The land uses to which it applies."""

    @property
    def source(self) -> str:
        """The document that defines it."""


def zoned_area(zoning: pd.DataFrame) -> pd.DataFrame:
    """Sum the zoned area by park and sector.

    The area of a block with several sectors is divided equally among them; a block without a
    sector (green space, roads) is left out.

    Returns
    -------
    pandas.DataFrame
        Columns ``park_id``, ``sector_id`` and ``value``: the declared area (``area_ha``) in ha.
    """
    frame = pd.DataFrame(zoning)[["park_id", "sectors", "area_ha"]]
    count = frame["sectors"].map(len)
    shares = frame.assign(value=frame["area_ha"] / count.where(count > 0)).explode("sectors")
    return _summed(shares.rename(columns={"sectors": "sector_id"}))


def project_counts(projects: pd.DataFrame) -> pd.DataFrame:
    """Count projects by park and sector; those without a park or a sector are left out.

    Returns
    -------
    pandas.DataFrame
        Columns ``park_id``, ``sector_id`` and ``value`` (count).
    """
    return _summed(pd.DataFrame(projects)[["park_id", "sector_id"]].assign(value=1.0))


def _summed(frame: pd.DataFrame) -> pd.DataFrame:
    known = frame.dropna(subset=["park_id", "sector_id"])
    return pd.DataFrame(known.groupby(["park_id", "sector_id"])["value"].sum()).reset_index()


def specialization(amounts: pd.DataFrame) -> pd.DataFrame:
    """Compute location quotients 区位商 of sectors in parks.

    LQ = (x_ij / x_i.) / (x_.j / x_..): the sector's share in the park divided by its share in the
    zone. Above 1 the park is specialized in the sector. Isard (1960), *Methods of Regional
    Analysis*, MIT Press, ch. 7.

    Parameters
    ----------
    amounts
        ``park_id``, ``sector_id`` and ``value``, as from `zoned_area` or `project_counts`.

    Returns
    -------
    pandas.DataFrame
        ``park_id``, ``sector_id``, ``value``, ``share_pct`` (of the park), ``zone_share_pct`` (of
        the zone) and ``lq``.
    """
    out = amounts.reset_index(drop=True)
    share = out["value"] / out.groupby("park_id")["value"].transform("sum")
    zone = out.groupby("sector_id")["value"].transform("sum") / out["value"].sum()
    return out.assign(share_pct=share * 100, zone_share_pct=zone * 100, lq=share / zone)


def similarity(amounts: pd.DataFrame) -> pd.DataFrame:
    """Compute the similarity of the sector shares of each pair of parks.

    ``similarity_pct`` is the index of Finger & Kreinin (1979), *Economic Journal* 89: 905–912,
    100 · Σ_k min(s_ik, s_jk): 100 if the parks have the same sector shares, 0 if they have no
    sector in common. ``krugman`` is Krugman's specialization index K = Σ_k |s_ik − s_jk| (Krugman
    1991, *Geography and Trade*, MIT Press), from 0 to 2; ``similarity_pct`` = 100 · (1 − K/2).

    Parameters
    ----------
    amounts
        ``park_id``, ``sector_id`` and ``value``, as from `zoned_area` or `project_counts`.

    Returns
    -------
    pandas.DataFrame
        ``park_id``, ``other_park_id``, ``similarity_pct``, ``krugman`` and ``common_sectors`` (a
        tuple, the greatest common share first), the most similar pair first.
    """
    table = amounts.pivot_table("value", "park_id", "sector_id", aggfunc="sum", fill_value=0.0)
    shares = table.div(table.sum(axis=1), axis=0)
    rows = []
    for park, other in combinations(shares.index, 2):
        smaller = pd.Series(np.minimum(shares.loc[park], shares.loc[other]), shares.columns)
        common = smaller[smaller > 0].sort_values(ascending=False, kind="stable")
        krugman = float((shares.loc[park] - shares.loc[other]).abs().sum())
        rows.append((park, other, 100 * float(smaller.sum()), krugman, tuple(common.index)))
    columns = ["park_id", "other_park_id", "similarity_pct", "krugman", "common_sectors"]
    out = pd.DataFrame(rows, columns=columns)
    order = ["similarity_pct", "park_id", "other_park_id"]
    return out.sort_values(order, ascending=[False, True, True], kind="stable", ignore_index=True)


def overlaps(parks: pd.DataFrame, amounts: pd.DataFrame) -> pd.DataFrame:
    """List the sectors in which two parks compete, contrary to differentiated growth 错位发展.

    Two parks overlap in a sector if both name it among their leading sectors, or both are
    specialized in it (`specialization` above 1).

    Parameters
    ----------
    parks
        The layer ``parks``.
    amounts
        ``park_id``, ``sector_id`` and ``value``, as from `zoned_area` or `project_counts`.

    Returns
    -------
    pandas.DataFrame
        ``sector_id``, ``park_id``, ``other_park_id``, ``both_lead``, ``both_specialized``,
        ``common_pct`` (the smaller of the sector's two shares: its part of the similarity) and
        ``value`` (the smaller of the two amounts), the greatest common share first.
    """
    quotients = specialization(amounts).set_index(["park_id", "sector_id"])
    exploded = pd.DataFrame(parks).explode("lead_sectors")
    exploded = exploded.dropna(subset=["park_id", "lead_sectors"])
    leading = set(zip(exploded["park_id"], exploded["lead_sectors"], strict=True))
    specialized = set(quotients.index[quotients["lq"] > 1])
    rows = []
    for sector in sorted({sector for _, sector in leading | specialized}):
        in_sector = sorted({park for park, own in leading | specialized if own == sector})
        for park, other in combinations(in_sector, 2):
            keys = [(park, sector), (other, sector)]
            both = [leading.issuperset(keys), specialized.issuperset(keys)]
            if any(both):
                smaller = quotients.reindex(keys)[["share_pct", "value"]].fillna(0).min()
                rows.append((sector, park, other, *both, smaller["share_pct"], smaller["value"]))
    names = ["sector_id", "park_id", "other_park_id", "both_lead", "both_specialized"]
    out = pd.DataFrame(rows, columns=[*names, "common_pct", "value"])
    order = ["common_pct", *names[:3]]
    ascending = [False, True, True, True]
    return out.sort_values(order, ascending=ascending, kind="stable", ignore_index=True)


def per_mu(
    projects: pd.DataFrame, sites: pd.DataFrame, thresholds: Iterable[Threshold] = ()
) -> pd.DataFrame:
    """Compute investment, output and tax of each project per 亩 of its site 亩均, with thresholds.

    ``figure`` = amount / area: planned investment (``investment``), landed investment
    (``landed``), yearly output (``output``) or yearly tax (``tax``) in 万元, divided by the
    declared area of the site in 亩. The threshold is the greater of the site's own terms (标准地)
    and the zone's indicator for its land use.

    Parameters
    ----------
    projects, sites
        The layers. A project without a site has no row; if its site has no area, it has no figure.
    thresholds
        ``zone.settings.indicators``.

    Returns
    -------
    pandas.DataFrame
        For each of the four indicators a row for each project with a site, from the stage at which
        it is evaluated (planned investment: signed; the others: operating): ``project_id``,
        ``site_id``, ``park_id`` (of the site), ``indicator``, ``amount_wan``, ``area_mu``,
        ``figure`` and ``threshold`` (both 万元/亩, NaN where unknown) and ``verdict``: ``pass``,
        ``fail``, ``unknown`` (no figure) or ``none`` (no threshold).
    """
    terms = pd.DataFrame(sites).drop(columns="geometry", errors="ignore")
    terms = terms.drop_duplicates("site_id").reset_index(drop=True)
    terms = terms.assign(**_thresholds(terms, thresholds)).set_index("site_id")
    frame = pd.DataFrame(projects).dropna(subset=["site_id"])
    with_site = frame[frame["site_id"].isin(terms.index)]
    order = list(schema().domains["project_stage"])
    parts = []
    for indicator, (field, factor, limit, since) in PER_MU.items():
        evaluated = with_site["stage"].isin(order[order.index(since) :])
        frame = with_site[evaluated].reset_index(drop=True)
        site = terms.loc[frame["site_id"]].reset_index()
        amount = frame[field] * factor
        figure = amount / site["area_mu"].where(site["area_mu"] > 0)
        threshold = site[limit]
        verdict = np.where(figure >= threshold, "pass", "fail")
        verdict = np.where(figure.isna(), "unknown", verdict)
        verdict = np.where(threshold.isna(), "none", verdict)
        ids = pd.concat([frame["project_id"], site[["site_id", "park_id"]]], axis=1)
        parts.append(
            ids.assign(
                indicator=indicator,
                amount_wan=amount,
                area_mu=site["area_mu"],
                figure=figure,
                threshold=threshold,
                verdict=verdict,
            )
        )
    return pd.concat(parts, ignore_index=True)


def _thresholds(
    sites: pd.DataFrame, thresholds: Iterable[Threshold]
) -> Mapping[str, "pd.Series[float]"]:
    """The minimum of each indicator for each site: the greater of its own and the zone's terms."""
    fields = dict.fromkeys(limit for _, _, limit, _ in PER_MU.values())
    minimums = {field: sites[field].astype(float) for field in fields}
    for threshold in thresholds:
        applies = sites["land_use"].isin(threshold.land_use)
        for field, own in minimums.items():
            minimum = getattr(threshold, field, None)
            if minimum is not None:
                minimums[field] = own.mask(applies, own.fillna(0).clip(lower=minimum))
    return minimums


def per_mu_by_park(project_figures: pd.DataFrame) -> pd.DataFrame:
    """Aggregate the result of `per_mu` by park: Σ amount / Σ area of projects with both known.

    Returns
    -------
    pandas.DataFrame
        Index ``park_id`` and ``indicator``; columns ``figure`` (万元/亩), ``projects`` (number of
        projects in the sums), and the numbers of projects by verdict: ``meeting`` (pass), ``below``
        (fail), ``unknown`` and ``none``.
    """
    known = project_figures["figure"].notna()
    frame = project_figures.assign(
        known=known,
        amount=project_figures["amount_wan"].where(known),
        area=project_figures["area_mu"].where(known),
        meeting=project_figures["verdict"] == "pass",
        below=project_figures["verdict"] == "fail",
        unknown=project_figures["verdict"] == "unknown",
        none=project_figures["verdict"] == "none",
    )
    sums = frame.groupby(["park_id", "indicator"], sort=False)[
        ["amount", "area", "known", "meeting", "below", "unknown", "none"]
    ].sum()
    out = pd.DataFrame({"figure": sums["amount"] / sums["area"].where(sums["area"] > 0)})
    out["projects"] = sums["known"]
    return out.join(sums[["meeting", "below", "unknown", "none"]]).sort_index(
        level=0, sort_remaining=False
    )


def profile(
    parks: pd.DataFrame, *, zoning: pd.DataFrame, sites: pd.DataFrame, projects: pd.DataFrame
) -> pd.DataFrame:
    """Summarise each park in one row.

    Parameters
    ----------
    parks, zoning, sites, projects
        The layers of a zone; `sites` with the status ``available`` are counted.

    Returns
    -------
    pandas.DataFrame
        In the order of ``rank``: ``park_id``, ``kind``, ``area_km2``, ``zoned_ha`` (declared area
        of the blocks with a sector), ``available_sites``, ``available_mu``, ``projects``,
        ``investment_yi`` (sum of the known values, in 亿元), ``investment_unknown`` (number of
        projects without a value), ``lead_sectors`` and ``functions``.
    """
    out = pd.DataFrame(parks).sort_values(["rank", "park_id"], kind="stable")
    out = out[["park_id", "kind", "area_km2", "lead_sectors", "functions"]].set_index("park_id")
    blocks = pd.DataFrame(zoning)
    zoned = blocks[blocks["sectors"].map(len) > 0].groupby("park_id")["area_ha"].sum()
    available = pd.DataFrame(sites).query("status == 'available'").groupby("park_id")["area_mu"]
    by_park = pd.DataFrame(projects).groupby("park_id")
    ids = out.index
    out.insert(2, "zoned_ha", zoned.reindex(ids, fill_value=0.0))
    out.insert(3, "available_sites", available.size().reindex(ids, fill_value=0))
    out.insert(4, "available_mu", available.sum().reindex(ids, fill_value=0.0))
    count = by_park.size().reindex(ids, fill_value=0)
    out.insert(5, "projects", count)
    out.insert(6, "investment_yi", by_park["investment_yi"].sum().reindex(ids, fill_value=0.0))
    known = by_park["investment_yi"].count().reindex(ids, fill_value=0)
    out.insert(7, "investment_unknown", count - known)
    return out.reset_index()
