"""Earlier states of a folder of layers, from git: a zone as it was, and the history of a record."""

import difflib
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

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

# In canonical form each feature is a line: one can be found without reading the others.
_FEATURE = b'{"type":"Feature",'
_LINES = re.compile(rb'\{"type":"FeatureCollection"[^\n]*\[\n(?:' + _FEATURE + rb"[^\n]*\n)*\]\}\n")


class Shelf:
    """Layers that were read, by their contents: what did not change is read once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], Layer] = {}

    def read(self, path: Path, of: LayerSchema) -> Layer:
        """Read a layer file, unless a file of these contents was read before."""
        if path.with_name(f"{path.name}-wal").exists():  # what a database has not yet taken in
            return layer.read(path, of)
        key = of.name, path.suffix, files.fingerprint(files.read_bytes(path))
        if key not in self._known:
            self._known[key] = layer.read(path, of)
        return replace(self._known[key], path=path)


def state(name: str, folder: Path, *, shelf: Shelf) -> Zone:
    """A state of a zone: a folder, or a git revision of one.

    Parameters
    ----------
    name
        A folder; else a revision of `folder`, such as ``HEAD~1``.
    folder
        The folder of layers in whose repository revisions are looked up.
    shelf
        What is shared with other states.

    Raises
    ------
    GxqError
        If there is neither, or a file of it cannot be read as a whole.
    """
    if name and Path(name).is_dir():
        zone = open_zone(name, partial=True, read=shelf.read)
    else:
        zone = _then(name, folder, shelf)
    _expect_whole(zone, name)
    return zone


def _then(revision: str, folder: Path, shelf: Shelf) -> Zone:
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
    held = git.blobs(folder, [commit], [SETTINGS, *_file_names(schema().layers.values())])
    if (commit, SETTINGS) not in held:
        raise ZoneError("no-zone-then", revision=revision, path=folder)
    with tempfile.TemporaryDirectory() as aside:
        for (_, name), data in zip(held, _contents(folder, held.values()), strict=True):
            (Path(aside) / name).write_bytes(data)
        try:
            zone = open_zone(aside, partial=True, read=shelf.read)
        except ZoneError as error:
            named = {**error.params, "path": f"{revision}:{SETTINGS}"}
            raise ZoneError(error.slug, exit_status=error.exit_status, **named) from None
    return replace(zone, folder=folder)


def _file_names(layers: Iterable[LayerSchema]) -> list[str]:
    return [
        f"{one.name}{suffix}"
        for one in layers
        for suffix in (TABLE_SUFFIXES if one.is_table else GEOMETRY_SUFFIXES)
    ]


def _contents(folder: Path, blobs: Iterable[Blob]) -> Iterator[bytes]:
    wanted = list(blobs)
    if any(blob.size > files.MAX_BYTES for blob in wanted):
        raise FileError("too-large", path=folder, limit=files.MAX_BYTES >> 20)
    return git.contents(folder, wanted)


def _expect_whole(zone: Zone, name: str) -> None:
    """What could not be read would look as if it had gone."""
    twice = [issue for issue in zone.issues if issue.rule == "layer-twice"]
    lost = [*twice, *(issue for one in zone.layers.values() for issue in _lost(one))]
    if lost:
        raise BadLayerError("broken-layers", path=name, count=len(lost), file=lost[0].file)


def _lost(one: Layer) -> Iterator[Issue]:
    """Why a file could not be read as a whole."""
    return (i for i in one.issues if i.severity is Severity.ERROR and i.row is None)


def unread(zone: Zone) -> int:
    """How many records have a geometry that could not be read: it counts as none."""
    issues = (issue for one in zone.layers.values() for issue in one.issues)
    rows = {(i.layer, i.row) for i in issues if i.severity is Severity.ERROR}
    return sum(row is not None for _, row in rows)


# ------------------------------------------------------------------ one record


@dataclass(frozen=True)
class Entry:
    """What one commit did to a record.

    Parameters
    ----------
    commit
        The commit; None for what is not committed yet.
    difference
        The change, or the changes where several records have one id; none where `broken`.
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
        Which record.
    zone
        The zone as it is now: what references are called.
    entries
        What was done to it. Where it had another id before, its history goes on under that.
    shallow
        Whether the repository holds a part of its history only, so that the first entry may be of
        an older record.
    """

    layer: str
    id: str
    zone: Zone
    entries: tuple[Entry, ...]
    shallow: bool = False


def history(folder: Path, identity: str, layer_name: str = "") -> History:
    """The history of a record from git: of a layer's file, whatever its format was.

    Parameters
    ----------
    folder
        A folder of layers in a repository.
    identity
        The record's id; it need not be there today.
    layer_name
        Its layer; needed only where several have the id.

    Raises
    ------
    GxqError
        If the folder is in no repository, no layer ever had the id, or several have it.
    """
    zone = open_zone(folder, partial=True)
    git.expect_repository(folder)
    name = layer_name or _layer_of(zone, identity)
    tracer = _Tracer(zone, name)
    entries = list(tracer.entries(identity))
    while entries and entries[-1].broken:  # Before the record was there.
        entries.pop()
    if not entries:
        raise _unknown(zone, identity)
    return History(name, identity, zone, tuple(entries), git.is_shallow(folder))


def _layer_of(zone: Zone, identity: str) -> str:
    """The layer that has a record, or had it once."""
    known = [n for n, one in zone.layers.items() if (one.frame[one.schema.id] == identity).any()]
    known = known or [n for n in schema().layers if _had(zone, n, identity)]
    if len(known) > 1:
        raise GxqError("record-in-layers", id=identity, layers=", ".join(known))
    if not known:
        raise _unknown(zone, identity)
    return known[0]


def _had(zone: Zone, name: str, identity: str) -> bool:
    """Whether a commit took a record of this id out of a layer's file, or brought it in."""
    if not identity or "\0" in identity:
        return False
    commits = git.log(zone.folder, _file_names([schema().layers[name]]), holding=identity)
    return bool(commits) and any(not e.broken for e in _Tracer(zone, name).entries(identity))


def _unknown(zone: Zone, identity: str) -> GxqError:
    ids = (str(i) for one in zone.layers.values() for i in one.frame[one.schema.id].dropna())
    near = difflib.get_close_matches(identity, ids, n=1)
    if near:
        return GxqError("unknown-record-near", id=identity, near=near[0], path=zone.folder)
    return GxqError("unknown-record", id=identity, path=zone.folder)


@dataclass(frozen=True)
class _Version:
    """A record as a file holds it: a key that tells versions apart, and how to read it."""

    key: bytes
    record: Layer | None
    data: bytes = b""
    broken: bool = False


class _Tracer:
    """Follows the records of a layer through the commits that touched its files."""

    def __init__(self, zone: Zone, name: str) -> None:
        self.zone, self.schema = zone, schema().layers[name]
        self.crs = zone.settings.measure_crs
        self.names = _file_names([self.schema])
        self.commits = git.log(zone.folder, self.names)
        self.parents = {one.sha: one.parents for one in self.commits}
        shas = {sha for one in self.commits for sha in (one.sha, *one.parents)}
        held = git.blobs(zone.folder, sorted(shas), self.names)
        self.held = {sha: blob for (sha, _), blob in reversed(held.items())}
        self.suffix = {held[key].oid: Path(key[1]).suffix for key in held}

    def entries(self, identity: str) -> Iterator[Entry]:
        """What was done to the record of an id, the latest first."""
        versions = self._versions(identity, self.held.values())
        now = _only(self.zone.layers[self.schema.name], identity)
        latest = self._version(self.commits[0].sha, versions) if self.commits else None
        if found := self._compared(latest, _Version(b"", now)):
            yield Entry(None, found)
        yield from self._committed(identity, self.commits, versions)

    def _committed(
        self, identity: str, commits: Sequence[Commit], versions: Mapping[str, _Version]
    ) -> Iterator[Entry]:
        for place, commit in enumerate(commits):
            here = versions.get(self._oid(commit.sha))
            before = [self._version(sha, versions) for sha in commit.parents]
            if here is not None and here.broken:
                yield Entry(commit, Difference(self.zone, self.zone), broken=True)
                continue
            if before and any(_key(one) == _key(here) for one in before):
                continue
            found = self._compared(before[0] if before else None, here)
            if found is None:
                continue
            renamed = self._renamed(identity, commit, found)
            yield Entry(commit, renamed or found)
            if renamed and renamed.changes[0].new_id == identity:
                older = commits[place + 1 :]
                old_id = renamed.changes[0].old_id
                blobs = [self.held[one.sha] for one in older if one.sha in self.held]
                yield from self._committed(old_id, older, self._versions(old_id, blobs))
                return

    # -------------------------------------------------------------- states

    def _oid(self, sha: str) -> str:
        return self.held[sha].oid if sha in self.held else ""

    def _version(self, sha: str, versions: Mapping[str, _Version]) -> _Version | None:
        """The record in a commit; where the file cannot be read there, as it was before."""
        here = versions.get(self._oid(sha))
        while here is not None and here.broken and self.parents.get(sha):
            sha = self.parents[sha][0]
            here = versions.get(self._oid(sha))
        return None if here is not None and here.broken else here

    def _versions(self, identity: str, blobs: Iterable[Blob]) -> dict[str, _Version]:
        """The record in each of some files, by what names their contents."""
        wanted = list({blob.oid: blob for blob in blobs}.values())
        data = _contents(self.zone.folder, wanted)
        return {
            blob.oid: self._read(one, self.suffix[blob.oid], identity)
            for blob, one in zip(wanted, data, strict=True)
        }

    def _read(self, data: bytes, suffix: str, identity: str) -> _Version:
        if suffix == ".geojson":
            return self._feature(data, identity)
        whole = self._whole(data, suffix)
        if any(_lost(whole)):
            return _Version(b"", None, broken=True)
        record = _only(whole, identity)
        return _Version(b"" if record is None else files.fingerprint(data).encode(), record)

    def _feature(self, data: bytes, identity: str) -> _Version:
        """The features of an id, as a collection of their own."""
        if _LINES.fullmatch(data):
            mark = f'"{self.schema.id}":{json.dumps(identity, ensure_ascii=False)}'.encode()
            return _alone([one.rstrip(b",") for one in data.split(b"\n") if mark in one])
        document = geojson.read(layer.decode(data, is_table=False)[0] or "")
        if any(i.severity is Severity.ERROR and "row" not in i.params for i in document.issues):
            return _Version(b"", None, broken=True)
        ids = document.by_field.get(self.schema.id, ())
        spans = [document.spans[row] for row, one in enumerate(ids) if one == identity]
        return _alone([document.text[start:end].encode() for start, end in spans])

    def _whole(self, data: bytes, suffix: str) -> Layer:
        with tempfile.TemporaryDirectory() as aside:
            path = Path(aside) / f"{self.schema.name}{suffix}"
            path.write_bytes(data)
            return layer.read(path, self.schema)

    # -------------------------------------------------------------- differences

    def _compared(self, old: _Version | None, new: _Version | None) -> Difference | None:
        """What happened to the record from one version to another; None if nothing did."""
        layers = [self._layer(one) for one in (old, new)]
        changes = diff_layers(layers[0], layers[1], self.crs)
        return self._difference(layers, changes) if changes else None

    def _layer(self, one: _Version | None) -> Layer:
        if one is None or (one.record is None and not one.data):
            return layer.empty(self.schema)
        return one.record or self._whole(one.data, ".geojson")

    def _difference(self, layers: Sequence[Layer], changes: Sequence[Change]) -> Difference:
        name = self.schema.name
        old, new = (replace(self.zone, layers={**self.zone.layers, name: o}) for o in layers)
        return Difference(old, new, tuple(changes))

    def _renamed(self, identity: str, commit: Commit, found: Difference) -> Difference | None:
        """The change of id, where a record that came or went was or is another one's."""
        if all(one.kind == "changed" for one in found.changes) or not commit.parents:
            return None
        blobs = [self.held.get(sha) for sha in (commit.parents[0], commit.sha)]
        layers = [self._of_blob(blob) for blob in blobs]
        changes = diff_layers(layers[0], layers[1], self.crs)
        wanted = [c for c in changes if c.renamed and identity in (c.old_id, c.new_id)]
        return self._difference(layers, wanted[:1]) if wanted else None

    def _of_blob(self, blob: Blob | None) -> Layer:
        if blob is None:
            return layer.empty(self.schema)
        (data,) = _contents(self.zone.folder, [blob])
        return self._whole(data, self.suffix[blob.oid])


def _alone(features: Sequence[bytes]) -> _Version:
    """Features as they are written, as a collection of their own."""
    if not features:
        return _Version(b"", None)
    joined = b",\n".join(features)
    return _Version(joined, None, b'{"type":"FeatureCollection","features":[' + joined + b"]}")


def _key(one: _Version | None) -> bytes:
    return one.key if one else b""


def _only(whole: Layer, identity: str) -> Layer | None:
    """A layer with the records of one id only; None where there is none."""
    kept = (whole.frame[whole.schema.id] == identity).to_numpy(dtype=bool, na_value=False)
    if not kept.any():
        return None
    rows = {int(row): place for place, row in enumerate(pd.Series(kept).to_numpy().nonzero()[0])}
    cells = tuple(replace(cell, row=rows[cell.row]) for cell in whole.bad_cells if cell.row in rows)
    frame = whole.frame[kept].reset_index(drop=True)
    return replace(whole, frame=frame, bad_cells=cells, fingerprint="", issues=())
