"""Publication: what the public sees can be acted upon, and claims no more than is known."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gxq_geo.rules.common import held_sites, severity, spatial_layers
from gxq_geo.schemas import schema
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer
from gxq_geo.zone.settings import SETTINGS

# What an investor may want to take: whoever publishes it must be reachable.
_OFFERS = ("sites", "carriers")
# A ten-thousandth of a degree is about ten metres: nobody measures so coarsely.
_COARSE = 4


@severity(Severity.WARNING)
def published_without_contact(zone: Zone) -> Iterator[Issue]:
    """A published site or carrier names a phone: its own, or its department's."""
    phones = zone.frame("departments").set_index("department_id")["contact_phone"]
    reachable = set(phones.dropna().index)
    for layer in (zone.layers[name] for name in _OFFERS):
        frame = layer.frame
        mute = frame["contact_phone"].isna() & ~frame["department_id"].isin(reachable)
        for row in np.flatnonzero(frame["published"].fillna(value=False) & mute):
            yield layer.issue(int(row), field="contact_phone")


@severity(Severity.ADVICE)
def published_without_price(zone: Zone) -> Iterator[Issue]:
    """A published site on offer names its price, a published carrier with vacant space its rent."""
    sites, carriers = zone.layers["sites"], zone.layers["carriers"]
    offered = sites.frame["status"].isin(schema().meaning["offered_status"])
    # Where a project holds the site, its status is at fault, not its price.
    offered &= ~sites.frame["site_id"].isin(held_sites(zone).index)
    vacant = carriers.frame["vacant_floor_area_m2"] > 0
    for layer, on_offer, field in (
        (sites, offered, "start_price_wan_per_mu"),
        (carriers, vacant, "rent_yuan_per_m2_month"),
    ):
        misfits = {cell.row for cell in layer.bad_cells if cell.field == field}
        published = layer.frame["published"].fillna(value=False).astype(bool)
        for row in np.flatnonzero(published & on_offer & layer.frame[field].isna()):
            if int(row) not in misfits:
                yield layer.issue(int(row), field=field)


@severity(Severity.WARNING)
def surveyed_in_doubt(zone: Zone) -> Iterator[Issue]:
    """A geometry that claims to be measured is no demo, no sketch by its source, and not coarse."""
    for layer in spatial_layers(zone):
        frame = layer.frame
        measured = frame["geometry_source"].isin(schema().meaning["measured_source"])
        claims = measured.to_numpy(copy=True)
        if not claims.any():
            continue
        for reason, speaks in _evidence(layer):
            for row in np.flatnonzero(claims & speaks):
                value = str(frame["geometry_source"].iloc[row])
                reason_said = f"@evidence.{reason}"
                yield layer.issue(
                    int(row), field="geometry_source", value=value, reason=reason_said
                )
            claims &= ~speaks


def _evidence(layer: Layer) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """What speaks against a survey, the plainest first."""
    frame = layer.frame
    yield "demo", frame["demo"].fillna(value=False).to_numpy(dtype=bool)
    said = "|".join(schema().domains["geometry_source"]["schematic"].values())
    sketch = frame["source"].str.contains(said, case=False).fillna(value=False)
    yield "source", sketch.to_numpy(dtype=bool)
    yield "coarse", _is_coarse(frame.geometry.to_numpy())


def _is_coarse(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Whether every coordinate of a shape is given in steps of about ten metres."""
    xy, index = shapely.get_coordinates(shapes, return_index=True)
    # Half a step of the seventh decimal: what is written in fewer digits is exact to it.
    fine = (np.abs(xy - xy.round(_COARSE)) > 5e-8).any(axis=1)
    coarse = pd.Series(fine).groupby(index).any().reindex(range(len(shapes)), fill_value=True)
    return ~coarse.to_numpy(dtype=bool)


@severity(Severity.WARNING)
def published_map_unreviewed(zone: Zone) -> Iterator[Issue]:
    """A map that is published on the web has a map review number."""
    if zone.settings.public_url and not zone.settings.map_review_no:
        yield Issue(file=SETTINGS, field="map_review_no", value=zone.settings.public_url)
