"""Repairs that cannot be wrong: one function each; its docstring states it, its name is the slug.

A text repair takes a text (a value, or an item of a list) and its `Cell`, and returns the value
that the text means. A shape repair takes a GeoJSON geometry, and returns the repaired geometry,
which has the same area, and the number of repaired positions or rings. Each returns its input
where nothing has to be repaired or the meaning is not certain; none raises. Their messages are in
``data/words`` under ``repair``. Repairs of a file as a whole: `gxq_geo.checks.file_repairs`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import shapely

from gxq_geo.schemas import Field, Spellings, schema
from gxq_geo.schemas.dtypes import LIST_SEPARATOR, fits_type
from gxq_geo.schemas.normalise import (
    ascii_width,
    domain_value,
    exact_value,
    fold,
    half_width,
    is_grouped,
    serial_day,
)

Shape = Mapping[str, Any]
Chain = list[list[float]]
# A function of a chain of positions, its index among the rings of its polygon (0 is the outer
# ring), and whether it is a ring; it returns the repaired chain.
ChainRepair = Callable[[Chain, int, bool], Chain]

_DEPTH = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}
_PLAIN = {"integer", "number", "boolean", "date"}
# What else separates the items of a list; the first two never stand within an item.
_SURE_SEPARATOR = re.compile(r"\s*[；\r\n]+\s*")
_ANY_SEPARATOR = re.compile(r"\s*[；\r\n、，,/|]+\s*")
_CODE = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Targets:
    """The records to which a reference may refer.

    Parameters
    ----------
    ids
        Their ids.
    by_name
        The id of each record whose name no other record has, by the folded name.
    """

    ids: frozenset[str] = frozenset()
    by_name: Mapping[str, str] = field(default_factory=dict)


NO_TARGETS = Targets()


@dataclass(frozen=True, slots=True)
class Cell:
    """The context of a text: its field, and the values that are allowed.

    Parameters
    ----------
    field
        The field of the text.
    is_id
        Whether the field is the id of the layer.
    spellings
        The allowed values, each with the texts that mean it; None where every value is allowed, or
        the allowed values are not known.
    in_table
        Whether the file is a table, which holds every value as text.
    targets
        For a reference, the records to which it may refer.
    """

    field: Field
    is_id: bool = False
    spellings: Spellings | None = None
    in_table: bool = False
    targets: Targets = NO_TARGETS

    @property
    def holds_id(self) -> bool:
        """Whether the text is an id, or a reference to one."""
        return self.is_id or bool(self.field.ref)

    def known(self, text: str) -> str:
        """Return the allowed value, or the id, that a text means; empty if it means none."""
        if self.field.ref:
            return text if text in self.targets.ids else self.targets.by_name.get(fold(text), "")
        if self.field.form == "code":
            return text if _CODE.fullmatch(text) else ""
        spellings = self.spellings or {}
        return text if text in spellings else domain_value(text, spellings)


# ------------------------------------------------------------------ texts


def surrounding_space(text: str, cell: Cell) -> Any:
    """A value has no space around it."""
    return text.strip()


def full_width(text: str, cell: Cell) -> Any:
    """Numbers, dates, ids, codes and phones are written in half-width characters."""
    is_code = cell.holds_id or cell.field.form or cell.field.type in _PLAIN
    return half_width(text) if is_code else text


def list_separators(text: str, cell: Cell) -> Any:
    """The items of a list are separated by semicolons."""
    if not cell.field.is_list or cell.known(text):
        return text
    items = [cell.known(item) for item in _ANY_SEPARATOR.split(text.strip()) if item]
    if not all(items):
        items = [cell.known(i) or i for i in _SURE_SEPARATOR.split(text.strip()) if i]
    return LIST_SEPARATOR.join(items) if len(items) > 1 else text


def known_spelling(text: str, cell: Cell) -> Any:
    """A choice is written by its code, not by its label or in another case."""
    if not cell.spellings or text in cell.spellings:
        return text
    return domain_value(text, cell.spellings) or text


def reference_by_name(text: str, cell: Cell) -> Any:
    """A reference is written by the id of the record, not by its name."""
    return (cell.known(text) or text) if cell.field.ref else text


def number_form(text: str, cell: Cell) -> Any:
    """A number is written without thousands separators and without its unit."""
    if cell.field.type not in ("integer", "number"):
        return text
    plain = ascii_width(text)
    for unit in schema().units.get(cell.field.unit, {}).values():
        plain = plain.removesuffix(unit).strip()
    plain = plain.replace(",", "") if is_grouped(plain) else plain
    return text if exact_value(plain, cell.field.type) is None else plain


def serial_date(text: str, cell: Cell) -> Any:
    """A date is written as such, not as the number of a day that Excel shows for it."""
    if cell.field.type != "date" or not cell.in_table:
        return text
    return serial_day(text) or text


def written_as_text(text: str, cell: Cell) -> Any:
    """A number, a date, a yes or a no is written as such, not in words."""
    if cell.in_table and fits_type(text, cell.field):
        return text
    value = exact_value(text, cell.field.type)
    return text if value is None else value


# ------------------------------------------------------------------ shapes


def repeated_points(shape: Shape) -> tuple[Shape, int]:
    """No vertex of a line or a ring repeats the one before it."""
    removed = 0

    def distinct(chain: Chain, _: int, is_ring: bool) -> Chain:
        nonlocal removed
        kept = [*chain[:1], *(later for earlier, later in pairwise(chain) if later != earlier)]
        if len(kept) < (4 if is_ring else 2):
            return chain
        removed += len(chain) - len(kept)
        return kept

    return _mapped(shape, distinct), removed


def ring_orientation(shape: Shape) -> tuple[Shape, int]:
    """An outer ring runs counter-clockwise and a hole clockwise (RFC 7946)."""
    reversed_rings = 0

    def oriented(chain: Chain, index: int, is_ring: bool) -> Chain:
        nonlocal reversed_rings
        if not is_ring:
            return chain
        ring = shapely.linearrings([position[:2] for position in chain])
        if bool(shapely.is_ccw(ring)) == (index == 0):
            return chain
        reversed_rings += 1
        return chain[::-1]

    return _mapped(shape, oriented), reversed_rings


def _mapped(shape: Shape, repair: ChainRepair) -> Shape:
    """Return a geometry with each of its lines and rings repaired."""
    kind = shape["type"]
    if kind == "GeometryCollection":
        return {**shape, "geometries": [_mapped(part, repair) for part in shape["geometries"]]}
    if kind not in _DEPTH:
        return shape
    is_ring = kind.endswith("Polygon")

    def walk(part: Any, depth: int, index: int) -> Any:
        if depth == 0:
            return repair(part, index, is_ring)
        return [walk(child, depth - 1, i) for i, child in enumerate(part)]

    return {**shape, "coordinates": walk(shape["coordinates"], _DEPTH[kind], 0)}


# ------------------------------------------------------------------ the list


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair: its slug, its statement, and its function."""

    slug: str
    doc: str
    apply: Callable[..., Any]


def repairs(*functions: Callable[..., Any]) -> Iterator[Repair]:
    """Yield a repair for each function, with its slug and its statement."""
    for function in functions:
        doc = str(function.__doc__).partition("\n")[0]
        yield Repair(function.__name__.replace("_", "-"), doc, function)


# In the order of application: each takes the result of the one before it.
TEXT_REPAIRS = tuple(
    repairs(
        surrounding_space,
        full_width,
        list_separators,
        known_spelling,
        reference_by_name,
        number_form,
        serial_date,
        written_as_text,
    )
)
SHAPE_REPAIRS = tuple(repairs(repeated_points, ring_orientation))
