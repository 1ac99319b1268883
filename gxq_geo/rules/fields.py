"""Fields: each record has what it must have, and each value is what its field says."""

import difflib
from collections.abc import Iterator

import numpy as np

from gxq_geo.issues import Issue
from gxq_geo.layer import Layer
from gxq_geo.rules.common import nearest
from gxq_geo.schema import Domain, Field, LayerSchema, schema
from gxq_geo.zone import Zone


def required_missing(zone: Zone) -> Iterator[Issue]:
    """A required field holds a value."""
    for layer in zone.layers.values():
        misfits = {(cell.row, cell.field) for cell in layer.bad_cells}
        for field in (of for of in layer.schema.fields.values() if of.required):
            column = layer.frame[field.name]
            missing = column.map(len) == 0 if field.is_list else column.isna()
            for row in np.flatnonzero(missing.to_numpy(dtype=bool)):
                if (int(row), field.name) not in misfits:
                    yield layer.issue(int(row), field=field.name)


def wrong_type(zone: Zone) -> Iterator[Issue]:
    """A value has the type of its field."""
    for layer in zone.layers.values():
        for cell in layer.bad_cells:
            if cell.expected != "domain":
                yield layer.issue(
                    cell.row, field=cell.field, value=cell.value, type=f"@type.{cell.expected}"
                )


def not_in_domain(zone: Zone) -> Iterator[Issue]:
    """A choice holds one of the values that the schema names for it."""
    for layer in zone.layers.values():
        for cell in layer.bad_cells:
            if cell.expected == "domain":
                field = layer.schema.fields[cell.field]
                yield _outside(layer, cell.row, field, cell.value)
        yield from _outside_scheme(layer)


def _outside_scheme(layer: Layer) -> Iterator[Issue]:
    """Values of a choice that another field's value decides, such as a code within its scheme."""
    for field in (of for of in layer.schema.fields.values() if of.domain_by):
        deciding = layer.frame[field.domain_by["field"]]
        for row in np.flatnonzero(layer.frame[field.name].notna()):
            value = str(layer.frame[field.name].iloc[row])
            domain = schema().domain_of(field, {field.domain_by["field"]: deciding.iloc[row]})
            if domain is None or value not in domain:
                yield _outside(layer, int(row), field, value)


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
        for name in layer.unknown_fields:
            near = _meant(name, layer.schema)
            yield layer.issue(None, field=name, near=near)


def _meant(name: str, layer: LayerSchema) -> str:
    for field in layer.fields.values():
        if name in (*field.aliases, *field.label.values()):
            return field.name
    close = difflib.get_close_matches(name, layer.fields, n=1)
    return close[0] if close else ""


def duplicate_id(zone: Zone) -> Iterator[Issue]:
    """An id names one record of its layer."""
    for layer in zone.layers.values():
        ids = layer.frame[layer.schema.id]
        doubled = ids.notna() & ids.duplicated(keep="first")
        for row in np.flatnonzero(doubled):
            value = ids.iloc[row]
            first = int(np.flatnonzero(ids == value)[0])
            line = layer.locate(first, "")[0]
            yield layer.issue(int(row), field=layer.schema.id, value=value, line=line or first + 1)


def out_of_range(zone: Zone) -> Iterator[Issue]:
    """A number lies within its field's limits."""
    for layer in zone.layers.values():
        for field in layer.schema.fields.values():
            if field.min is None and field.max is None:
                continue
            low = -np.inf if field.min is None else field.min
            high = np.inf if field.max is None else field.max
            column = layer.frame[field.name].astype("float64")
            outside = (column < low) | (column > high)
            for row in np.flatnonzero(outside):
                value = layer.frame[field.name].iloc[row]
                yield layer.issue(int(row), field=field.name, value=value, low=low, high=high)


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
