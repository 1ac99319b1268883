"""Formatted values: numbers are shown in the units of each language."""

import pytest

from gxq_geo import words
from gxq_geo.schemas import schema
from gxq_geo.schemas.display import ValueFormatter, amount, unit_over


@pytest.mark.parametrize(
    ("number", "unit", "zh", "en"),
    [
        (19.6, "wan_per_mu", "19.6 万元/亩", "CNY 196,000/mu"),
        (30, "wan_per_mu", "30 万元/亩", "CNY 300,000/mu"),
        (50, "wan", "50 万元", "CNY 500,000"),
        (1.2, "yi", "1.2 亿元", "CNY 120 million"),
        (197, "yi", "197 亿元", "CNY 19,700 million"),
        (12.5, "yuan_per_m2_month", "12.5 元/㎡·月", "CNY 12.5/m² per month"),
        (0.15, "tce_per_wan", "0.15 吨标煤/万元", "0.15 tce per CNY 10,000"),
        (1, "storey", "1 层", "1 storey"),
        (6, "storey", "6 层", "6 storeys"),
        (1, "firm", "1 家", "1 company"),
        (0, "year", "0 年", "0 years"),
        (630, "kva", "630 千伏安", "630 kVA"),
        (3, "", "3", "3"),
    ],
)
def test_a_number_is_said_as_the_language_says_it(
    number: float, unit: str, zh: str, en: str
) -> None:
    assert (str(amount(number, unit, "zh")), str(amount(number, unit, "en"))) == (zh, en)


@pytest.mark.parametrize(
    ("unit", "over", "own"),
    [
        ("wan_per_mu", "CNY/mu", "CNY 10,000/mu"),
        ("wan", "CNY", "CNY 10,000"),
        ("yi", "CNY million", "CNY 100 million"),
        ("storey", "storeys", "storeys"),
        ("percent", "%", "%"),
    ],
)
def test_a_heading_says_the_unit_of_what_stands_below_it(unit: str, over: str, own: str) -> None:
    assert unit_over(unit, "en") == over
    assert ValueFormatter({}, "en").unit(unit) == own


@pytest.mark.parametrize("lang", words.langs())
def test_a_figure_is_of_a_unit(lang: str) -> None:
    assert set(schema().figures) <= set(schema().units)
    for unit in schema().units:
        assert any(letter.isdigit() for letter in str(amount(7, unit, lang))), unit


def test_a_number_that_is_not_rounded_is_in_the_unit_of_the_layers() -> None:
    fmt = ValueFormatter({}, "en")
    assert fmt.exactly("19.60001", "wan_per_mu") == "19.60001 (CNY 10,000/mu)"
    assert fmt.exactly("15.004", "mu") == "15.004 mu"
