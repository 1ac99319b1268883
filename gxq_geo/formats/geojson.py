"""GeoJSON (RFC 7946) read strictly in Python, with a line for every fault, and written canonically.

GDAL is not asked: it accepts broken files in silence, follows links, and loses places.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
# What reading GeoJSON may find, its coordinates included.
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
# Members of a collection or a feature that are written anew, or that QGIS adds.
_USUAL = {"type", "id", "properties", "geometry", "bbox", "name", "crs"}
_CODE = re.compile(r"(?:EPSG|OGC|ESRI|SR-ORG)[:/].*\w", re.IGNORECASE)
_WGS84_NAMES = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4490", "EPSG:4490")


@dataclass(frozen=True, slots=True)
class _Features(Sequence[Mapping[str, Any]]):
    """Features of a text, each decoded when it is asked for: they are not kept as objects."""

    text: str
    spans: Sequence[tuple[int, int]]

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, row: Any) -> Any:
        start, end = self.spans[row]
        value = json.loads(self.text[start:end])
        return value if value["type"] == "Feature" else _wrapped(value)


@dataclass(frozen=True)
class Document:
    """A GeoJSON text, taken apart: its features, their places, and what is wrong with them.

    Parameters
    ----------
    text
        The decoded file.
    features
        The features, decoded anew whenever they are asked for; only those that are objects of type
        Feature.
    spans
        Start and end offset of each feature in the text.
    by_field
        The raw values of each property that any feature names, None where a feature does not.
    geometries
        A shapely geometry for each feature, None where it has none or a broken one.
    members
        The other members of the outermost object.
    issues
        What is wrong; the parameter ``row`` tells the feature where there is one.
    remarks
        What RFC 7946 advises of a file that stands by itself; see `gxq_geo.formats.rfc7946`.
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
        """How many features there are."""
        return len(self.spans)

    @cached_property
    def records(self) -> list[Mapping[str, Any]]:
        """The properties of each feature."""
        return [feature.get("properties") or {} for feature in self.features]

    def extras(self) -> Sequence[str]:
        """Members that GeoJSON does not define, and that no program adds by itself."""
        names = set(self.members).union(*(feature.keys() for feature in self.features))
        return sorted(names - _USUAL)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def locate(self, row: int, member: str = "") -> tuple[int, int]:
        """Line and column of a feature, or of one of its members where it can be found."""
        start, end = self.spans[row]
        if member:
            key = re.compile(re.escape(json.dumps(member, ensure_ascii=False)) + r"\s*:")
            if match := key.search(self.text, start, end):
                start = match.start()
        return self.position(start)


def read(text: str) -> Document:
    """Take a GeoJSON text apart; never raises for what the text holds."""
    gathered = _Gathered()
    try:
        parsed = parse(text, "features", gathered.take)
    except JsonFault as fault:
        bare = Document(text)
        issue = _issue("json", {"reason": f"@{fault.reason}", "detail": fault.detail})
        return Document(text, issues=(_placed(issue, bare.position(fault.offset)),))
    value = parsed.value
    if not isinstance(value, dict):
        return _refused(text, "array" if isinstance(value, list) else "value")
    if isinstance(value.get("features"), list) and value.get("type") == "FeatureCollection":
        return _collection(text, value, parsed.spans, gathered)
    if value.get("type") in ("Feature", *GEOMETRY_TYPES):
        return _lone(text, value)
    kind = value.get("type")
    if not isinstance(kind, str):
        return _refused(text, "no-type")
    if kind == "FeatureCollection":
        return _refused(text, "no-features")
    near = get_close_matches(kind.title(), ("FeatureCollection", "Feature", *GEOMETRY_TYPES), n=1)
    return _refused(text, "type", value=kind[:40], near="".join(near))


def _lone(text: str, value: Mapping[str, Any]) -> Document:
    """A feature, or a bare geometry, is a collection of one."""
    feature = value if value["type"] == "Feature" else _wrapped(value)
    alone = _Gathered()
    alone.take([feature])
    document = _collection(text, {}, [(0, len(text))], alone)
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


class _Gathered:
    """What is kept of features, some of which are given at a time; the rest is let go."""

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
        """Keep what is needed of some more features."""
        first, sound = len(self.kept), []
        for at, feature in enumerate(features, self.seen):
            if rule := _feature_fault(feature):
                self.refused.append((at, rule))
            else:
                self.kept.append(at)
                sound.append(feature)
        self.seen += len(features)
        self._take_values([feature.get("properties") or {} for feature in sound], first)
        built, faults, sizes = build_geometries([feature["geometry"] for feature in sound])
        self.geometries.append(built)
        self.faults += ((first + row, fault) for row, fault in faults)
        self.sizes |= {first + row: size for row, size in sizes.items()}
        for row, feature in enumerate(sound, first):
            holders = (feature, feature["geometry"] or {})
            self.boxes += ((row, holder["bbox"]) for holder in holders if "bbox" in holder)
            self.foreign += rfc7946.foreign_in(feature, row)

    def _take_values(self, records: Sequence[Mapping[str, Any]], before: int) -> None:
        more = values_of(records)
        self.by_field |= {name: [None] * before for name in more if name not in self.by_field}
        for name, values in self.by_field.items():
            values.extend(more.get(name) or [None] * len(records))


def _collection(
    text: str, value: Mapping[str, Any], spans: Sequence[tuple[int, int]], gathered: _Gathered
) -> Document:
    members = {k: v for k, v in value.items() if k not in ("type", "features")}
    draft = Document(text, spans=spans)
    issues = list(_member_issues(members, draft))
    issues += (_placed(_issue(rule), draft.locate(at)) for at, rule in gathered.refused)
    geometries = np.concatenate(gathered.geometries)
    kept = [spans[at] for at in gathered.kept]
    features = _Features(text, kept)
    document = Document(text, features, kept, gathered.by_field, geometries, members)
    for row, fault in gathered.faults:
        issue = _issue(fault.rule, {**fault.params, "row": row})
        issues.append(_placed(issue, document.locate(row, "coordinates")))
    notes = chain(
        rfc7946.foreign_members(members),
        gathered.foreign,
        rfc7946.box_note(members["bbox"], geometries, None) if "bbox" in members else (),
        rfc7946.notes(geometries, gathered.sizes, gathered.boxes),
    )
    issues += (_noted(note, document) for note in notes)
    remarks = tuple(_noted(n, document) for n in rfc7946.remarks(features, geometries))
    return replace(document, issues=tuple(issues), remarks=remarks)


def _noted(note: rfc7946.Note, document: Document) -> Issue:
    if note.row is None:
        place = document.position(max(document.text.find(f'"{note.member}"'), 0))
        return _placed(_issue(note.rule, note.params, value=note.value), place)
    issue = _issue(note.rule, {**note.params, "row": note.row}, value=note.value)
    return _placed(issue, document.locate(note.row, note.member))


def _member_issues(members: Mapping[str, Any], draft: Document) -> Iterable[Issue]:
    """RFC 7946 has no `crs`: WGS 84 by name is harmless, anything else would move the data."""
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
    """The canonical bytes of a document: one feature per line, nothing lost.

    Parameters
    ----------
    document
        A document without structural issues.
    fields
        The layer's fields in file order; each stands in each feature, null where it is missing.
        Fields that the schema does not know follow by name.
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
    """A FeatureCollection as UTF-8 with LF, one feature per line."""
    head = "".join(
        f"{_dump(key)}:{_dump(value)}," for key, value in sorted((members or {}).items())
    )
    body = ",\n".join(map(_dump, features))
    middle = f"\n{body}\n" if features else ""
    return f'{{"type":"FeatureCollection",{head}"features":[{middle}]}}\n'.encode()


def to_feature(properties: Mapping[str, Any], geometry: BaseGeometry | None) -> dict[str, Any]:
    """A feature in canonical form, from a shapely geometry in EPSG:4326."""
    shaped = None if geometry is None else rounded(mapping(geometry))
    tidied = {name: _tidy(value) for name, value in properties.items()}
    return {"type": "Feature", "properties": tidied, "geometry": shaped}


def _canonical_feature(
    raw: Mapping[str, Any], fields: Sequence[str], id_field: str
) -> dict[str, Any]:
    given = raw.get("properties") or {}
    unknown = sorted(given.keys() - set(fields))
    properties = {name: _tidy(given.get(name)) for name in (*fields, *unknown)}
    out: dict[str, Any] = {"type": "Feature"}
    if "id" in raw and raw["id"] != given.get(id_field):
        out["id"] = raw["id"]
    out |= {"properties": properties, "geometry": rounded(raw["geometry"])}
    known = {"type", "id", "properties", "geometry"}
    return out | {key: raw[key] for key in sorted(raw.keys() - known)}


def sort_key(raw: Mapping[str, Any], id_field: str) -> tuple[bool, str]:
    """By id, with features that have none at the end."""
    value = (raw.get("properties") or {}).get(id_field)
    return (value is None, str(value))


def rounded(value: Any) -> Any:
    """Coordinates to `DECIMALS` places (about 1 cm); 116.0 as 116."""
    if isinstance(value, Mapping):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in value]
    return _tidy(round(value, DECIMALS)) if isinstance(value, float) else value


def _tidy(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


# ------------------------------------------------------------------ issues


def _issue(rule: str, params: Mapping[str, str | int] | None = None, *, value: str = "") -> Issue:
    return found(FINDINGS, rule, value=value, params=params or {})


def _placed(issue: Issue, place: tuple[int, int]) -> Issue:
    return replace(issue, line=place[0], column=place[1])
