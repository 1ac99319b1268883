"""Build the map page: one self-contained HTML file that makes no network requests.

The page is concatenated after folium has rendered its elements, so that values of layers never
pass through a template. Colours come from ``data/style.toml``, texts from ``data/words``, Leaflet
from the package XStatic-Leaflet. Scripts and style sheets are compressed (see `Code` and
``web/boot/packed.js``), and a Content-Security-Policy allows each of them by its hash.
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

# Uncompressed scripts, which decompress the others.
UNPACKING = ("inflate", "base91", "packed")
# Entry modules of the scripts and style sheets, by whether the page is internal.
ENTRIES = {False: "main", True: "main_internal"}
# The entry of the script that runs later.
LATER = "start/later.js"


# The URL of an image, or with the placeholder {z} of tiles.
_IMAGE = r"https?://[^\s\"'<>]*(?:\{z\}|\.(?:png|jpe?g|gif|svg|webp)\b)"


@dataclass(frozen=True, slots=True)
class Drawing:
    """The HTML that folium rendered.

    Parameters
    ----------
    head
        The elements of the page's head.
    body
        The element of the map, and added elements.
    script
        The script that creates the map.
    extended
        Whether the user added folium elements to the map.
    """

    head: assets.Head
    body: str
    script: str
    extended: bool = False

    def hosts(self) -> list[str]:
        """Scheme and host of all URLs in added elements."""
        return _hosts(f"{self.head.remainder}\n{self.body}\n{self.script}")

    def needs(self) -> list[str]:
        """The hosts of scripts, style sheets and images that added elements load."""
        images = re.findall(_IMAGE, f"{self.body}\n{self.script}")
        return _hosts("\n".join((*self.head.missing, *images)))

    def evaluates(self) -> bool:
        """Whether an added script may evaluate strings as code; unknown scripts may."""
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
    """Return the page as HTML.

    Parameters
    ----------
    drawing
        The HTML that folium rendered; it may load scripts that a plugin needs.
    payload
        The data, encoded by `payload.encode`.
    title
        The title as plain text; it is escaped here.
    lang
        The initial language.
    tiles
        Hosts of the base maps that the reader can choose.
    internal
        Whether the page is internal and shows projects and customers.
    """
    texts = {key: html.escape(text) for key, text in words.table("page", lang).items()}
    code = _code(internal)
    unpacking = "\n".join(web(f"boot/{name}.js") for name in UNPACKING)
    head = [
        _style_tag(web("boot/boot.css")),
        _data_tag("gxq-code", *code.packed),
        _script_tag(str(jsmin(unpacking))),
        _script_tag(_leaflet("leaflet.js")),
    ]
    if drawing.extended:
        # Added elements use Leaflet's style sheet and its images before the page's own are there.
        markers = _script_tag(web("boot/markers.js"))
        head += [_style_tag(_leaflet("leaflet.css")), markers, drawing.head.text]
    data = _data_tag("gxq-data", payload)
    body = [_script_tag(drawing.script), data, _script_tag(web("boot/unsupported.js"))]
    blocks = [*head, drawing.body, *body]
    parts = {
        "lang": html.escape(words.tag(lang)),
        "title": html.escape(title),
        "icon": assets.data_uri("image/svg+xml", web("icon.svg").encode()),
        "notices": _resource("data", "notices.txt"),
        "csp": html.escape(policy(blocks, drawing, code, tiles=tiles)),
        "head": "\n".join(head),
        "map": drawing.body,
        "needs": html.escape(", ".join(host.partition("//")[2] for host in drawing.needs())),
        "body": "\n".join(body),
        "loading": texts["loading"],
        "noscript": texts["noscript"],
        "too_old": texts["too-old"],
        "damaged": texts["damaged"],
    }
    return re.sub(r"\[\[(\w+)\]\]", lambda found: parts[found[1]], web("page.html"))


@cache
def style() -> dict[str, Any]:
    """The content of ``data/style.toml``: colours, fills, symbols and labels."""
    return tomllib.loads(_resource("data", "style.toml"))


@cache
def filters() -> dict[str, Any]:
    """The content of ``data/filters.toml``: filters, and columns and sort orders of tables."""
    return tomllib.loads(_resource("data", "filters.toml"))


# ------------------------------------------------------------------ Content-Security-Policy


def policy(
    blocks: Iterable[str], drawing: Drawing, code: "Code", *, tiles: Sequence[str] = ()
) -> str:
    """Return the Content-Security-Policy of a page.

    It allows the page's own scripts and styles by hash, and images of base maps. If folium
    elements were added, it also allows the hosts that they name, inline styles, their event
    handlers by hash, ``eval`` if a script uses it or is unknown, and fonts of any host, since
    style sheets may load them from anywhere.

    Parameters
    ----------
    blocks
        The parts of the page that contain scripts and styles.
    drawing, code, tiles
        See `build_page`.
    """
    text = "\n".join(blocks)
    hosts = drawing.hosts()
    inline = ["'unsafe-inline'"]
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
        rules |= {"style-src": [*inline, *hosts], "style-src-attr": inline}
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


def _style_tag(text: str) -> str:
    return f"<style>{text}</style>"


def _script_tag(text: str) -> str:
    return f"<script>{text}</script>"


def _data_tag(name: str, *data: bytes) -> str:
    encoded = " ".join(map(base91.encode, data))
    return f'<script type="application/octet-stream" id="{name}">{encoded}</script>'


@dataclass(frozen=True, slots=True)
class Code:
    """The style sheets and the two scripts of the page, compressed for ``boot/packed.js``.

    The second script, in a packet of its own, holds what is not visible when the page opens.
    """

    styles: tuple[str, ...]
    scripts: tuple[str, str]
    packed: tuple[bytes, bytes]


@cache
def _code(internal: bool) -> Code:
    entry = ENTRIES[internal]
    styles = (_leaflet("leaflet.css"), colours(), *scripts.style_sheets(f"{entry}.css"))
    first = str(jsmin(scripts.bundle(f"{entry}.js")))
    second = str(jsmin(scripts.bundle(LATER, [f"{entry}.js"])))
    packed = _packed({"style": styles, "script": first}), _packed({"script": second})
    return Code(styles, (first, second), packed)


def _packed(code: dict[str, Any]) -> bytes:
    return gzipped(json.dumps(code, ensure_ascii=False).encode())


def colours() -> str:
    """Return the colours as CSS custom properties; printing always uses the light theme."""
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
    """Return the text of a file in ``web/``."""
    return scripts.WEB.joinpath(name).read_text("utf-8")


@cache
def _leaflet(name: str) -> str:
    """Leaflet's script or style sheet, without the ``behavior`` rules for old Internet Explorer."""
    path = _leaflet_file(name)
    text = assets.sheet(path) if path.suffix == ".css" else assets.script(path)
    return re.sub(r"\s*behavior:[^;]*;", "", str(text)) if path.suffix == ".css" else str(text)


def _leaflet_file(name: str) -> Path:
    suffix = f"leaflet/data/{name}"
    found = [path for path in metadata.files("xstatic-leaflet") or () if str(path).endswith(suffix)]
    return Path(str(found[0].locate()))
