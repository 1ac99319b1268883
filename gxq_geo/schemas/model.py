"""The schema: which fields each layer has, and what each of them means.

Everything is read from ``data/schema.toml``; nothing here names a layer or a field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

from gxq_geo import words
from gxq_geo.words.errors import GxqError

Words = Mapping[str, str]
Domain = Mapping[str, Words]
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
        As files hold it; a unit stands in the name (``area_mu``).
    type
        One of `FieldType`; the plural ones are lists.
    group
        The heading under which it is shown.
    label, help
        Words by language: a short label, and one line of explanation.
    unit
        Key of `Schema.units`, or empty.
    domain
        Key of `Schema.domains` for a choice, or empty.
    domain_by
        For a choice whose domain depends on another field of the record: that field's name
        under ``field``, and the domain for each of its values.
    ref
        The layer that a reference names records of, or empty.
    required
        Whether each record must have it.
    audience
        ``public`` or ``internal``.
    aliases
        Other names under which planners write it.
    better
        ``low`` or ``high``: which value suits an investor better; empty where neither does.
    lang
        The language in which it is written, where the name says so (``name_zh``); such fields of
        one stem say the same, and a reader is shown the one in the nearest language.
    min, max, max_length
        Limits of numbers and texts, inclusive.
    at_most
        The field of the same record that bounds it from above, or empty.
    past
        Whether it is a date on which something has happened.
    form
        How a text is written: ``phone`` or ``code``, or empty where it is free.
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
        Its name, and words by language.
    id
        The field that identifies a record.
    geometry
        The geometry types allowed; none for a table.
    fields
        What its files hold, in the order in which they hold it.
    derived
        What is computed from the layers when they are shown; no file holds it.
    audience
        ``public`` or ``internal``, for the layer as a whole.
    required_layer
        Whether a zone must have it.
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
        """Whether the layer has no geometry and is kept as CSV."""
        return not self.geometry


@dataclass(frozen=True, slots=True)
class Schema:
    """Every layer, domain, unit and group; ``meaning`` is what the rules know of the field."""

    layers: Mapping[str, LayerSchema]
    domains: Mapping[str, Domain]
    units: Mapping[str, Words]
    groups: Mapping[str, Words]
    meaning: Mapping[str, Any] = field(default_factory=dict)

    def domain_of(self, of: Field, record: Mapping[str, object]) -> Domain | None:
        """The values that a field may hold in a record; None where any value may stand."""
        name = of.domain
        if of.domain_by:
            name = of.domain_by.get(str(record.get(of.domain_by["field"])), "")
        return self.domains.get(name)

    def values_of(self, of: Field) -> tuple[str, ...]:
        """Every value that a choice may hold in any record, in the order of the domains."""
        names = [v for k, v in of.domain_by.items() if k != "field"] or [of.domain]
        return tuple(dict.fromkeys(value for name in names for value in self.domains[name]))


def schema() -> Schema:
    """The schema that the package carries, its words in every language.

    Raises
    ------
    GxqError
        If the file of a further language is wrong.
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
    return Schema(layers, raw["domains"], raw["units"], raw["groups"], raw["meaning"])


def _field(name: str, spec: Mapping[str, Any]) -> Field:
    known = {key: value for key, value in spec.items() if key not in ("as_ref", "aliases")}
    return Field(name=name, aliases=tuple(spec.get("aliases", ())), **known)


def _reference(own: Field, spec: Mapping[str, Any], layer: str) -> Field:
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

    def here(field_name: str) -> Field:
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
        fields={field_name: here(field_name) for field_name in spec["fields"]},
        derived={field_name: fields[field_name] for field_name in spec.get("derived", ())},
        audience=spec.get("audience", "public"),
        required_layer=spec.get("required_layer", False),
    )
