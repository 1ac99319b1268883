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
from tests.support.command import gxq

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
    "csv_refs_by_name",
    "csv_semicolon",
    "csv_total_row",
    "csv_utf16_unicode_text",
    "csv_zhheader_projects",
    "eq_bool_float",
]
# What nothing but a person can decide: the rule, the record and the field that name it, after
# `gxq fix` has repaired the rest; an empty record stands for any.
NAMED: dict[str, set[tuple[str, str, str]]] = {
    "csv_header_usual": {("unknown-field", "", "总投资（万元）")},
    "csv_invest_in_wan": {("money-unit", "P-01", "investment_yi")},
    "csv_list_fullwidth": {("not-in-domain", "K-01", "emphasis")},
    "csv_number_forms": {("money-unit", "P-04", "investment_yi")},
    "csv_percent_fraction": {("fraction-not-percent", "P-02", "progress_pct")},
    "csv_phone_no_zero": {("phone-without-zero", "K-01", "contact_phone")},
    "csv_placeholders": {
        *(("unknown-reference", f"K-0{at}", "sector_id") for at in (2, 3, 4, 5)),
        ("null-word", "K-06", "region"),
        *(("wrong-type", f"K-0{at}", "next_action_date") for at in (7, 8, 9)),
    },
    "eq_dbf_nulls": {
        ("out-of-range", "AQ-001", "far_max"),
        ("min-above-max", "AQ-002", "far_min"),
        *(("null-word", f"AQ-{at}", "address_zh") for at in ("003", "004", "005", "006", "009")),
        ("serial-date", "AQ-007", "updated"),
        ("stale-record", "AQ-007", "updated"),
        ("out-of-range", "AQ-008", "area_mu"),
        ("area-mismatch", "AQ-008", "area_mu"),
        ("phone-form", "AQ-011", "contact_phone"),
        ("null-word", "AQ-012", "contact_name"),
    },
    "eq_mojibake": {
        *(("mojibake", f"AQ-00{at}", "name_zh") for at in range(1, 8)),
        *(("foreign-codes", f"AQ-0{at:02}", "name_zh") for at in range(8, 13)),
    },
    "pos_utm50": {("metres-not-degrees", "AQ-001", "geometry")},
}
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


@pytest.mark.parametrize("case", NAMED)
def test_named(tmp_path: Path, case: str) -> None:
    assert issues(repaired(case, tmp_path / "layers")) - known() == NAMED[case]


def test_no_digit_is_changed(tmp_path: Path) -> None:
    text = (repaired("csv_number_forms", tmp_path / "layers") / "projects.csv").read_text("utf-8")
    for digits in ("3.14159265358979323846", "12345678901234567890"):
        assert digits in text


def test_the_crs_is_the_one_that_puts_each_site_into_its_park(tmp_path: Path) -> None:
    folder = opened("pos_utm50", tmp_path / "layers")
    report = check(open_zone(folder, partial=True))
    (crs,) = {issue.params["crs"] for issue in report if issue.rule == "metres-not-degrees"}
    assert crs == "EPSG:32650"


def test_a_table_of_three_columns_is_decoded(tmp_path: Path) -> None:
    folder = repaired("csv_status_only_gbk", tmp_path / "layers")
    (record,) = open_zone(folder, partial=True).frame("customers").to_dict("records")
    assert (record["customer_id"], record["customer_status"]) == ("K-01", "visited")


def test_merged_cells_are_named_and_not_sorted_away(tmp_path: Path) -> None:
    folder = opened("csv_merged_down", tmp_path / "layers")
    before = (folder / "projects.csv").read_bytes()
    assert ("merged-cells", "P-09", "park_id") in issues(folder)
    plans = fix.plan(layer_files(folder))
    assert [error.slug for error in plans.errors] == ["merged-cells"]
    assert gxq("fmt", folder).status == 1
    assert gxq("fix", folder, "--apply").status == 1
    assert (folder / "projects.csv").read_bytes() == before
