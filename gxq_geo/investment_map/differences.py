"""Show the difference of two states of a zone on the map: a list, markers and outlines."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from gxq_geo import words
from gxq_geo.investment_map.issues import drawable
from gxq_geo.investment_map.map import InvestmentMap
from gxq_geo.schemas import schema
from gxq_geo.versions.difference import Change, Difference
from gxq_geo.versions.wording import ChangeText, change_texts, settings_line
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer
from gxq_geo.zone.settings import SETTINGS

# The greatest number of changes on a page, and of vertices of all outlines together.
_MAX_CHANGES = 5_000
_MAX_VERTICES = 50_000


def changes_page(difference: Difference, *, lang: str, names: tuple[str, str]) -> str:
    """Return a page with the new state of the zone and the records added, removed and changed.

    The page is internal: it also shows records that are not published.

    Parameters
    ----------
    difference
        The difference of the two states.
    lang
        The initial language of the page.
    names
        The names of the old and the new state.
    """
    page = InvestmentMap(drawable(difference.new), lang=lang, audience="internal")
    old, new = (words.visible(name) for name in names)
    about = {code: words.text("diff.from_to", code, old=old, new=new) for code in words.langs()}
    page.show_issues(changes_data(difference) | {"about": about})
    return page.to_html()


def changes_data(difference: Difference) -> dict[str, Any]:
    """Return the changes as JSON values; see ``web/issues/issues.js``."""
    kinds = [change.kind for change in difference.changes]
    counts = {kind: kinds.count(kind) for kind in ("removed", "added", "changed")}
    by_lang = {lang: change_texts(difference, lang)[:_MAX_CHANGES] for lang in words.langs()}
    vertices_left, listed = _MAX_VERTICES, []
    for texts in zip(*by_lang.values(), strict=True):
        change = texts[0].change
        item = _item(change, dict(zip(by_lang, texts, strict=True)), difference)
        outlines = dict(_outlines(change, difference))
        vertices_left -= sum(len(part) for parts in outlines.values() for part in parts)
        listed.append(item | (outlines if vertices_left >= 0 else {}))
    if difference.settings:
        counts["changed"] += 1
        said = {lang: [SETTINGS, settings_line(difference, lang)] for lang in words.langs()}
        listed.append({"severity": "changed", "file": SETTINGS, "place": None, "said": said})
    return {"of": "changes", "counts": counts, "list": listed}


def _item(change: Change, texts: dict[str, ChangeText], difference: Difference) -> dict[str, Any]:
    place = _place(change, difference)
    return {
        "severity": change.kind,
        "file": words.in_all_languages(schema().layers[change.layer].label),
        "place": list(place) if place else None,
        "said": {lang: _lines_of(text) for lang, text in texts.items()},
    }


def _lines_of(text: ChangeText) -> list[str]:
    return [words.visible(text.subject), "\n".join(map(words.visible, text.lines))]


def _place(change: Change, difference: Difference) -> tuple[float, float] | None:
    """Longitude and latitude of a record, or of a record that it refers to."""
    for zone, row in ((difference.new, change.new_row), (difference.old, change.old_row)):
        if row is not None:
            layer = zone.layers[change.layer]
            if place := layer.point(row) or _place_of_reference(zone, layer, row):
                return place
    return None


def _place_of_reference(zone: Zone, layer: Layer, row: int) -> tuple[float, float] | None:
    refs = [field for field in layer.schema.fields.values() if field.type == "ref" and field.ref]
    # The layer with more records is more precise: the site before the park.
    for field in sorted(refs, key=lambda field: len(zone.frame(field.ref)), reverse=True):
        target = zone.layers[field.ref]
        if target.schema.is_table:
            continue
        found = np.flatnonzero(target.frame[target.schema.id] == layer.frame[field.name].iloc[row])
        if found.size and (place := target.point(int(found[0]))):
            return place
    return None


def _outlines(change: Change, difference: Difference) -> Iterator[tuple[str, list[Any]]]:
    """Yield the old outline (``was``) and the new one (``is``) of a changed geometry.

    A removed record has only an old outline, an added one only a new outline.
    """
    if schema().layers[change.layer].is_table or (change.kind == "changed" and not change.geometry):
        return
    sides = (("was", difference.old, change.old_row), ("is", difference.new, change.new_row))
    for name, zone, row in sides:
        if row is not None:
            shape = zone.layers[change.layer].frame.geometry.iloc[row]
            if shape is not None and (parts := _lines(shape)):
                yield name, parts


def _lines(shape: Any) -> list[Any]:
    """The rings or lines of a geometry, as lists of longitude and latitude; none for points."""
    lines_of = shape if shapely.get_dimensions(shape) == 1 else shape.boundary
    parts: Sequence[Any] = [] if lines_of is None else shapely.get_parts(lines_of).tolist()
    lines = (np.round(shapely.get_coordinates(part), 6) for part in parts)
    return [line.tolist() for line in lines if len(line) > 1 and _is_in_range(line)]


def _is_in_range(line: Any) -> bool:
    return bool((np.abs(line) <= (180, 90)).all())
