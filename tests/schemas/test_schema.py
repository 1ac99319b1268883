"""The schema: complete in both languages, consistent, and documented."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from gxq_geo import words
from gxq_geo.formats.coordinates import GEOMETRY_TYPES
from gxq_geo.schemas import docs, schema
from tests.support.command import gxq
from tests.support.zones import load_features, tiny_zone

LAYERS = list(schema().layers)
OWN = Path(__file__).parents[2] / "layers"


def all_texts() -> Iterator[tuple[str, Any]]:
    known = schema()
    yield from known.units.items()
    yield from known.groups.items()
    for name, domain in known.domains.items():
        yield from ((f"{name}.{value}", said) for value, said in domain.items())
    for layer in known.layers.values():
        yield f"{layer.name} label", layer.label
        yield f"{layer.name} help", layer.help
        for field in (*layer.fields.values(), *layer.derived.values()):
            yield f"{layer.name}.{field.name} label", field.label
            yield f"{layer.name}.{field.name} help", field.help


def test_everything_is_said_in_both_languages() -> None:
    for what, said in all_texts():
        assert set(said) == {"zh", "en"}, what
        assert said["zh"].strip(), what
        assert said["en"].strip(), what


@pytest.mark.parametrize("name", LAYERS)
def test_fields_name_things_that_exist(name: str) -> None:
    known = schema()
    for field in known.layers[name].fields.values():
        assert field.group in known.groups, field.name
        assert field.audience in ("public", "internal"), field.name
        assert not field.unit or field.unit in known.units, field.name
        assert not field.domain or field.domain in known.domains, field.name
        assert field.type.startswith("ref") == bool(field.ref), field.name
        assert not field.ref or field.ref in known.layers, field.name
        assert known.values_of(field) if field.type.startswith("choice") else True, field.name


@pytest.mark.parametrize("name", LAYERS)
def test_units_stand_in_the_names(name: str) -> None:
    for field in schema().layers[name].fields.values():
        if field.unit and field.type == "number":
            tail = {"percent": "pct"}.get(field.unit, field.unit)
            assert field.name.endswith(f"_{tail}")


@pytest.mark.parametrize("name", LAYERS)
def test_layer_has_its_id_and_required_fields(name: str) -> None:
    layer = schema().layers[name]
    own = layer.fields[layer.id]
    assert own.required
    assert own.type == "text"
    assert next(iter(layer.fields)) == layer.id
    assert set(layer.geometry) <= GEOMETRY_TYPES
    assert {"source", "updated", "published", "demo"} <= set(layer.fields)
    assert layer.is_table or "geometry_source" in layer.fields
    assert {field.name for field in layer.fields.values() if field.required} >= {layer.id, "source"}


@pytest.mark.parametrize("name", LAYERS)
def test_an_alias_means_one_field_of_a_layer(name: str) -> None:
    seen: dict[str, str] = {}
    for field in schema().layers[name].fields.values():
        for alias in field.aliases:
            assert seen.setdefault(alias, field.name) == field.name, alias


def test_an_id_field_is_a_reference_elsewhere() -> None:
    sites = schema().layers["sites"]
    assert (sites.fields["site_id"].type, sites.fields["park_id"].type) == ("text", "ref")
    assert sites.fields["park_id"].ref == "parks"
    assert schema().layers["projects"].fields["site_id"].label["zh"] != "地块编号"


def test_the_domain_of_a_code_depends_on_its_scheme() -> None:
    land_use = schema().layers["sites"].fields["land_use"]
    industrial = schema().domain_of(land_use, {"land_use_scheme": "MNR 2023"})
    assert industrial is not None
    assert industrial["1101"]["zh"] == "物流仓储用地"
    river = schema().domain_of(land_use, {"land_use_scheme": "GB/T 21010-2017"})
    assert river is not None
    assert river["1101"]["zh"] == "河流水面"
    assert schema().domain_of(land_use, {}) is None


@pytest.mark.parametrize("name", LAYERS)
def test_derived_fields_stand_in_no_file(name: str) -> None:
    layer = schema().layers[name]
    assert not set(layer.derived) & set(layer.fields)
    assert not any(field.required for field in layer.derived.values())


def test_internal_layers_and_fields_are_marked() -> None:
    known = schema().layers
    internal = {name for name, layer in known.items() if layer.audience == "internal"}
    assert internal == {"projects", "project_stages", "customers", "teams", "events"}
    for layer in known.values():
        assert layer.fields["published"].audience == "internal"
        if "note_internal" in layer.fields:
            assert layer.fields["note_internal"].audience == "internal"


# ------------------------------------------------------------------ documents


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", LAYERS)
def test_markdown_has_a_row_for_each_field(name: str, lang: str) -> None:
    layer = schema().layers[name]
    text = docs.markdown([layer], lang)
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == len(layer.fields) + 2
    widths = {line.replace("\\|", "").count("|") for line in table}
    assert widths == {len(docs.header(lang)) + 1}
    assert words.pick(layer.label, lang) in text


def faults(layer: str, document: object) -> list[str]:
    rule = docs.json_schema(schema().layers[layer], "en")
    validator = Draft7Validator(rule, format_checker=Draft7Validator.FORMAT_CHECKER)
    return [fault.message for fault in validator.iter_errors(document)]


SPATIAL = [name for name in LAYERS if not schema().layers[name].is_table]


@pytest.mark.parametrize("name", SPATIAL)
def test_our_own_layers_are_what_their_json_schema_asks_for(name: str) -> None:
    document = json.loads((OWN / f"{name}.geojson").read_text("utf-8"))
    assert faults(name, document) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("status", "sold"), ("area_mu", -1), ("area_mu", "30"), ("surprise", 1)),
        *(("site_id", None), ("name_zh", "长" * 10_000), ("updated", "gestern")),
        *(("land_use", "1001"), ("sectors", "equipment"), ("green_pct", 101)),
    ],
)
def test_json_schema_refuses_what_the_layer_does(tmp_path: Path, field: str, value: object) -> None:
    features = load_features(tiny_zone(tmp_path) / "sites.geojson")
    document: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    assert faults("sites", document) == []
    features[0]["properties"][field] = value
    assert faults("sites", document)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [116.6, 35.4]},
        {"type": "Polygon", "coordinates": [[39465488, 3921255]]},
        {"type": "Polygon", "coordinates": [[[465488.5, 3921255.8]]]},
    ],
)
def test_json_schema_refuses_a_geometry_of_another_kind(
    tmp_path: Path, geometry: dict[str, Any]
) -> None:
    features = load_features(tiny_zone(tmp_path) / "sites.geojson")
    features[0]["geometry"] = geometry
    assert faults("sites", {"type": "FeatureCollection", "features": features})


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", LAYERS)
def test_json_schema_names_and_explains_every_field(name: str, lang: str) -> None:
    layer = schema().layers[name]
    rule = json.loads(json.dumps(docs.json_schema(layer, lang)))
    Draft7Validator.check_schema(rule)
    if not layer.is_table:
        rule = rule["properties"]["features"]["items"]["properties"]["properties"]
    assert list(rule["properties"]) == list(layer.fields)
    assert rule["required"] == [field.name for field in layer.fields.values() if field.required]
    for field in layer.fields.values():
        shown = rule["properties"][field.name]
        assert words.pick(field.label, lang) in shown["title"]
        for code in ("zh", "en"):
            assert words.pick(field.help, code) in shown["description"]
        listed = shown.get("items", shown)
        if field.type.startswith("choice"):
            assert len(listed["enum"]) == len(listed["enumDescriptions"])
            assert [one for one in listed["enum"] if one] == list(schema().values_of(field))


def test_schemas_for_an_editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = gxq("schema", "-o", ".vscode/gxq")
    assert done.status == 0
    entries = json.loads(done.out)["json.schemas"]
    assert [entry["fileMatch"] for entry in entries] == [[f"{name}.geojson"] for name in SPATIAL]
    for entry in entries:
        Draft7Validator.check_schema(json.loads(Path(entry["url"]).read_text("utf-8")))
    (tmp_path / "taken").write_text("")
    refused = gxq("schema", "-o", "taken")
    assert (refused.status, len(refused.err.splitlines())) == (2, 1)


def test_domains_keep_the_order_of_the_work() -> None:
    order = list(schema().domains["project_stage"])
    assert order == ["lead", "negotiating", "signed", "settled", "under_construction", "operating"]
    assert all(a != b for a, b in pairwise(order))
