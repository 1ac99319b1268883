"""Rank groups of adjacent sites: their areas are summed, other criteria take the worst site.

`gxq_geo.matching.ranking` describes the method; the page implements the same
(``web/data/groups.js``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from gxq_geo.analysis.sites import adjacent
from gxq_geo.matching.candidates import FAIL, Candidates, Evaluation, Floats
from gxq_geo.matching.requirement import Criterion, Requirement, millionths
from gxq_geo.zone import Zone

# The maximum number of sites in a group; more are not assembled from single sites in practice.
GROUP_SITES = 8


@dataclass(frozen=True)
class SiteGroups:
    """Sites and their adjacency, to rank groups of adjacent sites repeatedly.

    Parameters
    ----------
    sites
        All sites.
    neighbours
        By the position of a site, the positions of its adjacent sites.
    """

    sites: Candidates
    neighbours: Mapping[int, tuple[int, ...]]

    @classmethod
    def of(cls, zone: Zone) -> "SiteGroups":
        """The sites of a zone and their adjacency; see `gxq_geo.analysis.sites.adjacent`."""
        pairs = adjacent(gpd.GeoDataFrame(zone.frame("sites")), **zone.settings.touching)
        neighbours: dict[int, list[int]] = {}
        for left, right in pairs.itertuples(index=False, name=None):
            neighbours.setdefault(left, []).append(right)
            neighbours.setdefault(right, []).append(left)
        return cls(Candidates.of(zone), {k: tuple(v) for k, v in neighbours.items()})

    def rank(
        self,
        requirement: Requirement | Mapping[str, Any],
        *,
        weights: Mapping[str, float] | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """Rank the groups; see `gxq_geo.matching.ranking.match`."""
        wanted = Requirement.of(requirement)
        active = self.sites.active(wanted, weights or {})
        of_sites = self.sites.evaluate(active, wanted)
        groups = self._all_groups(active, of_sites, wanted.wants.get("area_mu"))
        ids = self.sites.cells("site_id")
        site_ids = [tuple(sorted(str(ids[k]) for k in group)) for group in groups]
        area = self.sites.numbers("area_mu")
        candidates = Candidates(
            pd.DataFrame(
                {
                    "site_id": pd.Series(["+".join(own) for own in site_ids], dtype="str"),
                    "area_mu": [millionths(float(area[list(group)].sum())) for group in groups],
                }
            )
        )
        area_criteria = [criterion for criterion in active if criterion.field == "area_mu"]
        evaluations = {key: _worst(evaluation, groups) for key, evaluation in of_sites.items()}
        evaluations |= candidates.evaluate(area_criteria, wanted)
        ranked = candidates.ranked(active, evaluations, None)
        ranked = ranked[ranked["verdict"] != "fail"].iloc[:limit].reset_index(drop=True)
        ranked.insert(2, "site_ids", ranked["site_id"].map(lambda name: tuple(name.split("+"))))
        return ranked

    def _all_groups(
        self, active: list[Criterion], evaluations: Mapping[str, Evaluation], area: float | None
    ) -> list[tuple[int, ...]]:
        """Groups of sites that are each too small for an area, but large enough together."""
        if area is None:
            return []
        tier = np.zeros(len(self.sites.frame), dtype=np.int8)
        for criterion in active:
            if criterion.hard and criterion.field != "area_mu":
                tier = np.maximum(tier, evaluations[criterion.key].verdict)
        areas = self.sites.numbers("area_mu")
        usable = (tier < FAIL) & (areas < area)
        order = self.sites.id_order()
        seeds = sorted((k for k in self.neighbours if usable[k]), key=lambda k: order[k])
        groups = dict.fromkeys(self._grow(seed, usable, areas, area) for seed in seeds)
        return [group for group in groups if len(group) > 1]

    def _grow(
        self, seed: int, usable: npt.NDArray[np.bool_], areas: Floats, wanted: float
    ) -> tuple[int, ...]:
        """Add adjacent sites to a seed until the wanted area is reached, then drop spare ones."""
        order, group, total = self.sites.id_order(), [seed], areas[seed]
        while total < wanted and len(group) < GROUP_SITES:
            adjoining = {k for site in group for k in self.neighbours[site] if usable[k]} - set(
                group
            )
            if not adjoining:
                break
            missing = float(wanted - total)
            best = min(adjoining, key=lambda k: (*_preference(float(areas[k]), missing), order[k]))
            group.append(best)
            total += areas[best]
        return tuple(sorted(self._without_spare(group, areas, wanted)))

    def _without_spare(self, group: list[int], areas: Floats, wanted: float) -> list[int]:
        """Drop sites, in order, as long as the rest is connected and large enough."""
        for site in group:
            rest = [k for k in group if k != site]
            if areas[rest].sum() >= wanted and self._is_connected(rest):
                return self._without_spare(rest, areas, wanted)
        return group

    def _is_connected(self, group: list[int]) -> bool:
        seen, new = {group[0]}, {group[0]}
        while new:
            new = {k for site in new for k in self.neighbours[site] if k in group} - seen
            seen |= new
        return len(seen) == len(group)


def _preference(area: float, missing: float) -> tuple[bool, float]:
    """Sort key of a site to add: the smallest that is large enough, else the largest."""
    return (False, area - missing) if area >= missing else (True, -area)


def _worst(evaluation: Evaluation, groups: list[tuple[int, ...]]) -> Evaluation:
    """The evaluation of each group by one criterion: that of its worst site."""
    verdict, value = evaluation.verdict, evaluation.value
    worst = np.array(
        [min(group, key=lambda k: (-verdict[k], value[k])) for group in groups], dtype=np.intp
    )
    return Evaluation(verdict[worst], value[worst], evaluation.figure[worst], evaluation.gap[worst])
