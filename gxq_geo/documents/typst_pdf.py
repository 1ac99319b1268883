"""Compile a Typst template with data and pictures into a PDF; only this module imports typst.

Values reach the template as JSON, never as markup. The bytes depend on the input and the font
only: the creation date of the PDF is the date of the data.
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
"""Environment variable with a folder of additional fonts."""

# The error message for a missing font names this many suitable fonts.
_NAMED_FONTS = 4


def print_pdf(
    template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes], *, date: str
) -> bytes:
    """Return a PDF with vector graphics and searchable text.

    Parameters
    ----------
    template
        Name of a file in ``templates/``, without its suffix. The template may
        ``#import "common.typ": *``, where ``d`` is the data and ``d.font`` the font family.
    data
        JSON values that the template reads as ``data.json``.
    pictures
        SVG documents by file name, such as ``map.svg``.
    date
        The date of the data, such as 2026-11-23, or empty. It becomes the creation date.

    Raises
    ------
    GxqError
        If no Chinese font is installed.
    """
    day = datetime.fromisoformat(date or "2000-01-01").replace(tzinfo=UTC)
    values = {**data, "font": font()}
    files: Any = {
        "main.typ": _template(template),
        "common.typ": _template("common"),
        "data.json": json.dumps(values, ensure_ascii=False, sort_keys=True).encode(),
        **pictures,
    }
    fonts = _fonts(_font_folder())
    pdf: bytes = typst.compile(files, font_paths=fonts, timestamp=int(day.timestamp()))
    return pdf


def font() -> str:
    """Return the first font family of ``style.toml`` that is installed.

    Raises
    ------
    GxqError
        If none is installed, or the folder in ``GXQ_FONTS`` does not exist.
    """
    suitable: list[str] = words.data("style")["paper"]["fonts"]
    installed = _families(_font_folder())
    found = next((family for family in suitable if family in installed), None)
    if found is None:
        raise GxqError("no-chinese-font", variable=FONTS, known=", ".join(suitable[:_NAMED_FONTS]))
    return found


def _font_folder() -> str:
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
