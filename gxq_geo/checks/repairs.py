"""The repairs that cannot be wrong: one function each. Its docstring says it, its name is the slug.

Those of texts take one text (a value, or an item of a list) and its `Cell`, and give what it can
only mean; those of shapes take a GeoJSON geometry, and give another with the same area and the
number of places mended. Each gives back what it was given where there is nothing to mend, or where
there is a doubt; none raises. What they say to a person stands in ``data/words`` under ``repair``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import shapely

from gxq_geo.schemas import Domain, Field
from gxq_geo.schemas.dtypes import reads
from gxq_geo.schemas.normalise import certain, half_width, known_as

Shape = Mapping[str, Any]
Chain = list[list[float]]
# A chain of positions, which ring of its polygon it is (0 for the outer one), whether it is a ring.
MendChain = Callable[[Chain, int, bool], Chain]

_DEPTH = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}
_PLAIN = {"integer", "number", "boolean", "date"}


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of the place where a text stands.

    Parameters
    ----------
    field
        What the text means.
    is_id
        Whether it names its record.
    domain
        The values that may stand there; None where any may, or where that is not known.
    in_table
        Whether the file holds every value as text.
    """

    field: Field
    is_id: bool = False
    domain: Domain | None = None
    in_table: bool = False

    @property
    def is_name(self) -> bool:
        """Whether records are found by it: an id, or a reference to one."""
        return self.is_id or bool(self.field.ref)


# ------------------------------------------------------------------ of texts


def surrounding_space(text: str, cell: Cell) -> Any:
    """A value has no space around it."""
    return text.strip()


def full_width(text: str, cell: Cell) -> Any:
    """Numbers, dates, ids, codes and phones are written in half-width characters."""
    of = cell.field
    return half_width(text) if cell.is_name or of.form or of.type in _PLAIN else text


def known_spelling(text: str, cell: Cell) -> Any:
    """A choice is written by its code, not by its label or in another case."""
    if not cell.domain or text in cell.domain:
        return text
    return known_as(text, cell.domain) or text


def written_as_text(text: str, cell: Cell) -> Any:
    """A number, a date, a yes or a no is written as such, not in words."""
    if cell.in_table and reads(text, cell.field):
        return text
    value = certain(text, cell.field.type)
    return text if value is None else value


# ------------------------------------------------------------------ of shapes


def repeated_points(shape: Shape) -> tuple[Shape, int]:
    """No point of a line or a ring follows itself."""
    gone = 0

    def distinct(chain: Chain, _: int, is_ring: bool) -> Chain:
        nonlocal gone
        kept = [*chain[:1], *(later for earlier, later in pairwise(chain) if later != earlier)]
        if len(kept) < (4 if is_ring else 2):
            return chain
        gone += len(chain) - len(kept)
        return kept

    return _mapped(shape, distinct), gone


def ring_orientation(shape: Shape) -> tuple[Shape, int]:
    """An outer ring runs counter-clockwise and a hole clockwise (RFC 7946)."""
    turned = 0

    def wound(chain: Chain, place: int, is_ring: bool) -> Chain:
        nonlocal turned
        if not is_ring:
            return chain
        ring = shapely.linearrings([position[:2] for position in chain])
        if bool(shapely.is_ccw(ring)) == (place == 0):
            return chain
        turned += 1
        return chain[::-1]

    return _mapped(shape, wound), turned


def _mapped(shape: Shape, mend: MendChain) -> Shape:
    kind = shape["type"]
    if kind == "GeometryCollection":
        return {**shape, "geometries": [_mapped(one, mend) for one in shape["geometries"]]}
    if kind not in _DEPTH:
        return shape
    is_ring = kind.endswith("Polygon")

    def walk(part: Any, depth: int, place: int) -> Any:
        if depth == 0:
            return mend(part, place, is_ring)
        return [walk(one, depth - 1, at) for at, one in enumerate(part)]

    return {**shape, "coordinates": walk(shape["coordinates"], _DEPTH[kind], 0)}


# ------------------------------------------------------------------ the list


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair: its slug, what it says, and the function."""

    slug: str
    doc: str
    mend: Callable[..., Any]


def _repairs(*functions: Callable[..., Any]) -> Iterator[Repair]:
    for one in functions:
        doc = str(one.__doc__).partition("\n")[0]
        yield Repair(one.__name__.replace("_", "-"), doc, one)


# In the order in which each takes up what the one before it has left.
OF_TEXTS = tuple(_repairs(surrounding_space, full_width, known_spelling, written_as_text))
OF_SHAPES = tuple(_repairs(repeated_points, ring_orientation))
