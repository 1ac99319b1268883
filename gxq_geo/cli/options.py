"""Arguments and options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gxq_geo import words
from gxq_geo.words.errors import GxqError


def set_lang(lang: str | None) -> str:
    """Speak a language from here on; the one to speak where none is named."""
    if lang is not None and lang not in words.langs():
        raise GxqError("unknown-lang", lang=lang, known=", ".join(words.langs()))
    words.speak(lang or words.default_lang())
    return words.default_lang()


def split(names: list[str] | None) -> list[str]:
    """An option may be given several times, and each time with several names."""
    return [name.strip() for one in names or () for name in one.split(",") if name.strip()]


class Audience(StrEnum):
    """For whom a map or a sheet is made."""

    PUBLIC = "public"
    INTERNAL = "internal"


Folder = Annotated[Path, typer.Argument(help=words.text("cli.folder"))]
FolderOrFile = Annotated[Path, typer.Argument(help=words.text("cli.path"))]
Lang = Annotated[str | None, typer.Option("--lang", help=words.text("cli.lang"), callback=set_lang)]
