"""Fields: required values are present, and each value fits the definition of its field."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from gxq_geo.rules.common import nearest, once_per_zone, severity, summarised, today
from gxq_geo.schemas import Domain, Field, LayerSchema, schema
from gxq_geo.schemas.dtypes import LIST_SEPARATOR, BadCell
from gxq_geo.schemas.headings import meanings
from gxq_geo.schemas.normalise import (
    domain_value,
    fold,
    fold_all,
    in_ascii,
    is_formula,
    is_full_width,
    is_grouped,
    serial_day,
    suggested_value,
)
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone, latest_update
from gxq_geo.zone.layer import SEPARATOR, Layer

# The most pairs of similar ids that are reported in a layer.
_MOST_SIMILAR = 1000
# With more unknown fields than this, none gets a suggestion.
_MOST_GUESSES = 200
_BLANK = re.compile(rf"{SEPARATOR}\s+{SEPARATOR}")


def field_missing(zone: Zone) -> Iterator[Issue]:
    """A file names every required field."""
    for layer in zone.layers.values():
        misnamed = set(_likely_fields(zone, layer.name).values())
        for name in layer.absent_fields:
            if layer.schema.fields[name].required and len(layer.frame) and name not in misnamed:
                yield layer.issue(None, field=name, layer_name=layer.name)


def required_missing(zone: Zone) -> Iterator[Issue]:
    """A required field holds a value."""
    for layer in zone.layers.values():
        misfits = {(cell.row, cell.field) for cell in layer.bad_cells}
        for field in (field for field in layer.schema.fields.values() if field.required):
            if field.name in layer.absent_fields:
                continue
            missing = _is_blank(layer, field)
            misnamed = {
                row
                for name, meaning in _likely_fields(zone, layer.name).items()
                if meaning == field.name
                for row in layer.unknown_rows[name]
            }
            for row in np.flatnonzero(missing):
                if (int(row), field.name) not in misfits and int(row) not in misnamed:
                    yield layer.issue(int(row), field=field.name)


def _is_blank(layer: Layer, field: Field) -> np.ndarray:
    column = layer.frame[field.name]
    if field.is_list:
        return (column.map(len) == 0).to_numpy(dtype=bool)
    blank = column.isna()
    if _BLANK.search(layer.texts.get(field.name, "")):
        blank |= column.str.isspace().fillna(value=False).astype(bool)
    return blank.to_numpy(dtype=bool)


def wrong_type(zone: Zone) -> Iterator[Issue]:
    """A value has the type of its field."""
    for layer in zone.layers.values():
        for cell in layer.bad_cells:
            if cell.expected != "domain" and not _rule_of(cell):
                yield layer.issue(
                    cell.row,
                    field=cell.field,
                    value=cell.value,
                    type=f"@type.{cell.expected}",
                    near=_without_unit(layer, cell),
                )


def _without_unit(layer: Layer, cell: BadCell) -> str:
    """Return the value that a cell means without the unit of its field, or an empty text."""
    unit = schema().units.get(layer.schema.fields[cell.field].unit, {})
    number = cell.value.strip()
    for word in unit.values():
        number = number.removesuffix(word).strip()
    return suggested_value(number, cell.expected)


def formula(zone: Zone) -> Iterator[Issue]:
    """A cell holds a value, not a spreadsheet's formula or error."""
    for layer, cell in _cells_of_rule(zone, "formula"):
        yield layer.issue(cell.row, field=cell.field, value=cell.value)
    for layer in zone.layers.values():
        for field, joined in layer.texts.items():
            if "=" not in joined and "#" not in joined:
                continue
            for row, value in layer.frame[field].dropna().items():
                if is_formula(value):
                    yield layer.issue(int(str(row)), field=field, value=value[:80])


def thousands_separator(zone: Zone) -> Iterator[Issue]:
    """A number has no thousands separators."""
    for layer, cell in _cells_of_rule(zone, "thousands-separator"):
        yield layer.issue(
            cell.row,
            field=cell.field,
            value=cell.value,
            near=suggested_value(cell.value, cell.expected),
        )


def full_width(zone: Zone) -> Iterator[Issue]:
    """Numbers, dates, ids, codes and phones are written in half-width characters."""
    for layer, cell in _cells_of_rule(zone, "full-width"):
        yield layer.issue(
            cell.row,
            field=cell.field,
            value=cell.value,
            near=suggested_value(cell.value, cell.expected),
        )
    for layer in zone.layers.values():
        for field in (layer.schema.id, *_fields_with_form(layer.schema)):
            if is_full_width(layer.texts.get(field, "")):
                for row, value in layer.frame[field].dropna().items():
                    if is_full_width(value):
                        yield layer.issue(int(str(row)), field=field, value=value[:80])


def _fields_with_form(layer: LayerSchema) -> Iterator[str]:
    """Iterate over the text fields of a layer that have a form, such as phones and codes."""
    return (name for name, field in layer.fields.items() if field.form and field.type == "text")


def _cells_of_rule(zone: Zone, rule: str) -> Iterator[tuple[Layer, BadCell]]:
    """Yield the cells that a rule of their own reports, instead of `wrong-type`."""
    for layer in zone.layers.values():
        yield from ((layer, cell) for cell in layer.bad_cells if _rule_of(cell) == rule)


def _rule_of(cell: BadCell) -> str:
    """Return the rule that reports a cell more precisely than `wrong-type`, or an empty text."""
    if is_formula(cell.value):
        return "formula"
    if cell.expected == "date" and serial_day(cell.value):
        return "serial-date"
    if suggested_value(cell.value, cell.expected):
        if is_full_width(cell.value):
            return "full-width"
        if is_grouped(cell.value):
            return "thousands-separator"
    return ""


def not_in_domain(zone: Zone) -> Iterator[Issue]:
    """A choice is one of the values of its domain in the schema."""
    for layer in zone.layers.values():
        for cell in layer.bad_cells:
            if cell.expected == "domain" and not _rule_of(cell):
                field = layer.schema.fields[cell.field]
                yield _outside(layer, cell.row, field, cell.value)
        yield from _outside_scheme(layer)


def _outside_scheme(layer: Layer) -> Iterator[Issue]:
    """Yield the values outside a domain that another field decides, such as a scheme's codes."""
    misfits = {(cell.row, cell.field) for cell in layer.bad_cells}
    for field in (field for field in layer.schema.fields.values() if field.domain_by):
        name = field.domain_by["field"]
        deciding, column = layer.frame[name], layer.frame[field.name]
        pairs = pd.DataFrame({"deciding": deciding, "value": column}).dropna(subset="value")
        for key, rows in pairs.groupby(["deciding", "value"], observed=True, dropna=False):
            domain = schema().domain_of(field, {name: key[0]})
            if domain is None or key[1] not in domain:
                # Where the scheme itself is not in its domain, only the scheme is reported.
                reported = (int(row) for row in rows.index if (int(row), name) not in misfits)
                yield from (_outside(layer, row, field, str(key[1])) for row in reported)


def _outside(layer: Layer, row: int, field: Field, value: str) -> Issue:
    deciding = field.domain_by.get("field")
    record = {deciding: layer.frame[deciding].iloc[row]} if deciding else {}
    # Without a scheme, the values of every scheme are allowed.
    domain = schema().domain_of(field, record) or {v: {} for v in schema().values_of(field)}
    spelling = domain_value(value, schema().spellings_of(field, record) or {})
    near = spelling or nearest(value, domain)
    return layer.issue(row, field=field.name, value=value, near=near, allowed=_first_values(domain))


def _first_values(domain: Domain) -> str:
    shown = list(domain)[:12]
    return ", ".join(shown) + (" …" if len(domain) > len(shown) else "")


def unknown_field(zone: Zone) -> Iterator[Issue]:
    """A file has only fields that the schema knows."""
    for layer in zone.layers.values():
        renamed = _likely_fields(zone, layer.name)
        for name in layer.unknown_fields:
            rows = layer.unknown_rows.get(name, frozenset())
            # A field of most records is reported for the file, one of a few for the first of them.
            row = min(rows) if rows and 2 * len(rows) < len(layer.frame) else None
            yield layer.issue(row, field=name, near=renamed[name])


@once_per_zone
def _likely_fields(zone: Zone, name: str) -> dict[str, str]:
    """Map each unknown field to the field that was probably meant, or to an empty text."""
    layer = zone.layers[name]
    unknown = layer.unknown_fields
    if len(unknown) > _MOST_GUESSES:
        return dict.fromkeys(unknown, "")
    known = meanings(layer.schema)
    return {field: _likely_field(fold(field), layer.schema, known) for field in unknown}


def _likely_field(heading: str, layer: LayerSchema, known: Mapping[str, Sequence[str]]) -> str:
    if heading in known:
        return known[heading][0]
    close = difflib.get_close_matches(heading, layer.fields, n=1)
    return close[0] if close else ""


def duplicate_id(zone: Zone) -> Iterator[Issue]:
    """An id names one record of its layer."""
    for layer in zone.layers.values():
        ids = layer.frame[layer.schema.id]
        repeated = ids.notna() & ids.duplicated(keep="first")
        if not repeated.any():
            continue
        firsts = ids.drop_duplicates()
        first_rows = dict(zip(firsts, firsts.index, strict=True))
        for row in np.flatnonzero(repeated):
            value = ids.iloc[row]
            first = int(first_rows[value])
            line = layer.locate(first, "")[0]
            yield layer.issue(int(row), field=layer.schema.id, value=value, line=line or first + 1)


@severity(Severity.WARNING)
def similar_ids(zone: Zone) -> Iterator[Issue]:
    """Two ids differ in more than case, spaces, full-width forms and letters that look alike."""
    for layer in zone.layers.values():
        ids = layer.frame[layer.schema.id].dropna().drop_duplicates()
        plain = [in_ascii(text) for text in ids]
        folded = pd.Series(fold_all(plain), index=ids.index, dtype="str")
        for row in folded[folded.duplicated(keep="first")].index[:_MOST_SIMILAR]:
            other = ids[folded == folded[row]].iloc[0]
            yield layer.issue(int(row), field=layer.schema.id, value=ids[row], other=other)


@severity(Severity.WARNING)
def look_alike_id(zone: Zone) -> Iterator[Issue]:
    """An id has no letter of another script that looks like a Latin one, and no invisible sign."""
    for layer in zone.layers.values():
        joined = layer.texts.get(layer.schema.id, "")
        if joined.replace(SEPARATOR, "").isascii():
            continue
        ids = layer.frame[layer.schema.id]
        known = ids.dropna()
        if known.map(str.isascii).mean() <= 0.5:  # The ids are in another script.
            known = known[known.str.contains("[A-Za-z]")]
        plain = {text: in_ascii(text) for text in known.unique()}
        near = {text: ascii_text for text, ascii_text in plain.items() if ascii_text != text}
        for row in np.flatnonzero(ids.isin(near)):
            value = str(ids.iloc[row])
            code = next(f"U+{ord(char):04X}" for char in value if in_ascii(char) != char)
            field = layer.schema.id
            yield layer.issue(int(row), field=field, value=value, near=near[value], code=code)


@severity(Severity.WARNING)
def semicolon_in_id(zone: Zone) -> Iterator[Issue]:
    """An id has no semicolon: a table joins a list of ids with it."""
    for layer in zone.layers.values():
        if LIST_SEPARATOR in layer.texts.get(layer.schema.id, ""):
            ids = layer.frame[layer.schema.id]
            for row in np.flatnonzero(ids.str.contains(LIST_SEPARATOR, regex=False, na=False)):
                yield layer.issue(int(row), field=layer.schema.id, value=ids.iloc[row])


def out_of_range(zone: Zone) -> Iterator[Issue]:
    """A number lies within its field's limits."""
    for layer in zone.layers.values():
        for field in layer.schema.fields.values():
            if field.min is None and field.max is None:
                continue
            low = -np.inf if field.min is None else field.min
            high = np.inf if field.max is None else field.max
            for row in np.flatnonzero(_is_outside(layer, field)):
                value = layer.frame[field.name].iloc[row]
                yield layer.issue(int(row), field=field.name, value=value, low=low, high=high)


def _is_outside(layer: Layer, field: Field) -> np.ndarray:
    low = -np.inf if field.min is None else field.min
    high = np.inf if field.max is None else field.max
    column = layer.frame[field.name].astype("float64").to_numpy()
    return np.asarray((column < low) | (column > high))


def min_above_max(zone: Zone) -> Iterator[Issue]:
    """A value does not exceed its upper bound: FAR, floor area let and vacant."""
    for layer in zone.layers.values():
        known = layer.schema.fields
        seen: set[tuple[int, str]] = set()
        for field in (field for field in known.values() if field.at_most):
            bound = known[field.at_most]
            low, high = (layer.frame[f.name].to_numpy(dtype=float) for f in (field, bound))
            wrong = (low > high) & ~_is_outside(layer, field) & ~_is_outside(layer, bound)
            for row in map(int, np.flatnonzero(wrong)):
                # Two values above one bound are one mistake, in the bound.
                if (row, bound.name) not in seen:
                    seen.add((row, bound.name))
                    yield layer.issue(
                        row,
                        field=field.name,
                        value=f"{low[row]:g}",
                        bound=f"@schema.fields.{bound.name}.label",
                        limit=float(high[row]),
                    )


@severity(Severity.WARNING)
def future_date(zone: Zone) -> Iterator[Issue]:
    """A date on which something has happened is not in the future."""
    day = pd.Timestamp(today())
    for layer in zone.layers.values():
        for field in (field for field in layer.schema.fields.values() if field.past):
            column = layer.frame[field.name]
            for row in np.flatnonzero(column > day):
                value = column.iloc[row].date().isoformat()
                yield layer.issue(int(row), field=field.name, value=value, today=str(day.date()))


@severity(Severity.WARNING)
def stale_record(zone: Zone) -> Iterator[Issue]:
    """A record was verified within the zone's limit before the date of the data."""
    months = int(zone.settings.limits.stale_months)
    # Dates in the future are errors: they do not count as the date of the data.
    updated = (layer.frame[["updated"]] for layer in _dated(zone))
    known = (dates[dates["updated"] <= pd.Timestamp(today())] for dates in updated)
    last = latest_update(known)
    if last is None:
        return
    try:
        day = pd.Timestamp(last) - pd.DateOffset(months=months)
    except (ValueError, OverflowError):
        return  # The limit lies before the year 1: no record is older.
    for layer in (zone.layers[name] for name in schema().meaning["aging_layers"]):
        column = layer.frame["updated"]
        rows = [int(row) for row in np.flatnonzero(column < day)]
        for row, count in summarised(rows, len(column)):
            value = column.iloc[row].date().isoformat()
            yield layer.issue(row, field="updated", value=value, months=months, count=count)


def _dated(zone: Zone) -> Iterator[Layer]:
    return (layer for layer in zone.layers.values() if "updated" in layer.frame)


@severity(Severity.WARNING)
def too_long(zone: Zone) -> Iterator[Issue]:
    """A text is no longer than its field allows."""
    for layer in zone.layers.values():
        for field in (field for field in layer.schema.fields.values() if field.max_length):
            limit = field.max_length or 0
            length = layer.frame[field.name].str.len()
            for row in np.flatnonzero((length > limit).fillna(value=False)):
                value = str(layer.frame[field.name].iloc[row])
                yield layer.issue(
                    int(row),
                    field=field.name,
                    value=value[:40] + "…",
                    length=len(value),
                    limit=limit,
                )
