"""The content of a foreign file as its reader returns it: raw values, before they are interpreted.

A reader decodes a format and nothing else. It does not convert coordinates, rename columns or
convert units: that is decided later, with evidence, and shown to the user (`gxq_geo.exchange`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Loss:
    """Content of a file that is not taken over.

    Parameters
    ----------
    kind
        Selects the message: the key ``exchange.<kind>``, for example ``vector.loss.text-cut``.
    count
        The number of entities, cells or records concerned.
    where
        The sheet, CAD layer, table, column or record concerned; empty for the whole file.
    params
        Further parameters of the message.
    """

    kind: str
    count: int = 1
    where: str = ""
    params: Mapping[str, str | int | float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Note:
    """A decision of a reader, with its evidence; not a loss.

    Parameters
    ----------
    kind
        Selects the message: the key ``exchange.<kind>``.
    where, params
        As for `Loss`.
    """

    kind: str
    where: str = ""
    params: Mapping[str, str | int | float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One layer, sheet or table of a foreign file.

    Parameters
    ----------
    name
        The name of the layer or sheet in the file; for a format without names, the file's stem.
    columns
        The raw values of each column by its heading, all of the same length; None is missing.
        Values are texts, numbers, booleans, dates, and lists of texts.
    geometries
        A geometry or None for each record, with the coordinates of the file, x (east) first where
        the format states the order; None for a table without geometry.
    crs
        The declared CRS: an authority code (``EPSG:4548``), WKT or PROJJSON; empty if undeclared.
    places
        Where each record is in the file, as a user would look for it: ``12`` (a row), ``#2F`` (a
        DXF handle); empty if the format has no such places.
    losses, notes
        What was not taken, and what was decided.
    """

    name: str
    columns: Mapping[str, Sequence[Any]]
    geometries: Geometries | None = None
    crs: str = ""
    places: Sequence[str] = ()
    losses: tuple[Loss, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def count(self) -> int:
        """The number of records."""
        if self.geometries is not None:
            return len(self.geometries)
        return max(map(len, self.columns.values()), default=0)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user states about a file; empty or None where the file's own evidence decides.

    Parameters
    ----------
    encoding
        The encoding of the texts, as Python names it.
    table
        The layer, sheet or CAD layer to read; by default all.
    header_row
        The row of the heading in a sheet, counted from 1.
    tolerance
        The largest gap between the ends of lines that are joined to polygons, in the file's units.
    """

    encoding: str = ""
    table: str = ""
    header_row: int | None = None
    tolerance: float = 0.01


# A reader: it takes a file and the user's statements, and returns the tables of the file. It raises
# `gxq_geo.words.errors.FileError` if the file cannot be read at all; everything less is a `Loss`.
Reader = Callable[[Path, ReadOptions], tuple[SourceTable, ...]]
