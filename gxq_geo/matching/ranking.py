"""Matching 需求匹配: rank sites, groups of sites or carriers by an investor's requirement.

``data/criteria.toml`` defines what a requirement may state, and the criteria with their weights.
The page uses the same data and computes the same ranking (``web/data/match.js``).

Method
------
Each criterion that applies to the requirement gives a record a verdict and a value in [0, 1].

- ``pass``: met. ``near``: missed within the criterion's tolerance. ``fail``: missed by more.
  ``unknown``: the record has no value; a neutral value, ``unknown_value``, enters the score.
- Hard criteria eliminate (a conjunctive screen; Dawes 1964, Psychological Review 71:6): a record's
  verdict is the worst of its hard criteria, in the order pass, unknown, near, fail.
- The score is an additive value function, 100 · Σ weight · value / Σ weight (Keeney & Raiffa 1976,
  Decisions with Multiple Objectives, ch. 3), rounded to a millionth.
- Records are sorted by verdict, then score, then id (by code points); failing records have no rank.

Groups of adjacent sites (``layer="groups"``) have the sum of their sites' areas, and for every
other criterion the evaluation of the worst site. A greedy heuristic grows a group from each site
that is too small alone. It adds the smallest adjacent site that reaches the required area, or else
the largest one; finally it drops sites that are not needed. It does not find every possible group.

``zone.match(…)`` calls `match`.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gxq_geo import words
from gxq_geo.analysis.sectors import sectors_of
from gxq_geo.matching.candidates import Candidates
from gxq_geo.matching.groups import SiteGroups
from gxq_geo.matching.requirement import Criterion, Requirement, criteria
from gxq_geo.schemas import schema
from gxq_geo.schemas.display import amount
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone

# The layers that can be matched; ``groups`` are groups of adjacent sites.
MATCH_LAYERS = ("sites", "groups", "carriers")
# The key of industry codes in a requirement; they are replaced by the zone's sectors.
INDUSTRY = "gbt4754"


def match(
    zone: Zone,
    requirement: Requirement | Mapping[str, Any],
    *,
    layer: str = "sites",
    weights: Mapping[str, float] | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """Rank sites, groups of adjacent sites, or carriers by how well they meet a requirement.

    Parameters
    ----------
    zone
        The zone; all its records are ranked, unpublished ones included.
    requirement
        A `Requirement`, or a mapping that `required` accepts: ``{"area_mu": 80, "sectors":
        ["new_materials"]}``. Criteria that do not apply to the layer are ignored.
    layer
        ``sites``, ``groups`` or ``carriers``. Groups exist only if the requirement has an area that
        some adjacent sites reach only together.
    weights
        Other weights, by criterion key; 0 excludes a criterion from the score, not from the
        verdict.
    limit
        The maximum number of rows, from the best; all by default.

    Returns
    -------
    pandas.DataFrame
        ``rank`` (from 1; missing for ``fail``), the id field, ``score`` (0–100), ``verdict``
        (pass, unknown, near, fail), ``completeness`` (share of the weight with known values), and
        for each criterion that applies ``<key>`` (verdict), ``<key>_figure`` (the record's value;
        for utilities the missing ones) and ``<key>_gap`` (by how much it misses: in the field's
        unit, days, or number of utilities; 0 if met, NaN if unknown). The id of a group is
        ``A-1+A-2``; ``site_ids`` has its sites as a tuple.

    Raises
    ------
    GxqError
        If the requirement is invalid or refers to a record that the zone does not have, or if the
        layer or a weight is invalid.
    """
    wanted = required(zone, requirement)
    if layer not in MATCH_LAYERS:
        raise GxqError("unknown-layer", layer=layer, known=", ".join(MATCH_LAYERS))
    if layer == "groups":
        return SiteGroups.of(zone).rank(wanted, weights=weights, limit=limit)
    return Candidates.of(zone, layer).rank(wanted, weights=weights, limit=limit)


def required(zone: Zone, stated: Requirement | Mapping[str, Any]) -> Requirement:
    """Convert a requirement to the ids of a zone, and check them.

    Parameters
    ----------
    zone
        The zone whose sectors and parks the requirement names.
    stated
        What `Requirement.of` accepts. List items may be names instead of ids (新材料 for
        ``new_materials``), and ``gbt4754`` may have industry codes of GB/T 4754-2017, which are
        replaced by the zone's sectors (see `gxq_geo.analysis.sectors.sectors_of`).

    Raises
    ------
    GxqError
        If the requirement is invalid, or has a code or an id that the zone does not have.
    """
    if not isinstance(stated, Requirement):
        wants = {name: value for name, value in stated.items() if name != INDUSTRY}
        codes = stated.get(INDUSTRY, ())
        for code in [codes] if isinstance(codes, str) else codes:
            found = sectors_of(zone.frame("sectors"), str(code))
            if not found:
                raise GxqError("unknown-industry", code=code)
            sectors = wants.get("sectors", ())
            wants["sectors"] = [*([sectors] if isinstance(sectors, str) else sectors), *found]
        stated = Requirement.of({name: _ids(zone, name, value) for name, value in wants.items()})
    _expect_known(zone, stated)
    return stated


def _ids(zone: Zone, name: str, value: Any) -> Any:
    """Replace the names of records and choices in a list by their ids; other values stay."""
    want = criteria().wants.get(name)
    if want is None or want.type != "list" or not isinstance(value, (str, list, tuple)):
        return value
    known: dict[str, str] = {}
    if want.ref:
        layer = zone.layers[want.ref]
        for column in (field for field in layer.schema.fields if field.startswith("name_")):
            known |= dict(zip(layer.frame[column], layer.frame[layer.schema.id], strict=True))
    families = criteria().families if want.families else {}
    labels = {key: family["label"] for key, family in families.items()}
    labels |= {field: schema().layers["sites"].fields[field].label for field in want.fields}
    labels |= schema().domains.get(want.domain, {})
    known |= {text: key for key, label in labels.items() for text in label.values()}
    items = [value] if isinstance(value, str) else value
    return [known.get(item, item) if isinstance(item, str) else item for item in items]


def changes(result: pd.DataFrame, row: int, lang: str | None = None) -> list[str]:
    """Describe what must change for a record to meet all hard criteria, one sentence for each.

    Parameters
    ----------
    result
        The result of `match`.
    row
        The position of the record in it.
    """
    record = result.iloc[row]
    missed = [c for c in criteria().all if c.hard and record.get(c.key) in ("near", "fail")]
    lang = lang or words.default_lang()
    return [_change(c, record[f"{c.key}_figure"], record[f"{c.key}_gap"], lang) for c in missed]


def _change(criterion: Criterion, figure: Any, gap: float, lang: str) -> str:
    layer = schema().layers[criterion.layers[0]]
    fields = {**layer.fields, **layer.derived}
    label = words.pick(criterion.label, lang)
    if criterion.kind == "all_true":
        names = [words.pick(fields[name].label, lang) for name in figure]
        shown = words.text("page.list_join", lang).join(names)
    elif criterion.kind == "one_of":
        shown = ""
    else:
        unit = fields[criterion.field].unit if criterion.field else ""
        shown = str(amount(float(f"{gap:.4g}"), unit, lang))
    return words.text(f"page.match.change_{criterion.kind}", lang, label=label, gap=shown)


def _expect_known(zone: Zone, requirement: Requirement) -> None:
    """Raise a `GxqError` for an id that the zone does not have."""
    for name, values in requirement.wants.items():
        layer = criteria().wants[name].ref
        known = zone.frame(layer)[schema().layers[layer].id].dropna() if layer else ()
        for value in values if layer else ():
            if value not in set(known):
                listed = ", ".join(map(str, known))
                raise GxqError("unknown-want-value", name=name, value=value, known=listed)
