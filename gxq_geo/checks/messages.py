"""Reports in words: where, what, and what to do, one line for each issue."""

import re
from collections.abc import Callable

from gxq_geo import words
from gxq_geo.schemas import schema
from gxq_geo.words.issues import Issue, Report
from gxq_geo.zone import Zone

# A place that a parameter fills, or a bracket written twice.
_PLACE = re.compile(r"\{\{|\}\}|\{[^{}]*\}")
_BRACES = {"{{": "{", "}}": "}"}


def where(issue: Issue) -> str:
    """``file:line:column`` as far as known."""
    return ":".join(str(part) for part in (issue.file, issue.line, issue.column) if part)


def place(issue: Issue, zone: Zone) -> tuple[float, float] | None:
    """Longitude and latitude of an issue: its own place, else a point on its record."""
    if issue.place:
        lon, lat = issue.place
        return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None
    layer = zone.layers.get(issue.layer)
    if layer is None or issue.row is None or issue.row >= len(layer.frame):
        return None
    return layer.point(issue.row)


def subject(issue: Issue, lang: str) -> str:
    """Which record and which field, as a person would name them."""
    feature = issue.feature
    if issue.name and issue.name != feature:
        feature = words.text("report.named", lang, id=issue.feature, name=issue.name)
    return " ".join(part for part in (feature, _field(issue, lang)) if part)


def what(issue: Issue, lang: str) -> str:
    """What is wrong, in one language."""
    said = words.text(f"rule.{issue.rule}.what", lang, **_params(issue, lang))
    near = issue.params.get("near")
    meant = words.text("report.near", lang, near=near) if near else ""
    if not issue.place:
        return f"{said}{meant}"
    at = words.text("report.place", lang, lon=issue.place[0], lat=issue.place[1])
    return f"{said}{at}{meant}"


def fix(issue: Issue, lang: str) -> str:
    """What to do about it, in one language."""
    return words.text(f"rule.{issue.rule}.fix", lang, **_params(issue, lang))


def message(issue: Issue, lang: str) -> str:
    """What is wrong, and what to do."""
    return f"{what(issue, lang)}{fix(issue, lang)}"


def explained(slug: str, lang: str) -> tuple[str, str]:
    """What a rule says in general, what is wrong and what to do: "…" for what it would name."""
    said = (words.text(f"rule.{slug}.{part}", lang) for part in ("what", "fix"))
    what_, fix_ = (_PLACE.sub(lambda found: _BRACES.get(found[0], "…"), one) for one in said)
    return what_, fix_.strip()


def _params(issue: Issue, lang: str) -> dict[str, str | float]:
    params = {key: _spoken(value, lang) for key, value in issue.params.items()}
    return params | {"value": issue.value, "field": issue.field, "layer": _layer(issue, lang)}


def line(issue: Issue, lang: str, *, paint: Callable[[str], str] = str) -> str:
    """One issue as one line of text; `paint` may colour the word for its severity."""
    severity = paint(words.text(f"severity.{issue.severity}", lang))
    at, said = visible(f"{where(issue)}:"), visible(message(issue, lang))
    parts = (at, severity, f"[{issue.rule}]", visible(subject(issue, lang)), said)
    return " ".join(part for part in parts if part)


def visible(text: str) -> str:
    """Text that neither breaks its line nor steers a terminal; see `words.visible`."""
    return words.visible(text)


def summary(report: Report, lang: str) -> str:
    """How many issues of each severity, and how many are excused, as one line."""
    counts = {str(severity): count for severity, count in report.counts().items()}
    said = words.text("report.counts", lang, **counts)
    if not report.issues:
        said = words.text("report.clean", lang)
    if not report.excused:
        return said
    return said + words.text("report.excused", lang, count=len(report.excused))


def file_title(issue: Issue, lang: str) -> str:
    """The file of an issue, and the layer that it holds."""
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


def _spoken(value: str | float, lang: str) -> str | float:
    """A parameter that begins with "@" is a key of the words; else it is a text of the file."""
    if not isinstance(value, str) or not value.startswith("@"):
        return value
    try:
        return words.text(value[1:], lang)
    except KeyError:
        return value
