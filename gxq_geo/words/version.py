"""The name and the version of the tool."""

from functools import cache

TOOL = "gxq"


@cache
def version() -> str:
    """The version of the installed package."""
    from importlib import metadata  # Imported late: slow, rarely needed.

    return metadata.version("gxq-geo")
