"""Exceptions of the package. (A fault in a layer file is an `Issue`, not an exception.)

::

    GxqError
    ├── ZoneError       the folder is not a zone: it or its zone.toml is absent or invalid
    ├── FileError       a file cannot be read or written
    ├── BadLayerError   a layer has errors where clean data are required
    └── DraftError      the zone has errors, so its map is not drawn

`GxqWarning` is a warning, not an error.

Each error has a slug and parameters; its message is in ``data/words`` under ``error.<slug>``.
"""

from gxq_geo import words


class GxqError(Exception):
    """Base class: the requested operation cannot be done.

    Parameters
    ----------
    slug
        Selects the message: the key ``error.<slug>``.
    exit_status
        The exit status of a command: 2, or 1 if the cause is a fault in a file.
    params
        The parameters of the message: paths, layers, numbers.
    """

    def __init__(self, slug: str, *, exit_status: int = 2, **params: object) -> None:
        super().__init__(slug)
        self.slug = slug
        self.exit_status = exit_status
        self.params = params

    def say(self, lang: str | None = None) -> str:
        """Return the message, one line, in a language or in the default one."""
        return words.visible(words.text(f"error.{self.slug}", lang, **self.params))

    def __str__(self) -> str:
        return self.say()


class GxqWarning(UserWarning):
    """A warning for the author of a map, which is drawn nevertheless."""


class ZoneError(GxqError):
    """The folder is not a zone."""


class FileError(GxqError):
    """A file cannot be read or written."""


class BadLayerError(GxqError):
    """A layer has errors where clean data are required."""

    def __init__(self, slug: str, **params: object) -> None:
        super().__init__(slug, exit_status=1, **params)


class DraftError(GxqError):
    """The zone has errors, so its map is drawn only as a draft."""

    def __init__(self, **params: object) -> None:
        super().__init__("map-has-errors", exit_status=1, **params)
