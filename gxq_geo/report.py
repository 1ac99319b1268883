"""Reports in words: where, what, and what to do, one line for each issue."""

import re
from collections.abc import Callable

from gxq_geo import words
from gxq_geo.issues import Issue, Report
from gxq_geo.schema import schema

# Controls, line separators, and the marks that turn the direction of text.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def where(issue: Issue) -> str:
    """``file:line:column`` as far as known."""
    return ":".join(str(part) for part in (issue.file, issue.line, issue.column) if part)


def subject(issue: Issue, lang: str) -> str:
    """Which record and which field, as a person would name them."""
    feature = issue.feature
    if issue.name and issue.name != feature:
        feature = words.text("report.named", lang, id=issue.feature, name=issue.name)
    return " ".join(part for part in (feature, _field(issue, lang)) if part)


def what(issue: Issue, lang: str) -> str:
    """What is wrong, and what to do, in one language."""
    params = {key: _spoken(value, lang) for key, value in issue.params.items()}
    params |= {"value": issue.value, "field": issue.field, "layer": _layer(issue, lang)}
    said = words.text(f"rule.{issue.rule}.what", lang, **params)
    near = words.text("report.near", lang, near=params["near"]) if params.get("near") else ""
    place = (
        words.text("report.place", lang, lon=issue.place[0], lat=issue.place[1])
        if issue.place
        else ""
    )
    fix = words.text(f"rule.{issue.rule}.fix", lang, **params)
    return f"{said}{place}{near}{fix}"


def line(issue: Issue, lang: str, *, paint: Callable[[str], str] = str) -> str:
    """One issue as one line of text; `paint` may colour the word for its severity."""
    severity = paint(words.text(f"severity.{issue.severity}", lang))
    place, said = _visible(f"{where(issue)}:"), _visible(what(issue, lang))
    parts = (place, severity, f"[{issue.rule}]", _visible(subject(issue, lang)), said)
    return " ".join(part for part in parts if part)


def _visible(text: str) -> str:
    """Text in which a layer's control characters neither break the line nor steer a terminal."""
    return _HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def summary(report: Report, lang: str) -> str:
    """How many issues of each severity, as one line."""
    if not report.issues:
        return words.text("report.clean", lang)
    counts = {str(severity): count for severity, count in report.counts().items()}
    return words.text("report.counts", lang, **counts)


def _field(issue: Issue, lang: str) -> str:
    layer = schema().layers.get(issue.layer)
    known = layer.fields.get(issue.field) if layer else None
    return f"{words.pick(known.label, lang)} {issue.field}" if known else issue.field


def _layer(issue: Issue, lang: str) -> str:
    known = schema().layers.get(issue.layer)
    return words.pick(known.label, lang) if known else issue.layer


def _spoken(value: str | float, lang: str) -> str | float:
    """A parameter that begins with "@" is a key of the words."""
    if isinstance(value, str) and value.startswith("@"):
        return words.text(value[1:], lang)
    return value
