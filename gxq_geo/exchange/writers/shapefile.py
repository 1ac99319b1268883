"""Write a layer as a shapefile, with a table that explains its short field names.

Names of fields are labels, cut to the ten bytes that a DBF has for them; values are those of the
layer's own file. Chinese is in GBK with a ``.cpg`` file and the code page in the header, as
ArcGIS, QGIS, SuperMap and MapGIS read it.

Sources of the formats: ESRI Shapefile Technical Description (1998); dBASE III PLUS file header.
"""

import csv
import io
import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gxq_geo import words
from gxq_geo.exchange.source import Geometries, Loss
from gxq_geo.schemas import Field, LayerSchema, schema
from gxq_geo.schemas.dtypes import LIST_SEPARATOR, raw_values

# What the format cannot hold.
CANNOT_CARRY = (
    "vector.loss.text-long",
    "vector.loss.name-short",
    "vector.loss.list-joined",
    "vector.loss.geometry-split",
    "vector.loss.geometry-mixed",
)
FIELD_TABLE = "_fields.csv"

Encoding = Literal["gb18030", "utf-8"]
Ints = npt.NDArray[np.int64]

_NAME_BYTES, _TEXT_BYTES, _NUMBER_BYTES, _DECIMALS = 10, 254, 20, 15
_LDID = {"gb18030": 0x4D, "utf-8": 0}
# The shape type for each type id of shapely: point, line, ring, polygon, and several of them.
_KINDS = (1, 3, 3, 5, 8, 3, 5, 0)
_SUFFIXES = {1: "point", 3: "line", 5: "polygon", 8: "multipoint"}
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
# A fixed date of the last change: the same records must give the same bytes.
_DBF_DATE = (70, 1, 1)


def write(
    frame: pd.DataFrame,
    layer: LayerSchema,
    *,
    encoding: Encoding = "gb18030",
    lang: str = "zh",
) -> tuple[dict[str, bytes], tuple[Loss, ...]]:
    """Write a layer as the files of a shapefile.

    A shapefile holds one kind of geometry: a layer with several kinds becomes several shapefiles.
    A table becomes a DBF alone.

    Parameters
    ----------
    frame
        The records; their geometry is in the CRS in which it is written.
    layer
        The schema of the layer.
    encoding
        The encoding of the texts.
    lang
        The language of the field names; where it is not written in Hanzi, they are the fields' own.

    Returns
    -------
    files
        The bytes of each file by name.
    losses
        What the files do not hold.
    """
    names = field_names(list(layer.fields.values()), encoding=encoding, lang=lang)
    losses = [
        Loss(
            "vector.loss.name-short", where=name, params={"label": _label(layer.fields[key], lang)}
        )
        for key, name in names.items()
        if name != _label(layer.fields[key], lang)
    ]
    out: dict[str, bytes] = {}
    groups = list(_groups(frame))
    if len(groups) > 1:
        losses.append(Loss("vector.loss.geometry-split", len(groups)))
    for kind, rows in groups:
        stem = f"{layer.name}_{_SUFFIXES[kind]}" if len(groups) > 1 else layer.name
        part = frame.iloc[rows]
        table = _Table(part, layer, names, encoding)
        out[f"{stem}.dbf"] = table.to_bytes()
        losses += table.losses
        out[f"{stem}.cpg"] = _cpg(table).encode()
        if kind:
            shapes = np.asarray(part.geometry.array, dtype=object)
            if mixed := int(_is_collection(shapes).sum()):
                losses.append(Loss("vector.loss.geometry-mixed", mixed))
            out[f"{stem}.shp"], out[f"{stem}.shx"] = _shapes(shapes, kind)
            out[f"{stem}.prj"] = _projection(part).encode("utf-8")
    out[f"{layer.name}{FIELD_TABLE}"] = _field_table(layer, names, lang)
    return dict(sorted(out.items())), tuple(losses)


def archive(contents: Mapping[str, bytes]) -> bytes:
    """Pack files into a ZIP archive; the same files give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in sorted(contents.items()):
            member = zipfile.ZipInfo(name, _ZIP_DATE)
            member.compress_type, member.create_system = zipfile.ZIP_DEFLATED, 3
            member.external_attr = 0o644 << 16
            packed.writestr(member, data)
    return stream.getvalue()


# ------------------------------------------------------------------ names


def field_names(fields: Sequence[Field], *, encoding: Encoding, lang: str) -> dict[str, str]:
    """The name of each field in the DBF: its label, cut to ten bytes; all names differ."""
    names: dict[str, str] = {}
    for field in fields:
        label = _label(field, lang)
        name, number = _cut(label, encoding, _NAME_BYTES), 1
        # Names differ in more than capitals.
        while name.lower() in {other.lower() for other in names.values()}:
            number += 1
            name = _cut(label, encoding, _NAME_BYTES - len(str(number))) + str(number)
        names[field.name] = name
    return names


def _label(field: Field, lang: str) -> str:
    label = words.pick(field.label, lang)
    return field.name if label.isascii() else label.replace(" ", "")


def _cut(text: str, encoding: str, size: int) -> str:
    """The beginning of a text that has at most so many bytes."""
    return text.encode(encoding)[:size].decode(encoding, "ignore")


def _field_table(layer: LayerSchema, names: Mapping[str, str], lang: str) -> bytes:
    """The table of the fields: short and full name, the layer's own, unit, help, and values."""
    known = schema()
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    headings = ("short", "label", "field", "unit", "help", "values")
    writer.writerow([words.text(f"exchange.vector.fields.{name}", lang) for name in headings])
    for key, name in names.items():
        field = layer.fields[key]
        values = known.values_of(field) if field.domain or field.domain_by else ()
        row = [name, words.pick(field.label, lang), key]
        row.append(words.pick(known.units[field.unit], lang) if field.unit else "")
        row += [words.pick(field.help, lang), _explained(field, values, lang)]
        writer.writerow(row)
    return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8")


def _explained(field: Field, values: Sequence[str], lang: str) -> str:
    """The values of a choice with their labels."""
    known = schema()
    domains = [v for k, v in field.domain_by.items() if k != "field"] or [field.domain]
    labels = {v: words.pick(own, lang) for d in domains if d for v, own in known.domains[d].items()}
    return "; ".join(f"{value}={labels[value]}" for value in values)


# ------------------------------------------------------------------ attributes


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the DBF: its type, width and decimals, and the bytes of each cell."""

    name: bytes
    kind: bytes
    width: int
    decimals: int
    cells: npt.NDArray[np.bytes_]


class _Table:
    """The DBF of some records."""

    def __init__(
        self, frame: pd.DataFrame, layer: LayerSchema, names: Mapping[str, str], encoding: Encoding
    ) -> None:
        self.encoding: Encoding = encoding
        self.losses: list[Loss] = []
        self.count = len(frame)
        self.columns = [
            self._column(name.encode(encoding), raw_values(frame[key], layer.fields[key]), field)
            for key, name in names.items()
            for field in [layer.fields[key]]
            if key in frame
        ]

    def _column(self, name: bytes, values: Sequence[Any], field: Field) -> _Column:
        if field.type == "boolean":
            marks = [b"?" if value is None else b"T" if value else b"F" for value in values]
            return _Column(name, b"L", 1, 0, np.array(marks, "S1"))
        if field.type == "date":
            days = [str(value or "").replace("-", "").encode() for value in values]
            return _Column(name, b"D", 8, 0, np.array(days, "S8"))
        if field.type in ("integer", "number"):
            texts, decimals = _digits(values)
            if max(map(len, texts), default=0) <= _NUMBER_BYTES:
                width = max(1, decimals + 2, *map(len, texts)) if texts else 1
                cells = np.array([text.rjust(width) for text in texts], f"S{width}")
                return _Column(name, b"N", width, decimals, cells)
            values = [text.decode() for text in texts]
        return self._texts(name, values, field)

    def _texts(self, name: bytes, values: Sequence[Any], field: Field) -> _Column:
        if field.is_list:
            joined = sum(bool(value) and len(value) > 1 for value in values)
            values = [LIST_SEPARATOR.join(value or ()) for value in values]
            self._lose("list-joined", joined, field)
        raw = [str("" if value is None else value).encode(self.encoding) for value in values]
        long = sum(len(text) > _TEXT_BYTES for text in raw)
        self._lose("text-long", long, field)
        if long:
            raw = [
                _cut(text.decode(self.encoding), self.encoding, _TEXT_BYTES).encode(self.encoding)
                for text in raw
            ]
        width = max(1, *map(len, raw)) if raw else 1
        return _Column(name, b"C", width, 0, np.array(raw, f"S{width}"))

    def _lose(self, kind: str, count: int, field: Field) -> None:
        if count:
            self.losses.append(Loss(f"vector.loss.{kind}", count, field.name))

    def to_bytes(self) -> bytes:
        """The bytes of the DBF."""
        # A DBF has at least one field.
        columns = self.columns or [_Column(b"id", b"C", 1, 0, np.full(self.count, b" ", "S1"))]
        length = 1 + sum(column.width for column in columns)
        start = 32 + 32 * len(columns) + 1
        head = struct.pack(
            "<4BIHH17xB2x", 3, *_DBF_DATE, self.count, start, length, _LDID[self.encoding]
        )
        fields = b"".join(
            struct.pack("<11sc4xBB14x", c.name, c.kind, c.width, c.decimals) for c in columns
        )
        body = np.full((self.count, length), ord(" "), np.uint8)
        at = 1
        for column in columns:
            block = np.frombuffer(column.cells.tobytes(), np.uint8)
            cells = block.reshape(self.count, column.width)
            body[:, at : at + column.width] = np.where(cells == 0, ord(" "), cells)
            at += column.width
        return head + fields + b"\r" + body.tobytes() + b"\x1a"


def _digits(values: Sequence[Any]) -> tuple[list[bytes], int]:
    """Numbers in digits with the same number of decimals, enough for each to be exact."""
    exact = [None if value is None else Decimal(repr(value)) for value in values]
    decimals = max((-int(n.normalize().as_tuple().exponent) for n in exact if n), default=0)
    decimals = min(max(decimals, 0), _DECIMALS)
    return [b"" if n is None else f"{n:.{decimals}f}".encode() for n in exact], decimals


def _cpg(table: _Table) -> str:
    """What the ``.cpg`` file says; GBK is known to more programs than GB18030."""
    if table.encoding == "utf-8":
        return "UTF-8"
    try:
        data = b"".join(c.cells.tobytes() for c in table.columns if c.kind == b"C")
        data.replace(b"\0", b" ").decode("gbk")
    except UnicodeDecodeError:
        return "GB18030"
    return "GBK"


def _projection(frame: pd.DataFrame) -> str:
    crs = frame.crs if isinstance(frame, gpd.GeoDataFrame) else None
    return crs.to_wkt("WKT1_ESRI") if crs else ""


# ------------------------------------------------------------------ geometry


def _groups(frame: pd.DataFrame) -> Iterator[tuple[int, Ints]]:
    """The rows of each kind of geometry; those without are in the first group. 0 for a table."""
    if not isinstance(frame, gpd.GeoDataFrame):
        yield 0, np.arange(len(frame))
        return
    shapes = np.asarray(frame.geometry.array, dtype=object)
    # By shapely's type ids; an empty geometry is written as none.
    kinds = np.array([*_KINDS, 0])[shapely.get_type_id(shapes)]
    kinds[shapely.is_empty(shapes)] = 0
    present = sorted(set(kinds.tolist()) - {0}) or [5]
    kinds[kinds == 0] = present[0]
    for kind in present:
        yield kind, np.flatnonzero(kinds == kind)


def _shapes(shapes: Geometries, kind: int) -> tuple[bytes, bytes]:
    """The bytes of the ``.shp`` and ``.shx`` files for geometries of one kind."""
    filled = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes) | _is_collection(shapes))
    contents = [struct.pack("<i", 0)] * len(shapes)
    for row, content in zip(
        np.flatnonzero(filled).tolist(),
        _CONTENTS[kind](shapely.force_2d(shapes[filled])),
        strict=True,
    ):
        contents[row] = struct.pack("<i", kind) + content
    sizes = np.array([len(content) // 2 for content in contents], np.int64)
    offsets = 50 + np.cumsum(sizes + 4) - (sizes + 4)
    heads = np.column_stack([np.arange(1, len(shapes) + 1), sizes]).astype(">i4")
    records = b"".join(
        head.tobytes() + content for head, content in zip(heads, contents, strict=True)
    )
    bounds = shapely.total_bounds(shapes[filled]) if filled.any() else np.zeros(4)
    index = np.column_stack([offsets, sizes]).astype(">i4").tobytes()
    return (
        _file_header(kind, 100 + len(records), bounds) + records,
        _file_header(kind, 100 + len(index), bounds) + index,
    )


def _is_collection(shapes: Geometries) -> npt.NDArray[np.bool_]:
    return np.asarray(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)


def _file_header(kind: int, size: int, bounds: npt.NDArray[np.float64]) -> bytes:
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size // 2)
    return head + struct.pack("<2i8d", 1000, kind, *bounds, 0, 0, 0, 0)


def _points(shapes: Geometries) -> Iterator[bytes]:
    for xy in shapely.get_coordinates(shapes):
        yield xy.astype("<f8").tobytes()


def _multipoints(shapes: Geometries) -> Iterator[bytes]:
    boxes = shapely.bounds(shapes).astype("<f8")
    for shape, box in zip(shapes, boxes, strict=True):
        xy = shapely.get_coordinates(shape).astype("<f8")
        yield box.tobytes() + struct.pack("<i", len(xy)) + xy.tobytes()


def _lines(shapes: Geometries) -> Iterator[bytes]:
    parts, of = shapely.get_parts(shapes, return_index=True)
    return _in_parts(shapes, parts, of)


def _polygons(shapes: Geometries) -> Iterator[bytes]:
    oriented = shapely.orient_polygons(shapes, exterior_cw=True)
    singles, of = shapely.get_parts(oriented, return_index=True)
    rings, of_ring = shapely.get_rings(singles, return_index=True)
    return _in_parts(shapes, rings, of[of_ring])


def _in_parts(shapes: Geometries, parts: Geometries, of: Ints) -> Iterator[bytes]:
    """Box, numbers of parts and points, the first point of each part, and the points."""
    xy = shapely.get_coordinates(parts).astype("<f8")
    sizes = shapely.get_num_coordinates(parts)
    ends = np.cumsum(sizes)
    boxes = shapely.bounds(shapes).astype("<f8")
    counts = np.bincount(of, minlength=len(shapes))
    last = np.cumsum(counts)
    for box, begin, end in zip(boxes, (last - counts).tolist(), last.tolist(), strict=True):
        start, stop = int(ends[begin] - sizes[begin]), int(ends[end - 1])
        firsts = (ends[begin:end] - sizes[begin:end] - start).astype("<i4")
        head = struct.pack("<2i", end - begin, stop - start)
        yield box.tobytes() + head + firsts.tobytes() + xy[start:stop].tobytes()


_CONTENTS = {1: _points, 3: _lines, 5: _polygons, 8: _multipoints}
