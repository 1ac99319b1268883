"""Rules of what spreadsheets, drawings and web pages leave: each accepts, and reports."""

from pathlib import Path

import pytest

from tests.rules.test_rules import Case, Edit, expect_report, issues, only, site
from tests.rules.test_rules_records import codes, row
from tests.support.zones import add, remove, tiny_zone

CLASSES = (
    *("china_500", "global_500", "multinational", "industry_leader"),
    *("central_soe", "provincial_soe"),
)


def projects(**columns: tuple[object, ...]) -> Edit:
    """Add projects with these values in their columns."""

    def extend(folder: Path) -> None:
        for at, values in enumerate(zip(*columns.values(), strict=True), 2):
            record = {"project_id": f"P-{at}", "name_zh": f"项目 {at}"}
            add(folder / "projects.csv", record | dict(zip(columns, values, strict=True)))

    return extend


def filled_once(value: object = None, every: int = 2) -> Edit:
    """Customers, each class in the first of two rows only."""

    def extend(folder: Path) -> None:
        remove(folder / "customers.csv", "K-1")
        for at in range(every * len(CLASSES)):
            found = CLASSES[at // every] if at % every == 0 else value
            add(
                folder / "customers.csv",
                {"customer_id": f"K-{at:02}", "name_zh": "甲", "customer_class": found},
            )
        row("projects", "P-1", "customer_id", "K-01")(folder)

    return extend


CASES = {
    "null-word": Case(
        site("amenities_zh", "<Null>"),
        field="amenities_zh",
        allows=site("amenities_zh", "无污染，近 A/B 座"),
    ),
    "serial-date": Case(
        site("available_from", 46282),
        field="available_from",
        allows=site("available_from", "2026-09-17"),
    ),
    "merged-cells": Case(
        filled_once(),
        file="customers.csv",
        feature="K-01",
        field="customer_class",
        line=3,
        allows=filled_once("china_500"),
    ),
    "fraction-not-percent": Case(
        projects(progress_pct=(0.35, 1, 0.5, 0)),
        file="projects.csv",
        feature="P-2",
        field="progress_pct",
        allows=projects(progress_pct=(0.35, 1, 50, 0)),
    ),
    "money-unit": Case(
        projects(investment_yi=(35000,)),
        file="projects.csv",
        feature="P-2",
        field="investment_yi",
        allows=projects(investment_yi=(350,)),
    ),
    "phone-without-zero": Case(
        site("contact_phone", "537-1234567"),
        field="contact_phone",
        allows=site("contact_phone", "0537-1234567 / 13812345678 / 400-1234567 / 2345678"),
    ),
    "foreign-codes": Case(
        site("amenities_zh", "近学校&nbsp;1 公里"),
        field="amenities_zh",
        allows=site("amenities_zh", "R&D 用房，C:\\地块，100%，3 < 5 > 2"),
    ),
    "industry-code": Case(
        codes("equipment", "C34", "3512"),
        file="sectors.csv",
        line=2,
        feature="equipment",
        field="gbt4754",
        allows=codes("equipment", "C34", "C3512"),
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


@pytest.mark.parametrize("slug", sorted(CASES))
def test_rule_reports(folder: Path, slug: str) -> None:
    expect_report(folder, slug, CASES[slug])


@pytest.mark.parametrize("slug", sorted(CASES))
def test_rule_accepts(folder: Path, slug: str) -> None:
    CASES[slug].allows(folder)
    assert issues(folder) == []


# ------------------------------------------------------------------ what single rules say


@pytest.mark.parametrize(
    ("record", "field", "near"),
    [
        # By the size; by the ratio to the record's other figures; by both.
        ({"investment_yi": 20000}, "investment_yi", "2"),
        (
            {"investment_yi": 500, "annual_output_wan": 1500, "annual_tax_wan": 50},
            "investment_yi",
            "0.05",
        ),
        ({"investment_yi": 900, "landed_investment_yi": 0.08}, "investment_yi", "0.09"),
        ({"investment_yi": 3, "landed_investment_yi": 9000}, "landed_investment_yi", "0.9"),
        ({"annual_output_wan": 1.2, "annual_tax_wan": 300}, "annual_output_wan", "12000"),
        (
            {"investment_yi": 3, "annual_output_wan": 2.5, "annual_tax_wan": 800},
            "annual_output_wan",
            "25000",
        ),
        ({"investment_yi": 3, "landed_investment_yi": 0, "annual_output_wan": 25000}, "", ""),
    ],
)
def test_money_is_judged_by_size_and_ratio(
    folder: Path, record: dict[str, float], field: str, near: str
) -> None:
    for name, value in record.items():
        row("projects", "P-1", name, value)(folder)
    found = [issue for issue in issues(folder) if issue.rule == "money-unit"]
    assert [(one.field, one.params["near"]) for one in found] == ([(field, near)] if field else [])


@pytest.mark.parametrize(
    ("text", "near"),
    [
        (r"\M+1B5D8\M+1BFE9 2", "地块 2"),
        (r"\U+5730\U+5757", "地块"),
        (r"{\fSimSun|b0|i0;甲} %%c50", "甲 ⌀50"),
        ("&#22320;&#x5757;", "地块"),
        ("<b>地块</b><br/>", "地块"),
    ],
)
def test_codes_are_decoded(folder: Path, text: str, near: str) -> None:
    site("amenities_zh", text)(folder)
    issue = only(folder)
    assert (issue.rule, issue.params["near"]) == ("foreign-codes", near)


@pytest.mark.parametrize(
    ("phone", "near"),
    [
        ("5371234567", "05371234567"),
        ("10-12345678", "010-12345678"),
        ("21 12345678/13800000000", "021 12345678 / 13800000000"),
    ],
)
def test_a_zero_is_put_before_the_area_code(folder: Path, phone: str, near: str) -> None:
    site("contact_phone", phone)(folder)
    issue = only(folder)
    assert (issue.rule, issue.params["near"]) == ("phone-without-zero", near)


@pytest.mark.parametrize(
    ("code", "near"), [("3512", "C3512"), ("F34", "C34"), ("c34", "C34"), ("99", ""), ("C3", "")]
)
def test_a_code_gets_the_letter_of_its_section(folder: Path, code: str, near: str) -> None:
    codes("equipment", code)(folder)
    found = [issue for issue in issues(folder) if issue.rule == "industry-code"]
    assert [one.params["near"] for one in found] == [near]


def test_question_marks_are_lost_text(folder: Path) -> None:
    site("amenities_zh", "????")(folder)
    assert only(folder).rule == "mojibake"
    site("amenities_zh", "何时供地??")(folder)
    assert issues(folder) == []


def test_the_day_zero_is_no_date(folder: Path) -> None:
    site("available_from", "1899-12-30")(folder)
    assert only(folder).rule == "serial-date"
