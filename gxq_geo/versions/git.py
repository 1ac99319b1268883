"""Read revisions of a folder, and files of earlier revisions, with the git command.

No program that the repository's configuration names is run, and nothing is fetched or written:
no command reads the working tree, whose files git would pass through filters. File names are never
interpreted as options or patterns. Files are read as committed, without filters and conversions.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gxq_geo import words
from gxq_geo.words.errors import GxqError

# The time limit of a git command, in seconds.
_SECONDS = 60
# The most bytes of old files that are in memory at a time, unless one file is larger.
_BATCH_BYTES = 1 << 28
# The longest name of a revision, and how much of one is shown in a message.
_MAX_REVISION, _SHOWN = 1_000, 60
_HASH = re.compile(r"[0-9a-f]{40,64}")

_LINK = "120000"
_DIFF = ("diff", "--no-index", "--unified=0", "--text", "--no-ext-diff", "--no-textconv")
_OPTIONS = (
    *("--literal-pathspecs", "--no-pager", "--no-replace-objects"),
    *("-c", "core.fsmonitor=false", "-c", "protocol.allow=never"),
)
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
_NOTHING: Mapping[str, str] = {}
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
    """A file in a revision: the object id of its contents, and its size in bytes."""

    oid: str
    size: int


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that touched some files.

    Parameters
    ----------
    sha
        Its hash.
    parents
        The hashes of the previous commits that touched these files.
    date
        The date of the author, in ISO 8601 with a UTC offset.
    author, subject
        The author's name, and the first line of the message.
    """

    sha: str
    parents: tuple[str, ...]
    date: str
    author: str
    subject: str


def expect_repository(folder: Path) -> None:
    """Raise `GxqError` if a folder is in no repository, or git is not installed."""
    if _output_or_empty(folder, "rev-parse", "--is-inside-work-tree").strip() != b"true":
        raise GxqError("not-repository", path=folder)


def commit_of(folder: Path, revision: str) -> str:
    """Return the hash of the commit that a revision names: a branch, a tag, ``HEAD~1`` …

    Raises
    ------
    GxqError
        If git is not installed or fails, the folder is in no repository, or the revision does not
        exist.
    """
    shown = words.shortened(" ".join(revision.split()), _SHOWN)
    if not shown or revision[0] in "-^" or "\0" in revision or len(revision) > _MAX_REVISION:
        raise GxqError("unknown-revision", revision=shown)
    expect_repository(folder)
    arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    commit = _output_or_empty(folder, *arguments).strip().decode("ascii", "replace")
    if not _HASH.fullmatch(commit):
        raise GxqError("unknown-revision", revision=shown)
    return commit


def is_shallow(folder: Path) -> bool:
    """Return whether the repository is a shallow clone, which has only a part of the history."""
    return _output_or_empty(folder, "rev-parse", "--is-shallow-repository").strip() == b"true"


def log(folder: Path, names: Sequence[str], *, text: str = "") -> list[Commit]:
    """Return the commits that touched files of a folder, the latest first.

    Parameters
    ----------
    names
        Names of files in the folder; they need not exist in the current revision.
    text
        If not empty, only commits that added or removed this text.
    """
    pickaxe = (f"-S{text}",) if text else ()
    form = "--format=format:%H%x00%P%x00%aI%x00%an%x00%s"
    output = run_git(folder, *_LOG, *pickaxe, form, "--", *names).decode("utf-8", "replace")
    parts = output.split("\0") if output else []
    return [
        Commit(sha.strip(), tuple(parents.split()), date, author, subject)
        for sha, parents, date, author, subject in zip(*[iter(parts)] * 5, strict=True)
    ]


def blobs(
    folder: Path, commits: Sequence[str], names: Sequence[str]
) -> dict[tuple[str, str], Blob]:
    """Return the files of a folder that exist in each commit, by commit and file name.

    Parameters
    ----------
    commits
        Hashes, as `commit_of` and `log` return them.
    names
        Names of files in the folder, without line breaks.
    """
    keys = [(commit, name) for commit in commits for name in names]
    stdin = "".join(f"{commit}:./{name}\n" for commit, name in keys).encode()
    output = run_git(folder, "cat-file", "--batch-check", stdin=stdin).decode("utf-8", "replace")
    found = {}
    for key, line in zip(keys, output.splitlines(), strict=True):
        oid, kind, *size = line.split(" ") if not line.endswith(" missing") else ("", "")
        if kind == "blob" and len(size) == 1:
            found[key] = Blob(oid, int(size[0]))
    return found


def tree(folder: Path, commit: str) -> dict[str, Blob]:
    """Return the files directly in a folder in a commit, by name."""
    output = run_git(folder, "ls-tree", "-l", "-z", commit, "./")
    found = {}
    for entry in output.split(b"\0"):
        head, separator, name = entry.partition(b"\t")
        if separator:
            mode, kind, oid, size = head.decode("ascii").split()
            if kind == "blob" and mode != _LINK:
                found[os.fsdecode(name)] = Blob(oid, int(size))
    return found


def changed_hunks(old: bytes, new: bytes) -> bytes:
    """Return the hunks of two texts without context, as ``git diff`` writes them."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        (home / "old").write_bytes(old)
        (home / "new").write_bytes(new)
        # Outside of any repository, so that no configuration but the user's own is read.
        outside = {"GIT_CEILING_DIRECTORIES": str(home.parent)}
        done = _run(home, (*_DIFF, "old", "new"), environment=outside)
    if done.returncode not in (0, 1):  # 1: they differ.
        raise _failed(done)
    return done.stdout


def contents(folder: Path, wanted: Sequence[Blob]) -> Iterator[bytes]:
    """Yield the contents of files in the given order; they are read in batches."""
    for batch in _batches(wanted):
        lines = "".join(f"{blob.oid}\n" for blob in batch)
        output = memoryview(run_git(folder, "cat-file", "--batch", stdin=lines.encode()))
        for blob in batch:
            head = bytes(output[:200]).partition(b"\n")[0]
            start = len(head) + 1
            yield bytes(output[start : start + blob.size])
            output = output[start + blob.size + 1 :]


def _batches(wanted: Sequence[Blob]) -> Iterator[list[Blob]]:
    batch: list[Blob] = []
    for blob in wanted:
        if batch and sum(held.size for held in batch) + blob.size > _BATCH_BYTES:
            yield batch
            batch = []
        batch.append(blob)
    if batch:
        yield batch


# ------------------------------------------------------------------ running git


def _output_or_empty(folder: Path, *arguments: str) -> bytes:
    """Return the output of a git command, or nothing where it fails."""
    done = _run(folder, arguments)
    return done.stdout if done.returncode == 0 else b""


def run_git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Return the output of a git command.

    Raises
    ------
    GxqError
        If git is not installed, or the command fails.
    """
    done = _run(folder, arguments, stdin)
    if done.returncode:
        raise _failed(done)
    return done.stdout


def _failed(done: "subprocess.CompletedProcess[bytes]") -> GxqError:
    reason = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
    return GxqError("git-failed", reason=reason)


def _run(
    folder: Path,
    arguments: tuple[str, ...],
    stdin: bytes = b"",
    environment: Mapping[str, str] = _NOTHING,
) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(  # noqa: S603  # no shell; names of the user follow "--"
            ["git", *_OPTIONS, *arguments],  # noqa: S607  # git of the PATH
            cwd=folder,
            env={**os.environ, **_ENVIRONMENT, **environment},
            input=stdin,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except FileNotFoundError:
        raise GxqError("no-git") from None
    except subprocess.TimeoutExpired:
        raise GxqError("git-failed", reason=f"> {_SECONDS} s") from None
