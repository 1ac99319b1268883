"""Derived fields: values that are computed from the layers and stored in no file."""

import pandas as pd

from gxq_geo.schemas import schema
from gxq_geo.zone.access import TARGETS, distances
from gxq_geo.zone.zone import Zone


def with_derived(zone: Zone, name: str) -> pd.DataFrame:
    """A layer's frame with the derived fields of its schema.

    These are straight-line distances in km; see `gxq_geo.zone.access.distances`.
    """
    frame, wanted = zone.frame(name), schema().layers[name].derived
    if TARGETS.keys() & wanted.keys():
        frame = frame.join(distances(zone, name))
    return frame
