"""Third-party test files (``../shared/corpora``): read, or refused with a position."""

import json
from pathlib import Path

import pytest

from gxq_geo.checks import EVERYTHING, check, messages
from gxq_geo.formats import geojson
from gxq_geo.formats.strict_json import JsonFault, parse
from gxq_geo.schemas import schema
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import layer, open_zone
from gxq_geo.zone.single import GROUPS, open_file
from tests.support.zones import edit, feature, save_features, save_rows, tiny_zone

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
ABSENT = "the corpora are not beside this checkout"

if not CORPORA.is_dir():
    pytest.skip(ABSENT, allow_module_level=True)

# Duplicate keys: RFC 8259 leaves the result to the parser, and one value would be lost silently.
REFUSED_ON_PURPOSE = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}


def files(*folders: str, pattern: str = "*.geojson") -> list[Path]:
    return [path for folder in folders for path in sorted((CORPORA / folder).glob(pattern))]


def name(path: Path) -> str:
    return path.name


def found(path: Path) -> list[Issue]:
    """The issues that the reader of a layer reports for a file."""
    text, issues = layer.decode(path.read_bytes(), is_table=False)
    return [*issues, *(geojson.read(text).issues if text is not None else ())]


def errors(path: Path) -> list[str]:
    return [issue.rule for issue in found(path) if issue.severity is Severity.ERROR]


# ------------------------------------------------------------------ JSON


@pytest.mark.parametrize("path", files("json-parsing", pattern="y_*.json"), ids=name)
def test_sound_json_is_read(path: Path) -> None:
    text = path.read_text("utf-8")
    if path.name in REFUSED_ON_PURPOSE:
        with pytest.raises(JsonFault) as caught:
            parse(text, "features")
        assert caught.value.reason == "json.duplicate-key"
    else:
        assert parse(text, "features").value == json.loads(text)


@pytest.mark.parametrize("path", files("json-parsing", pattern="[ni]_*.json"), ids=name)
def test_unsound_json_is_located(path: Path) -> None:
    issues = found(path)
    for issue in issues:
        assert issue.line is not None
        assert issue.line >= 1
        assert issue.column is not None
        assert issue.column >= 1
        for lang in ("zh", "en"):
            assert len(messages.line(issue, lang).splitlines()) == 1
    if path.name.startswith("n_"):
        assert issues[-1].rule in ("json", "not-utf8", "gb18030")


# ------------------------------------------------------------------ GeoJSON

GOOD = files("geojsonhint/good", "geojson-invalid-geometry/valid")
# The structure is valid; the latitudes beyond the poles are reported by another rule.
BEYOND = {"issue82.geojson"}
BAD = files(
    "geojsonhint/bad",
    *(f"geojson-invalid-geometry/invalid_{kind}" for kind in ("structure", "geometries")),
)
PROBLEMATIC = files(
    *(f"geojson-invalid-geometry/problematic_{kind}" for kind in ("structure", "geometries"))
)
# Departures from RFC 7946 without loss of data: reported, not refused.
ADVISED = {
    "point-toomany": "extra-numbers",
    "bad-polygon-interiorring-rhr": "ring-winding",
    "polygon_winding_order": "ring-winding",
    "invalid_exterior_not_ccw": "ring-winding",
    "invalid_interior_not_cw": "ring-winding",
    "excessive_precision_truncated": "excess-precision",
    "geometrycollection_nested": "collection-nested",
    "geometrycollection_single": "collection-single",
    "feature_changed_semantics": "foreign-member",
    "featurecollection_changed_semantics": "foreign-member",
    "geometry_changed_semantics": "foreign-member",
    "problematic_3d_coordinates": "height-ignored",
    "problematic_4d_coordinates": "extra-numbers",
    "problematic_crosses_antimeridian": "crosses-antimeridian",
    "problematic_duplicate_nodes": "repeated-points",
    "problematic_excessive_coordinate_precision": "excess-precision",
    "problematic_excessive_vertices": "excess-precision",
    "problematic_feature_null_geometry": "null-geometry",
    "problematic_holes": "polygon-holes",
    "problematic_multitype_geometry_with_just_one_geometry": "multi-single",
    "problematic_wrong_bbox_coordinate_order": "bbox-wrong",
    "problematic_geometry_not_wrapped": "bare-geometry",
    "problematic_geometrycollection_single": "collection-single",
    "problematic_nested_geometrycollection": "collection-nested",
}
REFUSED = {
    "problematic_inner_and_exterior_ring_intersect": "geometry-invalid",
    "problematic_outside_lat_lon_boundaries": "not-degrees",
    "problematic_self_intersection_large": "geometry-invalid",
    "problematic_self_intersection_small": "geometry-invalid",
    "problematic_zero_length_linestring": "geometry-invalid",
    "problematic_crs_defined": "crs-foreign",
}


def checked(path: Path) -> list[Issue]:
    """The issues of ``gxq check FILE``."""
    zone, _ = open_file(path)
    return list(check(zone, choice=EVERYTHING.within(GROUPS)))


@pytest.mark.parametrize("path", GOOD, ids=name)
def test_good_geojson_is_read(path: Path) -> None:
    assert errors(path) == []
    refused = {i.rule for i in checked(path) if i.severity is not Severity.ADVICE}
    assert refused == ({"not-degrees"} if path.name in BEYOND else set())


@pytest.mark.parametrize("path", [*BAD, *PROBLEMATIC], ids=name)
def test_bad_geojson_is_named_and_located(path: Path) -> None:
    found = checked(path)
    assert found
    for issue in found:
        assert issue.line
        assert issue.column
        for lang in ("zh", "en"):
            assert len(messages.line(issue, lang).splitlines()) == 1
    rules = {issue.rule for issue in found}
    refused = any(issue.severity is Severity.ERROR for issue in found)
    if path.stem in ADVISED:
        assert ADVISED[path.stem] in rules
        assert not refused
    else:
        assert refused
        assert REFUSED.get(path.stem, "") in {*rules, ""}


def test_what_is_counted() -> None:
    # 96 defects, each reported with a position; 40 valid files, none refused for its structure.
    assert (len(GOOD), len(BAD), len(PROBLEMATIC)) == (40, 77, 19)
    assert {path.stem for path in [*BAD, *PROBLEMATIC]} >= {*ADVISED, *REFUSED}


# ------------------------------------------------------------------ naughty strings


def test_naughty_strings_survive_reading_formatting_and_reporting(tmp_path: Path) -> None:
    strings: list[str] = json.loads((CORPORA / "blns.json").read_text("utf-8"))
    naughty = [text for text in strings if text]
    folder = tiny_zone(tmp_path)
    sites, sectors = folder / "sites.geojson", folder / "sectors.csv"
    drawn = [
        feature("sites", {"site_id": f"{i:03}", "address_zh": text}, None)
        for i, text in enumerate(naughty)
    ]
    save_features(sites, drawn)
    save_rows(sectors, [{"sector_id": f"{i:03}", "name_en": t} for i, t in enumerate(naughty)])
    for _ in range(2):
        zone = open_zone(folder)
        assert zone.sites["address_zh"].tolist() == naughty
        assert zone.sectors["name_en"].tolist() == naughty
        for path in (sites, sectors):
            path.write_bytes(layer.formatted(path, schema().layers[path.stem])[1])
    edit(sites, "000", "sectors", naughty)
    found = check(open_zone(folder, partial=True))
    lost = [i for i in found if (i.file, i.rule) == (sites.name, "unknown-reference")]
    assert [issue.value for issue in lost] == naughty
    for issue in found:
        line = messages.line(issue, "en")
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line
