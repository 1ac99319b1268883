"""The report in each output format, as its readers parse it."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from gxq_geo import words
from gxq_geo.checks import catalogue, check
from gxq_geo.checks.forms import FORMS, Findings
from gxq_geo.words.issues import Issue, Report, Severity
from gxq_geo.zone import Zone, open_zone
from tests.support.command import Done, gxq
from tests.support.zones import block, edit, tiny_zone

LEVELS = {"error": "error", "warning": "warning", "advice": "note"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A zone with an overlap (at a place), a wrong status (at a record) and a missing layer."""
    monkeypatch.chdir(tmp_path)
    home = tiny_zone(Path("layers"))
    edit(home / "sites.geojson", "X-1", "geometry", block(100, 250, 100, 100))
    edit(home / "sites.geojson", "D-1", "status", "售出")
    (home / "roads.geojson").rename(home / "raods.geojson")
    return home


def said(done: Done) -> Any:
    assert done.status == 1, done.err
    return json.loads(done.out)


def wanted(*names: str) -> str:
    return ",".join(names)


OURS = wanted("sites-overlap", "not-in-domain", "layer-unknown")


# ------------------------------------------------------------------ text


def test_text_is_grouped_by_file_and_ends_with_the_counts(folder: Path) -> None:
    done = gxq("check", folder, "--lang", "en", "--select", OURS)
    blocks = [text.splitlines() for text in done.out.strip().split("\n\n")]
    assert [lines[0] for lines in blocks] == [
        "raods.geojson",
        "sites.geojson (Sites)",
        "3 errors, 0 warnings, 0 suggestions.",
    ]
    assert blocks[1][1].startswith("sites.geojson:2:")
    assert "[not-in-domain] D-1 (示例地块 D-1)" in blocks[1][1]
    assert "\x1b" not in done.out


# ------------------------------------------------------------------ json


def test_json_says_everything_once(folder: Path) -> None:
    found = said(gxq("check", folder, "--format", "json", "--lang", "en", "--select", OURS))
    assert (found["schema_version"], found["tool"]["name"], found["lang"]) == (1, "gxq", "en")
    assert found["path"] == folder.as_posix()
    assert not found["ok"]
    assert found["counts"] == {"error": 3, "warning": 0, "advice": 0, "excused": 0}
    by_rule = {issue["rule"]: issue for issue in found["issues"]}
    overlap, status = by_rule["sites-overlap"], by_rule["not-in-domain"]
    assert (overlap["group"], overlap["feature"], overlap["line"]) == ("topology", "X-2", 6)
    assert len(overlap["place"]) == 2
    assert (status["field"], status["value"]) == ("status", "售出")
    assert status["message"].startswith(status["what"])
    assert status["message"].endswith(status["fix"])
    assert by_rule["layer-unknown"]["line"] is None
    zh = said(gxq("check", folder, "--format", "json", "--lang", "zh", "--select", OURS))
    assert zh["issues"][0]["message"] != found["issues"][0]["message"]


def test_fingerprints_stay_when_lines_move_and_tell_issues_apart(folder: Path) -> None:
    edit(folder / "sites.geojson", "D-2", "site_id", "D-1")
    edit(folder / "sites.geojson", "D-3", "site_id", "D-1")

    def marks() -> list[str]:
        found = said(gxq("check", folder, "--format", "json"))
        return sorted(issue["fingerprint"] for issue in found["issues"])

    before = marks()
    assert len(set(before)) == len(before)
    path = folder / "sites.geojson"
    path.write_text(path.read_text("utf-8").replace('"features":[', '"features":[\n\n'), "utf-8")
    assert marks() == before


# ------------------------------------------------------------------ sarif


def test_sarif_is_what_code_scanning_asks_for(folder: Path) -> None:
    log = said(gxq("check", folder, "--format", "sarif", "--lang", "en", "--select", OURS))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == sorted(entry.slug for entry in catalogue())
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        assert len(result["partialFingerprints"]["gxqIssue/v1"]) == 32
        (location,) = result["locations"]
        region = location["physicalLocation"].get("region", {"startLine": 1})
        assert all(isinstance(value, int) and value >= 1 for value in region.values())
    uris = {
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]
    }
    assert uris == {"layers/sites.geojson", "layers/raods.geojson"}
    assert {result["level"] for result in run["results"]} == {"error"}


def test_sarif_explains_every_rule_in_every_language(folder: Path) -> None:
    log = said(gxq("check", folder, "--format", "sarif", "--lang", "en"))
    for rule in log["runs"][0]["tool"]["driver"]["rules"]:
        for lang in words.langs():
            fix = words.text(f"rule.{rule['id']}.fix", lang).strip()
            if "{" not in fix:
                assert fix in rule["help"]["text"]
                assert fix in rule["help"]["markdown"]
        assert not re.search(r"\{\w+(:\S+)?\}", rule["help"]["text"])
        assert rule["defaultConfiguration"]["level"] in LEVELS.values()


def test_levels_follow_severities(folder: Path) -> None:
    issues = [Issue("bom", severity, file="a.geojson") for severity in Severity]
    found = Findings(Report.of(issues), open_zone(folder, partial=True), folder, "en")
    results = json.loads(FORMS["sarif"](found))["runs"][0]["results"]
    assert [result["level"] for result in results] == ["error", "warning", "note"]
    github = FORMS["github"](found).splitlines()
    assert [line.split()[0] for line in github[:3]] == ["::error", "::warning", "::notice"]


def test_a_file_elsewhere_is_named_in_full(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = folder.resolve()
    (folder.parent / "desk").mkdir()
    monkeypatch.chdir(folder.parent / "desk")
    log = said(gxq("check", home, "--format", "sarif", "--select", "sites-overlap"))
    place = log["runs"][0]["results"][-1]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == (home / "sites.geojson").as_uri()


# ------------------------------------------------------------------ github


def test_github_names_the_place_and_escapes(folder: Path) -> None:
    edit(folder / "sites.geojson", "D-3", "status", "100%, a:b\nc")
    edit(folder / "sites.geojson", "D-3", "name_zh", "园,区:一%")
    done = gxq("check", folder, "--format", "github", "--lang", "en", "--select", "not-in-domain")
    first, second, counts = done.out.splitlines()
    assert first.startswith("::error file=layers/sites.geojson,line=2,col=")
    properties, message = second.removeprefix("::error ").split("::", 1)
    assert "园%2C区%3A一%25" in properties
    assert properties.count(",") == 3
    assert "100%25, a:b\\nc" in message
    assert counts.startswith("2 errors")


# ------------------------------------------------------------------ geojson


def test_geojson_opens_as_points(folder: Path) -> None:
    done = gxq("check", folder, "--format", "geojson", "-o", "issues.geojson", "--select", OURS)
    assert (done.status, done.out) == (1, "")
    frame = gpd.read_file("issues.geojson")
    assert len(frame) == 3
    where = frame.set_index("rule").geometry
    zone = open_zone("layers", partial=True)
    site = zone.sites.set_index("site_id").geometry
    assert where["not-in-domain"].within(site["D-1"])
    assert where["sites-overlap"].within(site["X-1"])
    assert where["layer-unknown"] is None


# ------------------------------------------------------------------ all forms


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "geojson", "html"])
def test_a_report_is_written_whole_or_not_at_all(folder: Path, form: str) -> None:
    done = gxq("check", folder, "--format", form, "-o", f"report.{form}")
    assert (done.status, done.out) == (1, "")
    assert f"report.{form}" in done.err
    assert Path(f"report.{form}").stat().st_size > 100
    Path("taken").mkdir()
    refused = gxq("check", folder, "--format", form, "-o", "taken")
    assert refused.status == 2
    assert len(refused.err.splitlines()) == 1
    assert not list(Path("taken").iterdir())


@pytest.mark.parametrize("form", ["json", "sarif", "github", "geojson", "html"])
def test_the_same_zone_gives_the_same_bytes(folder: Path, form: str) -> None:
    first, second = (gxq("check", folder, "--format", form).out for _ in range(2))
    assert first == second


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_clean_zone_in_every_form(folder: Path, form: str) -> None:
    home = tiny_zone(Path("clean"))
    done = gxq("check", home, "--format", form, "--ignore", "published-without-price")
    assert done.status == 0, done.out
    if form in ("json", "sarif", "geojson"):
        json.loads(done.out)


def test_an_issue_without_file_or_record_stands_in_every_form(folder: Path) -> None:
    zone: Zone = open_zone(folder, partial=True)
    bare = [Issue("bom"), Issue("bom", layer="sites", row=999), Issue("bom", place=(500.0, 1.0))]
    for lang in words.langs():
        found = Findings(Report.of(bare), zone, folder, lang)
        for form in FORMS.values():
            assert form(found)
        assert all(found.place_of(issue) is None for issue in found.report)


def test_excused_issues_are_told_apart(folder: Path) -> None:
    settings = folder / "zone.toml"
    text = 'rule = "sites-overlap"\nfeature = "X-2"\nreason = "复测"\nuntil = 2099-01-01\n'
    settings.write_text(settings.read_text("utf-8") + f"\n[[excused]]\n{text}", "utf-8")
    found = said(gxq("check", folder, "--format", "json"))
    assert found["counts"]["excused"] == 1
    assert [issue["rule"] for issue in found["excused"]] == ["sites-overlap"]
    assert "sites-overlap" not in {issue["rule"] for issue in found["issues"]}
    zone = open_zone(folder, partial=True)
    assert len(check(zone, today=date(2098, 1, 1)).excused) == 1
    assert not check(zone, today=date(2099, 1, 2)).excused
