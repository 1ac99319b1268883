"""Reports in words: where, what, and what to do, one line for each issue."""

from gxq_geo import words
from gxq_geo.issues import Issue, Report
from gxq_geo.schema import schema


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


def line(issue: Issue, lang: str) -> str:
    """One issue as one line of plain text."""
    severity = words.text(f"severity.{issue.severity}", lang)
    parts = (
        f"{where(issue)}:",
        severity,
        f"[{issue.rule}]",
        subject(issue, lang),
        what(issue, lang),
    )
    return " ".join(part for part in parts if part).replace("\n", " ")


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
