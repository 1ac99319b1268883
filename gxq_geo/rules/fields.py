"""Fields: each record has what it must have, and each value is what its field says."""

import difflib
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from gxq_geo.rules.common import nearest, once, severity, today, told
from gxq_geo.schemas import Domain, Field, LayerSchema, schema
from gxq_geo.schemas.dtypes import LIST_SEPARATOR, BadCell
from gxq_geo.schemas.normalise import fold, fold_all, is_formula, is_full_width, is_grouped, meant
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone, latest
from gxq_geo.zone.layer import SEPARATOR, Layer

# Folding compares every id with every other; it is told for no more than this many.
_TOLD = 1000
# Of more unknown fields than this, it is not guessed what each was meant to be.
_GUESSED = 200
_BLANK = re.compile(rf"{SEPARATOR}\s+{SEPARATOR}")


def field_missing(zone: Zone) -> Iterator[Issue]:
    """A file names every required field."""
    for layer in zone.layers.values():
        elsewhere = set(_renamed(zone, layer.name).values())
        for name in layer.absent_fields:
            if layer.schema.fields[name].required and len(layer.frame) and name not in elsewhere:
                yield layer.issue(None, field=name, layer_name=layer.name)


def required_missing(zone: Zone) -> Iterator[Issue]:
    """A required field holds a value."""
    for layer in zone.layers.values():
        misfits = {(cell.row, cell.field) for cell in layer.bad_cells}
        for field in (of for of in layer.schema.fields.values() if of.required):
            if field.name in layer.absent_fields:
                continue
            missing = _is_blank(layer, field)
            elsewhere = {
                row
                for name, meaning in _renamed(zone, layer.name).items()
                if meaning == field.name
                for row in layer.holders[name]
            }
            for row in np.flatnonzero(missing):
                if (int(row), field.name) not in misfits and int(row) not in elsewhere:
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
            if cell.expected != "domain" and not _special(cell):
                yield layer.issue(
                    cell.row,
                    field=cell.field,
                    value=cell.value,
                    type=f"@type.{cell.expected}",
                    near=_plain(layer, cell),
                )


def _plain(layer: Layer, cell: BadCell) -> str:
    """The value without the field's own unit, which people write behind the number."""
    unit = schema().units.get(layer.schema.fields[cell.field].unit, {})
    bare = cell.value.strip()
    for word in unit.values():
        bare = bare.removesuffix(word).strip()
    return meant(bare, cell.expected)


def formula(zone: Zone) -> Iterator[Issue]:
    """A cell holds a value, not a spreadsheet's formula or error."""
    for layer, cell in _cells(zone, "formula"):
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
    for layer, cell in _cells(zone, "thousands-separator"):
        yield layer.issue(
            cell.row, field=cell.field, value=cell.value, near=meant(cell.value, cell.expected)
        )


def full_width(zone: Zone) -> Iterator[Issue]:
    """Numbers, dates, ids, codes and phones are written in half-width characters."""
    for layer, cell in _cells(zone, "full-width"):
        yield layer.issue(
            cell.row, field=cell.field, value=cell.value, near=meant(cell.value, cell.expected)
        )
    for layer in zone.layers.values():
        for field in (layer.schema.id, *_coded(layer.schema)):
            if is_full_width(layer.texts.get(field, "")):
                for row, value in layer.frame[field].dropna().items():
                    if is_full_width(value):
                        yield layer.issue(int(str(row)), field=field, value=value[:80])


def _coded(layer: LayerSchema) -> Iterator[str]:
    return (name for name, of in layer.fields.items() if of.form and of.type == "text")


def _cells(zone: Zone, rule: str) -> Iterator[tuple[Layer, BadCell]]:
    """The misfits that a rule of their own explains."""
    for layer in zone.layers.values():
        yield from ((layer, cell) for cell in layer.bad_cells if _special(cell) == rule)


def _special(cell: BadCell) -> str:
    """The rule that says more of a misfit than that it does not fit; else empty."""
    if is_formula(cell.value):
        return "formula"
    if meant(cell.value, cell.expected):
        if is_full_width(cell.value):
            return "full-width"
        if is_grouped(cell.value):
            return "thousands-separator"
    return ""


def not_in_domain(zone: Zone) -> Iterator[Issue]:
    """A choice holds one of the values that the schema names for it."""
    for layer in zone.layers.values():
        for cell in layer.bad_cells:
            if cell.expected == "domain" and not _special(cell):
                field = layer.schema.fields[cell.field]
                yield _outside(layer, cell.row, field, cell.value)
        yield from _outside_scheme(layer)


def _outside_scheme(layer: Layer) -> Iterator[Issue]:
    """Values of a choice that another field's value decides, such as a code within its scheme."""
    misfits = {(cell.row, cell.field) for cell in layer.bad_cells}
    for field in (of for of in layer.schema.fields.values() if of.domain_by):
        name = field.domain_by["field"]
        deciding, column = layer.frame[name], layer.frame[field.name]
        pairs = pd.DataFrame({"deciding": deciding, "value": column}).dropna(subset="value")
        for key, rows in pairs.groupby(["deciding", "value"], observed=True, dropna=False):
            domain = schema().domain_of(field, {name: key[0]})
            if domain is None or key[1] not in domain:
                # A scheme that is itself misspelt is one mistake, not two.
                told_of = (int(row) for row in rows.index if (int(row), name) not in misfits)
                yield from (_outside(layer, row, field, str(key[1])) for row in told_of)


def _outside(layer: Layer, row: int, field: Field, value: str) -> Issue:
    deciding = field.domain_by.get("field")
    record = {deciding: layer.frame[deciding].iloc[row]} if deciding else {}
    # Without a scheme, any value of any scheme may be meant.
    domain = schema().domain_of(field, record) or {v: {} for v in schema().values_of(field)}
    return layer.issue(
        row, field=field.name, value=value, near=nearest(value, domain), allowed=_few(domain)
    )


def _few(domain: Domain) -> str:
    shown = list(domain)[:12]
    return ", ".join(shown) + (" …" if len(domain) > len(shown) else "")


def unknown_field(zone: Zone) -> Iterator[Issue]:
    """A file has only fields that the schema knows."""
    for layer in zone.layers.values():
        renamed = _renamed(zone, layer.name)
        for name in layer.unknown_fields:
            rows = layer.holders.get(name, frozenset())
            # A field of every record is the file's; one of a few is theirs.
            row = min(rows) if rows and 2 * len(rows) < len(layer.frame) else None
            yield layer.issue(row, field=name, near=renamed[name])


@once
def _renamed(zone: Zone, name: str) -> dict[str, str]:
    """What each unknown field was probably meant to be; empty where nothing is near.

    Of very many, none is a slip of the hand.
    """
    layer = zone.layers[name]
    guessed = len(layer.unknown_fields) <= _GUESSED
    return {one: _meant(one, layer.schema) if guessed else "" for one in layer.unknown_fields}


def _meant(name: str, layer: LayerSchema) -> str:
    folded = fold(name)
    for field in layer.fields.values():
        if folded in map(fold, (field.name, *field.aliases, *field.label.values())):
            return field.name
    close = difflib.get_close_matches(folded, layer.fields, n=1)
    return close[0] if close else ""


def duplicate_id(zone: Zone) -> Iterator[Issue]:
    """An id names one record of its layer."""
    for layer in zone.layers.values():
        ids = layer.frame[layer.schema.id]
        doubled = ids.notna() & ids.duplicated(keep="first")
        if not doubled.any():
            continue
        firsts = ids.drop_duplicates()
        places = dict(zip(firsts, firsts.index, strict=True))
        for row in np.flatnonzero(doubled):
            value = ids.iloc[row]
            first = int(places[value])
            line = layer.locate(first, "")[0]
            yield layer.issue(int(row), field=layer.schema.id, value=value, line=line or first + 1)


@severity(Severity.WARNING)
def similar_ids(zone: Zone) -> Iterator[Issue]:
    """Two ids differ in more than case, spaces and full-width forms."""
    for layer in zone.layers.values():
        ids = layer.frame[layer.schema.id].dropna().drop_duplicates()
        folded = pd.Series(fold_all(ids.tolist()), index=ids.index, dtype="str")
        for row in folded[folded.duplicated(keep="first")].index[:_TOLD]:
            other = ids[folded == folded[row]].iloc[0]
            yield layer.issue(int(row), field=layer.schema.id, value=ids[row], other=other)


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
    """A value is no greater than the one that bounds it: FAR, floor area let and vacant."""
    for layer in zone.layers.values():
        known = layer.schema.fields
        seen: set[tuple[int, str]] = set()
        for field in (of for of in known.values() if of.at_most):
            bound = known[field.at_most]
            low, high = (layer.frame[of.name].to_numpy(dtype=float) for of in (field, bound))
            wrong = (low > high) & ~_is_outside(layer, field) & ~_is_outside(layer, bound)
            for row in map(int, np.flatnonzero(wrong)):
                # Two values above one bound: the bound is at fault, and told once.
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
        for field in (of for of in layer.schema.fields.values() if of.past):
            column = layer.frame[field.name]
            for row in np.flatnonzero(column > day):
                value = column.iloc[row].date().isoformat()
                yield layer.issue(int(row), field=field.name, value=value, today=str(day.date()))


@severity(Severity.WARNING)
def stale_record(zone: Zone) -> Iterator[Issue]:
    """A record that ages was verified within the zone's limit before the date of the data."""
    months = int(zone.settings.limits.stale_months)
    # A date in the future is wrong itself, and ages no other record.
    known = (one.frame[one.frame["updated"] <= pd.Timestamp(today())] for one in _dated(zone))
    last = latest(known)
    if last is None:
        return
    try:
        day = pd.Timestamp(last) - pd.DateOffset(months=months)
    except (ValueError, OverflowError):
        return  # Before the year 1: no record is as old as that.
    for layer in (zone.layers[name] for name in schema().meaning["aging_layers"]):
        column = layer.frame["updated"]
        rows = [int(row) for row in np.flatnonzero(column < day)]
        for row, count in told(rows, len(column)):
            value = column.iloc[row].date().isoformat()
            yield layer.issue(row, field="updated", value=value, months=months, count=count)


def _dated(zone: Zone) -> Iterator[Layer]:
    return (one for one in zone.layers.values() if "updated" in one.frame)


@severity(Severity.WARNING)
def too_long(zone: Zone) -> Iterator[Issue]:
    """A text is no longer than its field allows."""
    for layer in zone.layers.values():
        for field in (of for of in layer.schema.fields.values() if of.max_length):
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
