"""What the peers' pages load from elsewhere, from this machine: at once, which is kind to them."""

import re

from gxq_geo.investment_map import page

# Of jQuery, folium's tooltips and legends use no more than this.
JQUERY = "window.$ = window.jQuery = (html) => [document.createElement('div')];"


def served(url: str) -> tuple[str, str] | None:
    """Content type and text for an address; None for what is neither script nor style."""
    path = url.split("?", maxsplit=1)[0]
    name = path.rpartition("/")[2]
    if name.endswith(".js"):
        script = name.split(".")[0] == "leaflet" and page._leaflet("leaflet.js")
        return "text/javascript", script or (JQUERY if "jquery" in name else "")
    if name.endswith(".css"):
        return "text/css", page._leaflet("leaflet.css") if name.split(".")[0] == "leaflet" else ""
    return None


def inlined(text: str) -> str:
    """A page with its scripts and styles inside."""

    def script(tag: re.Match[str]) -> str:
        found = served(tag[1])
        return f"<script>{found[1]}</script>" if found else tag[0]

    def sheet(tag: re.Match[str]) -> str:
        found = served(tag[1])
        return f"<style>{found[1]}</style>" if found else tag[0]

    text = re.sub(r'<script src="(https?://[^"]+)"></script>', script, text)
    return re.sub(r'<link rel="stylesheet" href="(https?://[^"]+)"\s*/?>', sheet, text)
