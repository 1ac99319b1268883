"""Embed the map page in another web page, as a sandboxed frame that dispatches DOM events."""

import html
import re

from gxq_geo.investment_map import page


def fragment(map_page: str, title: str) -> str:
    """Return HTML to paste into a web page: a sandboxed frame that contains the map.

    The frame runs the map's own scripts, but has an opaque origin: it cannot read cookies or
    content of the surrounding site. Selections are dispatched as bubbling DOM events of the frame:
    ``document.addEventListener("gxq:select", (event) => event.detail.id)``.

    Parameters
    ----------
    map_page
        The page that `InvestmentMap.to_html` returns.
    title
        The title of the frame for screen readers, as plain text.
    """
    parts = {"title": html.escape(title), "page": html.escape(map_page)}
    return re.sub(r"\[\[(\w+)\]\]", lambda found: parts[found[1]], page.web("embed.html"))
