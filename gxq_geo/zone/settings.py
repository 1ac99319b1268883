"""Read the settings of a zone from ``zone.toml``, strictly."""

import difflib
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, TypedDict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyproj
from pyproj.exceptions import CRSError

from gxq_geo import words
from gxq_geo.formats import files
from gxq_geo.words.errors import ZoneError
from gxq_geo.words.issues import Severity
from gxq_geo.zone import waivers
from gxq_geo.zone.waivers import Waiver

SETTINGS = "zone.toml"
SEVERITIES = (*Severity, "off")
# An authority code, or a PROJ string (a city's own CRS) without parameters that make PROJ open a
# file.
_PLAIN_CRS = re.compile(
    r"[A-Za-z]{2,12}:\d{1,7}|(?:\s*\+(?:proj|lat_[012]|lon_0|k|k_0|x_0|y_0|zone|south|ellps|datum|a|b"
    r"|rf|pm|towgs84|units|no_defs|type)(?:=[\w.,:-]{1,100})?){1,30}\s*"
)
_OFFSET = re.compile(r"[+-]\d\d:[0-5]\d")
# The maximum size of zone.toml in bytes; it is written by hand.
_MAX_BYTES = 1 << 20
_MAX_NUMBER = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Limits:
    """Tolerances of the rules; a zone sets its own under ``[limits]``.

    Parameters
    ----------
    overlap_m2
        Maximum area of an overlap, gap or part outside that still counts as touching, in m².
    touch_m
        Maximum mean width of an overlap, gap or part outside that still counts as touching, in
        metres: an edge that is straight in degrees is slightly curved in the metric CRS.
    sliver_m
        Maximum mean width of a sliver (a polygon, overlap, gap or part outside), in metres.
    tiny_m2
        Maximum area of a polygon, part or hole that is taken for a digitising error, in m².
    tiny_m
        Maximum length of a line that is taken for a digitising error, in metres.
    spike_degrees
        Maximum angle at a vertex of a polygon that is a spike, in degrees.
    vertices
        Number of vertices from which a geometry is too detailed for a map.
    outside_zone_m
        Maximum distance of a park, block, site or carrier outside the zone's frame, in metres.
    zoned_pct
        Minimum share of a park's area that is zoned, in per cent, for which the rest is a gap.
    area_difference_pct
        Maximum difference between a declared area and the geometry's area, in per cent.
    stale_months
        Age of a record in months, at the date of the data, after which it must be verified again.
    """

    overlap_m2: float = 10.0
    touch_m: float = 0.1
    sliver_m: float = 1.0
    tiny_m2: float = 10.0
    tiny_m: float = 1.0
    spike_degrees: float = 1.0
    vertices: float = 10_000
    outside_zone_m: float = 200.0
    zoned_pct: float = 80.0
    area_difference_pct: float = 3.0
    stale_months: float = 12


class Touching(TypedDict):
    """Keyword arguments of the functions of `gxq_geo.analysis.sites` that find adjacent sites."""

    crs: str
    touch_m: float
    edge_m: float


@dataclass(frozen=True, slots=True)
class Indicator:
    """A control indicator set by the zone or its province.

    Parameters
    ----------
    land_use
        The land-use codes to which it applies.
    source
        The document that defines it, and its year.
    far_min, far_max
        Minimum and maximum floor-area ratio; None for no limit.
    min_investment_wan_per_mu, min_output_wan_per_mu, min_tax_wan_per_mu
        Minimum fixed investment, yearly output and yearly tax per 亩, in 万元; None for no minimum.
    """

    land_use: tuple[str, ...]
    source: str
    far_min: float | None = None
    far_max: float | None = None
    min_investment_wan_per_mu: float | None = None
    min_output_wan_per_mu: float | None = None
    min_tax_wan_per_mu: float | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in ``zone.toml``.

    Parameters
    ----------
    name_zh, name_en
        The zone's full name.
    short_zh, short_en
        Its short name.
    title_zh, title_en
        The title of its investment map.
    measure_crs
        The metric CRS in which areas and distances are measured, such as ``EPSG:4548``.
    timezone
        The zone's time zone, in which a date with time (as a GeoPackage may have it) is a date: an
        offset such as ``+08:00``, or a name such as ``Asia/Shanghai``.
    map_review_no
        The approval number (审图号) of the published map; empty if there is none.
    public_url
        The address of the published map, for the QR code on printed maps; empty if unpublished.
    disclaimer_zh, disclaimer_en
        A sentence at the bottom of the map; may be empty.
    sources
        Credits of the data: ``{"zh": ..., "en": ...}`` each.
    limits
        Tolerances of the rules.
    rules
        Severity by rule slug, or ``off``.
    indicators
        Control indicators, with which floor-area ratios and projects' figures per 亩 are compared.
    excused
        Waivers: records exempt from a rule, each with a reason and an expiry date.
    """

    name_zh: str
    name_en: str
    measure_crs: str
    short_zh: str = ""
    short_en: str = ""
    title_zh: str = "产业招商地图"
    title_en: str = "Investment Map"
    timezone: str = "+08:00"
    map_review_no: str = ""
    public_url: str = ""
    disclaimer_zh: str = ""
    disclaimer_en: str = ""
    sources: tuple[Mapping[str, str], ...] = ()
    limits: Limits = Limits()
    rules: Mapping[str, str] = field(default_factory=dict)
    indicators: tuple[Indicator, ...] = ()
    excused: tuple[Waiver, ...] = ()

    @property
    def tzinfo(self) -> tzinfo:
        """The zone's time zone."""
        return _tzinfo(self.timezone)

    @property
    def touching(self) -> Touching:
        """The CRS and tolerances by which sites are adjacent."""
        limits = self.limits
        return {"crs": self.measure_crs, "touch_m": limits.touch_m, "edge_m": limits.sliver_m}

    def name(self, lang: str) -> str:
        """The short name in a language, else the full name, else those of the next language."""
        names = (
            getattr(self, f"{length}_{code}", "")
            for code in words.fallback_order(lang)
            for length in ("short", "name")
        )
        return str(next(filter(None, names), ""))


def settings_of(folder: Path) -> Settings:
    """Read the settings of a folder of layers.

    Raises
    ------
    ZoneError
        If the folder or its ``zone.toml`` is absent or invalid.
    """
    if not folder.is_dir():
        raise ZoneError("no-folder" if not folder.exists() else "not-folder", path=folder)
    return read_settings(folder / SETTINGS)


def read_settings(path: Path) -> Settings:
    """Read a ``zone.toml``.

    Raises
    ------
    ZoneError
        If the file is absent, or has an unknown key or an invalid value.
    """
    if not path.exists():
        raise ZoneError("no-settings", path=path.parent)
    try:
        text = files.read_bytes(path, limit=_MAX_BYTES).decode("utf-8-sig")
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # Not TOML, not UTF-8, or too many digits.
        raise ZoneError("bad-settings", exit_status=1, path=path, reason=str(error)) from None
    _expect(path, raw, _SETTING_TYPES)
    for name in ("name_zh", "name_en", "measure_crs"):
        if not raw.get(name):
            raise _bad_setting(path, name)
    limits = raw.pop("limits", {})
    _expect(path, limits, dict.fromkeys((f.name for f in fields(Limits)), (int, float)))
    wrong = {f"limits.{name}": not 0 <= value <= _MAX_NUMBER for name, value in limits.items()}
    for name, severity in raw.get("rules", {}).items():
        wrong[f"rules.{name}"] = severity not in SEVERITIES
    wrong["sources"] = any(not _is_credit(source) for source in raw.get("sources", ()))
    for name in (name for name, is_wrong in wrong.items() if is_wrong):
        raise _bad_setting(path, name)
    if not is_metric(raw["measure_crs"]):
        raise _bad_setting(path, "measure_crs")
    try:
        _tzinfo(raw.get("timezone", "+08:00"))
    except ValueError:
        raise _bad_setting(path, "timezone") from None
    raw["sources"] = tuple(raw.get("sources", ()))
    raw["indicators"] = tuple(_indicator(path, entry) for entry in raw.get("indicators", ()))
    raw["excused"] = waivers.parse(path, text, raw.get("excused", ()))
    return Settings(**raw, limits=Limits(**limits))


def _indicator(path: Path, raw: object) -> Indicator:
    if not isinstance(raw, dict):
        raise _bad_setting(path, "indicators")
    limits = [f.name for f in fields(Indicator) if f.name not in ("land_use", "source")]
    types = {"land_use": (list,), "source": (str,), **dict.fromkeys(limits, (int, float))}
    _expect(path, raw, types)
    uses = raw.get("land_use")
    ratios = [raw[name] for name in ("far_min", "far_max") if name in raw]
    if not uses or not all(isinstance(use, str) for use in uses) or not raw.get("source"):
        raise _bad_setting(path, "indicators")
    figures = [raw[name] for name in limits if name in raw]
    if not figures or ratios != sorted(ratios) or not all(0 <= n <= _MAX_NUMBER for n in figures):
        raise _bad_setting(path, "indicators")
    return Indicator(**{**raw, "land_use": tuple(uses)})


def _is_credit(source: object) -> bool:
    return isinstance(source, dict) and all(
        isinstance(source.get(lang), str) for lang in words.FALLBACK
    )


_SETTING_TYPES: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys((f.name for f in fields(Settings)), (str,)),
    "sources": (list,),
    "limits": (dict,),
    "rules": (dict,),
    "excused": (list,),
    "indicators": (list,),
}


def _expect(path: Path, raw: Mapping[str, Any], types: Mapping[str, tuple[type, ...]]) -> None:
    """Raise a `ZoneError` for an unknown key or a value of a wrong type."""
    for name, value in raw.items():
        if name not in types:
            near = difflib.get_close_matches(name, types, n=1) or [", ".join(types)]
            params = {"path": path, "name": name, "near": near[0]}
            raise ZoneError("unknown-setting", exit_status=1, **params)
        if not isinstance(value, types[name]) or isinstance(value, bool):
            raise _bad_setting(path, name)


def is_metric(crs: str) -> bool:
    """Whether a text is a projected CRS with axes in metres."""
    if not _PLAIN_CRS.fullmatch(crs):
        return False
    try:
        known = pyproj.CRS.from_user_input(crs)
    except CRSError:
        return False
    return known.is_projected and all(axis.unit_name == "metre" for axis in known.axis_info)


def _tzinfo(text: str) -> tzinfo:
    """The time zone of an offset or a name; raise `ValueError` if there is none such."""
    if _OFFSET.fullmatch(text):
        return datetime.strptime(text, "%z").tzinfo or UTC
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError(text) from None


def _bad_setting(path: Path, name: str) -> ZoneError:
    return ZoneError("bad-setting", exit_status=1, path=path, name=name)
