"""Matching 需求匹配: a requirement in, sites or carriers out, ranked, with the reason for each.

What may be required, by what it is judged and what each criterion weighs stands in
``data/criteria.toml``; the page holds the same data and computes the same (``web/match.js``).

Method
------
Each criterion that the requirement sets off gives a record a verdict and a value in [0, 1].

- ``pass``: met. ``near``: missed within the criterion's tolerance. ``fail``: missed by more.
  ``unknown``: the record does not say; it counts a neutral, declared value.
- Hard criteria eliminate (a conjunctive screen; Dawes 1964, Psychological Review 71:6): a record's
  verdict is the worst of its hard criteria, in the order pass, unknown, near, fail.
- The score is an additive value function, 100 · Σ weight · value / Σ weight (Keeney & Raiffa 1976,
  Decisions with Multiple Objectives, ch. 3), to a millionth.
- Records rank by verdict, then score, then id by its code points; one that fails has no rank.

Sites that touch are also judged together (``layer="groups"``): a group is as large as all its sites
and in every other respect as good as the least of them. A group is grown from each site that is too
small by itself, by the neighbour that fills the want with the least land to spare, or else by the
largest; what the rest can do without is then left out. So it takes few sites, none needlessly; it
is a heuristic: not every group that would do is found.

It is a function over a zone; ``zone.match(…)`` calls it (see `gxq_geo.zone.zone.METHODS`).
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gxq_geo import words
from gxq_geo.analysis.sectors import sectors_of
from gxq_geo.matching.candidates import Candidates
from gxq_geo.matching.groups import Grouped
from gxq_geo.matching.requirement import Criterion, Requirement, criteria, plain
from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone

# What a requirement is judged against: the records of a layer, or sites that touch.
AGAINST = ("sites", "groups", "carriers")
# The codes of an industry; a zone says which of its sectors has it.
INDUSTRY = "gbt4754"


def match(
    zone: Zone,
    requirement: Requirement | Mapping[str, Any],
    *,
    layer: str = "sites",
    weights: Mapping[str, float] | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """Sites, groups of sites that touch, or carriers, ranked by how well they meet a requirement.

    Parameters
    ----------
    zone
        Whose records are judged, the unpublished too.
    requirement
        A `Requirement`, or a mapping that `required` takes: ``{"area_mu": 80, "sectors":
        ["new_materials"]}``. What does not apply to the layer is not judged.
    layer
        ``sites``, ``groups`` or ``carriers``. Groups are found where an area is wanted that some
        sites have only together.
    weights
        Other weights, by criterion key; 0 leaves a criterion out of the score, not of the verdict.
    limit
        How many rows to give, from the best; all by default.

    Returns
    -------
    pandas.DataFrame
        ``rank`` (from 1; missing where it fails), the id field, ``score`` (0–100), ``verdict``
        (pass, unknown, near, fail), ``completeness`` (share of the weight whose figures are known),
        and for each criterion that the requirement sets off ``<key>`` (verdict), ``<key>_figure``
        (the record's figure; for utilities those that are not there) and ``<key>_gap`` (by how much
        it misses: in the field's unit, days, or number of utilities; 0 where met, NaN where
        unknown). Of groups the id is ``A-1+A-2``, and ``site_ids`` a tuple.

    Raises
    ------
    GxqError
        If the requirement is not one, names a record that the zone does not have, or a weight is
        not one.
    """
    wanted = required(zone, requirement)
    if layer not in AGAINST:
        raise GxqError("unknown-layer", layer=layer, known=", ".join(AGAINST))
    if layer == "groups":
        return Grouped.of(zone).rank(wanted, weights=weights, limit=limit)
    return Candidates.of(zone, layer).rank(wanted, weights=weights, limit=limit)


def required(zone: Zone, stated: Requirement | Mapping[str, Any]) -> Requirement:
    """A requirement in a zone's own terms.

    Parameters
    ----------
    zone
        Whose sectors and parks are meant.
    stated
        What `Requirement.of` takes, a name of what is listed in place of its id (新材料 for
        ``new_materials``), and ``gbt4754``: codes of GB/T 4754-2017, for which the zone's sectors
        stand (see `gxq_geo.analysis.sectors.sectors_of`).

    Raises
    ------
    GxqError
        If it is none, or names a code or a record that the zone does not have.
    """
    if not isinstance(stated, Requirement):
        plain_wants = {name: value for name, value in stated.items() if name != INDUSTRY}
        codes = stated.get(INDUSTRY, ())
        for code in [codes] if isinstance(codes, str) else codes:
            found = sectors_of(zone.frame("sectors"), str(code))
            if not found:
                raise GxqError("unknown-industry", code=code)
            some = plain_wants.get("sectors", ())
            plain_wants["sectors"] = [*([some] if isinstance(some, str) else some), *found]
        stated = Requirement.of({name: _ids(zone, name, v) for name, v in plain_wants.items()})
    _expect_known(zone, stated)
    return stated


def _ids(zone: Zone, name: str, value: Any) -> Any:
    """A list with each name of a record or of a choice made its id; anything else as it is."""
    want = criteria().wants.get(name)
    if want is None or want.type != "list" or not isinstance(value, (str, list, tuple)):
        return value
    known: dict[str, str] = {}
    if want.ref:
        of = zone.layers[want.ref]
        for column in (one for one in of.schema.fields if one.startswith("name_")):
            known |= dict(zip(of.frame[column], of.frame[of.schema.id], strict=True))
    families = criteria().families if want.families else {}
    fields = {one: schema().layers["sites"].fields[one].label for one in want.fields}
    labels = {one: family["label"] for one, family in families.items()} | fields
    labels |= schema().domains.get(want.domain, {})
    known |= {said: one for one, label in labels.items() for said in label.values()}
    every = [value] if isinstance(value, str) else value
    return [known.get(one, one) if isinstance(one, str) else one for one in every]


def changes(result: pd.DataFrame, row: int, lang: str | None = None) -> list[str]:
    """What would have to change for the record in a row of `match`'s result to meet everything."""
    record = result.iloc[row]
    missed = [c for c in criteria().all if c.hard and record.get(c.key) in ("near", "fail")]
    spoken = lang or words.default_lang()
    return [_change(c, record[f"{c.key}_figure"], record[f"{c.key}_gap"], spoken) for c in missed]


def _change(one: Criterion, figure: Any, gap: float, lang: str) -> str:
    known = schema()
    label = words.pick(one.label, lang)
    fields = {**known.layers[one.layers[0]].fields, **known.layers[one.layers[0]].derived}
    if one.kind == "all_true":
        names = [words.pick(fields[name].label, lang) for name in figure]
        gap_said = words.text("page.list_join", lang).join(names)
    else:
        unit = words.pick(known.units.get(fields[one.field].unit, {}), lang) if one.field else ""
        gap_said = "" if one.kind == "one_of" else f"{plain(float(f'{gap:.4g}'))} {unit}".strip()
    return words.text(f"page.match.change_{one.kind}", lang, label=label, gap=gap_said)


def _expect_known(zone: Zone, requirement: Requirement) -> None:
    for name, values in requirement.wants.items():
        layer = criteria().wants[name].ref
        known = zone.frame(layer)[schema().layers[layer].id].dropna() if layer else ()
        for value in values if layer else ():
            if value not in set(known):
                listed = ", ".join(map(str, known))
                raise GxqError("unknown-want-value", name=name, value=value, known=listed)
