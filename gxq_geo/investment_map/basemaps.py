"""Base maps that a reader can put under the map: data, each with the datum of its tiles.

None is offered unless whoever makes the map asks for it; without one the page names no host.
Layers stay in WGS 84: for GCJ-02 tiles the page draws them in GCJ-02 (`web/datum.js`).
The base maps we know stand in ``data/basemaps.toml``.
"""

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from gxq_geo import words
from gxq_geo.words.errors import GxqError

DATUMS = ("wgs84", "cgcs2000", "gcj02")
KINDS = ("vector", "imagery")


@dataclass(frozen=True, slots=True)
class BaseMap:
    """Tiles from a server, and what has to be said about them.

    Parameters
    ----------
    key
        Its name in the page's address and on the command line.
    name, attribution, terms
        In each language: what it is called, what stands on the map, what has to be settled
        with the provider.
    urls
        Layers of 256-pixel tiles in the web Mercator scheme, from below upwards, with the places
        ``{s}`` ``{z}`` ``{x}`` ``{y}`` ``{token}``.
    datum
        One of `DATUMS`: what the tiles are drawn in.
    kind
        One of `KINDS`.
    subdomains
        What ``{s}`` stands for, a letter each.
    min_zoom, max_zoom
        First and last zoom with tiles of their own.
    token
        The environment variable with the access token; empty where none is needed.
    http_only
        Whether only a page from a web server may use it.
    referrer
        The page's referrer policy for the tiles; empty: nothing is told.
    """

    key: str
    name: Mapping[str, str]
    urls: tuple[str, ...]
    datum: str = "wgs84"
    kind: str = "vector"
    subdomains: str = ""
    min_zoom: int = 0
    max_zoom: int = 18
    token: str = ""
    http_only: bool = False
    referrer: str = ""
    attribution: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)

    def hosts(self) -> list[str]:
        """Where the tiles come from: scheme and host of each, for the page's policy."""
        places = {found[0] for url in self.urls if (found := re.match(r"https?://[^/]+", url))}
        each = self.subdomains or "-"
        return sorted({place.replace("{s}", letter) for place in places for letter in each})

    def for_page(self) -> dict[str, Any]:
        """What the page needs to know.

        Raises
        ------
        GxqError
            If the token is not in the environment.
        """
        token = _token(self)
        return {
            "key": self.key,
            "name": words.every(self.name),
            "urls": [url.replace("{token}", token) for url in self.urls],
            "datum": self.datum,
            "kind": self.kind,
            "subdomains": self.subdomains,
            "zooms": [self.min_zoom, self.max_zoom],
            "http_only": self.http_only,
            "referrer": self.referrer,
            "attribution": words.every(self.attribution),
        }


def known() -> dict[str, BaseMap]:
    """The base maps of ``data/basemaps.toml`` by key."""
    return {key: _read(key, said) for key, said in words.data("basemaps").items()}


def choose(wanted: Iterable[str | BaseMap]) -> tuple[BaseMap, ...]:
    """The base maps meant, each once, in the order given.

    Raises
    ------
    GxqError
        If a name is not known.
    """
    chosen: dict[str, BaseMap] = {}
    for one in wanted:
        found = one if isinstance(one, BaseMap) else known().get(one)
        if found is None:
            near = difflib.get_close_matches(str(one), known(), n=1, cutoff=0.8)
            raise GxqError("unknown-basemap", name=one, known=", ".join(near or known()))
        chosen.setdefault(found.key, found)
    return tuple(chosen.values())


def _read(key: str, said: Mapping[str, Any]) -> BaseMap:
    return BaseMap(key=key, **{**said, "urls": tuple(said["urls"])})


def _token(base: BaseMap) -> str:
    if not base.token:
        return ""
    token = os.environ.get(base.token, "").strip()
    if not token:
        raise GxqError("basemap-token", name=base.key, variable=base.token)
    return quote(token, safe="")
