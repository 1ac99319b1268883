"""Columns of foreign tables, assigned to fields one to one, or asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxq_geo.exchange.evidence import units
from gxq_geo.exchange.evidence.columns import Assignment, Target, assign, candidates
from gxq_geo.exchange.readers import sheets
from gxq_geo.exchange.source import Note, ReadOptions, SourceTable
from gxq_geo.schemas import schema
from tests.exchange.messages import kinds

CASES = Path(__file__).parents[3] / "shared" / "cases"
LAYERS = sorted(schema().layers)
UNITS = [name for name in schema().units if units.unit_of(name)]


def assigned(
    columns: Sequence[str],
    layer: str = "sites",
    *,
    stated: Mapping[str, str] | None = None,
    notes: tuple[Note, ...] = (),
) -> Assignment:
    table = SourceTable("t", {name: [] for name in columns}, notes=notes)
    return assign(table, schema().layers[layer], stated=stated)


def fields(columns: Sequence[str], layer: str = "sites") -> dict[str, str]:
    found = assigned(columns, layer)
    assert not found.open
    return {column: target.field for column, target in found.fields.items()}


def other_names(field: str, layer: str) -> set[str]:
    """The names that other fields of a layer have, uncut."""
    others = (one for name, one in schema().layers[layer].fields.items() if name != field)
    return {name for one in others for name in (one.name, *one.label.values(), *one.aliases)}


# ------------------------------------------------------------------ names


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_label_is_its_field(layer: str, lang: str) -> None:
    own = schema().layers[layer].fields
    labels = {field.label[lang]: name for name, field in own.items()}
    assert fields(list(labels), layer) == labels


@pytest.mark.parametrize("layer", LAYERS)
def test_every_name_is_its_field_in_any_case_and_spacing(layer: str) -> None:
    own = list(schema().layers[layer].fields)
    for change in (str.upper, lambda name: name.replace("_", " "), lambda name: f" *{name} "):
        changed = {change(name): name for name in own}
        assert fields(list(changed), layer) == changed


@pytest.mark.parametrize("layer", LAYERS)
def test_every_heading_with_a_unit_is_its_field(layer: str) -> None:
    for name, field in schema().layers[layer].fields.items():
        if field.unit:
            unit = schema().units[field.unit]["zh"]
            found = assigned([f"{field.label['zh']}（{unit}）"], layer).fields
            assert found == {f"{field.label['zh']}（{unit}）": Target(name, Fraction(1), unit)}


@pytest.mark.parametrize(
    ("column", "layer", "field"),
    [
        ("用地面积（公顷）", "sites", "area_mu"),
        ("起始价(万元", "sites", "start_price_wan_per_mu"),
        ("start_pric", "sites", "start_price_wan_per_mu"),
        ("start_pr_1", "sites", "start_price_wan_per_mu"),
        ("START_PRIC", "sites", "start_price_wan_per_mu"),
        ("has_water_", "sites", "has_water_supply"),
        ("has_wate_1", "sites", "has_water_supply"),
        ("建筑系数下", "sites", "building_coefficient_min_pct"),
        ("亩均产值下", "sites", "min_output_wan_per_mu"),
        ("所属园区", "sites", "park_id"),
        ("园区名称", "sites", "park_id"),
        ("园区名称", "parks", "name_zh"),
        ("园区名称", "projects", "park_id"),
        ("地块名称", "projects", "site_id"),
        ("项目名称", "projects", "name_zh"),
        ("编号", "projects", "project_id"),
        ("编号", "sites", "site_id"),
        ("地块编号", "projects", "site_id"),
        ("项目编号", "projects", "project_id"),
        ("责任单位", "projects", "department_id"),
        ("投资额/总额(亿元)", "projects", "investment_yi"),
        ("用地/面积（亩）", "sites", "area_mu"),
        ("控制指标/容积率上限", "sites", "far_max"),
        ("到位资金(亿", "projects", "landed_investment_yi"),
    ],
)
def test_a_heading_as_planners_and_formats_write_it(column: str, layer: str, field: str) -> None:
    assert candidates(column, schema().layers[layer]) == (field,)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_a_label_cut_to_ten_bytes_means_its_field_or_is_asked(layer: str, encoding: str) -> None:
    own = schema().layers[layer]
    for name, field in own.fields.items():
        cut = field.label["zh"].encode(encoding)[:10].decode(encoding, "ignore")
        assert name in candidates(cut, own) or cut in other_names(name, layer)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_name_cut_to_ten_characters_means_its_field_or_is_asked(layer: str) -> None:
    own = schema().layers[layer]
    for name in own.fields:
        assert name in candidates(name[:10], own) or name[:10] in other_names(name, layer)


def test_unknown_columns_are_kept_and_leftovers_dropped() -> None:
    left = [
        "fid",
        "OBJECTID",
        "OBJECTID_1",
        "FID_",
        "Shape_Area",
        "Shape_Leng",
        "Shape__Length",
        "ogc_fid",
        "GlobalID",
        "layer",
        "path",
        "auxiliary_storage_labeling_positionx",
        "序号",
    ]
    found = assigned(["site_id", "四邻情况", *left])
    assert set(found.fields) == {"site_id"}
    assert found.unknown == ("四邻情况",)
    assert found.dropped == tuple(left)
    assert kinds(found.losses) == ["leftover-column"] * len(left)
    assert "rank" in {target.field for target in assigned(["序号"], "parks").fields.values()}


# ------------------------------------------------------------------ one to one


def test_a_field_that_several_columns_claim_is_asked() -> None:
    found = assigned(["地块编号", "面积", "用地面积(公顷)"])
    assert set(found.fields) == {"地块编号"}
    assert kinds(found.open) == ["several-columns"]
    assert found.open[0].columns == ("面积", "用地面积(公顷)")


def test_a_column_that_may_be_several_fields_is_asked() -> None:
    found = assigned(["min_invest", "contact_"], "sites")
    assert found.fields["min_invest"].field == "min_investment_wan_per_mu"
    found = assigned(["contact_na", "bounded_by", "address_"], "sites")
    assert found.fields["contact_na"].field == "contact_name"
    cut = assigned(["building_c"])
    assert kinds(cut.open) == ["several-fields"]
    assert cut.open[0].fields == ("building_coverage_pct", "building_coefficient_min_pct")


def test_a_field_under_its_own_name_is_never_offered_for_another_column() -> None:
    found = assigned(["area_mu", "面积", "用地面积(公顷)"])
    assert {c: t.field for c, t in found.fields.items()} == {"area_mu": "area_mu"}
    assert found.unknown == ("面积", "用地面积(公顷)")
    assert not found.open


def test_what_is_stated_decides() -> None:
    stated = {"面积": "area_mu", "备用": "note_internal", "状态": "", "x": "no_field"}
    found = assigned(["面积", "用地面积(公顷)", "备用", "状态", "x"], stated=stated)
    assert {c: t.field for c, t in found.fields.items()} == {
        "面积": "area_mu",
        "备用": "note_internal",
    }
    assert found.unknown == ("用地面积(公顷)", "状态")
    assert kinds(found.open) == ["no-such-field"]


# ------------------------------------------------------------------ units


@pytest.mark.parametrize(
    ("heading", "layer", "factor"),
    [
        ("面积(公顷)", "sites", Fraction(15)),
        ("面积(㎡)", "sites", Fraction(3, 2000)),
        ("面积 平方米", "sites", Fraction(3, 2000)),
        ("面积/平方公里", "sites", Fraction(1500)),
        ("投资额(万元)", "projects", Fraction(1, 10000)),
        ("投资额[元]", "projects", Fraction(1, 10**8)),
        ("投资额_亿元", "projects", Fraction(1)),
        ("年产值（亿元）", "projects", Fraction(10000)),
        ("起始价(元/㎡)", "sites", Fraction(2000, 3) / 10000),
        ("起始价（万元/公顷）", "sites", Fraction(1, 15)),
        ("租金(元/平方米·月)", "carriers", Fraction(1)),
        ("租金(元/㎡/年)", "carriers", Fraction(1, 12)),
        ("楼面荷载(kg/㎡)", "carriers", Fraction(1, 1000)),
        ("供电容量(MVA)", "sites", Fraction(1000)),
        ("出让年限(个月)", "sites", Fraction(1, 12)),
        ("绿地率(‰)", "sites", Fraction(1, 10)),
        ("能耗上限(千克标煤/万元)", "sites", Fraction(1, 1000)),
        ("面积", "sites", None),
    ],
)
def test_a_unit_is_converted_exactly(heading: str, layer: str, factor: Fraction | None) -> None:
    (target,) = assigned([heading], layer).fields.values()
    assert target.factor == factor
    assert bool(target.unit) == (factor is not None)


@pytest.mark.parametrize(
    "heading",
    ["供电容量(kW)", "供电容量(MW)", "起始价(万元)", "面积(万元)", "保证金(万美元)", "限高(层)"],
)
def test_a_unit_that_cannot_be_converted_is_asked(heading: str) -> None:
    found = assigned([heading])
    assert not found.fields
    assert kinds(found.open) == ["unit"]


def test_the_unit_of_a_sheet_holds_where_a_column_has_none() -> None:
    line = Note("sheets.note.unit-line", "t", {"unit": "万元"})
    columns = ["投资额", "到位资金(亿元)", "进度", "年产值"]
    found = assigned(columns, "projects", notes=(line,)).fields
    assert found["投资额"] == Target("investment_yi", Fraction(1, 10000), "万元")
    assert found["到位资金(亿元)"].factor == 1
    assert found["进度"] == Target("progress_pct")
    assert found["年产值"].factor == 1


@pytest.mark.parametrize(
    "heading", ["位置（英文）", "招引方向（建链/补链）", "面积(净)", "容积率(上限)"]
)
def test_a_bracket_without_a_unit_belongs_to_the_heading(heading: str) -> None:
    base, unit = units.split(heading)
    assert unit == ""
    assert base == heading.replace("（", "(").replace("）", ")")


@pytest.mark.parametrize("name", UNITS)
def test_the_units_of_the_schema_are_known_and_their_own(name: str) -> None:
    field = replace(schema().layers["sites"].fields["area_mu"], unit=name)
    assert units.factor(schema().units[name]["zh"], field) == 1


@given(
    st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6),
    st.sampled_from(UNITS),
    st.sampled_from(UNITS),
)
def test_a_conversion_there_and_back_is_exact(value: Fraction, one: str, other: str) -> None:
    first, second = units.unit_of(one), units.unit_of(other)
    assert first is not None
    assert second is not None
    there = value * first.factor / second.factor
    assert there * second.factor / first.factor == value


def test_the_mu_is_that_of_the_state_council() -> None:
    mu, ha = units.parsed("亩"), units.parsed("公顷")
    assert mu is not None
    assert ha is not None
    assert ha.factor / mu.factor == 15
    assert float(mu.factor) == pytest.approx(666.6666667)


# ------------------------------------------------------------------ cases of the issue


@pytest.mark.skipif(not CASES.is_dir(), reason="shared/cases is not beside the checkout")
@pytest.mark.parametrize(
    "case", ["csv_gbk", "csv_header_bianhao", "csv_header_usual", "csv_zhheader_projects"]
)
def test_headings_of_the_cases(case: str) -> None:
    (path,) = (CASES / case).glob("*.csv")
    (table,) = sheets.read(path, ReadOptions())
    found = assign(table, schema().layers["projects"])
    layer: Mapping[str, Any] = schema().layers["projects"].fields
    assert [target.field for target in found.fields.values()] == list(layer)
    assert (found.open, found.unknown, found.dropped) == ((), (), ())
    if case == "csv_header_usual":
        assert found.fields["总投资（万元）"].factor == Fraction(1, 10000)
