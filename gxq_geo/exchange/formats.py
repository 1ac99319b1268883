"""The foreign formats: which one a file has, by its content, and what reads it.

The extension only decides where the content does not. A reader is imported when its format is met:
most need a library that takes a while to load.
"""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from io import BytesIO
from pathlib import Path

from gxq_geo.exchange.importing.merge import Record
from gxq_geo.exchange.readers.archive import DAMAGE
from gxq_geo.exchange.source import Geometries, Loss, Note, ReadOptions, SourceTable
from gxq_geo.formats import files, gc_pause
from gxq_geo.words.errors import FileError

_HEAD = 4096
_SQLITE = b"SQLite format 3\x00"
_OLE = b"\xd0\xcf\x11\xe0"
_DXF_BINARY = b"AutoCAD Binary DXF"


@dataclass(frozen=True)
class Returned:
    """Records of one layer in a file that gxq exported, and the same records as exported.

    Parameters
    ----------
    layer
        The name of the layer.
    rows
        The records as they are in the file.
    base
        The records as they were exported, by id.
    shapes
        The geometry of each record if it was changed since the export, in EPSG:4326; None for a
        file without geometries.
    """

    layer: str
    rows: Sequence[Record] = field(repr=False)
    base: Mapping[str, Record] = field(repr=False)
    shapes: Geometries | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Foreign:
    """The content of a foreign file.

    Parameters
    ----------
    path
        The file.
    format
        The name of its format; its label is under ``exchange.format.<name>``.
    tables
        Its tables.
    returned
        Its layers, if it is a file that gxq exported with its base.
    losses, notes
        What concerns the file as a whole.
    """

    path: Path
    format: str
    tables: tuple[SourceTable, ...] = ()
    returned: tuple[Returned, ...] = ()
    losses: tuple[Loss, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """What the format is known by: the beginning of a file, and the names in it if it is a zip."""

    path: Path
    data: bytes
    names: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """The extension in lower case."""
        return self.path.suffix.lower()

    def holds(self, *suffixes: str) -> bool:
        """Whether the zip has an entry with one of some extensions."""
        return any(name.lower().endswith(suffixes) for name in self.names)


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, the module of its reader, and the test of a file's head."""

    name: str
    module: str
    matches: Callable[[Head], bool]


def _is_json(head: Head) -> bool:
    # Without the marks and the zero bytes of UTF-8 and UTF-16.
    begin = head.data[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x1e\0")[:1]
    return begin in (b"{", b"[")


def _is_kml(head: Head) -> bool:
    return head.suffix in (".kml", ".kmz") or b"<kml" in head.data or head.holds(".kml")


def _is_dxf(head: Head) -> bool:
    is_drawing = head.data.startswith((_DXF_BINARY, b"AC10"))  # The second is DWG, refused there.
    return is_drawing or head.suffix in (".dxf", ".dwg")


def _is_shapefile(head: Head) -> bool:
    return head.suffix in (".shp", ".dbf", ".shx") or head.holds(".shp")


def _is_geodatabase(head: Head) -> bool:
    return head.suffix == ".gdb" or any(".gdb/" in name.lower() for name in head.names)


def _is_boundary_text(head: Head) -> bool:
    return any(
        mark.encode(code) in head.data for mark in ("[属性描述]", "[地块坐标]") for code in _TEXT
    )


_TEXT = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
_READERS = "gxq_geo.exchange.readers"


def _starts(magic: bytes) -> Callable[[Head], bool]:
    return lambda head: head.data.startswith(magic)


# In the order of the tests: a boundary text begins with a bracket, as JSON may; any text may be a
# table.
FORMATS = (
    Format("geopackage", f"{_READERS}.geopackage", _starts(_SQLITE)),
    Format("parquet", f"{_READERS}.parquet", _starts(b"PAR1")),
    Format("flatgeobuf", f"{_READERS}.gdal", _starts(b"fgb")),
    Format("geodatabase", f"{_READERS}.gdal", _is_geodatabase),
    Format("mapinfo", f"{_READERS}.gdal", lambda head: head.suffix in (".tab", ".mif")),
    Format("shapefile", f"{_READERS}.shapefile", _is_shapefile),
    Format("kml", f"{_READERS}.kml", _is_kml),
    Format("dxf", f"{_READERS}.dxf", _is_dxf),
    Format("boundary-text", f"{_READERS}.boundary_text", _is_boundary_text),
    Format("json", f"{_READERS}.loose_json", _is_json),
    Format("sheets", f"{_READERS}.sheets", lambda _: True),
)


@gc_pause.paused()
def read(path: Path, options: ReadOptions | None = None) -> Foreign:
    """Read a foreign file.

    Parameters
    ----------
    path
        The file; for a file geodatabase the folder.
    options
        What the user states about it.

    Raises
    ------
    FileError
        If the file cannot be read, or has a format that cannot.
    """
    format_ = detect(path)
    if format_.name == "sheets" and (returned := _ledger(path)) is not None:
        return returned
    if format_.name == "geopackage" and (layers := _package(path)) is not None:
        return Foreign(path, format_.name, returned=layers)
    reader = import_module(format_.module)
    return Foreign(path, format_.name, reader.read(path, options or ReadOptions()))


def detect(path: Path) -> Format:
    """Return the format of a file.

    Raises
    ------
    FileError
        If the file cannot be read, or is empty.
    """
    head = _head(path)
    return next(one for one in FORMATS if one.matches(head))


def _head(path: Path) -> Head:
    if path.is_dir():
        if path.suffix.lower() != ".gdb":
            raise FileError("is-folder", path=path)
        return Head(path, b"")
    data = files.read_bytes(path)
    if not data:
        raise FileError("foreign-empty", path=path)
    names: tuple[str, ...] = ()
    if data.startswith(b"PK"):
        try:
            names = tuple(zipfile.ZipFile(BytesIO(data)).namelist())
        except DAMAGE:
            raise FileError("bad-archive", path=path) from None
    return Head(path, data[:_HEAD], names)


def _ledger(path: Path) -> Foreign | None:
    """Return the layers of a workbook that gxq exported; None for any other file."""
    from gxq_geo.exchange.readers import workbook

    if not workbook.is_ledger(path):
        return None
    content = workbook.read_workbook(path)
    returned = tuple(
        Returned(name, rows, _by_id(name, content.base[name]))
        for name, rows in content.current.items()
    )
    return Foreign(path, "workbook", (), returned, content.losses, content.notes)


def _package(path: Path) -> tuple[Returned, ...] | None:
    """Return the layers of a GeoPackage that gxq exported; None for any other file."""
    from gxq_geo.exchange import qgis

    return qgis.returned(path)


def _by_id(layer: str, records: Sequence[Record]) -> dict[str, Record]:
    from gxq_geo.schemas import schema

    own = schema().layers[layer].id
    return {str(record[own]): record for record in records if record.get(own) is not None}
