"""Read formats for which GDAL is the best reader: FileGDB, MapInfo and FlatGeobuf.

GDAL trusts the content of a file, not its extension: a VRT named ``.fgb`` would read other files
and the network. It therefore runs in a child process (`gxq_geo.exchange.sandbox`) from which all
other drivers have been removed before it starts.
"""

import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np

from gxq_geo.exchange import sandbox
from gxq_geo.exchange.evidence.encoding import settle
from gxq_geo.exchange.readers import archive
from gxq_geo.exchange.sandbox import RawTable, Refused
from gxq_geo.exchange.source import Loss, Note, ReadOptions, SourceTable
from gxq_geo.formats import files
from gxq_geo.formats.encoding import decode_all
from gxq_geo.words.errors import FileError

_DRIVERS = {
    ".gdb": "OpenFileGDB",
    ".zip": "OpenFileGDB",
    ".fgb": "FlatGeobuf",
    ".tab": "MapInfo File",
    ".mif": "MapInfo File",
}
_MAPINFO_PARTS = {
    ".tab": ("tab", "dat", "map", "id", "ind", "dbf"),
    ".mif": ("mif", "mid"),
}
# MapInfo's names of character sets. GDAL trusts them, and they are often wrong, so that it is given
# "Neutral" and returns the bytes.
_CHARSETS = {
    "windowssimpchinese": "gb18030",
    "windowstradchinese": "cp950",
    "windowslatin1": "cp1252",
    "windowslatin2": "cp1250",
    "windowscyrillic": "cp1251",
    "windowsjapanese": "cp932",
    "windowskorean": "cp949",
    "utf-8": "utf-8",
}
_CHARSET = re.compile(rb'(charset\s+"?)([\w-]+)', re.IGNORECASE)
# A table that is a view of other tables, or a list of them.
_LINKED = re.compile(
    rb'create\s+view|open\s+table|\\isseamless"?\s*=\s*"?true|type\s+(?!native|dbf\b)\w+',
    re.IGNORECASE,
)
# Larger integers are not exact as floats, which is what integers with missing values come as.
_EXACT = 1 << 53
_SKIPPED = re.compile(r"Skipping field (.+?):")


def read(path: Path, options: ReadOptions) -> tuple[SourceTable, ...]:
    """Read all layers of a FileGDB (a folder, or zipped), a MapInfo table or a FlatGeobuf.

    Raises
    ------
    FileError
        If the file is not what its name says, is damaged or exceeds the limits of the child, or
        its encoding must be stated.
    """
    suffix = _suffix(path)
    contents, name = _contents(path, suffix, options)
    is_mapinfo = suffix in _MAPINFO_PARTS
    declared = _neutral(path, contents, name) if is_mapinfo else ""
    driver = _DRIVERS[suffix]
    request = {
        "file": name,
        "driver": driver,
        "table": options.table,
        "encoding": "latin-1" if is_mapinfo else None,
        "title": path.stem,
    }
    tables = sandbox.run(
        __name__, path, contents, request, environment={"GDAL_SKIP": _all_but(driver)}
    )
    if is_mapinfo:
        return tuple(_decoded(path, table, declared, options.encoding) for table in tables)
    return tuple(_source(table) for table in tables)


def _suffix(path: Path) -> str:
    """The suffix of the format: by the first bytes, since a file may be called anything."""
    if path.is_dir():
        return ".gdb"
    begin = files.read_bytes(path)[:3]
    known = {b"fgb": ".fgb", b"PK\x03": ".zip"}
    return known.get(begin, path.suffix.lower())


def _contents(path: Path, suffix: str, options: ReadOptions) -> tuple[dict[str, bytes], str]:
    """The files to read, under names of ours, and the one to open."""
    if suffix == ".gdb" and path.is_dir():
        parts = [part for part in sorted(path.iterdir()) if part.suffix.lower() != ".lock"]
        read_parts = {part.name: files.read_bytes(part) for part in parts if not part.is_dir()}
        return {f"layer.gdb/{name}": data for name, data in read_parts.items()}, "layer.gdb"
    if suffix == ".zip":
        return _from_archive(path, options), "layer.gdb"
    name = f"layer{suffix}"
    if suffix not in _MAPINFO_PARTS:
        return {name: files.read_bytes(path)}, name
    siblings = {
        other.suffix.lower(): other
        for other in sorted(path.parent.iterdir())
        if other.stem.lower() == path.stem.lower()
    }
    siblings[suffix] = path
    parts_of = {f".{kind}": siblings.get(f".{kind}") for kind in _MAPINFO_PARTS[suffix]}
    return {f"layer{kind}": files.read_bytes(o) for kind, o in parts_of.items() if o}, name


def _from_archive(path: Path, options: ReadOptions) -> dict[str, bytes]:
    """The files of the first FileGDB in an archive."""
    opened = archive.open_archive(path, stated=options.encoding)
    found: dict[str, dict[str, str]] = {}
    for name in opened.members:
        folder, _, file = name.replace("\\", "/").rpartition("/")
        if folder.lower().endswith(".gdb") and not file.lower().endswith(".lock"):
            found.setdefault(folder, {})[file] = name
    if len(found) != 1:
        raise FileError("zip-without-layers", path=path)
    return {
        f"layer.gdb/{file}": opened.read(name) for file, name in next(iter(found.values())).items()
    }


def _neutral(path: Path, contents: dict[str, bytes], name: str) -> str:
    """Declare the character set of a MapInfo table as neutral; return what it was."""
    head = contents[name]
    if name.endswith(".tab") and _LINKED.search(head):
        raise FileError("mapinfo-linked", path=path)
    found = _CHARSET.search(head)
    # In a MIF, only the header: the word may be a value as well.
    contents[name] = _CHARSET.sub(rb"\1Neutral", head, count=0 if name.endswith(".tab") else 1)
    return _CHARSETS.get(found[2].decode("latin-1").lower(), "") if found else ""


def _all_but(driver: str) -> str:
    """All drivers of GDAL but one, as its setting that removes them."""
    import pyogrio

    return ",".join(name for name in pyogrio.list_drivers() if name != driver)


def _source(table: RawTable, notes: tuple[Note, ...] = ()) -> SourceTable:
    geometries, losses = table.geometries()
    return SourceTable(
        table.name,
        table.columns,
        geometries,
        table.crs,
        losses=(*table.losses, *losses),
        notes=notes,
    )


def _decoded(path: Path, table: RawTable, declared: str, stated: str) -> SourceTable:
    """Decode a table whose texts are bytes as Latin-1."""
    texts = {
        value.encode("latin-1")
        for values in table.columns.values()
        for value in values
        if isinstance(value, str)
    }
    names = [name.encode("latin-1") for name in table.columns]
    encoding, notes = settle(path, [*names, *sorted(texts)], declared=declared, stated=stated)
    decoded = decode_all([*names, *texts], encoding.name)
    columns: dict[str, list[Any]] = {}
    losses: list[Loss] = []
    for raw, values in zip(names, table.columns.values(), strict=True):
        name = decoded.texts[raw] or f"field_{len(columns) + 1}"
        columns[name] = [
            decoded.texts[value.encode("latin-1")] if isinstance(value, str) else value
            for value in values
        ]
        for kind, which in (("text-cut", decoded.cut), ("text-unreadable", decoded.unreadable)):
            hit = sum(isinstance(v, str) and v.encode("latin-1") in which for v in values)
            losses += [Loss(f"vector.loss.{kind}", hit, name)] if hit else []
    clean = replace(table, columns=columns, losses=(*table.losses, *losses))
    return _source(clean, notes)


# ------------------------------------------------------------------ in the child process


def _work(folder: Path, request: Mapping[str, Any]) -> Iterator[RawTable]:
    """Read the layers of a file with the pinned driver."""
    # pyogrio imports these if it can, and takes twice as long to start; arrays need none of them.
    sys.modules.update(dict.fromkeys(("geopandas", "pandas"), cast("ModuleType", None)))
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    if list(pyogrio.list_drivers()) != [request["driver"]]:
        raise Refused("GDAL_SKIP")
    pyogrio.set_gdal_config_options({"OGR_SQLITE_PRAGMA": "trusted_schema=OFF"})
    target = folder / request["file"]
    try:
        for name in pyogrio.list_layers(target)[:, 0].tolist():
            title = request["title"] if name == "layer" else name
            if request["table"] in ("", title):
                yield _layer(target, name, title, request["encoding"])
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise Refused(str(error).replace(str(target), request["file"])) from None


def _layer(target: Path, name: str, title: str, encoding: str | None) -> RawTable:
    from pyogrio import raw

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        meta, _, wkb, arrays = raw.read(target, layer=name, encoding=encoding)
    losses = [
        Loss("vector.loss.field-type", where=match[1])
        for warning in caught
        if (match := _SKIPPED.search(str(warning.message)))
    ]
    columns = {}
    for column, array, dtype in zip(meta["fields"], arrays, meta["dtypes"], strict=True):
        columns[str(column)] = list(_plain(str(column), array, str(dtype), losses))
    geometry = None if wkb is None or not meta["geometry_type"] else wkb.tolist()
    return RawTable(title, columns, geometry, meta["crs"] or "", tuple(losses))


def _plain(name: str, array: Any, dtype: str, losses: list[Loss]) -> Sequence[Any]:
    """The values of a column of pyogrio as plain Python values."""
    if array.dtype.kind == "M":
        return list(_days(array))
    if array.dtype.kind == "f":
        return _numbers(name, array, dtype, losses)
    values: list[Any] = array.tolist()
    if blobs := sum(isinstance(value, bytes) for value in values):
        losses.append(Loss("vector.loss.binary", blobs, name))
        return [None if isinstance(value, bytes) else value for value in values]
    return values


def _numbers(name: str, array: Any, dtype: str, losses: list[Loss]) -> Sequence[Any]:
    """Numbers; integers and booleans with missing values come as floats."""
    missing = ~np.isfinite(array)
    convert = int if "int" in dtype else bool if "bool" in dtype else float
    if convert is int and (inexact := int((np.abs(array[~missing]) > _EXACT).sum())):
        losses.append(Loss("vector.loss.digits", inexact, name))
    filled = np.where(missing, 0, array).tolist()
    return [None if gap else convert(value) for value, gap in zip(filled, missing, strict=True)]


def _days(array: Any) -> Iterable[date | str | None]:
    """Dates, if no value has a time of day; else texts."""
    days = array.astype("datetime64[D]")
    texts = days if (np.isnat(array) | (days == array)).all() else array
    gaps = np.isnat(array).tolist()
    if texts is days:
        return [None if gap else day for day, gap in zip(days.tolist(), gaps, strict=True)]
    return [None if gap else str(text) for text, gap in zip(array, gaps, strict=True)]


if __name__ == "__main__":
    sandbox.serve(_work)
