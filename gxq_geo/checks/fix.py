"""Repair what can only be meant one way, and say so; everything else is for a person to decide.

The repairs themselves stand in `gxq_geo.checks.repairs`. They see raw records, so that what a
frame cannot hold (unknown fields, values that misfit) is kept. Only `Plan.apply` writes.
"""

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gxq_geo.checks.repairs import OF_SHAPES, OF_TEXTS, Cell, Repair
from gxq_geo.formats import files, rfc7946
from gxq_geo.formats.geojson import Document, rounded
from gxq_geo.schemas import Domain, Field, LayerSchema, schema
from gxq_geo.schemas.dtypes import LIST_SEPARATOR, to_text
from gxq_geo.words.errors import GxqError
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import layer

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One repair of one record.

    Parameters
    ----------
    at
        Where: file, line, column, layer, record and field.
    repairs
        Slugs of the repairs that made it, in their order.
    old, new
        What the file holds, and what it shall hold; None for a geometry.
    count
        How many places of a geometry were mended.
    """

    at: Issue
    repairs: tuple[str, ...]
    old: Any = None
    new: Any = None
    count: int = 0


@dataclass(frozen=True)
class Plan:
    """What is to become of one file.

    Parameters
    ----------
    path
        The file.
    before, after
        Its bytes now, and as they shall be.
    changes
        What is repaired, by row.
    lines
        How many lines differ beyond that, in form only.
    """

    path: Path
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    changes: tuple[Change, ...] = ()
    lines: int = 0

    def apply(self) -> None:
        """Write the file, whole or not at all, unless somebody changed it meanwhile."""
        files.write_bytes(self.path, self.after, expected=files.fingerprint(self.before))


@dataclass(frozen=True)
class Plans:
    """The plans of a folder: the files that change, those left alone, and those at fault."""

    plans: tuple[Plan, ...] = ()
    left_alone: tuple[Path, ...] = ()
    errors: tuple[GxqError, ...] = ()


def canonical_form(parsed: layer.Parsed, path: Path, of: LayerSchema) -> bytes:
    """A file is in canonical form: one record a line, fields and records in order."""
    return layer.canonical(parsed, path, of)


CANONICAL = Repair("canonical-form", str(canonical_form.__doc__), canonical_form)
REPAIRS = (*OF_TEXTS, *OF_SHAPES, CANONICAL)


def choose(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> frozenset[str]:
    """The slugs of the repairs that are wanted: those selected, without those ignored.

    Raises
    ------
    GxqError
        If there is no such repair.
    """
    known = [one.slug for one in REPAIRS]
    for name in (*select, *ignore):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0)[0]
            raise GxqError("unknown-repair", repair=name, near=near)
    return frozenset(select or known) - frozenset(ignore)


def plan(
    targets: Mapping[Path, LayerSchema],
    others: Mapping[Path, LayerSchema] | None = None,
    *,
    wanted: frozenset[str] | None = None,
) -> Plans:
    """What can be repaired in some layer files of a folder; nothing is written.

    Parameters
    ----------
    targets
        The files to repair. A GeoPackage is left alone: writing it anew would lose what else
        QGIS keeps in it.
    others
        Further layers of the folder: their ids and references stay as they are.
    wanted
        Slugs of the repairs to make, as `choose` gives them; all by default. A file that is
        written is written in canonical form; without that repair, no file is written for it alone.
    """
    chosen = choose() if wanted is None else wanted
    still = {
        path: of for path, of in {**targets, **(others or {})}.items() if _stays(path, targets)
    }
    opened: dict[Path, tuple[bytes, layer.Parsed, LayerSchema]] = {}
    errors: list[GxqError] = []
    for path in targets.keys() - still.keys():
        try:
            before, parsed = layer.taken_apart(path, targets[path])
            opened[path] = (before, _decoded(parsed), targets[path])
        except GxqError as error:
            errors.append(error)
    read = [(parsed, of) for _, parsed, of in opened.values()]
    names = _Names.of(read, still, sure=not errors, chosen=chosen)
    plans = []
    for path in sorted(opened):
        try:
            plans.append(_plan(path, *opened[path], _Work(names, chosen)))
        except GxqError as error:
            errors.append(error)
    left = tuple(sorted(path for path in still if path in targets))
    return Plans(tuple(p for p in plans if p.after != p.before), left, tuple(errors))


def _decoded(parsed: layer.Parsed) -> layer.Parsed:
    """The same with its features at hand: a document decodes them whenever they are asked for."""
    if isinstance(parsed, Document):
        return replace(parsed, features=list(parsed.features))
    return parsed


def _stays(path: Path, targets: Mapping[Path, LayerSchema]) -> bool:
    return path not in targets or path.suffix == ".gpkg"


# ------------------------------------------------------------------ names


@dataclass(frozen=True)
class _Names:
    """Ids and references are repaired together, or not at all: each link must hold as it held.

    Parameters
    ----------
    kept
        By layer: ids that stay as they are, since they stand in a file that stays, are referred to
        from one, or would become the id of another record.
    sure
        Whether every file could be read, so that nothing is known to refer to something unseen.
    """

    kept: Mapping[str, frozenset[str]]
    sure: bool = True

    @classmethod
    def of(
        cls,
        read: Sequence[tuple[layer.Parsed, LayerSchema]],
        still: Mapping[Path, LayerSchema],
        *,
        sure: bool,
        chosen: frozenset[str],
    ) -> "_Names":
        kept: dict[str, set[str]] = defaultdict(set)
        for path, of in still.items():
            try:
                found = layer.read(path, of)
            except GxqError:
                sure = False
                continue
            sure = sure and not any(one.severity is Severity.ERROR for one in found.issues)
            for name, target in _naming(of):
                kept[target] |= {t for v in found.frame[name].dropna() for t in _texts(v)}
        for parsed, of in read:
            cell = Cell(of.fields[of.id], is_id=True)
            spelt: dict[str, set[str]] = defaultdict(set)
            for record in parsed.records:
                for text in _texts(record.get(of.id)):
                    spelt[str(_mended(text, cell, chosen)[0])].add(text)
            for several in (texts for texts in spelt.values() if len(texts) > 1):
                kept[of.name] |= several
        return cls({name: frozenset(texts) for name, texts in kept.items()}, sure)

    def hold(self, text: str, cell: Cell, of: LayerSchema) -> bool:
        """Whether a text is such a name, so that it is left alone."""
        target = of.name if cell.is_id else cell.field.ref
        return cell.is_name and (not self.sure or text in self.kept.get(target, ()))


def _naming(of: LayerSchema) -> Iterator[tuple[str, str]]:
    """The fields of a layer that hold ids, and whose ids they hold."""
    yield of.id, of.name
    yield from ((name, one.ref) for name, one in of.fields.items() if one.ref)


# ------------------------------------------------------------------ one file


@dataclass(frozen=True)
class _Work:
    """What is known when a file is repaired: the names that stay, and the repairs to make."""

    names: _Names
    chosen: frozenset[str]


def _plan(path: Path, before: bytes, parsed: layer.Parsed, of: LayerSchema, work: _Work) -> Plan:
    values = list(_of_records(parsed, of, work))
    shapes = list(_of_geometries(parsed, work)) if isinstance(parsed, Document) else []
    formal = canonical_form(parsed, path, of)
    if not values and not shapes:
        after = formal if CANONICAL.slug in work.chosen else before
    else:
        after = canonical_form(_rebuilt(parsed, of, values, shapes), path, of)
    lines = _formatted_lines(before, formal) if after != before else 0
    drafts = sorted(
        [(row, change) for row, _, change in values] + [(row, change) for row, _, change in shapes],
        key=lambda pair: pair[0],
    )
    changes = tuple(_located(change, row, parsed, path, of) for row, change in drafts)
    return Plan(path, before, after, changes, lines)


def _located(change: Change, row: int, parsed: layer.Parsed, path: Path, of: LayerSchema) -> Change:
    record = parsed.records[row]
    line, column = parsed.locate(row, change.at.field)
    feature, name = (str(record.get(key) or "").strip() for key in (of.id, "name_zh"))
    at = replace(change.at, file=str(path), line=line, column=column, layer=of.name, row=row)
    return replace(change, at=replace(at, feature=feature, name=name))


def _formatted_lines(before: bytes, after: bytes) -> int:
    """How many lines of the new text the old one has not; where none, how many are moved."""
    if before == after:
        return 0
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    fresh = sum((Counter(new) - Counter(old)).values())
    return fresh or sum(a != b for a, b in zip(old, new, strict=False)) or 1


def _rebuilt(
    parsed: layer.Parsed,
    of: LayerSchema,
    values: Iterable[tuple[int, Any, Change]],
    shapes: Iterable[tuple[int, Any, Change]],
) -> layer.Parsed:
    """The same file with repaired values and shapes; what else it holds is kept."""
    records = list(parsed.records)
    for row, value, change in values:
        records[row] = {**records[row], change.at.field: value}
    if not isinstance(parsed, Document):
        return replace(parsed, records=records)
    features = list(parsed.features)
    for row in {row for row, _, _ in values}:
        feature = {**features[row], "properties": records[row]}
        if "id" in feature and feature["id"] == parsed.records[row].get(of.id):
            del feature["id"]
        features[row] = feature
    for row, shape, _ in shapes:
        features[row] = {**features[row], "geometry": shape}
    return replace(parsed, features=features)


# ------------------------------------------------------------------ values


def _of_records(
    parsed: layer.Parsed, of: LayerSchema, work: _Work
) -> Iterator[tuple[int, Any, Change]]:
    """Row, new value and change of each value to repair; each text is looked at once."""
    records = list(parsed.records)
    in_table = not isinstance(parsed, Document)
    # What decides another field's domain is repaired first.
    for one in sorted(of.fields.values(), key=lambda one: bool(one.domain_by)):
        name = one.name
        for rows, domain in _contexts(records, one):
            cell = Cell(one, name == of.id, domain, in_table)
            known = {text for row in rows for text in _texts(records[row].get(name), one)}
            mended = {text: made for text in known if (made := _mend(text, cell, of, work))[1]}
            for row in rows if mended else ():
                old = records[row].get(name)
                found = [text for text in _texts(old, one) if text in mended]
                if not found:
                    continue
                new = _put(old, one, {text: mended[text][0] for text in found})
                new = to_text(new) if in_table else new
                slugs = dict.fromkeys(slug for text in found for slug in mended[text][1])
                records[row] = {**records[row], name: new}
                yield row, new, Change(Issue(field=name), tuple(slugs), old, new)


def _contexts(
    records: Sequence[Record], of: Field
) -> Iterator[tuple[Sequence[int], Domain | None]]:
    """Rows, and the values that a field may hold in them."""
    if not of.domain_by:
        yield range(len(records)), schema().domains.get(of.domain)
        return
    deciding = of.domain_by["field"]
    rows: dict[str, list[int]] = defaultdict(list)
    for row, record in enumerate(records):
        rows[str(record.get(deciding))].append(row)
    for value, those in rows.items():
        yield those, schema().domain_of(of, {deciding: value})


def _texts(value: Any, of: Field | None = None) -> Sequence[str]:
    """The texts that a value holds: itself, or its items."""
    if isinstance(value, str):
        return value.split(LIST_SEPARATOR) if of and of.is_list else (value,)
    if isinstance(value, list | tuple) and (of is None or of.is_list):
        return [item for item in value if isinstance(item, str)]
    return ()


def _put(value: Any, of: Field, new: Mapping[str, Any]) -> Any:
    """A value with its texts replaced; what is nothing by now is left out."""
    if not of.is_list:
        return None if new[value] == "" else new[value]
    items = value.split(LIST_SEPARATOR) if isinstance(value, str) else value
    mended = [new.get(item, item) if isinstance(item, str) else item for item in items]
    kept = [one for one, item in zip(mended, items, strict=True) if one != "" or item == ""]
    return LIST_SEPARATOR.join(kept) if isinstance(value, str) else kept


def _mend(text: str, cell: Cell, of: LayerSchema, work: _Work) -> tuple[Any, tuple[str, ...]]:
    if work.names.hold(text, cell, of):
        return text, ()
    return _mended(text, cell, work.chosen)


def _mended(text: str, cell: Cell, chosen: frozenset[str]) -> tuple[Any, tuple[str, ...]]:
    """What a text can only mean, and the slugs of the repairs that made it so."""
    value: Any = text
    slugs = []
    for one in _texts_of(chosen):
        after = one.mend(value, cell) if isinstance(value, str) else value
        # False is not 0, nor 1 True.
        if type(after) is not type(value) or after != value:
            slugs.append(one.slug)
            value = after
    return value, tuple(slugs)


@cache
def _texts_of(chosen: frozenset[str]) -> tuple[Repair, ...]:
    return tuple(one for one in OF_TEXTS if one.slug in chosen)


# ------------------------------------------------------------------ geometries


def _of_geometries(document: Document, work: _Work) -> Iterator[tuple[int, Any, Change]]:
    """Row, new geometry and change of each geometry to repair; only suspects are looked at."""
    if not len(document.geometries):
        return
    # As they will be written: what differs in a further decimal is the same point.
    shapes = shapely.transform(document.geometries, lambda at: np.round(at, rfc7946.DECIMALS))
    suspects = {
        "repeated-points": _repeating(shapes),
        "ring-orientation": rfc7946.wound_wrongly(rfc7946.placed(shapes)),
    }
    mended: dict[int, Any] = {}
    for one in (one for one in OF_SHAPES if one.slug in work.chosen):
        for row in suspects[one.slug]:
            old = mended.get(row) or rounded(document.features[row]["geometry"])
            new, count = one.mend(old)
            if count:
                mended[row] = new
                yield row, new, Change(Issue(field="geometry"), (one.slug,), count=count)


def _repeating(shapes: np.ndarray) -> list[int]:
    """Rows in which two positions that follow each other are the same, or nearly."""
    at, of = shapely.get_coordinates(shapes, return_index=True)
    near = (np.abs(np.diff(at, axis=0)) < 1.5 * 10.0**-rfc7946.DECIMALS).all(axis=1)
    return [int(row) for row in np.unique(of[1:][near & (of[1:] == of[:-1])])]
