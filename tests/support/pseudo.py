"""A language that nobody speaks: the English words, each in brackets, in a file of their own.

Where a page in this language shows a word without brackets, no words file can reach that word.
"""

import json
import re
from pathlib import Path

from gxq_geo import words

CODE = "qps"
NAME = "‹Pseudo›"
_KIND = re.compile(r"( \((zh|en)\))?$")


def bracketed(said: str) -> str:
    """‹Location› (en): what a label says of its language stays at its end."""
    kind = _KIND.search(said)
    assert kind
    return f"‹{said[: kind.start()]}›{kind[0]}"


def write(folder: Path, code: str = CODE) -> Path:
    """The words file of the language; its keys are dotted names in quotes."""
    said = {key: bracketed(words.text(key, "en")) for key in sorted(words.keys("en"))}
    said |= {"language.name": NAME, "language.tag": code, "language.area_unit": "ha"}
    said.pop("language.place")
    lines = (f"{json.dumps(key)} = {json.dumps(one)}\n" for key, one in said.items())
    path = folder / f"{code}.toml"
    path.write_text("".join(lines), "utf-8")
    return path


def unbracketed(said: str) -> str:
    """What is left of a text without what stands in brackets: a dot in the place of each."""
    while (shorter := re.sub(r"‹[^‹›]*›", " · ", said)) != said:
        said = shorter
    return said.strip()
