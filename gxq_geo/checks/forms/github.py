"""The report as workflow commands of GitHub Actions, which shows each at its line of the diff."""

from collections.abc import Mapping

from gxq_geo.checks import messages
from gxq_geo.checks.forms.findings import Findings
from gxq_geo.words.issues import Issue, Severity

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}
# As GitHub documents it: "%" first, then line ends; in a property ":" and "," too.
_IN_TEXT = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_TEXT, ":": "%3A", ",": "%2C"}


def to_github(found: Findings) -> str:
    """One command for each issue, then the counts as plain text."""
    lines = [_command(issue, found) for issue in found.report]
    return "\n".join([*lines, messages.summary(found.report, found.lang)]) + "\n"


def _command(issue: Issue, found: Findings) -> str:
    title = f"{issue.rule} {messages.subject(issue, found.lang)}".strip()
    given = {
        "file": found.path_of(issue) if issue.file else "",
        "line": issue.line or "",
        "col": issue.column or "",
        "title": messages.visible(title),
    }
    properties = ",".join(f"{k}={_escaped(str(v), _IN_PROPERTY)}" for k, v in given.items() if v)
    message = messages.visible(messages.message(issue, found.lang))
    return f"::{_LEVELS[issue.severity]} {properties}::{_escaped(message, _IN_TEXT)}"


def _escaped(text: str, marks: Mapping[str, str]) -> str:
    return "".join(marks.get(letter, letter) for letter in text)
