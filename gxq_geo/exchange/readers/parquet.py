"""Read GeoParquet 1.0 and 1.1 with DuckDB, in a child process that may open this file only.

Source of the format: OGC GeoParquet 1.1, https://geoparquet.org/releases/v1.1.0/.
"""

import datetime as dt
import decimal
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gxq_geo.exchange import sandbox
from gxq_geo.exchange.sandbox import RawTable, Refused
from gxq_geo.exchange.source import Loss, ReadOptions, SourceTable
from gxq_geo.formats import files

_FILE = "layer.parquet"
# What a file without a CRS is in, by the specification.
_DEFAULT_CRS = "OGC:CRS84"
# Larger integers do not fit in 64 bits: they are codes.
_LARGEST = (1 << 63) - 1


def read(path: Path, options: ReadOptions) -> tuple[SourceTable, ...]:
    """Read a GeoParquet file; without geometry metadata it is a table.

    Raises
    ------
    FileError
        If the file is damaged, has geometries in an encoding other than WKB, or exceeds the limits
        of the child.
    """
    contents = {_FILE: files.read_bytes(path)}
    (table,) = sandbox.run(__name__, path, contents, {"title": path.stem})
    geometries, losses = table.geometries()
    return (
        SourceTable(
            table.name,
            table.columns,
            geometries,
            table.crs,
            losses=(*table.losses, *losses),
        ),
    )


# ------------------------------------------------------------------ in the child process


def _work(folder: Path, request: Mapping[str, Any]) -> Iterator[RawTable]:
    import duckdb

    place = str(folder / _FILE)
    database = _closed_database(place)
    try:
        geo = _metadata(database, place)
        described = database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [place]).fetchall()
        rows = database.execute("SELECT * FROM read_parquet(?)", [place]).fetchall()
    except duckdb.Error as error:
        raise Refused(str(error).replace(place, _FILE).splitlines()[0]) from None
    columns: dict[str, list[Any]] = {
        name: list(values)
        for (name, *_), values in zip(
            described, zip(*rows, strict=True) if rows else [()] * len(described), strict=True
        )
    }
    primary = str(geo.get("primary_column", ""))
    crs = _crs(geo, primary) if geo else ""
    wkb = columns.pop(primary, None) if geo else None
    if geo and wkb is None:
        raise Refused(f"primary_column {primary}")
    losses: list[Loss] = []
    plain = dict(_plain_columns(columns, _covering(geo, primary), losses))
    yield RawTable(request["title"], plain, wkb, crs, tuple(losses))


def _closed_database(place: str) -> Any:
    """A database in memory that may open one file, and whose settings cannot be changed."""
    import duckdb

    database = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "threads": 2,
            "memory_limit": "2GB",
        }
    )
    database.execute("SET enable_geoparquet_conversion = false")
    database.execute(f"SET allowed_paths = ['{place.replace(chr(39), chr(39) * 2)}']")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    return database


def _metadata(database: Any, place: str) -> dict[str, Any]:
    """The ``geo`` metadata; empty if there are none."""
    query = "SELECT value FROM parquet_kv_metadata(?) WHERE key = 'geo'"
    found = database.execute(query, [place]).fetchone()
    if not found:
        return {}
    try:
        geo = json.loads(bytes(found[0]))
        column = geo["columns"][geo["primary_column"]]
        if column["encoding"] != "WKB":
            raise Refused(f"encoding {column['encoding']}")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refused("geo") from None
    return dict(geo)


def _crs(geo: Mapping[str, Any], primary: str) -> str:
    """The CRS as PROJJSON; absent means CRS84, null means unknown."""
    column = geo["columns"][primary]
    if "crs" not in column:
        return _DEFAULT_CRS
    return "" if column["crs"] is None else json.dumps(column["crs"], ensure_ascii=False)


def _covering(geo: Mapping[str, Any], primary: str) -> str:
    """The column of bounding boxes, which repeats the geometry."""
    if not geo:
        return ""
    covering = geo["columns"][primary].get("covering")
    try:
        return str(covering["bbox"]["xmin"][0])
    except (TypeError, KeyError, IndexError):
        return ""


def _plain_columns(
    columns: Mapping[str, list[Any]], covering: str, losses: list[Loss]
) -> Iterator[tuple[str, list[Any]]]:
    for name, values in columns.items():
        if name == covering:
            continue
        plain = [_plain(value) for value in values]
        lost = sum(value is _NOT_TAKEN for value in plain)
        if lost:
            losses.append(Loss("vector.loss.binary", lost, name))
            if lost == sum(value is not None for value in values):
                continue
        yield name, [None if value is _NOT_TAKEN else value for value in _days(plain)]


_NOT_TAKEN = object()


def _plain(value: Any) -> Any:
    """A value as it is in a `SourceTable`; `_NOT_TAKEN` for bytes and nested records."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, decimal.Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, int | float):
        return value if abs(value) <= _LARGEST else str(value)
    if isinstance(value, dt.date | dt.time):
        return value
    if isinstance(value, list | tuple):
        items = [_plain(item) for item in value]
        return _NOT_TAKEN if any(item is _NOT_TAKEN for item in items) else items
    return _NOT_TAKEN if isinstance(value, bytes | dict) else str(value)


def _days(values: Sequence[Any]) -> list[Any]:
    """Times at midnight as dates, if all of a column are; other times as texts."""
    stamps = [value for value in values if isinstance(value, dt.datetime)]
    midnight = all(value.time() == dt.time() for value in stamps)
    days = [v.date() if midnight and isinstance(v, dt.datetime) else v for v in values]
    return [v.isoformat() if isinstance(v, dt.datetime | dt.time) else v for v in days]


if __name__ == "__main__":
    sandbox.serve(_work)
