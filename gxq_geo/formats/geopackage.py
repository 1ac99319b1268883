"""Read and write GeoPackage layers, for planners who work in QGIS.

fiona opens the file with the GPKG driver only: GDAL would otherwise choose a driver by the file's
content. Geometries are checked as in GeoJSON. A GeoPackage has no lines, so its issues name only
features.
"""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gxq_geo.formats import files, rfc7946
from gxq_geo.formats.coordinates import COORDINATE_FAULTS, Geometries, build_geometries
from gxq_geo.schemas import LayerSchema
from gxq_geo.schemas.dtypes import LIST_SEPARATOR, values_of
from gxq_geo.words.errors import FileError
from gxq_geo.words.issues import FATAL, Issue, found

# The issues that only this reader can report.
FINDINGS = {"not-gpkg": FATAL, "gpkg-layers": FATAL, "gpkg-view": FATAL}
# All issues that it can report; those of CRS and coordinates are the same as for GeoJSON.
_REPORTED = {
    **dict.fromkeys(("crs-foreign", *COORDINATE_FAULTS), FATAL),
    "height-ignored": rfc7946.FINDINGS["height-ignored"],
    **FINDINGS,
}

_CRS = "EPSG:4326"
_KNOWN_CRS = {"EPSG:4326", "EPSG:4490", "OGC:CRS84"}
_SQLITE_MAGIC = b"SQLite format 3\x00"
_TYPES = {"integer": "int64", "number": "float", "boolean": "bool", "date": "date"}


@dataclass(frozen=True, slots=True)
class Package:
    """One layer of a GeoPackage: records, geometries, issues, and the names of other tables."""

    records: Sequence[Mapping[str, Any]] = ()
    geometries: Geometries = field(default_factory=lambda: np.empty(0, dtype=object))
    issues: tuple[Issue, ...] = ()
    other_tables: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """The number of records."""
        return len(self.records)

    @property
    def by_field(self) -> dict[str, list[Any]]:
        """The raw values of each field."""
        return values_of(self.records)

    def extras(self) -> Sequence[str]:
        """The names of other layers and of tables that QGIS adds, such as styles."""
        return self.other_tables

    def locate(self, row: int, member: str = "") -> tuple[None, None]:
        """Always ``(None, None)``: a database has no lines."""
        return None, None


def read(path: Path, data: bytes, schema: LayerSchema) -> Package:
    """Read one layer of a GeoPackage: the one named as in the schema, or else the only one.

    Parameters
    ----------
    path, data
        The file and its bytes.
    schema
        The schema of the layer.
    """
    if not data.startswith(_SQLITE_MAGIC) or _is_truncated(data):
        return _refused("not-gpkg")
    with _without_journal(path, data) as readable:
        return _read(readable, schema)


def _unreadable() -> tuple[type[Exception], ...]:
    """Return the exceptions that SQLite, fiona and GDAL raise for a damaged file."""
    from fiona._err import CPLE_BaseError
    from fiona.errors import FionaError

    return sqlite3.Error, FionaError, CPLE_BaseError, ValueError, AttributeError


def _read(path: Path, schema: LayerSchema) -> Package:
    # Imported here: a folder without a GeoPackage need not wait for GDAL.
    import fiona
    from fiona.model import to_dict

    try:
        names = _layer_names(path)
        name = schema.name if schema.name in names or len(names) != 1 else names[0]
        if name not in names:
            return _refused("gpkg-layers", value=", ".join(names), name=schema.name)
        if not _is_plain_table(path, name):
            return _refused("gpkg-view", value=name)
        with (
            # Untrusted schema: column defaults, views and indexes may not call unsafe functions.
            fiona.Env(OGR_SQLITE_PRAGMA="trusted_schema=OFF"),
            fiona.open(str(path.resolve()), layer=name, enabled_drivers=["GPKG"]) as source,
        ):
            crs = ":".join((source.crs.to_authority() if source.crs else None) or ("", ""))
            features = [to_dict(feature) for feature in source]
    except _unreadable():
        return _refused("not-gpkg")
    if crs not in _KNOWN_CRS:
        return _refused("crs-foreign", value=crs.strip(":"))
    geometries, faults, sizes = build_geometries([_as_json(f["geometry"]) for f in features])
    issues = tuple(
        found(_REPORTED, fault.rule, params={**fault.params, "row": row}) for row, fault in faults
    )
    if sizes:
        params = {"count": len(sizes), "row": min(sizes)}
        issues += (found(_REPORTED, "height-ignored", params=params),)
    records = [_record(feature["properties"], schema) for feature in features]
    return Package(records, geometries, issues, _other_tables(path, name))


def _is_truncated(data: bytes) -> bool:
    """Whether the file is shorter than its header states; SQLite checks only pages that it reads.

    The header has the page size at byte 16 and the page count at byte 28.
    """
    size, pages = int.from_bytes(data[16:18], "big"), int.from_bytes(data[28:32], "big")
    return len(data) < (65536 if size == 1 else size) * pages


@contextmanager
def _without_journal(path: Path, data: bytes) -> Iterator[Path]:
    """Give the path to read: the file, or a temporary copy of it and its journals if it has any.

    SQLite would apply a leftover journal to the file, and a reader must not change it.
    """
    journals = [journal for journal in map(path.with_name, _journals(path)) if journal.exists()]
    if not journals:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copies = {path.name: data}
        copies |= {journal.name: files.read_bytes(journal) for journal in journals}
        for name, content in copies.items():
            (Path(folder) / name).write_bytes(content)
        yield Path(folder) / path.name


def _journals(path: Path) -> list[str]:
    return [f"{path.name}-wal", f"{path.name}-journal"]


def _refused(rule: str, value: str = "", **params: str) -> Package:
    return Package(issues=(found(_REPORTED, rule, value=value, params=params),))


def _layer_names(path: Path) -> list[str]:
    """The names of the layers with geometry. (`fiona.listlayers` cannot pin the driver.)"""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        query = "SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY 1"
        return [str(name) for (name,) in database.execute(query)]


def _is_plain_table(path: Path, name: str) -> bool:
    """Whether a layer is an ordinary table; views and virtual tables could run SQL of the file."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        query = "SELECT type, sql FROM sqlite_master WHERE lower(name) = lower(?)"
        return all(
            kind == "table" and not str(sql).lstrip().upper().startswith("CREATE VIRTUAL")
            for kind, sql in database.execute(query, (name,))
        )


def _other_tables(path: Path, name: str) -> tuple[str, ...]:
    """The names of the other tables in the file: other layers, QGIS styles."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        query = "SELECT table_name FROM gpkg_contents WHERE table_name <> ? ORDER BY 1"
        return tuple(str(other) for (other,) in database.execute(query, (name,)))


def _as_json(value: Any) -> Any:
    """Convert a fiona geometry to GeoJSON types: its tuples become lists, which the checks need."""
    if isinstance(value, Mapping):
        return {key: _as_json(part) for key, part in value.items() if part is not None}
    return list(map(_as_json, value)) if isinstance(value, list | tuple) else value


def _record(properties: Mapping[str, Any], schema: LayerSchema) -> dict[str, Any]:
    dates = {name for name, spec in schema.fields.items() if spec.type == "date"}
    return {
        name: str(value)[:10] if name in dates and value else value
        for name, value in properties.items()
        if name != "fid"
    }


def to_bytes(features: Iterable[Mapping[str, Any]], schema: LayerSchema) -> bytes:
    """Write GeoJSON features to a temporary GeoPackage and return its bytes."""
    import fiona  # Imported here, as in `_read`.

    types = {name: _TYPES.get(spec.type, "str") for name, spec in schema.fields.items()}
    layout = {"geometry": "Unknown", "properties": types}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{schema.name}.gpkg"
        with (
            # A fixed date: the same records must give the same bytes.
            fiona.Env(OGR_CURRENT_DATE="1970-01-01T00:00:00Z"),
            fiona.open(
                path, "w", driver="GPKG", crs=_CRS, schema=layout, layer=schema.name
            ) as sink,
        ):
            sink.writerecords(_flat(feature, schema) for feature in features)
        return path.read_bytes()


def _flat(feature: Mapping[str, Any], schema: LayerSchema) -> dict[str, Any]:
    """Join the lists of a feature to texts, as in CSV: GeoPackage has no list type."""
    properties = dict(feature["properties"])
    for name, spec in schema.fields.items():
        if spec.is_list:
            properties[name] = LIST_SEPARATOR.join(properties[name] or ()) or None
        elif spec.type == "number" and properties[name] is not None:
            # fiona drops an integer from a float field of the first record.
            properties[name] = float(properties[name])
    return {"type": "Feature", "properties": properties, "geometry": feature["geometry"]}


def refuse_if_open(path: Path) -> None:
    """Refuse a GeoPackage that another program has open.

    QGIS keeps a journal file beside an open GeoPackage, and a lock on it.

    Raises
    ------
    FileError
        If a journal exists or the database is locked.
    """
    if any(path.with_name(name).exists() for name in _journals(path)):
        raise FileError("in-use", path=path)
    if not path.exists():
        return
    try:
        place = f"{path.resolve().as_uri()}?mode=rw"
        with closing(sqlite3.connect(place, uri=True, timeout=0)) as database:
            database.execute("BEGIN EXCLUSIVE")
            database.rollback()
    except sqlite3.DatabaseError:
        raise FileError("in-use", path=path) from None
