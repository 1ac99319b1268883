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
    return tuple(
        Piece(
            file,
            _text(texts["wrong"], lang),
            _text(texts["right"], lang),
            described=isinstance(texts["wrong"], dict),
        )
        for file, texts in words.data("examples")[slug].items()
    )


def _text(text: str | dict[str, str], lang: str) -> str:
    """Return a piece of a file as it is, and a description in a language."""
    return text if isinstance(text, str) else words.pick(text, lang)
