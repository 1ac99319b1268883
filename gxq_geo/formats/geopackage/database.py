"""Open a GeoPackage as an untrusted SQLite database: its bytes in memory, and no SQL of its own.

Views, virtual tables, triggers and generated columns are SQL of the file. An authorizer denies all
but the reading of plain tables, so that none of it runs.
"""

import re
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gxq_geo.formats import files
from gxq_geo.formats.geopackage.crs import UNDEFINED, Declared
from gxq_geo.words.errors import FileError

MAGIC = b"SQLite format 3\x00"
# What `PRAGMA table_xinfo` says of a column: ordinary, hidden, or generated.
_ORDINARY = 0
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA}
# Bytes 18 and 19 of the header: 2 for a write-ahead log, which a database in memory cannot have.
_JOURNAL_MODE = slice(18, 20)


_FOREIGN = re.compile("[\udc80-\udcff]")


class NotPlainError(Exception):
    """A layer is a view, a virtual table, or has generated columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name, its declared type in capitals, whether it is the key."""

    name: str
    type: str
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of features or of attributes.

    Parameters
    ----------
    name
        Its name.
    columns
        Its columns, without the geometry.
    geometry
        The name of the geometry column; empty for a table of attributes.
    crs
        The CRS of the geometries.
    """

    name: str
    columns: tuple[Column, ...] = ()
    geometry: str = ""
    crs: Declared = UNDEFINED

    @property
    def key(self) -> str:
        """The column that identifies a row: the integer primary key, else SQLite's own."""
        return next((column.name for column in self.columns if column.is_key), "rowid")


def is_database(data: bytes) -> bool:
    """Whether bytes begin as SQLite and are not shorter than the header states.

    SQLite checks only pages that it reads. The header has the page size at byte 16 and the number
    of pages at byte 28.
    """
    if not data.startswith(MAGIC) or len(data) < 100:
        return False
    size, pages = int.from_bytes(data[16:18], "big"), int.from_bytes(data[28:32], "big")
    return len(data) >= (65536 if size == 1 else size) * pages


@contextmanager
def opened(path: Path, data: bytes) -> Iterator[sqlite3.Connection]:
    """Open the bytes of a file for reading, with its journals if it has any.

    A journal holds changes of another program that are not in the file yet. SQLite would apply it
    to the file, so that a copy is read.
    """
    leftovers = [journal for journal in journals(path) if journal.exists()]
    if not leftovers:
        with closing(in_memory(data)) as connection:
            yield _restricted(connection)
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_bytes(data)
        for journal in leftovers:
            (Path(folder) / journal.name).write_bytes(files.read_bytes(journal))
        with closing(sqlite3.connect(copy)) as connection:
            yield _restricted(connection)


def in_memory(data: bytes) -> sqlite3.Connection:
    """Open the bytes of a database in memory; the file itself is not touched."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(_without_wal(data))
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _without_wal(data: bytes) -> bytes:
    if data[_JOURNAL_MODE] == b"\x01\x01":
        return data
    return b"".join([data[: _JOURNAL_MODE.start], b"\x01\x01", data[_JOURNAL_MODE.stop :]])


def _restricted(connection: sqlite3.Connection) -> sqlite3.Connection:
    def authorize(action: int, *about: str | None) -> int:
        # The last argument names the view or trigger from which something is accessed.
        allowed = action in _ALLOWED and about[-1] is None
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    connection.set_authorizer(authorize)
    return connection


def journals(path: Path) -> list[Path]:
    """The paths of the journals that SQLite keeps beside a file that is open."""
    return [path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-journal")]


def refuse_if_open(path: Path) -> None:
    """Refuse a GeoPackage that another program has open.

    QGIS keeps a journal file beside an open GeoPackage, and a lock on it.

    Raises
    ------
    FileError
        If a journal exists or the database is locked.
    """
    if any(journal.exists() for journal in journals(path)):
        raise FileError("in-use", path=path)
    if not path.exists():
        return
    try:
        place = f"{path.resolve().as_uri()}?mode=rw"
        with closing(sqlite3.connect(place, uri=True, timeout=0)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            connection.rollback()
    except sqlite3.DatabaseError:
        raise FileError("in-use", path=path) from None


# ------------------------------------------------------------------ tables


def contents(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """The name and the kind (``features``, ``attributes``, ``tiles``) of each table, by name."""
    query = "SELECT table_name, data_type FROM gpkg_contents ORDER BY 1"
    return [(str(name), str(kind)) for name, kind in connection.execute(query)]


def table(connection: sqlite3.Connection, name: str) -> Table:
    """Describe a table.

    Raises
    ------
    NotPlainError
        If it is a view, a virtual table or has generated columns.
    sqlite3.Error
        If it does not exist or the file is damaged.
    """
    kinds = connection.execute(
        "SELECT type, sql FROM sqlite_master WHERE name = ? COLLATE NOCASE", (name,)
    ).fetchall()
    if any(kind != "table" or _is_virtual(sql) for kind, sql in kinds):
        raise NotPlainError(name)
    rows = connection.execute(f"PRAGMA table_xinfo({quoted(name)})").fetchall()
    if any(hidden != _ORDINARY for *_, hidden in rows):
        raise NotPlainError(name)
    columns = [Column(str(row[1]), str(row[2]).upper(), _is_key(row, rows)) for row in rows]
    geometry, crs = _geometry(connection, name)
    return Table(name, tuple(c for c in columns if c.name != geometry), geometry, crs)


def _is_virtual(sql: object) -> bool:
    return re.match(r"\s*CREATE\s+VIRTUAL\b", str(sql), re.IGNORECASE) is not None


def _is_key(row: Sequence[Any], rows: Sequence[Sequence[Any]]) -> bool:
    """Whether a column is the only primary key and an integer, which SQLite takes for the rowid."""
    return bool(row[5]) and str(row[2]).upper() == "INTEGER" and sum(bool(r[5]) for r in rows) == 1


def _geometry(connection: sqlite3.Connection, name: str) -> tuple[str, Declared]:
    """The geometry column of a table, and its CRS; empty for a table of attributes."""
    found = connection.execute(
        "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ? COLLATE NOCASE",
        (name,),
    ).fetchone()
    if found is None:
        return "", UNDEFINED
    column, srs_id = found
    row = connection.execute(
        "SELECT srs_name, organization, organization_coordsys_id, definition"
        " FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
        (srs_id,),
    ).fetchone()
    if row is None or not all(isinstance(number, int) for number in (srs_id, row[2])):
        return str(column), UNDEFINED
    return str(column), Declared(srs_id, str(row[0]), str(row[1]), row[2], str(row[3]))


@dataclass(frozen=True, slots=True)
class Rows:
    """The content of a table.

    Parameters
    ----------
    keys
        The key of each row.
    columns
        The values of each column.
    geometries
        The bytes of each geometry; empty for a table of attributes.
    is_utf8
        Whether all texts are UTF-8. If not, a text has surrogates in the place of bytes that do not
        fit; see `original_bytes`.
    """

    keys: Sequence[int]
    columns: Mapping[str, Sequence[Any]]
    geometries: Sequence[Any]
    is_utf8: bool = True


def rows(connection: sqlite3.Connection, source: Table) -> Rows:
    """Read all rows of a table."""
    names = [column.name for column in source.columns]
    wanted = [source.key, *([source.geometry] if source.geometry else []), *names]
    query = f"SELECT {', '.join(map(quoted, wanted))} FROM {quoted(source.name)}"  # noqa: S608
    is_utf8 = True
    try:
        cells = connection.execute(query).fetchall()
    except sqlite3.OperationalError as error:
        if "UTF-8" not in str(error):
            raise
        is_utf8, connection.text_factory = False, _lenient
        cells = connection.execute(query).fetchall()
    columns = list(zip(*cells, strict=True)) or [()] * len(wanted)
    geometry = columns[1] if source.geometry else ()
    values = columns[len(wanted) - len(names) :]
    return Rows(columns[0], dict(zip(names, values, strict=True)), geometry, is_utf8)


def _lenient(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def original_bytes(value: Any) -> bytes | None:
    """The bytes of a text that is not UTF-8; None for any other value."""
    if not isinstance(value, str) or value.isascii() or not _FOREIGN.search(value):
        return None
    return value.encode("utf-8", "surrogateescape")


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
