"""The report and its context, which every output format needs."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from gxq_geo.checks import messages
from gxq_geo.words.issues import Issue, Report
from gxq_geo.zone import Zone


@dataclass(frozen=True)
class Findings:
    """A report and its context.

    Parameters
    ----------
    report, zone
        The issues, and the zone in which they were found.
    path
        The folder or file that was checked, as the user named it.
    lang
        The language of the messages.
    layer
        The layer as which a single file was checked; else empty.
    notes
        Remarks on this check, one line each.
    """

    report: Report
    zone: Zone
    path: Path
    lang: str
    layer: str = ""
    notes: tuple[str, ...] = ()

    def path_of(self, issue: Issue) -> str:
        """Return the file of an issue relative to the working directory, with "/" separators."""
        return messages.visible(self._path_of(issue))

    def uri_of(self, issue: Issue) -> str:
        """Return the file of an issue as a URI: relative, or absolute outside the directory."""
        path = self._path_of(issue)
        outside = path.startswith("../") or Path(path).is_absolute()
        # The bytes of the name, whatever their encoding is.
        return Path(path).resolve().as_uri() if outside else quote(os.fsencode(path))

    def _path_of(self, issue: Issue) -> str:
        path = self.zone.folder / issue.file
        try:
            return Path(os.path.relpath(path)).as_posix()
        except ValueError:  # The folder is on another drive of Windows.
            return path.resolve().as_posix()

    def place_of(self, issue: Issue) -> tuple[float, float] | None:
        """Return the longitude and latitude of an issue, or of a point on its record."""
        return messages.place(issue, self.zone)

    def fingerprints(self) -> Iterator[tuple[Issue, str]]:
        """Yield each issue with an identifier that does not depend on its line."""
        counts: Counter[str] = Counter()
        for issue in self.report:
            subject = (issue.rule, issue.file, issue.layer, issue.feature, issue.field)
            key = "\0".join(subject)
            counts[key] += 1
            yield issue, _digest(f"{key}\0{counts[key]}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
