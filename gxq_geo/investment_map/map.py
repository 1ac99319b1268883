"""The investment map as a folium map: anything folium knows can be added to it."""

import os
import re
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from branca.element import CssLink, Figure, JavascriptLink

from gxq_geo import words
from gxq_geo.analysis.sites import adjacent
from gxq_geo.formats import files
from gxq_geo.investment_map import assets, embed, page
from gxq_geo.investment_map.basemaps import BaseMap, choose
from gxq_geo.investment_map.internal import internal_data
from gxq_geo.investment_map.payload import encode
from gxq_geo.matching.requirement import criteria, criteria_data
from gxq_geo.schemas import schema
from gxq_geo.words import pinyin
from gxq_geo.words.errors import GxqError, GxqWarning
from gxq_geo.zone import Zone, latest
from gxq_geo.zone.layer import bounds
from gxq_geo.zone.publication import public_layers

_CLOSEST = 20
_SEARCHED = ("parks", "sites", "carriers")

# What folium expects of every page, and this page leaves out until an added element asks for it:
# what it says, as a pattern -> names in `folium.Map.default_js` and `default_css`.
_ON_DEMAND = {
    r"\$[.(]": ("jquery",),
    r"L\.AwesomeMarkers": (
        "awesome_markers",
        "awesome_markers_css",
        "awesome_markers_font_css",
        "awesome_rotate_css",
        "glyphicons_css",
    ),
}


class InvestmentMap(folium.Map):  # type: ignore[misc, unused-ignore]
    """The investment map of a zone.

    A notebook shows it as the page that `save` writes. Layers and plugins of folium can be added
    (``.add_to(m)``). What they load is taken from installed packages where these hold it (see
    `assets`); else a `GxqWarning` names it, the page says that it needs the network, and its
    Content-Security-Policy allows the host. By itself the page loads nothing.

    Parameters
    ----------
    zone
        The zone to show.
    lang
        The language in which the page opens; the reader can switch.
    audience
        ``public``: published records and public fields only; ``internal``: everything, and the
        page says so.
    draft
        Whether the page says that it is a draft.
    basemaps
        Base maps that the reader may choose: names of ``data/basemaps.toml``, or `BaseMap`. None by
        default: the page is then schematic and never uses the network.

    Raises
    ------
    GxqError
        If there is no such language, a base map is not known, or its token is not in the
        environment.
    """

    def __init__(
        self,
        zone: Zone,
        *,
        lang: str = "zh",
        audience: str = "public",
        draft: bool = False,
        basemaps: Sequence[str | BaseMap] = (),
    ) -> None:
        if lang not in words.langs():
            raise GxqError("unknown-lang", lang=lang, known=", ".join(words.langs()))
        layers = public_layers(zone, audience)
        super().__init__(
            location=_middle(layers),
            zoom_start=11,
            tiles=None,
            zoom_control=False,
            attribution_control=False,
            zoom_delta=0.75,
            wheel_px_per_zoom_level=90,
        )
        # Folium hands it to tiles alone, and plugins ask the map. A link holds no closer view.
        self.options["max_zoom"] = _CLOSEST
        self._id = "gxq"
        self.default_js, self.default_css = [], []
        self.lang = lang
        self._issues: dict[str, Any] | None = None
        self.basemaps = choose(basemaps)
        self._layers = layers
        self._meta = _meta(zone, layers, lang=lang, audience=audience, draft=draft)
        self._beside = _beside(zone, layers["sites"])
        self._internal = internal_data(zone) if audience == "internal" else None
        self._style = _style(zone)
        self._meta["basemaps"] = [base.for_page() for base in self.basemaps]
        _PageFigure(self)

    @cached_property
    def payload(self) -> bytes:
        """The data as the page holds them; `payload.decode` reads them back."""
        header = {
            "meta": self._meta,
            "words": {code: self._words(code) for code in words.langs()},
            "style": self._style,
            "filters": page.filters(),
            "criteria": criteria_data(),
            "beside": self._beside,
            "initials": pinyin.initials(self._names()),
        }
        if self._internal is not None:
            header["internal"] = self._internal
        if self._issues is not None:
            header["issues"] = self._issues
        return encode(header, self._layers, schema())

    def _words(self, lang: str) -> dict[str, str]:
        """What the page says; what only the internal edition says is in no other page."""
        own = words.table("internal", lang) if self._internal is not None else {}
        return words.table("page", lang) | {f"internal.{key}": said for key, said in own.items()}

    def _names(self) -> Iterator[str]:
        """The Chinese names that a reader may search for."""
        for name in _SEARCHED:
            yield from self._layers[name]["name_zh"].dropna()

    def show_issues(self, issues: dict[str, Any]) -> None:
        """Let the page list the issues of a check, as `issues.issues_data` gives them."""
        self._issues = issues
        self.__dict__.pop("payload", None)

    @property
    def title(self) -> str:
        """The title of the page: the zone and its map, in the language in which it opens."""
        name, title = (words.pick(self._meta[key], self.lang) for key in ("name", "title"))
        return f"{name} {title}"

    def remarks(self, *, embedded: bool = False) -> list[str]:
        """What whoever publishes the map has to see to, a line each, in the default language.

        Parameters
        ----------
        embedded
            Whether the map is published as a fragment, too.
        """
        lang = words.default_lang()
        terms = dict.fromkeys(words.pick(base.terms, lang) for base in self.basemaps)
        said = [words.text("cli.basemap-terms", terms=one) for one in terms if one]
        if self.basemaps and not self._meta["map_review_no"]:
            said.insert(0, words.text("cli.basemap-unreviewed"))
        shy = [words.pick(base.name, lang) for base in self.basemaps if base.referrer]
        if embedded and shy:
            said.append(words.text("cli.embed-referrer", names=", ".join(shy)))
        return said

    def to_html(self) -> str:
        """The page as one string."""
        return str(self.get_root().render())

    def to_fragment(self) -> str:
        """The page inside a frame, as HTML to paste into another page; see `embed.fragment`."""
        return embed.fragment(self.to_html(), self.title)

    def save(
        self,
        outfile: str | bytes | Path | BinaryIO,
        close_file: bool = True,
        **kwargs: Any,
    ) -> None:
        """Write the page to a file, whole or not at all.

        Parameters
        ----------
        outfile
            A path, or an open binary file as folium takes it.
        close_file
            Whether an open file is closed afterwards.

        Raises
        ------
        FileError
            If it cannot be written; a file that was there is then as it was.
        """
        data = self.to_html().encode("utf-8")
        if isinstance(outfile, (str, Path)):
            files.write_bytes(outfile, data)
        elif isinstance(outfile, bytes):
            files.write_bytes(os.fsdecode(outfile), data)
        else:
            outfile.write(data)
            if close_file:
                outfile.close()


class _PageFigure(Figure):  # type: ignore[misc, unused-ignore]
    """The figure around the map: where folium would render a page of its own, it renders ours."""

    def __init__(self, drawn: InvestmentMap) -> None:
        super().__init__(ratio="62%")
        self.drawn = drawn
        self.add_child(drawn)

    def render(self, **kwargs: Any) -> str:
        drawn = self.drawn
        drawn.render(**kwargs)  # type: ignore[no-untyped-call, unused-ignore]
        script = self.script.render(**kwargs)
        _add_on_demand(self, self.header.render(**kwargs) + script)
        # Folium's own styles and settings of the page are not wanted, only what was added.
        for name in ("meta_http", drawn.get_name()):
            self.header._children.pop(name, None)
        head = assets.inlined(self.header.render(**kwargs))
        if head.missing:
            listed = "\n  ".join(head.missing)
            warnings.warn(words.text("cli.needs-network", assets=listed), GxqWarning, stacklevel=2)
        extended = bool(drawn._children or self.header._children or len(self.html._children) > 1)
        drawing = page.Drawing(head, self.html.render(**kwargs), script, extended)
        hosts = sorted({host for base in drawn.basemaps for host in base.hosts()})
        return page.build_page(
            drawing,
            drawn.payload,
            title=drawn.title,
            lang=drawn.lang,
            tiles=hosts,
            internal=drawn._internal is not None,
        )


def _add_on_demand(figure: Figure, said: str) -> None:
    scripts, sheets = dict(folium.Map.default_js), dict(folium.Map.default_css)
    for mark, names in _ON_DEMAND.items():
        for name in names if re.search(mark, said) else ():
            link = JavascriptLink(scripts[name]) if name in scripts else CssLink(sheets[name])
            figure.header.add_child(link, name=name, index=0)


def _middle(layers: dict[str, pd.DataFrame]) -> tuple[float, float]:
    """Latitude and longitude of the middle of the data; the page then fits the view itself."""
    for name in ("zone_frame", "parks", "sites"):
        box = bounds(gpd.GeoDataFrame(layers[name]))
        if box:
            west, south, east, north = box
            return (south + north) / 2, (west + east) / 2
    return 0.0, 0.0


def _beside(zone: Zone, sites: pd.DataFrame) -> list[list[int]]:
    """Which sites touch, as two lists of rows; of those only that no requirement rules out."""
    to_be_had = next(one.scores or {} for one in criteria().all if one.key == "status")
    status = sites["status"]
    open_ = np.flatnonzero(status.isin(list(to_be_had)) | status.isna())
    pairs = adjacent(gpd.GeoDataFrame(sites.iloc[open_]), **zone.settings.touching)
    return [open_[pairs[side]].tolist() for side in ("left", "right")]


def _style(zone: Zone) -> dict[str, Any]:
    """How the map looks; which records are old, the zone says."""
    style, stale = page.style(), int(zone.settings.limits.stale_months)
    months = [month for month in style["lenses"]["freshness_months"] if month < stale]
    return {**style, "lenses": {**style["lenses"], "freshness_months": [*months, stale]}}


def _meta(
    zone: Zone, layers: dict[str, pd.DataFrame], *, lang: str, audience: str, draft: bool
) -> dict[str, Any]:
    """What the page says about itself; only what the audience may see counts."""
    said = zone.settings
    frames = [frame for frame in layers.values() if len(frame)]
    updated = latest(frames)
    return {
        "name": {code: said.name(code) for code in words.langs()},
        "title": words.every({"zh": said.title_zh, "en": said.title_en}),
        "lang": lang,
        "audience": audience,
        "draft": draft,
        "data_date": updated.isoformat() if updated else "",
        "map_review_no": said.map_review_no,
        "public_url": said.public_url,
        "disclaimer": words.every({"zh": said.disclaimer_zh, "en": said.disclaimer_en}),
        "sources": [words.every(source) for source in said.sources],
        "schematic": any(_has(frame, "geometry_source", "schematic") for frame in frames),
        "demo": any(_has(frame, "demo", True) for frame in frames),
        "grid": _grid(said.measure_crs),
    }


_GRID = {
    "Longitude of natural origin": "lon_0",
    "Latitude of natural origin": "lat_0",
    "Scale factor at natural origin": "k",
    "False easting": "x_0",
    "False northing": "y_0",
}


def _grid(crs_name: str) -> dict[str, Any] | None:
    """How the page computes grid coordinates in the zone's metric CRS.

    Only for a transverse Mercator on CGCS2000 or WGS 84, which coincide here; for an older datum
    the page would need a shift that it does not know.
    """
    crs = pyproj.CRS(crs_name)
    way = crs.coordinate_operation
    modern = crs.geodetic_crs is not None and crs.geodetic_crs.to_epsg() in (4490, 4326)
    if not modern or way is None or way.method_name != "Transverse Mercator" or not crs.ellipsoid:
        return None
    sizes = {"a": crs.ellipsoid.semi_major_metre, "rf": crs.ellipsoid.inverse_flattening}
    return {"name": crs.name, **sizes, **{_GRID[one.name]: one.value for one in way.params}}


def _has(frame: pd.DataFrame, field: str, value: object) -> bool:
    return field in frame and bool((frame[field] == value).fillna(False).any())
