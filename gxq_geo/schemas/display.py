"""Figures in words: a value of a record as a person reads it, with its unit, in one language."""

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

_MU_IN = {"mu": (1.0, 1), "ha": (1 / 15, 1), "m2": (M2_PER_MU, 0)}
_TENTHS = ("km", "ha", "km2")


@dataclass(frozen=True, slots=True)
class Figure:
    """A value in words: the figure itself and its unit; the unit is empty where there is none."""

    value: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.value} {self.unit}".rstrip()


def plain(number: float) -> str:
    """A number with its thousands set apart and at most two decimals."""
    text = f"{_rounded(number, 2):,f}"
    return text.rstrip("0").rstrip(".")


def tenths(number: float) -> str:
    """A number with its thousands set apart and one decimal."""
    return f"{_rounded(number, 1):,f}"


def whole(number: float) -> str:
    """A number with its thousands set apart and no decimals."""
    return f"{_rounded(number, 0):,f}"


def _rounded(number: float, decimals: int) -> Decimal:
    """Halves away from zero, as the page and a planner round; never -0."""
    step = Decimal(1).scaleb(-decimals)
    return Decimal(repr(float(number))).quantize(step, ROUND_HALF_UP) + Decimal(0).quantize(step)


def known(value: object) -> bool:
    """Whether a record says something in a field."""
    if isinstance(value, tuple | list):
        return bool(value)
    if isinstance(value, str):
        return bool(value)
    return value is not None and not bool(pd.isna(value))  # type: ignore[call-overload]


@dataclass(frozen=True)
class Speaker:
    """Says values of records in one language.

    Parameters
    ----------
    layers
        A frame for each layer's name: the records that references name.
    lang
        The language.
    """

    layers: Mapping[str, pd.DataFrame]
    lang: str

    def text(self, key: str, **params: object) -> str:
        """The words for a key."""
        return words.text(key, self.lang, **params)

    def unit(self, name: str) -> str:
        """A unit; one that begins with a figure, such as 10k CNY, is set off: ×10k CNY."""
        said = words.pick(schema().units[name], self.lang) if name else ""
        return f"×{said}" if said[:1].isdigit() else said

    def label(self, field: Field) -> str:
        """A field's label, without the language that it names in brackets at its end."""
        said = words.pick(field.label, self.lang)
        if not field.lang or said[-1:] not in ")）":
            return said
        return said[: max(said.rfind("("), said.rfind("（"))].rstrip()

    def word(self, domain: str, value: object) -> str:
        """A value of a domain in words; itself where the domain does not know it."""
        said = schema().domains[domain].get(str(value))
        return words.pick(said, self.lang) if said else str(value)

    def area(self, mu: float) -> list[Figure]:
        """An area in all its units, the reader's own first, from 亩."""
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
            (name, row[of.id]): self.name(name, row)
            for name, of in schema().layers.items()
            if name in self.layers and "name_zh" in self.layers[name]
            for row in _records(self.layers[name], [of.id, "name_zh", "name_en"])
        }

    def name(self, layer: str, row: Mapping[str, Any]) -> str:
        """The name of a record, in the nearest language in which it has one; else its id."""
        names = (row.get(f"name_{code}") for code in words.order(self.lang))
        return str(next(filter(known, names), row[schema().layers[layer].id]))

    def named(self, layer: str, value: object) -> str:
        """The name of the record that an id refers to; the id where it has none."""
        return self._names.get((layer, str(value)), str(value))

    def said(self, row: Mapping[str, Any], field: Field) -> object:
        """What a record says in a field, in the nearest language in which it says it."""
        if not field.lang:
            return row.get(field.name)
        stem = field.name.removesuffix(field.lang)
        found = (row.get(f"{stem}{code}") for code in words.order(self.lang))
        return next(filter(known, found), None)

    def value(self, row: Mapping[str, Any], field: Field) -> Figure | None:
        """A record's value in words; None where it is not known."""
        value = self.said(row, field)
        return self.figure(value, field, row) if known(value) else None

    def figure(self, value: Any, field: Field, row: Mapping[str, Any]) -> Figure:
        """A known value of a field in words; ``row`` is the record that it stands in."""
        if field.type in ("number", "integer"):
            return self._number(value, field)
        if field.type == "boolean":
            return Figure(self.text("page.yes" if value else "page.no"))
        if field.type == "date":
            day = value.date() if hasattr(value, "date") else value
            return Figure(day.isoformat() if isinstance(day, date) else str(day))
        said = [self._one(one, field, row) for one in (value if field.is_list else [value])]
        return Figure(self.text("page.list_join").join(said))

    def _one(self, value: object, field: Field, row: Mapping[str, Any]) -> str:
        if field.ref:
            return self.named(field.ref, value)
        if field.type not in ("choice", "choices"):
            return str(value)
        domain = schema().domain_of(field, row)
        said = words.pick(domain[str(value)], self.lang) if domain and str(value) in domain else ""
        return f"{said} {value}" if said and field.domain_by else said or str(value)

    def _number(self, value: float, field: Field) -> Figure:
        if field.unit == "mu":
            return self.area(value)[0]
        if not field.unit:
            return Figure(str(value) if field.type == "integer" else plain(value))
        said = tenths(value) if field.unit in _TENTHS else plain(value)
        return Figure(said, self.unit(field.unit))

    def own(self, of: LayerSchema) -> list[Field]:
        """A layer's fields, of those that say the same in two languages only the nearest."""
        every = [*of.fields.values(), *of.derived.values()]
        names = {field.name for field in every}
        kept = []
        for field in every:
            stem = field.name.removesuffix(field.lang) if field.lang else ""
            nearest = next((c for c in words.order(self.lang) if f"{stem}{c}" in names), "")
            if not field.lang or field.lang == nearest:
                kept.append(field)
        return kept


def _records(frame: pd.DataFrame, columns: list[str]) -> list[dict[str, Any]]:
    present = [name for name in columns if name in frame]
    return [dict(zip(present, row, strict=True)) for row in zip(*(frame[n] for n in present))]  # noqa: B905
