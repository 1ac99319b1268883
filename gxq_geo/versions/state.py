"""A layer in one of two compared states: its values and geometries, by row."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gxq_geo.schemas import Field
from gxq_geo.schemas.dtypes import raw_values
from gxq_geo.versions import geometry
from gxq_geo.zone.layer import Layer

# Numbers with a smaller relative difference are equal.
_RELATIVE_TOLERANCE = 1e-9

Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


class State:
    """A layer in one state; rows are positions in its frame.

    Parameters
    ----------
    layer
        The layer.
    """

    def __init__(self, layer: Layer) -> None:
        self.layer, self.frame, self.schema = layer, layer.frame, layer.schema

    @cached_property
    def ids(self) -> pd.Series:
        """The id of each record; empty where it has none."""
        return self.frame[self.schema.id].fillna("").astype(object).reset_index(drop=True)

    @cached_property
    def invalid_values(self) -> Mapping[str, Mapping[int, list[str]]]:
        """The texts that are not valid values of their field, by field and row."""
        out: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for cell in self.layer.bad_cells:
            out[cell.field][cell.row].append(cell.value)
        return out

    def column(self, field: Field, rows: Rows) -> pd.Series:
        """Return the values of a field in some rows."""
        return self.frame[field.name].iloc[rows]

    def has_value(self, field: Field, rows: Rows) -> Flags:
        """Return in which rows a field has a value."""
        column = self.column(field, rows)
        if field.is_list:
            return np.fromiter((len(items) > 0 for items in column), dtype=bool, count=len(rows))
        return column.notna().to_numpy(dtype=bool)

    def values(self, field: Field, rows: Rows) -> list[Any]:
        """Return the values of a field in some rows as JSON values; invalid ones as written."""
        values = raw_values(self.column(field, rows), field)
        for position, texts in self._invalid_values(field, rows).items():
            values[position] = [*(values[position] or ()), *texts] if field.is_list else texts[0]
        return values

    def _invalid_values(self, field: Field, rows: Rows) -> dict[int, list[str]]:
        """Return the invalid values of a field by their position in `rows`."""
        cells = self.invalid_values.get(field.name)
        if not cells:
            return {}
        positions = np.flatnonzero(np.isin(rows, list(cells)))
        return {int(position): cells[int(rows[position])] for position in positions}

    def invalid_positions(self, field: Field, rows: Rows) -> set[int]:
        """Return the positions in `rows` of the invalid values of a field."""
        return set(self._invalid_values(field, rows))

    def shapes(self, rows: Rows) -> geometry.Shapes:
        """Return the geometries of some rows."""
        return np.asarray(self.frame.geometry.to_numpy()[rows], dtype=object)

    def geometry_keys(self, rows: Rows) -> list[Any]:
        """Return keys that are equal for equal geometries; None without a geometry."""
        return [key or None for key in geometry.geometry_keys(self.shapes(rows))]

    def value_keys(self, rows: Rows, *, identity: bool) -> list[Any]:
        """Return keys that are equal for records with equal values, with or without the id."""
        known = self.schema.fields.values()
        fields = [field for field in known if identity or field.name != self.schema.id]
        return list(zip(*(map(_key, self.values(field, rows)) for field in fields), strict=True))


def _key(value: Any) -> str:
    """Return a text that is equal for equal values; the order of a list does not matter."""
    return repr(sorted(value) if isinstance(value, list) else value)


def differs(field: Field, old: State, new: State, *, rows: tuple[Rows, Rows]) -> Flags:
    """Return for which pairs of rows the values of a field differ.

    Parameters
    ----------
    field
        The field.
    old, new
        The two states.
    rows
        The rows of each state, with the same length.
    """
    out = _differs(old.column(field, rows[0]), new.column(field, rows[1]), field)
    invalid = old.invalid_positions(field, rows[0]) | new.invalid_positions(field, rows[1])
    for position in invalid:
        before = old.values(field, rows[0][[position]])
        now = new.values(field, rows[1][[position]])
        out[position] = _key(before[0]) != _key(now[0])
    return out


def _differs(old: pd.Series, new: pd.Series, field: Field) -> Flags:
    if field.is_list:
        pairs = zip(old, new, strict=True)
        lists = (a != b and sorted(a) != sorted(b) for a, b in pairs)
        return np.fromiter(lists, dtype=bool, count=len(old))
    if field.type == "number":
        numbers = old.to_numpy(dtype=float), new.to_numpy(dtype=float)
        return np.asarray(~np.isclose(*numbers, rtol=_RELATIVE_TOLERANCE, atol=0, equal_nan=True))
    if field.type == "choice":
        return np.asarray(old.cat.codes.to_numpy() != new.cat.codes.to_numpy())
    known = [column.notna().to_numpy(dtype=bool) for column in (old, new)]
    other = pd.Series(old.array != new.array).fillna(value=True).to_numpy(dtype=bool)
    return np.asarray((known[0] != known[1]) | (known[0] & known[1] & other))
