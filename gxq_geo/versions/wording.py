"""What differs between two states of a zone, in words that a planner would use."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from gxq_geo import words
from gxq_geo.schemas import Field, LayerSchema, schema
from gxq_geo.schemas.display import Speaker, known, tenths, whole
from gxq_geo.schemas.dtypes import reads, to_text
from gxq_geo.versions.difference import Change, Difference, FieldChange
from gxq_geo.versions.geometry import Redrawing
from gxq_geo.zone.layer import Layer

# From so many records on of which the same is to be told, it is told once; so many are then named.
_MANY, _NAMED = 4, 3
# So much is said of a record that came or went.
_SAID = 4
# What is said of it first: how far it is, to what it belongs, how large it is.
_TELLING = ("choice", "ref", "number", "integer", "date")
# Where a record comes from, and who answers for it, does not tell what it is.
_NOT_TELLING = ("record", "contact")


@dataclass(frozen=True, slots=True)
class News:
    """A change in words.

    Parameters
    ----------
    change
        The change.
    subject
        Which record, as a person would name it.
    lines
        What changed, a line each; of a record that came or went, what it is.
    becomes
        The same without what it was before.
    """

    change: Change
    subject: str
    lines: tuple[str, ...]
    becomes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return words.visible(" ".join((self.subject, *self.lines)))


def news(difference: Difference, lang: str, *, speaker: Speaker | None = None) -> list[News]:
    """Each change in words, in the order of the changes.

    Parameters
    ----------
    speaker
        Says values and names; by default each state's records are called as that state has them.
    """
    told = _Teller(difference, lang, speaker)
    return [told.news(one) for one in difference.changes]


def gathered(told: Sequence[News], lang: str) -> list[News]:
    """Changes of one layer, of which those of many records that are alike are one, at the end.

    What is told of such records is only what they have become, unless they were alike before, too.
    """
    alike: dict[tuple[str, ...], list[News]] = defaultdict(list)
    for one in told:
        if one.change.kind == "changed" and not one.change.renamed:
            alike[one.becomes].append(one)
    many = {becomes: some for becomes, some in alike.items() if len(some) >= _MANY}
    out = [
        one
        for one in told
        if one.change.kind != "changed" or one.change.renamed or one.becomes not in many
    ]
    for becomes, some in many.items():
        names = words.text("page.list_join", lang).join(one.change.id for one in some[:_NAMED])
        subject = words.text("diff.many", lang, names=names, count=f"{len(some):,}")
        lines = some[0].lines if len({one.lines for one in some}) == 1 else becomes
        out.append(replace(some[0], subject=subject, lines=lines))
    return out


def counts(changes: Iterable[Change], lang: str) -> str:
    """How many records were added, removed and changed, as one line."""
    kinds = [change.kind for change in changes]
    numbers = {kind: kinds.count(kind) for kind in ("added", "removed", "changed")}
    said = [
        words.text(f"diff.{kind}", lang, count=f"{count:,}")
        for kind, count in numbers.items()
        if count
    ]
    return words.text("diff.join", lang).join(said) or words.text("diff.none", lang)


def settings(difference: Difference, lang: str) -> str:
    """Which settings of ``zone.toml`` are others; empty where none is."""
    if not difference.settings:
        return ""
    return words.text("diff.settings", lang, names=", ".join(difference.settings))


class _Teller:
    def __init__(self, difference: Difference, lang: str, speaker: Speaker | None) -> None:
        self.zones = (difference.old, difference.new)
        self.lang = lang
        self.speakers = [
            speaker or Speaker({name: one.frame for name, one in zone.layers.items()}, lang)
            for zone in self.zones
        ]

    def text(self, key: str, **params: object) -> str:
        return words.text(f"diff.{key}", self.lang, **params)

    def news(self, change: Change) -> News:
        if change.kind != "changed":
            what = tuple(filter(None, [self._told(change)]))
            return News(change, self.subject(change), what, what)
        drawn = tuple(self._identity_and_shape(change))
        said = [self._rewritten(change, one) for one in change.fields]
        lines, becomes = ((*drawn, *(pair[k] for pair in said)) for k in (0, 1))
        return News(change, self.subject(change), lines, becomes)

    # -------------------------------------------------------------- which record

    def subject(self, change: Change) -> str:
        identity = change.id or self.text("no_id")
        if change.renamed:
            identity = self.text("from_to", old=change.old_id, new=change.new_id)
        name = self._name(change)
        if not name or name == change.id:
            return identity
        return words.text("report.named", self.lang, id=identity, name=name)

    def _name(self, change: Change) -> str:
        side = 0 if change.new_row is None else 1
        one, row = self._record(change, side)
        names = (f"name_{code}" for code in words.order(self.lang))
        found = (one.frame[name].iloc[row] for name in names if name in one.frame)
        return str(next(filter(known, found), ""))

    def _record(self, change: Change, side: int) -> tuple[Layer, int]:
        row = (change.old_row, change.new_row)[side]
        assert row is not None  # noqa: S101  # by the kind of the change
        return self.zones[side].layers[change.layer], row

    # -------------------------------------------------------------- what changed

    def _identity_and_shape(self, change: Change) -> Iterator[str]:
        if change.renamed:
            drawn = "same_shape" if change.renamed.geometry else "same_record"
            counts = {"agreeing": change.renamed.agreeing, "filled": change.renamed.filled}
            yield self.text(drawn, **counts)
        if change.redrawing:
            yield self._redrawn(change.redrawing)

    def _told(self, change: Change) -> str:
        """What a record is that came or went."""
        side = 0 if change.new_row is None else 1
        one, row = self._record(change, side)
        record = dict(zip(one.frame.columns, one.frame.iloc[row], strict=True))
        speaker = self.speakers[side]
        said = (speaker.value(record, of) for of in _telling(one.schema) if of.name in record)
        return self.text("join").join(str(one) for one in list(filter(None, said))[:_SAID])

    def _redrawn(self, how: Redrawing) -> str:
        if how.kind == "moved":
            return self.text("moved", m=tenths(how.moved_m or 0))
        if how.kind == "redrawn":
            return self.text("redrawn", old=how.old.vertices, new=how.new.vertices)
        if how.kind == "retyped":
            return self.text("retyped", old=how.old.type, new=how.new.type)
        if how.kind != "reshaped":
            return self.text(how.kind)
        if how.differs_m2 is not None:
            sizes = whole(how.old.area_m2 or 0), whole(how.new.area_m2 or 0)
            return self.text("reshaped", m2=whole(how.differs_m2), old=sizes[0], new=sizes[1])
        if how.apart_m is not None:
            sizes = tenths(how.old.length_m or 0), tenths(how.new.length_m or 0)
            return self.text("bent", m=tenths(how.apart_m), old=sizes[0], new=sizes[1])
        return self.text("redone")

    def _rewritten(self, change: Change, one: FieldChange) -> tuple[str, str]:
        of = self.zones[1].layers[change.layer].schema.fields[one.name]
        said = [self._said(change, side, of, (one.old, one.new)[side]) for side in (0, 1)]
        if said[0] == said[1]:
            said = [self._exactly(of, value) for value in (one.old, one.new)]
        label = words.pick(of.label, self.lang)
        becomes = self.text("becomes", label=label, new=said[1])
        return self.text("field", label=label, old=said[0], new=said[1]), becomes

    def _said(self, change: Change, side: int, of: Field, value: Any) -> str:
        if value is None:
            return words.text("page.missing", self.lang)
        if not _fits(value, of):
            return self.text("odd", value=to_text(value))
        row = {}
        if of.domain_by:
            layer, at = self._record(change, side)
            row = {of.domain_by["field"]: layer.frame[of.domain_by["field"]].iloc[at]}
        figure = self.speakers[side].figure(value, of, row)
        return str(figure)

    def _exactly(self, of: Field, value: Any) -> str:
        """Where words do not tell two values apart: as the file holds it."""
        said = words.text("page.missing", self.lang) if value is None else to_text(value)
        return f"{said} {self.speakers[0].unit(of.unit)}".rstrip()


def _fits(value: Any, of: Field) -> bool:
    if not reads(value, of):
        return False
    if not of.type.startswith("choice"):
        return True
    return set(value if of.is_list else [value]) <= set(schema().values_of(of))


def _telling(of: LayerSchema) -> list[Field]:
    """The fields of a layer by how much they tell: what is required first."""
    schemes = {one.domain_by["field"] for one in of.fields.values() if one.domain_by}
    fields = [
        one
        for one in of.fields.values()
        if one.type in _TELLING and one.group not in _NOT_TELLING and one.name not in schemes
    ]
    return sorted(
        (one for one in fields if one.name != of.id),
        key=lambda one: (not one.required, 0 if one.required else _TELLING.index(one.type)),
    )


def layer_heading(name: str, changes: Iterable[Change], lang: str) -> str:
    """A layer, and how many of its records changed in which way."""
    label = words.pick(schema().layers[name].label, lang)
    return words.text("diff.layer", lang, layer=label, name=name, counts=counts(changes, lang))


def as_table(told: Iterable[News], lang: str) -> pd.DataFrame:
    """Changes in words, a row each: columns ``layer``, ``kind``, ``subject`` and ``said``."""
    join = words.text("page.source_join", lang)
    rows = [
        (
            words.pick(schema().layers[one.change.layer].label, lang),
            words.text(f"diff.kind.{one.change.kind}", lang),
            words.visible(one.subject),
            words.visible(join.join(one.lines)),
        )
        for one in told
    ]
    return pd.DataFrame(rows, columns=["layer", "kind", "subject", "said"], dtype=object)
