"""The tables of a drawing: one for each CAD layer and kind of geometry."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, Point, Polygon

from gxq_geo.exchange import rings
from gxq_geo.exchange.readers.dxf.drawing import open_drawing
from gxq_geo.exchange.readers.dxf.joining import enclosed
from gxq_geo.exchange.readers.dxf.outlines import SAGITTA
from gxq_geo.exchange.readers.dxf.shapes import Label, Shape, collect
from gxq_geo.exchange.readers.dxf.surrogates import join_surrogates
from gxq_geo.exchange.source import Loss, Note, ReadOptions, SourceTable
from gxq_geo.schemas import schema
from gxq_geo.words.errors import FileError

# Suffixes of a layer's tables of lines and points, if the layer has areas too.
LINES, POINTS = " (lines)", " (points)"
_FIXED = ("layer", "handle", "text", "block")
# Areas that differ by less are of the same outline: a boundary and the hatch within it.
_SAME_AREA = 1e-3


def read(path: Path, options: ReadOptions) -> tuple[SourceTable, ...]:
    """Read a DXF drawing: one table for each CAD layer that has areas, lines or points.

    Closed lines, hatches, circles and the like are polygons; arcs become chords at most 0.01 m
    from them. Open lines are joined to polygons if their ends meet within ``options.tolerance``;
    a layer in which they do has a second table, with the lines themselves. Blocks are taken apart;
    one without areas is a point. Coordinates are those of the drawing; a DXF declares no CRS.

    Parameters
    ----------
    path
        The file.
    options
        ``table`` names the only layer to read.

    Raises
    ------
    FileError
        As `open_drawing`, and if there is no such layer.
    """
    drawing = open_drawing(path, options)
    content = collect(drawing.document, options.table, SAGITTA / _unit(drawing.document))
    layers = [
        _layer(name, shapes, options.tolerance)
        for name, shapes in _by_layer(content.shapes).items()
    ]
    known = sorted(join_surrogates(layer.dxf.name) for layer in drawing.document.layers)
    if options.table and not layers and options.table.casefold() not in map(str.casefold, known):
        raise FileError("no-such-table", path=path, table=options.table, known=", ".join(known))
    texts, outside = _texts([area for layer in layers for area in layer.areas], content.labels)
    tables = [table for layer in layers for table in _tables(layer, texts)]
    tables = tables or [SourceTable(path.stem, {})]
    losses = [
        *_losses(content.passed),
        *(Loss("dxf.loss.text-outside", n, at) for at, n in outside),
    ]
    arcs = [
        Note("dxf.note.arcs", layer, {"count": count, "tolerance": SAGITTA})
        for layer, count in content.arcs.items()
    ]
    return _with_summary(tables, losses, [*drawing.notes, *arcs])


def _unit(document: Any) -> float:
    """The unit of length in metres, where the drawing states it."""
    from ezdxf import units
    from ezdxf.enums import InsertUnits

    try:
        unit = InsertUnits(document.header.get("$INSUNITS", 0))
        return float(units.conversion_factor(unit, InsertUnits.Meters)) if unit else 1.0
    except (LookupError, TypeError, ValueError, ZeroDivisionError):
        return 1.0


# ------------------------------------------------------------------ layers


@dataclass(frozen=True, slots=True)
class _Layer:
    """The shapes of one CAD layer by kind, and what was decided about them."""

    name: str
    areas: Sequence[Shape]
    lines: Sequence[Shape]
    points: Sequence[Shape]
    losses: tuple[Loss, ...]
    notes: tuple[Note, ...]


def _by_layer(shapes: Iterable[Shape]) -> dict[str, list[Shape]]:
    layers: dict[str, list[Shape]] = {}
    for shape in shapes:
        layers.setdefault(shape.layer, []).append(shape)
    return layers


def _layer(name: str, shapes: Sequence[Shape], tolerance: float) -> _Layer:
    drawn = _one_a_record([shape for shape in shapes if isinstance(shape.geometry, Polygon)])
    closed, repeated = _without_repeats(drawn)
    lines = _one_a_record([shape for shape in shapes if isinstance(shape.geometry, LineString)])
    points = [shape for shape in shapes if isinstance(shape.geometry, Point)]
    joined, unused, too_many = _joined([one for one in lines if not _own_id(one)], tolerance)
    losses, notes = [], []
    if too_many:
        losses.append(Loss("dxf.loss.too-many-lines", len(unused), name))
    if repeated:
        losses.append(Loss("dxf.loss.repeated", repeated, name))
    if closed or joined:
        losses += [
            Loss("dxf.loss.open-line", count, name, {"type": kind})
            for kind, count in sorted(Counter(shape.kind for shape in unused).items())
        ]
    if joined:
        params = {"count": len(joined), "tolerance": tolerance}
        notes.append(Note("dxf.note.joined", name, params))
    if nested := _nested(closed):
        notes.append(Note("dxf.note.nested", name, {"count": nested}))
    return _Layer(name, [*closed, *joined], lines, points, tuple(losses), tuple(notes))


def _one_a_record(shapes: Sequence[Shape]) -> list[Shape]:
    """Join the shapes that bear the same id of a layer of ours: parts and holes of one record."""
    groups: dict[tuple[str, Any], list[Shape]] = {}
    for at, shape in enumerate(shapes):
        own = _own_id(shape)
        groups.setdefault((own, shape.data[own] if own else at), []).append(shape)
    return [group[0] if len(group) == 1 else _whole(group) for group in groups.values()]


def _own_id(shape: Shape) -> str:
    """The id field of a layer of ours that is among the data of a shape; else empty."""
    return next((layer.id for layer in schema().layers.values() if layer.id in shape.data), "")


def _whole(group: Sequence[Shape]) -> Shape:
    """One shape of several that are all areas or all lines."""
    parts = [shape.geometry for shape in group if isinstance(shape.geometry, Polygon)]
    if not parts:
        lines = [LineString(shape.geometry.coords) for shape in group]
        return replace(group[0], geometry=MultiLineString(lines))
    outlines = [
        np.asarray(ring.coords) for part in parts for ring in (part.exterior, *part.interiors)
    ]
    whole = rings.merged(rings.polygons(outlines))
    return replace(group[0], geometry=whole) if whole else group[0]


def _without_repeats(areas: Sequence[Shape]) -> tuple[list[Shape], int]:
    """Leave out areas with the outline of another, hatches first; also return their number."""
    order = sorted(range(len(areas)), key=lambda at: (areas[at].kind == "HATCH", at))
    kept: dict[bytes, int] = {}
    for at in order:
        rounded = shapely.transform(areas[at].geometry, lambda xy: xy.round(3))
        kept.setdefault(shapely.normalize(rounded).wkb, at)
    return [areas[at] for at in sorted(kept.values())], len(areas) - len(kept)


def _joined(lines: Sequence[Shape], tolerance: float) -> tuple[list[Shape], list[Shape], bool]:
    """The areas that lines enclose, the lines that enclose none, and whether too many cross."""
    if not lines:
        return [], [], False
    found = enclosed([shape.geometry for shape in lines], tolerance)
    areas = [replace(lines[at], geometry=area) for area, at in found.areas]
    return areas, [lines[at] for at in found.unused], found.too_many


def _nested(areas: Sequence[Shape]) -> int:
    """The number of areas that lie within another."""
    shapes = np.array([area.geometry for area in areas], dtype=object)
    if len(shapes) < 2:
        return 0
    inside = shapely.point_on_surface(shapes)
    inner, outer = shapely.STRtree(shapes).query(inside, predicate="within")
    size = shapely.area(shapes)
    return len(set(inner[size[inner] < size[outer]].tolist()))


# ------------------------------------------------------------------ texts


def _texts(
    areas: Sequence[Shape], labels: Sequence[Label]
) -> tuple[Mapping[int, str], Iterable[tuple[str, int]]]:
    """The texts of each area by the identity of its shape, and by layer the number of others.

    A text belongs to the smallest area around it, and to others of the same size.
    """
    shapes = np.array([area.geometry for area in areas], dtype=object)
    places = shapely.points([(label.x, label.y) for label in labels] or np.empty((0, 2)))
    label_at, area_at = shapely.STRtree(shapes).query(places, predicate="intersects")
    sizes = shapely.area(shapes)
    smallest = np.full(len(labels), np.inf)
    np.minimum.at(smallest, label_at, sizes[area_at])
    belongs = sizes[area_at] <= smallest[label_at] * (1 + _SAME_AREA)
    words: dict[int, list[Label]] = defaultdict(list)
    for label, area in zip(label_at[belongs], area_at[belongs], strict=True):
        words[id(areas[area])].append(labels[label])
    outside = Counter(
        label.layer for label, size in zip(labels, smallest, strict=True) if np.isinf(size)
    )
    return {area: _joined_text(found) for area, found in words.items()}, sorted(outside.items())


def _joined_text(labels: Sequence[Label]) -> str:
    """Texts from top to bottom and left to right, one a line."""
    return "\n".join(label.text for label in sorted(labels, key=lambda one: (-one.y, one.x)))


# ------------------------------------------------------------------ tables


def _tables(layer: _Layer, texts: Mapping[int, str]) -> Iterable[SourceTable]:
    kinds = [("", layer.areas), (LINES, layer.lines), (POINTS, layer.points)]
    present = [(suffix, shapes) for suffix, shapes in kinds if shapes]
    for at, (suffix, shapes) in enumerate(present):
        table = _table(layer.name + (suffix if at else ""), shapes, texts)
        yield replace(table, losses=layer.losses, notes=layer.notes) if at == 0 else table


def _table(name: str, shapes: Sequence[Shape], texts: Mapping[int, str]) -> SourceTable:
    columns: dict[str, list[Any]] = {
        "layer": [shape.layer for shape in shapes],
        "handle": [shape.handle for shape in shapes],
        "text": [texts.get(id(shape)) for shape in shapes],
    }
    if any(shape.block for shape in shapes):
        columns["block"] = [shape.block or None for shape in shapes]
    for key in dict.fromkeys(key for shape in shapes for key in shape.data):
        heading = f"{key} 2" if key in _FIXED else key
        columns[heading] = [shape.data.get(key) for shape in shapes]
    geometries = np.empty(len(shapes), dtype=object)
    geometries[:] = [shape.geometry for shape in shapes]
    places = [f"#{shape.handle}" for shape in shapes]
    return SourceTable(name, columns, geometries, places=places)


def _losses(passed: Mapping[tuple[str, str, str], int]) -> list[Loss]:
    return [
        Loss(f"dxf.loss.{kind}", count, layer, {"type": entity} if entity else {})
        for (kind, layer, entity), count in sorted(passed.items())
        if count
    ]


def _with_summary(
    tables: Sequence[SourceTable], losses: Sequence[Loss], notes: Sequence[Note]
) -> tuple[SourceTable, ...]:
    """Add what concerns a layer to its first table, and the rest to the first of all."""
    own = {table.name: at for at, table in reversed(list(enumerate(tables)))}
    counts = "; ".join(f"{table.name} ({table.count})" for table in tables if table.count)
    summary = Note("dxf.note.layers", params={"layers": counts or "–"})
    return tuple(
        replace(
            table,
            losses=(*table.losses, *(one for one in losses if own.get(one.where, 0) == at)),
            notes=(
                *([summary] if at == 0 else []),
                *(one for one in notes if own.get(one.where, 0) == at),
                *table.notes,
            ),
        )
        for at, table in enumerate(tables)
    )
