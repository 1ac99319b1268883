"""What git keeps of a folder: its revisions, and files as they were.

Nothing that a repository's settings name is run, nothing is fetched or written, and a name is only
a name. Files are read as they were committed: no filter, no conversion.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gxq_geo.words.errors import GxqError

_SECONDS = 60
# So many bytes of old files are held at a time.
_BATCH_BYTES = 1 << 28

_OPTIONS = (
    *("--literal-pathspecs", "--no-pager", "--no-replace-objects"),
    *("-c", "core.fsmonitor=false", "-c", "protocol.allow=never"),
)
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
_LOG = (
    *(
        "log",
        "-z",
        "--topo-order",
        "--parents",
        "--no-renames",
        "--no-color",
        "--no-show-signature",
    ),
    *("--no-ext-diff", "--no-textconv", "--encoding=UTF-8"),
)


@dataclass(frozen=True, slots=True)
class Blob:
    """A file as a revision holds it: what names its contents, and its size in bytes."""

    oid: str
    size: int


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that touched some files.

    Parameters
    ----------
    sha
        Its name.
    parents
        The commits before it that touched them, too.
    date
        When it was made, ISO 8601 with the offset of its author.
    author, subject
        Who made it, and the first line of the message.
    """

    sha: str
    parents: tuple[str, ...]
    date: str
    author: str
    subject: str


def expect_repository(folder: Path) -> None:
    """Raise `GxqError` if a folder is in no repository, or git is absent."""
    if ask(folder, "rev-parse", "--is-inside-work-tree").strip() != b"true":
        raise GxqError("not-repository", path=folder)


def commit_of(folder: Path, revision: str) -> str:
    """The commit that a revision names: a branch, a tag, ``HEAD~1`` …

    Raises
    ------
    GxqError
        If git is absent or fails, the folder is in no repository, or there is no such revision.
    """
    shown = " ".join(revision.split())
    if revision.startswith("-") or not shown or "\0" in revision:
        raise GxqError("unknown-revision", revision=shown)
    expect_repository(folder)
    wanted = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    commit = ask(folder, *wanted).strip().decode("ascii", "replace")
    if not commit:
        raise GxqError("unknown-revision", revision=shown)
    return commit


def is_shallow(folder: Path) -> bool:
    """Whether the repository holds a part of its history only."""
    return ask(folder, "rev-parse", "--is-shallow-repository").strip() == b"true"


def log(folder: Path, names: Sequence[str], *, holding: str = "") -> list[Commit]:
    """The commits that touched files of a folder, the latest first.

    Parameters
    ----------
    names
        Names of files in the folder, whether or not they are there today.
    holding
        Only commits that added or removed this text in them.
    """
    wanted = (f"-S{holding}",) if holding else ()
    form = "--format=format:%H%x00%P%x00%aI%x00%an%x00%s"
    told = git(folder, *_LOG, *wanted, form, "--", *names).decode("utf-8", "replace")
    parts = told.split("\0") if told else []
    return [
        Commit(sha.strip(), tuple(parents.split()), date, author, subject)
        for sha, parents, date, author, subject in zip(*[iter(parts)] * 5, strict=True)
    ]


def blobs(
    folder: Path, commits: Sequence[str], names: Sequence[str]
) -> dict[tuple[str, str], Blob]:
    """Which of some files of a folder each commit holds, by commit and name.

    Parameters
    ----------
    commits
        As `commit_of` and `log` give them.
    names
        Names of files in the folder, without a line break.
    """
    asked = [(commit, name) for commit in commits for name in names]
    lines = "".join(f"{commit}:./{name}\n" for commit, name in asked)
    told = git(folder, "cat-file", "--batch-check", stdin=lines.encode()).decode("utf-8", "replace")
    found = {}
    for key, line in zip(asked, told.splitlines(), strict=True):
        oid, kind, *size = line.split(" ") if not line.endswith(" missing") else ("", "")
        if kind == "blob" and len(size) == 1:
            found[key] = Blob(oid, int(size[0]))
    return found


def contents(folder: Path, wanted: Sequence[Blob]) -> Iterator[bytes]:
    """The bytes of files as they were, in the same order; few are held at a time."""
    for some in _portions(wanted):
        lines = "".join(f"{blob.oid}\n" for blob in some)
        told = memoryview(git(folder, "cat-file", "--batch", stdin=lines.encode()))
        for blob in some:
            head = bytes(told[:200]).partition(b"\n")[0]
            start = len(head) + 1
            yield bytes(told[start : start + blob.size])
            told = told[start + blob.size + 1 :]


def _portions(wanted: Sequence[Blob]) -> Iterator[list[Blob]]:
    some: list[Blob] = []
    for blob in wanted:
        if some and sum(one.size for one in some) + blob.size > _BATCH_BYTES:
            yield some
            some = []
        some.append(blob)
    if some:
        yield some


# ------------------------------------------------------------------ running it


def ask(folder: Path, *words: str) -> bytes:
    """What git answers; nothing where it says no."""
    done = _run(folder, words)
    return done.stdout if done.returncode == 0 else b""


def git(folder: Path, *words: str, stdin: bytes = b"") -> bytes:
    """What git answers.

    Raises
    ------
    GxqError
        If it is absent, or fails.
    """
    done = _run(folder, words, stdin)
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise GxqError("git-failed", reason=reason)
    return done.stdout


def _run(
    folder: Path, words: tuple[str, ...], stdin: bytes = b""
) -> "subprocess.CompletedProcess[bytes]":
    environment: Mapping[str, str] = {**os.environ, **_ENVIRONMENT}
    try:
        return subprocess.run(  # noqa: S603  # no shell; every word is ours, or follows "--"
            ["git", *_OPTIONS, *words],  # noqa: S607  # the user's own git
            cwd=folder,
            env=environment,
            input=stdin,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except FileNotFoundError:
        raise GxqError("no-git") from None
    except subprocess.TimeoutExpired:
        raise GxqError("git-failed", reason=f"> {_SECONDS} s") from None
