"""Layers as other programs saved them: repaired, or named by the rule that knows the mistake.

``../shared/cases`` holds a folder for each, with the files that differ from ``layers/``.
"""

import shutil
from functools import cache
from pathlib import Path

import pytest

from gxq_geo.checks import check, fix
from gxq_geo.words.issues import Issue
from gxq_geo.zone import layer_files, open_zone

ROOT = Path(__file__).parents[2]
CASES = ROOT.parent / "shared" / "cases"

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="no ../shared/cases")

# What `gxq fix` repairs wholly: nothing is found that is not found in layers/.
REPAIRED = [
    "csv_blank_rows_mid",
    "csv_date_serial",
    "csv_gbk",
    "csv_header_bianhao",
    "csv_list_dunhao",
    "csv_number_forms",
    "csv_refs_by_name",
    "csv_semicolon",
    "csv_total_row",
    "csv_utf16_unicode_text",
    "csv_zhheader_projects",
    "eq_bool_float",
]
Found = tuple[str, str, str]


def found(issue: Issue) -> Found:
    return issue.rule, issue.feature, issue.field


def issues(folder: Path) -> set[Found]:
    return {found(issue) for issue in check(open_zone(folder, partial=True))}


@cache
def known() -> set[Found]:
    return issues(ROOT / "layers")


def opened(case: str, folder: Path) -> Path:
    """Copy the layers, with the files of a case."""
    for source in (ROOT / "layers", CASES / case):
        shutil.copytree(source, folder, dirs_exist_ok=True)
    return folder


def repaired(case: str, folder: Path) -> Path:
    opened(case, folder)
    for one in fix.plan(layer_files(folder)).plans:
        one.apply()
    return folder


@pytest.mark.parametrize("case", REPAIRED)
def test_repaired(tmp_path: Path, case: str) -> None:
    folder = repaired(case, tmp_path / "layers")
    assert issues(folder) <= known()
    (changed,) = (CASES / case).iterdir()
    # No record is lost or added.
    before, after = (len(open_zone(one).frame(changed.stem)) for one in (ROOT / "layers", folder))
    assert before == after
