"""Write DXF R2000: a CAD layer for each status, closed polylines, labels, blocks with attributes.

Outlines are plain closed polylines without fills, as survey offices exchange them. Holes and parts
are further polylines with the same id in their extended data (the application is the id field), by
which our reader joins them again.
"""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from gxq_geo import words
from gxq_geo.exchange.source import Loss
from gxq_geo.exchange.writers import records
from gxq_geo.schemas import LayerSchema, schema

CANNOT_CARRY = (
    "dxf.loss.fields",
    "dxf.loss.no-geometry",
    "dxf.loss.layer-name",
    "dxf.loss.line-break",
)

_STYLE, _FONT, _BIG_FONT = "GXQ", "gbenor.shx", "gbcbig.shx"
# Height of labels by the size of an area, in metres.
_HEIGHT_SHARE, _LEAST_HEIGHT, _MOST_HEIGHT = 0.04, 0.5, 12.0
# Half the size of the cross of a point, in metres.
_SYMBOL = 5.0
# Characters that names of CAD layers must not have.
_NOT_IN_NAMES = re.compile(r'[<>/\\":;?*|=,`]')
_METRES = 6


def write(
    frame: gpd.GeoDataFrame, layer: LayerSchema, *, lang: str = "zh"
) -> tuple[bytes, tuple[Loss, ...]]:
    """Write one layer as DXF; see `write_all`. CAD layers are named by status only."""
    return _write({layer.name: frame}, lang, many=False)


def write_all(
    frames: Mapping[str, gpd.GeoDataFrame], *, lang: str = "zh"
) -> tuple[bytes, tuple[Loss, ...]]:
    """Write layers as one DXF drawing.

    Parameters
    ----------
    frames
        The layers by name, in a projected CRS in metres, with or without zone number. A DXF
        declares no CRS.
    lang
        The language of CAD layers and labels.

    Returns
    -------
    data
        The drawing in GBK (``ANSI_936``); coordinates are exact.
    losses
        What it does not hold, see `CANNOT_CARRY`: areas and lines have only their id, status and
        label, points have every field as an attribute.
    """
    return _write(frames, lang, many=True)


def _write(
    frames: Mapping[str, gpd.GeoDataFrame], lang: str, *, many: bool
) -> tuple[bytes, tuple[Loss, ...]]:
    import ezdxf

    for frame in frames.values():
        records.refuse_degrees(frame)
    with _same_bytes():
        document = ezdxf.new("R2000", units=_METRES)
        document.encoding = "gbk"
        document.header["$DWGCODEPAGE"] = "ANSI_936"
        document.styles.add(_STYLE, font=_FONT).dxf.bigfont = _BIG_FONT
        losses = []
        for name, frame in frames.items():
            writer = _LayerWriter(document, schema().layers[name], lang, many)
            losses += writer.write(frame)
        stream = io.StringIO()
        document.write(stream)
    return stream.getvalue().encode("gbk", errors="dxfreplace"), tuple(losses)


@contextmanager
def _same_bytes() -> Iterator[None]:
    """Let ezdxf write no time, version or random id."""
    import ezdxf

    before = ezdxf.options.write_fixed_meta_data_for_testing
    ezdxf.options.write_fixed_meta_data_for_testing = True
    try:
        yield
    finally:
        ezdxf.options.write_fixed_meta_data_for_testing = before


class _LayerWriter:
    """Draws the records of one layer."""

    def __init__(self, document: Any, layer: LayerSchema, lang: str, many: bool) -> None:
        self.document = document
        self.space = document.modelspace()
        self.layer = layer
        self.lang = lang
        self.many = many
        self.line_breaks = 0
        if layer.id not in document.appids:
            document.appids.add(layer.id)

    def write(self, frame: gpd.GeoDataFrame) -> list[Loss]:
        """Draw all records; return what is not drawn."""
        fields = records.fields_of(frame, self.layer)
        rows, texts = records.rows_of(frame), records.texts(frame, fields)
        shapes = frame.geometry.to_numpy()
        bare = renamed = reduced = 0
        for status, members in records.groups(frame, self.layer):
            label = records.status_label(status, self.layer, self.lang)
            cad_layer = self._cad_layer(label, status)
            renamed += label not in cad_layer
            for at in members:
                if shapes[at] is None or shapes[at].is_empty:
                    bare += 1
                    continue
                names = (texts[at].get(self.layer.id, ""), self._name(rows[at]))
                self._draw(shapes[at], cad_layer, names, texts[at])
                reduced += shapes[at].geom_type not in ("Point", "MultiPoint")
        kept = {
            self.layer.id,
            records.STATUS,
            "name_zh" if self.lang == "zh" else f"name_{self.lang}",
        }
        lost = [spec.name for spec in fields if spec.name not in kept]
        losses = [
            Loss("dxf.loss.fields", reduced if lost else 0, params={"fields": ", ".join(lost)}),
            Loss("dxf.loss.no-geometry", bare),
            Loss("dxf.loss.layer-name", renamed),
            Loss("dxf.loss.line-break", self.line_breaks),
        ]
        return [loss for loss in losses if loss.count]

    def _name(self, row: Mapping[str, Any]) -> str:
        return records.label_of(row, self.layer, self.lang)

    def _cad_layer(self, label: str, status: str) -> str:
        """The CAD layer of a status; with the layer's name where a drawing has several."""
        own = words.pick(self.layer.label, self.lang)
        whole = f"{own}-{label}" if self.many and label != own else label
        name = _NOT_IN_NAMES.sub("_", whole)
        if name not in self.document.layers:
            self.document.layers.add(name, color=_nearest(records.colours(status)[1]))
        return name

    def _draw(
        self,
        shape: BaseGeometry,
        cad_layer: str,
        names: tuple[str, str],
        texts: Mapping[str, str],
    ) -> None:
        attributes = {"layer": cad_layer}
        for part in shapely.get_parts(shape).tolist():
            if part.geom_type == "Point":
                self._point(part, attributes, texts)
                continue
            rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
            for ring in rings:
                self._line(ring, attributes, names[0], is_closed=part.geom_type == "Polygon")
        if shape.geom_type in ("Polygon", "MultiPolygon"):
            self._label(shape, attributes, names)

    def _line(
        self, line: BaseGeometry, attributes: Mapping[str, str], identity: str, *, is_closed: bool
    ) -> None:
        positions = shapely.get_coordinates(line).tolist()
        drawn = self.space.add_lwpolyline(
            positions[:-1] if is_closed else positions, close=is_closed, dxfattribs=attributes
        )
        if identity:
            drawn.set_xdata(self.layer.id, [(1000, identity)])

    def _label(
        self, shape: BaseGeometry, attributes: Mapping[str, str], names: tuple[str, str]
    ) -> None:
        """The id and, where it is another, the name of an area, one above the other."""
        place = shapely.point_on_surface(shape)
        height = min(max(shape.area**0.5 * _HEIGHT_SHARE, _LEAST_HEIGHT), _MOST_HEIGHT)
        for at, text in enumerate(dict.fromkeys(filter(None, names))):
            label = self.space.add_text(
                " ".join(text.split()), height=height, dxfattribs={**attributes, "style": _STYLE}
            )
            below = (place.x, place.y - at * 1.5 * height) if at else (place.x, place.y)
            label.dxf.halign, label.dxf.valign = 1, 2
            label.dxf.insert = label.dxf.align_point = below

    def _point(
        self, point: BaseGeometry, attributes: Mapping[str, str], texts: Mapping[str, str]
    ) -> None:
        """A cross with every field as an attribute; only the id is shown."""
        block = self._symbol()
        place = shapely.get_coordinates(point)[0].tolist()
        drawn = self.space.add_blockref(block, place, dxfattribs=attributes)
        for tag, text in texts.items():
            self.line_breaks += "\n" in text
            attribute = drawn.add_attrib(
                tag, " ".join(text.split("\n")), place, dxfattribs=attributes
            )
            attribute.dxf.height = _SYMBOL / 2
            attribute.dxf.style = _STYLE
            attribute.is_invisible = tag != self.layer.id

    def _symbol(self) -> str:
        """The name of the block of the layer's points."""
        name = _NOT_IN_NAMES.sub("_", words.pick(self.layer.label, self.lang))
        if name not in self.document.blocks:
            block = self.document.blocks.new(name)
            block.add_line((-_SYMBOL, 0), (_SYMBOL, 0))
            block.add_line((0, -_SYMBOL), (0, _SYMBOL))
        return name


def _nearest(rgb: str) -> int:
    """The index of the AutoCAD colour that is nearest to a colour."""
    from ezdxf import colors

    wanted = [int(rgb[at : at + 2], 16) for at in (1, 3, 5)]

    def distance(index: int) -> int:
        return sum((a - b) ** 2 for a, b in zip(colors.aci2rgb(index), wanted, strict=True))

    return min(range(1, 250), key=distance)
