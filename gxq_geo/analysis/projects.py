"""Projects 项目: stages from 线索 to 投产, durations, investment and responsible leaders."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from gxq_geo.schemas import schema
from gxq_geo.schemas.dtypes import lookup

Floats = npt.NDArray[np.float64]


def stage_order() -> list[str]:
    """The project stages, from first to last."""
    return list(schema().domains["project_stage"])


def signed_stages() -> list[str]:
    """The stages with a signed contract: ``signed`` and all later ones."""
    order = stage_order()
    return order[order.index(schema().meaning["signed_stage"]) :]


def pipeline(projects: pd.DataFrame, by: str = "department_id") -> pd.DataFrame:
    """Count projects by stage and another field, and sum their investment.

    Parameters
    ----------
    projects
        The layer ``projects``, or a part of it.
    by
        The field to group by: ``department_id``, ``park_id``, ``leader``, ``event_id`` …

    Returns
    -------
    pandas.DataFrame
        Index `by` (projects without a value come last); columns ``projects`` (count), one column
        for each stage, ``no_stage``, ``investment_yi`` and ``landed_investment_yi`` (sums of the
        known values, in 亿元), ``investment_unknown`` (projects without an investment) and
        ``landed_unknown`` (signed or later projects without a landed investment).
    """
    frame = pd.DataFrame(projects)
    stage = frame["stage"]
    columns = {
        "projects": pd.Series(1, frame.index),
        **{name: (stage == name).astype(int) for name in stage_order()},
        "no_stage": stage.isna().astype(int),
        **_investment_columns(frame),
    }
    return pd.DataFrame(columns).groupby(frame[by], dropna=False, observed=True).sum()


def by_stage(projects: pd.DataFrame) -> pd.DataFrame:
    """Count projects by stage and sum their investment.

    Parameters
    ----------
    projects
        The layer ``projects``, or a part of it.

    Returns
    -------
    pandas.DataFrame
        Index ``stage``: every stage in order, then a row for projects without a stage, if any;
        columns ``projects`` and the investment columns of `pipeline`.
    """
    frame = pd.DataFrame(projects)
    columns = {"projects": pd.Series(1, frame.index), **_investment_columns(frame)}
    out = pd.DataFrame(columns).groupby(frame["stage"].astype(object), dropna=False).sum()
    stages: list[object] = [*stage_order(), *out.index[out.index.isna()]]
    return out.reindex(pd.Index(stages, dtype=object, name="stage"), fill_value=0)


def _investment_columns(projects: pd.DataFrame) -> dict[str, pd.Series]:
    known, landed = projects["investment_yi"], projects["landed_investment_yi"]
    signed = projects["stage"].isin(signed_stages())
    return {
        "investment_yi": known,
        "investment_unknown": known.isna().astype(int),
        "landed_investment_yi": landed,
        "landed_unknown": (signed & landed.isna()).astype(int),
    }


# ------------------------------------------------------------------ time


def spells(projects: pd.DataFrame, project_stages: pd.DataFrame, *, on: date) -> pd.DataFrame:
    """Compute the time that each project spent in each stage of its history.

    A project leaves a stage on the day on which it enters the next stage of its history. It is
    still in the last stage of its history on the day `on` (right-censored), unless its record has a
    later stage: then the day of leaving, and so the length, is unknown. The length is also unknown
    if the day of entry is missing or later than the day of leaving.

    Parameters
    ----------
    projects, project_stages
        The layers.
    on
        The date of the data: ``zone.data_date``.

    Returns
    -------
    pandas.DataFrame
        ``project_id``, ``stage``, ``entered``, ``left`` (NaT if not left or unknown), ``days`` (in
        the stage until ``left`` or `on`; NaN if unknown) and ``moved`` (whether the project left
        the stage), by project and stage. The last stage, 投产, has no spells.
    """
    order = {name: k for k, name in enumerate(stage_order())}
    history = pd.DataFrame(project_stages).dropna(subset=["project_id", "stage"])
    history = history.assign(step=history["stage"].astype(str).map(order).astype(int))
    history = history.sort_values(["project_id", "step", "entered"], kind="stable")
    history = history.drop_duplicates(["project_id", "step"])
    after = history.groupby("project_id")[["entered", "step"]].shift(-1)
    current = pd.DataFrame(projects).set_index("project_id")["stage"]
    current = lookup(current, order)
    reached = lookup(history["project_id"], current[~current.index.duplicated()])
    moved = after["step"].notna() | (reached > history["step"])
    until = after["entered"].where(moved, pd.Timestamp(on))
    days = (until - history["entered"]).dt.days.astype(float)
    out = history[["project_id", "stage", "entered"]].assign(
        left=after["entered"], days=days.where(days >= 0), moved=moved
    )
    return out[history["step"] < len(order) - 1].reset_index(drop=True)


def kaplan_meier(days: Floats, moved: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The Kaplan–Meier (product-limit) estimate of the survival function.

    S(t) = Π (1 − d_i / n_i) over the event times t_i ≤ t, with d_i events among the n_i projects
    at risk; a censored project is at risk until its censoring time. Kaplan & Meier (1958),
    *Journal of the American Statistical Association* 53: 457–481.

    Parameters
    ----------
    days
        The duration of each spell in days; no NaN.
    moved
        Whether the spell ended with leaving the stage (else it is censored).

    Returns
    -------
    times, shares
        The event times in days, and the share still in the stage after each.
    """
    times = np.unique(days[moved])
    at_risk = len(days) - np.searchsorted(np.sort(days), times, side="left")
    events = np.array([np.sum(moved & (days == time)) for time in times], dtype=np.float64)
    return times, np.cumprod(1 - events / at_risk).astype(np.float64)


def quantile(times: Floats, shares: Floats, share: float) -> float:
    """The day by which a share of projects has left, from `kaplan_meier`; NaN if not reached."""
    reached = np.flatnonzero(shares <= 1 - share + 1e-12)
    return float(times[reached[0]]) if len(reached) else float("nan")


def durations(stage_spells: pd.DataFrame, *, within_days: float = 365) -> pd.DataFrame:
    """Estimate the share of projects that leave each stage, and the time they need.

    Projects still in a stage are censored; dropping them, or using their time so far as the full
    time, would underestimate the durations. The median, the quartile and the share within
    `within_days` are therefore from the `kaplan_meier` estimate.

    Parameters
    ----------
    stage_spells
        The result of `spells`.
    within_days
        The horizon of ``within_pct``, in days.

    Returns
    -------
    pandas.DataFrame
        Index ``stage``, in order; ``entered`` and ``moved`` (number of projects that entered and
        left the stage), ``still_there``, ``moved_pct`` (moved / entered · 100: a lower bound of the
        conversion, since those still there may leave later), ``days_unknown`` (spells of unknown
        length, left out of the following), ``median_days``, ``slow_days`` (by which three quarters
        have left; NaN if not reached) and ``within_pct`` (share that left within `within_days`).
    """
    rows = {}
    for stage in stage_order()[:-1]:
        in_stage = stage_spells[stage_spells["stage"] == stage]
        known = in_stage.dropna(subset=["days"])
        days, moved = known["days"].to_numpy(dtype=np.float64), known["moved"].to_numpy(dtype=bool)
        times, shares = kaplan_meier(days, moved)
        remaining = np.append(1.0, shares)[np.searchsorted(times, within_days, side="right")]
        rows[stage] = {
            "entered": len(in_stage),
            "moved": int(in_stage["moved"].sum()),
            "still_there": int((~in_stage["moved"]).sum()),
            "moved_pct": 100 * in_stage["moved"].mean() if len(in_stage) else np.nan,
            "days_unknown": len(in_stage) - len(known),
            "median_days": quantile(times, shares, 0.5),
            "slow_days": quantile(times, shares, 0.75),
            "within_pct": 100 * (1 - remaining) if len(known) else np.nan,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("stage")


def stuck(projects: pd.DataFrame, stage_spells: pd.DataFrame, *, on: date) -> pd.DataFrame:
    """List stalled projects, with the reasons.

    A project that is not yet operating is stalled if it has been in its stage longer than three
    quarters of the projects (``slow_days`` of `durations`), or its next action is overdue or
    missing.

    Parameters
    ----------
    projects
        The layer ``projects``.
    stage_spells
        The result of `spells`.
    on
        The date of the data.

    Returns
    -------
    pandas.DataFrame
        ``project_id``, ``stage``, ``days`` (in the stage so far; NaN if unknown), ``slow_days``,
        ``reasons`` (a tuple of ``slow``, ``overdue`` and ``no_action``), ``next_action``,
        ``next_action_date``, ``department_id`` and ``leader``; more reasons first, then more days.
    """
    frame = pd.DataFrame(projects)
    frame = frame[frame["stage"].notna() & (frame["stage"] != stage_order()[-1])]
    current = stage_spells[~stage_spells["moved"]].astype({"stage": object})
    frame = frame.astype({"stage": object}).merge(
        current[["project_id", "stage", "days"]], on=["project_id", "stage"], how="left"
    )
    frame["slow_days"] = lookup(frame["stage"], durations(stage_spells)["slow_days"])
    tests = {
        "slow": frame["days"] > frame["slow_days"],
        "overdue": frame["next_action_date"] < pd.Timestamp(on),
        "no_action": frame["next_action"].isna(),
    }
    table = pd.DataFrame(tests)
    frame["reasons"] = [tuple(table.columns[row]) for row in table.to_numpy(dtype=bool)]
    frame["count"] = table.sum(axis=1)
    order = ["count", "days", "project_id"]
    kept = frame[frame["count"] > 0].sort_values(order, ascending=[False, False, True])
    columns = ["project_id", "stage", "days", "slow_days", "reasons", "next_action"]
    return kept[[*columns, "next_action_date", "department_id", "leader"]].reset_index(drop=True)


# ------------------------------------------------------------------ money


def investment(projects: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Sum the signed and the landed investment of the signed projects by signing event.

    The published total of an event is used as it is: it is neither divided among the projects nor
    increased by their own amounts. Missing amounts are counted as unknown, not as 0.

    Parameters
    ----------
    projects, events
        The layers; only projects that are signed or at a later stage count.

    Returns
    -------
    pandas.DataFrame
        A row for each event, and a last one (``event_id`` missing) for projects without an event:
        ``projects`` (count), ``published_yi`` (the event's total in 亿元; NaN if unpublished),
        ``known_yi`` (sum of the projects' own amounts), ``known_unknown`` (projects without an
        amount), ``signed_yi`` (the published total, else ``known_yi``, a lower bound),
        ``landed_investment_yi`` and ``landed_unknown`` (projects without a landed investment).
    """
    frame = pd.DataFrame(projects)
    frame = frame[frame["stage"].isin(signed_stages())]
    known_events = pd.DataFrame(events).dropna(subset=["event_id"]).drop_duplicates("event_id")
    totals = known_events.set_index("event_id")["signed_total_yi"]
    rows = []
    for event in [*totals.index, None]:
        signed = frame[frame["event_id"] == event] if event else frame[frame["event_id"].isna()]
        published = float(totals[event]) if event else np.nan
        known = float(signed["investment_yi"].sum())
        rows.append(
            {
                "event_id": event,
                "projects": len(signed),
                "published_yi": published,
                "known_yi": known,
                "known_unknown": int(signed["investment_yi"].isna().sum()),
                "signed_yi": known if np.isnan(published) else published,
                "landed_investment_yi": float(signed["landed_investment_yi"].sum()),
                "landed_unknown": int(signed["landed_investment_yi"].isna().sum()),
            }
        )
    return pd.DataFrame(rows)


# ------------------------------------------------------------------ people


def responsible(projects: pd.DataFrame, stages: Sequence[str] = ()) -> pd.DataFrame:
    """List the leader responsible for each project 领导包保.

    Parameters
    ----------
    projects
        The layer ``projects``.
    stages
        The stages to include; by default the signed ones except the last, since a project has a
        leader from the signing until it operates.

    Returns
    -------
    pandas.DataFrame
        ``project_id``, ``stage``, ``department_id``, ``leader`` and ``leader_roles``; projects
        without a leader come first.
    """
    included = list(stages) or signed_stages()[:-1]
    frame = pd.DataFrame(projects)
    frame = frame[frame["stage"].isin(included)].reset_index(drop=True)
    roles = frame["leader_roles"].where(frame["leader"].notna(), pd.Series([()] * len(frame)))
    frame = frame.assign(leader_roles=roles, has_leader=frame["leader"].notna())
    frame = frame.sort_values(["has_leader", "project_id"], kind="stable", ignore_index=True)
    return frame[["project_id", "stage", "department_id", "leader", "leader_roles"]]


def workload(projects: pd.DataFrame) -> pd.DataFrame:
    """Count the projects of each leader, in total and by role; operating projects are left out.

    Returns
    -------
    pandas.DataFrame
        Index ``leader``; ``projects`` and one column for each of the five roles.
    """
    frame = pd.DataFrame(projects)
    frame = frame[(frame["stage"] != stage_order()[-1]) & frame["leader"].notna()]
    roles = {
        role: frame["leader_roles"].map(lambda own, role=role: int(role in own))
        for role in schema().domains["leader_role"]
    }
    table = pd.DataFrame({"projects": pd.Series(1, frame.index), **roles})
    return table.groupby(frame["leader"]).sum()
