"""A zone: its layers with their types and references, its settings, and its summary."""

import re
import shutil
from dataclasses import asdict
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from gxq_geo import words
from gxq_geo.schemas import schema
from gxq_geo.words.errors import BadLayerError, FileError, GxqError, ZoneError
from gxq_geo.zone import Zone, layer_files, open_zone
from gxq_geo.zone.settings import Limits
from tests.support.zones import SETTINGS, add, edit, remove, tiny_zone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


@pytest.fixture
def zone(folder: Path) -> Zone:
    return open_zone(folder)


def found(folder: Path) -> list[tuple[str, str]]:
    zone = open_zone(folder, partial=True)
    return [(issue.rule, issue.file) for issue in zone.issues]


# ------------------------------------------------------------------ layers


def test_every_layer_is_an_attribute(zone: Zone) -> None:
    for name, one in schema().layers.items():
        frame = getattr(zone, name)
        assert frame is zone.frame(name)
        assert isinstance(frame, gpd.GeoDataFrame) != one.is_table
        assert isinstance(frame.index, pd.RangeIndex)
        assert name in dir(zone)
    with pytest.raises(AttributeError):
        _ = zone.no_such_layer


@pytest.mark.parametrize("name", list(schema().layers))
def test_columns_have_the_documented_types_even_without_a_file(folder: Path, name: str) -> None:
    full = open_zone(folder).frame(name)
    if not schema().layers[name].required_layer:
        for path in folder.glob(f"{name}.*"):
            path.unlink()
        bare = open_zone(folder).frame(name)
        assert len(bare) == 0
        assert bare.dtypes.to_dict() == full.dtypes.to_dict()
    dtypes = {
        "text": "str",
        "ref": "str",
        "integer": "Int64",
        "number": "float64",
        "boolean": "boolean",
        "date": "datetime64[s]",
        "choice": "category",
    }
    for field in schema().layers[name].fields.values():
        assert full[field.name].dtype == dtypes.get(field.type, "object"), field.name


def test_values_are_what_the_files_say(zone: Zone) -> None:
    site = zone.sites.set_index("site_id").loc["D-1"]
    assert site["area_mu"] == 30
    assert site["status"] == "available"
    assert site["has_power"] is np.True_ or site["has_power"] is True
    assert site["updated"] == pd.Timestamp("2026-11-23")
    assert site["sectors"] == ("equipment",)
    assert pd.isna(site["has_gas"])
    assert zone.zoning["sectors"].iloc[2] == ()
    assert zone.sites.crs == "EPSG:4326"


def test_measuring_in_metres(zone: Zone) -> None:
    parks = zone.metric("parks")
    assert parks.crs == "EPSG:4548"
    assert parks.area.tolist() == pytest.approx([1_000_000, 1_000_000], rel=1e-4)


def test_the_data_date_is_the_latest_of_any_record(folder: Path) -> None:
    edit(folder / "teams.csv", "T-1", "updated", "2027-02-03")
    assert open_zone(folder).data_date == date(2027, 2, 3)


def test_a_zone_without_dates_has_none(folder: Path) -> None:
    for path in folder.iterdir():
        if path.stem not in ("zone", "parks"):
            path.unlink()
    for park in ("dong", "xi"):
        edit(folder / "parks.geojson", park, "updated", None)
    zone = open_zone(folder)
    assert zone.data_date is None
    assert words.text("zone.no-date") in str(zone)


# ------------------------------------------------------------------ links


def test_links_name_every_reference(zone: Zone) -> None:
    links = zone.links
    assert links["found"].all()
    of_project = links[links["layer"] == "projects"].set_index("field")["to_id"].to_dict()
    assert of_project == {"park_id": "dong", "site_id": "D-3", "customer_id": "K-1"}
    leading = links[(links["field"] == "lead_sectors") & (links["id"] == "xi")]
    assert leading["to_id"].tolist() == ["equipment", "materials"]
    assert set(leading["to_layer"]) == {"sectors"}


def test_a_link_to_nothing_is_marked(folder: Path) -> None:
    edit(folder / "sites.geojson", "D-2", "sectors", ["equipment", "magic"])
    links = open_zone(folder).links
    lost = links[~links["found"].astype(bool)]
    assert lost[["layer", "row", "id", "to_id"]].to_numpy().tolist() == [
        ["sites", 1, "D-2", "magic"]
    ]


def test_links_of_a_zone_without_records(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != "zone.toml":
            path.unlink()
    links = open_zone(folder, partial=True).links
    assert len(links) == 0
    assert list(links.columns)[:3] == ["layer", "row", "id"]


# ------------------------------------------------------------------ summary


def test_a_zone_tells_itself_at_a_glance(zone: Zone) -> None:
    words.set_default_lang("zh")
    said = str(zone)
    assert said == repr(zone)
    head, *lines = said.splitlines()
    assert head == "示例高新区 · 数据日期 2026-11-23"
    assert "  园区 2   街道园区 2" in lines
    sites = "可供 3 (面积 105.0 亩) · 洽谈中 1 (面积 30.0 亩) · 已投产 1 (面积 30.0 亩)"
    assert f"  地块 5   {sites}" in lines
    assert any("办公楼宇 2 (空置面积 250.0 ㎡)" in line for line in lines)


def test_html_escapes_what_the_settings_say(folder: Path) -> None:
    named = SETTINGS.replace("示例高新区", "<script>{{ 7*7 }}</script>")
    (folder / "zone.toml").write_text(named, encoding="utf-8")
    page = open_zone(folder)._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;{{ 7*7 }}" in page
    assert page.count("<tr>") == 20


def test_glances_at_layers_without_values(folder: Path) -> None:
    for site in ("D-1", "D-2", "D-3", "X-1", "X-2"):
        edit(folder / "sites.geojson", site, "status", None)
        edit(folder / "sites.geojson", site, "area_mu", None)
    assert "5" in str(open_zone(folder))


# ------------------------------------------------------------------ the folder


def test_a_layer_with_two_files(folder: Path) -> None:
    shutil.copy(folder / "sites.geojson", folder / "sites.gpkg")
    assert found(folder) == [("layer-twice", "sites.geojson")]
    assert open_zone(folder, partial=True).issues[0].params["other"] == "sites.gpkg"
    assert set(layer_files(folder)) > {folder / "sites.geojson", folder / "sites.gpkg"}


def test_a_zone_without_parks(folder: Path) -> None:
    (folder / "parks.geojson").unlink()
    assert found(folder) == [("layer-missing", "parks.geojson")]


@pytest.mark.parametrize(
    ("name", "rule", "near"),
    [
        ("parkz.geojson", "layer-unknown", "parks"),
        ("Sites.geojson", "layer-unknown", "sites"),
        ("quite_else.csv", "layer-unknown", ""),
        ("sectors.geojson", "layer-format", None),
        ("green.csv", "layer-format", None),
        ("green.GEOJSON", "layer-twice", None),
        ("projects.xlsx", "layer-format", None),
        ("sites.shp", "layer-format", None),
    ],
)
def test_a_stranger_is_named(folder: Path, name: str, rule: str, near: str | None) -> None:
    (folder / name).touch()
    (issue,) = open_zone(folder, partial=True).issues
    assert (issue.rule, issue.file) == (rule, name)
    assert issue.params.get("near") == near


@pytest.mark.parametrize(
    "name", ["README.md", "notes.txt", ".sites.geojson", "~$sectors.csv", "sites.geojson.bak"]
)
def test_other_files_are_nobodys_business(folder: Path, name: str) -> None:
    (folder / name).touch()
    assert found(folder) == []


@pytest.mark.parametrize("content", ["", "{", '{"type":"FeatureCollection","features":[{}]}'])
def test_a_broken_file_stops_whoever_wants_clean_data(folder: Path, content: str) -> None:
    (folder / "sites.geojson").write_text(content)
    with pytest.raises(BadLayerError) as caught:
        open_zone(folder)
    assert caught.value.exit_status == 1
    assert "sites.geojson" in caught.value.say("zh")
    zone = open_zone(folder, partial=True)
    assert zone.layers["sites"].issues
    assert len(zone.sites) == 0
    assert len(zone.parks) == 2


def test_a_value_that_misfits_does_not_stop_anybody(folder: Path) -> None:
    edit(folder / "sites.geojson", "D-1", "area_mu", "66亩")
    zone = open_zone(folder)
    assert np.isnan(zone.sites["area_mu"].iloc[0])
    assert zone.layers["sites"].bad_cells[0].value == "66亩"


def test_folders_that_are_no_zone(tmp_path: Path, folder: Path) -> None:
    def slug(where: Path) -> tuple[str, int]:
        with pytest.raises(ZoneError) as caught:
            open_zone(where)
        return caught.value.slug, caught.value.exit_status

    assert slug(tmp_path / "nowhere") == ("no-folder", 2)
    assert slug(folder / "zone.toml") == ("not-folder", 2)
    assert slug(tmp_path) == ("no-settings", 2)
    (folder / "zone.toml").unlink()
    (folder / "zone.toml").symlink_to(folder / "zone.toml")
    assert slug(folder) == ("no-settings", 2)


def test_a_folder_in_place_of_a_layer(folder: Path) -> None:
    (folder / "sites.geojson").unlink()
    (folder / "sites.geojson").mkdir()
    with pytest.raises(FileError) as caught:
        open_zone(folder, partial=True)
    assert caught.value.slug == "is-folder"


# ------------------------------------------------------------------ zone.toml


def test_settings_are_read(zone: Zone, folder: Path) -> None:
    assert zone.settings.name("zh") == "示例高新区"
    assert zone.settings.sources == ({"zh": "示例", "en": "Example"},)
    assert zone.settings.limits.overlap_m2 == 10
    (folder / "zone.toml").write_text(
        'short_en = "Zone"\n' + SETTINGS + "\n[limits]\noverlap_m2 = 2.5\n", encoding="utf-8"
    )
    settings = open_zone(folder).settings
    assert (settings.name("en"), settings.limits.overlap_m2) == ("Zone", 2.5)
    assert settings.limits.area_difference_pct == 3


def test_the_layers_show_each_limit_with_its_default() -> None:
    """Settings that are not set are comments in the example: removing the # sets them."""
    text = (Path(__file__).parents[2] / "layers" / "zone.toml").read_text("utf-8")
    shown = dict(re.findall(r"^(?:# )?(\w+) = ([\d.]+) +#", text, re.MULTILINE))
    assert {name: float(value) for name, value in shown.items()} == asdict(Limits())


def test_settings_may_begin_with_a_byte_order_mark(folder: Path) -> None:
    (folder / "zone.toml").write_text(SETTINGS, encoding="utf-8-sig")
    assert open_zone(folder).settings.name_en == "Example High-tech Zone"


CREDIT = '[[sources]]\nzh = "示例"\nen = "Example"'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("measure_crs", "mesure_crs", "measure_crs"),
        (CREDIT, "[limits]\noverlap = 5", "overlap_m2"),
        (CREDIT, "[limits]\noverlap_m2 = true", "overlap_m2"),
        (CREDIT, "[limits]\noverlap_m2 = -1", "limits.overlap_m2"),
        (CREDIT, "[limits]\noverlap_m2 = nan", "limits.overlap_m2"),
        (CREDIT, "[limits]\noverlap_m2 = inf", "limits.overlap_m2"),
        (CREDIT, "limits = 5", "limits"),
        (CREDIT, "rules = 5", "rules"),
        (CREDIT, "[rules]\nsites-overlap = 'no'", "rules.sites-overlap"),
        (CREDIT, "[rules]\nsites-overlap = ['off']", "rules.sites-overlap"),
        (CREDIT, "sources = ['a']", "sources"),
        (CREDIT, "[[sources]]\nzh = 1\nen = 'a'", "sources"),
        (CREDIT, "[[sources]]\nzh = 'a'", "sources"),
        (CREDIT, "title_zh = ['a']", "title_zh"),
        (CREDIT, "map_review_no = 2026-01-01", "map_review_no"),
        (CREDIT, "[limits", "zone.toml"),
        (CREDIT, "a = " + "[" * 5000, "zone.toml"),
        ('name_zh = "示例高新区"', "", "name_zh"),
        ('"示例高新区"', '""', "name_zh"),
        ("EPSG:4548", "EPSG:4326", "measure_crs"),
        ("EPSG:4548", "EPSG:999999", "measure_crs"),
        ("EPSG:4548", "EPSG:2263", "measure_crs"),
        ("EPSG:4548", "EPSG:4978", "measure_crs"),
        ("EPSG:4548", "somewhere", "measure_crs"),
        ("EPSG:4548", "", "measure_crs"),
        ('"EPSG:4548"', "4548", "measure_crs"),
    ],
)
def test_wrong_settings_are_named(folder: Path, old: str, new: str, said: str) -> None:
    assert SETTINGS.count(old) == 1
    (folder / "zone.toml").write_text(SETTINGS.replace(old, new), encoding="utf-8")
    with pytest.raises(ZoneError) as caught:
        open_zone(folder, partial=True)
    assert caught.value.exit_status == 1
    for lang in ("zh", "en"):
        assert said in caught.value.say(lang)


def test_settings_in_another_encoding(folder: Path) -> None:
    (folder / "zone.toml").write_text(SETTINGS, encoding="gbk")
    with pytest.raises(GxqError, match="utf-8"):
        open_zone(folder)


def test_editing_helpers_keep_a_zone_readable(folder: Path) -> None:
    add(folder / "sectors.csv", {"sector_id": "information", "name_zh": "信息", "name_en": "IT"})
    remove(folder / "sites.geojson", "D-1")
    zone = open_zone(folder)
    assert (len(zone.sectors), len(zone.sites)) == (3, 4)
