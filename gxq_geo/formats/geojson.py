"""Read GeoJSON (RFC 7946) strictly, with the line of each fault, and write its canonical form.

The reader does not use GDAL, which accepts broken files silently, follows links, and does not
report lines.
"""

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from gxq_geo.formats import rfc7946
from gxq_geo.formats.coordinates import (
    COORDINATE_FAULTS,
    GEOMETRY_TYPES,
    Geometries,
    GeometryFault,
    build_geometries,
    is_bbox,
)
from gxq_geo.formats.strict_json import JsonFault, parse
from gxq_geo.schemas.dtypes import values_of
from gxq_geo.words.issues import FATAL, Finding, Issue, Severity, found

DECIMALS = rfc7946.DECIMALS
# The issues that the reader can report, with their severity.
FINDINGS = {
    **dict.fromkeys(
        (
            *("json", "not-geojson", "crs-foreign", "crs-unknown"),
            *("feature-type", "feature-geometry", "feature-properties", "feature-id"),
            *COORDINATE_FAULTS,
        ),
        FATAL,
    ),
    "crs-member": Finding(Severity.WARNING),
    **rfc7946.FINDINGS,
}
# Members of a collection or a feature that the writer creates or that QGIS adds.
_STANDARD_MEMBERS = {"type", "id", "properties", "geometry", "bbox", "name", "crs"}
_CODE = re.compile(r"(?:EPSG|OGC|ESRI|SR-ORG)[:/].*\w", re.IGNORECASE)
# A number that may have more digits than a float holds.
_LONG = re.compile(r"\d[\d.]{15,}")
# Such a number in the output, until its quotes are removed: between private-use characters.
_MARK = "\ue000"
_MARKED = re.compile(f'"{_MARK}([-+.0-9Ee]+){_MARK}"')
_WGS84_NAMES = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4490", "EPSG:4490")


@dataclass(frozen=True, slots=True)
class _Features(Sequence[Mapping[str, Any]]):
    """The features of a text, each decoded on access, so that they are not held in memory."""

    text: str
    spans: Sequence[tuple[int, int]]

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, row: Any) -> Any:
        start, end = self.spans[row]
        value = _decoded(self.text[start:end])
        return value if value["type"] == "Feature" else _wrapped(value)


def _decoded(text: str) -> Any:
    """Decode a feature without loss: a number with more digits than a float holds is a Decimal."""
    return json.loads(text, parse_float=_number) if _LONG.search(text) else json.loads(text)


def _number(text: str) -> float | Decimal:
    number = float(text)
    exact = Decimal(text)
    return number if math.isinf(number) or Decimal(repr(number)) == exact else exact


@dataclass(frozen=True)
class Document:
    """A parsed GeoJSON text: its features, their offsets, and the issues found.

    Parameters
    ----------
    text
        The decoded file.
    features
        The elements that are objects of type Feature, decoded on each access.
    spans
        Start and end offset of each feature in the text.
    by_field
        The raw values of each property, one for each feature; None where a feature lacks it.
    geometries
        A shapely geometry (2D, EPSG:4326) for each feature; None where it is null or invalid.
    members
        The other members of the outermost object.
    issues
        The issues found; the parameter ``row`` is the position of the feature concerned.
    remarks
        Issues that matter only to a standalone file; see `gxq_geo.formats.rfc7946`.
    """

    text: str
    features: Sequence[Mapping[str, Any]] = ()
    spans: Sequence[tuple[int, int]] = ()
    by_field: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    geometries: Geometries = field(default_factory=lambda: np.empty(0, dtype=object))
    members: Mapping[str, Any] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    remarks: tuple[Issue, ...] = ()

    @property
    def count(self) -> int:
        """The number of features."""
        return len(self.spans)

    @cached_property
    def records(self) -> list[Mapping[str, Any]]:
        """The properties of each feature."""
        return [feature.get("properties") or {} for feature in self.features]

    def extras(self) -> Sequence[str]:
        """The names of members that are neither defined by GeoJSON nor added by QGIS."""
        names = set(self.members).union(*(feature.keys() for feature in self.features))
        return sorted(names - _STANDARD_MEMBERS)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset, both counted from 1."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def locate(self, row: int, member: str = "") -> tuple[int, int]:
        """The line and column of a feature, or of one of its members if it is found."""
        start, end = self.spans[row]
        if member:
            key = re.compile(re.escape(json.dumps(member, ensure_ascii=False)) + r"\s*:")
            if match := key.search(self.text, start, end):
                start = match.start()
        return self.position(start)


def read(text: str) -> Document:
    """Parse a GeoJSON text; faults in the text are reported as issues, never raised."""
    collector = _Collector()
    try:
        parsed = parse(text, "features", collector.take)
    except JsonFault as fault:
        bare = Document(text)
        issue = _issue("json", {"reason": f"@{fault.reason}", "detail": fault.detail})
        return Document(text, issues=(_placed(issue, bare.position(fault.offset)),))
    value = parsed.value
    if not isinstance(value, dict):
        return _refused(text, "array" if isinstance(value, list) else "value")
    if isinstance(value.get("features"), list) and value.get("type") == "FeatureCollection":
        return _collection(text, value, parsed.spans, collector)
    if value.get("type") in ("Feature", *GEOMETRY_TYPES):
        return _single(text, value)
    kind = value.get("type")
    if not isinstance(kind, str):
        return _refused(text, "no-type")
    if kind == "FeatureCollection":
        return _refused(text, "no-features")
    near = get_close_matches(kind.title(), ("FeatureCollection", "Feature", *GEOMETRY_TYPES), n=1)
    return _refused(text, "type", value=kind[:40], near="".join(near))


def _single(text: str, value: Mapping[str, Any]) -> Document:
    """Read a single feature, or a bare geometry, as a collection of one feature."""
    feature = value if value["type"] == "Feature" else _wrapped(value)
    collector = _Collector()
    collector.take([feature])
    document = _collection(text, {}, [(0, len(text))], collector)
    broken = any(issue.severity is Severity.ERROR for issue in document.issues)
    if feature is value or broken:
        return document
    remark = _placed(_issue("bare-geometry"), (1, 1))
    return replace(document, remarks=(remark, *document.remarks))


def _wrapped(geometry: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": geometry}


def _refused(text: str, reason: str, *, value: str = "", near: str = "") -> Document:
    params = {"reason": f"@geojson.{reason}", "near": near}
    return Document(text, issues=(_placed(_issue("not-geojson", params, value=value), (1, 1)),))


class _Collector:
    """Collects property values, geometries and faults from batches of decoded features."""

    def __init__(self) -> None:
        self.seen = 0
        self.kept: list[int] = []
        self.refused: list[tuple[int, str]] = []
        self.by_field: dict[str, list[Any]] = {}
        self.geometries: list[Geometries] = [np.empty(0, dtype=object)]
        self.faults: list[tuple[int, GeometryFault]] = []
        self.sizes: dict[int, int] = {}
        self.boxes: list[tuple[int, Any]] = []
        self.foreign: list[rfc7946.Note] = []

    def take(self, features: Sequence[Any]) -> None:
        """Collect from the next batch of features."""
        first, valid = len(self.kept), []
        for position, feature in enumerate(features, self.seen):
            if rule := _feature_fault(feature):
                self.refused.append((position, rule))
            else:
                self.kept.append(position)
                valid.append(feature)
        self.seen += len(features)
        self._take_values([feature.get("properties") or {} for feature in valid], first)
        built, faults, sizes = build_geometries([feature["geometry"] for feature in valid])
        self.geometries.append(built)
        self.faults += ((first + row, fault) for row, fault in faults)
        self.sizes |= {first + row: size for row, size in sizes.items()}
        for row, feature in enumerate(valid, first):
            objects = (feature, feature["geometry"] or {})
            self.boxes += ((row, item["bbox"]) for item in objects if "bbox" in item)
            self.foreign += rfc7946.foreign_in(feature, row)

    def _take_values(self, records: Sequence[Mapping[str, Any]], before: int) -> None:
        more = values_of(records)
        self.by_field |= {name: [None] * before for name in more if name not in self.by_field}
        for name, values in self.by_field.items():
            values.extend(more.get(name) or [None] * len(records))


def _collection(
    text: str, value: Mapping[str, Any], spans: Sequence[tuple[int, int]], collector: _Collector
) -> Document:
    """Build the document from the outermost object and what was collected from its features."""
    members = {k: v for k, v in value.items() if k not in ("type", "features")}
    draft = Document(text, spans=spans)
    issues = list(_member_issues(members, draft))
    issues += (_placed(_issue(rule), draft.locate(at)) for at, rule in collector.refused)
    geometries = np.concatenate(collector.geometries)
    kept = [spans[at] for at in collector.kept]
    features = _Features(text, kept)
    document = Document(text, features, kept, collector.by_field, geometries, members)
    for row, fault in collector.faults:
        issue = _issue(fault.rule, {**fault.params, "row": row})
        issues.append(_placed(issue, document.locate(row, "coordinates")))
    notes = chain(
        rfc7946.foreign_members(members),
        collector.foreign,
        rfc7946.box_note(members["bbox"], geometries, None) if "bbox" in members else (),
        rfc7946.notes(geometries, collector.sizes, collector.boxes),
    )
    issues += (_note_issue(note, document) for note in notes)
    remarks = tuple(_note_issue(n, document) for n in rfc7946.remarks(features, geometries))
    return replace(document, issues=tuple(issues), remarks=remarks)


def _note_issue(note: rfc7946.Note, document: Document) -> Issue:
    if note.row is None:
        place = document.position(max(document.text.find(f'"{note.member}"'), 0))
        return _placed(_issue(note.rule, note.params, value=note.value), place)
    issue = _issue(note.rule, {**note.params, "row": note.row}, value=note.value)
    return _placed(issue, document.locate(note.row, note.member))


def _member_issues(members: Mapping[str, Any], draft: Document) -> Iterable[Issue]:
    """Report a ``crs`` member, which RFC 7946 removed; any CRS but WGS 84 would shift the data."""
    if "crs" not in members:
        return
    crs = members["crs"]
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    place = draft.position(max(draft.text.find('"crs"'), 0))
    if name.endswith(_WGS84_NAMES):
        yield _placed(_issue("crs-member", value=name), place)
    elif _CODE.search(name):
        yield _placed(_issue("crs-foreign", value=name), place)
    else:
        yield _placed(_issue("crs-unknown", value=name or json.dumps(crs)[:80]), place)


def _feature_fault(feature: object) -> str:
    """The slug of the rule that a decoded feature breaks; empty if it breaks none."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return "feature-type"
    if "geometry" not in feature or not isinstance(feature["geometry"], dict | None):
        return "feature-geometry"
    if not isinstance(feature.get("properties", 0), dict | None):
        return "feature-properties"
    if type(feature.get("id", "")) not in (str, int, float):
        return "feature-id"
    if "bbox" in feature and not is_bbox(feature["bbox"]):
        return "geometry-bbox"
    return ""


# ------------------------------------------------------------------ canonical form


def canonical(document: Document, fields: Sequence[str], id_field: str) -> bytes:
    """Return the canonical bytes of a document: one feature per line, no data lost.

    Parameters
    ----------
    document
        A document without structural issues.
    fields
        The layer's fields in file order. Each feature gets all of them, null where missing; fields
        that the schema does not know follow in alphabetical order.
    id_field
        The field by which the features are sorted.
    """
    features = sorted(document.features, key=lambda feature: sort_key(feature, id_field))
    return collection_bytes(
        [_canonical_feature(feature, fields, id_field) for feature in features], document.members
    )


def collection_bytes(
    features: Sequence[Mapping[str, Any]], members: Mapping[str, Any] | None = None
) -> bytes:
    """Serialise a FeatureCollection: UTF-8, LF line ends, one feature per line."""
    head = "".join(f"{dump(key)}:{dump(value)}," for key, value in sorted((members or {}).items()))
    body = ",\n".join(map(dump, features))
    middle = f"\n{body}\n" if features else ""
    return f'{{"type":"FeatureCollection",{head}"features":[{middle}]}}\n'.encode()


def to_feature(properties: Mapping[str, Any], geometry: BaseGeometry | None) -> dict[str, Any]:
    """A GeoJSON feature in canonical form, from a shapely geometry in EPSG:4326."""
    rounded_geometry = None if geometry is None else rounded(mapping(geometry))
    canonical_properties = {name: as_integer(value) for name, value in properties.items()}
    return {"type": "Feature", "properties": canonical_properties, "geometry": rounded_geometry}


def _canonical_feature(
    raw: Mapping[str, Any], fields: Sequence[str], id_field: str
) -> dict[str, Any]:
    old = raw.get("properties") or {}
    unknown = sorted(old.keys() - set(fields))
    properties = {name: as_integer(old.get(name)) for name in (*fields, *unknown)}
    out: dict[str, Any] = {"type": "Feature"}
    if "id" in raw and raw["id"] != old.get(id_field):
        out["id"] = raw["id"]
    out |= {"properties": properties, "geometry": rounded(raw["geometry"])}
    known = {"type", "id", "properties", "geometry"}
    return out | {key: raw[key] for key in sorted(raw.keys() - known)}


def sort_key(raw: Mapping[str, Any], id_field: str) -> tuple[bool, str]:
    """Sort key of a feature: its id; features without one come last."""
    value = (raw.get("properties") or {}).get(id_field)
    return (value is None, str(value))


def rounded(value: Any) -> Any:
    """Round coordinates in degrees to `DECIMALS` decimals (about 1 cm); 116.0 becomes 116."""
    if type(value) is float:  # Most values are: this is for speed.
        return as_integer(round(value, DECIMALS))
    if isinstance(value, list | tuple):
        return [rounded(part) for part in value]
    if isinstance(value, Mapping):
        return {key: rounded(part) for key, part in value.items()}
    is_float = isinstance(value, float | Decimal)
    return as_integer(round(float(value), DECIMALS)) if is_float else value


def as_integer(value: Any) -> Any:
    """Convert a float without a fraction to an integer; return any other value unchanged."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _marked(value: object) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(value)
    return f"{_MARK}{value}{_MARK}"


_JSON = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_marked
)


def dump(value: Any) -> str:
    """A value as JSON in canonical form: Chinese as it is, no spaces, every digit of a Decimal."""
    text = _JSON.encode(value)
    return _MARKED.sub(r"\1", text) if _MARK in text else text


# ------------------------------------------------------------------ issues


def _issue(rule: str, params: Mapping[str, str | int] | None = None, *, value: str = "") -> Issue:
    return found(FINDINGS, rule, value=value, params=params or {})


def _placed(issue: Issue, place: tuple[int, int]) -> Issue:
    return replace(issue, line=place[0], column=place[1])
