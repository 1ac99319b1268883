"""The first parks of a new zone: a rectangle, or a file whose records are completed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
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
from gxq_geo.zone.projection import DEGREES

PARKS, FRAME = "parks", "zone_frame"
_POLYGONS = ("Polygon", "MultiPolygon")
# The kind of a park that states none: of the three, the one that asks for nothing else.
_KIND = "specialized_park"


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
        The name of the zone in Chinese and English.
    on
        The date of the records.
    """
    shapes = np.array([shapely.box(*bounds)], dtype=object)
    source = _in_both("new.source-bounds")
    drawn = {"geometry_source": "schematic", "source": source, **_record(on), "demo": False}
    named = {f"name_{lang}": name for lang, name in names.items()}
    frame = _table(FRAME, shapes, zone_id="zone", **named, **drawn)
    park, filled = _completed(_table(PARKS, shapes, **drawn), _park(0, on))
    return Outline(Foreign(Path(), "json", (frame, park)), filled=filled)


def of_file(file: Foreign, crs: str, *, on: date) -> Outline:
    """Return the polygons of a file as parks, with placeholders for what the file lacks.

    Parameters
    ----------
    file
        The file, as `gxq_geo.exchange.formats.read` returns it.
    crs
        The CRS of its coordinates that the user states; empty if the file's own evidence decides.
    on
        The date of records without a date.

    Raises
    ------
    FileError
        If the file has no polygons.
    """
    stated = Statements(layer=PARKS, crs=crs)
    source = _in_both("new.source-file", file=file.path.name)
    tables: list[SourceTable] = []
    losses = list(file.losses)
    filled: Counter[str] = Counter()
    added: set[str] = set()
    for table in file.tables:
        if not _has_polygons(table):
            losses.append(Loss("new.loss.no-polygons", table.count, table.name))
            continue
        first = sum(one.count for one in tables)
        parks = ({**_park(first + row, on), "source": source} for row in range(table.count))
        more, counts = _completed(table, *parks)
        tables.append(more)
        filled.update(counts)
        added |= more.columns.keys() - table.columns.keys()
    if not tables:
        raise FileError("new-no-polygons", path=file.path)
    complete = replace(file, tables=tuple(tables), losses=tuple(losses))
    return Outline(complete, stated, filled, frozenset(added))


def _has_polygons(table: SourceTable) -> bool:
    """Whether the geometries of a table are polygons; some may be missing, not all."""
    shapes = [] if table.geometries is None else [one for one in table.geometries if one]
    return bool(shapes) and all(shape.geom_type in _POLYGONS for shape in shapes)


def _park(row: int, on: date) -> dict[str, Any]:
    """Return a park of placeholders, which a planner replaces."""
    names = {f"name_{lang}": words.text("new.park", lang, number=row + 1) for lang in ("zh", "en")}
    own = {"park_id": f"park-{row + 1:02d}", **names, "kind": _KIND}
    return {**own, "geometry_source": "schematic", **_record(on)}


def _record(on: date) -> dict[str, Any]:
    return {"updated": on, "published": True}


def _in_both(key: str, **params: str) -> str:
    return " / ".join(words.text(key, lang, **params) for lang in ("zh", "en"))


def _table(name: str, shapes: Any, **values: Any) -> SourceTable:
    columns = {field_: [value] for field_, value in values.items()}
    return SourceTable(name, columns, shapes, DEGREES)


def _completed(
    table: SourceTable, *placeholders: Mapping[str, Any]
) -> tuple[SourceTable, dict[str, int]]:
    """Fill in what the records of a table lack; return it with the number of values by field.

    A table about whose columns there is a question stays as it is: what it lacks is not known.
    """
    assignment = assign(table, schema().layers[PARKS])
    if assignment.open:
        return table, {}
    own = {target.field: name for name, target in assignment.fields.items()}
    columns, counts = dict(table.columns), {}
    for name in placeholders[0]:
        column = own.get(name, name)
        given = table.columns.get(column, [None] * table.count)
        pairs = zip(given, placeholders, strict=True)
        columns[column] = [one[name] if is_missing(value) else value for value, one in pairs]
        if count := sum(map(is_missing, given)):
            counts[name] = count
    return replace(table, columns=columns), counts
