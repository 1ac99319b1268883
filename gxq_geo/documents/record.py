"""What a sheet says of one site, in words: as on its page, so that screen and paper agree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import shapely

from gxq_geo import words
from gxq_geo.documents.drawing.atlas import Atlas
from gxq_geo.schemas import Field, schema
from gxq_geo.schemas.display import Figure, Speaker, known, tenths

Row = Mapping[str, Any]

FIGURES = ("area_mu", "start_price_wan_per_mu", "far_min", "far_max", "term_years")
COLUMNS = (("planning", "indicators"), ("price", "readiness"), ("utilities",))
_PLACE = ("address", "bounded_by")
# Said in the head, at the foot, or in the line of the place.
_ELSEWHERE = {
    *("site_id", "name", "demo", "status", "park_id", "zoning_id", "sectors", "department_id"),
    *("contact_name", "contact_phone", "geometry_source", "source", "updated", "published"),
    *_PLACE,
    *FIGURES,
}


@dataclass(frozen=True)
class Teller:
    """Tells of sites in one language.

    Parameters
    ----------
    atlas
        What the audience may see.
    speaker
        The language.
    """

    atlas: Atlas
    speaker: Speaker

    def head(self, row: Row, at: Any) -> dict[str, Any]:
        """Name, park, sectors, status, marks; ``at`` is the site's shape in degrees, or None."""
        t, status = self.speaker.text, str(row["status"])
        sectors = [self.speaker.named("sectors", one) for one in row["sectors"] or ()]
        park = self.speaker.named("parks", row["park_id"]) if known(row["park_id"]) else ""
        under = [park, t("page.list_join").join(sectors)]
        badges = [t("page.badge_demo")] if known(row["demo"]) and row["demo"] else []
        if row["geometry_source"] == "schematic":
            badges.append(t("page.badge_schematic"))
        return {
            "kind": t("page.print.sheet_sites"),
            "name": self.speaker.name("sites", row),
            "under": " · ".join(filter(None, under)),
            "status": {
                "picture": f"status-{status}.svg",
                "words": self.speaker.word("site_status", status),
            },
            "badges": badges,
            "where": self._where(at),
            "updated": f"{t('page.card.updated')} {_day(row['updated']) or t('page.missing')}",
            "stale": self._stale(row),
        }

    def _where(self, at: Any) -> str:
        if at is None or shapely.is_empty(at):
            return ""
        spot = shapely.point_on_surface(at)
        return self.speaker.text("page.coordinates", lon=f"{spot.x:.4f}", lat=f"{spot.y:.4f}")

    def _stale(self, row: Row) -> str:
        months = int(self.atlas.zone.settings.limits.stale_months)
        if not known(row["updated"]) or not self.atlas.data_date:
            return ""
        oldest = pd.Timestamp(self.atlas.data_date) - pd.DateOffset(months=months)
        if row["updated"] >= oldest:
            return ""
        return self.speaker.text("page.card.stale", date=_day(row["updated"]), months=months)

    # -------------------------------------------------------------- figures

    def figures(self, row: Row) -> Iterator[dict[str, Any]]:
        """The four that an investor asks for first."""
        fields = schema().layers["sites"].fields
        area = self.speaker.area(row["area_mu"]) if known(row["area_mu"]) else []
        label = " · ".join([self.speaker.label(fields["area_mu"]), *map(str, area[1:])])
        yield self._said(label, area[0] if area else None)
        yield self._field(row, fields["start_price_wan_per_mu"])
        yield self._said(self.speaker.text("page.far"), far(row))
        yield self._field(row, fields["term_years"])

    def place(self, row: Row) -> Iterator[dict[str, Any]]:
        """Where the site is and what bounds it, in words."""
        for of in self.speaker.own(schema().layers["sites"]):
            if _stem(of) in _PLACE and known(self.speaker.said(row, of)):
                yield self._field(row, of)

    def sections(self, row: Row, groups: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Some groups of the schema, with every field that the audience may see."""
        fields = [one for one in self.speaker.own(schema().layers["sites"]) if one.name in row]
        for group in groups:
            own = [one for one in fields if one.group == group and _stem(one) not in _ELSEWHERE]
            flags = [one for one in own if group == "utilities" and one.type == "boolean"]
            there = sum(bool(row[one.name]) for one in flags if known(row[one.name]))
            t = self.speaker.text
            yield {
                "title": words.pick(schema().groups[group], self.speaker.lang),
                "note": t("page.n_utilities", n=there, of=len(flags)) if flags else "",
                "chips": [self._chip(one, row) for one in flags],
                "rows": [self._field(row, one) for one in own if one not in flags],
            }

    def places(self, found: pd.DataFrame) -> list[dict[str, Any]]:
        """Distances to places by name: a section, where there are any.

        ``found`` is what `gxq_geo.zone.access.places` gives of the site.
        """
        rows = []
        columns = (found[name] for name in ("to_layer", "to_id", "kind", "km"))
        for layer, place, kind, km in zip(*columns, strict=True):
            road = layer == "roads"
            name = self.speaker.named(layer, place)
            far = Figure(tenths(km), self.speaker.unit("km"))
            said = self._said(f"{self._numbers.get(place, '') if road else ''} {name}".strip(), far)
            word = self.speaker.text(f"page.card.kind_{'expressway' if road else kind}")
            rows.append({**said, "aside": word})
        if not rows:
            return []
        title, note = (self.speaker.text(f"page.card.{key}") for key in ("distances", "straight"))
        return [{"title": title, "note": note, "chips": [], "rows": rows}]

    @cached_property
    def _numbers(self) -> dict[Any, str]:
        """The numbers of roads, by id."""
        roads = self.atlas.records("roads")
        return {one["road_id"]: str(one["road_no"]) for one in roads if known(one["road_no"])}

    def _field(self, row: Row, of: Field) -> dict[str, Any]:
        return self._said(self.speaker.label(of), self.speaker.value(row, of))

    def _said(self, label: str, figure: Figure | None) -> dict[str, Any]:
        missing = figure is None
        said = figure or Figure(self.speaker.text("page.missing"))
        return {"label": label, "value": said.value, "unit": said.unit, "missing": missing}

    def _chip(self, of: Field, row: Row) -> dict[str, str]:
        value = row[of.name]
        state = ("yes" if value else "no") if known(value) else "unknown"
        note = self.speaker.text("page.missing") if state == "unknown" else ""
        return {"label": self.speaker.label(of), "state": state, "note": note}

    # -------------------------------------------------------------- contact

    def contact(self, row: Row) -> dict[str, str]:
        """Whom to call: the site's own contact; what it lacks comes from its department."""
        name, phone, department = self._whom(row)
        t = self.speaker.text
        whose = self.speaker.named("departments", department) if department else ""
        zone = self.atlas.zone.settings.name(self.speaker.lang)
        return {
            "title": t("page.card.contact"),
            "name": name or t("page.missing"),
            "phone": phone or t("page.missing"),
            "known": phone,
            "under": " · ".join(filter(None, [zone, whose])),
            "hint": t("page.print.scan"),
            "quote": t("page.print.quote_id"),
        }

    def _whom(self, row: Row) -> tuple[str, str, str]:
        """Name, telephone and department to call about a site; empty where nobody is known."""
        parks, departments = self._offices
        park = parks.get(row["park_id"], {})
        ids = (row.get("department_id"), park.get("department_id"))
        department = str(next(filter(known, ids), ""))
        own = departments.get(department, {})
        first = row if known(row.get("contact_phone")) or not own else own
        found = (first.get(key) for key in ("contact_name", "contact_phone"))
        name, phone = (str(one) if known(one) else "" for one in found)
        return name, phone, department if own else ""

    @cached_property
    def _offices(self) -> tuple[dict[Any, Row], dict[str, Row]]:
        """Parks and departments by id."""
        parks, departments = self.atlas.records("parks"), self.atlas.records("departments")
        return (
            {one["park_id"]: one for one in parks},
            {str(one["department_id"]): one for one in departments},
        )


def far(row: Row) -> Figure | None:
    """The floor-area ratio: from, to, or both."""
    least, most = row["far_min"], row["far_max"]
    if known(least) and known(most):
        return Figure(f"{tenths(least)}–{tenths(most)}")
    if known(least):
        return Figure(f"≥ {tenths(least)}")
    return Figure(f"≤ {tenths(most)}") if known(most) else None


def _stem(of: Field) -> str:
    return of.name.removesuffix(f"_{of.lang}") if of.lang else of.name


def _day(value: Any) -> str:
    return str(value.date().isoformat()) if known(value) else ""
