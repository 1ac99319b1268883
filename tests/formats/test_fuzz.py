"""The readers withstand any input: issues or a `GxqError`, in bounded time and memory.

``make test`` tries 410 inputs, ``make fuzz`` more than 20,000.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from gxq_geo.checks import check, messages
from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from gxq_geo.words.issues import Issue
from gxq_geo.zone import layer, open_zone
from gxq_geo.zone.settings import read_settings
from gxq_geo.zone.single import open_file
from tests.support.fuzz import INPUTS, good
from tests.support.memory import peak
from tests.support.nightly import times
from tests.support.zones import tiny_zone

pytestmark = pytest.mark.slow

TIMES = times(1, 52)
# CPU time that one input of at most 400 kB may take, and memory that all of them may.
SECONDS, MEGABYTES = 5.0, 600

Input = tuple[str, bytes]


def many(count: int) -> settings:
    """Settings for a number of examples, or more in a profile with more."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(max_examples=count * TIMES, suppress_health_check=checks)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_zone(tmp_path_factory.mktemp("fuzz") / "layers")


@pytest.fixture(scope="module")
def tmp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module", autouse=True)
def bounded_memory() -> Iterator[None]:
    good()
    before = peak()
    yield
    assert peak() - before < MEGABYTES


def said(issues: list[Issue]) -> None:
    """Every issue has a message of one line."""
    for issue in issues:
        for lang in ("zh", "en"):
            assert len(messages.line(issue, lang).splitlines()) == 1


def refused(error: GxqError) -> None:
    """An error has a message of one line."""
    assert [len(error.say(lang).splitlines()) for lang in ("zh", "en")] == [1, 1]


def withstood(path: Path, data: bytes) -> None:
    """A file is read, or refused with a message, in bounded time; every issue has a message."""
    path.write_bytes(data)
    began = time.process_time()
    try:
        if path.suffix == ".toml":
            read_settings(path)
            return
        of = schema().layers[path.stem]
        said([*layer.read(path, of).issues])
        if path.suffix != ".gpkg":
            _, formal = layer.formatted(path, of)
            path.write_bytes(formal)
            assert layer.formatted(path, of) == (formal, formal)
    except GxqError as error:
        refused(error)
    finally:
        assert time.process_time() - began < SECONDS


@many(120)
@given(INPUTS["bytes"])
def test_random_bytes(tmp: Path, given: Input) -> None:
    withstood(tmp / given[0], given[1])


@many(100)
@given(INPUTS["json"])
def test_random_json(tmp: Path, given: Input) -> None:
    withstood(tmp / given[0], given[1])


@many(140)
@given(INPUTS["spoiled"])
def test_good_files_spoiled(tmp: Path, given: Input) -> None:
    withstood(tmp / given[0], given[1])


@many(25)
@given(INPUTS["json"] | INPUTS["spoiled"])
def test_every_rule_withstands_what_was_read(folder: Path, given: Input) -> None:
    """Check a zone with one corrupted file, and that file alone."""
    name, data = given
    path = folder / name
    old = path.read_bytes() if path.exists() else None
    twin = folder / "sites.geojson" if name == "sites.gpkg" else None
    aside = folder.parent / "aside"
    began = time.process_time()
    try:
        if twin:
            twin.rename(aside)
        path.write_bytes(data)
        said(list(check(open_zone(folder, partial=True))))
        said(list(check(open_file(path)[0])))
    except GxqError as error:
        refused(error)
    finally:
        if old is None:
            path.unlink()
        else:
            path.write_bytes(old)
        if twin:
            aside.rename(twin)
        assert time.process_time() - began < 2 * SECONDS


@many(25)
@given(INPUTS["spoiled"])
def test_a_good_file_is_never_lost_by_formatting(tmp: Path, given: Input) -> None:
    """Formatting keeps all records."""
    name, data = given
    path = tmp / name
    if path.suffix in (".toml", ".gpkg"):
        return
    path.write_bytes(data)
    of = schema().layers[path.stem]
    try:
        _, formal = layer.formatted(path, of)
    except GxqError:
        return
    before = layer.read(path, of)
    path.write_bytes(formal)
    after = layer.read(path, of)
    assert len(after.frame) == len(before.frame)
    assert sorted(after.frame[of.id].dropna()) == sorted(before.frame[of.id].dropna())
    assert len(after.bad_cells) == len(before.bad_cells)
