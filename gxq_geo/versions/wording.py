"""Describe the differences between two states of a zone in one language."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from gxq_geo import words
from gxq_geo.schemas import Field, LayerSchema, schema
from gxq_geo.schemas.display import ValueFormatter, known, tenths, whole
from gxq_geo.schemas.dtypes import fits_type, to_text
from gxq_geo.versions.difference import Change, Difference, FieldChange
from gxq_geo.versions.geometry import GeometryChange
from gxq_geo.zone.layer import Layer

# The least number of similar changes that are grouped, and the most records named in a group.
_LEAST_SIMILAR, _MOST_NAMED = 4, 3
# The number of fields that describe a record that was added or removed.
_MOST_FIELDS = 4
# The types of fields that describe a record, the most important first.
_TYPES = ("choice", "ref", "number", "integer", "date")
# The groups of fields that do not describe it: its source, and who is responsible for it.
_OTHER_GROUPS = ("record", "contact")


@dataclass(frozen=True, slots=True)
class ChangeText:
    """The description of a change.

    Parameters
    ----------
    change
        The change.
    subject
        The id and name of the record.
    lines
        A line for each change; for a record added or removed, its main values.
    lines_now
        The same lines without the old values.
    """

    change: Change
    subject: str
    lines: tuple[str, ...]
    lines_now: tuple[str, ...] = ()

    def __str__(self) -> str:
        return words.visible(" ".join((self.subject, *self.lines)))


def change_texts(
    difference: Difference, lang: str, *, fmt: ValueFormatter | None = None
) -> list[ChangeText]:
    """Return the descriptions of the changes, in their order.

    Parameters
    ----------
    fmt
        Formats values and names; by default, the names of each state are those in its own layers.
    """
    formatter = _ChangeFormatter(difference, lang, fmt)
    return [formatter.describe(change) for change in difference.changes]


def group_similar(texts: Sequence[ChangeText], lang: str) -> list[ChangeText]:
    """Replace similar changes of many records of a layer by one description, at the end.

    It has the old values only where they are equal for all these records.
    """
    by_lines: dict[tuple[str, ...], list[ChangeText]] = defaultdict(list)
    for text in texts:
        if _may_be_grouped(text):
            by_lines[text.lines_now].append(text)
    groups = {lines: group for lines, group in by_lines.items() if len(group) >= _LEAST_SIMILAR}
    out = [text for text in texts if not _may_be_grouped(text) or text.lines_now not in groups]
    for lines_now, group in groups.items():
        ids = (text.change.id for text in group[:_MOST_NAMED])
        names = words.text("page.list_join", lang).join(ids)
        subject = words.text("diff.many", lang, names=names, count=f"{len(group):,}")
        lines = group[0].lines if len({text.lines for text in group}) == 1 else lines_now
        out.append(replace(group[0], subject=subject, lines=lines))
    return out


def _may_be_grouped(text: ChangeText) -> bool:
    return text.change.kind == "changed" and not text.change.renamed


def counts_line(changes: Iterable[Change], lang: str) -> str:
    """Return the number of records added, removed and changed, as one line."""
    kinds = [change.kind for change in changes]
    numbers = {kind: kinds.count(kind) for kind in ("added", "removed", "changed")}
    parts = [
        words.text(f"diff.{kind}", lang, count=f"{count:,}")
        for kind, count in numbers.items()
        if count
    ]
    return words.text("diff.join", lang).join(parts) or words.text("diff.none", lang)


def settings_line(difference: Difference, lang: str) -> str:
    """Return the names of the changed settings of ``zone.toml`` as one line, or an empty text."""
    if not difference.settings:
        return ""
    return words.text("diff.settings", lang, names=", ".join(difference.settings))


class _ChangeFormatter:
    """Describes the changes between two states in one language."""

    def __init__(self, difference: Difference, lang: str, fmt: ValueFormatter | None) -> None:
        self.zones = (difference.old, difference.new)
        self.lang = lang
        self.formatters = [
            fmt or ValueFormatter({name: layer.frame for name, layer in zone.layers.items()}, lang)
            for zone in self.zones
        ]

    def text(self, key: str, **params: object) -> str:
        return words.text(f"diff.{key}", self.lang, **params)

    def describe(self, change: Change) -> ChangeText:
        if change.kind != "changed":
            summary = tuple(filter(None, [self._record_summary(change)]))
            return ChangeText(change, self.subject(change), summary, summary)
        head = tuple(self._id_and_geometry_lines(change))
        pairs = [self._field_lines(change, field) for field in change.fields]
        lines, lines_now = ((*head, *(pair[k] for pair in pairs)) for k in (0, 1))
        return ChangeText(change, self.subject(change), lines, lines_now)

    # -------------------------------------------------------------- the record

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
        layer, row = self._record(change, side)
        names = (f"name_{code}" for code in words.fallback_order(self.lang))
        found = (layer.frame[name].iloc[row] for name in names if name in layer.frame)
        return str(next(filter(known, found), ""))

    def _record(self, change: Change, side: int) -> tuple[Layer, int]:
        row = (change.old_row, change.new_row)[side]
        assert row is not None  # noqa: S101  # The record exists in this state.
        return self.zones[side].layers[change.layer], row

    # -------------------------------------------------------------- the change

    def _id_and_geometry_lines(self, change: Change) -> Iterator[str]:
        if change.renamed:
            key = "same_shape" if change.renamed.geometry else "same_record"
            counts = {"agreeing": change.renamed.agreeing, "filled": change.renamed.filled}
            yield self.text(key, **counts)
        if change.geometry:
            yield self._geometry_line(change.geometry)

    def _record_summary(self, change: Change) -> str:
        """Return the main values of a record that was added or removed."""
        side = 0 if change.new_row is None else 1
        layer, row = self._record(change, side)
        record = dict(zip(layer.frame.columns, layer.frame.iloc[row], strict=True))
        fields = (field for field in _main_fields(layer.schema) if field.name in record)
        values = (self.formatters[side].value(record, field) for field in fields)
        return self.text("join").join(map(str, list(filter(None, values))[:_MOST_FIELDS]))

    def _geometry_line(self, change: GeometryChange) -> str:
        old, new = change.old, change.new
        if change.kind == "moved":
            return self.text("moved", m=tenths(change.moved_m or 0))
        if change.kind == "redrawn":
            return self.text("redrawn", old=old.vertices, new=new.vertices)
        if change.kind == "retyped":
            return self.text("retyped", old=old.type, new=new.type)
        if change.kind != "reshaped":
            return self.text(change.kind)
        if change.differs_m2 is not None:
            sizes = whole(old.area_m2 or 0), whole(new.area_m2 or 0)
            return self.text("reshaped", m2=whole(change.differs_m2), old=sizes[0], new=sizes[1])
        if change.apart_m is not None:
            sizes = tenths(old.length_m or 0), tenths(new.length_m or 0)
            return self.text("bent", m=tenths(change.apart_m), old=sizes[0], new=sizes[1])
        return self.text("redone")

    def _field_lines(self, change: Change, field: FieldChange) -> tuple[str, str]:
        """Return a line with the old and new values, and one with the new value only."""
        known = self.zones[1].layers[change.layer].schema.fields[field.name]
        old, new = (self._value(change, k, known, (field.old, field.new)[k]) for k in (0, 1))
        if old == new:
            old, new = (self._exact_value(known, value) for value in (field.old, field.new))
        label = words.pick(known.label, self.lang)
        line_now = self.text("becomes", label=label, new=new)
        return self.text("field", label=label, old=old, new=new), line_now

    def _value(self, change: Change, side: int, field: Field, value: Any) -> str:
        if value is None:
            return words.text("page.missing", self.lang)
        if not _fits(value, field):
            return self.text("odd", value=to_text(value))
        record = {}
        if field.domain_by:
            layer, row = self._record(change, side)
            deciding = field.domain_by["field"]
            record = {deciding: layer.frame[deciding].iloc[row]}
        figure = self.formatters[side].figure(value, field, record)
        return str(figure)

    def _exact_value(self, field: Field, value: Any) -> str:
        """Return a value as in the file, for two values that are equal after formatting."""
        if value is None:
            return words.text("page.missing", self.lang)
        return self.formatters[0].exactly(to_text(value), field.unit)


def _fits(value: Any, field: Field) -> bool:
    """Return whether a value has the type of its field and is in its domain."""
    if not fits_type(value, field):
        return False
    if not field.type.startswith("choice"):
        return True
    return set(value if field.is_list else [value]) <= set(schema().values_of(field))


def _main_fields(layer: LayerSchema) -> list[Field]:
    """Return the fields that describe a record, required fields first."""
    known = layer.fields.values()
    schemes = {field.domain_by["field"] for field in known if field.domain_by}
    fields = [
        field
        for field in known
        if field.type in _TYPES
        and field.group not in _OTHER_GROUPS
        and field.name not in {layer.id, *schemes}
    ]
    return sorted(
        fields,
        key=lambda field: (not field.required, 0 if field.required else _TYPES.index(field.type)),
    )


def layer_heading(name: str, changes: Iterable[Change], lang: str) -> str:
    """Return the name of a layer and the numbers of its changes."""
    label = words.pick(schema().layers[name].label, lang)
    return words.text("diff.layer", lang, layer=label, name=name, counts=counts_line(changes, lang))


def as_table(texts: Iterable[ChangeText], lang: str) -> pd.DataFrame:
    """Return a row for each change: columns ``layer``, ``kind``, ``subject`` and ``lines``."""
    join = words.text("page.source_join", lang)
    rows = [
        (
            words.pick(schema().layers[text.change.layer].label, lang),
            words.text(f"diff.kind.{text.change.kind}", lang),
            words.visible(text.subject),
            words.visible(join.join(text.lines)),
        )
        for text in texts
    ]
    return pd.DataFrame(rows, columns=["layer", "kind", "subject", "lines"], dtype=object)
