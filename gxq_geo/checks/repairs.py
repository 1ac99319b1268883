"""Repairs that cannot be wrong: one function each; its docstring states it, its name is the slug.

A text repair takes a text (a value, or an item of a list) and its `Cell`, and returns the value
that the text means. A shape repair takes a GeoJSON geometry, and returns the repaired geometry,
which has the same area, and the number of repaired positions or rings. Each returns its input
where nothing has to be repaired or the meaning is not certain; none raises. Their messages are in
``data/words`` under ``repair``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import shapely

from gxq_geo.schemas import Field, Spellings
from gxq_geo.schemas.dtypes import fits_type
from gxq_geo.schemas.normalise import domain_value, exact_value, half_width

Shape = Mapping[str, Any]
Chain = list[list[float]]
# A function of a chain of positions, its index among the rings of its polygon (0 is the outer
# ring), and whether it is a ring; it returns the repaired chain.
ChainRepair = Callable[[Chain, int, bool], Chain]

_DEPTH = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}
_PLAIN = {"integer", "number", "boolean", "date"}


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
    """

    field: Field
    is_id: bool = False
    spellings: Spellings | None = None
    in_table: bool = False

    @property
    def holds_id(self) -> bool:
        """Whether the text is an id, or a reference to one."""
        return self.is_id or bool(self.field.ref)


# ------------------------------------------------------------------ texts


def surrounding_space(text: str, cell: Cell) -> Any:
    """A value has no space around it."""
    return text.strip()


def full_width(text: str, cell: Cell) -> Any:
    """Numbers, dates, ids, codes and phones are written in half-width characters."""
    is_code = cell.holds_id or cell.field.form or cell.field.type in _PLAIN
    return half_width(text) if is_code else text


def known_spelling(text: str, cell: Cell) -> Any:
    """A choice is written by its code, not by its label or in another case."""
    if not cell.spellings or text in cell.spellings:
        return text
    return domain_value(text, cell.spellings) or text


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


def _repairs(*functions: Callable[..., Any]) -> Iterator[Repair]:
    for function in functions:
        doc = str(function.__doc__).partition("\n")[0]
        yield Repair(function.__name__.replace("_", "-"), doc, function)


# In the order of application: each takes the result of the one before it.
TEXT_REPAIRS = tuple(_repairs(surrounding_space, full_width, known_spelling, written_as_text))
SHAPE_REPAIRS = tuple(_repairs(repeated_points, ring_orientation))
