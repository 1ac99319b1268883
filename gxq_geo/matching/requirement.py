"""Requirement 需求: what an investor needs, and the criteria by which it is judged.

What may be required, by what it is judged and what each criterion weighs stands in
``data/criteria.toml``; the page holds the same data (``web/match.js``). `gxq_geo.matching` ranks.
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
    """One criterion; see ``data/criteria.toml`` for what each part means."""

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
    """One thing that a requirement may state."""

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
    """All criteria, what they are about, and what an unknown figure counts."""

    version: int
    unknown_value: float
    wants: Mapping[str, Want]
    families: Mapping[str, Mapping[str, Any]]
    all: tuple[Criterion, ...]

    def of(self, layer: str, requirement: "Requirement") -> list[Criterion]:
        """The criteria of a layer that a requirement sets off."""
        return [
            one
            for one in self.all
            if layer in one.layers and (not one.want or one.want in requirement.wants)
        ]


def criteria_data() -> dict[str, Any]:
    """``data/criteria.toml``, its words in every language; the page gets this."""
    return words.data("criteria")


def criteria() -> Criteria:
    """The criteria that the package carries."""
    return _criteria(words.folder())


@cache
def _criteria(folder: str) -> Criteria:
    raw = criteria_data()
    wants = {name: Want(name=name, **spec) for name, spec in raw["wants"].items()}
    every = tuple(
        Criterion(**{**spec, "value": tuple(map(tuple, spec.get("value", ())))})
        for spec in raw["criteria"]
    )
    return Criteria(raw["version"], raw["unknown_value"], wants, raw["families"], every)


# ------------------------------------------------------------------ requirement


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an investor needs, in canonical units; make one with `of` or `read`.

    Parameters
    ----------
    wants
        By name of ``[wants]`` in ``data/criteria.toml``: a number > 0, a date, or a tuple of texts.
    """

    wants: Mapping[str, Any]

    @classmethod
    def of(cls, stated: "Requirement | Mapping[str, Any]") -> "Requirement":
        """A requirement from plain values, in any unit that the criteria know (``area_ha``).

        Raises
        ------
        GxqError
            If a name is not known, or a value is not of its kind.
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
        """A requirement from a TOML file of such names and values.

        Raises
        ------
        FileError
            If the file cannot be read.
        GxqError
            If it is not TOML, or states what `of` does not take.
        """
        return cls.of(read_stated(path))

    def link(
        self, layer: str = "sites", weights: Mapping[str, float] = MappingProxyType({})
    ) -> str:
        """The part of the map's address that opens it: ``need=1,sites,area_mu:80,~price:5``.

        Parameters
        ----------
        layer
            What the map ranks: ``sites`` or ``carriers``.
        weights
            By criterion, as in `gxq_geo.matching.ranking.match`; the map ranks by the same.

        Raises
        ------
        GxqError
            If a weight is not one.
        """
        expect_weights(weights)
        parts = [str(criteria().version), layer]
        for name, value in self.wants.items():
            values = value if isinstance(value, tuple) else (value,)
            parts.append(":".join([name, *(quote(plain(one), safe="") for one in values)]))
        own = {one.key: one.weight for one in criteria().of(layer, self)}
        parts += [
            f"~{key}:{plain(float(weights[key]))}"
            for key, usual in own.items()
            if weights.get(key, usual) != usual
        ]
        return "need=" + quote(",".join(parts), safe=",:~")


def expect_weights(weights: Mapping[str, float]) -> None:
    """Refuse weights that are none.

    Raises
    ------
    GxqError
        If there is no such criterion, or a weight is not a number, 0 or more.
    """
    known = list(dict.fromkeys(one.key for one in criteria().all))
    for key, weight in weights.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1) or [", ".join(known)]
            raise GxqError("unknown-weight", name=key, near=near[0])
        if isinstance(weight, bool) or not isinstance(weight, (int, float)):
            raise GxqError("bad-weight", name=key, value=weight)
        if not 0 <= weight < math.inf:
            raise GxqError("bad-weight", name=key, value=weight)


def read_stated(path: Path | str) -> dict[str, Any]:
    """What a TOML file states, as it stands there.

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
    """Every name that a requirement may use: its want, and what one of its units is in ours."""
    return {
        name: (want, factor)
        for want in criteria().wants.values()
        for name, factor in ((want.name, 1.0), *want.also.items())
    }


def _canonical(want: Want, name: str, value: Any, factor: float) -> Any:
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
    if not values or not all(isinstance(one, str) and one for one in values):
        raise _wrong(want, name, values)
    for one in values:
        if allowed and one not in allowed:
            raise GxqError("unknown-want-value", name=name, value=one, known=", ".join(allowed))
    return tuple(dict.fromkeys(values))


def _allowed(want: Want) -> Sequence[str]:
    """The values that a list may hold; none for the ids of a layer, which only a zone knows."""
    if want.families:
        return tuple(criteria().families)
    return want.fields or tuple(schema().domains.get(want.domain, ()))


def _wrong(want: Want, name: str, value: object) -> GxqError:
    return GxqError(f"want-not-{want.type}", name=name, value=value)


def plain(value: object) -> str:
    """A value as a link or a sentence holds it: a number without needless zeros."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def millionths(number: float) -> float:
    """A number to a millionth, so that 5.3 公顷 and 53,000 ㎡ are one and the same 79.5 亩."""
    return math.floor(number * 1e6 + 0.5) / 1e6
