"""Polygons from lists of corners: a row for each corner, several rows for each parcel."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gxq_geo.exchange.source import Loss, Note, SourceTable
from gxq_geo.schemas.normalise import fold

Places = npt.NDArray[np.float64]

_POINT_NO = re.compile(
    r"(?:界址点|拐点|角点|折点|顶点|点)(?:编号|序号|号|名)?|pointno|pointid|vertex(?:no|index)?|j"
)
_RING_NO = re.compile(r"(?:圈|环)(?:编号|序号|号)?|(?:ring|part)(?:no|id|index)?")
_PARCEL = re.compile(
    r"(?:宗地|地块|图斑|园区|载体|产业分区|分区|街坊|项目|用地)?(?:编号|代码|名称|号)|"
    r"(?:宗地|地块|图斑|园区|载体|分区|街坊|项目)|"
    r"(?:site|park|parcel|plot|zoning|carrier)?(?:id|no|code|name)|namezh|parcel|plot|site"
)
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Corners:
    """The rows of a list of corners, by parcel and ring."""

    parcel: str
    point: str
    ring: str


def as_polygons(table: SourceTable, places: Places) -> SourceTable | None:
    """The table with a polygon for each parcel; None if its rows are not corners of parcels.

    Parameters
    ----------
    table
        The table without its columns of coordinates.
    places
        The coordinates of each row; NaN where unknown.
    """
    named = _named(table.columns)
    if named is None:
        return None
    ids, filled = _parcels(table.columns[named.parcel])
    groups = _groups(ids)
    if not _are_corners(table, named, groups):
        return None
    shapes = [_Shape(table, named, rows, places) for rows in groups.values()]
    columns, dropped = _columns(table, named, list(groups.values()), list(groups))
    return replace(
        table,
        columns=columns,
        geometries=_array([shape.geometry() for shape in shapes]),
        places=tuple(_span(table, rows) for rows in groups.values()),
        losses=(*table.losses, *_losses(table, shapes, dropped)),
        notes=(*table.notes, *_notes(table, shapes, filled)),
    )


def _named(columns: Mapping[str, Sequence[Any]]) -> _Corners | None:
    """The columns of parcel, point and ring, by their headings."""
    found: dict[str, str] = {}
    patterns = {"point": _POINT_NO, "ring": _RING_NO, "parcel": _PARCEL}
    for name in columns:
        text = re.sub(r"[_\s]", "", fold(name))
        kind = next((kind for kind, one in patterns.items() if one.fullmatch(text)), "")
        found.setdefault(kind, name)
    if "parcel" not in found:
        return None
    return _Corners(found["parcel"], found.get("point", ""), found.get("ring", ""))


def _parcels(cells: Sequence[Any]) -> tuple[list[Any], int]:
    """The parcel of each row, repeated where only its first row names it; how many were filled."""
    out: list[Any] = []
    for cell in cells:
        out.append(cell if cell is not None or not out else out[-1])
    return out, sum(a is None and b is not None for a, b in zip(cells, out, strict=True))


def _groups(ids: Sequence[Any]) -> dict[Any, list[int]]:
    """The rows of each parcel, in the order of the file."""
    groups: dict[Any, list[int]] = {}
    for row, name in enumerate(ids):
        groups.setdefault(name, []).append(row)
    return groups


def _are_corners(table: SourceTable, named: _Corners, groups: Mapping[Any, list[int]]) -> bool:
    """Whether most parcels have three rows or more, numbered or otherwise all the same."""
    if not groups or 2 * sum(len(rows) >= 3 for rows in groups.values()) <= len(groups):
        return False
    if named.point or named.ring:
        return True
    return all(_same(cells, rows) for cells in table.columns.values() for rows in groups.values())


def _same(cells: Sequence[Any], rows: Sequence[int]) -> bool:
    return len({cells[row] for row in rows if cells[row] is not None}) <= 1


def _columns(
    table: SourceTable, named: _Corners, groups: Sequence[Sequence[int]], ids: Sequence[Any]
) -> tuple[dict[str, list[Any]], list[str]]:
    """The columns that say one thing of each parcel, and the names of the others."""
    columns: dict[str, list[Any]] = {named.parcel: list(ids)}
    dropped = []
    for name, cells in table.columns.items():
        if name in (named.parcel, named.point, named.ring):
            continue
        if all(_same(cells, rows) for rows in groups):
            columns[name] = [
                next((cells[row] for row in rows if cells[row] is not None), None)
                for rows in groups
            ]
        elif any(cell is not None for cell in cells):
            dropped.append(name)
    return columns, dropped


def _span(table: SourceTable, rows: Sequence[int]) -> str:
    first, last = table.places[rows[0]], table.places[rows[-1]]
    return first if first == last else f"{first}-{last}"


def _array(geometries: Sequence[BaseGeometry | None]) -> npt.NDArray[np.object_]:
    out = np.empty(len(geometries), dtype=object)
    out[:] = geometries
    return out


class _Shape:
    """The rings of one parcel."""

    def __init__(
        self, table: SourceTable, named: _Corners, rows: Sequence[int], places: Places
    ) -> None:
        self.known = [row for row in rows if np.isfinite(places[row]).all()]
        self.sorted = self.unclosed = 0
        numbers = table.columns[named.point] if named.point else None
        ring_of = table.columns[named.ring] if named.ring else [None] * len(places)
        parts = [list(part) for _, part in groupby(self.known, key=lambda row: str(ring_of[row]))]
        self.rings = [self._ring(part, numbers, places) for part in parts]
        self.short = sum(len(ring) < 4 for ring in self.rings) if self.rings else 1

    def _ring(self, rows: list[int], numbers: Sequence[Any] | None, places: Places) -> Places:
        """The closed ring of some rows, in the order of their numbers if these all differ."""
        order = {row: _order(numbers[row]) for row in rows} if numbers else {}
        by_number = sorted(order, key=lambda row: order[row])
        if len(set(order.values())) == len(rows) and -1 not in order.values() and by_number != rows:
            rows = by_number
            self.sorted += 1
        ring = places[rows]
        if len(ring) and not (ring[0] == ring[-1]).all():
            self.unclosed += 1
            ring = np.vstack([ring, ring[:1]])
        return ring

    def geometry(self) -> BaseGeometry | None:
        """The polygon; several if a ring lies outside the others; None without three corners."""
        shells: list[tuple[Places, list[Places]]] = []
        for ring in (ring for ring in self.rings if len(ring) >= 4):
            outer = next((s for s in shells if _inside(ring, s[0])), None)
            if outer:
                outer[1].append(ring)
            else:
                shells.append((ring, []))
        polygons = [Polygon(shell, holes) for shell, holes in shells]
        return MultiPolygon(polygons) if len(polygons) > 1 else next(iter(polygons), None)


def _order(number: Any) -> int:
    """The number of a corner such as 12 or J12; -1 without one."""
    digits = _DIGITS.findall(str(number))
    return int(digits[-1][:9]) if digits else -1


def _inside(ring: Places, shell: Places) -> bool:
    polygon = Polygon(shell)
    return polygon.is_valid and bool(np.all(shapely.covers(polygon, shapely.points(ring))))


def _losses(table: SourceTable, shapes: Sequence[_Shape], dropped: Sequence[str]) -> list[Loss]:
    losses = [Loss("sheets.loss.corner-column", 1, f"{table.name} {name}") for name in dropped]
    if short := sum(shape.short for shape in shapes):
        losses.append(Loss("sheets.loss.few-corners", short, table.name))
    return losses


def _notes(table: SourceTable, shapes: Sequence[_Shape], filled: int) -> list[Note]:
    counts = {
        "corners": len(shapes),
        "parcel-filled": filled,
        "rings-sorted": sum(shape.sorted for shape in shapes),
        "rings-closed": sum(shape.unclosed for shape in shapes),
    }
    return [
        Note(f"sheets.note.{kind}", table.name, {"count": count})
        for kind, count in counts.items()
        if count
    ]
