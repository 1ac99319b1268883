"""The layers that an audience may see, in metres, ready to be drawn many times."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gxq_geo.documents.drawing.plane import Box
from gxq_geo.documents.drawing.styles import Ink
from gxq_geo.schemas import schema
from gxq_geo.zone import Zone, layer
from gxq_geo.zone.publication import public_layers


@dataclass(frozen=True)
class Atlas:
    """What is drawn: a zone as its audience may see it, its shapes in metres, and the style.

    Parameters
    ----------
    zone
        Only what the audience may see; what is asked of it says no more.
    audience
        ``public`` or ``internal``.
    """

    zone: Zone
    audience: str = "public"

    @cached_property
    def frames(self) -> dict[str, pd.DataFrame]:
        """A frame for each layer's name."""
        return {name: one.frame for name, one in self.zone.layers.items()}

    @cached_property
    def ink(self) -> Ink:
        """The colours; a sector's goes by its rank."""
        return Ink(self.sectors)

    @cached_property
    def sectors(self) -> list[str]:
        """Ids of the sectors in the order of their rank."""
        frame = self.frames["sectors"]
        return [str(one) for one in frame.sort_values(["rank", "sector_id"])["sector_id"]]

    @cached_property
    def data_date(self) -> str:
        """The date of the data, such as 2026-11-23; empty where no record has one."""
        updated = self.zone.data_date
        return updated.isoformat() if updated else ""

    @cached_property
    def _shapes(self) -> dict[str, np.ndarray]:
        return {}

    def shapes(self, name: str) -> np.ndarray:
        """A layer's geometries in metres."""
        if name not in self._shapes:
            self._shapes[name] = np.asarray(self.zone.metric(name).geometry, dtype=object)
        return self._shapes[name]

    @cached_property
    def _trees(self) -> dict[str, shapely.STRtree]:
        return {}

    def inside(self, name: str, box: Box) -> np.ndarray:
        """The rows of a layer whose boxes meet a box, in the layer's order."""
        if name not in self._trees:
            self._trees[name] = shapely.STRtree(self.shapes(name))
        return np.sort(self._trees[name].query(shapely.box(*box)))

    def bounds(self) -> Box:
        """The box of the zone, in metres: of its frame, else of its parks, else of its sites."""
        for name in ("zone_frame", "parks", "sites"):
            there = [one for one in self.shapes(name) if one is not None and not one.is_empty]
            if there:
                west, south, east, north = map(float, shapely.total_bounds(there))
                return west, south, east, north
        return 0.0, 0.0, 1.0, 1.0

    @cached_property
    def lat(self) -> float:
        """The latitude of the middle of the zone, in degrees."""
        west, south, east, north = self.bounds()
        crs = self.zone.settings.measure_crs
        middle = gpd.GeoSeries.from_xy([(west + east) / 2], [(south + north) / 2], crs=crs)
        return float(middle.to_crs(layer.CRS).y.iloc[0])

    def records(self, name: str) -> list[dict[str, Any]]:
        """A layer's records as plain values, without geometry."""
        frame = pd.DataFrame(self.frames[name]).drop(columns="geometry", errors="ignore")
        columns = [str(column) for column in frame]
        return [
            dict(zip(columns, row, strict=True))
            for row in zip(*(frame[column] for column in columns), strict=True)
        ]

    @cached_property
    def statuses(self) -> list[str]:
        """The statuses of a site, in the order of the schema."""
        return list(schema().domains["site_status"])

    @cached_property
    def is_schematic(self) -> bool:
        """Whether any geometry is schematic."""
        return self._any("geometry_source", "schematic")

    @cached_property
    def is_demo(self) -> bool:
        """Whether any record is a demonstration."""
        return self._any("demo", True)

    def _any(self, field: str, value: object) -> bool:
        frames = (frame for frame in self.frames.values() if len(frame) and field in frame)
        return any(bool((frame[field] == value).fillna(False).any()) for frame in frames)


def atlas(zone: Zone, audience: str = "public") -> Atlas:
    """What an audience may see of a zone, ready to be drawn."""
    kept = public_layers(zone, audience)
    layers = {
        name: layer.Layer(of, kept[name]) if name in kept else layer.empty(of)
        for name, of in schema().layers.items()
    }
    return Atlas(replace(zone, layers=layers), audience)
