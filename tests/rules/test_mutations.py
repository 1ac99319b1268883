"""Each mistake of `tests.rules.mistakes` is reported by its rule only, at its place."""

from collections.abc import Iterator

import pytest

from gxq_geo.checks import catalogue
from tests.rules.mistakes import MISTAKES
from tests.rules.mutations import LINES, Bench, Mistake, Outcome, bench, summary, totals

OUTCOMES: dict[str, Outcome] = {}


@pytest.fixture(scope="module")
def good() -> Iterator[Bench]:
    with bench() as one:
        yield one


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: f"{one.line}: {one.name}")
def test_a_mistake_is_reported_by_its_rule_at_its_place(good: Bench, mistake: Mistake) -> None:
    outcome = OUTCOMES[mistake.name] = good.judge(mistake)
    assert [one.rule for one in outcome.hits] == [mistake.rule], outcome.others
    assert outcome.others == []


def test_precision_and_recall(good: Bench) -> None:
    # Of several workers each has judged a part, and each part has to be faultless.
    outcomes = [*OUTCOMES.values()] or [good.judge(one) for one in MISTAKES]
    print(f"\n{summary(outcomes)}")
    assert totals(outcomes) == (1.0, 1.0)


def test_every_line_of_the_list_of_rules_has_its_mistakes() -> None:
    assert len({one.name for one in MISTAKES}) == len(MISTAKES) >= 80
    assert all(sum(one.line == line for one in MISTAKES) >= 10 for line in LINES)


# Findings about single files and GeoPackages: no mistake in these layers causes them.
ELSEWHERE = {
    *("crosses-antimeridian", "collection-nested", "collection-single", "multi-single"),
    *("polygon-holes", "bare-geometry", "null-geometry", "gpkg-layers", "gpkg-view"),
    *("gpkg-encoding", "gpkg-datum", "gpkg-geometry", "gpkg-srs", "layer-package"),
    *("excuse-expired", "excuse-idle"),
}


def test_every_rule_is_some_mistake_s() -> None:
    rules = {entry.slug for entry in catalogue()} - ELSEWHERE
    assert sorted(rules - {one.rule for one in MISTAKES}) == []


def test_a_mistake_is_taken_back(good: Bench) -> None:
    good.judge(MISTAKES[0])
    assert good.judge(Mistake("text", "none", lambda _: None, "none")).others == []
