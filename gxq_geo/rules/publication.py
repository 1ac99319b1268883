"""Publication: published records are complete, and state no higher accuracy than is proven."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gxq_geo.rules.common import severity, sites_with_active_project, spatial_layers
from gxq_geo.rules.spatial.placement import Where, placement
from gxq_geo.schemas import schema
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer
from gxq_geo.zone.settings import SETTINGS

# The layers that investors choose from: each published record needs a contact.
_OFFERS = ("sites", "carriers")
# Surveyed coordinates have more decimals than this: 0.0001 degrees are about 10 m.
_COARSE_DECIMALS = 4


@severity(Severity.WARNING)
def published_without_contact(zone: Zone) -> Iterator[Issue]:
    """A published site or carrier names a phone: its own, or its department's."""
    phones = zone.frame("departments").set_index("department_id")["contact_phone"]
    reachable = set(phones.dropna().index)
    for layer in (zone.layers[name] for name in _OFFERS):
        frame = layer.frame
        unreachable = frame["contact_phone"].isna() & ~frame["department_id"].isin(reachable)
        for row in np.flatnonzero(frame["published"].fillna(value=False) & unreachable):
            yield layer.issue(int(row), field="contact_phone")


@severity(Severity.ADVICE)
def published_without_price(zone: Zone) -> Iterator[Issue]:
    """A published site on offer names its price, a published carrier with vacant space its rent."""
    sites, carriers = zone.layers["sites"], zone.layers["carriers"]
    offered = sites.frame["status"].isin(schema().meaning["offered_status"])
    # A site with an active project is reported for its status, not for its price.
    offered &= ~sites.frame["site_id"].isin(sites_with_active_project(zone).index)
    vacant = carriers.frame["vacant_floor_area_m2"] > 0
    for layer, on_offer, field in (
        (sites, offered, "start_price_wan_per_mu"),
        (carriers, vacant, "rent_yuan_per_m2_month"),
    ):
        misfits = {cell.row for cell in layer.bad_cells if cell.field == field}
        published = layer.frame["published"].fillna(value=False).astype(bool)
        # A price of 0 is what databases save for none.
        priced = layer.frame[field].fillna(0) > 0
        for row in np.flatnonzero(published & on_offer & ~priced):
            if int(row) not in misfits:
                yield layer.issue(int(row), field=field)


@severity(Severity.WARNING)
def surveyed_in_doubt(zone: Zone) -> Iterator[Issue]:
    """A geometry with a measured source is no demonstration, not schematic and not coarse."""
    for layer in spatial_layers(zone):
        frame = layer.frame
        measured = frame["geometry_source"].isin(schema().meaning["measured_source"])
        claims = measured.to_numpy(copy=True)
        if not claims.any():
            continue
        for reason, contradicts in _evidence(zone, layer):
            for row in np.flatnonzero(claims & contradicts):
                value = str(frame["geometry_source"].iloc[row])
                yield layer.issue(
                    int(row), field="geometry_source", value=value, reason=f"@evidence.{reason}"
                )
            claims &= ~contradicts


def _evidence(zone: Zone, layer: Layer) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Yield each kind of evidence against a survey and its records, the strongest first."""
    frame = layer.frame
    yield "demo", frame["demo"].fillna(value=False).to_numpy(dtype=bool)
    labels = "|".join(schema().domains["geometry_source"]["schematic"].values())
    sketch = frame["source"].str.contains(labels, case=False).fillna(value=False)
    yield "source", sketch.to_numpy(dtype=bool)
    usable = placement(zone, layer.name).where == Where.USABLE
    coarse = np.full(len(frame), False)
    coarse[usable] = _is_coarse(frame.geometry.to_numpy()[usable])
    yield "coarse", coarse


def _is_coarse(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Return for which shapes in degrees no coordinate has more than `_COARSE_DECIMALS`."""
    xy, index = shapely.get_coordinates(shapes, return_index=True)
    # Files hold seven decimals; half a unit of the last one absorbs floating-point errors.
    fine = (np.abs(xy - xy.round(_COARSE_DECIMALS)) > 5e-8).any(axis=1)
    coarse = pd.Series(fine).groupby(index).any().reindex(range(len(shapes)), fill_value=True)
    return ~coarse.to_numpy(dtype=bool)


@severity(Severity.WARNING)
def published_map_unreviewed(zone: Zone) -> Iterator[Issue]:
    """A map that is published on the web has a map review number."""
    if zone.settings.public_url and not zone.settings.map_review_no:
        yield Issue(file=SETTINGS, field="map_review_no", value=zone.settings.public_url)
