"""Turn a sheet into a table of records by heading, and say what was not taken and why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gxq_geo.exchange.sheets import headings, positions, rows
from gxq_geo.exchange.sheets.grid import Fault, Grid, address, letters, some
from gxq_geo.exchange.sheets.headings import Heading
from gxq_geo.exchange.source import Loss, Note, SourceTable

_CODE_HEADING = re.compile(r"编号|代码|编码|电话|手机|\bid\b|code|phone", re.IGNORECASE)


def table(grid: Grid, header_row: int | None = None) -> SourceTable | None:
    """The table of a sheet; None for an empty sheet.

    Parameters
    ----------
    grid
        The sheet.
    header_row
        The first row of the heading, counted from 1, if the user states it.
    """
    if not grid.cells:
        return None
    heading = headings.find(grid, header_row)
    if heading is None:
        loss = Loss("sheets.loss.no-heading", len(grid.cells), grid.name)
        return SourceTable(grid.name, {}, losses=(loss,))
    found = rows.classified(grid, heading)
    cells, filled_count = filled(grid, heading)
    names, notes = _names(grid, heading, found.records)
    columns = {
        name: [_plain(cells[row][column]) for row in found.records]
        for column, name in names.items()
    }
    read = SourceTable(
        grid.name,
        columns,
        places=tuple(str(row + 1) for row in found.records),
        losses=(*_row_losses(grid, found), *_cell_losses(grid, names, found.records)),
        notes=(
            *_heading_notes(grid, heading, found),
            *notes,
            *_percent_notes(grid, names, found.records),
            *_fill_notes(grid, filled_count),
            *_hidden_notes(grid, names, found.records),
        ),
    )
    return positions.with_geometry(read)


def _plain(value: Any) -> Any:
    return None if isinstance(value, Fault) else value


def _names(
    grid: Grid, heading: Heading, records: Sequence[int]
) -> tuple[dict[int, str], list[Note]]:
    """The name of each column that has a name or a value; names are made different."""
    names: dict[int, str] = {}
    notes = []
    for column, name in enumerate(heading.names):
        if not name and all(grid.cells[row][column] is None for row in records):
            continue
        if not name:
            notes.append(Note("sheets.note.unnamed-column", grid.name, {"column": letters(column)}))
        own = unique = name or letters(column)
        count = 1
        while unique in names.values():
            count += 1
            unique = f"{own}_{count}"
        if unique != own:
            params = {"column": letters(column), "name": own, "renamed": unique}
            notes.append(Note("sheets.note.repeated-heading", grid.name, params))
        names[column] = unique
    return names, notes


def filled(grid: Grid, heading: Heading) -> tuple[list[Sequence[Any]], int]:
    """The cells with the value of a merged block in each of its rows, and how many were filled."""
    cells = list(grid.cells)
    count = 0
    for block in grid.merged:
        if block.top <= heading.bottom or block.height == 1 or block.top >= len(cells):
            continue
        value = cells[block.top][block.left] if block.left < len(cells[block.top]) else None
        for row in range(block.top + 1, min(block.bottom + 1, len(cells))):
            if value is not None and cells[row]:
                left = block.left
                cells[row] = [*cells[row][:left], value, *cells[row][left + 1 :]]
                count += 1
    return cells, count


# ------------------------------------------------------------------ what was not taken


def _row_losses(grid: Grid, found: rows.Rows) -> list[Loss]:
    return [
        Loss(
            f"sheets.loss.{kind}-row",
            len(lines),
            grid.name,
            {"rows": some([str(row + 1) for row, _ in lines]), "text": lines[0][1][:60]},
        )
        for kind, lines in found.others.items()
    ]


def _cell_losses(grid: Grid, names: Mapping[int, str], records: Sequence[int]) -> list[Loss]:
    """Errors and formulas without a result, by column and text."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for column, name in names.items():
        for row in records:
            value = grid.cells[row][column]
            if isinstance(value, Fault):
                kind = "formula-unsaved" if value.formula else "error-cell"
                shown = "" if value.formula else value.text
                found.setdefault((kind, name, shown), []).append(address(row, column))
    return [
        Loss(
            f"sheets.loss.{kind}",
            len(places),
            f"{grid.name} {name}",
            {"value": shown, "places": some(places)},
        )
        for (kind, name, shown), places in found.items()
    ]


# ------------------------------------------------------------------ what was decided


def _heading_notes(grid: Grid, heading: Heading, found: rows.Rows) -> list[Note]:
    notes = []
    top, bottom = heading.top + 1, heading.bottom + 1
    if bottom > top:
        params = {"first": top, "last": bottom}
        notes.append(Note("sheets.note.joined-heading", grid.name, params))
    if heading.units:
        columns = some([heading.names[column] for column in heading.units])
        notes.append(Note("sheets.note.unit-row", grid.name, {"columns": columns}))
    units = (Note("sheets.note.unit-line", grid.name, {"unit": unit}) for unit in found.units)
    return [*notes, *units]


def _percent_notes(grid: Grid, names: Mapping[int, str], records: Sequence[int]) -> list[Note]:
    counts = {
        name: sum((row, column) in grid.percent for row in records)
        for column, name in names.items()
    }
    return [
        Note("sheets.note.percent", f"{grid.name} {name}", {"count": count})
        for name, count in counts.items()
        if count
    ]


def _fill_notes(grid: Grid, count: int) -> list[Note]:
    return [Note("sheets.note.merged-filled", grid.name, {"count": count})] if count else []


def _hidden_notes(grid: Grid, names: Mapping[int, str], records: Sequence[int]) -> list[Note]:
    notes = []
    if grid.hidden:
        notes.append(Note("sheets.note.hidden-sheet", grid.name))
    if hidden := [str(row + 1) for row in records if row in grid.hidden_rows]:
        params: dict[str, str | int | float] = {"count": len(hidden), "rows": some(hidden)}
        notes.append(Note("sheets.note.hidden-rows", grid.name, params))
    if columns := [name for column, name in names.items() if column in grid.hidden_columns]:
        notes.append(Note("sheets.note.hidden-columns", grid.name, {"columns": some(columns)}))
    if grid.plain and _has_numbers(grid, names, records):
        notes.append(Note("sheets.note.formats-unseen", grid.name))
    return notes


def _has_numbers(grid: Grid, names: Mapping[int, str], records: Sequence[int]) -> bool:
    """Whether a number is stored that its format could have changed: a code or a fraction."""
    return any(
        isinstance(value := grid.cells[row][column], int | float)
        and not isinstance(value, bool)
        and (bool(_CODE_HEADING.search(name)) or 0 < abs(value) < 1)
        for column, name in names.items()
        for row in records
    )


def noted(read: SourceTable, *notes: Note) -> SourceTable:
    """The table with further notes."""
    return replace(read, notes=(*notes, *read.notes))
