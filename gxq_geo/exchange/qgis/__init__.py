"""Layers for QGIS: a GeoPackage with forms and styles, and a project that opens on it."""

from collections.abc import Mapping

import pandas as pd

from gxq_geo.exchange.qgis.package import package_bytes
from gxq_geo.exchange.qgis.project import project_bytes
from gxq_geo.exchange.qgis.returned import returned as returned
from gxq_geo.exchange.qgis.sheet import sheets
from gxq_geo.zone import Zone


def write(
    frames: Mapping[str, pd.DataFrame], zone: Zone, *, audience: str, stem: str = "zone"
) -> dict[str, bytes]:
    """Return a GeoPackage and a QGIS project of some layers, by file name.

    The GeoPackage also holds the records as they are exported, so that `returned` finds what was
    edited.

    Parameters
    ----------
    frames
        The records of each layer, with the audience's fields, all in one CRS.
    zone
        The zone, for its name and its sectors.
    audience
        ``public`` or ``internal``; kept with the file.
    stem
        The name of both files, without suffix.
    """
    parts = sheets(frames, zone)
    package = package_bytes(parts, frames, audience=audience)
    return {
        f"{stem}.gpkg": package,
        f"{stem}.qgz": project_bytes(parts, zone, f"{stem}.gpkg"),
    }
