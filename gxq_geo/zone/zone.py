"""A zone: all layers of one folder, with their links. Every question is asked of it."""

import difflib
import html
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from gxq_geo import words
from gxq_geo.formats import csv_table, geojson, geopackage
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.words.errors import BadLayerError
from gxq_geo.words.issues import FATAL, Finding, Issue, Severity, found
from gxq_geo.zone import layer
from gxq_geo.zone.layer import GEOMETRY_SUFFIXES, TABLE_SUFFIXES, Layer
from gxq_geo.zone.settings import Settings, settings_of

# What is found without a rule: in the folder, and in reading each of its files.
FINDINGS: Mapping[str, Finding] = {
    "layer-twice": FATAL,
    "layer-missing": FATAL,
    "layer-unknown": Finding(Severity.ERROR),
    "layer-format": Finding(Severity.ERROR),
    **layer.FINDINGS,
    **csv_table.FINDINGS,
    **geojson.FINDINGS,
    **geopackage.FINDINGS,
}

# Functions of the package's top level that a zone also offers as methods: ``zone.match(...)`` is
# ``gxq_geo.match(zone, ...)``, imported when first called.
METHODS = ("ask", "in_words", "match")

_ARCHIVE_SUFFIXES = {".zip", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".tgz", ".kmz"}
_DATA_SUFFIXES = {*GEOMETRY_SUFFIXES, *TABLE_SUFFIXES, ".json", ".shp", ".kml", ".xlsx", ".xls"}


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
        """``zone.sites`` is ``zone.frame("sites")``; ``zone.match`` is one of `METHODS`."""
        if name in schema().layers:
            return self.frame(name)
        if name in METHODS:
            return partial(getattr(sys.modules["gxq_geo"], name), self)
        raise AttributeError(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.layers, *METHODS})

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
        the layers. `gxq_geo.checks` reads so.
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
