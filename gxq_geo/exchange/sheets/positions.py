"""Points and polygons from the columns of a sheet that hold coordinates.

Which column is east and which north is decided by their headings and by the size of the numbers:
Chinese surveyors call the northing X. Where neither decides, nothing is drawn.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.exchange.sheets import corners
from gxq_geo.exchange.source import Loss, Note, SourceTable
from gxq_geo.schemas.normalise import fold, normalised

Numbers = npt.NDArray[np.float64]
Role = Literal["lon", "lat", "east", "north", "x", "y"]

# What a heading of coordinates may say besides its direction.
_FILLERS = re.compile(
    r"cgcs2000|wgs-?84|国家2000|2000|gps|中心点?|质心|界址点|拐点|坐标系?|方向|向|值|point|"
    r"coord(?:inate)?s?|centroid|[(\[](?:m|米|°|度|degrees?)[)\]]|[()\[\]_/:\-]"
)
_DIRECTIONS: Mapping[str, Role] = {
    **dict.fromkeys(("经度", "东经", "经", "lon", "lng", "long", "longitude", "x经度"), "lon"),
    **dict.fromkeys(("纬度", "北纬", "纬", "lat", "latitude", "y纬度"), "lat"),
    **dict.fromkeys(("纵", "北", "x纵", "纵x", "x北", "北x", "n", "north", "northing"), "north"),
    **dict.fromkeys(("y北", "北y", "y纵", "纵y"), "north"),
    **dict.fromkeys(("横", "东", "y横", "横y", "y东", "东y", "e", "east", "easting"), "east"),
    **dict.fromkeys(("x东", "东x", "x横", "横x"), "east"),
    "x": "x",
    "y": "y",
}  # fmt: skip
_PAIRS: tuple[tuple[Role, Role], ...] = (("lon", "lat"), ("east", "north"), ("x", "y"))
_DMS = re.compile(
    r"([NSEW东西南北]?[经纬]?)\s*(\d{1,3})\s*[°度:]\s*(\d{1,2})\s*[′'分:]\s*"
    r"(\d{1,2}(?:\.\d+)?)\s*(?:[″\"秒]|''|′′)?\s*([NSEW东西南北]?)",
    re.IGNORECASE,
)
_WKT_NAMES = frozenset({"wkt", "geometry", "geom", "thegeom", "wktgeom", "shape"})

# Degrees in China, and metres of Gauss-Krüger: eastings with or without the number of the zone.
_DEGREES_EAST, _DEGREES_NORTH = ((73.0, 136.0),), ((3.0, 54.0),)
_METRES_EAST = ((1e5, 9e5), (13e6, 46e6))
_METRES_NORTH = ((1.5e6, 6.2e6),)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two columns of coordinates, the eastern one first once that is known."""

    names: tuple[str, str]
    values: tuple[Numbers, Numbers]
    worded: bool


def with_geometry(table: SourceTable) -> SourceTable:
    """The table with points or polygons, if it has columns of coordinates."""
    if name := _wkt_column(table):
        return _from_wkt(table, name)
    pair = _pair(table.columns)
    if pair is None:
        return table
    ordered, note = _ordered(pair, table.name)
    if ordered is None:
        names = {"first": pair.names[0], "second": pair.names[1]}
        loss = Loss("sheets.loss.coordinates-order", table.count, table.name, names)
        return replace(table, losses=(*table.losses, loss))
    table = replace(table, notes=(*table.notes, note, *_dms_notes(table, ordered)))
    table = replace(table, losses=(*table.losses, *_unread(table, ordered)))
    rest = {name: cells for name, cells in table.columns.items() if name not in ordered.names}
    places = np.column_stack(ordered.values)
    table = replace(table, columns=rest)
    return corners.as_polygons(table, places) or replace(table, geometries=_points(places))


def _points(places: Numbers) -> npt.NDArray[np.object_]:
    out = np.full(len(places), None, dtype=object)
    known = np.isfinite(places).all(axis=1)
    out[known] = shapely.points(places[known])
    return out


# ------------------------------------------------------------------ which columns


def role(heading: str) -> Role | None:
    """The direction that a heading names; None if it names none."""
    return _DIRECTIONS.get(_FILLERS.sub("", fold(heading)))


def _pair(columns: Mapping[str, Sequence[Any]]) -> _Pair | None:
    roles: dict[Role, str] = {}
    for name in columns:
        if (direction := role(name)) and direction not in roles:
            roles[direction] = name
    for first, second in _PAIRS:
        if first in roles and second in roles:
            names = roles[first], roles[second]
            values = _numbers(columns[names[0]]), _numbers(columns[names[1]])
            if all(2 * np.isfinite(v).sum() >= _count(columns[n]) > 0 for n, v in
                   zip(names, values, strict=True)):  # fmt: skip
                return _Pair(names, values, worded=first != "x")
    return None


def _count(cells: Sequence[Any]) -> int:
    return sum(cell is not None for cell in cells)


def _numbers(cells: Sequence[Any]) -> Numbers:
    return np.array([_number(cell) for cell in cells], dtype="float64")


def _number(cell: Any) -> float:
    """A coordinate: a number, or a text of a number or of degrees, minutes and seconds."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    if not isinstance(cell, str):
        return np.nan
    text = normalised(cell)
    if match := _DMS.fullmatch(cell.strip()) or _DMS.fullmatch(text):
        return _degrees(match)
    try:
        return float(text.rstrip("°m度米")) if "_" not in text else np.nan
    except ValueError:
        return np.nan


def _degrees(match: re.Match[str]) -> float:
    minutes, seconds = int(match[3]), float(match[4])
    if minutes >= 60 or seconds >= 60:
        return np.nan
    sign = -1 if set((match[1] + match[5]).upper()) & set("SW南西") else 1
    return sign * (int(match[2]) + minutes / 60 + seconds / 3600)


# ------------------------------------------------------------------ which is east


def _ordered(pair: _Pair, where: str) -> tuple[_Pair | None, Note]:
    """The pair with the eastern column first, and the reason; None if it is not known."""
    size = _by_size(*pair.values)
    swapped = size == "swapped"
    names = (pair.names[1], pair.names[0]) if swapped else pair.names
    kind = "order-by-size"
    if pair.worded:
        kind = "order-against-words" if swapped else "order-by-words"
    note = Note(f"sheets.note.{kind}", where, {"east": names[0], "north": names[1]})
    if not size and not pair.worded:
        return None, note
    values = (pair.values[1], pair.values[0]) if swapped else pair.values
    return replace(pair, names=names, values=values), note


def _by_size(first: Numbers, second: Numbers) -> str:
    """``kept`` or ``swapped`` if the numbers show which column is east; else empty."""
    for east, north in ((_DEGREES_EAST, _DEGREES_NORTH), (_METRES_EAST, _METRES_NORTH)):
        if _within(first, east) and _within(second, north):
            return "kept"
        if _within(second, east) and _within(first, north):
            return "swapped"
    return ""


def _within(values: Numbers, ranges: Sequence[tuple[float, float]]) -> bool:
    """Whether all known numbers lie in one of several ranges."""
    known = values[np.isfinite(values)]
    return any(bool(((known >= low) & (known <= high)).all()) for low, high in ranges)


# ------------------------------------------------------------------ what was converted, what not


def _dms_notes(table: SourceTable, pair: _Pair) -> list[Note]:
    cells = [cell for name in pair.names for cell in table.columns[name] if isinstance(cell, str)]
    count = sum(bool(_DMS.fullmatch(cell.strip()) or _DMS.fullmatch(normalised(cell)))
                for cell in cells)  # fmt: skip
    return [Note("sheets.note.dms", table.name, {"count": count})] if count else []


def _unread(table: SourceTable, pair: _Pair) -> list[Loss]:
    """The coordinates that are texts of something else, each with its place."""
    losses = []
    for name, values in zip(pair.names, pair.values, strict=True):
        for row in np.flatnonzero(~np.isfinite(values)).tolist():
            if (cell := table.columns[name][row]) is not None:
                params = {"value": str(cell)[:60], "place": table.places[row]}
                losses.append(
                    Loss("sheets.loss.coordinate-unread", 1, f"{table.name} {name}", params)
                )
    return losses


# ------------------------------------------------------------------ well-known text


def _wkt_column(table: SourceTable) -> str:
    """The column of geometries as well-known text, as QGIS exports it; empty if there is none."""
    for name, cells in table.columns.items():
        texts = [cell for cell in cells if cell is not None]
        if re.sub("[_ ]", "", fold(name)) in _WKT_NAMES and texts:
            read = shapely.from_wkt([str(text) for text in texts], on_invalid="ignore")
            if any(one is not None for one in read):
                return name
    return ""


def _from_wkt(table: SourceTable, name: str) -> SourceTable:
    cells = table.columns[name]
    texts = [None if cell is None else str(cell) for cell in cells]
    geometries = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
    losses = [
        Loss(
            "sheets.loss.coordinate-unread",
            1,
            f"{table.name} {name}",
            {"value": str(cells[row])[:60], "place": table.places[row]},
        )
        for row, one in enumerate(geometries)
        if one is None and cells[row] is not None
    ]
    rest = {column: values for column, values in table.columns.items() if column != name}
    note = Note("sheets.note.wkt", table.name, {"column": name})
    return replace(
        table,
        columns=rest,
        geometries=geometries,
        losses=(*table.losses, *losses),
        notes=(*table.notes, note),
    )
