"""The layers that an audience may see, in metres, ready to be drawn many times."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gxq_geo.layer import CRS
from gxq_geo.paper.ink import Ink
from gxq_geo.paper.plane import Box
from gxq_geo.publication import public_layers
from gxq_geo.schema import schema
from gxq_geo.zone import Settings, Zone, latest


@dataclass(frozen=True)
class Atlas:
    """What is drawn: frames, their shapes in the zone's metric CRS, and the style.

    Parameters
    ----------
    settings
        What ``zone.toml`` says.
    layers
        A frame for each layer's name, as the audience may see it.
    audience
        ``public`` or ``internal``.
    """

    settings: Settings
    layers: Mapping[str, pd.DataFrame]
    audience: str = "public"

    @cached_property
    def ink(self) -> Ink:
        """The colours; a sector's goes by its rank."""
        return Ink(self.sectors)

    @cached_property
    def sectors(self) -> list[str]:
        """Ids of the sectors in the order of their rank."""
        frame = self.layers["sectors"]
        return [str(one) for one in frame.sort_values(["rank", "sector_id"])["sector_id"]]

    @cached_property
    def data_date(self) -> str:
        """The date of the data, such as 2026-11-23; empty where no record has one."""
        updated = latest(self.layers.values())
        return updated.isoformat() if updated else ""

    @cached_property
    def _shapes(self) -> dict[str, np.ndarray]:
        return {}

    def shapes(self, name: str) -> np.ndarray:
        """A layer's geometries in metres."""
        if name not in self._shapes:
            frame = gpd.GeoDataFrame(self.layers[name]) if name in self.layers else None
            there = frame is not None and "geometry" in frame
            self._shapes[name] = (
                frame.geometry.to_crs(self.settings.measure_crs).to_numpy()
                if there and frame is not None
                else np.empty(0, dtype=object)
            )
        return self._shapes[name]

    @cached_property
    def _trees(self) -> dict[str, shapely.STRtree]:
        return {}

    def inside(self, name: str, box: Box) -> np.ndarray:
        """The rows of a layer whose boxes meet a box, in the layer's order."""
        if name not in self._trees:
            self._trees[name] = shapely.STRtree(self.shapes(name))
        return np.sort(self._trees[name].query(shapely.box(*box)))

    def bounds(self, *names: str) -> Box | None:
        """The box of the first of some layers that has any geometry, in metres."""
        for name in names:
            west, south, east, north = shapely.total_bounds(self.shapes(name))
            if not np.isnan(west):
                return float(west), float(south), float(east), float(north)
        return None

    def lat(self, box: Box) -> float:
        """The latitude of the middle of a box, in degrees."""
        west, south, east, north = box
        middle = gpd.GeoSeries.from_xy(
            [(west + east) / 2], [(south + north) / 2], crs=self.settings.measure_crs
        )
        return float(middle.to_crs(CRS).y.iloc[0])

    def records(self, name: str) -> list[dict[str, Any]]:
        """A layer's records as plain values, without geometry."""
        frame = self.layers[name]
        columns = [column for column in frame if column != "geometry"]
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
        frames = (frame for frame in self.layers.values() if len(frame) and field in frame)
        return any(bool((frame[field] == value).fillna(False).any()) for frame in frames)


def atlas(zone: Zone, audience: str = "public") -> Atlas:
    """What an audience may see of a zone, ready to be drawn."""
    return Atlas(zone.settings, public_layers(zone, audience), audience)
