"""The investment map as a `folium.Map`, to which folium layers and plugins can be added."""

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
from gxq_geo.investment_map.payload import encode
from gxq_geo.matching.requirement import criteria, criteria_data
from gxq_geo.schemas import schema
from gxq_geo.words import pinyin
from gxq_geo.words.errors import GxqError, GxqWarning
from gxq_geo.zone import Zone, latest_update
from gxq_geo.zone.layer import bounds
from gxq_geo.zone.publication import drawable_layers

_MAX_ZOOM = 20
_SEARCHABLE_LAYERS = ("parks", "sites", "carriers")

# Libraries that folium puts into every page, and this page only if an added element uses them:
# a pattern of the use -> names in `folium.Map.default_js` and `default_css`.
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

    A notebook shows the same page that `save` writes. Folium layers and plugins can be added
    (``.add_to(m)``). Their scripts and style sheets are taken from installed packages if possible
    (see `assets`); otherwise a `GxqWarning` names them, the page says that it needs the network,
    and its Content-Security-Policy allows the host. Without such elements, and without base maps,
    the page makes no network requests.

    Parameters
    ----------
    zone
        The zone to show.
    lang
        The initial language; the reader can switch.
    audience
        ``public``: published records and public fields only; ``internal``: everything, with a
        notice on the page.
    draft
        Whether the page is marked as a draft.
    basemaps
        Base maps that the reader can choose: names of ``data/basemaps.toml``, or `BaseMap`. By
        default there are none, and the map is schematic.

    Raises
    ------
    GxqError
        If the language or a base map is unknown, or the token of a base map is not set in the
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
        layers = drawable_layers(zone, audience)
        super().__init__(
            location=_centre(layers),
            zoom_start=11,
            tiles=None,
            zoom_control=False,
            attribution_control=False,
            zoom_delta=0.75,
            wheel_px_per_zoom_level=90,
        )
        # Folium sets it on tile layers only, but plugins read it from the map.
        self.options["max_zoom"] = _MAX_ZOOM
        self._id = "gxq"
        self.default_js, self.default_css = [], []
        self.lang = lang
        self._issues: dict[str, Any] | None = None
        self.basemaps = choose(basemaps)
        self._layers = layers
        self._meta = _meta(zone, layers, lang=lang, audience=audience, draft=draft)
        self._adjacent = _adjacent_sites(zone, layers["sites"])
        self._internal = _internal(zone) if audience == "internal" else None
        self._style = _style(zone)
        self._meta["basemaps"] = [base.for_page() for base in self.basemaps]
        _PageFigure(self)

    @cached_property
    def payload(self) -> bytes:
        """The encoded data of the page; see `payload`."""
        header = {
            "meta": self._meta,
            "words": {code: self._words(code) for code in words.langs()},
            "style": self._style,
            "filters": page.filters(),
            "criteria": criteria_data(),
            "beside": self._adjacent,
            "initials": pinyin.initials(self._names()),
        }
        if self._internal is not None:
            header["internal"] = self._internal
        if self._issues is not None:
            header["issues"] = self._issues
        return encode(header, self._layers, schema())

    def _words(self, lang: str) -> dict[str, str]:
        """The texts of the page; those of the internal edition only if it is internal."""
        internal = words.table("internal", lang) if self._internal is not None else {}
        texts = {f"internal.{key}": text for key, text in internal.items()}
        return words.table("page", lang) | texts

    def _names(self) -> Iterator[str]:
        """The Chinese names of searchable records."""
        for name in _SEARCHABLE_LAYERS:
            yield from self._layers[name]["name_zh"].dropna()

    def show_issues(self, issues: dict[str, Any]) -> None:
        """List issues on the page, as `issues.issues_data` returns them."""
        self._issues = issues
        self.__dict__.pop("payload", None)

    @property
    def title(self) -> str:
        """The title of the page in its initial language: name of the zone and title of the map."""
        name, title = (words.pick(self._meta[key], self.lang) for key in ("name", "title"))
        return f"{name} {title}"

    def remarks(self, *, embedded: bool = False) -> list[str]:
        """Return remarks for the publisher of the map, in the default language.

        They are about the terms of base maps, their map review, and their use in a frame.

        Parameters
        ----------
        embedded
            Whether the map is also published as a fragment.
        """
        lang = words.default_lang()
        terms = dict.fromkeys(words.pick(base.terms, lang) for base in self.basemaps)
        remarks = [words.text("cli.basemap-terms", terms=text) for text in terms if text]
        if self.basemaps and not self._meta["map_review_no"]:
            remarks.insert(0, words.text("cli.basemap-unreviewed"))
        with_referrer = [words.pick(base.name, lang) for base in self.basemaps if base.referrer]
        if embedded and with_referrer:
            remarks.append(words.text("cli.embed-referrer", names=", ".join(with_referrer)))
        return remarks

    def to_html(self) -> str:
        """Return the page as HTML."""
        return str(self.get_root().render())

    def to_fragment(self) -> str:
        """Return HTML to embed the page in another one; see `embed.fragment`."""
        return embed.fragment(self.to_html(), self.title)

    def save(
        self,
        outfile: str | bytes | Path | BinaryIO,
        close_file: bool = True,
        **kwargs: Any,
    ) -> None:
        """Write the page to a file; a path is written atomically.

        Parameters
        ----------
        outfile
            A path, or an open binary file as for `folium.Map.save`.
        close_file
            Whether to close an open file afterwards.

        Raises
        ------
        FileError
            If the file cannot be written; an existing file is then unchanged.
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
    """The root element of the map, which renders `page.build_page` instead of folium's page."""

    def __init__(self, investment_map: InvestmentMap) -> None:
        super().__init__(ratio="62%")
        self.investment_map = investment_map
        self.add_child(investment_map)

    def render(self, **kwargs: Any) -> str:
        investment_map = self.investment_map
        options = investment_map.options
        if not self._has_additions():
            # The page finds its view itself; another one before it would only be laid out.
            investment_map.options = {key: options[key] for key in options if key != "zoom"}
        investment_map.render(**kwargs)  # type: ignore[no-untyped-call, unused-ignore]
        investment_map.options = options
        script = self.script.render(**kwargs)
        _add_on_demand(self, self.header.render(**kwargs) + script)
        # Remove folium's own page styles and settings; only added elements remain.
        for name in ("meta_http", investment_map.get_name()):
            self.header._children.pop(name, None)
        head = assets.inlined(self.header.render(**kwargs))
        if head.missing:
            listed = "\n  ".join(head.missing)
            warnings.warn(words.text("cli.needs-network", assets=listed), GxqWarning, stacklevel=2)
        drawing = page.Drawing(head, self.html.render(**kwargs), script, self._has_additions())
        hosts = sorted({host for base in investment_map.basemaps for host in base.hosts()})
        return page.build_page(
            drawing,
            investment_map.payload,
            title=investment_map.title,
            lang=investment_map.lang,
            tiles=hosts,
            internal=investment_map._internal is not None,
        )

    def _has_additions(self) -> bool:
        """Whether anything was added to the map or to its page."""
        own = {"meta_http", self.investment_map.get_name()}
        on_page = {*self.header._children, *self.html._children, *self.script._children}
        return bool(self.investment_map._children) or not on_page <= own


def _add_on_demand(figure: Figure, rendered: str) -> None:
    """Add the libraries of `_ON_DEMAND` that the rendered elements use."""
    scripts, sheets = dict(folium.Map.default_js), dict(folium.Map.default_css)
    for pattern, names in _ON_DEMAND.items():
        for name in names if re.search(pattern, rendered) else ():
            link = JavascriptLink(scripts[name]) if name in scripts else CssLink(sheets[name])
            figure.header.add_child(link, name=name, index=0)


def _internal(zone: Zone) -> dict[str, Any]:
    # Imported here, since a public map does not need the questions.
    from gxq_geo.investment_map.internal import internal_data

    return internal_data(zone)


def _centre(layers: dict[str, pd.DataFrame]) -> tuple[float, float]:
    """Latitude and longitude of the centre of the data; the page itself fits the view to it."""
    for name in ("zone_frame", "parks", "sites"):
        box = bounds(gpd.GeoDataFrame(layers[name]))
        if box:
            west, south, east, north = box
            return (south + north) / 2, (west + east) / 2
    return 0.0, 0.0


def _adjacent_sites(zone: Zone, sites: pd.DataFrame) -> list[list[int]]:
    """Row numbers of pairs of touching sites, without sites that no requirement can match."""
    scores = next(c.scores or {} for c in criteria().all if c.key == "status")
    status = sites["status"]
    candidates = np.flatnonzero(status.isin(list(scores)) | status.isna())
    pairs = adjacent(gpd.GeoDataFrame(sites.iloc[candidates]), **zone.settings.touching)
    return [candidates[pairs[side]].tolist() for side in ("left", "right")]


def _style(zone: Zone) -> dict[str, Any]:
    """The style, with the zone's limit for outdated records as the last class of freshness."""
    style, stale = page.style(), int(zone.settings.limits.stale_months)
    months = [month for month in style["lenses"]["freshness_months"] if month < stale]
    return {**style, "lenses": {**style["lenses"], "freshness_months": [*months, stale]}}


def _meta(
    zone: Zone, layers: dict[str, pd.DataFrame], *, lang: str, audience: str, draft: bool
) -> dict[str, Any]:
    """The metadata of the page, for the layers that the audience may see."""
    settings = zone.settings
    frames = [frame for frame in layers.values() if len(frame)]
    updated = latest_update(frames)
    return {
        "name": {code: settings.name(code) for code in words.langs()},
        "title": words.in_all_languages({"zh": settings.title_zh, "en": settings.title_en}),
        "lang": lang,
        "audience": audience,
        "draft": draft,
        "data_date": updated.isoformat() if updated else "",
        "map_review_no": settings.map_review_no,
        "public_url": settings.public_url,
        "disclaimer": words.in_all_languages(
            {"zh": settings.disclaimer_zh, "en": settings.disclaimer_en}
        ),
        "sources": [words.in_all_languages(source) for source in settings.sources],
        "schematic": any(_contains(frame, "geometry_source", "schematic") for frame in frames),
        "demo": any(_contains(frame, "demo", True) for frame in frames),
        "grid": _projection(settings.measure_crs),
    }


# PROJ parameters by the names that EPSG gives them.
_PROJ_NAMES = {
    "Longitude of natural origin": "lon_0",
    "Latitude of natural origin": "lat_0",
    "Scale factor at natural origin": "k",
    "False easting": "x_0",
    "False northing": "y_0",
}


def _projection(crs_name: str) -> dict[str, Any] | None:
    """Parameters from which the page computes coordinates in the zone's metric CRS.

    Only for a transverse Mercator projection of CGCS2000 or WGS 84, which coincide here; None for
    other datums, since the page has no datum transformations.
    """
    crs = pyproj.CRS(crs_name)
    operation = crs.coordinate_operation
    modern = crs.geodetic_crs is not None and crs.geodetic_crs.to_epsg() in (4490, 4326)
    if not modern or operation is None or not crs.ellipsoid:
        return None
    if operation.method_name != "Transverse Mercator":
        return None
    ellipsoid = {"a": crs.ellipsoid.semi_major_metre, "rf": crs.ellipsoid.inverse_flattening}
    params = {_PROJ_NAMES[param.name]: param.value for param in operation.params}
    return {"name": crs.name, **ellipsoid, **params}


def _contains(frame: pd.DataFrame, field: str, value: object) -> bool:
    return field in frame and bool((frame[field] == value).fillna(False).any())
