"""Records of a file merged into a layer: by id, outline or name, two- or three-way."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gxq_geo.exchange.importing.merge import GEOMETRY, Merge, Records, Resolution, merge, same_shape
from gxq_geo.schemas import schema

SITES, PROJECTS = schema().layers["sites"], schema().layers["projects"]


def records(*values: Mapping[str, Any], shapes: list[Any] | None = None) -> Records:
    if shapes is None:
        return Records(values)
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return Records(values, array)


def square(x: float, y: float = 35.4, side: float = 0.001) -> Any:
    return shapely.box(x, y, x + side, y + side)


def merged(here: Records, found: Merge) -> dict[str, dict[str, Any]]:
    """The records of the layer after the edits, by id."""
    out = {}
    for row, record in enumerate(here.rows):
        if row not in found.removed:
            new = {**record, **found.edits.get(row, {})}
            out[str(new["project_id"])] = new
    return out | {str(record["project_id"]): dict(record) for record in found.added.values()}


def test_a_record_of_the_same_id_is_changed_field_by_field() -> None:
    here = records({"project_id": "P-1", "name_zh": "甲", "investor": "某公司", "leader": "张三"})
    there = records({"project_id": "P-1", "name_zh": "甲", "investor": "新公司"})
    found = merge(PROJECTS, here, there)
    assert [(c.id, c.field, c.old, c.new) for c in found.changes] == [
        ("P-1", "investor", "某公司", "新公司")
    ]
    assert merged(here, found)["P-1"]["leader"] == "张三"


def test_an_empty_cell_keeps_the_value_and_is_counted() -> None:
    here = records({"project_id": "P-1", "investor": "某公司", "leader_roles": ["liaison"]})
    there = records({"project_id": "P-1", "investor": "", "leader_roles": []})
    found = merge(PROJECTS, here, there)
    assert found.is_empty
    assert found.kept == 2


def test_records_are_never_matched_by_position() -> None:
    here = records({"project_id": "P-1", "name_zh": "甲"}, {"project_id": "P-2", "name_zh": "乙"})
    there = records({"project_id": "P-2", "name_zh": "乙"}, {"project_id": "P-1", "name_zh": "甲"})
    assert merge(PROJECTS, here, there).is_empty


def test_new_and_absent_records_are_told_and_nothing_is_removed() -> None:
    here = records({"project_id": "P-1"}, {"project_id": "P-2"})
    found = merge(PROJECTS, here, records({"project_id": "P-2"}, {"project_id": "P-3"}))
    assert [record["project_id"] for record in found.added.values()] == ["P-3"]
    assert found.only_here == ("P-1",)
    assert found.removed == ()
    assert found.unchanged == 1


def test_a_parcel_without_an_id_is_found_by_its_outline_then_by_its_name() -> None:
    here = records(
        {"site_id": "A-1", "name_zh": "一号"},
        {"site_id": "A-2", "name_zh": "二号"},
        shapes=[square(117.0), square(117.1)],
    )
    there = records(
        {"site_id": None, "name_zh": "改名"},
        {"site_id": None, "name_zh": "二号"},
        {"site_id": None, "name_zh": "三号"},
        shapes=[square(117.0), square(117.2), square(117.3)],
    )
    found = merge(SITES, here, there)
    assert found.matched == {0: "outline", 1: "name"}
    assert found.unidentified == (2,)
    assert found.edits[0] == {"name_zh": "改名"}
    assert found.edits[1].keys() == {GEOMETRY}


def test_a_name_that_two_records_have_identifies_none() -> None:
    here = records({"project_id": "P-1", "name_zh": "甲"}, {"project_id": "P-2", "name_zh": "甲"})
    found = merge(PROJECTS, here, records({"project_id": None, "name_zh": "甲"}))
    assert found.unidentified == (0,)


def test_a_repeated_id_is_told_and_merged_once() -> None:
    here = records({"project_id": "P-1", "investor": "甲"})
    there = records(
        {"project_id": "P-1", "investor": "乙"}, {"project_id": "P-1", "investor": "丙"}
    )
    found = merge(PROJECTS, here, there)
    assert found.repeated == ("P-1",)
    assert found.edits[0] == {"investor": "乙"}


# ------------------------------------------------------------------ three-way

BASE = {"P-1": {"project_id": "P-1", "investor": "甲", "leader": "张"}}


def three_way(
    ours: Mapping[str, Any] | None, theirs: Mapping[str, Any] | None, resolution: Resolution = "ask"
) -> tuple[Records, Merge]:
    here = records(*([] if ours is None else [{**BASE["P-1"], **ours}]))
    there = records(*([] if theirs is None else [{**BASE["P-1"], **theirs}]))
    return here, merge(PROJECTS, here, there, base=BASE, resolution=resolution)


def test_what_one_side_changed_is_taken_from_that_side() -> None:
    here, found = three_way({"leader": "李"}, {"investor": "乙"})
    assert merged(here, found)["P-1"] == {"project_id": "P-1", "investor": "乙", "leader": "李"}
    assert not found.conflicts


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    _, found = three_way({"investor": "乙"}, {"investor": "乙"})
    assert found.is_empty
    assert not found.conflicts


@pytest.mark.parametrize(("resolution", "value"), [("ask", "丙"), ("ours", "丙"), ("theirs", "乙")])
def test_a_true_conflict_is_asked_or_decided(resolution: Resolution, value: str) -> None:
    here, found = three_way({"investor": "丙"}, {"investor": "乙"}, resolution)
    assert merged(here, found)["P-1"]["investor"] == value
    assert len(found.conflicts) == (resolution == "ask")


def test_an_emptied_cell_empties_the_value_that_was_exported() -> None:
    here, found = three_way({}, {"investor": None})
    assert merged(here, found)["P-1"]["investor"] is None


def test_a_deleted_row_deletes_the_record_unless_it_was_changed_meanwhile() -> None:
    here, found = three_way({}, None)
    assert found.removed == (0,)
    here, found = three_way({"investor": "丙"}, None)
    assert found.removed == ()
    assert [conflict.field for conflict in found.conflicts] == [""]
    assert merged(here, found)["P-1"]["investor"] == "丙"


def test_a_record_deleted_in_the_layer_comes_back_only_where_the_file_changed_it() -> None:
    _, found = three_way(None, {})
    assert found.is_empty
    _, found = three_way(None, {"investor": "乙"})
    assert len(found.conflicts) == 1
    _, found = three_way(None, {"investor": "乙"}, "theirs")
    assert len(found.added) == 1


VALUES = st.one_of(st.none(), st.text(max_size=3), st.booleans(), st.integers(), st.floats(-9, 9))
RECORDS = st.dictionaries(
    st.sampled_from(["P-1", "P-2", "P-3", "P-4"]),
    st.fixed_dictionaries({"investor": VALUES, "leader": VALUES}),
)


def _records(by_id: Mapping[str, Mapping[str, Any]]) -> Records:
    return records(*({"project_id": identity, **values} for identity, values in by_id.items()))


@given(RECORDS, RECORDS)
def test_importing_twice_changes_nothing(ours: Any, theirs: Any) -> None:
    here, there = _records(ours), _records(theirs)
    after = records(*merged(here, merge(PROJECTS, here, there)).values())
    assert merge(PROJECTS, after, there).is_empty


@given(RECORDS)
def test_an_unedited_export_changes_nothing(ours: Any) -> None:
    here = _records(ours)
    base = {str(record["project_id"]): record for record in here.rows}
    found = merge(PROJECTS, here, here, base=base)
    assert found.is_empty
    assert not found.conflicts


@given(RECORDS, RECORDS, RECORDS)
def test_no_resolution_loses_what_only_one_side_changed(base: Any, ours: Any, theirs: Any) -> None:
    before = {identity: {"project_id": identity, **v} for identity, v in base.items()}
    here, there = _records(ours), _records(theirs)
    found = merge(PROJECTS, here, there, base=before, resolution="ours")
    after = merged(here, found)
    for identity, record in ours.items():
        if identity in theirs and identity in base:
            for name, value in record.items():
                if value != base[identity][name]:
                    assert after[identity][name] == value


# ------------------------------------------------------------------ geometry


def test_a_ring_that_begins_elsewhere_or_runs_back_is_the_same_shape() -> None:
    shape = square(117.0)
    assert same_shape(shape, shape.reverse())
    ring = list(shape.exterior.coords)[:-1]
    assert same_shape(shape, shapely.Polygon(ring[2:] + ring[:2]))
    assert same_shape(shape, shapely.transform(shape, lambda xy: xy + 4e-8))


def test_a_vertex_moved_by_a_decimetre_is_another_shape() -> None:
    shape = square(117.0)
    moved = shapely.Polygon([(117.000001, 35.4), *list(shape.exterior.coords)[1:-1]])
    assert not same_shape(shape, moved)
    assert not same_shape(shape, None)
    assert same_shape(None, shapely.Polygon())
