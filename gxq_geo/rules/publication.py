"""Publication: what the public sees can be acted upon."""

from collections.abc import Iterator

import numpy as np

from gxq_geo.issues import Issue
from gxq_geo.zone import Zone

# What an investor may want to take: whoever publishes it must be reachable.
_OFFERS = ("sites", "carriers")


def published_without_contact(zone: Zone) -> Iterator[Issue]:
    """A published site or carrier names a phone: its own, or its department's."""
    phones = zone.frame("departments").set_index("department_id")["contact_phone"]
    reachable = set(phones.dropna().index)
    for layer in (zone.layers[name] for name in _OFFERS):
        frame = layer.frame
        mute = frame["contact_phone"].isna() & ~frame["department_id"].isin(reachable)
        for row in np.flatnonzero(frame["published"].fillna(value=False) & mute):
            yield layer.issue(int(row), field="contact_phone")
