"""GeoPackage, for planners who work in QGIS.

fiona, with its driver pinned: GDAL would otherwise choose a driver by the file's content. (The
contents are checked like GeoJSON's; a GeoPackage has no lines, so its issues name features only.)
"""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fiona
import numpy as np
from fiona._err import CPLE_BaseError
from fiona.model import to_dict

from gxq_geo.formats import files, rfc7946
from gxq_geo.formats.coordinates import COORDINATE_FAULTS, Geometries, build_geometries
from gxq_geo.schemas import LayerSchema
from gxq_geo.schemas.dtypes import LIST_SEPARATOR, values_of
from gxq_geo.words.errors import FileError
from gxq_geo.words.issues import FATAL, Issue, found

# What reading a GeoPackage may find; its CRS and coordinates are told as GeoJSON's.
FINDINGS = {"not-gpkg": FATAL, "gpkg-layers": FATAL, "gpkg-view": FATAL}
_TOLD = {
    **dict.fromkeys(("crs-foreign", *COORDINATE_FAULTS), FATAL),
    "height-ignored": rfc7946.FINDINGS["height-ignored"],
    **FINDINGS,
}

# What SQLite, fiona and, through it, GDAL raise of a file that is damaged.
_UNREADABLE = (sqlite3.Error, fiona.errors.FionaError, CPLE_BaseError)
_CRS = "EPSG:4326"
_KNOWN_CRS = {"EPSG:4326", "EPSG:4490", "OGC:CRS84"}
_SQLITE_MAGIC = b"SQLite format 3\x00"
_TYPES = {"integer": "int64", "number": "float", "boolean": "bool", "date": "date"}


@dataclass(frozen=True, slots=True)
class Package:
    """One layer of a GeoPackage: records, their geometries, what is wrong, what else is there."""

    records: Sequence[Mapping[str, Any]] = ()
    geometries: Geometries = field(default_factory=lambda: np.empty(0, dtype=object))
    issues: tuple[Issue, ...] = ()
    other_tables: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.records)

    @property
    def by_field(self) -> dict[str, list[Any]]:
        """The raw values of each field."""
        return values_of(self.records)

    def extras(self) -> Sequence[str]:
        """Further layers, and what QGIS keeps beside them."""
        return self.other_tables

    def locate(self, row: int, member: str = "") -> tuple[None, None]:
        """A database has no lines."""
        return None, None


def read(path: Path, data: bytes, schema: LayerSchema) -> Package:
    """Read the layer of a GeoPackage; `data` are the file's bytes."""
    if not data.startswith(_SQLITE_MAGIC) or _is_torn(data):
        return _refused("not-gpkg")
    with _apart(path, data) as place:
        return _read(place, schema)


def _read(path: Path, schema: LayerSchema) -> Package:
    try:
        names = _layer_names(path)
        name = schema.name if schema.name in names or len(names) != 1 else names[0]
        if name not in names:
            return _refused("gpkg-layers", value=", ".join(names), name=schema.name)
        if not _is_plain_table(path, name):
            return _refused("gpkg-view", value=name)
        with (
            # What the file says of columns and indexes may call nothing that reaches further.
            fiona.Env(OGR_SQLITE_PRAGMA="trusted_schema=OFF"),
            fiona.open(str(path.resolve()), layer=name, enabled_drivers=["GPKG"]) as source,
        ):
            crs = ":".join((source.crs.to_authority() if source.crs else None) or ("", ""))
            features = [to_dict(feature) for feature in source]
    except (*_UNREADABLE, ValueError, AttributeError):
        return _refused("not-gpkg")
    if crs not in _KNOWN_CRS:
        return _refused("crs-foreign", value=crs.strip(":"))
    geometries, faults, sizes = build_geometries([_as_json(f["geometry"]) for f in features])
    issues = tuple(
        found(_TOLD, fault.rule, params={**fault.params, "row": row}) for row, fault in faults
    )
    if sizes:
        high = {"count": len(sizes), "row": min(sizes)}
        issues += (found(_TOLD, "height-ignored", params=high),)
    records = [_record(feature["properties"], schema) for feature in features]
    return Package(records, geometries, issues, _other_tables(path, name))


def _is_torn(data: bytes) -> bool:
    """Whether the file is shorter than its head says; SQLite misses only pages that it reads."""
    size, pages = int.from_bytes(data[16:18], "big"), int.from_bytes(data[28:32], "big")
    return len(data) < (65536 if size == 1 else size) * pages


@contextmanager
def _apart(path: Path, data: bytes) -> Iterator[Path]:
    """Where to read: the file itself or, where a journal stands beside it, copies of both.

    SQLite brings a journal that was left behind into the file, and reading shall change nothing.
    """
    beside = [one for one in map(path.with_name, _journals(path)) if one.exists()]
    if not beside:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copies = {path.name: data, **{one.name: files.read_bytes(one) for one in beside}}
        for name, held in copies.items():
            (Path(folder) / name).write_bytes(held)
        yield Path(folder) / path.name


def _journals(path: Path) -> list[str]:
    return [f"{path.name}-wal", f"{path.name}-journal"]


def _refused(rule: str, value: str = "", **params: str) -> Package:
    return Package(issues=(found(_TOLD, rule, value=value, params=params),))


def _layer_names(path: Path) -> list[str]:
    """The layers with geometry, by name. (fiona's own list would not pin the driver.)"""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        found = "SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY 1"
        return [str(name) for (name,) in database.execute(found)]


def _is_plain_table(path: Path, name: str) -> bool:
    """Whether a layer is a table: of a view or virtual table, the file decides what is called."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        found = "SELECT type, sql FROM sqlite_master WHERE lower(name) = lower(?)"
        return all(
            kind == "table" and not str(sql).lstrip().upper().startswith("CREATE VIRTUAL")
            for kind, sql in database.execute(found, (name,))
        )


def _other_tables(path: Path, name: str) -> tuple[str, ...]:
    """What else stands in the file: further layers, QGIS's styles."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        found = "SELECT table_name FROM gpkg_contents WHERE table_name <> ? ORDER BY 1"
        return tuple(str(other) for (other,) in database.execute(found, (name,)))


def _as_json(value: Any) -> Any:
    """fiona gives coordinates as tuples; JSON, and the checks, know lists."""
    if isinstance(value, Mapping):
        return {key: _as_json(part) for key, part in value.items() if part is not None}
    return list(map(_as_json, value)) if isinstance(value, list | tuple) else value


def _record(properties: Mapping[str, Any], schema: LayerSchema) -> dict[str, Any]:
    dates = {name for name, of in schema.fields.items() if of.type == "date"}
    return {
        name: str(value)[:10] if name in dates and value else value
        for name, value in properties.items()
        if name != "fid"
    }


def to_bytes(features: Iterable[Mapping[str, Any]], schema: LayerSchema) -> bytes:
    """A GeoPackage with these GeoJSON features, made aside and read back whole."""
    kinds = {name: _TYPES.get(of.type, "str") for name, of in schema.fields.items()}
    shape = {"geometry": "Unknown", "properties": kinds}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{schema.name}.gpkg"
        with (
            # The same records give the same bytes.
            fiona.Env(OGR_CURRENT_DATE="1970-01-01T00:00:00Z"),
            fiona.open(path, "w", driver="GPKG", crs=_CRS, schema=shape, layer=schema.name) as sink,
        ):
            sink.writerecords(_flat(feature, schema) for feature in features)
        return path.read_bytes()


def _flat(feature: Mapping[str, Any], schema: LayerSchema) -> dict[str, Any]:
    """GeoPackage has no lists: they are texts joined as in CSV."""
    properties = dict(feature["properties"])
    for name, of in schema.fields.items():
        if of.is_list:
            properties[name] = LIST_SEPARATOR.join(properties[name] or ()) or None
        elif of.type == "number" and properties[name] is not None:
            # fiona drops a whole number from a float field of the first record.
            properties[name] = float(properties[name])
    return {"type": "Feature", "properties": properties, "geometry": feature["geometry"]}


def refuse_if_open(path: Path) -> None:
    """QGIS keeps a journal beside an open GeoPackage and a lock in it: such a file is left alone.

    Raises
    ------
    FileError
        If another program has it open.
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
