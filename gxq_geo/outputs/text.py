"""The report for a terminal: grouped by file, one line an issue, then the counts."""

from functools import partial
from itertools import groupby
from typing import Protocol

from gxq_geo import report
from gxq_geo.issues import Severity
from gxq_geo.outputs.findings import Findings


class Paint(Protocol):
    """Gives a text a style: a colour, or ``heading``."""

    def __call__(self, text: str, style: str) -> str:
        """The text, painted."""


COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.ADVICE: "cyan"}


def plain(text: str, style: str) -> str:
    """No colour."""
    return text


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
        out += [paint(report.file_title(ours[0], found.lang), "heading")] if ours[0].file else []
        for issue in ours:
            coloured = partial(paint, style=COLOURS[issue.severity])
            out.append(report.line(issue, found.lang, paint=coloured))
        out.append("")
    return "\n".join([*out, report.summary(found.report, found.lang)]) + "\n"
