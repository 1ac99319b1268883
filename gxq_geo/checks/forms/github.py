"""The report as workflow commands of GitHub Actions, which shows issues in the diff."""

from collections.abc import Mapping

from gxq_geo.checks import messages
from gxq_geo.checks.forms.findings import Findings
from gxq_geo.words.issues import Issue, Severity

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}
# Escapes as GitHub documents them; "%" comes first. Properties also escape ":" and ",".
_IN_TEXT = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_TEXT, ":": "%3A", ",": "%2C"}


def to_github(found: Findings) -> str:
    """Return a command for each issue, then the counts as plain text."""
    lines = [_command(issue, found) for issue in found.report]
    return "\n".join([*lines, messages.summary(found.report, found.lang)]) + "\n"


def _command(issue: Issue, found: Findings) -> str:
    title = f"{issue.rule} {messages.subject(issue, found.lang)}".strip()
    values = {
        "file": found.path_of(issue) if issue.file else "",
        "line": issue.line or "",
        "col": issue.column or "",
        "title": messages.visible(title),
    }
    properties = ",".join(f"{k}={_escaped(str(v), _IN_PROPERTY)}" for k, v in values.items() if v)
    message = messages.visible(messages.message(issue, found.lang))
    return f"::{_LEVELS[issue.severity]} {properties}::{_escaped(message, _IN_TEXT)}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
