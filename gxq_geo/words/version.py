"""What the tool is called, and which version it is."""

from functools import cache
from importlib import metadata

TOOL = "gxq"


@cache
def version() -> str:
    """The version of the installed package."""
    return metadata.version("gxq-geo")
