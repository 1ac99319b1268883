"""What differs between two states of a zone, on the map: listed, marked, and outlined."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from gxq_geo import words
from gxq_geo.investment_map.issues import drawable
from gxq_geo.investment_map.map import InvestmentMap
from gxq_geo.schemas import schema
from gxq_geo.versions.difference import Change, Difference
from gxq_geo.versions.wording import News, news, settings
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer
from gxq_geo.zone.settings import SETTINGS

# What a page lists; and of how many points the outlines of what changed may consist together.
_MOST = 5_000
_MOST_POINTS = 50_000


def changes_page(difference: Difference, *, lang: str, names: tuple[str, str]) -> str:
    """A page with the zone as it is now, and on it what was added, removed and changed.

    Everything is shown, published or not: it is for those who answer for the layers.

    Parameters
    ----------
    names
        What the two states are called.
    """
    drawn = InvestmentMap(drawable(difference.new), lang=lang, audience="internal")
    old, new = (words.visible(name) for name in names)
    about = {code: words.text("diff.from_to", code, old=old, new=new) for code in words.langs()}
    drawn.show_issues(changes_data(difference) | {"about": about})
    return drawn.to_html()


def changes_data(difference: Difference) -> dict[str, Any]:
    """What the page lists, as JSON values; see ``web/issues.js``."""
    kinds = [one.kind for one in difference.changes]
    counts = {kind: kinds.count(kind) for kind in ("removed", "added", "changed")}
    told = {lang: news(difference, lang)[:_MOST] for lang in words.langs()}
    room, listed = _MOST_POINTS, []
    for said in zip(*told.values(), strict=True):
        change = said[0].change
        item = _item(change, dict(zip(told, said, strict=True)), difference)
        outlines = dict(_outlines(change, difference))
        room -= sum(len(part) for parts in outlines.values() for part in parts)
        listed.append(item | (outlines if room >= 0 else {}))
    if difference.settings:
        counts["changed"] += 1
        said_of = {lang: [SETTINGS, settings(difference, lang)] for lang in words.langs()}
        listed.append({"severity": "changed", "file": SETTINGS, "place": None, "said": said_of})
    return {"of": "changes", "counts": counts, "list": listed}


def _item(change: Change, said: dict[str, News], difference: Difference) -> dict[str, Any]:
    place = _place(change, difference)
    return {
        "severity": change.kind,
        "file": words.every(schema().layers[change.layer].label),
        "place": list(place) if place else None,
        "said": {lang: _said(one) for lang, one in said.items()},
    }


def _said(one: News) -> list[str]:
    return [words.visible(one.subject), "\n".join(map(words.visible, one.lines))]


def _place(change: Change, difference: Difference) -> tuple[float, float] | None:
    """Longitude and latitude of a record; of one without a geometry, of what it refers to."""
    for zone, row in ((difference.new, change.new_row), (difference.old, change.old_row)):
        if row is not None:
            one = zone.layers[change.layer]
            if place := one.point(row) or _place_of_reference(zone, one, row):
                return place
    return None


def _place_of_reference(zone: Zone, one: Layer, row: int) -> tuple[float, float] | None:
    spatial = [of for of in one.schema.fields.values() if of.type == "ref" and of.ref]
    # What is smaller says more: the site before the park.
    for of in sorted(spatial, key=lambda of: len(zone.frame(of.ref)), reverse=True):
        target = zone.layers[of.ref]
        if target.schema.is_table:
            continue
        found = np.flatnonzero(target.frame[target.schema.id] == one.frame[of.name].iloc[row])
        if found.size and (place := target.point(int(found[0]))):
            return place
    return None


def _outlines(change: Change, difference: Difference) -> Iterator[tuple[str, list[Any]]]:
    """How a record was drawn and is: of what was redrawn both, of what came or went the one."""
    if schema().layers[change.layer].is_table or (
        change.kind == "changed" and not change.redrawing
    ):
        return
    sides = (("was", difference.old, change.old_row), ("is", difference.new, change.new_row))
    for name, zone, row in sides:
        if row is not None:
            shape = zone.layers[change.layer].frame.geometry.iloc[row]
            if shape is not None and (parts := _lines(shape)):
                yield name, parts


def _lines(shape: Any) -> list[Any]:
    """The rings and lines of a geometry, as lists of longitude and latitude; none of a point."""
    edge = shape if shapely.get_dimensions(shape) == 1 else shape.boundary
    parts: Sequence[Any] = [] if edge is None else shapely.get_parts(edge).tolist()
    lines = (np.round(shapely.get_coordinates(part), 6) for part in parts)
    return [line.tolist() for line in lines if len(line) > 1 and _on_globe(line)]


def _on_globe(line: Any) -> bool:
    return bool((np.abs(line) <= (180, 90)).all())
