"""The type of functions that style text for a terminal; report formats take one as an argument."""

from typing import Protocol


class Paint(Protocol):
    """A function that applies a style, a colour or ``heading``, to a text."""

    def __call__(self, text: str, style: str) -> str:
        """Return the styled text."""


def plain(text: str, style: str) -> str:
    """Return the text without a style."""
    return text
