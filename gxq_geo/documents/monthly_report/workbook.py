"""The report as a workbook: the figures with native charts, each table whole, and every change."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from gxq_geo import words
from gxq_geo.documents.monthly_report.content import Briefing, Chart, Part
from gxq_geo.questions.workbook import Workbook
from gxq_geo.versions.wording import as_table

# Above each table stand the band, what it is called, and an empty row.
_TOP = 3
# Of a chart: its width and, for each row of the table and around them, its height, in px.
_WIDE, _HIGH, _AROUND = 720, 26, 110


def to_xlsx(said: Briefing) -> bytes:
    """The report as a workbook; the same content gives the same bytes."""
    day = date.fromisoformat(said.date) if said.date else None
    return _Book(said, day).to_bytes()


class _Book:
    def __init__(self, said: Briefing, day: date | None) -> None:
        self.said, self.file = said, Workbook(day)
        token = words.data("style")["tokens"]["light"]
        self.tokens = token
        accent = {"bg_color": token["accent"], "font_color": token["onaccent"]}
        self.band = self.file.format(bold=True, **accent)
        self.title = self.file.format(bold=True, font_size=14)
        self.small = self.file.format(font_color=token["ink2"])
        self.big = self.file.format(bold=True, font_size=16, num_format="#,##0.##", align="left")

    def to_bytes(self) -> bytes:
        self._overview()
        if self.said.changes:
            self._changes()
        for section in self.said.sections:
            for part in section.parts:
                self._part(part)
        self._notes()
        return self.file.to_bytes()

    def _sheet(self, name: str, title: str, across: int) -> Any:
        """A sheet with the band, in print too, and a title."""
        sheet = self.file.sheet(name)
        for column in range(across):
            sheet.write_blank(0, column, None, self.band)
        self.file.write(sheet, 0, 0, self.said.band, self.band)
        self.file.write(sheet, 1, 0, title, self.title)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_header("&C" + self.said.band.replace("&", "&&"))
        return sheet

    def _overview(self) -> None:
        said, across = self.said, 4
        sheet = self._sheet(said.text("overview"), said.title, across)
        sheet.set_column(0, across - 1, 30)
        about = [said.subtitle, *([said.changes.title] if said.changes else [])]
        self.file.write(sheet, 2, 0, " · ".join(about), self.small)
        labels = [said.text("figure"), said.text("value")]
        rows: list[list[Any]] = [[one.label, one.value] for one in said.tiles]
        if said.changes:
            labels += [said.text("before"), said.text("by")]
            rows = [[*row, one.was, one.by] for row, one in zip(rows, said.tiles, strict=True)]
        for column, label in enumerate(labels):
            self.file.write(sheet, 4, column, label, self.file.heading)
        for row, cells in enumerate(rows, start=5):
            for column, cell in enumerate(cells):
                self.file.write(sheet, row, column, cell, self.big if column == 1 else None)
        for row, (head, notice) in enumerate(said.notices, start=6 + len(rows)):
            self.file.write(sheet, row, 0, f"{head} {notice}".strip(), self.small)

    def _changes(self) -> None:
        said, changes = self.said, self.said.changes
        assert changes  # noqa: S101  # asked before
        sheet = self._sheet(said.text("changes"), changes.title, 4)
        labels = [said.text(key) for key in ("layer", "kind", "record", "what")]
        rows = as_table(changes.news, said.lang).to_numpy().tolist()
        self.file.table(sheet, labels, rows, top=_TOP)
        sheet.set_column(3, 3, 90)

    def _part(self, part: Part) -> None:
        one = part.sheet
        sheet = self._sheet(part.title, part.title, max(len(one.labels), 6))
        self.file.table(sheet, one.labels, one.cells, top=_TOP, bare=one.bare)
        if not one.cells:
            self.file.write(sheet, _TOP + 1, 0, self.said.text("none"), self.small)
        if part.chart:
            self._chart(sheet, part.chart, len(one.cells))

    def _chart(self, sheet: Any, chart: Chart, rows: int) -> None:
        """A native chart below the table, of the table's own cells."""
        many = len(chart.series) > 1
        native = self.file.book.add_chart(
            {"type": "bar", "subtype": "stacked"} if many else {"type": "bar"}
        )
        first, last, name = _TOP + 1, _TOP + rows, sheet.get_name()
        for place, (_, _), color in zip(chart.values, chart.series, chart.colors, strict=True):
            native.add_series(
                {
                    "name": [name, _TOP, place],
                    "categories": [name, first, chart.by[0], last, chart.by[-1]],
                    "values": [name, first, place, last, place],
                    "fill": {"color": self.tokens[color]},
                    "gap": 40,
                    "data_labels": {"value": not many},
                }
            )
        # As in the table, the first row on top.
        native.set_y_axis({"reverse": True})
        native.set_x_axis({"major_gridlines": {"visible": True, "line": {"color": "#DDD8CC"}}})
        native.set_title({"name": chart.title} if chart.title else {"none": True})
        native.set_legend({"position": "bottom"} if many else {"none": True})
        native.set_size({"width": _WIDE, "height": _AROUND + _HIGH * rows})
        sheet.insert_chart(last + 2, 0, native)

    def _notes(self) -> None:
        sheet = self._sheet(words.text("answer.notes", self.said.lang), self.said.title, 4)
        lines: Sequence[str] = [
            *(f"{head} {notice}".strip() for head, notice in self.said.notices),
            *(note for section in self.said.sections for note in section.notes),
        ]
        for row, line in enumerate(lines, start=_TOP):
            self.file.write(sheet, row, 0, line)
