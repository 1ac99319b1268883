"""A report for a person or for a program: the same issues in one form each.

=========  ===========================================================================
form       for whom
=========  ===========================================================================
text       a person at a terminal: grouped by file, one line an issue
json       any program: one stable object (`data`)
sarif      code scanning and editors: SARIF 2.1.0 (`sarif`)
github     the log of a GitHub Actions run, which shows them in the diff (`github`)
geojson    QGIS: each issue a point (`points`)
html       a person with a browser: the map with the issues; `gxq_geo.investment_map`
=========  ===========================================================================
"""

from collections.abc import Callable, Mapping

from gxq_geo.checks.forms.data import to_json
from gxq_geo.checks.forms.findings import Findings as Findings
from gxq_geo.checks.forms.github import to_github
from gxq_geo.checks.forms.points import to_geojson
from gxq_geo.checks.forms.sarif import to_sarif
from gxq_geo.checks.forms.text import to_text as to_text

FORMS: Mapping[str, Callable[[Findings], str]] = {
    "text": to_text,
    "json": to_json,
    "sarif": to_sarif,
    "github": to_github,
    "geojson": to_geojson,
}

__all__ = ["FORMS", "Findings", "to_text"]
