"""Collect what a drawing shows: outlines, lines, points and texts, and what is passed over."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from gxq_geo.exchange import rings
from gxq_geo.exchange.readers.dxf.drawing import DAMAGE
from gxq_geo.exchange.readers.dxf.outlines import Outline, outline
from gxq_geo.exchange.readers.dxf.surrogates import join_surrogates

# Applications whose extended data are settings of the drawing program, not data of the user.
_PROGRAMS = ("ACAD", "ACDB", "ACAE", "ACCM", "AVE_", "DCO15", "PE_URL", "CONTENTBLOCK")
# Group codes of extended data with a value: texts, layers, numbers.
_XDATA_VALUES = {1000, 1003, 1040, 1041, 1042, 1070, 1071}


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry of a drawing, and what is written about it.

    Parameters
    ----------
    layer, handle, kind
        The CAD layer, the handle and the type of the entity; within a block, the handle of the
        insertion.
    geometry
        A polygon, an open line or a point.
    block
        The name of the inserted block, or empty.
    data
        Attributes of the block by tag, and extended data by application.
    """

    layer: str
    handle: str
    kind: str
    geometry: BaseGeometry
    block: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Label:
    """A text, and where it is anchored."""

    layer: str
    text: str
    x: float
    y: float


@dataclass
class Content:
    """What was found in a drawing; `passed` counts by loss, layer and entity type."""

    shapes: list[Shape] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    passed: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    arcs: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Context:
    """The insertion in which an entity is found."""

    layer: str = ""
    handle: str = ""
    block: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def collect(document: Any, layer: str, sagitta: float) -> Content:
    """Collect the content of the model space.

    Parameters
    ----------
    document
        A drawing of ezdxf.
    layer
        The only layer to read, even if it is hidden; empty for all layers that are shown.
    sagitta
        The largest distance between an arc and its chords.
    """
    collector = _Collector(document, layer, sagitta)
    for entity in document.modelspace():
        try:
            collector.take(entity, _Context())
        except DAMAGE:
            collector.found.passed["degenerate", "", entity.dxftype()] += 1
    for layout in document.layouts:
        if layout.name.casefold() != "model" and len(layout):
            count = sum(entity.dxftype() != "VIEWPORT" for entity in layout)
            collector.found.passed["paper-space", "", ""] += count
    return collector.found


class _Collector:
    def __init__(self, document: Any, layer: str, sagitta: float) -> None:
        self.found = Content()
        self.only = layer.casefold()
        self.sagitta = sagitta
        self.blocks = document.blocks
        inserts = document.modelspace().query("INSERT")
        self.insertions = Counter(str(one.dxf.get("name", "")).casefold() for one in inserts)
        self.names: dict[str, str] = {}
        self.hidden = set()
        for entry in document.layers:
            name = join_surrogates(entry.dxf.name)
            self.names[name.casefold()] = name
            if entry.is_off() or entry.is_frozen():
                self.hidden.add(name.casefold())

    def take(self, entity: Any, context: _Context) -> None:
        """Collect an entity, or count it as passed over."""
        layer = self._layer(entity, context)
        kind = entity.dxftype()
        if kind == "INSERT":
            self._insert(entity, replace(context, layer=layer))
        elif not self._is_read(layer, kind):
            return
        elif kind in ("TEXT", "MTEXT", "ATTRIB"):
            self._label(entity, layer)
        elif kind == "POINT":
            place = entity.dxf.location
            self._height(place.z, layer, kind)
            self._shape(entity, layer, Point(place.x, place.y), context)
        elif kind not in ("ATTDEF", "SEQEND", "VIEWPORT"):
            self._outline(entity, layer, context)

    def _layer(self, entity: Any, context: _Context) -> str:
        """The layer of an entity; an entity of a block on layer 0 takes that of the insertion."""
        name = join_surrogates(entity.dxf.get("layer", "0"))
        if context.layer and name == "0":
            return context.layer
        return self.names.setdefault(name.casefold(), name)

    def _is_read(self, layer: str, kind: str) -> bool:
        folded = layer.casefold()
        if self.only:
            return folded == self.only
        if folded in self.hidden:
            self.found.passed["hidden-layer", layer, kind] += 1
        return folded not in self.hidden

    # ---------------------------------------------------------------- blocks

    def _insert(self, entity: Any, context: _Context) -> None:
        """Collect the content of an inserted block.

        A block without areas is a symbol, that is a point, if it has attributes or is inserted
        more than once.
        """
        name = entity.dxf.get("name", "")
        block = self.blocks.get(name)
        if block is None or block.block.is_xref:
            if self._is_read(context.layer, "INSERT"):
                self.found.passed["external-reference", context.layer, "INSERT"] += 1
            return
        inner = _Context(
            layer=context.layer,
            handle=context.handle or _handle(entity),
            block=context.block or join_surrogates(name),
            data={**context.data, **_attributes(entity), **_extended(entity)},
        )
        before = self._mark()
        for one in entity.multi_insert() if entity.mcount > 1 else (entity,):
            self._explode(one, inner)
        areal = any(isinstance(s.geometry, Polygon) for s in self.found.shapes[before[0] :])
        is_symbol = bool(inner.data) or self.insertions[name.casefold()] > 1 or entity.mcount > 1
        if areal or not is_symbol or not self._is_read(inner.layer, "INSERT"):
            return
        self._reset(before)
        for one in entity.multi_insert() if entity.mcount > 1 else (entity,):
            place = one.dxf.insert
            self._height(place.z, inner.layer, "INSERT")
            self._shape(one, inner.layer, Point(place.x, place.y), inner)

    def _explode(self, insert: Any, inner: _Context) -> None:
        def skipped(entity: Any, _: str) -> None:
            if self._is_read(self._layer(entity, inner), entity.dxftype()):
                self.found.passed["block-part", inner.layer, entity.dxftype()] += 1

        for entity in insert.virtual_entities(skipped_entity_callback=skipped):
            self.take(entity, inner)

    def _mark(self) -> tuple[int, int, Counter[tuple[str, str, str]], Counter[str]]:
        found = self.found
        return len(found.shapes), len(found.labels), found.passed.copy(), found.arcs.copy()

    def _reset(self, mark: tuple[int, int, Counter[tuple[str, str, str]], Counter[str]]) -> None:
        """Forget the lines of a symbol: what counts is where it stands."""
        shapes, _, self.found.passed, self.found.arcs = mark
        del self.found.shapes[shapes:]

    # ---------------------------------------------------------------- entities

    def _label(self, entity: Any, layer: str) -> None:
        is_multiline = entity.dxftype() == "MTEXT"
        plain = entity.plain_text() if is_multiline else entity.plain_text().strip()
        words = join_surrogates(plain).strip()
        place = entity.dxf.insert if is_multiline else _anchor(entity)
        if words and math.isfinite(place.x + place.y):
            self.found.labels.append(Label(layer, words, place.x, place.y))

    def _outline(self, entity: Any, layer: str, context: _Context) -> None:
        kind = entity.dxftype()
        try:
            found = outline(entity, self.sagitta)
        except DAMAGE:
            found = Outline()
        if found is None:
            self.found.passed["passed-over", layer, kind] += 1
            return
        shapes = list(_geometries(found))
        self._height(float(found.has_height), layer, kind)
        if not shapes:
            self.found.passed["degenerate", layer, kind] += 1
        elif found.has_arc:
            self.found.arcs[layer] += 1
        for geometry in shapes:
            self._shape(entity, layer, geometry, context)

    def _height(self, height: float, layer: str, kind: str) -> None:
        if height:
            self.found.passed["height", layer, kind] += 1

    def _shape(self, entity: Any, layer: str, geometry: BaseGeometry, context: _Context) -> None:
        if not rings.usable(shapely.bounds(geometry)):
            self.found.passed["degenerate", layer, entity.dxftype()] += 1
            return
        handle = context.handle or _handle(entity)
        data = {**context.data, **_extended(entity)}
        kind = entity.dxftype()
        self.found.shapes.append(Shape(layer, handle, kind, geometry, context.block, data))


def _geometries(found: Outline) -> Iterator[BaseGeometry]:
    if found.line is not None:
        if rings.usable(found.line) and rings.distinct(found.line) > 1:
            yield LineString(found.line)
        return
    if good := [ring for ring in found.rings if rings.is_ring(ring)]:
        yield from rings.polygons(good)


def _anchor(entity: Any) -> Any:
    """Where a text is anchored: its second point, unless it is written from its first."""
    aligned = entity.dxf.get("halign", 0) or entity.dxf.get("valign", 0)
    place = entity.dxf.get("align_point") if aligned else None
    return place if place is not None else entity.dxf.insert


def _handle(entity: Any) -> str:
    return str(entity.dxf.get("handle") or "")


def _attributes(insert: Any) -> dict[str, str]:
    """The attributes of an inserted block by tag."""
    return {
        join_surrogates(attribute.dxf.get("tag", "")): join_surrogates(_words(attribute)).strip()
        for attribute in insert.attribs
        if attribute.dxf.get("tag", "")
    }


def _words(attribute: Any) -> str:
    return str(attribute.plain_text())


def _extended(entity: Any) -> dict[str, Any]:
    """The extended data of an entity: each value by the name of its application, numbered."""
    if not entity.xdata:
        return {}
    found: dict[str, Any] = {}
    for application, tags in entity.xdata.data.items():
        name = join_surrogates(application)
        if name.upper().startswith(_PROGRAMS):
            continue
        for number, value in enumerate(_values(tags), 1):
            found[name if number == 1 else f"{name} {number}"] = value
    return found


def _values(tags: Iterable[Any]) -> Iterator[str | int | float]:
    for tag in tags:
        if tag.code in _XDATA_VALUES:
            yield join_surrogates(tag.value) if isinstance(tag.value, str) else tag.value
