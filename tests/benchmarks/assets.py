"""Local copies of files that the pages of other tools load from a CDN, without network delays."""

import re

from gxq_geo.investment_map import page

# The part of jQuery that folium's tooltips and legends use.
JQUERY = "window.$ = window.jQuery = (html) => [document.createElement('div')];"


def served(url: str) -> tuple[str, str] | None:
    """Return media type and text for a URL; None if it is neither a script nor a style sheet."""
    path = url.split("?", maxsplit=1)[0]
    name = path.rpartition("/")[2]
    if name.endswith(".js"):
        script = name.split(".")[0] == "leaflet" and page._leaflet("leaflet.js")
        return "text/javascript", script or (JQUERY if "jquery" in name else "")
    if name.endswith(".css"):
        return "text/css", page._leaflet("leaflet.css") if name.split(".")[0] == "leaflet" else ""
    return None


def inlined(text: str) -> str:
    """Return a page with inlined scripts and style sheets."""

    def script(tag: re.Match[str]) -> str:
        found = served(tag[1])
        return f"<script>{found[1]}</script>" if found else tag[0]

    def sheet(tag: re.Match[str]) -> str:
        found = served(tag[1])
        return f"<style>{found[1]}</style>" if found else tag[0]

    text = re.sub(r'<script src="(https?://[^"]+)"></script>', script, text)
    return re.sub(r'<link rel="stylesheet" href="(https?://[^"]+)"\s*/?>', sheet, text)
