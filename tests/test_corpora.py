"""Inputs that nobody here wrote (``../shared/corpora``): read, or refused with a place."""

import json
from pathlib import Path

import pytest

from gxq_geo import geojson, layer, report
from gxq_geo.check import check
from gxq_geo.issues import Issue, Severity
from gxq_geo.schema import schema
from gxq_geo.strict_json import JsonFault, parse
from gxq_geo.zone import open_zone
from tests.zones import edit, feature, save_features, save_rows, tiny_zone

CORPORA = Path(__file__).parents[2] / "shared" / "corpora"
ABSENT = "the corpora are not beside this checkout"

if not CORPORA.is_dir():
    pytest.skip(ABSENT, allow_module_level=True)

# A key named twice: RFC 8259 lets a parser choose, and one value would be lost unseen.
REFUSED_ON_PURPOSE = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}


def files(*folders: str, pattern: str = "*.geojson") -> list[Path]:
    return [path for folder in folders for path in sorted((CORPORA / folder).glob(pattern))]


def name(path: Path) -> str:
    return path.name


def found(path: Path) -> list[Issue]:
    """What the reader of a layer says about a file."""
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
            assert len(report.line(issue, lang).splitlines()) == 1
    if path.name.startswith("n_"):
        assert issues[-1].rule in ("json", "not-utf8", "gb18030")


# ------------------------------------------------------------------ GeoJSON

GOOD = files("geojsonhint/good", "geojson-invalid-geometry/valid")
# Winding order, precision, nesting, a fourth number: RFC 7946 advises, and nothing is lost.
ADVICE = {
    "point-toomany.geojson",
    "bad-polygon-interiorring-rhr.geojson",
    "polygon_winding_order.geojson",
    "excessive_precision_truncated.geojson",
    "geometrycollection_nested.geojson",
    "geometrycollection_single.geojson",
    "invalid_exterior_not_ccw.geojson",
    "invalid_interior_not_cw.geojson",
    # Members that RFC 7946 tells others not to use; they are kept as foreign members.
    "feature_changed_semantics.geojson",
    "featurecollection_changed_semantics.geojson",
    "geometry_changed_semantics.geojson",
}
BAD = files(
    "geojsonhint/bad",
    "geojson-invalid-geometry/invalid_structure",
    "geojson-invalid-geometry/invalid_geometries",
)


@pytest.mark.parametrize("path", GOOD, ids=name)
def test_good_geojson_is_read(path: Path) -> None:
    assert errors(path) == []


@pytest.mark.parametrize("path", [p for p in BAD if p.name not in ADVICE], ids=name)
def test_bad_geojson_is_named_and_located(path: Path) -> None:
    assert errors(path)
    for issue in found(path):
        assert issue.line
        assert issue.column


@pytest.mark.parametrize("path", [p for p in BAD if p.name in ADVICE], ids=name)
def test_what_is_merely_unusual_is_read(path: Path) -> None:
    assert errors(path) == []


@pytest.mark.parametrize(
    "path",
    files(*(f"geojson-invalid-geometry/problematic_{k}" for k in ("geometries", "structure"))),
    ids=name,
)
def test_problematic_geojson_never_raises(path: Path, tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path)
    (folder / "green.geojson").write_bytes(path.read_bytes())
    for issue in check(open_zone(folder, partial=True)):
        report.line(issue, "zh")
    if "self_intersection" in path.name:
        rules = {i.rule for i in check(open_zone(folder, partial=True)) if i.place}
        assert "geometry-invalid" in rules


# ------------------------------------------------------------------ naughty strings


def test_naughty_strings_survive_reading_formatting_and_reporting(tmp_path: Path) -> None:
    strings: list[str] = json.loads((CORPORA / "blns.json").read_text("utf-8"))
    naughty = [text for text in strings if text]
    folder = tiny_zone(tmp_path)
    sites, sectors = folder / "sites.geojson", folder / "sectors.csv"
    drawn = [
        feature("sites", {"site_id": f"{i:03}", "address": text}, None)
        for i, text in enumerate(naughty)
    ]
    save_features(sites, drawn)
    save_rows(sectors, [{"sector_id": f"{i:03}", "name_en": t} for i, t in enumerate(naughty)])
    for _ in range(2):
        zone = open_zone(folder)
        assert zone.sites["address"].tolist() == naughty
        assert zone.sectors["name_en"].tolist() == naughty
        for path in (sites, sectors):
            path.write_bytes(layer.formatted(path, schema().layers[path.stem])[1])
    edit(sites, "000", "sectors", naughty)
    found = check(open_zone(folder, partial=True))
    lost = [i for i in found if (i.file, i.rule) == (sites.name, "unknown-reference")]
    assert [issue.value for issue in lost] == naughty
    for issue in found:
        line = report.line(issue, "en")
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line
