"""The files and lines of a folder that changed since a git revision."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gxq_geo.versions.git import commit_of, run_git
from gxq_geo.words.issues import Issue

_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--relative")


@dataclass(frozen=True, slots=True)
class Changes:
    """The changed files of a folder and their changed lines.

    Parameters
    ----------
    lines
        Ranges of changed lines by file name; None for a new file or a binary file.
    """

    lines: Mapping[str, tuple[range, ...] | None]

    def touch(self, issue: Issue) -> bool:
        """Return whether an issue is in a changed line, or, without a line, in a changed file."""
        if issue.file not in self.lines:
            return False
        spans = self.lines[issue.file]
        return spans is None or issue.line is None or any(issue.line in span for span in spans)


def since(folder: Path, revision: str) -> Changes:
    """Return the changes of a folder between a revision and its current files.

    Raises
    ------
    GxqError
        If git is absent or fails, the folder is in no repository, or there is no such revision.
    """
    commit = commit_of(folder, revision)
    changed = _names(run_git(folder, *_DIFF, "--name-only", "-z", commit, "--", "."))
    new = _names(run_git(folder, "ls-files", "--others", "-z", "--", "."))
    return Changes({name: _lines(folder, commit, name) for name in changed} | dict.fromkeys(new))


def _names(output: bytes) -> list[str]:
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def _lines(folder: Path, commit: str, name: str) -> tuple[range, ...] | None:
    diff = run_git(folder, *_DIFF, "--unified=0", commit, "--", name)
    hunks = [(int(start), int(count or 1)) for start, count in _HUNK.findall(diff)]
    return tuple(range(start, start + count) for start, count in hunks) if hunks else None
