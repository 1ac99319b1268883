"""Target customers 目标客户: companies the zone wants to attract, their status and next actions."""

from datetime import date

import pandas as pd

from gxq_geo.schemas import schema


def open_customers(customers: pd.DataFrame) -> pd.DataFrame:
    """The customers that have neither signed nor been dropped."""
    closed = list(schema().meaning["closed_customer_status"])
    frame = pd.DataFrame(customers)
    return frame[~frame["customer_status"].isin(closed)]


def progress(customers: pd.DataFrame, by: str = "customer_class") -> pd.DataFrame:
    """Count customers by status and another field.

    Parameters
    ----------
    customers
        The layer ``customers``, or a part of it.
    by
        The field to group by: ``customer_class``, ``campaign``, ``region``, ``team_id`` …

    Returns
    -------
    pandas.DataFrame
        Index `by` (customers without a value come last); ``customers`` (count), one column for
        each status, and ``no_status``.
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
    """The records with a next action that is overdue or due soon, the most overdue first.

    Parameters
    ----------
    records
        Customers (see `open_customers`) or projects; both have ``next_action_date``.
    on
        The date of the data.
    days
        The number of days after `on` that count as soon.

    Returns
    -------
    pandas.DataFrame
        The records whose ``next_action_date`` is at most `days` after `on`, with ``days_left``
        (negative if overdue).
    """
    frame = pd.DataFrame(records)
    days_left = (frame["next_action_date"] - pd.Timestamp(on)).dt.days
    soon = frame.assign(days_left=days_left)[days_left <= days]
    return soon.sort_values("days_left", kind="stable", ignore_index=True)
