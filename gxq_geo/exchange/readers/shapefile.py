"""Read shapefiles, loose or zipped, straight from bytes to shapely.

The geometry is read by array operations, and the attributes by `gxq_geo.exchange.readers.dbf`.
Source of the format: ESRI Shapefile Technical Description, an ESRI White Paper, July 1998.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt
import shapely

from gxq_geo.exchange.readers import archive, dbf
from gxq_geo.exchange.readers.shapefile_rings import Ints, Points, polygons
from gxq_geo.exchange.source import Geometries, Loss, Note, ReadOptions, SourceTable
from gxq_geo.formats import files
from gxq_geo.formats.encoding import codec
from gxq_geo.words.errors import FileError

Words = npt.NDArray[np.int32]

_PARTS = ("shp", "shx", "dbf", "prj", "cpg")
_HEADER_BYTES, _FILE_CODE = 100, 9994
_POINT, _LINE, _POLYGON, _MULTIPOINT, _MULTIPATCH = 1, 3, 5, 8, 31
# The types with heights and with measures are 10 and 20 more than the plain ones.
_KINDS = {1: _POINT, 3: _LINE, 5: _POLYGON, 8: _MULTIPOINT}
# A smaller measure means that there is none.
_NO_DATA = -1e38


def read(path: Path, options: ReadOptions) -> tuple[SourceTable, ...]:
    """Read a shapefile with the files beside it, or all shapefiles of a ZIP archive.

    A ``.dbf`` without a ``.shp`` is a table.

    Raises
    ------
    FileError
        If a file is damaged or unsafe, or the encoding must be stated.
    """
    if archive.is_archive(path):
        return tuple(_zipped(path, options))
    found = _beside(path)
    if "shp" not in found and "dbf" in found:
        return dbf.read(path, options)
    if "shp" not in found:
        raise FileError("no-file", path=path.with_suffix(".shp"))
    parts = {kind: files.read_bytes(part) for kind, part in found.items()}
    return (_table(path, path.stem, parts, options),)


def _beside(path: Path) -> dict[str, Path]:
    """The files of a loose shapefile, in capitals or not; any of them may be named."""
    own = path.suffix.lower().removeprefix(".")
    found = {own if own in _PARTS else "shp": path}
    candidates = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
    for other in candidates:
        kind = other.suffix.lower().removeprefix(".")
        if kind in _PARTS and kind not in found and other.stem.lower() == path.stem.lower():
            found[kind] = other
    return found


def _zipped(path: Path, options: ReadOptions) -> Iterator[SourceTable]:
    opened = archive.open_archive(path, stated=options.encoding)
    groups: dict[PurePosixPath, dict[str, str]] = {}
    for name in opened.members:
        place = PurePosixPath(name.replace("\\", "/"))
        kind = place.suffix.lower().removeprefix(".")
        if kind in _PARTS:
            groups.setdefault(place.parent / place.stem.lower(), {})[kind] = name
    complete = {place: group for place, group in groups.items() if "shp" in group}
    if not complete:
        raise FileError("zip-without-layers", path=path)
    for group in complete.values():
        title = PurePosixPath(group["shp"].replace("\\", "/")).stem
        if options.table in ("", title):
            parts = {kind: opened.read(name) for kind, name in group.items()}
            yield _table(path, title, parts, options)


def _table(path: Path, name: str, parts: Mapping[str, bytes], options: ReadOptions) -> SourceTable:
    """Build the table of one shapefile from the bytes of its files."""
    shapes = _shapes(path, parts["shp"], parts.get("shx", b""))
    crs = parts.get("prj", b"").decode("utf-8-sig", "replace").strip("\0 \r\n\t")
    total = len(shapes.geometries)
    losses, notes = shapes.losses, shapes.notes
    if "dbf" not in parts:
        missing = Loss("vector.loss.no-dbf", total)
        places = [str(row + 1) for row in range(total)]
        return SourceTable(name, {}, shapes.geometries, crs, places, (missing, *losses), notes)
    declared = codec(parts.get("cpg", b"").decode("latin-1").strip("\0 \r\n\t\xef\xbb\xbf"))
    table = dbf.parse(path, parts["dbf"], declared=declared, stated=options.encoding)
    if table.total != total:
        raise FileError("shp-counts", path=path, shapes=total, records=table.total)
    places = [str(row + 1) for row in table.kept.tolist()]
    return SourceTable(
        name,
        table.columns,
        shapes.geometries[table.kept],
        crs,
        places,
        (*losses, *table.losses),
        (*notes, *table.notes),
    )


# ------------------------------------------------------------------ records


@dataclass
class _Shapes:
    """The geometries of a file, and what was lost on the way."""

    geometries: Geometries
    losses: tuple[Loss, ...] = ()
    notes: tuple[Note, ...] = ()


def _damaged(path: Path, reason: str) -> FileError:
    return FileError("shp-damaged", path=path, reason=reason)


def _shapes(path: Path, data: bytes, index: bytes) -> _Shapes:
    """Read the geometries of a ``.shp`` file.

    The index (``.shx``) says where the records are: a record that was rewritten leaves a gap. If it
    contradicts the file, the records are read one after the other.
    """
    if len(data) < _HEADER_BYTES or int.from_bytes(data[:4], "big") != _FILE_CODE:
        raise _damaged(path, "header")
    length = 2 * int.from_bytes(data[24:28], "big")
    if length != len(data):
        raise _damaged(path, f"{length} ≠ {len(data)}")
    starts, sizes = _indexed(data, index)
    notes: tuple[Note, ...] = ()
    if starts is None or sizes is None:
        notes = (Note("vector.note.index-ignored"),) if index else ()
        starts, sizes = _scanned(path, data)
    words = np.frombuffer(data, "<i4", len(data) // 4)
    job = _Job(words, starts // 4, sizes // 4)
    return _Shapes(job.build(), tuple(job.losses()), notes)


def _indexed(data: bytes, index: bytes) -> tuple[Ints, Ints] | tuple[None, None]:
    """Start and size of each record's content in bytes, by the index; None if it is wrong."""
    if len(index) < _HEADER_BYTES or (len(index) - _HEADER_BYTES) % 8:
        return None, None
    pairs = 2 * np.frombuffer(index, ">i4", offset=_HEADER_BYTES).reshape(-1, 2).astype(np.int64)
    starts, sizes = pairs[:, 0] + 8, pairs[:, 1]
    ends = starts + sizes
    if not len(pairs):
        return (starts, sizes) if len(data) == _HEADER_BYTES else (None, None)
    if starts.min() < _HEADER_BYTES + 8 or sizes.min() < 4 or ends.max() > len(data):
        return None, None
    order = np.argsort(starts, kind="stable")
    if (starts[order][1:] < ends[order][:-1] + 8).any() or ((starts | sizes) & 3).any():
        return None, None
    written = np.frombuffer(data, ">i4", len(data) // 4)[starts // 4 - 1].astype(np.int64) * 2
    return (starts, sizes) if (written == sizes).all() else (None, None)


def _scanned(path: Path, data: bytes) -> tuple[Ints, Ints]:
    """Start and size of each record's content in bytes, one record after the other."""
    starts: list[int] = []
    sizes: list[int] = []
    at, end = _HEADER_BYTES, len(data)
    lengths = struct.Struct(">4xi")
    while at < end:
        if at + 12 > end:
            raise _damaged(path, f"#{len(starts) + 1}: {at}")
        size = 2 * lengths.unpack_from(data, at)[0]
        if size < 4 or size & 3 or at + 8 + size > end:
            raise _damaged(path, f"#{len(starts) + 1}: {at} + {size}")
        starts.append(at + 8)
        sizes.append(size)
        at += 8 + size
    return np.array(starts, np.int64), np.array(sizes, np.int64)


@dataclass
class _Job:
    """Builds the geometries of all records of a file, those of one type together.

    Parameters
    ----------
    words
        The file as integers of four bytes.
    starts, sizes
        Where the content of each record is, in words.
    faulty
        The records that cannot be read, by the kind of loss.
    """

    words: Words
    starts: Ints
    sizes: Ints
    faulty: dict[str, list[int]] = field(default_factory=dict)
    heights: int = 0
    measures: int = 0

    def build(self) -> Geometries:
        """The geometry of each record, None where it has none."""
        out: Geometries = np.full(len(self.starts), None, dtype=object)
        types = self.words[self.starts]
        for kind in np.unique(types).tolist():
            rows = np.flatnonzero(types == kind)
            plain = _KINDS.get(kind % 10) if kind < 30 else None
            if kind == 0:
                continue
            if plain is None:
                self.lose("shape-type", rows)
            elif plain == _POINT:
                self._take_points(rows, kind, out)
            else:
                self._take_parts(rows, kind, plain, out)
        return out

    def lose(self, kind: str, rows: Ints) -> None:
        """Note records that cannot be read."""
        if len(rows):
            self.faulty.setdefault(kind, []).extend((rows + 1).tolist())

    def losses(self) -> Iterator[Loss]:
        """The losses of the file."""
        for kind, numbers in self.faulty.items():
            shown = ", ".join(map(str, sorted(numbers)[:5])) + ("…" if len(numbers) > 5 else "")
            yield Loss(f"vector.loss.{kind}", len(numbers), shown)
        if self.heights:
            yield Loss("vector.loss.heights", self.heights)
        if self.measures:
            yield Loss("vector.loss.measures", self.measures)

    def _doubles(self, firsts: Ints, counts: Ints) -> npt.NDArray[np.float64]:
        """The floats of several runs, each of `counts` doubles from a word on, in file order."""
        marks = np.zeros(len(self.words) + 1, np.int8)
        np.add.at(marks, firsts, 1)
        np.add.at(marks, firsts + 2 * counts, -1)
        chosen = np.cumsum(marks[:-1], dtype=np.int8).view(np.bool_)
        return self.words[chosen].view("<f8")

    def _take_points(self, rows: Ints, kind: int, out: Geometries) -> None:
        fits = self.sizes[rows] >= (7 if kind // 10 else 5)
        self.lose("shape-damaged", rows[~fits])
        rows = rows[fits][np.argsort(self.starts[rows[fits]], kind="stable")]
        starts = self.starts[rows]
        xy = self._doubles(starts + 1, np.full(len(rows), 2)).reshape(-1, 2)
        finite = np.isfinite(xy).all(axis=1) & (np.abs(xy) < -_NO_DATA).all(axis=1)
        self.lose("shape-damaged", rows[~finite])
        out[rows[finite]] = shapely.points(xy[finite])
        if kind // 10:
            values = self._doubles(starts + 5, np.ones(len(rows), np.int64))
            self._count_extra(kind, _tells(values))

    def _count_extra(self, kind: int, telling: npt.NDArray[np.bool_]) -> None:
        if kind // 10 == 1:
            self.heights += int(telling.sum())
        else:
            self.measures += int(telling.sum())

    def _take_parts(self, rows: Ints, kind: int, plain: int, out: Geometries) -> None:
        """Read records of several points, in parts or not."""
        rows = rows[np.argsort(self.starts[rows], kind="stable")]
        # Type and box are 9 words; then the number of parts, except for multipoints.
        head = 10 if plain == _MULTIPOINT else 11
        long = self.sizes[rows] >= head
        self.lose("shape-damaged", rows[~long])
        rows = rows[long]
        points = self.words[self.starts[rows] + head - 1].astype(np.int64)
        parts = (
            np.ones(len(rows), np.int64)
            if plain == _MULTIPOINT
            else self.words[self.starts[rows] + 9].astype(np.int64)
        )
        stated = 0 if plain == _MULTIPOINT else parts
        fits = (points >= 0) & (parts >= 0) & (head + stated + 4 * points <= self.sizes[rows])
        empty = fits & ((points == 0) | (parts == 0))
        self.lose("shape-damaged", rows[~fits])
        keep = fits & ~empty
        run = _Runs(rows[keep], parts[keep], points[keep])
        first = self.starts[run.rows] + head + (0 if plain == _MULTIPOINT else run.parts)
        xy = self._doubles(first, 2 * run.points).reshape(-1, 2)
        if plain == _MULTIPOINT:
            sizes = run.points
        else:
            run, xy, sizes = self._parts_of(run, head, xy)
        run, xy, sizes = self._finite(run, xy, sizes)
        if kind // 10:
            self._take_extra(run, kind, head, plain)
        _BUILDERS[plain](self, run, xy, sizes, out)

    def _parts_of(self, run: "_Runs", head: int, xy: Points) -> tuple["_Runs", Points, Ints]:
        """The number of points of each part; records whose parts overlap or are empty are lost."""
        record = np.repeat(np.arange(len(run.rows)), run.parts)
        number = np.arange(len(record)) - np.repeat(np.cumsum(run.parts) - run.parts, run.parts)
        begins = self.words[self.starts[run.rows][record] + head + number].astype(np.int64)
        ends = np.empty_like(begins)
        ends[:-1] = begins[1:]
        last = np.cumsum(run.parts) - 1
        ends[last] = run.points
        sizes = ends - begins
        wrong = (sizes <= 0) | ((number == 0) & (begins != 0))
        bad = np.zeros(len(run.rows), np.bool_)
        bad[record[wrong]] = True
        self.lose("shape-damaged", run.rows[bad])
        return run.without(bad), xy[~np.repeat(bad, run.points)], sizes[~bad[record]]

    def _finite(self, run: "_Runs", xy: Points, sizes: Ints) -> tuple["_Runs", Points, Ints]:
        """Drop records with coordinates that are no numbers."""
        wrong = ~(np.abs(xy) < -_NO_DATA).all(axis=1)
        if not wrong.any():
            return run, xy, sizes
        bad = np.zeros(len(run.rows), np.bool_)
        bad[np.repeat(np.arange(len(run.rows)), run.points)[wrong]] = True
        self.lose("shape-damaged", run.rows[bad])
        kept = ~np.repeat(bad, run.parts) if len(sizes) == run.parts.sum() else ~bad
        return run.without(bad), xy[~np.repeat(bad, run.points)], sizes[kept]

    def _take_extra(self, run: "_Runs", kind: int, head: int, plain: int) -> None:
        """Count the records with heights or measures other than zero."""
        offset = head + (0 if plain == _MULTIPOINT else run.parts) + 4 * run.points + 4
        has = offset + 2 * run.points <= self.sizes[run.rows]
        run, offset = run.without(~has), offset[has]
        values = self._doubles(self.starts[run.rows] + offset, run.points)
        if len(values):
            bounds = np.cumsum(run.points) - run.points
            self._count_extra(kind, np.logical_or.reduceat(_tells(values), bounds))


@dataclass(frozen=True)
class _Runs:
    """Records with their numbers of parts and of points."""

    rows: Ints
    parts: Ints
    points: Ints

    def without(self, bad: npt.NDArray[np.bool_]) -> "_Runs":
        return _Runs(self.rows[~bad], self.parts[~bad], self.points[~bad])


def _tells(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Whether heights or measures are given; zero is what programs write for none."""
    return np.asarray((values != 0) & (values > _NO_DATA) & np.isfinite(values))


# ------------------------------------------------------------------ geometries


def _multipoints(job: _Job, run: _Runs, xy: Points, sizes: Ints, out: Geometries) -> None:
    out[run.rows] = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOINT, xy, (_offsets(sizes),)
    )


def _lines(job: _Job, run: _Runs, xy: Points, sizes: Ints, out: Geometries) -> None:
    record = np.repeat(np.arange(len(run.rows)), run.parts)
    bad = np.zeros(len(run.rows), np.bool_)
    bad[record[sizes < 2]] = True
    job.lose("part-short", run.rows[bad])
    xy, sizes = xy[~np.repeat(bad, run.points)], sizes[~bad[record]]
    run = run.without(bad)
    lines = shapely.from_ragged_array(
        shapely.GeometryType.MULTILINESTRING, xy, (_offsets(sizes), _offsets(run.parts))
    )
    single = run.parts == 1
    lines[single] = shapely.get_geometry(lines[single], 0)
    out[run.rows] = lines


def _polygons(job: _Job, run: _Runs, xy: Points, sizes: Ints, out: Geometries) -> None:
    record = np.repeat(np.arange(len(run.rows)), run.parts)
    ends = np.cumsum(sizes)
    is_open = (xy[ends - 1] != xy[ends - sizes]).any(axis=1)
    for kind, wrong in (("ring-open", is_open), ("part-short", ~is_open & (sizes < 4))):
        bad = np.zeros(len(run.rows), np.bool_)
        bad[record[wrong]] = True
        job.lose(kind, run.rows[bad])
    bad = np.zeros(len(run.rows), np.bool_)
    bad[record[is_open | (sizes < 4)]] = True
    kept = run.without(bad)
    built = polygons(xy[~np.repeat(bad, run.points)], sizes[~bad[record]], kept.parts)
    job.lose("rings-many", kept.rows[shapely.is_missing(built)])
    out[kept.rows] = built


def _offsets(sizes: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)])


_BUILDERS = {_MULTIPOINT: _multipoints, _LINE: _lines, _POLYGON: _polygons}
