"""Write the monthly report as a workbook with native charts, complete tables and all changes."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from gxq_geo import words
from gxq_geo.documents.monthly_report.content import Chart, MonthlyReport, Part
from gxq_geo.questions.workbook import Workbook
from gxq_geo.versions.wording import as_table

# Tables begin below the banner, the title and an empty row.
_TOP = 3
# Size of a chart in px: width, height per row of the table, and height of axis and legend.
_WIDTH, _ROW_HEIGHT, _EXTRA_HEIGHT = 720, 26, 110


def to_xlsx(report: MonthlyReport) -> bytes:
    """Return the report as a workbook; the same content gives the same bytes."""
    day = date.fromisoformat(report.date) if report.date else None
    return _ReportWriter(report, day).to_bytes()


class _ReportWriter:
    def __init__(self, report: MonthlyReport, day: date | None) -> None:
        self.report, self.file = report, Workbook(day)
        self.tokens = words.data("style")["tokens"]["light"]
        accent = {"bg_color": self.tokens["accent"], "font_color": self.tokens["onaccent"]}
        self.banner = self.file.format(bold=True, **accent)
        self.title = self.file.format(bold=True, font_size=14)
        self.small = self.file.format(font_color=self.tokens["ink2"])
        self.big = self.file.format(bold=True, font_size=16, num_format="#,##0.##", align="left")

    def to_bytes(self) -> bytes:
        self._overview()
        if self.report.changes:
            self._changes()
        for section in self.report.sections:
            for part in section.parts:
                self._part(part)
        self._notes()
        return self.file.to_bytes()

    def _sheet(self, name: str, title: str, columns: int) -> Any:
        """Add a sheet with a title and with the banner, also on printed pages."""
        sheet = self.file.sheet(name)
        for column in range(columns):
            sheet.write_blank(0, column, None, self.banner)
        self.file.write(sheet, 0, 0, self.report.banner, self.banner)
        self.file.write(sheet, 1, 0, title, self.title)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_header("&C" + self.report.banner.replace("&", "&&"))
        return sheet

    def _overview(self) -> None:
        report, columns = self.report, 4
        sheet = self._sheet(report.text("overview"), report.title, columns)
        sheet.set_column(0, columns - 1, 30)
        subtitle = [report.subtitle, *([report.changes.title] if report.changes else [])]
        self.file.write(sheet, 2, 0, " · ".join(subtitle), self.small)
        labels = [report.text("figure"), report.text("value")]
        rows: list[list[Any]] = [[tile.label, tile.value] for tile in report.tiles]
        if report.changes:
            labels += [report.text("before"), report.text("by")]
            changes = [[tile.previous, tile.change] for tile in report.tiles]
            rows = [[*row, *change] for row, change in zip(rows, changes, strict=True)]
        for column, label in enumerate(labels):
            self.file.write(sheet, 4, column, label, self.file.heading)
        for row, cells in enumerate(rows, start=5):
            for column, cell in enumerate(cells):
                self.file.write(sheet, row, column, cell, self.big if column == 1 else None)
        for row, (heading, notice) in enumerate(report.notices, start=6 + len(rows)):
            self.file.write(sheet, row, 0, f"{heading} {notice}".strip(), self.small)

    def _changes(self) -> None:
        report, changes = self.report, self.report.changes
        assert changes  # noqa: S101  # for mypy; the caller has tested it
        sheet = self._sheet(report.text("changes"), changes.title, 4)
        labels = [report.text(key) for key in ("layer", "kind", "record", "what")]
        rows = as_table(changes.all_items, report.lang).to_numpy().tolist()
        self.file.table(sheet, labels, rows, top=_TOP)
        sheet.set_column(3, 3, 90)

    def _part(self, part: Part) -> None:
        table = part.sheet
        sheet = self._sheet(part.title, part.title, max(len(table.labels), 6))
        self.file.table(sheet, table.labels, table.cells, top=_TOP, ungrouped=table.ungrouped)
        if not table.cells:
            self.file.write(sheet, _TOP + 1, 0, self.report.text("none"), self.small)
        if part.chart:
            self._chart(sheet, part.chart, len(table.cells))

    def _chart(self, sheet: Any, chart: Chart, rows: int) -> None:
        """Add a native chart below the table, which refers to the table's cells."""
        stacked = len(chart.series) > 1
        native = self.file.book.add_chart(
            {"type": "bar", "subtype": "stacked"} if stacked else {"type": "bar"}
        )
        first, last, name = _TOP + 1, _TOP + rows, sheet.get_name()
        names = chart.name_columns
        for column, color in zip(chart.value_columns, chart.colors, strict=True):
            native.add_series(
                {
                    "name": [name, _TOP, column],
                    "categories": [name, first, names[0], last, names[-1]],
                    "values": [name, first, column, last, column],
                    "fill": {"color": self.tokens[color]},
                    "gap": 40,
                    "data_labels": {"value": not stacked},
                }
            )
        # The first row on top, as in the table.
        native.set_y_axis({"reverse": True})
        native.set_x_axis({"major_gridlines": {"visible": True, "line": {"color": "#DDD8CC"}}})
        native.set_title({"name": chart.title} if chart.title else {"none": True})
        native.set_legend({"position": "bottom"} if stacked else {"none": True})
        native.set_size({"width": _WIDTH, "height": _EXTRA_HEIGHT + _ROW_HEIGHT * rows})
        sheet.insert_chart(last + 2, 0, native)

    def _notes(self) -> None:
        sheet = self._sheet(words.text("answer.notes", self.report.lang), self.report.title, 4)
        lines: Sequence[str] = [
            *(f"{heading} {notice}".strip() for heading, notice in self.report.notices),
            *(note for section in self.report.sections for note in section.notes),
        ]
        for row, line in enumerate(lines, start=_TOP):
            self.file.write(sheet, row, 0, line)
