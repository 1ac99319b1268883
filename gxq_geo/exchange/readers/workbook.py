"""Read back the workbook that was exported for planners, however they edited it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from gxq_geo.exchange.evidence import columns as evidence
from gxq_geo.exchange.evidence import values
from gxq_geo.exchange.evidence.references import Names
from gxq_geo.exchange.sheets import headings, ledger, rows, tables
from gxq_geo.exchange.sheets.files import xlsx
from gxq_geo.exchange.sheets.grid import Fault, Grid, address
from gxq_geo.exchange.sheets.headings import Heading
from gxq_geo.exchange.sheets.ledger import BadBaseError, Base, Column, LedgerLayer, Record
from gxq_geo.exchange.source import Loss, Note, SourceTable
from gxq_geo.formats.files import read_bytes
from gxq_geo.schemas import Field, LayerSchema, schema
from gxq_geo.words.errors import FileError

MAX_BYTES = 128 << 20


@dataclass(frozen=True)
class LedgerContent:
    """What an edited workbook holds.

    Parameters
    ----------
    current
        The records of each layer as the planner left them: raw values by field, with the fields
        that were exported. A layer whose sheet was deleted is not in it.
    base
        The records as they were exported.
    fingerprints
        The fingerprint of each layer's file when it was exported.
    losses
        The cells that could not be read, each with its sheet and address; their records keep the
        value of the base. Rows and columns that are none of the layer's.
    notes
        What was decided: sheets and headings found under another name, merged cells filled.
    """

    current: Mapping[str, Sequence[Record]]
    base: Mapping[str, Sequence[Record]]
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    losses: tuple[Loss, ...] = ()
    notes: tuple[Note, ...] = ()


def is_ledger(path: Path) -> bool:
    """Whether a file is a workbook that was exported for planners.

    Raises
    ------
    FileError
        If the file cannot be read.
    """
    data = read_bytes(path, limit=MAX_BYTES)
    try:
        return data.startswith(b"PK") and bool(_base_cells(xlsx.read(data, path)))
    except xlsx.UnreadableError:
        return False  # Another kind of archive, or a workbook for the reader of .xls.


def read_workbook(path: Path) -> LedgerContent:
    """Read an edited workbook.

    Sheets, columns and records are found by name, heading and id, wherever they are now. A cell
    that was not edited has exactly the value of the base.

    Raises
    ------
    FileError
        If the file cannot be read, is not such a workbook, or its base was changed.
    """
    grids = xlsx.read(read_bytes(path, limit=MAX_BYTES), path)
    cells = _base_cells(grids)
    if not cells:
        raise FileError("workbook-without-base", path=path)
    try:
        base = ledger.base_of(cells)
    except BadBaseError:
        raise FileError("workbook-base-changed", path=path) from None
    found = _Found(base)
    known = {name: own for name, own in base.layers.items() if name in schema().layers}
    sheets = [found.sheet(schema().layers[name], own, grids) for name, own in known.items()]
    for sheet in filter(None, sheets):
        # A reference may mean a record that was added on another sheet.
        found.added[sheet.layer.name] = sheet.names()
    for sheet in filter(None, sheets):
        found.current[sheet.layer.name] = sheet.records()
    return LedgerContent(
        found.current,
        {name: own.records for name, own in base.layers.items()},
        {name: own.fingerprint for name, own in base.layers.items()},
        tuple(found.losses),
        tuple(found.notes),
    )


def _base_cells(grids: Sequence[Grid]) -> list[str]:
    for grid in grids:
        if grid.cells and grid.cells[0][:1] == [ledger.MAGIC]:
            return [str(row[0]) for row in grid.cells if row and row[0] is not None]
    return []


class _Found:
    """The records of all layers, and what was noticed, while a workbook is read."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.current: dict[str, list[Record]] = {}
        self.added: dict[str, Mapping[str, Sequence[str]]] = {}
        self._names: dict[str, Names] = {}
        self.losses: list[Loss] = []
        self.notes: list[Note] = []

    def names(self, layer: str) -> Names:
        """The names of a layer's records, with those that its own sheet adds."""
        if layer not in self._names:
            known = self.base.names[layer].by_id
            self._names[layer] = Names({**known, **self.added.get(layer, {})})
        return self._names[layer]

    def sheet(self, layer: LayerSchema, own: LedgerLayer, grids: Sequence[Grid]) -> "_Sheet | None":
        """Find the sheet of a layer; None if it was deleted."""
        wanted = {column.heading: column for column in ledger.columns(layer, own.fields)}
        grid, heading = self._sheet(own, grids, set(wanted))
        if grid is None or heading is None:
            self.losses.append(Loss("sheets.loss.ledger-sheet-missing", 1, own.sheet))
            return None
        placed = self._columns(grid, heading, layer, wanted)
        cells, filled = tables.filled(grid, heading)
        if filled:
            self.notes.append(Note("sheets.note.merged-filled", grid.name, {"count": filled}))
        return _Sheet(self, layer, own, replace(grid, cells=cells), heading, placed)

    def _sheet(
        self, own: LedgerLayer, grids: Sequence[Grid], wanted: set[str]
    ) -> tuple[Grid | None, Heading | None]:
        """The sheet of a layer: of its name, or the one with most of its headings."""
        found = [(grid, heading) for grid in grids if (heading := _heading(grid, wanted))]
        by_name = next((pair for pair in found if pair[0].name == own.sheet), None)
        if by_name:
            return by_name
        names = {layer.sheet for layer in self.base.layers.values()}
        others = [pair for pair in found if pair[0].name not in names]
        best = max(others, key=lambda pair: len(wanted & set(pair[1].names)), default=None)
        if best is None or 2 * len(wanted & set(best[1].names)) <= len(wanted):
            return None, None
        params = {"own": own.sheet}
        self.notes.append(Note("sheets.note.ledger-sheet-renamed", best[0].name, params))
        return best

    def _columns(
        self, grid: Grid, heading: Heading, layer: LayerSchema, wanted: Mapping[str, Column]
    ) -> dict[int, Column]:
        """The column at each position: by its heading, else by what the heading means."""
        placed: dict[int, Column] = {}
        for position, name in enumerate(heading.names):
            if name in wanted and wanted[name] not in placed.values():
                placed[position] = wanted[name]
        missing = {c.field.name: c for c in wanted.values() if c not in placed.values()}
        others = {n: [None] for k, n in enumerate(heading.names) if n and k not in placed}
        meant = evidence.assign(SourceTable(grid.name, others), layer).fields
        for position, name in enumerate(heading.names):
            target = meant.get(name)
            if position in placed or not name:
                continue
            if target and target.factor in (None, 1) and target.field in missing:
                placed[position] = missing.pop(target.field)
                params = {"name": name, "own": placed[position].heading}
                self.notes.append(Note("sheets.note.ledger-heading-renamed", grid.name, params))
            else:
                self.losses.append(Loss("sheets.loss.ledger-column", 1, f"{grid.name} {name}"))
        self.losses += [
            Loss("sheets.loss.ledger-column-missing", 1, f"{grid.name} {column.heading}")
            for column in missing.values()
            if not column.is_name
        ]
        return placed


def _heading(grid: Grid, wanted: set[str]) -> Heading | None:
    """The row of a sheet with the most of the wanted headings; None if it has none."""
    if not grid.cells:
        return None
    counts = [sum(cell in wanted for cell in row) for row in grid.cells[:30]]
    top = counts.index(max(counts))
    if not counts[top]:
        return None
    names = ("" if cell is None else headings.cleaned(cell) for cell in grid.cells[top])
    return Heading(top, top, tuple(names))


class _Sheet:
    """The sheet of a layer, compared with its base."""

    def __init__(
        self,
        found: _Found,
        layer: LayerSchema,
        own: LedgerLayer,
        grid: Grid,
        heading: Heading,
        placed: Mapping[int, Column],
    ) -> None:
        self.found, self.layer, self.own, self.grid = found, layer, own, grid
        self.heading = heading
        # What decides on a domain comes before the choice.
        self.fields = sorted(own.fields, key=lambda name: bool(layer.fields[name].domain_by))
        self.placed = {(c.field.name, c.is_name): at for at, c in placed.items()}
        self.columns = {(c.field.name, c.is_name): c for c in placed.values()}
        self.cells = grid.cells

    def records(self) -> list[Record]:
        """The records of the sheet."""
        waiting: dict[Any, list[Record]] = {}
        for record in self.own.records:
            waiting.setdefault(record.get(self.layer.id), []).append(record)
        others = rows.classified(self.grid, self.heading)
        apart = {row: kind for kind, lines in others.others.items() for row, _ in lines}
        out = []
        seen: set[Any] = set()
        for row in range(self.heading.bottom + 1, len(self.cells)):
            if not self.cells[row]:
                continue
            identity = self._identity(row)
            base = waiting[identity].pop(0) if waiting.get(identity) else None
            if base is None and row in apart:
                self._lose(f"{apart[row]}-row", row)
            elif base is None and identity is not None and identity in seen:
                self._lose("ledger-repeated-id", row, identity)
            else:
                out.append(self._record(row, base))
                seen.add(identity)
        return out

    def _identity(self, row: int) -> Any:
        """The id in a row: as the base writes it, if that has it."""
        at = self.placed.get((self.layer.id, False))
        value = None if at is None else self.cells[row][at]
        if value is None or isinstance(value, Fault):
            return None
        known, text = self._written_ids, str(value)
        written = known.get(text, known.get(ledger.as_read(text)))
        return written if written is not None else values.read(value, self._id, schema())[0]

    @cached_property
    def _id(self) -> Field:
        return self.layer.fields[self.layer.id]

    @cached_property
    def _written_ids(self) -> Mapping[str, Any]:
        known = [str(one) for r in self.own.records if (one := r.get(self.layer.id)) is not None]
        return {ledger.as_read(one[: ledger.LONGEST]): one for one in known} | {
            one: one for one in known
        }

    def _record(self, row: int, base: Record | None) -> Record:
        record: Record = {}
        for name in self.fields:
            record[name] = self._value(row, name, base or {}, record)
        return {name: record[name] for name in self.own.fields}

    def _value(self, row: int, name: str, base: Record, record: Record) -> Any:
        """The value of a field: the base's if its cell was not edited or cannot be read."""
        kept = base.get(name)
        at = self.placed.get((name, False))
        if at is not None and not self._is_edited(row, (name, False), base):
            at = None
        spec = self.layer.fields[name]
        if at is None and spec.ref and self._is_edited(row, (name, True), base):
            at = self.placed[name, True]
        if at is None:
            return kept
        cell = self.cells[row][at]
        if isinstance(cell, Fault):
            self._lose("ledger-formula" if cell.formula else "ledger-error", row, cell.text, at)
            return kept
        value, kind = values.read(cell, spec, schema(), record=record)
        if kind:
            self._lose(f"ledger-{kind}", row, cell, at)
        if kind == "unfit":
            return kept
        return self._resolved(value, name, kept, (row, at)) if spec.ref else value

    def _is_edited(self, row: int, key: tuple[str, bool], base: Record) -> bool:
        at = self.placed.get(key)
        if at is None:
            return False
        column = self.columns[key]
        names = self.found.base.names.get(column.field.ref)
        written = ledger.cell(base.get(key[0]), column, base, names)
        # A name that was cleared, or stayed when its id was edited, decides nothing.
        if column.is_name and self.cells[row][at] is None:
            return False
        return not ledger.same(self.cells[row][at], written)

    def _resolved(self, value: Any, name: str, kept: Any, place: tuple[int, int]) -> Any:
        """The ids that a cell names; the base's where it names none or several."""
        if value is None:
            return None
        ids, unresolved = self.found.names(self.layer.fields[name].ref).resolve([value])
        for one in unresolved:
            self._lose("ledger-reference", place[0], one.text, place[1])
        return kept if unresolved else ids[0]

    def names(self) -> dict[str, list[str]]:
        """The names of the records of the sheet by id."""
        ats = [self.placed.get((name, False)) for name in ("name_zh", "name_en")]
        out = {}
        for row in range(self.heading.bottom + 1, len(self.cells)):
            if self.cells[row] and (identity := self._identity(row)) is not None:
                named = [self.cells[row][at] for at in ats if at is not None]
                out[str(identity)] = [name for name in named if isinstance(name, str)]
        return out

    def _lose(self, kind: str, row: int, value: Any = "", at: int | None = None) -> None:
        place = f"{self.grid.name} {row + 1 if at is None else address(row, at)}"
        params = {"value": str(value)[:60], "rows": str(row + 1), "text": self._text(row)}
        self.found.losses.append(Loss(f"sheets.loss.{kind}", 1, place, params))

    def _text(self, row: int) -> str:
        return next((str(cell)[:60] for cell in self.grid.cells[row] if cell is not None), "")
