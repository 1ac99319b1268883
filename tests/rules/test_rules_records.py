"""Rules of fields, texts, references, meaning and publication: each accepts, and reports."""

from pathlib import Path

import pytest

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.investment_map.payload import decode
from gxq_geo.words.errors import ZoneError
from gxq_geo.words.issues import Severity
from gxq_geo.zone import open_zone
from tests.rules.test_rules import (
    Case,
    Edit,
    both,
    encoded,
    expect_report,
    issues,
    only,
    raw,
    severe,
    site,
)
from tests.support.command import gxq
from tests.support.zones import (
    SETTINGS,
    add,
    edit,
    load_features,
    load_rows,
    remove,
    revise,
    save_features,
    tiny_zone,
)


def row(table: str, record: str, field: str, value: object) -> Edit:
    return lambda folder: edit(folder / f"{table}.csv", record, field, value)


def park(field: str, value: object, park_id: str = "dong") -> Edit:
    return lambda folder: edit(folder / "parks.geojson", park_id, field, value)


def settings(text: str) -> Edit:
    def save(folder: Path) -> None:
        head, _, sources = SETTINGS.partition("\n[[")
        (folder / "zone.toml").write_text(f"{head}\n{text}\n\n[[{sources}", encoding="utf-8")

    return save


def without_column(table: str, field: str) -> Edit:
    def drop(folder: Path) -> None:
        path = folder / f"{table}.csv"
        rows = load_rows(path)
        lines = [",".join(one for one in rows[0] if one != field)]
        lines += [",".join(v for name, v in one.items() if name != field) for one in rows]
        path.write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")

    return drop


def stages(*entered: str) -> Edit:
    names = ["lead", "negotiating", "signed", "settled"]

    def save(folder: Path) -> None:
        path = folder / "project_stages.csv"
        remove(path, "S-1")
        for at, (stage, day) in enumerate(zip(names, entered, strict=False)):
            record = {"project_stage_id": f"S-{at + 1}", "project_id": "P-1", "stage": stage}
            add(path, {**record, "entered": day})

    return save


def site_over_zoning(*sectors: str) -> Edit:
    return site("sectors", list(sectors), "X-1")


def codes(sector: str, *found: str) -> Edit:
    return row("sectors", sector, "gbt4754", list(found))


# 0.0004 degrees are some 40 metres: a site drawn on a grid of ten metres.
COARSE = {
    "type": "Polygon",
    "coordinates": [
        [
            [116.612, 35.4],
            [116.6142, 35.4],
            [116.6142, 35.4018],
            [116.612, 35.4018],
            [116.612, 35.4],
        ]
    ],
}
INDICATOR = '[[indicators]]\nland_use = ["M1"]\nfar_min = 1.0\nfar_max = 2.0\nsource = "示例 2023"'

CASES = {
    "field-missing": Case(
        without_column("sectors", "source"),
        file="sectors.csv",
        line=None,
        feature="",
        field="source",
        allows=without_column("sectors", "rank"),
    ),
    "formula": Case(
        row("sectors", "equipment", "name_zh", "=A2&B2"),
        file="sectors.csv",
        line=2,
        feature="equipment",
        field="name_zh",
        allows=row("sectors", "equipment", "name_zh", "A=B"),
    ),
    "thousands-separator": Case(
        row("teams", "T-1", "members", "1,200"),
        file="teams.csv",
        line=2,
        feature="T-1",
        field="members",
        allows=row("teams", "T-1", "members", "1200"),
    ),
    "full-width": Case(
        site("area_mu", "６０"), field="area_mu", allows=site("name_zh", "Ａ（一）")
    ),
    "semicolon-in-id": Case(site("site_id", "D;2"), feature="D;2", field="site_id"),
    "similar-ids": Case(site("site_id", "d-1"), feature="d-1", field="site_id"),
    "look-alike-id": Case(
        site("site_id", "\u0410-1"),
        feature="\u0410-1",
        field="site_id",
        allows=site("site_id", "高新-1"),
    ),
    "min-above-max": Case(site("far_max", 1.1), field="far_min", allows=site("far_max", 1.2)),
    "future-date": Case(
        site("updated", "2062-11-23"), field="updated", allows=site("available_from", "2062-01-01")
    ),
    "stale-record": Case(
        site("updated", "2025-11-22"), field="updated", allows=site("updated", "2025-11-23")
    ),
    "mojibake": Case(
        site("amenities_zh", "绀轰緥璺"),
        field="amenities_zh",
        allows=site("amenities_zh", "联通大厦 Ääni 2×3，Ñuñoa"),
    ),
    "control-characters": Case(
        site("name_zh", "示例\u200b地块"), field="name_zh", allows=site("note_internal", "一\n二")
    ),
    "stray-space": Case(
        site("amenities_zh", "示例路　"), field="amenities_zh", allows=site("amenities_zh", "甲 乙")
    ),
    "phone-form": Case(
        site("contact_phone", "微信同号"),
        field="contact_phone",
        allows=site("contact_phone", "0537-1234567转801 / (0537) 123 4567 / +86 13800000000"),
    ),
    "url-form": Case(
        site("source", "见 http:/example.org"),
        field="source",
        allows=site("source", "见 https://example.org/a?b=c，www.example.org"),
    ),
    "id-spelling": Case(
        park("park_id", "Dong"), file="parks.geojson", line=2, feature="Dong", field="park_id"
    ),
    "committed-without-project": Case(
        site("status", "signed"), field="status", allows=site("status", "negotiating")
    ),
    "available-with-active-project": Case(
        site("status", "available", "D-3"),
        line=4,
        feature="D-3",
        field="status",
        allows=both(site("status", "available", "D-3"), row("projects", "P-1", "stage", "lead")),
    ),
    "stages-out-of-order": Case(
        stages("2026-01-01", "2026-01-02", "2025-01-03", "2026-01-04"),
        file="project_stages.csv",
        line=4,
        feature="S-3",
        field="entered",
        allows=stages("2026-01-01", "", "2026-01-01", "2026-01-04"),
    ),
    "stage-behind-history": Case(
        both(
            row("project_stages", "S-1", "stage", "operating"),
            row("projects", "P-1", "stage", "signed"),
        ),
        file="projects.csv",
        line=2,
        feature="P-1",
        field="stage",
        allows=row("project_stages", "S-1", "stage", "operating"),
    ),
    "sector-against-zoning": Case(
        site_over_zoning("materials"),
        line=5,
        feature="X-1",
        field="sectors",
        allows=site_over_zoning("materials", "equipment"),
    ),
    "land-use-against-sector": Case(
        both(codes("equipment", "C34"), site("land_use", "R2")),
        field="land_use",
        allows=both(codes("equipment", "C34"), site("land_use", "M3")),
    ),
    "far-outside-indicator": Case(
        both(settings(INDICATOR), site("far_max", 2.5)),
        field="far_max",
        allows=both(settings(INDICATOR), site("far_max", 2)),
    ),
    "shared-lead-sector": Case(
        park("lead_sectors", ["materials"]),
        file="parks.geojson",
        line=2,
        feature="dong",
        field="lead_sectors",
    ),
    "park-without-subdistrict": Case(
        park("subdistrict_id", None),
        file="parks.geojson",
        line=2,
        feature="dong",
        field="subdistrict_id",
        allows=both(park("subdistrict_id", None), park("kind", "specialized_park")),
    ),
    "unit-slip": Case(site("area_mu", 40000), field="area_mu", allows=site("area_mu", 60.5)),
    "published-without-price": Case(
        site("start_price_wan_per_mu", None),
        field="start_price_wan_per_mu",
        allows=both(site("start_price_wan_per_mu", None), site("published", False)),
    ),
    "surveyed-in-doubt": Case(
        site("geometry_source", "surveyed"),
        field="geometry_source",
        allows=both(site("geometry_source", "surveyed"), site("demo", False)),
    ),
    "published-map-unreviewed": Case(
        settings('public_url = "https://example.org/map"'),
        file="zone.toml",
        line=None,
        feature="",
        field="map_review_no",
        allows=settings('public_url = "https://example.org/map"\nmap_review_no = "示例 1"'),
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


@pytest.mark.parametrize("slug", sorted(CASES))
def test_rule_reports(folder: Path, slug: str) -> None:
    expect_report(folder, slug, CASES[slug])


@pytest.mark.parametrize("slug", sorted(CASES))
def test_rule_accepts(folder: Path, slug: str) -> None:
    CASES[slug].allows(folder)
    assert issues(folder) == []


# ------------------------------------------------------------------ one mistake, one issue


def rename_in_all(folder: Path) -> None:
    path = folder / "sites.geojson"
    features = load_features(path)
    for one in features:
        one["properties"]["用地面积(亩)"] = one["properties"].pop("area_mu")
    save_features(path, features)


def blank_line(folder: Path) -> None:
    path = folder / "sectors.csv"
    path.write_bytes(b"\xef\xbb\xbf\n" + path.read_bytes()[3:])


MISTAKES = {
    "a renamed field": (rename_in_all, "unknown-field"),
    "a misspelt field of one record": (
        lambda folder: revise(
            folder / "sites.geojson",
            "D-2",
            lambda one: one["properties"].update(area_mi=one["properties"].pop("area_mu")),
        ),
        "unknown-field",
    ),
    "a blank first line": (blank_line, "csv-title"),
    "an id in full width": (site("site_id", "Ｄ-２"), "full-width"),
    "an id with a space": (site("site_id", "D-2 "), "stray-space"),
    "a reference in another case": (row("projects", "P-1", "site_id", "d-3"), "unknown-reference"),
    "a misspelt reference to a committed site": (
        row("projects", "P-1", "site_id", "D-33"),
        "unknown-reference",
    ),
    "a blank name": (site("name_zh", "　"), "required-missing"),
    "a scheme misspelt": (site("land_use_scheme", "GB 50137"), "not-in-domain"),
    "hectares in a mu field": (site("area_mu", 4), "unit-slip"),
    "a failed formula in a number": (site("area_mu", "#REF!"), "formula"),
    "a percentage above 100": (site("clearance_pct", 101), "out-of-range"),
    "UTF-8 read as Latin-1": (
        site("amenities_zh", "示例路".encode().decode("latin-1")),
        "mojibake",
    ),
    "GBK read as Latin-1": (site("amenities_zh", "Ð×"), "mojibake"),
    "a lost character": (site("amenities_zh", "示\ufffd路"), "mojibake"),
    "锟斤拷": (site("amenities_zh", "锟斤拷锟斤拷"), "mojibake"),
    "a dash for nothing": (site("amenities_zh", "——"), "null-word"),
    "more let and more vacant than there is": (
        both(
            *(
                lambda folder, name=name: edit(
                    folder / "carriers.geojson", "C-1", f"{name}_floor_area_m2", 5000
                )
                for name in ("leased", "vacant")
            )
        ),
        "min-above-max",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_one_mistake_is_one_issue(folder: Path, name: str) -> None:
    breaks, rule = MISTAKES[name]
    breaks(folder)
    assert [issue.rule for issue in issues(folder)] == [rule]


@pytest.mark.parametrize(
    ("field", "value", "near"),
    [
        ("area_mu", "60亩", "60"),
        ("area_mu", "６０", "60"),
        ("deposit_wan", "1,234.5", "1234.5"),
        ("term_years", "50年", "50"),
        ("updated", "2026年1月2日", "2026-01-02"),
        ("updated", "2026.1.2", "2026-01-02"),
        ("updated", "20260102", "2026-01-02"),
        ("updated", "2026年13月2日", ""),
        ("has_power", "是", "true"),
        ("area_mu", "六十", ""),
        ("land_use", "Ｍ１", "M1"),
    ],
)
def test_the_plain_form_is_offered(folder: Path, field: str, value: str, near: str) -> None:
    site(field, value)(folder)
    assert only(folder).params["near"] == near


@pytest.mark.parametrize(
    ("garbled", "meant"),
    [
        ("示例地块".encode().decode("gbk"), "示例地块"),
        ("绀轰緥璺?", "示例"),
        ("示例路".encode().decode("cp1252"), "示例路"),
    ],
)
def test_garbled_text_is_read_back(folder: Path, garbled: str, meant: str) -> None:
    site("amenities_zh", garbled)(folder)
    assert only(folder).params["near"] == meant


def test_a_reference_in_another_spelling_names_the_id(folder: Path) -> None:
    row("projects", "P-1", "site_id", "ｄ-3 ")(folder)
    assert only(folder).params["near"] == "D-3"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (site("demo", False), "coarse"),
        (both(site("demo", False), site("source", "依总图示意")), "source"),
    ],
)
def test_what_speaks_against_a_survey_is_said(folder: Path, spoil: Edit, reason: str) -> None:
    both(site("geometry_source", "cadastral"), spoil)(folder)
    if reason == "coarse":
        site("geometry", COARSE)(folder)
    found = [one for one in issues(folder) if one.rule == "surveyed-in-doubt"]
    assert [one.params["reason"] for one in found] == [f"@evidence.{reason}"]


def test_many_references_to_one_lost_id_are_told_once(folder: Path) -> None:
    for at in range(12):
        add(folder / "projects.csv", {"project_id": f"Q-{at}", "name_zh": "示例", "park_id": "x"})
    assert [(i.rule, i.params["count"]) for i in issues(folder)] == [("unknown-reference", 12)]


def test_a_site_without_projects_on_record_is_not_judged(folder: Path) -> None:
    site("status", "signed")(folder)
    for name in ("projects", "project_stages"):
        (folder / f"{name}.csv").unlink()
    assert issues(folder) == []


def test_a_date_in_the_future_ages_no_other_record(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1900000000")  # 2030
    assert issues(folder) == []
    site("updated", "2062-11-23")(folder)
    assert only(folder).rule == "future-date"


@pytest.mark.parametrize("months", ["1e5", "1e308"])
def test_a_limit_beyond_every_date_ages_nothing(folder: Path, months: str) -> None:
    text = f"{SETTINGS}\n[limits]\nstale_months = {months}\n"
    (folder / "zone.toml").write_text(text, encoding="utf-8")
    site("updated", "1950-01-01")(folder)
    assert issues(folder) == []


def test_the_limit_of_age_is_the_zones(folder: Path) -> None:
    site("updated", "2026-05-22")(folder)
    (folder / "zone.toml").write_text(f"{SETTINGS}\n[limits]\nstale_months = 6\n", "utf-8")
    assert [issue.params["months"] for issue in issues(folder)] == [6]


def test_the_map_calls_the_same_records_old(folder: Path) -> None:
    (folder / "zone.toml").write_text(f"{SETTINGS}\n[limits]\nstale_months = 9\n", "utf-8")
    header = decode(InvestmentMap(open_zone(folder)).payload).header
    assert header["style"]["lenses"]["freshness_months"] == [3, 6, 9]


def test_the_clock_may_be_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert {issue.rule for issue in issues(folder)} == {"future-date"}


@pytest.mark.parametrize(
    "text",
    [
        "indicators = 1",
        "[[indicators]]\nland_use = []",
        INDICATOR.replace("2.0", "0.5"),
        INDICATOR.replace("far_min", "far_mean"),
    ],
)
def test_indicators_are_checked(folder: Path, text: str) -> None:
    settings(text)(folder)
    with pytest.raises(ZoneError):
        open_zone(folder)


# ------------------------------------------------------------------ text of files


@pytest.mark.parametrize(
    ("data", "rule", "reason"),
    [
        ('{"a":"示例'.encode("utf-16"), "not-utf8", "utf-16"),
        ('{"a":"示例'.encode()[:-1], "not-utf8", "cut"),
        ('{"a":"示'.encode() + '例"}'.encode("gbk"), "not-utf8", "damaged"),
        ('{"a":"示例"}'.encode("gbk"), "gb18030", "other"),
        (b'{"a":"\xff\xff"}', "not-utf8", "other"),
    ],
)
def test_an_encoding_is_named_by_evidence(
    folder: Path, data: bytes, rule: str, reason: str
) -> None:
    (folder / "green.geojson").write_bytes(data)
    issue = only(folder)
    assert (issue.rule, issue.params["reason"]) == (rule, f"@encoding.{reason}")


@pytest.mark.parametrize(
    ("text", "reason", "near"),
    [
        ("[]", "array", ""),
        ("1", "value", ""),
        ("{}", "no-type", ""),
        ('{"type":"FeatureCollection"}', "no-features", ""),
        ('{"type":"featurecollection","features":[]}', "type", "FeatureCollection"),
        ('{"type":"Topology"}', "type", ""),
    ],
)
def test_what_is_not_geojson_is_named(folder: Path, text: str, reason: str, near: str) -> None:
    (folder / "green.geojson").write_text(text, encoding="utf-8")
    issue = only(folder)
    assert issue.rule == "not-geojson"
    assert (issue.params["reason"], issue.params["near"]) == (f"@geojson.{reason}", near)


@pytest.mark.parametrize("cut", ['"', '"名称', ":tru", ':"a\\', ':"\\u4e0', "", ":-"])
def test_a_file_that_breaks_off_is_said_to(folder: Path, cut: str) -> None:
    text = f'{{"type":"FeatureCollection","x"{cut}' if cut[:1] == ":" else f'{{"a":1,{cut}'
    (folder / "green.geojson").write_text(text, encoding="utf-8")
    assert only(folder).params["reason"] == "@json.truncated"


# ------------------------------------------------------------------ readers' findings in zone.toml


def test_a_zone_may_silence_a_readers_warning(folder: Path) -> None:
    encoded("utf-8-sig")(folder)
    severe(folder, "bom", "error")
    assert only(folder).severity is Severity.ERROR
    severe(folder, "bom", "off")
    assert issues(folder) == []


@pytest.mark.parametrize("slug", ["json", "csv-width", "crs-foreign", "ring-open"])
def test_what_cannot_be_read_cannot_be_silenced(folder: Path, slug: str) -> None:
    severe(folder, slug, "off")
    done = gxq("check", folder, "--lang", "en")
    assert (done.status, f"rules.{slug}" in done.err) == (1, True)


def test_a_title_line_keeps_no_record_from_being_checked(folder: Path) -> None:
    raw(folder / "sectors.csv", "sector_id", "产业一览表\nsector_id")
    row_faults = [one.rule for one in issues(folder)]
    assert row_faults == ["csv-title"]
    assert len(open_zone(folder, partial=True).sectors) == 2
