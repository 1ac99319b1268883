"""The map as a fragment for another page: a frame around the whole map, its messages as events."""

import html
import re

from gxq_geo.investment_map import page


def fragment(map_page: str, title: str) -> str:
    """HTML to paste into a web page: a sandboxed frame with the map inside.

    The frame may run the map's own scripts, but is of no origin: it reads no cookie of the site
    around it and none of its content. What the reader chooses arrives as DOM events on the frame,
    which bubble: ``document.addEventListener("gxq:select", (event) => event.detail.id)``.

    Parameters
    ----------
    map_page
        The page, as `InvestmentMap.to_html` gives it.
    title
        What the frame is called for those who do not see it; plain text.
    """
    parts = {"title": html.escape(title), "page": html.escape(map_page)}
    return re.sub(r"\[\[(\w+)\]\]", lambda place: parts[place[1]], page.web("embed.html"))
