"""Customers 目标客户: whom the zone looks for, how far it has come, and what is next."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from gxq_geo.schema import schema

# What is over: signed (a project by now) or given up.
CLOSED = ("signed", "dropped")


def progress(customers: pd.DataFrame, by: str = "customer_class") -> pd.DataFrame:
    """How many customers have come how far.

    Parameters
    ----------
    customers
        The layer ``customers``, or a part of it.
    by
        The field to group by: ``customer_class``, ``campaign``, ``region``, ``team_id`` …

    Returns
    -------
    pandas.DataFrame
        Index `by` (missing last: customers that state none); ``customers``, one column for each
        status, and ``no_status``.
    """
    frame = pd.DataFrame(customers)
    status = frame["customer_status"]
    columns = {
        "customers": pd.Series(1, frame.index),
        **{
            name: (status == name).astype(int)
            for name in schema().domains["customer_status"]
        },
        "no_status": status.isna().astype(int),
    }
    return pd.DataFrame(columns).groupby(frame[by], dropna=False, observed=True).sum()


def due(
    customers: pd.DataFrame, *, on: date, days: int = 30, closed: Sequence[str] = CLOSED
) -> pd.DataFrame:
    """What is to be done next, the most overdue first.

    Parameters
    ----------
    customers
        The layer ``customers``; ``projects`` has the same fields and serves as well.
    on
        The date of the data.
    days
        How far ahead to look.
    closed
        Of which ``customer_status`` nothing is to be done any more.

    Returns
    -------
    pandas.DataFrame
        The records whose ``next_action_date`` lies no more than `days` after `on`, with
        ``days_left`` (negative: overdue).
    """
    frame = pd.DataFrame(customers)
    if "customer_status" in frame:
        frame = frame[~frame["customer_status"].isin(list(closed))]
    left = (frame["next_action_date"] - pd.Timestamp(on)).dt.days
    near = frame.assign(days_left=left)[left <= days]
    return near.sort_values("days_left", kind="stable", ignore_index=True)
