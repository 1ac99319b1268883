"""The rooms: names, picture, contract and tree tell the same story."""

import importlib
import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import gxq_geo as g
from tests.project import house
from tests.support.zones import tiny_zone

ROOMS = [room for row in house.floors() for room in row]
CONTRIBUTING = house.PAGE.read_text("utf-8")
MODULES = 12


def test_the_tree_has_the_rooms_of_the_contract() -> None:
    folders = {path.parent.name for path in house.PACKAGE.glob("*/__init__.py")}
    assert folders == set(ROOMS)
    others = {path.name for path in house.PACKAGE.iterdir()} - folders
    assert others - {"__pycache__", "py.typed"} == {"__init__.py", "__main__.py", "data"}


def test_contributing_shows_the_rooms_as_they_are() -> None:
    assert house.block(CONTRIBUTING) == house.picture(), "run python -m tests.project.house"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_one_job(room: str) -> None:
    sentence = house.sentence(room)
    assert sentence.endswith(".")
    assert " and " not in sentence


@pytest.mark.parametrize("kind", ["*.py", "*.js", "*.css"])
def test_no_folder_has_over_a_dozen_files(kind: str) -> None:
    folders = [house.PACKAGE, *(path for path in house.PACKAGE.rglob("*") if path.is_dir())]
    crowded = {
        str(folder): len(files)
        for folder in folders
        if len(files := [one for one in folder.glob(kind) if one.name != "__init__.py"]) > MODULES
    }
    assert not crowded


def test_a_room_imports_only_what_lies_below_it() -> None:
    level = {room: floor for floor, row in enumerate(house.floors()) for room in row}
    upward = [(a, b) for a in ROOMS for b in house.imports(a) if level[b] <= level[a]]
    assert not upward


def test_the_data_take_the_path_that_is_drawn(tmp_path: Path) -> None:
    """Each function of `house.PATH` is called, first in this order, while a map is made."""
    places = {_code(module, name): (module, name) for module, name, _ in house.PATH}
    order: list[tuple[str, str]] = []

    def profile(frame: FrameType, event: str, _: Any) -> None:
        step = places.get(frame.f_code)
        if event == "return" and step and (step not in order or step[1] == "write_bytes"):
            order.append(step)

    folder = tiny_zone(tmp_path / "layers")
    zone_map = tmp_path / "map.html"
    sys.setprofile(profile)
    try:
        zone = g.open_zone(folder)
        g.check(zone)
        g.InvestmentMap(zone).save(zone_map)
    finally:
        sys.setprofile(None)
    assert order == [(module, name) for module, name, _ in house.PATH]


def _code(module: str, name: str) -> Any:
    function = getattr(importlib.import_module(f"gxq_geo.{module}"), name)
    return getattr(function, "__wrapped__", function).__code__


def test_where_do_i_change_names_files_that_exist() -> None:
    table = CONTRIBUTING.partition("## Where do I change")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 20
    for row in rows:
        named = re.findall(r"`(gxq_geo/[\w./-]+)`", row)
        assert named, row
        missing = [one for one in named if not (house.ROOT / one).exists()]
        assert not missing, row
