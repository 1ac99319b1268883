"""References: what a record names exists."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from gxq_geo.rules.common import MANY, lost_links, nearest, once
from gxq_geo.schemas.normalise import fold, fold_all
from gxq_geo.words.issues import Issue
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer

# A near miss takes a comparison with every id: beyond these, a whole column is wrong, or the
# layer too large to compare with.
_SUGGESTIONS, _COMPARED = 100, 5000


def unknown_reference(zone: Zone) -> Iterator[Issue]:
    """A reference names a record that exists."""
    lost = lost_links(zone)
    respelt = {(name, said) for name, said, _, _ in _respelt(zone)}
    for name, links in lost.groupby("to_layer", sort=False):
        target = zone.layers[str(name)]
        known, folded = _known(target), _folded(target)
        for rank, (link, count) in enumerate(_told(links)):
            said = str(link.to_id)
            if (target.name, said) in respelt:
                continue
            near = folded.get(fold(said), "")
            if not near and rank < _SUGGESTIONS and len(known) <= _COMPARED:
                near = nearest(said, known)
            yield zone.layers[str(link.layer)].issue(
                int(str(link.row)),
                field=str(link.field),
                value=said,
                near=near,
                target=f"@schema.layers.{target.name}.label",
                file_named=target.file,
                count=count,
            )


def _told(links: pd.DataFrame) -> Iterator[tuple[Any, int]]:
    """The references to tell of, and how many each stands for.

    Many to one id, of whatever layer, are one mistake, such as a record that was deleted.
    """
    alike = links.groupby("to_id", sort=False)["row"]
    counts = alike.transform("size").to_numpy()
    kept = (counts < MANY) | (alike.cumcount() == 0).to_numpy()
    counts = np.where(counts < MANY, 1, counts)[kept]
    return zip(links[kept].itertuples(index=False), counts.tolist(), strict=True)


def id_spelling(zone: Zone) -> Iterator[Issue]:
    """An id is spelled as the records that name it spell it."""
    for name, said, row, count in _respelt(zone):
        layer = zone.layers[name]
        value = layer.frame[layer.schema.id].iloc[row]
        yield layer.issue(row, field=layer.schema.id, value=value, near_said=said, count=count)


@once
def _respelt(zone: Zone) -> list[tuple[str, str, int, int]]:
    """Ids that nobody names as they stand, and several name in one other spelling.

    Layer, the other spelling, row of the id, and how often it is named.
    """
    out = []
    lost = lost_links(zone)
    folded = {name: _folded(zone.layers[name]) for name in lost["to_layer"].unique()}
    often = lost[lost.duplicated(["to_layer", "to_id"], keep=False)]
    for (name, said), links in often.groupby(["to_layer", "to_id"], sort=False):
        target = zone.layers[str(name)]
        own = folded[str(name)].get(fold(str(said)), "")
        if not own:
            continue
        named = zone.links["found"].astype(bool) & (zone.links["to_id"] == own)
        if not (named & (zone.links["to_layer"] == name)).any():
            ids = target.frame[target.schema.id]
            out.append((str(name), str(said), int(ids[ids == own].index[0]), len(links)))
    return out


def _known(target: Layer) -> dict[str, dict[str, str]]:
    """The ids of a layer, and the name that somebody may have written in their place."""
    ids = target.frame[target.schema.id]
    names = target.frame.get("name_zh", ids)
    named = zip(ids, names, strict=True)
    return {one: {"zh": str(name)} for one, name in named if isinstance(one, str)}


def _folded(target: Layer) -> dict[str, str]:
    """The ids of a layer by what they say; see `spelling.fold`."""
    ids = target.frame[target.schema.id].dropna().tolist()
    return dict(zip(fold_all(ids), ids, strict=True))
