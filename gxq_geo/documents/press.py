"""The press: a template, data and pictures become a PDF. The only door to typst.

Values reach a template as JSON that it reads, never as markup. The bytes depend on the input and
the font alone: the date in the file is the data's.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import typst

from gxq_geo import words
from gxq_geo.words.errors import GxqError

FONTS = "GXQ_FONTS"
"""The environment may name a folder of further fonts."""

# So many of the fonts that would do are named where there is none.
_NAMED = 4


def print_pdf(
    template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes], *, date: str
) -> bytes:
    """A PDF: vector, its text can be searched; the same input gives the same bytes.

    Parameters
    ----------
    template
        A file of ``templates/``, without its ending. It may ``#import "common.typ": *``; there
        ``d`` is the data, and ``d.font`` the font's family.
    data
        What the template reads as ``data.json``: anything that JSON holds.
    pictures
        SVG by file name, such as ``map.svg``.
    date
        The date of the data, such as 2026-11-23, or empty; the PDF says it was made then.

    Raises
    ------
    GxqError
        If this machine has no Chinese font.
    """
    day = datetime.fromisoformat(date or "2000-01-01").replace(tzinfo=UTC)
    said = {**data, "font": font()}
    files: Any = {
        "main.typ": _template(template),
        "common.typ": _template("common"),
        "data.json": json.dumps(said, ensure_ascii=False, sort_keys=True).encode(),
        **pictures,
    }
    made: bytes = typst.compile(files, font_paths=_fonts(_folder()), timestamp=int(day.timestamp()))
    return made


def font() -> str:
    """The family in which paper is set: the first of the style's that is on this machine.

    Raises
    ------
    GxqError
        If none is, or the folder that ``GXQ_FONTS`` names is not there.
    """
    wanted: list[str] = words.data("style")["paper"]["fonts"]
    known = _families(_folder())
    found = next((one for one in wanted if one in known), None)
    if found is None:
        raise GxqError("no-chinese-font", variable=FONTS, known=", ".join(wanted[:_NAMED]))
    return found


def _folder() -> str:
    folder = os.environ.get(FONTS, "")
    if folder and not Path(folder).is_dir():
        raise GxqError("no-font-folder", path=folder, variable=FONTS)
    return folder


@cache
def _families(folder: str) -> frozenset[str]:
    return frozenset(_fonts(folder).families())


@cache
def _fonts(folder: str) -> typst.Fonts:
    paths = [Path(folder)] if folder else []
    return typst.Fonts(
        include_system_fonts=True, include_embedded_fonts=False, font_paths=list(paths)
    )


@cache
def _template(name: str) -> bytes:
    return (resources.files(__package__) / "templates" / f"{name}.typ").read_bytes()
