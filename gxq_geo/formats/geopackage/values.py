"""What the stored values of a GeoPackage mean, as GDAL and QGIS write them, and how to store them.

SQLite has no lists, booleans or dates: programs write them as texts and numbers, each in its way.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from gxq_geo.schemas import Field, LayerSchema, schema
from gxq_geo.schemas.dtypes import LIST_SEPARATOR, fits_type

# ``(2:a,b)``, as ogr2ogr writes a list; ``{a,b}``, as the value relation widget of QGIS does;
# ``['a' 'b']`` and ``['a', 'b']``, as Python and numpy do.
_COUNTED = re.compile(r"\((\d+):(.*)\)", re.DOTALL)
_BRACED = re.compile(r"\{(.*)\}", re.DOTALL)
_PYTHON = re.compile(r"\[(?:'[^']*'(?:,?\s+|,?(?=\])))*\]")
_BRACED_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^",{}\\]*))\s*(?:,|$)')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# A text that can be an id or a code: a comma between two of them separates items.
_WORD = re.compile(r"\w[\w.-]*")
_DATETIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d(?::?\d\d)?)?"
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MIDNIGHT = re.compile(r"[0:.]+")


def meanings(
    columns: Mapping[str, Sequence[Any]], layer: LayerSchema, timezone: tzinfo
) -> dict[str, Sequence[Any]]:
    """Convert the stored values of each field of a layer; other columns stay as they are."""
    return {
        name: _converted(values, meaning(layer.fields[name], timezone))
        if name in layer.fields
        else values
        for name, values in columns.items()
    }


def _converted(values: Sequence[Any], convert: Callable[[Any], Any] | None) -> Sequence[Any]:
    if convert is None:
        return values
    # 1 and 1.0 are one key, and mean the same; most columns have few distinct values.
    known = {value: convert(value) for value in set(values)}
    return [known[value] for value in values]


def meaning(field: Field, timezone: tzinfo) -> Callable[[Any], Any] | None:
    """The function that converts a stored value of a field; None where values are as they mean.

    It returns a value that it does not understand as it is.
    """
    if field.is_list:
        return partial(_list, field=field)
    if field.type == "boolean":
        return _boolean
    return partial(_date, timezone=timezone) if field.type == "date" else None


def _boolean(value: Any) -> Any:
    return bool(value) if isinstance(value, int | float) and value in (0, 1) else value


def _date(value: Any, timezone: tzinfo) -> Any:
    """The date of a date with time, in the time zone of the zone.

    Midnight in UTC is a date to which a program has added a time.
    """
    found = _DATETIME.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return value
    day, time, offset = found.groups()
    if not offset or (offset == "Z" and _MIDNIGHT.fullmatch(time)):
        return day
    try:
        moment = datetime.fromisoformat(f"{day}T{time}{'+00:00' if offset == 'Z' else offset}")
        return moment.astimezone(timezone).date().isoformat()
    except (ValueError, OverflowError):
        return value


# ------------------------------------------------------------------ lists


def _list(value: Any, field: Field) -> Any:
    if not isinstance(value, str):
        return value
    if (items := list_items(value)) is not None:
        return items
    if LIST_SEPARATOR in value or "," not in value or field.type == "texts":
        return [item for item in value.split(LIST_SEPARATOR) if item]
    return _by_comma(value, field)


def list_items(text: str) -> list[str] | None:
    """The items of a text in the form of a list, as programs write it; None for any other text."""
    for read in (_json_list, _counted, _braced, _python):
        items = read(text.strip())
        if items is not None:
            return [item for item in items if item]
    return None


def _json_list(text: str) -> list[str] | None:
    if not text.startswith("["):
        return None
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return items if all(isinstance(item, str) for item in items) else None


def _counted(text: str) -> list[str] | None:
    """The items of ``(2:a,b)``; None where the number is wrong, as with commas in an item."""
    found = _COUNTED.fullmatch(text)
    if not found:
        return None
    items = found[2].split(",") if found[2] else []
    return items if str(len(items)) == found[1] else None


def _braced(text: str) -> list[str] | None:
    found = _BRACED.fullmatch(text)
    if not found:
        return None
    body, at, items = found[1], 0, []
    while at < len(body):
        item = _BRACED_ITEM.match(body, at)
        if not item or item.end() == at:
            return None
        quoted, bare = item.groups()
        items.append(_ESCAPED.sub(r"\1", quoted) if quoted is not None else bare.strip())
        at = item.end()
    return items


def _python(text: str) -> list[str] | None:
    return re.findall(r"'([^']*)'", text) if _PYTHON.fullmatch(text) else None


def _by_comma(text: str, field: Field) -> Any:
    """Split at commas if each item is a value of the domain or, for references, like an id."""
    items = [item.strip() for item in text.split(",")]
    if field.type == "choices":
        allowed = set(schema().values_of(field))
        return items if allowed.issuperset(items) else [text]
    return items if all(map(_WORD.fullmatch, items)) else [text]


# ------------------------------------------------------------------ storing


def stored(value: Any, before: Any = None, kind: str = "") -> Any:
    """Return a value as it is stored: a list in the spelling of the value before it, else as JSON.

    Parameters
    ----------
    value
        The new value, as `meanings` returns it.
    before
        The value that is stored now.
    kind
        The type of the column, in capitals. A column of texts has no 1 for true, and one of times
        has midnight in UTC for a date.
    """
    if isinstance(value, bool):
        return str(value).lower() if kind.startswith("TEXT") else int(value)
    if isinstance(value, str) and kind == "DATETIME" and _DAY.fullmatch(value):
        return f"{value}T00:00:00.000Z"
    if not isinstance(value, list | tuple):
        return value
    if not value:
        return None
    if isinstance(before, str) and _braced(before.strip()) is not None:
        return "{" + ",".join(map(_braced_item, value)) + "}"
    return json.dumps(list(value), ensure_ascii=False, separators=(",", ":"))


def _braced_item(item: str) -> str:
    """An item in quotes, as PostgreSQL and QGIS write one in an array."""
    return '"' + re.sub(r'(["\\])', r"\\\1", item) + '"'


def canonical(value: Any, before: Any, field: Field) -> Any:
    """Return a stored value in the form that QGIS reads, if only its form has to change.

    Lists that only ogr2ogr or Python write become JSON, and ``2026/1/2`` becomes ``2026-01-02``.

    Parameters
    ----------
    value
        The value, as `meanings` returns it.
    before
        The value as it is stored.
    field
        Its field.
    """
    if not isinstance(before, str):
        return before
    if isinstance(value, list):
        text = before.strip()
        is_json = _json_list(text) is not None
        is_odd = _counted(text) is not None or (not is_json and _python(text) is not None)
        return stored(value) if is_odd else before
    if field.type == "date" and value == before and "/" in before and fits_type(before, field):
        return "{}-{:0>2}-{:0>2}".format(*before.split("/"))
    return before
