"""The report as one JSON object, for programs.

::

    {
      "schema_version": 1,             grows when something is taken away or changes its meaning
      "tool": {"name", "version"},
      "lang": "zh",                    the language of message, what, fix
      "path": "layers",                what was checked
      "layer": "sites",                for a single file: as which layer; else ""
      "ok": true,                      no error
      "counts": {"error", "warning", "advice", "excused"},
      "notes": [...],                  what a person has to know about this check
      "issues": [...], "excused": [...]
    }

An issue has ``rule``, ``group``, ``severity`` (error, warning, advice), ``file``, ``line`` and
``column`` (from 1, or null), ``layer``, ``feature`` (an id), ``name``, ``field``, ``value``
(texts, empty where there is none), ``place`` ([longitude, latitude] or null), ``message`` (``what``
is wrong and the ``fix``), and ``fingerprint``, which stays when lines move.
"""

import json
from typing import Any

from gxq_geo.checks import messages
from gxq_geo.checks.forms.findings import Findings
from gxq_geo.checks.run import groups
from gxq_geo.words.issues import Issue, Report
from gxq_geo.words.version import TOOL, version

SCHEMA_VERSION = 1


def to_json(found: Findings) -> str:
    """The object as text, indented; the same report gives the same bytes."""
    return json.dumps(as_data(found), ensure_ascii=False, indent=2) + "\n"


def as_data(found: Findings) -> dict[str, Any]:
    """The object that the module's docstring describes."""
    counts = {str(severity): count for severity, count in found.report.counts().items()}
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": version()},
        "lang": found.lang,
        "path": found.path.as_posix(),
        "layer": found.layer,
        "ok": found.report.ok,
        "counts": {**counts, "excused": len(found.report.excused)},
        "notes": list(found.notes),
        "issues": _issues(found, found.report),
        "excused": _issues(found, Report(found.report.excused)),
    }


def _issues(found: Findings, issues: Report) -> list[dict[str, Any]]:
    group = groups()
    marked = Findings(issues, found.zone, found.path, found.lang).fingerprints()
    return [
        {"group": group.get(issue.rule, ""), **issue_data(issue, found), "fingerprint": mark}
        for issue, mark in marked
    ]


def issue_data(issue: Issue, found: Findings) -> dict[str, Any]:
    """One issue as JSON values, with its words."""
    place = found.place_of(issue)
    return {
        "rule": issue.rule,
        "severity": str(issue.severity),
        **{key: getattr(issue, key) for key in ("file", "line", "column", "layer", "feature")},
        **{key: getattr(issue, key) for key in ("name", "field", "value")},
        "place": list(place) if place else None,
        "message": messages.message(issue, found.lang),
        "what": messages.what(issue, found.lang),
        "fix": messages.fix(issue, found.lang).strip(),
    }
