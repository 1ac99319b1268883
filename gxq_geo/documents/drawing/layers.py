"""The layers of a zone that an audience may see, cached in the metric CRS for drawing."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gxq_geo.documents.drawing.styles import Palette
from gxq_geo.documents.drawing.viewport import Box
from gxq_geo.schemas import schema
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import CRS, Layer, empty
from gxq_geo.zone.publication import drawable_layers


@dataclass(frozen=True)
class MapLayers:
    """The input of a map: the visible records, their geometries in metres, and the colours.

    Parameters
    ----------
    zone
        A zone that holds only the records and fields that the audience may see; see `map_layers`.
    audience
        ``public`` or ``internal``.
    """

    zone: Zone
    audience: str = "public"

    @cached_property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The frame of each layer, by layer name."""
        return {name: layer.frame for name, layer in self.zone.layers.items()}

    @cached_property
    def palette(self) -> Palette:
        """The colours; each sector has the colour of its rank."""
        return Palette(self.sectors)

    @cached_property
    def sectors(self) -> list[str]:
        """Sector ids, ordered by rank, then as in the layer."""
        frame = self.frames["sectors"]
        return [str(id_) for id_ in frame.sort_values("rank", kind="stable")["sector_id"]]

    @cached_property
    def data_date(self) -> str:
        """The date of the data, such as 2026-11-23; empty if no record has a date."""
        updated = self.zone.data_date
        return updated.isoformat() if updated else ""

    @cached_property
    def _shapes(self) -> dict[str, np.ndarray]:
        return {}

    def shapes(self, name: str) -> np.ndarray:
        """The geometries of a layer in the metric CRS, in layer order."""
        if name not in self._shapes:
            self._shapes[name] = np.asarray(self.zone.metric(name).geometry, dtype=object)
        return self._shapes[name]

    @cached_property
    def _trees(self) -> dict[str, shapely.STRtree]:
        return {}

    def rows_in(self, name: str, box: Box) -> np.ndarray:
        """Row numbers of the features whose bounds intersect ``box`` (metres), in layer order."""
        if name not in self._trees:
            self._trees[name] = shapely.STRtree(self.shapes(name))
        return np.sort(self._trees[name].query(shapely.box(*box)))

    def bounds(self) -> Box:
        """Bounds of the zone in metres: of ``zone_frame``, else of the parks, else of the sites."""
        for name in ("zone_frame", "parks", "sites"):
            found = [geom for geom in self.shapes(name) if geom is not None and not geom.is_empty]
            if found:
                west, south, east, north = map(float, shapely.total_bounds(found))
                return west, south, east, north
        return 0.0, 0.0, 1.0, 1.0

    @cached_property
    def lat(self) -> float:
        """Latitude of the centre of the zone, in degrees."""
        west, south, east, north = self.bounds()
        crs = self.zone.settings.measure_crs
        centre = gpd.GeoSeries.from_xy([(west + east) / 2], [(south + north) / 2], crs=crs)
        return float(centre.to_crs(CRS).y.iloc[0])

    def records(self, name: str) -> list[dict[str, Any]]:
        """The records of a layer as dictionaries, without geometry."""
        frame = pd.DataFrame(self.frames[name]).drop(columns="geometry", errors="ignore")
        columns = [str(column) for column in frame]
        return [
            dict(zip(columns, row, strict=True))
            for row in zip(*(frame[column] for column in columns), strict=True)
        ]

    @cached_property
    def statuses(self) -> list[str]:
        """Site statuses, in schema order."""
        return list(schema().domains["site_status"])

    @cached_property
    def is_schematic(self) -> bool:
        """Whether any geometry is schematic."""
        return self._any("geometry_source", "schematic")

    @cached_property
    def is_demo(self) -> bool:
        """Whether any record is demonstration data."""
        return self._any("demo", True)

    def _any(self, field: str, value: object) -> bool:
        frames = (frame for frame in self.frames.values() if len(frame) and field in frame)
        return any(bool((frame[field] == value).fillna(False).any()) for frame in frames)


def map_layers(zone: Zone, audience: str = "public") -> MapLayers:
    """Return the layers of a zone that an audience (``public`` or ``internal``) may see."""
    kept = drawable_layers(zone, audience)
    layers = {
        name: Layer(spec, kept[name]) if name in kept else empty(spec)
        for name, spec in schema().layers.items()
    }
    return MapLayers(replace(zone, layers=layers), audience)
