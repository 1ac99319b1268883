"""Report lines: the place, what is wrong, and what to do."""

import pytest

from gxq_geo.checks import messages
from gxq_geo.words.issues import Issue, Report, Severity

ISSUE = Issue(
    rule="sites-overlap",
    file="sites.geojson",
    line=3,
    column=7,
    layer="sites",
    feature="D-2",
    name="示例",
    field="geometry",
    place=(116.6, 35.4),
    params={"other": "D-1", "area_m2": 2500.4, "area_mu": 3.75},
)


def test_a_line_in_chinese() -> None:
    assert messages.line(ISSUE, "zh") == (
        "sites.geojson:3:7: 错误 [sites-overlap] D-2（示例） geometry："
        "与地块 D-1 重叠 2,500 平方米（3.8 亩）。位置 116.600000, 35.400000。"
        "请调整边界，或删去重复的地块。"
    )


def test_a_line_in_english() -> None:
    assert messages.line(ISSUE, "en") == (
        "sites.geojson:3:7: error [sites-overlap] D-2 (示例) geometry: "
        "It overlaps the site D-1 by 2,500 m² (3.8 mu). At 116.600000, 35.400000. "
        "Move the outline, or delete the doubled site."
    )


def test_a_field_is_named_as_people_and_files_name_it() -> None:
    issue = Issue("required-missing", layer="sites", field="area_mu", file="sites.geojson")
    assert "面积 area_mu" in messages.line(issue, "zh")
    assert "Area area_mu" in messages.line(issue, "en")


def test_a_name_that_is_the_id_is_said_once() -> None:
    issue = Issue("geometry-missing", file="f", feature="D-2", name="D-2")
    assert messages.subject(issue, "en") == "D-2"


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        *(("a\nb", "a\\nb"), ("a\rb", "a\\rb"), ("\x1b[2J", "\\x1b[2J"), ("\x00", "\\x00")),
        *(("\u2028", "\\u2028"), ("\u202eevil", "\\u202eevil"), ("\x9b31m", "\\x9b31m")),
        *(
            ("{value}", "{value}"),
            ("@json.empty", "@json.empty"),
            ("《全　角》", "《全　角》"),
        ),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
    ],
)
def test_a_value_neither_breaks_the_line_nor_steers_the_terminal(hidden: str, shown: str) -> None:
    issue = Issue(
        "wrong-type",
        file=hidden,
        feature=hidden,
        name=hidden + "x",
        value=hidden,
        params={"type": "@type.date"},
    )
    for lang in ("zh", "en"):
        line = messages.line(issue, lang)
        assert line.count(shown) == 4
        assert len(line.splitlines()) == 1


def test_only_the_severity_is_painted() -> None:
    line = messages.line(ISSUE, "en", paint=lambda word: f"<{word}>")
    assert line == messages.line(ISSUE, "en").replace(" error ", " <error> ", 1)


def test_the_summary_counts() -> None:
    issues = [
        Issue("bom", Severity.WARNING, file="b"),
        Issue("json", Severity.ERROR, file="a", line=2),
        Issue("json", Severity.ERROR, file="a", line=1),
    ]
    found = Report.of(issues)
    assert [(issue.file, issue.line) for issue in found] == [("a", 1), ("a", 2), ("b", None)]
    assert len(found) == 3
    assert not found.ok
    assert messages.summary(found, "zh") == "错误 2 条，警告 1 条，建议 0 条。"
    assert messages.summary(Report(), "en") == "All checks passed."
    assert Report.of(issues[:1]).ok
