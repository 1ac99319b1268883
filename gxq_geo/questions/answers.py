"""The daily questions of an investment bureau, each answered by a few tables.

A question takes a zone and gives an `Answer`: frames of the nouns (`gxq_geo.analysis.sites` and
its siblings), put together. The command line, reports and maps show these frames, so that a
figure is the same wherever it is read. Days are counted up to ``zone.data_date``, not up to today:
the same layers give the same answer.
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
from gxq_geo.matching import AGAINST, match, required
from gxq_geo.matching.candidates import VERDICTS
from gxq_geo.matching.requirement import Requirement, criteria
from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone


@dataclass(frozen=True)
class Answer:
    """Some tables that answer a question.

    Parameters
    ----------
    name
        The question: ``sites``, ``parks`` …; its words stand under ``answer.<name>``.
    tables
        Frames by name, without an index of their own; the columns' units stand in their names.
    layers
        Of which layers the answer speaks.
    """

    name: str
    tables: Mapping[str, pd.DataFrame]
    layers: tuple[str, ...]

    def __getitem__(self, name: str) -> pd.DataFrame:
        """One of the tables."""
        return self.tables[name]


def sites(zone: Zone) -> Answer:
    """What is available, where, when, and how much of it in one piece.

    Tables ``by_park`` (park × status), ``by_sector`` (sector × status), ``by_status``, ``detail``
    (park × sector × status; all four with ``contiguous_mu``, the largest area of such sites in one
    piece), ``contiguous`` (groups of available sites that touch), ``supply`` and ``stale``.
    """
    every = gpd.GeoDataFrame(zone.frame("sites"))
    status = every["status"]
    free = list(schema().meaning["free_status"])
    offered = list(schema().meaning["offered_status"])
    groups = _in_one_piece(zone, every[status.isin(offered)])
    stale = of_sites.stale(every, on=_day(zone), months=zone.settings.limits.stale_months)
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
    )


def _available(zone: Zone, by: tuple[str, ...]) -> pd.DataFrame:
    every = gpd.GeoDataFrame(zone.frame("sites"))
    whole = of_sites.largest_contiguous(every, by, **zone.settings.touching)
    return of_sites.availability(every, by).join(whole).reset_index()


def _in_one_piece(zone: Zone, some: gpd.GeoDataFrame) -> pd.DataFrame:
    found = of_sites.contiguous(some, **zone.settings.touching)
    return pd.DataFrame(found.drop(columns="geometry"))


def carriers(zone: Zone) -> Answer:
    """Where space is to let, at what rent, and for what it is fit.

    Tables ``by_park`` (park × kind), ``by_kind``, ``fit`` (storey height × floor load) and
    ``stale``.
    """
    every = zone.frame("carriers")
    stale = of_sites.stale(every, on=_day(zone), months=zone.settings.limits.stale_months)
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
    )


def parks(zone: Zone) -> Answer:
    """Each park, and how the parks differ 错位发展.

    Tables ``profile``, ``stages`` (projects by stage), ``zoned`` (zoned area by sector with its
    location quotient), ``placed`` (the same of projects), ``similarity`` (each pair, by zoned
    area), ``overlaps``, ``per_mu`` (亩均, by park) and ``projects_per_mu`` (by project).
    """
    frames = {name: zone.frame(name) for name in ("parks", "zoning", "sites", "projects")}
    ground, works = of_parks.zoned(frames["zoning"]), of_parks.placed(frames["projects"])
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


def projects(zone: Zone) -> Answer:
    """The pipeline, what is stuck, what was signed and landed, and who answers for it.

    Tables ``by_stage``, ``by_department``, ``by_park``, ``by_leader``, ``by_event``, ``durations``
    (conversion and days per stage), ``stuck``, ``investment``, ``responsible``, ``leaders``,
    ``due`` and ``history`` (each project in each stage).
    """
    every, on = zone.frame("projects"), _day(zone)
    found = of_projects.spells(every, zone.frame("project_stages"), on=on)
    by = {
        f"by_{name.removesuffix('_id')}": of_projects.pipeline(every, name).reset_index()
        for name in ("department_id", "park_id", "leader", "event_id")
    }
    due = of_customers.due(every, on=on)
    columns = ["project_id", "stage", "next_action", "next_action_date", "days_left"]
    return Answer(
        "projects",
        {
            "by_stage": of_projects.by_stage(every).reset_index(),
            **by,
            "durations": of_projects.durations(found).reset_index(),
            "stuck": of_projects.stuck(every, found, on=on),
            "investment": of_projects.investment(every, zone.frame("events")),
            "responsible": of_projects.responsible(every),
            "leaders": of_projects.burden(every).reset_index(),
            "due": due[[*columns, "department_id", "leader"]],
            "history": found,
        },
        ("projects", "project_stages", "events"),
    )


def customers(zone: Zone) -> Answer:
    """Whom the zone looks for, how far it has come, and what is next.

    Tables ``by_class``, ``by_campaign``, ``by_region``, ``by_team`` and ``due``.
    """
    every = zone.frame("customers")
    by = {
        "by_class": "customer_class",
        "by_campaign": "campaign",
        "by_region": "region",
        "by_team": "team_id",
    }
    due = of_customers.due(of_customers.open_customers(every), on=_day(zone))
    columns = ["customer_id", "customer_status", "next_action", "next_action_date", "days_left"]
    return Answer(
        "customers",
        {
            **{name: of_customers.progress(every, of).reset_index() for name, of in by.items()},
            "due": due[[*columns, "team_id"]],
        },
        ("customers",),
    )


def chains(zone: Zone) -> Answer:
    """Which links of the chains are missing, and who would fill them 建链补链.

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


ASK: Mapping[str, Callable[[Zone], Answer]] = {
    "sites": sites,
    "carriers": carriers,
    "parks": parks,
    "projects": projects,
    "customers": customers,
    "chains": chains,
}


def ask(zone: Zone, name: str, *about: Any, **how: Any) -> Answer:
    """What a zone answers to a question; ``zone.ask`` is this function.

    Parameters
    ----------
    zone
        Whose layers answer.
    name
        A question of `ASK`, such as ``sites``; or ``match``, with what `matched` takes.

    Raises
    ------
    GxqError
        If there is no such question, or as `matched`.

    Examples
    --------
    >>> zone.ask("parks")["similarity"]  # doctest: +SKIP
    >>> zone.ask("match", {"area_mu": 80}, limit=5)["sites"]  # doctest: +SKIP
    """
    known: Mapping[str, Callable[..., Answer]] = {**ASK, "match": matched}
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
    """What meets a requirement: sites, sites together, and carriers, each as far as it applies.

    Tables ``sites``, ``groups`` and ``carriers`` (see `gxq_geo.matching.match`; those to which the
    requirement does not apply are left out), ``verdicts`` (how many passed, failed …) and
    ``weights``: what was judged, and how it weighs.

    Parameters
    ----------
    zone, stated, weights, limit
        As in `gxq_geo.matching.ranking.match`.
    failed
        Also list what fails, with the reason.

    Raises
    ------
    GxqError
        As `gxq_geo.matching.ranking.match`.
    """
    wanted = required(zone, stated)
    tables = {}
    for layer in AGAINST:
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
        (one.key, wanted.wants.get(one.want), one.hard, float(weights.get(one.key, one.weight)))
        for one in criteria().all
        if (not one.want or one.want in wanted.wants) and set(layers) & set(one.layers)
    ]
    return pd.DataFrame(rows, columns=["criterion", "wanted", "hard", "weight"], dtype=object)


def _day(zone: Zone) -> date:
    return zone.data_date or date.today()
