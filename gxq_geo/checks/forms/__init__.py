"""Output formats of a report.

=========  ===========================================================================
format     purpose
=========  ===========================================================================
text       a terminal: grouped by file, one line for each issue (`text`)
json       other programs: one object with a stable structure (`data`)
sarif      code scanning and editors: SARIF 2.1.0 (`sarif`)
github     GitHub Actions: workflow commands, shown in the diff (`github`)
geojson    QGIS: a point for each issue (`points`)
html       a browser: the map with the issues (`gxq_geo.investment_map`)
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
