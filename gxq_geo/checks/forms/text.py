"""The report for a terminal: grouped by file, one line an issue, then the counts."""

from functools import partial
from itertools import groupby

from gxq_geo.checks import messages
from gxq_geo.checks.forms.findings import Findings
from gxq_geo.words.issues import Severity
from gxq_geo.words.paint import Paint, plain

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.ADVICE: "cyan"}


def to_text(found: Findings, *, paint: Paint = plain) -> str:
    """A heading for each file and a line for each issue.

    Parameters
    ----------
    paint
        Gives a text a style: a colour, or ``heading``.
    """
    out: list[str] = list(found.notes)
    for _, issues in groupby(found.report, key=lambda issue: issue.file):
        ours = list(issues)
        out += [paint(messages.file_title(ours[0], found.lang), "heading")] if ours[0].file else []
        for issue in ours:
            coloured = partial(paint, style=COLOURS[issue.severity])
            out.append(messages.line(issue, found.lang, paint=coloured))
        out.append("")
    return "\n".join([*out, messages.summary(found.report, found.lang)]) + "\n"
