"""Plan an import: read files, interpret their tables, merge them, check the result.

Nothing is written before `Plan.apply`, which writes all layers or none.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gxq_geo.checks import check, errors_only, trial
from gxq_geo.exchange.formats import Foreign
from gxq_geo.exchange.importing import mapping
from gxq_geo.exchange.importing.incoming import Incoming, Question, Statements, interpret
from gxq_geo.exchange.importing.mapping import TableMapping
from gxq_geo.exchange.importing.merge import Merge, Records, merge
from gxq_geo.exchange.importing.stored import Stored
from gxq_geo.exchange.source import Loss, SourceTable
from gxq_geo.formats import files, gc_pause
from gxq_geo.schemas import schema
from gxq_geo.words.issues import Issue, Report, Severity
from gxq_geo.zone import Zone, open_zone


@dataclass(frozen=True)
class TablePlan:
    """What becomes of one table of a file.

    Parameters
    ----------
    file
        The file.
    incoming
        The table as records of a layer.
    merge
        The merge into the layer; empty while a question is open.
    """

    file: Foreign
    incoming: Incoming
    merge: Merge = field(default_factory=Merge)

    @property
    def losses(self) -> tuple[Loss, ...]:
        """Everything of the table that is not taken over."""
        table = self.incoming.table
        kept = (Loss("loss.empty-cell", self.merge.kept, table.name),) if self.merge.kept else ()
        return (
            *self.incoming.losses,
            *kept,
            *(Loss("loss.repeated-id", n, one) for one, n in self.merge.repeated.items()),
            *(Loss("loss.without-id", 1, table.place(row)) for row in self.merge.unidentified),
        )

    @property
    def questions(self) -> tuple[Question, ...]:
        """What has to be decided before the table can be imported."""
        conflicts = tuple(
            Question(
                "question.conflict",
                conflict.id,
                {
                    "field": conflict.field,
                    **{
                        side: str(getattr(conflict, side))[:80]
                        for side in ("base", "ours", "theirs")
                    },
                },
            )
            for conflict in self.merge.conflicts
        )
        return self.incoming.questions + conflicts


@dataclass(frozen=True, slots=True)
class Left:
    """A record that is left out, since the check of the result has an error for it."""

    table: str
    place: str
    id: str
    issues: tuple[Issue, ...]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """The plan of an import.

    Parameters
    ----------
    folder
        The zone's folder.
    tables
        The tables of all files.
    layers
        The layers that change, with the edits.
    issues
        The errors that the check of the result has and the zone has not.
    left
        The records left out since the result would have errors for them.
    """

    folder: Path
    tables: tuple[TablePlan, ...] = ()
    layers: tuple[Stored, ...] = ()
    issues: tuple[Issue, ...] = ()
    left: tuple[Left, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """What has to be decided first."""
        return tuple(question for table in self.tables for question in table.questions)

    @property
    def losses(self) -> tuple[Loss, ...]:
        """Everything that is not taken over."""
        whole = {id(table.file): table.file.losses for table in self.tables}
        own = tuple(loss for table in self.tables for loss in table.losses)
        return tuple(loss for losses in whole.values() for loss in losses) + own

    @property
    def is_ready(self) -> bool:
        """Whether the plan can be applied: no question is open, and the result has no new error."""
        return not (self.questions or self.issues)

    def apply(self) -> None:
        """Write the layers, all or none.

        Raises
        ------
        FileError
            If a layer cannot be written, or has changed since it was read.
        """
        files.write_all([layer.write() for layer in self.layers])


@gc_pause.paused()
def plan(
    foreign: Sequence[Foreign],
    folder: Path,
    stated: Statements | None = None,
    *,
    leave_out: bool = False,
) -> Plan:
    """Plan the import of files into a zone.

    Parameters
    ----------
    foreign
        The files, as `gxq_geo.exchange.formats.read` returns them.
    folder
        The zone's folder.
    stated
        What the user states; it holds for each file.
    leave_out
        Whether records for which the result would have errors are left out, instead of refusing
        the import.

    Raises
    ------
    GxqError
        If the folder is not a zone, one of its layers cannot be read, or a statement is wrong.
    """
    zone = open_zone(folder, partial=True)
    statements = stated or Statements()
    mappings = mapping.read_all(folder)
    found = [
        (one, incoming)
        for one in foreign
        for incoming in _incoming(one, zone, statements, mappings)
    ]
    draft = _merged(found, folder)
    if draft.questions or not draft.layers:
        return draft
    errors = _new_errors(draft)
    if not errors or not leave_out:
        return replace(draft, issues=errors)
    kept, left = _without(found, errors)
    again = replace(_merged(kept, folder), left=left)
    return replace(again, issues=_new_errors(again))


def _incoming(
    one: Foreign, zone: Zone, stated: Statements, mappings: Sequence[TableMapping]
) -> Iterator[Incoming]:
    """Interpret the tables of a file; one that gxq exported has its layers already."""
    for table in one.tables:
        statements, found = mapping.with_mapping(stated, table, mappings)
        incoming = interpret(table, one.path.stem, zone, statements)
        yield replace(incoming, mapping=found.path if found else None)
    layers = schema().layers
    for returned in one.returned:
        table = SourceTable(returned.layer, {})
        records = Records(returned.rows, returned.shapes)
        yield Incoming(
            table,
            layers[returned.layer],
            "exported",
            records=records,
            base=returned.base,
            stated=stated,
        )


def _merged(found: Iterable[tuple[Foreign, Incoming]], folder: Path) -> Plan:
    """Merge each table into its layer, one after the other."""
    stored: dict[str, Stored] = {}
    tables = []
    for one, incoming in found:
        if incoming.layer is None or incoming.questions:
            tables.append(TablePlan(one, incoming))
            continue
        name = incoming.layer.name
        here = stored.get(name) or Stored.open(folder, incoming.layer)
        result = merge(
            incoming.layer,
            here.records,
            incoming.records,
            base=incoming.base,
            resolution=incoming.stated.resolution,
            decided=incoming.stated.decided,
            constants=incoming.constants,
        )
        stored[name] = here.edited(result)
        tables.append(TablePlan(one, incoming, result))
    changed = tuple(layer for layer in stored.values() if layer.is_edited)
    return Plan(folder, tuple(tables), changed)


# ------------------------------------------------------------------ the check of the result


def _new_errors(draft: Plan) -> tuple[Issue, ...]:
    """Return the errors that the zone has after the import and not before."""
    changed = {layer.path: layer.data for layer in draft.layers}
    after = _errors(_checked(draft.folder, changed))
    if not after:
        return ()
    before = Counter(map(_key, _errors(_checked(draft.folder, {}))))
    new = []
    for issue in after:
        key = _key(issue)
        if before[key]:
            before[key] -= 1
        else:
            new.append(issue)
    return tuple(new)


def _checked(folder: Path, changed: Mapping[Path, bytes]) -> Report:
    with trial.changed_copy(folder, changed) as copy:
        zone: Zone = replace(open_zone(copy, partial=True), folder=folder)
        return check(zone, choice=errors_only(zone))


def _errors(report: Report) -> list[Issue]:
    return [issue for issue in report if issue.severity is Severity.ERROR]


def _key(issue: Issue) -> tuple[str, ...]:
    """What stays of an issue when lines move: everything but its position in the file."""
    return (issue.rule, issue.layer, issue.feature, issue.field, issue.value)


def _without(
    found: Sequence[tuple[Foreign, Incoming]], errors: Sequence[Issue]
) -> tuple[list[tuple[Foreign, Incoming]], tuple[Left, ...]]:
    """Return the tables without the records that have errors, and these records."""
    by_record: dict[tuple[str, str], list[Issue]] = {}
    for issue in errors:
        by_record.setdefault((issue.layer, issue.feature), []).append(issue)
    kept, left = [], []
    for one, incoming in found:
        if incoming.layer is None:
            kept.append((one, incoming))
            continue
        rows = []
        for row, record in enumerate(incoming.records.rows):
            identity = str(record.get(incoming.layer.id) or "")
            issues = by_record.get((incoming.layer.name, identity), [])
            if issues:
                place = incoming.table.place(row)
                left.append(Left(incoming.table.name, place, identity, tuple(issues), record))
            else:
                rows.append(row)
        kept.append((one, replace(incoming, records=_taken(incoming.records, rows))))
    return kept, tuple(left)


def _taken(records: Records, rows: Sequence[int]) -> Records:
    shapes = None if records.shapes is None else records.shapes[list(rows)]
    return Records([records.rows[row] for row in rows], shapes)
