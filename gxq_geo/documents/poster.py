"""The wall map 挂图: the whole zone on one sheet from A3 to A0, with legend and tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gxq_geo.documents.drawing import elements, svg
from gxq_geo.documents.drawing.labels import LabelPlacer
from gxq_geo.documents.drawing.layers import MapLayers, map_layers
from gxq_geo.documents.drawing.renderer import WALL_MAP_PASSES, MapRenderer
from gxq_geo.documents.drawing.text import text_style
from gxq_geo.documents.drawing.viewport import Viewport, fit
from gxq_geo.documents.notices import page_data
from gxq_geo.documents.totals import TotalsFormatter, ZoneTotals
from gxq_geo.documents.typst_pdf import font, print_pdf
from gxq_geo.schemas.display import ValueFormatter, whole
from gxq_geo.zone import Zone

PAPERS = {"A0": (1189.0, 841.0), "A1": (841.0, 594.0), "A2": (594.0, 420.0), "A3": (420.0, 297.0)}
"""Width and height in mm: landscape."""

_MARGIN_MM = 10.0
# Text and lines grow with the paper width to this power: larger paper is read from farther away,
# but also shows more.
_SCALE_EXPONENT = 0.8
# Least and greatest width of the map, relative to the width inside the margins.
_MAP_WIDTH = (0.45, 0.6)


def wall_map(
    zone: Zone, *, paper: str = "A3", langs: Sequence[str] = ("zh",), audience: str = "public"
) -> bytes:
    """Return the wall map as PDF, with one page per language.

    Parameters
    ----------
    zone
        The zone.
    paper
        One of `PAPERS`.
    langs
        Language codes.
    audience
        ``public``: published records and public fields only; ``internal``: everything.

    Raises
    ------
    GxqError
        If no Chinese font is installed.
    """
    return Poster(map_layers(zone, audience), paper).pdf(langs)


@dataclass(frozen=True)
class Poster:
    """The wall map of a zone on a paper size.

    Parameters
    ----------
    layers
        The layers that the audience may see.
    paper
        One of `PAPERS`.
    """

    layers: MapLayers
    paper: str

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the paper in mm."""
        return PAPERS[self.paper]

    @property
    def scale(self) -> float:
        """The size of text and lines, relative to A3."""
        return float((self.size[0] / PAPERS["A3"][0]) ** _SCALE_EXPONENT)

    @cached_property
    def viewport(self) -> Viewport:
        """The viewport of the whole zone at a round scale."""
        box = west, south, east, north = self.layers.bounds()
        available, height = (side - 2 * _MARGIN_MM * self.scale for side in self.size)
        wanted = height * (east - west) / (north - south)
        width = min(max(wanted, _MAP_WIDTH[0] * available), _MAP_WIDTH[1] * available)
        px = self.layers.palette.style["paper"]["poster_px_mm"] * self.scale
        size, margin = (round(width, 1), round(height, 1)), 3 * self.scale
        return fit(box, size, px=px, lat=self.layers.lat, margin=margin)

    @cached_property
    def totals(self) -> ZoneTotals:
        """Counts and areas of the zone."""
        return ZoneTotals(self.layers)

    def pdf(self, langs: Sequence[str]) -> bytes:
        """Return the wall map, with one page per language; see `wall_map`.

        Raises
        ------
        GxqError
            If no Chinese font is installed.
        """
        font()  # Fails before the work if there is no font.
        zoning_opacity = float(self.layers.palette.style["paper"]["zoning_opacity"])
        pictures, pages = elements.legend(self.layers, zoning_opacity), []
        for lang in langs:
            formatter = TotalsFormatter(self.totals, ValueFormatter(self.layers.frames, lang))
            pictures[f"map-{lang}.svg"] = self.map(formatter, zoning_opacity)
            pages.append({**self.page(formatter), "map": f"map-{lang}.svg"})
        data = {
            "pages": pages,
            "colors": self.layers.palette.tokens,
            "title": f"{pages[0]['zone']} · {pages[0]['title']}",
            "paper": list(self.size),
            "margin": _MARGIN_MM * self.scale,
            "scale": self.scale,
            "map_size": list(self.viewport.size),
        }
        return print_pdf("poster", data, pictures, date=self.layers.data_date)

    def map(self, formatter: TotalsFormatter, zoning_opacity: float) -> bytes:
        """Return the map as SVG: parks, zoning, sites, labels, scale bar and north arrow."""
        renderer = MapRenderer(self.layers, self.viewport, zoning_opacity=zoning_opacity)
        token, px = self.layers.palette.token, self.viewport.px
        small = text_style(renderer.style["labels"]["area"], token, px, color=token("ink2"))
        corner, bottom = 6 * self.scale, self.viewport.size[1] - 4 * self.scale
        north = formatter.fmt.text("paper.north")
        arrow = elements.north_arrow(north, small, corner, bottom)
        at, longest = (corner * 2.2, bottom), 0.22 * self.viewport.size[0]
        bar = elements.scale_bar(self.viewport, small, formatter.fmt, at=at, longest=longest)
        placer = LabelPlacer(renderer, formatter.fmt, [arrow.boxes[0], bar.boxes[0]])
        labels = placer.place(subtitles=formatter.park_subtitles(), numbers=self.totals.numbers)
        parts = [*renderer.draw(WALL_MAP_PASSES), *labels, bar.markup, arrow.markup]
        group = svg.element("g", "\n".join(parts), font_family=font())
        return svg.document([group], self.viewport.size)

    def page(self, formatter: TotalsFormatter) -> dict[str, Any]:
        """Return the data of the template for one language."""
        t, scale = formatter.fmt.text, whole(self.viewport.denominator)
        badges = [t("page.badge_demo")] if self.layers.is_demo else []
        badges += [t("page.badge_schematic")] if self.layers.is_schematic else []
        return {
            **page_data(self.layers, formatter.fmt),
            "badges": badges,
            "scale_text": t("paper.scale", n=scale, paper=self.paper),
            "figures": list(formatter.figures()),
            "legend": list(formatter.legend()),
            "parks": formatter.parks(),
            "sites": formatter.sites(),
        }
