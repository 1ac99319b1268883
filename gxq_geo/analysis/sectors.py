"""Sectors 产业: which of a zone's sectors an industry of GB/T 4754-2017 belongs to."""

import re

import pandas as pd

# The divisions of each section of GB/T 4754-2017, first and last.
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
    """A code of GB/T 4754-2017 with its section's letter: ``3963`` is ``C3963``.

    Returns
    -------
    str
        Empty where it is none: two to four digits, or a letter, or both that agree.
    """
    match = _CODE.fullmatch(code.strip().upper())
    if match is None:
        return ""
    letter, digits, section = match.groups()
    if section:
        return str(section)
    division = int(digits[:2])
    home = next((s for s, (low, high) in SECTIONS.items() if low <= division <= high), "")
    return f"{home}{digits}" if home and letter in ("", home) else ""


def sectors_of(sectors: pd.DataFrame, code: str) -> tuple[str, ...]:
    """The sectors that an industry belongs to.

    Of the codes that a sector names the longest that the industry's code begins with counts; those
    sectors whose code is the longest of all have it.

    Parameters
    ----------
    sectors
        The layer ``sectors``.
    code
        A code of GB/T 4754-2017, with or without the section's letter.

    Returns
    -------
    tuple of str
        Their ids, in the order of the layer; none where no sector has the industry.
    """
    wanted = normal_code(code)
    frame = pd.DataFrame(sectors)
    lengths = {
        sector: max(
            (len(own) for own in map(normal_code, some) if own and wanted.startswith(own)),
            default=0,
        )
        for sector, some in zip(frame["sector_id"], frame["gbt4754"], strict=True)
    }
    longest = max(lengths.values(), default=0)
    return tuple(sector for sector, length in lengths.items() if length == longest > 0)
