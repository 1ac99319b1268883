"""Every finding has a case, and the list of findings comes from the code."""

import importlib
from pathlib import Path

import pytest

from gxq_geo.checks import catalogue
from tests.support.command import gxq

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("test_rules*.py"))


def test_every_finding_has_a_case() -> None:
    cases: set[str] = set()
    for name in MODULES:
        cases |= set(getattr(importlib.import_module(f"tests.rules.{name}"), "CASES", {}))
    # The findings about waivers have tests of their own.
    assert cases == {entry.slug for entry in catalogue() if entry.group != "settings"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_all_findings_are_listed_in_the_language_asked_for(lang: str) -> None:
    lines = gxq("rules", "--lang", lang).out.splitlines()
    assert lines == [
        f"{entry.slug}  [{entry.group}, {entry.severity}]  {entry.statement(lang)}"
        for entry in catalogue()
    ]
    assert len({line.split()[0] for line in lines}) == len(lines)
