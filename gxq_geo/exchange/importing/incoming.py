"""A foreign table in the terms of a layer: its layer, fields, values and places, with evidence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gxq_geo.exchange.evidence import references
from gxq_geo.exchange.evidence.columns import Assignment, assign
from gxq_geo.exchange.evidence.crs import (
    Candidate,
    Decision,
    Witnesses,
    convert,
    decide,
    stated_candidate,
)
from gxq_geo.exchange.evidence.values import convert as convert_values
from gxq_geo.exchange.importing.merge import Record, Records, Resolution
from gxq_geo.exchange.source import Geometries, Loss, SourceTable
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.schemas.normalise import fold
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone

# The best layer has at least this many fields among the columns, and more than any other layer.
_LEAST_FIELDS = 2


@dataclass(frozen=True, slots=True)
class Statements:
    """What the user states about the files of an import.

    Parameters
    ----------
    layer
        The layer to which the records belong.
    crs
        The CRS of the coordinates, as `gxq_geo.exchange.evidence.crs.stated_candidate` reads it.
    params
        Three or seven parameters from an old datum to CGCS2000.
    columns
        The field of a column; empty to leave the column out.
    constants
        The value of a field for new and changed records that have none in the file.
    id
        The column that has the ids.
    resolution, decided
        What to do with values that both sides have changed; and the same by id and field.
    """

    layer: str = ""
    crs: str = ""
    params: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    id: str = ""
    resolution: Resolution = "ask"
    decided: Mapping[tuple[str, str], Resolution] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What only the user can decide; the message is under ``exchange.<kind>``.

    Parameters
    ----------
    kind
        Selects the message.
    where
        The table or column concerned.
    params
        The parameters of the message.
    """

    kind: str
    where: str = ""
    params: Mapping[str, str | int | float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Incoming:
    """The records of a foreign table as records of a layer.

    Parameters
    ----------
    table
        The table.
    layer
        The layer; None if it is not known.
    why
        How the layer was found: ``stated``, ``name`` or ``columns``.
    assignment
        The field of each column.
    decision
        The CRS; None for a table without geometries.
    records
        The records; empty while a question is open.
    losses, questions
        What is not taken over, and what has to be decided first.
    constants
        The stated constants as raw values of the layer's fields.
    base
        The records as they were exported, by id; None if the file has no such base.
    stated
        The statements that were used.
    mapping
        The mapping file from which some of them come; None without one.
    """

    table: SourceTable
    layer: LayerSchema | None = None
    why: str = ""
    assignment: Assignment = field(default_factory=lambda: Assignment({}))
    decision: Decision | None = None
    records: Records = field(default_factory=lambda: Records(()), repr=False)
    losses: tuple[Loss, ...] = ()
    questions: tuple[Question, ...] = ()
    constants: Record = field(default_factory=dict)
    base: Mapping[str, Record] | None = field(default=None, repr=False)
    stated: Statements = field(default_factory=Statements, repr=False)
    mapping: Path | None = None


def interpret(table: SourceTable, stem: str, zone: Zone, stated: Statements) -> Incoming:
    """Interpret a table as records of a layer of a zone.

    Parameters
    ----------
    table
        The table.
    stem
        The name of its file, without suffix.
    zone
        The zone into which it is imported.
    stated
        What the user states.
    """
    layer, why = find_layer(table, stem, stated)
    if layer is None:
        asked = Question("question.layer", table.name, {"columns": ", ".join(table.columns)})
        questions = (asked,) if table.count else ()  # Without records there is nothing to decide.
        return Incoming(table, questions=questions, losses=table.losses, stated=stated)
    return _Interpreter(table, layer, zone, stated).result(why)


# ------------------------------------------------------------------ the layer


def find_layer(table: SourceTable, stem: str, stated: Statements) -> tuple[LayerSchema | None, str]:
    """Return the layer of a table, and how it was found; None if the evidence does not decide."""
    layers = schema().layers
    if stated.layer:
        return layers[stated.layer], "stated"
    fitting = [one for one in layers.values() if _fits(table, one)]
    for name in (table.name, stem):
        named = [one for one in fitting if _is_named(name, one)]
        if len(named) == 1:
            return named[0], "name"
    counts = {one.name: len(assign(table, one).fields) for one in fitting}
    most = max(counts.values(), default=0)
    best = [name for name, count in counts.items() if count == most]
    if most >= _LEAST_FIELDS and len(best) == 1:
        return layers[best[0]], "columns"
    return None, ""


def _fits(table: SourceTable, layer: LayerSchema) -> bool:
    """Whether the geometries of a table are of a layer's types; a table may also lack them."""
    if table.geometries is None:
        return True
    kinds = {str(shape.geom_type) for shape in table.geometries if shape is not None}
    return not layer.is_table and all(
        {kind, f"Multi{kind}", kind.removeprefix("Multi")} & set(layer.geometry) for kind in kinds
    )


def _is_named(name: str, layer: LayerSchema) -> bool:
    """Whether a name is that of a layer, or has its label as a part: 地块台账 is of 地块."""
    folded = fold(name)
    labels = {fold(label) for label in (layer.name, *layer.label.values())}
    return folded in labels or any(label in folded for label in labels if len(label) > 1)


# ------------------------------------------------------------------ the records


class _Interpreter:
    """Interprets a table whose layer is known."""

    def __init__(
        self, table: SourceTable, layer: LayerSchema, zone: Zone, stated: Statements
    ) -> None:
        self.table, self.layer, self.zone, self.stated = table, layer, zone, stated
        self.losses = list(table.losses)
        self.questions: list[Question] = []

    def result(self, why: str) -> Incoming:
        columns = {**self.stated.columns, **self._id_column()}
        assignment = assign(self.table, self.layer, stated=columns)
        self.losses += assignment.losses
        self.losses += (Loss("loss.unknown-column", 1, name) for name in assignment.unknown)
        self.questions += (
            Question(one.kind, self.table.name, one.params) for one in assignment.open
        )
        rows = self._rows(assignment)
        decision, shapes = self._placed(rows)
        return Incoming(
            self.table,
            self.layer,
            why,
            assignment,
            decision,
            Records(rows, shapes),
            tuple(self.losses),
            tuple(self.questions),
            self._constants(),
            stated=self.stated,
        )

    def _id_column(self) -> dict[str, str]:
        if not self.stated.id:
            return {}
        if self.stated.id not in self.table.columns:
            known = ", ".join(self.table.columns)
            raise GxqError("no-such-column", column=self.stated.id, known=known)
        return {self.stated.id: self.layer.id}

    def _constants(self) -> Record:
        """Return the stated constants as raw values.

        Raises
        ------
        GxqError
            If the layer has no such field, or the value does not fit it.
        """
        found: dict[str, Any] = {}
        for name, text in self.stated.constants.items():
            if name not in self.layer.fields:
                known = ", ".join(self.layer.fields)
                raise GxqError("no-such-field", field=name, known=known)
            (value,), losses = convert_values([text], self.layer.fields[name], schema())
            if losses or value is None:
                raise GxqError("bad-constant", field=name, value=text)
            found[name] = value
        return found

    def _rows(self, assignment: Assignment) -> list[Record]:
        """Convert the values of each assigned column; those that decide a domain come first."""
        count = self.table.count
        rows: list[dict[str, Any]] = [{} for _ in range(count)]
        known = schema()
        targets = sorted(
            assignment.fields.items(),
            key=lambda item: bool(self.layer.fields[item[1].field].domain_by),
        )
        for name, target in targets:
            spec = self.layer.fields[target.field]
            values, losses = convert_values(
                self.table.columns[name],
                spec,
                known,
                factor=target.factor,
                records=rows if spec.domain_by else (),
                places=self.table.places,
                column=name,
            )
            self.losses += losses
            if spec.ref:
                values = self._ids(values, spec.name)
            for row, value in zip(rows, values, strict=True):
                row[target.field] = value
        order = list(self.layer.fields)
        return [{name: row[name] for name in order if name in row} for row in rows]

    def _ids(self, values: Sequence[Any], name: str) -> list[Any]:
        """Replace names of records by their ids; what names no record stays, for the check."""
        spec = self.layer.fields[name]
        ids, unresolved = references.resolve(values, spec, self.zone)
        for one in unresolved:
            ids[one.row] = values[one.row]
        return ids

    # -------------------------------------------------------------- geometry

    def _placed(self, rows: Sequence[Record]) -> tuple[Decision | None, Geometries | None]:
        """Decide the CRS and convert the geometries to EPSG:4326."""
        shapes = self.table.geometries
        if shapes is None or self.layer.is_table or not len(shapes):
            return None, None
        stated = stated_candidate(self.stated.crs) if self.stated.crs else None
        decision = decide(
            shapes,
            self._witnesses(rows),
            declared=self.table.crs,
            stated=stated,
            params=self.stated.params,
        )
        if decision.candidate is None:
            self.questions.append(self._crs_question(decision))
            return decision, None
        return decision, self._converted(shapes, decision.candidate)

    def _converted(self, shapes: Geometries, candidate: Candidate) -> Geometries:
        present = ~np.asarray(shapely.is_missing(shapes))
        converted = np.full(len(shapes), None, dtype=object)
        in_degrees = convert(shapes[present], candidate, self.stated.params)
        # Shapefiles have their outer rings clockwise, GeoJSON counter-clockwise.
        with np.errstate(
            invalid="ignore"
        ):  # A damaged file may have coordinates that are no numbers.
            converted[present] = shapely.orient_polygons(in_degrees)
        return converted

    def _crs_question(self, decision: Decision) -> Question:
        params = {
            "declared": decision.declared,
            "candidates": ", ".join(one.label for one in decision.open),
            "first": decision.open[0].label if decision.open else "",
        }
        return Question(f"crs.{decision.why}", self.table.name, params)

    def _witnesses(self, rows: Sequence[Record]) -> Witnesses:
        return Witnesses(self._hosts(rows), self._known(rows), self.zone.settings.measure_crs)

    def _hosts(self, rows: Sequence[Record]) -> Geometries:
        """For each record the park that it names, or the outline of the zone."""
        parks = {} if self.layer.name == "parks" else self._shapes_by_id("parks")
        hosts = np.full(len(rows), self._outline, dtype=object)
        for row, record in enumerate(rows):
            if park := parks.get(str(record.get("park_id"))):
                hosts[row] = park
        return hosts

    @cached_property
    def _outline(self) -> Any:
        for name in ("zone_frame", "parks", "subdistricts"):
            shapes = self.zone.frame(name).geometry.dropna()
            if len(shapes):
                valid = shapely.make_valid(shapes.to_numpy(), method="structure")
                return shapely.union_all(valid)
        return None

    def _known(self, rows: Sequence[Record]) -> Geometries:
        """For each record the geometry that it has in the layer."""
        by_id = self._shapes_by_id(self.layer.name)
        known = np.full(len(rows), None, dtype=object)
        for row, record in enumerate(rows):
            known[row] = by_id.get(str(record.get(self.layer.id)))
        return known

    def _shapes_by_id(self, name: str) -> dict[str, Any]:
        frame = self.zone.frame(name)
        return dict(self._pairs(frame[self.zone.layers[name].schema.id], frame.geometry))

    @staticmethod
    def _pairs(ids: Any, shapes: Any) -> Iterator[tuple[str, Any]]:
        for identity, shape in zip(ids, shapes, strict=True):
            if isinstance(identity, str) and shape is not None and not shape.is_empty:
                yield identity, shape
