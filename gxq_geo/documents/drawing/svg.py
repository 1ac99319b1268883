"""Write SVG as text; values of records are escaped, so that they cannot add markup."""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import shapely

# Characters that XML 1.0 does not allow.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_POINT, _LINE, _RING, _POLYGON = 0, 1, 2, 3


def number(value: float) -> str:
    """Format a number with at most two decimals, without trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """Return an element; ``_`` in attribute names becomes ``-``, attributes of None are omitted."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_attribute(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def _attribute(value: object) -> str:
    if isinstance(value, float | np.floating):
        return number(float(value))
    return _UNWRITABLE.sub("", str(value))


def escape(text: str) -> str:
    """Escape a text for use between tags."""
    clean = _UNWRITABLE.sub("", text)
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def path(shapes: Any) -> str:
    """Return the ``d`` attribute of a path along geometries; points become zero-length lines."""
    parts = shapely.get_parts(np.atleast_1d(np.asarray(shapes, dtype=object)))
    # Clipping may leave geometry collections inside geometry collections.
    while (nested := shapely.get_type_id(parts) > _POLYGON).any():
        parts = np.concatenate([parts[~nested], shapely.get_parts(parts[nested])])
    kinds = shapely.get_type_id(parts)
    rings = shapely.get_rings(parts[kinds == _POLYGON])
    lines = parts[(kinds == _LINE) | (kinds == _RING)]
    points = shapely.get_coordinates(parts[kinds == _POINT])
    return (
        "".join(_subpaths(rings, "Z"))
        + "".join(_subpaths(lines, ""))
        + "".join(f"M{number(x)} {number(y)}h0" for x, y in points)
    )


def _subpaths(lines: np.ndarray, end: str) -> Iterable[str]:
    coordinates, index = shapely.get_coordinates(lines, return_index=True)
    starts = np.searchsorted(index, np.arange(len(lines) + 1))
    positions = [f"{number(x)} {number(y)}" for x, y in coordinates]
    for first, last in pairwise(starts):
        stop = last - 1 if end and last - first > 1 else last
        if stop > first:
            yield "M" + "L".join(positions[first:stop]) + end


def document(content: Iterable[str], size: tuple[float, float]) -> bytes:
    """Return an SVG document with ``size`` in mm; one user unit is one mm."""
    width, height = (number(side) for side in size)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}" stroke-linejoin="round" stroke-linecap="round">'
    )
    return "\n".join([head, *content, "</svg>", ""]).encode()
