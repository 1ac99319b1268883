"""Projects 项目: where each stands between 线索 and 投产, how long it takes, what it brings."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from gxq_geo.schemas import schema

Floats = npt.NDArray[np.float64]


def stage_order() -> list[str]:
    """The stages, first to last."""
    return list(schema().domains["project_stage"])


def signed_stages() -> list[str]:
    """The stages in which a contract has been signed: ``signed`` and all that follow."""
    order = stage_order()
    return order[order.index(schema().meaning["signed_stage"]) :]


def pipeline(projects: pd.DataFrame, by: str = "department_id") -> pd.DataFrame:
    """How many projects are at each stage.

    Parameters
    ----------
    projects
        The layer ``projects``, or a part of it.
    by
        The field to group by: ``department_id``, ``park_id``, ``leader``, ``event_id`` …

    Returns
    -------
    pandas.DataFrame
        Index `by` (missing last: projects that state none), columns ``projects``, one column for
        each stage, ``no_stage`` (those that state none), ``investment_yi`` and
        ``landed_investment_yi`` (sums of what is known, in 亿元), ``investment_unknown`` (how many
        state no investment) and ``landed_unknown`` (how many that are signed or further state
        nothing landed).
    """
    frame = pd.DataFrame(projects)
    stage = frame["stage"]
    columns = {
        "projects": pd.Series(1, frame.index),
        **{name: (stage == name).astype(int) for name in stage_order()},
        "no_stage": stage.isna().astype(int),
        **_money(frame),
    }
    return pd.DataFrame(columns).groupby(frame[by], dropna=False, observed=True).sum()


def by_stage(projects: pd.DataFrame) -> pd.DataFrame:
    """How many projects are at each stage, and what they bring.

    Parameters
    ----------
    projects
        The layer ``projects``, or a part of it.

    Returns
    -------
    pandas.DataFrame
        Index ``stage``: every stage in order, and missing where projects state none; columns
        ``projects`` and the money of `pipeline`.
    """
    frame = pd.DataFrame(projects)
    columns = {"projects": pd.Series(1, frame.index), **_money(frame)}
    out = pd.DataFrame(columns).groupby(frame["stage"].astype(object), dropna=False).sum()
    stages: list[object] = [*stage_order(), *out.index[out.index.isna()]]
    return out.reindex(pd.Index(stages, dtype=object, name="stage"), fill_value=0)


def _money(projects: pd.DataFrame) -> dict[str, pd.Series]:
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
    """How long each project was, or has been, in each stage that its history tells of.

    A stage is left on the day on which the next stage in the history is entered. A project that
    stands in the last stage of its history is still there on the day `on` (censored) — unless its
    record says that it is further: then nobody knows on which day it left, and the spell has no
    length. So has one without a day of entry, or with days that go backwards.

    Parameters
    ----------
    projects, project_stages
        The layers.
    on
        The date of the data: ``zone.data_date``.

    Returns
    -------
    pandas.DataFrame
        ``project_id``, ``stage``, ``entered``, ``left`` (NaT where it has not, or nobody knows),
        ``days`` (in the stage up to `left` or `on`, NaN where unknown) and ``moved`` (whether it
        went on), by project and stage. The last stage, 投产, is not left: it has no spells.
    """
    order = {name: k for k, name in enumerate(stage_order())}
    history = pd.DataFrame(project_stages).dropna(subset=["project_id", "stage"])
    history = history.assign(step=history["stage"].astype(str).map(order).astype(int))
    history = history.sort_values(["project_id", "step", "entered"], kind="stable")
    history = history.drop_duplicates(["project_id", "step"])
    after = history.groupby("project_id")[["entered", "step"]].shift(-1)
    now = pd.DataFrame(projects).set_index("project_id")["stage"].astype(object).map(order)
    reached = history["project_id"].map(now[~now.index.duplicated()])
    moved = after["step"].notna() | (reached > history["step"])
    until = after["entered"].where(moved, pd.Timestamp(on))
    days = (until - history["entered"]).dt.days.astype(float)
    out = history[["project_id", "stage", "entered"]].assign(
        left=after["entered"], days=days.where(days >= 0), moved=moved
    )
    return out[history["step"] < len(order) - 1].reset_index(drop=True)


def kaplan_meier(days: Floats, moved: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The product-limit estimate of the share that is still there after so many days.

    S(t) = Π (1 − d_i / n_i) over the times t_i ≤ t at which d_i of the n_i still there moved on;
    who has not moved yet counts until the day up to which it was seen. Kaplan & Meier (1958),
    *Journal of the American Statistical Association* 53: 457–481.

    Parameters
    ----------
    days
        How long each was seen; no NaN.
    moved
        Whether it moved on at the end of that time.

    Returns
    -------
    times, shares
        The days at which somebody moved on, and the share still there after each.
    """
    times = np.unique(days[moved])
    there = len(days) - np.searchsorted(np.sort(days), times, side="left")
    gone = np.array([np.sum(moved & (days == time)) for time in times], dtype=np.float64)
    return times, np.cumprod(1 - gone / there).astype(np.float64)


def quantile(times: Floats, shares: Floats, share: float) -> float:
    """The first day by which the given share has moved on; NaN where so many never were seen to."""
    reached = np.flatnonzero(shares <= 1 - share + 1e-12)
    return float(times[reached[0]]) if len(reached) else float("nan")


def durations(found: pd.DataFrame, *, within_days: float = 365) -> pd.DataFrame:
    """How many go on from each stage, and after how many days.

    Who is still in a stage has neither failed nor succeeded; to leave it out, or to count the days
    so far as all of them, would make every stage look shorter than it is. Medians, quartiles and
    the share within `within_days` are of the `kaplan_meier` estimate.

    Parameters
    ----------
    found
        What `spells` gives.
    within_days
        The horizon of ``within_pct``, in days.

    Returns
    -------
    pandas.DataFrame
        Index ``stage``, in order; ``entered`` (how many), ``moved`` (of them went on),
        ``still_there``, ``moved_pct`` (of those that entered: a lower bound of the conversion, for
        those still there may yet go on), ``days_unknown`` (spells without a length: in none of the
        following), ``median_days``, ``slow_days`` (by which three quarters went on; NaN where so
        many never were seen to), and ``within_pct`` (went on within `within_days`).
    """
    rows = {}
    for stage in stage_order()[:-1]:
        some = found[found["stage"] == stage]
        known = some.dropna(subset=["days"])
        days, moved = known["days"].to_numpy(dtype=np.float64), known["moved"].to_numpy(dtype=bool)
        times, shares = kaplan_meier(days, moved)
        by_then = np.append(1.0, shares)[np.searchsorted(times, within_days, side="right")]
        rows[stage] = {
            "entered": len(some),
            "moved": int(some["moved"].sum()),
            "still_there": int((~some["moved"]).sum()),
            "moved_pct": 100 * some["moved"].mean() if len(some) else np.nan,
            "days_unknown": len(some) - len(known),
            "median_days": quantile(times, shares, 0.5),
            "slow_days": quantile(times, shares, 0.75),
            "within_pct": 100 * (1 - by_then) if len(known) else np.nan,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("stage")


def stuck(projects: pd.DataFrame, found: pd.DataFrame, *, on: date) -> pd.DataFrame:
    """Projects that do not move.

    A project that is not yet in operation is stuck where it has been in its stage longer than
    three quarters of the projects needed (``slow_days`` of `durations`), where its next action is
    overdue, or where it has none.

    Parameters
    ----------
    projects
        The layer.
    found
        What `spells` gives.
    on
        The date of the data.

    Returns
    -------
    pandas.DataFrame
        ``project_id``, ``stage``, ``days`` (in it so far; NaN where unknown), ``slow_days``,
        ``reasons`` (a tuple of ``slow``, ``overdue`` and ``no_action``), ``next_action``,
        ``next_action_date``, ``department_id`` and ``leader``; more reasons first, then more days.
    """
    frame = pd.DataFrame(projects)
    frame = frame[frame["stage"].notna() & (frame["stage"] != stage_order()[-1])]
    now = found[~found["moved"]].astype({"stage": object})
    frame = frame.astype({"stage": object}).merge(
        now[["project_id", "stage", "days"]], on=["project_id", "stage"], how="left"
    )
    frame["slow_days"] = frame["stage"].map(durations(found)["slow_days"]).astype(float)
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
    """What has been signed, and what of it has landed, by event.

    A total that was published for an event stays a total: it is neither split among the projects
    nor raised by what single ones state. What no source states is counted as unknown, not as 0.

    Parameters
    ----------
    projects, events
        The layers; of the projects those that are signed, or further.

    Returns
    -------
    pandas.DataFrame
        A row for each event, and one without (``event_id`` missing) for what was signed elsewhere:
        ``projects``, ``published_yi`` (the event's total in 亿元, NaN where none was published),
        ``known_yi`` (sum of the amounts that single projects state) and ``known_unknown`` (how many
        state none), ``signed_yi`` (the published total, else what is known: at least so much),
        ``landed_investment_yi`` and ``landed_unknown`` (how many state nothing landed).
    """
    frame = pd.DataFrame(projects)
    frame = frame[frame["stage"].isin(signed_stages())]
    held = pd.DataFrame(events).dropna(subset=["event_id"]).drop_duplicates("event_id")
    totals = held.set_index("event_id")["signed_total_yi"]
    rows = []
    for event in [*totals.index, None]:
        some = frame[frame["event_id"] == event] if event else frame[frame["event_id"].isna()]
        published = float(totals[event]) if event else np.nan
        known = float(some["investment_yi"].sum())
        rows.append(
            {
                "event_id": event,
                "projects": len(some),
                "published_yi": published,
                "known_yi": known,
                "known_unknown": int(some["investment_yi"].isna().sum()),
                "signed_yi": known if np.isnan(published) else published,
                "landed_investment_yi": float(some["landed_investment_yi"].sum()),
                "landed_unknown": int(some["landed_investment_yi"].isna().sum()),
            }
        )
    return pd.DataFrame(rows)


# ------------------------------------------------------------------ people


def responsible(projects: pd.DataFrame, stages: Sequence[str] = ()) -> pd.DataFrame:
    """Who answers for each project now 领导包保.

    Parameters
    ----------
    projects
        The layer.
    stages
        Which stages to look at; by default all from the signing up to the last but one: from then
        on a project has its leader, and once in operation it is no longer carried.

    Returns
    -------
    pandas.DataFrame
        ``project_id``, ``stage``, ``department_id``, ``leader``, ``leader_roles`` and
        ``roles_missing`` (of the five; all of them where there is no leader), those without a
        leader first, then those with more roles missing.
    """
    wanted = list(stages) or signed_stages()[:-1]
    frame = pd.DataFrame(projects)
    frame = frame[frame["stage"].isin(wanted)].reset_index(drop=True)
    every = list(schema().domains["leader_role"])
    held = frame["leader_roles"].where(frame["leader"].notna(), pd.Series([()] * len(frame)))
    missing = pd.Series([tuple(one for one in every if one not in some) for some in held])
    frame = frame.assign(leader_roles=held, roles_missing=missing, order=-missing.map(len))
    frame = frame.sort_values(["order", "project_id"], kind="stable", ignore_index=True)
    columns = ["project_id", "stage", "department_id", "leader", "leader_roles", "roles_missing"]
    return frame[columns]


def burden(projects: pd.DataFrame) -> pd.DataFrame:
    """How many projects each leader carries, and in which roles.

    Returns
    -------
    pandas.DataFrame
        Index ``leader``; ``projects`` and one column for each of the five roles: in how many
        projects the leader has it. Those in operation are left out.
    """
    frame = pd.DataFrame(projects)
    frame = frame[(frame["stage"] != stage_order()[-1]) & frame["leader"].notna()]
    roles = {
        role: frame["leader_roles"].map(lambda some, role=role: int(role in some))
        for role in schema().domains["leader_role"]
    }
    table = pd.DataFrame({"projects": pd.Series(1, frame.index), **roles})
    return table.groupby(frame["leader"]).sum()
