"""Meaning: records are consistent with each other and with planning practice.

Planning practice, such as the land uses that suit an industry, is in ``[meaning]`` of
``data/schema.toml`` and in the zone's settings.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
import shapely

from gxq_geo.rules.common import (
    dangling_links,
    incomplete_layers,
    measurable,
    nearest,
    severity,
    sites_with_active_project,
    today,
)
from gxq_geo.rules.spatial.datum_shift import datum_shifts
from gxq_geo.schemas import schema
from gxq_geo.schemas.dtypes import lookup
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone

# A code of GB/T 4754: the letter of the section, and up to four digits from the division on.
_GBT4754 = re.compile(r"([A-Ta-t]?)(\d{2,4})?")


def _meaning(name: str) -> Any:
    return schema().meaning[name]


def _is_complete(zone: Zone, *names: str) -> bool:
    """Return whether the zone has files for these layers, and every record in them was read."""
    unread = incomplete_layers(zone) & set(names)
    return not unread and all(zone.layers[name].path for name in names)


# ------------------------------------------------------------------ sites and projects


@severity(Severity.WARNING)
def committed_without_project(zone: Zone) -> Iterator[Issue]:
    """A site that is signed, under construction or operating has a project that names it."""
    if not _is_complete(zone, "projects"):
        return
    layer = zone.layers["sites"]
    frame = layer.frame
    committed = frame["status"].isin(_meaning("committed_status"))
    unnamed = committed & ~frame["site_id"].isin(zone.frame("projects")["site_id"].dropna())
    links = dangling_links(zone)
    misspelt = links.loc[(links["layer"] == "projects") & (links["to_layer"] == "sites"), "to_id"]
    rows = np.flatnonzero(unnamed & frame["site_id"].notna())
    # Where a project misspells the id of its site, `unknown-reference` reports it.
    ids: Mapping[str, Mapping[str, str]] = {str(frame["site_id"].iloc[row]): {} for row in rows}
    meant = {nearest(str(site_id), ids) for site_id in misspelt.iloc[:100]} if len(rows) else set()
    for row in rows:
        if frame["site_id"].iloc[row] not in meant:
            yield layer.issue(int(row), field="status", value=str(frame["status"].iloc[row]))


@severity(Severity.WARNING)
def available_with_active_project(zone: Zone) -> Iterator[Issue]:
    """A site that is available or in reserve has no project past its first contacts."""
    layer, active = zone.layers["sites"], sites_with_active_project(zone)
    frame = layer.frame
    taken = frame["status"].isin(_meaning("free_status")) & frame["site_id"].isin(active.index)
    for row in np.flatnonzero(taken):
        project, stage = active.loc[frame["site_id"].iloc[row]]
        yield layer.issue(
            int(row),
            field="status",
            value=str(frame["status"].iloc[row]),
            project=str(project),
            stage=f"@schema.domains.project_stage.{stage}",
        )


@severity(Severity.WARNING)
def stages_out_of_order(zone: Zone) -> Iterator[Issue]:
    """A project enters its stages one after the other."""
    layer = zone.layers["project_stages"]
    steps = layer.frame[["project_id", "stage", "entered"]].dropna()
    steps = steps[steps["entered"] <= pd.Timestamp(today())]
    codes = steps["stage"].cat.codes
    steps = steps.assign(code=codes).sort_values(["project_id", "code", "entered"])
    latest = steps.groupby("project_id")["entered"].cummax()
    for project in steps.loc[steps["entered"] < latest, "project_id"].unique():
        own = steps[steps["project_id"] == project]
        for at in _out_of_order(own["entered"].tolist()):
            row = int(own.index[at])
            other = own["stage"].iloc[at - 1 if at else 1]
            yield layer.issue(
                row,
                field="entered",
                value=own["entered"].iloc[at].date().isoformat(),
                stage=f"@schema.domains.project_stage.{own['stage'].iloc[at]}",
                other=f"@schema.domains.project_stage.{other}",
            )


def _out_of_order(days: Sequence[Any]) -> list[int]:
    """Return the positions outside the longest non-decreasing subsequence of the days."""
    runs: list[tuple[int, ...]] = []
    for position, day in enumerate(days):
        extended = (run for run in runs if days[run[-1]] <= day)
        runs.append((*_longest(extended), position))
    in_order = set(_longest(runs))
    return [position for position in range(len(days)) if position not in in_order]


def _longest(runs: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return max(runs, key=len, default=())


@severity(Severity.WARNING)
def stage_behind_history(zone: Zone) -> Iterator[Issue]:
    """The stage of a project is not behind its stage history."""
    layer = zone.layers["projects"]
    history = zone.frame("project_stages")[["project_id", "stage"]].dropna()
    furthest = history.assign(code=history["stage"].cat.codes).groupby("project_id")["code"].max()
    frame = layer.frame
    reached = lookup(frame["project_id"], furthest)
    behind = frame["stage"].notna() & (frame["stage"].cat.codes < reached)
    names = list(schema().domains["project_stage"])
    for row in np.flatnonzero(behind):
        yield layer.issue(
            int(row),
            field="stage",
            value=str(frame["stage"].iloc[row]),
            other=f"@schema.domains.project_stage.{names[int(reached.iloc[row])]}",
        )


# ------------------------------------------------------------------ planning


@severity(Severity.WARNING)
def sector_against_zoning(zone: Zone) -> Iterator[Issue]:
    """A site shares a sector with the zoning on which it lies."""
    sites, blocks = zone.layers["sites"], zone.layers["zoning"]
    if not len(blocks.frame) or not len(sites.frame):
        return
    if {"sites", "zoning"} & datum_shifts(zone).keys():
        return
    under = _block_of_site(zone)
    pairs = pd.DataFrame(
        {
            "own": sites.frame["sectors"].iloc[under.index],
            "planned": blocks.frame["sectors"].iloc[under.to_numpy()].to_numpy(),
            "block": under,
            "park": sites.frame["park_id"].iloc[under.index],
            "over": blocks.frame["park_id"].iloc[under.to_numpy()].to_numpy(),
        }
    )
    named = (pairs["own"].map(len) > 0) & (pairs["planned"].map(len) > 0)
    # A site on a block of another park is reported by `site-outside-park`.
    named &= (pairs["park"] == pairs["over"]).fillna(value=False).astype(bool)
    known = set(zone.frame("sectors")["sector_id"].dropna())
    for row, pair in pairs[named].iterrows():
        # A sector that does not exist is reported by `unknown-reference`.
        if known >= set(pair["own"]) and not set(pair["own"]) & set(pair["planned"]):
            yield sites.issue(
                int(str(row)),
                field="sectors",
                value=", ".join(pair["own"]),
                planned=", ".join(pair["planned"]),
                block=blocks.identity(int(pair["block"]))[0],
            )


def _block_of_site(zone: Zone) -> pd.Series:
    """Return the row of the zoning block that holds a point of each site, by the site's row."""
    sites, blocks = measurable(zone, "sites"), measurable(zone, "zoning")
    points = shapely.point_on_surface(sites.to_numpy())
    site, block = shapely.STRtree(blocks.to_numpy()).query(points, predicate="intersects")
    found = pd.Series(blocks.index.to_numpy()[block], index=sites.index.to_numpy()[site])
    return found[~found.index.duplicated()]


@severity(Severity.WARNING)
def land_use_against_sector(zone: Zone) -> Iterator[Issue]:
    """The land use of a site suits one of its sectors, by the sector's industry codes."""
    layer = zone.layers["sites"]
    sections = _sections_by_sector(zone)
    columns = ["sectors", "land_use_scheme", "land_use"]
    frame = pd.DataFrame(layer.frame[columns]).dropna()
    for key, rows in frame.groupby(columns, observed=True, sort=False):
        sectors, scheme, use = cast("tuple[tuple[str, ...], str, str]", key)
        known = schema().domain_of(layer.schema.fields["land_use"], {"land_use_scheme": scheme})
        suitable = _suitable_uses(sectors, scheme, sections)
        if use not in (known or {}) or not suitable or use in suitable:
            continue
        for row in rows.index:
            yield layer.issue(
                int(row),
                field="land_use",
                value=f"{use}",
                sectors=", ".join(sectors),
                allowed=", ".join(suitable),
            )


def _sections_by_sector(zone: Zone) -> dict[str, set[str]]:
    """Return the sections of GB/T 4754 (their letters) of each sector."""
    return {
        sector: {code[0] for code in codes if code[:1].isalpha()}
        for sector, codes in zone.frame("sectors")[["sector_id", "gbt4754"]].itertuples(index=False)
        if isinstance(sector, str)
    }


def _suitable_uses(
    sectors: Sequence[str], scheme: str, sections: Mapping[str, set[str]]
) -> list[str]:
    """Return the land-use codes that suit any of the sectors; empty where one suits every use."""
    by_section = _meaning("land_use_of_section").get(scheme, {})
    by_sector = [_uses_of(sections.get(sector, set()), by_section) for sector in sectors]
    if not all(by_sector):
        return []
    return list(dict.fromkeys(code for uses in by_sector for code in uses))


def _uses_of(sections: set[str], by_section: Mapping[str, list[str]]) -> list[str]:
    """Return the land-use codes that suit any section; empty where a section suits every use."""
    if not sections or sections - set(by_section):
        return []
    return list(dict.fromkeys(code for one in sorted(sections) for code in by_section[one]))


@severity(Severity.WARNING)
def industry_code(zone: Zone) -> Iterator[Issue]:
    """A code of GB/T 4754 begins with the letter of its section: C34."""
    for layer in (layer for layer in zone.layers.values() if "gbt4754" in layer.schema.fields):
        for row, codes in enumerate(layer.frame["gbt4754"]):
            for code in codes:
                if (near := _with_section(code)) != code:
                    yield layer.issue(row, field="gbt4754", value=code, near=near)


def _with_section(code: str) -> str:
    """Return a code with the letter of its section; empty if it is no code."""
    match = _GBT4754.fullmatch(code)
    if not match:
        return ""
    letter, digits = match.groups()
    if not digits:
        return code if letter in _meaning("gbt4754_divisions") else ""
    for section, (first, last) in _meaning("gbt4754_divisions").items():
        if first <= int(digits[:2]) <= last:
            return f"{section}{digits}"
    return ""


@severity(Severity.WARNING)
def far_outside_indicator(zone: Zone) -> Iterator[Issue]:
    """The floor-area ratio of a site keeps to the control indicators of ``zone.toml``."""
    layer = zone.layers["sites"]
    frame = layer.frame
    for indicator in zone.settings.indicators:
        applies = frame["land_use"].isin(indicator.land_use).to_numpy()
        for field, low, high in (
            ("far_min", indicator.far_min, None),
            ("far_max", indicator.far_min, indicator.far_max),
        ):
            column = frame[field].to_numpy()
            below = column < (-np.inf if low is None else low)
            above = column > (np.inf if high is None else high)
            for row in np.flatnonzero(applies & (below | above)):
                yield layer.issue(
                    int(row),
                    field=field,
                    value=f"{column[row]:g}",
                    low=0.0 if low is None else low,
                    high=np.inf if high is None else high,
                    source=indicator.source,
                )


# ------------------------------------------------------------------ parks


@severity(Severity.ADVICE)
def shared_lead_sector(zone: Zone) -> Iterator[Issue]:
    """No two parks lead in the same sector: each has its own direction."""
    layer = zone.layers["parks"]
    leading = layer.frame["lead_sectors"].explode().dropna()
    for sector, rows in leading.groupby(leading, sort=False):
        parks = list(dict.fromkeys(rows.index))
        if len(parks) > 1:
            others = ", ".join(layer.identity(int(row))[0] for row in parks[1:])
            yield layer.issue(
                int(parks[0]),
                field="lead_sectors",
                value=str(sector),
                others=others,
                count=len(parks),
            )


@severity(Severity.ADVICE)
def park_without_subdistrict(zone: Zone) -> Iterator[Issue]:
    """A subdistrict park names the subdistrict that hosts it."""
    layer = zone.layers["parks"]
    hosted = layer.frame["kind"].isin(_meaning("hosted_park"))
    for row in np.flatnonzero(hosted & layer.frame["subdistrict_id"].isna()):
        yield layer.issue(int(row), field="subdistrict_id")
