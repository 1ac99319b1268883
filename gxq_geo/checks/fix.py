"""Plan and write repairs of layer files, where only one correction is possible.

The repairs themselves are in `gxq_geo.checks.file_repairs` and `gxq_geo.checks.repairs`. They work
on raw rows and records, so that unknown fields and values that do not fit their field are kept.
Only `Plan.apply` writes a file.
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

from gxq_geo.checks.file_repairs import FILE_REPAIRS, Edit, Opened, open_file
from gxq_geo.checks.repairs import NO_TARGETS, SHAPE_REPAIRS, TEXT_REPAIRS, Cell, Repair, Targets
from gxq_geo.formats import files, geopackage, rfc7946
from gxq_geo.formats.csv_table import Table
from gxq_geo.formats.geojson import Document, rounded
from gxq_geo.formats.geopackage import Package
from gxq_geo.rules.common import stands_once
from gxq_geo.schemas import Field, LayerSchema, Spellings, schema
from gxq_geo.schemas.dtypes import LIST_SEPARATOR, to_text
from gxq_geo.schemas.normalise import fold
from gxq_geo.words.errors import BadLayerError, FileError, GxqError
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import layer

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One repair of one record, or of a file as a whole.

    Parameters
    ----------
    at
        The file, line, column, layer, record and field; without a field for a file as a whole.
    repairs
        Slugs of the repairs applied, in order.
    old, new
        The value in the file and the repaired value; None for a geometry.
    count
        The number of positions or rings of a geometry, or of rows, that were repaired.
    """

    at: Issue
    repairs: tuple[str, ...]
    old: Any = None
    new: Any = None
    count: int = 0


@dataclass(frozen=True)
class Plan:
    """The repairs of one file.

    Parameters
    ----------
    path
        The file.
    before, after
        Its bytes before and after the repairs.
    changes
        The changes, ordered by row.
    lines
        The number of lines that the canonical form alone changes.
    """

    path: Path
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    changes: tuple[Change, ...] = ()
    lines: int = 0

    def apply(self) -> None:
        """Write the file atomically, unless it has changed since it was read or is open in QGIS.

        Raises
        ------
        FileError
            If the file has changed, even to the same contents, or cannot be written.
        """
        if self.path.suffix.lower() == ".gpkg":
            geopackage.refuse_if_open(self.path)
        before = files.fingerprint(self.before)
        if not files.write_bytes(self.path, self.after, expected=before):
            raise FileError("changed", path=self.path)


@dataclass(frozen=True)
class Plans:
    """The plans of a folder: files to change, and errors of unreadable files."""

    plans: tuple[Plan, ...] = ()
    errors: tuple[GxqError, ...] = ()


def canonical_form(parsed: layer.Parsed, path: Path, layer_schema: LayerSchema) -> bytes:
    """A file is in canonical form: one record a line, fields and records in order."""
    return layer.canonical(parsed, path, layer_schema)


CANONICAL = Repair("canonical-form", str(canonical_form.__doc__), canonical_form)
REPAIRS = (*FILE_REPAIRS, *TEXT_REPAIRS, *SHAPE_REPAIRS, CANONICAL)


def choose(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> frozenset[str]:
    """Return the slugs of the selected repairs, by default all, without the ignored ones.

    Raises
    ------
    GxqError
        If there is no such repair.
    """
    known = [repair.slug for repair in REPAIRS]
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
    """Plan the repairs of some layer files of a folder; nothing is written.

    Parameters
    ----------
    targets
        The files to repair. In a GeoPackage only values are repaired, and stored in place; its
        geometries stay, since QGIS needs no ring orientation and no rounded coordinates.
    others
        Further layers of the folder, which stay unchanged.
    wanted
        Slugs of the repairs to make, as `choose` returns them; all by default. Each file that is
        written is in canonical form; without that repair, no file is written for its form alone.
    """
    chosen = choose() if wanted is None else wanted
    unchanged = {
        path: layer_schema
        for path, layer_schema in {**targets, **(others or {})}.items()
        if path not in targets
    }
    opened: dict[Path, Opened] = {}
    errors: list[GxqError] = []
    for path in targets.keys() - unchanged.keys():
        try:
            one = open_file(path, targets[path], chosen)
            opened[path] = replace(one, parsed=_decoded(one.parsed))
        except GxqError as error:
            errors.append(error)
    read = [(one.parsed, targets[path]) for path, one in opened.items()]
    job = _Job.of(read, unchanged, all_read=not errors, chosen=chosen)
    plans = []
    for path in sorted(opened):
        try:
            plans.append(_plan(path, opened[path], targets[path], job))
        except GxqError as error:
            errors.append(error)
    return Plans(tuple(p for p in plans if p.after != p.before), tuple(errors))


def _decoded(parsed: layer.Parsed) -> layer.Parsed:
    """Decode the features of a document once: otherwise each access decodes them again."""
    if isinstance(parsed, Document):
        return replace(parsed, features=list(parsed.features))
    return parsed


# ------------------------------------------------------------------ ids


@dataclass(frozen=True)
class _FixedIds:
    """Ids that no repair may change, so that every reference still finds its record.

    Parameters
    ----------
    by_layer
        By layer, the ids that are in a file that stays unchanged, to which such a file refers, or
        that would become equal to the id of another record.
    all_read
        Whether every file could be read. If not, no id is changed: an unread file may refer to it.
    """

    by_layer: Mapping[str, frozenset[str]]
    all_read: bool = True

    def holds(self, text: str, cell: Cell, layer_schema: LayerSchema) -> bool:
        """Return whether a text in a cell is an id that stays, or a reference to one."""
        target = layer_schema.name if cell.is_id else cell.field.ref
        return cell.holds_id and (not self.all_read or text in self.by_layer.get(target, ()))


def _colliding_ids(
    parsed: layer.Parsed, layer_schema: LayerSchema, chosen: frozenset[str]
) -> set[str]:
    """Return the ids of a file that repairs would make equal to each other."""
    cell = Cell(layer_schema.fields[layer_schema.id], is_id=True)
    originals: dict[str, set[str]] = defaultdict(set)
    for record in parsed.records:
        for text in _texts(record.get(layer_schema.id)):
            originals[str(_repaired(text, cell, chosen)[0])].add(text)
    return set().union(*(texts for texts in originals.values() if len(texts) > 1))


def _id_fields(layer_schema: LayerSchema) -> Iterator[tuple[str, str]]:
    """Yield the fields of a layer that hold ids, each with the layer of these ids."""
    yield layer_schema.id, layer_schema.name
    yield from ((name, field_.ref) for name, field_ in layer_schema.fields.items() if field_.ref)


# ------------------------------------------------------------------ one file


@dataclass(frozen=True)
class _Job:
    """What the repair of each file needs.

    Parameters
    ----------
    fixed_ids
        The ids that stay.
    targets
        By layer, the records to which others may refer.
    chosen
        The repairs to make.
    """

    fixed_ids: _FixedIds
    targets: Mapping[str, Targets]
    chosen: frozenset[str]

    @classmethod
    def of(
        cls,
        read: Sequence[tuple[layer.Parsed, LayerSchema]],
        unchanged: Mapping[Path, LayerSchema],
        *,
        all_read: bool,
        chosen: frozenset[str],
    ) -> "_Job":
        fixed: dict[str, set[str]] = defaultdict(set)
        records: list[tuple[Sequence[Mapping[Any, Any]], LayerSchema]] = [
            (parsed.records, layer_schema) for parsed, layer_schema in read
        ]
        for path, layer_schema in unchanged.items():
            try:
                found = layer.read(path, layer_schema)
            except GxqError:
                all_read = False
                continue
            failed = any(issue.severity is Severity.ERROR for issue in found.issues)
            all_read = all_read and not failed
            for name, target in _id_fields(layer_schema):
                fixed[target] |= {t for v in found.frame[name].dropna() for t in _texts(v)}
            records.append((found.frame.to_dict("records"), layer_schema))
        for parsed, layer_schema in read:
            fixed[layer_schema.name] |= _colliding_ids(parsed, layer_schema, chosen)
        fixed_ids = _FixedIds({name: frozenset(ids) for name, ids in fixed.items()}, all_read)
        draft = cls(fixed_ids, {}, chosen)
        return replace(draft, targets={of.name: draft._targets(some, of) for some, of in records})

    def _targets(self, records: Sequence[Record], layer_schema: LayerSchema) -> Targets:
        """Return the records of a layer, with the ids that they will have."""
        cell = Cell(layer_schema.fields[layer_schema.id], is_id=True)
        by_name: dict[str, set[str]] = defaultdict(set)
        ids = set()
        for record in records:
            for text in _texts(record.get(layer_schema.id)):
                own = str(_repair(text, cell, layer_schema, self)[0])
                ids.add(own)
                for name in ("name_zh", "name_en"):
                    by_name[fold("".join(_texts(record.get(name))))].add(own)
        names = {name: next(iter(own)) for name, own in by_name.items() if name and len(own) == 1}
        return Targets(frozenset(ids), names)


def _plan(path: Path, opened: Opened, layer_schema: LayerSchema, job: _Job) -> Plan:
    parsed, before = opened.parsed, opened.before
    _refuse_merged_cells(path, parsed, layer_schema, job)
    values = list(_value_repairs(parsed, layer_schema, job))
    shapes = list(_shape_repairs(parsed, job)) if isinstance(parsed, Document) else []
    formatted = canonical_form(parsed, path, layer_schema)
    if values or shapes:
        repaired = _with_repairs(parsed, layer_schema, values, shapes)
        after = canonical_form(repaired, path, layer_schema)
    else:
        after = formatted if opened.edits or CANONICAL.slug in job.chosen else before
    changed = after != before
    lines = _count_formatted(parsed, layer_schema, opened.basis, formatted) if changed else 0
    drafts = sorted(
        [(row, change) for row, _, change in values] + [(row, change) for row, _, change in shapes],
        key=lambda pair: pair[0],
    )
    whole = (_change_of_file(edit, path, layer_schema) for edit in opened.edits)
    records = (_located(change, row, parsed, path, layer_schema) for row, change in drafts)
    return Plan(path, before, after, (*whole, *records), lines)


def _refuse_merged_cells(
    path: Path, parsed: layer.Parsed, layer_schema: LayerSchema, job: _Job
) -> None:
    """Refuse to sort the rows of a table by which blanks stand below the value of merged cells."""
    if isinstance(parsed, Document) or _is_sorted(parsed.records, layer_schema.id):
        return
    for field_ in (f for f in layer_schema.fields.values() if f.type in ("ref", "choice")):
        values = [value for record in parsed.records if (value := record.get(field_.name))]
        targets = job.targets.get(field_.ref, NO_TARGETS)
        possible = len(targets.ids) if field_.ref else len(schema().values_of(field_))
        if stands_once(values, parsed.count, possible=possible):
            raise BadLayerError("merged-cells", path=path, field=field_.name)


def _is_sorted(records: Sequence[Record], id_field: str) -> bool:
    ids = [str(record.get(id_field) or "") for record in records]
    return ids == sorted(ids)


def _change_of_file(edit: Edit, path: Path, layer_schema: LayerSchema) -> Change:
    at = Issue(file=str(path), line=edit.line, layer=layer_schema.name)
    return Change(at, (edit.repair,), edit.old, edit.new, edit.count)


def _located(
    change: Change, row: int, parsed: layer.Parsed, path: Path, layer_schema: LayerSchema
) -> Change:
    record = parsed.records[row]
    line, column = parsed.locate(row, change.at.field)
    feature, name = (str(record.get(key) or "").strip() for key in (layer_schema.id, "name_zh"))
    at = replace(
        change.at, file=str(path), line=line, column=column, layer=layer_schema.name, row=row
    )
    return replace(change, at=replace(at, feature=feature, name=name))


def _count_formatted(
    parsed: layer.Parsed, layer_schema: LayerSchema, before: bytes, after: bytes
) -> int:
    """Count the records whose form changes: lines that are new, or that moved where none is."""
    if before == after:
        return 0
    if isinstance(parsed, Package):
        return geopackage.count_changed(parsed, layer_schema)
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    added = sum((Counter(new) - Counter(old)).values())
    return added or sum(a != b for a, b in zip(old, new, strict=False)) or 1


def _with_repairs(
    parsed: layer.Parsed,
    layer_schema: LayerSchema,
    values: Iterable[tuple[int, Any, Change]],
    shapes: Iterable[tuple[int, Any, Change]],
) -> layer.Parsed:
    """Return a file with repaired values and geometries; all other content is kept."""
    records = list(parsed.records)
    for row, value, change in values:
        records[row] = {**records[row], change.at.field: value}
    if isinstance(parsed, Package):
        return parsed.with_records(records)
    if isinstance(parsed, Table):
        return replace(parsed, records=records)
    features = list(parsed.features)
    for row in {row for row, _, _ in values}:
        feature = {**features[row], "properties": records[row]}
        if "id" in feature and feature["id"] == parsed.records[row].get(layer_schema.id):
            del feature["id"]
        features[row] = feature
    for row, shape, _ in shapes:
        features[row] = {**features[row], "geometry": shape}
    return replace(parsed, features=features)


# ------------------------------------------------------------------ values


def _value_repairs(
    parsed: layer.Parsed, layer_schema: LayerSchema, job: _Job
) -> Iterator[tuple[int, Any, Change]]:
    """Yield row, new value and change of each value to repair."""
    records = list(parsed.records)
    in_table = isinstance(parsed, Table)
    # A field that decides the domain of another one is repaired first.
    for field_ in sorted(layer_schema.fields.values(), key=lambda field_: bool(field_.domain_by)):
        for rows, spellings in _rows_by_spellings(records, field_):
            targets = job.targets.get(field_.ref, NO_TARGETS)
            cell = Cell(field_, field_.name == layer_schema.id, spellings, in_table, targets)
            # Each distinct text is repaired once.
            texts = {t for row in rows for t in _texts(records[row].get(field_.name), field_)}
            results = {text: _repair(text, cell, layer_schema, job) for text in texts}
            repaired = {text: result for text, result in results.items() if result[1]}
            for row in rows if repaired else ():
                change = _value_change(records[row].get(field_.name), cell, repaired)
                if change:
                    records[row] = {**records[row], field_.name: change.new}
                    yield row, change.new, change


def _value_change(
    old: Any, cell: Cell, repaired: Mapping[str, tuple[Any, tuple[str, ...]]]
) -> Change | None:
    """Return the change of a value that holds repaired texts; None where it holds none."""
    found = [text for text in _texts(old, cell.field) if text in repaired]
    if not found:
        return None
    new = _replace_texts(old, cell.field, {text: repaired[text][0] for text in found})
    new = to_text(new) if cell.in_table else new
    slugs = dict.fromkeys(slug for text in found for slug in repaired[text][1])
    return Change(Issue(field=cell.field.name), tuple(slugs), old, new)


def _rows_by_spellings(
    records: Sequence[Record], field_: Field
) -> Iterator[tuple[Sequence[int], Spellings | None]]:
    """Yield groups of rows, each with the values, and their spellings, that a field may hold."""
    if not field_.domain_by:
        yield range(len(records)), schema().spellings_of(field_, {})
        return
    deciding = field_.domain_by["field"]
    rows: dict[str, list[int]] = defaultdict(list)
    for row, record in enumerate(records):
        rows[str(record.get(deciding))].append(row)
    for value, group in rows.items():
        yield group, schema().spellings_of(field_, {deciding: value})


def _texts(value: Any, field_: Field | None = None) -> Sequence[Any]:
    """Return the texts in a value: itself, or the items of a list; and a number for a yes or no."""
    if field_ and field_.type == "boolean" and type(value) in (int, float):
        return (value,)
    if isinstance(value, str):
        return value.split(LIST_SEPARATOR) if field_ and field_.is_list else (value,)
    if isinstance(value, list | tuple) and (field_ is None or field_.is_list):
        return [item for item in value if isinstance(item, str)]
    return ()


def _replace_texts(value: Any, field_: Field, new: Mapping[str, Any]) -> Any:
    """Return a value with texts replaced; items that become empty are removed."""
    if not field_.is_list:
        return None if new[value] == "" else new[value]
    items = value.split(LIST_SEPARATOR) if isinstance(value, str) else value
    replaced = [new.get(item, item) if isinstance(item, str) else item for item in items]
    kept = [now for now, item in zip(replaced, items, strict=True) if now != "" or item == ""]
    if isinstance(value, str):
        return LIST_SEPARATOR.join(kept)
    # An item that was several is taken apart.
    apart = (now.split(LIST_SEPARATOR) if now in new.values() else [now] for now in kept)
    return [item for items_ in apart for item in items_]


def _repair(
    text: Any, cell: Cell, layer_schema: LayerSchema, job: _Job
) -> tuple[Any, tuple[str, ...]]:
    if job.fixed_ids.holds(text, cell, layer_schema):
        return text, ()
    return _repaired(text, cell, job.chosen)


def _repaired(text: Any, cell: Cell, chosen: frozenset[str]) -> tuple[Any, tuple[str, ...]]:
    """Return the repaired value of a text and the slugs of the repairs that changed it."""
    value: Any = text if isinstance(text, str) else to_text(text)
    slugs = []
    for repair in _text_repairs(chosen):
        after = repair.apply(value, cell) if isinstance(value, str) else value
        # In Python False == 0 and True == 1: the types are compared too.
        if type(after) is not type(value) or after != value:
            slugs.append(repair.slug)
            value = after
    return (value if slugs else text), tuple(slugs)


@cache
def _text_repairs(chosen: frozenset[str]) -> tuple[Repair, ...]:
    return tuple(repair for repair in TEXT_REPAIRS if repair.slug in chosen)


# ------------------------------------------------------------------ geometries


def _shape_repairs(document: Document, job: _Job) -> Iterator[tuple[int, Any, Change]]:
    """Yield row, new geometry and change of each geometry to repair."""
    if not len(document.geometries):
        return
    # Rounded as they will be written: points that differ in further decimals are equal.
    shapes = shapely.transform(document.geometries, lambda at: np.round(at, rfc7946.DECIMALS))
    suspects = {
        "repeated-points": _rows_with_repeated_points(shapes),
        "ring-orientation": rfc7946.wrong_winding(rfc7946.within_globe(shapes)),
    }
    repaired: dict[int, Any] = {}
    for repair in (repair for repair in SHAPE_REPAIRS if repair.slug in job.chosen):
        for row in suspects[repair.slug]:
            old = repaired.get(row) or rounded(document.features[row]["geometry"])
            new, count = repair.apply(old)
            if count:
                repaired[row] = new
                yield row, new, Change(Issue(field="geometry"), (repair.slug,), count=count)


def _rows_with_repeated_points(shapes: np.ndarray) -> list[int]:
    """Return the rows in which two consecutive positions are equal within one rounding step."""
    positions, rows = shapely.get_coordinates(shapes, return_index=True)
    near = (np.abs(np.diff(positions, axis=0)) < 1.5 * 10.0**-rfc7946.DECIMALS).all(axis=1)
    return [int(row) for row in np.unique(rows[1:][near & (rows[1:] == rows[:-1])])]
