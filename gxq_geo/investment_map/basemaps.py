"""Online base maps that the reader of a map can switch on, with the datum of their tiles.

A page has base maps only if its author chooses them; without base maps it names no host.
The layers remain in WGS 84; above GCJ-02 tiles the page draws them in GCJ-02
(``web/geometry/datum.js``). ``data/basemaps.toml`` lists the known base maps.
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
    """A tile service.

    Parameters
    ----------
    key
        Name in the URL hash of the page and on the command line.
    name, attribution, terms
        By language: its name, the attribution on the map, and the terms of use that the publisher
        has to observe.
    urls
        URL templates of layers of 256-pixel tiles in the Web Mercator scheme, from bottom to top,
        with the placeholders ``{s}`` ``{z}`` ``{x}`` ``{y}`` ``{token}``.
    datum
        The datum of the tiles, one of `DATUMS`.
    kind
        One of `KINDS`.
    subdomains
        The letters for ``{s}``.
    min_zoom, max_zoom
        Lowest and highest zoom of the tiles; the page enlarges them beyond.
    token
        The environment variable with the access token; empty if none is needed.
    http_only
        Whether the service may only be used by a page from a web server.
    referrer
        The referrer policy of tile requests; empty for ``no-referrer``.
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
        """Scheme and host of all tile servers, for the Content-Security-Policy."""
        hosts = {found[0] for url in self.urls if (found := re.match(r"https?://[^/]+", url))}
        letters = self.subdomains or "-"
        return sorted({host.replace("{s}", letter) for host in hosts for letter in letters})

    def for_page(self) -> dict[str, Any]:
        """Return the attributes that the page needs, as JSON values.

        Raises
        ------
        GxqError
            If the token is not set in the environment.
        """
        token = _token(self)
        return {
            "key": self.key,
            "name": words.in_all_languages(self.name),
            "urls": [url.replace("{token}", token) for url in self.urls],
            "datum": self.datum,
            "kind": self.kind,
            "subdomains": self.subdomains,
            "zooms": [self.min_zoom, self.max_zoom],
            "http_only": self.http_only,
            "referrer": self.referrer,
            "attribution": words.in_all_languages(self.attribution),
        }


def known() -> dict[str, BaseMap]:
    """The base maps of ``data/basemaps.toml`` by key."""
    return {key: _read(key, table) for key, table in words.data("basemaps").items()}


def choose(names: Iterable[str | BaseMap]) -> tuple[BaseMap, ...]:
    """Return base maps by name, without duplicates, in the given order.

    Raises
    ------
    GxqError
        If a name is unknown.
    """
    chosen: dict[str, BaseMap] = {}
    for name in names:
        found = name if isinstance(name, BaseMap) else known().get(name)
        if found is None:
            near = difflib.get_close_matches(str(name), known(), n=1, cutoff=0.8)
            raise GxqError("unknown-basemap", name=name, known=", ".join(near or known()))
        chosen.setdefault(found.key, found)
    return tuple(chosen.values())


def _read(key: str, table: Mapping[str, Any]) -> BaseMap:
    return BaseMap(key=key, **{**table, "urls": tuple(table["urls"])})


def _token(base: BaseMap) -> str:
    if not base.token:
        return ""
    token = os.environ.get(base.token, "").strip()
    if not token:
        raise GxqError("basemap-token", name=base.key, variable=base.token)
    return quote(token, safe="")
