"""A project of QGIS that opens on the GeoPackage beside it: the same bytes for the same zone."""

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import PurePath
from xml.etree.ElementTree import Element

import pyproj

from gxq_geo import words
from gxq_geo.exchange.qgis import form, style
from gxq_geo.exchange.qgis.sheet import Sheet
from gxq_geo.exchange.qgis.xml import VERSION, document, element
from gxq_geo.zone import Zone, projection

_CONTEXT = frozenset(
    {"railways", "roads", "rivers", "water", "green", "subdistricts", "zone_frame"}
)
_WKB = {"Point": "Point", "Line": "MultiLineString", "Polygon": "MultiPolygon", "": "NoGeometry"}
_TYPE_NUMBERS = {"Point": "0", "Line": "1", "Polygon": "2", "": "4"}
# The part of the extent by which the map is wider on each side.
_MARGIN = 0.05


def project_bytes(sheets: Sequence[Sheet], zone: Zone, package: str) -> bytes:
    """Return the bytes of a ``.qgz``.

    Parameters
    ----------
    sheets
        The layers, the uppermost first.
    zone
        The zone: its name, and the CRS of the map.
    package
        The name of the GeoPackage, which lies in the same folder.
    """
    text = document(_project(sheets, zone, package))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        name = f"{PurePath(package).stem}.qgs"
        entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, text.encode())
    return out.getvalue()


def layer_style(sheet: Sheet, package: str) -> str:
    """Return the style of a layer as QGIS keeps it in a GeoPackage (QML)."""
    root = element("qgis", *_style(sheet, package), version=VERSION)
    root.set("styleCategories", "AllStyleCategories")
    return document(root)


def _style(sheet: Sheet, package: str) -> list[Element]:
    drawn = [style.renderer(sheet)] if sheet.kind else []
    number = element("layerGeometryType", text=_TYPE_NUMBERS[sheet.kind])
    return [*drawn, *form.elements(sheet, package), number]


def _project(sheets: Sequence[Sheet], zone: Zone, package: str) -> Element:
    name, crs = zone.settings.name("zh"), pyproj.CRS.from_user_input(zone.settings.measure_crs)
    return element(
        "qgis",
        element("homePath", path=""),
        element("title", text=name),
        element("projectCrs", _crs(crs)),
        _tree(sheets, package),
        element(
            "mapcanvas",
            element("units", text="meters"),
            _extent(sheets, zone),
            element("rotation", text="0"),
            element("destinationsrs", _crs(crs)),
            name="theMapCanvas",
            annotationsVisible="1",
        ),
        element("projectlayers", *(_map_layer(one, package) for one in sheets)),
        element("layerorder", *(element("layer", id=one.id) for one in sheets if one.kind)),
        element(
            "properties",
            element("Paths", element("Absolute", type="bool", text="false")),
            element("SpatialRefSys", element("ProjectionsEnabled", type="int", text="1")),
        ),
        projectname=name,
        version=VERSION,
    )


def _crs(crs: pyproj.CRS | None) -> Element:
    if crs is None:
        return element("spatialrefsys")
    code = crs.to_authority()
    parts = [element("wkt", text=crs.to_wkt())]
    parts += [element("authid", text=":".join(code))] if code else []
    return element("spatialrefsys", *parts)


def _extent(sheets: Sequence[Sheet], zone: Zone) -> Element:
    """The extent of all layers in the CRS of the map, with a margin."""
    boxes = [_metric(one, zone) for one in sheets if one.bounds is not None]
    if not boxes:
        return element("extent")
    west, south, east, north = (
        side(edges)
        for side, edges in zip((min, min, max, max), zip(*boxes, strict=True), strict=True)
    )
    x, y = _MARGIN * (east - west), _MARGIN * (north - south)
    edges = {"xmin": west - x, "ymin": south - y, "xmax": east + x, "ymax": north + y}
    return element("extent", *(element(tag, text=f"{edge:.3f}") for tag, edge in edges.items()))


def _metric(sheet: Sheet, zone: Zone) -> tuple[float, float, float, float]:
    assert sheet.bounds is not None  # noqa: S101
    if sheet.crs is None or not sheet.crs.is_geographic:
        return sheet.bounds
    to_metric = projection.transformer(zone.settings.measure_crs)
    box: tuple[float, float, float, float] = to_metric.transform_bounds(*sheet.bounds)
    return box


# ------------------------------------------------------------------ layers


def _tree(sheets: Sequence[Sheet], package: str) -> Element:
    """The layers in groups: what the bureau works on, the base map, and the tables."""
    groups: dict[str, list[Element]] = {"main": [], "context": [], "tables": []}
    for one in sheets:
        place = "tables" if not one.kind else "context" if one.layer.name in _CONTEXT else "main"
        leaf = element(
            "layer-tree-layer",
            id=one.id,
            name=one.title,
            source=one.source(package),
            providerKey="ogr",
            checked="Qt::Checked",
            expanded="0",
        )
        groups[place].append(leaf)
    return element(
        "layer-tree-group",
        *(
            element(
                "layer-tree-group",
                *leaves,
                name=words.text(f"exchange.qgis.group-{place}", "zh"),
                checked="Qt::Checked",
                expanded="1",
            )
            for place, leaves in groups.items()
            if leaves
        ),
    )


def _map_layer(sheet: Sheet, package: str) -> Element:
    made = element(
        "maplayer",
        element("id", text=sheet.id),
        element("datasource", text=sheet.source(package)),
        element("layername", text=sheet.title),
        element("srs", _crs(sheet.crs)),
        element("provider", text="ogr", encoding="UTF-8"),
        *_style(sheet, package),
        type="vector",
        geometry=sheet.kind or "No geometry",
        wkbType=_WKB[sheet.kind],
        readOnly="0",
    )
    made.set("hasScaleBasedVisibilityFlag", "0")
    return made
