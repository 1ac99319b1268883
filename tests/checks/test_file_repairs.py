"""`gxq fix` on a file as a whole: what a save in Excel or WPS does is undone."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from gxq_geo.checks.file_repairs import FILE_REPAIRS
from tests.cli.test_app import snapshot
from tests.support.command import gxq
from tests.support.zones import load_rows, tiny_zone

BLANK = "," * 28
# The slug, what a program did to the text of projects.csv, and the encoding in which it saved it.
MENDED: list[tuple[str, Callable[[str], str], str]] = [
    ("utf8-encoding", lambda text: text, "gb18030"),
    ("utf8-encoding", lambda text: text, "utf-16"),
    ("utf8-encoding", lambda text: text.replace("\n", "\r\n"), "utf-16-le"),
    ("comma-separated", lambda text: text.replace(",", ";"), "utf-8-sig"),
    ("comma-separated", lambda text: text.replace(",", "\t"), "gb18030"),
    ("comma-separated", lambda text: text.replace(",", "，"), "utf-8"),
    ("title-rows", lambda text: f"项目台账{BLANK}\n单位：亿元{BLANK}\n{text}", "utf-8-sig"),
    ("known-headings", lambda text: text.replace("project_id", "编号", 1), "utf-8-sig"),
    ("known-headings", lambda text: text.replace("park_id", "园区名称", 1), "utf-8-sig"),
    ("known-headings", lambda text: text.replace("site_id", "地块编号", 1), "utf-8-sig"),
    (
        "known-headings",
        lambda text: text.replace("investment_yi", "投 资 额（亿元）", 1),
        "utf-8-sig",
    ),
    ("total-rows", lambda text: f"{text}合计{BLANK}\n", "utf-8-sig"),
    ("total-rows", lambda text: f"{text},小 计：,{BLANK[2:]}\n", "utf-8-sig"),
    ("blank-rows", lambda text: f"{text}{BLANK}\n　,{BLANK[1:]}\n", "utf-8-sig"),
]
# What may be meant otherwise is left: the text of projects.csv, and its encoding.
LEFT: list[tuple[Callable[[str], str], str]] = [
    (lambda text: text.replace("示例", "Ünïcödé"), "cp1252"),
    (lambda text: text.replace("示例", "Ünïcödé"), "utf-8-sig"),
    (lambda text: text.replace("示例", "合计"), "utf-8-sig"),
    # Two columns that may mean one field, and a unit that is another one.
    (lambda text: text.replace("name_zh", "名称").replace("name_en", "中文名"), "utf-8-sig"),
    (lambda text: text.replace("investment_yi", "投资额（万元）", 1), "utf-8-sig"),
    (lambda text: text.replace("leader,", "编号,"), "utf-8-sig"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


def saved(folder: Path, change: Callable[[str], str], encoding: str) -> Path:
    path = folder / "projects.csv"
    path.write_bytes(change(path.read_text("utf-8-sig")).encode(encoding))
    return path


@pytest.mark.parametrize(("slug", "change", "encoding"), MENDED)
def test_what_a_save_does_is_undone(
    folder: Path, slug: str, change: Callable[[str], str], encoding: str
) -> None:
    clean = snapshot(folder)
    saved(folder, change, encoding)
    before = snapshot(folder)
    shown = gxq("fix", folder)
    assert f"[{slug}]" in shown.out.splitlines()[0] + shown.out.splitlines()[1]
    assert (shown.status, snapshot(folder)) == (1, before)
    done = gxq("fix", folder, "--apply")
    assert done.status == 0, done
    assert snapshot(folder) == clean
    assert gxq("fix", folder).status == 0


@pytest.mark.parametrize(("change", "encoding"), LEFT)
def test_what_may_be_meant_otherwise_is_left(
    folder: Path, change: Callable[[str], str], encoding: str
) -> None:
    path = saved(folder, change, encoding)
    (before,) = csv.DictReader(path.read_text(encoding).splitlines())
    gxq("fix", folder, "--apply")
    (after,) = csv.DictReader(path.read_text(encoding).splitlines())
    assert before.items() <= after.items()


def test_each_repair_has_a_case() -> None:
    assert [one.slug for one in FILE_REPAIRS] == list(dict.fromkeys(slug for slug, *_ in MENDED))


def test_a_geojson_in_gbk_is_written_in_utf8(folder: Path) -> None:
    clean = snapshot(folder)
    path = folder / "sites.geojson"
    path.write_bytes(path.read_bytes().decode().encode("gb18030"))
    assert "[utf8-encoding]" in gxq("fix", folder).out
    assert gxq("fix", folder, "--apply").status == 0
    assert snapshot(folder) == clean


def test_a_removed_row_is_shown_with_its_text(folder: Path) -> None:
    saved(folder, lambda text: f"项目台账{BLANK}\n{text}合计{BLANK[:-3]}66,,,\n", "utf-8-sig")
    shown = gxq("fix", folder, "--lang", "en").out
    assert 'projects.csv:1: row above the headings removed: "项目台账" [title-rows]' in shown
    assert 'projects.csv:4: row of totals removed: "合计,66" [total-rows]' in shown


@pytest.mark.parametrize("slug", ["utf8-encoding", "comma-separated", "total-rows"])
def test_a_repair_that_is_not_wanted_is_not_made(folder: Path, slug: str) -> None:
    change, encoding = next((change, enc) for one, change, enc in MENDED if one == slug)
    saved(folder, change, encoding)
    before = snapshot(folder)
    gxq("fix", folder, "--apply", "--ignore", slug)
    if slug == "total-rows":
        assert [row["project_id"] for row in load_rows(folder / "projects.csv")] == ["P-1", "合计"]
    else:
        assert snapshot(folder) == before
