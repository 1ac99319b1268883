"""Three parcels as other programs hold them, and what an import of their file has to tell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from tests.support.zones import block

# Two parcels of the tiny zone with new names, states and addresses, and one that it does not have.
HEADINGS = ("地块编号", "名称", "所属园区", "状态", "面积", "地址", "征迁情况")
ROWS: tuple[tuple[Any, ...], ...] = (
    ("D-1", "蓼河北路东侧地块", "东园", "洽谈中", 30.0, "任城区蓼河北路１号", "已完成"),
    ("X-1", "崇文大道“标准地”", "西园", "储备", 15.0, "崇文大道与黄屯街交汇处", "进行中"),
    ("N-1", "黄金大道新增地块", "东园", "储备", 15.0, "黄金大道中段", "未启动"),
)
UNKNOWN = "征迁情况"
SHAPES = tuple(
    shapely.Polygon(block(*place)["coordinates"][0])
    for place in ((1100, 100, 200, 100), (100, 100, 100, 100), (1400, 600, 100, 100))
)
# The values that the layer has after the import where the file says something else.
TEXTS = {
    (row[0], name): row[HEADINGS.index(heading)]
    for row in ROWS[:2]
    for heading, name in (("名称", "name_zh"), ("地址", "address_zh"))
}
STATES = {("D-1", "status"): "negotiating", ("X-1", "status"): "reserve"}
VALUES = {**TEXTS, **STATES}
UNKNOWN_COLUMN = frozenset({"loss.unknown-column"})


@dataclass(frozen=True)
class Given:
    """A file of another program, and what the test that wrote it knows of it.

    Parameters
    ----------
    write
        Writes the file into a folder; returns its path.
    options
        Further words of the command.
    records, columns
        How many records the file has, and which columns; both after what the format itself cut.
    values
        The new values of known records, by id and field; they are in the plan as they were written.
    status
        The exit status of the command.
    losses, questions
        The kinds of everything that the plan says is lost or open: no more and no less.
    moved_m
        How far parcels that are known may move, in metres; None where they may go anywhere.
    """

    write: Callable[[Path], Path]
    options: tuple[str, ...] = ()
    records: int = len(ROWS)
    columns: Sequence[str] = HEADINGS
    values: Mapping[tuple[str, str], Any] = field(default_factory=lambda: VALUES)
    status: int = 0
    losses: frozenset[str] = UNKNOWN_COLUMN
    questions: frozenset[str] = frozenset()
    moved_m: float | None = 0.05


@dataclass(frozen=True)
class Refused:
    """A file that is refused as a whole, with the message of an error."""

    write: Callable[[Path], Path]
    slug: str
    options: tuple[str, ...] = ()


def asked(write: Callable[[Path], Path], *kinds: str, **known: Any) -> Given:
    """A file that leaves questions open, so that none of its records is compared."""
    return Given(write, values={}, status=1, questions=frozenset(kinds), **known)


def frame(crs: Any = "EPSG:4490", **columns: Any) -> gpd.GeoDataFrame:
    """The parcels in a CRS, with further columns."""
    table = {name: [row[at] for row in ROWS] for at, name in enumerate(HEADINGS)}
    made = gpd.GeoDataFrame({**table, **columns}, geometry=list(SHAPES), crs="EPSG:4490")
    return made if crs == "EPSG:4490" else made.to_crs(crs)


def as_rows() -> list[list[Any]]:
    """The heading and the parcels as rows of a sheet."""
    return [list(HEADINGS), *(list(row) for row in ROWS)]


def with_heights(shapes: Sequence[Any]) -> np.ndarray[Any, Any]:
    """The parcels at 38 metres above the sea."""
    return np.asarray(shapely.force_3d(np.array(shapes, dtype=object), 38.0))
