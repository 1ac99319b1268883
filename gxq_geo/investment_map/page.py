"""The page: one HTML file that holds everything and asks the network for nothing.

Built by plain concatenation, after folium has rendered: no value of a layer ever passes through a
template. What the files in ``web/`` say goes in as it stands; colours come from
``data/style.toml``, words from ``data/words``; Leaflet comes from the package XStatic-Leaflet.
A Content-Security-Policy names every script and style by its hash.
"""

import base64
import hashlib
import html
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from gxq_geo import words

STYLES = (
    "page",
    "map",
    "card",
    "shortlist",
    "compare",
    "filters",
    "small",
    "tools",
    "match",
    "print",
    "paper",
)
BEFORE_FOLIUM = "markers"
# In this order: a file may use what stands before it.
SCRIPTS = (
    *("dom", "text"),
    *(
        "inside",
        "datum",
        "decode",
        "tree",
        "world",
        "readiness",
        "lenses",
        "scene",
        "ink",
        "symbols",
        "swatch",
        "paint",
        "tiles",
    ),
    *("room", "type", "spine", "labels", "marks", "overlay", "engine"),
    *("state", "filters", "facts"),
    *("search", "listing", "csv", "filterwords", "filterpanel", "table"),
    *(
        "list",
        "rows",
        "panel",
        "legend",
        "fields",
        "near",
        "record",
        "share",
        "cardparts",
        "card",
        "shortlist",
        "compare",
        "controls",
        "tip",
    ),
    *("match", "matchform"),
    *("geodesy", "basemap", "measure", "tools"),
    *("sheet", "qr", "recordsheet", "mapsheet", "print", "embed", "foot", "main"),
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What folium rendered: parts of the head, what stands in the map's place, and its script."""

    head: str
    body: str
    script: str


def build_page(
    drawing: Drawing, payload: bytes, *, title: str, lang: str, tiles: Sequence[str] = ()
) -> str:
    """The page as one string.

    Parameters
    ----------
    drawing
        What folium rendered; it may name remote scripts that a plugin needs.
    payload
        The data, as `payload.encode` made them.
    title
        Plain text; it is escaped here.
    lang
        The language in which the page opens.
    tiles
        Hosts of the base maps that the reader may choose.
    """
    said = {key: html.escape(text) for key, text in words.table("page", lang).items()}
    leaflet = [_script_tag(_leaflet("leaflet.js")), _script_tag(web(f"{BEFORE_FOLIUM}.js"))]
    head = [*map(_style_tag, _styles()), *leaflet, drawing.head]
    body = [_script_tag(drawing.script), _data_tag(payload), _script_tag(_own_script())]
    parts = {
        "lang": html.escape(lang),
        "title": html.escape(title),
        "icon": _data_uri("image/svg+xml", web("icon.svg").encode()),
        "csp": html.escape(policy([*head, drawing.body, *body], drawing, tiles)),
        "head": "\n".join(head),
        "map": drawing.body,
        "body": "\n".join(body),
        "loading": said["loading"],
        "noscript": said["noscript"],
        "no_gzip": said["no-gzip"],
        "damaged": said["damaged"],
    }
    return re.sub(r"\[\[(\w+)\]\]", lambda place: parts[place[1]], web("page.html"))


@cache
def style() -> dict[str, Any]:
    """``data/style.toml``: how the map and the page look."""
    return tomllib.loads(_resource("data", "style.toml"))


@cache
def filters() -> dict[str, Any]:
    """``data/filters.toml``: which filters the page offers, and the columns of its table."""
    return tomllib.loads(_resource("data", "filters.toml"))


# ------------------------------------------------------------------ Content-Security-Policy


def policy(blocks: Iterable[str], drawing: Drawing, tiles: Sequence[str] = ()) -> str:
    """The Content-Security-Policy of a page: its own scripts and styles by hash, no host at all.

    Hosts are allowed only where a folium element that somebody added to the map names them
    (such elements also set styles of their own), and for the pictures of base maps.
    """
    text = "\n".join(blocks)
    scripts, sheets = (_hashes(text, tag) for tag in ("script", "style"))
    hosts = _hosts(drawing)
    rules = {
        "default-src": ["'none'"],
        "script-src": [*scripts, *hosts],
        "style-src": [*sheets, *hosts],
        "style-src-attr": ["'unsafe-inline'"] if hosts else ["'none'"],
        "img-src": ["data:", "blob:", *sorted({*hosts, *tiles})],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    if hosts:
        rules |= {"font-src": hosts, "connect-src": hosts}
    return "; ".join(f"{rule} {' '.join(values)}" for rule, values in rules.items())


def _hashes(text: str, tag: str) -> list[str]:
    inline = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    digests = [hashlib.sha256(block.encode()).digest() for block in inline]
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def _hosts(drawing: Drawing) -> list[str]:
    text = f"{drawing.head}\n{drawing.body}\n{drawing.script}"
    found = re.findall(r"https?://(?:\{s\}\.)?[\w.-]+(?::\d+)?", text)
    return sorted({host.replace("{s}", "*") for host in found if "www.w3.org" not in host})


# ------------------------------------------------------------------ blocks


def _style_tag(text: str) -> str:
    return f"<style>{text}</style>"


def _script_tag(text: str) -> str:
    return f"<script>{text}</script>"


def _data_tag(payload: bytes) -> str:
    text = base64.b64encode(payload).decode()
    return f'<script type="application/octet-stream" id="gxq-data">{text}</script>'


def _own_script() -> str:
    files = "\n".join(web(f"{name}.js") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{files}\n}})();\n'


def _styles() -> list[str]:
    return [_leaflet_css(), _variables(style()["tokens"]), *(web(f"{n}.css") for n in STYLES)]


def _variables(tokens: Mapping[str, Mapping[str, str]]) -> str:
    """The colours as CSS variables; paper is always light."""
    light, dark = (
        "".join(f"--{name}:{value};" for name, value in tokens[theme].items())
        for theme in ("light", "dark")
    )
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}\n"
        "@media screen and (prefers-color-scheme:dark)"
        f"{{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
    )


# ------------------------------------------------------------------ files


def _resource(*path: str) -> str:
    return resources.files("gxq_geo").joinpath(*path).read_text("utf-8")


def web(name: str) -> str:
    """A file of ``web/``."""
    return _resource("investment_map", "web", name)


@cache
def _leaflet(name: str) -> str:
    # A browser reads every line end as LF, and hashes what it reads.
    text = _leaflet_file(name).decode().replace("\r\n", "\n")
    return re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)


@cache
def _leaflet_css() -> str:
    """Leaflet's style sheet with its pictures inside, and without what only old IE reads."""
    text = re.sub(r"\s*behavior:[^;]*;", "", _leaflet("leaflet.css"))

    def inside(place: re.Match[str]) -> str:
        return f"url({_data_uri('image/png', _leaflet_file(place[1]))})"

    return re.sub(r"url\((images/[\w.-]+)\)", inside, text)


def _leaflet_file(name: str) -> bytes:
    wanted = f"leaflet/data/{name}"
    found = [path for path in metadata.files("xstatic-leaflet") or () if str(path).endswith(wanted)]
    return Path(str(found[0].locate())).read_bytes()


def _data_uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
