"""Answer the daily questions of an investment bureau with tables.

A question is a function that takes a zone and returns an `Answer`: tables that the functions of
`gxq_geo.analysis` compute. The command line, reports and maps show these tables, so that a figure
is the same everywhere. Ages and delays are counted in days up to ``on``, by default
``zone.data_date``, not up to today: the same layers give the same answer.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd

from gxq_geo.analysis import carriers as of_carriers
from gxq_geo.analysis import chains as of_chains
from gxq_geo.analysis import customers as of_customers
from gxq_geo.analysis import parks as of_parks
from gxq_geo.analysis import projects as of_projects
from gxq_geo.analysis import sites as of_sites
from gxq_geo.matching import MATCH_LAYERS, match, required
from gxq_geo.matching.candidates import VERDICTS
from gxq_geo.matching.requirement import Requirement, criteria
from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone


@dataclass(frozen=True)
class Answer:
    """The tables that answer a question.

    Parameters
    ----------
    name
        The question: ``sites``, ``parks`` …; its texts are under ``answer.<name>`` in the words.
    tables
        Frames by name, with a default index; units are in the names of the columns.
    layers
        The layers from which the answer is computed.
    on
        The date up to which days are counted; None for the date of the data.
    """

    name: str
    tables: Mapping[str, pd.DataFrame]
    layers: tuple[str, ...]
    on: date | None = None

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return a table by its name."""
        return self.tables[name]


def sites(zone: Zone, *, on: date | None = None) -> Answer:
    """Return the available sites by park, sector and status, and their contiguous areas.

    Tables ``by_park`` (park × status), ``by_sector`` (sector × status), ``by_status``, ``detail``
    (park × sector × status; all four with ``contiguous_mu``, the largest contiguous area of such
    sites), ``contiguous`` (groups of available sites that touch), ``supply`` and ``stale``.
    """
    every = gpd.GeoDataFrame(zone.frame("sites"))
    status = every["status"]
    free = list(schema().meaning["free_status"])
    offered = list(schema().meaning["offered_status"])
    groups = _contiguous(zone, every[status.isin(offered)])
    stale = of_sites.stale(every, on=_day(zone, on), months=zone.settings.limits.stale_months)
    columns = ["site_id", "park_id", "status", "updated", "age_days", "department_id"]
    return Answer(
        "sites",
        {
            "by_park": _available(zone, ("park_id", "status")),
            "by_sector": _available(zone, ("sectors", "status")),
            "by_status": _available(zone, ("status",)),
            "detail": _available(zone, ("park_id", "sectors", "status")),
            "contiguous": groups[groups["sites"] > 1].reset_index(drop=True),
            "supply": of_sites.supply(every[status.isin(free)]).reset_index(),
            "stale": stale[columns],
        },
        ("sites",),
        on,
    )


def _available(zone: Zone, by: tuple[str, ...]) -> pd.DataFrame:
    every = gpd.GeoDataFrame(zone.frame("sites"))
    largest = of_sites.largest_contiguous(every, by, **zone.settings.touching)
    return of_sites.availability(every, by).join(largest).reset_index()


def _contiguous(zone: Zone, sites: gpd.GeoDataFrame) -> pd.DataFrame:
    found = of_sites.contiguous(sites, **zone.settings.touching)
    return pd.DataFrame(found.drop(columns="geometry"))


def carriers(zone: Zone, *, on: date | None = None) -> Answer:
    """Return the vacant floor area by park and kind, its rent, and the uses that it suits.

    Tables ``by_park`` (park × kind), ``by_kind``, ``fit`` (storey height × floor load) and
    ``stale``.
    """
    every = zone.frame("carriers")
    stale = of_sites.stale(every, on=_day(zone, on), months=zone.settings.limits.stale_months)
    columns = ["carrier_id", "park_id", "kind", "updated", "age_days", "department_id"]
    return Answer(
        "carriers",
        {
            "by_park": of_carriers.vacancy(every).reset_index(),
            "by_kind": of_carriers.vacancy(every, ["kind"]).reset_index(),
            "fit": of_carriers.fit(every),
            "stale": stale[columns],
        },
        ("carriers",),
        on,
    )


def parks(zone: Zone, *, on: date | None = None) -> Answer:
    """Return the profile of each park and the differences between parks 错位发展.

    Tables ``profile``, ``stages`` (projects by stage), ``zoned`` (zoned area by sector with its
    location quotient), ``placed`` (the same for projects), ``similarity`` (each pair of parks, by
    zoned area), ``overlaps``, ``per_mu`` (亩均, by park) and ``projects_per_mu`` (by project).
    """
    frames = {name: zone.frame(name) for name in ("parks", "zoning", "sites", "projects")}
    ground = of_parks.zoned_area(frames["zoning"])
    works = of_parks.project_counts(frames["projects"])
    per_mu = of_parks.per_mu(frames["projects"], frames["sites"], zone.settings.indicators)
    profile = of_parks.profile(
        frames["parks"],
        zoning=frames["zoning"],
        sites=frames["sites"],
        projects=frames["projects"],
    )
    zoned = of_parks.specialization(ground).rename(columns={"value": "zoned_ha"})
    placed = of_parks.specialization(works).rename(columns={"value": "projects"})
    overlaps = of_parks.overlaps(frames["parks"], ground).rename(columns={"value": "common_ha"})
    return Answer(
        "parks",
        {
            "profile": profile,
            "stages": of_projects.pipeline(frames["projects"], "park_id").reset_index(),
            "zoned": zoned,
            "placed": placed,
            "similarity": of_parks.similarity(ground),
            "overlaps": overlaps,
            "per_mu": of_parks.per_mu_by_park(per_mu).reset_index(),
            "projects_per_mu": per_mu,
        },
        ("parks", "zoning", "sites", "projects"),
    )


def projects(zone: Zone, *, on: date | None = None) -> Answer:
    """Return the project pipeline, stuck projects, investment, and the people responsible.

    Tables ``by_stage``, ``by_department``, ``by_park``, ``by_leader``, ``by_event``, ``durations``
    (conversion and days per stage), ``stuck``, ``investment``, ``responsible``, ``leaders``,
    ``due`` and ``history`` (each project in each stage).
    """
    every, day = zone.frame("projects"), _day(zone, on)
    found = of_projects.spells(every, zone.frame("project_stages"), on=day)
    by = {
        f"by_{name.removesuffix('_id')}": of_projects.pipeline(every, name).reset_index()
        for name in ("department_id", "park_id", "leader", "event_id")
    }
    due = of_customers.due(every, on=day)
    columns = ["project_id", "stage", "next_action", "next_action_date", "days_left"]
    return Answer(
        "projects",
        {
            "by_stage": of_projects.by_stage(every).reset_index(),
            **by,
            "durations": of_projects.durations(found).reset_index(),
            "stuck": of_projects.stuck(every, found, on=day),
            "investment": of_projects.investment(every, zone.frame("events")),
            "responsible": of_projects.responsible(every),
            "leaders": of_projects.workload(every).reset_index(),
            "due": due[[*columns, "department_id", "leader"]],
            "history": found,
        },
        ("projects", "project_stages", "events"),
        on,
    )


def customers(zone: Zone, *, on: date | None = None) -> Answer:
    """Return the target customers, the progress with them, and the next actions.

    Tables ``by_class``, ``by_campaign``, ``by_region``, ``by_team`` and ``due``.
    """
    every = zone.frame("customers")
    by = {
        "by_class": "customer_class",
        "by_campaign": "campaign",
        "by_region": "region",
        "by_team": "team_id",
    }
    due = of_customers.due(of_customers.open_customers(every), on=_day(zone, on))
    columns = ["customer_id", "customer_status", "next_action", "next_action_date", "days_left"]
    return Answer(
        "customers",
        {
            **{name: of_customers.progress(every, key).reset_index() for name, key in by.items()},
            "due": due[[*columns, "team_id"]],
        },
        ("customers",),
        on,
    )


def chains(zone: Zone, *, on: date | None = None) -> Answer:
    """Return the missing links of the chains, and the customers that would fill them 建链补链.

    Tables ``summary`` (each chain), ``targets`` (customers ranked, with the gap that each fills),
    ``gaps`` and ``links``.
    """
    every, people = zone.frame("chains"), zone.frame("customers")
    found = of_chains.links(every, zone.frame("projects"), people)
    gaps = of_chains.gaps(every, found)
    return Answer(
        "chains",
        {
            "summary": of_chains.summary(found).reset_index(),
            "targets": of_chains.targets(gaps, people),
            "gaps": gaps,
            "links": found,
        },
        ("chains", "projects", "customers"),
    )


QUESTIONS: Mapping[str, Callable[..., Answer]] = {
    "sites": sites,
    "carriers": carriers,
    "parks": parks,
    "projects": projects,
    "customers": customers,
    "chains": chains,
}
# The questions whose answers depend on the date.
DATED_QUESTIONS = ("sites", "carriers", "projects", "customers")


def ask(zone: Zone, name: str, *about: Any, **how: Any) -> Answer:
    """Answer a question about a zone; ``zone.ask`` is this function.

    Parameters
    ----------
    zone
        The zone.
    name
        A question of `QUESTIONS`, such as ``sites``, which takes ``on``, the date up to which days
        are counted; or ``match``, which takes the arguments of `matched`.

    Raises
    ------
    GxqError
        If there is no such question; for ``match``, as `matched` raises it.

    Examples
    --------
    >>> zone.ask("parks")["similarity"]  # doctest: +SKIP
    >>> zone.ask("match", {"area_mu": 80}, limit=5)["sites"]  # doctest: +SKIP
    """
    known: Mapping[str, Callable[..., Answer]] = {**QUESTIONS, "match": matched}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1) or [", ".join(known)]
        raise GxqError("unknown-question", name=name, near=near[0])
    return known[name](zone, *about, **how)


def matched(
    zone: Zone,
    stated: Requirement | Mapping[str, Any],
    *,
    weights: Mapping[str, float] | None = None,
    limit: int | None = None,
    failed: bool = False,
) -> Answer:
    """Rank the sites, groups of adjacent sites, and carriers that meet a requirement.

    Tables ``sites``, ``groups`` and ``carriers`` (see `gxq_geo.matching.match`; those to which the
    requirement does not apply are left out), ``verdicts`` (the number of records by verdict) and
    ``weights`` (the criteria and their weights).

    Parameters
    ----------
    zone, stated, weights, limit
        As in `gxq_geo.matching.ranking.match`.
    failed
        Whether to include the records that fail, with the reason.

    Raises
    ------
    GxqError
        As `gxq_geo.matching.ranking.match` raises it.
    """
    wanted = required(zone, stated)
    tables = {}
    for layer in MATCH_LAYERS:
        try:
            tables[layer] = match(zone, wanted, layer=layer, weights=weights)
        except GxqError as error:
            if error.slug != "not-for-layer":
                raise
    found = {name: frame for name, frame in tables.items() if len(frame) or name != "groups"}
    kept = {
        name: (frame if failed else frame[frame["verdict"] != "fail"]).head(limit or len(frame))
        for name, frame in found.items()
    }
    counts = [
        {"against": name, **frame["verdict"].value_counts().reindex(list(VERDICTS)).to_dict()}
        for name, frame in found.items()
    ]
    kept["verdicts"] = pd.DataFrame(counts, columns=["against", *VERDICTS])
    layers = tuple(name for name in found if name != "groups")
    kept["weights"] = _weights(wanted, weights or {}, layers)
    return Answer("match", kept, layers)


def _weights(
    wanted: Requirement, weights: Mapping[str, float], layers: tuple[str, ...]
) -> pd.DataFrame:
    rows = [
        (
            criterion.key,
            wanted.wants.get(criterion.want),
            criterion.hard,
            float(weights.get(criterion.key, criterion.weight)),
        )
        for criterion in criteria().all
        if (not criterion.want or criterion.want in wanted.wants)
        and set(layers) & set(criterion.layers)
    ]
    return pd.DataFrame(rows, columns=["criterion", "wanted", "hard", "weight"], dtype=object)


def _day(zone: Zone, on: date | None) -> date:
    return on or zone.data_date or date.today()
