"""Read earlier states of a zone, and the history of a record, from git."""

import difflib
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path

from gxq_geo.formats import files, geojson
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.versions import git
from gxq_geo.versions.difference import Change, Difference, diff_layers
from gxq_geo.versions.git import Blob, Commit
from gxq_geo.words.errors import BadLayerError, FileError, GxqError, ZoneError
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone, layer, open_zone
from gxq_geo.zone.layer import GEOMETRY_SUFFIXES, TABLE_SUFFIXES, Layer
from gxq_geo.zone.settings import SETTINGS

# In canonical form each feature is one line, so that a feature is found without parsing the others.
_FEATURE = b'{"type":"Feature",'
_LINES = re.compile(rb'\{"type":"FeatureCollection"[^\n]*\[\n(?:' + _FEATURE + rb"[^\n]*\n)*\]\}\n")


class LayerCache:
    """Caches layers by the contents of their files, so that equal files are read once."""

    def __init__(self) -> None:
        self._layers: dict[tuple[str, str, str, tzinfo], Layer] = {}

    def read(self, path: Path, layer_schema: LayerSchema, *, timezone: tzinfo) -> Layer:
        """Read a layer file, or return the cached layer of a file with the same contents."""
        # A write-ahead log holds changes that are not yet in the database file.
        if path.with_name(f"{path.name}-wal").exists():
            return layer.read(path, layer_schema, timezone=timezone)
        content = files.fingerprint(files.read_bytes(path))
        key = layer_schema.name, path.suffix, content, timezone
        if key not in self._layers:
            self._layers[key] = layer.read(path, layer_schema, timezone=timezone)
        return replace(self._layers[key], path=path)


def state(name: str, folder: Path, *, cache: LayerCache) -> Zone:
    """Read a state of a zone: a folder, or a git revision of a folder.

    Parameters
    ----------
    name
        A folder, or a revision of `folder`, such as ``HEAD~1``.
    folder
        The folder of layers in whose repository the revision is.
    cache
        Layers shared with other states.

    Raises
    ------
    GxqError
        If `name` is neither, or a file of that state cannot be read completely.
    """
    if name and Path(name).is_dir():
        zone = open_zone(name, partial=True, read=cache.read)
    else:
        zone = _at_revision(name, folder, cache)
    _require_complete(zone, name)
    return zone


def _at_revision(revision: str, folder: Path, cache: LayerCache) -> Zone:
    if not folder.is_dir():
        raise ZoneError("no-state-folder", name=revision, path=folder)
    try:
        commit = git.commit_of(folder, revision)
    except GxqError as error:
        shown = " ".join(revision.split())
        if error.slug == "unknown-revision":
            raise GxqError("no-state", name=shown, path=folder) from None
        if error.slug == "not-repository":
            raise GxqError("no-state-folder", name=shown, path=folder) from None
        raise
    found = git.blobs(folder, [commit], [SETTINGS, *_file_names(schema().layers.values())])
    if (commit, SETTINGS) not in found:
        raise ZoneError("no-zone-then", revision=revision, path=folder)
    with tempfile.TemporaryDirectory() as copy:
        for (_, name), data in zip(found, _contents(folder, found.values()), strict=True):
            (Path(copy) / name).write_bytes(data)
        try:
            zone = open_zone(copy, partial=True, read=cache.read)
        except ZoneError as error:
            named = {**error.params, "path": f"{revision}:{SETTINGS}"}
            raise ZoneError(error.slug, exit_status=error.exit_status, **named) from None
    return replace(zone, folder=folder)


def _file_names(layers: Iterable[LayerSchema]) -> list[str]:
    return [
        f"{layer_schema.name}{suffix}"
        for layer_schema in layers
        for suffix in (TABLE_SUFFIXES if layer_schema.is_table else GEOMETRY_SUFFIXES)
    ]


def _contents(folder: Path, blobs: Iterable[Blob]) -> Iterator[bytes]:
    wanted = list(blobs)
    if any(blob.size > files.MAX_BYTES for blob in wanted):
        raise FileError("too-large", path=folder, limit=files.MAX_BYTES >> 20)
    return git.contents(folder, wanted)


def _require_complete(zone: Zone, name: str) -> None:
    """Raise if a file was not read completely: its records would seem to be removed."""
    errors = [issue for issue in zone.issues if issue.rule == "layer-twice"]
    errors += (issue for read in zone.layers.values() for issue in _read_errors(read))
    if errors:
        raise BadLayerError("broken-layers", path=name, count=len(errors), file=errors[0].file)


def _read_errors(read: Layer) -> Iterator[Issue]:
    """Return the errors because of which a file was not read completely."""
    return (i for i in read.issues if i.severity is Severity.ERROR and i.row is None)


def count_unread_geometries(zone: Zone) -> int:
    """Count the records whose geometry could not be read; such a geometry counts as missing."""
    issues = (issue for read in zone.layers.values() for issue in read.issues)
    rows = {(i.layer, i.row) for i in issues if i.severity is Severity.ERROR}
    return sum(row is not None for _, row in rows)


# ------------------------------------------------------------------ one record


@dataclass(frozen=True)
class Entry:
    """The changes of a record in one commit.

    Parameters
    ----------
    commit
        The commit; None for changes that are not committed.
    difference
        The change, or several changes where several records have the same id; empty if `broken`.
    broken
        Whether the file could not be read in this commit.
    """

    commit: Commit | None
    difference: Difference
    broken: bool = False


@dataclass(frozen=True)
class History:
    """The history of a record, the latest first.

    Parameters
    ----------
    layer, id
        The layer and the id of the record.
    zone
        The current state of the zone, which gives the names of referenced records.
    entries
        The changes. Where the record had another id before, they continue under that id.
    shallow
        Whether the repository has only a part of the history, so that the oldest entry may not be
        the creation of the record.
    """

    layer: str
    id: str
    zone: Zone
    entries: tuple[Entry, ...]
    shallow: bool = False


def history(folder: Path, identity: str, layer_name: str = "") -> History:
    """Return the history of a record from git, over all file formats of its layer.

    Parameters
    ----------
    folder
        A folder of layers in a repository.
    identity
        The id of the record, which may have been removed.
    layer_name
        The layer of the record; needed only where several layers have the id.

    Raises
    ------
    GxqError
        If the folder is in no repository, or no layer ever had the id, or several layers have it.
    """
    zone = open_zone(folder, partial=True)
    git.expect_repository(folder)
    name = layer_name or _layer_of(zone, identity)
    tracer = _RecordTracer(zone, name)
    entries = list(tracer.entries(identity))
    while entries and entries[-1].broken:  # These commits are older than the record.
        entries.pop()
    if not entries:
        raise _unknown_record(zone, identity, layer=name)
    return History(name, identity, zone, tuple(entries), git.is_shallow(folder))


def _layer_of(zone: Zone, identity: str) -> str:
    """Return the layer that has a record, or had it in an earlier revision."""
    known = [n for n, held in zone.layers.items() if _with_id(held, identity) is not None]
    known = known or [n for n in schema().layers if _was_in_layer(zone, n, identity)]
    if len(known) > 1:
        raise GxqError("record-in-layers", id=identity, layers=", ".join(known))
    if not known:
        raise _unknown_record(zone, identity)
    return known[0]


def _was_in_layer(zone: Zone, name: str, identity: str) -> bool:
    """Return whether a commit added a record with this id to a layer, or removed it."""
    if not identity or "\0" in identity:
        return False
    commits = git.log(zone.folder, _file_names([schema().layers[name]]), text=identity)
    return bool(commits) and any(not e.broken for e in _RecordTracer(zone, name).entries(identity))


def _unknown_record(zone: Zone, identity: str, *, layer: str = "") -> GxqError:
    others = (held for name, held in zone.layers.items() if name != layer)
    elsewhere = [held.name for held in others if _with_id(held, identity) is not None]
    if elsewhere:
        return GxqError("record-elsewhere", id=identity, layers=", ".join(elsewhere))
    ids = (str(i) for held in zone.layers.values() for i in held.frame[held.schema.id].dropna())
    near = difflib.get_close_matches(identity, ids, n=1)
    if near:
        return GxqError("unknown-record-near", id=identity, near=near[0], path=zone.folder)
    return GxqError("unknown-record", id=identity, path=zone.folder)


@dataclass(frozen=True)
class _Version:
    """A record in one version of a file.

    Parameters
    ----------
    key
        Bytes that are equal for equal versions; empty where the record does not exist.
    record
        The records with the id as a layer; None where they are in `data`, or do not exist.
    data
        Their features as a GeoJSON feature collection, not yet parsed.
    broken
        Whether the file could not be read.
    """

    key: bytes
    record: Layer | None
    data: bytes = b""
    broken: bool = False


class _RecordTracer:
    """Follows records of a layer through the commits that touched its files."""

    def __init__(self, zone: Zone, name: str) -> None:
        self.zone, self.schema = zone, schema().layers[name]
        self.crs = zone.settings.measure_crs
        self.names = _file_names([self.schema])
        self.commits = git.log(zone.folder, self.names)
        self.parents = {commit.sha: commit.parents for commit in self.commits}
        shas = {sha for commit in self.commits for sha in (commit.sha, *commit.parents)}
        found = git.blobs(zone.folder, sorted(shas), self.names)
        self.blobs = {sha: blob for (sha, _), blob in reversed(found.items())}
        self.suffix = {found[key].oid: Path(key[1]).suffix for key in found}

    def entries(self, identity: str) -> Iterator[Entry]:
        """Yield the changes of the record with an id, the latest first."""
        versions = self._versions(identity, self.blobs.values())
        now = _with_id(self.zone.layers[self.schema.name], identity)
        latest = self._version(self.commits[0].sha, versions) if self.commits else None
        if found := self._compared(latest, _Version(b"", now)):
            yield Entry(None, found)
        yield from self._committed(identity, self.commits, versions)

    def _committed(
        self, identity: str, commits: Sequence[Commit], versions: Mapping[str, _Version]
    ) -> Iterator[Entry]:
        """Yield the committed changes; after a renaming, those of the old id."""
        for position, commit in enumerate(commits):
            here = versions.get(self._oid(commit.sha))
            before = [self._version(sha, versions) for sha in commit.parents]
            if here is not None and here.broken:
                yield Entry(commit, Difference(self.zone, self.zone), broken=True)
                continue
            if before and any(_key(parent) == _key(here) for parent in before):
                continue
            found = self._compared(before[0] if before else None, here)
            if found is None:
                continue
            renamed = self._renamed(identity, commit, found)
            yield Entry(commit, renamed or found)
            if renamed and renamed.changes[0].new_id == identity:
                older = commits[position + 1 :]
                old_id = renamed.changes[0].old_id
                blobs = [self.blobs[c.sha] for c in older if c.sha in self.blobs]
                yield from self._committed(old_id, older, self._versions(old_id, blobs))
                return

    # -------------------------------------------------------------- versions

    def _oid(self, sha: str) -> str:
        return self.blobs[sha].oid if sha in self.blobs else ""

    def _version(self, sha: str, versions: Mapping[str, _Version]) -> _Version | None:
        """Return the record in a commit, or, where the file is broken, in the commit before."""
        here = versions.get(self._oid(sha))
        while here is not None and here.broken and self.parents.get(sha):
            sha = self.parents[sha][0]
            here = versions.get(self._oid(sha))
        return None if here is not None and here.broken else here

    def _versions(self, identity: str, blobs: Iterable[Blob]) -> dict[str, _Version]:
        """Return the record in each of some files, by the object id of the file."""
        wanted = list({blob.oid: blob for blob in blobs}.values())
        data = _contents(self.zone.folder, wanted)
        return {
            blob.oid: self._read(content, self.suffix[blob.oid], identity)
            for blob, content in zip(wanted, data, strict=True)
        }

    def _read(self, data: bytes, suffix: str, identity: str) -> _Version:
        if suffix == ".geojson":
            return self._feature(data, identity)
        read = self._read_layer(data, suffix)
        if any(_read_errors(read)):
            return _Version(b"", None, broken=True)
        record = _with_id(read, identity)
        return _Version(b"" if record is None else files.fingerprint(data).encode(), record)

    def _feature(self, data: bytes, identity: str) -> _Version:
        """Return the features with an id, without reading the others where possible."""
        if _LINES.fullmatch(data):
            mark = f'"{self.schema.id}":{json.dumps(identity, ensure_ascii=False)}'.encode()
            lines = data.split(b"\n")
            return _as_collection([line.rstrip(b",") for line in lines if mark in line])
        document = geojson.read(layer.decode(data, is_table=False)[0] or "")
        if any(i.severity is Severity.ERROR and "row" not in i.params for i in document.issues):
            return _Version(b"", None, broken=True)
        ids = document.by_field.get(self.schema.id, ())
        spans = [document.spans[row] for row, value in enumerate(ids) if value == identity]
        return _as_collection([document.text[start:end].encode() for start, end in spans])

    def _read_layer(self, data: bytes, suffix: str) -> Layer:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{self.schema.name}{suffix}"
            path.write_bytes(data)
            return layer.read(path, self.schema)

    # -------------------------------------------------------------- differences

    def _compared(self, old: _Version | None, new: _Version | None) -> Difference | None:
        """Return the difference between two versions of the record; None if they are equal."""
        layers = [self._layer(version) for version in (old, new)]
        changes = diff_layers(layers[0], layers[1], self.crs)
        return self._difference(layers, changes) if changes else None

    def _layer(self, version: _Version | None) -> Layer:
        if version is None or (version.record is None and not version.data):
            return layer.empty(self.schema)
        return version.record or self._read_layer(version.data, ".geojson")

    def _difference(self, layers: Sequence[Layer], changes: Sequence[Change]) -> Difference:
        name = self.schema.name
        old, new = (replace(self.zone, layers={**self.zone.layers, name: o}) for o in layers)
        return Difference(old, new, tuple(changes))

    def _renamed(self, identity: str, commit: Commit, found: Difference) -> Difference | None:
        """Return the change of the id, if the record was added or removed by a renaming."""
        if all(change.kind == "changed" for change in found.changes) or not commit.parents:
            return None
        blobs = [self.blobs.get(sha) for sha in (commit.parents[0], commit.sha)]
        layers = [self._layer_of_blob(blob) for blob in blobs]
        changes = diff_layers(layers[0], layers[1], self.crs)
        wanted = [c for c in changes if c.renamed and identity in (c.old_id, c.new_id)]
        return self._difference(layers, wanted[:1]) if wanted else None

    def _layer_of_blob(self, blob: Blob | None) -> Layer:
        if blob is None:
            return layer.empty(self.schema)
        (data,) = _contents(self.zone.folder, [blob])
        return self._read_layer(data, self.suffix[blob.oid])


def _as_collection(features: Sequence[bytes]) -> _Version:
    """Return features, given as bytes, as a version with a feature collection."""
    if not features:
        return _Version(b"", None)
    joined = b",\n".join(features)
    return _Version(joined, None, b'{"type":"FeatureCollection","features":[' + joined + b"]}")


def _key(version: _Version | None) -> bytes:
    return version.key if version else b""


def _with_id(read: Layer, identity: str) -> Layer | None:
    """Return a layer with only the records of an id; None where there is none."""
    kept = (read.frame[read.schema.id] == identity).to_numpy(dtype=bool, na_value=False)
    if not kept.any():
        return None
    rows = {int(row): position for position, row in enumerate(kept.nonzero()[0])}
    cells = tuple(replace(cell, row=rows[cell.row]) for cell in read.bad_cells if cell.row in rows)
    frame = read.frame[kept].reset_index(drop=True)
    return replace(read, frame=frame, bad_cells=cells, fingerprint="", issues=())
