"""Format the values of records for display, with their units, in one language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

import pandas as pd

from gxq_geo import words
from gxq_geo.schemas.model import Field, LayerSchema, schema

M2_PER_MU = 10000 / 15
"""1 亩 in m²."""

# Area units: the factor from 亩, and the number of decimals.
_MU_IN = {"mu": (1.0, 1), "ha": (1 / 15, 1), "m2": (M2_PER_MU, 0)}
# Units whose numbers are shown with one decimal.
_TENTHS = ("km", "ha", "km2")
# A format of ``[figures]`` in the schema: a prefix, the factor of the number, and a suffix.
_FIGURE = re.compile(r"(.*?)\{(\d+)\}(.*)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A formatted value and its unit, which may be empty."""

    value: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.value}{'' if self.unit.startswith('/') else ' '}{self.unit}".rstrip()


def amount(number: float, unit: str, lang: str, *, tenth: bool = False) -> Figure:
    """Format a number with a unit of the schema: 30 ``wan_per_mu`` is CNY 300,000/mu.

    Parameters
    ----------
    tenth
        Whether to show exactly one decimal instead of at most two.
    """
    prefix, factor, singular, plural = _pattern(unit, lang)
    shown = (tenths if tenth else plain)(number * factor)
    return Figure(f"{prefix}{shown}", singular if shown == "1" else plural)


def unit_over(unit: str, lang: str) -> str:
    """The unit for a heading over numbers that `amount` formats: CNY/mu."""
    prefix, _, _, plural = _pattern(unit, lang)
    space = "" if not prefix or plural.startswith("/") else " "
    return f"{prefix.rstrip()}{space}{plural}".rstrip()


def _pattern(unit: str, lang: str) -> tuple[str, int, str, str]:
    """The prefix, the factor, and the singular and plural suffix of a unit's numbers."""
    match = _FIGURE.fullmatch(words.pick(schema().figures.get(unit, {}), lang))
    name = words.pick(schema().units.get(unit, {}), lang)
    prefix, factor, suffix = match.groups() if match else ("", "1", name)
    singular, _, plural = suffix.partition("|")
    return prefix, int(factor), singular.strip(), (plural or singular).strip()


def plain(number: float) -> str:
    """Format a number with thousands separators and at most two decimals."""
    text = f"{_rounded(number, 2):,f}"
    return text.rstrip("0").rstrip(".")


def tenths(number: float) -> str:
    """Format a number with thousands separators and one decimal."""
    return f"{_rounded(number, 1):,f}"


def whole(number: float) -> str:
    """Format a number with thousands separators and no decimals."""
    return f"{_rounded(number, 0):,f}"


def _rounded(number: float, decimals: int) -> Decimal:
    """Round halves away from zero, as the page does; never return -0."""
    step = Decimal(1).scaleb(-decimals)
    return Decimal(repr(float(number))).quantize(step, ROUND_HALF_UP) + Decimal(0).quantize(step)


def known(value: object) -> bool:
    """Whether a value is present: not None, NaN, an empty text or an empty list."""
    if isinstance(value, tuple | list):
        return bool(value)
    if isinstance(value, str):
        return bool(value)
    return value is not None and not bool(pd.isna(value))  # type: ignore[call-overload]


@dataclass(frozen=True)
class ValueFormatter:
    """Formats values of records in one language.

    Parameters
    ----------
    layers
        The frame of each layer by name, in which references are looked up.
    lang
        The language.
    """

    layers: Mapping[str, pd.DataFrame]
    lang: str

    def text(self, key: str, **params: object) -> str:
        """The text of a message key; see `gxq_geo.words.text`."""
        return words.text(key, self.lang, **params)

    def unit(self, name: str) -> str:
        """The name of a unit, for numbers that are shown as stored in the layers."""
        return words.pick(schema().units[name], self.lang) if name else ""

    def amount(self, number: float, unit: str) -> Figure:
        """Format a number with its unit, rounded as on the page; see `amount`."""
        return amount(number, unit, self.lang, tenth=unit in _TENTHS)

    def unit_over(self, unit: str) -> str:
        """The unit for a heading over such numbers; see `unit_over`."""
        return unit_over(unit, self.lang)

    def per_hectare(self, wan_per_mu: Any) -> str:
        """Format a price of land per hectare; empty where the language measures land otherwise."""
        if self._area_unit != "ha" or not known(wan_per_mu):
            return ""
        return str(self.amount(wan_per_mu * 15, "wan_per_ha"))

    def exactly(self, number: str, unit: str) -> str:
        """Format a number as stored in a file, neither rounded nor converted, with its unit."""
        prefix, factor, _, plural = _pattern(unit, self.lang)
        if factor == 1:
            return str(Figure(f"{prefix}{number}", plural))
        return self.text("answer.with_unit", label=number, unit=self.unit(unit))

    def label(self, field: Field) -> str:
        """A field's label, without a language in brackets at its end."""
        label = words.pick(field.label, self.lang)
        if not field.lang or label[-1:] not in ")）":
            return label
        return label[: max(label.rfind("("), label.rfind("（"))].rstrip()

    def choice(self, domain: str, value: object) -> str:
        """The label of a domain's value; the value itself if the domain does not have it."""
        label = schema().domains[domain].get(str(value))
        return words.pick(label, self.lang) if label else str(value)

    def area(self, mu: float) -> list[Figure]:
        """Format an area in 亩 in all area units, the usual unit of the language first."""
        names = sorted(_MU_IN, key=lambda name: name != self._area_unit)
        return [
            Figure(f"{_rounded(mu * _MU_IN[name][0], _MU_IN[name][1]):,f}", self.unit(name))
            for name in names
        ]

    @cached_property
    def _area_unit(self) -> str:
        return str(words.languages()[self.lang]["area_unit"])

    @cached_property
    def _names(self) -> dict[tuple[str, str], str]:
        return {
            (name, row[layer.id]): self.name(name, row)
            for name, layer in schema().layers.items()
            if name in self.layers and "name_zh" in self.layers[name]
            for row in _records(self.layers[name], [layer.id, "name_zh", "name_en"])
        }

    def name(self, layer: str, row: Mapping[str, Any]) -> str:
        """The name of a record, in the first language that has one; else its id."""
        names = (row.get(f"name_{code}") for code in words.fallback_order(self.lang))
        return str(next(filter(known, names), row[schema().layers[layer].id]))

    def name_of(self, layer: str, value: object) -> str:
        """The name of the record with an id; the id if it has no name."""
        return self._names.get((layer, str(value)), str(value))

    def raw_value(self, row: Mapping[str, Any], field: Field) -> object:
        """The value of a field, in the first language that has one; else None."""
        if not field.lang:
            return row.get(field.name)
        stem = field.name.removesuffix(field.lang)
        values = (row.get(f"{stem}{code}") for code in words.fallback_order(self.lang))
        return next(filter(known, values), None)

    def value(self, row: Mapping[str, Any], field: Field) -> Figure | None:
        """Format the value of a field of a record; None if it is missing."""
        value = self.raw_value(row, field)
        return self.figure(value, field, row) if known(value) else None

    def figure(self, value: Any, field: Field, row: Mapping[str, Any]) -> Figure:
        """Format a value of a field; it must not be missing.

        Parameters
        ----------
        value, field
            The value and its field.
        row
            The record, on which the domain of a choice may depend.
        """
        if field.type in ("number", "integer"):
            return self._number(value, field)
        if field.type == "boolean":
            return Figure(self.text("page.yes" if value else "page.no"))
        if field.type == "date":
            day = value.date() if hasattr(value, "date") else value
            return Figure(day.isoformat() if isinstance(day, date) else str(day))
        items = [self._item(item, field, row) for item in (value if field.is_list else [value])]
        return Figure(self.text("page.list_join").join(items))

    def _item(self, value: object, field: Field, row: Mapping[str, Any]) -> str:
        if field.ref:
            return self.name_of(field.ref, value)
        if field.type not in ("choice", "choices"):
            return str(value)
        domain = schema().domain_of(field, row)
        label = words.pick(domain[str(value)], self.lang) if domain and str(value) in domain else ""
        return f"{label} {value}" if label and field.domain_by else label or str(value)

    def _number(self, value: float, field: Field) -> Figure:
        if field.unit == "mu":
            return self.area(value)[0]
        if not field.unit:
            return Figure(str(value) if field.type == "integer" else plain(value))
        return self.amount(value, field.unit)

    def fields_of(self, layer: LayerSchema) -> list[Field]:
        """A layer's fields, derived ones included; of a field in several languages only one."""
        fields = [*layer.fields.values(), *layer.derived.values()]
        names = {field.name for field in fields}
        kept = []
        for field in fields:
            stem = field.name.removesuffix(field.lang) if field.lang else ""
            first = next((c for c in words.fallback_order(self.lang) if f"{stem}{c}" in names), "")
            if not field.lang or field.lang == first:
                kept.append(field)
        return kept


def _records(frame: pd.DataFrame, columns: list[str]) -> list[dict[str, Any]]:
    present = [name for name in columns if name in frame]
    return [dict(zip(present, row, strict=True)) for row in zip(*(frame[n] for n in present))]  # noqa: B905
