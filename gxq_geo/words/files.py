"""Read the files of languages, and check those that are not the package's own.

A text of such a file is used only if the package has its key, and if its placeholders are among
those of the package's texts; everything else is a `Fault`.
"""

import errno
import os
import re
import stat
import string
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# A plural form: ``{count:record|records}`` has the text for 1 and for any other number.
PLURAL = re.compile(r"\{(\w+):([^{}|]*)\|([^{}|]*)\}")
_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# No language needs more bytes than this.
_MAX_BYTES = 16 << 20
# How much of a path a message shows.
_SHOWN = 100

Models = Callable[[str], Sequence[str]]
"""Returns the package's own texts of a key, English first; none if it has no such key."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in a language's file; its message is under ``error.words-<kind>``."""

    kind: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)


def shortened(text: str, most: int) -> str:
    """Return a text, or its first characters and an ellipsis where there are more than `most`."""
    return text if len(text) <= most else f"{text[:most]}…"


def paths(home: Path) -> list[Path]:
    """The files of languages in a folder; none if it does not exist or cannot be read."""
    try:
        return sorted(home.glob("*.toml"))
    except (OSError, ValueError):
        return []


def code(path: Path) -> str:
    """The code of the language after which a file is named."""
    return path.name.removesuffix(".toml")


def is_code(text: str) -> bool:
    """Whether a text is the code of a language, such as ``ja`` or ``pt-BR``."""
    return bool(_CODE.fullmatch(text))


def texts(path: Path) -> dict[str, str]:
    """The texts of a file by dotted key; none if it does not exist or cannot be read."""
    return dict(_flat(_parse(path)[0]))


def sound_texts(path: Path, models: Models) -> dict[str, str]:
    """The texts of a file that have no fault."""
    return {key: text for key, text in texts(path).items() if _is_sound(text, models(key))}


def folder_fault(home: Path) -> Iterator[Fault]:
    """Yield the fault of a folder that is there but is none, or that cannot be looked at."""
    try:
        if stat.S_ISDIR(home.stat().st_mode):
            return
        reason = os.strerror(errno.ENOTDIR)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or str(error)
    yield Fault("unreadable", shortened(str(home), _SHOWN), {"reason": reason})


def faults(path: Path, models: Models, keys: Callable[[], Sequence[str]]) -> Iterator[Fault]:
    """Check a file.

    Parameters
    ----------
    path
        The file.
    models
        The package's own texts of a key.
    keys
        Returns all keys of the package, to suggest one in place of an unknown key.
    """
    where = str(path)
    if not is_code(code(path)):
        yield Fault("name", where)
    tree, reason = _parse(path)
    if reason:
        yield Fault("unreadable", where, {"reason": reason})
    from difflib import get_close_matches  # Imported late: slow, rarely needed.

    for key, text in _flat(tree):
        own = models(key)
        if not own:
            near = get_close_matches(key, keys(), n=1, cutoff=0)
            yield Fault("key", where, {"key": key, "near": near[0]})
        elif not _is_sound(text, own):
            yield Fault("place", where, {"key": key, "own": own[0]})


def _parse(path: Path) -> tuple[dict[str, Any], str]:
    """Return the contents of a file, or the reason why it cannot be read."""
    try:
        return tomllib.loads(_read(path).decode("utf-8-sig")), ""
    except FileNotFoundError:
        return {}, ""
    except (OSError, ValueError, RecursionError) as error:
        return {}, str(error)


def _read(path: Path) -> bytes:
    """Read a regular file; opening a pipe must not block."""
    with open(path, "rb", opener=_open_nonblocking) as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            raise ValueError(f"not a file of up to {_MAX_BYTES >> 20} MiB")
        return stream.read()


def _open_nonblocking(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _flat(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)


def _is_sound(text: str, own: Sequence[str]) -> bool:
    """Whether a text has only placeholders that the package's texts of the same key have."""
    # A number in braces is the factor of a unit, which may differ between languages.
    fields = {one for one in _fields(text) if not one[0].isdigit()}
    known = set().union(*map(_fields, own))
    names = {name for name, *_ in known}
    return bool(own) and all(
        (name in names and not conversion and not form) or (name, conversion, form) in known
        for name, conversion, form in fields
    )


def _fields(text: str) -> set[tuple[str, str, str]]:
    """The placeholders of a text: name, conversion and format; ``{`` if a brace is not closed."""
    plain = PLURAL.sub(r"{\1}", text)
    try:
        parsed = [*string.Formatter().parse(plain)]
    except ValueError:
        return {("{", "", "")}
    return {(name, how or "", form or "") for _, name, form, how in parsed if name is not None}
