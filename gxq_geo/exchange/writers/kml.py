"""Write KML: a folder for each status, balloons in two languages, every field as extended data."""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from gxq_geo import words
from gxq_geo.exchange.readers.kml import BALLOON
from gxq_geo.exchange.source import Loss
from gxq_geo.exchange.writers import records
from gxq_geo.schemas import Field, LayerSchema, schema
from gxq_geo.schemas.display import ValueFormatter

CANNOT_CARRY = ("kml.loss.control-character", "kml.loss.separator")

# Characters that XML 1.0 does not allow.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n'
_LINE_WIDTH = 1.5
_FILL_ALPHA, _LINE_ALPHA = "b3", "ff"


def write(
    frame: gpd.GeoDataFrame,
    layer: LayerSchema,
    *,
    context: Mapping[str, pd.DataFrame] | None = None,
) -> tuple[bytes, tuple[Loss, ...]]:
    """Write one layer as KML; see `write_all`."""
    return write_all({layer.name: frame}, context=context)


def write_all(
    frames: Mapping[str, gpd.GeoDataFrame],
    *,
    context: Mapping[str, pd.DataFrame] | None = None,
    title: str = "",
) -> tuple[bytes, tuple[Loss, ...]]:
    """Write layers as one KML document.

    Parameters
    ----------
    frames
        The layers by name, in longitude and latitude.
    context
        Layers in which the names of references are looked up; by default `frames`.
    title
        The name of the document.

    Returns
    -------
    data
        The document in UTF-8; coordinates are exact.
    losses
        What it does not hold, see `CANNOT_CARRY`.
    """
    for frame in frames.values():
        records.refuse_metres(frame)
    looked_up = frames if context is None else context
    formatters = [ValueFormatter(looked_up, lang) for lang in records.LANGS]
    parts = [
        part
        for name, frame in frames.items()
        for part in _layer(frame, schema().layers[name], formatters)
    ]
    used = {
        status for n, f in frames.items() for status, _ in records.groups(f, schema().layers[n])
    }
    head = f"<Document>{_element('name', title)}"
    body = "\n".join([head, *map(_style, sorted(used)), *parts])
    text = f"{_HEAD}{body}\n</Document>\n</kml>\n"
    dropped = len(_NOT_XML.findall(text))
    split = sum(
        records.split_lists(f, records.fields_of(f, schema().layers[n])) for n, f in frames.items()
    )
    losses = [Loss("kml.loss.control-character", dropped), Loss("kml.loss.separator", split)]
    return _NOT_XML.sub("", text).encode(), tuple(loss for loss in losses if loss.count)


def _element(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text, quote=False)}</{tag}>" if text else ""


def _both(texts: Mapping[str, str]) -> str:
    """A text in all languages of the file, once if they agree."""
    return " ".join(dict.fromkeys(words.pick(texts, lang) for lang in records.LANGS))


# ------------------------------------------------------------------ styles


def _style(status: str) -> str:
    edge, fill = records.colours(status)
    line, inner = _colour(edge, _LINE_ALPHA), _colour(fill, _FILL_ALPHA)
    return (
        f'<Style id="{_style_id(status)}">'
        f"<IconStyle><color>{line}</color></IconStyle>"
        f"<LineStyle><color>{line}</color><width>{_LINE_WIDTH}</width></LineStyle>"
        f"<PolyStyle><color>{inner}</color></PolyStyle></Style>"
    )


def _style_id(status: str) -> str:
    return f"status-{status or 'none'}"


def _colour(rgb: str, alpha: str) -> str:
    """A colour as KML writes it: alpha, blue, green, red."""
    red, green, blue = rgb[1:3], rgb[3:5], rgb[5:7]
    return f"{alpha}{blue}{green}{red}".lower()


# ------------------------------------------------------------------ placemarks


def _layer(
    frame: gpd.GeoDataFrame, layer: LayerSchema, formatters: Sequence[ValueFormatter]
) -> Iterator[str]:
    """The folder of a layer, with a folder for each status."""
    yield f"<Folder>{_element('name', _both(layer.label))}"
    fields = records.fields_of(frame, layer)
    rows, texts = records.rows_of(frame), records.texts(frame, fields)
    shapes = frame.geometry.to_numpy()
    labels = _balloon_fields(frame, layer, formatters)
    for status, members in records.groups(frame, layer):
        if status:
            names = {lang: records.status_label(status, layer, lang) for lang in records.LANGS}
            yield f"<Folder>{_element('name', _both(names))}"
        for at in members:
            yield "".join(
                (
                    "<Placemark>",
                    _element("name", records.label_of(rows[at], layer, records.LANGS[0])),
                    f"<styleUrl>#{_style_id(status)}</styleUrl>",
                    _element("description", _balloon(rows[at], labels, formatters)),
                    _extended(texts[at], fields),
                    _geometry(shapes[at]),
                    "</Placemark>",
                )
            )
        if status:
            yield "</Folder>"
    yield "</Folder>"


def _extended(texts: Mapping[str, str], fields: Sequence[Field]) -> str:
    """The fields of a record; of those that are missing only names, for which its id stands."""
    data = "".join(
        f'<Data name="{escape(spec.name)}">{_element("displayName", _both(spec.label))}'
        f"{_element('value', texts.get(spec.name, ''))}</Data>"
        for spec in fields
        if spec.name in texts or spec.name.startswith("name_")
    )
    return f"<ExtendedData>{data}</ExtendedData>"


def _balloon_fields(
    frame: pd.DataFrame, layer: LayerSchema, formatters: Sequence[ValueFormatter]
) -> list[tuple[Field, ...]]:
    """The fields of a balloon, each in the version of each language."""
    in_each = [
        {_stem(spec): spec for spec in formatter.fields_of(layer) if spec.name in frame}
        for formatter in formatters
    ]
    return [tuple(one[stem] for one in in_each if stem in one) for stem in in_each[0]]


def _stem(spec: Field) -> str:
    return spec.name.removesuffix(spec.lang) if spec.lang else spec.name


def _balloon(
    row: Mapping[str, Any],
    fields: Sequence[tuple[Field, ...]],
    formatters: Sequence[ValueFormatter],
) -> str:
    """An HTML table: a row for each field that has a value, a column for each language."""
    lines = []
    for versions in fields:
        if len(versions) < len(formatters):
            continue
        pairs = list(zip(formatters, versions, strict=True))
        values = [formatter.value(row, spec) for formatter, spec in pairs]
        if not any(values):
            continue
        labels = "<br>".join(dict.fromkeys(escape(one.label(spec)) for one, spec in pairs))
        cells = "".join(f"<td>{escape(str(value or ''))}</td>" for value in values)
        lines.append(f"<tr><th>{labels}</th>{cells}</tr>")
    return f'<table class="{BALLOON}">{"".join(lines)}</table>'


# ------------------------------------------------------------------ geometries


def _geometry(shape: BaseGeometry | None) -> str:
    if shape is None or shape.is_empty:
        return ""
    if hasattr(shape, "geoms"):
        return f"<MultiGeometry>{''.join(map(_geometry, shape.geoms))}</MultiGeometry>"
    if isinstance(shape, Polygon):
        polygon = shapely.orient_polygons(shape)
        inner = "".join(_boundary("innerBoundaryIs", ring) for ring in polygon.interiors)
        return f"<Polygon>{_boundary('outerBoundaryIs', polygon.exterior)}{inner}</Polygon>"
    return f"<{shape.geom_type}>{_coordinates(shape)}</{shape.geom_type}>"


def _boundary(tag: str, ring: BaseGeometry) -> str:
    return f"<{tag}><LinearRing>{_coordinates(ring)}</LinearRing></{tag}>"


def _coordinates(shape: BaseGeometry) -> str:
    pairs = shapely.get_coordinates(shape).tolist()
    return f"<coordinates>{' '.join(f'{x!r},{y!r}' for x, y in pairs)}</coordinates>"
