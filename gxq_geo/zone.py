"""A zone: all layers of one folder, with their links. Every question is asked of it."""

import difflib
import html
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj
from pyproj.exceptions import CRSError

from gxq_geo import excuses, files, geojson, geopackage, layer, table, words
from gxq_geo.errors import BadLayerError, ZoneError
from gxq_geo.excuses import Excuse
from gxq_geo.issues import FATAL, Finding, Issue, Severity, found
from gxq_geo.layer import GEOMETRY_SUFFIXES, TABLE_SUFFIXES, Layer
from gxq_geo.schema import LayerSchema, schema

SETTINGS = "zone.toml"
SEVERITIES = (*Severity, "off")

# What is found without a rule: in the folder, and in reading each of its files.
FINDINGS: Mapping[str, Finding] = {
    "layer-twice": FATAL,
    "layer-missing": FATAL,
    "layer-unknown": Finding(Severity.ERROR),
    "layer-format": Finding(Severity.ERROR),
    **layer.FINDINGS,
    **table.FINDINGS,
    **geojson.FINDINGS,
    **geopackage.FINDINGS,
}

# Questions that are asked as methods, ``zone.match(...)``: who answers is imported when asked. A
# zone knows none of them; `gxq_geo` enters them here.
ASKED: dict[str, Callable[[], Callable[..., Any]]] = {}

# A code, or a city's own system as a PROJ string: without what would make PROJ open a file.
_PLAIN_CRS = re.compile(
    r"[A-Za-z]{2,12}:\d{1,7}|(?:\s*\+(?:proj|lat_[012]|lon_0|k|k_0|x_0|y_0|zone|south|ellps|datum|a|b"
    r"|rf|pm|towgs84|units|no_defs|type)(?:=[\w.,:-]{1,100})?){1,30}\s*"
)
# A zone.toml is written by hand.
_MOST_SETTINGS = 1 << 20
_ARCHIVE_SUFFIXES = {".zip", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".tgz", ".kmz"}
_DATA_SUFFIXES = {*GEOMETRY_SUFFIXES, *TABLE_SUFFIXES, ".json", ".shp", ".kml", ".xlsx", ".xls"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Tolerances of the rules; a zone sets its own under ``[limits]``.

    Parameters
    ----------
    overlap_m2
        Overlap, gap or part outside up to which two outlines count as touching, in m².
    touch_m
        Mean width up to which an overlap, a gap or a part outside counts as touching, in metres:
        an edge that is straight in degrees is not quite straight in metres.
    sliver_m
        Mean width up to which a polygon, overlap, gap or part outside is a sliver, in metres.
    tiny_m2
        Area of a polygon, a part or a hole up to which it is a slip of the hand, in m².
    tiny_m
        The same for the length of a line, in metres.
    spike_degrees
        Angle at a corner of a polygon below which it is a spike, in degrees.
    vertices
        Number of vertices from which a geometry is heavier than a map needs.
    outside_zone_m
        How far outside the zone's frame a park, block, site or carrier may lie, in metres.
    zoned_pct
        Share of a park's ground from which on it counts as zoned throughout, in per cent: what is
        left is a gap.
    area_difference_pct
        How far a declared area may lie from the geometry's, in per cent.
    stale_months
        After how many months, at the date of the data, a record is to be verified again.
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


@dataclass(frozen=True, slots=True)
class Indicator:
    """A control indicator, as the zone or its province sets it.

    Parameters
    ----------
    land_use
        The land-use codes to which it applies.
    source
        Where it is laid down, and in which year.
    far_min, far_max
        The least and the greatest floor-area ratio; None where there is no limit.
    min_investment_wan_per_mu, min_output_wan_per_mu, min_tax_wan_per_mu
        The least fixed investment, yearly output and yearly tax per 亩, in 万元; None where nothing
        is asked.
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
    """What ``zone.toml`` says.

    Parameters
    ----------
    name_zh, name_en
        The zone's full name.
    short_zh, short_en
        Its everyday name.
    title_zh, title_en
        The title of its investment map.
    measure_crs
        The metric CRS in which areas and distances are measured, such as ``EPSG:4548``.
    map_review_no
        审图号 of the published map; empty where there is none.
    public_url
        Where the map is published; a printed QR code leads there. Empty where it is not.
    disclaimer_zh, disclaimer_en
        A sentence for the foot of the map; may be empty.
    sources
        Credits of the data: ``{"zh": ..., "en": ...}`` each.
    limits
        Tolerances of the rules.
    rules
        Severity by rule slug, or ``off``.
    indicators
        Control indicators; without any, floor-area ratios and what a project brings per 亩 are
        compared with none.
    excused
        Records that one rule does not count, each with a reason and a last day.
    """

    name_zh: str
    name_en: str
    measure_crs: str
    short_zh: str = ""
    short_en: str = ""
    title_zh: str = "产业招商地图"
    title_en: str = "Investment Map"
    map_review_no: str = ""
    public_url: str = ""
    disclaimer_zh: str = ""
    disclaimer_en: str = ""
    sources: tuple[Mapping[str, str], ...] = ()
    limits: Limits = Limits()
    rules: Mapping[str, str] = field(default_factory=dict)
    indicators: tuple[Indicator, ...] = ()
    excused: tuple[Excuse, ...] = ()

    def name(self, lang: str) -> str:
        """The everyday name in one language."""
        names = (
            getattr(self, f"{length}_{code}", "")
            for code in words.order(lang)
            for length in ("short", "name")
        )
        return str(next(filter(None, names), ""))


@dataclass(frozen=True)
class Zone:
    """All layers of one folder.

    Each layer is an attribute: ``zone.parks``, ``zone.sites``, ``zone.sectors`` … a GeoDataFrame
    in EPSG:4326 or a DataFrame, with every field of the schema; a layer without a file is empty.

    Parameters
    ----------
    folder
        Where the files are.
    settings
        What ``zone.toml`` says.
    layers
        `Layer` by name, for every layer of the schema.
    issues
        What is wrong with the folder itself.
    """

    folder: Path
    settings: Settings
    layers: Mapping[str, Layer] = field(repr=False)
    issues: tuple[Issue, ...] = field(default=(), repr=False)

    def frame(self, name: str) -> gpd.GeoDataFrame | pd.DataFrame:
        """The frame of a layer, by the layer's name."""
        return self.layers[name].frame

    def __getattr__(self, name: str) -> Any:
        """``zone.sites`` is ``zone.frame("sites")``; ``zone.match`` asks who is in `ASKED`."""
        if name in schema().layers:
            return self.frame(name)
        if name in ASKED:
            return partial(ASKED[name](), self)
        raise AttributeError(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.layers, *ASKED})

    def metric(self, name: str) -> gpd.GeoDataFrame:
        """A layer's frame in the zone's metric CRS, to measure in: metres and m²."""
        return gpd.GeoDataFrame(self.frame(name)).to_crs(self.settings.measure_crs)

    @cached_property
    def memo(self) -> dict[Any, Any]:
        """What rules have worked out and share; a check begins with none."""
        return {}

    @cached_property
    def data_date(self) -> date | None:
        """The latest ``updated`` of any record: the date of the data."""
        return latest(one.frame for one in self.layers.values())

    @cached_property
    def links(self) -> pd.DataFrame:
        """Every reference from a record to another.

        Columns: ``layer``, ``row``, ``id``, ``field``, ``to_layer``, ``to_id``, ``found``.
        """
        parts = list(self._links())
        columns = ["layer", "row", "id", "field", "to_layer", "to_id", "found"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

    def _links(self) -> Iterator[pd.DataFrame]:
        for name, one in self.layers.items():
            for reference in (of for of in one.schema.fields.values() if of.ref):
                cells = one.frame[reference.name].reset_index(drop=True)
                named = cells.explode().dropna() if reference.is_list else cells.dropna()
                if named.empty:
                    continue
                target = self.layers[reference.ref]
                known = set(target.frame[target.schema.id].dropna())
                yield pd.DataFrame(
                    {
                        "layer": name,
                        "row": named.index,
                        "id": one.frame[one.schema.id].iloc[named.index].to_numpy(),
                        "field": reference.name,
                        "to_layer": reference.ref,
                        "to_id": named.to_numpy(),
                        "found": named.isin(known).to_numpy(),
                    }
                )

    def summary(self) -> list[tuple[str, int, str]]:
        """Label, number of records and a remark for each layer that has any, for `repr`."""
        lang = words.default_lang()
        rows = []
        for one in self.layers.values():
            if len(one.frame):
                label = words.pick(one.schema.label, lang)
                rows.append((label, len(one.frame), self._remark(one, lang)))
        return rows

    def _remark(self, one: Layer, lang: str) -> str:
        """Sites by status with their area; carriers with their vacant floor area; kinds."""
        known = schema()
        for name, measure in (
            ("status", "area_mu"),
            ("kind", "vacant_floor_area_m2"),
            ("kind", ""),
        ):
            if name not in one.schema.fields or (measure and measure not in one.schema.fields):
                continue
            of = one.schema.fields[name]
            parts = []
            groups = pd.DataFrame(one.frame).groupby(name, observed=True)
            for value, rows in groups:
                part = f"{words.pick(known.domains[of.domain][str(value)], lang)} {len(rows)}"
                if measure:
                    of_measure = one.schema.fields[measure]
                    label = words.pick(of_measure.label, lang)
                    unit = words.pick(known.units[of_measure.unit], lang)
                    part += f" ({label} {rows[measure].sum():,.1f} {unit})"
                parts.append(part)
            return " · ".join(parts)
        return ""

    def __str__(self) -> str:
        lang = words.default_lang()
        day = self.data_date.isoformat() if self.data_date else words.text("zone.no-date", lang)
        head = words.text("zone.head", lang, name=self.settings.name(lang), date=day)
        lines = [
            f"  {label} {count}   {remark}".rstrip() for label, count, remark in self.summary()
        ]
        return "\n".join([head, *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, *_ = str(self).splitlines()
        rows = "".join(
            f"<tr><td>{html.escape(a)}</td><td>{b:,}</td><td>{html.escape(c)}</td></tr>"
            for a, b, c in self.summary()
        )
        return f"<strong>{html.escape(head)}</strong><table>{rows}</table>"


def latest(frames: Iterable[pd.DataFrame]) -> date | None:
    """The latest ``updated`` of any record of some frames, None where none has a date."""
    days = [frame["updated"].max() for frame in frames if len(frame) and "updated" in frame]
    known = [day for day in days if not pd.isna(day)]
    return max(known).date() if known else None


def open_zone(
    folder: Path | str,
    *,
    partial: bool = False,
    read: Callable[[Path, LayerSchema], Layer] | None = None,
) -> Zone:
    """Read all layers of a folder.

    Parameters
    ----------
    folder
        A folder with ``zone.toml`` and the layer files, named as in the schema.
    partial
        Also return a zone of which a file could not be read in full; its issues then stand in
        the layers. `gxq_geo.check` reads so.
    read
        What reads a file; by default each is read anew.

    Raises
    ------
    ZoneError
        If the folder or its ``zone.toml`` is absent or wrong.
    BadLayerError
        If a file cannot be read in full, and `partial` is not asked for.
    """
    home = Path(folder)
    settings = settings_of(home)
    paths, issues = _files(home)
    reader = read or layer.read
    opened = {
        name: reader(paths[name], one) if name in paths else layer.empty(one)
        for name, one in schema().layers.items()
    }
    layers = {
        name: replace(one, issues=weighed(one.issues, settings)) for name, one in opened.items()
    }
    zone = Zone(home, settings, layers, weighed(issues, settings))
    broken = [*zone.issues, *(i for one in layers.values() for i in one.issues)]
    errors = [issue for issue in broken if issue.severity is Severity.ERROR]
    if errors and not partial:
        raise BadLayerError("broken-layers", path=folder, count=len(errors), file=errors[0].file)
    return zone


def settings_of(folder: Path) -> Settings:
    """The settings of a folder of layers.

    Raises
    ------
    ZoneError
        If the folder or its ``zone.toml`` is absent or wrong.
    """
    if not folder.is_dir():
        raise ZoneError("no-folder" if not folder.exists() else "not-folder", path=folder)
    return read_settings(folder / SETTINGS)


def weighed(issues: Iterable[Issue], settings: Settings) -> tuple[Issue, ...]:
    """Findings at the severity that a zone wants, without those that it switches off."""
    wanted = {
        slug: severity
        for slug, severity in settings.rules.items()
        if slug in FINDINGS and not FINDINGS[slug].settled
    }
    return tuple(
        replace(issue, severity=Severity(wanted.get(issue.rule, issue.severity)))
        for issue in issues
        if wanted.get(issue.rule) != "off"
    )


def layer_files(folder: Path | str) -> dict[Path, LayerSchema]:
    """The layer files of a folder, and the schema of each; doubles included."""
    return {path: schema().layers[path.stem] for path in _known(Path(folder))}


def is_layer_file(path: Path) -> bool:
    """Whether the name and the format of a file are those of a layer."""
    one = schema().layers.get(path.stem)
    allowed = TABLE_SUFFIXES if one and one.is_table else GEOMETRY_SUFFIXES
    return one is not None and path.suffix in allowed


def _known(home: Path) -> list[Path]:
    return [path for path in sorted(home.iterdir()) if is_layer_file(path)]


def _files(home: Path) -> tuple[dict[str, Path], list[Issue]]:
    """A file for each layer, and what is wrong with the folder: doubles, gaps, strangers."""
    by_name: dict[str, list[Path]] = {}
    for path in _known(home):
        by_name.setdefault(path.stem, []).append(path)
    issues = [
        found(FINDINGS, "layer-twice", file=p[0].name, layer=n, params={"other": p[1].name})
        for n, p in by_name.items()
        if len(p) > 1
    ]
    for name, one in schema().layers.items():
        if one.required_layer and name not in by_name:
            suffixes = TABLE_SUFFIXES if one.is_table else GEOMETRY_SUFFIXES
            issues.append(found(FINDINGS, "layer-missing", file=name + suffixes[0], layer=name))
    issues += _strangers(home)
    return {name: paths[0] for name, paths in by_name.items() if len(paths) == 1}, issues


def _strangers(home: Path) -> Iterator[Issue]:
    known = set(_known(home))
    for path in sorted(home.iterdir()):
        if path in known or path.name[0] in ".~":
            continue
        suffix, stem = path.suffix.lower(), path.name.partition(".")[0]
        archived = suffix in _ARCHIVE_SUFFIXES and stem in schema().layers
        if archived or (suffix in _DATA_SUFFIXES and path.stem in schema().layers):
            yield found(FINDINGS, "layer-format", file=path.name, layer=stem)
            continue
        if suffix not in _DATA_SUFFIXES:
            continue
        near = difflib.get_close_matches(path.stem.lower(), schema().layers, n=1)
        params = {"near": near[0] if near else ""}
        yield found(FINDINGS, "layer-unknown", file=path.name, value=path.stem, params=params)


# ------------------------------------------------------------------ zone.toml


def read_settings(path: Path) -> Settings:
    """What a ``zone.toml`` says.

    Raises
    ------
    ZoneError
        If it is absent, or anything in it is unknown or wrong.
    """
    if not path.exists():
        raise ZoneError("no-settings", path=path.parent)
    try:
        text = files.read_bytes(path, limit=_MOST_SETTINGS).decode("utf-8-sig")
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # Not TOML, not UTF-8, or endless digits.
        raise ZoneError("bad-settings", exit_status=1, path=path, reason=str(error)) from None
    _expect(path, raw, _SETTING_TYPES)
    for name in ("name_zh", "name_en", "measure_crs"):
        if not raw.get(name):
            raise _bad_setting(path, name)
    limits = raw.pop("limits", {})
    _expect(path, limits, dict.fromkeys((f.name for f in fields(Limits)), (int, float)))
    wrong = {f"limits.{name}": not 0 <= value < math.inf for name, value in limits.items()}
    for name, severity in raw.get("rules", {}).items():
        wrong[f"rules.{name}"] = severity not in SEVERITIES
    wrong["sources"] = any(not _is_credit(source) for source in raw.get("sources", ()))
    for name in (name for name, is_wrong in wrong.items() if is_wrong):
        raise _bad_setting(path, name)
    _expect_metric(path, raw["measure_crs"])
    raw["sources"] = tuple(raw.get("sources", ()))
    raw["indicators"] = tuple(_indicator(path, one) for one in raw.get("indicators", ()))
    raw["excused"] = excuses.parse(path, text, raw.get("excused", ()))
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
    if not figures or ratios != sorted(ratios) or not all(0 <= n < math.inf for n in figures):
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
    for name, value in raw.items():
        if name not in types:
            near = difflib.get_close_matches(name, types, n=1) or [", ".join(types)]
            params = {"path": path, "name": name, "near": near[0]}
            raise ZoneError("unknown-setting", exit_status=1, **params)
        if not isinstance(value, types[name]) or isinstance(value, bool):
            raise _bad_setting(path, name)


def _expect_metric(path: Path, name: str) -> None:
    if not _PLAIN_CRS.fullmatch(name):
        raise _bad_setting(path, "measure_crs")
    try:
        crs = pyproj.CRS.from_user_input(name)
    except CRSError:
        raise _bad_setting(path, "measure_crs") from None
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
        raise _bad_setting(path, "measure_crs")


def _bad_setting(path: Path, name: str) -> ZoneError:
    return ZoneError("bad-setting", exit_status=1, path=path, name=name)
