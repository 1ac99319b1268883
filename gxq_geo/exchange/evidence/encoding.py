"""Decide the encoding of a foreign file, or ask for it; and say what was decided."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from gxq_geo.exchange.source import Note
from gxq_geo.formats.encoding import Encoding, codec, decide, decide_text, decode_all, decoded
from gxq_geo.words.errors import FileError


def settle(
    path: Path, samples: Sequence[bytes], *, declared: str = "", stated: str = ""
) -> tuple[Encoding, tuple[Note, ...]]:
    """Decide the encoding of a file from all its texts, or ask for it; also return the notes.

    Raises
    ------
    FileError
        If the evidence does not decide, or the encoding that the user states is unknown or
        disproved by the file.
    """
    _check(path, stated)
    found = decide(samples, declared=declared, stated=stated)
    if stated and not decode_all(samples, found.name).is_viable:
        raise FileError("encoding-wrong", path=path, encoding=stated)
    _ask(path, found)
    return found, tuple(_notes(found, declared))


def settle_text(
    path: Path, data: bytes, *, declared: str = "", stated: str = ""
) -> tuple[str, Encoding]:
    """Decode a text file, without its byte order mark, by evidence; or ask for its encoding.

    Raises
    ------
    FileError
        As `settle`.
    """
    _check(path, stated)
    found = decide_text(data, declared=declared, stated=stated)
    _ask(path, found)
    text = decoded(data, found.name)
    if text is None:
        raise FileError("encoding-wrong", path=path, encoding=stated)
    return text, found


def _check(path: Path, stated: str) -> None:
    if stated and not codec(stated):
        raise FileError("no-such-encoding", path=path, encoding=stated)


def _ask(path: Path, found: Encoding) -> None:
    if found.certain:
        return
    if not found.candidates:
        raise FileError("encoding-unknown", path=path)
    shown = "; ".join(f"{name} ({text})" for name, text in found.candidates.items())
    raise FileError("encoding-ambiguous", path=path, candidates=shown)


def _notes(found: Encoding, declared: str) -> Iterable[Note]:
    if found.contradicts:
        params = {"encoding": found.label, "declared": found.contradicts.upper(), **found.params}
        yield Note("vector.note.encoding-contradicted", params=params)
    elif found.evidence in ("zeros", "hanzi") and not declared:
        yield Note(
            f"vector.note.encoding-{found.evidence}",
            params={"encoding": found.label, **found.params},
        )
