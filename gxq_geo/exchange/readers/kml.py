"""Read KML and KMZ: placemarks with their folders, extended data and tables of descriptions.

A KML is WGS 84 by definition. Chinese programs write GCJ-02 into it; that is judged later, by where
the coordinates lie.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import numpy as np
import numpy.typing as npt
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
)
from shapely.geometry.base import BaseGeometry

from gxq_geo.exchange import rings
from gxq_geo.exchange.evidence.encoding import settle_text
from gxq_geo.exchange.readers import archive
from gxq_geo.exchange.source import Loss, Note, ReadOptions, SourceTable
from gxq_geo.formats import files
from gxq_geo.formats.encoding import codec
from gxq_geo.words.errors import FileError

MAX_BYTES = 100 << 20
# The most that a KMZ may expand to: in bytes, and times its size.
MAX_EXPANDED, MAX_RATIO = 200 << 20, 200
# The class of the table that our writer puts into descriptions; it repeats the extended data.
BALLOON = "gxq-balloon"

_MAX_DEPTH = 32
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_DECLARED = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)["']""")
_PASSED_OVER = frozenset(
    (
        *("NetworkLink", "GroundOverlay", "ScreenOverlay", "PhotoOverlay", "Model", "Tour"),
        *("Track", "MultiTrack"),
    )
)
_GEOMETRIES = frozenset(("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"))
# Children of a placemark that are not data.
_NOT_DATA = frozenset(("name", "description", "visibility", "open", "styleUrl", "Snippet"))
_NULL = frozenset(("<null>", "&lt;null&gt;"))

Positions = npt.NDArray[np.float64]
Number = Mapping[str, type[int] | type[float]]
_NUMBERS: Number = {
    **dict.fromkeys(("int", "uint", "short", "ushort"), int),
    **dict.fromkeys(("float", "double"), float),
}


def read(path: Path, options: ReadOptions) -> tuple[SourceTable, ...]:
    """Read a KML or KMZ file as one table of placemarks.

    Columns: ``folder`` (the names of the folders, joined by ``/``), ``name``, ``description`` where
    it is a text, the rows of descriptions that are tables, and the extended data.

    Parameters
    ----------
    path
        The file.
    options
        ``table`` names the only folder to read.

    Raises
    ------
    FileError
        If it is no KML, has a DTD or entities, or expands to too much.
    """
    data = files.read_bytes(path, limit=MAX_BYTES)
    members = _unzipped(path, data)
    found, notes = _Placemarks(), []
    for member in members.values():
        root, told = _parsed(path, member, options)
        notes += told
        for folder, element in _walk(root):
            found.take(folder, element)
    # GDAL links to its members by names that they do not have.
    found.passed["NetworkLink"] += max(found.inner_links - (len(members) - 1), 0)
    return (found.table(path, options, notes),)


# ------------------------------------------------------------------ bytes


def _unzipped(path: Path, data: bytes) -> dict[str, bytes]:
    """The bytes of the KML: of a KMZ, each of its ``.kml`` members by name."""
    if not data.startswith(b"PK"):
        return {"": data}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            members = [m for m in source.infolist() if m.filename.lower().endswith(".kml")]
            if not members:
                raise FileError("kml-damaged", path=path)
            if sum(member.file_size for member in members) > MAX_EXPANDED:
                raise FileError("zip-bomb", path=path)
            return {member.filename: _member(path, source, member) for member in members}
    except archive.DAMAGE:
        raise FileError("kml-damaged", path=path) from None


def _member(path: Path, source: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    limit = min(MAX_EXPANDED, max(member.compress_size, 1 << 12) * MAX_RATIO)
    with source.open(member) as stream:
        expanded = stream.read(limit + 1)
    if len(expanded) > limit:
        raise FileError("zip-bomb", path=path)
    return expanded


def _parsed(path: Path, data: bytes, options: ReadOptions) -> tuple[Element, list[Note]]:
    """The root element; the text is decoded first, since the XML parser knows no GBK."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    match = _DECLARED.search(data[:200])
    declared = match[1].decode("ascii").lower() if match else "utf-8"
    words, encoding = settle_text(path, data, declared=codec(declared), stated=options.encoding)
    try:
        root = fromstring(_XML_DECLARATION.sub("", words, count=1), forbid_dtd=True)
    except DefusedXmlException:
        raise FileError("xml-entities", path=path) from None
    except (ParseError, ValueError, RecursionError):
        raise FileError("kml-damaged", path=path) from None
    if _tag(root) not in ("kml", "Document", "Folder", "Placemark"):
        raise FileError("kml-damaged", path=path)
    # In UTF-16 the declaration is not found: its bytes are others.
    is_true = encoding.name.startswith("utf-16") or encoding.agrees(codec(declared))
    params = {"declared": declared, "encoding": encoding.name}
    is_told = not data.isascii() and not (codec(declared) and is_true)
    return root, [Note("kml.note.encoding-lies", params=params)] if is_told else []


# ------------------------------------------------------------------ elements


def _tag(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _text(element: Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _child(element: Element, tag: str) -> Element | None:
    return next((child for child in element if _tag(child) == tag), None)


def _walk(root: Element) -> Iterator[tuple[tuple[str, ...], Element]]:
    """All elements outside of placemarks, in order, each with the names of its folders."""
    stack: list[tuple[tuple[str, ...], Element]] = [((), root)]
    while stack:
        folder, element = stack.pop()
        yield folder, element
        if _tag(element) in ("kml", "Document", "Folder"):
            named = _tag(element) == "Folder" and _text(_child(element, "name"))
            inner = (*folder, named) if named and len(folder) < _MAX_DEPTH else folder
            stack += [(inner, child) for child in reversed(element)]


@dataclass
class _Placemarks:
    """Collects placemarks; `types` has the type of each field of each schema in the file.

    `inner_links` counts the links to members of a KMZ, which are read whether linked or not.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    geometries: list[BaseGeometry | None] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    losses: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    types: dict[str, str] = field(default_factory=dict)
    title: str = ""
    inner_links: int = 0

    def take(self, folder: Sequence[str], element: Element) -> None:
        """Collect an element outside of placemarks."""
        tag = _tag(element)
        if tag == "Placemark":
            self._placemark("/".join(folder), element)
        elif tag in _PASSED_OVER:
            is_inner = tag == "NetworkLink" and _is_inner(element)
            self.inner_links += is_inner
            self.passed[tag] += not is_inner
        elif tag == "Schema":
            for one in element.iter():
                if _tag(one) == "SimpleField":
                    self.types[one.get("name", "")] = one.get("type", "")
        elif tag == "Document" and not self.title:
            self.title = _text(_child(element, "name"))

    def _placemark(self, folder: str, element: Element) -> None:
        record: dict[str, Any] = {"folder": folder or None}
        record["name"] = _text(_child(element, "name")) or None
        extended = dict(self._extended(element))
        description = self._description(_text(_child(element, "description")))
        for key, value in (*description.items(), *self._simple(element), *extended.items()):
            record[f"{key} 2" if key in ("folder", "name") else key] = value
        self.records.append(record)
        self.geometries.append(self._geometry(element))

    def _extended(self, element: Element) -> Iterator[tuple[str, Any]]:
        for one in element.iter():
            if _tag(one) == "Data":
                yield one.get("name", ""), _text(_child(one, "value")) or None
            elif _tag(one) == "SimpleData":
                yield one.get("name", ""), self._typed(one.get("name", ""), _text(one))

    def _typed(self, name: str, value: str) -> Any:
        """The value of a field with the type of the schema; the text if it is not of that type."""
        if not value or value.casefold() in _NULL:
            return None
        kind = self.types.get(name, "")
        if kind == "bool" and value.lower() in ("true", "false", "0", "1"):
            return value.lower() in ("true", "1")
        try:
            number = _NUMBERS[kind](value)
        except (KeyError, ValueError):
            return value
        return number if np.isfinite(number) else value

    def _simple(self, element: Element) -> Iterator[tuple[str, Any]]:
        """Data in elements of their own: address, phone number, times."""
        for child in element:
            if _tag(child) in ("TimeStamp", "TimeSpan"):
                yield from ((_tag(part), _text(part)) for part in child if _text(part))
            elif not len(child) and _tag(child) not in _NOT_DATA | _PASSED_OVER and _text(child):
                yield _tag(child), _text(child)

    def _description(self, words: str) -> dict[str, Any]:
        """The rows of a description that is a table of keys and values; else its text."""
        if "<" not in words:
            return {"description": words} if words else {}
        if f'class="{BALLOON}"' in words:
            return {}
        parser = _Html()
        parser.feed(words)
        parser.close()
        if parser.pairs:
            self.notes["description-table"] += 1
            return parser.pairs
        return {"description": " ".join("".join(parser.words).split())}

    def _geometry(self, element: Element) -> BaseGeometry | None:
        parts = []
        before = self.passed.total() + self.losses["coordinates"]
        for child in element:
            if _tag(child) in _PASSED_OVER:
                self.passed[_tag(child)] += 1
            elif _tag(child) in _GEOMETRIES:
                parts += self._parts(child, 0)
        if not parts and before == self.passed.total() + self.losses["coordinates"]:
            self.losses["no-geometry"] += 1
        return _collected(parts)

    def _parts(self, element: Element, depth: int) -> list[BaseGeometry]:
        """The simple geometries of an element."""
        tag = _tag(element)
        if tag == "MultiGeometry":
            if depth >= _MAX_DEPTH:
                self.losses["coordinates"] += 1
                return []
            return [part for child in element for part in self._parts(child, depth + 1)]
        if tag in _PASSED_OVER:
            self.passed[tag] += 1
        if tag not in _GEOMETRIES:
            return []
        try:
            return [self._simple_geometry(tag, element)]
        except ValueError:
            self.losses["coordinates"] += 1
            return []

    def _simple_geometry(self, tag: str, element: Element) -> BaseGeometry:
        """A point, line or polygon; `ValueError` if its coordinates are not valid."""
        if tag == "Polygon":
            outer = [self._ring(ring) for ring in _boundaries(element, "outerBoundaryIs")]
            if len(outer) != 1:
                raise ValueError
            return Polygon(
                outer[0], [self._ring(r) for r in _boundaries(element, "innerBoundaryIs")]
            )
        positions = self._positions(element)
        if tag == "Point" and len(positions) == 1:
            return Point(positions[0])
        if tag == "Point" or len(positions) < 2:
            raise ValueError
        return LineString(positions)

    def _ring(self, element: Element) -> Positions:
        positions = self._positions(element)
        if not rings.is_ring(positions):
            raise ValueError
        if (positions[0] != positions[-1]).any():
            self.notes["ring-closed"] += 1
        return positions

    def _positions(self, element: Element) -> Positions:
        """The positions of an element, without heights."""
        spaced = " ".join(_text(_child(element, "coordinates")).split())
        words = spaced.replace(" ,", ",").replace(", ", ",").split(" ") if spaced else []
        rows = [[float(number) for number in word.split(",")] for word in words]
        if any(len(row) < 2 for row in rows):
            raise ValueError
        positions = np.array([row[:2] for row in rows], dtype=float).reshape(-1, 2)
        if not np.isfinite(positions).all():
            raise ValueError
        self.losses["height"] += any(len(row) > 2 and row[2] != 0 for row in rows)
        return positions

    def table(self, path: Path, options: ReadOptions, notes: Sequence[Note]) -> SourceTable:
        """The table of all placemarks, or of those of one folder."""
        rows = list(range(len(self.records)))
        if options.table:
            rows = [at for at in rows if self.records[at]["folder"] == options.table]
            if not rows:
                known = ", ".join(dict.fromkeys(str(r["folder"] or "–") for r in self.records))
                raise FileError("no-such-table", path=path, table=options.table, known=known)
        # A placemark always has a place for both, and programs often leave it empty.
        own = [n for n in ("folder", "name") if any(record[n] for record in self.records)]
        names = dict.fromkeys(own)
        for record in self.records:
            names |= dict.fromkeys(name for name in record if name not in ("folder", "name"))
        columns = {name: [self.records[at].get(name) for at in rows] for name in names}
        geometries = np.empty(len(rows), dtype=object)
        geometries[:] = [self.geometries[at] for at in rows]
        losses = [
            *(
                Loss("kml.loss.passed-over", n, t, {"type": t})
                for t, n in sorted(self.passed.items())
                if n
            ),
            *(Loss(f"kml.loss.{kind}", n) for kind, n in sorted(self.losses.items()) if n),
        ]
        found = [Note(f"kml.note.{k}", params={"count": n}) for k, n in sorted(self.notes.items())]
        places = [str(at + 1) for at in rows]
        name = options.table or self.title or path.stem
        return SourceTable(
            name, columns, geometries, "EPSG:4326", places, tuple(losses), (*notes, *found)
        )


def _is_inner(link: Element) -> bool:
    """Whether a link is to a member of the same archive."""
    addresses = [_text(one) for one in link.iter() if _tag(one) == "href"]
    return bool(addresses) and not any(":" in one for one in addresses)


def _boundaries(polygon: Element, tag: str) -> list[Element]:
    """The rings of a polygon's boundaries with a tag."""
    found = [_child(one, "LinearRing") for one in polygon if _tag(one) == tag]
    return [ring for ring in found if ring is not None]


def _collected(parts: Sequence[BaseGeometry]) -> BaseGeometry | None:
    """One geometry of several: a multi-geometry if they are of one type, else a collection."""
    if len(parts) <= 1:
        return parts[0] if parts else None
    kinds = {part.geom_type for part in parts}
    if len(kinds) > 1:
        return GeometryCollection(list(parts))
    multi: Mapping[str, Any] = {
        "Point": MultiPoint,
        "LineString": MultiLineString,
        "Polygon": MultiPolygon,
    }
    whole: BaseGeometry = multi[kinds.pop()](list(parts))
    return whole


class _Html(HTMLParser):
    """The texts of an HTML description, and the rows of its tables that have two cells."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: dict[str, Any] = {}
        self.words: list[str] = []
        self.rows: list[list[list[str]]] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "script", "head"):
            self.hidden += 1
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append([])
        elif tag in ("br", "p", "div"):
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script", "head"):
            self.hidden = max(self.hidden - 1, 0)
        elif tag == "tr" and self.rows:
            self._row([" ".join("".join(cell).split()) for cell in self.rows.pop()])

    def _row(self, cells: Sequence[str]) -> None:
        if len(cells) == 2 and cells[0]:
            value = cells[1]
            self.pairs[cells[0]] = None if not value or value.casefold() in _NULL else value

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        self.words.append(data)
        if self.rows and self.rows[-1]:
            self.rows[-1][-1].append(data)
