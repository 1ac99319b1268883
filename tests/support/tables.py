"""Compare frames with tables made by hand."""

import pandas as pd


def rows(table: pd.DataFrame) -> list[tuple[object, ...]]:
    """The rows of a table, its index first."""
    return [tuple(row) for row in table.reset_index().itertuples(index=False)]
