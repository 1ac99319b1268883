"""References: each id that a record refers to exists."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from gxq_geo.rules.common import MANY, dangling_links, nearest, once_per_zone
from gxq_geo.schemas.normalise import fold, fold_all
from gxq_geo.words.issues import Issue
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer

# A suggestion takes a comparison with every id of the layer: the most suggestions for a layer, and
# the most ids to compare with.
_MOST_SUGGESTIONS, _MOST_COMPARED = 100, 5000


def unknown_reference(zone: Zone) -> Iterator[Issue]:
    """A reference names a record that exists."""
    respelt = {(name, spelling) for name, spelling, _, _ in _respelt(zone)}
    for name, links in dangling_links(zone).groupby("to_layer", sort=False):
        target = zone.layers[str(name)]
        known, folded = _known(target), _folded(target)
        for rank, (link, count) in enumerate(_summarised(links)):
            spelling = str(link.to_id)
            if (target.name, spelling) in respelt:
                continue
            near = folded.get(fold(spelling), "")
            if not near and rank < _MOST_SUGGESTIONS and len(known) <= _MOST_COMPARED:
                near = nearest(spelling, known)
            yield zone.layers[str(link.layer)].issue(
                int(str(link.row)),
                field=str(link.field),
                value=spelling,
                near=near,
                target=f"@schema.layers.{target.name}.label",
                file_named=target.file,
                count=count,
            )


def _summarised(links: pd.DataFrame) -> Iterator[tuple[Any, int]]:
    """Yield the references to report, each with the number of references that it stands for.

    At least `MANY` references to one id are one mistake, such as a record that was deleted.
    """
    same_id = links.groupby("to_id", sort=False)["row"]
    counts = same_id.transform("size").to_numpy()
    kept = (counts < MANY) | (same_id.cumcount() == 0).to_numpy()
    counts = np.where(counts < MANY, 1, counts)[kept]
    return zip(links[kept].itertuples(index=False), counts.tolist(), strict=True)


def id_spelling(zone: Zone) -> Iterator[Issue]:
    """An id is spelled like the references to it."""
    for name, spelling, row, count in _respelt(zone):
        layer = zone.layers[name]
        value = layer.frame[layer.schema.id].iloc[row]
        yield layer.issue(row, field=layer.schema.id, value=value, near_said=spelling, count=count)


@once_per_zone
def _respelt(zone: Zone) -> list[tuple[str, str, int, int]]:
    """Return the ids to which references exist, but only in one other spelling, at least two.

    Each is a tuple of the layer, the other spelling, the row of the id, and the number of
    references.
    """
    out = []
    dangling = dangling_links(zone)
    folded = {name: _folded(zone.layers[name]) for name in dangling["to_layer"].unique()}
    repeated = dangling[dangling.duplicated(["to_layer", "to_id"], keep=False)]
    for (name, spelling), links in repeated.groupby(["to_layer", "to_id"], sort=False):
        target = zone.layers[str(name)]
        own = folded[str(name)].get(fold(str(spelling)), "")
        if not own:
            continue
        named = zone.links["found"].astype(bool) & (zone.links["to_id"] == own)
        if not (named & (zone.links["to_layer"] == name)).any():
            ids = target.frame[target.schema.id]
            out.append((str(name), str(spelling), int(ids[ids == own].index[0]), len(links)))
    return out


def _known(target: Layer) -> dict[str, dict[str, str]]:
    """Return the ids of a layer, each with the name that may be written in its place."""
    ids = target.frame[target.schema.id]
    names = target.frame.get("name_zh", ids)
    named = zip(ids, names, strict=True)
    return {own: {"zh": str(name)} for own, name in named if isinstance(own, str)}


def _folded(target: Layer) -> dict[str, str]:
    """Return the ids of a layer by their folded form; see `gxq_geo.schemas.normalise.fold`."""
    ids = target.frame[target.schema.id].dropna().tolist()
    return dict(zip(fold_all(ids), ids, strict=True))
