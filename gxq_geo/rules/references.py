"""References: what a record names exists."""

from collections.abc import Iterator

from gxq_geo.issues import Issue, Severity
from gxq_geo.rules.common import nearest
from gxq_geo.words import pick
from gxq_geo.zone import Zone


def unknown_reference(zone: Zone) -> Iterator[Issue]:
    """A reference names a record that exists."""
    unread = _unread(zone)
    lost = zone.links.loc[lambda links: ~links["found"].astype(bool)]
    lost = lost.loc[~lost["to_layer"].isin(unread)]
    for link in lost.itertuples(index=False):
        target = zone.layers[str(link.to_layer)]
        names = target.frame.get("name_zh")
        ids = target.frame[target.schema.id]
        known = {
            str(one): {"zh": "" if names is None else str(names.iloc[row])}
            for row, one in enumerate(ids)
        }
        yield zone.layers[str(link.layer)].issue(
            int(str(link.row)),
            field=str(link.field),
            value=link.to_id,
            near=nearest(str(link.to_id), known),
            target=pick(target.schema.label, "zh"),
            file_named=target.file,
        )


def _unread(zone: Zone) -> set[str]:
    """Layers that lost records in reading: one fault, not one for each reference to them."""
    doubtful = {issue.layer for issue in zone.issues}
    for layer in zone.layers.values():
        errors = [issue for issue in layer.issues if issue.severity is Severity.ERROR]
        # A fault with a row spoils that record's geometry; any other has lost records.
        if any("row" not in issue.params for issue in errors):
            doubtful.add(layer.name)
    return doubtful
