"""The `Zone`: all layers of one folder with their references, the input of every analysis."""

import difflib
import html
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from gxq_geo import words
from gxq_geo.formats import csv_table, files, geojson, geopackage
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.words.errors import BadLayerError, FileError
from gxq_geo.words.issues import FATAL, Finding, Issue, Severity, found
from gxq_geo.zone import layer, projection
from gxq_geo.zone.layer import GEOMETRY_SUFFIXES, TABLE_SUFFIXES, Layer
from gxq_geo.zone.settings import Settings, settings_of

# Issues found without a rule: in the folder, and by the readers of the files.
FINDINGS: Mapping[str, Finding] = {
    "layer-twice": FATAL,
    "layer-missing": FATAL,
    "layer-unknown": Finding(Severity.ERROR),
    "layer-format": Finding(Severity.ERROR),
    "layer-package": Finding(Severity.ERROR),
    **layer.FINDINGS,
    **csv_table.FINDINGS,
    **geojson.FINDINGS,
    **geopackage.FINDINGS,
}

# Top-level functions of the package that a zone also has as methods: ``zone.match(...)`` is
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
        The folder of the layer files.
    settings
        The settings in ``zone.toml``.
    layers
        A `Layer` for every layer of the schema, by name.
    issues
        Issues of the folder itself, such as a missing layer.
    """

    folder: Path
    settings: Settings
    layers: Mapping[str, Layer] = field(repr=False)
    issues: tuple[Issue, ...] = field(default=(), repr=False)

    def frame(self, name: str) -> gpd.GeoDataFrame | pd.DataFrame:
        """The frame of a layer."""
        return self.layers[name].frame

    def __getattr__(self, name: str) -> Any:
        """Return a layer's frame (``zone.sites``) or a bound method of `METHODS`."""
        if name in schema().layers:
            return self.frame(name)
        if name in METHODS:
            return partial(getattr(sys.modules["gxq_geo"], name), self)
        raise AttributeError(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.layers, *METHODS})

    def metric(self, name: str) -> gpd.GeoDataFrame:
        """A layer's frame in the zone's metric CRS, for areas in m² and lengths in metres."""
        frame = gpd.GeoDataFrame(self.frame(name))
        metric = projection.to_metric(frame.geometry, self.settings.measure_crs)
        return frame.set_geometry(metric)

    @cached_property
    def memo(self) -> dict[Any, Any]:
        """Cache of intermediate results that rules share; a check clears it first."""
        return {}

    @cached_property
    def data_date(self) -> date | None:
        """The date of the data: the latest ``updated`` of all records, None without any."""
        return latest_update(layer.frame for layer in self.layers.values())

    @cached_property
    def links(self) -> pd.DataFrame:
        """All references from records to records, one row each.

        Columns: ``layer``, ``row``, ``id`` and ``field`` of the reference; ``to_layer`` and
        ``to_id`` of its target; ``found``, whether the target exists.
        """
        columns = ["layer", "row", "id", "field", "to_layer", "to_id", "found"]
        parts = list(self._links())
        if not parts:
            return pd.DataFrame(columns=columns)
        counts = [len(rows) for _, _, _, rows, *_ in parts]
        names, fields, to_layers, rows, ids, to_ids, is_found = zip(*parts, strict=True)
        repeated = {"layer": names, "field": fields, "to_layer": to_layers}
        joined = {"row": rows, "id": ids, "to_id": to_ids, "found": is_found}
        data = {key: np.repeat(np.array(values), counts) for key, values in repeated.items()}
        data |= {key: np.concatenate(values) for key, values in joined.items()}
        return pd.DataFrame(data, columns=columns)

    def _links(self) -> Iterator[tuple[str, str, str, Any, Any, Any, Any]]:
        """Yield the links of each reference field as the columns of `links`, some as arrays.

        They are layer, field and target layer; then rows, ids, target ids, and which are found.
        """
        ids = {
            name: layer.frame[layer.schema.id].to_numpy(dtype=object)
            for name, layer in self.layers.items()
        }
        known = {name: set(values[~pd.isna(values)]) for name, values in ids.items()}
        for name, source in self.layers.items():
            for spec in (spec for spec in source.schema.fields.values() if spec.ref):
                cells = source.frame[spec.name].reset_index(drop=True)
                targets = cells.explode().dropna() if spec.is_list else cells.dropna()
                if targets.empty:
                    continue
                rows, to_ids = targets.index.to_numpy(), targets.to_numpy(dtype=object)
                is_found = np.array([one in known[spec.ref] for one in to_ids], dtype=bool)
                yield name, spec.name, spec.ref, rows, ids[name][rows], to_ids, is_found

    def summary(self) -> list[tuple[str, int, str]]:
        """The label, the number of records and the details of each layer with records."""
        lang = words.default_lang()
        return [
            (words.pick(layer.schema.label, lang), len(layer.frame), self._details(layer, lang))
            for layer in self.layers.values()
            if len(layer.frame)
        ]

    def _details(self, layer: Layer, lang: str) -> str:
        """Counts by status or kind, with the area of sites or the vacant floor area of carriers."""
        known = schema()
        for name, measure in (
            ("status", "area_mu"),
            ("kind", "vacant_floor_area_m2"),
            ("kind", ""),
        ):
            fields = layer.schema.fields
            if name not in fields or (measure and measure not in fields):
                continue
            domain = known.domains[fields[name].domain]
            parts = []
            groups = pd.DataFrame(layer.frame).groupby(name, observed=True)
            for value, rows in groups:
                part = f"{words.pick(domain[str(value)], lang)} {len(rows)}"
                if measure:
                    label = words.pick(fields[measure].label, lang)
                    unit = words.pick(known.units[fields[measure].unit], lang)
                    part += f" ({label} {rows[measure].sum():,.1f} {unit})"
                parts.append(part)
            return " · ".join(parts)
        return ""

    def __str__(self) -> str:
        lang = words.default_lang()
        day = self.data_date.isoformat() if self.data_date else words.text("zone.no-date", lang)
        head = words.text("zone.head", lang, name=self.settings.name(lang), date=day)
        lines = [
            f"  {label} {count}   {details}".rstrip() for label, count, details in self.summary()
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


class LayerReader(Protocol):
    """A function that reads a layer file, as `gxq_geo.zone.layer.read` does."""

    def __call__(self, path: Path, schema: LayerSchema, /, *, timezone: tzinfo) -> Layer:
        """Read the file; a date with time is a date in the time zone."""


def latest_update(frames: Iterable[pd.DataFrame]) -> date | None:
    """The latest ``updated`` of the records of several frames; None if no record has a date."""
    days = [frame["updated"].max() for frame in frames if len(frame) and "updated" in frame]
    known = [day for day in days if not pd.isna(day)]
    return max(known).date() if known else None


def open_zone(
    folder: Path | str,
    *,
    partial: bool = False,
    read: LayerReader | None = None,
) -> Zone:
    """Read all layers of a folder.

    Parameters
    ----------
    folder
        A folder with ``zone.toml`` and the layer files, named as in the schema.
    partial
        Return the zone even if a file could not be read in full; the issues are then in the
        layers. `gxq_geo.check` needs such a zone.
    read
        The function that reads a file, such as one with a cache; by default
        `gxq_geo.zone.layer.read`.

    Raises
    ------
    ZoneError
        If the folder or its ``zone.toml`` is absent or invalid.
    BadLayerError
        If a file cannot be read in full and `partial` is false.
    """
    home = Path(folder)
    settings = settings_of(home)
    paths, issues = _files(home)
    reader = read or layer.read
    opened = {
        name: reader(paths[name], layer_schema, timezone=settings.tzinfo)
        if name in paths
        else layer.empty(layer_schema)
        for name, layer_schema in schema().layers.items()
    }
    layers = {
        name: replace(layer_read, issues=_with_severities(layer_read.issues, settings))
        for name, layer_read in opened.items()
    }
    zone = Zone(home, settings, layers, _with_severities(issues, settings))
    issues = [*zone.issues, *(issue for layer in layers.values() for issue in layer.issues)]
    errors = [issue for issue in issues if issue.severity is Severity.ERROR]
    if errors and not partial:
        raise BadLayerError("broken-layers", path=folder, count=len(errors), file=errors[0].file)
    return zone


def _with_severities(issues: Iterable[Issue], settings: Settings) -> tuple[Issue, ...]:
    """Apply the severities of the zone's settings to readers' issues, and drop those set to off."""
    wanted = {
        slug: severity
        for slug, severity in settings.rules.items()
        if slug in FINDINGS and not FINDINGS[slug].locked
    }
    return tuple(
        replace(issue, severity=Severity(wanted.get(issue.rule, issue.severity)))
        for issue in issues
        if wanted.get(issue.rule) != "off"
    )


def layer_files(folder: Path | str) -> dict[Path, LayerSchema]:
    """The layer files of a folder and their schemas; a layer may have two files."""
    return {path: schema().layers[path.stem] for path in _known(Path(folder))}


def is_layer_file(path: Path) -> bool:
    """Whether a file's stem is a layer's name and its suffix one of the layer's formats."""
    layer_schema = schema().layers.get(path.stem)
    allowed = TABLE_SUFFIXES if layer_schema and layer_schema.is_table else GEOMETRY_SUFFIXES
    return layer_schema is not None and path.suffix.lower() in allowed


def _known(home: Path) -> list[Path]:
    return [path for path in sorted(home.iterdir()) if is_layer_file(path)]


def _files(home: Path) -> tuple[dict[str, Path], list[Issue]]:
    """Find the file of each layer, and report duplicate, missing and unknown layer files."""
    by_name: dict[str, list[Path]] = {}
    for path in _known(home):
        by_name.setdefault(path.stem, []).append(path)
    issues = [
        found(FINDINGS, "layer-twice", file=p[0].name, layer=n, params={"other": p[1].name})
        for n, p in by_name.items()
        if len(p) > 1
    ]
    for name, layer_schema in schema().layers.items():
        if layer_schema.required_layer and name not in by_name:
            suffixes = TABLE_SUFFIXES if layer_schema.is_table else GEOMETRY_SUFFIXES
            issues.append(found(FINDINGS, "layer-missing", file=name + suffixes[0], layer=name))
    issues += _unknown_files(home)
    return {name: paths[0] for name, paths in by_name.items() if len(paths) == 1}, issues


def _unknown_files(home: Path) -> Iterator[Issue]:
    """Report data files that are no layer's: another format, an archive, an unknown name.

    A GeoPackage of another name may hold several layers, which an import takes apart.
    """
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
        if suffix == ".gpkg" and (names := _tables(path)):
            params = {"tables": ", ".join(names)}
            yield found(FINDINGS, "layer-package", file=path.name, value=path.name, params=params)
            continue
        near = difflib.get_close_matches(path.stem.lower(), schema().layers, n=1)
        params = {"near": near[0] if near else ""}
        yield found(FINDINGS, "layer-unknown", file=path.name, value=path.stem, params=params)


def _tables(path: Path) -> list[str]:
    try:
        return geopackage.table_names(path, files.read_bytes(path))
    except FileError:
        return []
