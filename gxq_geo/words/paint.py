"""Styles of a text on a terminal, as a function that a form of output is given."""

from typing import Protocol


class Paint(Protocol):
    """Gives a text a style: a colour, or ``heading``."""

    def __call__(self, text: str, style: str) -> str:
        """The text, painted."""


def plain(text: str, style: str) -> str:
    """No style: the text as it is."""
    return text
