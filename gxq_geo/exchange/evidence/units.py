"""Units in headings and cells, converted exactly to the units of the schema.

The factors are fractions, in ``data/units.toml`` with their source, so that 3000 ㎡ is exactly
4.5 亩. A quotient (``万元/亩``, ``元/㎡·月``) is read from its parts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from gxq_geo import words
from gxq_geo.schemas import Field, schema
from gxq_geo.schemas.normalise import fold

_BRACKETED = re.compile(r"(.+?)[(\[【]([^()\[\]【】]*)[)\]】]?", re.DOTALL)
_BRACKETS = str.maketrans("（）［］", "()[]")
# The last part of a heading after one of these may be its unit.
_TAIL = re.compile(r"(.+?)(?:[/／,，、_:：]|\s|单位[:：]?)\s*([^\s,，、_:：]+)", re.DOTALL)
_DIVIDED = re.compile(r"[/／每]|per", re.IGNORECASE)
_TIMES = re.compile(r"[·.*×]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as a multiple of base units.

    Parameters
    ----------
    factor
        How many of its base unit it is.
    dimension
        The dimension of its numerator and those of its denominator.
    """

    factor: Fraction
    dimension: tuple[str, ...]


def is_unit(text: str) -> bool:
    """Whether a text is a unit."""
    return parsed(text) is not None


def parsed(text: str) -> Unit | None:
    """The unit that a text names; None if it names none."""
    if known := _known().get(fold(text)):
        return known
    top, *below = _DIVIDED.split(text)
    numerator = _known().get(fold(top))
    denominators = [_known().get(fold(one)) for part in below for one in _TIMES.split(part)]
    if numerator is None or not denominators or None in denominators:
        return None
    factor, dimension = numerator.factor, list(numerator.dimension)
    for one in sorted(filter(None, denominators), key=lambda unit: unit.dimension):
        factor /= one.factor
        dimension += one.dimension
    return Unit(factor, tuple(dimension))


@cache
def _known() -> Mapping[str, Unit]:
    return {
        fold(spelling): Unit(Fraction(spec["factor"]), (dimension,))
        for dimension, units in words.data("units").items()
        for spec in units.values()
        for spelling in spec["spellings"]
    }


@cache
def unit_of(field_unit: str) -> Unit | None:
    """A unit of the schema; None if it cannot be converted."""
    return parsed(schema().units[field_unit]["zh"]) if field_unit else None


def factor(text: str, field: Field) -> Fraction | None:
    """The factor from a unit to the unit of a field; None if there is none."""
    unit, own = parsed(text), unit_of(field.unit)
    if unit is None or own is None or unit.dimension != own.dimension:
        return None
    return unit.factor / own.factor


def is_bracketed(heading: str) -> bool:
    """Whether a heading ends in a bracket."""
    return bool(_BRACKETED.fullmatch(heading.translate(_BRACKETS).strip()))


def is_cut(heading: str) -> bool:
    """Whether the end of a heading with its unit in brackets was cut off."""
    text = heading.translate(_BRACKETS)
    return text.count("(") > text.count(")")


def split(heading: str) -> tuple[str, str]:
    """A heading without its unit, and the unit: ``投资额（万元）`` gives 投资额 and 万元.

    The unit stands in brackets, whose end may be cut off, or last after a separator. A text there
    that is no unit belongs to the heading.
    """
    text = heading.translate(_BRACKETS).strip()
    for pattern in (_BRACKETED, _TAIL):
        match = pattern.fullmatch(text)
        unit = match[2].strip().removeprefix("单位").lstrip(":： ") if match else ""
        if match and is_unit(unit):
            return match[1].strip(), unit
    return text, ""
