"""The report as one JSON object.

::

    {
      "schema_version": 1,             raised when a key is removed or changes its meaning
      "tool": {"name", "version"},
      "lang": "zh",                    language of message, what and fix
      "path": "layers",                the folder or file that was checked
      "layer": "sites",                layer as which a single file was checked; else ""
      "ok": true,                      whether there is no error
      "counts": {"error", "warning", "advice", "excused"},
      "notes": [...],                  remarks on this check
      "issues": [...], "excused": [...]
    }

An issue has ``rule``, ``group``, ``severity`` (error, warning, advice), ``file``, ``line`` and
``column`` (from 1, or null), ``layer``, ``feature`` (an id), ``name``, ``field``, ``value``
(texts, empty where there is none), ``place`` ([longitude, latitude] or null), ``message``
(``what`` is wrong and the ``fix``), and ``fingerprint``, which does not depend on the line.
"""

import json
import re
from typing import Any

from gxq_geo import words
from gxq_geo.checks import messages
from gxq_geo.checks.forms.findings import Findings
from gxq_geo.checks.run import groups
from gxq_geo.words.issues import Issue, Report
from gxq_geo.words.version import TOOL, version

SCHEMA_VERSION = 1
_INVISIBLE = re.compile(f"(?!\n)[{words.INVISIBLE}]")


def to_json(found: Findings) -> str:
    """Return the report as indented JSON; the same report gives the same bytes."""
    return dump(as_data(found))


def dump(value: Any) -> str:
    """Return a value as indented JSON in UTF-8, with Chinese as it is."""
    return safe_in_logs(json.dumps(encodable(value), ensure_ascii=False, indent=2)) + "\n"


def safe_in_logs(text: str) -> str:
    """Escape in JSON what is not visible, and what is a command of a build log (``##[error]``)."""
    text = _INVISIBLE.sub(lambda match: json.dumps(match[0])[1:-1], text)
    return text.replace("##[", "\\u0023#[")


def encodable(value: Any) -> Any:
    """Return a JSON value whose texts UTF-8 can encode; see `words.encodable`."""
    if isinstance(value, str):
        return words.encodable(value)
    if isinstance(value, dict):
        return {key: encodable(part) for key, part in value.items()}
    return [encodable(part) for part in value] if isinstance(value, list) else value


def as_data(found: Findings) -> dict[str, Any]:
    """Return the object that the docstring of this module describes."""
    counts = {str(severity): count for severity, count in found.report.counts().items()}
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": version()},
        "lang": found.lang,
        "path": messages.visible(found.path.as_posix()),
        "layer": found.layer,
        "ok": found.report.ok,
        "counts": {**counts, "excused": len(found.report.excused)},
        "notes": list(found.notes),
        "issues": _issues(found, found.report),
        "excused": _issues(found, Report(found.report.excused)),
    }


def _issues(found: Findings, issues: Report) -> list[dict[str, Any]]:
    group = groups()
    listed = Findings(issues, found.zone, found.path, found.lang).fingerprints()
    return [
        {"group": group.get(issue.rule, ""), **issue_data(issue, found), "fingerprint": fingerprint}
        for issue, fingerprint in listed
    ]


def issue_data(issue: Issue, found: Findings) -> dict[str, Any]:
    """Return an issue as JSON values, with its message."""
    place = found.place_of(issue)
    return {
        "rule": issue.rule,
        "severity": str(issue.severity),
        "file": messages.visible(issue.file),
        **{key: getattr(issue, key) for key in ("line", "column", "layer", "feature")},
        **{key: getattr(issue, key) for key in ("name", "field", "value")},
        "place": list(place) if place else None,
        "message": messages.message(issue, found.lang),
        "what": messages.what(issue, found.lang),
        "fix": messages.fix(issue, found.lang).strip(),
    }
