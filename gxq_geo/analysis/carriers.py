"""Carriers 载体: buildings with space to let."""

from collections.abc import Sequence

import pandas as pd

# Steps of `fit`, chosen for this project. Storey heights: any (office), light workshop, heavy
# workshop, crane; a storey over 8 m counts twice in the floor-area ratio. Floor loads: any, desks,
# light goods, machines.
HEIGHTS_M = (0.0, 4.5, 6.0, 8.0)
LOADS_T_PER_M2 = (0.0, 0.5, 1.0, 2.0)


def vacancy(carriers: pd.DataFrame, by: Sequence[str] = ("park_id", "kind")) -> pd.DataFrame:
    """Count carriers and sum their floor areas by park and kind, or by other fields.

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
        ``total_floor_area_m2``, ``vacant_floor_area_m2`` (sums of the known values, in m²),
        ``vacant_unknown`` (number of carriers without a vacant area), ``vacancy_pct`` (vacant /
        total · 100 over the carriers with both values; NaN where none has), ``occupancy_pct``
        (100 − ``vacancy_pct``), ``rent_min``, ``rent_median`` and ``rent_max`` (元/m²·month, of the
        carriers whose vacant area is positive or unknown; NaN where none states a rent).
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
    """Sum the vacant floor area for combinations of required storey height and floor load.

    Parameters
    ----------
    carriers
        The layer ``carriers`` of a zone, or a part of it.
    heights_m, loads_t_per_m2
        Required storey heights (m) and floor loads (t/m²); 0 is no requirement.

    Returns
    -------
    pandas.DataFrame
        A row for each pair of requirements ``storey_height_m`` and ``floor_load_t_per_m2``;
        ``carriers`` and ``vacant_floor_area_m2`` of the carriers that meet both and have space to
        let; ``unknown`` and ``unknown_m2`` of those that may meet them, as a value is missing.
        A carrier counts in every row whose requirements it meets.
    """
    frame = pd.DataFrame(carriers)
    space = frame["vacant_floor_area_m2"]
    rows = []
    for height in heights_m:
        for load in loads_t_per_m2:
            high = _meets(frame["storey_height_m"], height)
            strong = _meets(frame["floor_load_t_per_m2"], load)
            fits = pd.concat([high, strong, _meets(space, 1e-9)], axis=1).min(axis=1)
            certain, possible = fits == 1, fits == 0.5
            rows.append(
                {
                    "storey_height_m": height,
                    "floor_load_t_per_m2": load,
                    "carriers": int(certain.sum()),
                    "vacant_floor_area_m2": float(space[certain].sum()),
                    "unknown": int(possible.sum()),
                    "unknown_m2": float(space[possible].sum()),
                }
            )
    return pd.DataFrame(rows)


def _meets(values: "pd.Series[float]", required: float) -> "pd.Series[float]":
    """1 where a value meets a minimum, 0 where not, 0.5 where missing; 1 without a requirement."""
    if required == 0:
        return pd.Series(1.0, values.index)
    return (values >= required).astype(float).mask(values.isna(), 0.5)
