"""What a wall map says in figures: what is on offer, its legend, its tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd

from gxq_geo import words
from gxq_geo.analysis import parks as of_parks
from gxq_geo.analysis import sites as of_sites
from gxq_geo.documents.drawing.atlas import Atlas
from gxq_geo.documents.record import far
from gxq_geo.schemas import schema
from gxq_geo.schemas.display import Figure, Speaker, known, tenths, whole

AVAILABLE = "available"
# So many sites are listed at most; the paper may hold fewer, and says how many it does not list.
_LISTED = 240
_NOTHING = Figure("")


@dataclass(frozen=True)
class Tallies:
    """What is counted of a zone, in frames.

    Parameters
    ----------
    atlas
        What the audience may see.
    """

    atlas: Atlas

    @cached_property
    def sites(self) -> list[dict[str, Any]]:
        """The sites on offer, the largest first."""
        rows = [one for one in self.atlas.records("sites") if one["status"] == AVAILABLE]
        return sorted(rows, key=lambda one: (-_mu(one), one["site_id"]))

    @cached_property
    def numbers(self) -> dict[str, str]:
        """Their numbers in that order, on the map and in its table."""
        return {one["site_id"]: str(k) for k, one in enumerate(self.sites[:_LISTED], 1)}

    @cached_property
    def by_status(self) -> dict[str, tuple[int, float, int]]:
        """Sites by status: count, area in 亩, how many state none."""
        found = of_sites.availability(self.atlas.frames["sites"], ["status"])
        columns = (found[name] for name in ("sites", "area_mu", "area_unknown"))
        counted = {
            str(status): (int(n), float(mu), int(unknown))
            for status, n, mu, unknown in zip(found.index, *columns, strict=True)
        }
        return {name: counted.get(name, (0, 0.0, 0)) for name in self.atlas.statuses}

    @cached_property
    def parks(self) -> list[dict[str, Any]]:
        """Each park on one line.

        See `gxq_geo.analysis.parks.profile`; with ``contiguous_mu``, and ``area_unknown``: how
        many of the available sites state no area.
        """
        frames, touching = self.atlas.frames, self.atlas.zone.settings.touching
        layers = {name: frames[name] for name in ("zoning", "sites", "projects")}
        every = gpd.GeoDataFrame(frames["sites"])
        free = every[every["status"] == AVAILABLE]
        largest = of_sites.largest_contiguous(free, **touching)
        counted = of_sites.availability(free, ["park_id"])
        profile = of_parks.profile(frames["parks"], **layers)
        joined = profile.join(largest["contiguous_mu"], on="park_id")
        joined = joined.join(counted["area_unknown"], on="park_id").fillna({"area_unknown": 0})
        return [{str(k): v for k, v in one.items()} for one in joined.to_dict("records")]

    @cached_property
    def zoned_ha(self) -> dict[str, float]:
        """Zoned area by sector in hectares; see `gxq_geo.analysis.parks.zoned`."""
        ground = of_parks.zoned(self.atlas.frames["zoning"]).groupby("sector_id")["value"].sum()
        return {str(sector): float(area) for sector, area in ground.items()}


@dataclass(frozen=True)
class Reckoner:
    """Says tallies in one language.

    Parameters
    ----------
    tallies
        What is counted.
    speaker
        The language.
    """

    tallies: Tallies
    speaker: Speaker

    def figures(self) -> Iterator[dict[str, str]]:
        """How many parks and sites, and how much ground is on offer."""
        t, (count, mu, unknown) = self.speaker.text, self.tallies.by_status[AVAILABLE]
        yield _figure(Figure(whole(len(self.tallies.parks))), t("page.parks"))
        yield _figure(Figure(whole(count)), t("page.sites_available"))
        note = t("paper.unknown_area", n=unknown) if unknown else ""
        yield _figure(self.speaker.area(mu)[0], t("page.print.available_area"), note)

    def seconds(self) -> dict[str, str]:
        """What stands beneath each park's name: its sites on offer."""
        return {
            one["park_id"]: " · ".join(filter(None, [self._count(one["available_sites"]), area]))
            for one in self.tallies.parks
            if one["available_sites"]
            for area in [self._sum(one, "available_mu", with_unit=True)]
        }

    # -------------------------------------------------------------- legend

    def legend(self) -> Iterator[dict[str, Any]]:
        """How sites, zoning and what lies beneath are drawn, and how much there is of it."""
        atlas, speaker, ground = self.tallies.atlas, self.speaker, self.tallies.zoned_ha
        yield {"title": self._label("sites"), "rows": list(self._statuses())}
        zoned = [
            _entry(
                f"sector-{k}",
                speaker.named("sectors", one),
                figure=Figure(tenths(ground.get(one, 0.0) / 100), speaker.unit("km2")),
            )
            for k, one in enumerate(atlas.sectors)
        ]
        uses = [_entry(f"use-{use}", speaker.text(f"page.land_{use}")) for use in atlas.ink.uses]
        mixed = [_entry("mixed", speaker.text("page.note_mixed"))] if atlas.sectors[1:] else []
        yield {"title": speaker.text("page.lens_zoning"), "rows": zoned + uses + mixed}
        yield {"title": speaker.text("paper.ground"), "rows": list(self._ground())}

    def _statuses(self) -> Iterator[dict[str, str]]:
        for name, (n, mu, _) in self.tallies.by_status.items():
            said = self.speaker.word("site_status", name)
            yield _entry(f"status-{name}", said, self._count(n), self.speaker.area(mu)[0])

    def _ground(self) -> Iterator[dict[str, str]]:
        for name in ("zone_frame", "parks", "subdistricts"):
            yield _entry(name, self._label(name))
        for name in ("expressway", "national", "avenue"):
            yield _entry(f"road-{name}", self.speaker.word("road_class", name))
        for name in ("railways", "water", "green"):
            yield _entry(name, self._label(name))

    def _label(self, layer: str) -> str:
        return words.pick(schema().layers[layer].label, self.speaker.lang)

    def _count(self, n: int) -> str:
        key = "page.n_sites_one" if n == 1 else "page.n_sites"
        return self.speaker.text(key, n=whole(n))

    # -------------------------------------------------------------- tables

    def parks(self) -> dict[str, Any]:
        """The table of parks."""
        fields, speaker = schema().layers["parks"].fields, self.speaker
        unit, t = speaker.area(0.0)[0].unit, speaker.text
        heads = [
            self._label("parks"),
            f"{speaker.label(fields['area_km2'])}\n{speaker.unit('km2')}",
            speaker.label(fields["lead_sectors"]),
            t("answer.column.available_sites"),
            f"{t('page.print.available_area')} {unit}",
            f"{t('paper.contiguous')} {unit}",
        ]
        rows = [
            [
                speaker.named("parks", one["park_id"]),
                tenths(one["area_km2"]) if known(one["area_km2"]) else "",
                str(speaker.value(one, fields["lead_sectors"]) or ""),
                whole(one["available_sites"]),
                self._sum(one, "available_mu"),
                self._sum(one, "contiguous_mu"),
            ]
            for one in self.tallies.parks
        ]
        return {"title": self._label("parks"), "heads": heads, "rows": self._told(rows)}

    def sites(self) -> dict[str, Any]:
        """The table of the sites on offer, with their numbers on the map."""
        fields, speaker = schema().layers["sites"].fields, self.speaker
        price, t = fields["start_price_wan_per_mu"], speaker.text
        heads = [
            t("paper.number"),
            speaker.label(fields["site_id"]),
            speaker.label(fields["park_id"]),
            f"{speaker.label(fields['area_mu'])} {speaker.area(0.0)[0].unit}",
            speaker.label(fields["land_use"]),
            t("page.far"),
            f"{speaker.label(price)}\n{speaker.unit(price.unit)}",
        ]
        rows = []
        for one in self.tallies.sites[:_LISTED]:
            cost = speaker.value(one, price)
            rows.append(
                [
                    self.tallies.numbers[one["site_id"]],
                    str(one["site_id"]),
                    speaker.named("parks", one["park_id"]) if known(one["park_id"]) else "",
                    self._area(one["area_mu"]),
                    str(one["land_use"]) if known(one["land_use"]) else "",
                    str(far(one) or ""),
                    cost.value if cost else "",
                ]
            )
        return {
            "title": t("page.lens_availability"),
            "note": t("paper.largest_first"),
            "heads": heads,
            "rows": self._told(rows),
            "count": len(self.tallies.sites),
            "more": t("paper.more_sites", n="{n}"),
        }

    def _sum(self, park: dict[str, Any], name: str, *, with_unit: bool = False) -> str:
        """A sum of areas: at least so much where sites state none; empty where all do not."""
        unknown = park["area_unknown"]
        if unknown and unknown == park["available_sites"]:
            return ""
        said = self.speaker.area(float(park[name]) if known(park[name]) else 0.0)[0]
        return ("≥ " if unknown else "") + (str(said) if with_unit else said.value)

    def _area(self, mu: Any) -> str:
        return self.speaker.area(float(mu))[0].value if known(mu) else ""

    def _told(self, rows: list[list[str]]) -> list[list[str]]:
        """Cells of which nothing is known say so."""
        missing = self.speaker.text("page.missing")
        return [[cell or missing for cell in row] for row in rows]


def _mu(row: dict[str, Any]) -> float:
    return float(row["area_mu"]) if known(row["area_mu"]) else 0.0


def _entry(picture: str, said: str, note: str = "", figure: Figure = _NOTHING) -> dict[str, str]:
    return {
        "picture": f"{picture}.svg",
        "words": said,
        "note": note,
        "value": figure.value,
        "unit": figure.unit,
    }


def _figure(figure: Figure, label: str, note: str = "") -> dict[str, str]:
    return {"value": figure.value, "unit": figure.unit, "label": label, "note": note}
