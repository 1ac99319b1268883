"""The questions on the command line: text, JSON, CSV and Excel with the same figures."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from gxq_geo import questions, words
from gxq_geo.matching import match
from gxq_geo.matching.requirement import criteria
from gxq_geo.questions import QUESTIONS, tables
from gxq_geo.zone import Zone, open_zone
from tests.support.bureau import bureau
from tests.support.command import gxq
from tests.support.zones import edit

NEED = {"area_mu": 50, "sectors": ["materials"], "station_km": 5}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bureau(tmp_path_factory.mktemp("bureau") / "layers")


def answers(zone: Zone) -> list[questions.Answer]:
    every = [ask(zone) for ask in QUESTIONS.values()]
    sector = zone.sectors["sector_id"].iloc[0]
    return [*every, questions.matched(zone, {"area_mu": 50, "sectors": [sector]}, failed=True)]


# ------------------------------------------------------------------ words


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_table_and_column_has_words(zone: Zone, lang: str) -> None:
    """Every value is translated: no id of a record, a choice or a verdict remains."""
    for answer in answers(zone):
        for sheet in tables.sheets(answer, zone, lang):
            assert sheet.title
            assert len(set(sheet.labels)) == len(sheet.labels), (answer.name, sheet.name)
            assert len(sheet.cells) == len(sheet.frame)
            for label in sheet.labels:
                assert "_" not in label, (answer.name, sheet.name, label)
                if lang == "zh":
                    assert not label.isascii(), label
            said = {cell for row in sheet.cells for cell in row if isinstance(cell, str)}
            assert not [one for one in said if re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", one)], said
        assert len(tables.notes(answer, zone, lang)) >= 2


def test_no_word_of_an_answer_is_idle(zone: Zone) -> None:
    used: set[str] = {"name", "score", "completeness_pct", "change", "rank", "verdict"}
    titles = set()
    for answer in [*answers(zone), questions.matched(zone, {"area_mu": 150})]:
        used |= {str(name) for frame in answer.tables.values() for name in frame}
        titles |= {f"{answer.name}.{name}" for name in (*answer.tables, "note")}
    assert set(words.table("answer.column", "zh")) <= used
    of_tables = {
        key for key in words.table("answer", "zh") if key.split(".")[0] in {*QUESTIONS, "match"}
    }
    assert of_tables == titles


# ------------------------------------------------------------------ forms


@pytest.mark.parametrize("name", list(QUESTIONS))
def test_json_holds_what_the_functions_say(name: str, folder: Path) -> None:
    done = gxq(name, folder, "--format", "json")
    assert done.status == 0, done.err
    said = json.loads(done.out)
    assert (said["schema_version"], said["question"], said["date"]) == (1, name, "2026-11-23")
    answer = QUESTIONS[name](open_zone(folder))
    assert list(said["tables"]) == list(answer.tables)
    for table, frame in answer.tables.items():
        found = said["tables"][table]
        assert [one["name"] for one in found["columns"]] == list(frame.columns)
        assert len(found["rows"]) == len(frame)
        for column in frame:
            for ours, theirs in zip(frame[column], found["rows"], strict=True):
                assert_same(ours, theirs[column])


def assert_same(ours: Any, theirs: Any) -> None:
    if isinstance(ours, tuple):
        assert list(ours) == theirs
    elif ours is None or pd.isna(ours):
        assert theirs is None
    elif isinstance(ours, pd.Timestamp):
        assert ours.date().isoformat() == theirs
    else:
        assert theirs == (pytest.approx(ours, abs=1e-6) if isinstance(ours, float) else ours)


@pytest.mark.parametrize("name", list(QUESTIONS))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_table_says_it_in_words(name: str, lang: str, folder: Path) -> None:
    done = gxq(name, folder, "--lang", lang)
    assert done.status == 0, done.err
    for table in QUESTIONS[name](open_zone(folder)).tables:
        assert words.text(f"answer.{name}.{table}", lang) in done.out
    assert tables.notes(QUESTIONS[name](open_zone(folder)), open_zone(folder), lang)[1] in done.out


def test_a_table_without_rows_says_so() -> None:
    done = gxq("sites", "layers", "--table", "stale", "--lang", "zh")
    assert words.text("cli.answer-none", "zh") in done.out
    assert (
        words.text("cli.answer-none", "zh") not in gxq("sites", "layers", "--lang", "zh").out[:200]
    )


def test_one_table_is_shown_whole(tmp_path: Path) -> None:
    done = gxq("projects", "layers", "--table", "responsible", "--lang", "zh")
    assert "--table" not in done.out
    short = gxq("projects", "layers", "--lang", "zh")
    assert "--table responsible" in short.out
    path = tmp_path / "projects.txt"
    assert gxq("projects", "layers", "-o", path, "--lang", "zh").status == 0
    assert "--table" not in path.read_text("utf-8")


def test_csv_opens_in_a_spreadsheet_and_calculates_nothing(tmp_path: Path) -> None:
    folder = bureau(tmp_path / "layers")
    edit(folder / "projects.csv", "P-2", "leader", '=HYPERLINK("http://x","甲")')
    edit(folder / "projects.csv", "P-3", "leader", "@SUM(A1)")
    path = tmp_path / "leaders.csv"
    done = gxq(
        "projects", folder, "--format", "csv", "--table", "by_leader", "-o", path, "--lang=zh"
    )
    assert done.status == 0, done.err
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0][:2] == ["包保领导", "项目数"]
    assert [row[0] for row in rows[1:]] == ['\'=HYPERLINK("http://x","甲")', "'@SUM(A1)", ""]
    assert b"\r\n" in data
    # Without a name it is the first table, and says so.
    done = gxq("projects", folder, "--format", "csv", "--lang", "zh")
    assert "by_department" in done.err
    assert gxq("projects", folder, "--format", "csv", "--table", "due,stuck").status == 2


def test_a_workbook_holds_texts_numbers_and_dates(tmp_path: Path) -> None:
    folder = bureau(tmp_path / "layers")
    edit(folder / "projects.csv", "P-2", "leader", "=1+1")
    edit(folder / "projects.csv", "P-2", "next_action", "+86 去电")
    path, again = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    for one in (path, again):
        done = gxq("projects", folder, "--format", "xlsx", "-o", one, "--lang", "zh")
        assert done.status == 0, done.err
    assert path.read_bytes() == again.read_bytes()
    book = load_workbook(path)
    assert book.sheetnames[-1] == "说明"
    assert len(book.sheetnames) == len(questions.projects(open_zone(folder)).tables) + 1
    leaders = book["各领导项目"]
    assert leaders["A1"].value == "包保领导"
    assert (leaders["A2"].value, leaders["A2"].data_type) == ("=1+1", "s")
    assert leaders["B2"].value == 1
    stuck = book["推进受阻项目（卡点项目）"]
    row = next(row for row in stuck.iter_rows(min_row=2) if row[0].value.startswith("P-5"))
    assert row[6].value.date().isoformat() == "2026-11-01"
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type in ("f", "e")]
    assert gxq("projects", folder, "--format", "xlsx").status == 2


def test_a_wrong_table_is_named(folder: Path) -> None:
    done = gxq("sites", folder, "--table", "suply", "--lang", "en")
    assert done.status == 2
    assert "Did you mean supply?" in done.err


# ------------------------------------------------------------------ match


def test_match_by_options_and_by_file(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "need.toml"
    path.write_text('area_ha = 3.3333333333333335\nsectors = "materials"\n\n[weights]\narea = 1\n')
    by_file = gxq("match", folder, "--file", path, "--format", "json")
    assert by_file.status == 0, by_file.err
    options = ["--area-mu", "50", "--sectors", "materials", "--weight", "area=1"]
    by_options = gxq("match", folder, *options, "--format", "json")
    assert by_options.out == by_file.out
    said = json.loads(by_file.out)
    zone = open_zone(folder)
    stated = {"area_mu": 50, "sectors": ["materials"]}
    for layer in ("sites", "groups", "carriers"):
        found = match(zone, stated, layer=layer, weights={"area": 1})
        kept = found[found["verdict"] != "fail"]
        rows = said["tables"][layer]["rows"]
        assert len(rows) == len(kept)
        for column in kept:
            for ours, theirs in zip(kept[column], rows, strict=True):
                assert_same(ours, theirs[column])


def test_match_says_pass_fail_or_unknown_with_the_figure(folder: Path) -> None:
    done = gxq(
        "match", folder, "--area-mu", "50", "--sectors", "materials", "--all", "--lang", "zh"
    )
    assert done.status == 0
    line = next(one for one in done.out.splitlines() if " C-1 " in one)
    assert "接近 45.0 亩" in line
    assert "面积还差 5 亩" in line
    assert any("B-1+B-2" in one and "符合 60.0 亩" in one for one in done.out.splitlines())
    assert "未提供" in next(one for one in done.out.splitlines() if " C-2 " in one)
    assert "不符合" in next(one for one in done.out.splitlines() if " A-1 " in one)


def test_match_prints_the_link_of_the_map(folder: Path) -> None:
    done = gxq("match", folder, "--area-ha", "2", "--gbt4754", "3523", "--link")
    assert done.out == "#need=1,sites,sectors:materials,area_mu:30\n"
    done = gxq("match", folder, "--floor-m2", "200", "--kinds", "办公楼宇", "--link")
    assert done.out == "#need=1,carriers,kinds:office,floor_m2:200\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--area-mu", "50", "--weight", "aera=3"], "Did you mean area?"),
        (["--area-mu", "50", "--weight", "area=much"], "must be a number"),
        (["--area-mu", "-5"], "above 0"),
        (["--gbt4754", "C27"], "C27"),
        ([], "empty"),
    ],
)
def test_match_says_what_is_wrong(folder: Path, options: list[str], said: str) -> None:
    done = gxq("match", folder, *options, "--lang", "en")
    assert done.status == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_every_want_is_an_option() -> None:
    shown = gxq("match", "--help").out
    for want in criteria().wants.values():
        for name in (want.name, *want.also):
            assert f"--{name.replace('_', '-')}"[:20] in shown


def test_the_points_of_a_column_stand_in_line() -> None:
    assert tables.aligned_texts([1234.5, 90.0, None, 0.25]) == ["1,234.50", "90.00", "—", "0.25"]
    assert tables.aligned_texts([3.0, 1200.0]) == ["3", "1,200"]
    assert tables.aligned_texts([2026, 2027], ungrouped=True) == ["2026", "2027"]
