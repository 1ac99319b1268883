"""What every form of a report is made of."""

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
    """A report, and what it is about.

    Parameters
    ----------
    report, zone
        The issues, and the zone in which they were found.
    path
        What was checked, as it was named: a folder, or a file.
    lang
        The language of the words.
    layer
        For a single file: the layer as which it was checked.
    notes
        What a person has to know about this check, a line each.
    """

    report: Report
    zone: Zone
    path: Path
    lang: str
    layer: str = ""
    notes: tuple[str, ...] = ()

    def path_of(self, issue: Issue) -> str:
        """The file of an issue from where the command was run, with "/" between folders."""
        path = self.zone.folder / issue.file
        try:
            return Path(os.path.relpath(path)).as_posix()
        except ValueError:  # another drive of Windows
            return path.resolve().as_posix()

    def uri_of(self, issue: Issue) -> str:
        """The same as a URI reference; a file that lies elsewhere is named in full."""
        path = self.path_of(issue)
        outside = path.startswith("../") or Path(path).is_absolute()
        return Path(path).resolve().as_uri() if outside else quote(path)

    def place_of(self, issue: Issue) -> tuple[float, float] | None:
        """Longitude and latitude of an issue: its own place, else a point on its record."""
        return messages.place(issue, self.zone)

    def fingerprints(self) -> Iterator[tuple[Issue, str]]:
        """Each issue with what tells it from others, wherever its line moves to."""
        seen: Counter[str] = Counter()
        for issue in self.report:
            subject = (issue.rule, issue.file, issue.layer, issue.feature, issue.field)
            same = "\0".join(subject)
            seen[same] += 1
            yield issue, hashlib.sha256(f"{same}\0{seen[same]}".encode()).hexdigest()[:32]
