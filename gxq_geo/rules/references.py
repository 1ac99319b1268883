"""References: what a record names exists."""

from collections.abc import Iterator

from gxq_geo.issues import Issue, Severity
from gxq_geo.layer import Layer
from gxq_geo.rules.common import nearest
from gxq_geo.words import pick
from gxq_geo.zone import Zone

# A near miss takes a comparison with every id: beyond these, a whole column is wrong.
_SUGGESTIONS = 100


def unknown_reference(zone: Zone) -> Iterator[Issue]:
    """A reference names a record that exists."""
    unread = _unread(zone)
    lost = zone.links.loc[lambda links: ~links["found"].astype(bool)]
    lost = lost.loc[~lost["to_layer"].isin(unread)]
    for name, links in lost.groupby("to_layer", sort=False):
        target = zone.layers[str(name)]
        known = _known(target)
        for rank, link in enumerate(links.itertuples(index=False)):
            yield zone.layers[str(link.layer)].issue(
                int(str(link.row)),
                field=str(link.field),
                value=link.to_id,
                near=nearest(str(link.to_id), known) if rank < _SUGGESTIONS else "",
                target=pick(target.schema.label, "zh"),
                file_named=target.file,
            )


def _known(target: Layer) -> dict[str, dict[str, str]]:
    """The ids of a layer, and the name that somebody may have written in their place."""
    ids = target.frame[target.schema.id]
    names = target.frame.get("name_zh", ids)
    named = zip(ids, names, strict=True)
    return {one: {"zh": str(name)} for one, name in named if isinstance(one, str)}


def _unread(zone: Zone) -> set[str]:
    """Layers that lost records in reading: one fault, not one for each reference to them."""
    doubtful = {issue.layer for issue in zone.issues}
    for layer in zone.layers.values():
        errors = [issue for issue in layer.issues if issue.severity is Severity.ERROR]
        # A fault with a row spoils that record's geometry; any other has lost records.
        if any("row" not in issue.params for issue in errors):
            doubtful.add(layer.name)
    return doubtful
