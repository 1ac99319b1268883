"""The wall map 挂图: the whole zone on one sheet from A3 to A0, with its legend and tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gxq_geo.documents.drawing import elements, svg
from gxq_geo.documents.drawing.atlas import Atlas, atlas
from gxq_geo.documents.drawing.drawing import ZONED, Canvas
from gxq_geo.documents.drawing.labels import Names
from gxq_geo.documents.drawing.plane import Plane, fit
from gxq_geo.documents.drawing.type import face
from gxq_geo.documents.notices import common
from gxq_geo.documents.press import font, print_pdf
from gxq_geo.documents.tallies import Reckoner, Tallies
from gxq_geo.schemas.display import Speaker, whole
from gxq_geo.zone import Zone

PAPERS = {"A0": (1189.0, 841.0), "A1": (841.0, 594.0), "A2": (594.0, 420.0), "A3": (420.0, 297.0)}
"""Width and height in mm: a wall map lies."""

_MARGIN_MM = 10.0
# Larger paper is seen from farther away, yet holds more: what is set grows by this power.
_GROWTH = 0.8
# Of the width within the margins, what the map takes at least and at most.
_SHARE = (0.45, 0.6)


def wall_map(
    zone: Zone, *, paper: str = "A3", langs: Sequence[str] = ("zh",), audience: str = "public"
) -> bytes:
    """The wall map as PDF, a page for each language.

    Parameters
    ----------
    zone
        The zone.
    paper
        One of `PAPERS`.
    langs
        The languages.
    audience
        ``public``: published records and public fields only; ``internal``: everything.

    Raises
    ------
    GxqError
        If there is no Chinese font on this machine.
    """
    return Poster(atlas(zone, audience), paper).pdf(langs)


@dataclass(frozen=True)
class Poster:
    """The wall map of one zone on one size of paper.

    Parameters
    ----------
    atlas
        What the audience may see.
    paper
        One of `PAPERS`.
    """

    atlas: Atlas
    paper: str

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the paper in mm."""
        return PAPERS[self.paper]

    @property
    def growth(self) -> float:
        """How much larger than on A3 everything is set."""
        return float((self.size[0] / PAPERS["A3"][0]) ** _GROWTH)

    @cached_property
    def plane(self) -> Plane:
        """What the map shows: the whole zone, at a round scale."""
        box = west, south, east, north = self.atlas.bounds()
        wide, high = (side - 2 * _MARGIN_MM * self.growth for side in self.size)
        wanted = high * (east - west) / (north - south)
        width = min(max(wanted, _SHARE[0] * wide), _SHARE[1] * wide)
        px = self.atlas.ink.style["paper"]["poster_px_mm"] * self.growth
        size, margin = (round(width, 1), round(high, 1)), 3 * self.growth
        return fit(box, size, px=px, lat=self.atlas.lat, margin=margin)

    @cached_property
    def tallies(self) -> Tallies:
        """What is counted."""
        return Tallies(self.atlas)

    def pdf(self, langs: Sequence[str]) -> bytes:
        """The wall map, a page for each language; see `wall_map`.

        Raises
        ------
        GxqError
            If there is no Chinese font on this machine.
        """
        font()  # Said before the work, not after it.
        softly = float(self.atlas.ink.style["paper"]["zoning_opacity"])
        pictures, pages = elements.legend(self.atlas, softly), []
        for lang in langs:
            reckoner = Reckoner(self.tallies, Speaker(self.atlas.frames, lang))
            pictures[f"map-{lang}.svg"] = self.map(reckoner, softly)
            pages.append({**self.page(reckoner), "map": f"map-{lang}.svg"})
        data = {
            "pages": pages,
            "colors": self.atlas.ink.tokens,
            "title": f"{pages[0]['zone']} · {pages[0]['title']}",
            "paper": list(self.size),
            "margin": _MARGIN_MM * self.growth,
            "scale": self.growth,
            "map_size": list(self.plane.size),
        }
        return print_pdf("poster", data, pictures, date=self.atlas.data_date)

    def map(self, reckoner: Reckoner, softly: float) -> bytes:
        """The zone with its parks, zoning, sites and names, scale bar and arrow."""
        canvas = Canvas(self.atlas, self.plane, softly=softly)
        token, px = self.atlas.ink.token, self.plane.px
        small = face(canvas.style["labels"]["area"], token, px, color=token("ink2"))
        corner, bottom = 6 * self.growth, self.plane.size[1] - 4 * self.growth
        north = reckoner.speaker.text("paper.north")
        arrow = elements.north_arrow(north, small, corner, bottom)
        at, longest = (corner * 2.2, bottom), 0.22 * self.plane.size[0]
        bar = elements.scale_bar(self.plane, small, reckoner.speaker, at=at, longest=longest)
        names = Names(canvas, reckoner.speaker, [arrow.boxes[0], bar.boxes[0]])
        named = names.place(seconds=reckoner.seconds(), numbers=self.tallies.numbers)
        parts = [*canvas.draw(ZONED), *named, bar.markup, arrow.markup]
        drawn = svg.element("g", "\n".join(parts), font_family=font())
        return svg.document([drawn], self.plane.size)

    def page(self, reckoner: Reckoner) -> dict[str, Any]:
        """What the template reads in one language."""
        t, scale = reckoner.speaker.text, whole(self.plane.denominator)
        badges = [t("page.badge_demo")] if self.atlas.is_demo else []
        badges += [t("page.badge_schematic")] if self.atlas.is_schematic else []
        return {
            **common(self.atlas, reckoner.speaker),
            "badges": badges,
            "scale_said": t("paper.scale", n=scale, paper=self.paper),
            "figures": list(reckoner.figures()),
            "legend": list(reckoner.legend()),
            "parks": reckoner.parks(),
            "sites": reckoner.sites(),
        }
