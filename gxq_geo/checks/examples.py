"""An example of each finding, as it fails and put right: ``data/examples.toml``."""

from dataclasses import dataclass

from gxq_geo import words

# Stands in a piece of a file for any text that is left out of a line.
OMITTED = "…"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a file: its text as it fails and put right, or a description of both.

    The two are the same in a file that is only shown because the mistake contradicts it.
    """

    file: str
    wrong: str
    right: str
    described: bool


def example(slug: str, lang: str) -> tuple[Piece, ...]:
    """Return the example of a kind of finding, one piece for each file.

    Raises
    ------
    KeyError
        If there is no such kind of finding.
    """
    files = words.data("examples")[slug]
    return tuple(
        _piece(file, texts["wrong"], texts["right"], lang) for file, texts in files.items()
    )


def _piece(file: str, wrong: str | dict[str, str], right: str | dict[str, str], lang: str) -> Piece:
    if isinstance(wrong, str) and isinstance(right, str):
        return Piece(file, wrong, right, described=False)
    pick = (words.pick(text, lang) for text in (wrong, right) if isinstance(text, dict))
    return Piece(file, *pick, described=True)
