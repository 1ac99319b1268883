"""Test text tables: folded on a terminal, one line per row in a pipe, Chinese two cells wide."""

import io
import os
import re
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxq_geo.cli.tables import Table, cut, fold, width
from tests.support.bureau import bureau
from tests.support.command import gxq

PLAIN = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=40)


def cells(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


# ------------------------------------------------------------------ texts


def test_a_chinese_character_takes_two_cells() -> None:
    assert [width(text) for text in ("", "AQ-015", "地块", "地块 A", "面积（亩）", "e\u0301")] == [
        0, 6, 4, 6, 10, 1,
    ]  # fmt: skip
    assert [cut("地块A", room) for room in (0, 1, 2, 4, 9)] == ["", "", "地", "地块", "地块A"]


@given(PLAIN, st.integers(1, 30))
def test_a_folded_text_fits_and_loses_nothing(text: str, room: int) -> None:
    lines = fold(text, room)
    assert squeezed("".join(lines)) == squeezed("".join(fold(text, 10_000)))
    # A character that is wider than the room is not parted.
    assert all(width(line) <= max(room, 2) for line in lines)


def test_a_text_is_parted_where_one_would_part_it() -> None:
    assert fold("negotiating 洽谈中, signed 已签约", 20) == ["negotiating 洽谈中,", "signed 已签约"]
    assert fold("投资额未知（个）", 12) == ["投资额未知", "（个）"]
    assert fold("新材料、装备制造", 8) == ["新材料、", "装备制造"]
    assert fold("AQ-015 LH-003", 9) == ["AQ-015", "LH-003"]
    assert fold("one\ntwo", 9) == ["one", "two"]
    assert fold("abcdefghij", 4) == ["abcd", "efgh", "ij"]


# ------------------------------------------------------------------ tables

HEAD = ["地块编号", "名称", "面积（亩）", "需调整"]
ROWS = [
    ["AQ-015", "示范地块 AQ-015", "1,175.9", "面积还差 5 亩；须先核实供应时间，再看价格"],
    ["LH-003", "甲", "5.0", "—"],
]
TABLE = Table("各园区地块", HEAD, ROWS, frozenset({2}))


@pytest.mark.parametrize("room", [30, 45, 60, 80, 200])
def test_a_table_fits_the_terminal(room: int) -> None:
    lines = list(TABLE.lines(room))
    assert max(map(cells, lines)) <= room
    shown = "\n".join(lines)
    for whole in ("AQ-015", "LH-003", "1,175.9"):
        assert whole in shown
    letters = set(squeezed("".join(cell for row in (HEAD, *ROWS) for cell in row)))
    assert letters <= set(shown)
    assert not [line for line in lines if line != line.rstrip()]


def test_numbers_stand_at_the_right() -> None:
    lines = list(TABLE.lines(200))
    ends = [cells(line[: line.index(figure) + len(figure)]) for line, figure in
            zip(lines[-2:], ("1,175.9", "5.0"), strict=True)]  # fmt: skip
    assert len(set(ends)) == 1


def test_what_does_not_fit_beside_goes_on_below_with_the_ids() -> None:
    lines = list(TABLE.lines(30))
    assert sum(line.startswith("AQ-015") for line in lines) > 1
    assert "面积（亩）" not in next(line for line in lines if line.startswith("地块编号"))


def test_in_a_pipe_a_row_is_a_line_and_nothing_is_padded() -> None:
    title, head, *rows = TABLE.lines()
    assert (title, len(rows)) == ("各园区地块", len(ROWS))
    for line, row in zip([head, *rows], [HEAD, *ROWS], strict=True):
        assert re.split(r" {2,}", line.strip()) == row
        assert line == line.rstrip()
    long = [["A", "x" * 500, "1"], ["B", "y", "2"]]
    *_, first, second = Table("t", ["a", "b", "c"], long).lines()
    assert len(first) > 500 > 60 > len(second)


def test_no_cell_steers_the_terminal() -> None:
    lines = list(Table("t\x1b[31m", ["a"], [["x\x1b[31my\u202e"]]).lines())
    assert "\x1b" not in "".join(lines)
    assert "\u202e" not in "".join(lines)


# ------------------------------------------------------------------ the commands


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bureau(tmp_path_factory.mktemp("tables") / "layers")


class Terminal(io.StringIO):
    """Standard output of a terminal."""

    def isatty(self) -> bool:
        return True


def on_terminal(room: int, monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> list[str]:
    monkeypatch.setattr("shutil.get_terminal_size", lambda *_: os.terminal_size((room, 24)))
    with monkeypatch.context() as patched:
        patched.setattr(io, "StringIO", Terminal)
        done = gxq(*words)
    assert done.status == 0, done.err
    return done.out.splitlines()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("words", [("sites",), ("projects",), ("match", "--area-mu", "50")])
def test_an_answer_fits_the_terminal(
    folder: Path, words: tuple[str, ...], lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, *others = words
    lines = on_terminal(80, monkeypatch, name, folder, *others, "--lang", lang)
    ruled = [line for line in lines if "─" in line]
    assert ruled
    assert max(map(cells, ruled)) <= 80
    in_tables = lines[: len(lines) - lines[::-1].index("")]
    assert max(map(cells, in_tables)) <= 80


def test_the_schema_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert max(map(cells, on_terminal(80, monkeypatch, "schema", "--lang", "zh"))) <= 80


@pytest.mark.parametrize("name", ["sites", "carriers", "parks", "projects", "customers", "chains"])
def test_an_answer_in_a_pipe_is_not_padded(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "260")
    lines = gxq(name, folder).out.splitlines()
    assert not [line for line in lines if line != line.rstrip()]
    assert not [line for line in lines if re.search(r"\S {60,}", line)]
    assert not [line for line in lines if "─" in line]
    assert not sys.stdout.isatty()
