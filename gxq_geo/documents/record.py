"""Format the record of a site for its sheet, in the same words as on the web page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import shapely

from gxq_geo import words
from gxq_geo.documents.drawing.layers import MapLayers
from gxq_geo.schemas import Field, schema
from gxq_geo.schemas.display import Figure, ValueFormatter, known, tenths

Row = Mapping[str, Any]

FIGURES = ("area_mu", "start_price_wan_per_mu", "far_min", "far_max", "term_years")
COLUMNS = (("planning", "indicators"), ("price", "standard_land", "readiness"), ("utilities",))
_LOCATION = ("address", "bounded_by")
# Fields shown outside the columns: in the header, the footer, the figures or the location.
_ELSEWHERE = {
    *("site_id", "name", "demo", "status", "park_id", "zoning_id", "sectors", "department_id"),
    *("contact_name", "contact_phone", "geometry_source", "source", "updated", "published"),
    *_LOCATION,
    *FIGURES,
}


@dataclass(frozen=True)
class SiteFormatter:
    """Formats records of sites in one language, as data for the sheet's template.

    Parameters
    ----------
    layers
        The layers that the audience may see.
    fmt
        Formats values in the language.
    """

    layers: MapLayers
    fmt: ValueFormatter

    def header(self, row: Row, geometry: Any) -> dict[str, Any]:
        """Return name, park, sectors, status and badges.

        ``geometry`` is the site's, in EPSG:4326, or None.
        """
        t, status = self.fmt.text, str(row["status"])
        sectors = [self.fmt.name_of("sectors", id_) for id_ in row["sectors"] or ()]
        park = self.fmt.name_of("parks", row["park_id"]) if known(row["park_id"]) else ""
        subtitle = [park, t("page.list_join").join(sectors)]
        badges = [t("page.badge_demo")] if known(row["demo"]) and row["demo"] else []
        if row["geometry_source"] == "schematic":
            badges.append(t("page.badge_schematic"))
        return {
            "kind": t("page.print.sheet_sites"),
            "name": self.fmt.name("sites", row),
            "subtitle": " · ".join(filter(None, subtitle)),
            "status": {
                "picture": f"status-{status}.svg",
                "label": self.fmt.choice("site_status", status),
            },
            "badges": badges,
            "coordinates": self._coordinates(geometry),
            "updated": f"{t('page.card.updated')} {_day(row['updated']) or t('page.missing')}",
            "stale": self._stale_notice(row),
        }

    def _coordinates(self, geometry: Any) -> str:
        if geometry is None or shapely.is_empty(geometry):
            return ""
        point = shapely.point_on_surface(geometry)
        return self.fmt.text("page.coordinates", lon=f"{point.x:.4f}", lat=f"{point.y:.4f}")

    def _stale_notice(self, row: Row) -> str:
        months = int(self.layers.zone.settings.limits.stale_months)
        if not known(row["updated"]) or not self.layers.data_date:
            return ""
        oldest = pd.Timestamp(self.layers.data_date) - pd.DateOffset(months=months)
        if row["updated"] >= oldest:
            return ""
        return self.fmt.text("page.card.stale", date=_day(row["updated"]), months=months)

    # -------------------------------------------------------------- figures

    def figures(self, row: Row) -> Iterator[dict[str, Any]]:
        """Yield the four key figures: area, price, floor area ratio, term."""
        fields = schema().layers["sites"].fields
        area = self.fmt.area(row["area_mu"]) if known(row["area_mu"]) else []
        label = " · ".join([self.fmt.label(fields["area_mu"]), *map(str, area[1:])])
        yield self._entry(label, area[0] if area else None)
        price = fields["start_price_wan_per_mu"]
        per_hectare = self.fmt.per_hectare(row[price.name])
        label = " · ".join(filter(None, [self.fmt.label(price), per_hectare]))
        yield self._entry(label, self.fmt.value(row, price))
        yield self._entry(self.fmt.text("page.far"), floor_area_ratio(row))
        yield self._field(row, fields["term_years"])

    def location(self, row: Row) -> Iterator[dict[str, Any]]:
        """Yield the address and the bounding features of the site, if known."""
        for field in self.fmt.fields_of(schema().layers["sites"]):
            if _stem(field) in _LOCATION and known(self.fmt.raw_value(row, field)):
                yield self._field(row, field)

    def sections(self, row: Row, groups: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield one section per schema group, with all fields that the audience may see."""
        fields = [f for f in self.fmt.fields_of(schema().layers["sites"]) if f.name in row]
        for group in groups:
            own = [f for f in fields if f.group == group and _stem(f) not in _ELSEWHERE]
            flags = [f for f in own if group == "utilities" and f.type == "boolean"]
            available = sum(bool(row[f.name]) for f in flags if known(row[f.name]))
            t = self.fmt.text
            yield {
                "title": words.pick(schema().groups[group], self.fmt.lang),
                "note": t("page.n_utilities", n=available, of=len(flags)) if flags else "",
                "chips": [self._chip(field, row) for field in flags],
                "rows": [self._field(row, field) for field in own if field not in flags],
            }

    def distances(self, near: pd.DataFrame) -> list[dict[str, Any]]:
        """Return a section with distances to named places, or no section if there are none.

        ``near`` is the site's part of the frame that `gxq_geo.zone.access.places` returns.
        """
        rows = []
        columns = (near[name] for name in ("to_layer", "to_id", "kind", "km"))
        for layer, place, kind, km in zip(*columns, strict=True):
            is_road = layer == "roads"
            name = self.fmt.name_of(layer, place)
            number = self._road_numbers.get(place, "") if is_road else ""
            entry = self._entry(f"{number} {name}".strip(), self.fmt.amount(km, "km"))
            kind_text = self.fmt.text(f"page.card.kind_{'expressway' if is_road else kind}")
            rows.append({**entry, "note": kind_text})
        if not rows:
            return []
        title, note = (self.fmt.text(f"page.card.{key}") for key in ("distances", "straight"))
        return [{"title": title, "note": note, "chips": [], "rows": rows}]

    @cached_property
    def _road_numbers(self) -> dict[Any, str]:
        """Road numbers by road id."""
        roads = self.layers.records("roads")
        return {road["road_id"]: str(road["road_no"]) for road in roads if known(road["road_no"])}

    def _field(self, row: Row, field: Field) -> dict[str, Any]:
        return self._entry(self.fmt.label(field), self.fmt.value(row, field))

    def _entry(self, label: str, figure: Figure | None) -> dict[str, Any]:
        """Return label and value; None is shown as 未提供 (not provided)."""
        shown = figure or Figure(self.fmt.text("page.missing"))
        missing = figure is None
        return {"label": label, "value": shown.value, "unit": shown.unit, "missing": missing}

    def _chip(self, field: Field, row: Row) -> dict[str, str]:
        value = row[field.name]
        state = ("yes" if value else "no") if known(value) else "unknown"
        note = self.fmt.text("page.missing") if state == "unknown" else ""
        return {"label": self.fmt.label(field), "state": state, "note": note}

    # -------------------------------------------------------------- contact

    def contact(self, row: Row) -> dict[str, str]:
        """Return the contact of the site, or of its department if the site has no telephone."""
        name, phone, department = self._contact_of(row)
        t = self.fmt.text
        office = self.fmt.name_of("departments", department) if department else ""
        zone = self.layers.zone.settings.name(self.fmt.lang)
        return {
            "title": t("page.card.contact"),
            "name": name or t("page.missing"),
            "phone": phone or t("page.missing"),
            "known": phone,
            "office": " · ".join(filter(None, [zone, office])),
            "scan_hint": t("page.print.scan"),
            "id_hint": t("page.print.quote_id"),
        }

    def _contact_of(self, row: Row) -> tuple[str, str, str]:
        """Contact name, telephone and department id of a site; empty if not known.

        The department is the site's own, else its park's.
        """
        parks, departments = self._parks_and_departments
        park = parks.get(row["park_id"], {})
        ids = (row.get("department_id"), park.get("department_id"))
        department_id = str(next(filter(known, ids), ""))
        department = departments.get(department_id, {})
        source = row if known(row.get("contact_phone")) or not department else department
        values = (source.get(key) for key in ("contact_name", "contact_phone"))
        name, phone = (str(value) if known(value) else "" for value in values)
        return name, phone, department_id if department else ""

    @cached_property
    def _parks_and_departments(self) -> tuple[dict[Any, Row], dict[str, Row]]:
        """The records of parks and of departments, by id."""
        parks, departments = self.layers.records("parks"), self.layers.records("departments")
        return (
            {park["park_id"]: park for park in parks},
            {str(department["department_id"]): department for department in departments},
        )


def floor_area_ratio(row: Row) -> Figure | None:
    """Format the floor area ratio: minimum, maximum, or both; None if neither is known."""
    minimum, maximum = row["far_min"], row["far_max"]
    if known(minimum) and known(maximum):
        return Figure(f"{tenths(minimum)}–{tenths(maximum)}")
    if known(minimum):
        return Figure(f"≥ {tenths(minimum)}")
    return Figure(f"≤ {tenths(maximum)}") if known(maximum) else None


def _stem(field: Field) -> str:
    """The name of a field without its language suffix."""
    return field.name.removesuffix(f"_{field.lang}") if field.lang else field.name


def _day(value: Any) -> str:
    return str(value.date().isoformat()) if known(value) else ""
