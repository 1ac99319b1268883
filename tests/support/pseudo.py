"""A pseudo-language: all English texts in brackets, as a words file.

A text without brackets on a page in this language is not translatable.
"""

import json
import re
from pathlib import Path

from gxq_geo import words

CODE = "qps"
NAME = "‹Pseudo›"
# The format of a number with its unit: CNY {10000}/mu. A page shows each side of the number alone.
_FIGURE = re.compile(r"(.*?)(\{\d+\})(.*)")
_SUFFIX = re.compile(r"( \((zh|en)\))?$")


def bracketed(text: str) -> str:
    """Put a text in brackets, before the language suffix of a label: ‹Location› (en)."""
    if figure := _FIGURE.fullmatch(text):
        before, number, after = figure.groups()
        return f"{_beside(before)}{number}{'|'.join(map(_beside, after.split('|')))}"
    suffix = _SUFFIX.search(text)
    assert suffix
    return f"‹{text[: suffix.start()]}›{suffix[0]}"


def _beside(text: str) -> str:
    """Put the text beside a number in brackets; a space between the two stays outside."""
    return re.sub(r"\S(.*\S)?", lambda found: f"‹{found[0]}›", text)


def write(folder: Path, code: str = CODE) -> Path:
    """Write the words file of the language; its keys are dotted names in quotes."""
    texts = {key: bracketed(words.text(key, "en")) for key in sorted(words.keys("en"))}
    texts |= {"language.name": NAME, "language.tag": code, "language.area_unit": "ha"}
    texts.pop("language.place")
    lines = (f"{json.dumps(key)} = {json.dumps(text)}\n" for key, text in texts.items())
    path = folder / f"{code}.toml"
    path.write_text("".join(lines), "utf-8")
    return path


def unbracketed(text: str) -> str:
    """Replace each bracketed part of a text by a dot; what remains is not translatable."""
    while (shorter := re.sub(r"‹[^‹›]*›", " · ", text)) != text:
        text = shorter
    return text.strip()
