"""Parks 园区: what each of them is for, how alike they are, and what each 亩 of them brings."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Protocol

import numpy as np
import pandas as pd

from gxq_geo.schemas import schema

# 1 亿元 = 10,000 万元.
WAN_PER_YI = 10_000

# What is measured per 亩: where a project says it, its factor to 万元, the field of a site and of
# the zone's indicators that asks for it, and the stage from which on it is due: what is promised
# once the contract is signed, what came of it once the project operates.
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
        """To which land uses it applies."""

    @property
    def source(self) -> str:
        """Where it is laid down."""


def zoned(zoning: pd.DataFrame) -> pd.DataFrame:
    """Zoned area by park and sector.

    A block that is zoned for several sectors counts for each with an equal share, so that the
    areas add up to the park's; a block for no sector (green, roads) is left out.

    Returns
    -------
    pandas.DataFrame
        Columns ``park_id``, ``sector_id`` and ``value``: hectares, as declared (``area_ha``).
    """
    frame = pd.DataFrame(zoning)[["park_id", "sectors", "area_ha"]]
    count = frame["sectors"].map(len)
    shares = frame.assign(value=frame["area_ha"] / count.where(count > 0)).explode("sectors")
    return _summed(shares.rename(columns={"sectors": "sector_id"}))


def placed(projects: pd.DataFrame) -> pd.DataFrame:
    """Projects by park and sector.

    Returns
    -------
    pandas.DataFrame
        Columns ``park_id``, ``sector_id`` and ``value``: how many; those that state no park or no
        sector are in none.
    """
    return _summed(pd.DataFrame(projects)[["park_id", "sector_id"]].assign(value=1.0))


def _summed(frame: pd.DataFrame) -> pd.DataFrame:
    known = frame.dropna(subset=["park_id", "sector_id"])
    return pd.DataFrame(known.groupby(["park_id", "sector_id"])["value"].sum()).reset_index()


def specialization(amounts: pd.DataFrame) -> pd.DataFrame:
    """Location quotients 区位商: in what each park is more than the zone as a whole.

    LQ = (x_ij / x_i.) / (x_.j / x_..), the sector's share of the park over its share of the zone;
    above 1 the park is specialized in it. Isard (1960), *Methods of Regional Analysis*, MIT Press,
    ch. 7.

    Parameters
    ----------
    amounts
        ``park_id``, ``sector_id`` and ``value``, such as `zoned` or `placed` give.

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
    """How alike each two parks are in their sectors.

    ``similarity_pct`` is the index of Finger & Kreinin (1979), *Economic Journal* 89: 905–912,
    100 · Σ_k min(s_ik, s_jk): 100 where the shares of the sectors are the same, 0 where no sector
    is common. ``krugman`` is Krugman's specialization index, Σ_k |s_ik − s_jk| (Krugman 1991,
    *Geography and Trade*, MIT Press), which says the same from 0 to 2: 100 · (1 − K/2).

    Parameters
    ----------
    amounts
        ``park_id``, ``sector_id`` and ``value``, such as `zoned` or `placed` give.

    Returns
    -------
    pandas.DataFrame
        ``park_id``, ``other_park_id``, ``similarity_pct``, ``krugman`` and ``common_sectors`` (a
        tuple, the greatest common share first), the most alike first.
    """
    table = amounts.pivot_table("value", "park_id", "sector_id", aggfunc="sum", fill_value=0.0)
    shares = table.div(table.sum(axis=1), axis=0)
    rows = []
    for one, other in combinations(shares.index, 2):
        least = pd.Series(np.minimum(shares.loc[one], shares.loc[other]), shares.columns)
        common = least[least > 0].sort_values(ascending=False, kind="stable")
        krugman = float((shares.loc[one] - shares.loc[other]).abs().sum())
        rows.append((one, other, 100 * float(least.sum()), krugman, tuple(common.index)))
    columns = ["park_id", "other_park_id", "similarity_pct", "krugman", "common_sectors"]
    out = pd.DataFrame(rows, columns=columns)
    order = ["similarity_pct", "park_id", "other_park_id"]
    return out.sort_values(order, ascending=[False, True, True], kind="stable", ignore_index=True)


def overlaps(parks: pd.DataFrame, amounts: pd.DataFrame) -> pd.DataFrame:
    """Where two parks go the same way, which 错位发展 wants to avoid.

    Two parks overlap in a sector where both name it among their leading sectors, or both are
    specialized in it (`specialization` above 1).

    Parameters
    ----------
    parks
        The layer ``parks``.
    amounts
        ``park_id``, ``sector_id`` and ``value``, such as `zoned` or `placed` give.

    Returns
    -------
    pandas.DataFrame
        ``sector_id``, ``park_id``, ``other_park_id``, ``both_lead``, ``both_specialized``,
        ``common_pct`` (the smaller of the sector's two shares: its part of the similarity) and
        ``value`` (the smaller of the two amounts), the greatest common share first.
    """
    found = specialization(amounts).set_index(["park_id", "sector_id"])
    leading = pd.DataFrame(parks).explode("lead_sectors")
    leading = leading.dropna(subset=["park_id", "lead_sectors"])
    lead = set(zip(leading["park_id"], leading["lead_sectors"], strict=True))
    special = set(found.index[found["lq"] > 1])
    rows = []
    for sector in sorted({sector for _, sector in lead | special}):
        at = sorted({park for park, one in lead | special if one == sector})
        for one, other in combinations(at, 2):
            keys = [(one, sector), (other, sector)]
            both = [lead.issuperset(keys), special.issuperset(keys)]
            if any(both):
                least = found.reindex(keys)[["share_pct", "value"]].fillna(0).min()
                rows.append((sector, one, other, *both, least["share_pct"], least["value"]))
    names = ["sector_id", "park_id", "other_park_id", "both_lead", "both_specialized"]
    out = pd.DataFrame(rows, columns=[*names, "common_pct", "value"])
    order = ["common_pct", *names[:3]]
    ascending = [False, True, True, True]
    return out.sort_values(order, ascending=ascending, kind="stable", ignore_index=True)


def per_mu(
    projects: pd.DataFrame, sites: pd.DataFrame, thresholds: Iterable[Threshold] = ()
) -> pd.DataFrame:
    """What each project brings per 亩 of its site, against what is asked of it 亩均.

    ``figure`` = amount / area: 万元 of planned investment (``investment``), of landed investment
    (``landed``), of yearly output (``output``) and yearly tax (``tax``), over the declared area of
    the site in 亩. What is asked is the greater of what the site's own terms say (标准地) and what
    the zone's indicators say for its land use.

    Parameters
    ----------
    projects, sites
        The layers; a project without a site, or whose site states no area, has no figure.
    thresholds
        ``zone.settings.indicators``.

    Returns
    -------
    pandas.DataFrame
        For each of the four a row for each project with a site that is far enough (planned
        investment from the signing on, the others in operation): ``project_id``, ``site_id``,
        ``park_id`` (of the site), ``indicator``, ``amount_wan``, ``area_mu``, ``figure`` and
        ``threshold`` (both 万元/亩, NaN where unknown) and ``verdict``: ``pass``, ``fail``,
        ``unknown`` (no figure) or ``none`` (nothing is asked).
    """
    asked = pd.DataFrame(sites).drop(columns="geometry", errors="ignore")
    asked = asked.drop_duplicates("site_id").reset_index(drop=True)
    asked = asked.assign(**_asked(asked, thresholds)).set_index("site_id")
    frame = pd.DataFrame(projects).dropna(subset=["site_id"])
    placed_there = frame[frame["site_id"].isin(asked.index)]
    order = list(schema().domains["project_stage"])
    parts = []
    for indicator, (field, factor, limit, since) in PER_MU.items():
        far = placed_there["stage"].isin(order[order.index(since) :])
        frame = placed_there[far].reset_index(drop=True)
        site = asked.loc[frame["site_id"]].reset_index()
        amount = frame[field] * factor
        figure = amount / site["area_mu"].where(site["area_mu"] > 0)
        threshold = site[limit]
        verdict = np.where(figure >= threshold, "pass", "fail")
        verdict = np.where(figure.isna(), "unknown", verdict)
        verdict = np.where(threshold.isna(), "none", verdict)
        named = pd.concat([frame["project_id"], site[["site_id", "park_id"]]], axis=1)
        parts.append(
            named.assign(
                indicator=indicator,
                amount_wan=amount,
                area_mu=site["area_mu"],
                figure=figure,
                threshold=threshold,
                verdict=verdict,
            )
        )
    return pd.concat(parts, ignore_index=True)


def _asked(
    sites: pd.DataFrame, thresholds: Iterable[Threshold]
) -> Mapping[str, "pd.Series[float]"]:
    """What is asked of each site: its own terms, or the zone's where they ask more."""
    fields = dict.fromkeys(limit for _, _, limit, _ in PER_MU.values())
    asked = {field: sites[field].astype(float) for field in fields}
    for one in thresholds:
        applies = sites["land_use"].isin(one.land_use)
        for field, terms in asked.items():
            least = getattr(one, field, None)
            if least is not None:
                asked[field] = terms.mask(applies, terms.fillna(0).clip(lower=least))
    return asked


def per_mu_by_park(found: pd.DataFrame) -> pd.DataFrame:
    """`per_mu` by park: Σ amount / Σ area over the projects where both are known.

    Returns
    -------
    pandas.DataFrame
        Index ``park_id`` and ``indicator``; columns ``figure`` (万元/亩), ``projects`` (how many it
        rests on), ``meeting``, ``below``, ``unknown`` and ``none`` (how many meet what is asked,
        fall below it, state no figure for it, or are asked for nothing).
    """
    known = found["figure"].notna()
    frame = found.assign(
        known=known,
        amount=found["amount_wan"].where(known),
        area=found["area_mu"].where(known),
        meeting=found["verdict"] == "pass",
        below=found["verdict"] == "fail",
        unknown=found["verdict"] == "unknown",
        none=found["verdict"] == "none",
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
    """Each park on one line.

    Parameters
    ----------
    parks, zoning, sites, projects
        The layers of a zone. Of `sites` those whose ``status`` is ``available`` are on offer.

    Returns
    -------
    pandas.DataFrame
        In the order of ``rank``: ``park_id``, ``kind``, ``area_km2``, ``zoned_ha`` (declared, for
        any sector), ``available_sites``, ``available_mu``, ``projects``, ``investment_yi`` (sum of
        what is known, in 亿元), ``investment_unknown`` (of how many it is not), ``lead_sectors``
        and ``functions``.
    """
    out = pd.DataFrame(parks).sort_values(["rank", "park_id"], kind="stable")
    out = out[["park_id", "kind", "area_km2", "lead_sectors", "functions"]].set_index("park_id")
    blocks = pd.DataFrame(zoning)
    ground = blocks[blocks["sectors"].map(len) > 0].groupby("park_id")["area_ha"].sum()
    free = pd.DataFrame(sites).query("status == 'available'").groupby("park_id")["area_mu"]
    busy = pd.DataFrame(projects).groupby("park_id")
    at = out.index
    out.insert(2, "zoned_ha", ground.reindex(at, fill_value=0.0))
    out.insert(3, "available_sites", free.size().reindex(at, fill_value=0))
    out.insert(4, "available_mu", free.sum().reindex(at, fill_value=0.0))
    count = busy.size().reindex(at, fill_value=0)
    out.insert(5, "projects", count)
    out.insert(6, "investment_yi", busy["investment_yi"].sum().reindex(at, fill_value=0.0))
    known = busy["investment_yi"].count().reindex(at, fill_value=0)
    out.insert(7, "investment_unknown", count - known)
    return out.reset_index()
