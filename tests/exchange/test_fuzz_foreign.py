"""The readers of foreign files withstand any bytes: a `FileError` or a result, in bounded time.

``make test`` tries 96 inputs, ``make fuzz`` about 5,000.
"""

import io
import time
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gxq_geo import words
from gxq_geo.exchange import formats
from gxq_geo.exchange.importing.incoming import Question, Statements, interpret
from gxq_geo.exchange.source import Loss, Note
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone, open_zone
from tests.exchange.told import lines_of
from tests.support.foreign import CASES
from tests.support.fuzz import modified
from tests.support.memory import peak
from tests.support.nightly import times
from tests.support.zones import tiny_zone

pytestmark = [pytest.mark.slow, pytest.mark.random]

TIMES = times(1, 52)
SECONDS, MEGABYTES = 10.0, 900
# The valid files that are spoiled: one of the cases for each reader in this process.
GOOD = {
    "shapefile": "shp in gb18030, GBK in .cpg, nothing in the header",
    "drawing": "dxf R2010",
    "old drawing": "dxf R12",
    "kml": "kml by libkml",
    "geopackage": "gpkg",
    "workbook": "xlsx by openpyxl",
    "old workbook": "xls",
    "ods": "ods by GDAL",
    "boundary text": "boundary text in GBK",
    "delimited text": "csv in gb18030",
    "json": "esri json",
    "zip": "zipped shp",
}

Parts = Mapping[str, bytes]


@pytest.fixture(scope="module")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Zone:
    return open_zone(tiny_zone(tmp_path_factory.mktemp("fuzz") / "layers"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("foreign")


@pytest.fixture(scope="module", autouse=True)
def bounded_memory() -> Iterator[None]:
    before = peak()
    yield
    assert peak() - before < MEGABYTES


@cache
def good(kind: str) -> tuple[str, Parts]:
    """The name of a valid file, and the bytes of it and of those beside it."""
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        path = CASES[GOOD[kind]].write(Path(temporary))
        return path.name, {
            one.name: one.read_bytes() for one in path.parent.iterdir() if one.is_file()
        }


@st.composite
def spoiled(draw: st.DrawFn, kind: str) -> tuple[str, Parts]:
    """A valid file with one of its parts spoiled; of an archive, the archive or a member."""
    name, parts = good(kind)
    part = draw(st.sampled_from(sorted(parts)))
    data = parts[part]
    if data.startswith(b"PK") and draw(st.booleans()):
        return name, {**parts, part: _with_spoiled_member(draw, data)}
    return name, {**parts, part: draw(modified(data))}


def _with_spoiled_member(draw: st.DrawFn, data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        members = {member: source.read(member) for member in source.namelist()}
    chosen = draw(st.sampled_from(sorted(members)))
    members[chosen] = draw(modified(members[chosen]))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for member, content in members.items():
            target.writestr(member, content)
    return out.getvalue()


def said(one: Loss | Note | Question) -> None:
    """A message has words in each language, in one line as it is printed."""
    for lang in ("zh", "en"):
        params = {"where": one.where, "count": getattr(one, "count", 1), **one.params}
        assert words.text(f"exchange.{one.kind}", lang, **params)


def withstood(folder: Path, name: str, parts: Parts, zone: Zone) -> None:
    """A file is read and interpreted, or refused with a message, in bounded time."""
    for old in folder.iterdir():
        old.unlink()
    for part, data in parts.items():
        (folder / part).write_bytes(data)
    began = time.process_time()
    try:
        foreign = formats.read(folder / name)
        for table in foreign.tables:
            assert {len(values) for values in table.columns.values()} <= {table.count}
            incoming = interpret(table, "地块", zone, Statements(layer="sites"))
            told: list[Loss | Note | Question] = [*incoming.losses, *incoming.questions]
            for one in [*told, *table.notes]:
                said(one)
    except GxqError as error:
        lines_of(error)
    finally:
        assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("kind", GOOD)
def test_spoiled_files_are_read_or_refused(kind: str, folder: Path, zone: Zone) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

    @settings(max_examples=8 * TIMES, suppress_health_check=checks)
    @given(spoiled(kind))
    def run(made: tuple[str, Parts]) -> None:
        withstood(folder, *made, zone)

    run()
