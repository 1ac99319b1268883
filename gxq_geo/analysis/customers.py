"""Customers 目标客户: whom the zone looks for, how far it has come, and what is next."""

from datetime import date

import pandas as pd

from gxq_geo.schemas import schema


def open_customers(customers: pd.DataFrame) -> pd.DataFrame:
    """The customers with whom something is still to be done: neither signed nor given up."""
    closed = list(schema().meaning["closed_customer_status"])
    frame = pd.DataFrame(customers)
    return frame[~frame["customer_status"].isin(closed)]


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
        **{name: (status == name).astype(int) for name in schema().domains["customer_status"]},
        "no_status": status.isna().astype(int),
    }
    return pd.DataFrame(columns).groupby(frame[by], dropna=False, observed=True).sum()


def due(records: pd.DataFrame, *, on: date, days: int = 30) -> pd.DataFrame:
    """What is to be done next, the most overdue first.

    Parameters
    ----------
    records
        Customers (see `open_customers`), or projects, which have the same fields.
    on
        The date of the data.
    days
        How far ahead to look.

    Returns
    -------
    pandas.DataFrame
        The records whose ``next_action_date`` lies no more than `days` after `on`, with
        ``days_left`` (negative: overdue).
    """
    frame = pd.DataFrame(records)
    left = (frame["next_action_date"] - pd.Timestamp(on)).dt.days
    near = frame.assign(days_left=left)[left <= days]
    return near.sort_values("days_left", kind="stable", ignore_index=True)
