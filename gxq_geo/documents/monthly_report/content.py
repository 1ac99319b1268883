"""What the monthly report says: figures, charts and tables of the questions, put together.

What stands in it, and in which order, is ``data/briefing.toml``. No figure is reckoned here: each
is a cell of a table that `gxq_geo.questions` gives, or the number of its rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import Any

import pandas as pd

from gxq_geo import words
from gxq_geo.questions import ASK, Answer, tables
from gxq_geo.questions.tables import Sheet
from gxq_geo.schemas import schema
from gxq_geo.versions.difference import Difference
from gxq_geo.versions.wording import News, counts, gathered, news, settings
from gxq_geo.zone import Zone

Cells = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Tile:
    """A figure at the top.

    Parameters
    ----------
    key, label
        Which it is, by name and in words, with its unit.
    value
        The figure; None where it is not known.
    was
        The same of the earlier state that the report compares with; None where there is none.
    """

    key: str
    label: str
    value: float | None
    was: float | None = None

    @property
    def by(self) -> float | None:
        """By how much it has changed; None where either is not known."""
        if self.value is None or self.was is None:
            return None
        return round(self.value - self.was, 6)


@dataclass(frozen=True)
class Chart:
    """Bars of some columns of a table.

    Parameters
    ----------
    title
        What is drawn, with its unit where it is one.
    by, values
        The table's columns that name a row, and those that are drawn, by their places.
    names
        What each row is called.
    series
        The heading and the figures of each column that is drawn.
    colors
        The token of ``style.toml`` for each.
    """

    title: str
    by: tuple[int, ...]
    values: tuple[int, ...]
    names: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    colors: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table on paper with one of its columns across: who by what.

    Parameters
    ----------
    places
        The table's columns that name a row, name a column, and are shown, by their places.
    rows, columns
        What they are called.
    cells
        The figures; None where the table has none.
    """

    places: tuple[int, int, int]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[float | None, ...], ...]

    def shade(self, value: float | None, shades: int) -> int:
        """How dark a figure is, from 1 to so many shades, by its root; 0 where there is none."""
        most = max((one for row in self.cells for one in row if one is not None), default=0)
        return ceil(shades * sqrt(value / most)) if value and value > 0 else 0


@dataclass(frozen=True)
class Part:
    """A table, and perhaps a chart of it.

    Parameters
    ----------
    question, table
        Whose answer it is, and which of its tables.
    row
        Of which rows: those that hold these values; of all where it is empty.
    title
        What it is called, with what its rows have in common.
    sheet
        The table in words, with all its columns and these rows.
    columns
        The places of the columns that paper shows.
    most
        How many rows paper shows at most.
    chart, grid
        What is drawn of it; a grid stands in its place on paper.
    """

    question: str
    table: str
    row: Mapping[str, Any]
    title: str
    sheet: Sheet
    columns: tuple[int, ...]
    most: int
    chart: Chart | None = None
    grid: Grid | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The headings on paper."""
        return tuple(self.sheet.labels[place] for place in self.columns)

    @property
    def cells(self) -> tuple[tuple[str, ...], ...]:
        """The cells on paper, as a person reads them."""
        rows = self.sheet.texts(self.most)
        return tuple(tuple(row[place] for place in self.columns) for row in rows)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns on paper hold numbers."""
        return tuple(
            any(isinstance(row[place], int | float) for row in self.sheet.cells)
            for place in self.columns
        )

    @property
    def left_out(self) -> int:
        """How many rows paper leaves out."""
        return max(len(self.sheet.cells) - self.most, 0)


@dataclass(frozen=True)
class Section:
    """Parts under one heading, with what a reader has to know of them."""

    key: str
    title: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class LayerNews:
    """What changed in one layer: its label, how many records in which way, and what is told."""

    label: str
    counts: str
    told: tuple[News, ...]


@dataclass(frozen=True)
class Changes:
    """What changed since an earlier state.

    Parameters
    ----------
    title
        Since when.
    layers
        What is told on paper, where alike changes of many records are one.
    settings
        Which settings of the zone are others; empty where none is.
    news
        Each change in words.
    """

    title: str
    layers: tuple[LayerNews, ...]
    settings: str
    news: tuple[News, ...]


@dataclass(frozen=True)
class Briefing:
    """A monthly report in one language.

    Parameters
    ----------
    lang
        The language.
    title, zone, date
        What it is called, of which zone it is, and of which day its data are (empty: not known).
    band
        That it is an internal document.
    notices
        What is schematic or demonstration, a head and a sentence each.
    tiles, sections
        What it says.
    changes
        What changed; None where it compares with nothing.
    """

    lang: str
    title: str
    zone: str
    date: str
    band: str
    notices: tuple[tuple[str, str], ...]
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    changes: Changes | None = None

    def text(self, key: str, **params: object) -> str:
        """Words of the report."""
        return words.text(f"briefing.{key}", self.lang, **params)

    def before(self, one: Tile) -> str:
        """What a figure was before, in words; nothing where no earlier state is compared."""
        if not self.changes:
            return ""
        if one.by == 0:
            return self.text("same")
        was = self.text("was", value=tables.shown(one.was))
        if one.by is None:
            return was
        return self.text(
            "was_by", was=was, by=f"{'+' if one.by > 0 else '−'}{tables.shown(abs(one.by))}"
        )

    @property
    def subtitle(self) -> str:
        """Zone and date of the data."""
        day = self.date or words.text("zone.no-date", self.lang)
        return words.text("zone.head", self.lang, name=self.zone, date=day)


def compose(zone: Zone, lang: str, *, since: Difference | None = None, name: str = "") -> Briefing:
    """The monthly report of a zone.

    Parameters
    ----------
    zone
        The zone as it is now.
    lang
        The language.
    since
        What differs from an earlier state to this one.
    name
        What the earlier state is called.
    """
    spec, desk = words.data("briefing"), _Desk(zone, lang)
    before = _Desk(since.old, lang) if since else None
    said = zone.settings
    return Briefing(
        lang,
        words.pick(spec["title"], lang),
        said.name(lang),
        zone.data_date.isoformat() if zone.data_date else "",
        _band(lang),
        tuple(_notices(zone, lang)),
        tuple(desk.tile(one, before) for one in spec["tiles"]),
        tuple(desk.section(one) for one in spec["sections"]),
        _changes(since, name, lang) if since else None,
    )


def _band(lang: str) -> str:
    parts = (words.text(f"page.{key}", lang) for key in ("band_internal", "band_internal_help"))
    return "　".join(parts)


def _notices(zone: Zone, lang: str) -> list[tuple[str, str]]:
    frames = [one.frame for one in zone.layers.values() if len(one.frame)]
    said = zone.settings
    disclaimer = words.pick({"zh": said.disclaimer_zh, "en": said.disclaimer_en}, lang)
    out = []
    if any(_holds(frame, "geometry_source", "schematic") for frame in frames):
        notice = disclaimer or words.text("page.notice_schematic", lang)
        out.append((words.text("page.badge_schematic", lang), notice))
    elif disclaimer:
        out.append(("", disclaimer))
    if any(_holds(frame, "demo", value=True) for frame in frames):
        notice = words.text("page.notice_demo", lang)
        out.append((words.text("page.badge_demo", lang), notice))
    return out


def _holds(frame: pd.DataFrame, field: str, value: object) -> bool:
    return field in frame and bool((frame[field] == value).fillna(value=False).any())


def _changes(since: Difference, name: str, lang: str) -> Changes:
    day = since.old.data_date
    key = "briefing.since_day" if day else "briefing.since"
    title = words.text(key, lang, name=words.visible(name), day=day)
    told = news(since, lang)
    layers = [
        LayerNews(
            words.pick(schema().layers[layer].label, lang),
            counts(some, lang),
            tuple(gathered([one for one in told if one.change.layer == layer], lang)),
        )
        for layer, some in since.by_layer().items()
    ]
    return Changes(title, tuple(layers), settings(since, lang), tuple(told))


class _Desk:
    """The answers of a zone, each asked for once."""

    def __init__(self, zone: Zone, lang: str) -> None:
        self.zone, self.lang = zone, lang
        self._answers: dict[str, Answer] = {}

    def answer(self, question: str) -> Answer:
        if question not in self._answers:
            self._answers[question] = ASK[question](self.zone)
        return self._answers[question]

    def frame(self, spec: Mapping[str, Any]) -> pd.DataFrame:
        """A table, or those of its rows that hold some values."""
        question, name = spec["table"].split(".")
        frame = self.answer(question)[name]
        for column, value in spec.get("row", {}).items():
            frame = frame[(frame[column] == value).fillna(value=False).astype(bool)]
        return frame.reset_index(drop=True)

    def tile(self, spec: Mapping[str, Any], before: "_Desk | None") -> Tile:
        was = before.figure(spec) if before else None
        return Tile(spec["key"], words.pick(spec["label"], self.lang), self.figure(spec), was)

    def figure(self, spec: Mapping[str, Any]) -> float | None:
        frame = self.frame(spec)
        if spec.get("count"):
            return len(frame)
        if frame.empty or pd.isna(value := frame[spec["column"]].iloc[0]):
            return None
        return value.item() if hasattr(value, "item") else value  # type: ignore[no-any-return]

    def section(self, spec: Mapping[str, Any]) -> Section:
        parts = tuple(self.part(one) for one in spec["parts"])
        notes = [
            note
            for question in spec["notes"]
            for note in tables.notes(self.answer(question), self.zone, self.lang)[1:]
        ]
        return Section(spec["key"], words.pick(spec["title"], self.lang), parts, tuple(notes))

    def part(self, spec: Mapping[str, Any]) -> Part:
        question, name = spec["table"].split(".")
        some = replace(self.answer(question), tables={name: self.frame(spec)})
        (sheet,) = tables.sheets(some, self.zone, self.lang)
        names = list(sheet.frame.columns)
        wanted = spec.get("columns", names)
        return Part(
            question,
            name,
            spec.get("row", {}),
            self._title(sheet, spec.get("row", {})),
            sheet,
            tuple(map(names.index, wanted)),
            spec.get("most", len(sheet.cells)),
            self._chart(spec["chart"], sheet) if "chart" in spec and sheet.cells else None,
            self._grid(spec["grid"], sheet) if "grid" in spec and sheet.cells else None,
        )

    def _title(self, sheet: Sheet, row: Mapping[str, Any]) -> str:
        """What a table is called, and what its rows have in common."""
        common = [
            sheet.labels[place] if value is True else sheet.cells[0][place]
            for value, place in ((v, list(sheet.frame.columns).index(c)) for c, v in row.items())
            if sheet.cells
        ]
        join = words.text("page.list_join", self.lang).join
        if not common:
            return sheet.title
        return words.text("report.named", self.lang, id=sheet.title, name=join(common))

    def _chart(self, spec: Mapping[str, Any], sheet: Sheet) -> Chart:
        places = list(sheet.frame.columns).index
        by = tuple(places(spec[key]) for key in ("by", "and") if key in spec)
        values = tuple(map(places, spec["values"]))
        names = (self._name(sheet, row, by) for row in sheet.cells)
        series = tuple(
            (sheet.labels[place], tuple(row[place] for row in sheet.cells)) for place in values
        )
        unit = series[0][0] if len(series) == 1 else ""
        return Chart(unit, by, values, tuple(names), series, tuple(spec["colors"]))

    def _name(self, sheet: Sheet, row: Sequence[Any], by: Sequence[int]) -> str:
        """What a row of a table is called."""
        missing = words.text("page.missing", self.lang)
        names = (
            missing if row[place] is None else tables.shown(row[place], bare=place in sheet.bare)
            for place in by
        )
        return " ".join(names)

    def _grid(self, spec: Mapping[str, Any], sheet: Sheet) -> Grid:
        places = list(sheet.frame.columns).index
        down, across, value = (places(spec[key]) for key in ("rows", "columns", "value"))
        held = {(row[down], row[across]): row[value] for row in sheet.cells}
        rows, columns = (dict.fromkeys(key[k] for key in held) for k in (0, 1))
        return Grid(
            (down, across, value),
            tuple(map(tables.shown, rows)),
            tuple(map(tables.shown, columns)),
            tuple(tuple(held.get((row, column)) for column in columns) for row in rows),
        )
