"""The monthly report: every figure is the API's, in each form; internal, marked, and harmless."""

import io
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from gxq_geo import questions, words
from gxq_geo.documents.monthly_report import MonthlyReport, compose, to_html, to_pdf, to_xlsx
from gxq_geo.documents.monthly_report.content import Part
from gxq_geo.questions import tables
from gxq_geo.versions.difference import diff
from gxq_geo.zone import Zone, open_zone
from tests.map.robust.test_hostile import EVIL
from tests.support import pseudo
from tests.support.bureau import bureau
from tests.support.command import gxq
from tests.support.pages import Pages
from tests.support.zones import edit, remove

FORMULA = '=HYPERLINK("http://example.org","甲")'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny zone, with values that a page, a sheet or a typesetter might obey."""
    folder = bureau(tmp_path_factory.mktemp("bureau") / "layers")
    edit(folder / "projects.csv", "P-2", "leader", FORMULA)
    edit(folder / "projects.csv", "P-2", "name_zh", EVIL[0])
    edit(folder / "projects.csv", "P-5", "next_action", '<img src=x onerror=alert(1)> #read("x")')
    return folder


@pytest.fixture(scope="module")
def before(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month earlier."""
    old = Path(shutil.copytree(folder, tmp_path_factory.mktemp("before") / "layers"))
    edit(old / "sites.geojson", "A-1", "status", "reserve")
    remove(old / "sites.geojson", "C-2")
    edit(old / "projects.csv", "P-4", "stage", "negotiating")
    return old


@pytest.fixture(scope="module")
def three(folder: Path) -> Zone:
    return open_zone(folder)


@pytest.fixture(scope="module", params=["zh", "en"])
def said(request: pytest.FixtureRequest, three: Zone, before: Path) -> MonthlyReport:
    return compose(three, request.param, since=diff(open_zone(before), three), name="2026-10")


@pytest.fixture(scope="module")
def page(said: MonthlyReport) -> "Page":
    return Page(to_html(said).decode())


@pytest.fixture(scope="module")
def book(said: MonthlyReport) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(to_xlsx(said)))


@pytest.fixture(scope="module")
def pages(said: MonthlyReport) -> Pages:
    return Pages(to_pdf(said))


class Page(HTMLParser):
    """The texts of a page: of its tables by row, of its charts, and all of them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tables: list[list[list[str]]] = []
        self.charts: list[list[str]] = []
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self._into: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._into = self.tables[-1][-1]
        elif tag == "svg":
            self.charts.append([])
        elif tag == "text":
            self._into = self.charts[-1]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "text"):
            self._into = None

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._into is not None:
            self._into.append(data.strip())


def parts(said: MonthlyReport) -> Iterator[Part]:
    return (part for section in said.sections for part in section.parts)


class Api:
    """What the API answers, each question asked once: its frames, and those in words."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.answers = {name: ask(zone) for name, ask in questions.QUESTIONS.items()}
        self._spoken: dict[tuple[str, str], dict[str, pd.DataFrame]] = {}

    def rows(self, part: Part) -> pd.Series:
        """Of which rows of its table a part is."""
        frame = self.answers[part.question][part.table]
        kept = pd.Series(data=True, index=frame.index)
        for column, value in part.filters.items():
            kept &= (frame[column] == value).fillna(value=False).astype(bool)
        return kept

    def frame(self, part: Part) -> pd.DataFrame:
        return self.answers[part.question][part.table][self.rows(part)].reset_index(drop=True)

    def in_words(self, part: Part, lang: str) -> pd.DataFrame:
        answer, key = self.answers[part.question], (part.question, lang)
        if key not in self._spoken:
            self._spoken[key] = tables.in_words(self.zone, answer, lang)
        whole = self._spoken[key][part.table].set_axis(answer[part.table].columns, axis=1)
        return whole[self.rows(part)].reset_index(drop=True)


@pytest.fixture(scope="module")
def api(three: Zone) -> Api:
    return Api(three)


def same(cell: Any, value: Any) -> bool:
    if cell is None or (isinstance(value, float) and pd.isna(value)):
        return cell is None and bool(pd.isna(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return bool(cell == pytest.approx(value, abs=1e-6))
    return bool(cell == (value.date() if isinstance(value, pd.Timestamp) else value))


# ------------------------------------------------------------------ every figure


def test_every_table_is_the_answer_of_a_question(said: MonthlyReport, api: Api) -> None:
    found = list(parts(said))
    assert len(found) >= 20
    for part in found:
        frame, spoken = api.frame(part), api.in_words(part, said.lang)
        assert list(part.sheet.frame.columns) == list(frame.columns)
        assert len(part.sheet.cells) == len(frame)
        for cells, (_, row) in zip(part.sheet.cells, spoken.iterrows(), strict=True):
            for cell, value in zip(cells, row, strict=True):
                assert same(cell, value), (part.table, cell, value)


def test_every_chart_and_grid_draws_a_table(said: MonthlyReport, api: Api) -> None:
    drawn = [part for part in parts(said) if part.chart]
    assert len(drawn) >= 7
    for part in drawn:
        assert part.chart
        frame = api.frame(part)
        assert len(part.chart.names) == len(frame)
        for place, (_, values) in zip(part.chart.value_columns, part.chart.series, strict=True):
            for value, figure in zip(values, frame.iloc[:, place], strict=True):
                assert same(value, figure)
    (part,) = [part for part in parts(said) if part.pivot]
    assert part.pivot
    frame = api.in_words(part, said.lang)
    held = {(row.park_id, row.sector_id): row.lq for row in frame.itertuples()}
    for name, row in zip(part.pivot.rows, part.pivot.cells, strict=True):
        for column, value in zip(part.pivot.columns, row, strict=True):
            assert same(value, held.get((name, column), float("nan")))


def test_every_figure_at_the_top_is_the_answer_of_a_question(
    said: MonthlyReport, three: Zone, before: Path
) -> None:
    old = open_zone(before)
    figures: dict[str, Any] = {one.key: (one.value, one.previous) for one in said.tiles}

    def of(zone: Zone) -> dict[str, Any]:
        sites = questions.sites(zone)["by_status"].set_index("status")
        projects = questions.projects(zone)
        stages = projects["by_stage"].set_index("stage")["projects"]
        return {
            "available": sites.loc["available", "sites"],
            "available_mu": sites.loc["available", "area_mu"],
            "contiguous_mu": sites.loc["available", "contiguous_mu"],
            "reserve_mu": sites.loc["reserve", "area_mu"],
            "signed": stages["signed"],
            "building": stages["under_construction"],
            "stuck": len(projects["stuck"]),
            "customers_due": len(questions.customers(zone)["due"]),
        }

    now, then = of(three), of(old)
    assert figures == {key: (now[key], then[key]) for key in now}
    # By hand: seven on offer, one of them of unknown size; A-1 was in reserve, C-2 was not there.
    assert figures["available"] == (7, 5)
    assert figures["available_mu"] == (165, 150)
    assert figures["reserve_mu"] == (15, 30)


def test_the_page_shows_every_figure(said: MonthlyReport, page: Page) -> None:
    shown = iter(page.tables)
    charts = iter(page.charts)
    for part in parts(said):
        if part.chart:
            texts = next(charts)
            if len(part.chart.series) == 1:
                figures = [tables.display_text(value) for value in part.chart.series[0][1]]
                assert [one for one in texts if one in figures][-len(figures) :] == figures
        if part.pivot:
            rows = next(shown)
            assert rows[0][1:] == list(part.pivot.columns)
            for name, row, found in zip(part.pivot.rows, part.pivot.cells, rows[1:], strict=True):
                assert found == [name, *map(tables.display_text, row)]
        elif part.cells:
            rows = next(shown)
            assert rows == [list(part.labels), *([*map(str.strip, row)] for row in part.cells)]
    assert not list(shown)
    for one in said.tiles:
        assert tables.display_text(one.value) in page.texts
    (available,) = (one for one in said.tiles if one.key == "available_mu")
    assert said.comparison(available) in page.texts
    assert re.fullmatch(r"(原为|was) 150 ?[（(]\+15[）)]", said.comparison(available))


def test_the_workbook_holds_every_figure(said: MonthlyReport, book: openpyxl.Workbook) -> None:
    sheets = iter(book.worksheets)
    overview = next(sheets)
    for row, one in enumerate(said.tiles, start=6):
        cells = [overview.cell(row, column).value for column in (1, 2, 3, 4)]
        assert cells == [one.label, one.value, one.previous, one.change]
    assert next(sheets).title == said.text("changes")
    for part in parts(said):
        sheet = next(sheets)
        assert sheet["A2"].value == part.title
        assert [cell.value for cell in sheet[4]][: len(part.sheet.labels)] == [*part.sheet.labels]
        for row, texts in enumerate(part.sheet.cells, start=5):
            for column, cell in enumerate(texts, start=1):
                found = sheet.cell(row, column).value
                found = found.date() if hasattr(found, "date") else found
                assert same(found, cell) or found == cell, (part.table, found, cell)
        assert len(sheet._charts) == (1 if part.chart else 0)
        if part.chart:
            assert_chart(sheet, part)
    assert next(sheets).title == words.text("answer.notes", said.lang)


def assert_chart(sheet: Any, part: Part) -> None:
    """A native chart refers to the cells of its table."""
    assert part.chart
    for series, place in zip(sheet._charts[0].series, part.chart.value_columns, strict=True):
        name, ref = series.val.numRef.f.replace("$", "").rsplit("!", 1)
        assert name.strip("'") == sheet.title
        first, last = (sheet[ref.split(":")[k]] for k in (0, -1))
        assert {first.column, last.column} == {place + 1}
        assert (first.row, last.row) == (5, 4 + len(part.sheet.cells))


def test_paper_shows_every_figure(said: MonthlyReport, pages: Pages) -> None:
    whole = "".join(pages.text(k) for k in range(len(pages)))
    for part in parts(said):
        rows: Any = part.pivot.cells if part.pivot else part.cells
        for row in rows:
            texts = [one if isinstance(one, str) else tables.display_text(one) for one in row]
            for text in texts:
                assert re.sub(r"[\s\u200b]", "", text) in whole, (part.table, text)
    for one in said.tiles:
        assert tables.display_text(one.value) in whole
    for k in range(len(pages)):
        assert re.sub(r"\s", "", said.banner) in pages.text(k)
        assert pages.size_mm(k) == (210, 297)
        assert not pages.outside(k, 8)
        # Of ff the last letter covers a space that the reader guesses.
        assert not [one for one in pages.overlaps(k) if " " not in one[:2]]


# ------------------------------------------------------------------ what it says about itself


def test_it_says_that_it_is_internal_schematic_and_a_demonstration(
    said: MonthlyReport, page: Page, book: openpyxl.Workbook
) -> None:
    band = words.text("page.band_internal", said.lang)
    assert page.texts.count(said.banner) == 1
    assert said.banner.startswith(band)
    for sheet in book:
        assert sheet["A1"].value == said.banner
        assert sheet.oddHeader.center.text == said.banner
    heads = [head for head, _ in said.notices]
    assert heads == [words.text(f"page.badge_{one}", said.lang) for one in ("schematic", "demo")]
    text = " ".join(page.texts)
    assert words.text("page.notice_demo", said.lang) in text
    demo = words.text("answer.demo", said.lang, layer="\0", demo=6, count=6).split("\0")[1]
    assert demo in text


def test_the_page_runs_nothing_and_asks_for_nothing(page: Page) -> None:
    assert "default-src 'none'" in page.html
    assert not page.tags & {"script", "img", "link", "iframe", "object", "a", "base", "form"}
    known = {"http://www.w3.org/2000/svg", "http://example.org"}
    assert set(re.findall(r"\w+://[\w./]+", page.html)) == known
    assert " style=" not in page.html
    assert "<img src=x onerror" not in page.html
    assert any("<img src=x onerror" in one for one in page.texts)


def test_a_formula_stays_a_text(book: openpyxl.Workbook, pages: Pages) -> None:
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type in ("f", "e")]
    assert FORMULA in {cell.value for cell in cells}
    whole = "".join(pages.text(k) for k in range(len(pages)))
    assert '#read("x")' in whole


def test_what_changed_is_told(said: MonthlyReport, page: Page, book: openpyxl.Workbook) -> None:
    assert said.changes
    assert [one.change.id for one in said.changes.all_items] == ["A-1", "C-2", "P-4"]
    text = "\n".join(page.texts)
    rows = [[cell.value for cell in row] for row in book.worksheets[1].iter_rows(min_row=5)]
    assert len(rows) == 3
    for one, row in zip(said.changes.all_items, rows, strict=True):
        assert one.subject in text
        assert all(line in text for line in one.lines)
        assert row[2] == one.subject
        assert all(line in row[3] for line in one.lines)


def test_the_same_layers_give_the_same_bytes(said: MonthlyReport) -> None:
    for make in (to_html, to_xlsx, to_pdf):
        assert make(said) == make(said)


def test_in_a_third_language_no_word_is_left(
    three: Zone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pseudo.write(tmp_path)
    monkeypatch.setenv("GXQ_WORDS", str(tmp_path))
    said = compose(three, pseudo.CODE)
    heads = [said.title, *(one.label for one in said.tiles), *(one.title for one in said.sections)]
    heads += [label for part in parts(said) for label in part.sheet.labels]
    assert not [one for one in heads if not one.startswith("‹")]
    assert f'lang="{pseudo.CODE}"' in to_html(said).decode()


# ------------------------------------------------------------------ the command


def test_the_form_follows_the_ending(folder: Path, before: Path, tmp_path: Path) -> None:
    starts = {"html": b"<!doctype html>", "xlsx": b"PK", "pdf": b"%PDF"}
    for ending, start in starts.items():
        path = tmp_path / f"月报.{ending}"
        done = gxq("report", folder, "-o", path, "--since", before, "--lang", "zh")
        assert done.status == 0, done.err
        assert path.read_bytes().startswith(start)
    page = (tmp_path / "月报.html").read_text("utf-8")
    assert f"与 {before.name}（数据日期 2026-11-23）相比" in page
    assert str(before) not in page
    bare = tmp_path / "bare.html"
    assert gxq("report", folder, "-o", bare, "--lang", "en").status == 0
    assert words.text("briefing.since", "en", name="\0").split("\0")[0] not in bare.read_text(
        "utf-8"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [(["-o", "report.doc"], ".xlsx, .html, .pdf"), (["--since", "nowhere"], "nowhere")],
)
def test_what_is_wrong_is_one_line(
    folder: Path, options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = gxq("report", folder, "--lang", "en", *options)
    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert said in done.err
    assert not list(tmp_path.iterdir())


def test_an_empty_zone_gives_a_report(tmp_path: Path) -> None:
    """A zone that has parks and nothing else yet."""
    folder = bureau(tmp_path / "layers")
    for path in folder.iterdir():
        if path.stem not in ("zone", "parks"):
            path.unlink()
    for ending in ("html", "xlsx", "pdf"):
        done = gxq("report", folder, "-o", tmp_path / f"r.{ending}", "--lang", "zh")
        assert done.status == 0, done.err


def test_every_entry_names_what_there_is(three: Zone) -> None:
    """What `briefing.toml` asks for exists: tables, columns, colours; each key once."""
    spec, tokens = words.data("briefing"), words.data("style")["tokens"]["light"]
    answers = {name: ask(three) for name, ask in questions.QUESTIONS.items()}
    wanted = [*spec["tiles"], *(part for one in spec["sections"] for part in one["parts"])]
    for one in wanted:
        question, table = one["table"].split(".")
        columns = set(answers[question][table].columns)
        chart, grid = one.get("chart", {}), one.get("grid", {})
        named = {*one.get("columns", ()), *one.get("row", {}), *grid.values()}
        named |= {chart[key] for key in ("by", "and") if key in chart} | {*chart.get("values", ())}
        named |= {one["column"]} if "column" in one else set()
        assert named <= columns, one["table"]
        assert set(chart.get("colors", ())) <= set(tokens)
        assert len(chart.get("colors", ())) == len(chart.get("values", ()))
    keys = [one["key"] for one in (*spec["tiles"], *spec["sections"])]
    assert len(keys) == len(set(keys))
