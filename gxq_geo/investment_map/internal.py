"""The figures of the internal edition of the map, as JSON values.

They are tables of `gxq_geo.questions`, the same as ``gxq projects`` and ``gxq customers`` print.
The records themselves are in the layers of the payload. ``web/internal/internal.js`` shows them;
a public page contains neither this script nor its texts.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from gxq_geo import questions
from gxq_geo.schemas.display import known
from gxq_geo.zone import Zone

# Tables of the questions; those of customers by the field that they are grouped by.
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
    """Return the tables on projects, customers and leaders.

    Returns
    -------
    dict
        ``projects``: the tables of `PROJECTS`; ``customers``: the tables of `CUSTOMERS` and
        ``due``. A table is a list of rows, each a dict by column; None is unknown.
    """
    projects, customers = questions.projects(zone), questions.customers(zone)
    return {
        "projects": _rows(projects.tables, PROJECTS),
        "customers": {
            **{field: _table(customers[name]) for field, name in CUSTOMERS.items()},
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
        return [_value(item) for item in value]
    if not known(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value
