"""Rules: each accepts valid layers, and reports file, line, record, field and place of a fault."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from gxq_geo import words
from gxq_geo.checks import catalogue, check, messages
from gxq_geo.schemas import schema
from gxq_geo.words.errors import ZoneError
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import layer, open_zone
from tests.formats.test_geopackage import package, sql
from tests.support.command import gxq
from tests.support.reading import CachedReader
from tests.support.zones import (
    SETTINGS,
    at,
    block,
    edit,
    load_features,
    revise,
    save_features,
    tiny_zone,
)

Edit = Callable[[Path], object]


@dataclass(frozen=True)
class Case:
    """An edit that breaks a rule, the place of the issue, and an edit that the rule allows."""

    breaks: Edit
    file: str = "sites.geojson"
    line: int | None = 3
    feature: str = "D-2"
    field: str = ""
    place: bool = False
    allows: Edit = Path.exists


def site(field: str, value: object, site_id: str = "D-2") -> Edit:
    return lambda folder: edit(folder / "sites.geojson", site_id, field, value)


def both(*edits: Edit) -> Edit:
    return lambda folder: [one(folder) for one in edits]


def contact(department: str, phone: str | None, *, published: bool = True) -> Edit:
    return both(
        site("department_id", department),
        site("contact_phone", phone),
        site("published", published),
    )


def stretched_park(folder: Path) -> None:
    edit(folder / "parks.geojson", "dong", "geometry", block(900, 0, 1100, 1000))
    edit(folder / "parks.geojson", "dong", "area_km2", 1.1)


def far_away(lon: float, lat: float) -> dict[str, object]:
    ring = [[lon, lat], [lon + 0.1, lat], [lon + 0.1, lat + 0.1], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


OVERLAPPING = site("geometry", block(1250, 150, 200, 200))

RULE_CASES = {
    "required-missing": Case(site("name_zh", None), field="name_zh", allows=site("name_en", None)),
    "wrong-type": Case(site("area_mu", "60亩"), field="area_mu", allows=site("area_mu", "60")),
    "not-in-domain": Case(site("status", "sold"), field="status", allows=site("status", "reserve")),
    "unknown-field": Case(site("容积率", 2), field="容积率"),
    "duplicate-id": Case(site("site_id", "D-1"), feature="D-1", field="site_id"),
    "out-of-range": Case(
        site("green_pct", 100.5), field="green_pct", allows=site("green_pct", 100)
    ),
    "too-long": Case(
        site("name_zh", "长" * 201), field="name_zh", allows=site("name_zh", "长" * 200)
    ),
    "unknown-reference": Case(
        site("zoning_id", "B-9"), field="zoning_id", allows=site("zoning_id", "B-3")
    ),
    "area-mismatch": Case(site("area_mu", 62), field="area_mu", allows=site("area_mu", 61.5)),
    "published-without-contact": Case(
        contact("quiet", None),
        field="contact_phone",
        allows=both(contact("quiet", "0537-000-0003"), contact("bureau", None)),
    ),
}


def raw(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def raw_all(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")


SECTORS = schema().layers["sectors"].fields


def sites(old: str, new: str) -> Edit:
    return lambda folder: raw(folder / "sites.geojson", old, new)


def sectors(old: str, new: str) -> Edit:
    return lambda folder: raw(folder / "sectors.csv", old, new)


def encoded(encoding: str) -> Edit:
    def save(folder: Path) -> None:
        path = folder / "sites.geojson"
        path.write_bytes(path.read_text("utf-8").encode(encoding))

    return save


def drop_key(key: str) -> Edit:
    return lambda folder: revise(folder / "sites.geojson", "D-2", lambda one: one.pop(key))


def ring(*positions: tuple[float, float]) -> Edit:
    return site("geometry", {"type": "Polygon", "coordinates": [[at(*one) for one in positions]]})


def two_layers(folder: Path) -> None:
    package(package(folder / "green.gpkg", None, name="a"), None, name="b")
    (folder / "green.geojson").unlink()


def view(folder: Path) -> None:
    path = package(folder / "green.gpkg", None, name="green")
    (folder / "green.geojson").unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("ALTER TABLE green RENAME TO own")
        database.execute("CREATE VIEW green AS SELECT * FROM own")
        database.commit()


def one_package(folder: Path) -> None:
    package(package(folder / "示例.gpkg", None, name="sites"), None, name="parks")


def damaged(blob: str, text: str = "name_zh") -> Edit:
    """A GeoPackage in which the geometry and the name of a record are other bytes."""

    def edit(folder: Path) -> None:
        path = folder / "green.gpkg"
        layer.write(open_zone(folder).frame("green"), path, schema().layers["green"])
        (folder / "green.geojson").unlink()
        sql(path, f"UPDATE green SET geom = {blob}, name_zh = {text}")

    return edit


def old_datum(folder: Path) -> None:
    package(folder / "green.gpkg", None, name="green", crs="EPSG:2384")
    (folder / "green.geojson").unlink()


def copied(source: str, target: str) -> Edit:
    return lambda folder: shutil.copy(folder / source, folder / target)


def renamed(source: str, target: str) -> Edit:
    return lambda folder: (folder / source).rename(folder / target)


READER_CASES = {
    "layer-twice": Case(copied("sites.geojson", "sites.gpkg"), line=None, feature=""),
    "layer-missing": Case(
        lambda folder: (folder / "parks.geojson").unlink(),
        file="parks.geojson",
        line=None,
        feature="",
    ),
    "layer-unknown": Case(
        copied("sites.geojson", "sitez.geojson"), file="sitez.geojson", line=None, feature=""
    ),
    "layer-format": Case(
        renamed("sites.geojson", "sites.json"), file="sites.json", line=None, feature=""
    ),
    "not-utf8": Case(encoded("utf-16"), line=1, feature=""),
    "gb18030": Case(encoded("gbk"), line=2, feature=""),
    "crs-unknown": Case(
        sites('"features"', '"crs":{"type":"link","properties":{"href":"http://x"}},"features"'),
        line=1,
        feature="",
    ),
    "csv-title": Case(
        lambda folder: raw(folder / "sectors.csv", "sector_id", "产业表,,\nsector_id"),
        file="sectors.csv",
        line=1,
        feature="",
    ),
    "bom": Case(encoded("utf-8-sig"), line=1, feature=""),
    "json": Case(sites('"area_mu":60', '"area_mu":NaN'), feature=""),
    "not-geojson": Case(sites("FeatureCollection", "Features"), line=1, feature=""),
    "crs-member": Case(
        sites('"features"', '"crs":{"properties":{"name":"EPSG:4326"}},"features"'),
        line=1,
        feature="",
    ),
    "crs-foreign": Case(
        sites('"features"', '"crs":{"properties":{"name":"EPSG:4548"}},"features"'),
        line=1,
        feature="",
    ),
    "feature-type": Case(sites('"Feature"', '"feature"'), line=2, feature=""),
    "feature-geometry": Case(drop_key("geometry"), feature=""),
    "feature-properties": Case(drop_key("properties"), feature=""),
    "feature-id": Case(
        lambda folder: revise(folder / "sites.geojson", "D-2", lambda one: one.update(id=[2])),
        feature="",
    ),
    "geometry-type": Case(site("geometry", {"type": "Ring", "coordinates": []})),
    "geometry-coordinates": Case(site("geometry", {"type": "Polygon", "coordinates": [[[1]]]})),
    "geometry-bbox": Case(site("geometry", block(1100, 300, 200, 200) | {"bbox": [1, 2]})),
    "too-few-positions": Case(ring((0, 0), (9, 0), (0, 0))),
    "ring-open": Case(ring((0, 0), (9, 0), (9, 9), (0, 9))),
    "not-gpkg": Case(
        renamed("green.geojson", "green.gpkg"), file="green.gpkg", line=None, feature=""
    ),
    "gpkg-view": Case(view, file="green.gpkg", line=None, feature=""),
    "gpkg-layers": Case(two_layers, file="green.gpkg", line=None, feature=""),
    "layer-package": Case(one_package, file="示例.gpkg", line=None, feature=""),
    "gpkg-encoding": Case(
        damaged("geom", "CAST(x'C2CCB5D8' AS TEXT)"), file="green.gpkg", line=None, feature=""
    ),
    "gpkg-datum": Case(old_datum, file="green.gpkg", line=None, feature=""),
    "gpkg-geometry": Case(damaged("x'4750'"), file="green.gpkg", line=None, feature="G-1"),
    "gpkg-srs": Case(
        damaged("CAST(x'47500003' || x'C4110000' || substr(geom, 9) AS BLOB)"),
        file="green.gpkg",
        line=None,
        feature="G-1",
    ),
    "csv-empty": Case(
        lambda folder: (folder / "teams.csv").write_bytes(b""),
        file="teams.csv",
        line=1,
        feature="",
    ),
    "csv-syntax": Case(sectors("Example", '"Example'), file="sectors.csv", line=2, feature=""),
    "csv-header": Case(sectors("name_zh", "name_en"), file="sectors.csv", line=1, feature=""),
    "csv-separator": Case(
        lambda folder: raw_all(folder / "sectors.csv", ",", ";"),
        file="sectors.csv",
        line=1,
        feature="",
    ),
    "csv-no-header": Case(
        lambda folder: raw(folder / "sectors.csv", ",".join(SECTORS), ",".join("ABCDEFGHIJK")),
        file="sectors.csv",
        line=1,
        feature="",
    ),
    "csv-width": Case(sectors("Example", "Exam,ple"), file="sectors.csv", line=2, feature=""),
}

CASES = RULE_CASES | READER_CASES
SEVERITY = {entry.slug: entry.severity for entry in catalogue()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


READER = CachedReader()


def issues(folder: Path) -> list[Issue]:
    return list(check(open_zone(folder, partial=True, read=READER)))


def test_a_clean_zone_has_no_issue(folder: Path) -> None:
    assert issues(folder) == []
    assert gxq("check", folder, "--lang", "zh").status == 0


def expect_report(folder: Path, slug: str, case: Case) -> None:
    """Break the rule of a case; expect one issue at its place, in both languages."""
    case.breaks(folder)
    # One fault causes one issue: its consequences are not reported.
    (issue,) = issues(folder)
    assert issue.rule == slug
    assert (issue.file, issue.line, issue.feature) == (case.file, case.line, case.feature)
    assert issue.field == case.field
    assert bool(issue.place) == case.place
    assert issue.severity is SEVERITY[slug]
    for lang in ("zh", "en"):
        said = messages.line(issue, lang)
        assert said.startswith(f"{case.file}:")
        assert words.text(f"rule.{slug}.fix", lang).split("{")[0] in said
        assert "@" not in said
    done = gxq("check", folder, "--lang", "zh")
    assert messages.line(issue, "zh") in done.out.splitlines()
    assert done.status == (1 if SEVERITY[slug] is Severity.ERROR else 0)


@pytest.mark.parametrize("slug", sorted(CASES))
def test_rule_reports(folder: Path, slug: str) -> None:
    expect_report(folder, slug, CASES[slug])


@pytest.mark.parametrize("slug", sorted(RULE_CASES))
def test_rule_accepts(folder: Path, slug: str) -> None:
    RULE_CASES[slug].allows(folder)
    assert issues(folder) == []


# ------------------------------------------------------------------ what single rules say


def only(folder: Path) -> Issue:
    (issue,) = issues(folder)
    return issue


def test_overlaps_are_measured_and_located(folder: Path) -> None:
    stretched_park(folder)
    issue = only(folder)
    assert issue.params["other"] == "dong"
    assert issue.params["area_m2"] == pytest.approx(100_000, rel=1e-4)
    assert issue.params["area_mu"] == pytest.approx(150, rel=1e-4)
    assert issue.place is not None
    west, south = at(900, 0)
    east, north = at(1000, 1000)
    assert west < issue.place[0] < east
    assert south < issue.place[1] < north


def test_a_part_outside_is_measured_and_located(folder: Path) -> None:
    site("geometry", block(1900, 300, 200, 200))(folder)
    issue = only(folder)
    assert issue.params["area_m2"] == pytest.approx(20_000, rel=1e-3)
    assert issue.value == "dong"
    assert issue.place is not None
    assert at(2000, 300)[0] < issue.place[0] < at(2100, 300)[0]


def test_a_site_in_another_park_than_it_names(folder: Path) -> None:
    site("park_id", "xi")(folder)
    issue = only(folder)
    assert (issue.rule, issue.value) == ("site-outside-park", "xi")
    assert issue.params["area_mu"] == pytest.approx(60, rel=1e-3)


@pytest.mark.parametrize(("declared", "apart"), [(70.0, 16.7), (5.0, 91.7), (0, 100)])
def test_areas_are_compared_in_the_metric_crs(folder: Path, declared: float, apart: float) -> None:
    site("area_mu", declared)(folder)
    issue = only(folder)
    assert issue.params["measured"] == pytest.approx(60, rel=1e-4)
    assert issue.params["difference"] == pytest.approx(apart, abs=0.1)


def test_areas_in_hectares_and_square_kilometres_too(folder: Path) -> None:
    edit(folder / "zoning.geojson", "B-1", "area_ha", 750)
    edit(folder / "parks.geojson", "xi", "area_km2", 100)
    assert {(i.field, i.feature) for i in issues(folder)} == {
        ("area_ha", "B-1"),
        ("area_km2", "xi"),
    }


def test_a_doubled_park_is_one_mistake(folder: Path) -> None:
    path = folder / "parks.geojson"
    save_features(path, [*load_features(path), load_features(path)[0]])
    issue = only(folder)
    assert (issue.rule, issue.line) == ("duplicate-id", 4)


@pytest.mark.parametrize(
    ("field", "value", "near"),
    [
        ("status", "可供", "available"),
        ("status", "Available", "available"),
        ("status", "avialable", "available"),
        ("status", "?", ""),
        ("land_use", "m1", "M1"),
        ("land_use", "一类工业用地", "M1"),
        ("zoning_id", "B-33", "B-3"),
        ("park_id", "东园", "dong"),
        ("地块名称", "x", "name_zh"),
        ("area_mi", 5, "area_mu"),
    ],
)
def test_what_was_probably_meant_is_offered(
    folder: Path, field: str, value: object, near: str
) -> None:
    site(field, value)(folder)
    issue = only(folder)
    assert issue.params["near"] == near
    assert (near in messages.line(issue, "en").split("?")[0]) or not near


@pytest.mark.parametrize(
    ("scheme", "code", "right"),
    [
        ("GB 50137-2011", "M1", True),
        ("MNR 2023", "1001", True),
        ("MNR 2023", "M1", False),
        ("GB/T 21010-2017", "1001", False),
        (None, "M1", False),
    ],
)
def test_a_land_use_code_belongs_to_its_scheme(
    folder: Path, scheme: str | None, code: str, right: bool
) -> None:
    both(site("land_use_scheme", scheme), site("land_use", code))(folder)
    assert [issue.rule for issue in issues(folder)] == ([] if right else ["not-in-domain"])


def test_a_misfit_is_not_also_missing(folder: Path) -> None:
    site("area_mu", ["x"])(folder)
    assert only(folder).rule == "wrong-type"


@pytest.mark.parametrize("value", ["@", "@home", "@json", "{0}"])
def test_a_text_of_the_file_is_no_key_of_the_words(folder: Path, value: str) -> None:
    for record in ("D-1", "D-2"):
        site("geometry", block(1100, 300, 200, 200), record)(folder)
    site("site_id", value, "D-1")(folder)
    (told,) = (issue for issue in issues(folder) if issue.rule == "duplicate-geometry")
    assert value in messages.line(told, "en")


def test_references_of_lists_are_told_one_by_one(folder: Path) -> None:
    site("sectors", ["equipment", "x", "y"])(folder)
    assert [issue.value for issue in issues(folder)] == ["x", "y"]


def test_an_unpublished_record_needs_no_contact(folder: Path) -> None:
    contact("quiet", None, published=False)(folder)
    assert issues(folder) == []


@pytest.mark.parametrize("department", [None, "quiet", "nobody"])
def test_a_carrier_needs_a_contact_too(folder: Path, department: str | None) -> None:
    path = folder / "carriers.geojson"
    edit(path, "C-1", "contact_phone", None)
    edit(path, "C-1", "department_id", department)
    rules = {issue.rule for issue in issues(folder)}
    assert rules == {"published-without-contact"} | (
        {"unknown-reference"} if department == "nobody" else set()
    )


# ------------------------------------------------------------------ severities


def severe(folder: Path, slug: str, severity: str) -> None:
    (folder / "zone.toml").write_text(
        f'{SETTINGS}\n[rules]\n{slug} = "{severity}"\n', encoding="utf-8"
    )


@pytest.mark.parametrize("severity", ["error", "warning", "advice"])
def test_a_zone_sets_how_severe_a_rule_is(folder: Path, severity: str) -> None:
    OVERLAPPING(folder)
    severe(folder, "sites-overlap", severity)
    assert only(folder).severity == severity
    done = gxq("check", folder, "--lang", "en")
    assert done.status == (1 if severity == "error" else 0)
    word = {"advice": "suggestion"}.get(severity, severity)
    assert f" {word} [sites-overlap]" in done.out


def test_a_zone_switches_a_rule_off(folder: Path) -> None:
    OVERLAPPING(folder)
    severe(folder, "sites-overlap", "off")
    assert issues(folder) == []


@pytest.mark.parametrize(
    ("slug", "near"), [("site-overlap", "sites-overlap"), ("too-lon", "too-long")]
)
def test_a_misspelt_rule_is_not_passed_over(folder: Path, slug: str, near: str) -> None:
    severe(folder, slug, "off")
    with pytest.raises(ZoneError) as caught:
        issues(folder)
    assert near in caught.value.say("en")
    assert gxq("check", folder).status == 1


def test_a_zone_sets_the_tolerances(folder: Path) -> None:
    OVERLAPPING(folder)
    (folder / "zone.toml").write_text(
        SETTINGS + "\n[limits]\noverlap_m2 = 2600\n", encoding="utf-8"
    )
    assert issues(folder) == []


# ------------------------------------------------------------------ adversaries


@pytest.mark.parametrize(
    "value",
    [
        *(5, 1.5, 1e308, -0.0, True, False, 10**30, "", "  ", "a\x00b", "a\nb", "长" * 5000),
        *("{value} {0}", "@json.empty", "\x1b[31m", {"a": 1}, ["a", ["b"]], [1], [None], [""], []),
    ],
    ids=repr,
)
def test_any_value_in_every_field_is_told_line_by_line(folder: Path, value: object) -> None:
    for path in folder.glob("*.geojson"):
        features = load_features(path)
        for one in features:
            one["properties"] = dict.fromkeys(one["properties"], value)
        save_features(path, features)
    found = issues(folder)
    for lang in ("zh", "en"):
        lines = [messages.line(issue, lang) for issue in found]
        assert all(len(line.splitlines()) == 1 and "\x1b" not in line for line in lines)
    str(open_zone(folder, partial=True))


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {"type": "GeometryCollection", "geometries": []},
        {"type": "MultiPolygon", "coordinates": []},
        {"type": "Point", "coordinates": [116.6, 35.4, 12, 1]},
        far_away(200, 10),
        far_away(-63, -35),
        far_away(-153, 0),
        far_away(27, 0),
        far_away(0, 89.9),
        {
            "type": "Polygon",
            "coordinates": [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]],
        },
        {"type": "Polygon", "coordinates": [[[1e300, 0], [0, 1e300], [-1e300, 0], [1e300, 0]]]},
        {"type": "Polygon", "coordinates": [[[116.6, 35.4]] * 4]},
    ],
    ids=lambda one: json.dumps(one)[:60],
)
def test_any_geometry_everywhere_is_told(folder: Path, geometry: object) -> None:
    for path in folder.glob("*.geojson"):
        features = load_features(path)
        for one in features:
            one["geometry"] = geometry
        save_features(path, features)
    found = issues(folder)
    assert {"parks.geojson", "sites.geojson"} <= {issue.file for issue in found}
    for issue in found:
        messages.line(issue, "zh")


def test_a_zone_of_settings_alone(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != "zone.toml":
            path.unlink()
    assert only(folder).rule == "layer-missing"


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"{", b"\x00", b"x\n1\n", b'"'])
def test_any_content_in_every_file(folder: Path, content: bytes) -> None:
    for path in folder.iterdir():
        if path.name != "zone.toml":
            path.write_bytes(content)
    found = issues(folder)
    assert {issue.file for issue in found} >= {"parks.geojson", "sectors.csv"}


@pytest.mark.parametrize("name", ["sites.geojson", "parks.geojson", "sectors.csv", "customers.csv"])
def test_a_broken_file_is_one_issue_not_one_for_each_reference(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"")
    assert only(folder).file == name
