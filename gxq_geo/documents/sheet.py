"""The site sheet: one site on one A4 page, for each language."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

import pandas as pd
import shapely

from gxq_geo import words
from gxq_geo.documents.drawing import elements, svg
from gxq_geo.documents.drawing.atlas import Atlas, atlas
from gxq_geo.documents.drawing.drawing import SMALL, WHOLE, Canvas
from gxq_geo.documents.drawing.labels import Names
from gxq_geo.documents.drawing.plane import Plane, fit
from gxq_geo.documents.drawing.symbols import flag
from gxq_geo.documents.drawing.type import Bounds, Label, face
from gxq_geo.documents.notices import common
from gxq_geo.documents.press import font, print_pdf
from gxq_geo.documents.record import COLUMNS, Row, Teller
from gxq_geo.schemas.display import Speaker, known
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone
from gxq_geo.zone.access import places

MAP_MM = (182.0, 96.0)
_LOCATOR_MM = (27.0, 29.0)
_AROUND_M = 2600.0
"""What the map shows at least from south to north: enough around a site to know the place."""

# What the page leaves as it is in its own links.
_SAFE = "-_.!~*'(),:?"

Step = Callable[[str], None]


def site_sheets(
    zone: Zone,
    ids: Sequence[str] | None = None,
    *,
    langs: Sequence[str] = ("zh",),
    audience: str = "public",
    step: Step = lambda _: None,
) -> bytes:
    """The sheets of some sites as one PDF, a page for each site and language.

    Parameters
    ----------
    zone
        The zone. Where its ``public_url`` says where its map is published, each sheet has the code
        of the link to its site; else it has the site's number in that place.
    ids
        Which sites; None for all that the audience may see, in the layer's order.
    langs
        The languages; with two, a sheet has a front and a back.
    audience
        ``public``: published sites and public fields only; ``internal``: everything.
    step
        Called with a site's id when work on it begins, and with ``PDF`` at last.

    Raises
    ------
    GxqError
        If there is no such site, or no Chinese font on this machine.
    """
    return Sheets(atlas(zone, audience), tuple(langs), ids).pdf(step)


@dataclass(frozen=True)
class Sheets:
    """Makes sheets of one zone: what they share is worked out once.

    Parameters
    ----------
    atlas
        What the audience may see.
    langs
        The languages.
    wanted
        Which sites; None for all.
    """

    atlas: Atlas
    langs: tuple[str, ...]
    wanted: Sequence[str] | None = None

    @cached_property
    def ids(self) -> list[str]:
        """The sites that were asked for, each once.

        Raises
        ------
        GxqError
            If there is no such site, or the audience may not see it.
        """
        if not self.records:
            raise GxqError("no-sites", path=self.atlas.zone.folder)
        for one in self.wanted or ():
            if one not in self.records:
                near = difflib.get_close_matches(one, self.records, n=1, cutoff=0.0)
                raise GxqError("unknown-site", site=one, near=near[0])
        return list(dict.fromkeys(self.records if self.wanted is None else self.wanted))

    @cached_property
    def records(self) -> dict[str, tuple[int, dict[str, Any]]]:
        """The sites that the audience may see: place in the layer and record, by id."""
        rows = self.atlas.records("sites")
        return {str(row["site_id"]): (at, row) for at, row in enumerate(rows)}

    @cached_property
    def tellers(self) -> dict[str, Teller]:
        """One for each language."""
        return {lang: Teller(self.atlas, Speaker(self.atlas.frames, lang)) for lang in self.langs}

    def pdf(self, step: Step = lambda _: None) -> bytes:
        """The sheets as one PDF; see `site_sheets`.

        Raises
        ------
        GxqError
            If there is no Chinese font on this machine.
        """
        font()  # Said before the work, not after it.
        pictures = dict(self._shared)
        pages = []
        for one in self.ids:
            step(one)
            for lang in self.langs:
                page, drawn = self.page(one, lang)
                pages.append(page)
                pictures |= drawn
        step("PDF")
        title = self.tellers[self.langs[0]].speaker.text("page.print.sheet_sites")
        heading = f"{self.atlas.zone.settings.name(self.langs[0])} · {title}"
        data = {"pages": pages, "colors": self.atlas.ink.tokens, "title": heading}
        return print_pdf("sheet", data, pictures, date=self.atlas.data_date)

    def page(self, site: str, lang: str) -> tuple[dict[str, Any], dict[str, bytes]]:
        """What the template reads of one site in one language, and its pictures."""
        (at, row), teller = self.records[site], self.tellers[lang]
        speaker, key = teller.speaker, f"{at}-{lang}"
        link = self.link(site, lang)
        pictures = {f"map-{key}.svg": self.map(at, row, speaker)} if self._shape(at) else {}
        if link:
            pictures[f"code-{key}.svg"] = elements.code(link, self.atlas.ink.token("ink"))
        columns = [list(teller.sections(row, names)) for names in COLUMNS]
        columns[-1] += teller.places(self._near[site]) if site in self._near else []
        page = {
            **common(self.atlas, speaker),
            **teller.head(row, self.atlas.frames["sites"]["geometry"].iloc[at]),
            "map": f"map-{key}.svg" if self._shape(at) else "",
            "unplaced": speaker.text("paper.unplaced"),
            "map_size": list(MAP_MM),
            "locator": self._in_locator(at) if self._shape(at) else [],
            "locator_size": list(self._locator.size),
            "caption": speaker.text("page.print.here_sites"),
            "key": self._key(speaker),
            "figures": list(teller.figures(row)),
            "place": list(teller.place(row)),
            "columns": columns,
            "contact": teller.contact(row),
            "code": f"code-{key}.svg" if link else "",
            "link": link,
            "id": {"label": speaker.text("paper.quote"), "value": site},
        }
        return page, pictures

    def link(self, site: str, lang: str) -> str:
        """The link that opens a site on the published map; empty where the map is nowhere."""
        if not self.home:
            return ""
        own = f"&lang={lang}" if lang != words.langs()[0] else ""
        return f"{self.home}#v=1{own}&on=sites:{quote(site, safe=_SAFE)}"

    @cached_property
    def home(self) -> str:
        """Where the map is published; empty where it is not."""
        said = self.atlas.zone.settings.public_url.partition("#")[0].strip()
        return said if said.startswith(("http://", "https://")) else ""

    # -------------------------------------------------------------- map

    def _shape(self, at: int) -> Any:
        shape = self.atlas.shapes("sites")[at]
        return None if shape is None or shapely.is_empty(shape) else shape

    def plane(self, at: int) -> Plane:
        """What the map of a site shows."""
        px = self.atlas.ink.style["paper"]["px_mm"]
        west, south, east, north = shapely.bounds(self._shape(at))
        lack = max(0.0, _AROUND_M - (north - south)) / 2
        box = (west, south - lack, east, north + lack)
        return fit(box, MAP_MM, px=px, lat=self.atlas.lat)

    def map(self, at: int, row: Row, speaker: Speaker) -> bytes:
        """A site and what lies around it, with scale bar and arrow."""
        plane = self.plane(at)
        canvas = Canvas(self.atlas, plane)
        shape = plane.on_paper(self._shape(at))
        token = self.atlas.ink.token
        small = face(canvas.style["labels"]["area"], token, plane.px, color=token("ink2"))
        bottom = MAP_MM[1] - 3.2
        arrow = elements.north_arrow(speaker.text("paper.north"), small, 5.6, bottom)
        bar = elements.scale_bar(plane, small, speaker, at=(12.5, bottom), longest=34.0)
        mark = self._flag(shape, row, speaker, canvas)
        beside = [arrow.boxes[0], bar.boxes[0], mark.boxes[0], self._locator_box()]
        names = Names(canvas, speaker, [*beside, tuple(shapely.bounds(shape))])
        parts = [*canvas.draw(WHOLE), *names.place(), *canvas.selected(shape)]
        parts += [mark.markup, bar.markup, arrow.markup]
        return svg.document([svg.element("g", "\n".join(parts), font_family=font())], MAP_MM)

    def _flag(self, shape: Any, row: Row, speaker: Speaker, canvas: Canvas) -> Label:
        spec, token, px = canvas.style["labels"]["flag"], self.atlas.ink.token, canvas.px
        light = face(spec, token, px, weight=400, size=0.85 * spec["size"] * px)
        area = str(speaker.area(row["area_mu"])[0]) if known(row["area_mu"]) else ""
        frame = (1.0, 1.0, MAP_MM[0] - _LOCATOR_MM[0] - 3, MAP_MM[1] - 1)
        said = [(str(row["site_id"]), face(spec, token, px)), (area, light)]
        return flag(said, tuple(shapely.bounds(shape)), token, frame)

    @cached_property
    def _locator(self) -> Plane:
        """The whole zone, small, in the upper right corner of each map."""
        px = self.atlas.ink.style["paper"]["px_mm"] * 0.55
        west, south, east, north = self.atlas.bounds()
        most, high = _LOCATOR_MM
        wide = min(most, max(14.0, high * (east - west) / (north - south)))
        needs = max((east - west) / (wide - 2.4), (north - south) / (high - 2.4))
        middle = ((west + east) / 2, (south + north) / 2)
        return Plane(middle, (wide, high), needs * 1000, px, self.atlas.lat)

    def _locator_box(self) -> Bounds:
        wide, high = self._locator.size
        return MAP_MM[0] - wide - 2.6, 0.0, MAP_MM[0], high + 2.6

    def _in_locator(self, at: int) -> list[float]:
        """Where in the zone the map lies: left, top, width and height in mm."""
        box = shapely.box(*self.plane(at).box())
        left, top, right, bottom = shapely.bounds(self._locator.on_paper(box))
        return [round(float(one), 2) for one in (left, top, right - left, bottom - top)]

    # -------------------------------------------------------------- shared

    @cached_property
    def _shared(self) -> dict[str, bytes]:
        """Pictures that stand on every sheet: the key's, and the whole zone."""
        drawn = Canvas(self.atlas, self._locator, detail=0.15).draw(SMALL)
        return {
            "locator.svg": svg.document(drawn, self._locator.size),
            **elements.swatches(self.atlas),
        }

    def _key(self, speaker: Speaker) -> list[dict[str, str]]:
        return [
            {"picture": f"status-{name}.svg", "words": speaker.word("site_status", name)}
            for name in self.atlas.statuses
        ]

    @cached_property
    def _near(self) -> dict[str, pd.DataFrame]:
        """What is near each of the sites; worked out for all at once."""
        drawn = [one for one in self.ids if self._shape(self.records[one][0])]
        found = places(self.atlas.zone, "sites", drawn).groupby("id", sort=False)
        return {str(site): near for site, near in found}
