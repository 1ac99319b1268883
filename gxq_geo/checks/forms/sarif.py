"""The report as SARIF 2.1.0, for code scanning and editors.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from typing import Any

from gxq_geo import words
from gxq_geo.checks import messages
from gxq_geo.checks.forms.data import dump
from gxq_geo.checks.forms.findings import Findings
from gxq_geo.checks.run import Entry, catalogue
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.words.version import TOOL, version

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}


def to_sarif(found: Findings) -> str:
    """Return a SARIF log with one run: every rule, and a result for each issue."""
    rules = _rules(found.lang)
    driver = {"name": TOOL, "version": version(), "language": words.tag(found.lang), "rules": rules}
    index = {rule["id"]: at for at, rule in enumerate(rules)}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(issue, found, index[issue.rule], fingerprint)
            for issue, fingerprint in found.fingerprints()
        ],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return dump(log)


def _rules(lang: str) -> list[dict[str, Any]]:
    """Return every rule with its help in all languages, `lang` first."""
    return [_rule(entry, lang) for entry in sorted(catalogue(), key=lambda entry: entry.slug)]


def _rule(entry: Entry, lang: str) -> dict[str, Any]:
    order = dict.fromkeys((lang, *words.langs()))
    helps = [messages.general_message(entry.slug, code) for code in order]
    return {
        "id": entry.slug,
        "shortDescription": {"text": helps[0][0]},
        "fullDescription": {"text": "\n".join(what for what, _ in helps)},
        "help": {
            "text": "\n".join(f"{what} {fix}" for what, fix in helps),
            "markdown": "\n\n".join(f"**{what}** {fix}" for what, fix in helps),
        },
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
        "properties": {"tags": [entry.group]},
    }


def _result(issue: Issue, found: Findings, index: int, fingerprint: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": issue.rule,
        "ruleIndex": index,
        "level": _LEVELS[issue.severity],
        "message": {"text": messages.full_message(issue, found.lang)},
        "partialFingerprints": {"gxqIssue/v1": fingerprint},
    }
    if issue.file:
        result["locations"] = [_location(issue, found)]
    properties = {key: getattr(issue, key) for key in ("layer", "feature", "name", "field")}
    place = found.place_of(issue)
    properties |= {"longitude": place[0], "latitude": place[1]} if place else {}
    return result | {"properties": {key: value for key, value in properties.items() if value}}


def _location(issue: Issue, found: Findings) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": found.uri_of(issue)}}
    if issue.line:
        region = {"startLine": issue.line}
        physical["region"] = region | ({"startColumn": issue.column} if issue.column else {})
    location: dict[str, Any] = {"physicalLocation": physical}
    if issue.feature:
        full = "/".join(part for part in (issue.layer, issue.feature, issue.field) if part)
        location["logicalLocations"] = [{"name": issue.feature, "fullyQualifiedName": full}]
    return location
