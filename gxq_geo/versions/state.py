"""One of two states of a layer: what its records say, and how they are drawn."""

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

# Numbers that differ by less, relatively, are the same number written twice.
_SAME = 1e-9

Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


class State:
    """A layer at one time; rows are places in its frame.

    Parameters
    ----------
    layer
        The layer.
    """

    def __init__(self, layer: Layer) -> None:
        self.layer, self.frame, self.schema = layer, layer.frame, layer.schema

    @cached_property
    def ids(self) -> pd.Series:
        """The id of each record, empty where it has none."""
        return self.frame[self.schema.id].fillna("").astype(object).reset_index(drop=True)

    @cached_property
    def odd(self) -> Mapping[str, Mapping[int, list[str]]]:
        """What the file holds that does not fit its field, by field and row."""
        out: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for cell in self.layer.bad_cells:
            out[cell.field][cell.row].append(cell.value)
        return out

    def column(self, of: Field, rows: Rows) -> pd.Series:
        """What a field says in some rows."""
        return self.frame[of.name].iloc[rows]

    def says(self, of: Field, rows: Rows) -> Flags:
        """In which rows a field says anything."""
        column = self.column(of, rows)
        if of.is_list:
            return np.fromiter((len(one) > 0 for one in column), dtype=bool, count=len(rows))
        return column.notna().to_numpy(dtype=bool)

    def values(self, of: Field, rows: Rows) -> list[Any]:
        """What a field says in some rows, as JSON holds it; what does not fit it, as written."""
        values = raw_values(self.column(of, rows), of)
        for place, written in self._odd(of, rows).items():
            values[place] = [*(values[place] or ()), *written] if of.is_list else written[0]
        return values

    def _odd(self, of: Field, rows: Rows) -> dict[int, list[str]]:
        """What does not fit a field, by the place among some rows."""
        cells = self.odd.get(of.name)
        if not cells:
            return {}
        places = np.flatnonzero(np.isin(rows, list(cells)))
        return {int(place): cells[int(rows[place])] for place in places}

    def odd_places(self, of: Field, rows: Rows) -> set[int]:
        """Where among some rows the file holds what does not fit a field."""
        return set(self._odd(of, rows))

    def shapes(self, rows: Rows) -> geometry.Shapes:
        """The geometries of some rows."""
        return np.asarray(self.frame.geometry.to_numpy()[rows], dtype=object)

    def drawn(self, rows: Rows) -> list[Any]:
        """Keys of which those of rows that are drawn alike are equal; None without a geometry."""
        return [key or None for key in geometry.written_alike(self.shapes(rows))]

    def said(self, rows: Rows, *, identity: bool) -> list[Any]:
        """Keys of which those of rows that say the same are equal; with the id, or without."""
        fields = [of for of in self.schema.fields.values() if identity or of.name != self.schema.id]
        return list(zip(*(map(_key, self.values(of, rows)) for of in fields), strict=True))


def _key(value: Any) -> str:
    """What equal values have in common: of a list, whatever its order."""
    return repr(sorted(value) if isinstance(value, list) else value)


def unlike(of: Field, old: State, new: State, *, rows: tuple[Rows, Rows]) -> Flags:
    """Where a field says something else.

    Parameters
    ----------
    of
        The field.
    old, new
        The two states.
    rows
        Which rows of each are compared, one for one.
    """
    out = _unlike(old.column(of, rows[0]), new.column(of, rows[1]), of)
    for place in old.odd_places(of, rows[0]) | new.odd_places(of, rows[1]):
        pair = old.values(of, rows[0][[place]]), new.values(of, rows[1][[place]])
        out[place] = _key(pair[0][0]) != _key(pair[1][0])
    return out


def _unlike(old: pd.Series, new: pd.Series, of: Field) -> Flags:
    if of.is_list:
        pairs = zip(old, new, strict=True)
        lists = (a != b and sorted(a) != sorted(b) for a, b in pairs)
        return np.fromiter(lists, dtype=bool, count=len(old))
    if of.type == "number":
        numbers = old.to_numpy(dtype=float), new.to_numpy(dtype=float)
        return np.asarray(~np.isclose(*numbers, rtol=_SAME, atol=0, equal_nan=True))
    if of.type == "choice":
        return np.asarray(old.cat.codes.to_numpy() != new.cat.codes.to_numpy())
    here = [column.notna().to_numpy(dtype=bool) for column in (old, new)]
    other = pd.Series(old.array != new.array).fillna(value=True).to_numpy(dtype=bool)
    return np.asarray((here[0] != here[1]) | (here[0] & here[1] & other))
