"""Spreadsheet: no words, numbers or gaps that Excel or a database leaves in place of a value."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from gxq_geo.rules.common import is_null_word, severity, stands_once, summarised
from gxq_geo.schemas import Field, schema
from gxq_geo.schemas.normalise import serial_day
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer

# The day that spreadsheets and databases number 0, and the first after it.
_DAY_ZERO = pd.Timestamp("1900-01-01")


@severity(Severity.WARNING)
def null_word(zone: Zone) -> Iterator[Issue]:
    """A text that is not known is left empty, not filled with a word or a sign for nothing."""
    for layer in zone.layers.values():
        for name in layer.texts:
            column = layer.frame[name]
            words = [value for value in column.dropna().unique() if is_null_word(value)]
            for row in np.flatnonzero(column.isin(words)) if words else ():
                yield layer.issue(int(row), field=name, value=column.iloc[row])


def serial_date(zone: Zone) -> Iterator[Issue]:
    """A date is written as such, not as the number of a day, and is not the day zero."""
    for layer in zone.layers.values():
        for field in (field for field in layer.schema.fields.values() if field.type == "date"):
            yield from _serials(layer, field)
            column = layer.frame[field.name]
            for row in np.flatnonzero(column <= _DAY_ZERO):
                value = column.iloc[row].date().isoformat()
                yield layer.issue(int(row), field=field.name, value=value, count=1)


def _serials(layer: Layer, field: Field) -> Iterator[Issue]:
    values = {cell.row: cell.value for cell in layer.bad_cells if cell.field == field.name}
    days = {row: day for row, value in values.items() if (day := serial_day(value))}
    known = len(values) + int(layer.frame[field.name].notna().sum())
    for row, count in summarised(list(days), known):
        yield layer.issue(row, field=field.name, value=values[row], near=days[row], count=count)


@severity(Severity.WARNING)
def merged_cells(zone: Zone) -> Iterator[Issue]:
    """A value stands in each row that it holds for, not only in the first of merged cells."""
    for layer in zone.layers.values():
        for field in layer.schema.fields.values():
            if field.type in ("ref", "choice"):
                yield from _runs(zone, layer, field)


def _runs(zone: Zone, layer: Layer, field: Field) -> Iterator[Issue]:
    """Yield an issue if each value of a field stands once, above blanks that it seems to be for."""
    column = layer.frame[field.name]
    filled = column.notna().to_numpy(dtype=bool)
    possible = len(zone.frame(field.ref)) if field.ref else len(schema().values_of(field))
    if stands_once(column[filled].tolist(), len(column), possible=possible):
        first = int(np.argmax(filled))
        row = first + int(np.argmin(filled[first:]))
        blanks = int((~filled[first:]).sum())
        yield layer.issue(row, field=field.name, value=column.iloc[row - 1], count=blanks)
