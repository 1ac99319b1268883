"""What only the internal edition of the map holds: its figures, as JSON values.

The figures are those of `gxq_geo.questions`, taken over as they are: ``gxq projects`` and
``gxq customers`` say the same. The records stand in the payload's layers. ``web/internal.js`` shows
them; no other page holds that file, nor its words.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from gxq_geo import questions
from gxq_geo.schemas.display import known
from gxq_geo.zone import Zone

# The tables that the page shows row by row; those of customers by what they are grouped by.
PROJECTS = (
    *("by_stage", "by_park", "durations", "investment", "leaders"),
    *("stuck", "responsible", "due", "history"),
)
CUSTOMERS = {
    "region": "by_region",
    "customer_class": "by_class",
    "campaign": "by_campaign",
    "team_id": "by_team",
}


def internal_data(zone: Zone) -> dict[str, Any]:
    """Projects, customers and leaders, as the page lists them.

    Returns
    -------
    dict
        ``projects``: the tables `PROJECTS`; ``customers``: the tables of `CUSTOMERS`,
        and ``due``. A table is a list of rows by column; what is not known is None.
    """
    projects, customers = questions.projects(zone), questions.customers(zone)
    return {
        "projects": _rows(projects.tables, PROJECTS),
        "customers": {
            **{of: _table(customers[name]) for of, name in CUSTOMERS.items()},
            "due": _table(customers["due"]),
        },
    }


def _rows(tables: Mapping[str, pd.DataFrame], names: Iterable[str]) -> dict[str, Any]:
    return {name: _table(tables[name]) for name in names}


def _table(frame: pd.DataFrame) -> list[dict[str, Any]]:
    records = frame.astype(object).to_dict("records")
    return [{str(name): _value(value) for name, value in row.items()} for row in records]


def _value(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_value(one) for one in value]
    if not known(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value
