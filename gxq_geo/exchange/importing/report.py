"""What a plan of an import says: sentences and tables in one language, and the same as data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import shapely

from gxq_geo import words
from gxq_geo.checks import messages
from gxq_geo.exchange.evidence.crs import Decision
from gxq_geo.exchange.formats import Foreign
from gxq_geo.exchange.importing.incoming import Question
from gxq_geo.exchange.importing.merge import GEOMETRY, Change, is_missing
from gxq_geo.exchange.importing.plan import Plan, TablePlan
from gxq_geo.exchange.source import Loss, Note
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.schemas.dtypes import to_text
from gxq_geo.words.issues import Issue

# The columns of the tables, as keys under ``exchange.column``.
CRS_HEAD = ("candidate", "inside", "away", "offset", "same")
COLUMN_HEAD = ("column", "field", "conversion", "sample")
CHANGE_HEAD = ("record", "field", "old", "new")
LOSS_HEAD = ("content", "count", "where")

Rows = list[tuple[str, ...]]


def head(names: Sequence[str], lang: str) -> list[str]:
    """Return the headings of a table."""
    return [words.text(f"exchange.column.{name}", lang) for name in names]


def message(one: Loss | Note | Question, lang: str) -> str:
    """Return the message of a loss, a note or a question."""
    params = {"where": one.where, "count": getattr(one, "count", 1), **one.params}
    return messages.visible(words.text(f"exchange.{one.kind}", lang, **params))


def file_line(foreign: Foreign, lang: str) -> str:
    """Return the line that names a file and its format."""
    form = words.text(f"exchange.format.{foreign.format}", lang)
    return words.text("exchange.plan.file", lang, path=foreign.path, format=form)


def table_line(table: TablePlan, lang: str) -> str:
    """Return the line that says to which layer a table belongs, and how that was found."""
    incoming = table.incoming
    name, count = incoming.table.name, incoming.table.count or len(incoming.records.rows)
    if incoming.layer is None:
        return words.text("exchange.plan.table-open", lang, table=name, count=count)
    label = words.pick(incoming.layer.label, lang)
    how = "mapping" if incoming.mapping else incoming.why
    why = words.text(f"exchange.plan.layer-{how}", lang)
    layer = incoming.layer.name
    return words.text(
        "exchange.plan.table", lang, table=name, count=count, layer=layer, label=label, why=why
    )


def crs_line(decision: Decision, lang: str) -> str:
    """Return the line that says which CRS a table has, and why."""
    params = {
        "crs": decision.candidate.label if decision.candidate else "",
        "declared": decision.declared,
        "candidates": ", ".join(one.label for one in decision.open),
        "first": decision.open[0].label if decision.open else "",
        "where": "",
    }
    return words.text(f"exchange.crs.{decision.why}", lang, **params)


def crs_rows(decision: Decision, lang: str) -> Rows:
    """Return where each candidate CRS puts the records, the best first."""
    return [
        (
            one.candidate.label,
            f"{one.inside} / {one.total}",
            _metres(one.away_m),
            _metres(one.offset_m),
            ", ".join(one.same_as),
        )
        for one in decision.ranking
    ]


def _metres(value: float) -> str:
    return "" if value != value else f"{value:,.0f}"


def column_rows(table: TablePlan, lang: str) -> Rows:
    """Return the field of each column, its conversion, and the first value as decoded."""
    incoming = table.incoming
    if incoming.layer is None:
        return [(name, "", "", _sample(values)) for name, values in incoming.table.columns.items()]
    return [
        (
            name,
            _field(incoming.layer, target.field, lang),
            f"{target.unit} × {target.factor}" if target.factor not in (None, 1) else target.unit,
            _sample(incoming.table.columns[name]),
        )
        for name, target in incoming.assignment.fields.items()
    ]


def _sample(values: Sequence[Any]) -> str:
    first = next((value for value in values if not is_missing(value)), "")
    return _short(first)


def _field(layer: LayerSchema, name: str, lang: str) -> str:
    if name == GEOMETRY:
        return words.text("exchange.plan.geometry", lang)
    spec = layer.fields.get(name)
    return f"{words.pick(spec.label, lang)} {name}" if spec else name


def merge_line(table: TablePlan, lang: str) -> str:
    """Return the numbers of records added, changed, unchanged, removed, and only in the layer."""
    merge = table.merge
    return words.text(
        "exchange.plan.merge",
        lang,
        added=len(merge.added),
        changed=len(merge.edits),
        values=len(merge.changes),
        unchanged=merge.unchanged,
        removed=len(merge.removed),
        only=len(merge.only_here),
    )


def change_rows(table: TablePlan, lang: str) -> Rows:
    """Return each changed value, old and new."""
    layer = table.incoming.layer
    if layer is None:
        return []
    return [
        (change.id, _field(layer, change.field, lang), *_sides(change, lang))
        for change in table.merge.changes
    ]


def _sides(change: Change, lang: str) -> tuple[str, str]:
    if change.field != GEOMETRY:
        return _short(change.old), _short(change.new)
    moved = words.text("exchange.plan.moved", lang, metres=_moved_m(change.old, change.new))
    return ("", moved)


def _moved_m(old: Any, new: Any) -> str:
    """Return the largest distance between two geometries in metres, approximately."""
    if old is None or old.is_empty:
        return "–"
    return f"{float(shapely.hausdorff_distance(old, new)) * 111_320:,.1f}"


def _short(value: Any) -> str:
    text = to_text(value) if not is_missing(value) else ""
    return messages.visible(text if len(text) <= 60 else f"{text[:57]}…")


def loss_rows(plan: Plan, lang: str) -> Rows:
    """Return everything that is not taken over: what, how many, where."""
    return [(message(loss, lang), f"{loss.count:,}", loss.where) for loss in plan.losses]


def notes(table: TablePlan, lang: str) -> Iterator[str]:
    """Yield the decisions of the reader about a table."""
    for note in table.incoming.table.notes:
        yield message(note, lang)


# ------------------------------------------------------------------ data


def to_data(plan: Plan, lang: str) -> dict[str, Any]:
    """Return a plan as JSON data; messages are in one language, slugs and names in none."""
    return {
        "folder": str(plan.folder),
        "ready": plan.is_ready,
        "layers": [layer.schema.name for layer in plan.layers],
        "tables": [_table_data(table, lang) for table in plan.tables],
        "losses": [{**_said(loss, lang), "count": loss.count} for loss in plan.losses],
        "questions": [_said(question, lang) for question in plan.questions],
        "issues": [_issue_data(issue, lang) for issue in plan.issues],
        "left": [
            {"table": left.table, "place": left.place, "id": left.id}
            | {"issues": [_issue_data(issue, lang) for issue in left.issues]}
            for left in plan.left
        ],
    }


def _said(one: Loss | Note | Question, lang: str) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "where": one.where,
        "params": dict(one.params),
        "message": message(one, lang),
    }


def _issue_data(issue: Issue, lang: str) -> dict[str, Any]:
    return {
        "rule": issue.rule,
        "layer": issue.layer,
        "id": issue.feature,
        "field": issue.field,
        "message": messages.full_message(issue, lang),
    }


def _table_data(table: TablePlan, lang: str) -> dict[str, Any]:
    incoming, merge = table.incoming, table.merge
    layer = incoming.layer
    own = layer.id if layer else ""
    return {
        "file": str(table.file.path),
        "format": table.file.format,
        "table": incoming.table.name,
        "records": incoming.table.count or len(incoming.records.rows),
        "layer": layer.name if layer else None,
        "layer_by": incoming.why,
        "crs": _crs_data(incoming.decision),
        "columns": {
            name: {"field": target.field, "factor": str(target.factor or ""), "unit": target.unit}
            for name, target in incoming.assignment.fields.items()
        },
        "unknown_columns": list(incoming.assignment.unknown),
        "notes": [_said(note, lang) for note in (*table.file.notes, *incoming.table.notes)],
        "added": [record.get(own) for record in merge.added.values()],
        "changes": [_change_data(change) for change in merge.changes],
        "unchanged": merge.unchanged,
        "removed": len(merge.removed),
        "only_here": list(merge.only_here),
    }


def _change_data(change: Change) -> dict[str, Any]:
    if change.field == GEOMETRY:
        return {"id": change.id, "field": GEOMETRY, "moved_m": _moved_m(change.old, change.new)}
    return {"id": change.id, "field": change.field, "old": change.old, "new": change.new}


def _crs_data(decision: Decision | None) -> Mapping[str, Any] | None:
    if decision is None:
        return None
    return {
        "crs": decision.candidate.label if decision.candidate else None,
        "why": decision.why,
        "declared": decision.declared,
        "open": [one.label for one in decision.open],
        "ranking": [
            {
                "crs": one.candidate.label,
                "inside": one.inside,
                "of": one.total,
                "away_m": _number(one.away_m),
                "offset_m": _number(one.offset_m),
                "same_as": list(one.same_as),
            }
            for one in decision.ranking
        ],
    }


def _number(value: float) -> float | None:
    return round(value, 3) if abs(value) < float("inf") else None


def layer_names(plan: Plan, lang: str) -> str:
    """Return the labels of the layers that change."""
    known = schema().layers
    return ", ".join(words.pick(known[one.schema.name].label, lang) for one in plan.layers)
