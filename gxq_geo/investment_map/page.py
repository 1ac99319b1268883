"""The page: one HTML file that holds everything and asks the network for nothing.

Built by plain concatenation, after folium has rendered: no value of a layer ever passes through a
template. What the files in ``web/`` say goes in as it stands; colours come from
``data/style.toml``, words from ``data/words``; Leaflet comes from the package XStatic-Leaflet.
Style sheets and scripts stand in the page zipped (`Code`, ``web/boot/packed.js``).
A Content-Security-Policy names every script and style by its hash.
"""

import base64
import hashlib
import html
import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from rjsmin import jsmin

from gxq_geo import words
from gxq_geo.investment_map import assets, scripts
from gxq_geo.investment_map.payload import base91, gzipped

# Run as they stand: they unpack the rest, and say so where a browser cannot read that.
UNPACKING = ("inflate", "base91", "packed")
# The entry of the scripts and style sheets of a public page, and of an internal one.
ENTRIES = {False: "main", True: "main_internal"}


# The address of a picture or, with its place {z}, of tiles.
_PICTURE = r"https?://[^\s\"'<>]*(?:\{z\}|\.(?:png|jpe?g|gif|svg|webp)\b)"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What folium rendered: parts of the head, what stands in the map's place, and its script.

    ``extended`` says whether somebody added elements to the bare map.
    """

    head: assets.Head
    body: str
    script: str
    extended: bool = False

    def hosts(self) -> list[str]:
        """Every host that an added element names, with its scheme."""
        return _hosts(f"{self.head.remainder}\n{self.body}\n{self.script}")

    def needs(self) -> list[str]:
        """The hosts without which added elements do not show: of scripts, styles and pictures."""
        pictures = re.findall(_PICTURE, f"{self.body}\n{self.script}")
        return _hosts("\n".join((*self.head.missing, *pictures)))

    def evaluates(self) -> bool:
        """Whether an added script makes code of text, as far as can be known."""
        return bool(self.head.missing or re.search(r"\b(Function|eval)\(", self.head.text))


def build_page(
    drawing: Drawing,
    payload: bytes,
    *,
    title: str,
    lang: str,
    tiles: Sequence[str] = (),
    internal: bool = False,
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
    internal
        Whether the page is for internal use and shows projects and customers.
    """
    said = {key: html.escape(text) for key, text in words.table("page", lang).items()}
    code = _code(internal)
    unpacking = "\n".join(web(f"boot/{name}.js") for name in UNPACKING)
    *before, own = (f'Packed.put("script", {k});' for k in range(len(code.scripts)))
    unpack = _script_tag("\n".join((unpacking, *before)))
    head = [_held_tag("gxq-code", code.packed), unpack, drawing.head.text]
    last = [_script_tag(own), _script_tag(web("boot/unsupported.js"))]
    body = [_script_tag(drawing.script), _held_tag("gxq-data", payload), *last]
    texts = [*head, drawing.body, *body]
    parts = {
        "lang": html.escape(words.tag(lang)),
        "title": html.escape(title),
        "icon": assets.data_uri("image/svg+xml", web("icon.svg").encode()),
        "csp": html.escape(policy(texts, drawing, code, tiles=tiles)),
        "head": "\n".join(head),
        "map": drawing.body,
        "needs": html.escape(", ".join(host.partition("//")[2] for host in drawing.needs())),
        "body": "\n".join(body),
        "loading": said["loading"],
        "noscript": said["noscript"],
        "too_old": said["too-old"],
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


def policy(
    blocks: Iterable[str], drawing: Drawing, code: "Code", *, tiles: Sequence[str] = ()
) -> str:
    """The Content-Security-Policy of a page: its own scripts and styles by hash, no host at all.

    Where somebody added folium elements to the map, more is allowed: the hosts that they name, the
    styles that they set by themselves, their handlers by hash, code made of text where a script
    does that or is not known, and fonts, which style sheets take from anywhere. For base maps
    their pictures are.
    """
    text = "\n".join(blocks)
    hosts = drawing.hosts()
    free = ["'unsafe-inline'"]
    rules = {
        "default-src": ["'none'"],
        "script-src": [*map(_hash, code.scripts), *_hashes(text, "script"), *hosts],
        "style-src": [*map(_hash, code.styles), *_hashes(text, "style"), *hosts],
        "style-src-attr": ["'none'"],
        "img-src": ["data:", "blob:", *sorted({*hosts, *tiles})],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    if drawing.extended:
        rules["script-src"] += _handlers(drawing.body)
        rules["script-src"] += ["'unsafe-eval'"] if drawing.evaluates() else []
        rules |= {"style-src": [*free, *hosts], "style-src-attr": free}
    if hosts:
        rules |= {"font-src": ["data:", "https:"], "connect-src": hosts}
    return "; ".join(f"{rule} {' '.join(values)}" for rule, values in rules.items())


def _hashes(text: str, tag: str) -> list[str]:
    return [_hash(inline) for inline in re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)]


def _handlers(body: str) -> list[str]:
    found = re.findall(r"""\son\w+\s*=\s*(?:"([^"]*)"|'([^']*)')""", body)
    hashes = [_hash(html.unescape(double or single)) for double, single in found]
    return ["'unsafe-hashes'", *hashes] if hashes else []


def _hash(inline: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"


def _hosts(text: str) -> list[str]:
    found = re.findall(r"https?://(?:\{s\}\.)?[\w.-]+(?::\d+)?", text)
    return sorted({host.replace("{s}", "*") for host in found if "www.w3.org" not in host})


# ------------------------------------------------------------------ blocks


def _script_tag(text: str) -> str:
    return f"<script>{text}</script>"


def _held_tag(name: str, data: bytes) -> str:
    return f'<script type="application/octet-stream" id="{name}">{base91.encode(data)}</script>'


@dataclass(frozen=True, slots=True)
class Code:
    """The page's style sheets and scripts, and all of them as ``boot/packed.js`` reads them.

    The last script needs the map; those before it are there before folium makes the map.
    """

    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    packed: bytes


@cache
def _code(internal: bool) -> Code:
    entry = ENTRIES[internal]
    styles = (_leaflet("leaflet.css"), colours(), *scripts.style_sheets(f"{entry}.css"))
    written = (_leaflet("leaflet.js"), web("boot/markers.js"), scripts.bundle(f"{entry}.js"))
    minified = tuple(str(jsmin(text)) for text in written)
    text = json.dumps({"style": styles, "script": minified}, ensure_ascii=False)
    return Code(styles, minified, gzipped(text.encode()))


def colours() -> str:
    """The colours as CSS variables; paper is always light."""
    tokens = style()["tokens"]
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
    return scripts.WEB.joinpath(name).read_text("utf-8")


@cache
def _leaflet(name: str) -> str:
    """Leaflet's script or its style sheet, without what only old IE reads."""
    path = _leaflet_file(name)
    text = assets.sheet(path) if path.suffix == ".css" else assets.script(path)
    return re.sub(r"\s*behavior:[^;]*;", "", str(text)) if path.suffix == ".css" else str(text)


def _leaflet_file(name: str) -> Path:
    wanted = f"leaflet/data/{name}"
    found = [path for path in metadata.files("xstatic-leaflet") or () if str(path).endswith(wanted)]
    return Path(str(found[0].locate()))
