"""The site sheet: one A4 page per site and language, with map, figures and contact."""

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
from gxq_geo.documents.drawing.labels import LabelPlacer
from gxq_geo.documents.drawing.layers import MapLayers, map_layers
from gxq_geo.documents.drawing.renderer import LOCATOR_PASSES, SITE_MAP_PASSES, MapRenderer
from gxq_geo.documents.drawing.symbols import callout
from gxq_geo.documents.drawing.text import Bounds, Label, text_style
from gxq_geo.documents.drawing.viewport import Viewport, fit
from gxq_geo.documents.notices import page_data
from gxq_geo.documents.record import COLUMNS, Row, SiteFormatter
from gxq_geo.documents.typst_pdf import font, print_pdf
from gxq_geo.schemas.display import ValueFormatter, known
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone
from gxq_geo.zone.access import places

MAP_MM = (182.0, 96.0)
_LOCATOR_MM = (27.0, 29.0)
_LEAST_HEIGHT_M = 2600.0
"""The map shows at least this distance from south to north, so that the place is recognisable."""

# Characters that the web page does not percent-encode in the hash of its links.
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
    """Return the sheets of some sites as one PDF, with one page per site and language.

    Parameters
    ----------
    zone
        The zone. If its setting ``public_url`` gives the address of the published map, each sheet
        has a QR code of the link to its site, otherwise the site id.
    ids
        Site ids; None for all sites that the audience may see, in layer order.
    langs
        Language codes; with two, a sheet has a front and a back.
    audience
        ``public``: published sites and public fields only; ``internal``: everything.
    step
        Called with each site id before its pages are made, and with ``PDF`` at the end.

    Raises
    ------
    GxqError
        If a site does not exist, or no Chinese font is installed.
    """
    return Sheets(map_layers(zone, audience), tuple(langs), ids).pdf(step)


@dataclass(frozen=True)
class Sheets:
    """Makes the sheets of a zone; the parts that all sheets share are made once.

    Parameters
    ----------
    layers
        The layers that the audience may see.
    langs
        Language codes.
    requested
        Site ids; None for all sites.
    """

    layers: MapLayers
    langs: tuple[str, ...]
    requested: Sequence[str] | None = None

    @cached_property
    def ids(self) -> list[str]:
        """The requested site ids, without duplicates.

        Raises
        ------
        GxqError
            If a site does not exist, or the audience may not see it.
        """
        if not self.records:
            raise GxqError("no-sites", path=self.layers.zone.folder)
        for site in self.requested or ():
            if site not in self.records:
                near = difflib.get_close_matches(site, self.records, n=1, cutoff=0.0)
                raise GxqError("unknown-site", site=site, near=near[0])
        return list(dict.fromkeys(self.records if self.requested is None else self.requested))

    @cached_property
    def records(self) -> dict[str, tuple[int, dict[str, Any]]]:
        """Row number and record of each site that the audience may see, by site id."""
        rows = self.layers.records("sites")
        return {str(row["site_id"]): (index, row) for index, row in enumerate(rows)}

    @cached_property
    def formatters(self) -> dict[str, SiteFormatter]:
        """The formatter of each language."""
        return {
            lang: SiteFormatter(self.layers, ValueFormatter(self.layers.frames, lang))
            for lang in self.langs
        }

    def pdf(self, step: Step = lambda _: None) -> bytes:
        """Return the sheets as one PDF; see `site_sheets`.

        Raises
        ------
        GxqError
            If no Chinese font is installed.
        """
        font()  # Fails before the work if there is no font.
        pictures = dict(self._shared_pictures)
        pages = []
        for site in self.ids:
            step(site)
            for lang in self.langs:
                page, own_pictures = self.page(site, lang)
                pages.append(page)
                pictures |= own_pictures
        step("PDF")
        title = self.formatters[self.langs[0]].fmt.text("page.print.sheet_sites")
        heading = f"{self.layers.zone.settings.name(self.langs[0])} · {title}"
        data = {"pages": pages, "colors": self.layers.palette.tokens, "title": heading}
        return print_pdf("sheet", data, pictures, date=self.layers.data_date)

    def page(self, site: str, lang: str) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Return the template's data of one site in one language, and its pictures."""
        (index, row), formatter = self.records[site], self.formatters[lang]
        fmt, key = formatter.fmt, f"{index}-{lang}"
        link, has_map = self.link(site, lang), self._shape(index) is not None
        pictures = {f"map-{key}.svg": self.map(index, row, fmt)} if has_map else {}
        if link:
            pictures[f"code-{key}.svg"] = elements.qr_code(link, self.layers.palette.token("ink"))
        columns = [list(formatter.sections(row, names)) for names in COLUMNS]
        columns[-1] += formatter.distances(self._near[site]) if site in self._near else []
        page = {
            **page_data(self.layers, fmt),
            **formatter.header(row, self.layers.frames["sites"]["geometry"].iloc[index]),
            "map": f"map-{key}.svg" if has_map else "",
            "unplaced": fmt.text("paper.unplaced"),
            "map_size": list(MAP_MM),
            "locator": self._locator_frame(index) if has_map else [],
            "locator_size": list(self._locator.size),
            "caption": fmt.text("page.print.here_sites"),
            "legend": self._legend(fmt),
            "figures": list(formatter.figures(row)),
            "location": list(formatter.location(row)),
            "columns": columns,
            "contact": formatter.contact(row),
            "code": f"code-{key}.svg" if link else "",
            "link": link,
            "id": {"label": fmt.text("paper.quote"), "value": site},
        }
        return page, pictures

    def link(self, site: str, lang: str) -> str:
        """Return the link that opens a site on the published map; empty if it is not published."""
        if not self.map_url:
            return ""
        param = f"&lang={lang}" if lang != words.langs()[0] else ""
        return f"{self.map_url}#v=1{param}&on=sites:{quote(site, safe=_SAFE)}"

    @cached_property
    def map_url(self) -> str:
        """The address of the published map, without its hash; empty if it is not published."""
        url = self.layers.zone.settings.public_url.partition("#")[0].strip()
        return url if url.startswith(("http://", "https://")) else ""

    # -------------------------------------------------------------- map

    def _shape(self, index: int) -> Any:
        shape = self.layers.shapes("sites")[index]
        return None if shape is None or shapely.is_empty(shape) else shape

    def viewport(self, index: int) -> Viewport:
        """The viewport of the map of a site, given its row number."""
        px = self.layers.palette.style["paper"]["px_mm"]
        west, south, east, north = shapely.bounds(self._shape(index))
        extra = max(0.0, _LEAST_HEIGHT_M - (north - south)) / 2
        box = (west, south - extra, east, north + extra)
        return fit(box, MAP_MM, px=px, lat=self.layers.lat)

    def map(self, index: int, row: Row, fmt: ValueFormatter) -> bytes:
        """Return the map of a site and its surroundings, with scale bar and north arrow."""
        viewport = self.viewport(index)
        renderer = MapRenderer(self.layers, viewport)
        shape = viewport.to_paper(self._shape(index))
        token = self.layers.palette.token
        small = text_style(
            renderer.style["labels"]["area"], token, viewport.px, color=token("ink2")
        )
        bottom = MAP_MM[1] - 3.2
        arrow = elements.north_arrow(fmt.text("paper.north"), small, 5.6, bottom)
        bar = elements.scale_bar(viewport, small, fmt, at=(12.5, bottom), longest=34.0)
        mark = self._callout(shape, row, fmt, renderer)
        obstacles = [arrow.boxes[0], bar.boxes[0], mark.boxes[0], self._locator_box()]
        placer = LabelPlacer(renderer, fmt, [*obstacles, tuple(shapely.bounds(shape))])
        parts = [*renderer.draw(SITE_MAP_PASSES), *placer.place(), *renderer.selected(shape)]
        parts += [mark.markup, bar.markup, arrow.markup]
        return svg.document([svg.element("g", "\n".join(parts), font_family=font())], MAP_MM)

    def _callout(self, shape: Any, row: Row, fmt: ValueFormatter, renderer: MapRenderer) -> Label:
        spec, token, px = renderer.style["labels"]["flag"], self.layers.palette.token, renderer.px
        light = text_style(spec, token, px, weight=400, size=0.85 * spec["size"] * px)
        area = str(fmt.area(row["area_mu"])[0]) if known(row["area_mu"]) else ""
        frame = (1.0, 1.0, MAP_MM[0] - _LOCATOR_MM[0] - 3, MAP_MM[1] - 1)
        texts = [(str(row["site_id"]), text_style(spec, token, px)), (area, light)]
        return callout(texts, tuple(shapely.bounds(shape)), token, frame)

    @cached_property
    def _locator(self) -> Viewport:
        """The viewport of the locator map, which shows the whole zone in the upper right corner."""
        px = self.layers.palette.style["paper"]["px_mm"] * 0.55
        west, south, east, north = self.layers.bounds()
        most, height = _LOCATOR_MM
        width = min(most, max(14.0, height * (east - west) / (north - south)))
        metres = max((east - west) / (width - 2.4), (north - south) / (height - 2.4))
        centre = ((west + east) / 2, (south + north) / 2)
        return Viewport(centre, (width, height), metres * 1000, px, self.layers.lat)

    def _locator_box(self) -> Bounds:
        width, height = self._locator.size
        return MAP_MM[0] - width - 2.6, 0.0, MAP_MM[0], height + 2.6

    def _locator_frame(self, index: int) -> list[float]:
        """The extent of a site's map on the locator map: left, top, width and height in mm."""
        box = shapely.box(*self.viewport(index).bounds())
        left, top, right, bottom = shapely.bounds(self._locator.to_paper(box))
        return [round(float(side), 2) for side in (left, top, right - left, bottom - top)]

    # -------------------------------------------------------------- shared

    @cached_property
    def _shared_pictures(self) -> dict[str, bytes]:
        """The pictures that all sheets use: the locator map and the swatches."""
        drawn = MapRenderer(self.layers, self._locator, tolerance=0.15).draw(LOCATOR_PASSES)
        return {
            "locator.svg": svg.document(drawn, self._locator.size),
            **elements.swatches(self.layers),
        }

    def _legend(self, fmt: ValueFormatter) -> list[dict[str, str]]:
        return [
            {"picture": f"status-{name}.svg", "label": fmt.choice("site_status", name)}
            for name in self.layers.statuses
        ]

    @cached_property
    def _near(self) -> dict[str, pd.DataFrame]:
        """The places near each site, computed for all sites at once."""
        drawn = [site for site in self.ids if self._shape(self.records[site][0])]
        found = places(self.layers.zone, "sites", drawn).groupby("id", sort=False)
        return {str(site): near for site, near in found}
