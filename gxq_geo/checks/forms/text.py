"""The report for a terminal: issues grouped by file, one line each, then the counts."""

from functools import partial
from itertools import groupby

from gxq_geo.checks import messages
from gxq_geo.checks.forms.findings import Findings
from gxq_geo.words.issues import Severity
from gxq_geo.words.paint import Paint, plain

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.ADVICE: "cyan"}


def to_text(found: Findings, *, paint: Paint = plain) -> str:
    """Return a heading for each file and a line for each issue.

    Parameters
    ----------
    paint
        Applies a style to a text: a colour, or ``heading``.
    """
    out: list[str] = list(found.notes)
    for _, issues in groupby(found.report, key=lambda issue: issue.file):
        group = list(issues)
        if group[0].file:
            out.append(paint(messages.file_title(group[0], found.lang), "heading"))
        for issue in group:
            coloured = partial(paint, style=COLOURS[issue.severity])
            out.append(messages.line(issue, found.lang, paint=coloured))
        out.append("")
    return "\n".join([*out, messages.summary(found.report, found.lang)]) + "\n"
