"""The first parks of a new zone: a rectangle, or a file whose records are completed."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gxq_geo import words
from gxq_geo.exchange.evidence.columns import assign
from gxq_geo.exchange.formats import Foreign
from gxq_geo.exchange.importing.incoming import Statements
from gxq_geo.exchange.importing.merge import is_missing
from gxq_geo.exchange.new_zone.place import Bounds
from gxq_geo.exchange.source import Loss, SourceTable
from gxq_geo.schemas import schema
from gxq_geo.words.errors import FileError
from gxq_geo.words.pinyin import initials
from gxq_geo.zone.projection import DEGREES

PARKS, FRAME = "parks", "zone_frame"
_POLYGONS = ("Polygon", "MultiPolygon")
# The kind of a park that states none: of the three, the one that asks for nothing else.
_KIND = "specialized_park"
# Runs of Chinese characters as `initials` transcribes them, and the text between them.
_RUNS = re.compile(r"[\u3007\u3400-\u9fff]+|[^\u3007\u3400-\u9fff]+")
_NO_ID = re.compile(r"[^a-z0-9]+")
_LONGEST_ID = 40


@dataclass(frozen=True)
class Outline:
    """The records with which a zone begins.

    Parameters
    ----------
    file
        The records as a foreign file.
    stated
        What is stated about them.
    filled
        For each field of parks, the number of records in which a placeholder was filled in.
    added
        The columns that hold placeholders only.
    """

    file: Foreign = field(repr=False)
    stated: Statements = field(default_factory=Statements)
    filled: Mapping[str, int] = field(default_factory=dict)
    added: frozenset[str] = frozenset()


def rectangle(bounds: Bounds, names: Mapping[str, str], *, on: date) -> Outline:
    """Return a rectangle as the frame of a zone and as its only park, both schematic.

    Parameters
    ----------
    bounds
        The rectangle, in degrees.
    names
        The name of the zone in Chinese and English, which is also that of the park.
    on
        The date of the records.
    """
    shapes = np.array([shapely.box(*bounds)], dtype=object)
    source = " / ".join(words.text("new.source-bounds", lang) for lang in names)
    named = {f"name_{lang}": name for lang, name in names.items()}
    drawn = {"geometry_source": "schematic", "source": source, **_record(on), "demo": False}
    frame = _table(FRAME, shapes, zone_id="zone", **named, **drawn)
    park, filled = _Completion(on).complete(_table(PARKS, shapes, **named, **drawn))
    return Outline(Foreign(Path(), "json", (frame, park)), filled=filled)


def of_file(file: Foreign, stated: Statements, *, on: date) -> Outline:
    """Return the polygons of a file as parks, with placeholders for what the file lacks.

    Parameters
    ----------
    file
        The file, as `gxq_geo.exchange.formats.read` returns it.
    stated
        What the user states about it.
    on
        The date of records without a date.

    Raises
    ------
    FileError
        If the file has no polygons.
    """
    stated = replace(stated, layer=PARKS)
    losses = list(file.losses)
    found: list[SourceTable] = []
    for table in file.tables:
        if _has_polygons(table):
            found.append(table)
        else:
            losses.append(Loss("new.loss.no-polygons", table.count, table.name))
    if not found:
        raise FileError("new-no-polygons", path=file.path)
    completion = _Completion(on, file.path.name, stated.columns, found)
    tables: list[SourceTable] = []
    filled: Counter[str] = Counter()
    added: set[str] = set()
    for table in found:
        complete, counts = completion.complete(table)
        tables.append(complete)
        filled.update(counts)
        added |= complete.columns.keys() - table.columns.keys()
    whole = replace(file, tables=tuple(tables), losses=tuple(losses))
    return Outline(whole, stated, filled, frozenset(added))


def _has_polygons(table: SourceTable) -> bool:
    """Whether the geometries of a table are polygons; some may be missing, not all."""
    shapes = [] if table.geometries is None else [one for one in table.geometries if one]
    return bool(shapes) and all(shape.geom_type in _POLYGONS for shape in shapes)


def _record(on: date) -> dict[str, Any]:
    return {"updated": on, "published": True}


def _table(name: str, shapes: Any, **values: Any) -> SourceTable:
    columns = {field_: [value] for field_, value in values.items()}
    return SourceTable(name, columns, shapes, DEGREES)


# ------------------------------------------------------------------ placeholders


class _Completion:
    """Fills in what the records of tables lack as parks; numbers and ids go on across tables.

    Parameters
    ----------
    on
        The date of records without a date.
    source
        The source of records without one.
    columns
        The field of a column that the user states.
    tables
        All tables of the file: their own ids are not given to other records.
    """

    def __init__(
        self,
        on: date,
        source: str = "",
        columns: Mapping[str, str] | None = None,
        tables: Sequence[SourceTable] = (),
    ) -> None:
        self.on, self.source, self.columns = on, source, columns
        self.number = 0
        own = (id_ for table in tables for id_ in self._given(table, "park_id"))
        self.taken = {str(id_).casefold() for id_ in own if not is_missing(id_)}

    def complete(self, table: SourceTable) -> tuple[SourceTable, dict[str, int]]:
        """Fill in what the records of a table lack; return it with the number of values by field.

        A table about whose columns there is a question stays as it is: what it lacks is not known.
        """
        if assign(table, schema().layers[PARKS], stated=self.columns).open:
            return table, {}
        own = self._own(table)
        columns, counts = dict(table.columns), {}
        for name, placeholders in self._placeholders(table).items():
            given = self._given(table, name)
            pairs = zip(given, placeholders, strict=True)
            filled = [placeholder if is_missing(value) else value for value, placeholder in pairs]
            columns[own.get(name, name)] = filled
            if lacking := sum(map(is_missing, given)):
                counts[name] = lacking
        self.number += table.count
        return replace(table, columns=columns), counts

    def _own(self, table: SourceTable) -> Mapping[str, str]:
        """The column of each field that a table has."""
        assignment = assign(table, schema().layers[PARKS], stated=self.columns)
        return {target.field: name for name, target in assignment.fields.items()}

    def _given(self, table: SourceTable, name: str) -> Sequence[Any]:
        """The values of a field in a table; None in each record if it has no such column."""
        return table.columns.get(self._own(table).get(name, name), [None] * table.count)

    def _placeholders(self, table: SourceTable) -> Mapping[str, Sequence[Any]]:
        """The placeholders of each field, which a planner replaces."""
        numbers = range(self.number + 1, self.number + table.count + 1)
        names = {
            f"name_{lang}": [words.text("new.park", lang, number=number) for number in numbers]
            for lang in ("zh", "en")
        }
        same = {"kind": _KIND, "geometry_source": "schematic", **_record(self.on)}
        same["source"] = self.source
        repeated = {name: [value] * table.count for name, value in same.items()}
        return {"park_id": self._ids(table, numbers), **names, **repeated}

    def _ids(self, table: SourceTable, numbers: Sequence[int]) -> list[str]:
        """An id for each record that has none: the pinyin initials or the letters of its name."""
        names = ["" if is_missing(name) else str(name) for name in self._given(table, "name_zh")]
        letters = initials(names)
        ids = []
        for number, name, given in zip(numbers, names, self._given(table, "park_id"), strict=True):
            latin = "".join(letters.get(run, run) for run in _RUNS.findall(name))
            base = _NO_ID.sub("-", latin.lower())[:_LONGEST_ID].strip("-") or f"park-{number}"
            ids.append(self._free(base) if is_missing(given) else "")
        return ids

    def _free(self, base: str) -> str:
        """Return an id that no other record has, and take it; a repeated one gets a number."""
        repeated = (f"{base}-{number}" for number in count(2))
        free = next(one for one in chain([base], repeated) if one not in self.taken)
        self.taken.add(free)
        return free
