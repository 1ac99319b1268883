"""The figures, the legend and the tables of the wall map."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd

from gxq_geo import words
from gxq_geo.analysis import parks as of_parks
from gxq_geo.analysis import sites as of_sites
from gxq_geo.documents.drawing.layers import MapLayers
from gxq_geo.documents.record import floor_area_ratio
from gxq_geo.schemas import schema
from gxq_geo.schemas.display import Figure, ValueFormatter, known, tenths, whole

AVAILABLE = "available"
# The table lists at most this many sites; if the paper holds fewer, it says how many are left out.
_LISTED = 240
_NOTHING = Figure("")


@dataclass(frozen=True)
class ZoneTotals:
    """Counts and areas of a zone.

    Parameters
    ----------
    layers
        The layers that the audience may see.
    """

    layers: MapLayers

    @cached_property
    def sites(self) -> list[dict[str, Any]]:
        """The available sites, largest first."""
        rows = [row for row in self.layers.records("sites") if row["status"] == AVAILABLE]
        return sorted(rows, key=lambda row: (-_mu(row), row["site_id"]))

    @cached_property
    def numbers(self) -> dict[str, str]:
        """The number of each available site on the map and in the table, by site id."""
        return {row["site_id"]: str(k) for k, row in enumerate(self.sites[:_LISTED], 1)}

    @cached_property
    def by_status(self) -> dict[str, tuple[int, float, int]]:
        """Number of sites, area in 亩, and number of sites without an area, by status."""
        found = of_sites.availability(self.layers.frames["sites"], ["status"])
        columns = (found[name] for name in ("sites", "area_mu", "area_unknown"))
        counted = {
            str(status): (int(n), float(mu), int(unknown))
            for status, n, mu, unknown in zip(found.index, *columns, strict=True)
        }
        return {name: counted.get(name, (0, 0.0, 0)) for name in self.layers.statuses}

    @cached_property
    def parks(self) -> list[dict[str, Any]]:
        """The profile of each park; see `gxq_geo.analysis.parks.profile`.

        ``contiguous_mu`` is added, and ``area_unknown``, the number of available sites without an
        area.
        """
        frames, touching = self.layers.frames, self.layers.zone.settings.touching
        layers = {name: frames[name] for name in ("zoning", "sites", "projects")}
        sites = gpd.GeoDataFrame(frames["sites"])
        available = sites[sites["status"] == AVAILABLE]
        largest = of_sites.largest_contiguous(available, **touching)
        counted = of_sites.availability(available, ["park_id"])
        profile = of_parks.profile(frames["parks"], **layers)
        joined = profile.join(largest["contiguous_mu"], on="park_id")
        joined = joined.join(counted["area_unknown"], on="park_id").fillna({"area_unknown": 0})
        return [{str(k): v for k, v in row.items()} for row in joined.to_dict("records")]

    @cached_property
    def zoned_ha(self) -> dict[str, float]:
        """Zoned area by sector in hectares; see `gxq_geo.analysis.parks.zoned_area`."""
        areas = (
            of_parks.zoned_area(self.layers.frames["zoning"]).groupby("sector_id")["value"].sum()
        )
        return {str(sector): float(area) for sector, area in areas.items()}


@dataclass(frozen=True)
class TotalsFormatter:
    """Formats totals in one language, as data for the wall map's template.

    Parameters
    ----------
    totals
        The totals.
    fmt
        Formats values in the language.
    """

    totals: ZoneTotals
    fmt: ValueFormatter

    def figures(self) -> Iterator[dict[str, str]]:
        """Yield the number of parks, of available sites, and the available area."""
        t, (count, mu, unknown) = self.fmt.text, self.totals.by_status[AVAILABLE]
        yield _figure(Figure(whole(len(self.totals.parks))), t("page.parks"))
        yield _figure(Figure(whole(count)), t("page.sites_available"))
        note = t("paper.unknown_area", n=unknown) if unknown else ""
        yield _figure(self.fmt.area(mu)[0], t("page.print.available_area"), note)

    def park_subtitles(self) -> dict[str, str]:
        """Return number and area of the available sites of each park, by park id."""
        return {
            park["park_id"]: " · ".join(filter(None, [self._count(park["available_sites"]), area]))
            for park in self.totals.parks
            if park["available_sites"]
            for area in [self._sum(park, "available_mu", with_unit=True)]
        }

    # -------------------------------------------------------------- legend

    def legend(self) -> Iterator[dict[str, Any]]:
        """Yield the sections of the legend: sites, zoning, base map, with counts and areas."""
        layers, fmt, zoned_ha = self.totals.layers, self.fmt, self.totals.zoned_ha
        yield {"title": self._label("sites"), "rows": list(self._statuses())}
        zoned = [
            _entry(
                f"sector-{k}",
                fmt.name_of("sectors", sector),
                figure=fmt.amount(zoned_ha.get(sector, 0.0) / 100, "km2"),
            )
            for k, sector in enumerate(layers.sectors)
        ]
        uses = [_entry(f"use-{use}", fmt.text(f"page.land_{use}")) for use in layers.palette.uses]
        mixed = [_entry("mixed", fmt.text("page.note_mixed"))] if layers.sectors[1:] else []
        yield {"title": fmt.text("page.lens_zoning"), "rows": zoned + uses + mixed}
        yield {"title": fmt.text("paper.ground"), "rows": list(self._base_map())}

    def _statuses(self) -> Iterator[dict[str, str]]:
        for name, (n, mu, _) in self.totals.by_status.items():
            label = self.fmt.choice("site_status", name)
            yield _entry(f"status-{name}", label, self._count(n), self.fmt.area(mu)[0])

    def _base_map(self) -> Iterator[dict[str, str]]:
        for name in ("zone_frame", "parks", "subdistricts"):
            yield _entry(name, self._label(name))
        for name in ("expressway", "national", "avenue"):
            yield _entry(f"road-{name}", self.fmt.choice("road_class", name))
        for name in ("railways", "water", "green"):
            yield _entry(name, self._label(name))

    def _label(self, layer: str) -> str:
        return words.pick(schema().layers[layer].label, self.fmt.lang)

    def _count(self, n: int) -> str:
        return self.fmt.text("page.n_sites", n=whole(n))

    # -------------------------------------------------------------- tables

    def parks(self) -> dict[str, Any]:
        """Return the table of parks."""
        fields, fmt = schema().layers["parks"].fields, self.fmt
        unit, t = fmt.area(0.0)[0].unit, fmt.text
        headers = [
            self._label("parks"),
            f"{fmt.label(fields['area_km2'])}\n{fmt.unit_over('km2')}",
            fmt.label(fields["lead_sectors"]),
            t("answer.column.available_sites"),
            f"{t('page.print.available_area')} {unit}",
            f"{t('paper.contiguous')} {unit}",
        ]
        rows = [
            [
                fmt.name_of("parks", park["park_id"]),
                tenths(park["area_km2"]) if known(park["area_km2"]) else "",
                str(fmt.value(park, fields["lead_sectors"]) or ""),
                whole(park["available_sites"]),
                self._sum(park, "available_mu"),
                self._sum(park, "contiguous_mu"),
            ]
            for park in self.totals.parks
        ]
        return {"title": self._label("parks"), "headers": headers, "rows": self._filled(rows)}

    def sites(self) -> dict[str, Any]:
        """Return the table of available sites, with their numbers on the map."""
        fields, fmt = schema().layers["sites"].fields, self.fmt
        price, t = fields["start_price_wan_per_mu"], fmt.text
        headers = [
            t("paper.number"),
            fmt.label(fields["site_id"]),
            fmt.label(fields["park_id"]),
            f"{fmt.label(fields['area_mu'])} {fmt.area(0.0)[0].unit}",
            fmt.label(fields["land_use"]),
            t("page.far"),
            f"{fmt.label(price)}\n{fmt.unit_over(price.unit)}",
        ]
        rows = []
        for site in self.totals.sites[:_LISTED]:
            cost = fmt.value(site, price)
            rows.append(
                [
                    self.totals.numbers[site["site_id"]],
                    str(site["site_id"]),
                    fmt.name_of("parks", site["park_id"]) if known(site["park_id"]) else "",
                    self._area(site["area_mu"]),
                    str(site["land_use"]) if known(site["land_use"]) else "",
                    str(floor_area_ratio(site) or ""),
                    cost.value if cost else "",
                ]
            )
        return {
            "title": t("page.lens_availability"),
            "note": t("paper.largest_first"),
            "headers": headers,
            "rows": self._filled(rows),
            "count": len(self.totals.sites),
            "more": t("paper.more_sites", n="{n}"),
        }

    def _sum(self, park: dict[str, Any], name: str, *, with_unit: bool = False) -> str:
        """Format a sum of areas: with ``≥`` if some areas are unknown, empty if all are."""
        unknown = park["area_unknown"]
        if unknown and unknown == park["available_sites"]:
            return ""
        area = self.fmt.area(float(park[name]) if known(park[name]) else 0.0)[0]
        return ("≥ " if unknown else "") + (str(area) if with_unit else area.value)

    def _area(self, mu: Any) -> str:
        return self.fmt.area(float(mu))[0].value if known(mu) else ""

    def _filled(self, rows: list[list[str]]) -> list[list[str]]:
        """Replace empty cells by 未提供 (not provided)."""
        missing = self.fmt.text("page.missing")
        return [[cell or missing for cell in row] for row in rows]


def _mu(row: dict[str, Any]) -> float:
    return float(row["area_mu"]) if known(row["area_mu"]) else 0.0


def _entry(picture: str, label: str, note: str = "", figure: Figure = _NOTHING) -> dict[str, str]:
    return {
        "picture": f"{picture}.svg",
        "label": label,
        "note": note,
        "value": figure.value,
        "unit": figure.unit,
    }


def _figure(figure: Figure, label: str, note: str = "") -> dict[str, str]:
    return {"value": figure.value, "unit": figure.unit, "label": label, "note": note}
