"""What stops the tool. (What is wrong with a file is an `Issue`, not an exception.)

::

    GxqError
    ├── ZoneError       the folder is not a zone: absent, no zone.toml, a layer named twice
    ├── FileError       a file cannot be read, written or replaced
    ├── BadLayerError   a file is at fault where clean data were asked for; holds its issues
    └── DraftError      the zone has errors, so its map is not drawn

`GxqWarning` is no error: the tool goes on.

Each error carries a slug and parameters; its words stand in ``data/words`` under ``error.<slug>``.
"""

from gxq_geo import words


class GxqError(Exception):
    """The tool cannot go on.

    Parameters
    ----------
    slug
        Which words to say: the key ``error.<slug>``.
    exit_status
        What a command returns: 2, or 1 where a file is at fault.
    params
        What the words name: paths, layers, numbers.
    """

    def __init__(self, slug: str, *, exit_status: int = 2, **params: object) -> None:
        super().__init__(slug)
        self.slug = slug
        self.exit_status = exit_status
        self.params = params

    def say(self, lang: str | None = None) -> str:
        """One line in one language: what is wrong, and what to do."""
        return words.visible(words.text(f"error.{self.slug}", lang, **self.params))

    def __str__(self) -> str:
        return self.say()


class GxqWarning(UserWarning):
    """Something that whoever makes a map should know; the map is made all the same."""


class ZoneError(GxqError):
    """The folder is not a zone."""


class FileError(GxqError):
    """A file cannot be read, written or replaced."""


class BadLayerError(GxqError):
    """A layer file is at fault where clean data were asked for."""

    def __init__(self, slug: str, **params: object) -> None:
        super().__init__(slug, exit_status=1, **params)


class DraftError(GxqError):
    """The zone has errors, so its map is not drawn unless as a draft."""

    def __init__(self, **params: object) -> None:
        super().__init__("map-has-errors", exit_status=1, **params)
