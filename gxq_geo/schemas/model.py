"""The schema of the layers and their fields, read from ``data/schema.toml``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

from gxq_geo import words
from gxq_geo.words.errors import GxqError

Words = Mapping[str, str]
Domain = Mapping[str, Words]
Spellings = Mapping[str, Sequence[str]]
FieldType = Literal[
    "text", "texts", "integer", "number", "boolean", "date", "choice", "choices", "ref", "refs"
]

LIST_TYPES = frozenset({"texts", "choices", "refs"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one layer.

    Parameters
    ----------
    name
        The name in files; it includes the unit (``area_mu``).
    type
        One of `FieldType`; the plural ones are lists.
    group
        Key of `Schema.groups`: the heading under which the field is shown.
    label, help
        A short label and a one-line explanation, by language.
    unit
        Key of `Schema.units`, or empty.
    domain
        Key of `Schema.domains` for a choice, or empty.
    domain_by
        For a choice whose domain depends on another field of the record: the name of that field
        under the key ``field``, and the domain for each of its values.
    ref
        The layer whose records a reference names, or empty.
    required
        Whether each record must have a value.
    audience
        ``public`` or ``internal``.
    aliases
        Other column names that are recognised.
    better
        ``low`` or ``high``: which values are better for an investor; empty if neither.
    lang
        The language of the text, if the name ends in it (``name_zh``). The fields with the same
        stem are translations; only one of them is shown.
    min, max, max_length
        Limits of numbers and texts, inclusive.
    at_most
        The field of the same record with its maximum, or empty.
    past
        Whether it is the date of a past event.
    form
        The format of a text: ``phone`` or ``code``; empty for free text.
    """

    name: str
    type: FieldType
    group: str
    label: Words
    help: Words
    unit: str = ""
    domain: str = ""
    domain_by: Mapping[str, str] = field(default_factory=dict)
    ref: str = ""
    required: bool = False
    audience: str = "public"
    aliases: tuple[str, ...] = ()
    better: str = ""
    lang: str = ""
    min: float | None = None
    max: float | None = None
    max_length: int | None = None
    at_most: str = ""
    past: bool = False
    form: str = ""

    @property
    def is_list(self) -> bool:
        """Whether a record may hold several values."""
        return self.type in LIST_TYPES


@dataclass(frozen=True, slots=True)
class LayerSchema:
    """One layer.

    Parameters
    ----------
    name, label, help
        Its name, and a label and an explanation by language.
    id
        The field that identifies a record.
    geometry
        The allowed geometry types; empty for a table.
    fields
        The fields of its files, in file order.
    derived
        Fields that are computed and stored in no file; see `gxq_geo.zone.derived`.
    audience
        ``public`` or ``internal``, for the whole layer.
    required_layer
        Whether a zone must have the layer.
    """

    name: str
    id: str
    label: Words
    help: Words
    geometry: tuple[str, ...]
    fields: Mapping[str, Field]
    derived: Mapping[str, Field] = field(default_factory=dict)
    audience: str = "public"
    required_layer: bool = False

    @property
    def is_table(self) -> bool:
        """Whether the layer has no geometry; its file is then a CSV file."""
        return not self.geometry


@dataclass(frozen=True, slots=True)
class Schema:
    """All layers, and what their fields refer to.

    Parameters
    ----------
    layers
        The layers by name.
    domains
        The values of choices by domain, and the label of each value.
    units, groups
        The names of units and of field groups.
    meaning
        Domain knowledge that rules and analyses use, such as which stages count as signed.
    figures
        By unit, the format of a number: ``"CNY {10000}/mu"`` has the factor in braces. Without a
        format the unit's name follows the number.
    spellings
        By domain, other texts that are recognised for its values.
    headings
        The words with which headings call a record's ``id`` and its ``name``.
    """

    layers: Mapping[str, LayerSchema]
    domains: Mapping[str, Domain]
    units: Mapping[str, Words]
    groups: Mapping[str, Words]
    meaning: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Words] = field(default_factory=dict)
    spellings: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    headings: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def domain_of(self, field: Field, record: Mapping[str, object]) -> Domain | None:
        """The domain of a field in a record; None if the values are not restricted."""
        return self.domains.get(self._domain_name(field, record))

    def spellings_of(self, field: Field, record: Mapping[str, object]) -> Spellings | None:
        """The values of `domain_of`, each with all texts recognised for it: labels, spellings."""
        name = self._domain_name(field, record)
        if name not in self.domains:
            return None
        others = self.spellings.get(name, {})
        return {
            value: (*label.values(), *others.get(value, ()))
            for value, label in self.domains[name].items()
        }

    def _domain_name(self, field: Field, record: Mapping[str, object]) -> str:
        if field.domain_by:
            return field.domain_by.get(str(record.get(field.domain_by["field"])), "")
        return field.domain

    def values_of(self, field: Field) -> tuple[str, ...]:
        """All values of a choice in any record, in the order of its domains."""
        names = [v for k, v in field.domain_by.items() if k != "field"] or [field.domain]
        return tuple(dict.fromkeys(value for name in names for value in self.domains[name]))


def schema() -> Schema:
    """The schema of ``data/schema.toml``, with its texts in every language.

    Raises
    ------
    GxqError
        If the file of an additional language is invalid.
    """
    return _schema(words.folder())


@cache
def _schema(folder: str) -> Schema:
    for fault in words.faults():
        raise GxqError(f"words-{fault.kind}", exit_status=1, path=fault.path, **fault.params)
    raw = words.data("schema")
    owners = {layer["id"]: name for name, layer in raw["layers"].items()}
    fields = {name: _field(name, spec) for name, spec in raw["fields"].items()}
    references = {
        name: _reference(fields[name], spec["as_ref"], owners[name])
        for name, spec in raw["fields"].items()
        if "as_ref" in spec
    }
    layers = {n: _layer(n, spec, fields, references) for n, spec in raw["layers"].items()}
    parts = ("domains", "units", "groups", "meaning", "figures", "spellings", "headings")
    return Schema(layers, *(raw[name] for name in parts))


def _field(name: str, spec: Mapping[str, Any]) -> Field:
    known = {key: value for key, value in spec.items() if key not in ("as_ref", "aliases")}
    return Field(name=name, aliases=tuple(spec.get("aliases", ())), **known)


def _reference(own: Field, spec: Mapping[str, Any], layer: str) -> Field:
    """The field of other layers that refers to the records of `layer` by its id field `own`."""
    return replace(
        own,
        type="ref",
        ref=layer,
        group=spec["group"],
        label=spec["label"],
        aliases=(*spec["aliases"], *own.aliases),
    )


def _layer(
    name: str, spec: Mapping[str, Any], fields: Mapping[str, Field], references: Mapping[str, Field]
) -> LayerSchema:
    required, overrides = set(spec["required"]), spec.get("override", {})

    def in_layer(field_name: str) -> Field:
        own = field_name == spec["id"] or field_name not in references
        base = fields[field_name] if own else references[field_name]
        changes = overrides.get(field_name, {})
        return replace(base, required=field_name in required, **changes)

    return LayerSchema(
        name=name,
        id=spec["id"],
        label=spec["label"],
        help=spec["help"],
        geometry=tuple(spec["geometry"]),
        fields={field_name: in_layer(field_name) for field_name in spec["fields"]},
        derived={field_name: fields[field_name] for field_name in spec.get("derived", ())},
        audience=spec.get("audience", "public"),
        required_layer=spec.get("required_layer", False),
    )
