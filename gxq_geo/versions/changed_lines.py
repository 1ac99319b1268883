"""What changed in a folder since a git revision, line by line."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gxq_geo.versions.git import commit_of, git
from gxq_geo.words.issues import Issue

_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--relative")


@dataclass(frozen=True, slots=True)
class Changes:
    """The files of a folder that changed, and in which lines.

    Parameters
    ----------
    lines
        Line numbers by file name; None for a file that is new, or that has no lines.
    """

    lines: Mapping[str, tuple[range, ...] | None]

    def touch(self, issue: Issue) -> bool:
        """Whether an issue stands in what changed; without a line, whether its file changed."""
        if issue.file not in self.lines:
            return False
        spans = self.lines[issue.file]
        return spans is None or issue.line is None or any(issue.line in span for span in spans)


def since(folder: Path, revision: str) -> Changes:
    """What changed in a folder between a revision and the files as they are now.

    Raises
    ------
    GxqError
        If git is absent or fails, the folder is in no repository, or there is no such revision.
    """
    commit = commit_of(folder, revision)
    changed = _names(git(folder, *_DIFF, "--name-only", "-z", commit, "--", "."))
    new = _names(git(folder, "ls-files", "--others", "-z", "--", "."))
    return Changes({name: _lines(folder, commit, name) for name in changed} | dict.fromkeys(new))


def _names(listed: bytes) -> list[str]:
    return [os.fsdecode(name) for name in listed.split(b"\0") if name]


def _lines(folder: Path, commit: str, name: str) -> tuple[range, ...] | None:
    diff = git(folder, *_DIFF, "--unified=0", commit, "--", name)
    hunks = [(int(start), int(count or 1)) for start, count in _HUNK.findall(diff)]
    return tuple(range(start, start + count) for start, count in hunks) if hunks else None
