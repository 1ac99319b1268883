"""The examples that ``gxq rules SLUG`` shows are real: each fails by its rule alone."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from gxq_geo import words
from gxq_geo.checks import EVERYTHING, catalogue, check
from gxq_geo.checks.examples import OMITTED, Piece, example
from gxq_geo.zone import open_zone
from gxq_geo.zone.single import GROUPS, open_file
from tests.rules.test_rules_all import MODULES
from tests.rules.test_rules_records import stages
from tests.support.command import gxq
from tests.support.zones import add, edit, tiny_zone

# The file of an example that is checked alone, outside a zone.
ALONE = "any.geojson"
EXCUSED = "published-without-price"
SETTINGS = f"""\
public_url = "https://example.org/map"
map_review_no = "示例 1"
{{}}
[[indicators]]
land_use = ["M1"]
far_min = 1.0
far_max = 2.0
source = "示例"

[[excused]]
rule = "{EXCUSED}"
feature = "C-1"
reason = "租金待集体决策"
until = 2027-03-31
"""
SLUGS = [entry.slug for entry in catalogue()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The zone of the examples, without issues: a tiny zone with some more values."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795824000")  # 2026-11-28
    home = tiny_zone(tmp_path / "layers")
    settings = home / "zone.toml"
    settings.write_text(SETTINGS.format(settings.read_text("utf-8")), "utf-8")
    add(home / "sectors.csv", {"sector_id": "information", "name_zh": "示例", "name_en": "Example"})
    edit(home / "sectors.csv", "equipment", "gbt4754", ["C34"])
    edit(home / "parks.geojson", "dong", "lead_sectors", ["information"])
    edit(home / "carriers.geojson", "C-1", "rent_yuan_per_m2_month", None)
    stages("2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04")(home)
    more = {
        "zoning_id": "B-3",
        "far_max": 2,
        "green_pct": 20,
        "amenities_zh": "示例大道",
        "contact_phone": "0537-000-0003",
        "source": "示例，https://example.org/sites",
    }
    for field, value in more.items():
        edit(home / "sites.geojson", "D-2", field, value)
    return home


def found(folder: Path) -> list[str]:
    return [issue.rule for issue in check(open_zone(folder, partial=True))]


def found_alone(folder: Path, text: str) -> list[str]:
    path = folder.parent / ALONE
    path.write_text(text, "utf-8")
    zone, _ = open_file(path)
    return [issue.rule for issue in check(zone, choice=EVERYTHING.within(GROUPS))]


def spoil(folder: Path, piece: Piece) -> None:
    """Replace the one place of a file that is as in the example by what is wrong with it."""
    path = folder / piece.file
    text = path.read_text("utf-8")
    pattern = re.compile("(.*?)".join(map(re.escape, piece.right.split(OMITTED))))
    (place,) = pattern.finditer(text)
    left_out = iter(place.groups())
    wrong = re.sub(OMITTED, lambda _: next(left_out), piece.wrong)
    assert next(left_out, None) is None
    path.write_bytes((text[: place.start()] + wrong + text[place.end() :]).encode())


def expected(slug: str) -> list[str]:
    """The findings of an example: a waiver that has expired leaves what it excused."""
    return sorted([slug, EXCUSED] if slug == "excuse-expired" else [slug])


def test_the_zone_of_the_examples_has_no_issue(folder: Path) -> None:
    assert found(folder) == []


def test_each_finding_has_an_example() -> None:
    assert list(words.data("examples")) == SLUGS


@pytest.mark.parametrize("slug", SLUGS)
def test_an_example_fails_by_its_rule_alone_and_not_when_fixed(folder: Path, slug: str) -> None:
    pieces = example(slug, "zh")
    if pieces[0].described:
        _case(slug).breaks(folder)
        assert found(folder) == [slug]
    elif pieces[0].file == ALONE:
        assert found_alone(folder, pieces[0].wrong) == [slug]
        assert found_alone(folder, pieces[0].right) == []
    else:
        # What is right stands in the zone as it is, and the zone has no issue.
        for piece in pieces:
            spoil(folder, piece)
        assert sorted(found(folder)) == expected(slug)


def _case(slug: str) -> Any:
    """The case of a rule in the other tests, for what is not seen in a text."""
    cases: dict[str, Any] = {}
    for name in MODULES:
        cases |= getattr(importlib.import_module(f"tests.rules.{name}"), "CASES", {})
    return cases[slug]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_of_a_rule_says_what_and_why_and_shows_the_example(lang: str) -> None:
    reasons = set()
    for slug in SLUGS:
        page = gxq("rules", slug, "--lang", lang).out
        reason = words.text(f"rule.{slug}.why", lang)
        reasons.add(reason)
        assert words.text(f"rule.{slug}.rule", lang) in page
        assert reason in page
        fails, fixed = page.split(words.text("cli.rule-fixed", lang))
        for piece in example(slug, lang):
            for part, text in ((fails, piece.wrong), (fixed, piece.right)):
                assert f"  {piece.file}\n" in part
                assert all(
                    f"    {line}".rstrip() + "\n" in f"{part}\n" for line in text.splitlines()
                )
    assert len(reasons) == len(SLUGS)
