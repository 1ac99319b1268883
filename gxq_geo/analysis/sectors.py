"""Sectors 产业: map industry codes of GB/T 4754-2017 to the sectors of a zone."""

import re

import pandas as pd

# The first and last division of each section of GB/T 4754-2017.
SECTIONS = {
    "A": (1, 5),
    "B": (6, 12),
    "C": (13, 43),
    "D": (44, 46),
    "E": (47, 50),
    "F": (51, 52),
    "G": (53, 60),
    "H": (61, 62),
    "I": (63, 65),
    "J": (66, 69),
    "K": (70, 70),
    "L": (71, 72),
    "M": (73, 75),
    "N": (76, 79),
    "O": (80, 82),
    "P": (83, 83),
    "Q": (84, 85),
    "R": (86, 90),
    "S": (91, 96),
    "T": (97, 97),
}

_CODE = re.compile(r"([A-T]?)(\d{2,4})|([A-T])", re.ASCII)


def normal_code(code: str) -> str:
    """Add the section letter to an industry code: ``3963`` becomes ``C3963``.

    A code is two to four digits, a section letter, or a letter followed by digits of its section.

    Returns
    -------
    str
        The code; empty if it is invalid.
    """
    match = _CODE.fullmatch(code.strip().upper())
    if match is None:
        return ""
    letter, digits, section = match.groups()
    if section:
        return str(section)
    division = int(digits[:2])
    own = next((s for s, (low, high) in SECTIONS.items() if low <= division <= high), "")
    return f"{own}{digits}" if own and letter in ("", own) else ""


def sectors_of(sectors: pd.DataFrame, code: str) -> tuple[str, ...]:
    """Find the sectors of an industry by the longest matching code prefix.

    Parameters
    ----------
    sectors
        The layer ``sectors``.
    code
        A code of GB/T 4754-2017, with or without the section letter.

    Returns
    -------
    tuple of str
        The ids of the sectors that list the longest prefix of `code`, in the order of the layer;
        empty if none lists any.
    """
    industry = normal_code(code)
    frame = pd.DataFrame(sectors)
    lengths = {
        sector: max(
            (len(own) for own in map(normal_code, codes) if own and industry.startswith(own)),
            default=0,
        )
        for sector, codes in zip(frame["sector_id"], frame["gbt4754"], strict=True)
    }
    longest = max(lengths.values(), default=0)
    return tuple(sector for sector, length in lengths.items() if length == longest > 0)
