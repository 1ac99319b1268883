"""Waivers: one record, one rule, a reason and an expiry date; incomplete ones are refused."""

from datetime import date
from pathlib import Path

import pytest

from gxq_geo.checks import check
from gxq_geo.words.errors import ZoneError
from gxq_geo.words.issues import Report, Severity
from gxq_geo.zone import open_zone
from tests.rules.geometry_cases import GEOMETRY_CASES
from tests.support.command import gxq
from tests.support.zones import SETTINGS, block, edit, tiny_zone

DAY = date(2027, 3, 31)
GOOD = {
    "rule": '"sites-overlap"',
    "feature": '"X-2"',
    "reason": '"界桩待复测"',
    "until": "2027-03-31",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A zone in which X-2 overlaps X-1."""
    home = tiny_zone(tmp_path / "layers")
    edit(home / "sites.geojson", "X-1", "geometry", block(100, 250, 100, 100))
    return home


def excuse(folder: Path, **parts: str | None) -> Path:
    """Add one waiver to the settings: a valid one, with some parts changed or left out."""
    lines = (f"{k} = {v}" for k, v in {**GOOD, **parts}.items() if v is not None)
    text = "\n".join(["", "[[excused]]", *lines, ""])
    path = folder / "zone.toml"
    path.write_text(path.read_text("utf-8") + text, "utf-8")
    return folder


def found(folder: Path, today: date = DAY) -> Report:
    return check(open_zone(folder, partial=True), today=today)


def rules(report: Report) -> set[str]:
    return {issue.rule for issue in report}


def test_an_excused_record_is_not_reported_until_the_last_day_is_over(folder: Path) -> None:
    assert "sites-overlap" in rules(found(folder))
    excuse(folder)
    living = found(folder)
    assert not rules(living) & {"sites-overlap", "excuse-expired", "excuse-idle"}
    assert [issue.feature for issue in living.excused] == ["X-2"]
    over = found(folder, date(2027, 4, 1))
    assert {"sites-overlap", "excuse-expired"} <= rules(over)
    (expired,) = [issue for issue in over if issue.rule == "excuse-expired"]
    line = len(SETTINGS.splitlines()) + 2
    assert (expired.file, expired.line, expired.feature) == ("zone.toml", line, "X-2")
    assert expired.severity is Severity.WARNING
    assert not over.excused


@pytest.mark.parametrize(
    "parts", [{"feature": '"X-1"'}, {"rule": '"parks-overlap"'}, {"layer": '"parks"'}]
)
def test_an_excuse_excuses_nothing_else_and_says_so(folder: Path, parts: dict[str, str]) -> None:
    report = found(excuse(folder, **parts))
    assert {"sites-overlap", "excuse-idle"} <= rules(report)
    (idle,) = [issue for issue in report if issue.rule == "excuse-idle"]
    assert idle.severity is Severity.ADVICE
    assert not report.excused


def test_a_layer_may_be_named(folder: Path) -> None:
    assert len(found(excuse(folder, layer='"sites"')).excused) == 1


def test_a_layer_as_a_whole_is_excused_without_a_record(tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path / "layers")
    GEOMETRY_CASES["datum-shifted"].breaks(folder)
    assert rules(found(folder)) == {"datum-shifted"}
    page = tmp_path / "map.html"
    # Without the excuse its map is a draft.
    assert gxq("map", folder, "-o", page).status == 1
    assert not page.exists()
    assert gxq("map", folder, "-o", page, "--draft").status == 0
    page.unlink()
    excuse(folder, rule='"datum-shifted"', feature=None, layer='"sites"', until="2999-01-01")
    assert [issue.layer for issue in found(folder).excused] == ["sites"]
    assert gxq("map", folder, "-o", page).status == 0
    assert page.exists()


def test_the_summary_counts_what_is_excused(folder: Path) -> None:
    edit(folder / "sites.geojson", "D-1", "status", "sold")
    excuse(folder, until="2999-01-01")
    done = gxq("check", folder, "--lang", "en", "--select", "sites-overlap,not-in-domain")
    assert done.out.splitlines()[-1].endswith(" 0 suggestions. 1 more is excused.")
    only = gxq("check", folder, "--lang", "en", "--select", "sites-overlap")
    assert only.out == "All checks passed. 1 more is excused.\n"
    assert only.status == 0


def test_an_excuse_is_not_called_idle_where_its_rule_was_not_asked(folder: Path) -> None:
    excuse(folder, until="2999-01-01")
    done = gxq("check", folder, "--lang", "en", "--select", "duplicate-id,settings")
    assert done.out == "All checks passed.\n"


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        *(({name: None}, name) for name in GOOD),
        ({"reason": '""'}, "reason"),
        ({"reason": "7"}, "reason"),
        ({"until": '"2027-03-31"'}, "until"),
        ({"until": "2027-03-31T10:00:00"}, "until"),
        ({"until": "2027"}, "until"),
        ({"layer": '"parcels"'}, "layer"),
        ({"rule": '"sites-overlaps"'}, "sites-overlap"),
        ({"rule": "[]"}, "rule"),
        ({"feature": None, "featrue": '"X-2"'}, "feature"),
    ],
)
def test_a_malformed_excuse_is_one_clear_line(
    folder: Path, parts: dict[str, str | None], named: str
) -> None:
    excuse(folder, **parts)
    done = gxq("check", folder, "--lang", "en")
    assert (done.status, done.out) == (1, "")
    assert len(done.err.splitlines()) == 1
    assert named in done.err
    assert "zone.toml" in done.err
    with pytest.raises(ZoneError):
        found(folder)


@pytest.mark.parametrize("text", ["excused = 1\n", "excused = [1]\n", "excused = {}\n"])
def test_excuses_of_another_kind(folder: Path, text: str) -> None:
    path = folder / "zone.toml"
    path.write_text(text + path.read_text("utf-8"), "utf-8")
    done = gxq("check", folder, "--lang", "en")
    assert (done.status, len(done.err.splitlines())) == (1, 1)


def test_excuses_as_an_inline_array(folder: Path) -> None:
    inner = ", ".join(f"{key} = {value}" for key, value in GOOD.items())
    path = folder / "zone.toml"
    path.write_text(f"excused = [{{ {inner} }}]\n" + path.read_text("utf-8"), "utf-8")
    assert len(found(folder).excused) == 1
    (expired,) = [one for one in found(folder, date(2030, 1, 1)) if one.rule == "excuse-expired"]
    assert expired.line is None
