"""Requirement 需求: an investor's needs, and the criteria for ranking records by them.

``data/criteria.toml`` defines what a requirement may state, and the criteria with their weights;
the page uses the same data (``web/data/match.js``).
"""

import difflib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from gxq_geo import words
from gxq_geo.formats import files
from gxq_geo.schemas import Words, schema
from gxq_geo.words.errors import GxqError

# ------------------------------------------------------------------ criteria as data


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion; ``data/criteria.toml`` explains each attribute."""

    key: str
    layers: tuple[str, ...]
    label: Words
    kind: str
    hard: bool
    weight: float
    want: str = ""
    field: str = ""
    families_by: str = ""
    tolerance: float = 0.0
    value: tuple[tuple[float, float], ...] = ()
    scores: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Want:
    """One condition that a requirement may state; see ``data/criteria.toml``."""

    name: str
    type: str
    label: Words
    unit: str = ""
    also: Mapping[str, float] = field(default_factory=dict)
    ref: str = ""
    domain: str = ""
    families: bool = False
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Criteria:
    """All criteria and possible conditions, and the value that an unknown figure counts."""

    version: int
    unknown_value: float
    wants: Mapping[str, Want]
    families: Mapping[str, Mapping[str, Any]]
    all: tuple[Criterion, ...]

    def of(self, layer: str, requirement: "Requirement") -> list[Criterion]:
        """The criteria of a layer that apply to a requirement."""
        return [
            criterion
            for criterion in self.all
            if layer in criterion.layers
            and (not criterion.want or criterion.want in requirement.wants)
        ]


def criteria_data() -> dict[str, Any]:
    """The contents of ``data/criteria.toml`` in every language, as the page uses them."""
    return words.data("criteria")


def criteria() -> Criteria:
    """The criteria of ``data/criteria.toml``."""
    return _criteria(words.folder())


@cache
def _criteria(folder: str) -> Criteria:
    raw = criteria_data()
    wants = {name: Want(name=name, **spec) for name, spec in raw["wants"].items()}
    all_criteria = tuple(
        Criterion(**{**spec, "value": tuple(map(tuple, spec.get("value", ())))})
        for spec in raw["criteria"]
    )
    return Criteria(raw["version"], raw["unknown_value"], wants, raw["families"], all_criteria)


# ------------------------------------------------------------------ requirement


@dataclass(frozen=True, slots=True)
class Requirement:
    """An investor's needs in canonical units; create one with `of` or `read`.

    Parameters
    ----------
    wants
        The conditions by their key under ``[wants]`` in ``data/criteria.toml``; each value is a
        number > 0, a date, or a tuple of texts.
    """

    wants: Mapping[str, Any]

    @classmethod
    def of(cls, stated: "Requirement | Mapping[str, Any]") -> "Requirement":
        """Create a requirement from plain values, in any unit of the criteria (``area_ha``).

        Raises
        ------
        GxqError
            If a key is unknown, or a value has a wrong type or is out of range.
        """
        if isinstance(stated, Requirement):
            return stated
        known = _names()
        wants: dict[str, Any] = {}
        for name, value in stated.items():
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1) or [", ".join(known)]
                raise GxqError("unknown-want", name=name, near=near[0])
            want, factor = known[name]
            wants[want.name] = _canonical(want, name, value, factor)
        if not wants:
            raise GxqError("empty-requirement", known=", ".join(known))
        ordered = {name: wants[name] for name in criteria().wants if name in wants}
        return cls(MappingProxyType(ordered))

    @classmethod
    def read(cls, path: Path | str) -> "Requirement":
        """Read a requirement from a TOML file with the keys that `of` accepts.

        Raises
        ------
        FileError
            If the file cannot be read.
        GxqError
            If it is not TOML, or `of` rejects it.
        """
        return cls.of(read_stated(path))

    def link(
        self, layer: str = "sites", weights: Mapping[str, float] = MappingProxyType({})
    ) -> str:
        """The URL fragment that opens the map with it: ``need=1,sites,area_mu:80,~price:5``.

        Parameters
        ----------
        layer
            The layer that the map ranks: ``sites`` or ``carriers``.
        weights
            Weights by criterion, as in `gxq_geo.matching.ranking.match`.

        Raises
        ------
        GxqError
            If a weight is invalid.
        """
        expect_weights(weights)
        parts = [str(criteria().version), layer]
        for name, value in self.wants.items():
            values = value if isinstance(value, tuple) else (value,)
            parts.append(":".join([name, *(quote(plain(item), safe="") for item in values)]))
        defaults = {c.key: c.weight for c in criteria().of(layer, self)}
        parts += [
            f"~{key}:{plain(float(weights[key]))}"
            for key, default in defaults.items()
            if weights.get(key, default) != default
        ]
        return "need=" + quote(",".join(parts), safe=",:~")


def expect_weights(weights: Mapping[str, float]) -> None:
    """Check weights by criterion key.

    Raises
    ------
    GxqError
        If a key is not a criterion, or a weight is not a finite number ≥ 0.
    """
    known = list(dict.fromkeys(criterion.key for criterion in criteria().all))
    for key, weight in weights.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1) or [", ".join(known)]
            raise GxqError("unknown-weight", name=key, near=near[0])
        if isinstance(weight, bool) or not isinstance(weight, (int, float)):
            raise GxqError("bad-weight", name=key, value=weight)
        if not 0 <= weight < math.inf:
            raise GxqError("bad-weight", name=key, value=weight)


def read_stated(path: Path | str) -> dict[str, Any]:
    """Read the raw keys and values of a requirement from a TOML file.

    Raises
    ------
    FileError
        If the file cannot be read.
    GxqError
        If it is not TOML.
    """
    try:
        return tomllib.loads(files.read_bytes(Path(path)).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = str(error)
        raise GxqError("bad-requirement", exit_status=1, path=path, reason=reason) from None


def _names() -> dict[str, tuple[Want, float]]:
    """All keys of a requirement: the condition, and the factor to its canonical unit."""
    return {
        name: (want, factor)
        for want in criteria().wants.values()
        for name, factor in ((want.name, 1.0), *want.also.items())
    }


def _canonical(want: Want, name: str, value: Any, factor: float) -> Any:
    """Check a value and convert it to its type and canonical unit."""
    try:
        if want.type == "date":
            return value if type(value) is date else date.fromisoformat(value)
        if want.type == "list":
            return _listed(want, name, [value] if isinstance(value, str) else list(value))
        number = millionths(float(value) * factor)
    except (TypeError, ValueError):
        raise _wrong(want, name, value) from None
    if isinstance(value, (bool, str)) or not 0 < number < 1e12:
        raise _wrong(want, name, value)
    return number


def _listed(want: Want, name: str, values: list[Any]) -> tuple[str, ...]:
    allowed = _allowed(want)
    if not values or not all(isinstance(item, str) and item for item in values):
        raise _wrong(want, name, values)
    for item in values:
        if allowed and item not in allowed:
            raise GxqError("unknown-want-value", name=name, value=item, known=", ".join(allowed))
    return tuple(dict.fromkeys(values))


def _allowed(want: Want) -> Sequence[str]:
    """The allowed items of a list; empty for ids of a layer, which depend on the zone."""
    if want.families:
        return tuple(criteria().families)
    return want.fields or tuple(schema().domains.get(want.domain, ()))


def _wrong(want: Want, name: str, value: object) -> GxqError:
    return GxqError(f"want-not-{want.type}", name=name, value=value)


def plain(value: object) -> str:
    """Format a value for a link: a number without trailing zeros."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def millionths(number: float) -> float:
    """Round to a millionth, so that 5.3 公顷 and 53,000 ㎡ give the same 79.5 亩."""
    return math.floor(number * 1e6 + 0.5) / 1e6
