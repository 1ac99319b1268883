"""What QGIS shows of each layer, before it is written as XML.

A layer of points and polygons is one table, but two map layers: QGIS draws one kind in each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj

from gxq_geo import words
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.zone import Zone

# From the top of the map to its bottom; tables come last.
_ORDER = (
    "stations", "carriers", "sites", "parks", "railways", "roads", "rivers", "water", "green",
    "zoning", "subdistricts", "zone_frame",
)  # fmt: skip
# The kinds of geometry as QGIS names them, by type.
_KINDS = {
    "Point": "Point", "MultiPoint": "Point", "LineString": "Line", "MultiLineString": "Line",
    "Polygon": "Polygon", "MultiPolygon": "Polygon",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """One map layer, or a table, of a project.

    Parameters
    ----------
    layer
        The schema of the layer.
    fields
        The names of its fields in the file.
    kind
        ``Point``, ``Line`` or ``Polygon``; empty for a table.
    is_part
        Whether the table has other kinds of geometry, too.
    crs
        The CRS of the coordinates.
    bounds
        The bounds of its geometries; None without any.
    others
        The layers in the same file, to which references lead.
    sectors
        The ids of the zone's sectors with the name and the colour of each on the map.
    """

    layer: LayerSchema
    fields: tuple[str, ...]
    kind: str = ""
    is_part: bool = False
    crs: pyproj.CRS | None = None
    bounds: tuple[float, float, float, float] | None = None
    others: tuple[str, ...] = ()
    sectors: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id of the layer in the project, the same each time; QGIS replaces short ones."""
        part = f"_{self.kind.lower()}" if self.is_part else ""
        return f"{project_id(self.layer.name)}{part}"

    @property
    def title(self) -> str:
        """The name that the user sees."""
        label = words.pick(self.layer.label, "zh")
        if not self.is_part:
            return label
        return f"{label}（{words.text(f'exchange.qgis.kind-{self.kind.lower()}', 'zh')}）"

    def source(self, package: str) -> str:
        """How QGIS finds the layer in a GeoPackage beside the project."""
        part = f"|geometrytype={self.kind}" if self.is_part else ""
        return f"./{package}|layername={self.layer.name}{part}"


def project_id(name: str) -> str:
    """The id in the project of a layer, to which the references of others lead."""
    return f"gxq_layer_{name}"


def sheets(frames: Mapping[str, pd.DataFrame], zone: Zone) -> list[Sheet]:
    """Return the map layers of some frames, the uppermost first, and then the tables."""
    known = schema().layers
    order = [*(name for name in _ORDER if name in frames)]
    order += [name for name in frames if name not in order]
    common: dict[str, Any] = {"others": tuple(frames), "sectors": _sectors(zone)}
    found = []
    for name in order:
        frame, layer = frames[name], known[name]
        fields = tuple(one for one in layer.fields if one in frame)
        if not isinstance(frame, gpd.GeoDataFrame):
            found.append(Sheet(layer, fields, **common))
            continue
        found += _of_geometry(frame, Sheet(layer, fields, **common))
    return found


def kinds(frame: gpd.GeoDataFrame, layer: LayerSchema) -> list[str]:
    """The kinds of geometry that a layer has, or may have while it is empty."""
    types = [one for one in frame.geometry.geom_type.unique() if one in _KINDS]
    return list(dict.fromkeys(_KINDS[one] for one in types or layer.geometry))


def _of_geometry(frame: gpd.GeoDataFrame, plain: Sheet) -> list[Sheet]:
    parts = kinds(frame, plain.layer)
    found = []
    for kind in parts:
        shapes = frame.geometry[frame.geometry.geom_type.map(_KINDS) == kind]
        west, south, east, north = shapes.total_bounds.tolist()
        box = (west, south, east, north) if west == west else None  # Not NaN: there are some.
        part = replace(plain, kind=kind, is_part=len(parts) > 1, crs=frame.crs, bounds=box)
        found.append(part)
    return found


def _sectors(zone: Zone) -> dict[str, tuple[str, str]]:
    style = words.data("style")
    frame = zone.frame("sectors").sort_values("rank").dropna(subset=["sector_id"])
    colours = (style["tokens"]["light"][token] for token in cycle(style["sectors"]))
    rows = zip(frame["sector_id"], frame["name_zh"], colours, strict=False)
    return {one: (one if pd.isna(name) else str(name), colour) for one, name, colour in rows}
