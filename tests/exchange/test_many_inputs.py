"""What other programs write, through `gxq import`: taken, told or asked, and nothing else.

Each file says which records and columns it has; the plan of its import has to account for all.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gxq_geo import words
from gxq_geo.exchange.importing.merge import GEOMETRY
from tests.support.command import Done, gxq
from tests.support.foreign import CASES, Given, Refused
from tests.support.nightly import times
from tests.support.zones import tiny_zone

GIVEN = {name: one for name, one in CASES.items() if isinstance(one, Given)}
REFUSED = {name: one for name, one in CASES.items() if isinstance(one, Refused)}
COMPLETE = tuple(
    word
    for pair in ("source=市测绘院", "updated=2026-11-20", "geometry_source=surveyed")
    for word in ("--set", pair)
)
# Losses of whole records, which are in no table; the others are of values, columns and geometries.
OF_RECORDS = {
    *("vector.loss.deleted", "dxf.loss.repeated", "sheets.loss.no-heading"),
    *("sheets.loss.total-row", "sheets.loss.heading-row"),
}


@pytest.fixture(scope="module")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layers on which sites depend, and no others: each plan checks all that there are."""
    folder = tiny_zone(tmp_path_factory.mktemp("many") / "layers")
    for path in folder.iterdir():
        if path.stem not in ("zone", "zone_frame", "parks", "roads", "sectors", "sites"):
            path.unlink()
    return folder


# By day every other one.
@pytest.mark.parametrize("name", [*GIVEN][:: times(2, 1)])
def test_nothing_is_lost_in_silence(name: str, zone: Path, tmp_path: Path) -> None:
    given = GIVEN[name]
    done = gxq("import", given.write(tmp_path), zone, *COMPLETE, "--format", "json", *given.options)
    plan = parsed(done)
    assert {loss["kind"] for loss in plan["losses"]} == given.losses
    assert {question["kind"] for question in plan["questions"]} == given.questions
    assert done.status == given.status, done.err
    records_are_accounted_for(plan, given.records)
    columns_are_accounted_for(plan, given.columns)
    values_are_as_written(plan, given)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_message(
    name: str, zone: Path, tmp_path: Path
) -> None:
    refused = REFUSED[name]
    done = gxq("import", refused.write(tmp_path), zone, *refused.options)
    assert (done.status, done.out) == (2, "")
    assert said(refused.slug).fullmatch(done.err), done.err


def test_there_are_many() -> None:
    assert len(CASES) >= 150


# ------------------------------------------------------------------ accounting


def parsed(done: Done) -> dict[str, Any]:
    """The plan; no line of the error output is one of a traceback."""
    assert "Traceback" not in done.err
    assert done.out, done.err
    plan: dict[str, Any] = json.loads(done.out)
    return plan


def records_are_accounted_for(plan: dict[str, Any], written: int) -> None:
    """Every record is in a table or lost; every one of a table is merged, asked about, or lost."""
    gone = sum(loss["count"] for loss in plan["losses"] if loss["kind"] in OF_RECORDS)
    assert sum(table["records"] for table in plan["tables"]) + gone == written
    asked = {question["where"] for question in plan["questions"]}
    lost = Counter(loss["kind"] for loss in plan["losses"] for _ in range(loss["count"]))
    merged = [table for table in plan["tables"] if table["layer"] and table["table"] not in asked]
    done = sum(
        len(table["added"]) + len({c["id"] for c in table["changes"]}) + table["unchanged"]
        for table in merged
    )
    left = lost["loss.without-id"] + lost["loss.repeated-id"]
    assert done + left == sum(table["records"] for table in merged)
    for table in plan["tables"]:
        assert table in merged or table["table"] in asked or not table["records"]


def columns_are_accounted_for(plan: dict[str, Any], written: Any) -> None:
    """Every column has a field, or is lost, or is asked about."""
    taken = {name for table in plan["tables"] for name in table["columns"]}
    lost = {loss["where"] for loss in plan["losses"]}
    asked = {
        name
        for question in plan["questions"]
        for name in str(question["params"].get("columns", "")).split(", ")
    }
    assert set(written) <= taken | lost | asked
    for table in plan["tables"]:
        assert set(table["unknown_columns"]) <= lost


def values_are_as_written(plan: dict[str, Any], given: Given) -> None:
    """The values of known records change to those of the file, and their places stay."""
    changes = [change for table in plan["tables"] for change in table["changes"]]
    new = {(c["id"], c["field"]): c["new"] for c in changes if c["field"] != GEOMETRY}
    assert {key: new.get(key) for key in given.values} == given.values
    if given.moved_m is not None:
        moved = [float(c["moved_m"]) for c in changes if c["field"] == GEOMETRY]
        assert max(moved, default=0) <= given.moved_m


def said(slug: str) -> re.Pattern[str]:
    """The message of an error, with any parameters, as the only line."""
    text = re.escape(words.table("error", "zh")[slug])
    return re.compile(re.sub(r"\\{\w+\\}", ".*", text) + "\n")
