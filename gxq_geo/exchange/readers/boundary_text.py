"""Read boundary texts 勘测定界 TXT: the corners of parcels, as applications for land hold them.

The format of the Ministry's systems for land use applications::

    [属性描述]
    坐标系=2000国家大地坐标系
    几度分带=3
    带号=39
    [地块坐标]
    5,0.4000,1,地块一,面,,工业用地,,@
    J1,1,3916000.000,39465000.000

The head of a parcel has the number of its corners, its area in hectares, number, name, kind of
geometry, map sheet, use and land class. A corner has its name, the number of its ring, X and Y; X
is north and Y is east.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, MultiPoint, Point
from shapely.geometry.base import BaseGeometry

from gxq_geo.exchange import rings
from gxq_geo.exchange.evidence.encoding import settle_text
from gxq_geo.exchange.evidence.gauss_kruger import GEOGRAPHIC, Zone
from gxq_geo.exchange.rings import Ring
from gxq_geo.exchange.source import Loss, Note, ReadOptions, SourceTable
from gxq_geo.formats import files
from gxq_geo.words.errors import FileError

MAX_BYTES = 100 << 20
COORDINATES = "地块坐标"
COUNT, AREA = "界址点数", "地块面积(公顷)"
HEADINGS = (COUNT, AREA, "地块编号", "地块名称", "图形属性", "图幅号", "地块用途", "地类编码")

# A stated area may differ from that of the outline by so much: it is given to 0.0001 ha, and is
# measured on the ellipsoid or with the original decimals.
_AREA_SHARE, _AREA_M2 = 0.001, 1.0
# X (north) and Y (east) of places in China, in metres and in degrees.
_NORTH, _EAST, _EAST_WITH_ZONE = (1.6e6, 6.2e6), (5e4, 9.5e5), (1.3e7, 4.6e7)
_LATITUDE, _LONGITUDE = (3.0, 54.0), (73.0, 136.0)
_M2_PER_HA = 10_000
# No coordinate, area or number of corners is as large.
_LARGEST = 1e9

_SECTION = re.compile(r"\s*[\[【［]\s*(\S+?)\s*[\]】］]\s*")
_OTHER_SEPARATORS = re.compile(r"[，;；\t]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_KINDS = ("面", "线", "点")
_WIDTHS = {"3": 3, "三": 3, "6": 6, "六": 6}


@dataclass
class _Parcel:
    """A parcel: the line of its head, the fields of it, and its corners by ring."""

    line: int
    head: Sequence[str]
    corners: list[tuple[str, float, float]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the parcel is called in messages."""
        return next((one for one in (*self.head[3:4], *self.head[2:3]) if one), f"#{self.line}")

    @property
    def kind(self) -> str:
        """面, 线 or 点."""
        return next((one for one in self.head if one in _KINDS), "面")


def read(path: Path, options: ReadOptions) -> tuple[SourceTable, ...]:
    """Read a boundary text as one table of parcels; the coordinates are east, north.

    Columns: `HEADINGS`, and further fields of the heads by their position.

    Parameters
    ----------
    path
        The file.
    options
        Only ``encoding`` has a meaning here.

    Raises
    ------
    FileError
        If the encoding cannot be decided, or the text has no parcels.
    """
    data = files.read_bytes(path, limit=MAX_BYTES)
    text, _ = settle_text(path, data, stated=options.encoding)
    header, parcels, odd = _parsed(text)
    if not any(parcel.corners for parcel in parcels):
        raise FileError("boundary-no-parcels", path=path)
    order = _axes(parcels)
    reader = _Geometries(order.swapped)
    geometries = np.empty(len(parcels), dtype=object)
    geometries[:] = [reader.geometry(parcel) for parcel in parcels]
    crs, about_crs = _crs(header, order)
    losses = [Loss("boundary.loss.line", len(odd), params={"line": odd[0]})] if odd else []
    checks = [
        note for p, g in zip(parcels, geometries, strict=True) for note in _checked(p, g, order)
    ]
    return (
        SourceTable(
            path.stem,
            _columns(parcels),
            geometries,
            crs,
            [str(parcel.line) for parcel in parcels],
            (*losses, *reader.losses()),
            (order.note, *about_crs, *reader.notes(), *checks),
        ),
    )


# ------------------------------------------------------------------ lines


def _parsed(words: str) -> tuple[dict[str, str], list[_Parcel], list[int]]:
    """The header, the parcels, and the numbers of the lines that are neither."""
    header: dict[str, str] = {}
    parcels: list[_Parcel] = []
    odd: list[int] = []
    section = ""
    for number, line in enumerate(words.splitlines(), 1):
        if match := _SECTION.fullmatch(line):
            section = match[1]
        elif section != COORDINATES:
            key, _, value = line.replace("：", "=").partition("=")
            header.setdefault(key.strip(), value.strip())
        elif line.strip() and not _take(line, number, parcels):
            odd.append(number)
    return header, parcels, odd


def _take(line: str, number: int, parcels: list[_Parcel]) -> bool:
    """Add a line to the parcels; whether it is a head or a corner."""
    separated = line if "," in line else _OTHER_SEPARATORS.sub(",", line)
    parts = [part.strip() for part in separated.split(",")]
    if "@" in line or any(kind in parts for kind in _KINDS):
        parcels.append(_Parcel(number, [part for part in parts if part != "@"]))
        return True
    if not (corner := _corner(parts)):
        return False
    if not parcels:
        parcels.append(_Parcel(number, []))
    parcels[-1].corners.append(corner)
    return True


def _corner(parts: Sequence[str]) -> tuple[str, float, float] | None:
    """The ring and the two coordinates of a corner: name, ring, X, Y; or name, X, Y."""
    if len(parts) < 3:
        return None
    has_ring = len(parts) > 3 and not (_is_large(parts[1]) and _is_large(parts[2]))
    ring, numbers = (parts[1], parts[2:4]) if has_ring else ("1", parts[1:3])
    if not all(_NUMBER.fullmatch(number) for number in numbers):
        return None
    x, y = float(numbers[0]), float(numbers[1])
    return (ring, x, y) if max(abs(x), abs(y)) < _LARGEST else None


def _is_large(part: str) -> bool:
    """Whether a text is a coordinate and not the number of a ring."""
    return bool(_NUMBER.fullmatch(part)) and ("." in part or abs(float(part)) > 1e4)


def _columns(parcels: Sequence[_Parcel]) -> dict[str, list[Any]]:
    width = max((len(parcel.head) for parcel in parcels), default=0)
    headings = [*HEADINGS, *(f"字段 {at + 1}" for at in range(len(HEADINGS), width))]
    columns = {
        heading: [_value(heading, parcel.head[at : at + 1]) for parcel in parcels]
        for at, heading in enumerate(headings)
    }
    return {
        heading: values
        for heading, values in columns.items()
        if heading in HEADINGS or any(value is not None for value in values)
    }


def _value(heading: str, part: Sequence[str]) -> str | int | float | None:
    words = part[0] if part else ""
    if heading in (COUNT, AREA) and (number := _NUMBER.match(words)):
        figure = float(number[0])
        if figure < _LARGEST:
            return figure if heading == AREA else int(figure)
    return words or None


# ------------------------------------------------------------------ coordinates


@dataclass(frozen=True, slots=True)
class _Order:
    """The order of the coordinates of a corner, and what they look like.

    Parameters
    ----------
    swapped
        Whether the first coordinate is north, as the format says.
    in_degrees
        Whether the coordinates are degrees.
    prefix
        The zone number before the eastings; 0 without one.
    note
        The decision.
    """

    swapped: bool
    in_degrees: bool
    prefix: int
    note: Note


def _axes(parcels: Sequence[_Parcel]) -> _Order:
    """Decide the order of the coordinates: that of the format, unless the numbers contradict it."""
    corners = [corner[1:] for parcel in parcels for corner in parcel.corners]
    first, second = np.median(np.array(corners), axis=0).tolist()
    in_degrees = abs(first) <= 180 and abs(second) <= 180
    north_first = not _is_east_north(first, second)
    east = second if north_first else first
    prefix = int(east // 1e6) if _within(east, _EAST_WITH_ZONE) else 0
    kind = "boundary.note.north-first" if north_first else "boundary.note.east-first"
    return _Order(north_first, in_degrees, prefix, Note(kind, params={"x": first, "y": second}))


def _is_east_north(first: float, second: float) -> bool:
    easts = _within(first, _EAST) or _within(first, _EAST_WITH_ZONE)
    degrees = _within(first, _LONGITUDE) and _within(second, _LATITUDE)
    return degrees or (easts and _within(second, _NORTH))


def _within(number: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= number <= limits[1]


class _Geometries:
    """Builds geometries, and counts what was decided."""

    def __init__(self, swapped: bool) -> None:
        self.swapped = swapped
        self.closed = 0
        self.bad = 0

    def geometry(self, parcel: _Parcel) -> BaseGeometry | None:
        """The geometry of a parcel; holes and parts by how its rings lie within each other."""
        lines = list(self._rings(parcel))
        if parcel.kind == "点":
            return _one(MultiPoint, [Point(*p) for line in lines for p in line])
        if parcel.kind == "线":
            return _one(MultiLineString, [LineString(line) for line in lines if len(line) > 1])
        good = [line for line in lines if rings.is_ring(line)]
        self.bad += len(lines) - len(good)
        self.closed += sum(not rings.closed(line) for line in good)
        return rings.merged(rings.polygons(good)) if good else None

    def _rings(self, parcel: _Parcel) -> Iterator[Ring]:
        """The rings of a parcel: one ends with its number, or where it is closed."""
        ring: list[tuple[float, float]] = []
        number = ""
        for own, x, y in parcel.corners:
            is_complete = parcel.kind == "面" and len(ring) > 3 and ring[0] == ring[-1]
            if ring and (own != number or is_complete):
                yield np.array(ring)
                ring = []
            number = own
            ring.append((y, x) if self.swapped else (x, y))
        if ring:
            yield np.array(ring)

    def losses(self) -> list[Loss]:
        """Rings that enclose nothing."""
        return [Loss("boundary.loss.ring", self.bad)] if self.bad else []

    def notes(self) -> list[Note]:
        """Rings that do not repeat their first corner."""
        return [Note("boundary.note.closed", params={"count": self.closed})] if self.closed else []


def _one(multi: Any, parts: Sequence[BaseGeometry]) -> BaseGeometry | None:
    if len(parts) <= 1:
        return parts[0] if parts else None
    whole: BaseGeometry = multi(list(parts))
    return whole


def _checked(parcel: _Parcel, geometry: BaseGeometry | None, order: _Order) -> Iterator[Note]:
    """Compare the number of corners and the area with those that the head states."""
    values = {
        heading: _value(heading, parcel.head[at : at + 1]) for at, heading in enumerate(HEADINGS)
    }
    stated, found = values[COUNT], len(parcel.corners)
    repeated = shapely.get_num_geometries(shapely.boundary(geometry)) if geometry else 0
    if isinstance(stated, int) and stated not in (found, found - repeated):
        params = {"stated": stated, "found": found}
        yield Note("boundary.note.corner-count", parcel.name, params)
    hectares = values[AREA]
    if isinstance(hectares, float) and geometry and geometry.area and not order.in_degrees:
        own, drawn = hectares * _M2_PER_HA, geometry.area
        if abs(own - drawn) > max(_AREA_M2, _AREA_SHARE * drawn):
            areas = {"stated": round(own, 1), "found": round(drawn, 1)}
            yield Note("boundary.note.area", parcel.name, areas)


# ------------------------------------------------------------------ CRS


def _crs(header: Mapping[str, str], order: _Order) -> tuple[str, list[Note]]:
    """The CRS that the header states, with or without the zone's number as the numbers show."""
    datum = _datum(header.get("坐标系", ""))
    if order.in_degrees:
        return GEOGRAPHIC.get(datum, ""), []
    number = _zone_number(header.get("带号", ""))
    notes = []
    if order.prefix and number and number != order.prefix:
        params = {"stated": number, "found": order.prefix}
        notes.append(Note("boundary.note.zone-contradicts", params=params))
    number = order.prefix or number
    width = _width(header.get("几度分带", "")) or (number and (3 if number >= 25 else 6))
    crs = Zone(datum, width, number, bool(order.prefix)).crs
    if not crs:
        notes.append(Note("boundary.note.crs-incomplete"))
    return crs, notes


def _datum(words: str) -> str:
    if "2000" in words:
        return "CGCS2000"
    if "80" in words or "西安" in words:
        return "Xian 1980"
    return "Beijing 1954" if "54" in words or "北京" in words else ""


def _width(words: str) -> int:
    return next((width for digit, width in _WIDTHS.items() if digit in words), 0)


def _zone_number(words: str) -> int:
    """The number of a zone; some write its central meridian instead."""
    match = re.search(r"\d+", words)
    number = int(match[0][:4]) if match else 0
    return number // 3 if number >= 70 and number % 3 == 0 else number
