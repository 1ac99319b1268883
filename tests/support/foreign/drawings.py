"""Drawings of each version of DXF: the parcels as closed polylines, their numbers within."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ezdxf

from tests.support.foreign.parcels import ROWS, Given, Refused, frame

Write = Callable[[Path], Path]
VERSIONS = ("R12", "R2000", "R2004", "R2007", "R2010", "R2013", "R2018")
# A drawing declares no CRS and has no columns but those that its reader makes of it.
OPTIONS = ("--crs", "EPSG:4548", "--layer", "sites", "--id", "text", "--map", "layer=")
COLUMNS = ("layer", "handle", "text")
_KNOWN: dict[str, Any] = {
    "options": OPTIONS,
    "columns": COLUMNS,
    "values": {},
    "status": 1,
    "losses": frozenset({"loss.unknown-column"}),
    "moved_m": 0.05,
}


def drawing(
    version: str = "R2010",
    *,
    layer: str = "地块",
    encoding: str = "",
    change: Callable[[Any], None] = lambda _: None,
    name: str = "地块.dxf",
) -> Write:
    """Write the parcels in EPSG:4548."""

    def write(folder: Path) -> Path:
        document = ezdxf.new(version)
        space = document.modelspace()
        document.layers.add(layer)
        for row, shape in zip(ROWS, frame(4548).geometry, strict=True):
            corners = list(shape.exterior.coords)[:-1]
            on = {"layer": layer}
            if version == "R12":
                space.add_polyline2d(corners, close=True, dxfattribs=on)
            else:
                space.add_lwpolyline(corners, close=True, dxfattribs=on)
            middle = (shape.centroid.x, shape.centroid.y)
            space.add_text(row[0], height=5, dxfattribs=on).set_placement(middle)
        change(document)
        text = io.StringIO()
        document.write(text)
        path = folder / name
        path.write_bytes(text.getvalue().encode(encoding or document.output_encoding, "dxfreplace"))
        return path

    return write


def _with_line(document: Any) -> None:
    document.modelspace().add_line(
        (463000, 3919000), (463100, 3919100), dxfattribs={"layer": "地块"}
    )


def _with_heights(document: Any) -> None:
    for one in document.modelspace().query("LWPOLYLINE"):
        one.dxf.elevation = 38.0


def _frozen(document: Any) -> None:
    document.layers.add("图框").freeze()
    document.modelspace().add_line(
        (463000, 3919000), (463100, 3919100), dxfattribs={"layer": "图框"}
    )


def _text(name: str, data: bytes) -> Write:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return write


# The line is told as no area, and has a table of its own, in which it has no number.
_LINE_LOSSES = frozenset({"loss.unknown-column", "dxf.loss.open-line", "loss.without-id"})

CASES: dict[str, Given | Refused] = {
    **{f"dxf {version}": Given(drawing(version), **_KNOWN) for version in VERSIONS},
    "dxf in capitals": Given(drawing(name="地块.DXF"), **_KNOWN),
    "dxf R2000 in UTF-8": Given(drawing("R2000", encoding="utf-8"), **_KNOWN),
    "dxf R2010 in GBK": Given(drawing("R2010", encoding="gb18030"), **_KNOWN),
    "dxf with an open line": Given(
        drawing(change=_with_line),
        **{**_KNOWN, "losses": _LINE_LOSSES, "records": 4},
    ),
    "dxf with heights": Given(
        drawing(change=_with_heights),
        **{**_KNOWN, "losses": frozenset({"loss.unknown-column", "dxf.loss.height"})},
    ),
    "dxf with a frozen layer": Given(
        drawing(change=_frozen),
        **{**_KNOWN, "losses": frozenset({"loss.unknown-column", "dxf.loss.hidden-layer"})},
    ),
    "dwg": Refused(_text("地块.dwg", b"AC1027" + bytes(100)), "dxf-dwg"),
    "dwg named dxf": Refused(_text("地块.dxf", b"AC1032" + bytes(100)), "dxf-dwg"),
    "binary dxf": Refused(_text("地块.dxf", b"AutoCAD Binary DXF\r\n\x1a\0"), "dxf-binary"),
    "text named dxf": Refused(_text("地块.dxf", "地块".encode()), "dxf-damaged"),
}
