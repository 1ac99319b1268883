"""Carriers 载体: buildings with space to let."""

from collections.abc import Sequence

import pandas as pd

# Steps of `fit`, our own: storeys of an office, a light and a heavy workshop, a crane; floors for
# desks, light goods, machines. A storey over 8 m counts twice in the floor-area ratio.
HEIGHTS_M = (0.0, 4.5, 6.0, 8.0)
LOADS_T_PER_M2 = (0.0, 0.5, 1.0, 2.0)


def vacancy(carriers: pd.DataFrame, by: Sequence[str] = ("park_id", "kind")) -> pd.DataFrame:
    """Carriers by park and kind, or by any other of their fields.

    Parameters
    ----------
    carriers
        The layer ``carriers`` of a zone, or a part of it.
    by
        The fields to group by.

    Returns
    -------
    pandas.DataFrame
        Index `by` (only groups that occur); columns ``carriers`` (count),
        ``total_floor_area_m2``, ``vacant_floor_area_m2`` (sums of what is known, in m²),
        ``vacant_unknown`` (how many do not state what is vacant), ``vacancy_pct`` and
        ``occupancy_pct`` (vacant / total · 100 over the carriers that state both, and what is left
        of 100; NaN where none does), ``rent_min``, ``rent_median`` and ``rent_max`` (元/m²·month,
        of the carriers that state a rent and have, or may have, space to let; NaN where none).
    """
    frame = pd.DataFrame(carriers)
    total, vacant = frame["total_floor_area_m2"], frame["vacant_floor_area_m2"]
    both = total.notna() & vacant.notna()
    frame = frame.assign(
        known_total=total.where(both),
        known_vacant=vacant.where(both),
        unknown=vacant.isna(),
        rent=frame["rent_yuan_per_m2_month"].where(vacant.isna() | (vacant > 0)),
    )
    out = frame.groupby(list(by), observed=True).agg(
        carriers=("carrier_id", "size"),
        total_floor_area_m2=("total_floor_area_m2", "sum"),
        vacant_floor_area_m2=("vacant_floor_area_m2", "sum"),
        vacant_unknown=("unknown", "sum"),
        known_total=("known_total", "sum"),
        known_vacant=("known_vacant", "sum"),
        rent_min=("rent", "min"),
        rent_median=("rent", "median"),
        rent_max=("rent", "max"),
    )
    known = out.pop("known_total").pipe(lambda sums: sums.where(sums > 0))
    out.insert(4, "vacancy_pct", out.pop("known_vacant") / known * 100)
    out.insert(5, "occupancy_pct", 100 - out["vacancy_pct"])
    return pd.DataFrame(out)


def fit(
    carriers: pd.DataFrame,
    *,
    heights_m: Sequence[float] = HEIGHTS_M,
    loads_t_per_m2: Sequence[float] = LOADS_T_PER_M2,
) -> pd.DataFrame:
    """What is vacant for who needs so high a storey and so strong a floor.

    Parameters
    ----------
    carriers
        The layer ``carriers`` of a zone, or a part of it.
    heights_m, loads_t_per_m2
        Storey heights (m) and floor loads (t/m²) that may be needed; 0 asks for nothing.

    Returns
    -------
    pandas.DataFrame
        A row for each pair: ``storey_height_m`` and ``floor_load_t_per_m2`` (what is needed),
        ``carriers`` and ``vacant_floor_area_m2`` (those that have at least both, and space to let),
        ``unknown`` and ``unknown_m2`` (those that might: no figure rules them out, but one is not
        stated). Rows are cumulative: what fits a greater need fits a smaller one.
    """
    frame = pd.DataFrame(carriers)
    space = frame["vacant_floor_area_m2"]
    rows = []
    for height in heights_m:
        for load in loads_t_per_m2:
            high = _meets(frame["storey_height_m"], height)
            strong = _meets(frame["floor_load_t_per_m2"], load)
            fits = pd.concat([high, strong, _meets(space, 1e-9)], axis=1).min(axis=1)
            sure, perhaps = fits == 1, fits == 0.5
            rows.append(
                {
                    "storey_height_m": height,
                    "floor_load_t_per_m2": load,
                    "carriers": int(sure.sum()),
                    "vacant_floor_area_m2": float(space[sure].sum()),
                    "unknown": int(perhaps.sum()),
                    "unknown_m2": float(space[perhaps].sum()),
                }
            )
    return pd.DataFrame(rows)


def _meets(figures: "pd.Series[float]", needed: float) -> "pd.Series[float]":
    """1 where it does, 0 where not, 0.5 where nobody says; whoever needs nothing is content."""
    if needed == 0:
        return pd.Series(1.0, figures.index)
    return (figures >= needed).astype(float).mask(figures.isna(), 0.5)
