"""What changed in a folder since a git revision, line by line."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gxq_geo.errors import GxqError
from gxq_geo.issues import Issue

_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_SECONDS = 60

# Nothing that a repository's settings name is run, nothing is written, and a name is only a name.
_OPTIONS = ("--literal-pathspecs", "--no-pager", "-c", "core.fsmonitor=false")
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
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
    shown = " ".join(revision.split())
    if revision.startswith("-") or not shown:
        raise GxqError("unknown-revision", revision=shown)
    if _ask(folder, "rev-parse", "--is-inside-work-tree").strip() != b"true":
        raise GxqError("not-repository", path=folder)
    wanted = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    commit = _ask(folder, *wanted).strip().decode("ascii", "replace")
    if not commit:
        raise GxqError("unknown-revision", revision=shown)
    changed = _names(_git(folder, *_DIFF, "--name-only", "-z", commit, "--", "."))
    new = _names(_git(folder, "ls-files", "--others", "-z", "--", "."))
    return Changes({name: _lines(folder, commit, name) for name in changed} | dict.fromkeys(new))


def _names(listed: bytes) -> list[str]:
    return [os.fsdecode(name) for name in listed.split(b"\0") if name]


def _lines(folder: Path, commit: str, name: str) -> tuple[range, ...] | None:
    diff = _git(folder, *_DIFF, "--unified=0", commit, "--", name)
    hunks = [(int(start), int(count or 1)) for start, count in _HUNK.findall(diff)]
    return tuple(range(start, start + count) for start, count in hunks) if hunks else None


def _ask(folder: Path, *words: str) -> bytes:
    """What git answers; nothing where it says no."""
    done = _run(folder, words)
    return done.stdout if done.returncode == 0 else b""


def _git(folder: Path, *words: str) -> bytes:
    done = _run(folder, words)
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise GxqError("git-failed", reason=reason)
    return done.stdout


def _run(folder: Path, words: tuple[str, ...]) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(  # noqa: S603  # no shell; every word is ours, or follows "--"
            ["git", *_OPTIONS, *words],  # noqa: S607  # the user's own git
            cwd=folder,
            env={**os.environ, **_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except FileNotFoundError:
        raise GxqError("no-git") from None
    except subprocess.TimeoutExpired:
        raise GxqError("git-failed", reason=f"> {_SECONDS} s") from None
