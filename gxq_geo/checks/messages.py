"""Messages of issues in one language: the place, what is wrong, and what to do."""

import re
from collections.abc import Callable

from gxq_geo import words
from gxq_geo.schemas import schema
from gxq_geo.words.issues import Issue, Report
from gxq_geo.zone import Zone

# A replacement field of a message, or an escaped brace.
_REPLACEMENT = re.compile(r"\{\{|\}\}|\{[^{}]*\}")
_BRACES = {"{{": "{", "}}": "}"}


def where(issue: Issue) -> str:
    """Return ``file:line:column``, without the parts that are not known."""
    return ":".join(str(part) for part in (issue.file, issue.line, issue.column) if part)


def place(issue: Issue, zone: Zone) -> tuple[float, float] | None:
    """Return the longitude and latitude of an issue, or of a point on its record."""
    if issue.place:
        lon, lat = issue.place
        return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None
    layer = zone.layers.get(issue.layer)
    if layer is None or issue.row is None or issue.row >= len(layer.frame):
        return None
    return layer.point(issue.row)


def subject(issue: Issue, lang: str) -> str:
    """Return the record and the field of an issue, with their names."""
    feature = issue.feature
    if issue.name and issue.name != feature:
        feature = words.text("report.named", lang, id=issue.feature, name=issue.name)
    return " ".join(part for part in (feature, _field(issue, lang)) if part)


def what(issue: Issue, lang: str) -> str:
    """Return what is wrong, with the place and the suggested value if there are any."""
    problem = words.text(f"rule.{issue.rule}.what", lang, **_params(issue, lang))
    near = issue.params.get("near")
    suggestion = words.text("report.near", lang, near=near) if near else ""
    if not issue.place:
        return f"{problem}{suggestion}"
    at = words.text("report.place", lang, lon=issue.place[0], lat=issue.place[1])
    return f"{problem}{at}{suggestion}"


def fix(issue: Issue, lang: str) -> str:
    """Return what to do about an issue."""
    return words.text(f"rule.{issue.rule}.fix", lang, **_params(issue, lang))


def message(issue: Issue, lang: str) -> str:
    """Return what is wrong and what to do."""
    return f"{what(issue, lang)}{fix(issue, lang)}"


def full_message(issue: Issue, lang: str) -> str:
    """Return the subject of an issue, what is wrong, and what to do."""
    text, about = message(issue, lang), subject(issue, lang)
    return words.text("report.full", lang, subject=about, message=text) if about else text


def general_message(slug: str, lang: str) -> tuple[str, str]:
    """Return what is wrong and what to do in general, with "…" in place of parameters."""
    templates = (words.text(f"rule.{slug}.{part}", lang) for part in ("what", "fix"))
    what_, fix_ = (_REPLACEMENT.sub(_general, template) for template in templates)
    return what_, fix_.strip()


def _general(found: re.Match[str]) -> str:
    """Return "…" for a replacement field, or the plural where it chooses between two words."""
    _, separator, plural = found[0][1:-1].partition("|")
    return plural if separator else _BRACES.get(found[0], "…")


def _params(issue: Issue, lang: str) -> dict[str, str | float]:
    params = {key: _translated(value, lang) for key, value in issue.params.items()}
    return params | {"value": issue.value, "field": issue.field, "layer": _layer(issue, lang)}


def line(issue: Issue, lang: str, *, paint: Callable[[str], str] = str) -> str:
    """Return an issue as one line of text; `paint` may colour the word for its severity."""
    severity = paint(words.text(f"severity.{issue.severity}", lang))
    return (
        f"{visible(where(issue))}: {severity} [{issue.rule}] {visible(full_message(issue, lang))}"
    )


def visible(text: str) -> str:
    """Return a text without line breaks and terminal control codes; see `words.visible`."""
    return words.visible(text)


def summary(report: Report, lang: str) -> str:
    """Return the number of issues of each severity, and of waived issues, as one line."""
    counts = {str(severity): count for severity, count in report.counts().items()}
    text = words.text("report.counts", lang, **counts)
    if not report.issues:
        text = words.text("report.clean", lang)
    if not report.excused:
        return text
    return text + words.text("report.excused", lang, count=len(report.excused))


def file_title(issue: Issue, lang: str) -> str:
    """Return the file of an issue, with the name of its layer."""
    layer = schema().layers.get(issue.layer)
    if layer is None or not issue.file.startswith(f"{layer.name}."):
        return visible(issue.file)
    return words.text("report.named", lang, id=issue.file, name=words.pick(layer.label, lang))


def _field(issue: Issue, lang: str) -> str:
    layer = schema().layers.get(issue.layer)
    known = layer.fields.get(issue.field) if layer else None
    return f"{words.pick(known.label, lang)} {issue.field}" if known else issue.field


def _layer(issue: Issue, lang: str) -> str:
    known = schema().layers.get(issue.layer)
    return words.pick(known.label, lang) if known else issue.layer


def _translated(value: str | float, lang: str) -> str | float:
    """Return a parameter in a language: "@" marks a key of the words, other texts stay."""
    if not isinstance(value, str) or not value.startswith("@"):
        return value
    try:
        return words.text(value[1:], lang)
    except KeyError:
        return value
