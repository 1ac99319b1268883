"""Compose the monthly report from the tables of `gxq_geo.questions`.

``data/briefing.toml`` lists its tiles, sections, tables and charts. Nothing is calculated here:
each figure is a cell of a question's table, or the number of its rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil, sqrt
from typing import Any

import pandas as pd

from gxq_geo import words
from gxq_geo.questions import QUESTIONS, Answer, tables
from gxq_geo.questions.tables import Sheet
from gxq_geo.schemas import schema
from gxq_geo.versions.difference import Difference
from gxq_geo.versions.wording import (
    ChangeText,
    change_texts,
    counts_line,
    group_similar,
    settings_line,
)
from gxq_geo.zone import Zone

Cells = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Tile:
    """A key figure at the top of the report.

    Parameters
    ----------
    key
        Name in ``briefing.toml``.
    label
        Label with the unit.
    value
        The figure; None if unknown.
    previous
        The figure in the earlier state; None if unknown or not compared.
    """

    key: str
    label: str
    value: float | None
    previous: float | None = None

    @property
    def change(self) -> float | None:
        """The difference from the earlier state; None if either figure is unknown."""
        if self.value is None or self.previous is None:
            return None
        return round(self.value - self.previous, 6)


@dataclass(frozen=True)
class Chart:
    """A bar chart of a table.

    Parameters
    ----------
    title
        Heading of the column drawn, with its unit; empty if there is more than one series.
    name_columns, value_columns
        Positions of the table's columns that name the bars, and of those drawn as series.
    names
        The name of each row.
    series
        Heading and values of each column drawn.
    colors
        Token of ``style.toml`` for each series.
    """

    title: str
    name_columns: tuple[int, ...]
    value_columns: tuple[int, ...]
    names: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    colors: tuple[str, ...]


@dataclass(frozen=True)
class PivotTable:
    """A table with the values of one of its columns as headings, such as stage by department.

    Parameters
    ----------
    sources
        Positions of the original table's columns that give rows, columns, and values.
    rows, columns
        Headings of rows and columns.
    cells
        The values; None where the original table has no row.
    """

    sources: tuple[int, int, int]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[float | None, ...], ...]

    def shade(self, value: float | None, shades: int) -> int:
        """Return the shade of a cell, 1 to ``shades``, by the square root of its value; 0 if none.

        The square root keeps small values distinguishable.
        """
        largest = max((cell for row in self.cells for cell in row if cell is not None), default=0)
        return ceil(shades * sqrt(value / largest)) if value and value > 0 else 0


@dataclass(frozen=True)
class Part:
    """A table of the report, with an optional chart.

    Parameters
    ----------
    question, table
        Names of the question and of its table.
    filters
        Only rows with these values, by column name; empty for all rows.
    title
        Title of the table, with the values of ``filters``.
    sheet
        The formatted table with all its columns.
    columns
        Positions of the columns shown in HTML and PDF.
    max_rows
        The greatest number of rows shown in HTML and PDF.
    chart
        The chart; None if there is none.
    pivot
        A pivot table, shown in place of the table in HTML and PDF; None if there is none.
    """

    question: str
    table: str
    filters: Mapping[str, Any]
    title: str
    sheet: Sheet
    columns: tuple[int, ...]
    max_rows: int
    chart: Chart | None = None
    pivot: PivotTable | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The headings of the columns shown."""
        return tuple(self.sheet.labels[column] for column in self.columns)

    @property
    def cells(self) -> tuple[tuple[str, ...], ...]:
        """The formatted cells shown."""
        rows = self.sheet.texts(self.max_rows)
        return tuple(tuple(row[column] for column in self.columns) for row in rows)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Whether each of the columns shown contains numbers."""
        return tuple(
            any(isinstance(row[column], int | float) for row in self.sheet.cells)
            for column in self.columns
        )

    @property
    def omitted(self) -> int:
        """The number of rows not shown."""
        return max(len(self.sheet.cells) - self.max_rows, 0)


@dataclass(frozen=True)
class Section:
    """Parts under one heading, with notes."""

    key: str
    title: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class LayerChanges:
    """The changes of one layer: its label, a summary with counts, and the changes as text."""

    label: str
    counts: str
    items: tuple[ChangeText, ...]


@dataclass(frozen=True)
class Changes:
    """The changes since an earlier state.

    Parameters
    ----------
    title
        Title with the earlier state.
    layers
        The changes shown in HTML and PDF, where similar changes of many records are grouped.
    settings
        The changed settings of the zone as text; empty if none changed.
    all_items
        Every single change as text.
    """

    title: str
    layers: tuple[LayerChanges, ...]
    settings: str
    all_items: tuple[ChangeText, ...]


@dataclass(frozen=True)
class MonthlyReport:
    """A monthly report in one language.

    Parameters
    ----------
    lang
        Language code.
    title, zone
        Title of the report and name of the zone.
    date
        Date of the data; empty if unknown.
    banner
        The notice that this is an internal document.
    notices
        Heading and text of each notice: schematic geometry, demo records.
    tiles, sections
        Key figures and tables.
    changes
        The changes since an earlier state; None if there is no comparison.
    """

    lang: str
    title: str
    zone: str
    date: str
    banner: str
    notices: tuple[tuple[str, str], ...]
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    changes: Changes | None = None

    def text(self, key: str, **params: object) -> str:
        """Return a text of the report (``[briefing]`` in the words)."""
        return words.text(f"briefing.{key}", self.lang, **params)

    def comparison(self, tile: Tile) -> str:
        """Return the earlier figure and the change as text; empty if there is no comparison."""
        if not self.changes:
            return ""
        if tile.change == 0:
            return self.text("same")
        was = self.text("was", value=tables.display_text(tile.previous))
        if tile.change is None:
            return was
        sign = "+" if tile.change > 0 else "−"
        return self.text("was_by", was=was, by=f"{sign}{tables.display_text(abs(tile.change))}")

    @property
    def subtitle(self) -> str:
        """Name of the zone and date of the data."""
        day = self.date or words.text("zone.no-date", self.lang)
        return words.text("zone.head", self.lang, name=self.zone, date=day)


def compose(
    zone: Zone,
    lang: str,
    *,
    since: Difference | None = None,
    name: str = "",
    on: date | None = None,
) -> MonthlyReport:
    """Compose the monthly report of a zone.

    Parameters
    ----------
    zone
        The zone.
    lang
        Language code.
    since
        The difference from an earlier state; None for no comparison.
    name
        Name of the earlier state, for the title.
    on
        The day up to which days are counted; None for the date of the data.
    """
    spec, composer = words.data("briefing"), _Composer(zone, lang, on)
    earlier = _Composer(since.old, lang) if since else None
    return MonthlyReport(
        lang,
        words.pick(spec["title"], lang),
        zone.settings.name(lang),
        zone.data_date.isoformat() if zone.data_date else "",
        _banner(lang),
        (*_notices(zone, lang), *([("", words.text("answer.on", lang, date=on))] if on else [])),
        tuple(composer.tile(tile, earlier) for tile in spec["tiles"]),
        tuple(composer.section(section) for section in spec["sections"]),
        _changes(since, name, lang) if since else None,
    )


def _banner(lang: str) -> str:
    parts = (words.text(f"page.{key}", lang) for key in ("band_internal", "band_internal_help"))
    return "　".join(parts)


def _notices(zone: Zone, lang: str) -> list[tuple[str, str]]:
    frames = [layer.frame for layer in zone.layers.values() if len(layer.frame)]
    settings = zone.settings
    disclaimer = words.pick({"zh": settings.disclaimer_zh, "en": settings.disclaimer_en}, lang)
    notices = []
    if any(_contains(frame, "geometry_source", "schematic") for frame in frames):
        notice = disclaimer or words.text("page.notice_schematic", lang)
        notices.append((words.text("page.badge_schematic", lang), notice))
    elif disclaimer:
        notices.append(("", disclaimer))
    if any(_contains(frame, "demo", value=True) for frame in frames):
        notice = words.text("page.notice_demo", lang)
        notices.append((words.text("page.badge_demo", lang), notice))
    return notices


def _contains(frame: pd.DataFrame, field: str, value: object) -> bool:
    return field in frame and bool((frame[field] == value).fillna(value=False).any())


def _changes(since: Difference, name: str, lang: str) -> Changes:
    day = since.old.data_date
    key = "briefing.since_day" if day else "briefing.since"
    title = words.text(key, lang, name=words.visible(name), day=day)
    items = change_texts(since, lang)
    layers = [
        LayerChanges(
            words.pick(schema().layers[layer].label, lang),
            counts_line(changes, lang),
            tuple(group_similar([item for item in items if item.change.layer == layer], lang)),
        )
        for layer, changes in since.by_layer().items()
    ]
    return Changes(title, tuple(layers), settings_line(since, lang), tuple(items))


class _Composer:
    """Builds tiles and sections from the answers of a zone; each question is asked once."""

    def __init__(self, zone: Zone, lang: str, on: date | None = None) -> None:
        self.zone, self.lang, self.on = zone, lang, on
        self._answers: dict[str, Answer] = {}

    def answer(self, question: str) -> Answer:
        if question not in self._answers:
            self._answers[question] = QUESTIONS[question](self.zone, on=self.on)
        return self._answers[question]

    def frame(self, spec: Mapping[str, Any]) -> pd.DataFrame:
        """Return a table, filtered to the rows with the values of ``row`` in the specification."""
        question, name = spec["table"].split(".")
        frame = self.answer(question)[name]
        for column, value in spec.get("row", {}).items():
            frame = frame[(frame[column] == value).fillna(value=False).astype(bool)]
        return frame.reset_index(drop=True)

    def tile(self, spec: Mapping[str, Any], earlier: "_Composer | None") -> Tile:
        previous = earlier.figure(spec) if earlier else None
        return Tile(spec["key"], words.pick(spec["label"], self.lang), self.figure(spec), previous)

    def figure(self, spec: Mapping[str, Any]) -> float | None:
        frame = self.frame(spec)
        if spec.get("count"):
            return len(frame)
        if frame.empty or pd.isna(value := frame[spec["column"]].iloc[0]):
            return None
        return value.item() if hasattr(value, "item") else value  # type: ignore[no-any-return]

    def section(self, spec: Mapping[str, Any]) -> Section:
        parts = tuple(self.part(part) for part in spec["parts"])
        notes = [
            note
            for question in spec["notes"]
            for note in tables.notes(self.answer(question), self.zone, self.lang)[1:]
        ]
        return Section(spec["key"], words.pick(spec["title"], self.lang), parts, tuple(notes))

    def part(self, spec: Mapping[str, Any]) -> Part:
        question, name = spec["table"].split(".")
        answer = replace(self.answer(question), tables={name: self.frame(spec)})
        (sheet,) = tables.sheets(answer, self.zone, self.lang)
        names = list(sheet.frame.columns)
        shown = spec.get("columns", names)
        return Part(
            question,
            name,
            spec.get("row", {}),
            self._title(sheet, spec.get("row", {})),
            sheet,
            tuple(map(names.index, shown)),
            spec.get("most", len(sheet.cells)),
            self._chart(spec["chart"], sheet) if "chart" in spec and sheet.cells else None,
            self._pivot(spec["grid"], sheet) if "grid" in spec and sheet.cells else None,
        )

    def _title(self, sheet: Sheet, filters: Mapping[str, Any]) -> str:
        """The title of a table, with the values of its filters."""
        position = list(sheet.frame.columns).index
        common = [
            sheet.labels[column] if value is True else sheet.cells[0][column]
            for value, column in ((v, position(name)) for name, v in filters.items())
            if sheet.cells
        ]
        join = words.text("page.list_join", self.lang).join
        if not common:
            return sheet.title
        return words.text("report.named", self.lang, id=sheet.title, name=join(common))

    def _chart(self, spec: Mapping[str, Any], sheet: Sheet) -> Chart:
        position = list(sheet.frame.columns).index
        by = tuple(position(spec[key]) for key in ("by", "and") if key in spec)
        values = tuple(map(position, spec["values"]))
        names = (self._row_name(sheet, row, by) for row in sheet.cells)
        series = tuple(
            (sheet.labels[column], tuple(row[column] for row in sheet.cells)) for column in values
        )
        title = series[0][0] if len(series) == 1 else ""
        return Chart(title, by, values, tuple(names), series, tuple(spec["colors"]))

    def _row_name(self, sheet: Sheet, row: Sequence[Any], columns: Sequence[int]) -> str:
        """The name of a row, from some of its columns."""
        missing = words.text("page.missing", self.lang)
        names = (
            missing
            if row[column] is None
            else tables.display_text(row[column], ungrouped=column in sheet.ungrouped)
            for column in columns
        )
        return " ".join(names)

    def _pivot(self, spec: Mapping[str, Any], sheet: Sheet) -> PivotTable:
        position = list(sheet.frame.columns).index
        down, across, value = (position(spec[key]) for key in ("rows", "columns", "value"))
        values = {(row[down], row[across]): row[value] for row in sheet.cells}
        rows, columns = (dict.fromkeys(key[k] for key in values) for k in (0, 1))
        return PivotTable(
            (down, across, value),
            tuple(map(tables.display_text, rows)),
            tuple(map(tables.display_text, columns)),
            tuple(tuple(values.get((row, column)) for column in columns) for row in rows),
        )
