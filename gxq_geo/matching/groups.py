"""Sites that touch, judged together: as large as all of them, else as good as the least.

`gxq_geo.matching` says by what method; the page does the same (``web/groups.js``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from gxq_geo.analysis.sites import adjacent
from gxq_geo.matching.candidates import FAIL, Candidates, Floats, Judged
from gxq_geo.matching.requirement import Criterion, Requirement, millionths
from gxq_geo.zone import Zone

# So many sites a group may hold: who puts together more deals with a land bank, not with parcels.
GROUP_SITES = 8


@dataclass(frozen=True)
class Grouped:
    """Sites that touch, prepared to be judged together by many requirements.

    Parameters
    ----------
    sites
        All sites.
    neighbours
        For each site, by position, the positions of those that touch it.
    """

    sites: Candidates
    neighbours: Mapping[int, tuple[int, ...]]

    @classmethod
    def of(cls, zone: Zone) -> "Grouped":
        """The sites of a zone, and which of them touch: see `gxq_geo.analysis.sites.adjacent`."""
        pairs = adjacent(gpd.GeoDataFrame(zone.frame("sites")), **zone.settings.touching)
        beside: dict[int, list[int]] = {}
        for left, right in pairs.itertuples(index=False, name=None):
            beside.setdefault(left, []).append(right)
            beside.setdefault(right, []).append(left)
        return cls(Candidates.of(zone), {k: tuple(v) for k, v in beside.items()})

    def rank(
        self,
        requirement: Requirement | Mapping[str, Any],
        *,
        weights: Mapping[str, float] | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """The groups ranked; see `match`."""
        wanted = Requirement.of(requirement)
        active = self.sites.active(wanted, weights or {})
        judged = self.sites.judge(active, wanted)
        groups = self._grown(active, judged, wanted.wants.get("area_mu"))
        ids = self.sites.cells("site_id")
        names = [tuple(sorted(str(ids[k]) for k in some)) for some in groups]
        area = self.sites.numbers("area_mu")
        together = Candidates(
            pd.DataFrame(
                {
                    "site_id": pd.Series(["+".join(some) for some in names], dtype="str"),
                    "area_mu": [millionths(float(area[list(some)].sum())) for some in groups],
                }
            )
        )
        of_area = [one for one in active if one.field == "area_mu"]
        parts = {key: _weakest(one, groups) for key, one in judged.items()}
        found = together.ranked(active, {**parts, **together.judge(of_area, wanted)}, None)
        found = found[found["verdict"] != "fail"].iloc[:limit].reset_index(drop=True)
        found.insert(2, "site_ids", found["site_id"].map(lambda one: tuple(one.split("+"))))
        return found

    def _grown(
        self, active: list[Criterion], judged: Mapping[str, Judged], area: float | None
    ) -> list[tuple[int, ...]]:
        """Groups of sites that are too small for an area by themselves and enough together."""
        if area is None:
            return []
        tier = np.zeros(len(self.sites.frame), dtype=np.int8)
        for one in active:
            if one.hard and one.field != "area_mu":
                tier = np.maximum(tier, judged[one.key].verdict)
        areas = self.sites.numbers("area_mu")
        usable = (tier < FAIL) & (areas < area)
        order = self.sites.id_order()
        seeds = sorted((k for k in self.neighbours if usable[k]), key=lambda k: order[k])
        found = dict.fromkeys(self._grow(seed, usable, areas, area) for seed in seeds)
        return [some for some in found if len(some) > 1]

    def _grow(
        self, seed: int, usable: npt.NDArray[np.bool_], areas: Floats, wanted: float
    ) -> tuple[int, ...]:
        order, group, total = self.sites.id_order(), [seed], areas[seed]
        while total < wanted and len(group) < GROUP_SITES:
            beside = {k for one in group for k in self.neighbours[one] if usable[k]} - set(group)
            if not beside:
                break
            short = wanted - total
            best = min(beside, key=lambda k: (*_spare(float(areas[k]), float(short)), order[k]))
            group.append(best)
            total += areas[best]
        return tuple(sorted(self._spared(group, areas, wanted)))

    def _spared(self, group: list[int], areas: Floats, wanted: float) -> list[int]:
        """The group without the sites, the first first, that the others can do without."""
        for one in group:
            rest = [k for k in group if k != one]
            if areas[rest].sum() >= wanted and self._in_one_piece(rest):
                return self._spared(rest, areas, wanted)
        return group

    def _in_one_piece(self, group: list[int]) -> bool:
        seen, new = {group[0]}, {group[0]}
        while new:
            new = {k for one in new for k in self.neighbours[one] if k in group} - seen
            seen |= new
        return len(seen) == len(group)


def _spare(area: float, short: float) -> tuple[bool, float]:
    """First what is enough, with the least to spare; else the largest."""
    return (False, area - short) if area >= short else (True, -area)


def _weakest(judged: Judged, groups: list[tuple[int, ...]]) -> Judged:
    """What is judged of each group: that of the least of its sites."""
    least = np.array(
        [min(some, key=lambda k: (-judged.verdict[k], judged.value[k])) for some in groups],
        dtype=np.intp,
    )
    return Judged(
        judged.verdict[least], judged.value[least], judged.figure[least], judged.gap[least]
    )
