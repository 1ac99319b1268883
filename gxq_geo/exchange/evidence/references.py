"""References that a file gives by the names of records instead of their ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from gxq_geo.schemas import Field, schema
from gxq_geo.schemas.display import known
from gxq_geo.schemas.normalise import fold
from gxq_geo.zone import Zone

# One character of a name names nothing.
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A text that names no record, or several.

    Parameters
    ----------
    row
        The position of the value.
    text
        The text.
    ids
        The records that it may name; empty if there is none.
    """

    row: int
    text: str
    ids: tuple[str, ...] = ()


def resolve(
    values: Sequence[Any], field: Field, zone: Zone
) -> tuple[list[Any], tuple[Unresolved, ...]]:
    """Replace the names of records by their ids.

    Parameters
    ----------
    values
        Texts, or lists of texts for a list field; None is missing.
    field
        The reference.
    zone
        The zone with the records.

    Returns
    -------
    tuple
        The ids, with None (in a list: nothing) for what is not resolved, and what was not.
    """
    return Names.of(zone.frame(field.ref), field.ref).resolve(values)


@dataclass(frozen=True)
class Names:
    """The names of the records of a layer.

    Parameters
    ----------
    by_id
        The names of each record in all languages.
    """

    by_id: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, frame: pd.DataFrame, layer: str) -> "Names":
        """The names of the records of a layer's frame."""
        own = schema().layers[layer].id
        if own not in frame:
            return cls({})
        columns = [name for name in ("name_zh", "name_en") if name in frame]
        rows = zip(frame[own], *(frame[name] for name in columns), strict=True)
        return cls({str(i): [str(n) for n in names if known(n)] for i, *names in rows if known(i)})

    def resolve(self, values: Sequence[Any]) -> tuple[list[Any], tuple[Unresolved, ...]]:
        """Replace names by ids; see `gxq_geo.exchange.evidence.references.resolve`."""
        out: list[Any] = []
        unresolved: list[Unresolved] = []
        for row, value in enumerate(values):
            texts = value if isinstance(value, list | tuple) else [value]
            found = [(str(text), self.find(str(text))) for text in texts if text is not None]
            unresolved += [Unresolved(row, text, ids) for text, ids in found if len(ids) != 1]
            ids = [ids[0] for _, ids in found if len(ids) == 1]
            out.append((ids or None) if isinstance(value, list | tuple) else next(iter(ids), None))
        return out, tuple(unresolved)

    def find(self, text: str) -> tuple[str, ...]:
        """The ids of the records that a text names: by id, by name, or by a part of one name."""
        if text in self.by_id:
            return (text,)
        wanted = fold(text)
        if found := self._exact.get(wanted):
            return found
        if len(wanted) < _SHORTEST:
            return ()
        return tuple(dict.fromkeys(i for name, i in self._names if _is_short(wanted, name)))

    @cached_property
    def _names(self) -> list[tuple[str, str]]:
        return [(fold(name), one) for one, names in self.by_id.items() for name in names]

    @cached_property
    def _exact(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for name, one in (*self._names, *((fold(one), one) for one in self.by_id)):
            found.setdefault(name, {})[one] = None
        return {name: tuple(ids) for name, ids in found.items()}


def _is_short(text: str, name: str) -> bool:
    """Whether a text is the beginning or end of a name, cutting no number or word of it."""
    if name.startswith(text):
        return not _joins(text[-1], name[len(text)])
    return name.endswith(text) and not _joins(name[-len(text) - 1], text[0])


def _joins(left: str, right: str) -> bool:
    """Whether two characters belong to one number or one word of an alphabet."""
    return all(character.isascii() and character.isalnum() for character in (left, right))
