"""Read features in any JSON that programs write: GeoJSON of all kinds, lines of it, Esri JSON.

What the strict reader of layers (`gxq_geo.formats.geojson`) refuses is read here as far as its
meaning is certain, and told.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, MultiPoint, Point
from shapely.geometry.base import BaseGeometry

from gxq_geo.exchange import rings
from gxq_geo.exchange.evidence.encoding import settle_text
from gxq_geo.exchange.source import Geometries, Loss, Note, ReadOptions, SourceTable
from gxq_geo.formats import files
from gxq_geo.formats.coordinates import GEOMETRY_TYPES, build_geometries
from gxq_geo.schemas.dtypes import values_of
from gxq_geo.words.errors import FileError

MAX_BYTES = 100 << 20

_RECORD_SEPARATOR = "\x1e"
_LONG = 4000
_LONGEST_NAME = 200
_EPSG_URN = re.compile(
    r"(?:urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?EPSG(?::|/)\S*?(\d+)"
)
_STANDARD = frozenset(("type", "features", "crs", "name", "bbox", "title", "generator"))
_ESRI_STANDARD = frozenset(
    (
        *("features", "fields", "fieldAliases", "geometryType", "spatialReference", "hasZ", "hasM"),
        *("displayFieldName", "objectIdFieldName", "globalIdFieldName", "exceededTransferLimit"),
        *("uniqueIdField", "geometryProperties"),
    )
)
_ESRI_PARTS = ("rings", "curveRings", "paths", "curvePaths", "points", "x")
# Codes of Esri's own for Web Mercator.
_WEB_MERCATOR = (102100, 102113, 900913)
_FIRST_ESRI_CODE = 32768
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS = 86_400_000
_CHINA = timedelta(hours=8)

Json = Mapping[str, Any]


@dataclass
class _Found:
    """What was passed over and decided, by kind."""

    losses: Counter[str] = field(default_factory=Counter)
    notes: dict[str, dict[str, str | int | float]] = field(default_factory=dict)

    def note(self, kind: str, **params: str | int | float) -> None:
        """Count a decision; the parameters of the first are kept."""
        known = self.notes.setdefault(kind, {"count": 0, **params})
        known["count"] = int(known["count"]) + 1


def read(path: Path, options: ReadOptions) -> tuple[SourceTable, ...]:
    """Read a JSON file with features as one table.

    It may be a FeatureCollection, an array of features or geometries, a single one, one in each
    line, or Esri JSON. A CRS that is only linked is never fetched.

    Parameters
    ----------
    path
        The file.
    options
        Only ``encoding`` has a meaning here.

    Raises
    ------
    FileError
        If it is no JSON, a TopoJSON, or has no features.
    """
    data = files.read_bytes(path, limit=MAX_BYTES)
    text, encoding = settle_text(path, data, declared="utf-8", stated=options.encoding)
    found = _Found()
    if not encoding.agrees("utf-8"):
        found.note("encoding", encoding=encoding.name)
    try:
        return (_read(path, text, found),)
    except RecursionError:
        raise FileError("json-damaged", path=path) from None


def _read(path: Path, words: str, found: _Found) -> SourceTable:
    value = _parsed(path, words, found)
    members = value if isinstance(value, dict) else {}
    if members.get("type") == "Topology":
        raise FileError("json-topology", path=path)
    if (features := _esri_features(value)) is not None:
        return _esri_table(path, members, features, found)
    if (features := _features(value)) is None:
        raise FileError("json-no-features", path=path)
    return _table(path, members, features, found)


# ------------------------------------------------------------------ JSON


def _parsed(path: Path, words: str, found: _Found) -> Any:
    """The value of a text; of several values, one a line, the list of them."""
    decoder = _decoder(found)
    try:
        return decoder.decode(words)
    except ValueError:
        found.losses.clear()
        found.notes.pop("duplicate-key", None)
    try:
        lines = [line.strip(_RECORD_SEPARATOR + " \t\r") for line in words.split("\n")]
        values = [decoder.decode(line) for line in lines if line]
    except ValueError:
        raise FileError("json-damaged", path=path) from None
    if values:
        found.note("lines")
    return values


def _decoder(found: _Found) -> json.JSONDecoder:
    """A decoder that reads NaN as missing and takes the last of duplicate keys, and tells it."""

    def constant(_: str) -> None:
        found.losses["not-a-number"] += 1

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            found.note("duplicate-key", key=Counter(key for key, _ in pairs).most_common(1)[0][0])
        return result

    def integer(digits: str) -> int | str:
        return int(digits) if len(digits) < _LONG else digits

    return json.JSONDecoder(
        object_pairs_hook=members, parse_constant=constant, parse_int=integer, strict=False
    )


# ------------------------------------------------------------------ GeoJSON


def _features(value: Any) -> list[Json] | None:
    """The features of a value; None if it has none."""
    if isinstance(value, list):
        parts = [_features(one) for one in value]
        if not value or any(part is None for part in parts):
            return None
        return [feature for part in parts if part for feature in part]
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("features"), list):
        members = value["features"]
        return [one for one in members if isinstance(one, dict)] if _all_features(members) else None
    if value.get("type") == "Feature":
        return [value]
    if value.get("type") in GEOMETRY_TYPES:
        return [{"type": "Feature", "properties": {}, "geometry": value}]
    return None


def _all_features(members: Sequence[Any]) -> bool:
    return all(isinstance(one, dict) and "attributes" not in one for one in members)


def _table(path: Path, members: Json, features: Sequence[Json], found: _Found) -> SourceTable:
    raw = [feature.get("geometry") for feature in features]
    found.losses["geometry-invalid"] += sum(not isinstance(one, dict | None) for one in raw)
    geometries = _geometries([one if isinstance(one, dict) else None for one in raw], found)
    records = [_properties(feature) for feature in features]
    is_collection = members.get("type") == "FeatureCollection" or "features" in members
    for name in sorted(members.keys() - _STANDARD) if is_collection else ():
        found.note("member", member=name)
    crs = _declared_crs(members.get("crs"), geometries, found)
    own = members.get("name")
    title = own if isinstance(own, str) and own and is_collection else path.stem
    return _source_table(title, records, geometries, crs, found)


def _properties(feature: Json) -> dict[str, Any]:
    properties = feature.get("properties")
    record = dict(properties) if isinstance(properties, dict) else {}
    identity = feature.get("id")
    if isinstance(identity, str | int | float) and "id" not in record:
        record["id"] = identity
    return record


def _geometries(raw: Sequence[Json | None], found: _Found) -> Geometries:
    geometries, faults, sizes = build_geometries(raw)
    if sizes:
        found.losses["height"] += len(sizes)
    for _, fault in faults:
        found.losses[f"geometry-{'open' if fault.rule == 'ring-open' else 'invalid'}"] += 1
    return geometries


def _declared_crs(member: Any, geometries: Geometries, found: _Found) -> str:
    """The CRS of a ``crs`` member; without one that of the standard, unless the numbers differ."""
    if isinstance(member, dict):
        properties = member.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        if member.get("type") == "link" or "href" in properties:
            found.note("crs-link")
            return ""
        return authority_code(properties.get("name", properties.get("code", "")))
    if isinstance(member, str) and member:
        return authority_code(member)
    bounds = shapely.bounds(geometries).reshape(-1, 2)
    if not (np.abs(bounds) > (180, 90)).any():
        return "EPSG:4326"
    found.note("not-degrees")
    return ""


def authority_code(name: Any) -> str:
    """The authority code of a CRS by one of its names: a URN, a URL, a code, a number."""
    words = str(name).strip()[:_LONGEST_NAME]
    if words.isdecimal():
        return f"EPSG:{words}"
    if words.upper().endswith(("CRS84", "CRS:84")):
        return "OGC:CRS84"
    match = _EPSG_URN.fullmatch(words)
    return f"EPSG:{match[1]}" if match else words


# ------------------------------------------------------------------ Esri JSON


def _esri_features(value: Any) -> list[Json] | None:
    """The features of an Esri feature set, or of a single feature; None if it is none."""
    features = value.get("features") if isinstance(value, dict) else value
    if isinstance(value, dict) and ("attributes" in value or _esri_part(value)):
        features = [value]
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        return None
    is_esri = isinstance(value, dict) and ("geometryType" in value or "fieldAliases" in value)
    if is_esri or (features and all("attributes" in one or _esri_part(one) for one in features)):
        return [{"geometry": one} if _esri_part(one) else one for one in features]
    return None


def _esri_part(value: Json) -> str:
    """The member with the coordinates of an Esri geometry; empty if it is none."""
    if "type" in value or "attributes" in value or "geometry" in value:
        return ""
    return next((part for part in _ESRI_PARTS if part in value), "")


def _esri_table(path: Path, members: Json, features: Sequence[Json], found: _Found) -> SourceTable:
    geometries = np.empty(len(features), dtype=object)
    geometries[:] = [_esri_geometry(feature.get("geometry"), found) for feature in features]
    fields = {
        str(one.get("name")): one for one in members.get("fields") or () if isinstance(one, dict)
    }
    records = [_attributes(feature.get("attributes"), fields, found) for feature in features]
    headings = _headings(fields, members.get("fieldAliases"), found)
    renamed = [{headings.get(k, k): v for k, v in record.items()} for record in records]
    for name in sorted(members.keys() - _ESRI_STANDARD - {"geometry", "attributes", *_ESRI_PARTS}):
        found.note("member", member=name)
    crs = _esri_crs(members, features)
    return _source_table(path.stem, renamed, geometries, crs, found)


def _headings(fields: Mapping[str, Json], aliases: Any, found: _Found) -> dict[str, str]:
    """The alias of each field as its heading, where it says more than the name and is unique."""
    stated = aliases if isinstance(aliases, dict) else {}
    own = {name: one.get("alias") or stated.get(name) for name, one in fields.items()}
    own = {**stated, **{name: alias for name, alias in own.items() if alias}}
    counts = Counter(own.values())
    kept = {
        str(name): alias
        for name, alias in own.items()
        if isinstance(alias, str) and alias and alias != name and counts[alias] == 1
    }
    for name, alias in kept.items():
        found.note("alias", name=name, alias=alias)
    return {name: alias for name, alias in kept.items() if alias not in own}


def _attributes(attributes: Any, fields: Mapping[str, Json], found: _Found) -> dict[str, Any]:
    record = dict(attributes) if isinstance(attributes, dict) else {}
    for name, value in record.items():
        spec = fields.get(name, {})
        if spec.get("type") == "esriFieldTypeDate" and isinstance(value, int | float):
            record[name] = _moment(value, found)
        elif isinstance(value, str | int | float) and value in (
            names := _coded(spec.get("domain"))
        ):
            found.note("domain", field=name)
            record[name] = names[value]
    return record


def _coded(domain: Any) -> dict[Any, Any]:
    """The name of each code of a coded-value domain."""
    values = domain.get("codedValues") if isinstance(domain, dict) else None
    return {
        one["code"]: one["name"]
        for one in (values if isinstance(values, list) else ())
        if isinstance(one, dict)
        and isinstance(one.get("code"), str | int | float)
        and "name" in one
    }


def _moment(milliseconds: float, found: _Found) -> date | str:
    """The date of milliseconds since 1970, UTC: midnight in UTC or in China; else date and time."""
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
    except (OverflowError, ValueError):
        return str(milliseconds)
    if milliseconds % _DAY_MS == 0:
        return moment.date()
    if (milliseconds + _CHINA.total_seconds() * 1000) % _DAY_MS == 0:
        found.note("date-in-china")
        return (moment + _CHINA).date()
    return moment.isoformat()


def _esri_crs(members: Json, features: Sequence[Json]) -> str:
    reference = members.get("spatialReference")
    inner = (one.get("geometry") for one in features)
    references = [reference, *(g.get("spatialReference") for g in inner if isinstance(g, dict))]
    for one in references:
        if not isinstance(one, dict):
            continue
        code = one.get("latestWkid") or one.get("wkid")
        if isinstance(code, int) and not isinstance(code, bool):
            return _esri_code(code)
        if isinstance(one.get("wkt"), str):
            return str(one["wkt"])
    return ""


def _esri_code(code: int) -> str:
    if code in _WEB_MERCATOR:
        return "EPSG:3857"
    return f"EPSG:{code}" if code < _FIRST_ESRI_CODE else f"ESRI:{code}"


def _esri_geometry(value: Any, found: _Found) -> BaseGeometry | None:
    part = _esri_part(value) if isinstance(value, dict) else ""
    if not part:
        return None
    if part.startswith("curve"):
        found.losses["curve"] += 1
        return None
    try:
        return _ESRI_READERS[part](value)
    except (ArithmeticError, IndexError, TypeError, ValueError):
        found.losses["geometry-invalid"] += 1
        return None


def _esri_rings(value: Json) -> BaseGeometry | None:
    """A polygon: rings that run clockwise are shells, the others holes."""
    lines = [_positions(ring) for ring in value["rings"]]
    if not all(rings.is_ring(line) for line in lines):
        raise ValueError
    return rings.merged(rings.oriented(lines, shells_ccw=False)) if lines else None


def _esri_paths(value: Json) -> BaseGeometry | None:
    lines = [LineString(_positions(path)) for path in value["paths"]]
    return MultiLineString(lines) if len(lines) > 1 else next(iter(lines), None)


def _esri_points(value: Json) -> BaseGeometry | None:
    points = _positions(value["points"])
    return MultiPoint(points) if len(points) else None


def _esri_point(value: Json) -> BaseGeometry | None:
    if value["x"] is None or value["x"] == "NaN":
        return None
    return Point(_positions([[value["x"], value["y"]]])[0])


def _positions(rows: Any) -> rings.Ring:
    positions = np.array([[float(row[0]), float(row[1])] for row in rows]).reshape(-1, 2)
    if not np.isfinite(positions).all():
        raise ValueError
    return positions


_ESRI_READERS = {
    "rings": _esri_rings,
    "paths": _esri_paths,
    "points": _esri_points,
    "x": _esri_point,
}


# ------------------------------------------------------------------ tables


def _source_table(
    name: str, records: Sequence[Json], geometries: Geometries, crs: str, found: _Found
) -> SourceTable:
    by_field = values_of(records)
    columns = {str(k): [_plain(v, str(k), found) for v in vs] for k, vs in by_field.items()}
    losses = [Loss(f"json.loss.{kind}", n) for kind, n in sorted(found.losses.items()) if n]
    notes = [Note(f"json.note.{kind}", params=params) for kind, params in found.notes.items()]
    places = [str(at + 1) for at in range(len(records))]
    return SourceTable(name, columns, geometries, crs, places, tuple(losses), tuple(notes))


def _plain(value: Any, name: str, found: _Found) -> Any:
    """A value as columns hold it: lists of texts stay lists, other nested values become JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        found.losses["not-a-number"] += 1
        return None
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return [one if isinstance(one, str) else json.dumps(one) for one in value]
    if isinstance(value, list | dict):
        found.note("nested", field=name)
        return json.dumps(value, ensure_ascii=False)
    return value
