"""Fuzzing inputs for the readers: random bytes, random JSON, and corrupted valid files."""

import json
import re
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from gxq_geo.schemas import schema
from gxq_geo.zone import layer
from tests.support.zones import tiny_zone

# Files of a zone, one for each reader.
NAMES = ("sites.geojson", "stations.geojson", "projects.csv", "zone.toml", "sites.gpkg")
_JSON_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|[{}\[\],:;=\n]|\w+')

# Tokens that may break readers: keywords of the formats, extreme numbers, unusual characters.
TOKENS: Sequence[bytes] = (
    *(bytes([one]) for one in b"{}[],:;=\"'\\\n\r\t\x00#/-+. "),
    *(b"null", b"true", b"false", b"NaN", b"Infinity", b"-Infinity", b"nan", b"inf", b"undefined"),
    *(b"0", b"-0", b"1e999", b"-1e999", b"1e308", b"1e-320", b"1E400", b"0x10", b"1_000", b"01"),
    *(b"9" * 20, b"9" * 400, b"9" * 5000, b"0." + b"3" * 400, b"4.9e-324", b"2147483648"),
    *(b'"type"', b'"Feature"', b'"FeatureCollection"', b'"features"', b'"geometry"', b'"crs"'),
    *(b'"properties"', b'"coordinates"', b'"geometries"', b'"bbox"', b'"id"', b'"Point"'),
    *(b'"Polygon"', b'"MultiPolygon"', b'"GeometryCollection"', b'"LineString"', b"[[", b"]]"),
    *("锟斤拷".encode(), "\u202e".encode(), "\ufeff".encode(), "\ue000".encode(), "𠮷".encode()),
    *("é".encode(), "e\u0301".encode(), "\u2028".encode(), "１２".encode(), b"\x1b[31m", b"\x7f"),
    *(b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\xff\xfe"),
    *(b'"\\ud800"', b'"\\u0000"', b'"\\udc00\\ud800"', b'"{0} {value} {"', b'"@json.empty"'),
    *(b"[" * 2000, b"[" * 100_000, b'{"a":' * 3000, b"]" * 2000, b"(" * 2000, b"a." * 2000),
    *(b"=1+1", b"#REF!", b"1,234", b"2026-02-30", b"9999-12-31", b"0000-00-00", b"99999-01-01"),
    *(b"http://127.0.0.1:9/x", b"/vsicurl/http://127.0.0.1:9/", b"../../etc/passwd", b"file:///"),
    *(b"[[excused]]", b"[limits]", b"[rules]", b"measure_crs", b'"EPSG:4326"', b'"EPSG:99999"'),
    *(b'"""', b"'''", b"[[sources]]", b"[[indicators]]", b"1979-05-27T07:32:00Z", b"inf, nan"),
)


@cache
def good() -> dict[str, bytes]:
    """Valid files by name: those of a tiny zone, and one of them as a GeoPackage."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = tiny_zone(Path(temporary) / "layers")
        of = schema().layers["sites"]
        frame = layer.read(folder / "sites.geojson", of).frame
        layer.write(frame, folder / "sites.gpkg", of)
        return {name: (folder / name).read_bytes() for name in NAMES}


# ------------------------------------------------------------------ random JSON

_KEYS = st.sampled_from(
    (
        *("type", "features", "geometry", "geometries", "coordinates", "properties", "bbox"),
        *("crs", "id", "name", "site_id", "area_mu", "status", "sectors", "updated", "published"),
    )
)
_TYPES = st.sampled_from(
    (
        *("FeatureCollection", "Feature", "Point", "MultiPoint", "LineString", "MultiLineString"),
        *("Polygon", "MultiPolygon", "GeometryCollection", "feature", "polygon"),
    )
)
_NUMBERS = (
    st.integers(-200, 200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(10**400), 10**400)
    | st.sampled_from([116.6, 35.4, 1e308, -1e308, 5e-324, -0.0, 39465488.597, 3921255.889])
)
_TEXTS = st.text(max_size=8) | st.sampled_from(["\ue000", "\ud800", "{0}", "@json.empty", "\x1b["])
_SCALARS = st.none() | st.booleans() | _NUMBERS | _TYPES | _TEXTS
_POSITIONS = st.lists(_NUMBERS, min_size=1, max_size=5)


def _nested(depth: int) -> st.SearchStrategy[Any]:
    """Coordinates in nested lists of a depth; some are closed rings."""
    inner = _POSITIONS if depth == 0 else _nested(depth - 1)
    return st.lists(inner, max_size=6).flatmap(
        lambda found: st.sampled_from([found, [*found, *found[:1]]])
    )


_GEOMETRIES = st.recursive(
    st.fixed_dictionaries(
        {"type": _TYPES, "coordinates": st.integers(0, 3).flatmap(_nested) | _POSITIONS},
        optional={"bbox": st.lists(_NUMBERS, max_size=6), "properties": _SCALARS},
    ),
    lambda inner: st.fixed_dictionaries(
        {
            "type": st.just("GeometryCollection"),
            "geometries": st.lists(inner | _SCALARS, max_size=3),
        }
    ),
    max_leaves=4,
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS | _TEXTS, inner, max_size=5),
    max_leaves=25,
)
_FEATURES = st.fixed_dictionaries(
    {
        "type": st.just("Feature") | _SCALARS,
        "properties": st.dictionaries(
            st.sampled_from(list(schema().layers["sites"].fields)) | _TEXTS, _VALUES, max_size=6
        )
        | _VALUES,
        "geometry": _GEOMETRIES | _VALUES,
    },
    optional={"id": _VALUES, "bbox": _VALUES, "features": _VALUES},
)
_COLLECTIONS = st.fixed_dictionaries(
    {"type": st.just("FeatureCollection"), "features": st.lists(_FEATURES | _VALUES, max_size=5)},
    optional={"crs": _VALUES, "bbox": _VALUES, "name": _VALUES},
)


def _dumped(value: Any, indent: int | None, plain: bool) -> bytes:
    return json.dumps(value, ensure_ascii=plain, indent=indent).encode("utf-8", "surrogatepass")


JSON_TEXTS = st.builds(
    _dumped,
    _COLLECTIONS | _FEATURES | _GEOMETRIES | _VALUES,
    st.sampled_from([None, 1]),
    st.booleans(),
)

# ------------------------------------------------------------------ corrupted files


def _flip(data: bytes, at: int, by: int, _: bytes) -> bytes:
    return data[:at] + bytes([data[at] ^ (by % 255 + 1)]) + data[at + 1 :] if data else data


def _insert(data: bytes, at: int, _: int, token: bytes) -> bytes:
    return data[:at] + token + data[at:]


def _cut(data: bytes, at: int, by: int, _: bytes) -> bytes:
    return data[:at] + data[at + by :]


def _double(data: bytes, at: int, by: int, _: bytes) -> bytes:
    return data[: at + by] + data[at:]


def _truncate(data: bytes, at: int, _: int, __: bytes) -> bytes:
    return data[:at]


def _replace(data: bytes, at: int, _: int, token: bytes) -> bytes:
    """Replace the token after a position."""
    found = _JSON_TOKEN.search(data, at)
    return data[: found.start()] + token + data[found.end() :] if found else data


def _swap(data: bytes, at: int, by: int, _: bytes) -> bytes:
    """Exchange two tokens."""
    first = _JSON_TOKEN.search(data, at)
    second = first and _JSON_TOKEN.search(data, first.end() + by)
    if not first or not second:
        return data
    between = data[first.end() : second.start()]
    return data[: first.start()] + second[0] + between + first[0] + data[second.end() :]


def _reread(data: bytes, _: int, by: int, __: bytes) -> bytes:
    """Write the file in another encoding."""
    encoding = ("gb18030", "utf-16", "latin-1", "utf-8-sig")[by % 4]
    return data.decode("utf-8", "replace").encode(encoding, "replace")


_SPOIL: Sequence[Callable[[bytes, int, int, bytes], bytes]] = (
    *(_flip, _insert, _cut, _double, _truncate, _replace, _replace, _replace, _swap, _reread),
)


def spoiled(name: str) -> st.SearchStrategy[bytes]:
    """A valid file of a zone after one to five random modifications."""
    return st.deferred(lambda: modified(good()[name]))


@st.composite
def modified(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes after one to five random modifications."""
    for _ in range(draw(st.integers(1, 5))):
        change = draw(st.sampled_from(_SPOIL))
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        by = draw(st.integers(0, 60) | st.integers(0, 4000))
        data = change(data, at, by, draw(st.sampled_from(TOKENS)))[:400_000]
    return data


INPUTS = {
    "bytes": st.tuples(
        st.sampled_from(NAMES),
        st.binary(max_size=300) | st.lists(st.sampled_from(TOKENS), max_size=30).map(b"".join),
    ),
    "json": st.tuples(st.sampled_from(NAMES[:2]), JSON_TEXTS),
    "spoiled": st.sampled_from(NAMES).flatmap(lambda name: st.tuples(st.just(name), spoiled(name))),
}
