"""The files and lines of a folder that changed since a git revision."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gxq_geo.formats import files
from gxq_geo.versions.git import changed_hunks, commit_of, contents, tree
from gxq_geo.words.errors import FileError
from gxq_geo.words.issues import Issue

_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Changes:
    """The changed files of a folder and their changed lines.

    Parameters
    ----------
    lines
        Ranges of changed lines by file name; None for a new file, or one that is gone.
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

    The files are compared here, since git would pass them through filters that the repository's
    configuration names. A difference of line ends only is none.

    Raises
    ------
    GxqError
        If git is absent or fails, the folder is in no repository, or there is no such revision.
    """
    before = tree(folder, commit_of(folder, revision))
    names = sorted(before.keys() | {path.name for path in folder.iterdir() if path.is_file()})
    committed = [name for name in names if name in before]
    old = dict(zip(committed, contents(folder, [before[name] for name in committed]), strict=True))
    changed = {name: _changes(old.get(name), folder / name) for name in names}
    return Changes({name: lines for name, lines in changed.items() if lines != ()})


def _changes(old: bytes | None, path: Path) -> tuple[range, ...] | None:
    """Return the changed lines of a file, none if it is the same; None if it is new or gone."""
    try:
        new = files.read_bytes(path)
    except FileError:  # Gone, or the check says why it cannot be read.
        return None
    if old is None:
        return None
    old, new = (data.replace(b"\r\n", b"\n") for data in (old, new))
    if old == new:
        return ()
    hunks = _HUNK.findall(changed_hunks(old, new))
    return tuple(range(int(start), int(start) + int(count or 1)) for start, count in hunks)
